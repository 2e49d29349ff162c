"""The answer that is shown: of a trace how much, of what, why it stopped; a shut-off plan has a page of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from pipemap.analysis.trace import REASON_TEXTS, Trace, TraceType
from pipemap.gui.exporting import ask_for_table, write_table
from pipemap.gui.parts import EmptyState, Offer, button, label, rule
from pipemap.gui.session import Selection
from pipemap.gui.shares import Shares
from pipemap.gui.shares_page import SharesPage
from pipemap.gui.short_lists import MOST_LISTED, ShortList, categories_of, show_page, sizes_of
from pipemap.gui.shutoff_page import ShutoffPage
from pipemap.gui.shutoff_tools import Shutoff
from pipemap.model.lookup import Element
from pipemap.model.wording import metres, size_label
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Rows, Session
    from pipemap.progress import Progress

TITLES: dict[TraceType, str] = {
    TraceType.CONNECTED: N_("Connected with {start}"),
    TraceType.SUBNETWORK: N_("Supplied together with {start}"),
    TraceType.UPSTREAM: N_("Upstream of {start}"),
    TraceType.DOWNSTREAM: N_("Downstream of {start}"),
    TraceType.SHORTEST_PATH: N_("Shortest path from {start}"),
    TraceType.LOOPS: N_("Loops around {start}"),
}
"""What a trace is called, with its start."""

EXPLANATIONS: dict[TraceType, str] = {
    TraceType.CONNECTED: N_("Everything that hangs together, whatever the direction of flow and the state of valves."),
    TraceType.SUBNETWORK: N_("Everything that the same sources feed; closed valves end it."),
    TraceType.UPSTREAM: N_("Everything that flows to the start; closed valves end it."),
    TraceType.DOWNSTREAM: N_("Everything that the start flows to; closed valves end it."),
    TraceType.SHORTEST_PATH: N_("The shortest way by length, through open valves, in any direction."),
    TraceType.LOOPS: N_("Independent loops of the open network; the pipes of each have two ways to be fed."),
}
"""What a trace follows, in a sentence."""

_MOST_STARTS = 3


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
        session.workspace_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        result, bar = self._session.result, self._area.verticalScrollBar()
        had, height = cast("QWidget | None", self.focusWidget()), bar.value()
        name = had.objectName() if had is not None and self.isAncestorOf(had) else ""
        show_page(self._area, self._page_of(result))
        if isinstance(result, Shutoff) and result.is_kept:  # a step of the plan: the eye and the keyboard stay where they are
            bar.setValue(height)
            again = self.findChild(QWidget, name) if name else None
            if again is not None:
                again.setFocus()

    def _page_of(self, result: object) -> QWidget:
        if isinstance(result, Shutoff):
            return ShutoffPage(self._session, result)
        if isinstance(result, Shares):
            return SharesPage(self._session, result)
        return self._trace_page(result) if isinstance(result, Trace) else self._empty_page()

    def _empty_page(self) -> QWidget:
        if self._session.workspace == "shutoff":
            offer = Offer(_("Shut off"), lambda: self._session.set_tool("shutoff"))
            told = _("Choose Shut off (key G) and point at the broken pipe; a click keeps its plan.")
            return EmptyState("drop-half", _("No shut-off planned yet"), told, offer)
        words = _("Choose a trace in the toolbar and click where it starts, or right-click a pipe or node on the map.")
        return EmptyState("tree-structure", _("No trace has run yet"), words)

    def _trace_page(self, trace: Trace) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(label(_title(trace), "heading", wrap=True, selectable=True))
        column.addWidget(label(_(EXPLANATIONS[trace.type]), "quiet", wrap=True))
        if trace.note:
            column.addWidget(label(trace.note, "strong", wrap=True))
        column.addLayout(self._figures(trace))
        if trace.unknown_lengths:
            words = _("{n} pipes have no known length and count as 0 m.").format(n=f"{trace.unknown_lengths:,}")
            column.addWidget(label(words, "quiet", wrap=True))
        column.addLayout(self._actions(trace))
        for title, words, rows in self._sections(trace):
            if rows is not None:
                column.addWidget(rule())
                column.addWidget(label(title, "caption"))
                if words:
                    column.addWidget(label(words, "quiet", wrap=True))
                column.addWidget(rows)
        column.addStretch(1)
        return page

    def _sections(self, trace: Trace) -> list[tuple[str, str, ShortList | None]]:
        """Title, a sentence where one is needed, and the list of each part."""
        network, pipes = trace.network, trace.pipe_rows
        uncertain = _(
            "No level, valve, source or record says which way these flow. They were followed all the same, so the answer may"
            " be too large."
        )
        return [
            (_("Why it stopped"), "", self._stop_list(trace)),
            (_("Direction of flow unknown"), uncertain, self._pipe_list(trace, trace.indeterminate_rows)),
            (_("Loops"), "", self._loop_list(trace)),
            (_("Sources"), "", self._source_list(trace)),
            (_("By category"), "", categories_of(network, pipes, self._select_pipes)),
            (_("By size"), "", sizes_of(network, pipes, self._select_pipes)),
            (_("The way"), "", self._pipe_list(trace, pipes) if trace.type is TraceType.SHORTEST_PATH else None),
        ]

    def _figures(self, trace: Trace) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(20)
        figures = [(f"{len(trace.pipe_rows):,}", _("pipes")), (f"{len(trace.node_rows):,}", _("nodes"))]
        for number, name in [*figures, (metres(trace.length), _("length"))]:
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(label(number, "heading", selectable=True))
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

    def _stop_list(self, trace: Trace) -> ShortList | None:
        made = ShortList((_("Element"), _("Reason")))
        for stop in trace.stopped_by[:MOST_LISTED]:
            self._add_element(made, stop.element, stop.id, _(REASON_TEXTS[stop.reason]), trace=trace)
        made.add_rest(len(trace.stopped_by) - MOST_LISTED)
        return made.fitted()

    def _source_list(self, trace: Trace) -> ShortList | None:
        made = ShortList((_("Node"), _("Certainty")))
        listed = ((trace.source_rows, _("Known source")), (trace.possible_source_rows, _("Possible source")))
        for rows, words in listed:
            for row in rows[:MOST_LISTED].tolist():
                self._add_element(made, Element("node", row), trace.network.node_ids[row], words, trace=trace)
            made.add_rest(len(rows) - MOST_LISTED)
        return made.fitted()

    def _loop_list(self, trace: Trace) -> ShortList | None:
        made = ShortList((_("Loop"), _("Pipes"), _("Length")), numbers=2)
        for number, rows in enumerate(trace.loops[:MOST_LISTED], start=1):
            length = metres(float(trace.network.weight[rows].sum()))
            act = partial(self._select_pipes, rows)
            made.add(str(number), f"{len(rows):,}", length, click=act, go=partial(self._select_pipes, rows, fly=True))
        made.add_rest(len(trace.loops) - MOST_LISTED)
        return made.fitted()

    def _pipe_list(self, trace: Trace, rows: Rows) -> ShortList | None:
        made = ShortList((_("Pipe"), _("Size"), _("Length")), numbers=1)
        network = trace.network
        for row in rows[:MOST_LISTED].tolist():
            words = (network.pipe_ids[row], size_label(network, row), metres(float(network.length[row])))
            self._add_element(made, Element("pipe", row), *words, trace=trace)
        made.add_rest(len(rows) - MOST_LISTED)
        return made.fitted()

    def _add_element(self, made: ShortList, element: Element, name: str, *words: str, trace: Trace) -> None:
        network = trace.network
        category = (network.node_category if element.layer == "node" else network.pipe_category)[element.row]
        select = partial(self._session.select_element, element.layer, element.row)
        made.add(name or _("Without an id"), *words, category=category, click=select, go=partial(select, fly=True))

    # -- what a click does ------------------------------------------------------------------------------------------

    def _select_pipes(self, rows: Rows, *, fly: bool = False) -> None:
        self._session.select(Selection.of(pipes=rows), fly=fly)

    def export(self, path: Path | None = None) -> None:
        """Write the answer to a spreadsheet."""
        trace = self._session.result
        if not isinstance(trace, Trace):
            return
        target = path or ask_for_table(self, _("Export the trace"), str(trace.type))
        if target is None:
            return

        def write(_progress: Progress) -> Path:
            from pipemap.jobs.tables import export_trace

            return export_trace(trace, target)

        write_table(self._session, write, target, rows=len(trace.pipe_rows) + len(trace.node_rows))


def _title(trace: Trace) -> str:
    names = [trace.network.element_id(start) for start in trace.starts]
    start = ", ".join(names[:_MOST_STARTS])
    if len(names) > _MOST_STARTS:
        start = _("{start} and {n} more").format(start=start, n=len(names) - _MOST_STARTS)
    if trace.type is TraceType.SHORTEST_PATH and len(trace.pipe_rows):
        end = trace.network.element_id(Element("node", int(trace.node_rows[-1])))
        return _("Shortest path from {start} to {end}").format(start=start, end=end)
    return _(TITLES[trace.type]).format(start=start)
