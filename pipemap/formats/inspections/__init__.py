"""Files of inspections, by whichever program they were made: recognised by what is inside, read to one kind of record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipemap.errors import PipemapError, SurveyDataError, SurveyFileError
from pipemap.formats.inspections import dwa_m150, en13508, isybau, tables, wincan
from pipemap.formats.inspections.findings import Findings
from pipemap.model.inspected import Inspected, InspectionDelivery
from pipemap.model.problem import Problem
from pipemap.progress import SILENT, Progress
from pipemap.texts import N_, _

__all__ = ["FORMATS", "InspectionFormat", "read_inspections", "recognize_inspections"]

SURE = 0.9
"""A confidence from here on means that the inside of the file leaves no doubt."""


@dataclass(frozen=True, slots=True)
class InspectionFormat:
    """One format: its name as typed after ``--format``, its label for people (``N_``), usual endings, and how it is read."""

    name: str
    label: str
    extensions: tuple[str, ...]
    recognizes: Callable[[Path], float] = field(repr=False)
    read: Callable[[Path, Findings], list[Inspected]] = field(repr=False)


FORMATS: tuple[InspectionFormat, ...] = (
    InspectionFormat(
        tables.NAME, N_("CCTV tables (CJJ 181, WinCan CSV)"), (".xlsx", ".xls", ".csv"), tables.recognizes, tables.read
    ),
    InspectionFormat(en13508.NAME, N_("EN 13508-2, text or XML"), (".txt", ".xml"), en13508.recognizes, en13508.read),
    InspectionFormat(isybau.NAME, N_("ISYBAU XML, inspections"), (".xml",), isybau.recognizes, isybau.read),
    InspectionFormat(dwa_m150.NAME, N_("DWA-M 150 XML"), (".xml",), dwa_m150.recognizes, dwa_m150.read),
    InspectionFormat(wincan.NAME, N_("WinCan VX database"), (".db3",), wincan.recognizes, wincan.read),
)
"""Every format of inspections that can be read."""


def format_named(name: str) -> InspectionFormat:
    """Return the format of that name.

    Raises
    ------
    SurveyFileError
        There is none; the hint lists those there are.
    """
    for row in FORMATS:
        if row.name == name.strip().lower():
            return row
    hint = _("Known formats: {names}.").format(names=", ".join(row.name for row in FORMATS))
    raise SurveyFileError(_("There is no format “{name}”.").format(name=name), hint)


def recognize_inspections(path: Path) -> InspectionFormat | None:
    """Return the format of inspections that a file has without doubt, or None."""
    confidence, best = max(((row.recognizes(path), row) for row in FORMATS), key=lambda pair: pair[0])
    return best if confidence >= SURE else None


def read_inspections(paths: Sequence[Path], *, format: str | None = None, progress: Progress = SILENT) -> InspectionDelivery:
    """Read files as one delivery; what cannot be read among several is listed with the rest.

    Raises
    ------
    SurveyFileError
        A file is missing, empty, damaged, or of no known format, and it is the only one.
    SurveyDataError
        The files can be read, but hold no inspection.
    """
    from pipemap.formats.registry import check_exists

    if not paths:
        raise SurveyFileError(_("No source was named."))
    found: list[Inspected] = []
    problems: list[Problem] = []
    names: list[str] = []
    for number, path in enumerate(paths):
        progress(number, len(paths), _("Reading {file}").format(file=path.name))
        findings = Findings()
        try:
            check_exists(path)
            row = format_named(format) if format else _recognized(path)
            found += _read(row, path, findings)
            names.append(row.name)
            problems += findings.problems
        except PipemapError as error:
            if len(paths) == 1:
                raise
            problems.append(Problem("unreadable", "error", path.name, N_("{reason}"), {"reason": error.message}))
    source = ", ".join(path.name for path in paths)
    if not found:
        raise SurveyDataError(_("{file} holds no inspections.").format(file=source), problems=problems)
    return InspectionDelivery(tuple(found), ", ".join(dict.fromkeys(names)), source, tuple(problems))


def _read(row: InspectionFormat, path: Path, findings: Findings) -> list[Inspected]:
    try:
        return row.read(path, findings)
    except PipemapError:
        raise
    except OSError as error:
        raise SurveyFileError(
            _("{file} cannot be read: {reason}").format(file=path.name, reason=error.strerror or error)
        ) from error


def _recognized(path: Path) -> InspectionFormat:
    row = recognize_inspections(path)
    if row is not None:
        return row
    kinds = ", ".join(f"{_(one.label)} ({' '.join(one.extensions)})" for one in FORMATS)
    raise SurveyFileError(
        _("{file} holds no inspections in a format that pipemap reads.").format(file=path.name),
        _("Looked inside for: {formats}.").format(formats=kinds),
    )
