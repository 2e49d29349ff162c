"""``pipemap import SOURCE… --to FILE``: other people's files into a survey."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.info import summary_lines
from pipemap.cli.words import UsageError, answer, progress_of, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs import ImportResult
    from pipemap.model.problem import Problem

_SHOWN = 50


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("import", parents=parents, help=_("read other files into a survey"))
    command.add_argument("sources", metavar="SOURCE", nargs="+", type=Path, help=_("files to read"))
    command.add_argument("--to", metavar="FILE", type=Path, help=_("survey database to write; an existing one is updated"))
    command.add_argument("--format", metavar="F", help=_("format of the files (default: what is inside them)"))
    command.add_argument("--crs", metavar="EPSG:N", default="", help=_("coordinate system of the files"))
    command.add_argument("--batch", metavar="NAME", default="", help=_("name of the delivery (default: the file's name)"))
    command.add_argument("--mapping", metavar="FILE", type=Path, help=_("JSON that corrects which column is which field"))
    command.add_argument(
        "--valve-layer", metavar="CSV", type=Path, help=_("link,node: isolation valves beside a hydraulic model")
    )
    command.add_argument("--dry-run", action="store_true", help=_("read and report, write nothing"))
    return command


def run(args: argparse.Namespace) -> int:
    """Import and report."""
    from pipemap.jobs import import_source
    from pipemap.model.problem import sort_worst_first

    if args.to is None and not args.dry_run:
        raise UsageError(_("An import needs a survey to write to."), _("Name it with --to, or say --dry-run."))
    result = import_source(
        args.sources,
        args.to,
        format=args.format,
        crs=args.crs,
        batch=args.batch,
        mapping=args.mapping,
        valve_layer=args.valve_layer,
        dry_run=args.dry_run,
        progress=progress_of(args),
    )
    problems = sort_worst_first(result.problems)
    return answer(args, _record(result, problems), [*summary_lines(result.summary), "", *_problem_lines(problems)])


def _record(result: ImportResult, problems: list[Problem]) -> dict[str, object]:
    counted = result.summary
    return {
        "nodes": counted.nodes,
        "pipes": counted.pipes,
        "valves": counted.valves,
        "sources": counted.sources,
        "possible_sources": counted.possible_sources,
        "length_m": counted.length_m,
        "by_category": counted.by_category,
        "crs": counted.crs,
        "formats": result.formats,
        "batches": result.batches,
        "added": {"nodes": result.added_nodes, "pipes": result.added_pipes},
        "changed": result.changed,
        "same": result.same,
        "dry_run": result.dry_run,
        "understood": result.understood,
        "problems": [problem_record(problem) for problem in problems],
    }


def problem_record(problem: Problem) -> dict[str, object]:
    """Return a problem in the words of JSON."""
    return {
        "rule": problem.rule,
        "severity": problem.severity,
        "where": problem.where,
        "message": problem.message,
        "element": problem.element,
        "x": problem.x,
        "y": problem.y,
    }


def _problem_lines(problems: list[Problem]) -> list[str]:
    if not problems:
        return [_("No problems were found in the data.")]
    severities = {"error": _("error"), "warning": _("warning"), "info": _("note")}
    lines = table([(severities[problem.severity], problem.where, problem.message) for problem in problems[:_SHOWN]])
    if len(problems) > _SHOWN:
        lines.append(_("… and {n} more; --json lists all").format(n=len(problems) - _SHOWN))
    return [_("Problems in the data: {n}").format(n=len(problems)), *lines]
