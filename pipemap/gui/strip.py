"""Messages above the map: what went wrong or is to be decided, with a hint and details, never in the way."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from pipemap.gui.icons import icon
from pipemap.gui.parts import button, label, tool_button
from pipemap.gui.session import Message, Session
from pipemap.texts import _

MOST = 3
"""Messages seen at once; older ones give way."""


class MessageStrips(QWidget):
    """The newest messages, newest first."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        session.message.connect(self.show_message)
        session.survey_changed.connect(self._drop_notices)

    def show_message(self, message: Message) -> None:
        """Show a notice or an error; a message that stands already is shown once."""
        if message.level == "done":
            return
        for strip in self.strips():
            if strip.message.text == message.text:
                self.remove(strip)
        self._column.insertWidget(0, Strip(message, self))
        for strip in self.strips()[MOST:]:
            self.remove(strip)

    def strips(self) -> list[Strip]:
        """Newest first."""
        widgets = [item.widget() for place in range(self._column.count()) if (item := self._column.itemAt(place)) is not None]
        return [widget for widget in widgets if isinstance(widget, Strip)]

    def remove(self, strip: Strip) -> None:
        """Take one away."""
        self._column.removeWidget(strip)
        strip.hide()
        strip.deleteLater()

    def _drop_notices(self) -> None:
        for strip in self.strips():
            if strip.message.level == "notice":
                self.remove(strip)


class Strip(QFrame):
    """One message."""

    def __init__(self, message: Message, strips: MessageStrips) -> None:
        super().__init__()
        self.message = message
        is_error = message.level == "error"
        self.setObjectName("error" if is_error else "notice")
        self.setAccessibleName(message.text)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(12)
        picture = QLabel()
        picture.setPixmap(
            icon("warning-octagon" if is_error else "info", tint="error" if is_error else "warning").pixmap(QSize(20, 20))
        )
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(message.text, "strong", wrap=True, selectable=True))
        if message.hint:
            words.addWidget(label(message.hint, "quiet", wrap=True, selectable=True))
        row.addLayout(words, 1)
        self._add_buttons(row, strips)
        column.addLayout(row)
        self._details = self._add_details(column)

    def _add_buttons(self, row: QHBoxLayout, strips: MessageStrips) -> None:
        message, top = self.message, Qt.AlignmentFlag.AlignTop
        if message.on_action is not None:
            row.addWidget(button(message.action, lambda: self._act(strips)), 0, top)
        if message.details:
            row.addWidget(button(_("Details"), self._toggle_details, quiet=True), 0, top)
            row.addWidget(button(_("Copy"), self._copy, quiet=True), 0, top)
        row.addWidget(tool_button("x", _("Close message"), lambda: strips.remove(self)), 0, top)

    def _add_details(self, column: QVBoxLayout) -> QPlainTextEdit:
        details = QPlainTextEdit(self.message.details)
        details.setReadOnly(True)
        details.setMaximumHeight(160)
        details.setAccessibleName(_("Details"))
        details.hide()
        column.addWidget(details)
        return details

    def _act(self, strips: MessageStrips) -> None:
        strips.remove(self)
        if self.message.on_action is not None:
            self.message.on_action()

    def _toggle_details(self) -> None:
        self._details.setVisible(self._details.isHidden())

    def _copy(self) -> None:
        parts = (self.message.text, self.message.hint, self.message.details)
        QGuiApplication.clipboard().setText("\n".join(part for part in parts if part))
