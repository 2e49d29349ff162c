"""The condition report of a survey: what was inspected and what not, sections rated, manholes, with the pictures of defects."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pipemap.catalog.findings import finding_systems
from pipemap.errors import ReportError
from pipemap.fonts import chinese_faces
from pipemap.jobs.condition import GRADE_NUMBERS, condition
from pipemap.jobs.findings import attachment_content, attachments_of
from pipemap.jobs.inspection_entry import listed_inspections
from pipemap.jobs.report_manholes import manhole_lines
from pipemap.model.finding import DIRECTIONS, INSPECTION_KINDS
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipemap.jobs.condition import Condition, Placed, SectionCondition
    from pipemap.jobs.inspection_entry import ListedInspection
    from pipemap.jobs.report_pictures import MapGroup
    from pipemap.jobs.reporting import Asked, Gathered
    from pipemap.model.finding import Inspection
    from pipemap.model.network import Network
    from pipemap.reports.condition_content import FindingLine, Sheet, VisitLine
    from pipemap.reports.content import Picture
    from pipemap.store import Survey
    from pipemap.store.attachments import Attachment

_MOST_PINS = 20
"""Sections that have a number on the map."""


def gather(asked: Asked) -> Gathered:
    """Rate what may leave of a survey; sections with anything secret stay.

    Raises
    ------
    ReportError
        Everything is marked secret, or nothing was inspected.
    """
    from pipemap.jobs.report_inventory import about_of
    from pipemap.jobs.reporting import Gathered
    from pipemap.reports.condition import condition_report
    from pipemap.reports.condition_content import ConditionContent

    survey, about = asked.survey, about_of(asked)
    found = condition(survey, progress=asked.progress)
    sections = [one for one in found.sections if not one.is_secret]
    listed = listed_inspections(survey)
    visits = [one for one in listed if _may_leave(survey.network, one)]
    if not sections and not visits:
        raise ReportError(
            _("Nothing was inspected, and nothing was found."), _("Enter findings, or import the files of an inspection first.")
        )
    town, task, state = _maps(asked, sections, visits)
    content = ConditionContent(
        _sheets(asked, sections),
        _visit_lines(survey, visits),
        _systems(found),
        manhole_lines(survey, visits, partial(picture_of, survey)),
        task,
        state,
        _exceptions(found, listed),
    )
    pipes = {name for one in sections for name in one.pipes} | {name for one in visits for name in one.ids}
    return Gathered(condition_report(content, about, picture=town), 0, len(pipes), about.withheld)


def _may_leave(network: Network, one: ListedInspection) -> bool:
    return one.is_matched and bool(network.release.pipes[list(one.pipes)].all())


def _systems(found: Condition) -> list[str]:
    systems = [finding_systems()["cjj181"].label]
    others = sorted({scale.system for _pipe, scale in found.others})
    return systems + [_("{system} (not rated here)").format(system=finding_systems()[name].label) for name in others]


def _exceptions(found: Condition, listed: Sequence[ListedInspection]) -> list[str]:
    """Say what is not in the figures."""
    told = []
    unmatched = sum(not one.is_matched for one in listed)
    if unmatched:
        told.append(_("Inspections that are matched to no pipe, and in no figure: {n}.").format(n=unmatched))
    others = len({pipe for pipe, _scale in found.others})
    if others:
        told.append(_("Pipes with findings in other coding systems, and not rated here: {n}.").format(n=others))
    return told


# -- maps ----------------------------------------------------------------------------------------------------------------


def _maps(
    asked: Asked, sections: Sequence[SectionCondition], visits: Sequence[ListedInspection]
) -> tuple[Picture | None, Picture | None, Picture | None]:
    """Return the whole network, what was inspected and what not, and the sections by grade; nothing where no maps are wanted."""
    from pipemap.jobs.report_pictures import MapView, draw_map, town_picture

    if not asked.options.get("pictures", True):
        return None, None, None
    survey, network = asked.survey, asked.survey.network
    views = (
        MapView(_task_view(sections, visits), name=_("Map")),
        MapView(_condition_view(sections), _ranks(sections), name=_("Map")),
    )
    drawn = [draw_map(survey.path, network, view, progress=asked.progress) if view.groups else None for view in views]
    return town_picture(survey.path, network, progress=asked.progress), drawn[0], drawn[1]


def _task_view(sections: Sequence[SectionCondition], visits: Sequence[ListedInspection]) -> tuple[MapGroup, ...]:
    done = {row for one in visits if one.inspection.is_done for row in one.pipes}
    done |= {row for one in sections for row in one.run.pipes if not visits}
    left = {row for one in visits if not one.inspection.is_done for row in one.pipes} - done
    return tuple(_group(role, rows) for role, rows in (("passed", done), ("missed", left)) if rows)


def _condition_view(sections: Sequence[SectionCondition]) -> tuple[MapGroup, ...]:
    from pipemap.reports.strip import GRADE_COLOURS

    by_grade: dict[int, set[int]] = {}
    for one in sections:
        by_grade.setdefault(int(one.urgency[0]), set()).update(one.run.pipes)
    return tuple(_group(GRADE_COLOURS[grade], by_grade[grade]) for grade in GRADE_NUMBERS.values() if grade in by_grade)


def _ranks(sections: Sequence[SectionCondition]) -> tuple[tuple[str, int, str, str], ...]:
    """Return a pin with its number at the first of the sections that cannot wait."""
    urgent = [one for one in sections if one.urgency[0] > GRADE_NUMBERS["I"]][:_MOST_PINS]
    return tuple(
        ("pipe", one.run.pipes[len(one.run.pipes) // 2], "close", str(number)) for number, one in enumerate(urgent, start=1)
    )


def _group(role: str, rows: set[int]) -> MapGroup:
    import numpy as np

    return role, np.empty(0, dtype=np.int64), np.array(sorted(rows), dtype=np.int64)


# -- visits --------------------------------------------------------------------------------------------------------------


def _visit_lines(survey: Survey, visits: Sequence[ListedInspection]) -> list[VisitLine]:
    network = survey.network
    fids = [int(network.pipe_fid[one.pipes[0]]) for one in visits if one.pipes]
    told = dict(zip(fids, survey.rows("pipe", fids, ["road"]), strict=True)) if fids else {}
    lines = []
    for one in visits:
        if not one.is_manhole:
            road = told[int(network.pipe_fid[one.pipes[0]])][0] or ""
            lines.append(_visit_line(one, str(road)))
    return lines


def _visit_line(one: ListedInspection, road: str) -> VisitLine:
    from pipemap.reports.condition_content import VisitLine

    visit = one.inspection
    return VisitLine(
        one.name,
        _(INSPECTION_KINDS.get(visit.kind, visit.kind)),
        visit.inspected.replace("T", " ")[:16],
        visit.inspector,
        visit.company,
        one.length if one.length is not None else visit.length,
        visit.inspected_length,
        _(DIRECTIONS[visit.direction]) if visit.direction in DIRECTIONS else visit.direction,
        road,
        visit.equipment,
        visit.calibration,
        visit.weather,
        visit.water_percent,
        visit.cleaned,
        visit.plugged,
        visit.aborted,
        visit.not_done,
        visit.note,
    )


# -- sections ------------------------------------------------------------------------------------------------------------


def _sheets(asked: Asked, sections: Sequence[SectionCondition]) -> list[Sheet]:
    held = attachments_of(asked.survey, [one.stored.fid for section in sections for one in section.findings])
    sheets = []
    for number, one in enumerate(sections):
        asked.progress(number, len(sections), _("Gathering sections"))
        sheets.append(_sheet(asked.survey, one, held))
    return sheets


def _sheet(survey: Survey, one: SectionCondition, held: Mapping[int, Sequence[Attachment]]) -> Sheet:
    from pipemap.reports.condition_content import Sheet
    from pipemap.reports.content import Picture

    lines = tuple(_line(survey, placed, held.get(placed.stored.fid, ())) for placed in one.findings)
    drawn = partial(_strip, one, [line.code for line in lines])
    return Sheet(
        one.section,
        one.length,
        one.diameter_mm,
        one.structural,
        one.functional,
        lines,
        _facts(one),
        Picture(drawn, name=one.section, height_mm=34.0) if one.length and chinese_faces() is not None else None,
        one.notes,
        road=one.road,
        customers=one.customers,
        depth=one.depth,
    )


def _strip(one: SectionCondition, codes: Sequence[str]) -> bytes:
    """Draw the sketch of a section, when it is its turn."""
    from pipemap.reports.strip import StripEnd, StripMark, strip

    marks = [
        StripMark(placed.start, placed.end, f"{number} {code}", placed.stored.finding.grade)
        for number, (placed, code) in enumerate(zip(one.findings, codes, strict=True), start=1)
    ]
    ends = (StripEnd(one.from_id, *one.from_levels), StripEnd(one.to_id, *one.to_levels))
    return strip(one.length or 0.0, ends, marks, flow=one.flow, camera=_camera(one)) or b""


def _camera(one: SectionCondition) -> int:
    """Return which way the camera went along the sketch: +1, −1, or 0 where it went both ways or nobody said."""
    ways = {visit.direction for visit in one.inspections}
    way = {"with": 1, "against": -1}.get(next(iter(ways)), 0) if len(ways) == 1 else 0
    return way * one.flow


def _facts(one: SectionCondition) -> tuple[tuple[str, str], ...]:
    rows = [
        (_("Pipes"), ", ".join(one.pipes)),
        (_("Length"), "" if one.length is None else f"{one.length:.2f} m"),
        (_("Diameter"), "" if one.diameter_mm is None else f"DN{one.diameter_mm:g}"),
        (_("Material"), one.material),
        (_("Road"), one.road),
        (_("Depth"), "" if one.depth is None else f"{one.depth:.2f} m"),
        (_("Customers"), f"{one.customers:,}" if one.customers else ""),
    ]
    for visit in one.inspections:
        rows += _visit_facts(visit)
    return tuple((name, text) for name, text in rows if text)


def _visit_facts(visit: Inspection) -> list[tuple[str, str]]:
    who = ", ".join(part for part in (visit.inspected.replace("T", " ")[:16], visit.inspector, visit.company) if part)
    water = "" if visit.water_percent is None else f"{visit.water_percent:g} %"
    done = [word for is_so, word in ((visit.cleaned, _("cleaned")), (visit.plugged, _("plugged"))) if is_so]
    way = _(DIRECTIONS[visit.direction]) if visit.direction in DIRECTIONS else visit.direction
    return [
        (_(INSPECTION_KINDS.get(visit.kind, visit.kind)), who),
        (_("Direction"), way),
        (_("Water level"), water),
        (_("Preparation"), ", ".join(done)),
        (_("Equipment"), ", ".join(filter(None, (visit.equipment, visit.calibration)))),
        (_("Video"), visit.video),
    ]


def _line(survey: Survey, placed: Placed, held: Sequence[Attachment]) -> FindingLine:
    from pipemap.reports.condition_content import FindingLine

    finding = placed.stored.finding
    known = finding.known
    name = known.label if known is not None else _("unknown code")
    pictures = tuple(
        picture_of(survey, one, f"{finding.code} {placed.start:.2f} m") for one in held if one.there and one.is_picture
    )
    size = ", ".join(part for part in (finding.quantity_1, finding.quantity_2) if part)
    return FindingLine(
        round(placed.start, 2),
        finding.length,
        finding.code,
        name,
        finding.grade,
        placed.score,
        finding.clock,
        " ".join(part for part in (size, finding.note) if part),
        pictures,
        has_no_picture=placed.score is not None and not pictures,
        side=placed.side,
        status=finding.status,
    )


def picture_of(survey: Survey, one: Attachment, caption: str) -> Picture:
    """Return a photo that is read when it is its turn."""
    from pipemap.reports.content import Picture

    return Picture(partial(_content, survey, one.fid), f"{caption} · {one.name}", name=one.name)


def _content(survey: Survey, fid: int) -> bytes:
    return attachment_content(survey, fid) or b""
