"""Shut-off plans as records: what was asked, what the answer was, how far the plan is, and what was done at each valve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from pipemap.errors import EditError
from pipemap.texts import N_, _

State = Literal["draft", "approved", "in_progress", "finished", "cancelled"]
STATE_TITLES: dict[str, str] = {
    "draft": N_("Draft plan"),
    "approved": N_("Approved for work"),
    "in_progress": N_("In progress"),
    "finished": N_("Ended"),
    "cancelled": N_("Cancelled"),
}
LIVE: tuple[State, ...] = ("draft", "approved", "in_progress")
"""States of plans that are still to be done."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step of a plan: the states in which it can be taken, and the one that it leads to."""

    name: str
    title: str
    label: str
    comes_from: tuple[State, ...]
    leads_to: State


STEPS: tuple[PlanStep, ...] = (
    PlanStep("approve", N_("Approve the plan"), N_("Approve shut-off plan {n}"), ("draft",), "approved"),
    PlanStep("start", N_("Start the work"), N_("Start shut-off plan {n}"), ("approved",), "in_progress"),
    PlanStep("finish", N_("Finish the plan"), N_("Finish shut-off plan {n}"), ("in_progress",), "finished"),
    PlanStep("cancel", N_("Cancel the plan"), N_("Cancel shut-off plan {n}"), LIVE, "cancelled"),
)
"""Every step but those at valves, in the order in which they are taken."""


def plan_step(name: str) -> PlanStep:
    """Return a step by its name."""
    return next(one for one in STEPS if one.name == name)


def check_plan_step(step: PlanStep, state: str, number: int) -> None:
    """Refuse a step that does not follow on the state of a plan.

    Raises
    ------
    EditError
        It does not.
    """
    if state in step.comes_from:
        return
    words = _("Shut-off plan {n} is “{state}”: “{step}” cannot be done now.")
    told = words.format(n=number, state=_(STATE_TITLES.get(state, state)), step=_(step.title))
    following = ", ".join(_(other.title) for other in STEPS if state in other.comes_from)
    raise EditError(told, _("What can be done: {steps}.").format(steps=following) if following else "")


# -- what is done at a valve -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OperationKind:
    """One thing that is done at a valve or hydrant.

    Attributes
    ----------
    state
        The state of the valve afterwards; blank where it stays as it was.
    turns
        The valve was moved: its ``last_operated`` follows.
    fails
        The plan cannot rely on the valve.
    """

    name: str
    title: str
    state: str = ""
    turns: bool = False
    fails: bool = False


OPERATIONS: dict[str, OperationKind] = {
    one.name: one
    for one in (
        OperationKind("closed", N_("Valve closed"), "closed", turns=True),
        OperationKind("opened", N_("Valve opened"), "open", turns=True),
        OperationKind("verified", N_("Verified")),
        OperationKind("exercised", N_("Exercised"), turns=True),
        OperationKind("flushed", N_("Flushed"), turns=True),
        OperationKind("repaired", N_("Repaired")),
        OperationKind("explained", N_("Explained")),
        OperationKind("stuck", N_("Does not turn"), fails=True),
        OperationKind("missing", N_("Not found"), fails=True),
        OperationKind("passing", N_("Does not hold"), fails=True),
    )
}
"""What can be done at a valve or hydrant, by name."""


def operation_kind(name: str) -> OperationKind:
    """Return what can be done, by its name.

    Raises
    ------
    EditError
        There is no such thing.
    """
    if name not in OPERATIONS:
        words = _("“{name}” is nothing that is done at a valve.").format(name=name)
        raise EditError(words, _("Known are {names}.").format(names=", ".join(OPERATIONS)))
    return OPERATIONS[name]


@dataclass(frozen=True, slots=True)
class Operation:
    """What was done once at a valve or hydrant.

    Attributes
    ----------
    node, pipe
        Keys of what it is; both of a valve that a model has in a layer of its own.
    valve
        Its id as it was printed then.
    time
        ``2026-11-25 03:10``, as the clock on the wall says.
    plan
        Number of the plan that it belongs to.
    """

    fid: int
    valve: str
    what: str
    time: str
    person: str = ""
    turns: float | None = None
    result: str = ""
    plan: int | None = None
    version: int | None = None
    node: int | None = None
    pipe: int | None = None

    @property
    def key(self) -> str:
        """The valve as a plan names it."""
        if (self.node is None) == (self.pipe is None):
            return self.valve
        return f"pipe:#{self.pipe}" if self.node is None else f"node:#{self.node}"


