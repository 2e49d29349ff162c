"""What a shut-off plan asks beside its valves, in the words of its trade: reduce, stop, drain, vent, purge, fill, make sure.

Places are named where the survey holds them; where it does not, the words say that they are to be chosen on site.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from pipemap import catalog
from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.model.lookup import Element
from pipemap.model.wording import kind_label
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipemap.analysis.shutoff import ShutoffPlan
    from pipemap.catalog.pipes import PressureBand
    from pipemap.model.network import Network

Stage = Literal["reduce", "stop", "empty", "fill", "start", "assure"]
"""When: before the valves, and with them; once they are closed; on the way back before they are opened, and after."""

_MOST_NAMED = 8
_STOPPED = (NodeKind.PUMP, NodeKind.REGULATOR, NodeKind.EXCHANGER)
_STOPPED_PIPES = (PipeKind.PUMP, PipeKind.PRV, PipeKind.PSV, PipeKind.FCV)
CIRCUITS = {"supply": N_("supply"), "return": N_("return")}


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing to do that is no valve of the plan; ``elements`` are where, as far as the survey knows."""

    stage: Stage
    text: str
    elements: tuple[Element, ...] = ()


def measures_of(plan: ShutoffPlan) -> tuple[Measure, ...]:
    """Return what a plan asks beside its valves, in the order of going about it."""
    found = [*_stop(plan)]
    if plan.is_heating:
        found += [*_drain_both(plan), *_fill_both(plan)]
    elif plan.closes_everything:
        found += [*_reduce(plan), *_purge(plan)]
    else:
        found += [*_drain(plan), *_fill(plan)]
    order: tuple[Stage, ...] = ("reduce", "stop", "empty", "fill", "start", "assure")
    return tuple(sorted(found, key=lambda one: order.index(one.stage)))


# -- what feeds from inside ----------------------------------------------------------------------------------------------


def _stop(plan: ShutoffPlan) -> list[Measure]:
    """Sources, pumps and regulators in the zone: valves alone do not part it from them."""
    network = plan.network
    by_kind: dict[str, list[Element]] = {}
    for element in _fed_inside(plan):
        kinds, plain = (network.node_kind, "point") if element.layer == "node" else (network.pipe_kind, "pipe")
        by_kind.setdefault(kind_label(kinds[element.row] or plain), []).append(element)
    found = []
    for kind, elements in by_kind.items():
        named = _names([network.element_id(one) or _("Without an id") for one in elements])
        for stage, text in (
            ("stop", _("Stop, and close its inlet: {id} ({kind})")),
            ("start", _("Open its inlet, and start again: {id} ({kind})")),
        ):
            found.append(Measure(cast("Stage", stage), text.format(id=named, kind=kind), tuple(elements[:_MOST_NAMED])))
    return found


def _fed_inside(plan: ShutoffPlan) -> list[Element]:
    network, rows, pipes = plan.network, plan.contained.node_rows, plan.contained.pipe_rows
    nodes = np.union1d(plan.source_rows, rows[network.node_kind.is_in(*_STOPPED)[rows]])
    links = pipes[network.pipe_kind.is_in(*_STOPPED_PIPES)[pipes]]
    return [*(Element("node", int(row)) for row in nodes), *(Element("pipe", int(row)) for row in links)]


# -- water, and whatever else is drained -----------------------------------------------------------------------------------


def _drain(plan: ShutoffPlan) -> list[Measure]:
    drains, vents = _of_kind(plan, NodeKind.DRAIN_VALVE), _of_kind(plan, NodeKind.AIR_VALVE)
    low, high = _extremes(plan)
    return [
        _placed(plan, "empty", _("Drain: {ids}"), drains, low or _("hydrant or lowest point, to be chosen on site")),
        _placed(plan, "empty", _("Let air in: {ids}"), vents, high or _("highest point, to be chosen on site")),
    ]


def _fill(plan: ShutoffPlan) -> list[Measure]:
    drains, vents = _of_kind(plan, NodeKind.DRAIN_VALVE), _of_kind(plan, NodeKind.AIR_VALVE)
    return [
        _placed(plan, "fill", _("Close the drains: {ids}"), drains, _("where it was drained")),
        _placed(plan, "fill", _("Let air out while it fills: {ids}"), vents, _("where air was let in")),
        Measure("assure", _("Flush until the water is clear, and take a sample")),
        Measure("assure", _("Verify the pressure at the ends")),
    ]


