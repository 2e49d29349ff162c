"""``pipemap``: choose the command, run it, turn what goes wrong into one message and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

from pipemap import __version__
from pipemap.cli import usage
from pipemap.cli.words import UsageError, common, leave_output
from pipemap.errors import Cancelled, PipemapError
from pipemap.startup import keep_memory, leave_pandas_out
from pipemap.texts import _, set_language

COMMANDS = {
    "open": "open_",
    "sample": "sample",
    "import": "import_",
    "batch": "batch",
    "acceptance": "acceptance",
    "merge": "merge",
    "export": "export",
    "info": "info",
    "check": "check",
    "trace": "trace",
    "leak": "leak",
    "shutoff": "shutoff",
    "plan": "plan",
    "segments": "segments",
    "simulate": "simulate",
    "profile": "profile",
    "find": "find",
    "finding": "finding",
    "inspection": "inspection",
    "condition": "condition",
    "edit": "edit",
    "render": "render",
    "table": "table",
    "history": "history",
    "undo": "undo",
    "redo": "redo",
    "diff": "diff",
    "verify": "verify",
    "backup": "backup",
    "patrol": "patrol",
    "reading": "reading",
    "report": "report",
    "secrecy": "secrecy",
    "handouts": "handouts",
    "bench": "bench",
}
"""Command → module of this package."""

_WITH_VALUE = {"--lang", "--size", "--screenshot"}
"""Options that a person may put before the command, or use without one, and that take a value."""

BUG = 70
CANCELLED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    if argv is None:
        leave_pandas_out()
        keep_memory()
    words = list(sys.argv[1:] if argv is None else argv)
    set_language(_language_in(words))
    usage.speak()
    try:
        return _run(_with_command(words))
    except Cancelled:
        return CANCELLED
    except KeyboardInterrupt:
        return CANCELLED
    except PipemapError as error:
        _say(str(error))
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has seen enough
        leave_output()
        return 0
    except Exception:  # noqa: BLE001 -- the last place to catch a bug of ours
        _say(_("This is a bug in pipemap, and nothing of yours is to blame. Please report the following text."))
        _say(f"pipemap {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n{traceback.format_exc()}")
        return BUG


def _run(words: list[str]) -> int:
    parser = _parser(words[0] if words and words[0] in COMMANDS else None)
    try:
        args = parser.parse_args(words)
    except SystemExit as end:  # argparse has said what it had to say
        return end.code if isinstance(end.code, int) else UsageError.exit_code
    module: ModuleType = args.module
    answer: int = module.run(args)
    sys.stdout.flush()
    return answer


def _parser(only: str | None) -> argparse.ArgumentParser:
    """Build the parser; of the command that is asked for alone, so that the others' files are not even read."""
    parser = usage.Parser(prog="pipemap", description=_("Underground pipelines: survey, see, trace."))
    parser.add_argument("--version", action="version", version=f"pipemap {__version__}")
    commands = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"), required=True)
    for name, file in COMMANDS.items():
        if only in {None, name}:
            module = import_module(f"pipemap.cli.{file}")
            command: argparse.ArgumentParser = module.add(commands, [common()])
            command.set_defaults(module=module)
    return parser


def _with_command(words: list[str]) -> list[str]:
    """Put the command first, and ``open`` where a person named only a file, or nothing at all."""
    if words and words[0] in {"-h", "--help", "--version"}:
        return words
    at = _first_plain(words)
    if at is None:
        return ["open", *words]
    first = words[at]
    if first in COMMANDS:
        return [first, *words[:at], *words[at + 1 :]]
    if Path(first).exists() or Path(first).suffix or "/" in first or os.sep in first:
        return ["open", *words]
    raise _unknown_command(first)


def _first_plain(words: Sequence[str]) -> int | None:
    """Return where the first word stands that is neither an option nor the value of one."""
    before = ""
    for at, word in enumerate(words):
        if not word.startswith("-") and before not in _WITH_VALUE:
            return at
        before = word
    return None


def _unknown_command(name: str) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    hint = (
        _("Did you mean {ids}?").format(ids=", ".join(near))
        if near
        else _("Use one of {commands}.").format(commands=", ".join(COMMANDS))
    )
    return UsageError(_("pipemap has no command “{name}”.").format(name=name), hint)


def _language_in(words: Sequence[str]) -> str | None:
    for number, word in enumerate(words):
        if word == "--lang" and number + 1 < len(words):
            return words[number + 1]
        if word.startswith("--lang="):
            return word.partition("=")[2]
    return None


def _say(text: str) -> None:
    try:
        print(text, file=sys.stderr)
    except UnicodeEncodeError:  # a terminal that cannot show the words
        encoding = sys.stderr.encoding or "ascii"
        print(text.encode(encoding, errors="replace").decode(encoding), file=sys.stderr)
