"""Small widgets that several panels use, so that they look and behave the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.icons import icon

_UNBROKEN = re.compile(r"[!-\u024f]{24,}")
"""A word that no line breaks in; Chinese text breaks anywhere."""


def label(text: str, role: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A label in one of the style sheet's roles: title, heading, strong, quiet, small, caption.

    One that wraps is shortened instead where it is a single word so long that it would widen what it stands in.
    """
    made = ElidedLabel(text) if wrap and _UNBROKEN.fullmatch(text) else QLabel(text)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if selectable:
        by = Qt.TextInteractionFlag
        made.setTextInteractionFlags(by.TextSelectableByMouse | by.TextSelectableByKeyboard)
    return made


def button(
    text: str, on_click: Callable[[], object], *, primary: bool = False, quiet: bool = False, icon_name: str = ""
) -> QPushButton:
    """A push button; ``primary`` for the one thing most people want, ``quiet`` for one that looks like a link."""
    made = QPushButton(text)
    made.setProperty("primary", primary)
    made.setProperty("quiet", quiet)
    made.setAutoDefault(primary)  # else a dialog makes its first button the one that Enter presses
    if icon_name:
        token = "on_accent" if primary else "accent" if quiet else "text_2"
        made.setIcon(icon(icon_name, tint=token, active=token))
        made.setIconSize(QSize(16, 16))
    made.clicked.connect(lambda _checked=False: on_click())
    return made


def tool_button(icon_name: str, tip: str, on_click: Callable[[], object], *, size: int = 16) -> QToolButton:
    """A button that is an icon; ``tip`` also names it for a screen reader."""
    made = QToolButton()
    made.setIcon(icon(icon_name))
    made.setIconSize(QSize(size, size))
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    made.setAutoRaise(True)
    made.clicked.connect(lambda _checked=False: on_click())
    return made


def rule(*, vertical: bool = False) -> QFrame:
    """A hairline."""
    made = QFrame()
    made.setProperty("rule", "upright" if vertical else "true")
    return made


class ElidedLabel(QLabel):
    """A label that shortens its text with … where there is no room; the tooltip then has all of it."""

    def __init__(self, text: str = "", *, elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__(text)
        self._elide = elide

    def minimumSizeHint(self) -> QSize:
        """Narrow: it may be squeezed."""
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw what fits."""
        room = self.contentsRect()
        shown = QFontMetrics(self.font()).elidedText(self.text(), self._elide, room.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, int(self.alignment()), shown)
        painter.end()


class Segments(QFrame):
    """A few choices side by side of which one is on: plan or 3D, workspaces."""

    chosen = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str, str]], *, name: str) -> None:
        """``choices``: (value, title, tooltip)."""
        super().__init__()
        self.setObjectName("segments")
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        self._value: Callable[[], str] = str
        for value, title, tip in choices:
            part = QToolButton()
            part.setText(title)
            part.setToolTip(tip)
            part.setAccessibleName(tip)
            part.setCheckable(True)
            part.clicked.connect(lambda _on, value=value: self.chosen.emit(value))
            self._group.addButton(part)
            self._buttons[value] = part
            row.addWidget(part)

    def set_icons(self, names: Mapping[str, str]) -> None:
        """Give the choices icons, by value, to show instead of their words where there is no room."""
        for value, name in names.items():
            self._buttons[value].setIcon(icon(name))

    def set_tight(self, *, tight: bool) -> None:
        """Show icons alone, of those choices that have one, or words alone."""
        for part in self._buttons.values():
            as_icon = tight and not part.icon().isNull()
            part.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly if as_icon else Qt.ToolButtonStyle.ToolButtonTextOnly)

    def follow(self, changed: SignalInstance, value: Callable[[], str]) -> None:
        """Press in what ``value()`` says, now and after each change; without emitting ``chosen``."""
        self._value = value
        changed.connect(self._refresh)  # a method, so that the connection goes when the control goes
        self._refresh()

    def _refresh(self) -> None:
        part = self._buttons.get(self._value())
        if part is not None:
            part.setChecked(True)


@dataclass(frozen=True)
class Offer:
    """A button of an empty state."""

    title: str
    run: Callable[[], object]


class EmptyState(QWidget):
    """What a panel shows while it has nothing: what would be here, and how to get it."""

    def __init__(self, icon_name: str, title: str, words: str, offer: Offer | None = None) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        picture = QLabel()
        picture.setPixmap(icon(icon_name, tint="text_off").pixmap(32, 32))
        heading, body = label(title, "strong", wrap=True), label(words, "quiet", wrap=True)
        column.addStretch(1)
        for part in (picture, heading, body):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(part)
        if offer is not None:
            column.addWidget(button(offer.title, offer.run), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
