"""Typing, pasting, filling and clearing in an attribute table: every action one Change, every refusal in its place."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtGui import QGuiApplication

from pipemap.errors import EditError, PipemapError
from pipemap.gui.cell_blocks import Block, as_text, paste_over, rows_of_text
from pipemap.gui.cell_editors import Bubble
from pipemap.gui.clipboard import left_out
from pipemap.gui.element_model import Draft, Index
from pipemap.gui.storing_cells import may_write, store
from pipemap.model.fields import fields
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.element_table import ElementTable
    from pipemap.jobs.cell_edits import Proposal, Reader
    from pipemap.progress import Progress
    from pipemap.store import Survey

MOST_COPIED = 20_000
"""Rows that the clipboard takes."""


class CellEditing(QObject):
    """What a person does to the cells of one table."""

    def __init__(self, table: ElementTable) -> None:
        super().__init__(table)
        self._table = table
        self._session = table.session
        self._reader: Reader | None = None
        self._waiting: deque[tuple[int, str, str]] = deque()
        self._storing = False
        self._bubble = Bubble(table.view.viewport())
        table.view.selectionModel().currentChanged.connect(lambda now, _before: self._show_reason_of(now))
        table.view.verticalScrollBar().valueChanged.connect(lambda _value: self.hide_reason())
        table.view.horizontalScrollBar().valueChanged.connect(lambda _value: self.hide_reason())

    # -- one cell --------------------------------------------------------------------------------------------------

    def reason(self, index: QModelIndex, text: str) -> str:
        """Why a text cannot be stored in a cell; empty where it can."""
        if self._is_unchanged(index, text):
            return ""
        try:
            self._texts().read(self._table.model.columns[index.column()].name, text)
        except EditError as error:
            return str(error)
        return ""

    def _is_unchanged(self, index: QModelIndex, text: str) -> bool:
        draft = self._table.model.draft(index)
        return draft is None and text == index.data(Qt.ItemDataRole.EditRole)

    def _texts(self) -> Reader:
        from pipemap.jobs.cell_edits import Reader

        network = self._session.network
        assert network is not None  # noqa: S101 -- there are no cells without a survey
        if self._reader is None or self._reader.network is not network:
            self._reader = Reader(network, self._table.layer)
        return self._reader

    def enter(self, index: QModelIndex, text: str) -> None:
        """Take a typed text: store it, or keep it in its cell with the reason why not."""
        self.hide_reason()
        if not index.isValid() or self._is_unchanged(index, text) or not may_write(self._session):
            return
        fid, name = int(self._table.model.fids[index.row()]), self._table.model.columns[index.column()].name
        reason = self.reason(index, text)
        self._table.model.set_draft(fid, name, Draft(text, reason))
        self._table.show_refused()
        if not reason:
            self._waiting.append((fid, name, text))
            self._store_next()

    def _store_next(self) -> None:
        """Store one cell after the other, each as its own Change, in the order in which they were typed."""
        survey = self._session.survey
        if self._storing or not self._waiting or survey is None:
            return
        from pipemap.jobs.cell_edits import Proposal, noted
        from pipemap.model.cells import Cells

        fid, name, text = self._waiting.popleft()
        try:
            value = self._texts().read(name, text)
        except EditError as error:  # the network is another one by now
            self._refuse(fid, name, text, error)
            return
        layer = self._table.layer
        label = _("Edit “{field}”").format(field=fields(layer)[name].label)
        self._storing = True
        proposal = noted(survey, Proposal(label, Cells.of(layer, [(fid, name, value)])))

        def done() -> None:
            self._storing = False
            draft = self._table.model.drafts.get((fid, name))
            if draft is not None and not draft.reason and draft.text == text:
                self._table.model.drafts.pop((fid, name))
                self._table.model.refresh(self._table.batches())
            self._store_next()

        store(self._session, proposal, done=done, failed=lambda error: self._refuse(fid, name, text, error))

    def _refuse(self, fid: int, name: str, text: str, error: Exception) -> None:
        self._storing = False
        if not isinstance(error, PipemapError):
            self._session.complain(error)
        self._table.model.set_draft(fid, name, Draft(text, str(error)))
        self._table.show_refused()
        self._store_next()

    # -- refused texts ---------------------------------------------------------------------------------------------

    def show_reason(self, index: Index, reason: str) -> None:
        """Say beside a cell why its text is refused."""
        self._bubble.show_beside(reason, self._table.view.visualRect(index))

    def hide_reason(self) -> None:
        """Say nothing beside cells."""
        self._bubble.hide()

    def _show_reason_of(self, index: QModelIndex) -> None:
        self.hide_reason()
        if index.isValid() and (reason := self._table.model.reason(index)):
            self.show_reason(index, reason)

    def forget(self) -> None:
        """Let the current cell show what is stored."""
        index = self._table.view.currentIndex()
        if index.isValid() and self._table.model.reason(index):
            self._drop([(int(self._table.model.fids[index.row()]), self._table.model.columns[index.column()].name)])

    def forget_all(self) -> None:
        """Let every cell show what is stored."""
        self._drop([key for key, draft in self._table.model.drafts.items() if draft.reason])

    def _drop(self, keys: list[tuple[int, str]]) -> None:
        for fid, name in keys:
            self._table.model.set_draft(fid, name, None)
        self.hide_reason()
        self._table.show_refused()

    # -- blocks ----------------------------------------------------------------------------------------------------

    def act(self, name: str) -> None:
        """Do what a key of a spreadsheet asks for."""
        acts: dict[str, Callable[[], None]] = {
            "copy": self.copy,
            "cut": self.cut,
            "paste": self.paste,
            "clear": self.clear,
            "forget": self.forget,
            "fill": self.fill_down,
        }
        acts[name]()

    def copy(self) -> None:
        """Copy the selected cells; whole rows with their headings."""
        self._copy(self._table.block())

    def cut(self) -> None:
        """Copy the selected cells and clear them."""
        block = self._table.block()
        if block is not None and may_write(self._session) and not self._holds_secret(block):
            self._copy(replace(block, are_whole=False))
            self._clear(block, _("Cut"))

    def _holds_secret(self, block: Block) -> bool:
        leave = self._table.may_leave(self._table.model.fids[block.places])
        if not leave.all():
            self._session.notice(_("Nothing was cut: elements among these are marked secret."))
        return not bool(leave.all())

    def _copy(self, block: Block | None) -> None:
        survey, layer = self._session.survey, self._table.layer
        if survey is None or block is None:
            return
        names = self._table.visible_names() if block.are_whole else list(block.names)
        fids = self._table.model.fids[block.places[:MOST_COPIED]]
        leave = self._table.may_leave(fids)
        fids, withheld, headed = fids[leave], int((~leave).sum()), block.are_whole
        batches = self._table.batches()

        def done(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            are_all = len(block.places) <= MOST_COPIED
            said = _("{n} rows copied") if are_all else _("The first {n} rows copied; export takes all of them")
            self._session.say(said.format(n=f"{len(fids):,}") + left_out(withheld))

        self._session.run(lambda _progress: as_text(survey, layer, fids, names, batches, headed=headed), _("Copying"), done)

    def paste(self) -> None:
        """Lay copied cells over the table from the first selected one on."""
        block = self._table.block()
        text = QGuiApplication.clipboard().text()
        if block is None or not text or not may_write(self._session):
            return
        fids, names, layer = self._table.model.fids, self._table.visible_names(), self._table.layer

        def propose(survey: Survey, progress: Progress) -> Proposal:
            from pipemap.jobs.cell_edits import propose_texts

            pasted = paste_over(rows_of_text(text), block, fids, layer, names)
            proposal = propose_texts(survey, layer, pasted.cells, _("Paste"), progress=progress)
            if not pasted.lost:
                return proposal
            words = _("Cells of the block that lie beyond the table and are left out: {n}.").format(n=f"{pasted.lost:,}")
            return replace(proposal, notes=(*proposal.notes, words))

        self.propose(propose, _("Pasting"))

    def clear(self) -> None:
        """Empty the selected cells; of whole rows, only the column in which the cursor stands."""
        block = self._table.block()
        if block is not None and may_write(self._session):
            self._clear(block, _("Clear"))

    def _clear(self, block: Block, label: str) -> None:
        fids, layer = self._table.model.fids[block.places], self._table.layer
        cells = [(int(fid), name, "") for fid in fids.tolist() for name in block.names]

        def propose(survey: Survey, progress: Progress) -> Proposal:
            from pipemap.jobs.cell_edits import propose_texts

            return propose_texts(survey, layer, cells, label, progress=progress)

        self.propose(propose, label)

    def fill_down(self) -> None:
        """Give all selected cells of a column what its first one holds; a single cell takes the one above."""
        block = self._table.block()
        if block is None or not may_write(self._session):
            return
        places, layer = block.places, self._table.layer
        if len(places) == 1:
            if not places[0]:
                return
            places = np.array([places[0] - 1, places[0]])
        fids, names = self._table.model.fids[places].tolist(), block.names

        def propose(survey: Survey, _progress: Progress) -> Proposal:
            from pipemap.jobs.cell_edits import propose_fill

            return propose_fill(survey, layer, fids, names, _("Fill down"))

        self.propose(propose, _("Filling down"))

    def propose(self, work: Callable[[Survey, Progress], Proposal], label: str) -> None:
        """Work out a proposal beside the window: store it at once, or show what is refused and ask."""
        survey = self._session.survey
        if survey is None:
            return

        def done(proposal: Proposal) -> None:
            if survey is not self._session.survey:
                return
            if proposal.refused or (proposal.notes and len(proposal.cells) > 1):
                self._table.pane.offer(proposal)
            elif len(proposal.cells):
                store(self._session, proposal)
            else:
                self._session.say(_("Nothing was different."))

        self._session.run(lambda progress: work(survey, progress), label, done)


def chosen_fids(block: Block | None, fids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Keys of the selected rows; all of them where at most one is."""
    return fids if block is None or len(block.places) < 2 else fids[block.places]  # noqa: PLR2004 -- one cell is no selection
