"""What a delivery, or another copy of the survey, has otherwise: by group, by element, by field, to choose from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QSplitter,
    QStackedLayout,
    QTableView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.comparison_rows import CHOICE_COLUMN, ComparisonRows, with_choice
from pipemap.gui.icons import icon
from pipemap.gui.parts import EmptyState, button, label
from pipemap.model.comparison import CHOICES, MERGE_CHOICES, STANDINGS, Choice, Comparison, Decisions, Standing
from pipemap.model.comparison_words import STANDING_TITLES, choice_title, field_title, value_text
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.model.comparison import Difference, LayerComparison

_ICONS: dict[Standing, tuple[str, str]] = {
    "conflict": ("warning", "warning"),
    "changed": ("pencil-simple", "text_2"),
    "added": ("plus-circle", "text_2"),
    "missing": ("minus-circle", "text_2"),
    "same": ("check-circle", "text_2"),
}
_COUNTS, _CHOICE = (1, 2, 3), 4
"""Columns of the groups: nodes, pipes and, where surveys are merged, rows of other tables; what to do with them."""
_MEANINGS: dict[Standing, str] = {
    "conflict": N_(
        "Edited here since the last delivery, and different there too; or it moved so far that it may be another one."
    ),
    "changed": N_("Different there, and not edited here."),
    "added": N_("Not in the survey yet."),
    "missing": N_("In the survey, and not in what comes."),
    "same": N_("Nothing comes; what was edited by hand here stays."),
}
_MERGE_MEANINGS: dict[Standing, str] = {
    **_MEANINGS,
    "conflict": N_("Edited on both sides since they were one, and differently."),
    "changed": N_("Edited there, and not here."),
    "added": N_("Added there."),
    "missing": N_("Removed there, and not edited here."),
    "same": N_("Nothing comes of it."),
}


class ComparisonPage(QWidget):
    """Shows one comparison; whatever is chosen is told at once, and nothing is written."""

    decided = Signal(object)
    """The :class:`Decisions` as they are now."""

    def __init__(self) -> None:
        super().__init__()
        self.comparison = Comparison(())
        self.decisions = Decisions()
        self.possible, self.meanings, self.titles = CHOICES, _MEANINGS, STANDING_TITLES
        self.groups = self._make_groups()
        self._choices: dict[Standing, QComboBox] = {}
        self.rows = ComparisonRows(self)
        self.table = self._make_table()
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(_("Filter by id"))
        self.filter.setAccessibleName(_("Filter by id"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(200)
        self.filter.textChanged.connect(lambda _text: self._show_group())
        self.meaning = label("", "quiet", wrap=True)
        self.details = self._make_details()
        self._buttons = QHBoxLayout()
        self._pages = QStackedLayout(self)
        words = _("Nothing of it is in the survey yet, or nothing was compared so far.")
        self._pages.addWidget(EmptyState("git-diff", _("Nothing to compare"), words))
        self._pages.addWidget(self._lay_out())

    def _lay_out(self) -> QWidget:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 6, 8, 4)
        bar.setSpacing(8)
        bar.addWidget(self.filter)
        bar.addWidget(self.meaning, 1)
        self._buttons.setSpacing(4)
        bar.addLayout(self._buttons)
        lists = QWidget()
        column = QVBoxLayout(lists)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.table, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(lists)
        split.addWidget(self.details)
        split.setSizes([320, 220])
        split.setChildrenCollapsible(False)
        page = QWidget()
        whole = QVBoxLayout(page)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.groups)
        whole.addWidget(split, 1)
        return page

    def _make_groups(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setHeaderLabels([_("How elements stand"), _("Nodes"), _("Pipes"), _("Other rows"), _("What to do with them")])
        made.setRootIsDecorated(False)
        made.setUniformRowHeights(True)
        made.setAccessibleName(_("How elements stand"))
        header = made.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, width in (*((count, 90) for count in _COUNTS), (_CHOICE, 220)):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(place, width)
            if place in _COUNTS:
                made.headerItem().setTextAlignment(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        made.setColumnHidden(_COUNTS[-1], True)
        made.currentItemChanged.connect(lambda _item, _before: self._show_group())
        return made

    def _make_table(self) -> QTableView:
        made = QTableView()
        made.setModel(self.rows)
        made.setAccessibleName(_("Elements"))
        made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        made.setAlternatingRowColors(True)
        made.setShowGrid(False)
        made.setWordWrap(False)
        made.verticalHeader().hide()
        made.verticalHeader().setDefaultSectionSize(26)
        header = made.horizontalHeader()
        header.setHighlightSections(False)
        for place, width in ((0, 130), (1, 90), (2, 360), (3, 200), (4, 80), (CHOICE_COLUMN, 130)):
            header.resizeSection(place, width)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        made.selectionModel().selectionChanged.connect(lambda _on, _off: self._show_details())
        return made

    def _make_details(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setHeaderLabels([_("Field"), _("Delivered last"), _("In the survey now"), _("Delivery"), _("Choice")])
        made.setRootIsDecorated(False)
        made.setUniformRowHeights(True)
        made.setAccessibleName(_("Field by field"))
        made.header().setStretchLastSection(False)
        for place in (1, 2, 3):
            made.header().setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
        made.header().resizeSection(0, 170)
        made.header().resizeSection(4, 170)
        made.setMinimumHeight(120)
        return made

    def name_sides(self, base: str, ours: str, theirs: str) -> None:
        """Call the three values otherwise than as those of a delivery."""
        self.details.setHeaderLabels([_("Field"), base, ours, theirs, _("Choice")])
        self.possible, self.meanings = MERGE_CHOICES, _MERGE_MEANINGS
        self.groups.setColumnHidden(_COUNTS[-1], False)
        self.titles = {**STANDING_TITLES, "missing": N_("Removed there")}

    # -- showing ----------------------------------------------------------------------------------------------------

    def show_comparison(self, comparison: Comparison | None, decisions: Decisions) -> None:
        """Show another comparison; without one, that there is nothing to compare."""
        self._pages.setCurrentIndex(0 if comparison is None else 1)
        if comparison is self.comparison and decisions == self.decisions:
            return
        kept = self.standing()
        self.comparison, self.decisions = comparison or Comparison(()), decisions
        self.groups.blockSignals(True)
        self.groups.clear()
        self._choices = {}
        for standing in STANDINGS:
            self._add_group(standing)
        self.groups.blockSignals(False)
        self._fit_groups()
        wanted = (
            kept
            if kept and self.comparison.count(kept)
            else next((one for one in STANDINGS if self.comparison.count(one)), "same")
        )
        item = self.groups.topLevelItem(STANDINGS.index(wanted))
        if item is not None:
            self.groups.setCurrentItem(item)
        self._show_group()

    def _add_group(self, standing: Standing) -> None:
        layers = self.comparison.layers
        counts = [sum(layer.count(standing) for layer in some) for some in (layers[:1], layers[1:2], layers[2:])]
        item = QTreeWidgetItem([_(self.titles[standing]), *(f"{count:,}" for count in counts), ""])
        name, token = _ICONS[standing]
        token = token if any(counts) else "text_off"
        item.setIcon(0, icon(name, tint=token, active=token, on=token))
        item.setToolTip(0, _(self.meanings[standing]))
        for place in _COUNTS:
            item.setTextAlignment(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.groups.addTopLevelItem(item)
        if self.possible[standing] and any(counts):
            made = self._choice_box(standing, self.decisions.of_group(standing))
            made.activated.connect(lambda _place, standing=standing, made=made: self._choose_group(standing, made.currentData()))
            made.setAccessibleName(_(self.titles[standing]))
            self._choices[standing] = made
            self.groups.setItemWidget(item, _CHOICE, made)

    def _choice_box(self, standing: Standing, current: Choice) -> QComboBox:
        made = QComboBox()
        for choice in self.possible[standing]:
            made.addItem(choice_title(standing, choice), choice)
        made.setCurrentIndex(made.findData(current))
        return made

    def _fit_groups(self) -> None:
        row = max(28, self.groups.sizeHintForRow(0))
        self.groups.setFixedHeight(
            len(STANDINGS) * row + self.groups.header().sizeHint().height() + 2 * self.groups.frameWidth() + 2
        )

    def standing(self) -> Standing | None:
        """Return the group that is looked at."""
        item = self.groups.currentItem()
        return STANDINGS[self.groups.indexOfTopLevelItem(item)] if item is not None else None

    def _show_group(self) -> None:
        standing = self.standing()
        if standing is None:
            return
        self.meaning.setText(_(self.meanings[standing]))
        self.rows.show_rows(self.comparison, self.decisions, standing, self.filter.text().strip())
        self._show_buttons(standing)
        if self.rows.rowCount():
            self.table.selectRow(0)
        self._show_details()

    def _show_buttons(self, standing: Standing) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            before = item.widget()
            if before is not None:
                before.deleteLater()
        if not self.rows.rowCount():
            return
        for choice in self.possible[standing]:
            made = button(choice_title(standing, choice), partial(self.choose_selected, choice))
            made.setToolTip(_("For the rows that are selected"))
            self._buttons.addWidget(made)
        if self.possible[standing]:
            made = button(_("As the group"), lambda: self.choose_selected(None), quiet=True)
            made.setToolTip(_("For the rows that are selected"))
            self._buttons.addWidget(made)

    # -- choosing ---------------------------------------------------------------------------------------------------

    def _choose_group(self, standing: Standing, choice: Choice) -> None:
        groups = {**self.decisions.groups, standing: choice}
        self._decide(Decisions(groups, self.decisions.elements, self.decisions.fields))

    def choose_selected(self, choice: Choice | None) -> None:
        """Choose for the elements that are selected; None: as their group."""
        chosen = [self.rows.at(index.row()) for index in self.table.selectionModel().selectedRows()]
        if chosen:
            self._decide(with_choice(self.decisions, chosen, choice))

    def choose_field(self, layer: LayerComparison, row: int, name: str, choice: Choice) -> None:
        """Choose for one field of one element."""
        fields = {**self.decisions.fields, (layer.key(row), name): choice}
        self._decide(Decisions(self.decisions.groups, self.decisions.elements, fields))

    def _decide(self, decisions: Decisions) -> None:
        self.decisions = decisions
        self.rows.decide(decisions)
        for standing, box in self._choices.items():
            box.setCurrentIndex(box.findData(decisions.of_group(standing)))
        self._show_details()
        self.decided.emit(decisions)

    # -- one element ------------------------------------------------------------------------------------------------

    def select(self, place: int) -> None:
        """Look at one row of the list."""
        flags = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().select(self.rows.index(place, 0), flags.ClearAndSelect | flags.Rows)

    def _show_details(self) -> None:
        self.details.clear()
        rows = self.table.selectionModel().selectedRows()
        self.details.setVisible(self.rows.standing in {"conflict", "changed"} and bool(self.rows.rowCount()))
        if len(rows) != 1:
            return
        layer, row = self.rows.at(rows[0].row())
        for difference in layer.of(row):
            self._add_field(layer, row, difference)

    def _add_field(self, layer: LayerComparison, row: int, difference: Difference) -> None:
        values = [
            value_text(column[0].as_py(), difference, self.comparison)
            for column in (difference.base, difference.ours, difference.theirs)
        ]
        if not difference.in_conflict[0]:
            values[0] = values[0] or values[1]
        item = QTreeWidgetItem([field_title(difference, layer), *(value or "–" for value in values)])
        for place, value in enumerate(values, 1):
            item.setToolTip(place, value)
        conflict = bool(difference.in_conflict[0])
        name, token = _ICONS["conflict" if conflict else "changed"]
        item.setIcon(0, icon(name, tint=token, active=token, on=token))
        self.details.addTopLevelItem(item)
        if layer.deleted[row]:
            return
        standing: Standing = "conflict" if conflict else "changed"
        made = self._choice_box(standing, self.decisions.of_field(layer, row, difference.name, in_conflict=conflict))
        made.setAccessibleName(field_title(difference, layer))
        made.activated.connect(lambda _place: self.choose_field(layer, row, difference.name, made.currentData()))
        self.details.setItemWidget(item, 4, made)
