"""Shut-off plans as records: kept, approved, carried out valve by valve, made anew, ended; each step is one Change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.errors import EditError, PipemapError
from pipemap.jobs.plan_answers import answer_of, key_of, question_of, solved
from pipemap.model.plans import (
    OPERATIONS,
    Answer,
    Asked,
    KeptValve,
    Operation,
    Plan,
    Staleness,
    Version,
    check_plan_step,
    differences,
    operation_kind,
    plan_step,
    versions_text,
)
from pipemap.progress import SILENT, Progress
from pipemap.store.authors import author_of
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.shutoff import ShutoffPlan
    from pipemap.model.network import Network
    from pipemap.store import Survey
    from pipemap.store.edits import Edit

_MOST_NAMED = 6
_MOST_ENTRIES = 300
"""Changes that are looked through for what a plan rests on."""
_FORMAT = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class PlanWords:
    """What a person says of a plan: all of it may be blank. Times are written ``2026-11-26 08:00``."""

    name: str = ""
    starts: str = ""
    ends: str = ""
    reason: str = ""
    phone: str = ""
    crew: str = ""
    note: str = ""
    emergency: bool = False


def keep_plan(
    survey: Survey, asked: Asked, words: PlanWords = PlanWords(), *, plan: ShutoffPlan | None = None, author: str = ""
) -> Plan:
    """Keep a plan in the survey, as a draft.

    Parameters
    ----------
    plan
        The answer, where it is known already.

    Raises
    ------
    PipemapError
        There is no plan for it; a time cannot be read.
    """
    network, who = survey.network, author_of(author)
    columns = _words_columns(words)
    solution = plan or solved(network, asked)
    version = Version(1, _now(), who, asked, answer_of(solution), change=_newest(survey))
    with survey.edit("", author=author) as edit:
        row = {"status": "draft", "created": _now(), "author": who, "starts": _starts(network, asked)}
        number = edit.add("shutoff_plan", row | columns | _version_columns((version,)))
        edit.label = _("Keep shut-off plan {n}").format(n=number)
    return survey.plan(number)


def describe_plan(survey: Survey, number: int, words: PlanWords, *, author: str = "") -> Plan:
    """Change what is said of a plan that is not over.

    Raises
    ------
    PipemapError
        It is over, or a time cannot be read.
    """
    plan, columns = survey.plan(number), _words_columns(words)
    if not plan.is_live:
        raise EditError(_("Shut-off plan {n} is over: it stays as it is.").format(n=number))
    with survey.edit(_("Describe shut-off plan {n}").format(n=number), author=author) as edit:
        edit.write("shutoff_plan", number, columns)
    return survey.plan(number)


def words_of(plan: Plan) -> PlanWords:
    """Return what is said of a plan."""
    named = (plan.name, plan.starts, plan.ends, plan.reason, plan.phone, plan.crew, plan.note)
    return PlanWords(*named, emergency=plan.emergency)


def approve_plan(survey: Survey, number: int, *, author: str = "") -> Plan:
    """Approve a draft.

    Raises
    ------
    EditError
        It is no draft, or the network has changed in what it rests on.
    """
    return _step(survey, number, "approve", {"approved": _now(), "approved_by": author_of(author)}, author, must_hold=True)


def start_plan(survey: Survey, number: int, *, time: str = "", author: str = "") -> Plan:
    """Begin to carry out an approved plan.

    Raises
    ------
    EditError
        It is not approved, or the network has changed in what it rests on.
    """
    return _step(survey, number, "start", {"started": _time(time)}, author, must_hold=True)


def _step(survey: Survey, number: int, name: str, columns: Mapping[str, Any], author: str, *, must_hold: bool) -> Plan:
    plan, step = survey.plan(number), plan_step(name)
    check_plan_step(step, plan.state, number)
    if must_hold and (stale := staleness(survey, plan)):
        words = _("The network has changed in what shut-off plan {n} rests on: {what}.")
        raise EditError(
            words.format(n=number, what="; ".join(stale.differences[:_MOST_NAMED])),
            _("Run it again first: that makes a new version."),
        )
    with survey.edit(_(step.label).format(n=number), author=author) as edit:
        edit.write("shutoff_plan", number, {"status": step.leads_to, **columns})
    return survey.plan(number)


# -- at the valves -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """What was done at a valve or hydrant, as a person reports it; a blank time is now."""

    what: str
    time: str = ""
    person: str = ""
    turns: float | None = None
    result: str = ""


def report_valve(survey: Survey, number: int, valve: str, done: Done, *, author: str = "") -> Plan:
    """Report what was done at a valve of a plan in progress; where that fails, the plan is made anew as its next version.

    Raises
    ------
    PipemapError
        The plan is not in progress, has no such valve, or nothing like this is done at one.
    """
    plan, kind = survey.plan(number), operation_kind(done.what)
    if plan.state != "in_progress":
        words = _("Shut-off plan {n} is not in progress: nothing is done at its valves.").format(n=number)
        raise EditError(words, _("Start it first."))
    kept = find_valve(plan, valve)
    version = _after_failure(survey, plan, kept, done.what, author) if kind.fails else None
    label = _("{what}: {valve} (shut-off plan {n})").format(what=_(kind.title), valve=kept.id, n=number)
    with survey.edit(label, author=author) as edit:
        now = version or plan.now
        _note(edit, survey.network, kept.key, kept.id, done, author, plan=(number, now.number))
        if version is not None:
            edit.write("shutoff_plan", number, _version_columns((*plan.versions, version)))
    return survey.plan(number)


def _after_failure(survey: Survey, plan: Plan, valve: KeptValve, what: str, author: str) -> Version | None:
    """The next version, in which a valve is not relied on; ``None`` where the plan never relied on it."""
    if valve.task == "reopen" or valve.key in plan.now.asked.inoperable:
        return None
    asked = replace(plan.now.asked, failures=(*plan.now.asked.failures, (valve.key, what)))
    if valve.task == "already_closed" and what in ("passing", "missing"):  # what nobody can vouch for counts as open
        asked = replace(plan.now.asked, opened=tuple(dict.fromkeys((*plan.now.asked.opened, valve.key))))
    return _next_version(survey, plan, asked, author)


def find_valve(plan: Plan, text: str) -> KeptValve:
    """Return the valve of a plan that is named by its id or key.

    Raises
    ------
    EditError
        It has none of this name, or several.
    """
    found = [one for one in plan.valves() if text in (one.key, one.id)]
    if len(found) == 1:
        return found[0]
    choice = found or list(plan.valves())
    names = ", ".join((one.key if found else one.id) for one in choice[:_MOST_NAMED])
    words = _("Several valves of plan {n} are called “{id}”.") if found else _("Plan {n} has no valve “{id}”.")
    raise EditError(words.format(n=plan.number, id=text), _("Its valves are {ids}.").format(ids=names or "–"))


def log_operation(survey: Survey, element: str, done: Done, *, author: str = "") -> Operation:
    """Enter by hand what was done at a valve or hydrant, outside any plan.

    Raises
    ------
    PipemapError
        There is no such element, or nothing like this is done.
    """
    network = survey.network
    kind, found = operation_kind(done.what), network.element(element)
    id_ = network.element_id(found)
    with survey.edit(_("{what}: {valve}").format(what=_(kind.title), valve=id_), author=author) as edit:
        fid = _note(edit, network, key_of(network, found), id_, done, author)
    return next(one for one in survey.operations() if one.fid == fid)


def _note(
    edit: Edit, network: Network, key: str, id_: str, done: Done, author: str, *, plan: tuple[int, int] | None = None
) -> int:
    """Write an operation into the log; the day on which a valve was last turned follows."""
    kind, time = operation_kind(done.what), _time(done.time)
    if done.turns is not None and not (np.isfinite(done.turns) and 0 <= done.turns <= 10_000):  # noqa: PLR2004
        raise EditError(_("“{text}” is no number of turns.").format(text=done.turns))
    node, pipe = _keys(network, key)
    if kind.turns and node is not None:
        before = str(edit.row("node", node)["last_operated"] or "")
        if before[:10] < time[:10]:
            edit.update("node", node, last_operated=time[:10])
    row = {
        "node": node, "pipe": pipe, "valve": id_, "what": done.what, "time": time, "person": done.person or author_of(author),
        "turns": done.turns, "result": done.result.strip() or None,
    }  # fmt: skip
    return edit.add("operation", row | ({} if plan is None else {"shutoff_plan": plan[0], "version": plan[1]}))


def _keys(network: Network, key: str) -> tuple[int | None, int | None]:
    """Keys of the node and the pipe that a valve is; of one in a model's valve layer both."""
    from pipemap.analysis.steps import valve_element
    from pipemap.analysis.valves import LAYER, valves_of

    layer, _colon, rest = key.partition(":#")
    if rest.isdigit():
        return (int(rest), None) if layer == "node" else (None, int(rest))
    valves = valves_of(network)
    number = valves.number(key)
    node = valve_element(valves, number)
    link = int(network.pipe_fid[int(valves.row[number])]) if valves.origin[number] == LAYER else None
    return int(network.node_fid[node.row]), link


