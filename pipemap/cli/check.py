"""``pipemap check FILE``: what is wrong with the data of a survey."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.import_ import problem_record
from pipemap.cli.words import answer, progress_of, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.checks import Checked

_SHOWN = 50


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("check", parents=parents, help=_("what is wrong with the data"))
    command.add_argument("file", metavar="FILE", nargs="?", help=_("survey database"))
    command.add_argument("--rule", metavar="R", nargs="+", action="extend", default=[], help=_("only these checks"))
    command.add_argument("--limit", metavar="R=X", nargs="+", action="extend", default=[], help=_("what a check tolerates"))
    command.add_argument("--xlsx", metavar="OUT", type=Path, help=_("write the list as a spreadsheet too"))
    command.add_argument("--list", action="store_true", help=_("list the checks themselves"))
    return command


def run(args: argparse.Namespace) -> int:
    """Check and report."""
    from pipemap.analysis.checks import check_network
    from pipemap.cli.words import UsageError
    from pipemap.jobs import open_survey
    from pipemap.jobs.tables import export_problems
    from pipemap.model.problem import sort_worst_first

    if args.list:
        return _list(args)
    if args.file is None:
        raise UsageError(_("A check needs a survey."), _("Name its file, or say --list for the checks themselves."))
    with open_survey(args.file, read_only=True) as survey:
        network = survey.network
        say_notices(survey)
        found = check_network(network, args.rule, limits=_limits(args.limit), progress=progress_of(args))
        record: dict[str, object] = {
            "problems": [problem_record(problem) for problem in sort_worst_first(found.problems)],
            "counts": found.counts,
        }
        if args.xlsx is not None:
            record["written"] = str(export_problems(found.problems, args.xlsx))
        return answer(args, record, _lines(found))


def _limits(words: list[str]) -> dict[str, float]:
    from pipemap.analysis.checks import check_named
    from pipemap.cli.words import UsageError

    limits = {}
    for word in words:
        name, _equals, text = word.partition("=")
        try:
            limits[check_named(name).name] = float(text)
        except ValueError as error:
            raise UsageError(_("A limit is written like near-miss=0.3, not “{text}”.").format(text=word)) from error
    return limits


def _list(args: argparse.Namespace) -> int:
    from pipemap.analysis.checks import GROUPS, checks

    rows = list(checks().values())
    lines = table(
        [
            (row.name, _(GROUPS[row.group]), row.title, f"{row.limit:g} {row.unit}" if row.unit else "", row.certainty)
            for row in rows
        ],
        [_("Check"), _("Group"), _("Finds"), _("Limit"), _("Certainty")],
    )
    return answer(args, {"checks": rows}, lines)


def _lines(found: Checked) -> list[str]:
    from pipemap.analysis.checks import check_named
    from pipemap.model.problem import sort_worst_first

    severities = {"error": _("error"), "warning": _("warning"), "info": _("note")}
    counted = [(name, count) for name, count in found.counts.items() if count]
    if not counted:
        return [_("No problems were found in the data.")]
    rows = [(severities[check_named(name).severity], name, check_named(name).title, count) for name, count in counted]
    lines = [_("Problems in the data: {n}").format(n=sum(count for _name, count in counted)), *table(rows), ""]
    worst = sort_worst_first(found.problems)
    lines += table([(severities[problem.severity], problem.rule, problem.message) for problem in worst[:_SHOWN]])
    if len(worst) > _SHOWN:
        lines.append(_("… and {n} more; --json lists all").format(n=len(worst) - _SHOWN))
    return lines
