"""The elements of a comparison as the rows of a table: as many as there are, each written only when it is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from pipemap.gui import theme
from pipemap.model.comparison import REASONS, Choice, Comparison, Decisions, LayerComparison, Standing
from pipemap.model.comparison_words import choice_title, field_title, value_text
from pipemap.model.fields import LAYERS
from pipemap.model.records import table_title
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = (N_("Id"), N_("Kind"), N_("What differs"), N_("Recognised by"), N_("How sure"), N_("Choice"))
CHOICE_COLUMN = len(COLUMNS) - 1
Index = QModelIndex | QPersistentModelIndex


class ComparisonRows(QAbstractTableModel):
    """The elements of one standing, nodes before pipes and these before other rows."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.comparison = Comparison(())
        self.decisions = Decisions()
        self.standing: Standing = "conflict"
        self._layer = np.empty(0, dtype=np.int8)
        self._row = np.empty(0, dtype=np.int64)

    def show_rows(self, comparison: Comparison, decisions: Decisions, standing: Standing, text: str = "") -> None:
        """Show the elements that stand so and whose id has this text in it."""
        self.beginResetModel()
        self.comparison, self.decisions, self.standing = comparison, decisions, standing
        found = [_matching(layer, layer.rows_of(standing), text) for layer in comparison.layers]
        self._layer = np.repeat(np.arange(len(found), dtype=np.int8), [len(rows) for rows in found])
        self._row = np.concatenate([np.empty(0, np.int64), *found])
        self.endResetModel()

    def decide(self, decisions: Decisions) -> None:
        """Show other choices of the same elements."""
        self.decisions = decisions
        if len(self._row):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._row) - 1, CHOICE_COLUMN))

    def at(self, place: int) -> tuple[LayerComparison, int]:
        """Return the layer and the row of an element."""
        return self.comparison.layers[self._layer[place]], int(self._row[place])

    # -- what a view asks ------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- as Qt declares it
        """How many elements there are."""
        return 0 if parent.isValid() else len(self._row)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- as Qt declares it
        """How many columns there are."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Title of a column."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _(COLUMNS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Text of a cell."""
        layer, row = self.at(index.row())
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return self._text(layer, row, index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == CHOICE_COLUMN and not self._is_named(layer, row):
            return theme.colour("text_2")
        return None

    def _text(self, layer: LayerComparison, row: int, column: int) -> str:
        if column == 0:
            return str(layer.ids[row].as_py() or f"#{layer.fid[row]}")
        if column == 1:
            return table_title(layer.layer)
        if column == 2:  # noqa: PLR2004 -- the columns above
            return self._differences(layer, row)
        if column == 3:  # noqa: PLR2004
            return _(REASONS[layer.reason[row]]) if layer.reason[row] else ""
        if column == 4:  # noqa: PLR2004
            return f"{layer.confidence[row]:.0%}" if layer.reason[row] else ""
        return self._choice(layer, row)

    def _differences(self, layer: LayerComparison, row: int) -> str:
        if layer.deleted[row]:
            return _("Deleted by hand, and delivered again") if layer.layer in LAYERS else _("Removed here, and edited there")
        shown = [
            f"{field_title(one, layer)}: {self._value(one.ours[0].as_py(), one)} → {self._value(one.theirs[0].as_py(), one)}"
            for one in layer.of(row)
        ]
        return " · ".join(shown)

    def _value(self, value: object, one: Any) -> str:  # noqa: ANN401 -- a difference
        return value_text(value, one, self.comparison) or "–"

    def _choice(self, layer: LayerComparison, row: int) -> str:
        if self.standing == "same":
            return ""
        key = layer.key(row)
        if any(named == key for named, _name in self.decisions.fields):
            return _("Field by field")
        return choice_title(self.standing, self.decisions.of_element(layer, row))

    def _is_named(self, layer: LayerComparison, row: int) -> bool:
        """Whether something was chosen for this element alone."""
        key = layer.key(row)
        return key in self.decisions.elements or any(named == key for named, _name in self.decisions.fields)


def _matching(layer: LayerComparison, rows: NDArray[np.int64], text: str) -> NDArray[np.int64]:
    if not text:
        return rows
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.fill_null(pc.match_substring(layer.ids.take(pa.array(rows)), text, ignore_case=True), False)
    kept: NDArray[np.int64] = rows[found.to_numpy(zero_copy_only=False)]
    return kept


def with_choice(decisions: Decisions, elements: list[tuple[LayerComparison, int]], choice: Choice | None) -> Decisions:
    """Return the choices with one for some elements, or without any of theirs: then they are as their group."""
    keys = {layer.key(row) for layer, row in elements}
    named = {key: value for key, value in decisions.elements.items() if key not in keys}
    fields = {both: value for both, value in decisions.fields.items() if both[0] not in keys}
    if choice is not None:
        named |= dict.fromkeys(keys, choice)
    return Decisions(decisions.groups, named, fields)
