"""The condition of the sections of a survey: findings laid along them, rated, with what hangs on each section."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.analysis.condition import Defect, Factors, Rating, Side, rate, score_of
from pipemap.analysis.ratings import OwnScale, own_scale
from pipemap.analysis.sections import Run, find_runs
from pipemap.catalog.findings import DEFAULT_SYSTEM
from pipemap.jobs.findings import list_findings, list_inspections, list_sections
from pipemap.jobs.inspection_entry import pipes_of
from pipemap.model.columns import rows_if_there
from pipemap.model.finding import Finding, Inspection, Section, StoredFinding
from pipemap.model.flow import invert_levels
from pipemap.progress import SILENT, Progress
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.model.network import Network
    from pipemap.store import Survey

_APART_M, _APART_SHARE = 1.0, 0.05
"""Inspected and surveyed length may differ by so much before it is said."""
_CLOSED = "closed"
_SIDES: tuple[Side, ...] = ("structural", "functional")
GRADE_NUMBERS = {"I": 1, "II": 2, "III": 3, "IV": 4}
"""From best to worst."""
URGENCIES = {"I": N_("no need"), "II": N_("put in the plan"), "III": N_("soon"), "IV": N_("at once")}
"""What each asks for, be it repair or cleaning."""
_NO_LEVELS = (math.nan, math.nan)

SPREADS = {"local": N_("local"), "partial": N_("partial or overall"), "overall": N_("overall")}


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding on its section: metres from the section's first node, to its end."""

    stored: StoredFinding
    start: float
    end: float
    side: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class SectionCondition:
    """One section with its ratings; a side is None where the inspection cannot see it.

    Attributes
    ----------
    section
        Its id: that of the survey's list of sections, else those of its manholes.
    run, pipes
        Rows of its pipes in the network, and their ids.
    findings
        Those coded by CJJ 181, along the section; scored or not.
    inspections
        What the findings come from, the newest last.
    preliminary
        Only a quick view was made: grades without index.
    customers, depth, road
        What hangs on it: customers bound to its pipes, the deepest end in metres, the road.
    is_secret
        One of its pipes must not leave the survey.
    from_levels, to_levels
        Ground and invert at both ends; NaN where unknown.
    flow
        +1 from its first end to its last, −1 the other way, 0 where nobody knows.
    """

    section: str
    run: Run
    pipes: tuple[str, ...]
    from_id: str
    to_id: str
    length: float | None
    diameter_mm: float | None
    material: str
    factors: Factors
    structural: Rating | None
    functional: Rating | None
    findings: tuple[Placed, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    preliminary: bool = False
    customers: int = 0
    depth: float | None = None
    road: str = ""
    notes: tuple[str, ...] = ()
    is_secret: bool = False
    from_levels: tuple[float, float] = _NO_LEVELS
    to_levels: tuple[float, float] = _NO_LEVELS
    flow: int = 0

    @property
    def urgency(self) -> tuple[float, ...]:
        """What sections are ranked by: the worst advice, then RI, MI, customers and depth."""
        ratings = [one for one in (self.structural, self.functional) if one is not None]
        worst = max((GRADE_NUMBERS[(one.index_grade or one.grade).grade] for one in ratings), default=0)
        index = [
            0.0 if one is None else (one.value if one.index is None else one.index) for one in (self.structural, self.functional)
        ]
        return (float(worst), max(index), sum(index), float(self.customers), self.depth or 0.0)

    @property
    def record(self) -> dict[str, object]:
        """The section in the words of the command line."""
        one, other = self.structural, self.functional
        return {
            "section": self.section, "pipes": self.pipes, "length_m": self.length,
            "S": one and one.mean, "Smax": one and one.worst, "F": one and one.value,
            "structural_grade": one and one.grade.grade, "density": one and one.density,
            "RI": one and one.index, "repair_grade": one and one.index_grade and one.index_grade.grade,
            "Y": other and other.mean, "Ymax": other and other.worst, "G": other and other.value,
            "functional_grade": other and other.grade.grade, "functional_density": other and other.density,
            "MI": other and other.index, "maintenance_grade": other and other.index_grade and other.index_grade.grade,
            "K": self.factors.area, "E": self.factors.pipe, "T": self.factors.soil, "diameter_mm": self.diameter_mm,
            "preliminary": self.preliminary, "findings": [one.stored.fid for one in self.findings],
            "customers": self.customers, "depth_m": self.depth, "road": self.road or None, "notes": self.notes,
        }  # fmt: skip

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The way to each number, in the words of the command line."""
        return [
            {"side": rating.side, "name": step.name, "formula": step.formula, "inserted": step.inserted, "value": step.value,
             "findings": step.findings, "note": step.note}
            for rating in (self.structural, self.functional) if rating is not None
            for step in rating.steps
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """The sections of a survey, the most urgent first, and pipes coded in other systems by their own scale."""

    sections: tuple[SectionCondition, ...]
    others: tuple[tuple[str, OwnScale], ...] = ()

    def of_pipe(self, row: int) -> SectionCondition | None:
        """Return the section that a pipe (row) belongs to."""
        return next((one for one in self.sections if row in one.run.pipes), None)


def condition(survey: Survey, *, area: float | None = None, soil: float | None = None, progress: Progress = SILENT) -> Condition:
    """Rate every section that was inspected, or in which something was found.

    Findings that are closed no longer count; of several inspections the newest does, with the one before where it was aborted
    and came from the other end. Findings entered without an inspection always count.

    Parameters
    ----------
    area, soil
        K and T of sections of which the survey says nothing.
    """
    network = survey.network
    progress(0, None, _("Rating sections"))
    findings = [one for one in list_findings(survey) if one.finding.pipe is not None]
    defects = [one for one in findings if one.finding.system == DEFAULT_SYSTEM and one.finding.kind != "hazard"]
    inspections = _Visits(network, _rated_visits(list_inspections(survey), findings))
    named = rows_if_there(network.pipe_fid, np.array([int(one.finding.pipe or 0) for one in defects], dtype=np.int64))
    runs = find_runs(network, dict.fromkeys([*named[named >= 0].tolist(), *inspections.pipes]))
    if not runs:
        return Condition((), _others(findings))
    around = _Around(survey, network, runs, Factors(area, None, soil))
    by_pipe: dict[int, list[StoredFinding]] = {}
    for one in defects:
        by_pipe.setdefault(int(one.finding.pipe or 0), []).append(one)
    sections = [_section(network, run, by_pipe, inspections, around) for run in runs]
    progress(1, 1)
    return Condition(tuple(sorted(_distinct(sections), key=lambda one: one.urgency, reverse=True)), _others(findings))


def _rated_visits(inspections: Iterable[Inspection], findings: Iterable[StoredFinding]) -> list[Inspection]:
    """Return the inspections that this rating may speak of: made, and not coded in other systems alone."""
    systems: dict[int, set[str]] = {}
    for one in findings:
        if one.finding.inspection is not None and one.finding.kind != "hazard":
            systems.setdefault(one.finding.inspection, set()).add(one.finding.system)
    return [one for one in inspections if one.is_done and DEFAULT_SYSTEM in systems.get(one.fid or 0, {DEFAULT_SYSTEM})]


class _Visits:
    """Inspections by what they went through: one pipe, or all between two nodes."""

    def __init__(self, network: Network, inspections: Iterable[Inspection]) -> None:
        self.pipes: list[int] = []
        self._by_pipe: dict[int, list[Inspection]] = {}
        self._by_ends: dict[frozenset[object], list[Inspection]] = {}
        for one in inspections:
            self.pipes += pipes_of(network, one)
            if isinstance(one.pipe, int):
                self._by_pipe.setdefault(one.pipe, []).append(one)
            else:
                self._by_ends.setdefault(frozenset((one.from_node, one.to_node)), []).append(one)

    def of(self, pipes: Sequence[int], nodes: Sequence[int]) -> list[Inspection]:
        """Return those of a section, oldest first."""
        here = [one for pipe in pipes for one in self._by_pipe.get(pipe, ())]
        here += self._by_ends.get(frozenset(nodes), ())
        return sorted(here, key=lambda one: (one.inspected, one.fid or 0))


class _Around:
    """What is said of sections, and what hangs on them, looked up once."""

    def __init__(self, survey: Survey, network: Network, runs: Sequence[Run], default: Factors) -> None:
        self.default = default
        self.sections: dict[frozenset[Any], Section] = {
            frozenset((one.from_node, one.to_node)): one for one in list_sections(survey) if one.from_node is not None
        }
        table = survey.table("customer", ["pipe"])["pipe"].to_pylist()
        self.customers = Counter(one for one in table if one is not None)
        fids = [int(network.pipe_fid[row]) for run in runs for row in run.pipes]
        told = survey.rows("pipe", fids, ["road", "diameter_mm"])
        self.roads = dict(zip(fids, (str(row[0] or "") for row in told), strict=True))
        self.diameters = dict(zip(fids, (row[1] for row in told), strict=True))
        self._network, self._inverts = network, invert_levels(network)

    def levels(self, run: Run, *, last: bool) -> tuple[float, float]:
        """Return ground and invert at an end of a run."""
        place = -1 if last else 0
        end = 1 if run.forward[place] == last else 0
        return float(self._network.node_xyz[run.ends[place], 2]), float(self._inverts[run.pipes[place], end])

    def flow(self, run: Run) -> int:
        """Return which way a run flows, seen from its first node."""
        return int(self._network.flow.direction[run.pipes[0]]) * (1 if run.forward[0] else -1)


def _section(
    network: Network,
    run: Run,
    by_pipe: Mapping[int, list[StoredFinding]],
    inspections: _Visits,
    around: _Around,
) -> SectionCondition:
    fids = [int(network.pipe_fid[row]) for row in run.pipes]
    nodes = [int(network.node_fid[row]) for row in run.ends]
    ids = [network.node_ids[row] or f"#{fid}" for row, fid in zip(run.ends, nodes, strict=True)]
    said = around.sections.get(frozenset(nodes), Section())
    visits, kind, notes = _visits(inspections.of(fids, nodes))
    placed, odd = _placed(network, run, by_pipe, fids, visits)
    length = run.length if math.isfinite(run.length) else said.length
    factors = _factors(said, around, fids)
    preliminary = kind == "qv"
    sides: dict[Side, Rating] = {
        side: rate(side, _defects(placed, side), length, factors, preliminary=preliminary)
        for side in ("structural", "functional")
    }
    depths = [float(value) for row in run.pipes for value in (network.from_depth[row], network.to_depth[row])]
    return SectionCondition(
        section=said.id or f"{ids[0]}-{ids[1]}",
        run=run,
        pipes=tuple(network.pipe_ids[row] or f"#{network.pipe_fid[row]}" for row in run.pipes),
        from_id=ids[0],
        to_id=ids[1],
        length=length,
        diameter_mm=factors.diameter_mm,
        material=said.material or next((name for row in run.pipes if (name := network.pipe_material[row])), ""),
        factors=factors,
        structural=None if kind == "sonar" else sides["structural"],
        functional=sides["functional"],
        findings=placed,
        inspections=visits,
        preliminary=preliminary,
        customers=sum(around.customers[fid] for fid in fids),
        depth=max((value for value in depths if math.isfinite(value)), default=None),
        road=next((around.roads[fid] for fid in fids if around.roads[fid]), ""),
        is_secret=not bool(network.release.pipes[list(run.pipes)].all()),
        from_levels=around.levels(run, last=False),
        to_levels=around.levels(run, last=True),
        flow=around.flow(run),
        notes=(*notes, *odd, *_length_notes(visits, length)),
    )


def _factors(said: Section, around: _Around, fids: Sequence[int]) -> Factors:
    sizes = [float(size) for fid in fids if isinstance(size := around.diameters.get(fid), (int, float))]
    return Factors(
        around.default.area if said.area_importance is None else said.area_importance,
        said.diameter_mm if said.diameter_mm is not None else max(sizes, default=None),
        around.default.soil if said.soil is None else said.soil,
    )


def _visits(here: Sequence[Inspection]) -> tuple[tuple[Inspection, ...], str, list[str]]:
    """Return the inspections that count of those of a section, how it was inspected, and what is to be said of it."""
    if not here:
        return (), "", []
    newest = here[-1]
    day = [one for one in here if one.inspected == newest.inspected]
    if newest.aborted and len(day) == 1:
        day = [*[one for one in here[:-1] if one.direction != newest.direction][-1:], newest]
    kinds = {one.kind for one in day}
    notes = []
    if kinds == {"qv"}:
        notes.append(_("Quick view only: the grades are preliminary, without RI and MI."))
    if kinds == {"sonar"}:
        notes.append(_("Sonar only: functional defects, no structural rating."))
    if any(one.aborted for one in day) and len(day) == 1:
        notes.append(_("The inspection was aborted, and none came from the other end."))
    kind = next(iter(kinds)) if len(kinds) == 1 else ""
    return tuple(day), kind, notes


def _length_notes(visits: Sequence[Inspection], length: float | None) -> list[str]:
    inspected = sum(one.inspected_length or 0.0 for one in visits)
    if not inspected or length is None:
        return []
    apart = abs(inspected - length)
    if apart <= _APART_M or apart <= _APART_SHARE * length:
        return []
    words = _("Inspected are {inspected} m, surveyed {length} m.")
    return [words.format(inspected=f"{inspected:.1f}", length=f"{length:.1f}")]


def _placed(
    network: Network,
    run: Run,
    by_pipe: Mapping[int, list[StoredFinding]],
    fids: Sequence[int],
    visits: Sequence[Inspection],
) -> tuple[tuple[Placed, ...], list[str]]:
    """Lay the findings that count along a run; those without a place on it are said."""
    counted = {one.fid for one in visits}
    found, lost = [], []
    for number, fid in enumerate(fids):
        for stored in by_pipe.get(fid, ()):
            finding = stored.finding
            if finding.status == _CLOSED or (finding.inspection is not None and counted and finding.inspection not in counted):
                continue
            ends = _along(network, run, number, finding)
            if ends is None:
                lost.append(f"#{stored.fid}")
                continue
            side, score = score_of(finding.system, finding.code, finding.grade) or ("", None)
            found.append(Placed(stored, *ends, side, score))
    note = _("Without a station, and so not scored: {ids}.").format(ids=", ".join(lost))
    return tuple(sorted(found, key=lambda one: (one.start, one.stored.fid))), [note] if lost else []


def _along(network: Network, run: Run, number: int, finding: Finding) -> tuple[float, float] | None:
    """Return from where to where a finding reaches along its run."""
    if finding.station is None:
        return None
    row = run.pipes[number]
    first, second = (int(network.node_fid[node]) for node in network.pipe_ends[row])
    counts_back = finding.from_node == second and first != second
    long = float(network.length[row])
    reach = finding.station, finding.station + (finding.length or 0.0)
    ends = sorted(run.station(number, long - at if counts_back else at) for at in reach)
    return (ends[0], ends[1]) if all(map(math.isfinite, ends)) else None


def _defects(placed: Iterable[Placed], side: str) -> list[Defect]:
    return [
        Defect(one.stored.fid, one.stored.finding.code, one.stored.finding.grade or 0, one.score, one.start, one.end)
        for one in placed
        if one.side == side and one.score is not None
    ]


def _distinct(sections: Iterable[SectionCondition]) -> list[SectionCondition]:
    """Give sections between the same manholes names of their own."""
    seen: Counter[str] = Counter()
    found = []
    for one in sections:
        seen[one.section] += 1
        number = seen[one.section]
        found.append(one if number == 1 else replace(one, section=f"{one.section}#{number}"))
    return found


def _others(findings: Iterable[StoredFinding]) -> tuple[tuple[str, OwnScale], ...]:
    """Return pipes with findings in other systems, each by that system's own scale."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        if one.finding.system not in {DEFAULT_SYSTEM, "hazard"}:
            groups.setdefault((one.pipe_id, one.finding.system), []).append(one.finding)
    from pipemap.catalog.findings import finding_systems

    return tuple((pipe, own_scale(system, rows)) for (pipe, system), rows in groups.items() if system in finding_systems())


COLUMNS: tuple[tuple[str, str], ...] = (
    ("section", N_("Section")), ("pipes", N_("Pipes")), ("length_m", N_("Length (m)")), ("S", "S"), ("Smax", "Smax"), ("F", "F"),
    ("structural_grade", N_("Structural grade")), ("density", N_("Density")), ("RI", "RI"), ("repair_grade", N_("Repair grade")),
    ("Y", "Y"), ("Ymax", "Ymax"), ("G", "G"), ("functional_grade", N_("Functional grade")), ("MI", "MI"),
    ("maintenance_grade", N_("Maintenance grade")),
)  # fmt: skip
"""What is shown of a section in tables, by the keys of the command line."""


def write_condition(found: Condition, to: Path, *, overwrite: bool = False) -> Path:
    """Write the sections and the way to each number as an Excel workbook; sections with anything secret stay.

    Raises
    ------
    ReportError
        It cannot be written there.
    """
    from pipemap.errors import ReportError
    from pipemap.jobs.writing import written_whole

    if to.exists() and not overwrite:
        raise ReportError(
            _("{file} exists already.").format(file=to), _("Choose another name, or say that it may be replaced (--overwrite).")
        )
    with written_whole(to, error=ReportError) as part:
        _write_workbook(found, part)
    return to


def _write_workbook(found: Condition, to: Path) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(to), options) as book:
        sections = [one for one in found.sections if not one.is_secret]
        records = [one.record for one in sections]
        rows = [[_cell(record[name]) for name, _title in COLUMNS] for record in records]
        _sheet(book, _("Sections"), [_(title) for _name, title in COLUMNS], rows)
        heads = [_("Section"), _("Number"), _("Formula"), _("Inserted"), _("Value"), _("Findings"), _("Remark")]
        steps = [
            [one.section, *(_cell(step[name]) for name in ("name", "formula", "inserted", "value", "findings", "note"))]
            for one in sections
            for step in one.steps
        ]
        _sheet(book, _("How each number came about"), heads, steps)