def _extremes(plan: ShutoffPlan, circuit: str = "") -> tuple[str, str]:
    """The lowest and the highest surveyed end of a pipe of the zone, in words; blank where no level is known."""
    network, pipes = plan.network, plan.contained.pipe_rows
    if circuit:
        pipes = pipes[network.pipe_circuit.is_in(circuit)[pipes]]
    level = np.column_stack([network.from_level[pipes], network.to_level[pipes]]).reshape(-1)
    known = np.flatnonzero(np.isfinite(level))
    if not len(known):
        return "", ""
    nodes = network.pipe_ends[pipes].reshape(-1)
    places = (known[np.argmin(level[known])], known[np.argmax(level[known])])
    texts = (_("lowest surveyed point {id} ({level} m)"), _("highest surveyed point {id} ({level} m)"))
    low, high = (
        text.format(id=network.node_ids[int(nodes[at])] or _("Without an id"), level=f"{level[at]:.2f}")
        for text, at in zip(texts, places, strict=True)
    )
    return low, high


# -- heating -------------------------------------------------------------------------------------------------------------


def _drain_both(plan: ShutoffPlan) -> list[Measure]:
    """Supply and return each hold hot water of their own: each is drained and vented."""
    found = []
    for circuit in _circuits(plan):
        name = _(CIRCUITS[circuit]) if circuit else _("circuit not recorded")
        drains, vents = (_of_circuit(plan, kind, circuit) for kind in (NodeKind.DRAIN_VALVE, NodeKind.AIR_VALVE))
        low, high = _extremes(plan, circuit)
        told = [
            (_("Let it cool, then drain the {circuit}: {ids}"), drains, low or _("lowest point, to be chosen on site")),
            (_("Let air into the {circuit}: {ids}"), vents, high or _("highest point, to be chosen on site")),
        ]
        found += [_placed(plan, "empty", text.replace("{circuit}", name), rows, other) for text, rows, other in told]
    return found


def _fill_both(plan: ShutoffPlan) -> list[Measure]:
    drains, vents = _of_kind(plan, NodeKind.DRAIN_VALVE), _of_kind(plan, NodeKind.AIR_VALVE)
    return [
        _placed(plan, "fill", _("Close the drains: {ids}"), drains, _("where it was drained")),
        _placed(plan, "fill", _("Let air out while it fills: {ids}"), vents, _("where air was let in")),
        Measure("fill", _("Open the return first, then the supply")),
        Measure("assure", _("Verify pressure and temperature at the ends")),
    ]


def _circuits(plan: ShutoffPlan) -> list[str]:
    """The circuits of the zone, the supply first; blank for pipes that do not say."""
    found = {plan.network.pipe_circuit[int(row)] or "" for row in plan.contained.pipe_rows}
    return sorted(found, key=("supply", "return", "").index)


def _of_circuit(plan: ShutoffPlan, kind: NodeKind, circuit: str) -> list[int]:
    network = plan.network

    def belongs(row: int) -> bool:
        pipes = network.edge[network.indptr[row] : network.indptr[row + 1]].tolist()
        return circuit in {network.pipe_circuit[pipe] or "" for pipe in pipes}

    return [row for row in _of_kind(plan, kind) if belongs(row)]


# -- gas -----------------------------------------------------------------------------------------------------------------


def band_named(text: str | None) -> PressureBand | None:
    """Return the pressure band that a survey's text names, by its name or as a gauge pressure in MPa; None for any other.

    Examples
    --------
    >>> band_named("中压B").name_en, band_named("0.3").name_en, band_named("?")
    ('Medium B', 'Medium A', None)
    """
    plain = (text or "").strip()
    named = next((one for one in catalog.gas_pressure_bands() if plain in (one.name_zh, one.name_en)), None)
    if named is not None or not plain:
        return named
    try:
        return catalog.gas_pressure_band(float(plain.upper().removesuffix("MPA")))
    except ValueError:
        return None


def bands_of(plan: ShutoffPlan) -> tuple[tuple[PressureBand, ...], int]:
    """Return the pressure bands of the zone, lowest first, and how many of its pipes do not say theirs."""
    rows = plan.contained.pipe_rows
    words = plan.network.column("pipe", "pressure", rows).to_pylist()
    bands = [band_named(word) for word in words]
    found = {band for band in bands if band is not None}
    return tuple(band for band in catalog.gas_pressure_bands() if band in found), bands.count(None)


