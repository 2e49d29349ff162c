"""The tables of a source: what each holds, what each column means, its first rows; everything can be corrected here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QSplitter,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.import_fields import (
    KIND_TEXTS,
    MARK_TEXTS,
    MARKS,
    ChoiceList,
    Mark,
    choose,
    field_choices,
    kind_choices,
    mark_icon,
    mark_of,
)
from pipemap.gui.import_grid import SampleGrid, meaning_of
from pipemap.gui.parts import ElidedLabel, EmptyState, button, label
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.import_drafts import Reading
    from pipemap.model.delivery import SourceColumn, SourceTable

_TABLE, _COLUMN = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class TablesPage(QWidget):
    """Corrections are told by signals; the page shows only what was read."""

    corrected = Signal(str, str, object)
    """Table, column (or ``@kind``, ``@header``), and what it means now."""
    profile_chosen = Signal(str)
    mapping_wanted = Signal()
    """Use a mapping from a file."""
    saving_wanted = Signal()
    afresh_wanted = Signal()
    """Read as if nothing had been corrected."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[SourceTable, ...] = ()
        self.open_list: ChoiceList | None = None
        self.tables = _tree((_("Table"), _("Holds"), _("Rows")), _("Tables of the source"))
        self.columns = _tree((_("Column"), _("Means")), _("Columns of the table"))
        self.grid = SampleGrid()
        self.caption = ElidedLabel()
        self.header_button = button(_("Header ends in this row"), self._set_header, quiet=True)
        self.header_button.setToolTip(_("Take the marked row of the preview as the last row of the header"))
        self.profile = QComboBox()
        self.notice, self.notice_words = self._make_notice()
        self._fill_profiles()
        self._lay_out()
        self._connect()

    def _connect(self) -> None:
        self.tables.currentItemChanged.connect(lambda _now, _before: self._show_table())
        self.tables.itemActivated.connect(lambda item, _column: self._ask_kind(item))
        self.tables.itemClicked.connect(lambda item, column: self._ask_kind(item) if column == 1 else None)
        self.columns.itemClicked.connect(self._column_clicked)
        self.columns.itemActivated.connect(lambda item, _column: self._ask_in_list(item))
        self.columns.currentItemChanged.connect(lambda item, _before: self._column_current(item))
        self.grid.asked.connect(self._ask_field)
        self.profile.activated.connect(lambda _place: self.profile_chosen.emit(str(self.profile.currentData())))

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(label(_("City codes"), "quiet"))
        bar.addWidget(self.profile)
        bar.addStretch(1)
        bar.addWidget(button(_("Use mapping …"), self.mapping_wanted.emit, quiet=True, icon_name="folder-open"))
        bar.addWidget(button(_("Save mapping …"), self.saving_wanted.emit, quiet=True, icon_name="floppy-disk"))
        head = QHBoxLayout()
        head.addWidget(self.caption, 1)
        head.addWidget(self.header_button)
        left, right = QSplitter(Qt.Orientation.Vertical), QWidget()
        left.addWidget(self.tables)
        left.addWidget(self.columns)
        left.setSizes([130, 340])
        left.setChildrenCollapsible(False)
        column = QVBoxLayout(right)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.grid, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(right)
        split.setSizes([320, 700])
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        whole = QWidget()
        body = QVBoxLayout(whole)
        body.setContentsMargins(8, 8, 8, 0)
        body.setSpacing(8)
        body.addLayout(bar)
        body.addWidget(self.notice)
        body.addWidget(split, 1)
        self._pages = QStackedLayout(self)
        words = _("Models name their own parts; there are no columns to correct.")
        self._pages.addWidget(EmptyState("table", _("This format has no tables"), words))
        self._pages.addWidget(whole)

    def _make_notice(self) -> tuple[QFrame, ElidedLabel]:
        made = QFrame()
        made.setObjectName("notice")
        row = QHBoxLayout(made)
        row.setContentsMargins(12, 4, 8, 4)
        words = ElidedLabel()
        row.addWidget(words, 1)
        row.addWidget(button(_("Read as understood"), self.afresh_wanted.emit, quiet=True))
        made.hide()
        return made, words

    def _fill_profiles(self) -> None:
        from pipemap.catalog import profiles

        self.profile.addItem(_("Only what holds everywhere"), "")
        for name, profile in profiles().items():
            self.profile.addItem(profile.label, name)
        self.profile.setAccessibleName(_("City codes"))
        self.profile.setToolTip(_("Whose codes and headers the source uses"))
        self.profile.setMinimumContentsLength(24)
        self.profile.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    # -- what was read ----------------------------------------------------------------------------------------------

    def show_reading(self, reading: Reading | None) -> None:
        """Show the tables of a delivery; the table that was looked at stays."""
        before = self._current_name()
        self._shown = reading.tables if reading is not None else ()
        self._pages.setCurrentIndex(1 if self._shown else 0)
        self.tables.blockSignals(True)
        self.tables.clear()
        for place, table in enumerate(self._shown):
            said = reading.choices.corrections.get(table.name, {}) if reading is not None else {}
            self.tables.addTopLevelItem(_table_item(place, table, wanted=said.get("@kind") != ""))
        wanted = next((place for place, table in enumerate(self._shown) if table.name == before), self._first_to_look_at())
        self._go_to(wanted)
        self.tables.blockSignals(False)
        self._show_table()
        self._show_notice(reading)
        if reading is not None:
            self.profile.setCurrentIndex(max(0, self.profile.findData(reading.choices.profile)))

    def show_row(self, where: str) -> bool:
        """Bring the row that a problem's place names into view; False where it is none of a table shown."""
        for place, table in enumerate(self._shown):
            number = table.row_named(where)
            if number is not None and any(row.number == number for row in table.sample):
                self._go_to(place)
                return self.grid.show_row(number)
        return False

    def _go_to(self, place: int) -> None:
        item = self.tables.topLevelItem(place)
        if item is not None:
            self.tables.setCurrentItem(item)

    def _first_to_look_at(self) -> int:
        """The first table with a column that nobody understood, else the first."""
        unknown = (place for place, table in enumerate(self._shown) if any(mark_of(one) == "unknown" for one in table.columns))
        return next(unknown, 0)

    def _current_name(self) -> str:
        table = self.current_table()
        return table.name if table is not None else ""

    def current_table(self) -> SourceTable | None:
        """The table that is looked at."""
        item = self.tables.currentItem()
        place = item.data(0, _TABLE) if item is not None else None
        return self._shown[place] if place is not None and place < len(self._shown) else None

    def _show_table(self) -> None:
        table = self.current_table()
        self.grid.show_table(table)
        self.columns.blockSignals(True)
        self.columns.clear()
        for column in sorted(table.columns, key=lambda one: MARKS.index(mark_of(one))) if table is not None else ():
            self.columns.addTopLevelItem(_column_item(column, table.kind if table is not None else ""))
        self.columns.blockSignals(False)
        self.header_button.setVisible(table is not None and table.header is not None)
        self.caption.setText(_caption(table) if table is not None else "")

    def _show_notice(self, reading: Reading | None) -> None:
        found = reading.remembered if reading is not None else ()
        self.notice.setVisible(bool(found))
        if found:
            names = ", ".join(dict.fromkeys(one.table for one in found))
            words = _("Columns are read as you corrected them before: {tables} ({day}).")
            self.notice_words.setText(words.format(tables=names, day=max(one.day for one in found)))

    # -- corrections ------------------------------------------------------------------------------------------------

    def _column_current(self, item: QTreeWidgetItem | None) -> None:
        column = item.data(0, _COLUMN) if item is not None else None
        if column is not None:
            self.grid.show_column(column)

    def _column_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        if column == 1:
            self._ask_in_list(item)

    def _ask_in_list(self, item: QTreeWidgetItem) -> None:
        corner, width = _below(self.columns, item, 1)
        self._ask_field(item.data(0, _COLUMN), corner, width)

    def _ask_field(self, column: SourceColumn, corner: QPoint, width: int) -> None:
        table = self.current_table()
        if table is None:
            return
        name, of = column.name, table.name
        self.open_list = choose(
            self,
            field_choices(table.kind),
            column.field,
            name=_("Meaning of {column}").format(column=name),
            corner=corner,
            width=width,
            take=lambda value: self.corrected.emit(of, name, value),
        )

    def _ask_kind(self, item: QTreeWidgetItem) -> None:
        table = self._shown[item.data(0, _TABLE)]
        corner, width = _below(self.tables, item, 1)
        self.open_list = choose(
            self,
            kind_choices(),
            table.kind,
            name=_("What {table} holds").format(table=table.name),
            corner=corner,
            width=width,
            take=lambda value: self.corrected.emit(table.name, "@kind", value),
        )

    def _set_header(self) -> None:
        table, index = self.current_table(), self.grid.currentIndex()
        if table is not None and table.sample and index.isValid():
            first = table.sample[0].number
            self.corrected.emit(table.name, "@header", table.sample[index.row()].number - first + 1)


