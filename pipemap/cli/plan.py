"""``pipemap plan FILE add|list|show|…``: shut-off plans that are kept, carried out valve by valve, and ended."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from pipemap.cli.words import UsageError, answer, listing, progress_of, say_notices, table
from pipemap.model.plans import OPERATIONS, STATE_TITLES
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.jobs.plans import Done, PlanWords
    from pipemap.model.plans import Operation, Overlap, Plan, Staleness
    from pipemap.store import Survey

_READING = ("list", "show", "overlaps", "log")
_NUMBERED = ("show", "edit", "approve", "start", "valve", "finish", "cancel", "rerun")
_ACTIONS = ("list", "add", *_NUMBERED, "overlaps", "log", "operate")
_WORDS = ("name", "starts", "ends", "reason", "phone", "crew", "note")


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("plan", parents=parents, help=_("shut-off plans that are kept, and what was done at valves"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("action", metavar="ACTION", nargs="?", default="list", choices=_ACTIONS, help=", ".join(_ACTIONS))
    command.add_argument("what", metavar="N|ID", nargs="*", help=_("number of the plan, then the valve; log, operate: the valve"))
    _add_question(command)
    _add_words(command)
    done = command.add_argument_group(_("at a valve (valve, operate)"))
    done.add_argument(
        "--what", dest="done", choices=tuple(OPERATIONS), default=None, help=_("what was done, or why it could not be")
    )
    done.add_argument("--time", metavar="TIME", default="", help=_("when (default: now)"))
    done.add_argument("--by", metavar="NAME", default="", help=_("by whom"))
    done.add_argument("--turns", metavar="N", type=float, help=_("turns made"))
    done.add_argument("--result", metavar="TEXT", default="", help=_("what came of it"))
    end = command.add_argument_group(_("at the end (finish, cancel)"))
    explain = _("why a valve stays other than it normally is")
    end.add_argument("--explain", metavar="VALVE=TEXT", action="append", default=[], help=explain)
    command.add_argument("--author", metavar="NAME", default="", help=_("who takes the step (default: the name of the settings)"))
    return command


def _add_question(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(_("what is asked (add; --inoperable also: rerun)"))
    several = {"metavar": "ID", "nargs": "+", "action": "extend", "default": []}
    group.add_argument("--pipe", **several, help=_("broken pipes"))  # type: ignore[arg-type]
    group.add_argument("--node", **several, help=_("broken nodes"))  # type: ignore[arg-type]
    group.add_argument("--inoperable", **several, help=_("valves that do not turn"))  # type: ignore[arg-type]
    group.add_argument("--opened", **several, help=_("closed valves that are opened meanwhile"))  # type: ignore[arg-type]
    group.add_argument("--trust-check-valves", action="store_true", help=_("nothing comes back through a check valve"))
    group.add_argument("--close-control-valves", action="store_true", help=_("pressure and flow control valves may be shut"))
    group.add_argument("--fewest", action="store_true", help=_("the fewest valves instead of the least loss"))


def _add_words(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(_("what is said of a plan (add, edit)"))
    group.add_argument("--name", metavar="TEXT", help=_("what it is called"))
    group.add_argument("--from", metavar="TIME", dest="starts", help=_("when it begins, such as “2026-11-26 08:00”"))
    group.add_argument("--to", metavar="TIME", dest="ends", help=_("when it ends"))
    group.add_argument("--reason", metavar="TEXT", help=_("why"))
    group.add_argument("--phone", metavar="TEXT", help=_("whom to call"))
    group.add_argument("--crew", metavar="TEXT", help=_("who carries it out"))
    group.add_argument("--note", metavar="TEXT", help=_("what else is to be known"))
    group.add_argument("--emergency", action=argparse.BooleanOptionalAction, default=None, help=_("needs no notice period"))


def run(args: argparse.Namespace) -> int:
    """List, keep, take a step, or tell."""
    from pipemap.jobs import open_survey

    if args.action in _NUMBERED and not args.what:
        raise UsageError(_("Name the plan by its number."), f"pipemap plan FILE {args.action} N")
    with open_survey(args.file, read_only=args.action in _READING) as survey:
        say_notices(survey)
        if args.action == "list":
            return _list(args, survey)
        if args.action == "overlaps":
            return _overlaps(args, survey)
        if args.action in ("log", "operate"):
            return _log(args, survey)
        if args.action == "show":
            return _show(args, survey, survey.plan(_number(args)))
        return _show(args, survey, _step(args, survey))


def _number(args: argparse.Namespace) -> int:
    text = args.what[0]
    if not (text.isascii() and text.isdigit()):
        raise UsageError(_("“{text}” is no number of a plan.").format(text=text), f"pipemap plan FILE {args.action} N")
    return int(text)


def _author(args: argparse.Namespace) -> str:
    from pipemap.settings import Settings

    return args.author or str(Settings().value("author"))


def _step(args: argparse.Namespace, survey: Survey) -> Plan:
    from pipemap.jobs import plans

    author = _author(args)
    if args.action == "add":
        return _keep(args, survey, author)
    number = _number(args)
    if args.action == "edit":
        words = _said(args, plans.words_of(survey.plan(number)))
        return plans.describe_plan(survey, number, words, author=author)
    if args.action == "approve":
        return plans.approve_plan(survey, number, author=author)
    if args.action == "start":
        return plans.start_plan(survey, number, time=args.time, author=author)
    if args.action == "rerun":
        return plans.rerun_plan(survey, number, inoperable=args.inoperable, author=author)
    if args.action == "valve":
        if len(args.what) < 2 or args.done is None:  # noqa: PLR2004 -- the plan and the valve
            raise UsageError(_("Name the plan, the valve and what was done."), "pipemap plan FILE valve N VALVE --what closed")
        return plans.report_valve(survey, number, args.what[1], _done(args), author=author)
    explained = dict(_explained(text) for text in args.explain)
    if args.action == "finish":
        return plans.finish_plan(survey, number, explained=explained, author=author)
    return plans.cancel_plan(survey, number, reason=args.reason or "", explained=explained, author=author)


def _keep(args: argparse.Namespace, survey: Survey, author: str) -> Plan:
    from pipemap.jobs.plan_answers import asked_for
    from pipemap.jobs.plans import PlanWords, keep_plan

    if not args.pipe and not args.node:
        raise UsageError(_("A shut-off plan needs a broken pipe or node."), _("Name it with --pipe or --node."))
    asked = asked_for(
        survey.network,
        pipes=args.pipe,
        nodes=args.node,
        inoperable=args.inoperable,
        opened=args.opened,
        trust_check_valves=args.trust_check_valves,
        close_control_valves=args.close_control_valves,
        fewest=args.fewest,
    )
    return keep_plan(survey, asked, _said(args, PlanWords()), author=author)


def _said(args: argparse.Namespace, before: PlanWords) -> PlanWords:
    given = {name: getattr(args, name) for name in (*_WORDS, "emergency") if getattr(args, name) is not None}
    return replace(before, **given)


def _done(args: argparse.Namespace) -> Done:
    from pipemap.jobs.plans import Done

    return Done(args.done, args.time, args.by, args.turns, args.result)


def _explained(text: str) -> tuple[str, str]:
    valve, equals, words = text.partition("=")
    if not equals or not words.strip():
        raise UsageError(_("Say why like V-7=stays closed until spring, not “{text}”.").format(text=text))
    return valve.strip(), words.strip()


# -- telling -------------------------------------------------------------------------------------------------------------


def _list(args: argparse.Namespace, survey: Survey) -> int:
    rows = survey.plan_rows()
    titles = [_("Plan no."), _("State"), _("Begins"), _("Ends"), _("Valves"), _("Customers"), _("Streets"), _("Name")]
    lines = [
        (
            row["fid"],
            _(STATE_TITLES.get(row["status"] or "", row["status"] or "")),
            *(row[name] or "" for name in ("planned_from", "planned_to")),
            *(row[name] or 0 for name in ("valves", "customers")),
            *(row[name] or "" for name in ("roads", "name")),
        )
        for row in rows
    ]
    names = [name for name in (rows[0] if rows else ()) if name not in ("fid", "status")]
    plans = [{"number": row["fid"], "state": row["status"]} | {name: row[name] for name in names} for row in rows]
    return answer(args, {"plans": plans}, table(lines, titles) if rows else [_("The survey holds no shut-off plan.")])


def _show(args: argparse.Namespace, survey: Survey, plan: Plan) -> int:
    from pipemap.jobs.plans import staleness

    stale = staleness(survey, plan, progress=progress_of(args))
    return answer(args, _record(plan, stale), _lines(plan, stale))


def _record(plan: Plan, stale: Staleness) -> dict[str, Any]:
    now = plan.now.answer
    words = {name: getattr(plan, name) for name in (*_WORDS, "emergency", "created", "author", "approved", "approved_by")}
    return {
        "number": plan.number,
        "state": plan.state,
        **words,
        "started": plan.started,
        "finished": plan.finished,
        "version": plan.now.number,
        "stale": list(stale.differences),
        "changed_by": list(stale.since),
        "valves": [
            {"id": one.id, "key": one.key, "task": one.task, "state": plan.valve_state(one), "normal": one.normal}
            for one in plan.valves()
        ],
        "close": [one.id for one in now.of_task("close")],
        "already_closed": [one.id for one in now.of_task("already_closed")],
        "to_close": [one.id for one in plan.to_close()],
        "to_return": [one.id for one in plan.to_return()],
        "customers": now.customers,
        "households": now.households,
        "critical": now.critical,
        "volume_m3": now.volume,
        "supply_known": now.lost_known,
        "roads": now.roads,
        "asked": asdict(plan.now.asked),
        "versions": [
            {"version": one.number, "time": one.time, "author": one.author, "differences": one.differences}
            for one in plan.versions
        ],
        "operations": [_operation(one) for one in plan.operations],
    }  # fmt: skip


def _operation(one: Operation) -> dict[str, object]:
    return {
        "valve": one.valve, "what": one.what, "time": one.time, "by": one.person, "turns": one.turns, "result": one.result,
        "plan": one.plan, "version": one.version,
    }  # fmt: skip


def _lines(plan: Plan, stale: Staleness) -> list[str]:
    title = _("Shut-off plan {n}, version {version}: {state}")
    lines = [title.format(n=plan.number, version=plan.now.number, state=_(STATE_TITLES.get(plan.state, plan.state)))]
    facts = [
        (_("Name"), plan.name), (_("Reason"), plan.reason), (_("Forecast"), " – ".join(filter(None, (plan.starts, plan.ends)))),
        (_("Carried out"), " – ".join(filter(None, (plan.started, plan.finished)))), (_("Crew"), plan.crew),
        (_("Telephone"), plan.phone), (_("Streets"), plan.now.answer.roads), (_("Note"), plan.note),
    ]  # fmt: skip
    lines += [f"{name}: {text}" for name, text in facts if text]
    if stale:
        lines.append(_("The network has changed in what it rests on: {what}.").format(what="; ".join(stale.differences)))
        lines += [f"  {label}" for label in stale.since]
    lines += [f"  {text}" for text in plan.now.differences]
    now = plan.now.answer
    figures = _("Customers: {c}, households: {h}, volume: {m3} m³")
    lines.append(figures.format(c=f"{now.customers:,}", h=f"{now.households:,}", m3=f"{now.volume:,.1f}"))
    rows = []
    for place, one in enumerate(plan.valves(), start=1):
        done = plan.last(one.key)
        what = _(OPERATIONS[done.what].title) if done is not None and done.what in OPERATIONS else ""
        told = (done.time, done.person, "" if done.turns is None else f"{done.turns:g}", done.result) if done else ("",) * 4
        rows.append((place, one.id, _(_TASKS.get(one.task, one.task)), one.road, what, *told))
    titles = [_("No."), _("Valve"), _("Task"), _("Road"), _("What was done"), _("Time"), _("By"), _("Turns"), _("Result")]
    lines += table(rows, titles)
    if plan.state == "in_progress" and (left := plan.to_return()):
        lines.append(_("Not in their normal state: {ids}").format(ids=listing([one.id for one in left])))
    return lines


_TASKS = {
    "close": N_("Close"),
    "already_closed": N_("Already closed"),
    "not_needed": N_("Not needed"),
    "reopen": N_("Could be opened meanwhile"),
}
"""Texts of the window, by task."""


def _overlaps(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.plan_overlaps import find_overlaps

    found = find_overlaps(survey, progress=progress_of(args))
    record = {
        "overlaps": [
            {
                "plans": one.plans, "from": one.starts, "to": one.ends, "households": one.households, "note": one.note,
                "nodes": len(one.nodes), "pipes": len(one.pipes),
                "customers": [{"name": who.name, "class": who.class_, "critical": who.critical} for who in one.customers],
            }
            for one in found
        ]
    }  # fmt: skip
    lines = [line for one in found for line in _overlap_lines(one)]
    return answer(args, record, lines or [_("No two plans stand at the same time.")])


def _overlap_lines(one: Overlap) -> list[str]:
    from pipemap.model.wording import customer_label

    plans = ", ".join(map(str, one.plans))
    lines = [_("Plans {plans}: {starts} – {ends}").format(plans=plans, starts=one.starts, ends=one.ends or "…")]
    if one.note:
        return [*lines, f"  {one.note}"]
    if not one.nodes and not one.pipes:
        return [*lines, _("  Together they strand nobody whom none strands alone.")]
    words = _("  Stranded only by them together: nodes {nodes}, pipes {pipes}, customers {c}, households {h}")
    lines.append(words.format(nodes=len(one.nodes), pipes=len(one.pipes), c=len(one.customers), h=one.households))
    return [*lines, *(f"  {who.name} ({customer_label(who.class_)})" for who in one.customers[:50])]


def _log(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.plans import log_operation

    if args.action == "operate":
        if not args.what or args.done is None:
            raise UsageError(_("Name the valve or hydrant and what was done."), "pipemap plan FILE operate ID --what exercised")
        found = [log_operation(survey, args.what[0], _done(args), author=_author(args))]
    elif args.what:
        network = survey.network
        element = network.element(args.what[0])
        fids = network.node_fid if element.layer == "node" else network.pipe_fid
        key = int(fids[element.row])
        found = survey.operations(node=key) if element.layer == "node" else survey.operations(pipe=key)
    else:
        found = survey.operations()
    rows = [
        (one.time, one.valve, _(OPERATIONS[one.what].title) if one.what in OPERATIONS else one.what, one.person,
         "" if one.turns is None else f"{one.turns:g}", one.result, one.plan or "")
        for one in found
    ]  # fmt: skip
    titles = [_("Time"), _("Valve"), _("What was done"), _("By"), _("Turns"), _("Result"), _("Plan")]
    lines = table(rows, titles) if rows else [_("Nothing was recorded of it.")]
    return answer(args, {"operations": [_operation(one) for one in found]}, lines)
