"""The rows of an attribute table: read from the database a page at a time, as they come into view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QItemSelectionRange, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from pipemap.gui import theme
from pipemap.gui.swatches import category_icon
from pipemap.model.fields import Field, Layer
from pipemap.model.wording import heading, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.store import Survey

PAGE = 200
"""Rows fetched at a time: a little more than a tall window shows."""

Index = QModelIndex | QPersistentModelIndex


class ElementModel(QAbstractTableModel):
    """Rows by position in an order of fids; only pages that were looked at are in memory."""

    def __init__(self, layer: Layer, parent: QWidget) -> None:
        super().__init__(parent)
        self.layer: Layer = layer
        self.columns: list[Field] = []
        self.fids: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._survey: Survey | None = None
        self._pages: dict[int, list[tuple[Any, ...]]] = {}
        self._batches: Mapping[int, str] = {}
        self._sorted: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

    def show_rows(self, survey: Survey | None, fids: NDArray[np.int64], columns: list[Field], batches: Mapping[int, str]) -> None:
        """Show these elements in this order, with these columns; ``batches`` are their names."""
        self.beginResetModel()
        self._survey, self.fids, self.columns, self._batches = survey, fids, columns, batches
        self._pages.clear()
        self._sorted = None
        self.endResetModel()

    def places(self, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows in which these elements stand, sorted; elements that the filter holds back have none."""
        if self._sorted is None:
            order = np.argsort(self.fids, kind="stable")
            self._sorted = order, self.fids[order]
        order, keys = self._sorted
        if not len(keys) or not len(wanted):
            return np.empty(0, dtype=np.int64)
        found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        there: NDArray[np.int64] = np.sort(order[found[keys[found] == wanted]])
        return there

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
