"""The attribute tables: every node or pipe of the survey, sorted and filtered by the database, fetched as it comes into view.

Typing, pasting and the rest of a spreadsheet's habits are :mod:`pipemap.gui.cell_editing`'s; here are rows and columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QPushButton, QStackedLayout, QToolButton, QVBoxLayout

from pipemap.gui.cell_editing import CellEditing
from pipemap.gui.cell_view import CellDelegate, CellsView, FrozenColumns
from pipemap.gui.columns import ColumnChooser, KeptColumns
from pipemap.gui.edit_pane import EditPane
from pipemap.gui.element_model import NOTHING, ElementModel, Order
from pipemap.gui.exporting import ask_for_table, write_released
from pipemap.gui.filter_bar import FilterBar
from pipemap.gui.following import InFront
from pipemap.gui.icons import icon
from pipemap.gui.parts import EmptyState, Offer, label, tool_button
from pipemap.gui.selecting_table import SelectingTable
from pipemap.gui.storing_cells import may_write
from pipemap.gui.table_menus import open_cell_menu, open_header_menu
from pipemap.model.entry import refusal_of
from pipemap.model.fields import Field, Layer, fields
from pipemap.model.lookup import Element
from pipemap.model.wording import heading
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.session import Session
    from pipemap.progress import Progress
    from pipemap.store import Survey


class ElementTable(SelectingTable):
    """Filter bar, table, and what can be done with its rows; one for nodes, one for pipes."""

    layer: Layer = "node"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._kept = KeptColumns(session)
        self._names = self._kept.names(self.layer)
        self._widths = self._kept.widths(self.layer)
        self._sorted_by, self._descending = "", False
        self._asked = 0
        self._from_top = False
        self._shown: Survey | None = None
        self._known: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._in_front = InFront(self, self._ask)
        self.model = ElementModel(self.layer, self)
        self.view = self._make_view()
        self.frozen = FrozenColumns(self.view)
        self._dress_frozen()
        self.editing = CellEditing(self)
        self.pane = EditPane(self)
        self._refused = self._make_refused()
        self.only_waiting = self._make_only_waiting()
        self.filter_bar = FilterBar(self.layer)
        self.filter_bar.changed.connect(self._ask_from_top)
        self._count = label("", "quiet")
        self._pages = QStackedLayout()
        self._lay_out()
        session.network_changed.connect(self._take_network)
        session.selection_changed.connect(self._show_selection)
        session.theme_changed.connect(self.view.viewport().update)
        self._take_network()

    def _make_view(self) -> CellsView:
        view = CellsView()
        view.everything_wanted.connect(self._select_all)
        view.setItemDelegate(CellDelegate(self, view))
        view.setModel(self.model)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        triggers = QAbstractItemView.EditTrigger
        view.setEditTriggers(triggers.AnyKeyPressed | triggers.EditKeyPressed | triggers.DoubleClicked)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setWordWrap(False)
        view.setIconSize(QSize(12, 12))
        view.setShowGrid(False)
        view.setAlternatingRowColors(True)
        view.setAccessibleName(_("Nodes") if self.layer == "node" else _("Pipes"))
        rows, columns = view.verticalHeader(), view.horizontalHeader()
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)
        rows.setDefaultSectionSize(26)
        rows.hide()
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setSectionsMovable(True)
        columns.setTextElideMode(Qt.TextElideMode.ElideRight)
        columns.setHighlightSections(False)
        columns.sectionClicked.connect(self._sort_by)
        columns.sectionMoved.connect(lambda *_places: self._keep_order())
        columns.sectionResized.connect(self._keep_width)
        columns.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        columns.customContextMenuRequested.connect(lambda at: open_header_menu(self, columns, at))
        columns.setSelectionModel(
            QItemSelectionModel(self.model, columns)
        )  # else it looks through all rows when all are selected
        view.selectionModel().selectionChanged.connect(self._tell_selection)
        view.doubleClicked.connect(self._fly)
        view.refused_edit.connect(self._say_why)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)
        return view

    def _make_only_waiting(self) -> QToolButton:
        made = tool_button("hourglass", _("Only batches that wait for acceptance"), self._ask_from_top)
        made.setCheckable(True)
        made.hide()
        return made

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.setSpacing(4)
        bar.addWidget(self.filter_bar, 1)
        bar.addWidget(self._refused)
        bar.addWidget(self._count)
        tools = [
            tool_button("swap", _("Find and replace (Ctrl+H)"), self.pane.open_replace),
            tool_button("calculator", _("Calculate a field"), self.pane.open_calculate),
        ]
        fly = tool_button("crosshair", _("Zoom to the selection"), lambda: self.session.select(self.session.selection, fly=True))
        columns = tool_button("sliders-horizontal", _("Choose columns"), lambda: None)
        columns.clicked.connect(lambda: self.choose_columns(columns.mapToGlobal(QPoint(columns.width(), columns.height() + 2))))
        export = tool_button("export", _("Export these rows as XLSX or CSV"), self.export_rows)
        for tool in (self.only_waiting, *tools, fly, columns, export):
            bar.addWidget(tool)
        nothing = EmptyState(
            "table",
            _("No survey is open"),
            _("Open a survey, or import survey tables or a model: every element is listed here."),
        )
        words = _("Take a condition away, or all of them.")
        held_back = EmptyState(
            "funnel", _("Nothing fulfils all conditions"), words, Offer(_("Clear the filter"), self.filter_bar.clear)
        )
        for page in (self.view, nothing, held_back):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.filter_bar.chips)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addLayout(self._pages, 1)
        row.addWidget(self.pane)
        column.addLayout(row, 1)

    def _dress_frozen(self) -> None:
        frozen, header = self.frozen, self.frozen.horizontalHeader()
        frozen.begin()
        frozen.setItemDelegate(CellDelegate(self, frozen))
        frozen.acted.connect(self._act)
        frozen.everything_wanted.connect(self._select_all)
        frozen.doubleClicked.connect(self._fly)
        frozen.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        frozen.customContextMenuRequested.connect(self._open_menu)
        header.sectionClicked.connect(self._sort_by)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(False)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda at: open_header_menu(self, header, at))
        header.sectionResized.connect(self._resize_frozen)
        self.view.acted.connect(self._act)

    def _act(self, name: str) -> None:
        self.editing.act(name)

    def _resize_frozen(self, section: int, _before: int, now: int) -> None:
        if now and self.view.columnWidth(section) != now:
            self.view.setColumnWidth(section, now)

    def _make_refused(self) -> QPushButton:
        made = QPushButton()
        made.setProperty("quiet", True)
        made.setIcon(icon("warning-circle", tint="error", active="error"))
        made.setToolTip(_("Go to the next text that is not stored; Esc in a cell lets it go"))
        made.clicked.connect(lambda _checked=False: self._next_refused())
        made.hide()
        return made

    # -- which rows, in which order ---------------------------------------------------------------------------------

    def _take_network(self) -> None:
        self.filter_bar.show_network(self.session.network)
        survey, fids = self.session.survey, self._fids()
        waiting = self.waiting()
        is_other = not np.array_equal(waiting, self.model.waiting)
        self.model.waiting = waiting
        self.only_waiting.setVisible(bool(len(waiting)))
        if not len(waiting):
            self.only_waiting.setChecked(False)
        if survey is not None and survey is self._shown and not is_other and np.array_equal(fids, self._known):
            self.model.refresh(self.batches())  # other values in the same rows: nothing moves while one is typing
            return
        if survey is not self._shown:
            self.model.drafts.clear()
            self.pane.hide()
            self.show_refused()
        self._ask()

    def _ask_from_top(self) -> None:
        """Another order or filter: where one had scrolled to means nothing any more."""
        self._from_top = True
        self._ask()

    def _ask(self) -> None:
        """Have the database sort and filter on another thread; the answer of an older question is dropped."""
        survey = self.session.survey
        self._asked += 1
        asked, part = self._asked, f"{self.layer} table"
        self.filter_bar.setEnabled(survey is not None)
        if survey is None:
            self._shown = None
            self.model.show_rows(None, NOTHING, [], {})
            self._count.setText("")
            self._pages.setCurrentIndex(1)
            return
        if self._in_front.waits():  # nobody sees its rows
            if survey is not self._shown:
                self._shown = None
                self.model.show_rows(None, NOTHING, [], {})
            return
        conditions, column, descending = self.filter_bar.conditions(), self._sorted_by, self._descending

        known = self._fids()
        only = self.model.waiting if self.only_waiting.isChecked() else None

        def work(_progress: Progress) -> Order:
            fids = survey.order(self.layer, column=column or "id", descending=descending, conditions=conditions)
            fids = fids if only is None else fids[np.isin(fids, only)]
            return Order.of(fids, known)

        def done(order: Order) -> None:
            self.session.mark_ready(part)
            if asked == self._asked and survey is self.session.survey:
                self._shown, self._known = survey, known
                self._show_rows(survey, order)

        def failed(error: Exception) -> None:
            self.session.mark_ready(part)
            if asked == self._asked and survey is self.session.survey:
                self.session.complain(error)

        self.session.mark_busy(part)
        self.session.run(work, _("Sorting"), done, failed)

    def _show_rows(self, survey: Survey, rows: Order) -> None:
        network, known, header = self.session.network, fields(self.layer), self.view.horizontalHeader()
        columns = [known[name] for name in self._names]
        total = 0 if network is None else network.node_count if self.layer == "node" else network.pipe_count
        self._telling = True
        if columns != self.model.columns:
            for place in range(header.count()):
                header.moveSection(header.visualIndex(place), place)
        fids = rows.fids
        self.model.show_rows(survey, rows, columns, self.batches())
        for place, field in enumerate(columns):
            width = self._widths.get(field.name) or _width(field, self.view.fontMetrics().horizontalAdvance)
            self.view.setColumnWidth(place, width)
        order = Qt.SortOrder.DescendingOrder if self._descending else Qt.SortOrder.AscendingOrder
        place = self._names.index(self._sorted_by) if self._sorted_by in self._names else -1
        header.setSortIndicator(place, order)
        header.setSortIndicatorShown(place >= 0)
        self.frozen.hold(self._kept.frozen(self.layer))
        self._telling = False
        if self._from_top:
            self.view.scrollToTop()
        self._from_top = False
        held_back = not len(fids) and bool(self.filter_bar.conditions())
        self._pages.setCurrentIndex(2 if held_back else 0)
        self._count.setText(
            f"{len(fids):,}" if len(fids) == total else _("{n} of {total}").format(n=f"{len(fids):,}", total=f"{total:,}")
        )
        self._show_selection()

    def _sort_by(self, section: int) -> None:
        name = self.model.columns[section].name
        self.sort(name, descending=not self._descending if name == self._sorted_by else False)

    def sort(self, name: str, *, descending: bool = False) -> None:
        """Sort by a column."""
        self._sorted_by, self._descending = name, descending
        self._ask_from_top()

    # -- columns ----------------------------------------------------------------------------------------------------

    def choose_columns(self, corner: QPoint) -> ColumnChooser:
        """Open the list of columns, its upper right corner there."""
        chooser = ColumnChooser(self, self.layer, self.visible_names())
        chooser.changed.connect(self.show_columns)
        chooser.open_at(corner)
        return chooser

    def show_columns(self, names: Sequence[str]) -> None:
        """Show these columns in this order, and keep them; the id stands in for none at all."""
        self._names = list(names) or ["id"]
        self._kept.keep(self.layer, self._names)
        survey = self.session.survey
        if survey is not None:
            self._show_rows(survey, self.model.order)

    def visible_names(self) -> list[str]:
        """Columns in the order on screen, where a person may have dragged them."""
        header = self.view.horizontalHeader()
        if header.count() != len(self.model.columns) or not self.model.columns:
            return list(self._names)
        return [self.model.columns[header.logicalIndex(place)].name for place in range(header.count())]

    def _keep_order(self) -> None:
        if not self._telling:
            self._kept.keep(self.layer, self.visible_names())
            self.frozen.follow()

    def _keep_width(self, section: int, _before: int, now: int) -> None:
        if not self._telling and section < len(self.model.columns):
            self._widths[self.model.columns[section].name] = now
            self._kept.keep_look(self.layer, widths=self._widths, frozen=self.frozen.count)

    def freeze(self, count: int) -> None:
        """Hold the first columns in place when the table is moved sideways; 0 holds none."""
        self.frozen.hold(count)
        self._kept.keep_look(self.layer, widths=self._widths, frozen=count)

    # -- refused texts ------------------------------------------------------------------------------------------------

    def show_refused(self) -> None:
        """Say how many typed texts could not be stored."""
        count = sum(bool(draft.reason) for draft in self.model.drafts.values())
        self._refused.setText(_("Not stored: {n}").format(n=count))
        self._refused.setVisible(bool(count))

    def _next_refused(self) -> None:
        """Go to the next cell whose text is refused."""
        fids = [fid for (fid, _name), draft in self.model.drafts.items() if draft.reason]
        places = np.flatnonzero(np.isin(self.model.fids, fids))
        if not len(places):
            self.editing.forget_all()
            return
        now = self.view.currentIndex().row()
        place = int(places[np.searchsorted(places, now, side="right") % len(places)])
        fid = int(self.model.fids[place])
        names = [field.name for field in self.model.columns]
        columns = [
            names.index(name) for (one, name), draft in self.model.drafts.items() if one == fid and draft.reason and name in names
        ]
        self.view.setCurrentIndex(self.model.index(place, columns[0] if columns else 0))
        self.view.setFocus()

    # -- what can be done with rows ---------------------------------------------------------------------------------

    def _row_of(self, place: int) -> int:
        return int(self.model.order.rows[place])

    def _fly(self, index: QModelIndex) -> None:
        """A double click on an id flies to the element, and on a cell that is not typed; on others it begins typing."""
        row = self._row_of(index.row())
        edits = bool(index.flags() & Qt.ItemFlag.ItemIsEditable) and self.model.columns[index.column()].name != "id"
        if row >= 0 and not edits:
            self.session.fly_to(self.layer, row)

    def _say_why(self, index: QModelIndex) -> None:
        """Typing was asked for where nothing is typed."""
        if may_write(self.session):
            field = self.model.columns[index.column()]
            self.session.say(" · ".join([field.label, refusal_of(field)]))

    def _open_menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        if index.isValid() and (row := self._row_of(index.row())) >= 0:
            open_cell_menu(self, Element(self.layer, row), self.view.viewport().mapToGlobal(at))

    def export_rows(self, path: Path | None = None) -> None:
        """Write the rows shown, all of them and in this order, to a spreadsheet."""
        survey = self.session.survey
        if survey is None:
            return
        title = _("Nodes") if self.layer == "node" else _("Pipes")
        target = path or ask_for_table(self, _("Export rows"), f"{self._session_name()} {title}")
        if target is None:
            return
        fids, names = self.model.fids, self.visible_names()

        def write(progress: Progress) -> tuple[int, int]:
            from pipemap.jobs.tables import export_elements, may_leave

            leave = may_leave(survey.network, self.layer, fids)
            export_elements(survey, self.layer, fids[leave], names, target, progress=progress)
            return int(leave.sum()), int((~leave).sum())

        write_released(self.session, write, target)

    def may_leave(self, fids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which elements are not marked secret."""
        from pipemap.jobs.tables import may_leave

        network = self.session.network
        return may_leave(network, self.layer, fids) if network is not None else np.zeros(len(fids), dtype=np.bool_)

    def _session_name(self) -> str:
        return self.session.survey.path.stem if self.session.survey is not None else ""


class NodeTable(ElementTable):
    """Every node."""

    layer: Layer = "node"


class PipeTable(ElementTable):
    """Every pipe."""

    layer: Layer = "pipe"


def _width(field: Field, measure: Callable[[str], int]) -> int:
    """A width that fits the heading and what usually stands below it."""
    usual = {"real": 72, "int": 64, "date": 96, "bool": 64}.get(field.type, 120)
    if field.name in ("note", "road", "owner", "category"):
        usual = 152
    return max(usual, measure(heading(field)) + 36)
