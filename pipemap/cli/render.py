"""``pipemap render FILE -o OUT.png``: a picture without a window."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipemap.cli.words import add_as_of, answer, progress_of, size_of
from pipemap.texts import _

VIEWS = ("iso", "top", "street")
SIZE = (1280, 800)


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("render", parents=parents, help=_("make a picture without a window"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    add_as_of(command)
    command.add_argument("-o", "--out", metavar="OUT.png", type=Path, required=True, help=_("picture to write"))
    command.add_argument("--view", choices=VIEWS, default="iso", help=_("from above, at an angle, or down in the street"))
    command.add_argument("--size", metavar="WxH", type=size_of, default=SIZE, help=_("size in pixels (default: 1280x800)"))
    command.add_argument("--highlight", metavar="ID", nargs="+", action="extend", default=[], help=_("elements to point out"))
    command.add_argument(
        "--colour-by",
        metavar="FIELD",
        help=_("a field of pipes or nodes, segment (between valves) or break_cost (default: category)"),
    )
    command.add_argument("--dark", action="store_true", help=_("on a dark ground"))
    return command


def run(args: argparse.Namespace) -> int:
    """Draw and save."""
    from pipemap.jobs.rendering import render_survey

    written = render_survey(
        args.file,
        args.out,
        view=args.view,
        size=args.size,
        highlight=args.highlight,
        dark=args.dark,
        colour_by=args.colour_by,
        as_of=args.as_of,
        progress=progress_of(args),
    )
    return answer(args, {"written": written}, [_("Written: {file}").format(file=written)])