def inventory(plan: ShutoffPlan) -> float | None:
    """Return the gas in the zone at most, cubic metres at the pressure of the air; None where a pipe's band is not recorded.

    Every pipe is taken at the upper end of its band (Boyle's law: the volume times the absolute pressure in tenths of an MPa).
    """
    from pipemap.analysis.segments import pipe_volumes

    rows = plan.contained.pipe_rows
    bands = [band_named(word) for word in plan.network.column("pipe", "pressure", rows).to_pylist()]
    if not bands or None in bands:
        return None
    times = np.array([1.0 + band.up_to_mpa / 0.1 for band in bands if band is not None])
    return float((pipe_volumes(plan.network)[rows] * times).sum())


def _reduce(plan: ShutoffPlan) -> list[Measure]:
    """Lowering the pressure in steps comes before closing, and is often enough by itself."""
    bands, unknown = bands_of(plan)
    lowest = catalog.gas_pressure_bands()[0]
    if bands == (lowest,) and not unknown:
        return []
    stations = _feeding_stations(plan)
    names = ", ".join(band.label for band in reversed(bands)) or _("band not recorded")
    words = _("Lower the pressure in steps ({bands}) before closing, watched at the ends: {ids}").format(bands=names, ids="{ids}")
    return [
        _placed(plan, "reduce", words, stations, _("the station that feeds it, to be named by the control room")),
        Measure("reduce", _("Ask the control room first whether a lowered pressure is enough, so that nobody loses gas")),
    ]


def _feeding_stations(plan: ShutoffPlan) -> list[int]:
    """Regulators at the edge of the zone and in it, and sources of the same connected part."""
    network, valves = plan.network, plan.cells.valves
    border = plan.zone.border
    rows = {int(valves.row[one]) for one in border.tolist() if valves.station[one]}
    inside = plan.contained.node_rows
    rows |= set(inside[network.node_kind.is_in(NodeKind.REGULATOR)[inside]].tolist())
    broken = {int(network.component[_a_node(network, one)]) for one in plan.request.broken}
    rows |= {int(row) for row in network.sources if int(network.component[row]) in broken}
    return sorted(rows)


def _a_node(network: Network, element: Element) -> int:
    return element.row if element.layer == "node" else int(network.pipe_ends[element.row, 0])


def _purge(plan: ShutoffPlan) -> list[Measure]:
    vents = [*_of_kind(plan, NodeKind.AIR_VALVE), *_of_kind(plan, NodeKind.DRAIN_VALVE)]
    on_site = _("place to be chosen on site")
    gas = inventory(plan)
    much = (
        _("not known, a pipe's pressure band is not recorded") if gas is None else _("at most {m3} m³").format(m3=f"{gas:,.0f}")
    )
    let_out = _("Let the gas out where it harms nobody ({much}), and purge: {ids}").format(much=much, ids="{ids}")
    return [
        _placed(plan, "empty", let_out, vents, on_site),
        Measure("empty", _("Measure the gas in the pit and in cellars and chambers beside it before anyone enters")),
        _placed(plan, "fill", _("Test for tightness, then purge with gas: {ids}"), vents, on_site),
        Measure("assure", _("Confirm house by house that supply is back and nothing leaks")),
    ]


# -- words ---------------------------------------------------------------------------------------------------------------


def _of_kind(plan: ShutoffPlan, kind: NodeKind) -> list[int]:
    rows = plan.contained.node_rows
    found: list[int] = rows[plan.network.node_kind.is_in(kind)[rows]].tolist()
    return found


def _placed(plan: ShutoffPlan, stage: Stage, text: str, rows: Iterable[int], otherwise: str) -> Measure:
    """A sentence with the ids of some nodes, or with what is said where there is none that can be named."""
    named = [row for row in rows if plan.network.node_ids[row]]
    ids = _names([plan.network.node_ids[row] for row in named])
    return Measure(stage, text.format(ids=ids or otherwise), tuple(Element("node", row) for row in named[:_MOST_NAMED]))


def _names(ids: list[str]) -> str:
    names = ", ".join(ids[:_MOST_NAMED])
    more = len(ids) - _MOST_NAMED
    return _("{start} and {n} more").format(start=names, n=more) if more > 0 else names
