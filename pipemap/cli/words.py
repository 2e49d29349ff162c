"""What every command has in common: its options, its answer as text or JSON, its progress."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import sys
import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from pipemap.errors import PipemapError
from pipemap.progress import SILENT, Progress
from pipemap.texts import LANGUAGES, _

if TYPE_CHECKING:
    from pipemap.store import Survey

_BAR_WIDTH = 28
_MOST_PIXELS = 16384
_REPORT_EVERY = 0.1


class UsageError(PipemapError):
    """The words of a command line do not go together."""

    exit_code: ClassVar[int] = 2


def common() -> argparse.ArgumentParser:
    """Return the options that every command takes."""
    parser = argparse.ArgumentParser(add_help=False)
    group = parser.add_argument_group(_("everywhere"))
    group.add_argument("--json", action="store_true", help=_("answer as one JSON document"))
    group.add_argument("--lang", choices=LANGUAGES, help=_("language of texts (default: the system's)"))
    return parser


def add_as_of(command: argparse.ArgumentParser) -> None:
    """Let a command look at the survey as it was."""
    command.add_argument(
        "--as-of", metavar="DATE", default="", help=_("as it was at the end of a day, at a time, or after a change (#N)")
    )


def metres_of(text: str) -> float:
    """Read a distance in metres, for argparse."""
    try:
        metres = float(text)
    except ValueError:
        metres = math.nan
    if not 0 <= metres < math.inf:
        raise argparse.ArgumentTypeError(_("“{text}” is no distance in metres").format(text=text))
    return metres


def size_of(text: str) -> tuple[int, int]:
    """Return width and height in pixels of ``1280x800``."""
    width, _x, height = text.lower().replace("×", "x").partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(_("a size is written like 1280x800, not “{text}”").format(text=text))
    if max(int(width), int(height)) > _MOST_PIXELS:
        raise argparse.ArgumentTypeError(_("no picture is larger than {most} pixels a side").format(most=_MOST_PIXELS))
    return int(width), int(height)


def answer(args: argparse.Namespace, record: Mapping[str, object], lines: Iterable[str]) -> int:
    """Print the answer: the record as JSON where asked for, else the lines. Returns the exit code 0."""
    text = json.dumps(plain(record), ensure_ascii=False, indent=1) if args.json else "\n".join(lines)
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = json.dumps(plain(record), indent=1) if args.json else text.encode(encoding, errors="replace").decode(encoding)
    if text:
        try:
            print(text, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            leave_output()
            raise PipemapError(_("The answer could not be written: {reason}").format(reason=error.strerror or error)) from error
    return 0


def say_notices(survey: Survey) -> None:
    """Tell on standard error what a person should know of how a survey was read."""
    for notice in survey.notices:
        print(notice, file=sys.stderr)


def leave_output() -> None:
    """Let what could not be written go, so that Python does not try again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def plain(value: object) -> object:
    """Return a value in the words of JSON: records as objects, numpy numbers as numbers, what is unknown as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "tolist"):  # a numpy scalar or array
        return plain(value.tolist())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [plain(item) for item in value]
    return str(value)


def table(rows: Sequence[Sequence[object]], headers: Sequence[str] = ()) -> list[str]:
    """Lay rows out in columns; numbers stand to the right, Chinese characters count as two columns wide."""
    cells = [[_cell(value) for value in row] for row in rows]
    titled = [list(headers), *cells] if headers else cells
    if not titled:
        return []
    widths = [max(wide(row[column]) for row in titled) for column in range(len(titled[0]))]
    right = [
        bool(rows) and all(isinstance(row[column], (int, float)) or row[column] is None for row in rows)
        for column in range(len(titled[0]))
    ]
    return ["  ".join(_pad(text, widths[at], right=right[at]) for at, text in enumerate(row)).rstrip() for row in titled]


def listing(ids: Sequence[str], *, most: int = 200) -> str:
    """Return ids in a row, cut where it grows too long."""
    shown = ", ".join(ids[:most])
    return f"{shown} … (+{len(ids) - most})" if len(ids) > most else shown


def wide(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def progress_of(args: argparse.Namespace) -> Progress:
    """Return a bar on standard error where a person is looking at it, else silence."""
    del args
    return Bar() if sys.stderr.isatty() else SILENT


class Bar:
    """A line on standard error that redraws itself and disappears at the end."""

    def __init__(self) -> None:
        self._label = ""
        self._shown = 0.0

    def __call__(self, done: int, total: int | None = None, label: str = "") -> None:
        """Show where the work is."""
        changed = bool(label) and label != self._label
        self._label = label or self._label
        ended = total is not None and done >= total
        now = time.monotonic()
        if not changed and not ended and now - self._shown < _REPORT_EVERY:
            return
        self._shown = now
        sys.stderr.write("\r\x1b[K" if ended else f"\r\x1b[K{self._line(done, total)}")
        sys.stderr.flush()

    def _line(self, done: int, total: int | None) -> str:
        if not total:
            return f"{self._label} {done:,}" if done else self._label
        filled = round(_BAR_WIDTH * min(1.0, done / total))
        return f"{self._label} [{'#' * filled}{'.' * (_BAR_WIDTH - filled)}] {100 * done // total} %"


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)


def _pad(text: str, width: int, *, right: bool) -> str:
    room = " " * (width - wide(text))
    return room + text if right else text + room
