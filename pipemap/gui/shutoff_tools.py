"""Shutting off by click: what is broken, which valves fail, and the plan that follows, live under the pointer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from pipemap.analysis.steps import prepare
from pipemap.errors import PipemapError
from pipemap.gui.shutoff_answers import Failure, Plugging, Question, Shutoff
from pipemap.gui.tasks import asked
from pipemap.gui.tools import tool
from pipemap.gui.trace_question import Place
from pipemap.gui.trace_tools import MOST_STARTS, selected
from pipemap.texts import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.model.lookup import Element
    from pipemap.model.network import Network
    from pipemap.progress import Progress

NEAR = 100_000
"""Pipes up to which a plan is made at once; of a larger network it is made on another thread."""

GONE_MS = 350
"""How long a plan stays after the pointer has left its pipe."""


class Planner(QObject):
    """What the shut-off tool of one session knows: the plan that is kept and how it came, the one under the pointer."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._history: list[Question] = []
        self._wanted: tuple[Question, bool] | None = None
        self._task: Task | None = None
        self._ready: object | None = None
        self._is_quiet = False
        self._gone = QTimer(self, singleShot=True, interval=GONE_MS)
        self._gone.timeout.connect(self._clear_preview)
        session.survey_changed.connect(self._forget)
        session.hover_changed.connect(self._follow_pointer)
        session.tool_changed.connect(self._follow_tool)
        session.result_changed.connect(self._follow_result)

    @property
    def question(self) -> Question | None:
        """What the plan that is kept was asked with."""
        return self._history[-1] if self._history else None

    # -- what a person does ----------------------------------------------------------------------------------------

    def click(self, element: Element, *, add: bool = False) -> None:
        """Keep the plan for an element; ``add``: besides what is broken already, or no longer if it is."""
        network = self._session.network
        if network is None:
            return
        place, before = Place.of(network, element), self.question
        if before is None:
            self._keep(Question((place,)))
        elif not add:
            self._keep(replace(before, broken=(place,), opened=(), fewest=False))
        elif place not in before.broken:
            self._keep(replace(before, broken=(*before.broken, place)))
        elif len(before.broken) > 1:
            self._keep(replace(before, broken=tuple(other for other in before.broken if other != place)))

    def plan_for(self, broken: tuple[Place, ...]) -> None:
        """Keep the plan for several elements."""
        self._keep(Question(broken))

    def show(self, question: Question) -> None:
        """Show the plan for a question that was kept, without a word about it."""
        self._history = [question]
        self._is_quiet = True
        self._ask(question, keep=True)

    def report(self, key: str, failure: Failure) -> None:
        """Say that a valve cannot be closed; the same again takes it back."""
        if (now := self.question) is not None:
            others = tuple(one for one in now.failures if one[0] != key)
            same = now.failure(key) == failure
            self._keep(replace(now, failures=others if same else (*others, (key, failure))))

    def toggle_opened(self, key: str) -> None:
        """Say that a closed valve is opened; again takes it back."""
        if (now := self.question) is not None:
            others = tuple(other for other in now.opened if other != key)
            self._keep(replace(now, opened=others if key in now.opened else (*others, key)))

    def choose(self, *, fewest: bool) -> None:
        """Prefer the fewest valves, or the least loss."""
        if (now := self.question) is not None and now.fewest != fewest:
            self._keep(replace(now, fewest=fewest))

    def ask_again(self, question: Question) -> None:
        """Keep a plan again that was left for another result."""
        self._keep(question)

    def step_back(self) -> bool:
        """Take back the newest step of the plan. Return whether there was one besides the plan itself."""
        if len(self._history) < 2 or not isinstance(self._session.result, Shutoff | Plugging):  # noqa: PLR2004 -- the newest and one before
            return False
        self._history.pop()
        self._ask(self._history[-1], keep=True)
        return True

    # -- asking ----------------------------------------------------------------------------------------------------

    def _keep(self, question: Question) -> None:
        self._history.append(question)
        self._ask(question, keep=True)

    def _ask(self, question: Question, *, keep: bool) -> None:
        """Ask; while an answer is under way only the newest question waits for its turn."""
        self._gone.stop()
        self._wanted = (question, keep)
        if self._task is None or self._task.is_cancelled:
            self._work()

    def _work(self) -> None:
        network = self._session.network
        if self._wanted is None or network is None:
            return
        if self._ready is not network:
            self._prepare(network)
            return
        question, keep = self._wanted
        if network.pipe_count <= NEAR:
            self._wanted = None
            try:
                answer = question(network)
            except PipemapError as error:
                self._fail(error, keep=keep)
            else:
                self._show(answer, keep=keep)
            return

        def done(answer: Shutoff | Plugging) -> None:
            self._task = None
            if self._session.network is not network or (self._wanted is not None and self._wanted[0] != question):
                self._work()
                return
            self._wanted = None
            self._show(answer, keep=keep)

        def failed(error: Exception) -> None:
            self._task = None
            if self._wanted is not None and self._wanted[0] == question:
                self._wanted = None
                self._fail(error, keep=keep)
            self._work()

        self._task = self._session.run(asked(lambda: question(network)), _("Planning the shut-off"), done, failed)

    def _prepare(self, network: Network) -> None:
        """What every plan of a network needs is found once, on another thread; then the question that waits is asked."""

        def done(_nothing: object) -> None:
            self._task, self._ready = None, network
            self._work()

        def failed(error: Exception) -> None:
            self._task, self._wanted = None, None
            self._session.complain(error)

        work = partial(_prepare, network)
        self._task = self._session.run(work, _("Preparing shut-off plans"), done, failed)

    def _show(self, answer: Shutoff | Plugging, *, keep: bool) -> None:
        session = self._session
        if not keep and not self._previews:
            return
        asked = answer.question
        session.set_result(
            replace(answer, is_kept=keep), again=(lambda network: replace(asked(network), is_kept=True)) if keep else None
        )
        if not keep:
            return
        if session.tool == "shutoff":
            session.set_tool("shutoff:more")
        if not self._is_quiet:
            session.show_panel("result")
            session.say(answer.summary)
        self._is_quiet = False

    def _fail(self, error: Exception, *, keep: bool) -> None:
        """A step that has no plan is taken back, with a word; under the pointer nothing is said."""
        if not isinstance(error, PipemapError):
            self._session.complain(error)
        elif keep:
            self._session.complain(error)
            if self._history:
                self._history.pop()
        else:
            self._clear_preview()

    # -- following -------------------------------------------------------------------------------------------------

    @property
    def _previews(self) -> bool:
        """Whether a plan follows the pointer: in the mode, until one is kept."""
        return tool(self._session.tool).click == "shutoff" and not self._history

    def _follow_pointer(self) -> None:
        network, hover = self._session.network, self._session.hover
        if network is None or not self._previews:
            return
        if hover is None:
            self._gone.start()
            return
        question, shown = Question((Place.of(network, hover),)), self._session.result
        if isinstance(shown, Shutoff | Plugging) and shown.question == question:
            self._gone.stop()
        else:
            self._ask(question, keep=False)

    def _follow_tool(self) -> None:
        network = self._session.network
        if tool(self._session.tool).click != "shutoff":
            self._clear_preview()
            return
        if network is not None and self._ready is not network and self._task is None:
            self._prepare(network)
        if self._session.tool == "shutoff" and self._history:
            self._session.set_tool("shutoff:more")

    def _clear_preview(self) -> None:
        self._gone.stop()
        result = self._session.result
        if isinstance(result, Shutoff | Plugging) and not result.is_kept:
            self._session.set_result(None)

    def _follow_result(self) -> None:
        """Another result, or none, ends the plan."""
        result = self._session.result
        if isinstance(result, Shutoff | Plugging):
            return
        self._history = []
        if self._session.tool == "shutoff:more":
            self._session.set_tool("shutoff")

    def _forget(self) -> None:
        self._history, self._wanted, self._task, self._ready = [], None, None, None
        self._gone.stop()


