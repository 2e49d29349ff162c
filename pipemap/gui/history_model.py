"""The history as rows of a table: read a page at a time, newest first, however long it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QWidget

from pipemap.gui import theme
from pipemap.gui.words import moment
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.store import Entry

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ((N_("No."), 52), (N_("When"), 172), (N_("What"), 260), (N_("Who"), 84), (N_("Rows"), 64), (N_("State"), 110))
SPARED = (4, 5)
"""Columns that a narrow list leaves out: the details tell them too."""
_NUMBERS = frozenset({0, 4})
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class HistoryModel(QAbstractTableModel):
    """Entries read so far; asks for more when the table is scrolled to their end."""

    more_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self.total = 0

    def start(self, total: int, entries: Sequence[Entry]) -> None:
        """Show other entries: the first page of ``total``."""
        self.beginResetModel()
        self.entries, self.total = list(entries), total
        self.endResetModel()

    def add(self, entries: Sequence[Entry]) -> None:
        """Show a further page below."""
        if not entries:
            self.total = len(self.entries)
            return
        first = len(self.entries)
        self.beginInsertRows(QModelIndex(), first, first + len(entries) - 1)
        self.entries += entries
        self.endInsertRows()

    def canFetchMore(self, parent: Index) -> bool:
        """Whether there are older entries."""
        return not parent.isValid() and len(self.entries) < self.total

    def fetchMore(self, parent: Index) -> None:
        """Ask for them."""
        if self.canFetchMore(parent):
            self.more_wanted.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own default
        """How many are read."""
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 -- Qt's own
        """Text or colour of a cell."""
        entry = self.entries[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return _cells(entry)[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in _NUMBERS:
            return _RIGHT
        if role == Qt.ItemDataRole.ForegroundRole and entry.undone:
            return theme.colour("text_2")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Heading of a column."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _(COLUMNS[section][0])
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole and section in _NUMBERS:
            return _RIGHT
        return None


def _cells(entry: Entry) -> tuple[str, ...]:
    state = _("Taken back") if entry.undone else ""
    if entry.undoes is not None:
        state = _("Takes back {n}").format(n=entry.undoes)
    return (str(entry.id), moment_of(entry), entry.label, entry.author, f"{entry.rows:,}", state)


def moment_of(entry: Entry) -> str:
    """When a Change was made, in local time as a person reads it."""
    from datetime import datetime

    try:
        local = datetime.fromisoformat(entry.time).astimezone().isoformat()
    except ValueError:
        local = entry.time
    return moment(local)
