"""Inspections from files into a survey: stored as one Change; the same files again update; what was not matched is, by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.analysis.inspection_matching import Match, match_ends, match_inspections
from pipemap.errors import EditError
from pipemap.formats.inspections.cells import direction_of
from pipemap.jobs.inspection_files import MediaFolder
from pipemap.jobs.inspection_plan import InspectionPlan, match_named, plan_inspections
from pipemap.jobs.inspection_problems import NOT_MATCHED, UNMATCHED, told_name
from pipemap.model.columns import rows_if_there
from pipemap.model.finding import Finding, Inspection
from pipemap.model.inspected import Inspected, InspectionDelivery, Observed
from pipemap.progress import SILENT, Progress
from pipemap.store.edits.findings import KeptInspection, finding_of
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.model.network import Network
    from pipemap.store import Survey
    from pipemap.store.edits import Edit

__all__ = [
    "UNMATCHED",
    "ImportedInspections",
    "InspectionPlan",
    "match_stored",
    "plan_inspections",
    "plan_stored",
    "store_inspection_plan",
    "store_matches",
]

_TEXTS = ("inspected", "inspector", "company", "video", "note", "equipment", "calibration", "weather", "not_done")
_LABEL = N_("Import inspections from {source}")


@dataclass(frozen=True, slots=True)
class ImportedInspections:
    """What was stored: the plan, the keys of its inspections in their order, the findings, and the Change."""

    plan: InspectionPlan
    kept: tuple[KeptInspection, ...]
    change_id: int | None

    @property
    def findings(self) -> int:
        """How many findings were stored."""
        return sum(len(one.findings) for one in self.kept)


# -- storing -----------------------------------------------------------------------------------------------------------


def store_inspection_plan(
    survey: Survey, plan: InspectionPlan, *, author: str = "", progress: Progress = SILENT
) -> ImportedInspections:
    """Store a plan as one Change.

    Inspections that are in the survey already are updated with their findings: what was done about a finding stays, one that
    no longer comes is deleted unless somebody has taken it up. What is not matched is kept, and listed as a problem.
    """
    label = _(_LABEL).format(source=plan.delivery.source)
    kept = []
    total = len(plan.matches)
    with survey.edit(label[:200], author=author) as edit:
        waiting = _waiting(edit)
        for number, one in enumerate(plan.delivery.inspections):
            progress(number, total, _("Storing inspections"))
            kept.append(_keep(edit, plan, number, one, waiting))
        progress(total, total)
    return ImportedInspections(plan, tuple(kept), edit.change_id)


def _keep(edit: Edit, plan: InspectionPlan, number: int, one: Inspected, waiting: dict[int, int]) -> KeptInspection:
    match, fid = plan.matches[number], plan.stored[number]
    findings = findings_of(plan.network, one, match, plan.media)
    if fid is not None:
        findings = _as_before(edit, fid, findings)
    record = replace(_record(plan, one, match), findings=tuple(findings), fid=fid)
    kept = edit.keep_inspection(record)
    _keep_problem(edit, kept.fid, one, match, waiting)
    return kept


def _record(plan: InspectionPlan, one: Inspected, match: Match) -> Inspection:
    network, taken = plan.network, match.accepted
    legs = match.legs if taken else ()
    video = plan.media.find(one.video, (one.name, one.start)) if one.video else None
    said = [
        one.note,
        *([f"{one.material} {one.diameter_mm or ''}".strip()] if not taken and (one.material or one.diameter_mm) else []),
    ]
    return Inspection(
        kind="cctv",
        section=one.name if one.kind == "pipe" else "",
        pipe=int(network.pipe_fid[legs[0].pipe]) if len(legs) == 1 else None,
        from_node=int(network.node_fid[match.start]) if taken and match.start >= 0 else None,
        to_node=int(network.node_fid[match.end]) if taken and match.end >= 0 else None,
        inspected=one.inspected,
        inspector=one.inspector,
        company=one.company,
        direction=one.direction,
        length=one.length,
        inspected_length=one.inspected_length,
        aborted=one.aborted,
        cleaned=bool(one.cleaned),
        plugged=bool(one.plugged),
        equipment=one.equipment,
        calibration=one.calibration,
        weather=one.weather,
        water_percent=one.water_percent,
        not_done=one.not_done,
        video=str(video) if video is not None else one.video,
        source=one.found_in,
        note="; ".join(filter(None, said)),
        pipe_name=one.name,
        start_name=one.start,
        end_name=one.end,
        confidence=match.confidence if taken else 0.0,
        reason="; ".join(match.reasons),
    )


def findings_of(network: Network, one: Inspected, match: Match, media: MediaFolder) -> list[Finding]:
    """Return what an inspection saw, each at its pipe and counted from the end where the camera entered that.

    A continuous one that reaches over several pipes becomes one finding a pipe.
    """
    found: list[Finding] = []
    for seen in one.observed:
        base = _finding(one, seen, media)
        if one.kind == "node" or not match.accepted or not match.legs:
            node = int(network.node_fid[match.start]) if one.kind == "node" and match.accepted else None
            found.append(replace(base, node=node, station=seen.station, length=seen.length))
            continue
        found += [replace(base, **part) for part in _parts(network, seen, match)]
    return found


def _finding(one: Inspected, seen: Observed, media: MediaFolder) -> Finding:
    hints = (one.name, one.start, one.video)
    folder = media.folder or Path()
    return Finding(
        system=one.system,
        code=seen.code,
        grade=seen.grade,
        continuous=seen.continuous,
        clock=seen.clock,
        quantity_1=seen.quantity_1,
        quantity_2=seen.quantity_2,
        found=one.inspected[:10],
        found_by=one.inspector,
        source=one.found_in,
        note=seen.note,
        photos=tuple(media.find(name, hints) or folder / name for name in seen.photos),
    )


def _parts(network: Network, seen: Observed, match: Match) -> Iterator[dict[str, Any]]:
    legs = match.legs
    if seen.station is None:
        yield {"pipe": int(network.pipe_fid[legs[0].pipe]), "station": None, "length": seen.length}
        return
    first = next((at for at, leg in enumerate(legs) if seen.station < leg.start + leg.length), len(legs) - 1)
    until = seen.station + (seen.length or 0.0)
    for at in range(first, len(legs)):
        leg, last = legs[at], at == len(legs) - 1
        end = leg.start + leg.length
        station = max(seen.station - leg.start, 0.0)
        length = None if seen.length is None else round((until if last else min(until, end)) - leg.start - station, 3)
        entered = network.pipe_ends[leg.pipe, 0 if leg.forward else 1]
        yield {
            "pipe": int(network.pipe_fid[leg.pipe]), "from_node": int(network.node_fid[entered]),
            "station": round(station, 3), "length": length,
        }  # fmt: skip
        if until <= end:
            return


def _as_before(edit: Edit, inspection: int, findings: Sequence[Finding]) -> list[Finding]:
    """Give findings the keys of those that they were at the last import, and delete what no longer comes."""
    old: dict[tuple[object, ...], list[Finding]] = {}
    for fid in edit.keys("finding", "inspection", inspection):
        one = finding_of(edit.row("finding", fid))
        old.setdefault(_likeness(one), []).append(one)
    known = []
    for one in findings:
        same = old.get(_likeness(one))
        before = same.pop(0) if same else None
        known.append(one if before is None else replace(one, fid=before.fid, status=before.status, severity=before.severity))
    for left in old.values():
        for one in left:
            if one.fid is not None and one.source and one.status == "reported":
                edit.remove_finding(one.fid)
    return known


def _likeness(one: Finding) -> tuple[object, ...]:
    """What stays the same of a finding from one import to the next, wherever it is matched to: its line, but not its place."""
    return one.code, one.clock, one.continuous, one.quantity_1, one.quantity_2, one.note, one.grade


def _waiting(edit: Edit) -> dict[int, int]:
    """Return the problem of each inspection that is not matched, by the key of the inspection."""
    found = {}
    for fid in edit.keys("problem", "rule", UNMATCHED):
        inspection = json.loads(edit.row("problem", fid)["arguments"] or "{}").get("inspection")
        if isinstance(inspection, int):
            found[inspection] = fid
    return found


def _keep_problem(edit: Edit, inspection: int, one: Inspected, match: Match, waiting: dict[int, int]) -> None:
    """List an inspection that is not matched, and take it from the list when it is."""
    fid = waiting.pop(inspection, None)
    if match.accepted:
        if fid is not None:
            edit.remove("problem", fid)
        return
    values = {"inspection": inspection, "name": told_name(one), "reason": match.reason}
    row = {
        "rule": UNMATCHED, "severity": "warning", "text": NOT_MATCHED, "found_in": one.found_in,
        "arguments": json.dumps(values, ensure_ascii=False, sort_keys=True),
    }  # fmt: skip
    if fid is None:
        edit.add("problem", row | {"status": "open"})
    else:
        edit.write("problem", fid, row)


def match_stored(
    survey: Survey, inspection: int, *, pipe: str = "", start: str = "", end: str = "", author: str = ""
) -> Inspection:
    """Match an inspection of the survey by hand as one Change; its findings go to their places.

    Raises
    ------
    EditError, UnknownElementError, AmbiguousElementError
        There is no such inspection or element, or they are no run.
    """
    rows = survey.table("inspection", fids=[inspection]).to_pylist()
    if not rows:
        raise EditError(_("There is no inspection {n}.").format(n=inspection))
    row, network = rows[0], survey.network
    held = _held_findings(survey, {inspection})[inspection]
    one = _again(row, held, network)
    match = match_named(network, one, pipe=pipe, start=start, end=end)
    label = _("Match inspection {name}").format(name=told_name(one))
    with survey.edit(label, author=author) as edit:
        return _place_again(edit, network, row, held, match, _waiting(edit))


def plan_stored(survey: Survey, *, progress: Progress = SILENT) -> InspectionPlan:
    """Return the inspections of a survey that are not matched, with what each could be matched to now; nothing is written.

    Raises
    ------
    EditError
        All of them are matched.
    """
    network = survey.load(progress)
    rows = [row for row in survey.table("inspection").to_pylist() if row["confidence"] == 0.0]
    if not rows:
        raise EditError(_("Every inspection of the survey is matched."))
    held = _held_findings(survey, {row["fid"] for row in rows})
    found = tuple(_again(row, held[row["fid"]], network) for row in rows)
    matches = match_inspections(network, found, progress=progress)
    return InspectionPlan(network, InspectionDelivery(found, "", survey.name), matches, tuple(row["fid"] for row in rows))


def store_matches(survey: Survey, plan: InspectionPlan, *, author: str = "", progress: Progress = SILENT) -> int:
    """Give the inspections of :func:`plan_stored` the matches that were taken, as one Change; return how many that are."""
    wanted = {fid: match for fid, match in zip(plan.stored, plan.matches, strict=True) if fid is not None and match.accepted}
    rows = survey.table("inspection", fids=sorted(wanted)).to_pylist() if wanted else []
    held = _held_findings(survey, set(wanted))
    with survey.edit(_("Match inspections: {n}").format(n=len(rows)), author=author) as edit:
        waiting = _waiting(edit)
        for number, row in enumerate(rows):
            progress(number, len(rows), _("Matching inspections"))
            _place_again(edit, plan.network, row, held[row["fid"]], wanted[row["fid"]], waiting)
    return len(rows)


def _held_findings(survey: Survey, inspections: set[int]) -> dict[int, list[Finding]]:
    found: dict[int, list[Finding]] = {fid: [] for fid in inspections}
    for row in survey.table("finding").to_pylist():
        if row["inspection"] in found:
            found[row["inspection"]].append(finding_of(row))
    return found


def _place_again(
    edit: Edit, network: Network, row: dict[str, Any], held: Sequence[Finding], match: Match, waiting: dict[int, int]
) -> Inspection:
    """Give a stored inspection and its findings the places of a match."""
    fid, one = int(row["fid"]), _again(row, held, network)
    placed = findings_of(network, one, match, MediaFolder())
    findings = [replace(new, fid=old.fid, status=old.status, severity=old.severity, found=old.found, source=old.source)
                for new, old in zip(placed, held, strict=False)]  # fmt: skip
    findings += [replace(new, photos=()) for new in placed[len(held) :]]
    plan = InspectionPlan(network, InspectionDelivery((one,), "", ""), (match,), (fid,))
    record = replace(_record(plan, one, match), findings=tuple(findings), fid=fid, source=row["source"] or "")
    edit.keep_inspection(record)
    _keep_problem(edit, fid, one, match, waiting)
    return record


def _again(row: dict[str, Any], held: Sequence[Finding], network: Network) -> Inspected:
    """Return a stored inspection as its file had it: stations from where the camera set out."""
    starts = _starts(row, network)
    observed = tuple(
        Observed(
            None if one.station is None else round(one.station + starts.get(one.pipe, 0.0), 3),
            one.code, one.length, one.continuous, one.clock, one.grade, one.quantity_1, one.quantity_2, (), one.note,
        )
        for one in held
    )  # fmt: skip
    texts: dict[str, Any] = {name: row[name] or "" for name in _TEXTS}
    is_node = row["pipe"] is None and not row["end_name"] and not row["section_id"] and bool(row["pipe_name"])
    return Inspected(
        "node" if is_node else "pipe",
        row["pipe_name"] or row["section_id"] or "",
        row["start_name"] or "",
        row["end_name"] or "",
        direction=direction_of(row["direction"]),
        length=row["length"],
        inspected_length=row["inspected_length"],
        aborted=bool(row["aborted"]),
        cleaned=bool(row["cleaned"]),
        plugged=bool(row["plugged"]),
        water_percent=row["water_percent"],
        system=held[0].system if held else "cjj181",  # type: ignore[arg-type]
        found_in=row["source"] or "",
        observed=observed,
        **texts,
    )


def _starts(row: dict[str, Any], network: Network) -> dict[object, float]:
    """Return at how many metres of its run each pipe of a stored inspection begins, by the key of the pipe."""
    if row["pipe"] is not None or row["from_node"] is None or row["to_node"] is None:
        return {}
    start, end = rows_if_there(network.node_fid, np.array([row["from_node"], row["to_node"]])).tolist()
    run = match_ends(network, start, end, Inspected("pipe", "")) if min(start, end) >= 0 else None
    return {int(network.pipe_fid[leg.pipe]): leg.start for leg in run.legs} if run else {}
