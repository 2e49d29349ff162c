"""Columns of a large layer, read in a process beside: reading a million rows here would let nothing else of Python run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from pipemap.progress import SILENT, Progress
from pipemap.store import column_child

WORTH_A_PROCESS = 200_000
"""Rows from which starting a process costs less than it saves."""


def read_beside(path: Path, layer: str, names: Sequence[str], rows: int, progress: Progress = SILENT) -> pa.Table | None:
    """Return the keys (``fid``) and columns of a layer; ``None`` where that process does not come to an end.

    Texts of which few words are different are dictionaries.

    Parameters
    ----------
    names
        Columns that the layer has; no geometry.
    rows
        How many there will be, to tell how far reading is.
    """
    batches: list[pa.RecordBatch] = []
    done = 0
    with _reader(path, layer, names) as process:
        assert process.stdout is not None  # noqa: S101 -- it is a pipe
        try:
            with pa.ipc.open_stream(process.stdout) as stream:
                schema = stream.schema
                for batch in stream:
                    batches.append(batch)
                    done += len(batch)
                    progress(done, rows)
        except (pa.ArrowInvalid, OSError):  # it ended before it began to write, or halfway
            return None
        if process.wait():
            return None
    return pa.Table.from_batches(batches, schema=schema).unify_dictionaries()


@contextmanager
def _reader(path: Path, layer: str, names: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the process; it goes with whoever gives up waiting for it."""
    program = os.fspath(Path(column_child.__file__))
    words = [sys.executable, "-P", program, os.fspath(path), layer, *names]
    nothing = subprocess.DEVNULL
    with subprocess.Popen(words, stdin=nothing, stdout=subprocess.PIPE, stderr=nothing) as process:  # noqa: S603 -- our own
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
