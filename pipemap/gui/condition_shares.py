"""Sections of a survey coloured by their condition, and listed by urgency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.gui.condition_table import index_words
from pipemap.gui.findings import GRADE_COLOURS
from pipemap.gui.shares import Line, Share, Shares
from pipemap.jobs.condition import URGENCIES
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.condition import Condition, SectionCondition
    from pipemap.model.network import Network

_GRADES = ("I", "II", "III", "IV")


def shares_of(network: Network, found: Condition) -> Shares:
    """Colour each section by its worst advice, repair or maintenance, and list the most urgent first."""
    none = np.empty(0, dtype=np.int64)
    parts = []
    for number, grade in enumerate(_GRADES, start=1):
        rows = [row for one in found.sections if one.urgency[0] == number for row in one.run.pipes]
        parts.append(
            Share(f"{grade} · {_(URGENCIES[grade])}", GRADE_COLOURS[number], none, np.unique(np.array(rows, dtype=np.int64)))
        )
    return Shares(
        network,
        _("Condition by CJJ 181-2012"),
        _("Each section by the worse of repair (RI) and maintenance (MI); a quick view by its preliminary grade."),
        "",
        tuple(part for part in reversed(parts) if len(part.pipes)),
        _("Most urgent first"),
        _("A click flies there. Equal advice is ordered by RI and MI, then customers and depth."),
        (_("Section"), "RI", "MI", _("Customers")),
        tuple(_line(one) for one in found.sections),
        has_legend=True,
    )


def _line(one: SectionCondition) -> Line:
    cells = (index_words(one.structural), index_words(one.functional), one.customers)
    rows = np.array(one.run.pipes, dtype=np.int64)
    return Line((one.section, *cells), np.empty(0, dtype=np.int64), rows)
