"""What the papers of a shut-off take from a plan that is kept: its steps, what was done, what is new in its version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipemap.errors import PipemapError, ReportError
from pipemap.model.plans import OPERATIONS, STATE_TITLES, KeptValve, Operation, Plan
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.shutoff import ShutoffPlan
    from pipemap.analysis.steps import Step
    from pipemap.model.network import Network
    from pipemap.reports.ticket import Done, PlanRecord, Way
    from pipemap.store import Survey


def answer_for_papers(survey: Survey, kept: Plan, *, way: str = "close") -> ShutoffPlan:
    """Return a kept plan worked out again, for what a ticket tells of beside the valves.

    Raises
    ------
    ReportError
        The network has changed in what it rests on, so that a ticket to close by it would be wrong. The way back is
        printed all the same: it goes by what was done.
    PipemapError
        Nothing of what is broken is in the survey any more.
    """
    from pipemap.jobs.plan_answers import question_of, solved
    from pipemap.jobs.plans import staleness

    stale = staleness(survey, kept) if way == "close" else None
    if stale:
        words = _("The network has changed in what shut-off plan {n} rests on: {what}.")
        raise ReportError(
            words.format(n=kept.number, what="; ".join(stale.differences)), _("Run it again first: that makes a new version.")
        )
    return solved(survey.network, question_of(survey, survey.network, kept))


def steps_for_papers(plan: ShutoffPlan, kept: Plan) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Return the steps of the version that stands, with valves that were moved under an earlier one, and those to open meanwhile.

    A valve that is no longer in the survey cannot be described, and is left out.
    """
    from pipemap.analysis.steps import step

    steps, reopen = [], []
    opened = set(kept.now.asked.opened)
    for valve in kept.valves():
        task = _task(kept, valve)
        try:
            number = plan.cells.valves.number(valve.key)
        except PipemapError:
            continue
        if task == "reopen":
            reopen.append(step(plan, number, "reopen"))
        elif valve.key not in opened:
            steps.append(step(plan, number, "already_closed" if task == "already_closed" else _as_task(task)))
    return tuple(steps), tuple(reopen)


def _task(kept: Plan, valve: KeptValve) -> str:
    """A valve of an earlier version counts only where it was moved: then it has to come back."""
    now = {one.key: one.task for one in kept.now.answer.valves}
    if valve.key in now:
        return now[valve.key]
    return "close" if kept.valve_state(valve) == "closed" and valve.normal == "open" else "not_needed"


def _as_task(task: str) -> Any:  # noqa: ANN401 -- a Task
    return task if task in ("close", "not_needed") else "not_needed"


def ticket_record(kept: Plan, network: Network, *, way: Way = "close") -> PlanRecord:
    """Return what a ticket says of a kept plan beside its steps; a difference that names a secret element is left out."""
    from pipemap.model.release import tells_of, withheld_ids
    from pipemap.reports.ticket import PlanRecord

    secret = withheld_ids(network)
    changes = tuple(text for text in kept.now.differences if not (secret and tells_of([text], secret)))

    done = {valve.key: _done(one) for valve in kept.valves() if (one := _last(kept, valve.key, way)) is not None}
    warning = "" if kept.state != "draft" else _("Draft: not approved yet.")
    if kept.state in ("cancelled", "finished"):
        warning = _("This plan is over: {state}.").format(state=_(STATE_TITLES[kept.state]))
    now = kept.now
    return PlanRecord(
        str(kept.number), now.number, kept.reason, kept.starts, kept.ends, kept.author, kept.crew, kept.phone,
        emergency=kept.emergency, changes=changes, done=done, warning=warning,
    )  # fmt: skip


def _last(kept: Plan, key: str, way: Way) -> Operation | None:
    """What was done last on the way: opening a valve is no part of closing it, nor the other way round."""
    known = {one.key: one for one in kept.valves()}
    normal = known[key].normal
    for one in reversed(kept.operations):
        if one.key == key and one.what in OPERATIONS:
            state = OPERATIONS[one.what].state
            back = one.what == "explained" or (bool(state) and state == normal)
            if back == (way == "return"):
                return one
    return None


def _done(one: Operation) -> Done:
    from pipemap.reports.ticket import Done

    turns = "" if one.turns is None else f"{one.turns:g}"
    result = " ".join(filter(None, (_(OPERATIONS[one.what].title), one.result)))
    return Done(one.time[5:], turns, one.person, result)


def notice_options(kept: Plan, options: dict[str, Any]) -> dict[str, Any]:
    """Return what a notice says, from the plan where it is not said otherwise."""
    own = {"reason": kept.reason, "starts": kept.starts, "ends": kept.ends, "phone": kept.phone}
    if options.get("stage") == "restore":
        own |= {"starts": kept.started or kept.starts, "ends": kept.finished or kept.ends}
    said = {name: value for name, value in options.items() if value not in ("", None, False)}
    return {**options, **own, **said, "emergency": bool(options.get("emergency")) or kept.emergency}
