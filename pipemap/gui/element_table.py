"""The attribute tables: every node or pipe of the survey, sorted and filtered by the database, fetched as it comes into view."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.clipboard import left_out
from pipemap.gui.columns import ColumnChooser, KeptColumns
from pipemap.gui.element_model import NOTHING, ElementModel, Order
from pipemap.gui.exporting import ask_for_table, write_table
from pipemap.gui.filter_bar import FilterBar
from pipemap.gui.parts import EmptyState, Offer, label, tool_button
from pipemap.gui.session import Selection, each_once
from pipemap.model.fields import Field, Layer, fields
from pipemap.model.lookup import Element
from pipemap.model.wording import heading, shown
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.session import Rows, Session
    from pipemap.progress import Progress
    from pipemap.store import Survey

MOST_COPIED = 20_000
"""Rows that the clipboard takes."""


MOST_SPANS = 500
"""Runs of selected rows that Qt is told of; it looks through all of them for every cell that it draws."""


class RowsView(QTableView):
    """A table in which Ctrl+A costs nothing, however many rows there are."""

    everything_wanted = Signal()

    def selectAll(self) -> None:
        """Leave it to the table: Qt would look at each row."""
        self.everything_wanted.emit()


class MarkedRows(QStyledItemDelegate):
    """Draws rows as selected that the table marked without telling Qt of each."""

    def __init__(self, table: ElementTable, parent: QWidget) -> None:
        super().__init__(parent)
        self._table = table

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Add what Qt does not know."""
        super().initStyleOption(option, index)
        if self._table.is_marked(index.row()):
            option.state |= QStyle.StateFlag.State_Selected


