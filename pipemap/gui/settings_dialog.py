"""Settings: one row of the table a control; each takes effect at once, so there is nothing to confirm."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.commands import Context
from pipemap.gui.parts import button, label
from pipemap.settings import SETTINGS, Setting, Settings
from pipemap.texts import _

_CONTROL = 220


class SettingsDialog(QDialog):
    """Stays open beside the window."""

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings = settings
        self._controls: dict[str, QWidget] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._page = QWidget()
        self._fill()

    def _fill(self) -> None:
        self.setWindowTitle(_("Settings"))
        self._page.deleteLater()
        self._page = QWidget()
        column = QVBoxLayout(self._page)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(20)
        for group, rows in groupby(SETTINGS, key=lambda row: row.group):
            column.addLayout(self._make_group(group, list(rows)))
        column.addStretch(1)
        foot = QHBoxLayout()
        foot.addWidget(button(_("Restore defaults"), self._restore, quiet=True))
        foot.addStretch(1)
        close = button(_("Close"), self.close)
        close.setDefault(True)
        foot.addWidget(close)
        column.addLayout(foot)
        whole = self.layout()
        assert whole is not None  # noqa: S101 -- made by the constructor
        whole.addWidget(self._page)

    def _fill_again(self) -> None:
        self._fill()
        self.adjustSize()
        self._controls["language"].setFocus()

    def write_anew(self) -> None:
        """Write every text in the language that was just chosen."""
        QTimer.singleShot(0, self, self._fill_again)  # not from within the control that was used

    @classmethod
    def open_for(cls, context: Context) -> SettingsDialog:
        """Open it, or bring the open one to the front."""
        found = context.window.findChild(cls)
        made = found or cls(context.session.settings, context.window)
        if found is None:
            context.session.language_changed.connect(made.write_anew)
        made.show()
        made.raise_()
        made.activateWindow()
        return made

    def control(self, name: str) -> QWidget:
        """The control of a setting."""
        return self._controls[name]

    def _make_group(self, group: str, rows: list[Setting]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(label(_(group), "heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(0, 1)
        for place, row in enumerate(rows):
            words = QVBoxLayout()
            words.setSpacing(0)
            words.addWidget(label(_(row.label)))
            if row.help:
                words.addWidget(label(_(row.help), "small", wrap=True))
            control = _MAKERS[row.type](row, self._settings)
            control.setAccessibleName(_(row.label))
            control.setAccessibleDescription(_(row.help))
            control.setFixedWidth(_CONTROL)
            self._controls[row.name] = control
            grid.addLayout(words, place, 0)
            grid.addWidget(control, place, 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(grid)
        return column

    def _restore(self) -> None:
        for row in SETTINGS:
            self._settings.set(row.name, row.default)
            _show(self._controls[row.name], row.default)


def _choice(row: Setting, settings: Settings) -> QWidget:
    made = QComboBox()
    for value, title in row.choices:
        made.addItem(_(title), value)
    _show(made, settings.value(row.name))
    made.activated.connect(lambda _place: settings.set(row.name, made.currentData()))
    return made


def _number(row: Setting, settings: Settings) -> QWidget:
    made = QDoubleSpinBox()
    made.setRange(row.low, row.high)
    made.setSingleStep(row.step)
    made.setDecimals(2 if row.step < 0.1 else 1)  # noqa: PLR2004 -- as fine as the step
    made.setSuffix(f" {row.unit}" if row.unit else "")
    made.setKeyboardTracking(False)
    _show(made, settings.value(row.name))
    made.valueChanged.connect(lambda value: settings.set(row.name, round(value, 4)))
    return made


def _text(row: Setting, settings: Settings) -> QWidget:
    made = QLineEdit()
    _show(made, settings.value(row.name))
    made.editingFinished.connect(lambda: settings.set(row.name, made.text().strip()))
    return made


def _switch(row: Setting, settings: Settings) -> QWidget:
    made = QCheckBox(_("On"))
    _show(made, settings.value(row.name))
    made.toggled.connect(lambda on: settings.set(row.name, on))
    return made


def _show(control: QWidget, value: object) -> None:
    if isinstance(control, QComboBox):
        control.setCurrentIndex(control.findData(value))
    elif isinstance(control, QDoubleSpinBox):
        control.setValue(float(str(value)))
    elif isinstance(control, QCheckBox):
        control.setChecked(bool(value))
    elif isinstance(control, QLineEdit):
        control.setText(str(value))


_MAKERS: dict[str, Callable[[Setting, Settings], QWidget]] = {
    "choice": _choice,
    "number": _number,
    "text": _text,
    "switch": _switch,
}
