"""What is odd in plain tables: they are our own, but people edit them."""

from __future__ import annotations

from pipemap.formats.findings import RowFindings
from pipemap.model.problem import Severity
from pipemap.texts import N_

RULES: dict[str, tuple[Severity, str]] = {
    "not-a-number": ("warning", N_("{column} is “{value}”, which is no number; it is left out.")),
    "unknown-column": ("info", N_("Column “{column}” is not understood and left out.")),
    "repeated-key": ("error", N_("Key {value} is there again; rows that refer to it mean the first.")),
    "missing-node": ("error", N_("Pipe {element} ends at node key {value}, which is not there; a placeholder stands for it.")),
    "missing-pipe": ("warning", N_("Pipe key {value} is not there; the row is left out of what it belongs to.")),
    "short-course": ("warning", N_("Pipe {element} should have {count} vertices and has {found}; it is drawn as it has them.")),
    "several-batches": ("info", N_("The tables hold elements of {count} batches ({names}); they come in as one.")),
}


class Findings(RowFindings):
    """Problems of one delivery by these rules."""

    rules = RULES
