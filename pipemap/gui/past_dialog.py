"""Which date to look back to, or which two to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QCheckBox, QDateEdit, QDialog, QFormLayout, QHBoxLayout, QTimeEdit, QVBoxLayout, QWidget

from pipemap.gui.looking_back import compare, look_back
from pipemap.gui.parts import button, label
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context


class PastDialog(QDialog):
    """Stays beside the window until a date is chosen."""

    def __init__(self, context: Context, *, compares: bool) -> None:
        super().__init__(context.window)
        self._session, self._compares = context.session, compares
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Compare two dates") if compares else _("The survey as it was"))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        words = _("Everything is shown as it was then, for reading: map, tables, forms, search and traces.")
        if compares:
            words = _("What was added, removed and changed between two dates is coloured on the map and listed.")
        told = label(words, "quiet", wrap=True)
        told.setMinimumWidth(380)
        column.addWidget(told)
        form = QFormLayout()
        self.first = When(QDate.currentDate().addDays(-1))
        form.addRow(_("From") if compares else _("Date"), self.first)
        self.last = When(QDate.currentDate())
        self.now = QCheckBox(_("Now"))
        self.now.setChecked(True)
        self.now.toggled.connect(self.last.setDisabled)
        self.last.setDisabled(True)
        if compares:
            form.addRow(_("To"), self.last)
            form.addRow("", self.now)
        column.addLayout(form)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(button(_("Cancel"), self.close))
        self.act = button(_("Compare") if compares else _("Show"), self._act, primary=True)
        self.act.setDefault(True)
        foot.addWidget(self.act)
        column.addLayout(foot)

    def _act(self) -> None:
        if self._compares:
            compare(self._session, self.first.text(), "now" if self.now.isChecked() else self.last.text())
        else:
            look_back(self._session, self.first.text())
        self.close()


class When(QWidget):
    """A day, and a time of it where the end of the day is not meant."""

    def __init__(self, day: QDate) -> None:
        super().__init__()
        self.day = QDateEdit(day)
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setAccessibleName(_("Date"))
        self.at = QCheckBox(_("at"))
        self.time = QTimeEdit()
        self.time.setDisplayFormat("HH:mm")
        self.time.setAccessibleName(_("Time"))
        self.time.setDisabled(True)
        self.at.toggled.connect(self.time.setEnabled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self.day, self.at, self.time, label(_("(else the end of the day)"), "quiet")):
            row.addWidget(part)
        row.addStretch(1)

    def text(self) -> str:
        """The moment as :meth:`Survey.state` takes it."""
        day = self.day.date().toString("yyyy-MM-dd")
        return f"{day}T{self.time.time().toString('HH:mm')}" if self.at.isChecked() else day
