"""What is odd in customer tables, and how each row was tied to the network or why not."""

from __future__ import annotations

from pipemap.formats.findings import RowFindings
from pipemap.formats.survey_tables.findings import RULES as RULES_OF_TABLES
from pipemap.model.problem import Severity
from pipemap.texts import N_

_OF_TABLES = (
    *("axes-swapped", "axes-taken-swapped", "row-swapped", "zone-mixed", "zone-mismatch", "zone-removed", "zone-added"),
    *("crs-assumed", "unknown-sheet", "remark-row", "mixed-encoding", "too-many-columns"),
)
RULES: dict[str, tuple[Severity, str]] = {rule: RULES_OF_TABLES[rule] for rule in _OF_TABLES} | {
    "crs-unknown": ("info", N_("No coordinate system was named; the places are taken to be in that of the survey.")),
    "not-a-number": ("warning", N_("{column} of customer {name} is “{value}”, no number; the text is kept in the note.")),
    "unknown-class": ("warning", N_("Class “{value}” of customer {name} is not known; it is kept as written.")),
    "class-from-name": ("info", N_("No class is given; from its name, {name} was taken as {value}.")),
    "unknown-supply": ("warning", N_("“{value}” of customer {name} names no kind of supply; water was taken.")),
    "no-id": ("info", N_("The customer has no number of its own: {name}.")),
    "repeated-id": ("warning", N_("Customer number {name} is there again ({first}); both are kept.")),
    "empty-row": ("warning", N_("The row names no customer: {text}")),
    "columns-left-out": ("info", N_("Columns that are not taken over: {columns}.")),
}  # fmt: skip


class Findings(RowFindings):
    """Problems of one delivery by these rules."""

    rules = RULES
