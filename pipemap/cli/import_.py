"""``pipemap import SOURCE… --to FILE``: other people's files into a survey."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.info import summary_lines
from pipemap.cli.words import UsageError, answer, metres_of, progress_of, table
from pipemap.errors import SurveyDataError
from pipemap.model.wording import repeats_words
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.crs_candidates import CrsCandidate
    from pipemap.jobs import ImportResult
    from pipemap.model.comparison import Decisions
    from pipemap.model.delivery import SourceTable
    from pipemap.model.problem import Problem

_SHOWN = 50
_LISTED = 10_000
_CANDIDATES = 6


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("import", parents=parents, help=_("read other files into a survey"))
    command.add_argument("sources", metavar="SOURCE", nargs="+", type=Path, help=_("files to read, or folders of them"))
    command.add_argument("--to", metavar="FILE", type=Path, help=_("survey database to write; an existing one is updated"))
    command.add_argument("--format", metavar="F", help=_("format of the files (default: what is inside them)"))
    command.add_argument("--crs", metavar="EPSG:N", default="", help=_("coordinate system of the files"))
    command.add_argument("--batch", metavar="NAME", default="", help=_("name of the delivery (default: the file's name)"))
    command.add_argument("--mapping", metavar="FILE", type=Path, help=_("JSON that corrects which column is which field"))
    command.add_argument(
        "--valve-layer", metavar="CSV", type=Path, help=_("link,node: isolation valves beside a hydraulic model")
    )
    command.add_argument("--snap", metavar="METRES", type=float, help=_("how far apart ends of GIS lines may be and still meet"))
    command.add_argument(
        "--join-tees", action="store_true", help=_("join GIS lines that end on the middle of another, where no point is")
    )
    command.add_argument(
        "--save-mapping", metavar="FILE", type=Path, help=_("write what was understood of the columns as JSON to correct")
    )
    command.add_argument("--swap-axes", action="store_true", help=_("exchange east and north of everything read"))
    command.add_argument(
        "--within", metavar="M", type=metres_of, help=_("metres within which customers are tied to a pipe (default: 50)")
    )
    command.add_argument("--changed", choices=("theirs", "ours"), help=_("what only the delivery changed (default: theirs)"))
    command.add_argument(
        "--conflicts", choices=("later", "theirs", "ours"), help=_("what was edited by hand and comes otherwise (default: later)")
    )
    command.add_argument(
        "--missing", choices=("leave", "retire"), help=_("what the batch has and the delivery has not (default: leave)")
    )
    command.add_argument("--dry-run", action="store_true", help=_("read and report, write nothing"))
    return command


def run(args: argparse.Namespace) -> int:
    """Import and report."""
    from pipemap.jobs import import_source, starting_mapping, write_mapping
    from pipemap.jobs.customers import WITHIN
    from pipemap.model.problem import sort_worst_first

    if args.to is None and not args.dry_run:
        raise UsageError(_("An import needs a survey to write to."), _("Name it with --to, or say --dry-run."))
    try:
        result = import_source(
            args.sources,
            args.to,
            format=args.format,
            crs=args.crs,
            batch=args.batch,
            mapping=args.mapping,
            valve_layer=args.valve_layer,
            snap=args.snap,
            join_tees=args.join_tees,
            swap_axes=args.swap_axes,
            within=WITHIN if args.within is None else args.within,
            decisions=_decisions(args),
            dry_run=args.dry_run,
            progress=progress_of(args),
        )
    except SurveyDataError as error:
        raise _with_mapping(error, args.save_mapping) from error
    if args.save_mapping is not None:
        write_mapping(starting_mapping(result.tables), args.save_mapping)
    problems = sort_worst_first(result.problems)
    lines = [
        *summary_lines(result.summary),
        *_stored_lines(result),
        *_compared_lines(result),
        *_table_lines(result),
        *_candidate_lines(result),
    ]
    return answer(args, _record(result, problems), [*lines, "", *_problem_lines(problems)])


def _decisions(args: argparse.Namespace) -> Decisions:
    from pipemap.model.comparison import Decisions

    chosen = {"changed": args.changed, "conflict": args.conflicts, "missing": args.missing}
    return Decisions(groups={standing: choice for standing, choice in chosen.items() if choice})  # type: ignore[misc]


def _compared_lines(result: ImportResult) -> list[str]:
    """The first elements that a delivery would change, old beside new; conflicts first."""
    from pipemap.model.comparison_words import STANDING_TITLES, records

    found = [record for one in result.comparisons for record in records(one, most=_SHOWN) if record["fields"]]
    titles = {standing: _(title) for standing, title in STANDING_TITLES.items()}
    rows = [
        (titles[one["standing"]], str(one["id"]), part["field"], f"{part['ours'] or '–'} → {part['theirs'] or '–'}")
        for one in found
        for part in one["fields"]
    ]
    return ["", *table(rows[:_SHOWN])] if rows else []


def _stored_lines(result: ImportResult) -> list[str]:
    """What storing did, or would do, to a survey that held something already."""
    if not (result.changed or result.same or result.repeats):
        return []
    more = []
    if result.conflicts:
        more.append(
            _("In conflict with edits by hand: {n}; they stay as they are (--conflicts).").format(n=f"{result.conflicts:,}")
        )
    if result.retired:
        more.append(_("Missing in the delivery and retired: {n}.").format(n=f"{result.retired:,}"))
    elif result.missing:
        more.append(_("Missing in the delivery: {n}; they stay in use (--missing).").format(n=f"{result.missing:,}"))
    added = _("Adds {nodes} nodes and {pipes} pipes.").format(nodes=f"{result.added_nodes:,}", pipes=f"{result.added_pipes:,}")
    there = _("Changes {changed}; {same} are there already as they are.").format(
        changed=f"{result.changed:,}", same=f"{result.same:,}"
    )
    return ["", f"{added} {there}", *more, *(repeats_words(name) for name in result.repeats)]


def _with_mapping(error: SurveyDataError, target: Path | None) -> SurveyDataError:
    """Nothing could be built: what the tables hold is written all the same, to be corrected."""
    from pipemap.jobs import starting_mapping, write_mapping
    from pipemap.model.delivery import SourceTable

    tables = [table for table in error.tables if isinstance(table, SourceTable)]
    if target is None or not tables:
        return error
    write_mapping(starting_mapping(tables), target)
    hint = _("Say in {file} which column is which field, then import with --mapping {file}.").format(file=target.name)
    return SurveyDataError(error.message, hint, error.problems, tables=tables)


def _record(result: ImportResult, problems: list[Problem]) -> dict[str, object]:
    from pipemap.model.comparison_words import records

    counted = result.summary
    return {
        "nodes": counted.nodes,
        "pipes": counted.pipes,
        "valves": counted.valves,
        "sources": counted.sources,
        "possible_sources": counted.possible_sources,
        "customers": counted.customers,
        "customers_bound": counted.customers_bound,
        "customers_unbound": counted.customers_unbound,
        "length_m": counted.length_m,
        "by_category": counted.by_category,
        "crs": counted.crs,
        "formats": result.formats,
        "batches": result.batches,
        "added": {"nodes": result.added_nodes, "pipes": result.added_pipes},
        "changed": result.changed,
        "same": result.same,
        "missing": result.missing,
        "conflicts": result.conflicts,
        "retired": result.retired,
        "differences": [record for one in result.comparisons for record in records(one, most=_LISTED)],
        "repeats": result.repeats,
        "dry_run": result.dry_run,
        "understood": result.understood,
        "tables": [_table_record(table) for table in result.tables],
        "crs_candidates": [_candidate_record(one) for one in result.crs_candidates],
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


def _table_record(table: SourceTable) -> dict[str, object]:
    return {
        "name": table.name,
        "kind": table.kind,
        "rows": table.rows,
        "columns": [
            {"name": column.name, "field": column.field, "confidence": column.confidence, "examples": column.examples}
            for column in table.columns
        ],
    }


def _candidate_record(one: CrsCandidate) -> dict[str, object]:
    return {
        "crs": one.crs,
        "name": one.label,
        "certainty": one.certainty,
        "central_meridian": one.central_meridian,
        "zone": one.zone,
        "lon": one.place.lon if one.place else None,
        "lat": one.place.lat if one.place else None,
        "distance_m": one.distance_m,
        "swapped": one.swapped,
    }


def _table_lines(result: ImportResult) -> list[str]:
    """Tables of a dry run, and the columns that nobody understood."""
    if not (result.dry_run and result.tables):
        return []
    kinds = {"node": _("points"), "pipe": _("pipes"), "row": _("points with connections"), "customer": _("customers")}
    rows = [
        (
            each.name,
            kinds.get(each.kind, _("left out")),
            f"{each.rows:,}",
            ", ".join(column.name for column in each.columns if not column.confidence),
        )
        for each in result.tables
    ]
    return ["", *table([(_("Table"), _("Holds"), _("Rows"), _("Columns not understood")), *rows])]


def _candidate_lines(result: ImportResult) -> list[str]:
    """The first coordinate systems that fit, where the source names none."""
    if result.summary.crs or not result.crs_candidates:
        return []
    rows = [(one.crs, one.label, one.place.text if one.place else "") for one in result.crs_candidates[:_CANDIDATES]]
    return ["", _("Coordinate systems that fit (choose one with --crs):"), *table(rows)]


def _problem_lines(problems: list[Problem]) -> list[str]:
    if not problems:
        return [_("No problems were found in the data.")]
    severities = {"error": _("error"), "warning": _("warning"), "info": _("note")}
    lines = table([(severities[problem.severity], problem.where, problem.message) for problem in problems[:_SHOWN]])
    if len(problems) > _SHOWN:
        lines.append(_("… and {n} more; --json lists all").format(n=len(problems) - _SHOWN))
    return [_("Problems in the data: {n}").format(n=len(problems)), *lines]
