"""The attribute tables: every node or pipe of the survey, sorted and filtered by the database, fetched as it comes into view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
)
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QHBoxLayout, QMenu, QTableView, QVBoxLayout, QWidget

from pipemap.gui import theme
from pipemap.gui.filter_bar import FilterBar
from pipemap.gui.parts import EmptyState, label, tool_button
from pipemap.gui.session import Selection
from pipemap.model.lookup import Element
from pipemap.model.fields import Field, Layer, fields
from pipemap.model.wording import heading, shown
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.session import Session
    from pipemap.progress import Progress
    from pipemap.store import Survey

PAGE = 200
"""Rows fetched at a time: a little more than a tall window shows."""

FIRST_COLUMNS: dict[Layer, tuple[str, ...]] = {
    "node": ("id", "category", "feature", "appurtenance", "ground", "chamber_depth", "state", "road", "owner", "note"),
    "pipe": (
        *("id", "from_node", "to_node", "category", "diameter_mm", "width_mm", "height_mm", "material", "burial"),
        *("from_depth", "to_depth", "from_level", "to_level", "flow", "road", "built", "note"),
    ),
}
"""What is shown before the person chooses other columns."""

Index = QModelIndex | QPersistentModelIndex


class ElementModel(QAbstractTableModel):
    """Rows by position in an order of fids; only pages that were looked at are in memory."""

    def __init__(self, layer: Layer, parent: QWidget) -> None:
        super().__init__(parent)
        self.layer: Layer = layer
        self.columns: list[Field] = []
        self.fids: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._survey: Survey | None = None
        self._pages: dict[int, list[tuple[Any, ...]]] = {}

    def show_rows(self, survey: Survey | None, fids: NDArray[np.int64], columns: list[Field]) -> None:
        """Show these elements in this order, with these columns."""
        self.beginResetModel()
        self._survey, self.fids, self.columns = survey, fids, columns
        self._pages.clear()
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own default
        """How many elements the filter lets through."""
        return 0 if parent.isValid() else len(self.fids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns are chosen."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 -- Qt's own
        """Text, alignment or colour of a cell."""
        field = self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = field.type in ("int", "real")
            return int((Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return shown(field, self._page(index.row())[index.row() % PAGE][index.column()])
        if role == Qt.ItemDataRole.DecorationRole and field.values == "category":
            from pipemap.gui.swatches import category_swatch

            code = self._page(index.row())[index.row() % PAGE][index.column()]
            return category_swatch(code, dark=theme.is_dark()) if code else None
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Name and unit of a column; number of a row."""
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return heading(self.columns[section])
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.columns[section].name
        return None

    def _page(self, row: int) -> list[tuple[Any, ...]]:
        number = row // PAGE
        if number not in self._pages:
            assert self._survey is not None  # noqa: S101 -- there are no rows without a survey
            names = [field.name for field in self.columns]
            self._pages[number] = self._survey.rows(self.layer, self.fids[number * PAGE : (number + 1) * PAGE], names)
        return self._pages[number]


