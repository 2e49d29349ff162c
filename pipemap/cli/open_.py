"""``pipemap``, ``pipemap open FILE``: the window."""

from __future__ import annotations

import argparse

from pipemap.cli.words import size_of
from pipemap.errors import PipemapError
from pipemap.texts import _


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("open", parents=parents, help=_("open the window"))
    command.add_argument("file", metavar="FILE", nargs="?", help=_("survey database, or another file to import"))
    command.add_argument("--sample", action="store_true", help=_("open your own copy of the sample city"))
    command.add_argument("--screenshot", metavar="PNG", help=_("save a picture of the whole window and end"))
    command.add_argument("--size", metavar="WxH", type=size_of, help=_("size of the window in pixels"))
    return command


def run(args: argparse.Namespace) -> int:
    """Open the window and stay until it is closed."""
    try:
        from pipemap.gui.app import main
    except ImportError as error:
        raise PipemapError(
            _("The window cannot start: {reason}").format(reason=error),
            _("Run python3 packaging/start.py setup: it installs what is missing, or says what to install."),
        ) from error
    if args.sample:
        from pipemap.jobs import own_sample

        args.file = args.file or str(own_sample())
    words = [args.file] if args.file else []
    words += ["--screenshot", args.screenshot] if args.screenshot else []
    words += ["--size", "x".join(map(str, args.size))] if args.size else []
    words += ["--lang", args.lang] if args.lang else []
    return main(words)