def _prepare(network: Network, progress: Progress) -> None:
    prepare(network, progress=progress)


def planner(session: Session) -> Planner:
    """The planner of a session; there is one."""
    found: Planner | None = session.findChild(Planner)
    return found if found is not None else Planner(session)


# -- commands -------------------------------------------------------------------------------------------------------


def start(context: Context) -> None:
    """Enter the mode; with a few elements selected, plan for them at once."""
    session = context.session
    session.set_tool("shutoff")
    chosen = selected(session)
    if session.network is not None and 0 < len(chosen) <= MOST_STARTS and planner(session).question is None:
        planner(session).plan_for(tuple(Place.of(session.network, element) for element in chosen))


def show_workspace(context: Context) -> None:
    """Arrange the window for shut-offs, and enter the mode."""
    context.session.set_workspace("shutoff")
    context.session.show_panel("result")
    start(context)


def export(context: Context) -> None:
    """Write the plan to a spreadsheet."""
    from pipemap.gui.shutoff_page import export_plan

    export_plan(context.session, context.window)


def print_ticket(context: Context) -> None:
    """Print the plan that is shown."""
    print_papers(context.session, context.window, "shutoff")


def print_notice(context: Context) -> None:
    """Tell customers of the plan that is shown."""
    print_papers(context.session, context.window, "notice")


def print_papers(session: Session, window: QWidget, kind: str) -> None:
    """Open the dialog for the papers of the plan that is shown."""
    from pipemap.gui.report_dialog import show_report

    answer = session.result
    if isinstance(answer, Shutoff):
        from pipemap.gui.plan_keeper import keeper

        opened = keeper(session).of(answer)
        show_report(session, window, plan=answer.plan, kind=kind, kept=opened.plan if opened is not None else None)