# -- what was asked and answered ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """All that a plan was asked with; elements as ``node:#7``, so that they stay the same after a change of the survey.

    ``failures`` are valves that cannot be closed, each with why (``stuck``, ``missing``, ``passing``).
    """

    broken: tuple[str, ...]
    failures: tuple[tuple[str, str], ...] = ()
    opened: tuple[str, ...] = ()
    trust_check_valves: bool = False
    close_control_valves: bool = False
    fewest: bool = False

    @property
    def inoperable(self) -> tuple[str, ...]:
        """Valves that cannot be closed."""
        return tuple(key for key, _why in self.failures)


@dataclass(frozen=True, slots=True)
class KeptValve:
    """A valve of an answer; ``state`` as recorded then, ``normal`` the one that it has to come back to."""

    key: str
    id: str
    task: str
    state: str = ""
    normal: str = "open"
    road: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a plan says: valves in order, what lies in it, who loses supply.

    ``contained`` and ``lost`` are short keys of elements, ``n7`` or ``p7``; ``customers`` and ``households`` are those of both;
    ``lost_known`` is false where nobody can say who loses supply.
    """

    valves: tuple[KeptValve, ...]
    contained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    customers: int = 0
    households: int = 0
    critical: tuple[str, ...] = ()
    length: float = 0.0
    volume: float = 0.0
    lost_known: bool = True
    sources: tuple[str, ...] = ()
    roads: str = ""

    def of_task(self, *tasks: str) -> tuple[KeptValve, ...]:
        """Valves with one of these tasks, in order."""
        return tuple(one for one in self.valves if one.task in tasks)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a plan; ``change`` is the newest entry of the history when it was made."""

    number: int
    time: str
    author: str
    asked: Asked
    answer: Answer
    differences: tuple[str, ...] = ()
    change: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A shut-off plan that is kept in a survey.

    Attributes
    ----------
    number
        Its key; printed on every paper.
    starts, ends
        As forecast, ``2026-11-26 08:00``; blank where nobody said.
    started, finished
        As it was; of a cancelled plan ``finished`` is when it was cancelled.
    operations
        What was done at its valves, oldest first.
    """

    number: int
    name: str
    state: str
    created: str
    author: str
    starts: str
    ends: str
    started: str
    finished: str
    approved: str
    approved_by: str
    reason: str
    phone: str
    crew: str
    note: str
    emergency: bool
    versions: tuple[Version, ...]
    operations: tuple[Operation, ...] = ()

    @property
    def now(self) -> Version:
        """The version that stands."""
        return self.versions[-1]

    @property
    def is_live(self) -> bool:
        """Whether something is still to be done."""
        return self.state in LIVE

    def last(self, key: str) -> Operation | None:
        """What was done last at a valve of the plan, ``None`` where nothing was."""
        return next((one for one in reversed(self.operations) if one.key == key), None)

    def valve_state(self, valve: KeptValve) -> str:
        """The state that a valve has now, going by what was done."""
        done = (
            OPERATIONS[one.what].state for one in reversed(self.operations) if one.key == valve.key and one.what in OPERATIONS
        )
        return next((state for state in done if state), valve.state or "open")

    def valves(self) -> tuple[KeptValve, ...]:
        """Valves of the version that stands, and those that were moved under an earlier one."""
        mine = {one.key: one for version in reversed(self.versions) for one in reversed(version.answer.valves)}
        now = self.now.answer.valves
        moved = {one.key for one in self.operations} - {one.key for one in now}
        return (*now, *(mine[key] for key in mine if key in moved))

    def to_close(self) -> tuple[KeptValve, ...]:
        """Valves of the version that stands which are still to be closed."""
        return tuple(one for one in self.now.answer.of_task("close") if self.valve_state(one) != "closed")

    def to_return(self) -> tuple[KeptValve, ...]:
        """Valves that are not as they normally are and of which nobody explained why, the last closed first."""
        open_ = [one for one in self.valves() if self.valve_state(one) != one.normal and not self._is_explained(one)]
        moved = {one.key: place for place, one in enumerate(self.operations)}
        return tuple(sorted((one for one in open_ if one.key in moved), key=lambda one: -moved[one.key]))

    def _is_explained(self, valve: KeptValve) -> bool:
        done = self.last(valve.key)
        return done is not None and done.what == "explained"


