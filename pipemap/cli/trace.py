"""``pipemap trace FILE --type T --start ID…``: what is connected, up and down the stream."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipemap.cli import gathering
from pipemap.cli.words import UsageError, add_as_of, answer, listing, progress_of, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.totals import Total
    from pipemap.analysis.trace import Trace
    from pipemap.model.network import Network
    from pipemap.model.trace_settings import TraceSettings
    from pipemap.store import Survey

TYPES = ("connected", "upstream", "downstream", "subnetwork", "shortest-path", "between", "loops")
TO_AN_END = ("shortest-path", "between")


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("trace", parents=parents, help=_("what is connected, upstream, downstream, the way between"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    add_as_of(command)
    command.add_argument("--type", choices=TYPES, help=_("what to find (default: connected)"))
    command.add_argument(
        "--start", metavar="ID", nargs="+", action="extend", default=[], help=_("where to start: nodes, pipes, or ID@STATION")
    )
    command.add_argument("--end", metavar="ID", help=_("where a shortest path goes to, or what lies between ends"))
    command.add_argument("--barrier", metavar="ID", nargs="+", action="extend", default=[], help=_("treat as closed"))
    command.add_argument(
        "--where", metavar="EXPR", help=_("show only pipes that fit, such as: diameter_mm >= 300 and material = PE")
    )
    command.add_argument(
        "--sum", metavar="FIELD", nargs="+", action="extend", default=[], help=_("total a field over the pipes or nodes found")
    )
    gathering.add_options(command)
    command.add_argument("--barrier-where", metavar="EXPR", help=_("treat pipes that fit as closed"))
    command.add_argument("--limit", metavar="N", type=float, help=_("go no farther than N metres (or N of --limit-by)"))
    command.add_argument("--limit-by", metavar="FIELD", help=_("what a limit adds up: length, pipes, or a field"))
    command.add_argument("--alternatives", metavar="N", type=int, help=_("of a shortest path: the N best ways"))
    command.add_argument("--cost", metavar="FIELD", help=_("what a way costs: length, pipes, or a field"))
    command.add_argument("--along-flow", action="store_true", help=_("ways only along the flow"))
    command.add_argument("--why", metavar="ID", help=_("tell by which way the trace came to an element, or why it did not"))
    command.add_argument("--use", metavar="NAME", help=_("trace as a configuration says that the survey keeps"))
    command.add_argument("--save", metavar="NAME", help=_("keep type and settings in the survey under this name"))
    command.add_argument("--configurations", action="store_true", help=_("list the configurations that the survey keeps"))
    command.add_argument("--all-lifecycles", action="store_true", help=_("follow abandoned, planned and empty pipes too"))
    return command


def run(args: argparse.Namespace) -> int:
    """Trace and print."""
    from pipemap.jobs.looking_back import opened

    writes = args.save is not None
    if writes and args.as_of:
        raise UsageError(_("--save and --as-of do not go together."))
    with _writable(args) if writes else opened(args.file, args.as_of, progress=progress_of(args)) as survey:
        say_notices(survey)
        if args.configurations:
            return _list_configurations(args, survey)
        _fill_in(args, survey)
        _check(args)
        if writes:
            _save(args, survey)
            if not args.start:
                return answer(args, {"saved": args.save}, [_("Saved: {name}").format(name=args.save)])
        return _run_routes(args, survey.network) if _by_ways(args) else _run_trace(args, survey)


def _writable(args: argparse.Namespace) -> Survey:
    from pipemap.jobs import open_survey

    return open_survey(args.file)


def _by_ways(args: argparse.Namespace) -> bool:
    return args.alternatives is not None or args.cost != "length" or args.along_flow


def _check(args: argparse.Namespace) -> None:
    if not args.start and args.save is None:
        raise UsageError(_("A trace needs --start."))
    if args.start and (args.type in TO_AN_END) != (args.end is not None):
        raise UsageError(_("--end belongs to --type shortest-path and between, and these need it."))
    if _by_ways(args) and (args.type != "shortest-path" or len(args.start) > 1):
        raise UsageError(_("--alternatives, --cost and --along-flow belong to --type shortest-path with one start."))
    gathering.check(args)
    if args.limit is not None and args.type in {*TO_AN_END, "loops"}:
        raise UsageError(_("--limit does not go with --type {type}.").format(type=args.type))


_SETTINGS = ("where", "barrier_where", "limit", "limit_by", "alternatives", "cost", "along_flow", "all_lifecycles")


def _fill_in(args: argparse.Namespace, survey: Survey) -> None:
    """Take from the configuration what is not said on the command line, and what is usual for the rest."""
    from pipemap.jobs.tracing import configuration
    from pipemap.model.trace_settings import LEAK, WAYS

    if args.use is not None:
        kept = configuration(survey, args.use)
        if kept.type == LEAK:
            raise UsageError(_("“{name}” asks where a leak can spread: use pipemap leak.").format(name=args.use))
        by_ways = kept.type == WAYS
        args.type = args.type or ("shortest-path" if by_ways else kept.type)
        for name in _SETTINGS:
            if not getattr(args, name) and (by_ways or name not in {"alternatives", "cost", "along_flow"}):
                setattr(args, name, getattr(kept.settings, name) or None)
    args.type, args.limit_by, args.cost = args.type or "connected", args.limit_by or "length", args.cost or "length"


def _settings(args: argparse.Namespace) -> TraceSettings:
    from pipemap.model.trace_settings import TraceSettings

    given = {name: getattr(args, name) for name in _SETTINGS if getattr(args, name)}
    return TraceSettings(**given)


def _save(args: argparse.Namespace, survey: Survey) -> None:
    from pipemap.jobs.tracing import save_configuration
    from pipemap.model.trace_settings import WAYS, Configuration

    kind = WAYS if _by_ways(args) else args.type
    save_configuration(survey, Configuration(args.save, kind, _settings(args)))


def _list_configurations(args: argparse.Namespace, survey: Survey) -> int:
    from dataclasses import asdict

    from pipemap.jobs.tracing import configurations
    from pipemap.model.trace_settings import TraceSettings

    kept, usual = configurations(survey), asdict(TraceSettings())
    set_ = [{name: value for name, value in asdict(one.settings).items() if value != usual[name]} for one in kept]
    record = {"configurations": [{"name": one.name, "type": one.type, **values} for one, values in zip(kept, set_, strict=True)]}
    rows = [
        (one.name, one.type, ", ".join(f"{name} {value}" for name, value in values.items()))
        for one, values in zip(kept, set_, strict=True)
    ]
    titles = [_("Name"), _("Type"), _("Settings")]
    return answer(args, record, table(rows, titles) if rows else [_("The survey keeps no trace configuration.")])


def _run_trace(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.analysis.explaining import explain
    from pipemap.analysis.totals import total
    from pipemap.jobs.tracing import ask

    network = survey.network
    found = ask(network, args.type, args.start, _settings(args), end=args.end, barriers=args.barrier)
    totals = [total(network, found.pipe_rows, field, node_rows=found.node_rows) for field in args.sum]
    record, lines = _record(found, totals), _lines(found, totals)
    gathering.add(args, survey, found, record, lines)
    if args.why:
        why = explain(found, network.element(args.why))
        record["why"] = {"reached": why.reached, "nodes": why.nodes, "pipes": why.pipes, "text": why.text}
        lines += [why.text]
    return answer(args, record, lines)


def _run_routes(args: argparse.Namespace, network: Network) -> int:
    from pipemap.analysis.routes import find_routes

    routes = find_routes(
        network,
        args.start[0],
        args.end,
        args.alternatives or 1,
        cost=args.cost,
        along_flow=args.along_flow,
        barriers=args.barrier,
        include_not_in_use=args.all_lifecycles,
        progress=progress_of(args),
    )
    best = routes[0] if routes else None
    record = {
        "type": args.type,
        "nodes": best.nodes if best else [],
        "pipes": best.pipes if best else [],
        "length_m": best.length if best else 0.0,
        "stopped_by": [],
        "indeterminate": [],
        "routes": [
            {"nodes": route.nodes, "pipes": route.pipes, "cost": route.cost, "length_m": route.length} for route in routes
        ],
    }
    rows = [
        (number, len(route.pipe_rows), f"{route.length:,.1f}", f"{route.cost:,.6g}", listing(route.pipes))
        for number, route in enumerate(routes, 1)
    ]
    titles = ["", _("Pipes"), _("Length (m)"), _("Cost"), _("Way")]
    return answer(args, record, table(rows, titles) if rows else [_("No way leads from the start to the end.")])


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
        lines += table(rows, [_("Field"), _("Sum"), _("Least"), _("Most"), _("Count")])
    return lines
