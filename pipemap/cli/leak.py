"""``pipemap leak FILE --pipe ID…``: which drains, ducts and chambers a leak can reach."""

from __future__ import annotations

import argparse

from pipemap.cli.words import answer, listing, say_notices, table
from pipemap.texts import _


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("leak", parents=parents, help=_("which drains, ducts and chambers a leak can reach"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument(
        "--pipe", "--node", dest="leaking", metavar="ID", nargs="+", action="extend", required=True, help=_("what leaks")
    )
    command.add_argument(
        "--through-ground", metavar="M", type=float, default=5.0, help=_("metres through the ground (default: 5)")
    )
    command.add_argument(
        "--along", metavar="M", type=float, default=100.0, help=_("metres inside drains and ducts (default: 100)")
    )
    return command


def run(args: argparse.Namespace) -> int:
    """Find and print."""
    from pipemap.analysis.spread import spread
    from pipemap.jobs import open_survey

    with open_survey(args.file, read_only=True) as survey:
        say_notices(survey)
        network = survey.network
        found = spread(network, args.leaking, through_ground=args.through_ground, along=args.along)
        entries = [
            {"from": network.pipe_ids[e.leaking], "to": network.pipe_ids[e.hollow], "metres": e.metres, "in_plan": e.in_plan}
            for e in found.entries
        ]
        record = {"nodes": found.nodes, "pipes": found.pipes, "pipe_metres": found.pipe_metres.tolist(), "entries": entries}
        lines = [
            _("Within reach: {nodes} nodes, {pipes} pipes").format(nodes=len(found.node_rows), pipes=len(found.pipe_rows)),
            *([_("Chambers and manholes: {ids}").format(ids=listing(found.nodes))] if found.nodes else []),
        ]
        rows = [
            (e["from"], e["to"], f"{e['metres']:.2f}", _("in plan, a level is unknown") if e["in_plan"] else "") for e in entries
        ]
        return answer(
            args, record, lines + (table(rows, [_("Leaks"), _("Can enter"), _("Metres of ground"), ""]) if rows else [])
        )
