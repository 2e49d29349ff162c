"""The command palette: any command by a few letters of its name, in Chinese, in pinyin initials or in English."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui import theme
from pipemap.gui.commands import COMMANDS, MENUS, Command, Context
from pipemap.gui.icons import icon
from pipemap.gui.parts import label
from pipemap.texts import _

WIDTH = 560
ROW = 40
_SHOWN = 9


def matches(query: str) -> list[Command]:
    """Commands that fit what was typed, best first; all of them for an empty query."""
    wanted = query.strip().lower()
    if not wanted:
        return list(COMMANDS)
    ranked = [(rank, place) for place, command in enumerate(COMMANDS) if (rank := _rank(wanted, command)) is not None]
    return [COMMANDS[place] for _rank_, place in sorted(ranked)]


def _rank(wanted: str, command: Command) -> int | None:
    """0 best; ``None`` when it does not fit."""
    titles = [command.label.lower(), command.title.lower()]
    keywords = [word.lower() for word in command.keywords]
    if any(title.startswith(wanted) for title in titles):
        return 0
    if wanted in keywords:
        return 1
    if any(word.startswith(wanted) for title in titles for word in title.split()):
        return 2
    if any(word.startswith(wanted) for word in keywords):
        return 3
    if any(wanted in text for text in (*titles, *keywords)):
        return 4
    parts = wanted.split()
    if len(parts) > 1 and all(any(part in text for text in (*titles, *keywords)) for part in parts):
        return 5
    return None


class Palette(QFrame):
    """A card over the window; Enter runs, Esc or a click elsewhere closes."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.window)
        self._context = context
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(32)
        shadow.setOffset(0, 8)
        shadow.setColor(QColor(0, 0, 0, 90))
        self.setGraphicsEffect(shadow)
        self._field = QLineEdit()
        self._field.setPlaceholderText(_("Find a command …"))
        self._field.setAccessibleName(_("Find a command"))
        self._model = _Model(context, self)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setItemDelegate(_Delegate(self))
        self._list.setUniformItemSizes(True)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setMouseTracking(True)
        self._list.clicked.connect(self._run)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._field)
        column.addWidget(self._list)
        self._nothing = label(_("No command is called that."), "quiet")
        self._nothing.setContentsMargins(16, 8, 16, 12)
        column.addWidget(self._nothing)
        self._field.textChanged.connect(self._search)
        self._field.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Show it, empty."""
        self._field.clear()
        self._search("")
        window = self._context.window
        self.move((window.width() - WIDTH) // 2, 72)
        self.show()
        self.raise_()
        self._field.setFocus()

    def shown(self) -> list[Command]:
        """The commands listed now."""
        return list(self._model.commands)

    def type(self, text: str) -> None:
        """Search as if typed."""
        self._field.setText(text)

    def _search(self, text: str) -> None:
        self._model.show_matches(text)
        self._list.setCurrentIndex(self._model.index(0, 0))
        rows = min(_SHOWN, max(1, self._model.rowCount()))
        self._list.setFixedHeight(rows * ROW + 10)
        self._list.setVisible(self._model.rowCount() > 0)
        self._nothing.setVisible(self._model.rowCount() == 0)
        self.setFixedWidth(WIDTH)
        self.adjustSize()

    def _leave(self) -> None:
        """Keys go to the map again."""
        self.hide()
        self._context.window.map.setFocus(Qt.FocusReason.OtherFocusReason)

    def _run(self, index: QModelIndex | QPersistentModelIndex) -> None:
        if not index.isValid():
            return
        command = self._model.commands[index.row()]
        self._leave()
        self._context.window.activateWindow()
        self._context.window.actions_by_id[command.id].trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move, Enter runs, Esc and leaving close."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key, row = event.key(), self._list.currentIndex().row()
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _SHOWN, Qt.Key.Key_PageUp: -_SHOWN}
            if key == Qt.Key.Key_Escape:
                self._leave()
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self._list.currentIndex())
                return True
            if key in steps:
                last = self._model.rowCount() - 1
                self._list.setCurrentIndex(self._model.index(max(0, min(last, row + steps[Qt.Key(key)])), 0))
                return True
        if isinstance(event, QFocusEvent) and event.lostFocus() and not self.underMouse():
            self.hide()
        return super().eventFilter(watched, event)


class _Model(QAbstractListModel):
    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self.context = context
        self.commands: list[Command] = []

    def show_matches(self, query: str) -> None:
        self.beginResetModel()
        self.commands = matches(query)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.commands)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return self.commands[index.row()].label if role == Qt.ItemDataRole.DisplayRole else None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        able = self.commands[index.row()].enabled(self.context.session)
        return (Qt.ItemFlag.ItemIsEnabled if able else Qt.ItemFlag.NoItemFlags) | Qt.ItemFlag.ItemIsSelectable


class _Delegate(QStyledItemDelegate):
    """Icon, title, the menu it is in, and its key at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: ARG002
        return QSize(WIDTH - 24, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        model = index.model()
        assert isinstance(model, _Model)  # noqa: S101 -- the palette's own
        command = model.commands[index.row()]
        able = bool(option.state & QStyle.StateFlag.State_Enabled)
        rect = option.rect.adjusted(4, 1, -4, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        under = "hover" if option.state & QStyle.StateFlag.State_MouseOver else ""
        ground = "selected" if option.state & QStyle.StateFlag.State_Selected else under
        if ground:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(ground))
            painter.drawRoundedRect(rect, 6, 6)
        place = QRect(rect.left() + 10, rect.center().y() - 9, 20, 20)
        icon(command.icon, tint="text_2" if able else "text_off").paint(painter, place)
        _write(painter, rect, command, able=able)
        painter.restore()


def _write(painter: QPainter, rect: QRect, command: Command, *, able: bool) -> None:
    left, middle = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignVCenter
    painter.setPen(theme.colour("text" if able else "text_off"))
    words = rect.adjusted(42, 0, -12, 0)
    painter.drawText(words, int(left | middle), command.label)
    used = painter.fontMetrics().horizontalAdvance(command.label)
    painter.setPen(theme.colour("text_2" if able else "text_off"))
    menu = _(MENUS[command.menu]).replace("&", "").split("(")[0]
    painter.drawText(words.adjusted(used + 12, 0, 0, 0), int(left | middle), menu)
    keys = QKeySequence(command.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
    painter.drawText(words, int(Qt.AlignmentFlag.AlignRight | middle), keys)


def palette_of(window: QWidget) -> Palette | None:
    """The palette a window has made, if it was ever opened."""
    return window.findChild(Palette)
