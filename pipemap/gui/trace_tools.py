"""Tracing by click: where it starts, what it shall not pass, and the commands of the Trace menu."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal

from pipemap.analysis.explaining import explain
from pipemap.analysis.reach import way_to
from pipemap.analysis.trace import Trace, TraceType
from pipemap.gui.tasks import asked
from pipemap.gui.tools import tool
from pipemap.gui.trace_question import Explained, Place, Question, Ways, trace_of
from pipemap.model.lookup import Element
from pipemap.model.trace_settings import WAYS, TraceSettings
from pipemap.model.wording import metres
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.analysis.spread import Spread
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task

MOST_STARTS = 50
"""A selection larger than this is no start of a trace."""

DONE: dict[TraceType, str] = {
    TraceType.CONNECTED: N_("Connected: {n} pipes, {length}"),
    TraceType.SUBNETWORK: N_("Supply area: {n} pipes, {length}"),
    TraceType.UPSTREAM: N_("Upstream: {n} pipes, {length}"),
    TraceType.DOWNSTREAM: N_("Downstream: {n} pipes, {length}"),
    TraceType.SHORTEST_PATH: N_("Shortest path: {n} pipes, {length}"),
    TraceType.BETWEEN: N_("Between: {n} pipes, {length}"),
    TraceType.LOOPS: N_("Loops: {n} pipes, {length}"),
}


TWO_PLACES = frozenset({TraceType.SHORTEST_PATH, TraceType.BETWEEN, WAYS})
"""Questions that need a start and an end."""


class Tracer(QObject):
    """What the trace tools of one session know: barriers, settings, the start that waits for its end, the last question."""

    changed = Signal()
    """``barriers``, ``waiting``, ``settings`` or ``question`` changed."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.barriers: tuple[Place, ...] = ()
        self.waiting: Place | None = None
        self.settings = TraceSettings()
        self.question: Question | None = None
        self._task: Task | None = None
        session.survey_changed.connect(self._forget)
        session.tool_changed.connect(self._leave_path)
        session.result_changed.connect(self._follow_result)

    def click(self, element: Element, kind: str, *, point: tuple[float, float, float] | None = None, add: bool = False) -> None:
        """Start a trace at an element, of a pipe at the ``point`` on it; of a way, first its start, then its end.

        ``add``: start there besides where the trace that is shown starts.
        """
        network = self._session.network
        if network is None:
            return
        place, last = Place.of(network, element, point), self.question
        if kind not in TWO_PLACES:
            more = last.starts if add and last is not None and last.type == kind else ()
            starts = (*(one for one in more if one != place), place)
            self.ask(Question(kind, starts, barriers=self.barriers, settings=self.settings))
        elif self.waiting is None:
            self.waiting = place
            self._session.select_element(element.layer, element.row)
            self.changed.emit()
        else:
            start, self.waiting = self.waiting, None
            self.changed.emit()
            self.ask(Question(kind, (start,), end=place, barriers=self.barriers, settings=self.settings))

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

    def set_settings(self, settings: TraceSettings, kind: str = "") -> None:
        """Ask with other settings, or as another type, from now on; a result that is shown is asked again."""
        last = self.question
        self.settings = settings
        self.changed.emit()
        if last is not None and self._session.result is not None:
            self.ask(replace(last, type=kind or last.type, settings=settings, barriers=self.barriers))

    def step_back(self) -> bool:
        """Undo the newest half step: a path's start, an explanation. Return whether there was one."""
        if self.waiting is not None:
            self.waiting = None
            self.changed.emit()
            return True
        shown = self._session.result
        if isinstance(shown, Explained):
            self._session.set_result(shown.trace, again=self.question)
            return True
        return False

    def ask(self, question: Question) -> None:
        """Trace on another thread and show the answer; a trace under way gives way to this one."""
        network = self._session.network
        if network is None:
            return
        if self._task is not None:
            self._task.cancel()
        self.question = question

        def finish(answer: object) -> None:
            self._task = None
            if self._session.network is not network:
                self.ask(question)
                return
            self._session.set_result(answer, again=question)
            self.question = question
            self._session.show_panel("result")
            self._session.say(_said(answer))
            self.changed.emit()

        self._task = self._session.run(asked(lambda: question(network)), _("Tracing"), finish)

    def explain(self, element: Element) -> None:
        """Say why an element is in the answer that is shown, or is not, and show the way to it."""
        found = trace_of(self._session.result)
        if found is None:
            return

        def work(_progress: object) -> Explained:
            nodes, pipes = way_to(found, element)
            return Explained(found, element, explain(found, element), nodes, pipes)

        def show(answer: Explained) -> None:
            if trace_of(self._session.result) is found:
                self._session.set_result(answer, again=self.question)
                self._session.show_panel("result")
                self._session.say(answer.why.text)

        self._session.run(work, _("Tracing"), show)

    def _set_barriers(self, barriers: tuple[Place, ...]) -> None:
        self.barriers = barriers
        self.changed.emit()
        last = self.question
        if last is not None and self._session.result is not None:
            self.ask(replace(last, barriers=barriers))

    def _forget(self) -> None:
        self.barriers, self.waiting, self.question, self._task = (), None, None, None
        self.settings = TraceSettings()
        self.changed.emit()

    def _leave_path(self) -> None:
        if self.waiting is not None:
            self.step_back()

    def _follow_result(self) -> None:
        again = self._session.again
        self.question = again if isinstance(again, Question) else None


def _said(answer: object) -> str:
    """An answer in a line."""
    if isinstance(answer, Trace):
        return _(DONE[answer.type]).format(n=f"{len(answer.pipe_rows):,}", length=metres(answer.length))
    if isinstance(answer, Ways):
        count = len(answer.routes)
        return _("Ways found: {n}").format(n=count) if count else _("No way leads from the start to the end.")
    found = cast("Spread", answer)
    return _("Within reach: {nodes} nodes, {pipes} pipes").format(nodes=len(found.node_rows), pipes=len(found.pipe_rows))


def tracer(session: Session) -> Tracer:
    """The tracer of a session; there is one."""
    found: Tracer | None = session.findChild(Tracer)
    return found if found is not None else Tracer(session)


# -- commands -------------------------------------------------------------------------------------------------------


def start(context: Context, kind: str) -> None:
    """Enter a trace mode; with a few elements selected, trace from them at once."""
    session, traces = context.session, tracer(context.session)
    session.set_tool(f"trace:{kind}")
    mode = tool(session.tool).trace
    if session.network is None or mode is None or mode in TWO_PLACES:
        return
    chosen = selected(session)
    if 0 < len(chosen) <= MOST_STARTS:
        starts = tuple(Place.of(session.network, element) for element in chosen)
        traces.ask(Question(mode, starts, barriers=traces.barriers, settings=traces.settings))


def why(context: Context) -> None:
    """Say why the one element that is selected is in the answer, or is not."""
    chosen = selected(context.session)
    if len(chosen) == 1:
        tracer(context.session).explain(chosen[0])
    else:
        context.session.say(_("Select one pipe or node to ask about it."))


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
