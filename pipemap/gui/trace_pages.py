"""Pages of the result panel beside that of a trace: several ways, where a leak can spread, and why an element is in an answer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pipemap.analysis.spread import Spread
from pipemap.analysis.trace import Trace, TraceType
from pipemap.gui.evidence import EVIDENCE
from pipemap.gui.parts import button, label, rule
from pipemap.gui.session import Selection
from pipemap.gui.short_lists import MOST_LISTED, ShortList
from pipemap.gui.trace_question import Explained, Ways
from pipemap.gui.trace_tools import tracer
from pipemap.model.flow import Evidence
from pipemap.model.lookup import Element
from pipemap.model.wording import category_label, metres
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipemap.gui.session import Session
    from pipemap.model.network import Network

TITLES: dict[TraceType, str] = {
    TraceType.CONNECTED: N_("Connected with {start}"),
    TraceType.SUBNETWORK: N_("Supplied together with {start}"),
    TraceType.UPSTREAM: N_("Upstream of {start}"),
    TraceType.DOWNSTREAM: N_("Downstream of {start}"),
    TraceType.SHORTEST_PATH: N_("Shortest path from {start}"),
    TraceType.BETWEEN: N_("Between {start} and the end"),
    TraceType.LOOPS: N_("Loops around {start}"),
}
"""What a trace is called, with its start."""

_MOST_STARTS = 3


def title_of(result: object) -> str:
    """What a result is called, with where it starts."""
    if isinstance(result, Explained):
        return title_of(result.trace)
    title = getattr(result, "title", None)
    if isinstance(title, str):
        return title
    if isinstance(result, Ways):
        first, last = (result.network.element_id(one) for one in result.starts)
        return _("Ways from {start} to {end}").format(start=first, end=last)
    if isinstance(result, Spread):
        names = [result.network.pipe_ids[row] for row in result.leaking_rows.tolist()]
        return _("A leak of {start}").format(start=_few(names))
    if not isinstance(result, Trace):
        return _("Result")
    start = _few([result.network.element_id(one) for one in result.starts])
    if result.type is TraceType.SHORTEST_PATH and len(result.pipe_rows) and len(result.node_rows):
        end = result.network.element_id(Element("node", int(result.node_rows[-1])))
        return _("Shortest path from {start} to {end}").format(start=start, end=end)
    return _(TITLES[result.type]).format(start=start)


def _few(names: list[str]) -> str:
    start = ", ".join(names[:_MOST_STARTS])
    if len(names) <= _MOST_STARTS:
        return start
    return _("{start} and {n} more").format(start=start, n=len(names) - _MOST_STARTS)


class _Page(QWidget):
    """A heading, a sentence, what can be done, and lists."""

    def __init__(self, session: Session, title: str, words: str, actions: list[tuple[str, str, Callable[[], object]]]) -> None:
        super().__init__()
        self.session = session
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 12, 12, 12)
        self.column.setSpacing(8)
        self.column.addWidget(label(title, "heading", wrap=True, selectable=True))
        self.column.addWidget(label(words, "quiet", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(4)
        for name, picture, act in actions:
            row.addWidget(button(name, act, icon_name=picture))
        row.addWidget(button(_("Clear"), lambda: session.set_result(None), quiet=True))
        row.addStretch(1)
        self.column.addLayout(row)

    def add(self, title: str, rows: ShortList | None, words: str = "") -> None:
        """Add a list under its title; nothing where it has no rows."""
        if rows is not None:
            self.column.addWidget(rule())
            self.column.addWidget(label(title, "caption"))
            if words:
                self.column.addWidget(label(words, "quiet", wrap=True))
            self.column.addWidget(rows)


class WaysPage(_Page):
    """The ways that were found, cheapest first; a click shows another one."""

    def __init__(self, session: Session, ways: Ways, export: Callable[[], object]) -> None:
        words = _("The cheapest first; each passes no node twice. A click shows a way.")
        super().__init__(session, title_of(ways), words, [(_("Export"), "export", export)])
        if not ways.routes:
            self.column.addWidget(label(_("No way leads from the start to the end."), "strong", wrap=True))
        made = ShortList((_("Way"), _("Pipes"), _("Length"), _("Cost")), numbers=3)
        for number, route in enumerate(ways.routes):
            shown = _("{n} (shown)") if number == ways.chosen else "{n}"
            cells = (shown.format(n=number + 1), f"{len(route.pipe_rows):,}", metres(route.length), f"{route.cost:,.6g}")
            made.add(*cells, click=partial(_choose, session, ways, number))
        self.add(_("Ways"), made.fitted())
        self.add(_("The way"), evidence_list(session, ways.network, ways.pipe_rows))
        self.column.addStretch(1)


def _choose(session: Session, ways: Ways, number: int) -> None:
    session.set_result(replace(ways, chosen=number), again=tracer(session).question)


class SpreadPage(_Page):
    """Where gas can enter, and what it can reach from there."""

    def __init__(self, session: Session, found: Spread, export: Callable[[], object]) -> None:
        words = _(
            "Through the ground into drains, channels, ducts and tunnels, then along them and their chambers. Distances are"
            " wall to wall; how far gas goes depends on soil and paving."
        )
        selection = Selection.of(nodes=found.node_rows, pipes=found.pipe_rows)
        select = (_("Select all"), "selection-all", lambda: session.select(selection))
        super().__init__(session, title_of(found), words, [select, (_("Export"), "export", export)])
        if not found.entries:
            self.column.addWidget(label(_("Nothing hollow lies within reach of the leak."), "strong", wrap=True))
        network = found.network
        made = ShortList((_("Can enter"), _("Category"), _("Metres of ground")), numbers=1)
        for entry in found.entries[:MOST_LISTED]:
            code = network.pipe_category[entry.hollow]
            far = f"{entry.metres:.2f}" + (" *" if entry.in_plan else "")
            add_element(session, network, made, Element("pipe", entry.hollow), category_label(code) if code else "", far)
        made.add_rest(len(found.entries) - MOST_LISTED)
        flat = _("* In plan: a level is unknown, the true distance is larger or the same.")
        self.add(_("Where it can enter"), made.fitted(), flat if any(entry.in_plan for entry in found.entries) else "")
        parts = (
            ("node", _("Chambers and manholes"), found.node_rows, found.node_metres),
            ("pipe", _("Pipes"), found.pipe_rows, found.pipe_metres),
        )
        for layer, title, rows, far_off in parts:
            made = ShortList((title, _("Metres")), numbers=1)
            for row, far in zip(rows[:MOST_LISTED].tolist(), far_off.tolist(), strict=False):
                add_element(session, network, made, Element("node" if layer == "node" else "pipe", row), f"{far:.1f}")
            made.add_rest(len(rows) - MOST_LISTED)
            self.add(title, made.fitted())
        self.column.addStretch(1)


class WhyBox(QWidget):
    """Why an element is in the answer, or is not: the sentence, and the way to it with the evidence for its direction."""

    def __init__(self, session: Session, answer: Explained) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(_("Why?"), "caption"))
        column.addWidget(label(answer.why.text, "strong", wrap=True, selectable=True))
        way = evidence_list(session, answer.trace.network, answer.way_pipes)
        if way is not None:
            column.addWidget(way)
        column.addWidget(button(_("Back to the result"), tracer(session).step_back, quiet=True))


def evidence_list(session: Session, network: Network, pipes: np.ndarray) -> ShortList | None:
    """Pipes of a way with what says which way each flows."""
    made = ShortList((_("Pipe"), _("Direction because of"), _("Length")), numbers=1)
    for row in pipes[:MOST_LISTED].tolist():
        words = _(EVIDENCE[Evidence(int(network.flow.evidence[row]))])
        add_element(session, network, made, Element("pipe", row), words, metres(float(network.length[row])))
    made.add_rest(len(pipes) - MOST_LISTED)
    return made.fitted()


def add_element(session: Session, network: Network, made: ShortList, element: Element, *words: str) -> None:
    """One row for an element: a click selects it, a double click flies there."""
    category = (network.node_category if element.layer == "node" else network.pipe_category)[element.row]
    select = partial(session.select_element, element.layer, element.row)
    name = network.element_id(element) or _("Without an id")
    made.add(name, *words, category=category, click=select, go=partial(select, fly=True))
