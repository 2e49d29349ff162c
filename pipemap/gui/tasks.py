"""Work beside the window: plain functions run on threads, with progress, cancelling, and their answer brought home."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from pipemap.errors import Cancelled
from pipemap.priority import MUCH, give_way
from pipemap.progress import Progress, Told, beside

Answer = TypeVar("Answer")
REPORT_EVERY = 0.1
"""Seconds between two reports that reach the window; work may report as often as it likes."""


FIRST_GUESS = 0.02
"""Share done from which the time left is estimated."""


@dataclass(frozen=True)
class Step:
    """Where a task is: ``done`` of ``total`` (``None``: unknown) of the step named ``label``."""

    done: int = 0
    total: int | None = None
    label: str = ""

    @property
    def share(self) -> float | None:
        """From 0 to 1; ``None`` while it is not known how much there is to do."""
        return min(1.0, self.done / self.total) if self.total else None


class Task(QObject):
    """One piece of work under way; made by :meth:`Tasks.start`."""

    advanced = Signal()
    """``step`` has changed."""
    ended = Signal(object, object)
    """Answer and error, one of them ``None``; for :class:`Tasks`."""

    def __init__(self, label: str, parent: QObject) -> None:
        super().__init__(parent)
        self.label = label
        self.step = Step()
        self.started = time.monotonic()
        self._reported = 0.0
        self._stop = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop at its next report."""
        self._stop.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether someone asked it to stop."""
        return self._stop.is_set()

    def seconds_left(self) -> float | None:
        """Estimate from the share done and the time taken; ``None`` while there is nothing to estimate from."""
        share, taken = self.step.share, time.monotonic() - self.started
        return taken / share - taken if share and share > FIRST_GUESS and taken > 1.0 else None

    def report(self, done: int, total: int | None = None, label: str = "") -> None:
        """What the work is given as its ``progress``."""
        if self._stop.is_set():
            raise Cancelled
        self.step = Step(done, total, label or self.step.label)
        now = time.monotonic()
        if now - self._reported >= REPORT_EVERY:
            self._reported = now
            self.advanced.emit()


class Tasks(QObject):
    """All work under way for one window. Functions given to it run on another thread; callbacks run on the window's."""

    changed = Signal()
    """A task began, advanced or ended."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(3, thread_name_prefix="pipemap", initializer=give_way)
        self._quiet = ThreadPoolExecutor(1, thread_name_prefix="pipemap quiet", initializer=give_way, initargs=(MUCH,))
        self._running: list[Task] = []
        self._held: list[tuple[Task, Callable[[Progress], Any]]] = []
        self._is_holding = self._is_first_under_way = False

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Let what is started inside wait for what is started there as the ``first``, until :meth:`release` is called."""
        self._is_holding = True
        try:
            yield
        finally:
            self._is_holding = False
            if not self._is_first_under_way:
                self.release()

    def release(self) -> None:
        """Begin what waits: what comes first is done."""
        self._is_first_under_way = False
        held, self._held = self._held, []
        for task, work in held:
            self._quiet.submit(_run, task, work)

    @property
    def running(self) -> tuple[Task, ...]:
        """Oldest first."""
        return tuple(self._running)

    def start(
        self,
        work: Callable[[Progress], Any],
        label: str,
        *,
        on_done: Callable[[Any], None],
        on_error: Callable[[Exception], None],
        first: bool = False,
        quiet: bool = False,
    ) -> Task:
        """Run ``work(progress)`` on another thread; then ``on_done(answer)`` or ``on_error(error)`` on this one.

        Within :meth:`holding`, work that does not come ``first`` waits for what does. What waited, and what is ``quiet``, is done
        one after the other, and gives way to everything else.
        Work that stops when it is cancelled calls neither; work that was done by then is done.
        """
        task = Task(label, self)
        task.advanced.connect(self.changed)
        task.ended.connect(lambda answer, error: self._finish(task, answer, error, on_done, on_error))
        self._running.append(task)
        if self._is_holding and not first:
            self._held.append((task, work))
        else:
            self._is_first_under_way |= self._is_holding
            (self._quiet if quiet else self._pool).submit(_run, task, work)
        self.changed.emit()
        return task

    def beside(self, work: Callable[[], Answer]) -> Future[Answer]:
        """Run what belongs to a task on another thread than that task; nothing is shown of it."""
        return self._pool.submit(work)

    def close(self) -> None:
        """Cancel everything and wait for it; no callback runs any more."""
        for task in self._running:
            task.ended.disconnect()
            task.cancel()
        self._held.clear()
        for pool in (self._pool, self._quiet):
            pool.shutdown(wait=True, cancel_futures=True)
        self._running.clear()

    def _finish(
        self,
        task: Task,
        answer: object,
        error: Exception | None,
        on_done: Callable[[Any], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        self._running.remove(task)
        task.deleteLater()
        try:
            if error is None:
                on_done(answer)
            elif not isinstance(error, Cancelled):
                on_error(error)
        finally:
            self.changed.emit()


def asked(work: Callable[[], Any]) -> Callable[[Progress], Any]:
    """Return a question, whose answer changes nothing but what is shown, as work that is over as soon as it is cancelled."""
    return lambda progress: beside(work, Told(progress).again)


def _run(task: Task, work: Callable[[Progress], Any]) -> None:
    try:
        answer, error = work(task.report), None
    except Exception as raised:  # noqa: BLE001 -- brought to the window's thread, which tells errors from bugs
        answer, error = None, raised
    task.ended.emit(answer, error)
