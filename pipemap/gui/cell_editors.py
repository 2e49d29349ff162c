"""What a value is typed into, in a cell or in a form: a line with the list of its field, and a mark for what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QStringListModel, Qt
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QFrame, QHBoxLayout, QLabel, QLineEdit, QListView, QWidget

from pipemap.gui.icons import icon
from pipemap.gui.parts import label
from pipemap.model.choices import Choice, choices
from pipemap.model.fields import Field
from pipemap.texts import _, language

_SEARCHED = int(Qt.ItemDataRole.UserRole) + 1
_MOST_SHOWN = 12


class ValueEdit(QLineEdit):
    """One value as text. A field with a list completes what is typed, by code or name in either language; Alt+Down opens it."""

    def __init__(self, field: Field, parent: QWidget | None = None, *, in_cell: bool = False) -> None:
        super().__init__(parent)
        self.field = field
        self.setProperty("cell", in_cell)
        self.setAccessibleName(field.label)
        offered = offers(field)
        if offered:
            self._complete(offered)
        elif field.type == "date":
            self.setPlaceholderText(_("2024-05-31"))

    def _complete(self, offered: Iterable[tuple[str, str]]) -> None:
        model = QStandardItemModel(self)
        for shown, searched in offered:
            item = QStandardItem(shown)
            item.setData(searched, _SEARCHED)
            model.appendRow(item)
        completer = ListCompleter(model, self)
        self.setCompleter(completer)
        caret = self.addAction(icon("caret-down"), QLineEdit.ActionPosition.TrailingPosition)
        caret.setToolTip(_("Show the list (Alt+Down)"))
        caret.triggered.connect(self.show_list)

    def show_list(self) -> None:
        """Open the whole list, whatever is typed."""
        completer = self.completer()
        if not isinstance(completer, ListCompleter):
            return
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.complete()
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt and Down opens the list."""
        if event.key() == Qt.Key.Key_Down and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.show_list()
            return
        super().keyPressEvent(event)

    def set_refused(self, refused: bool) -> None:  # noqa: FBT001 -- a setter
        """Mark what cannot be stored."""
        if bool(self.property("refused")) != refused:
            self.setProperty("refused", refused)
            self.style().polish(self)


class ListCompleter(QCompleter):
    """Finds an entry by any of its names, and writes the one that cells show."""

    def __init__(self, model: QStandardItemModel | QStringListModel, parent: QWidget) -> None:
        super().__init__(model, parent)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompletionRole(_SEARCHED)
        self.setMaxVisibleItems(_MOST_SHOWN)
        popup = QListView()
        popup.setMinimumWidth(240)
        popup.setUniformItemSizes(True)
        self.setPopup(popup)
        self.list = popup

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        """The text of an entry, not what it is searched by."""
        return str(index.data(Qt.ItemDataRole.DisplayRole))


def offers(field: Field) -> list[tuple[str, str]]:
    """What the list of a field shows, and what each entry is found by."""
    if field.type == "bool":
        return [(_("Yes"), "yes 是 1 true"), (_("No"), "no 否 0 false")]
    return [(_words(choice), " ".join(choice.words)) for choice in choices(field)]


def _words(choice: Choice) -> str:
    """A feature is stored by its Chinese word; an English reader sees what it means."""
    return choice.value if choice.value == choice.name_zh and language() == "zh" else choice.label


class Bubble(QFrame):
    """A few words beside a cell or a field: why it is refused."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.ground = parent
        self.setObjectName("bubble")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 10, 6)
        row.setSpacing(8)
        mark = QLabel()
        mark.setPixmap(icon("warning-circle", tint="error").pixmap(16, 16))
        self.words = label("", wrap=True)
        self.words.setMinimumWidth(220)
        self.words.setMaximumWidth(360)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)
        self.hide()

    def show_beside(self, text: str, place: QRect) -> None:
        """Stand below a rectangle of the parent, or above where there is no room; empty text hides it."""
        self.setVisible(bool(text))
        if not text:
            return
        self.words.setText(text)
        self.words.adjustSize()
        width = min(self.words.maximumWidth(), max(self.words.minimumWidth(), self.fontMetrics().horizontalAdvance(text) + 8))
        self.words.setFixedWidth(width)
        self.words.setFixedHeight(self.words.heightForWidth(width))
        self.adjustSize()
        room = self.ground.rect()
        below = place.bottom() + 2 + self.height() <= room.bottom()
        top = place.bottom() + 2 if below else max(room.top(), place.top() - 2 - self.height())
        self.move(max(room.left(), min(place.left(), room.right() - self.width())), top)
        self.raise_()


def leaves(event: QEvent) -> int:
    """Rows to go on after a key that ends typing: 1 for Enter and Down, −1 for Shift+Enter and Up; 0 for other keys."""
    if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
        return 0
    keys: Mapping[int, int] = {Qt.Key.Key_Return: 1, Qt.Key.Key_Enter: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
    step = keys.get(event.key(), 0)
    shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    if event.modifiers() & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier):
        return 0
    return -step if shift and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) else step
