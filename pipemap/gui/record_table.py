"""A table of records that are in memory: problems, history. Sorted by a click on a heading, filtered by a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLineEdit, QTableView, QVBoxLayout, QWidget

from pipemap.gui import theme
from pipemap.gui.exporting import ask_for_table, write_table
from pipemap.gui.parts import label, tool_button
from pipemap.model.release import tells_of, withheld_ids
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.progress import Progress

Record = TypeVar("Record")
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
    """Records as rows."""

    def __init__(self, columns: Sequence[Column[Record]], parent: QWidget, quiet: Callable[[Record], bool] | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._quiet = quiet
        self.records: Sequence[Record] = ()

    def show_records(self, records: Sequence[Record]) -> None:
        """Show other records."""
        self.beginResetModel()
        self.records = records
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own default
        """How many records."""
        return 0 if parent.isValid() else len(self.records)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 -- Qt's own
        """Text, icon or sort key of a cell."""
        column, record = self.columns[index.column()], self.records[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return column.text(record)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNED[column.right]
        if role == Qt.ItemDataRole.DecorationRole and column.icon is not None:
            return column.icon(record)
        if role == Qt.ItemDataRole.ForegroundRole and self._quiet is not None and self._quiet(record):
            return theme.colour("text_2")
        if role == Qt.ItemDataRole.UserRole:
            return (column.key or column.text)(record)
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
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self.model)
        self._proxy.setSortRole(Qt.ItemDataRole.UserRole)
        self._proxy.setFilterKeyColumn(-1)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(_("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(240)
        self.filter.setAccessibleName(_("Filter"))
        self.filter.textChanged.connect(self._proxy.setFilterFixedString)
        self.filter.textChanged.connect(self._count_rows)
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
        view.setModel(self._proxy)
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
        view.clicked.connect(lambda index: self.chosen.emit(self._record(index)))
        view.activated.connect(lambda index: self.activated.emit(self._record(index)))
        return view

    def show_records(self, records: Sequence[Record]) -> None:
        """Show other records; filter and order stay."""
        self.model.show_records(records)
        self._count_rows()

    def export_rows(self, path: Path | None = None) -> None:
        """Write the rows shown, in the order shown, but those that name an element marked secret."""
        target = path or ask_for_table(self, _("Export rows"), self._name)
        if target is None:
            return
        shown = [
            [self._proxy.index(row, column).data() for column in range(self._proxy.columnCount())]
            for row in range(self._proxy.rowCount())
        ]
        network = self._session.network
        secret = withheld_ids(network) if network is not None else frozenset()
        rows = [row for row in shown if not tells_of(row, secret)]
        headings = [column.title for column in self.model.columns]

        def write(_progress: Progress) -> Path:
            from pipemap.jobs.tables import Sheet, write_sheets

            return write_sheets([Sheet(self._name, headings, rows)], target)

        write_table(self._session, write, target, rows=len(rows), withheld=len(shown) - len(rows))

    def _record(self, index: QModelIndex) -> Record:
        return self.model.records[self._proxy.mapToSource(index).row()]

    def _count_rows(self) -> None:
        all_rows, now = self.model.rowCount(), self._proxy.rowCount()
        self._count.setText(f"{now:,}" if now == all_rows else _("{n} of {total}").format(n=f"{now:,}", total=f"{all_rows:,}"))