# -- made anew -----------------------------------------------------------------------------------------------------------


def staleness(survey: Survey, plan: Plan, *, progress: Progress = SILENT) -> Staleness:
    """Say whether, and in what, a plan would be another one if it were asked now."""
    progress(0, None, _("Comparing the plan with the network"))
    if not plan.is_live:
        return Staleness()
    network, now = survey.network, plan.now
    try:
        told = differences(now.answer, answer_of(solved(network, question_of(survey, network, plan))))
    except PipemapError as error:
        told = (error.message,)
    return Staleness(told, _touching(survey, now)) if told else Staleness()


def _touching(survey: Survey, version: Version) -> tuple[str, ...]:
    """Labels of the Changes since a version that touched what it rests on; where none did, of those of the network."""
    mine = {*version.answer.contained, *version.answer.lost}
    mine |= {f"{layer[0]}{rest}" for layer, _mark, rest in (one.key.partition(":#") for one in version.answer.valves)}
    near, any_ = [], []
    for entry in survey.history_page(limit=_MOST_ENTRIES):
        if entry.id <= version.change:
            break
        parts = [part for part in survey.change(entry.id).parts if part.table in ("node", "pipe")]
        if parts:
            label = f"{entry.label} ({entry.time[:16].replace('T', ' ')} {entry.author})".replace(" )", ")")
            any_.append(label)
            if any(f"{part.table[0]}{fid}" in mine for part in parts for fid in part.keys):
                near.append(label)
    return tuple((near or any_)[:_MOST_NAMED])


