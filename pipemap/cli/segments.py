"""``pipemap segments FILE``: every part that valves can only shut off as a whole."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipemap.cli.words import add_as_of, answer, progress_of, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.segments import Segments

_SHOWN = 30


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("segments", parents=parents, help=_("every part that valves can only shut off as a whole"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    add_as_of(command)
    return command


def run(args: argparse.Namespace) -> int:
    """Find and print them."""
    from pipemap.analysis.segments import segments_of
    from pipemap.jobs.looking_back import opened

    with opened(args.file, args.as_of, progress=progress_of(args)) as survey:
        segments = segments_of(survey.network)
        say_notices(survey)
        return answer(args, _record(segments) if args.json else {}, _lines(segments))


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
