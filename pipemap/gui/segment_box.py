"""The valve segment of what is selected, below its properties: how much it holds, who hangs on it, the valves around it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pipemap.analysis.segment_facts import SegmentFacts, segment_at
from pipemap.analysis.segments import are_known, segments_of
from pipemap.analysis.steps import valve_element
from pipemap.gui.parts import button, label, rule
from pipemap.gui.session import Selection
from pipemap.gui.short_lists import ShortList
from pipemap.gui.trace_pages import add_element
from pipemap.model.fields import values
from pipemap.model.wording import metres
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.model.lookup import Element
    from pipemap.model.network import Network

AT_ONCE = 20_000
"""Pipes up to which segments are found while the panel waits."""


class Finder(QObject):
    """Finds the segments of a large network beside the window, once."""

    found = Signal(object)
    """The network whose segments are known now."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._busy_with: Network | None = None

    def find(self, network: Network) -> None:
        """Find them, unless that is under way."""
        if self._busy_with is network:
            return
        self._busy_with = network

        def done(_segments: object) -> None:
            self._busy_with = None
            self.found.emit(network)

        self._session.run(lambda _progress: segments_of(network), _("Finding valve segments"), done)


def finder(session: Session) -> Finder:
    """The finder of a session; there is one."""
    found: Finder | None = session.findChild(Finder)
    return found if found is not None else Finder(session)


class SegmentBox(QWidget):
    """Hidden until the segment is known, and where there is none."""

    def __init__(self, session: Session, network: Network, element: Element) -> None:
        super().__init__()
        self._session, self._network, self._element = session, network, element
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.hide()
        if are_known(network) or network.pipe_count <= AT_ONCE:
            self._show(segment_at(network, element))
        else:
            finder(session).found.connect(self._follow)
            finder(session).find(network)

    def _follow(self, network: object) -> None:
        if network is self._network:
            self._show(segment_at(self._network, self._element))

    def _show(self, found: SegmentFacts | None) -> None:
        if found is None:
            return
        network = self._network
        self._column.addWidget(rule())
        self._column.addWidget(label(_("Valve segment"), "caption"))
        self._column.addWidget(label(words_of(found), "quiet", wrap=True, selectable=True))
        if found.cost is not None:
            text = _("When something in it breaks: {c} customers and {length} without supply.")
            words = text.format(c=f"{found.cost[0]:,}", length=metres(found.cost[1]))
            self._column.addWidget(label(words, "quiet", wrap=True, selectable=True))
        row = QHBoxLayout()
        chosen = Selection.of(nodes=found.nodes, pipes=found.pipes)
        select = button(_("Select the segment"), partial(self._session.select, chosen, fly=True), icon_name="selection-all")
        select.setObjectName("select segment")
        row.addWidget(select)
        row.addStretch(1)
        self._column.addLayout(row)
        made = ShortList((_("Valves around it"), _("State")))
        valves = found.segments.valves
        for valve in found.valves.tolist():
            state = "closed" if valves.closed[valve] else "unknown" if valves.unknown[valve] else "open"
            add_element(self._session, network, made, valve_element(valves, valve), values("state")[state].label)
        if (fitted := made.fitted()) is not None:
            self._column.addWidget(fitted)
        else:
            self._column.addWidget(label(_("No valve stands around it."), "quiet"))
        self.show()


def words_of(found: SegmentFacts) -> str:
    """How much a segment holds, in a line or two."""
    words = _("{pipes} pipes, {length}, {volume} m³; {c} customers, {demand} L/s; {v} valves around")
    return words.format(
        pipes=f"{len(found.pipes):,}", length=metres(found.length), volume=f"{found.volume:,.1f}",
        c=f"{found.customers:,}", demand=f"{found.demand:,.2f}", v=f"{len(found.valves):,}",
    )  # fmt: skip