def rerun_plan(survey: Survey, number: int, *, inoperable: Sequence[str] = (), author: str = "") -> Plan:
    """Ask a plan again of the network as it is now; where the answer is another one it becomes the plan's next version.

    An approved plan that has changed is a draft again. Where nothing has changed nothing is written.

    Raises
    ------
    PipemapError
        The plan is over, or there is none for the network as it is now.
    """
    plan = survey.plan(number)
    if not plan.is_live:
        raise EditError(_("Shut-off plan {n} is over: it stays as it is.").format(n=number))
    network, asked = survey.network, question_of(survey, survey.network, plan)
    for text in inoperable:
        key = key_of(network, network.element(text)) if "@" not in text else text
        if key not in asked.inoperable:
            asked = replace(asked, failures=(*asked.failures, (key, "stuck")))
    version = _next_version(survey, plan, asked, author)
    if not version.differences and version.asked == plan.now.asked:
        return plan
    with survey.edit(_("Shut-off plan {n}, version {version}").format(n=number, version=version.number), author=author) as edit:
        columns = _version_columns((*plan.versions, version))
        if plan.state == "approved":
            columns |= {"status": "draft", "approved": None, "approved_by": None}
        edit.write("shutoff_plan", number, columns | {"starts": _starts(network, asked)})
    return survey.plan(number)


def _next_version(survey: Survey, plan: Plan, asked: Asked, author: str) -> Version:
    answer = answer_of(solved(survey.network, asked))
    told = differences(plan.now.answer, answer)
    return Version(plan.now.number + 1, _now(), author_of(author), asked, answer, told, _newest(survey))


# -- the end -------------------------------------------------------------------------------------------------------------


def finish_plan(survey: Survey, number: int, *, explained: Mapping[str, str] | None = None, author: str = "") -> Plan:
    """End a plan in progress: every valve is in its normal state again, or somebody says why not; states are written back.

    Parameters
    ----------
    explained
        Valve → why it stays as it is.

    Raises
    ------
    EditError
        The plan is not in progress, or valves are neither back nor explained.
    """
    return _end(survey, number, "finish", explained or {}, "", author)


def cancel_plan(
    survey: Survey, number: int, *, reason: str = "", explained: Mapping[str, str] | None = None, author: str = ""
) -> Plan:
    """Give a plan up; one in progress only when its valves are back, or somebody says why not.

    Raises
    ------
    EditError
        The plan is over, or valves are neither back nor explained.
    """
    return _end(survey, number, "cancel", explained or {}, reason, author)


