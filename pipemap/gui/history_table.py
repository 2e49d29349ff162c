"""What changed, when, and by whom: the list of all Changes, and beside it what the chosen one did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QSplitter, QStackedLayout, QTableView, QVBoxLayout, QWidget

from pipemap.gui.history_details import HistoryDetails
from pipemap.gui.history_filter import HistoryFilter
from pipemap.gui.history_model import COLUMNS, SPARED, HistoryModel
from pipemap.gui.parts import EmptyState, label
from pipemap.gui.words import moment
from pipemap.texts import _

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.progress import Progress
    from pipemap.store import Entry


NARROW = 1000
"""Pixels of width below which the list has fewer columns."""


class HistoryTable(QWidget):
    """Every Change of the survey, filtered; read in pages."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._task: Task | None = None
        self._is_behind = False
        self.model = HistoryModel(self)
        self.filter = HistoryFilter(session)
        self.details = HistoryDetails(session)
        self.view = self._make_view()
        self._count = label("", "quiet")
        self._count.setContentsMargins(0, 10, 0, 0)
        self._pages = QStackedLayout(self)
        words = _("Every import and edit is listed here, with who did it and when, and can be taken back.")
        self._pages.addWidget(EmptyState("clock-counter-clockwise", _("Nothing has changed yet"), words))
        self._pages.addWidget(self._make_page())
        self.filter.changed.connect(self._ask)
        self.model.more_wanted.connect(self._ask_more)
        self.details.wanted.connect(self.show_entry)
        session.network_changed.connect(self._ask)
        session.records_changed.connect(self._ask)
        self._ask()

    def _make_page(self) -> QWidget:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QHBoxLayout()
        bar.setContentsMargins(0, 0, 8, 0)
        bar.addWidget(self.filter, 1)
        bar.addWidget(self._count, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(bar)
        column.addWidget(self.view, 1)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.setChildrenCollapsible(False)
        both.addWidget(left)
        both.addWidget(self.details)
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        both.setSizes([720, 480])
        return both

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self.model)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setAlternatingRowColors(True)
        view.setAccessibleName(_("History"))
        rows, columns = view.verticalHeader(), view.horizontalHeader()
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)
        rows.setDefaultSectionSize(26)
        rows.hide()
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setHighlightSections(False)
        columns.setMinimumSectionSize(48)
        columns.setSectionResizeMode(2, columns.ResizeMode.Stretch)
        for number, (_title, width) in enumerate(COLUMNS):
            view.setColumnWidth(number, width)
        view.setColumnWidth(1, view.fontMetrics().horizontalAdvance(moment("2026-12-28T20:08:08")) + 28)
        view.selectionModel().currentRowChanged.connect(lambda index: self._choose(index.row()))
        return view

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave columns out where the list is narrow."""
        super().resizeEvent(event)
        for column in SPARED:
            self.view.setColumnHidden(column, event.size().width() < NARROW)

    # -- reading ----------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """In front again: read what happened meanwhile."""
        super().showEvent(event)
        if self._is_behind:
            self._ask()

    def _ask(self) -> None:
        """Read the first page anew; behind other panels, once it comes to the front."""
        survey = self._session.survey
        self._is_behind = survey is not None and not self.isVisible()
        if self._is_behind:
            return
        if survey is None:
            self._show(0, [])
            return
        self._stop()
        asked = self.filter.asked()

        def work(_progress: Progress) -> tuple[list[Entry], int]:
            return survey.history_look(asked)

        def show(found: tuple[list[Entry], int]) -> None:
            self._task = None
            if survey is self._session.survey:
                self._show(found[1], found[0])

        self._task = self._session.run(work, _("Reading the history"), show)

    def _ask_more(self) -> None:
        survey = self._session.survey
        if survey is None or self._task is not None or not self.model.entries:
            return
        asked, last = self.filter.asked(), self.model.entries[-1].id

        def show(found: list[Entry]) -> None:
            self._task = None
            if survey is self._session.survey:
                self.model.add(found)

        self._task = self._session.run(lambda _progress: survey.history_page(asked, before=last), _("Reading the history"), show)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _show(self, total: int, entries: list[Entry]) -> None:
        kept = self.details.entry
        self.model.start(total, entries)
        self._count.setText(_("{n} changes").format(n=total))
        self._pages.setCurrentIndex(1 if entries or self.filter.is_set else 0)
        at = next((row for row, entry in enumerate(entries) if kept is not None and entry.id == kept.id), 0)
        if entries:
            self.view.selectRow(at)  # which chooses it
        else:
            self.details.show_entry(None)

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self.model.entries):
            self.details.show_entry(self.model.entries[row])

    def show_entry(self, entry: Entry) -> None:
        """Choose an entry, in the list where it is read already."""
        row = next((row for row, one in enumerate(self.model.entries) if one.id == entry.id), None)
        if row is None:
            self.view.clearSelection()
            self.details.show_entry(entry)
        else:
            self.view.selectRow(row)
            self.view.scrollTo(self.model.index(row, 0))
