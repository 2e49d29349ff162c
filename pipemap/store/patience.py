"""Long statements that a person can stop: SQLite asks every few milliseconds whether to go on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from pipemap.progress import Progress

_STEPS = 200_000
"""Instructions of SQLite's machine between two questions: a few milliseconds."""


class Told:
    """A progress that remembers what it was told last, so that it can be told again while a statement runs."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._last: tuple[int, int | None] = (0, None)
        self.stopped_by: BaseException | None = None

    def __call__(self, done: int, total: int | None = None, label: str = "") -> None:
        """Tell, and remember."""
        self._last = (done, total)
        self._progress(done, total, label)

    def again(self) -> int:
        """Tell once more; 1 when the person asked to stop, which ends the statement."""
        try:
            self._progress(*self._last)
        except BaseException as stop:  # noqa: BLE001 -- SQLite calls this; it is raised again outside
            self.stopped_by = stop
            return 1
        return 0


@contextmanager
def interruptible(connection: sqlite3.Connection, progress: Progress) -> Iterator[Progress]:
    """Give a progress; while statements of the connection run, it is told too, and may stop them by raising."""
    told = Told(progress)
    connection.set_progress_handler(told.again, _STEPS)
    try:
        yield told
    except sqlite3.OperationalError as error:
        if told.stopped_by is not None:
            raise told.stopped_by from error
        raise
    finally:
        connection.set_progress_handler(None, 0)
