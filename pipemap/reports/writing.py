"""The forms of a report, one row each, and the state of the survey that a report of any form carries."""

from __future__ import annotations

import importlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import ReportError
from pipemap.progress import SILENT, Progress
from pipemap.reports.text import state_in
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.reports.content import Report
    from pipemap.reports.template import Template

_CORE = "docProps/core.xml"
_MOST_CORE = 1 << 20
_PIECE = 1 << 20
_OVERLAP = 128


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its ending, what it is called, and the function that writes it."""

    ending: str
    label: str
    writer: str


FORMS: tuple[Form, ...] = (
    Form(".pdf", N_("PDF document"), "pipemap.reports.pdf:write_pdf"),
    Form(".docx", N_("Word document"), "pipemap.reports.docx:write_docx"),
    Form(".xlsx", N_("Excel workbook"), "pipemap.reports.xlsx:write_xlsx"),
    Form(".html", N_("Web page"), "pipemap.reports.html:write_html"),
)
"""Every form that a report can have."""


def form_of(path: Path) -> Form:
    """Return the form that the ending of a file says.

    Raises
    ------
    ReportError
        No form has this ending.
    """
    for form in FORMS:
        if path.suffix.lower() == form.ending:
            return form
    raise ReportError(
        _("“{file}” has no ending that a report can have.").format(file=path.name),
        _("Let it end with {endings}.").format(endings=_(" or ").join(form.ending for form in FORMS)),
    )


def write_report(report: Report, to: Path, template: Template, *, progress: Progress = SILENT) -> int:
    """Write a report in the form that the name of its file says; the same report and template give the same bytes.

    Returns
    -------
    int
        How many characters could not be shown, because the font of this machine does not have them; only a PDF needs one.

    Raises
    ------
    ReportError
        No form has this ending, or a PDF finds no font.
    SettingsError
        The template wants what the report does not have.
    """
    module, name = form_of(to).writer.split(":")
    unreadable: int = getattr(importlib.import_module(module), name)(template.styled(report), to, template, progress=progress)
    return unreadable


def state_of(path: Path) -> str | None:
    """Return the state of the survey that a report carries, empty where its survey had no history; ``None``: it is no report.

    Raises
    ------
    ReportError
        The file cannot be read.
    """
    try:
        if zipfile.is_zipfile(path):
            return _state_in_zip(path)
        with path.open("rb") as file:
            before = b""
            while piece := file.read(_PIECE):
                found = state_in(before + piece)
                if found is not None:
                    return found
                before = piece[-_OVERLAP:]
    except OSError as error:
        raise ReportError(_("{file} cannot be read: {reason}.").format(file=path, reason=error.strerror or error)) from error
    return None


def _state_in_zip(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as packed, packed.open(_CORE) as core:
            return state_in(core.read(_MOST_CORE))
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError, ValueError):
        return None
