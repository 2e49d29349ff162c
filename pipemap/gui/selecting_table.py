"""The rows of a table that are selected, here and everywhere else: one selection, however many rows it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from pipemap.gui.cell_blocks import Block
from pipemap.gui.cell_view import CellsView
from pipemap.gui.element_model import ElementModel
from pipemap.gui.session import Selection, each_once
from pipemap.model.fields import Layer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.session import Rows, Session

MOST_SPANS = 500
"""Runs of selected rows that Qt is told of; it looks through all of them for every cell that it draws."""


class SelectingTable(QWidget):
    """The part of an attribute table that follows the selection of the session, and tells it."""

    layer: Layer = "node"
    session: Session
    model: ElementModel
    view: CellsView

    def __init__(self) -> None:
        super().__init__()
        self._telling = False
        self._is_behind = False
        self._marked: NDArray[np.int64] | None = None
        self._chosen: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def visible_names(self) -> list[str]:
        """Columns in the order on screen."""
        header = self.view.horizontalHeader()
        return [self.model.columns[header.logicalIndex(place)].name for place in range(header.count())]

    def _fids(self) -> NDArray[np.int64]:
        network = self.session.network
        if network is None:
            return np.empty(0, dtype=np.int64)
        return network.node_fid if self.layer == "node" else network.pipe_fid

    def _tell_selection(self) -> None:
        """The person selected rows here: tell the session."""
        if self._telling or self.session.network is None:
            return
        control = bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier)
        order, before = self.model.order, self._marked
        places = self._spanned_places()
        self._marked = None
        self._chosen = places
        if before is not None and control:  # rows marked beside Qt's own selection: a click with Ctrl adds to them, or takes away
            places = np.setxor1d(before, places)
        rows = order.rows_at(places)
        other, mine = self.session.selection, self.session.selection.rows(self.layer)
        nodes: Rows | tuple[()] = ()
        pipes: Rows | tuple[()] = ()
        if control:  # what is not to be seen here stays
            nodes, pipes = other.nodes, other.pipes
            rows = np.concatenate([rows, mine[order.places[mine] < 0]])
        chosen = Selection.of(nodes=rows, pipes=pipes) if self.layer == "node" else Selection.of(nodes=nodes, pipes=rows)
        self._telling = True
        try:
            self.session.select(chosen)
        finally:
            self._telling = False
        if before is not None and control:
            self._show_selection()

    def _show_selection(self) -> None:
        """Something was selected elsewhere: mark its rows, and bring the first into view."""
        if self._telling or self.session.network is None:
            return
        self._is_behind = not self.isVisible()
        if self._is_behind:  # done when the table comes to the front
            return
        chosen_rows = self.session.selection.rows(self.layer)
        order = self.model.order
        places = order.places_of(chosen_rows) if len(order.places) > chosen_rows.max(initial=-1) else np.empty(0, dtype=np.int64)
        if self._marked is None and np.array_equal(places, self._spanned_places()):
            self._chosen = places
            self.view.viewport().update()
            return  # the cells of these rows that are selected stay so
        self._chosen = places
        chosen, last = QItemSelection(), self.model.columnCount() - 1
        if len(places) and last >= 0:
            breaks = np.flatnonzero(np.diff(places) > 1)
            tops, bottoms = places[np.concatenate([[0], breaks + 1])], places[np.concatenate([breaks, [len(places) - 1]])]
            if len(tops) > MOST_SPANS:
                tops, bottoms = tops[:0], bottoms[:0]
            for top, bottom in zip(tops.tolist(), bottoms.tolist(), strict=True):
                chosen.append(self.model.whole_rows(top, bottom, last))
        self._mark(chosen)
        self._marked = places if len(places) and not chosen.count() else None
        if len(places):
            self._set_current(int(places[0]))
            self.view.scrollTo(self.model.index(int(places[0]), self._left_column()), QAbstractItemView.ScrollHint.EnsureVisible)

    def _mark(self, chosen: QItemSelection) -> None:
        """Mark rows without a word to the view, which would look at each of them."""
        model = self.view.selectionModel()
        model.blockSignals(True)
        model.clearSelection()
        model.select(chosen, QItemSelectionModel.SelectionFlag.Select)
        model.blockSignals(False)
        self.view.viewport().update()

    def _set_current(self, place: int) -> None:
        """Put the cursor into a row that was marked, in the column where it stood."""
        model, now = self.view.selectionModel(), self.view.currentIndex()
        if self.model.columnCount() and not (now.isValid() and self.is_chosen_row(now.row())):
            column = now.column() if now.isValid() else self.view.horizontalHeader().logicalIndex(0)
            model.blockSignals(True)
            model.setCurrentIndex(self.model.index(place, column), QItemSelectionModel.SelectionFlag.NoUpdate)
            model.blockSignals(False)

    def is_chosen_row(self, place: int) -> bool:
        """Whether the element of a row is selected, whichever of its cells are."""
        at = int(np.searchsorted(self._chosen, place))
        return at < len(self._chosen) and int(self._chosen[at]) == place

    def block(self) -> Block | None:
        """Return the cells that are selected; of whole rows, those of the column in which the cursor stands."""
        names, header, now = self.visible_names(), self.view.horizontalHeader(), self.view.currentIndex()
        spans = self.view.selectionModel().selection()
        if not now.isValid() or (self._marked is None and not spans.count()):
            return None
        here = (self.model.columns[now.column()].name,)
        if self._marked is not None:
            return Block(self._marked, here, are_whole=True)
        columns = sorted({
            header.visualIndex(column)
            for number in range(spans.count())
            for column in range(spans.at(number).left(), spans.at(number).right() + 1)
        })  # fmt: skip
        places = self._spanned_places()
        if len(columns) == len(names) and len(columns) > 1:
            return Block(places, here, are_whole=True)
        return Block(places, tuple(names[column] for column in columns))

    def current_name(self) -> str:
        """The field of the column in which the cursor stands; empty where it stands nowhere."""
        now = self.view.currentIndex()
        return self.model.columns[now.column()].name if now.isValid() else ""

    def batches(self) -> Mapping[int, str]:
        """Names of the batches."""
        network = self.session.network
        return network.batch_names if network is not None else {}

    def waiting(self) -> NDArray[np.int64]:
        """Keys of what belongs to a batch that waits for acceptance, ascending."""
        network = self.session.network
        if network is None or not network.pending_batches:
            return np.empty(0, dtype=np.int64)
        batches = network.node_batch if self.layer == "node" else network.pipe_batch
        return np.sort(self._fids()[np.isin(batches, list(network.pending_batches))])

    def show_row(self, fid: int) -> None:
        """Bring the row of an element into view, and put the cursor there."""
        places = np.flatnonzero(self.model.fids == fid)
        if len(places):
            self.view.setCurrentIndex(self.model.index(int(places[0]), max(0, self.view.currentIndex().column())))

    def _spanned_places(self) -> NDArray[np.int64]:
        """Rows that Qt holds selected, sorted."""
        spans = self.view.selectionModel().selection()
        parts = [np.arange(spans.at(number).top(), spans.at(number).bottom() + 1) for number in range(spans.count())]
        return each_once(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)

    def is_marked(self, place: int) -> bool:
        """Whether a row is selected beside Qt's own selection, which grows slow with thousands of spans."""
        if self._marked is None:
            return False
        at = int(np.searchsorted(self._marked, place))
        return at < len(self._marked) and int(self._marked[at]) == place

    def _select_all(self) -> None:
        rows, columns = self.model.rowCount(), self.model.columnCount()
        chosen = QItemSelection()
        if rows and columns:
            chosen.append(self.model.whole_rows(0, rows - 1, columns - 1))
        self._mark(chosen)
        self._tell_selection()

    def _left_column(self) -> int:
        """The column at the left edge, so that showing a row moves nothing sideways."""
        return max(0, self.view.columnAt(0))

    def showEvent(self, event: QShowEvent) -> None:
        """In front again: mark what was selected meanwhile, once the table has its size."""
        super().showEvent(event)
        if self._is_behind:
            QTimer.singleShot(0, self, self._show_selection)
