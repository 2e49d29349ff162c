"""The condition report of a survey: sections rated, with the pictures of their defects."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pipemap.catalog.findings import finding_systems
from pipemap.errors import ReportError
from pipemap.jobs.condition import condition
from pipemap.jobs.findings import attachment_content, attachments_of
from pipemap.model.finding import INSPECTION_KINDS
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipemap.jobs.condition import Placed, SectionCondition
    from pipemap.jobs.reporting import Asked, Gathered
    from pipemap.model.finding import Inspection
    from pipemap.reports.condition import FindingLine, Sheet
    from pipemap.reports.content import Picture, Row
    from pipemap.store import Survey
    from pipemap.store.attachments import Attachment


def gather(asked: Asked) -> Gathered:
    """Rate what may leave of a survey; sections with anything secret stay.

    Raises
    ------
    ReportError
        Everything is marked secret, or nothing was inspected.
    """
    from pipemap.jobs.report_inventory import about_of
    from pipemap.jobs.report_pictures import town_picture
    from pipemap.jobs.reporting import Gathered
    from pipemap.reports.condition import ConditionContent, condition_report

    survey = asked.survey
    about = about_of(asked)
    found = condition(survey, progress=asked.progress)
    sections = [one for one in found.sections if not one.is_secret]
    if not sections:
        raise ReportError(
            _("Nothing was inspected, and nothing was found."), _("Enter findings, or import the files of an inspection first.")
        )
    held = attachments_of(survey, [one.stored.fid for section in sections for one in section.findings])
    sheets = []
    for number, one in enumerate(sections):
        asked.progress(number, len(sections), _("Gathering sections"))
        sheets.append(_sheet(survey, one, held))
    systems = [finding_systems()["cjj181"].label]
    others = sorted({scale.system for _pipe, scale in found.others})
    systems += [_("{system} (not rated here)").format(system=finding_systems()[name].label) for name in others]
    visits = [_visit(one, visit) for one in sections for visit in one.inspections]
    picture = town_picture(survey.path, survey.network, progress=asked.progress) if asked.options.get("pictures", True) else None
    report = condition_report(ConditionContent(sheets, visits, systems), about, picture=picture)
    pipes = {name for one in sections for name in one.pipes}
    return Gathered(report, 0, len(pipes), about.withheld)


def _sheet(survey: Survey, one: SectionCondition, held: Mapping[int, Sequence[Attachment]]) -> Sheet:
    from pipemap.reports.condition import Sheet
    from pipemap.reports.content import Picture
    from pipemap.reports.strip import StripMark, strip

    lines = tuple(_line(survey, placed, held.get(placed.stored.fid, ())) for placed in one.findings)
    marks = [
        StripMark(placed.start, placed.end, f"{number} {line.code}", line.grade)
        for number, (placed, line) in enumerate(zip(one.findings, lines, strict=True), start=1)
    ]
    drawn = strip(one.length or 0.0, (one.from_id, one.to_id), marks)
    return Sheet(
        one.section,
        one.length,
        one.diameter_mm,
        one.structural,
        one.functional,
        lines,
        _facts(one),
        None if drawn is None else Picture(drawn, name=one.section, height_mm=32.0),
        one.notes,
    )


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
        who = ", ".join(part for part in (visit.inspected, visit.inspector, visit.company) if part)
        rows.append((_(INSPECTION_KINDS.get(visit.kind, visit.kind)), who))
    return tuple((name, text) for name, text in rows if text)


def _line(survey: Survey, placed: Placed, held: Sequence[Attachment]) -> FindingLine:
    from pipemap.reports.condition import FindingLine

    finding = placed.stored.finding
    known = finding.known
    name = known.label if known is not None else _("unknown code")
    there = [one for one in held if one.there and one.is_picture]
    pictures = tuple(_picture(survey, one, f"{finding.code} {placed.start:.2f} m · {one.name}") for one in there)
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
    )


def _picture(survey: Survey, one: Attachment, caption: str) -> Picture:
    from pipemap.reports.content import Picture

    return Picture(partial(_content, survey, one.fid), caption, name=one.name)


def _content(survey: Survey, fid: int) -> bytes:
    return attachment_content(survey, fid) or b""


def _visit(one: SectionCondition, visit: Inspection) -> Row:
    words = [_("aborted") if visit.aborted else "", _("cleaned") if visit.cleaned else "", visit.note]
    kind = _(INSPECTION_KINDS.get(visit.kind, visit.kind))
    remark = ", ".join(word for word in words if word)
    return (one.section, kind, visit.inspected, visit.inspector, visit.company, visit.inspected_length, remark)
