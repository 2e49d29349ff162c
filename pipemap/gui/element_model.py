"""The rows of an attribute table: read from the database a page at a time, as they come into view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QItemSelectionRange, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from pipemap.gui import theme
from pipemap.gui.swatches import category_icon
from pipemap.model.entry import refusal_of, typed
from pipemap.model.fields import Field, Layer
from pipemap.model.wording import heading, shown
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store import Survey

PAGE = 200
"""Rows fetched at a time: a little more than a tall window shows."""

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, eq=False)
class Order:
    """Elements in the order of a table, and where each row of the network stands in it.

    Attributes
    ----------
    fids
        int64: keys, in order.
    rows
        int64: rows of the network, −1 for one that it does not hold.
    places
        int32, one a row of the network: its place in the order, −1 where the filter holds it back.
    """

    fids: NDArray[np.int64]
    rows: NDArray[np.int64]
    places: NDArray[np.int32]

    @classmethod
    def of(cls, fids: NDArray[np.int64], known: NDArray[np.int64]) -> Order:
        """Look keys up among those of a network, which ascend."""
        rows = np.minimum(np.searchsorted(known, fids), max(0, len(known) - 1))
        there = known[rows] == fids if len(known) else np.zeros(len(fids), dtype=np.bool_)
        rows = np.where(there, rows, -1)
        places = np.full(len(known), -1, dtype=np.int32)
        places[rows[there]] = np.flatnonzero(there)
        return cls(fids, rows, places)

    def places_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Places at which rows of the network stand, sorted; those held back have none."""
        found = self.places[rows]
        return np.sort(found[found >= 0]).astype(np.int64)

    def rows_at(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of the network at these places."""
        found = self.rows[places]
        return found[found >= 0]


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that stands in a cell and is not stored: still being stored, or refused for a reason."""

    text: str
    reason: str = ""


NOTHING = Order(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))


class ElementModel(QAbstractTableModel):
    """Rows by position in an order of fids; only pages that were looked at are in memory."""

    def __init__(self, layer: Layer, parent: QWidget) -> None:
        super().__init__(parent)
        self.layer: Layer = layer
        self.columns: list[Field] = []
        self.order = NOTHING
        self._survey: Survey | None = None
        self._pages: dict[int, list[tuple[Any, ...]]] = {}
        self._batches: Mapping[int, str] = {}
        self.drafts: dict[tuple[int, str], Draft] = {}
        self.waiting = np.empty(0, dtype=np.int64)

    @property
    def fids(self) -> NDArray[np.int64]:
        """Keys of the rows, in order."""
        return self.order.fids

    def show_rows(self, survey: Survey | None, order: Order, columns: list[Field], batches: Mapping[int, str]) -> None:
        """Show these elements in this order, with these columns; ``batches`` are their names."""
        self.beginResetModel()
        self._survey, self.order, self.columns, self._batches = survey, order, columns, batches
        self._pages.clear()
        if survey is None:
            self.drafts.clear()
        self.endResetModel()

    def refresh(self, batches: Mapping[int, str]) -> None:
        """Read the values anew; rows and order stay, and so does what is being typed."""
        self._pages.clear()
        self._batches = batches
        self._tell_all()

    def set_draft(self, fid: int, name: str, draft: Draft | None) -> None:
        """Let a cell show a text that is not stored, or what is stored again."""
        if draft is None:
            self.drafts.pop((fid, name), None)
        else:
            self.drafts[fid, name] = draft
        self._tell_all()

    def _tell_all(self) -> None:
        if self.rowCount() and self.columnCount():
            self.dataChanged.emit(self.createIndex(0, 0), self.createIndex(self.rowCount() - 1, self.columnCount() - 1))

    def draft(self, index: Index) -> Draft | None:
        """The text of a cell that is not stored."""
        if not self.drafts:
            return None
        return self.drafts.get((int(self.fids[index.row()]), self.columns[index.column()].name))

    def reason(self, index: Index) -> str:
        """Why the text of a cell is refused; empty where it is not."""
        draft = self.draft(index)
        return draft.reason if draft is not None else ""

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Cells of a survey that can be changed are typed into, but for a few fields."""
        flags = super().flags(index)
        writable = self._survey is not None and not self._survey.read_only and index.isValid()
        return flags | Qt.ItemFlag.ItemIsEditable if writable and not refusal_of(self.columns[index.column()]) else flags

    def whole_rows(self, top: int, bottom: int, last: int) -> QItemSelectionRange:
        """Whole rows from ``top`` to ``bottom``, both included; ten thousand of them cost no more than they must."""
        return QItemSelectionRange(self.createIndex(top, 0), self.createIndex(bottom, last))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own default
        """How many elements the filter lets through."""
        return 0 if parent.isValid() else len(self.fids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns are chosen."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 -- Qt's own
        """Text, alignment or colour of a cell."""
        field = self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(field)
        draft = self.draft(index)
        if role == Qt.ItemDataRole.EditRole:
            return draft.text if draft is not None else typed(field, self._value(index))
        if role == Qt.ItemDataRole.ToolTipRole and draft is not None and draft.reason:
            return draft.reason
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = draft.text if draft is not None else self._shown(field, self._value(index))
            is_told = role == Qt.ItemDataRole.ToolTipRole and self.waits(index.row())
            return f"{text}\n{_('Waits for acceptance, in no trace')}".strip() if is_told else text
        if role == Qt.ItemDataRole.DecorationRole and field.values == "category":
            code = self._value(index)
            return category_icon(code, dark=theme.is_dark()) if code else None
        return theme.colour("warning") if role == Qt.ItemDataRole.ForegroundRole and self.waits(index.row()) else None

    def waits(self, row: int) -> bool:
        """Whether a row belongs to a batch that waits for acceptance."""
        at = int(np.searchsorted(self.waiting, self.fids[row])) if len(self.waiting) else 0
        return at < len(self.waiting) and bool(self.waiting[at] == self.fids[row])

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Name and unit of a column, aligned as its values are."""
        if orientation == Qt.Orientation.Vertical or section >= len(self.columns):
            return None
        field = self.columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(field)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return heading(field)
        return None

    def _shown(self, field: Field, value: Any) -> str:  # noqa: ANN401 -- whatever the database holds
        return self._batches.get(value, "") if field.values == "batch" else shown(field, value)

    def _value(self, index: Index) -> Any:  # noqa: ANN401 -- whatever the database holds
        return self._page(index.row())[index.row() % PAGE][index.column()]

    def _page(self, row: int) -> list[tuple[Any, ...]]:
        number = row // PAGE
        if number not in self._pages:
            assert self._survey is not None  # noqa: S101 -- there are no rows without a survey
            names = [field.name for field in self.columns]
            self._pages[number] = self._survey.rows(self.layer, self.fids[number * PAGE : (number + 1) * PAGE], names)
        return self._pages[number]


def _alignment(field: Field) -> int:
    right = field.type in ("int", "real") and field.values != "batch"
    return int((Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter)