# -- as text -----------------------------------------------------------------------------------------------------------


def versions_text(versions: tuple[Version, ...]) -> str:
    """Write versions as the survey keeps them."""
    return json.dumps({"versions": [asdict(one) for one in versions]}, ensure_ascii=False, separators=(",", ":"))


def read_versions(text: str | None) -> tuple[Version, ...]:
    """Read the versions of a plan; none where the text was not written by us."""
    try:
        found = json.loads(text or "")["versions"]
        return tuple(_version(one) for one in found)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ()


def _version(found: Mapping[str, Any]) -> Version:
    asked = _known(Asked, found["asked"])
    asked["failures"] = tuple((str(key), str(why)) for key, why in asked.get("failures", ()))
    answer = _known(Answer, found["answer"])
    answer["valves"] = tuple(KeptValve(**_known(KeptValve, one)) for one in answer["valves"])
    own = _known(Version, found) | {"asked": Asked(**asked), "answer": Answer(**answer)}
    return Version(**own)


def _known(kind: type, found: Mapping[str, Any]) -> dict[str, Any]:
    """What a record knows of what was written, lists as tuples."""
    names = {one.name for one in fields(kind)}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items() if name in names}


# -- what is new -------------------------------------------------------------------------------------------------------


def differences(before: Answer, after: Answer) -> tuple[str, ...]:
    """Say what is new in an answer, in the language on screen; nothing where it says the same."""
    told = [*_valve_differences(before, after)]
    for title, old, new in (
        (_("contained"), before.contained, after.contained),
        (_("supply lost"), before.lost, after.lost),
    ):
        more, fewer = len(set(new) - set(old)), len(set(old) - set(new))
        if more or fewer:
            words = _("{title}: {more} elements more, {fewer} fewer")
            told.append(words.format(title=title, more=more, fewer=fewer))
    if before.customers != after.customers:
        told.append(_("customers: {old} → {new}").format(old=f"{before.customers:,}", new=f"{after.customers:,}"))
    if before.lost_known != after.lost_known:
        told.append(_("who loses supply is known now") if after.lost_known else _("who loses supply is unknown now"))
    if set(before.sources) != set(after.sources):
        told.append(_("sources inside the zone: {ids}").format(ids=", ".join(after.sources) or _("none")))
    return tuple(told)


_TASKS = {
    "close": N_("to close"),
    "already_closed": N_("already closed, to verify"),
    "not_needed": N_("not needed"),
    "reopen": N_("could be opened meanwhile"),
    "": N_("no valve of the plan"),
}


def _valve_differences(before: Answer, after: Answer) -> list[str]:
    old, new = ({one.key: one for one in answer.valves} for answer in (before, after))
    told = []
    for key in dict.fromkeys([*new, *old]):
        was, is_ = (side[key].task if key in side else "" for side in (old, new))
        if was != is_:
            id_ = (new.get(key) or old[key]).id
            told.append(_("{valve}: {new} (was {old})").format(valve=id_, new=_(_TASKS[is_]), old=_(_TASKS[was])))
    return told


@dataclass(frozen=True, slots=True)
class Staleness:
    """Whether the network has changed in what a plan rests on.

    Attributes
    ----------
    differences
        What the answer would say otherwise now; empty where the plan holds.
    since
        Labels of the Changes that touched what the plan rests on.
    """

    differences: tuple[str, ...] = ()
    since: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.differences)


@dataclass(frozen=True, slots=True)
class Stranded:
    """A customer, as plans tell of them; ``key``: of the node (``node:#7``) or pipe that supplies them, blank where unknown."""

    name: str
    class_: str
    critical: bool
    households: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Plans that stand at the same time.

    Attributes
    ----------
    plans
        Their numbers.
    starts, ends
        The time that they share.
    customers
        Those who lose supply only because of all of them together, those who need it most first.
    nodes, pipes
        Keys of what loses supply only together.
    note
        Why nothing can be said of them; blank where it can.
    """

    plans: tuple[int, ...]
    starts: str
    ends: str
    customers: tuple[Stranded, ...] = ()
    households: int = 0
    nodes: tuple[int, ...] = field(default=(), repr=False)
    pipes: tuple[int, ...] = field(default=(), repr=False)
    note: str = ""