class ElementTable(QWidget):
    """Filter bar, table, and what can be done with its rows; one for nodes, one for pipes."""

    layer: Layer = "node"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._kept = KeptColumns(session)
        self._names = self._kept.names(self.layer)
        self._widths: dict[str, int] = {}
        self._sorted_by, self._descending = "", False
        self._asked = 0
        self._telling = False
        self._is_behind = False
        self._from_top = False
        self._marked: NDArray[np.int64] | None = None
        self.model = ElementModel(self.layer, self)
        self.view = self._make_view()
        self.filter_bar = FilterBar(self.layer)
        self.filter_bar.changed.connect(self._ask_from_top)
        self._count = label("", "quiet")
        self._pages = QStackedLayout()
        self._lay_out()
        session.network_changed.connect(self._take_network)
        session.selection_changed.connect(self._show_selection)
        session.theme_changed.connect(self.view.viewport().update)
        self._take_network()

    def _make_view(self) -> RowsView:
        view = RowsView()
        view.everything_wanted.connect(self._select_all)
        view.setItemDelegate(MarkedRows(self, view))
        view.setModel(self.model)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
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
        columns.customContextMenuRequested.connect(lambda at: self.choose_columns(columns.mapToGlobal(at) + QPoint(280, 0)))
        columns.setSelectionModel(
            QItemSelectionModel(self.model, columns)
        )  # else it looks through all rows when all are selected
        view.selectionModel().selectionChanged.connect(self._tell_selection)
        view.doubleClicked.connect(lambda index: self._fly(index.row()))
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)
        copy = QShortcut(QKeySequence.StandardKey.Copy, view, context=Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_rows)
        return view

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.setSpacing(4)
        bar.addWidget(self.filter_bar, 1)
        bar.addWidget(self._count)
        fly = tool_button(
            "crosshair", _("Zoom to the selection"), lambda: self._session.select(self._session.selection, fly=True)
        )
        columns = tool_button("sliders-horizontal", _("Choose columns"), lambda: None)
        columns.clicked.connect(lambda: self.choose_columns(columns.mapToGlobal(QPoint(columns.width(), columns.height() + 2))))
        export = tool_button("export", _("Export these rows as XLSX or CSV"), self.export_rows)
        for tool in (fly, columns, export):
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
        column.addLayout(self._pages, 1)

    # -- which rows, in which order ---------------------------------------------------------------------------------

    def _take_network(self) -> None:
        self.filter_bar.show_network(self._session.network)
        self._ask()

    def _ask_from_top(self) -> None:
        """Another order or filter: where one had scrolled to means nothing any more."""
        self._from_top = True
        self._ask()

    def _ask(self) -> None:
        """Have the database sort and filter on another thread; the answer of an older question is dropped."""
        survey = self._session.survey
        self._asked += 1
        asked, part = self._asked, f"{self.layer} table"
        self.filter_bar.setEnabled(survey is not None)
        if survey is None:
            self.model.show_rows(None, NOTHING, [], {})
            self._count.setText("")
            self._pages.setCurrentIndex(1)
            return
        conditions, column, descending = self.filter_bar.conditions(), self._sorted_by, self._descending

        known = self._fids()

        def work(_progress: Progress) -> Order:
            fids = survey.order(self.layer, column=column or "id", descending=descending, conditions=conditions)
            return Order.of(fids, known)

        def done(order: Order) -> None:
            self._session.mark_ready(part)
            if asked == self._asked and survey is self._session.survey:
                self._show_rows(survey, order)

        def failed(error: Exception) -> None:
            self._session.mark_ready(part)
            if asked == self._asked and survey is self._session.survey:
                self._session.complain(error)

        self._session.mark_busy(part)
        self._session.run(work, _("Sorting"), done, failed)

    def _show_rows(self, survey: Survey, rows: Order) -> None:
        network, known, header = self._session.network, fields(self.layer), self.view.horizontalHeader()
        columns = [known[name] for name in self._names]
        total = 0 if network is None else network.node_count if self.layer == "node" else network.pipe_count
        self._telling = True
        if columns != self.model.columns:
            for place in range(header.count()):
                header.moveSection(header.visualIndex(place), place)
        fids = rows.fids
        self.model.show_rows(survey, rows, columns, network.batch_names if network is not None else {})
        for place, field in enumerate(columns):
            width = self._widths.get(field.name) or _width(field, self.view.fontMetrics().horizontalAdvance)
            self.view.setColumnWidth(place, width)
        order = Qt.SortOrder.DescendingOrder if self._descending else Qt.SortOrder.AscendingOrder
        place = self._names.index(self._sorted_by) if self._sorted_by in self._names else -1
        header.setSortIndicator(place, order)
        header.setSortIndicatorShown(place >= 0)
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
        self._descending = not self._descending if name == self._sorted_by else False
        self._sorted_by = name
        self._ask_from_top()

    # -- columns ----------------------------------------------------------------------------------------------------

    def choose_columns(self, corner: QPoint) -> ColumnChooser:
        """Open the list of columns, its upper right corner there."""
        chooser = ColumnChooser(self, self.layer, self._visible_names())
        chooser.changed.connect(self.show_columns)
        chooser.open_at(corner)
        return chooser

    def show_columns(self, names: Sequence[str]) -> None:
        """Show these columns in this order, and keep them; the id stands in for none at all."""
        self._names = list(names) or ["id"]
        self._kept.keep(self.layer, self._names)
        survey = self._session.survey
        if survey is not None:
            self._show_rows(survey, self.model.order)

    def _visible_names(self) -> list[str]:
        """Columns in the order on screen, where a person may have dragged them."""
        header = self.view.horizontalHeader()
        if header.count() != len(self.model.columns) or not self.model.columns:
            return list(self._names)
        return [self.model.columns[header.logicalIndex(place)].name for place in range(header.count())]

    def _keep_order(self) -> None:
        if not self._telling:
            self._kept.keep(self.layer, self._visible_names())

    def _keep_width(self, section: int, _before: int, now: int) -> None:
        if not self._telling and section < len(self.model.columns):
            self._widths[self.model.columns[section].name] = now

    # -- one selection everywhere -----------------------------------------------------------------------------------

    def _fids(self) -> NDArray[np.int64]:
        network = self._session.network
        if network is None:
            return np.empty(0, dtype=np.int64)
        return network.node_fid if self.layer == "node" else network.pipe_fid

    def _tell_selection(self) -> None:
        """The person selected rows here: tell the session."""
        if self._telling or self._session.network is None:
            return
        control = bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier)
        order, before = self.model.order, self._marked
        places = self._spanned_places()
        self._marked = None
        if before is not None and control:  # rows marked beside Qt's own selection: a click with Ctrl adds to them, or takes away
            places = np.setxor1d(before, places)
        rows = order.rows_at(places)
        other, mine = self._session.selection, self._session.selection.rows(self.layer)
        nodes: Rows | tuple[()] = ()
        pipes: Rows | tuple[()] = ()
        if control:  # what is not to be seen here stays
            nodes, pipes = other.nodes, other.pipes
            rows = np.concatenate([rows, mine[order.places[mine] < 0]])
        chosen = Selection.of(nodes=rows, pipes=pipes) if self.layer == "node" else Selection.of(nodes=nodes, pipes=rows)
        self._telling = True
        try:
            self._session.select(chosen)
        finally:
            self._telling = False
        if before is not None and control:
            self._show_selection()

    def _show_selection(self) -> None:
        """Something was selected elsewhere: mark its rows, and bring the first into view."""
        if self._telling or self._session.network is None:
            return
        self._is_behind = not self.isVisible()
        if self._is_behind:  # done when the table comes to the front
            return
        chosen_rows = self._session.selection.rows(self.layer)
        order = self.model.order
        places = order.places_of(chosen_rows) if len(order.places) > chosen_rows.max(initial=-1) else np.empty(0, dtype=np.int64)
        chosen, last = QItemSelection(), self.model.columnCount() - 1
        if len(places) and last >= 0:
            breaks = np.flatnonzero(np.diff(places) > 1)
            tops, bottoms = places[np.concatenate([[0], breaks + 1])], places[np.concatenate([breaks, [len(places) - 1]])]
            if len(tops) > MOST_SPANS:
                tops, bottoms = tops[:0], bottoms[:0]
            for top, bottom in zip(tops.tolist(), bottoms.tolist(), strict=True):
                chosen.append(self.model.whole_rows(top, bottom, last))
        self._mark(chosen)
        self._marked = places if len(places) and not chosen.count() else None
        if len(places):
            self.view.scrollTo(self.model.index(int(places[0]), self._left_column()), QAbstractItemView.ScrollHint.EnsureVisible)

    def _mark(self, chosen: QItemSelection) -> None:
        """Mark rows without a word to the view, which would look at each of them."""
        model = self.view.selectionModel()
        model.blockSignals(True)
        model.clearSelection()
        model.select(chosen, QItemSelectionModel.SelectionFlag.Select)
        model.blockSignals(False)
        self.view.viewport().update()

    def _spanned_places(self) -> NDArray[np.int64]:
        """Rows that Qt holds selected, sorted."""
        spans = self.view.selectionModel().selection()
        parts = [np.arange(spans.at(number).top(), spans.at(number).bottom() + 1) for number in range(spans.count())]
        return each_once(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)

    def is_marked(self, place: int) -> bool:
        """Whether a row is selected beside Qt's own selection, which grows slow with thousands of spans."""
        if self._marked is None:
            return False
        at = int(np.searchsorted(self._marked, place))
        return at < len(self._marked) and int(self._marked[at]) == place

    def _select_all(self) -> None:
        rows, columns = self.model.rowCount(), self.model.columnCount()
        chosen = QItemSelection()
        if rows and columns:
            chosen.append(self.model.whole_rows(0, rows - 1, columns - 1))
        self._mark(chosen)
        self._tell_selection()

    def _left_column(self) -> int:
        """The column at the left edge, so that showing a row moves nothing sideways."""
        return max(0, self.view.columnAt(0))

    def showEvent(self, event: QShowEvent) -> None:
        """In front again: mark what was selected meanwhile, once the table has its size."""
        super().showEvent(event)
        if self._is_behind:
            QTimer.singleShot(0, self, self._show_selection)

    # -- what can be done with rows ---------------------------------------------------------------------------------

    def _row_of(self, place: int) -> int:
        return int(self.model.order.rows[place])

    def _fly(self, place: int) -> None:
        row = self._row_of(place)
        if row >= 0:
            self._session.fly_to(self.layer, row)

    def _open_menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        if index.isValid() and (row := self._row_of(index.row())) >= 0:
            self._session.menu_requested.emit(Element(self.layer, row), self.view.viewport().mapToGlobal(at))

    def copy_rows(self) -> None:
        """Copy the selected rows with their headings, as a spreadsheet takes them."""
        survey = self._session.survey
        places = self._spanned_places() if self._marked is None else self._marked
        if survey is None or not len(places):
            return
        names, fids = self._visible_names(), self.model.fids[places[:MOST_COPIED]]
        leave = self._leave(fids)
        fids, withheld = fids[leave], int((~leave).sum())
        batches = self._session.network.batch_names if self._session.network is not None else {}

        def work(_progress: Progress) -> str:
            return _as_text(survey, self.layer, fids, names, batches)

        def done(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            are_all = len(places) <= MOST_COPIED
            said = _("{n} rows copied") if are_all else _("The first {n} rows copied; export takes all of them")
            self._session.say(said.format(n=f"{len(fids):,}") + left_out(withheld))

        self._session.run(work, _("Copying"), done)

    def export_rows(self, path: Path | None = None) -> None:
        """Write the rows shown, all of them and in this order, to a spreadsheet."""
        survey = self._session.survey
        if survey is None:
            return
        title = _("Nodes") if self.layer == "node" else _("Pipes")
        target = path or ask_for_table(self, _("Export rows"), f"{self._session_name()} {title}")
        if target is None:
            return
        fids, names = self.model.fids, self._visible_names()

        def write(progress: Progress) -> Path:
            from pipemap.jobs.tables import export_elements

            return export_elements(survey, self.layer, fids, names, target, progress=progress)

        leave = self._leave(fids)
        write_table(self._session, write, target, rows=int(leave.sum()), withheld=int((~leave).sum()))

    def _leave(self, fids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which elements are not marked secret."""
        from pipemap.jobs.tables import may_leave

        network = self._session.network
        return may_leave(network, self.layer, fids) if network is not None else np.zeros(len(fids), dtype=np.bool_)

    def _session_name(self) -> str:
        return self._session.survey.path.stem if self._session.survey is not None else ""


class NodeTable(ElementTable):
    """Every node."""

    layer: Layer = "node"


class PipeTable(ElementTable):
    """Every pipe."""

    layer: Layer = "pipe"


def _as_text(survey: Survey, layer: Layer, fids: NDArray[np.int64], names: Sequence[str], batches: Mapping[int, str]) -> str:
    """Headings and rows as a spreadsheet pastes them; each value is put into words once."""
    known = [fields(layer)[name] for name in names]
    words: list[dict[object, str]] = [{} for _field in known]
    lines = ["\t".join(heading(field) for field in known)]
    for row in survey.rows(layer, fids, names):
        cells = []
        for field, value, said in zip(known, row, words, strict=True):
            if value not in said:
                said[value] = _one_line(
                    batches.get(value, "") if isinstance(value, int) and field.values == "batch" else shown(field, value)
                )
            cells.append(said[value])
        lines.append("\t".join(cells))
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _width(field: Field, measure: Callable[[str], int]) -> int:
    """A width that fits the heading and what usually stands below it."""
    usual = {"real": 72, "int": 64, "date": 96, "bool": 64}.get(field.type, 120)
    if field.name in ("note", "road", "owner", "category"):
        usual = 152
    return max(usual, measure(heading(field)) + 36)
