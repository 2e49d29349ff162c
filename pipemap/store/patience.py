"""Long statements that a person can stop: SQLite asks every few milliseconds whether to go on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from pipemap.progress import Progress, Told

_STEPS = 200_000
"""Instructions of SQLite's machine between two questions: a few milliseconds."""


class _Asked:
    """Asks a person whether to go on, in the words that SQLite understands."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self.stopped_by: BaseException | None = None

    def __call__(self) -> int:
        """Tell once more; 1 when the person asked to stop, which ends the statement."""
        try:
            self._told.again()
        except BaseException as stop:  # noqa: BLE001 -- SQLite calls this; it is raised again outside
            self.stopped_by = stop
            return 1
        return 0


@contextmanager
def interruptible(connection: sqlite3.Connection, progress: Progress) -> Iterator[Progress]:
    """Give a progress; while statements of the connection run, it is told too, and may stop them by raising."""
    told = Told(progress)
    asked = _Asked(told)
    connection.set_progress_handler(asked, _STEPS)
    try:
        yield told
    except sqlite3.OperationalError as error:
        if asked.stopped_by is not None:
            raise asked.stopped_by from error
        raise
    finally:
        connection.set_progress_handler(None, 0)
