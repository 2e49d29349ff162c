"""``pipemap trace FILE --type T --start ID…``: what is connected, up and down the stream."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, answer, listing, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.totals import Total
    from pipemap.analysis.trace import Trace

TYPES = ("connected", "upstream", "downstream", "subnetwork", "shortest-path", "loops")


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("trace", parents=parents, help=_("what is connected, upstream, downstream, the way between"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("--type", choices=TYPES, default="connected", help=_("what to find (default: connected)"))
    command.add_argument(
        "--start", metavar="ID", nargs="+", action="extend", required=True, help=_("where to start: nodes or pipes")
    )
    command.add_argument("--end", metavar="ID", help=_("where a shortest path goes to"))
    command.add_argument("--barrier", metavar="ID", nargs="+", action="extend", default=[], help=_("treat as closed"))
    command.add_argument(
        "--where", metavar="EXPR", help=_("show only pipes that fit, such as: diameter_mm >= 300 and material = PE")
    )
    command.add_argument(
        "--sum", metavar="FIELD", nargs="+", action="extend", default=[], help=_("total a field over the pipes found")
    )
    command.add_argument("--all-lifecycles", action="store_true", help=_("follow abandoned, planned and empty pipes too"))
    return command


def run(args: argparse.Namespace) -> int:
    """Trace and print."""
    from pipemap.analysis.totals import total
    from pipemap.analysis.trace import trace
    from pipemap.analysis.where import pipes_where
    from pipemap.jobs import open_survey

    if (args.type == "shortest-path") != (args.end is not None):
        raise UsageError(_("--end belongs to --type shortest-path, and that needs it."))
    with open_survey(args.file, read_only=True) as survey:
        network = survey.network
        say_notices(survey)
        found = trace(
            network,
            args.start,
            args.type,
            end=args.end,
            barriers=args.barrier,
            only=pipes_where(network, args.where) if args.where else None,
            include_not_in_use=args.all_lifecycles,
        )
        totals = [total(network, found.pipe_rows, field) for field in args.sum]
        return answer(args, _record(found, totals), _lines(found, totals))


def _record(found: Trace, totals: list[Total]) -> dict[str, object]:
    network = found.network
    record: dict[str, object] = {
        "type": found.type,
        "nodes": found.nodes,
        "pipes": found.pipes,
        "length_m": found.length,
        "stopped_by": [{"element": stop.id, "reason": stop.reason} for stop in found.stopped_by],
        "indeterminate": found.indeterminate,
        "sources": network.node_ids.take(found.source_rows),
        "possible_sources": network.node_ids.take(found.possible_source_rows),
        "unknown_lengths": found.unknown_lengths,
        "note": found.note,
    }
    if found.type == "loops":
        record["loops"] = [network.pipe_ids.take(loop) for loop in found.loops]
    if totals:
        record["sums"] = {
            one.field: {"sum": one.sum, "min": one.min, "max": one.max, "count": one.count, "unknown": one.unknown}
            for one in totals
        }
    return record


def _lines(found: Trace, totals: list[Total]) -> list[str]:
    from pipemap.analysis.trace import REASON_TEXTS

    lines = [_("{nodes} nodes, {pipes} pipes, {metres} m").format(
        nodes=f"{len(found.node_rows):,}", pipes=f"{len(found.pipe_rows):,}", metres=f"{found.length:,.1f}"
    )]  # fmt: skip
    if found.note:
        lines.append(found.note)
    lines += [
        _("{name}: {ids}").format(name=name, ids=listing(ids))
        for name, ids in (
            (_("Nodes"), found.nodes),
            (_("Pipes"), found.pipes),
            (_("Sources"), found.network.node_ids.take(found.source_rows)),
            (_("Possible sources"), found.network.node_ids.take(found.possible_source_rows)),
            (_("Followed without knowing their direction"), found.indeterminate),
        )
        if ids
    ]
    if found.stopped_by:
        lines += [_("Stopped by:"), *table([(f"  {stop.id}", _(REASON_TEXTS[stop.reason])) for stop in found.stopped_by])]
    if totals:
        rows = [(one.field, one.sum, one.min, one.max, one.count) for one in totals]
        lines += table(rows, [_("Field"), _("Sum"), _("Least"), _("Most"), _("Pipes")])
    return lines