class ElementTable(QWidget):
    """Filter bar, table, and what can be done with its rows; one for nodes, one for pipes."""

    layer: Layer = "node"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._names = list(FIRST_COLUMNS[self.layer])
        self._sorted_by, self._descending = "", False
        self._asked = 0
        self._telling = False
        self.model = ElementModel(self.layer, self)
        self.view = self._make_view()
        self.filter_bar = FilterBar(self.layer)
        self.filter_bar.changed.connect(self._ask)
        self._count = label("", "quiet")
        self._empty = EmptyState(
            "table",
            _("No survey is open"),
            _("Open a survey, or import survey tables or a model: every element is listed here."),
        )
        self._lay_out()
        session.network_changed.connect(self._ask)
        session.selection_changed.connect(self._show_selection)
        session.theme_changed.connect(self.view.viewport().update)
        self._ask()

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self.model)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setWordWrap(False)
        view.setShowGrid(False)
        view.setAlternatingRowColors(True)
        view.setAccessibleName(_("Nodes") if self.layer == "node" else _("Pipes"))
        rows, columns = view.verticalHeader(), view.horizontalHeader()
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)
        rows.setDefaultSectionSize(26)
        rows.hide()
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setSectionsMovable(True)
        columns.setHighlightSections(False)
        columns.sectionClicked.connect(self._sort_by)
        columns.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        columns.customContextMenuRequested.connect(lambda at: self._choose_columns(columns.mapToGlobal(at)))
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
        for icon_name, tip, act in (
            ("crosshair", _("Zoom to the selection"), lambda: self._session.select(self._session.selection, fly=True)),
            ("columns", _("Choose columns"), lambda: self._choose_columns(self.mapToGlobal(QPoint(self.width() - 280, 32)))),
            ("export", _("Export these rows as XLSX or CSV"), self.export_rows),
        ):
            bar.addWidget(tool_button(icon_name, tip, act))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.view, 1)
        column.addWidget(self._empty, 1)

    # -- which rows, in which order ---------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Have the database sort and filter on another thread; the answer of an older question is dropped."""
        survey = self._session.survey
        self._asked += 1
        asked, part = self._asked, f"{self.layer} table"
        self._empty.setVisible(survey is None)
        self.view.setVisible(survey is not None)
        self.filter_bar.setEnabled(survey is not None)
        if survey is None:
            self.model.show_rows(None, np.empty(0, dtype=np.int64), [])
            self._count.setText("")
            return
        conditions, column, descending = self.filter_bar.conditions(), self._sorted_by, self._descending

        def work(_progress: Progress) -> NDArray[np.int64]:
            return survey.order(self.layer, column=column or "id", descending=descending, conditions=conditions)

        def done(fids: NDArray[np.int64]) -> None:
            self._session.mark_ready(part)
            if asked == self._asked:
                self._show_rows(survey, fids)

        def failed(error: Exception) -> None:
            self._session.mark_ready(part)
            self._session.complain(error)

        self._session.mark_busy(part)
        self._session.run(work, _("Sorting"), done, failed)

    def _show_rows(self, survey: Survey, fids: NDArray[np.int64]) -> None:
        columns = fields(self.layer)
        self._telling = True
        self.model.show_rows(survey, fids, [columns[name] for name in self._names])
        self._telling = False
        for number, field in enumerate(self.model.columns):
            self.view.setColumnWidth(number, _width(field, self.view.fontMetrics().horizontalAdvance))
        network = self._session.network
        total = 0 if network is None else network.node_count if self.layer == "node" else network.pipe_count
        self._count.setText(
            f"{len(fids):,}" if len(fids) == total else _("{n} of {total}").format(n=f"{len(fids):,}", total=f"{total:,}")
        )
        self._show_selection()

    def _sort_by(self, section: int) -> None:
        name = self.model.columns[section].name
        self._descending = not self._descending if name == self._sorted_by else False
        self._sorted_by = name
        order = Qt.SortOrder.DescendingOrder if self._descending else Qt.SortOrder.AscendingOrder
        self.view.horizontalHeader().setSortIndicator(section, order)
        self.view.horizontalHeader().setSortIndicatorShown(True)
        self._ask()

    def _choose_columns(self, at: QPoint) -> None:
        menu = QMenu(self)
        for field in fields(self.layer).values():
            action = menu.addAction(heading(field))
            action.setCheckable(True)
            action.setChecked(field.name in self._names)
            action.toggled.connect(lambda on, name=field.name: self._show_column(name, on=on))
        menu.exec(at)
        menu.deleteLater()

    def _show_column(self, name: str, *, on: bool) -> None:
        chosen = {*self._names, name} if on else set(self._names) - {name}
        order = [*self._names, *(one for one in fields(self.layer) if one not in self._names)]
        self._names = [one for one in order if one in chosen] or ["id"]
        survey = self._session.survey
        if survey is not None:
            self._show_rows(survey, self.model.fids)

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
        ranges = self.view.selectionModel().selection()
        spans = [np.arange(one.top(), one.bottom() + 1) for one in ranges]
        places = np.unique(np.concatenate(spans)) if spans else np.empty(0, dtype=np.int64)
        rows = _positions(self._fids(), self.model.fids[places])
        other = self._session.selection
        self._telling = True
        try:
            keep = bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier)
            nodes, pipes = (other.nodes, other.pipes) if keep else ((), ())
            chosen = Selection.of(nodes=rows, pipes=pipes) if self.layer == "node" else Selection.of(nodes=nodes, pipes=rows)
            self._session.select(chosen)
        finally:
            self._telling = False

    def _show_selection(self) -> None:
        """Something was selected elsewhere: mark its rows, and bring the first into view."""
        if self._telling or self._session.network is None:
            return
        wanted = self._fids()[self._session.selection.rows(self.layer)]
        places = np.sort(_positions(self.model.fids, wanted))
        selection = QItemSelection()
        last = self.model.columnCount() - 1
        if len(places) and last >= 0:
            for span in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
                selection.select(self.model.index(int(span[0]), 0), self.model.index(int(span[-1]), last))
        self._telling = True
        self.view.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._telling = False
        if len(places):
            self.view.scrollTo(self.model.index(int(places[0]), 0), QAbstractItemView.ScrollHint.EnsureVisible)

    # -- what can be done with rows ---------------------------------------------------------------------------------

    def _row_of(self, place: int) -> int:
        rows = _positions(self._fids(), self.model.fids[place : place + 1])
        return int(rows[0]) if len(rows) else -1

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
        places = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        lines = ["\t".join(heading(field) for field in self.model.columns)]
        for place in places:
            cells = (self.model.data(self.model.index(place, column)) for column in range(self.model.columnCount()))
            lines.append("\t".join(cells))
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._session.say(_("{n} rows copied").format(n=len(places)))

    def export_rows(self, path: Path | None = None) -> None:
        """Write the rows shown, all of them and in this order, to a spreadsheet."""
        survey = self._session.survey
        if survey is None:
            return
        if path is None:
            name, _kind = QFileDialog.getSaveFileName(self, _("Export rows"), f"{self.layer}s.xlsx", "XLSX (*.xlsx);;CSV (*.csv)")
            if not name:
                return
            path = Path(name)
        target, fids, names = path, self.model.fids, list(self._names)

        def work(progress: Progress) -> Path:
            from pipemap.jobs.tables import export_elements

            return export_elements(survey, self.layer, fids, names, target, progress=progress)

        done = lambda written: self._session.say(_("{n} rows written to {file}").format(n=f"{len(fids):,}", file=written.name))  # noqa: E731
        self._session.run(work, _("Writing {file}").format(file=target.name), done)


class NodeTable(ElementTable):
    """Every node."""

    layer: Layer = "node"


class PipeTable(ElementTable):
    """Every pipe."""

    layer: Layer = "pipe"


def _positions(where: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions in ``where`` of the values wanted; values that are not there are left out."""
    if not len(where) or not len(wanted):
        return np.empty(0, dtype=np.int64)
    order = np.argsort(where, kind="stable")
    place = np.minimum(np.searchsorted(where, wanted, sorter=order), len(where) - 1)
    found = order[place]
    return found[where[found] == wanted].astype(np.int64)


def _width(field: Field, measure: Callable[[str], int]) -> int:
    """A width that fits the heading and what usually stands below it."""
    usual = {"real": 72, "int": 64, "date": 96, "bool": 64}.get(field.type, 120)
    if field.name in ("note", "road", "owner", "category"):
        usual = 152
    return max(usual, measure(heading(field)) + 36)
