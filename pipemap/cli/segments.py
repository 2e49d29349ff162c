"""``pipemap segments FILE``: every part that valves can only shut off as a whole."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, add_as_of, answer, listing, progress_of, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.segments import Segments
    from pipemap.model.network import Network

_SHOWN = 30


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("segments", parents=parents, help=_("every part that valves can only shut off as a whole"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    add_as_of(command)
    command.add_argument(
        "--at", metavar="ID", help=_("only the segment in which this node or pipe lies, and what its loss costs")
    )
    command.add_argument(
        "--critical",
        metavar="N",
        type=int,
        nargs="?",
        const=20,
        help=_("only the N valves whose failure costs most (20)"),
    )
    return command


def run(args: argparse.Namespace) -> int:
    """Find and print them."""
    from pipemap.analysis.segments import segments_of
    from pipemap.jobs.looking_back import opened

    with opened(args.file, args.as_of, progress=progress_of(args)) as survey:
        segments = segments_of(survey.network)
        say_notices(survey)
        if args.critical is not None:
            return _answer_critical(args, survey.network)
        if args.at is not None:
            return _answer_at(args, survey.network)
        return answer(args, _record(segments) if args.json else {}, _lines(segments))


def _answer_critical(args: argparse.Namespace, network: Network) -> int:
    from pipemap.analysis.criticality import critical_valves

    if args.critical < 1:
        raise UsageError(_("--critical takes how many valves to list, from 1 on."))
    found = critical_valves(network, most=args.critical, progress=progress_of(args))
    names = [one.plan.cells.valves.id(one.valve) for one in found]
    record = [{"valve": name, "customers": one.customers, "length_m": one.metres} for name, one in zip(names, found, strict=True)]
    rows = [(name, one.customers, one.metres) for name, one in zip(names, found, strict=True)]
    titles = [_("Valve"), _("Customers"), _("Length (m)")]
    lines = [_("What is without supply besides when one of them does not turn."), *table(rows, titles)]
    return answer(args, {"critical_valves": record}, lines if rows else [_("No valve makes a difference.")])


def _answer_at(args: argparse.Namespace, network: Network) -> int:
    from pipemap.analysis.criticality import criticality_of
    from pipemap.analysis.segment_facts import segment_at

    element = network.element(args.at)
    criticality_of(network)
    found = segment_at(network, element)
    if found is None:
        return answer(args, {"segment": None}, [_("No valve can shut off {id}.").format(id=args.at)])
    valves = found.segments.valves.ids(found.valves)
    record = {
        "id": found.number,
        "nodes": network.node_ids.take(found.nodes),
        "pipes": network.pipe_ids.take(found.pipes),
        "valves": valves,
        "length_m": found.length,
        "volume_m3": found.volume,
        "customers": found.customers,
        "demand_lps": found.demand,
        "break_cost": None if found.cost is None else {"customers": found.cost[0], "length_m": found.cost[1]},
    }
    lines = [
        _("Segment {n}: {pipes} pipes, {metres} m, {volume} m³, {customers} customers, {demand} L/s").format(
            n=found.number, pipes=f"{len(found.pipes):,}", metres=f"{found.length:,.1f}", volume=f"{found.volume:,.1f}",
            customers=f"{found.customers:,}", demand=f"{found.demand:,.2f}",
        ),
        _("Valves around it: {ids}").format(ids=listing(valves) or "–"),
    ]  # fmt: skip
    if found.cost is not None:
        lines.append(
            _("When something in it breaks: {c} customers and {length} m without supply.").format(
                c=f"{found.cost[0]:,}", length=f"{found.cost[1]:,.1f}"
            )
        )
    return answer(args, {"segment": record}, lines)


def _record(segments: Segments) -> dict[str, object]:
    from pipemap.analysis.segments import elements_by_segment

    network = segments.network
    nodes, pipes, valves = elements_by_segment(segments)
    return {
        "count": segments.count,
        "segments": [
            {
                "id": number,
                "nodes": network.node_ids.take(nodes[number]),
                "pipes": network.pipe_ids.take(pipes[number]),
                "valves": segments.valves.ids(valves[number]),
                "length_m": segments.length[number],
                "volume_m3": segments.volume[number],
                "customers": segments.customers[number],
                "demand_lps": segments.demand[number],
            }
            for number in range(segments.count)
        ],
        "unplaced_valves": network.node_ids.take(segments.valves.unplaced),
    }


def _lines(segments: Segments) -> list[str]:
    import numpy as np

    largest = np.argsort(-segments.length, kind="stable")[:_SHOWN].tolist()
    rows = [
        (number, segments.length[number].item(), int(segments.valves_around[number]), int(segments.customers[number]))
        for number in largest
    ]
    lines = [_("{n} valve segments").format(n=f"{segments.count:,}")]
    lines += table(rows, [_("Segment"), _("Length (m)"), _("Valves around"), _("Customers")])
    if segments.count > _SHOWN:
        lines.append(_("… and {n} more; --json lists all").format(n=segments.count - _SHOWN))
    if len(segments.valves.unplaced):
        lines.append(
            _("{n} valves stand on three or more pipes without a recorded arm and are not counted on.").format(
                n=len(segments.valves.unplaced)
            )
        )
    return lines
