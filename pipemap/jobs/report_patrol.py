"""The papers of a patrol: the crew's sheet before it, the report after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.passing import DRIVE, WALK, Limits, legs_of
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
    from pipemap.model.patrol import Patrol, TrackPoints
    from pipemap.reports.content import Picture
    from pipemap.reports.patrol import Group, PatrolContent, PatrolWords, Point, ReadingLine, Stretch, WorksLines
    from pipemap.reports.patrol_hazards import HazardLine
    from pipemap.store import Survey

_MOST_MARKS = 200
_AFTER = ("fixed", "rechecked", "closed")
"""Steps of a hazard whose photos show what was done."""


def gather(asked: Asked) -> Gathered:
    """Tell of the patrol that the option ``patrol`` names, or the newest; ``way`` is ``report``, ``sheet``, or ``notice``.

    The last is the rectification notice of the hazard that the option ``finding`` names.

    Raises
    ------
    ReportError
        There is no patrol, or no such hazard.
    EditError
        None of that name.
    """
    from pipemap.jobs.report_inventory import about_of
    from pipemap.jobs.reporting import Gathered
    from pipemap.reports.patrol import patrol_report, patrol_sheet

    survey = asked.survey
    if asked.options.get("way") == "notice":
        return _notice(asked)
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
        _readings(asked, patrol),
        _works(asked, patrol),
        *_seconds([one.points for one in tracks]),
        float(coverage.dwell.sum()),
    )


def _seconds(tracks: Sequence[TrackPoints]) -> tuple[float, float]:
    """Return the seconds that tracks were on foot, and driving."""
    found = [0.0, 0.0]
    for points in tracks:
        legs = legs_of(points, Limits())
        lasted = np.nan_to_num(np.maximum(legs.ends - legs.begins, 0.0), nan=0.0)
        for place, kind in enumerate((WALK, DRIVE)):
            found[place] += float(lasted[legs.kind == kind].sum())
    return found[0], found[1]


def _readings(asked: Asked, patrol: Patrol) -> list[ReadingLine]:
    """Those of the patrol, without those at secret elements."""
    from pipemap.jobs.readings import limits_of, list_readings, place_names
    from pipemap.model.release import withheld_ids
    from pipemap.reports.patrol import ReadingLine

    limits, name, hidden = limits_of(asked.survey), place_names(asked.survey), withheld_ids(asked.survey.network)
    found = []
    for one in list_readings(asked.survey):
        limit = limits.get(one.kind)
        if one.patrol == patrol.fid and name(one) not in hidden:
            words = limit.words if limit is not None else ""
            beyond = limit is not None and limit.is_beyond(one.value)
            found.append(ReadingLine(name(one), one.label, one.words, words, one.taken.replace("T", " "), one.taken_by, beyond))
    return found


def _works(asked: Asked, patrol: Patrol) -> WorksLines | None:
    """What is told of works; overdue is judged by the day of printing, else of the newest entry of the history."""
    from pipemap.jobs.works import KIND, overdue_words, works_of
    from pipemap.model.patrol import VISIT_STATES, WORKS
    from pipemap.reports.patrol import WorksLines

    if patrol.kind != KIND:
        return None
    found = works_of(asked.survey, patrol)
    try:
        day = date.fromisoformat((asked.printed or asked.state[1])[:10])
    except ValueError:
        day = None
    visits = [(one.visited.replace("T", " "), one.visitor, _(VISIT_STATES[one.state]), one.note) for one in found.visits]
    facts = tuple((_(title), patrol.works.get(name, "–")) for name, title in WORKS.items())
    return WorksLines(facts, visits, overdue_words(found, day) if day else [])


def _notice(asked: Asked) -> Gathered:
    from pipemap.jobs.hazards import list_hazards
    from pipemap.jobs.report_inventory import about_of
    from pipemap.jobs.reporting import Gathered
    from pipemap.model.release import withheld_ids
    from pipemap.reports.patrol_hazards import notice_report

    survey, wanted = asked.survey, asked.options.get("finding")
    hazard = next((one for one in list_hazards(survey) if str(one.fid) == str(wanted)), None)
    if hazard is None:
        raise ReportError(_("The survey has no hazard {n}.").format(n=wanted))
    if hazard.element in withheld_ids(survey.network):
        raise ReportError(_("The hazard {n} lies at what must not leave.").format(n=wanted), "pipemap secrecy")
    made = notice_report(_line(survey, hazard, asked.printed or asked.state[1]), about_of(asked))
    return Gathered(made, 0, 0, 0)


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
    from pipemap.model.finding import SEVERITIES, STATUSES
    from pipemap.reports.patrol_hazards import HazardLine

    where = hazard.element or (f"{hazard.x:.2f}, {hazard.y:.2f}" if hazard.x is not None and hazard.y is not None else "")

    def step(state: str) -> str:
        return " ".join(part for part in hazard.steps.get(state, ("", "")) if part)

    severity = _(SEVERITIES[hazard.severity]) if hazard.severity in SEVERITIES else hazard.severity
    status = _(STATUSES[hazard.status]) if hazard.status in STATUSES else hazard.status
    return HazardLine(
        hazard.fid,
        hazard.label,
        severity,
        status,
        where,
        step("reported"),
        hazard.due,
        hazard.steps.get("assigned", ("", ""))[1],
        step("fixed"),
        step("rechecked"),
        hazard.note,
        _photos(survey, hazard, after=False),
        hazard.is_overdue(day) if day else False,
        _photos(survey, hazard, after=True),
        step("closed"),
    )


def _photos(survey: Survey, hazard: Hazard, *, after: bool) -> list[Picture]:
    """Photos of a hazard as it was found, or as it was ``after`` it was fixed."""
    from pipemap.jobs.findings import attachment_content, attachments_of
    from pipemap.reports.content import Picture

    def content_of(fid: int) -> bytes:
        return attachment_content(survey, fid) or b""

    held = attachments_of(survey, [hazard.fid]).get(hazard.fid, ()) if hazard.photos else ()
    return [
        Picture(partial(content_of, one.fid), f"{one.name} {one.taken.replace('T', ' ')}".strip(), name=one.name)
        for one in held
        if one.is_picture and (one.step in _AFTER) == after
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
