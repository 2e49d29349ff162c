"""What plans of gas and drains say, in sentences and rows; the window, the command line and papers show the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.squeezing import SqueezeLimits
from pipemap.model.lookup import Element
from pipemap.model.wording import duration, metres
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipemap.analysis.damming import Dammed
    from pipemap.analysis.plugs import Plug, PlugPlan
    from pipemap.analysis.squeezing import Squeeze, SqueezePlan
    from pipemap.model.network import Network
    from pipemap.settings import Settings

PLUG_ROLES = {
    "inflow": N_("Plug what flows in"),
    "unsure": N_("Plug: which way it flows is not known"),
    "outflow": N_("Plug what could come back from below"),
}
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of a plan: what, at which element, and what to know of it."""

    element: Element
    id: str
    where: str
    words: str


def squeeze_limits(settings: Settings) -> SqueezeLimits:
    """Return when and where pipes are squeezed, as a person has set it."""
    near, largest, clear = (float(settings.value(name)) for name in ("squeeze_near", "squeeze_largest", "squeeze_clear"))
    return SqueezeLimits(near, largest / 1000, clear)


# -- squeeze-off ---------------------------------------------------------------------------------------------------------


def squeeze_rows(found: SqueezePlan) -> list[Row]:
    """Return the places to squeeze, nearest to the break first."""
    network = found.plan.network
    return [Row(Element("pipe", one.pipe), _pipe(network, one.pipe), _place(network, one), _about(one)) for one in found.squeezes]


def _place(network: Network, one: Squeeze) -> str:
    return _("{m} m from {id}").format(m=f"{one.station:.1f}", id=_node(network, one.node))


def _about(one: Squeeze) -> str:
    valve = _("no valve there") if math.isinf(one.valve) else _("nearest valve {length} off").format(length=metres(one.valve))
    return _("PE, {mm} mm · {away} from the break · {valve}").format(
        mm=f"{one.diameter * 1000:.0f}", away=metres(one.away), valve=valve
    )


def squeeze_sentences(found: SqueezePlan) -> list[str]:
    """Return what a plan with squeezes comes to beside the one with valves, and what must be known of it."""
    limits, close = found.limits, ", ".join(found.close) or "–"
    words = _("No valve lies within {near} m of these places: squeeze there ({n}). Close all the same: {ids}")
    told = [words.format(near=f"{limits.near:g}", n=len(found.squeezes), ids=close)]
    if found.plan.supply_known:
        without = [sum(part.length for part in (plan.contained, plan.lost)) for plan in (found, found.plan)]
        told.append(
            _("Without gas then: {length} of pipe; with the valves alone: {all}.").format(
                length=metres(without[0]), all=metres(without[1])
            )
        )
    figures = _(
        "Distance, largest diameter ({mm} mm) and clearance ({clear} m) are our own figures, no standard's: see the settings."
    )
    return [*told, figures.format(mm=f"{limits.largest * 1000:g}", clear=f"{limits.clear:g}")]


# -- plugs -----------------------------------------------------------------------------------------------------------------


def plug_rows(plan: PlugPlan) -> list[tuple[str, Row]]:
    """Return the plugs in the order of placing, each with its role."""
    network = plan.network
    return [
        (one.role, Row(Element("pipe", one.pipe), _pipe(network, one.pipe), _at(network, one), plug_words(network, one)))
        for one in plan.plugs
    ]


def _at(network: Network, one: Plug) -> str:
    return _("at {id}").format(id=_node(network, one.node))


def plug_words(network: Network, one: Plug) -> str:
    """What to know of a plug: its size, and what stands behind it."""
    size = _("DN{mm}").format(mm=f"{one.size * 1000:.0f}") if math.isfinite(one.size) else _("size not recorded")
    return size if one.dammed is None else " · ".join((size, *_dammed(network, one.dammed)))


def _dammed(network: Network, dammed: Dammed) -> list[str]:
    told = [_("{length} of drains behind it").format(length=metres(dammed.length))]
    if math.isfinite(dammed.level):
        ways = {
            "cover": _("leaves the cover of {id} at {level} m"),
            "other-way": _("leaves by another pipe at {id}, at {level} m"),
        }
        told.append(ways[dammed.way].format(id=_node(network, dammed.leaves_at), level=f"{dammed.level:.2f}"))
        room = _("unknown") if dammed.volume is None else f"{dammed.volume:,.1f} m³"
        told.append(_("room in the pipes until then: {room}").format(room=room))
    if dammed.unknown_levels:
        told.append(_("levels missing: {n}, so it may leave earlier").format(n=f"{dammed.unknown_levels:,}"))
    if dammed.at_most is not None:
        told.append(_("brings at most {flow} L/s, running full").format(flow=f"{dammed.at_most:,.0f}"))
    return told


