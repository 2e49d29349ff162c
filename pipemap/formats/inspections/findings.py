"""What is odd in files of inspections."""

from __future__ import annotations

from pipemap.formats.findings import RowFindings
from pipemap.model.problem import Severity
from pipemap.texts import N_

RULES: dict[str, tuple[Severity, str]] = {
    "mended": ("warning", N_("The file is no proper XML; control characters and tags without a name were left out.")),
    "not-a-number": ("warning", N_("{column} is “{value}”, which is no number; the text is kept in the note.")),
    "out-of-range": ("warning", N_("{column} is {value}, which cannot be; the text is kept in the note.")),
    "no-clock": ("warning", N_("“{value}” is no clock position; the text is kept in the note.")),
    "no-date": ("warning", N_("“{value}” is no date that can be read; it is kept as written.")),
    "no-code": ("warning", N_("A line has no code; what it says is kept in the note: {text}")),
    "no-name": ("warning", N_("An inspection names neither a pipe nor its ends.")),
    "no-inspection": ("warning", N_("A line belongs to no inspection and is left out: {text}")),
    "not-closed": ("warning", N_("The continuous defect {name} has a start and no end; it is taken to the end of the run.")),
    "not-opened": ("warning", N_("The continuous defect {name} has an end and no start; it is kept as a point.")),
    "start-unknown": ("info", N_("The file does not say from which end the camera set out; {node} was taken.")),
    "unknown-sheet": ("info", N_("A table holds no inspections and is left out.")),
    "columns-left-out": ("info", N_("Columns that are not taken over: {columns}.")),
    "mixed-encoding": ("info", N_("Lines in another encoding than the rest: {count}")),
    "too-many": ("warning", N_("The file holds more than {count} lines of inspections; the rest is left out.")),
}
"""Rule → severity and English text."""


class Findings(RowFindings):
    """Problems of one delivery of inspections by these rules."""

    rules = RULES
