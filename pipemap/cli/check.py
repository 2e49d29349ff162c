"""``pipemap check FILE``: what is wrong with the data of a survey, what solving it would change, and mending it."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.cli.import_ import problem_record
from pipemap.cli.words import add_as_of, answer, progress_of, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.analysis.checks import Check, Checked
    from pipemap.jobs.checking import Limits, Within
    from pipemap.model.network import Network
    from pipemap.model.problem import Problem
    from pipemap.store import StoredProblem, Survey

_SHOWN = 50


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("check", parents=parents, help=_("what is wrong with the data"))
    command.add_argument("file", metavar="FILE", nargs="?", help=_("survey database"))
    add_as_of(command)
    command.add_argument("--rule", metavar="R", nargs="+", action="extend", default=[], help=_("only these checks"))
    command.add_argument(
        "--element", metavar="ID", nargs="+", action="extend", default=[], help=_("only problems of these nodes and pipes")
    )
    command.add_argument("--area", metavar="WKT", help=_("only problems in this area, in the survey's coordinates"))
    command.add_argument("--limit", metavar="R=X", nargs="+", action="extend", default=[], help=_("what a check tolerates"))
    command.add_argument(
        "--set",
        metavar="R=X",
        nargs="+",
        action="extend",
        default=[],
        dest="settings",
        help=_("keep a limit in the survey: a number, “off”, or “on” for the rule's own; R/ENTRY for one of a table"),
    )
    command.add_argument("--keep", action="store_true", help=_("keep what was found in the survey, as the window does"))
    command.add_argument("--fix", metavar="R[=FIX]", help=_("mend the problems of a check, as one change"))
    command.add_argument("--dry-run", action="store_true", help=_("with --fix: only say what would change"))
    command.add_argument("--ignore", metavar="REASON", help=_("ignore what was found, for this reason"))
    command.add_argument("--unignore", action="store_true", help=_("bring back what was ignored"))
    command.add_argument("--xlsx", metavar="OUT", type=Path, help=_("write the list as a spreadsheet too"))
    command.add_argument("--list", action="store_true", help=_("list the checks themselves, with limits and fixes"))
    return command


def run(args: argparse.Namespace) -> int:
    """Check and report."""
    from pipemap.cli.words import UsageError
    from pipemap.jobs.checking import Limits, limits_of, set_limits
    from pipemap.jobs.looking_back import opened

    if args.file is None:
        if args.list:
            return _list(args, Limits({}))
        raise UsageError(_("A check needs a survey."), _("Name its file, or say --list for the checks themselves."))
    writes = bool(args.settings or args.keep or args.ignore or args.unignore or (args.fix and not args.dry_run))
    if args.as_of and (writes or args.fix):
        raise UsageError(_("The past is only looked at: --as-of goes with no option that changes something."))
    with opened(args.file, args.as_of, read_only=not (writes or args.fix), progress=progress_of(args)) as survey:
        say_notices(survey)
        if args.settings:
            set_limits(survey, _pairs(args.settings))
        if args.list:
            return _list(args, limits_of(survey))
        within = _within(survey.network, args)
        if args.fix:
            return _fix(args, survey, within)
        return _check(args, survey, within)


def _check(args: argparse.Namespace, survey: Survey, within: Within | None) -> int:
    from pipemap.jobs.checking import check_and_keep, check_survey
    from pipemap.jobs.tables import export_problems
    from pipemap.model.problem import sort_by_effect

    if args.keep or args.ignore or args.unignore:
        found, _kept = check_and_keep(survey, args.rule, within=within, progress=progress_of(args))
        decided = _decide(args, survey, within, list(found.counts))
        standing = [stored.problem for stored in survey.problems() if stored.problem.rule in found.counts]
        problems: Sequence[Problem] = standing if within is None else found.problems
    else:
        limits = _limits(args.limit)
        found = check_survey(survey, args.rule, within=within, limits=limits, progress=progress_of(args))
        problems, decided = sort_by_effect(found.problems), 0
    record: dict[str, object] = {"problems": [_record(problem) for problem in problems], "counts": found.counts}
    lines = _lines(found, problems)
    if args.ignore or args.unignore:
        record["decided"] = decided
        lines = [(_("Ignored: {n}") if args.ignore else _("Brought back: {n}")).format(n=decided)]
    if args.xlsx is not None:
        record["written"] = str(export_problems(problems, args.xlsx))
    return answer(args, record, lines)


def _decide(args: argparse.Namespace, survey: Survey, within: Within | None, rules: Sequence[str]) -> int:
    """Ignore what stands, or bring back what was ignored; return how many."""
    wanted, status = ("open", "ignored") if args.ignore else ("ignored", "open")
    if not args.ignore and not args.unignore:
        return 0
    chosen = _chosen(survey, within, rules, wanted)
    survey.decide_problems([stored.fid for stored in chosen], status, reason=args.ignore or "")
    return len(chosen)


def _chosen(survey: Survey, within: Within | None, rules: Sequence[str], status: str) -> list[StoredProblem]:
    network = survey.network
    kept = [stored for stored in survey.problem_list() if stored.problem.rule in rules and stored.status == status]
    if within is None:
        return kept
    keys = {"node": set(network.node_fid[within[0]].tolist()), "pipe": set(network.pipe_fid[within[1]].tolist())}
    return [stored for stored in kept if stored.element_fid in keys.get(stored.problem.layer, ())]


def _fix(args: argparse.Namespace, survey: Survey, within: Within | None) -> int:
    from pipemap.jobs.checking import check_and_keep, check_survey, with_keys
    from pipemap.jobs.fixes import apply_fix, fix_named, preview_fix
    from pipemap.store.problems import unkept

    rule, _equals, name = args.fix.partition("=")
    fix = fix_named(rule, name)
    if args.dry_run:
        found = check_survey(survey, [rule], within=within)
        chosen = unkept(with_keys(survey.network, found.problems, found.spots))
        made = preview_fix(survey, chosen, fix, progress=progress_of(args))
    else:
        check_and_keep(survey, [rule], within=within)
        made = apply_fix(survey, _chosen(survey, within, [rule], "open"), fix, progress=progress_of(args))
        check_and_keep(survey, [rule])
    record = {
        "fix": fix.name,
        "solved": [stored.problem.element for stored in made.solved],
        "refused": [{"element": stored.problem.element, "reason": reason} for stored, reason in made.refused],
        "changes": [
            {"layer": line.layer, "element": line.element, "field": line.field, "before": line.before, "after": line.after}
            for line in made.lines
        ],
        "change": made.change_id,
    }
    lines = [_("Would be mended: {n}") if args.dry_run else _("Mended: {n}")]
    lines = [lines[0].format(n=len(made.solved)), *(f"  {line}" for line in made.lines)]
    lines += [f"  {stored.problem.element}: {reason}" for stored, reason in made.refused]
    return answer(args, record, lines)


def _within(network: Network, args: argparse.Namespace) -> Within | None:
    import numpy as np

    from pipemap.cli.words import UsageError
    from pipemap.jobs.checking import rows_within_area

    if args.area:
        import shapely

        try:
            area = shapely.from_wkt(args.area)
        except shapely.errors.GEOSException as error:
            raise UsageError(_("“{text}” is no area in WKT.").format(text=args.area), "POLYGON ((…))") from error
        if not isinstance(area, shapely.Polygon):
            raise UsageError(_("“{text}” is no area in WKT.").format(text=args.area), "POLYGON ((…))")
        return rows_within_area(network, shapely.get_coordinates(area.exterior))
    if not args.element:
        return None
    nodes, pipes = np.zeros(network.node_count, dtype=np.bool_), np.zeros(network.pipe_count, dtype=np.bool_)
    for text in args.element:
        element = network.element(text)
        (nodes if element.layer == "node" else pipes)[element.row] = True
    return nodes, pipes


def _pairs(words: list[str]) -> dict[str, str]:
    from pipemap.cli.words import UsageError

    pairs = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise UsageError(_("A limit is written like near-miss=0.3, not “{text}”.").format(text=word))
        pairs[name] = text
    return pairs


def _limits(words: list[str]) -> dict[str, float]:
    from pipemap.analysis.checks import check_named, entry_named, is_entry
    from pipemap.cli.words import UsageError

    limits = {}
    for name, text in _pairs(words).items():
        try:
            limits[entry_named(name) if is_entry(name) else check_named(name).name] = float(text)
        except ValueError as error:
            raise UsageError(_("A limit is written like near-miss=0.3, not “{text}”.").format(text=f"{name}={text}")) from error
    return limits


def _list(args: argparse.Namespace, limits: Limits) -> int:
    from pipemap.analysis.checks import GROUPS, TABLES, checks, entries_of, entry_title
    from pipemap.jobs.fixes import fixes_of

    rows = list(checks().values())
    shown = [
        (
            row.name,
            _(GROUPS[row.group]),
            row.title,
            _limit_words(limits, row),
            row.certainty,
            ", ".join(fix.name for fix in fixes_of(row.name)),
        )
        for row in rows
    ]
    lines = table(shown, [_("Check"), _("Group"), _("Finds"), _("Limit"), _("Certainty"), _("Fixes")])
    tables = {rule: entries_of(rule, limits.numbers) for rule in TABLES}
    entries = [
        (f"{rule}/{word}", entry_title(rule, word), f"{value:g} {TABLES[rule].unit}")
        for rule, found in tables.items()
        for word, value in found.items()
    ]
    lines += ["", *table(entries, [_("Entry"), _("For pipes"), _("Limit")])]
    return answer(args, {"checks": rows, "set": dict(limits.set_to), "tables": tables}, lines)


def _limit_words(limits: Limits, check: Check) -> str:
    """What a check tolerates, with its unit; ``off`` where it is switched off."""
    if not limits.is_on(check.name):
        return _("off")
    return "" if math.isnan(check.limit) else f"{limits.of(check):g} {check.unit}".strip()


def _record(problem: Problem) -> dict[str, Any]:
    record: dict[str, Any] = dict(problem_record(problem))
    if problem.effect is not None:
        effect = problem.effect
        record["effect"] = {"message": effect.message, "metres": round(effect.metres, 1), "customers": effect.customers}
    return record


def _lines(found: Checked, problems: Sequence[Problem]) -> list[str]:
    from pipemap.analysis.checks import check_named

    severities = {"error": _("error"), "warning": _("warning"), "info": _("note")}
    counted = [(name, count) for name, count in found.counts.items() if count]
    if not counted:
        return [_("No problems were found in the data.")]
    rows = [(severities[check_named(name).severity], name, check_named(name).title, count) for name, count in counted]
    lines = [_("Problems in the data: {n}").format(n=sum(count for _name, count in counted)), *table(rows), ""]
    lines += table(
        [
            (severities[problem.severity], problem.rule, problem.message, problem.effect.message if problem.effect else "")
            for problem in problems[:_SHOWN]
        ]
    )
    if len(problems) > _SHOWN:
        lines.append(_("… and {n} more; --json lists all").format(n=len(problems) - _SHOWN))
    return lines
