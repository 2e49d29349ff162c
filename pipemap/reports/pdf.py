"""A report as PDF: pages with head and foot, tables over many of them, an embedded font that has every character."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.progress import SILENT, Progress, Told, beside
from pipemap.reports.content import Contents, Cover, Heading, Page, PageBreak, Report, Table
from pipemap.reports.pdf_sections import PUT
from pipemap.reports.pdf_sheets import Sheets
from pipemap.reports.pdf_table import paper_for
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.reports.template import Template


def write_pdf(report: Report, to: Path, template: Template, *, progress: Progress = SILENT) -> int:
    """Write a report as PDF; return how many characters the font of the machine could not show.

    Raises
    ------
    ReportError
        The machine has no font with Chinese characters.
    """
    told = Told(progress)
    told(0, len(report.sections), _("Writing {file}").format(file=report.title))
    sheets = beside(lambda: Sheets(report, template), told.again)  # fonts are large
    sheets.told = told.again
    try:
        _put_all(sheets, told)
        to.write_bytes(beside(lambda: bytes(sheets.output()), told.again))
    finally:
        sheets.let_go()
    return sheets.unreadable


def _put_all(sheets: Sheets, progress: Progress) -> None:
    report = sheets.report
    words = _("Writing {file}").format(file=report.title)
    for place, section in enumerate(report.sections):
        progress(place, len(report.sections), words)
        if not isinstance(section, (Cover, Contents, PageBreak)):
            page = _paper(sheets, report, place)
            if sheets.page == 0 or page != sheets.sheet:
                sheets.lay(page)
        PUT[type(section)](sheets, section)
    progress(len(report.sections), len(report.sections))


def _paper(sheets: Sheets, report: Report, place: int) -> Page:
    """Return what a section is printed on: a table that is wide on wider paper, with the heading before it."""
    section = report.sections[place]
    if isinstance(section, Heading) and place + 1 < len(report.sections):
        section = report.sections[place + 1]
    return paper_for(sheets, section) if isinstance(section, Table) else sheets.base
