"""What is odd about inspections and their matches, told before they are stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipemap.analysis.inspection_matching import (
    MOST_METRES,
    MOST_SHARE,
    Match,
    against_levels,
    joined_inspections,
    lengths_differ,
)
from pipemap.catalog.findings import finding_code
from pipemap.model.inspected import Inspected
from pipemap.model.problem import Problem
from pipemap.texts import N_

if TYPE_CHECKING:
    from pipemap.jobs.inspection_plan import InspectionPlan
    from pipemap.model.network import Network

UNMATCHED = "inspection-unmatched"
"""Rule of the problem that stays in the survey while an inspection is not matched."""
NOT_MATCHED = N_("Inspection {name} is not matched to a pipe: {reason}.")
_GAP = 1.0


def told_name(one: Inspected) -> str:
    """Return what to call an inspection: its ends, its pipe, its video."""
    ends = f"{one.start} → {one.end}" if one.start and one.end else ""
    return ends or one.name or one.start or one.end or one.video or one.found_in


def match_problems(plan: InspectionPlan) -> Iterator[Problem]:
    """Yield what is odd about the matches of a plan: none, other lengths, stations beyond the end, runs seen in parts."""
    inspections = plan.delivery.inspections
    for one, match in zip(inspections, plan.matches, strict=True):
        name, where = told_name(one), one.found_in
        if not match.accepted:
            yield Problem(UNMATCHED, "warning", where, NOT_MATCHED, {"name": name, "reason": match.reason})
            continue
        yield from _run_problems(plan.network, one, match)
    for group in joined_inspections(inspections, plan.matches):
        names = ", ".join(told_name(inspections[number]) for number in group.inspections)
        text = N_("Inspections of one run: {names}. Together they saw {seen} of {length} m.")
        sums = {"names": names, "seen": f"{group.seen:.1f}", "length": f"{group.length:.1f}"}
        is_whole = group.length - group.seen <= _GAP
        yield Problem(
            "inspections-joined", "info" if is_whole else "warning", inspections[group.inspections[0]].found_in, text, sums
        )


def _run_problems(network: Network, one: Inspected, match: Match) -> Iterator[Problem]:
    name, where = told_name(one), one.found_in
    told = one.length if one.length is not None else None if one.aborted else one.inspected_length
    if lengths_differ(match.length, told):
        text = N_("{name} was inspected as {told} m long and is surveyed with {length} m.")
        yield Problem(
            "inspected-length", "warning", where, text, {"name": name, "told": f"{told:.1f}", "length": f"{match.length:.1f}"}
        )
    if against_levels(network, one, match):
        text = N_(
            "{name}: the direction of the inspection contradicts the levels of the pipe; stations are counted from {start}."
        )
        sides = {"name": name, "start": network.node_ids[match.start]}
        yield Problem("inspection-direction", "info", where, text, sides)
    limit = match.length + max(MOST_METRES, MOST_SHARE * match.length)
    beyond = [seen.station for seen in one.observed if match.legs and seen.station is not None and seen.station > limit]
    if beyond:
        text = N_("{name}: findings beyond the end of the pipe, which is {length} m long: {count}; the last at {station} m.")
        values: dict[str, object] = {
            "name": name,
            "length": f"{match.length:.1f}",
            "count": len(beyond),
            "station": f"{max(beyond):.1f}",
        }
        yield Problem("station-beyond", "warning", where, text, values)


def finding_problems(plan: InspectionPlan) -> Iterator[Problem]:
    """Yield what is odd about the findings of a plan: unknown codes, photos that are not there."""
    unknown: Counter[tuple[str, str]] = Counter()
    photos: list[str] = []
    for one in plan.delivery.inspections:
        for seen in one.observed:
            if seen.code and finding_code(one.system, seen.code) is None:
                unknown[one.system, seen.code] += 1
            photos += [name for name in seen.photos if plan.media.find(name) is None]
        if one.video and plan.media.find(one.video) is None:
            photos.append(one.video)
    for (system, code), count in unknown.most_common(200):
        text = N_("Code “{code}” is not known in {system}; it is kept as written. Findings: {count}")
        yield Problem("unknown-code", "warning", plan.delivery.source, text, {"code": code, "system": system, "count": count})
    if photos:
        text = N_("Photos and videos that are named and not found: {count}, such as {names}")
        yield Problem("media-missing", "info", plan.delivery.source, text, {"count": len(photos), "names": ", ".join(photos[:3])})