def _end(survey: Survey, number: int, name: str, explained: Mapping[str, str], reason: str, author: str) -> Plan:
    plan, step = survey.plan(number), plan_step(name)
    check_plan_step(step, plan.state, number)
    told = {find_valve(plan, text).key: words.strip() for text, words in explained.items() if words.strip()}
    left = [one for one in plan.to_return() if one.key not in told]
    if left:
        names = ", ".join(one.id for one in left[:_MOST_NAMED]) + (" …" if len(left) > _MOST_NAMED else "")
        words = _("Not in their normal state, and nobody said why: {ids}.").format(ids=names)
        raise EditError(words, _("Report them as opened (or closed), or say why they stay (--explain VALVE=TEXT)."))
    note = "\n".join(filter(None, (plan.note, reason.strip())))
    with survey.edit(_(step.label).format(n=number), author=author) as edit:
        for valve in plan.valves():
            if valve.key in told:
                done = Done("explained", result=told[valve.key])
                _note(edit, survey.network, valve.key, valve.id, done, author, plan=(number, plan.now.number))
            _write_state(edit, survey.network, plan, valve)
        edit.write("shutoff_plan", number, {"status": step.leads_to, "finished": _time(""), "note": note or None})
    return survey.plan(number)


def _write_state(edit: Edit, network: Network, plan: Plan, valve: KeptValve) -> None:
    """Write into the survey how a valve really stands, and whether it turned; one of a model's layer has no such fields."""
    layer, _mark, rest = valve.key.partition(":#")
    done = [one for one in plan.operations if one.key == valve.key and one.what in OPERATIONS]
    if layer not in ("node", "pipe") or not rest.isdigit() or not done:
        return
    fids = network.node_fid if layer == "node" else network.pipe_fid
    if not (fids == int(rest)).any():
        return  # it was taken away meanwhile; the log keeps what was done
    told = [one for one in done if one.what != "explained"]
    state, failed = plan.valve_state(valve), bool(told) and OPERATIONS[told[-1].what].fails
    given: dict[str, Any] = {"state": state} if any(OPERATIONS[one.what].state for one in done) else {}
    if failed:
        given["operable"] = "no"
        if layer == "node":
            given["inoperable_reason"] = " ".join(filter(None, (_(OPERATIONS[told[-1].what].title), told[-1].result)))
    row = edit.row(layer, int(rest))
    given = {name: value for name, value in given.items() if row[name] != value}
    if given:
        edit.update("node" if layer == "node" else "pipe", int(rest), **given)


# -- columns -------------------------------------------------------------------------------------------------------------


def _version_columns(versions: tuple[Version, ...]) -> dict[str, Any]:
    answer: Answer = versions[-1].answer
    return {
        "version": versions[-1].number,
        "plan": versions_text(versions),
        "roads": answer.roads or None,
        "valves": len(answer.of_task("close")),
        "customers": answer.customers,
        "households": answer.households,
    }


def _words_columns(words: PlanWords) -> dict[str, Any]:
    starts, ends = (_time(text) if text.strip() else "" for text in (words.starts, words.ends))
    if starts and ends and ends <= starts:
        raise EditError(_("The plan would end before it begins: {starts}, {ends}.").format(starts=starts, ends=ends))
    said = {"name": words.name, "planned_from": starts, "planned_to": ends, "reason": words.reason, "phone": words.phone}
    said |= {"crew": words.crew, "note": words.note}
    return {name: text.strip() or None for name, text in said.items()} | {"emergency": words.emergency}


def _starts(network: Network, asked: Asked) -> str:
    """Ids of what is broken: they follow when it is split or joined before the plan is over."""
    found = []
    for key in asked.broken:
        element = network.element(key)
        if id_ := network.element_id(element):
            found.append(f"{element.layer}:{id_}")
    return json.dumps(found, ensure_ascii=False)


def _time(text: str) -> str:
    """Return a time as it is kept; a blank one is now."""
    from pipemap.reports.notice import moment_of

    return moment_of(text).strftime(_FORMAT) if text.strip() else _now()


def _now() -> str:
    return datetime.now().strftime(_FORMAT)  # noqa: DTZ005 -- as the clock on the wall says


def _newest(survey: Survey) -> int:
    return next((entry.id for entry in survey.history_page(limit=1)), 0)
