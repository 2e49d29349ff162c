"""The answer of a trace: how much, of what, why it stopped, and what is not sure."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pipemap.analysis.trace import REASON_TEXTS, Trace, TraceType
from pipemap.gui import theme
from pipemap.gui.parts import EmptyState, button, label, rule
from pipemap.gui.session import Selection
from pipemap.gui.swatches import category_swatch
from pipemap.model.lookup import Element
from pipemap.model.wording import category_label, metres, size_label
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.gui.session import Session
    from pipemap.model.network import Network

TITLES: dict[TraceType, str] = {
    TraceType.CONNECTED: N_("Connected with {start}"),
    TraceType.SUBNETWORK: N_("Supplied together with {start}"),
    TraceType.UPSTREAM: N_("Upstream of {start}"),
    TraceType.DOWNSTREAM: N_("Downstream of {start}"),
    TraceType.SHORTEST_PATH: N_("Shortest path from {start}"),
    TraceType.LOOPS: N_("Loops around {start}"),
}
"""What a trace is called, with its start."""

MOST_LISTED = 500
"""Elements listed one by one under a heading; all of them are in the export."""


class ResultPanel(QWidget):
    """Follows the session's result; every id in it can be clicked, double click flies."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._area)
        session.result_changed.connect(self._show)
        session.theme_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        result = self._session.result
        self._area.setWidget(self._trace_page(result) if isinstance(result, Trace) else self._empty_page())

    def _empty_page(self) -> QWidget:
        words = _("Choose a trace in the toolbar and click where it starts, or right-click a pipe or node on the map.")
        return EmptyState("tree-structure", _("No trace has run yet"), words)

    def _trace_page(self, trace: Trace) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        starts = ", ".join(trace.network.element_id(start) for start in trace.starts)
        column.addWidget(label(_(TITLES[trace.type]).format(start=starts), "heading", wrap=True))
        if trace.note:
            column.addWidget(label(trace.note, wrap=True))
        column.addLayout(self._figures(trace))
        column.addLayout(self._actions(trace))
        for title, tree in (
            (_("By category"), self._category_tree(trace)),
            (_("By size"), self._size_tree(trace)),
            (_("Why it stopped"), self._stop_tree(trace)),
            (_("Sources"), self._source_tree(trace)),
            (_("Direction indeterminate"), self._uncertain_tree(trace)),
            (_("Loops"), self._loop_tree(trace)),
        ):
            if tree is not None:
                column.addWidget(rule())
                column.addWidget(label(title, "caption"))
                column.addWidget(tree)
        column.addStretch(1)
        return page

    def _figures(self, trace: Trace) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        figures = [
            (f"{len(trace.pipe_rows):,}", _("pipes")),
            (f"{len(trace.node_rows):,}", _("nodes")),
            (metres(trace.length), _("length")),
        ]
        for number, name in figures:
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(label(number, "strong", selectable=True))
            column.addWidget(label(name, "small"))
            row.addLayout(column)
        row.addStretch(1)
        return row

    def _actions(self, trace: Trace) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        selection = Selection.of(nodes=trace.node_rows, pipes=trace.pipe_rows)
        row.addWidget(button(_("Select all"), lambda: self._session.select(selection), icon_name="selection-all"))
        row.addWidget(button(_("Export"), self.export, icon_name="export"))
        row.addWidget(button(_("Clear"), lambda: self._session.set_result(None), quiet=True))
        row.addStretch(1)
        return row

    # -- lists ------------------------------------------------------------------------------------------------------

    def _category_tree(self, trace: Trace) -> QTreeWidget | None:
        network, rows = trace.network, trace.pipe_rows
        codes = network.pipe_category.codes[rows]
        tree = _tree((_("Category"), _("Pipes"), _("Length")))
        for code in np.unique(codes):
            mine = rows[codes == code]
            word = network.pipe_category.values[code] if code >= 0 else ""
            item = _item(
                category_label(word) if word else _("Unknown"), f"{len(mine):,}", metres(float(network.weight[mine].sum()))
            )
            if word:
                item.setIcon(0, category_swatch(word, dark=theme.is_dark()))
            self._add(tree, item, partial(self._select_pipes, mine))
        return _fitted(tree)

    def _size_tree(self, trace: Trace) -> QTreeWidget | None:
        network, rows = trace.network, trace.pipe_rows
        sizes = np.column_stack([network.width[rows], network.height[rows]])
        kinds, which = np.unique(np.nan_to_num(sizes, nan=-1.0), axis=0, return_inverse=True)
        tree = _tree((_("Size"), _("Pipes"), _("Length")))
        for number in range(len(kinds)):
            mine = rows[which.reshape(-1) == number]
            item = _item(size_label(network, int(mine[0])), f"{len(mine):,}", metres(float(network.weight[mine].sum())))
            self._add(tree, item, partial(self._select_pipes, mine))
        return _fitted(tree)

    def _stop_tree(self, trace: Trace) -> QTreeWidget | None:
        tree = _tree((_("Element"), _("Reason")))
        for stop in trace.stopped_by[:MOST_LISTED]:
            self._add(tree, _item(stop.id, _(REASON_TEXTS[stop.reason])), partial(self._select, stop.element))
        return _fitted(tree)

    def _source_tree(self, trace: Trace) -> QTreeWidget | None:
        tree = _tree((_("Node"), _("Certainty")))
        for rows, words in ((trace.source_rows, _("Known source")), (trace.possible_source_rows, _("Possible source"))):
            for row in rows[:MOST_LISTED].tolist():
                item = _item(trace.network.node_ids[row], words)
                self._add(tree, item, partial(self._select, Element("node", row)))
        return _fitted(tree)

    def _uncertain_tree(self, trace: Trace) -> QTreeWidget | None:
        return self._pipe_tree(trace.network, trace.indeterminate_rows)

    def _loop_tree(self, trace: Trace) -> QTreeWidget | None:
        tree = _tree((_("Loop"), _("Pipes"), _("Length")))
        for number, rows in enumerate(trace.loops[:MOST_LISTED], start=1):
            item = _item(str(number), f"{len(rows):,}", metres(float(trace.network.weight[rows].sum())))
            self._add(tree, item, partial(self._select_pipes, rows))
        return _fitted(tree)

    def _pipe_tree(self, network: Network, rows: np.ndarray) -> QTreeWidget | None:
        tree = _tree((_("Pipe"), _("Length")))
        for row in rows[:MOST_LISTED].tolist():
            self._add(
                tree,
                _item(network.pipe_ids[row], metres(float(network.weight[row]))),
                partial(self._select, Element("pipe", row)),
            )
        if len(rows) > MOST_LISTED:
            tree.addTopLevelItem(_item(_("and {n} more, all in the export").format(n=f"{len(rows) - MOST_LISTED:,}")))
        return _fitted(tree)

    def _add(self, tree: QTreeWidget, item: QTreeWidgetItem, act: partial[None]) -> None:
        item.setData(0, Qt.ItemDataRole.UserRole, act)
        if tree.topLevelItemCount() == 0:
            tree.itemClicked.connect(_run_item)
            tree.itemActivated.connect(self._fly)
        tree.addTopLevelItem(item)

    # -- what a click does ------------------------------------------------------------------------------------------

    def _select(self, element: Element) -> None:
        self._session.select_element(element.layer, element.row)

    def _select_pipes(self, rows: np.ndarray) -> None:
        self._session.select(Selection.of(pipes=rows))

    def _fly(self, item: QTreeWidgetItem) -> None:
        _run_item(item)
        self._session.select(self._session.selection, fly=True)

    def export(self, path: Path | None = None) -> None:
        """Write the answer to a spreadsheet."""
        trace = self._session.result
        if not isinstance(trace, Trace):
            return
        if path is None:
            name, _kind = QFileDialog.getSaveFileName(
                self, _("Export the trace"), f"{trace.type}.xlsx", "XLSX (*.xlsx);;CSV (*.csv)"
            )
            if not name:
                return
            path = Path(name)
        target = path

        def work(_progress: object) -> Path:
            from pipemap.jobs.tables import export_trace

            return export_trace(trace, target)

        done = partial(_tell_written, self._session)
        self._session.run(work, _("Writing {file}").format(file=target.name), done)


def _tell_written(session: Session, written: Path) -> None:
    session.say(_("Written to {file}").format(file=written.name))


def _run_item(item: QTreeWidgetItem) -> None:
    act = item.data(0, Qt.ItemDataRole.UserRole)
    if act is not None:
        act()


def _tree(headings: Sequence[str]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setHeaderLabels(list(headings))
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setVerticalScrollMode(QTreeWidget.ScrollMode.ScrollPerPixel)
    tree.setAccessibleName(headings[0])
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in range(1, len(headings)):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    return tree


def _item(*texts: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem(list(texts))
    item.setToolTip(0, texts[0])
    for column in range(1, len(texts)):
        if texts[column][:1].isdigit():
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item


def _fitted(tree: QTreeWidget) -> QTreeWidget | None:
    """As high as its rows, up to a dozen; nothing at all without rows."""
    rows = tree.topLevelItemCount()
    if not rows:
        tree.deleteLater()
        return None
    height = tree.sizeHintForRow(0) or 26
    tree.setFixedHeight(min(rows, 12) * height + tree.header().sizeHint().height() + 4)
    return tree
