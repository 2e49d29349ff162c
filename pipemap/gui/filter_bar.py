"""Conditions above a table, each a chip in the row below that can be taken away again."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QToolTip, QWidget

from pipemap.gui.columns import choosable
from pipemap.gui.icons import icon
from pipemap.gui.parts import tool_button
from pipemap.model.fields import Field, Layer, fields, values
from pipemap.model.wording import heading, shown
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.model.network import Network
    from pipemap.store import Condition
    from pipemap.store.query import Operator

OPERATORS: dict[Operator, str] = {
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
_FOR_TEXT: tuple[Operator, ...] = ("contains", "=", "!=", "is-empty", "not-empty")
_FOR_CHOICE: tuple[Operator, ...] = ("=", "!=", "is-empty", "not-empty")
_FOR_NUMBER: tuple[Operator, ...] = ("=", "!=", "<", "<=", ">", ">=", "is-empty", "not-empty")
_IN_NETWORK = {
    "node": {"category": "node_category", "kind": "node_kind", "appurtenance": "node_appurtenance", "feature": "node_feature"},
    "pipe": {"category": "pipe_category", "kind": "pipe_kind", "material": "pipe_material", "burial": "pipe_burial"},
}


class FilterBar(QWidget):
    """Choose a column, a comparison and a value; Enter adds the condition. Conditions hold together (and)."""

    changed = Signal()

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self._layer: Layer = layer
        self._network: Network | None = None
        self._conditions: list[Condition] = []
        self.column, self.operator, self.value, self.choice = QComboBox(), QComboBox(), QLineEdit(), QComboBox()
        for name in choosable(layer):
            self.column.addItem(heading(fields(layer)[name]), name)
        self.column.setMaxVisibleItems(20)
        self._dress()
        self.value.returnPressed.connect(self.add)
        self.choice.activated.connect(lambda _place: self.add())
        self.column.currentIndexChanged.connect(self._suit_column)
        self.operator.currentIndexChanged.connect(self._suit_value)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        plus = tool_button("plus", _("Add this condition"), self.add)
        for part in (self.column, self.operator, self.value, self.choice, plus):
            self._row.addWidget(part)
        self._row.addStretch(1)
        self.chips = QWidget()
        self.chips.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._chip_row = QHBoxLayout(self.chips)
        self._chip_row.setContentsMargins(8, 0, 8, 4)
        self._chip_row.setSpacing(4)
        self._chip_row.addStretch(1)
        self.chips.hide()
        self._chips: list[QPushButton] = []
        self._suit_column()

    def _dress(self) -> None:
        for part, name, width in (
            (self.column, _("Column to filter by"), 140),
            (self.operator, _("Comparison"), 104),
            (self.value, _("Value to filter by"), 168),
            (self.choice, _("Value to filter by"), 168),
        ):
            part.setAccessibleName(name)
            part.setToolTip(name)
            part.setFixedWidth(width)
        self.column.view().setMinimumWidth(240)
        self.choice.view().setMinimumWidth(240)
        self.value.setPlaceholderText(_("Value, then Enter"))
        self.value.setClearButtonEnabled(True)
        self.choice.setEditable(True)
        self.choice.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = self.choice.completer()
        if completer is not None:
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the fields."""
        return QSize(440, super().minimumSizeHint().height())

    def conditions(self) -> list[Condition]:
        """What rows must fulfil, all of it."""
        return list(self._conditions)

    def show_network(self, network: Network | None) -> None:
        """Offer the values that this network holds."""
        self._network = network
        self._suit_column()

    def add(self) -> None:
        """Add the condition that stands in the fields."""
        from pipemap.store import Condition

        operator: Operator = self.operator.currentData()
        value = self._wanted() if operator not in _WITHOUT_VALUE else None
        if value == "":
            return
        if value is not None and self._field().type in ("int", "real") and not self._is_choice() and not _is_number(value):
            words = _("“{name}” is compared with a number.").format(name=self._field().label)
            QToolTip.showText(self.value.mapToGlobal(QPoint(0, self.value.height())), words, self.value)
            self.value.selectAll()
            return
        condition = Condition(self._field().name, operator, value)
        self.value.clear()
        self.choice.setCurrentIndex(-1)
        if condition not in self._conditions:
            self._conditions.append(condition)
            self._show()

    def remove(self, number: int) -> None:
        """Take one condition away."""
        del self._conditions[number]
        self._show()

    def clear(self) -> None:
        """Take every condition away."""
        self._conditions.clear()
        self._show()

    def _field(self) -> Field:
        return fields(self._layer)[str(self.column.currentData())]

    def _wanted(self) -> str:
        if not self._is_choice():
            return self.value.text().strip()
        text = self.choice.currentText().strip()
        place = self.choice.findText(text, Qt.MatchFlag.MatchFixedString)
        return str(self.choice.itemData(place)) if place >= 0 else text

    def _is_choice(self) -> bool:
        return self.choice.count() > 0

    def _suit_column(self) -> None:
        """Other columns are compared in other ways, some with a list of values."""
        field, before = self._field(), self.operator.currentData()
        self.choice.clear()
        for name, value in self._choices(field):
            self.choice.addItem(name, value)
        self.choice.setCurrentIndex(-1)
        fitting = _FOR_CHOICE if self._is_choice() else _FOR_NUMBER if field.type in ("int", "real") else _FOR_TEXT
        self.operator.blockSignals(True)
        self.operator.clear()
        for operator in fitting:
            self.operator.addItem(_(OPERATORS[operator]), operator)
        self.operator.setCurrentIndex(max(0, self.operator.findData(before)))
        self.operator.blockSignals(False)
        self._suit_value()

    def _choices(self, field: Field) -> list[tuple[str, str]]:
        """What is shown and what is compared, where a column holds one of a few values."""
        network = self._network
        if field.type == "bool":
            return [(_("Yes"), "1"), (_("No"), "0")]
        if field.values == "batch":
            return [] if network is None else [(name, str(number)) for number, name in network.batch_names.items()]
        attribute = _IN_NETWORK[self._layer].get(field.name)
        if attribute is not None:
            there = () if network is None else getattr(network, attribute).values
            return sorted((shown(field, value), value) for value in there if value)
        return [(row.label, value) for value, row in values(field.values).items()] if field.values else []

    def _suit_value(self) -> None:
        wanted = self.operator.currentData() not in _WITHOUT_VALUE
        self.value.setVisible(not self._is_choice())
        self.choice.setVisible(self._is_choice())
        self.value.setEnabled(wanted)
        self.choice.setEnabled(wanted)

    def _words(self, condition: Condition) -> str:
        field = fields(self._layer)[condition.column]
        names = {value: name for name, value in self._choices(field)}
        value = "" if condition.value is None else names.get(str(condition.value), str(condition.value))
        return " ".join(word for word in (field.label, _(OPERATORS[condition.op]), value) if word)

    def _show(self) -> None:
        for chip in self._chips:
            self._chip_row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = []
        for number, condition in enumerate(self._conditions):
            chip = QPushButton(self._words(condition))
            chip.setIcon(icon("x"))
            chip.setProperty("chip", True)
            chip.setMaximumWidth(280)
            chip.setToolTip(_("{condition}: take it away").format(condition=chip.text()))
            chip.clicked.connect(partial(self.remove, number))
            self._chip_row.insertWidget(number, chip)
            self._chips.append(chip)
        self.chips.setVisible(bool(self._chips))
        self.changed.emit()


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
