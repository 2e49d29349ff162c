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
from pipemap.model.fields import Field, Layer
from pipemap.model.wording import heading, shown

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

    @property
    def fids(self) -> NDArray[np.int64]:
        """Keys of the rows, in order."""
        return self.order.fids

    def show_rows(self, survey: Survey | None, order: Order, columns: list[Field], batches: Mapping[int, str]) -> None:
        """Show these elements in this order, with these columns; ``batches`` are their names."""
        self.beginResetModel()
        self._survey, self.order, self.columns, self._batches = survey, order, columns, batches
        self._pages.clear()
        self.endResetModel()

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
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            value = self._value(index)
            return self._batches.get(value, "") if field.values == "batch" else shown(field, value)
        if role == Qt.ItemDataRole.DecorationRole and field.values == "category":
            code = self._value(index)
            return category_icon(code, dark=theme.is_dark()) if code else None
        return None

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
