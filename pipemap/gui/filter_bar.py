"""Conditions above a table, each a chip that can be taken away again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QWidget

from pipemap.gui.icons import icon
from pipemap.gui.parts import tool_button
from pipemap.model.fields import Layer, fields
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.store import Condition

OPERATORS: dict[str, str] = {
    "contains": N_("contains"),
    "=": "=",
    "!=": "≠",
    "<": "<",
    "<=": "≤",
    ">": ">",
    ">=": "≥",
    "is-empty": N_("is empty"),
    "not-empty": N_("is not empty"),
}
"""How a column can be compared, as the database names it and as it is shown."""

_WITHOUT_VALUE = ("is-empty", "not-empty")


class FilterBar(QWidget):
    """Choose a column, a comparison and a value; Enter adds the condition. Conditions hold together (and)."""

    changed = Signal()

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self._layer: Layer = layer
        self._conditions: list[Condition] = []
        self.column, self.operator, self.value = QComboBox(), QComboBox(), QLineEdit()
        for field in fields(layer).values():
            self.column.addItem(field.label, field.name)
        for name, text in OPERATORS.items():
            self.operator.addItem(_(text), name)
        self.column.setAccessibleName(_("Column to filter by"))
        self.operator.setAccessibleName(_("Comparison"))
        self.value.setAccessibleName(_("Value to filter by"))
        self.value.setPlaceholderText(_("Filter: value, then Enter"))
        self.column.setMaximumWidth(150)
        self.operator.setMaximumWidth(110)
        self.value.setMaximumWidth(180)
        self.value.setClearButtonEnabled(True)
        self.value.returnPressed.connect(self.add)
        self.operator.currentIndexChanged.connect(self._suit_value)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        for part in (self.column, self.operator, self.value, tool_button("plus", _("Add this condition"), self.add)):
            self._row.addWidget(part)
        self._chips: list[QPushButton] = []
        self._row.addStretch(1)

    def conditions(self) -> list[Condition]:
        """What rows must fulfil, all of it."""
        return list(self._conditions)

    def add(self) -> None:
        """Add the condition that stands in the fields."""
        from pipemap.store import Condition

        operator = str(self.operator.currentData())
        value = None if operator in _WITHOUT_VALUE else self.value.text().strip()
        if value == "":
            return
        self._conditions.append(Condition(str(self.column.currentData()), operator, value))
        self.value.clear()
        self._show()

    def remove(self, number: int) -> None:
        """Take one condition away."""
        del self._conditions[number]
        self._show()

    def clear(self) -> None:
        """Take every condition away."""
        self._conditions.clear()
        self._show()

    def _suit_value(self) -> None:
        self.value.setEnabled(self.operator.currentData() not in _WITHOUT_VALUE)

    def _show(self) -> None:
        for chip in self._chips:
            self._row.removeWidget(chip)
            chip.deleteLater()
        self._chips = []
        for number, condition in enumerate(self._conditions):
            words = (fields(self._layer)[condition.column].label, _(OPERATORS[condition.op]), condition.value or "")
            chip = QPushButton(" ".join(str(word) for word in words).strip())
            chip.setIcon(icon("x"))
            chip.setProperty("chip", True)
            chip.setToolTip(_("Take this condition away"))
            chip.clicked.connect(partial(self.remove, number))
            self._row.insertWidget(4 + number, chip)
            self._chips.append(chip)
        self.changed.emit()
