"""The view of an attribute table: cells that are typed into as in a spreadsheet, and its first columns held in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QKeySequence, QPainter, QPolygon, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from pipemap.gui import theme
from pipemap.gui.cell_editors import ListCompleter, ValueEdit, leaves
from pipemap.gui.element_model import ElementModel

if TYPE_CHECKING:
    from pipemap.gui.element_table import ElementTable

Index = QModelIndex | QPersistentModelIndex
_CORNER = 6
_STANDARD = {
    "copy": QKeySequence.StandardKey.Copy,
    "cut": QKeySequence.StandardKey.Cut,
    "paste": QKeySequence.StandardKey.Paste,
}


class CellsView(QTableView):
    """Cells with the keys of a spreadsheet. Ctrl+A costs nothing, however many rows there are."""

    everything_wanted = Signal()
    acted = Signal(str)
    """A key of a spreadsheet was pressed: ``copy``, ``cut``, ``paste``, ``clear``, ``forget``."""
    refused_edit = Signal(object)
    """Typing was tried in a cell that is not typed: its ``QModelIndex``."""

    def __init__(self) -> None:
        super().__init__()
        self._tab_from = -1

    def selectAll(self) -> None:
        """Leave it to the table: Qt would look at each row."""
        self.everything_wanted.emit()

    def event(self, event: QEvent) -> bool:
        """Keep keys that mean something here from being shortcuts of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_ours(event):
            event.accept()
            return True
        return super().event(event)

    def _is_ours(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if any(event.matches(key) for key in _STANDARD.values()) or event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Home):
            return True
        editable = bool(self.currentIndex().flags() & Qt.ItemFlag.ItemIsEditable) and self.currentIndex().isValid()
        return plain and editable and bool(event.text()) and event.text().isprintable()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of a spreadsheet, before those of a list."""
        for name, key in _STANDARD.items():
            if event.matches(key):
                self.acted.emit(name)
                return
        if not self._acted(event):
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Words of an input method open the cell too, and replace what stands there."""
        typed = event.commitString()
        super().inputMethodEvent(event)
        editor = self.focusWidget()
        if typed and isinstance(editor, ValueEdit) and editor.isVisible() and typed not in editor.text():
            editor.selectAll()
            editor.insert(typed)

    def _acted(self, event: QKeyEvent) -> bool:
        key, held = event.key(), event.modifiers()
        shift, control = bool(held & Qt.KeyboardModifier.ShiftModifier), bool(held & Qt.KeyboardModifier.ControlModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.step(-1 if shift else 1, 0)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.acted.emit("clear")
        elif key == Qt.Key.Key_Escape:
            self.acted.emit("forget")
            event.ignore()
            return False
        elif key == Qt.Key.Key_Space and (shift or control):
            kind = QItemSelectionModel.SelectionFlag
            whole = kind.Rows if shift else kind.Columns
            self.selectionModel().select(self.currentIndex(), kind.Select | whole)
        else:
            return False
        return True

    def edit(self, index: Index, trigger: QAbstractItemView.EditTrigger | None = None, event: QEvent | None = None) -> bool:  # type: ignore[override]
        """Say why where a cell is not typed."""
        if trigger is None:
            super().edit(index)
            return True
        if trigger == QAbstractItemView.EditTrigger.DoubleClicked and self._is_id(index):
            return False  # a double click on an id flies there
        wanted = trigger in (QAbstractItemView.EditTrigger.EditKeyPressed, QAbstractItemView.EditTrigger.DoubleClicked)
        if wanted and index.isValid() and not index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.refused_edit.emit(index)
        return super().edit(index, trigger, event)  # type: ignore[arg-type]

    @staticmethod
    def _is_id(index: Index) -> bool:
        model = index.model()
        return isinstance(model, ElementModel) and index.isValid() and model.columns[index.column()].name == "id"

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Tab goes on to the next cell without opening it, as in a spreadsheet."""
        kinds = QAbstractItemDelegate.EndEditHint
        super().closeEditor(editor, kinds.NoHint if hint in (kinds.EditNextItem, kinds.EditPreviousItem) else hint)
        if hint == kinds.EditNextItem:
            self.tab(1)
        elif hint == kinds.EditPreviousItem:
            self.tab(-1)

    def tab(self, steps: int) -> None:
        """One cell to the side; Enter then goes back to the column in which this began."""
        before = self.horizontalHeader().visualIndex(self.currentIndex().column())
        self._tab_from = before if self._tab_from < 0 else self._tab_from
        self.step(0, steps, tabbed=True)

    def step(self, rows: int, columns: int, *, tabbed: bool = False) -> None:
        """Go to another cell, and select it alone."""
        index, header = self.currentIndex(), self.horizontalHeader()
        if not index.isValid():
            return
        visual = header.visualIndex(index.column()) + columns
        if rows and self._tab_from >= 0:
            visual = self._tab_from
        if not tabbed:
            self._tab_from = -1
        row = max(0, min(self.model().rowCount() - 1, index.row() + rows))
        column = header.logicalIndex(max(0, min(header.count() - 1, visual)))
        self.setCurrentIndex(self.model().index(row, column))


class CellDelegate(QStyledItemDelegate):
    """Draws cells with their marks, and types into them."""

    def __init__(self, table: ElementTable, parent: CellsView) -> None:
        super().__init__(parent)
        self._table = table
        self._at = QPersistentModelIndex()

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Add what Qt does not know: rows that are selected beside its own selection."""
        super().initStyleOption(option, index)
        if self._table.is_marked(index.row()):
            option.state |= QStyle.StateFlag.State_Selected

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """A refused text on red ground with a corner; the current cell in a frame."""
        refused = bool(self._table.model.reason(index))
        if self._table.is_chosen_row(index.row()) and not option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, theme.colour("accent_soft"))
            option.features &= ~QStyleOptionViewItem.ViewItemFeature.Alternate
        super().paint(painter, option, index)
        if not refused and index != self._table.view.currentIndex():
            return
        painter.save()
        painter.setPen(theme.colour("error" if refused else "focus"))
        painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
        if refused:
            right, top = option.rect.right(), option.rect.top()
            painter.setBrush(theme.colour("error"))
            corner = QPolygon()
            for x, y in ((right - _CORNER, top), (right, top), (right, top + _CORNER)):
                corner.append(QPoint(x, y))
            painter.drawPolygon(corner)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: ARG002
        """A line with the list of the column's field."""
        self._at = QPersistentModelIndex(index)
        editor = ValueEdit(self._table.model.columns[index.column()], parent, in_cell=True)
        editor.textEdited.connect(lambda _text: self._unmark(editor))
        return editor

    def _unmark(self, editor: ValueEdit) -> None:
        editor.set_refused(False)
        self._table.editing.hide_reason()

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """What the cell holds, once: what a person types meanwhile is never replaced."""
        if isinstance(editor, ValueEdit) and not editor.property("begun"):
            editor.setProperty("begun", True)
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole) or ""))
            if reason := self._table.model.reason(index):
                editor.set_refused(True)
                self._table.editing.show_reason(index, reason)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:  # noqa: ARG002
        """Hand the text over; what is refused stays in the cell, marked."""
        if isinstance(editor, ValueEdit):
            self._table.editing.enter(QModelIndex(index), editor.text())  # type: ignore[arg-type]

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: ARG002
        """As large as the cell, and wide enough to read."""
        place = option.rect
        place.setWidth(max(place.width(), 96))
        editor.setGeometry(place)

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        """Enter, Up and Down leave the cell if its text can be stored; else the reason stands beside it, and nothing is lost."""
        if not isinstance(editor, ValueEdit):
            return super().eventFilter(editor, event)
        completer = editor.completer()
        popup = isinstance(completer, ListCompleter) and completer.list.isVisible()
        step = 0 if popup else leaves(event)
        is_tab = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in (
            Qt.Key.Key_Tab, Qt.Key.Key_Backtab
        )  # fmt: skip
        if not step and not is_tab:
            return super().eventFilter(editor, event)
        index = self._table.model.index(self._at.row(), self._at.column())
        if reason := self._table.editing.reason(index, editor.text()):
            editor.set_refused(True)
            editor.selectAll()
            self._table.editing.show_reason(index, reason)
            return True
        if is_tab:
            return super().eventFilter(editor, event)
        self.commitData.emit(editor)
        self.closeEditor.emit(editor, QAbstractItemDelegate.EndEditHint.NoHint)
        self._table.view.step(step, 0)
        return True


