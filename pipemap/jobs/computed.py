"""What a computed network says, in sentences and lists; the window, the command line and spreadsheets show the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipemap.jobs.simulating import WaterAnswer
from pipemap.texts import _

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from pipemap.analysis.hydraulics import Found
    from pipemap.jobs.simulating_drainage import DrainageAnswer
    from pipemap.model.fields import Layer
    from pipemap.model.network import Network
    from pipemap.model.simulation import Simulation


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """One list of an answer.

    Attributes
    ----------
    key, value_key
        What the list, and the value in it, are called on the command line.
    title, value_title
        What they are called on screen.
    """

    network: Network
    layer: Layer
    key: str
    title: str
    value_key: str
    value_title: str
    found: Found

    @property
    def ids(self) -> list[str]:
        """Printed ids, in the order of the list."""
        ids = self.network.node_ids if self.layer == "node" else self.network.pipe_ids
        return list(ids.take(self.found.rows))

    def ids_at(self, at: int) -> str:
        """Printed id of one of them."""
        ids = self.network.node_ids if self.layer == "node" else self.network.pipe_ids
        return str(ids[int(self.found.rows[at])])


def clock(seconds: float) -> str:
    """Return a moment as hours and minutes since the beginning: ``7:30``."""
    minutes = round(float(seconds) / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def parts_of(answer: WaterAnswer | DrainageAnswer) -> tuple[Part, ...]:
    """Return the lists of an answer, the most urgent first."""
    network = answer.shown.run.network
    if isinstance(answer, WaterAnswer):
        shown, metres = answer.shown, _("Pressure (m)")
        low = _("Falls below the service pressure because of the plan") if answer.plan else _("Below the service pressure")
        turned = _("Flow reversed: the water may be discoloured")
        return (
            Part(network, "node", "below_service_pressure", low, "pressure_m", metres, answer.falls_below),
            Part(network, "pipe", "reversed", turned, "flow_lps", _("Flow (L/s)"), answer.reversed),
            Part(network, "node", "empty_tanks", _("Tanks that run empty"), "level_m", _("Level (m)"), shown.empty),
            Part(network, "pipe", "dry_pumps", _("Pumps without suction"), "pressure_m", metres, shown.dry_pumps),
            Part(network, "pipe", "fast", _("Fast flow"), "velocity_ms", _("Velocity (m/s)"), shown.fast),
        )  # fmt: skip
    return (
        Part(network, "node", "flooding", _("Manholes that flood"), "volume_m3", _("Volume (m³)"), answer.flooding),
        Part(network, "pipe", "surcharged", _("Pipes that run full"), "hours", _("Hours"), answer.surcharged),
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of a water network as it stands, and with a plan."""

    key: str
    title: str
    before: float | None
    after: float | None
    digits: int = 0


def comparison(answer: WaterAnswer) -> tuple[Compared, ...]:
    """Return figures of a network without and with the plan; empty where there is no plan."""
    if answer.after is None:
        return ()
    sides = answer.before, answer.after
    lists = (
        ("below", _("Low-pressure nodes"), [len(one.low) for one in sides]),
        ("customers", _("Low-pressure customers"), [one.customers.count for one in sides]),
        ("empty_tanks", _("Empty tanks"), [len(one.empty) for one in sides]),
        ("dry_pumps", _("Dry pumps"), [len(one.dry_pumps) for one in sides]),
        ("fast", _("Fast pipes (> 3 m/s)"), [len(one.fast) for one in sides]),
    )
    found = [Compared(key, title, before, after) for key, title, (before, after) in lists]
    return (
        *found,
        Compared("lowest_pressure_m", _("Lowest pressure (m)"), _lowest(sides[0].run), _lowest(sides[1].run), 1),
        Compared("delivered_lps", _("Water taken (L/s)"), _taken(sides[0].run), _taken(sides[1].run), 2),
    )


def _lowest(run: Simulation) -> float | None:
    pressures = run.nodes["pressure"][:, _junctions(run)]
    return float(pressures.min()) if pressures.size else None


def _taken(run: Simulation) -> float | None:
    """What all nodes but sources and tanks take, on the mean of the hours."""
    demands = run.nodes["demand"][:, _junctions(run)]
    return float(demands.sum(axis=1).mean()) if len(run.times) else None


def _junctions(run: Simulation) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = run.node_facts["is_tank"] + run.node_facts["is_fixed"] == 0
    return found