def plug_sentences(plan: PlugPlan) -> list[str]:
    """Return what a person must do and know beside the plugs."""
    network = plan.network
    told = [_("It flows by gravity: it is laid dry by plugs, not by valves.")]
    if not plan.plugs:
        told.append(_("Nothing else joins the run: nothing needs to be plugged."))
    if plan.of_role("unsure"):
        told.append(_("Which way some pipes flow is not known; they are plugged as if they flowed in."))
    pumped = [network.element_id(one) or _("Without an id") for one in plan.pumped]
    if pumped:
        told.append(_("Stop the pumps that deliver into the run, a plug does not hold them: {ids}").format(ids=_few(pumped)))
    told += _over(plan)
    told += [
        _("Permit for work in confined spaces: measure the air before anyone enters, and all the time."),
        _("Plug upstream first and downstream last; take them out the other way round, downstream first."),
    ]
    return told


def _over(plan: PlugPlan) -> list[str]:
    """Over-pumping, and the time there is for it."""
    network, above, below = plan.network, plan.pump_from, plan.pump_to
    if not above:
        return []
    words = _("Pump over from {above} to {below}.")
    places = [_few([_node(network, row) for row in rows]) for rows in (above, below)]
    told = [words.format(above=places[0], below=places[1] or _("a place below the run, to be chosen on site"))]
    if plan.inflow is None:
        told.append(_("How long it can be dammed up is not known: nobody recorded how much arrives."))
    elif plan.hours is None:
        told.append(_("How long it can be dammed up is not known: levels or sizes behind a plug are missing."))
    else:
        words = _("At {flow} L/s water leaves after {time} at the earliest, if all comes to the plug with the least room.")
        told.append(words.format(flow=f"{plan.inflow:g}", time=duration(plan.hours * 3600)))
    return told


def plug_record(plan: PlugPlan) -> dict[str, object]:
    """Return a plan as the command line answers it: the keys of every shut-off plan, and those of plugs."""
    network = plan.network
    nothing, nobody = {"nodes": (), "pipes": ()}, {"count": 0, "households": 0}
    people = plan.contained.customers
    return {
        "close": (),
        "already_closed": (),
        "not_needed": (),
        "contained": {"nodes": plan.contained.nodes, "pipes": plan.contained.pipes},
        "lost": nothing,
        "supply_known": False,
        "sources_in_zone": (),
        "reopen": (),
        "customers": {
            "contained": {"count": people.count, "households": people.households},
            "lost": nobody,
        },
        "volume_m3": plan.volume,
        "reasons": {},
        "plugs": [_plug_record(network, one) for one in plan.plugs],
        "stop": [network.element_id(one) for one in plan.pumped],
        "pump_from": network.node_ids.take(np.array(plan.pump_from, dtype=np.int64)),
        "pump_to": network.node_ids.take(np.array(plan.pump_to, dtype=np.int64)),
        "hours": plan.hours,
        "notes": plug_sentences(plan),
    }


def _plug_record(network: Network, one: Plug) -> dict[str, object]:
    record: dict[str, object] = {
        "pipe": network.pipe_ids[one.pipe],
        "node": network.node_ids[one.node],
        "role": one.role,
        "size_mm": _number(one.size * 1000),
    }
    if (dammed := one.dammed) is not None:
        record |= {
            "behind_m": dammed.length,
            "spill_level_m": _number(dammed.level),
            "spills_at": network.node_ids[dammed.leaves_at] if dammed.leaves_at >= 0 else None,
            "spills_by": dammed.way or None,
            "room_m3": dammed.volume,
            "wet_nodes": network.node_ids.take(dammed.wet_nodes),
            "unknown_levels": dammed.unknown_levels,
            "at_most_lps": dammed.at_most,
        }
    return record


def _number(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None


def _node(network: Network, row: int) -> str:
    return network.node_ids[row] or _("Without an id")


def _pipe(network: Network, row: int) -> str:
    return network.pipe_ids[row] or _("Without an id")


def _few(ids: Iterable[str]) -> str:
    names = list(ids)
    shown = ", ".join(names[:_MOST_NAMED])
    return shown if len(names) <= _MOST_NAMED else _("{start} and {n} more").format(start=shown, n=len(names) - _MOST_NAMED)
