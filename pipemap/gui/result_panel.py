"""The answer that is shown: of a trace how much, of what, why it stopped; a shut-off plan has a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from pipemap.analysis.spread import Spread
from pipemap.analysis.trace import REASON_TEXTS, Trace, TraceType
from pipemap.gui.exporting import GEOJSON, ask_for_export, write_rows, write_table
from pipemap.gui.gather_box import GatherBox, GatheredPage, OutlinePage
from pipemap.gui.gathered import ALONG, Gathered, Outlined
from pipemap.gui.kept import shelf
from pipemap.gui.kept_box import KeptBox
from pipemap.gui.parts import EmptyState, Offer, button, label, rule, tool_button
from pipemap.gui.plug_page import PlugPage
from pipemap.gui.session import Selection
from pipemap.gui.shares import Shares
from pipemap.gui.shares_page import SharesPage
from pipemap.gui.short_lists import MOST_LISTED, ShortList, categories_of, show_page, sizes_of
from pipemap.gui.shutoff_answers import Plugging, Shutoff
from pipemap.gui.shutoff_page import ShutoffPage
from pipemap.gui.simulation import Computed
from pipemap.gui.simulation_page import SimulationPage
from pipemap.gui.trace_pages import SpreadPage, WaysPage, WhyBox, add_element, title_of
from pipemap.gui.trace_question import Explained, Ways, trace_of
from pipemap.gui.trace_settings_box import TraceSettingsBox
from pipemap.model.lookup import Element
from pipemap.model.wording import metres, size_label
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Rows, Session
    from pipemap.progress import Progress

EXPLANATIONS: dict[TraceType, str] = {
    TraceType.CONNECTED: N_("Everything that hangs together, whatever the direction of flow and the state of valves."),
    TraceType.SUBNETWORK: N_("Everything that the same sources feed; closed valves end it."),
    TraceType.UPSTREAM: N_("Everything that flows to the start; closed valves end it."),
    TraceType.DOWNSTREAM: N_("Everything that the start flows to; closed valves end it."),
    TraceType.SHORTEST_PATH: N_("The shortest way by length, through open valves, in any direction."),
    TraceType.BETWEEN: N_(
        "Everything on some way from one place to the other that passes no node twice; dead ends are left out."
    ),
    TraceType.LOOPS: N_("Independent loops of the open network; the pipes of each have two ways to be fed."),
}
"""What a trace follows, in a sentence."""

_PAGES: dict[type, Callable[..., QWidget]] = {
    Shutoff: ShutoffPage,
    Plugging: PlugPage,
    Computed: SimulationPage,
    Shares: SharesPage,
    Gathered: GatheredPage,
    Outlined: OutlinePage,
}
"""The page of each kind of result but traces."""


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
        self.settings, self.kept = TraceSettingsBox(session), KeptBox(session)
        column.addWidget(self.settings)
        column.addWidget(self._area, 1)
        column.addWidget(self.kept)
        session.result_changed.connect(self._show)
        session.theme_changed.connect(self._show_anew)
        session.workspace_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        result, bar = self._session.result, self._area.verticalScrollBar()
        page = self._area.widget()
        if isinstance(page, SimulationPage) and isinstance(result, Computed) and page.shows(result):
            page.follow(result)
            return
        had, height = cast("QWidget | None", self.focusWidget()), bar.value()
        name = had.objectName() if had is not None and self.isAncestorOf(had) else ""
        show_page(self._area, self._page_of(result))
        if isinstance(result, Shutoff) and result.is_kept:  # a step of the plan: the eye and the keyboard stay where they are
            bar.setValue(height)
            again = self.findChild(QWidget, name) if name else None
            if again is not None:
                again.setFocus()

    def _show_anew(self) -> None:
        show_page(self._area, QWidget())
        self._show()

    def _page_of(self, result: object) -> QWidget:
        for kind, page in _PAGES.items():
            if isinstance(result, kind):
                return page(self._session, result)
        if isinstance(result, Ways):
            return WaysPage(self._session, result, self.export)
        if isinstance(result, Spread):
            return SpreadPage(self._session, result, self.export)
        if isinstance(result, Explained):
            return self._trace_page(result.trace, WhyBox(self._session, result))
        return self._trace_page(result) if isinstance(result, Trace) else self._empty_page()

    def _empty_page(self) -> QWidget:
        if self._session.workspace == "shutoff":
            offer = Offer(_("Shut off"), lambda: self._session.set_tool("shutoff"))
            told = _("Choose Shut off (key G) and point at the broken pipe; a click keeps its plan.")
            return EmptyState("drop-half", _("No shut-off planned yet"), told, offer)
        words = _("Choose a trace in the toolbar and click where it starts, or right-click a pipe or node on the map.")
        return EmptyState("tree-structure", _("No trace has run yet"), words)

    def _trace_page(self, trace: Trace, why: QWidget | None = None) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(label(title_of(trace), "heading", wrap=True, selectable=True))
        column.addWidget(label(_(EXPLANATIONS[trace.type]), "quiet", wrap=True))
        if trace.note:
            column.addWidget(label(trace.note, "strong", wrap=True))
        column.addLayout(self._figures(trace))
        if trace.unknown_lengths:
            words = _("{n} pipes have no known length and count as 0 m.").format(n=f"{trace.unknown_lengths:,}")
            column.addWidget(label(words, "quiet", wrap=True))
        column.addLayout(self._actions(trace))
        if why is not None:
            column.addWidget(rule())
            column.addWidget(why)
        if trace.type in ALONG:
            column.addWidget(rule())
            column.addWidget(label(_("Along the flow"), "caption"))
            column.addWidget(GatherBox(self._session, trace))
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
        row.addWidget(tool_button("push-pin", _("Keep the result"), self._keep))
        row.addWidget(tool_button("eraser", _("Clear the result"), lambda: self._session.set_result(None)))
        row.addStretch(1)
        return row

    # -- lists ------------------------------------------------------------------------------------------------------

    def _stop_list(self, trace: Trace) -> ShortList | None:
        made = ShortList((_("Element"), _("Reason")))
        for stop in trace.stopped_by[:MOST_LISTED]:
            add_element(self._session, trace.network, made, stop.element, _(REASON_TEXTS[stop.reason]))
        made.add_rest(len(trace.stopped_by) - MOST_LISTED)
        return made.fitted()

    def _source_list(self, trace: Trace) -> ShortList | None:
        made = ShortList((_("Node"), _("Certainty")))
        listed = ((trace.source_rows, _("Known source")), (trace.possible_source_rows, _("Possible source")))
        for rows, words in listed:
            for row in rows[:MOST_LISTED].tolist():
                add_element(self._session, trace.network, made, Element("node", row), words)
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
            words = (size_label(network, row), metres(float(network.length[row])))
            add_element(self._session, network, made, Element("pipe", row), *words)
        made.add_rest(len(rows) - MOST_LISTED)
        return made.fitted()

    # -- what a click does ------------------------------------------------------------------------------------------

    def _select_pipes(self, rows: Rows, *, fly: bool = False) -> None:
        self._session.select(Selection.of(pipes=rows), fly=fly)

    def _keep(self) -> None:
        result = self._session.result
        shelf(self._session).keep(title_of(result), result.node_rows, result.pipe_rows)

    def export(self, path: Path | None = None) -> None:
        """Write the answer to a spreadsheet, or its nodes and pipes to GeoJSON."""
        result = self._session.result
        trace = trace_of(result)
        if trace is None and not isinstance(result, Ways | Spread):
            return
        target = path or ask_for_export(self, _("Export the trace"), str(trace.type) if trace else title_of(result))
        if target is None:
            return
        if trace is None or target.suffix.lower() == GEOJSON:
            write_rows(self._session, [result.node_rows], [result.pipe_rows], target)
            return

        def write(progress: Progress) -> Path:
            from pipemap.jobs.tables import export_trace

            return export_trace(trace, target, progress=progress)

        write_table(self._session, write, target, rows=len(trace.pipe_rows) + len(trace.node_rows))
