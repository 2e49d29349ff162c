"""Shutting off by click: what is broken, which valves fail, and the plan that follows, live under the pointer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from PySide6.QtCore import QObject, QTimer

from pipemap.analysis.alternatives import cost, fewest_valves
from pipemap.analysis.reopening import Reopening, reopenings
from pipemap.analysis.shutoff import ShutoffPlan, plan_shutoff
from pipemap.analysis.steps import Step, prepare, step, steps_of
from pipemap.errors import PipemapError
from pipemap.gui.tools import tool
from pipemap.gui.trace_question import Place
from pipemap.gui.trace_tools import MOST_STARTS, selected
from pipemap.model.plans import Asked
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.model.lookup import Element
    from pipemap.model.network import Network
    from pipemap.progress import Progress

Failure = Literal["stuck", "missing", "passing"]
"""Why a valve cannot be closed: it does not turn, nobody finds it, or it does not hold."""

NEAR = 100_000
"""Pipes up to which a plan is made at once; of a larger network it is made on another thread."""

GONE_MS = 350
"""How long a plan stays after the pointer has left its pipe."""


@dataclass(frozen=True, slots=True)
class Question:
    """All that a plan is asked with; it can be asked again of a changed network.

    Attributes
    ----------
    failures
        Keys of valves that cannot be closed, and why.
    opened
        Keys of closed valves that are opened.
    fewest
        The plan that closes the fewest valves instead of the one that cuts off the least.
    trust_check_valves, close_control_valves
        As :func:`~pipemap.analysis.shutoff.plan_shutoff` takes them; the window asks so only for plans that were kept so.
    """

    broken: tuple[Place, ...]
    failures: tuple[tuple[str, Failure], ...] = ()
    opened: tuple[str, ...] = ()
    fewest: bool = False
    trust_check_valves: bool = False
    close_control_valves: bool = False

    @classmethod
    def of(cls, asked: Asked) -> Question:
        """The question of a plan that is kept in the survey."""
        names = [key.partition(":#")[::2] for key in asked.broken]
        return cls(
            tuple(Place("node" if layer == "node" else "pipe", int(fid)) for layer, fid in names if fid.isdigit()),
            tuple((key, cast("Failure", why)) for key, why in asked.failures),
            asked.opened,
            fewest=asked.fewest,
            trust_check_valves=asked.trust_check_valves,
            close_control_valves=asked.close_control_valves,
        )

    @property
    def asked(self) -> Asked:
        """The question as a survey keeps it."""
        return Asked(
            tuple(place.name for place in self.broken),
            self.failures,
            self.opened,
            trust_check_valves=self.trust_check_valves,
            close_control_valves=self.close_control_valves,
            fewest=self.fewest,
        )

    def __call__(self, network: Network) -> Shutoff:
        """Ask it, of what is still there."""
        there = [place for place in self.broken if place.find(network) is not None]
        plan = plan_shutoff(
            network,
            pipes=[place.name for place in there if place.layer == "pipe"],
            nodes=[place.name for place in there if place.layer == "node"],
            inoperable=[key for key, _why in self.failures if _valve(network, key) is not None],
            opened=[key for key in self.opened if _is_closed(network, key)],
            trust_check_valves=self.trust_check_valves,
            close_control_valves=self.close_control_valves,
        )
        if self.fewest:
            plan = fewest_valves(plan) or plan
        return Shutoff.of(self, plan)

    def failure(self, key: str) -> Failure | None:
        """Why a valve cannot be closed; None where it can."""
        return dict(self.failures).get(key)


def _valve(network: Network, key: str) -> int | None:
    from pipemap.analysis.valves import valves_of

    try:
        return valves_of(network).number(key)
    except PipemapError:
        return None


def _is_closed(network: Network, key: str) -> bool:
    from pipemap.analysis.valves import valves_of

    number = _valve(network, key)
    return number is not None and bool(valves_of(network).closed[number])


@dataclass(frozen=True, eq=False)
class Shutoff:
    """A plan with what the window shows of it.

    Attributes
    ----------
    steps
        The valves of the plan, those to close in the order of closing.
    reopen
        Closed valves that would feed again some of those cut off, and as steps for the map and lists.
    failed
        The valves that the person reported as not closable.
    is_kept
        The person has clicked; else it follows the pointer.
    """

    question: Question
    plan: ShutoffPlan
    steps: tuple[Step, ...]
    reopen: tuple[tuple[Step, Reopening], ...]
    failed: tuple[Step, ...]
    opened: tuple[Step, ...]
    is_kept: bool = False

    @classmethod
    def of(cls, question: Question, plan: ShutoffPlan) -> Shutoff:
        """Gather all that is read from the survey, so that a panel needs not wait for it."""
        network = plan.network
        failed = [valve for key, _why in question.failures if (valve := _valve(network, key)) is not None]
        opened = [valve for key in question.opened if _is_closed(network, key) and (valve := _valve(network, key)) is not None]
        found = cls(
            question,
            plan,
            steps_of(plan),
            tuple((step(plan, one.valve, "reopen"), one) for one in reopenings(plan)),
            tuple(step(plan, valve, "close") for valve in failed),
            tuple(step(plan, valve, "reopen") for valve in opened),
        )
        for part in (plan.contained, plan.lost):
            part.customers  # noqa: B018 -- the part remembers them
        return found

    @cached_property
    def node_rows(self) -> NDArray[np.int64]:
        """Nodes without supply, and those that are the plan's valves."""
        valves = [one.element.row for one in self.steps if one.element.layer == "node"]
        rows: NDArray[np.int64] = np.unique(
            np.concatenate([self.plan.contained.node_rows, self.plan.lost.node_rows, np.array(valves, dtype=np.int64)])
        )
        return rows

    @cached_property
    def pipe_rows(self) -> NDArray[np.int64]:
        """Pipes without supply."""
        rows: NDArray[np.int64] = np.union1d(self.plan.contained.pipe_rows, self.plan.lost.pipe_rows)
        return rows

    @property
    def close(self) -> tuple[Step, ...]:
        """The valves to close, in order."""
        return self.of_task("close")

    def of_task(self, task: str) -> tuple[Step, ...]:
        """The steps of one kind."""
        return tuple(one for one in self.steps if one.task == task)

    @property
    def summary(self) -> str:
        """The plan in a line; nothing is said of customers where nothing is known of them."""
        plan, count = self.plan, len(self.close)
        if not plan.supply_known:
            return _("Valves to close: {n}; who loses supply is unknown").format(n=count)
        if not len(plan.network.customers):
            return _("Valves to close: {n}").format(n=count)
        people = plan.contained.customers.count + plan.lost.customers.count
        return _("Valves to close: {n}, customers without supply: {c}").format(n=count, c=f"{people:,}")

    def alternative(self) -> ShutoffPlan | None:
        """The plan with the fewest valves where this one is with the least loss, and the other way; None where they agree."""
        other = replace(self.question, fewest=not self.question.fewest)(self.plan.network).plan
        same = set(other.close) == set(self.plan.close) and cost(other) == cost(self.plan)
        return None if same else other


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
        if len(self._history) < 2 or not isinstance(self._session.result, Shutoff):  # noqa: PLR2004 -- the newest and one before
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

        def done(answer: Shutoff) -> None:
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

        self._task = self._session.run(lambda _progress: question(network), _("Planning the shut-off"), done, failed)

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

    def _show(self, answer: Shutoff, *, keep: bool) -> None:
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
        if isinstance(shown, Shutoff) and shown.question == question:
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
        if isinstance(result, Shutoff) and not result.is_kept:
            self._session.set_result(None)

    def _follow_result(self) -> None:
        """Another result, or none, ends the plan."""
        result = self._session.result
        if isinstance(result, Shutoff):
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