def _sheet(book: Any, name: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:  # noqa: ANN401 -- xlsxwriter's
    sheet = book.add_worksheet(name[:31])
    for column, head in enumerate(heads):
        longest = max([len(head), *(len(str(row[column])) for row in rows)])
        sheet.set_column(column, column, min(8 + longest, 60))
    if rows:
        options = {"data": rows, "columns": [{"header": head} for head in heads], "style": "Table Style Light 9"}
        sheet.add_table(0, 0, len(rows), len(heads) - 1, options)
    else:
        sheet.write_row(0, 0, heads)
    sheet.freeze_panes(1, 1)


def _cell(value: object) -> object:
    if isinstance(value, (tuple, list)):
        return ", ".join(str(one) for one in value)
    return "" if value is None else round(value, 4) if isinstance(value, float) else value


def keep_factors(survey: Survey, one: SectionCondition, *, area: float | None, soil: float | None, author: str = "") -> None:
    """Write down how important the area of a section is (K), and its soil (T), as one Change."""
    fids = [int(survey.network.node_fid[row]) for row in one.run.ends]
    known = next((row for row in list_sections(survey) if {row.from_node, row.to_node} == set(fids)), None)
    said = known or Section(id=one.section, from_node=fids[0], to_node=fids[1])
    said = replace(
        said,
        area_importance=said.area_importance if area is None else area,
        soil=said.soil if soil is None else soil,
    )
    with survey.edit(_("Area and soil of {section}").format(section=one.section), author=author) as edit:
        edit.keep_section(said)