def sentences(answer: WaterAnswer | DrainageAnswer) -> list[str]:
    """Return what an answer comes to, in sentences."""
    return _of_water(answer) if isinstance(answer, WaterAnswer) else _of_drainage(answer)


def _of_water(answer: WaterAnswer) -> list[str]:
    shown, run = answer.shown, answer.shown.run
    counts = {"nodes": f"{len(run.node_rows):,}", "pipes": f"{len(run.pipe_rows):,}", "hours": f"{run.times[-1] / 3600:g}"}
    text = _("EPANET computed {nodes} nodes and {pipes} pipes over {hours} hours.")
    said = [
        (text if len(run.times) > 1 else _("EPANET computed {nodes} nodes and {pipes} pipes at one moment.")).format(**counts)
    ]
    if any(one.rule == "no-head" for one in answer.assumed):
        said.append(_("A source has no head, so nothing computed is right yet."))
    people, count = answer.customers, len(answer.falls_below)
    values = {"n": f"{count:,}", "c": f"{people.count:,}", "pressure": f"{shown.service_pressure:g}"}
    if answer.plan is not None:
        text = _(
            "Because of the plan, nodes outside that fall below the service pressure of {pressure} m: {n}; customers there: {c}."
        )
        said.append(
            text.format(**values)
            if count
            else _("Nobody outside the plan falls below the service pressure of {pressure} m.").format(**values)
        )
        turned = answer.reversed
        if len(turned):
            said.append(
                _("Pipes in which the water turns round: {n}. Warn of discoloured water there.").format(n=f"{len(turned):,}")
            )
    elif count:
        said.append(_("Nodes below the service pressure of {pressure} m: {n}; customers there: {c}.").format(**values))
    else:
        said.append(_("Every node keeps the service pressure of {pressure} m.").format(**values))
    for text, found in (
        (_("Tanks that run empty: {n}."), shown.empty),
        (_("Pumps without suction: {n}."), shown.dry_pumps),
        (_("Pipes in which the water is faster than 3 m/s: {n}."), shown.fast),
    ):
        if len(found):
            said.append(text.format(n=f"{len(found):,}"))
    return said


def _of_drainage(answer: DrainageAnswer) -> list[str]:
    run, flooding, full = answer.shown.run, answer.flooding, answer.surcharged
    said = [
        _("SWMM computed {nodes} nodes and {pipes} pipes over {hours} hours.").format(
            nodes=f"{len(run.node_rows):,}",
            pipes=f"{len(run.pipe_rows):,}",
            hours=f"{run.times[-1] / 3600:g}" if len(run.times) else "0",
        )
    ]
    if not answer.carries_water:
        said.append(_("Nothing flows: the model holds neither rain nor inflow, so nothing floods and nothing is right yet."))
    elif len(flooding):
        volume = f"{flooding.values.sum():,.1f}"
        said.append(_("Manholes that flood: {n}, {volume} m³ in all.").format(n=f"{len(flooding):,}", volume=volume))
    else:
        said.append(_("No manhole floods."))
    if len(full):
        said.append(_("Pipes that run full: {n}.").format(n=f"{len(full):,}"))
    return said


def export_answer(answer: WaterAnswer | DrainageAnswer, to: Path) -> Path:
    """Write an answer to a spreadsheet, without what is marked secret.

    Raises
    ------
    ReportError, SurveyFileError
        The file has another ending, or cannot be written.
    """
    from pipemap.jobs.tables import Sheet, write_sheets
    from pipemap.model.release import tells_of, withheld_ids

    run = answer.shown.run
    secret = withheld_ids(run.network)
    told = [[text] for text in (*sentences(answer), *(one.message for one in (*run.warnings, *answer.assumed)))]
    sheets = [Sheet(_("Summary"), [_("Result")], [row for row in told if not secret or not tells_of(row, secret)])]
    for part in parts_of(answer):
        values, times = part.found.values.tolist(), part.found.times.tolist()
        rows = [(id_, value, clock(time)) for id_, value, time in zip(part.ids, values, times, strict=True) if id_ not in secret]
        sheets.append(Sheet(part.key, [_("Id"), part.value_title, _("Time")], rows))
    if isinstance(answer, WaterAnswer) and (compared := comparison(answer)):
        figures = [(one.title, one.before, one.after) for one in compared]
        sheets.insert(1, Sheet(_("Comparison"), [_("What"), _("Without the plan"), _("With the plan")], figures))
    return write_sheets(sheets, to)
