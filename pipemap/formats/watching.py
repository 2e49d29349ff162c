"""Programs that read foreign files for us: watched while they run, stopped when asked, and never able to take us with them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipemap.errors import SurveyFileError
from pipemap.progress import Progress
from pipemap.texts import _

_LOOK_EVERY_S = 0.05
_LONGEST_REASON = 300
MAX_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its exit status, and the last line that it wrote to standard error, empty when it was silent."""

    status: int
    said: str


def run_watched(  # noqa: PLR0913 -- who watches, what, and what is said of it
    command: Sequence[str],
    *,
    output: Path,
    source: Path,
    patience_s: float,
    progress: Progress,
    label: str,
    largest: int = MAX_BYTES,
    environment: Mapping[str, str] | None = None,
    late: str = "",
) -> Ended:
    """Run a program until it ends.

    Parameters
    ----------
    command
        The program and its arguments; no shell is involved.
    output
        File for what it writes to standard output.
    source
        The file that it reads, for messages.
    patience_s
        Seconds after which it is stopped.
    progress, label
        Asked twenty times a second whether to go on.
    largest
        Bytes of output after which it is stopped.
    environment
        Variables beside our own.
    late
        What is said when it took far too long; empty: that reading ``source`` did.

    Raises
    ------
    SurveyFileError
        It took far too long, or wrote far too much.
    """
    until = time.monotonic() + patience_s
    errors = output.with_name(output.name + ".said")
    with output.open("wb") as written, errors.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 -- no shell, and the program is one that we chose
            list(command), stdin=subprocess.DEVNULL, stdout=written, stderr=said, env={**os.environ, **(environment or {})}
        )
        try:
            while process.poll() is None:
                progress(0, None, label)
                if time.monotonic() > until:
                    slow = _("Reading {file} takes far too long; it was stopped.").format(file=source.name)
                    raise SurveyFileError(late or slow)
                if output.stat().st_size > largest:
                    raise SurveyFileError(_("{file} is larger than 2 GB.").format(file=source.name))
                try:
                    process.wait(_LOOK_EVERY_S)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    last = errors.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
    return Ended(process.returncode, " ".join(last.split())[:_LONGEST_REASON])
