"""The kept plan that the window works on: opened, taken step by step, told whether it still holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from pipemap.errors import EditError, PipemapError
from pipemap.gui.session import ViewRequest
from pipemap.gui.shutoff_answers import Question, Shutoff
from pipemap.gui.shutoff_tools import planner
from pipemap.jobs import plans
from pipemap.jobs.plan_answers import question_of
from pipemap.model.plans import STATE_TITLES, Plan, Staleness, operation_kind, plan_step
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.progress import Progress
    from pipemap.store import Survey

Step = Callable[["Survey", str], Plan]


@dataclass(frozen=True, slots=True)
class Opened:
    """A kept plan with how it is asked now; ``question`` is ``None`` where nothing of it is in the survey any more."""

    plan: Plan
    stale: Staleness
    question: Question | None


class PlanKeeper(QObject):
    """What one session knows of the kept plan that is shown; there is one at a time."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.opened: Opened | None = None
        session.survey_changed.connect(self._forget)
        session.records_changed.connect(self._read_again)
        session.result_changed.connect(self._follow_result)

    def of(self, answer: Shutoff) -> Opened | None:
        """The kept plan that an answer is of."""
        opened = self.opened
        return opened if opened is not None and answer.is_kept and answer.question == opened.question else None

    def open(self, number: int, *, fly: bool = False) -> None:
        """Show a kept plan as the result."""
        survey = self._session.survey
        if survey is None:
            return

        def done(opened: Opened) -> None:
            if survey is self._session.survey:
                self._show(opened)
                self._session.show_panel("result")
                if fly:
                    self._session.view_requested.emit(ViewRequest("result"))

        self._session.run(
            lambda progress: _opened(survey, number, progress), _("Reading shut-off plan {n}").format(n=number), done
        )

    def _show(self, opened: Opened) -> None:
        self.opened = opened
        if opened.question is None:
            self._session.notice(_("What is broken is no longer in the survey."), hint=_("Make a new plan."))
            return
        planner(self._session).show(opened.question)

    def _read_again(self) -> None:
        """After a Change: the plan as it is now, and whether it still holds; one whose keeping was undone goes."""
        opened, survey = self.opened, self._session.survey
        if opened is None or survey is None:
            return

        def work(progress: Progress) -> Opened | None:
            try:
                return _opened(survey, opened.plan.number, progress)
            except EditError:
                return None

        def done(now: Opened | None) -> None:
            if self.opened is not opened or survey is not self._session.survey:
                return
            if now is None:
                self.opened = None
                self._session.result_changed.emit()
            else:
                self._show(now)

        self._session.run(work, _("Reading shut-off plan {n}").format(n=opened.plan.number), done)

    def _follow_result(self) -> None:
        """Another question, or another result, is no longer the plan that is kept."""
        result = self._session.result
        if self.opened is not None and not (isinstance(result, Shutoff) and result.question == self.opened.question):
            self.opened = None

    def _forget(self) -> None:
        self.opened = None

    # -- steps -----------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Keep the plan that is shown, as a draft."""
        answer = self._session.result
        if not isinstance(answer, Shutoff) or not answer.is_kept or self.of(answer) is not None:
            return
        asked, network, solution = answer.question.asked, self._session.network, answer.plan

        def work(survey: Survey, author: str) -> Plan:
            known = solution if survey.network is network else None
            return plans.keep_plan(survey, asked, plan=known, author=author)

        self._run(work, _("Keeping the plan"), lambda plan: _("Kept as shut-off plan {n}.").format(n=plan.number), shows=True)

    def describe(self, words: plans.PlanWords) -> None:
        """Say when, why, who."""
        number = self._number
        self._take(
            lambda survey, author: plans.describe_plan(survey, number, words, author=author),
            _("Describing the plan"),
            lambda plan: _("Shut-off plan {n} is described.").format(n=plan.number),
        )

    def step(self, name: str, explained: Mapping[str, str] | None = None) -> None:
        """Approve, start, finish or cancel it."""
        number = self._number

        def work(survey: Survey, author: str) -> Plan:
            if name == "approve":
                return plans.approve_plan(survey, number, author=author)
            if name == "start":
                return plans.start_plan(survey, number, author=author)
            end = plans.finish_plan if name == "finish" else plans.cancel_plan
            return end(survey, number, explained=explained, author=author)

        words = _("Shut-off plan {n} is now “{state}”.")
        self._take(
            work, _(plan_step(name).title), lambda plan: words.format(n=plan.number, state=_(STATE_TITLES.get(plan.state, "")))
        )

    def report(self, key: str, done: plans.Done) -> None:
        """Report what was done at one of its valves."""
        number, before = self._number, self.opened.plan.now.number if self.opened is not None else 0

        def told(plan: Plan) -> str:
            what = _(operation_kind(done.what).title)
            valve = plans.find_valve(plan, key).id
            if plan.now.number == before:
                return _("{what}: {valve}").format(what=what, valve=valve)
            return _("{what}: {valve}. The plan goes on as version {n}.").format(what=what, valve=valve, n=plan.now.number)

        self._take(
            lambda survey, author: plans.report_valve(survey, number, key, done, author=author),
            _("Reporting a valve"),
            told,
        )

    def rerun(self) -> None:
        """Ask it again of the network as it is now."""
        number, before = self._number, self.opened.plan.now.number if self.opened is not None else 0

        def told(plan: Plan) -> str:
            if plan.now.number == before:
                return _("Nothing is other than before.")
            return _("Shut-off plan {n} has version {version} now.").format(n=plan.number, version=plan.now.number)

        self._take(lambda survey, author: plans.rerun_plan(survey, number, author=author), _("Running the plan again"), told)

    @property
    def _number(self) -> int:
        return self.opened.plan.number if self.opened is not None else 0

    def _take(self, work: Step, label: str, told: Callable[[Plan], str]) -> None:
        if self.opened is not None:
            self._run(work, label, told)

    def _run(self, work: Step, label: str, told: Callable[[Plan], str], *, shows: bool = False) -> None:
        """Write on another thread; the plan that is shown is then read again, with Undo beside a word."""
        session, survey = self._session, self._session.survey
        if survey is None:
            return
        author = str(session.settings.value("author"))

        def write(_progress: Progress) -> tuple[Plan, int]:
            before = _newest(survey)
            plan = work(survey, author)
            survey.network  # noqa: B018 -- read here, where it does not hold up the window
            now = _newest(survey)
            return plan, now if now != before else 0

        def done(found: tuple[Plan, int]) -> None:
            plan, entry = found
            if survey is not session.survey:
                return
            session.refresh()
            if shows:
                self.open(plan.number)
            from pipemap.gui.import_storing import take_back

            session.say(told(plan), undo=(lambda: take_back(session, survey, [entry])) if entry else None)

        session.run(write, label, done)


def _newest(survey: Survey) -> int:
    return next((one.id for one in survey.history_page(limit=1)), 0)


def _opened(survey: Survey, number: int, progress: Progress) -> Opened:
    plan, network = survey.plan(number), survey.network
    question = None
    with suppress(PipemapError):
        question = Question.of(question_of(survey, network, plan))
    return Opened(plan, plans.staleness(survey, plan, progress=progress), question)


def keeper(session: Session) -> PlanKeeper:
    """The keeper of a session; there is one."""
    found: PlanKeeper | None = session.findChild(PlanKeeper)
    return found if found is not None else PlanKeeper(session)


# -- commands ----------------------------------------------------------------------------------------------------------


def keep(context: Context) -> None:
    """Keep the plan that is shown."""
    keeper(context.session).keep()


def show_plans(context: Context) -> None:
    """Bring the list of plans to the front."""
    context.session.show_panel("plans")