def _table_item(place: int, table: SourceTable, *, wanted: bool) -> QTreeWidgetItem:
    """``wanted``: the person did not say that it is left out."""
    holds = _(KIND_TEXTS.get(table.kind, table.kind)) if table.kind or not wanted else _("Not understood")
    item = QTreeWidgetItem([table.name, holds, f"{table.rows:,}"])
    item.setData(0, _TABLE, place)
    item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    found = {mark_of(one) for one in table.columns}
    worst: Mark = next((mark for mark in MARKS if mark in found), "sure")
    item.setIcon(0, mark_icon(worst if table.kind else "unknown" if wanted else "left"))
    counts = [(mark, sum(mark_of(one) == mark for one in table.columns)) for mark in MARKS]
    item.setToolTip(0, "\n".join([table.name, *(f"{_(MARK_TEXTS[mark])}: {count}" for mark, count in counts if count)]))
    item.setToolTip(1, _("Press to say what the table holds"))
    return item


def _caption(table: SourceTable) -> str:
    unknown = sum(mark_of(column) == "unknown" for column in table.columns)
    words = [table.name, _("{n} rows").format(n=f"{table.rows:,}")]
    if unknown:
        words.append(_("columns not understood: {n}").format(n=unknown))
    return " · ".join(words)


def _column_item(column: SourceColumn, kind: str) -> QTreeWidgetItem:
    mark = mark_of(column)
    item = QTreeWidgetItem([column.name, meaning_of(column, kind)])
    item.setIcon(0, mark_icon(mark))
    item.setData(0, _COLUMN, column)
    examples = ", ".join(column.examples)
    item.setToolTip(0, "\n".join(filter(None, [column.name, _(MARK_TEXTS[mark]), _("Examples: {list}").format(list=examples)])))
    item.setToolTip(1, _("Press to say what the column means"))
    return item


def _tree(headings: Sequence[str], name: str) -> QTreeWidget:
    made = QTreeWidget()
    made.setHeaderLabels(list(headings))
    made.setRootIsDecorated(False)
    made.setUniformRowHeights(True)
    made.setAccessibleName(name)
    made.setTextElideMode(Qt.TextElideMode.ElideRight)
    header = made.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in range(1, len(headings)):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
    header.resizeSection(1, 128)
    if len(headings) > 2:  # noqa: PLR2004 -- figures stand at the right
        header.resizeSection(2, 64)
        made.headerItem().setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made


def _below(tree: QTreeWidget, item: QTreeWidgetItem, column: int) -> tuple[QPoint, int]:
    """Where a list opens for a cell of a tree: the global corner below it, and its width."""
    cell = tree.visualRect(tree.indexFromItem(item, column))
    return tree.viewport().mapToGlobal(cell.bottomLeft()), cell.width()
