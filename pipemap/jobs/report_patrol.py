"""The papers of a patrol: the crew's sheet before it, the report after it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import ReportError
from pipemap.jobs.patrols import by_column, coverage_of, find_patrol, list_patrols, list_tracks
from pipemap.jobs.report_pictures import MapView, draw_map
from pipemap.model.patrol import KINDS, MODES, STATUSES
from pipemap.model.wording import category_label, kind_label
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.passing import Coverage
    from pipemap.jobs.hazards import Hazard
    from pipemap.jobs.reporting import Asked, Gathered
    from pipemap.model.network import Network
    from pipemap.model.patrol import Patrol
    from pipemap.reports.content import Picture
    from pipemap.reports.patrol import Group, HazardLine, PatrolContent, PatrolWords, Point, Stretch
    from pipemap.store import Survey

_MOST_MARKS = 200


def gather(asked: Asked) -> Gathered:
    """Tell of the patrol that the option ``patrol`` names, or the newest; ``way`` is ``report`` or ``sheet``.

    Raises
    ------
    ReportError
        There is no patrol.
    EditError
        None of that name.
    """
    from pipemap.jobs.report_inventory import about_of
    from pipemap.jobs.reporting import Gathered
    from pipemap.reports.patrol import patrol_report, patrol_sheet

    survey = asked.survey
    wanted = asked.options.get("patrol")
    patrols = list_patrols(survey)
    if not patrols:
        raise ReportError(_("The survey has no patrols."), _("Plan one first: pipemap patrol plan."))
    patrol = find_patrol(survey, wanted) if wanted else patrols[0]
    coverage = coverage_of(survey, patrol, public=True, progress=asked.progress)
    content = _content(asked, patrol, coverage)
    is_sheet = asked.options.get("way") == "sheet"
    picture = _picture(asked, coverage, is_sheet=is_sheet) if asked.options.get("pictures", True) else None
    made = (patrol_sheet if is_sheet else patrol_report)(content, about_of(asked), picture=picture)
    withheld = len(patrol.elements) + len(patrol.required) - len(coverage.pipes) - len(coverage.nodes)
    return Gathered(made, len(coverage.nodes), len(coverage.pipes), max(withheld, 0))


def _content(asked: Asked, patrol: Patrol, coverage: Coverage) -> PatrolContent:
    from pipemap.reports.patrol import PatrolContent

    tracks = list_tracks(asked.survey, patrol.fid)
    return PatrolContent(
        _words(patrol),
        _stretches(coverage),
        _points(coverage),
        _groups(coverage, "road"),
        _groups(coverage, "category"),
        _hazards(asked, patrol),
        coverage.walked_m,
        coverage.driven_m,
        coverage.gaps + coverage.jumps,
        coverage.limits.tolerance,
        patrol.walk,
        [one.source for one in tracks],
    )


def _words(patrol: Patrol) -> PatrolWords:
    from pipemap.reports.patrol import PatrolWords

    planned, due, started, finished = (
        text[:16].replace("T", " ") for text in (patrol.planned, patrol.due, patrol.started, patrol.finished)
    )
    kind, mode, status = _(KINDS[patrol.kind]), _(MODES[patrol.mode]), _(STATUSES[patrol.status])
    around = (patrol.crew, patrol.weather, planned, due, started, finished, patrol.note)
    return PatrolWords(patrol.fid, patrol.name, kind, mode, status, *around)


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}" if np.isfinite(seconds) else ""


def _stretches(coverage: Coverage) -> list[Stretch]:
    from pipemap.reports.patrol import Stretch

    network, rows = coverage.network, coverage.pipes
    ids, roads = network.pipe_ids.take(rows), network.column("pipe", "road", rows).to_pylist()
    found = []
    for place, row in enumerate(rows.tolist()):
        code = network.pipe_category[row]
        label = category_label(code) if code else _("Unknown")
        found.append(
            Stretch(
                ids[place],
                label,
                roads[place] or "",
                float(coverage.length[place]),
                float(coverage.passed[place]),
                _time(coverage.first[place]),
                coverage.reason_label(place),
            )
        )
    return found


def _points(coverage: Coverage) -> list[Point]:
    from pipemap.reports.patrol import Point

    network = coverage.network
    return [
        Point(
            network.node_ids[row],
            kind_label(network.node_kind[row] or "") if network.node_kind[row] else "",
            bool(coverage.present[place]),
            _time(coverage.present_at[place]),
            float(coverage.dwell[place]),
        )
        for place, row in enumerate(coverage.nodes.tolist())
    ]


def _groups(coverage: Coverage, column: str) -> list[Group]:
    from pipemap.reports.patrol import Group

    sums = by_column(coverage, column)
    named = [(category_label(one.name) if column == "category" and one.name else one.name, one) for one in sums]
    return [Group(name, one.planned_m, one.passed_m) for name, one in named]


def _hazards(asked: Asked, patrol: Patrol) -> list[HazardLine]:
    """Those of the patrol, without those at secret elements; overdue is judged by the day of the newest entry of the history."""
    from pipemap.jobs.hazards import list_hazards
    from pipemap.model.release import withheld_ids

    hidden = withheld_ids(asked.survey.network)
    day = asked.printed or asked.state[1]
    found = [one for one in list_hazards(asked.survey, patrol=patrol.fid) if one.element not in hidden]
    return [_line(asked.survey, one, day) for one in found]


def _line(survey: Survey, hazard: Hazard, day: str) -> HazardLine:
    from pipemap.catalog.findings import finding_code
    from pipemap.jobs.hazards import SYSTEM
    from pipemap.model.finding import SEVERITIES, STATUSES
    from pipemap.reports.patrol import HazardLine

    known = finding_code(SYSTEM, hazard.code)
    where = hazard.element or (f"{hazard.x:.2f}, {hazard.y:.2f}" if hazard.x is not None and hazard.y is not None else "")

    def step(state: str) -> str:
        return " ".join(part for part in hazard.steps.get(state, ("", "")) if part)

    severity = _(SEVERITIES[hazard.severity]) if hazard.severity in SEVERITIES else hazard.severity
    status = _(STATUSES[hazard.status]) if hazard.status in STATUSES else hazard.status
    return HazardLine(
        hazard.fid,
        known.label if known else hazard.code,
        severity,
        status,
        where,
        step("reported"),
        hazard.due,
        hazard.steps.get("assigned", ("", ""))[1],
        step("fixed"),
        step("rechecked"),
        hazard.note,
        _photos(survey, hazard),
        hazard.is_overdue(day) if day else False,
    )


def _photos(survey: Survey, hazard: Hazard) -> list[Picture]:
    from pipemap.jobs.findings import attachment_content, attachments_of
    from pipemap.reports.content import Picture

    def content_of(fid: int) -> bytes:
        return attachment_content(survey, fid) or b""

    return [
        Picture(lambda fid=one.fid: content_of(fid), one.name, 0.6, 80.0, one.name)  # type: ignore[misc]
        for one in (attachments_of(survey, [hazard.fid]).get(hazard.fid, ()) if hazard.photos else ())
        if one.is_picture and one.there
    ]


def _picture(asked: Asked, coverage: Coverage, *, is_sheet: bool) -> Picture | None:
    network: Network = asked.survey.network
    back = np.flatnonzero(network.release.rows("pipe")) if not network.release.is_whole else None
    pipes = coverage.pipes if back is None else back[coverage.pipes]
    spots = coverage.nodes if back is None else np.flatnonzero(network.release.rows("node"))[coverage.nodes]
    nothing = np.zeros(0, dtype=np.int64)
    passed = coverage.is_passed
    if is_sheet:
        groups = [("traced", nothing, pipes)]
    else:
        groups = [("passed", nothing, pipes[passed]), ("missed", nothing, pipes[~passed])]
    wanted = spots[:_MOST_MARKS] if is_sheet else spots[~coverage.present][:_MOST_MARKS]
    marks = tuple(("node", int(row), "start" if is_sheet else "stop", "") for row in wanted)
    return draw_map(asked.survey.path, network, MapView(tuple(groups), marks, name=_("Map")), progress=asked.progress)
