"""A table of records that are in memory: problems, history. Sorted by a click on a heading, filtered by a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLineEdit, QTableView, QVBoxLayout, QWidget

from pipemap.gui import theme
from pipemap.gui.exporting import ask_for_table, write_released
from pipemap.gui.parts import label, tool_button
from pipemap.model.release import tells_of, withheld_ids
from pipemap.progress import SILENT
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.progress import Progress

Record = TypeVar("Record")
MOST_AT_ONCE = 5_000
"""Records that are sorted and filtered while the window waits."""
REPORT_EVERY = 2_000
"""Records between two reports of progress."""
Index = QModelIndex | QPersistentModelIndex
_ALIGNED = {
    False: int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
    True: int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
}


@dataclass(frozen=True, slots=True)
class Column(Generic[Record]):
    """One column: its heading, what it shows, and what it is sorted by (what it shows, unless said)."""

    title: str
    text: Callable[[Record], str]
    width: int = 120
    right: bool = False
    key: Callable[[Record], Any] | None = None
    icon: Callable[[Record], QIcon] | None = None


class RecordModel(QAbstractTableModel, Generic[Record]):
    """Some of the records as rows, in an order that the table works out."""

    order_wanted = Signal(int, bool)
    """A heading was clicked: the column, −1 for the order in which the records came, and whether the largest come first."""

    def __init__(self, columns: Sequence[Column[Record]], parent: QWidget, quiet: Callable[[Record], bool] | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._quiet = quiet
        self.records: Sequence[Record] = ()
        self.rows: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def show_records(self, records: Sequence[Record], rows: NDArray[np.int64]) -> None:
        """Show these of the records, in this order."""
        self.beginResetModel()
        self.records, self.rows = records, rows
        self.endResetModel()

    def record(self, index: Index) -> Record:
        """The record of a row."""
        return self.records[int(self.rows[index.row()])]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Leave it to the table: a million records are not put in order while the window waits."""
        self.order_wanted.emit(column, order == Qt.SortOrder.DescendingOrder)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own default
        """How many records."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 -- Qt's own
        """Text, icon or colour of a cell."""
        column, record = self.columns[index.column()], self.record(index)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return column.text(record)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNED[column.right]
        if role == Qt.ItemDataRole.DecorationRole and column.icon is not None:
            return column.icon(record)
        if role == Qt.ItemDataRole.ForegroundRole and self._quiet is not None and self._quiet(record):
            return theme.colour("text_2")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Heading of a column."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNED[self.columns[section].right]
        return None


class RecordTable(QWidget, Generic[Record]):
    """The table with its filter box and export."""

    chosen = Signal(object)
    """The record that was clicked."""
    activated = Signal(object)
    """The record that was double-clicked, or on which Enter was pressed."""

    def __init__(
        self,
        session: Session,
        columns: Sequence[Column[Record]],
        *,
        name: str,
        quiet: Callable[[Record], bool] | None = None,
    ) -> None:
        """``quiet`` says which records are of little weight."""
        super().__init__()
        self._session = session
        self._name = name
        self.model: RecordModel[Record] = RecordModel(columns, self, quiet)
        self.model.order_wanted.connect(self._sort)
        self._records: Sequence[Record] = ()
        self._sorted_by, self._descending = -1, False
        self._task: Task | None = None
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(_("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(240)
        self.filter.setAccessibleName(_("Filter"))
        self.filter.textChanged.connect(self._arrange)
        self._count = label("", "quiet")
        self.view = self._make_view()
        self.bar = QHBoxLayout()
        self.bar.setContentsMargins(8, 4, 8, 4)
        self.bar.setSpacing(4)
        self.bar.addWidget(self.filter)
        self.bar.addStretch(1)
        self.bar.addWidget(self._count)
        self.bar.addWidget(tool_button("export", _("Export these rows as XLSX or CSV"), self.export_rows))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.bar)
        column.addWidget(self.view, 1)

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self.model)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setAlternatingRowColors(True)
        view.setSortingEnabled(True)
        view.setAccessibleName(self._name)
        rows, columns = view.verticalHeader(), view.horizontalHeader()
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)
        rows.setDefaultSectionSize(26)
        rows.hide()
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setHighlightSections(False)
        columns.setStretchLastSection(True)
        columns.setMinimumSectionSize(48)
        columns.setSectionResizeMode(len(self.model.columns) - 1, columns.ResizeMode.Stretch)
        columns.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        for number, column in enumerate(self.model.columns):
            view.setColumnWidth(number, column.width)
        view.clicked.connect(lambda index: self.chosen.emit(self.model.record(index)))
        view.activated.connect(lambda index: self.activated.emit(self.model.record(index)))
        return view

    def show_records(self, records: Sequence[Record]) -> None:
        """Show other records; filter and order stay."""
        self._records = records
        self._arrange()

    def _sort(self, column: int, descending: bool) -> None:  # noqa: FBT001 -- a slot
        self._sorted_by, self._descending = column, descending
        self._arrange()

    def _arrange(self) -> None:
        """Work out which rows are shown and in which order: at once while they are few, else beside the window."""
        records, text = self._records, self.filter.text().strip()
        by = self.model.columns[self._sorted_by] if self._sorted_by >= 0 else None
        work = partial(arranged, records, self.model.columns, text, by, descending=self._descending)
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if len(records) <= MOST_AT_ONCE or (not text and by is None):
            self._take(records, work())
            return

        def done(rows: NDArray[np.int64]) -> None:
            self._task = None
            if records is self._records:
                self._take(records, rows)

        self._task = self._session.run(lambda progress: work(progress=progress), _("Sorting"), done)

    def _take(self, records: Sequence[Record], rows: NDArray[np.int64]) -> None:
        self.model.show_records(records, rows)
        now, whole = f"{len(rows):,}", f"{len(records):,}"
        self._count.setText(now if len(rows) == len(records) else _("{n} of {total}").format(n=now, total=whole))

    def export_rows(self, path: Path | None = None) -> None:
        """Write the rows shown, in the order shown, but those that name an element marked secret."""
        target = path or ask_for_table(self, _("Export rows"), self._name)
        if target is None:
            return
        records, rows, columns = self.model.records, self.model.rows.tolist(), self.model.columns
        network, name = self._session.network, self._name
        headings = [column.title for column in columns]
        withheld = 0

        def cells(secret: frozenset[str]) -> Iterator[list[str]]:
            nonlocal withheld
            for row in rows:
                told = [column.text(records[row]) for column in columns]
                if secret and tells_of(told, secret):
                    withheld += 1
                else:
                    yield told

        def write(progress: Progress) -> tuple[int, int]:
            from pipemap.jobs.tables import Sheet, write_sheets

            secret = withheld_ids(network) if network is not None else frozenset()
            write_sheets([Sheet(name, headings, cells(secret), len(rows))], target, progress=progress)
            return len(rows) - withheld, withheld

        write_released(self._session, write, target)


def arranged(
    records: Sequence[Record],
    columns: Sequence[Column[Record]],
    text: str,
    by: Column[Record] | None,
    *,
    descending: bool = False,
    progress: Progress = SILENT,
) -> NDArray[np.int64]:
    """Return the rows of the records that hold a text in one of the columns, sorted by one of them; equal ones as they came."""
    rows = np.arange(len(records))
    if text:
        wanted = text.casefold()
        kept = []
        for row, record in enumerate(records):
            if row % REPORT_EVERY == 0:
                progress(row, len(records))
            if any(wanted in column.text(record).casefold() for column in columns):
                kept.append(row)
        rows = np.array(kept, dtype=np.int64)
    if by is None:
        return rows
    key, keys = by.key or by.text, []
    for number, row in enumerate(rows.tolist()):
        if number % REPORT_EVERY == 0:
            progress(number, len(rows))
        keys.append(key(records[row]))
    order = sorted(range(len(keys)), key=keys.__getitem__, reverse=descending)
    return rows[np.array(order, dtype=np.int64)]
