"""The list beside a coloured network: how much of each colour, and what is listed, worst or largest first."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pipemap.gui.exporting import ask_for_table, write_table
from pipemap.gui.parts import button, label, rule
from pipemap.gui.session import Selection
from pipemap.gui.short_lists import MOST_LISTED, ShortList
from pipemap.model.wording import metres
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.gui.shares import Line, Share, Shares
    from pipemap.progress import Progress


class SharesPage(QWidget):
    """Shares of the network and the list that goes with them; a click selects and shows."""

    def __init__(self, session: Session, answer: Shares) -> None:
        super().__init__()
        self._session, self._answer = session, answer
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(label(answer.title, "heading", wrap=True))
        column.addWidget(label(answer.words, "quiet", wrap=True))
        row = QHBoxLayout()
        row.addWidget(button(_("Export"), self.export, icon_name="export"))
        row.addWidget(button(_("Clear"), lambda: session.set_result(None), quiet=True))
        row.addStretch(1)
        column.addLayout(row)
        if answer.has_legend and (parts := self._part_list()) is not None:
            column.addWidget(rule())
            column.addWidget(parts)
        if (lines := self._line_list()) is not None:
            column.addWidget(rule())
            column.addWidget(label(answer.list_title, "caption"))
            column.addWidget(label(answer.list_words, "quiet", wrap=True))
            column.addWidget(lines)
        column.addStretch(1)

    def _part_list(self) -> ShortList | None:
        answer = self._answer
        made = ShortList((answer.unit or answer.title, _("Pipes"), _("Length")), numbers=2)
        for part in answer.parts:
            length = metres(float(answer.network.weight[part.pipes].sum()))
            made.add(part.label, f"{len(part.pipes):,}", length, colour=part.colour, click=partial(self._select, part))
        return made.fitted()

    def _line_list(self) -> ShortList | None:
        figures = self._answer.figures
        made = ShortList(self._answer.headings, numbers=len(self._answer.headings) - 1 if figures < 0 else figures)
        for line in self._answer.lines[:MOST_LISTED]:
            made.add(*(_written(cell) for cell in line.cells), click=partial(self._select, line, fly=True))
        if not figures:
            made.share_room()
        made.add_rest(len(self._answer.lines) - MOST_LISTED)
        return made.fitted()

    def _select(self, part: Share | Line, *, fly: bool = False) -> None:
        self._session.select(Selection.of(nodes=part.nodes, pipes=part.pipes), fly=fly)

    def export(self, path: Path | None = None) -> None:
        """Write the list to a spreadsheet."""
        answer = self._answer
        target = path or ask_for_table(self, _("Export the list"), answer.list_title)
        if target is None:
            return

        def write(progress: Progress) -> Path:
            from pipemap.jobs.tables import Sheet, write_sheets

            cells = (line.cells for line in answer.lines)
            return write_sheets([Sheet(answer.list_title, answer.headings, cells, len(answer.lines))], target, progress=progress)

        write_table(self._session, write, target, rows=len(answer.lines))


def _written(cell: object) -> str:
    """Lengths with their unit, counts with their thousands."""
    if isinstance(cell, float):
        return metres(cell)
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
