"""Tracing by click: where it starts, what it shall not pass, and the commands of the Trace menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from pipemap.analysis.trace import Trace, TraceType, trace
from pipemap.gui.tools import tool
from pipemap.model.fields import Layer
from pipemap.model.lookup import Element
from pipemap.model.wording import metres
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.model.network import Network

MOST_STARTS = 50
"""A selection larger than this is no start of a trace."""

DONE: dict[TraceType, str] = {
    TraceType.CONNECTED: N_("Connected: {n} pipes, {length}"),
    TraceType.SUBNETWORK: N_("Supply area: {n} pipes, {length}"),
    TraceType.UPSTREAM: N_("Upstream: {n} pipes, {length}"),
    TraceType.DOWNSTREAM: N_("Downstream: {n} pipes, {length}"),
    TraceType.SHORTEST_PATH: N_("Shortest path: {n} pipes, {length}"),
    TraceType.LOOPS: N_("Loops: {n} pipes, {length}"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """An element by its key, so that it is the same one after a change of the survey."""

    layer: Layer
    fid: int

    @classmethod
    def of(cls, network: Network, element: Element) -> Place:
        """The place of an element of this network."""
        fids = network.node_fid if element.layer == "node" else network.pipe_fid
        return cls(element.layer, int(fids[element.row]))

    @property
    def name(self) -> str:
        """As :meth:`Network.element` takes it; never ambiguous."""
        return f"{self.layer}:#{self.fid}"

    def find(self, network: Network) -> Element | None:
        """The element in this network, if it is still there."""
        fids = network.node_fid if self.layer == "node" else network.pipe_fid
        rows = np.flatnonzero(fids == self.fid)
        return Element(self.layer, int(rows[0])) if len(rows) else None


@dataclass(frozen=True, slots=True)
class Question:
    """All that a trace is asked with; it can be asked again of a changed network."""

    type: TraceType
    starts: tuple[Place, ...]
    end: Place | None = None
    barriers: tuple[Place, ...] = ()

    def __call__(self, network: Network) -> Trace:
        """Ask it."""
        barriers = [place.name for place in self.barriers if place.find(network) is not None]
        end = self.end.name if self.end is not None else None
        return trace(network, [place.name for place in self.starts], self.type, end=end, barriers=barriers)


class Tracer(QObject):
    """What the trace tools of one session know: barriers, the start of a path that waits for its end, the last question."""

    changed = Signal()
    """``barriers`` or ``waiting`` changed."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.barriers: tuple[Place, ...] = ()
        self.waiting: Place | None = None
        self._last: Question | None = None
        self._task: Task | None = None
        session.survey_changed.connect(self._forget)
        session.tool_changed.connect(self._leave_path)
        session.result_changed.connect(self._follow_result)

    def click(self, element: Element, kind: TraceType) -> None:
        """Start a trace at an element; of a shortest path, first its start, then its end."""
        network = self._session.network
        if network is None:
            return
        place = Place.of(network, element)
        if kind is not TraceType.SHORTEST_PATH:
            self.ask(Question(kind, (place,), barriers=self.barriers))
        elif self.waiting is None:
            self.waiting = place
            self._session.select_element(element.layer, element.row)
            self.changed.emit()
        else:
            start, self.waiting = self.waiting, None
            self.changed.emit()
            self.ask(Question(kind, (start,), end=place, barriers=self.barriers))

    def toggle_barrier(self, element: Element) -> None:
        """Place a barrier, or take it away; a result that is shown is asked again."""
        network = self._session.network
        if network is None:
            return
        place = Place.of(network, element)
        if place in self.barriers:
            self._set_barriers(tuple(other for other in self.barriers if other != place))
        else:
            self._set_barriers((*self.barriers, place))

    def clear_barriers(self) -> None:
        """Take all barriers away."""
        self._set_barriers(())

    def step_back(self) -> bool:
        """Undo the newest half step: a path's start. Return whether there was one."""
        if self.waiting is None:
            return False
        self.waiting = None
        self.changed.emit()
        return True

    def ask(self, question: Question) -> None:
        """Trace on another thread and show the answer; a trace under way gives way to this one."""
        network = self._session.network
        if network is None:
            return
        if self._task is not None:
            self._task.cancel()
        self._last = question

        def finish(answer: Trace) -> None:
            self._task = None
            if self._session.network is not network:
                self.ask(question)
                return
            self._session.set_result(answer, again=question)
            self._last = question
            self._session.show_panel("result")
            self._session.say(_(DONE[answer.type]).format(n=f"{len(answer.pipe_rows):,}", length=metres(answer.length)))
            self.changed.emit()

        self._task = self._session.run(lambda _progress: question(network), _("Tracing"), finish)

    def _set_barriers(self, barriers: tuple[Place, ...]) -> None:
        self.barriers = barriers
        self.changed.emit()
        last = self._last
        if last is not None and self._session.result is not None:
            self.ask(Question(last.type, last.starts, last.end, barriers))

    def _forget(self) -> None:
        self.barriers, self.waiting, self._last, self._task = (), None, None, None
        self.changed.emit()

    def _leave_path(self) -> None:
        self.step_back()

    def _follow_result(self) -> None:
        if self._session.result is None:
            self._last = None


def tracer(session: Session) -> Tracer:
    """The tracer of a session; there is one."""
    found: Tracer | None = session.findChild(Tracer)
    return found if found is not None else Tracer(session)


# -- commands -------------------------------------------------------------------------------------------------------


def start(context: Context, kind: str) -> None:
    """Enter a trace mode; with a few elements selected, trace from them at once."""
    session = context.session
    session.set_tool(f"trace:{kind}")
    mode = tool(session.tool).trace
    if session.network is None or mode is None or mode is TraceType.SHORTEST_PATH:
        return
    chosen = selected(session)
    if 0 < len(chosen) <= MOST_STARTS:
        starts = tuple(Place.of(session.network, element) for element in chosen)
        tracer(session).ask(Question(mode, starts, barriers=tracer(session).barriers))


def place_barriers(context: Context) -> None:
    """Enter the mode in which a click places a barrier."""
    context.session.set_tool("barrier")


def clear_barriers(context: Context) -> None:
    """Take all barriers away."""
    tracer(context.session).clear_barriers()


def clear_result(context: Context) -> None:
    """Show no result any more."""
    context.session.set_result(None)


def select_result(context: Context) -> None:
    """Select what a trace reached, or what a shut-off leaves without supply."""
    from pipemap.gui.session import Selection

    result = context.session.result
    if result is not None:
        context.session.select(Selection.of(nodes=result.node_rows, pipes=result.pipe_rows))


def turn(context: Context) -> None:
    """Enter the mode in which a drag turns the view."""
    context.session.set_tool("orbit")


def measure(context: Context) -> None:
    """Enter the mode in which clicks measure."""
    context.session.set_tool("measure")


def selected(session: Session) -> list[Element]:
    """The elements that are selected, nodes first."""
    nodes = [Element("node", int(row)) for row in session.selection.nodes[: MOST_STARTS + 1]]
    return nodes + [Element("pipe", int(row)) for row in session.selection.pipes[: MOST_STARTS + 1]]
