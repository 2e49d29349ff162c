"""The small strip over the map in which the running mode of editing takes what is typed: a place, attributes, depths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from pipemap import catalog
from pipemap.gui.parts import label
from pipemap.model.fields import fields, values
from pipemap.model.wording import category_label, heading
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.editor import Editor
    from pipemap.gui.session import Session
    from pipemap.model.fields import Layer
    from pipemap.model.network import Network

CELL = 84
"""Pixels that a field takes, with its gap."""

LEGEND = 124
"""Pixels at the upper left that the folded legend takes."""

POINT = "point"
"""The field in which a place is typed; it is no attribute."""


@dataclass(frozen=True, slots=True)
class StripField:
    """One field of the strip; ``hint`` stands in it while it is empty, ``wide`` gives it twice the room."""

    name: str
    layer: Layer = "pipe"
    hint: str = ""
    choices: Literal["", "category", "appurtenance", "feature", "list"] = ""
    wide: bool = False


PLACE = StripField(POINT, hint=N_("12.5@90 or E,N"), wide=True)
_CATEGORY = StripField("category", hint=N_("auto"), choices="category")
_APPURTENANCE = StripField("appurtenance", "node", choices="appurtenance")
_FEATURE = StripField("feature", "node", choices="feature")
_NEIGHBOUR = N_("auto")

FIELDS: dict[str, tuple[StripField, ...]] = {
    "draw": (
        PLACE,
        _CATEGORY,
        StripField("diameter_mm"),
        StripField("material"),
        StripField("from_depth", hint=_NEIGHBOUR),
        StripField("to_depth", hint=_NEIGHBOUR),
    ),
    "node": (PLACE, _CATEGORY, _FEATURE, _APPURTENANCE, StripField("ground", "node", hint=N_("auto"))),
    "insert": (_APPURTENANCE, _FEATURE, StripField("state", "node", choices="list")),
    "replace": (StripField("diameter_mm"), StripField("material"), StripField("built")),
    "type": (_FEATURE, _APPURTENANCE),
    "move": (PLACE,),
    "extend": (PLACE,),
}
"""Mode → what can be typed in it."""


class EditStrip(QFrame):
    """Fields side by side, as many in a row as the map has room for."""

    typed = Signal(str)
    """A place was typed and Enter pressed."""
    entered = Signal()
    """Enter was pressed in another field."""

    def __init__(self, session: Session, editor: Editor, over: QWidget) -> None:
        super().__init__(over)
        self._session, self._editor, self._over = session, editor, over
        self.setObjectName("card")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 6, 12, 8)
        self._grid.setSpacing(6)
        self._mode = ""
        self._cells: list[tuple[QWidget, int]] = []
        self._inputs: dict[str, QLineEdit | QComboBox] = {}
        self.hide()

    def show_mode(self, mode: str) -> None:
        """Show the fields of a mode; none: hide."""
        for cell, _span in self._cells:
            self._grid.removeWidget(cell)
            cell.deleteLater()
        self._cells, self._inputs, self._mode = [], {}, mode
        for field in FIELDS.get(mode, ()):
            self._cells.append((self._cell(field), 2 if field.wide else 1))
        self.setVisible(bool(self._cells))
        self.settle()

    def settle(self) -> None:
        """Stand at the upper right, clear of the folded legend, in as many rows as it takes."""
        if not self._cells:
            return
        room = max(2, (self._over.width() - LEGEND - 36) // CELL)
        row = column = 0
        for cell, span in self._cells:
            if column and column + span > room:
                row, column = row + 1, 0
            self._grid.addWidget(cell, row, column, 1, span)
            cell.show()
            column += span
        self._grid.activate()
        self.adjustSize()
        self.resize(self.sizeHint())
        self.move(max(12, self._over.width() - self.width() - 12), 12)
        self.raise_()

    def values(self) -> dict[str, str]:
        """What is typed, by field; empty fields are left out."""
        found = {name: _text_of(widget) for name, widget in self._inputs.items() if name != POINT}
        return {name: text for name, text in found.items() if text}

    def begin_typing(self, text: str) -> bool:
        """Go on in the field for places with what was typed on the map. Return whether there is one."""
        field = self._inputs.get(POINT)
        if not isinstance(field, QLineEdit):
            return False
        field.setFocus()
        field.setText(text)
        return True

    def forget(self, *names: str) -> None:
        """Empty fields that hold for one element only."""
        for name in names:
            field = self._inputs.get(name)
            if isinstance(field, QLineEdit):
                field.clear()

    def clear_place(self) -> None:
        """Forget the place that was typed, and give the keys back to the map."""
        field = self._inputs.get(POINT)
        if isinstance(field, QLineEdit):
            field.clear()
        self._over.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter takes what is typed, Esc goes back to the map."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self._over.setFocus()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if watched is self._inputs.get(POINT) and isinstance(watched, QLineEdit) and watched.text().strip():
                    self.typed.emit(watched.text())
                else:
                    self.entered.emit()
                return True
        return False

    def _cell(self, field: StripField) -> QWidget:
        cell = QWidget()
        column = QVBoxLayout(cell)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        title = _("Next place") if field.name == POINT else heading(fields(field.layer)[field.name])
        made = self._input(field)
        made.setAccessibleName(title)
        made.setFixedWidth((2 if field.wide else 1) * CELL - 6)
        made.installEventFilter(self)
        if field.hint and field.name != POINT:
            made.setToolTip(_("Empty: as the neighbour there, or the map, has it."))
        column.addWidget(label(title, "small"))
        column.addWidget(made)
        self._inputs[field.name] = made
        return cell

    def _input(self, field: StripField) -> QLineEdit | QComboBox:
        kept = self._editor.values.get(self._kept(field), "")
        if not field.choices:
            line = QLineEdit("" if field.name == POINT else kept)
            line.setPlaceholderText(_(field.hint) if field.hint else "")
            if field.name != POINT:
                line.textChanged.connect(self._keeper(self._kept(field)))
            return line
        combo = QComboBox()
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.addItem(_(field.hint) if field.hint else "", "")
        for value, words in _choices(field, self._session.network):
            combo.addItem(words, value)
        combo.view().setMinimumWidth(200)
        combo.setEditable(field.choices in {"appurtenance", "feature"})
        at = combo.findData(kept)
        combo.setCurrentIndex(max(at, 0))
        if at < 0 and combo.isEditable():
            combo.setEditText(kept)
        keep = self._keeper(self._kept(field))
        combo.currentTextChanged.connect(lambda _text: keep(_text_of(combo)))
        return combo

    def _kept(self, field: StripField) -> str:
        """What a value is remembered as: sizes and materials for all modes, what a node is for this one."""
        return f"{self._mode}.{field.name}" if field.layer == "node" else field.name

    def _keeper(self, name: str) -> Callable[[str], None]:
        def keep(text: str) -> None:
            self._editor.values[name] = text.strip()

        return keep


def _text_of(widget: QLineEdit | QComboBox) -> str:
    if isinstance(widget, QLineEdit):
        return widget.text().strip()
    if widget.isEditable() and widget.currentText() != widget.itemText(widget.currentIndex()):
        return widget.currentText().strip()
    return str(widget.currentData() or "")


def _choices(field: StripField, network: Network | None) -> list[tuple[str, str]]:
    if field.choices == "list":
        listed = values(fields(field.layer)[field.name].values)
        return [(value, entry.label) for value, entry in listed.items()]
    codes = sorted({code for code in network.pipe_category.values if code}) if network is not None else []
    if field.choices == "category":
        return [(code, category_label(code)) for code in codes]
    kind: Literal["appurtenance", "feature"] = "appurtenance" if field.choices == "appurtenance" else "feature"
    names = dict.fromkeys(name for code in codes for name in _point_names(code, kind))
    return [(name, _named(name)) for name in names]


def _point_names(code: str, kind: Literal["appurtenance", "feature"]) -> tuple[str, ...]:
    return catalog.point_names(code, kind) or catalog.point_names(catalog.major_of(code), kind)


def _named(name: str) -> str:
    """A name of the standard, with the word for it in the language on screen where that is another."""
    word = catalog.point_word(None, name)
    return f"{name} {word.label}" if word is not None and word.label != name else name