class FrozenColumns(CellsView):
    """The first columns of a table, lying over it: they stay when it is moved sideways."""

    def __init__(self, main: CellsView) -> None:
        super().__init__()
        self.setParent(main)
        self._main, self._count = main, 0
        self.setObjectName("frozen")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusProxy(main)
        for side in (self.setHorizontalScrollBarPolicy, self.setVerticalScrollBarPolicy):
            side(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        main.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.verticalScrollBar().valueChanged.connect(main.verticalScrollBar().setValue)
        main.horizontalHeader().sectionResized.connect(lambda *_sizes: self.follow())
        main.horizontalHeader().geometriesChanged.connect(self.follow)
        main.viewport().installEventFilter(self)
        self.hide()

    @property
    def count(self) -> int:
        """How many columns are held."""
        return self._count

    def hold(self, count: int) -> None:
        """Hold the first columns, as they stand on screen; 0 holds none."""
        self._count = count
        self.follow()

    def begin(self) -> None:
        """Look as the table itself does."""
        main = self._main
        self.setModel(main.model())
        old = self.selectionModel()
        self.setSelectionModel(main.selectionModel())
        old.deleteLater()
        for setting in ("selectionBehavior", "selectionMode", "wordWrap", "iconSize", "showGrid", "alternatingRowColors"):
            self.setProperty(setting, main.property(setting))
        self.setEditTriggers(main.editTriggers())
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(self.verticalHeader().ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(main.verticalHeader().defaultSectionSize())
        self.verticalHeader().setMinimumSectionSize(main.verticalHeader().minimumSectionSize())
        self.horizontalHeader().setDefaultAlignment(main.horizontalHeader().defaultAlignment())
        self.horizontalHeader().setHighlightSections(False)
        self.setVerticalScrollMode(main.verticalScrollMode())

    def follow(self) -> None:
        """Show the held columns at their widths, over those of the table."""
        main = self._main.horizontalHeader()
        held = [main.logicalIndex(place) for place in range(min(self._count, main.count()))]
        self.setVisible(bool(held))
        if not held or self.horizontalHeader().count() != main.count():
            return
        own = self.horizontalHeader()
        for place, section in enumerate(held):
            if own.visualIndex(section) != place:
                own.moveSection(own.visualIndex(section), place)
        for section in range(main.count()):
            self.setColumnHidden(section, section not in held)
            if section in held:
                self.setColumnWidth(section, main.sectionSize(section))
        own.setFixedHeight(main.height())
        self.verticalHeader().setDefaultSectionSize(self._main.verticalHeader().defaultSectionSize())
        edge, frame = sum(main.sectionSize(section) for section in held), self._main.frameWidth()
        height = self._main.viewport().height() + main.height()
        self.setGeometry(frame, frame, edge + 1, height)
        self.verticalScrollBar().setValue(self._main.verticalScrollBar().value())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the table."""
        if isinstance(event, QResizeEvent) or event.type() == QEvent.Type.LayoutRequest:
            self.follow()
        return super().eventFilter(watched, event)
