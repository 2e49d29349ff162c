"""The condition of sewer sections (管道检测与评估报告): task, totals, assessment, advice, one sheet a section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.analysis.condition import FORMULAS
from pipemap.reports.about import About, bound_report, withheld_note
from pipemap.reports.condition_sheets import picture_numbers, pictures_list, section_sheet
from pipemap.reports.condition_totals import advice, assessment, by_code, by_diameter, by_grade, follow_up, priorities
from pipemap.reports.condition_visits import equipment, inspections, manholes, not_done, task
from pipemap.reports.content import Heading, Key, Legend, Page, PageBreak, Paragraph
from pipemap.reports.strip import GRADE_COLOURS
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.reports.condition_content import ConditionContent
    from pipemap.reports.content import Picture, Report, Section

KIND = "condition"
DONE, NOT_DONE = "#3C9D6E", "#D1495B"
"""On the map of the task."""


def condition_report(content: ConditionContent, about: About, *, picture: Picture | None = None) -> Report:
    """Return the report of what was inspected, and how it stands."""
    numbers = picture_numbers(content.sheets)
    body: list[Section] = [
        Heading(_("Task of the inspection")),
        *task(content),
        *withheld_note(about),
        *_task_map(content),
        *equipment(content),
        PageBreak(Page(landscape=True)),
        *inspections(content),
        *not_done(content),
        PageBreak(Page()),
        *_method(content),
        Heading(_("Totals")),
        *by_grade(content.sheets),
        by_diameter(content.sheets),
        *by_code(content.sheets),
        *_condition_map(content),
        PageBreak(Page(landscape=True)),
        Heading(_("Assessment of sections")),
        assessment(content.sheets),
        *priorities(content.sheets),
        PageBreak(Page()),
        *manholes(content),
        Heading(_("Advice")),
        *advice(content.sheets),
        *follow_up(content.sheets),
        *_exceptions(content),
    ]
    for sheet, first in zip(content.sheets, numbers, strict=True):
        body += section_sheet(sheet, first)
    body += pictures_list(content.sheets, numbers)
    signed_by = (_("Inspected"), _("Assessed"), _("Reviewed"), _("Approved"))
    return bound_report(about, KIND, _("Pipe condition report"), body, signed_by=signed_by, picture=picture)


def _task_map(content: ConditionContent) -> list[Section]:
    if content.task_map is None:
        return []
    keys = (Key(DONE, _("Sections inspected")), Key(NOT_DONE, _("Not inspected")))
    return [Heading(_("Task and location")), Legend(keys if content.not_done else keys[:1]), content.task_map]


def _condition_map(content: ConditionContent) -> list[Section]:
    if content.condition_map is None:
        return []
    keys = tuple(
        Key(colour, _("Grade {grade}").format(grade=grade)) for grade, colour in zip(_ROMAN, GRADE_COLOURS.values(), strict=True)
    )
    words = _("Numbers are those of the list of priorities.")
    return [Heading(_("Condition map")), Legend(keys), Paragraph(words, "quiet"), content.condition_map]


_ROMAN = ("I", "II", "III", "IV")


def _method(content: ConditionContent) -> list[Section]:
    formulas = "\n".join(f"{text}" for side in FORMULAS.values() for text in side.values())
    near = _(
        "Defects up to 1.0 m apart count as one, their scores added up to 10; above 1.0 and up to 1.5 m the later takes the "
        "factor 1.1. A point counts as 1 m."
    )
    told = _(
        "Scores and formulas are those of several public implementations of CJJ 181-2012; the standard itself was not seen. "
        "Unverified are the cap of 10 and the use of K and E in MI."
    )
    used = Paragraph(_("Coding systems used: {names}.").format(names=", ".join(content.systems)))
    return [Heading(_("Method and codes")), used, Paragraph(formulas, "quiet"), Paragraph(near), Paragraph(told, "note")]


def _exceptions(content: ConditionContent) -> list[Section]:
    if not content.exceptions:
        return []
    return [Heading(_("Exceptions")), *(Paragraph(words) for words in content.exceptions)]
