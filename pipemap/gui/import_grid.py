"""The first rows of a source's table as written: the header row stands out, above each column stands what it means."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from pipemap.gui import theme
from pipemap.gui.icons import icon
from pipemap.gui.import_fields import MARK_TEXTS, Mark, field_words, mark_icon, mark_of
from pipemap.model.delivery import SourceColumn, SourceRow, SourceTable
from pipemap.texts import _

Index = QModelIndex | QPersistentModelIndex
NARROWEST, WIDEST = 132, 220
_PAD, _MARK = 8, 16


class SampleModel(QAbstractTableModel):
    """Sample rows of one table; columns are the cells of a row, whether anything is known of them or not."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.table: SourceTable | None = None
        self._column: dict[int, SourceColumn] = {}
        self._width = 0

    def show_table(self, table: SourceTable | None) -> None:
        """Show another table."""
        self.beginResetModel()
        self.table = table
        self._column = {} if table is None else {column.place: column for column in table.columns if column.place >= 0}
        cells = [] if table is None else [len(row.cells) for row in table.sample]
        self._width = max([*cells, *(place + 1 for place in self._column)], default=0)
        self.endResetModel()

    def column(self, place: int) -> SourceColumn | None:
        """What the reader made of a column; None where it has no header."""
        return self._column.get(place)

    def is_header(self, row: int) -> bool:
        """Whether a sample row belongs to the header."""
        table = self.table
        return table is not None and table.header is not None and table.header[0] <= table.sample[row].number <= table.header[1]

    def row_of(self, number: int) -> int | None:
        """Sample row of a row's number, None where it is not in the sample."""
        rows = self.table.sample if self.table is not None else ()
        return next((place for place, row in enumerate(rows) if row.number == number), None)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own default
        """How many sample rows."""
        return 0 if parent.isValid() or self.table is None else len(self.table.sample)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many cells the widest row has."""
        return 0 if parent.isValid() else self._width

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 -- Qt's own
        """Text and look of a cell."""
        assert self.table is not None  # noqa: S101 -- there is no cell without one
        cells = self.table.sample[index.row()].cells
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return " ".join(cells[index.column()].split()) if index.column() < len(cells) else ""
        if role == Qt.ItemDataRole.ForegroundRole and self._is_left_out(index):
            return theme.colour("text_2")
        if role == Qt.ItemDataRole.FontRole and self.is_header(index.row()):
            font = QFont()
            font.setBold(True)
            return font
        return None

    def _is_left_out(self, index: Index) -> bool:
        """Cells of columns that are not taken over, and rows above the header."""
        assert self.table is not None  # noqa: S101
        column = self._column.get(index.column())
        above = self.table.header is not None and self.table.sample[index.row()].number < self.table.header[0]
        return above or column is None or not column.field

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Number of a row; name, meaning and mark of a column."""
        if self.table is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            return str(self.table.sample[section].number) if role == Qt.ItemDataRole.DisplayRole else None
        column = self._column.get(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return column.name if column else letters(section)
        if role == Qt.ItemDataRole.ToolTipRole and column is not None:
            lines = [f"{column.name}: {meaning_of(column, self.table.kind)}", _(MARK_TEXTS[mark_of(column)])]
            return "\n".join([*lines, *column.examples])
        return None


def letters(place: int) -> str:
    """Name of a column as spreadsheets have it: A, B … Z, AA."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


def meaning_of(column: SourceColumn, kind: str) -> str:
    """What a column is taken for, in words."""
    mark = mark_of(column)
    return field_words(column.field, kind) if column.field else _(MARK_TEXTS[mark])


class FieldHeader(QHeaderView):
    """Two lines a column: its name with the mark, and below it a field to press that says what it means."""

    pressed_field = Signal(int)

    def __init__(self, model: SampleModel, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._model = model
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(72)

    def sizeHint(self) -> QSize:
        """Room for both lines."""
        return QSize(super().sizeHint().width(), 2 * self.fontMetrics().height() + 28)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a column opens its list; a drag on an edge only resizes."""
        at = self.logicalIndexAt(event.position().toPoint())
        edge = self.cursor().shape() == Qt.CursorShape.SplitHCursor
        super().mouseReleaseEvent(event)
        if at >= 0 and not edge and event.button() == Qt.MouseButton.LeftButton and self._model.column(at) is not None:
            self.pressed_field.emit(at)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Draw name, mark and meaning."""
        column, table = self._model.column(section), self._model.table
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(rect, theme.colour("raised"))
        painter.setPen(theme.colour("line"))
        painter.drawLine(rect.topRight(), rect.bottomRight())
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        height = self.fontMetrics().height()
        top = QRect(rect.left() + _PAD, rect.top() + 5, rect.width() - 2 * _PAD, height)
        if column is None or table is None:
            painter.setPen(theme.colour("text_off"))
            painter.drawText(top, int(Qt.AlignmentFlag.AlignVCenter), letters(section))
            painter.restore()
            return
        mark = mark_of(column)
        mark_icon(mark).paint(painter, QRect(top.left(), top.center().y() - _MARK // 2 + 1, _MARK, _MARK))
        self._draw(painter, top.adjusted(_MARK + 6, 0, 0, 0), column.name, "text_2")
        self._draw_field(painter, rect, column, mark, table.kind)
        painter.restore()

    def _draw_field(self, painter: QPainter, rect: QRect, column: SourceColumn, mark: Mark, kind: str) -> None:
        height = self.fontMetrics().height() + 8
        box = QRect(rect.left() + 4, rect.bottom() - height - 5, rect.width() - 9, height)
        painter.setPen(theme.colour("line_strong"))
        painter.setBrush(theme.colour("panel"))
        painter.drawRoundedRect(box, 4, 4)
        token = {"sure": "text", "guess": "accent", "unknown": "warning", "left": "text_2"}[mark]
        self._draw(painter, box.adjusted(6, 0, -20, 0), meaning_of(column, kind), token)
        caret = QRect(box.right() - 17, box.center().y() - 5, 12, 12)
        icon("caret-down", tint="text_2", active="text_2").paint(painter, caret)

    def _draw(self, painter: QPainter, rect: QRect, text: str, token: str) -> None:
        painter.setPen(theme.colour(token))
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)


class _Cells(QStyledItemDelegate):
    """Gives the header row its ground, which the style sheet would paint over."""

    def __init__(self, model: SampleModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground, then the cell."""
        if self._model.is_header(index.row()):
            painter.fillRect(option.rect, theme.colour("accent_soft"))
        super().paint(painter, option, index)


class SampleGrid(QTableView):
    """The preview of one table; Enter on a cell, or a click above its column, asks what the column means."""

    asked = Signal(object, object, int)
    """A :class:`SourceColumn`, the global corner below which to open the list, and the column's width."""

    def __init__(self) -> None:
        super().__init__()
        self.sample = SampleModel(self)
        header = FieldHeader(self.sample, self)
        header.pressed_field.connect(self._ask)
        self.setHorizontalHeader(header)
        self.setModel(self.sample)
        self.setItemDelegate(_Cells(self.sample, self))
        self.setAccessibleName(_("First rows of the table"))
        self.setWordWrap(False)
        self.setShowGrid(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)
        rows.setDefaultSectionSize(24)
        rows.setHighlightSections(False)
        self.activated.connect(lambda index: self._ask(index.column()))

    def show_table(self, table: SourceTable | None) -> None:
        """Show another table; the same one with other meanings stays where it was scrolled to."""
        self.verticalHeader().setVisible(table is None or bool(table.sample))
        table = _with_examples(table)
        before, same = self.sample.table, False
        if before is not None and table is not None:
            same = (before.name, before.header) == (table.name, table.header)
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self.sample.show_table(table)
        for place in range(self.sample.columnCount()):
            column = self.sample.column(place)
            wide = self.fontMetrics().horizontalAdvance(meaning_of(column, table.kind if table else "")) + 46 if column else 0
            self.setColumnWidth(place, min(WIDEST, max(NARROWEST if column else 72, wide)))
        self.horizontalScrollBar().setValue(across if same else 0)
        self.verticalScrollBar().setValue(down if same else 0)

    def show_column(self, column: SourceColumn) -> None:
        """Bring a column into view and mark it."""
        table = self.sample.table
        if table is None or column.place < 0 or not table.sample:
            return
        row = max(0, self.rowAt(0))
        self.setCurrentIndex(self.sample.index(row, column.place))
        self.selectColumn(column.place)
        self.scrollTo(self.sample.index(row, column.place))

    def show_row(self, number: int) -> bool:
        """Bring a row into view and mark it; False where it is not in the sample."""
        row = self.sample.row_of(number)
        if row is None:
            return False
        self.selectRow(row)
        self.scrollTo(self.sample.index(row, max(0, self.columnAt(0))), QAbstractItemView.ScrollHint.PositionAtCenter)
        return True

    def corner_of(self, place: int) -> QPoint:
        """Where the list of a column opens: at the left end of its header, below it."""
        header = self.horizontalHeader()
        return header.viewport().mapToGlobal(QPoint(max(0, header.sectionViewportPosition(place)), header.height()))

    def _ask(self, place: int) -> None:
        column = self.sample.column(place)
        if column is not None:
            self.asked.emit(column, self.corner_of(place), self.columnWidth(place))


def _with_examples(table: SourceTable | None) -> SourceTable | None:
    """A table whose rows were not kept shows the examples of its columns instead, which are no rows."""
    if table is None or table.sample or not table.columns:
        return table
    columns = tuple(replace(column, place=place) for place, column in enumerate(table.columns))
    cells = zip_longest(*(column.examples for column in columns), fillvalue="")
    return replace(table, columns=columns, sample=tuple(SourceRow(0, texts) for texts in cells))
