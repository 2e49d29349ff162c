"""``pipemap sample OUT.gpkg``: a made city."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipemap.cli.info import summary_lines
from pipemap.cli.words import answer, progress_of
from pipemap.texts import _


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("sample", parents=parents, help=_("make a sample city"))
    command.add_argument("out", metavar="OUT.gpkg", type=Path, help=_("survey database to write"))
    command.add_argument("--pipes", metavar="N", type=int, help=_("about how many pipes"))
    command.add_argument("--seed", metavar="S", type=int, default=1, help=_("the same seed makes the same city"))
    command.add_argument("--faults", metavar="N", type=int, default=0, help=_("faults to put into the data, listed beside it"))
    command.add_argument("--replace", action="store_true", help=_("write over a file that is there"))
    return command


def run(args: argparse.Namespace) -> int:
    """Make and report."""
    from pipemap.jobs import make_sample
    from pipemap.jobs.sampling import PIPES

    made = make_sample(
        args.out,
        pipes=PIPES if args.pipes is None else args.pipes,
        seed=args.seed,
        faults=args.faults,
        replace=args.replace,
        progress=progress_of(args),
    )
    record = {
        "nodes": made.summary.nodes,
        "pipes": made.summary.pipes,
        "faults": [{"kind": fault.kind, "elements": fault.elements} for fault in made.faults],
        "written": made.path,
    }
    lines = [*summary_lines(made.summary), "", _("Written: {file}").format(file=made.path)]
    if made.faults_path:
        lines.append(_("{n} faults were put in; they are listed in {file}").format(n=len(made.faults), file=made.faults_path))
    return answer(args, record, lines)
