"""Notices when the window's event loop was held up, for how long, and by what.

A timer in the window's thread beats every few milliseconds; a thread beside it looks at what the window's thread is doing
whenever a beat is late. Nothing is altered, so that what it finds is what a person would have felt.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from PySide6.QtCore import QObject, Qt, QTimer

LIMIT = 0.1
"""Seconds after which a person feels that a window does not answer."""

_BEAT_MS = 5
_LOOK_EVERY = 0.01
_OURS = str(Path(__file__).resolve().parents[1])
_DEEPEST = 40

Place = tuple[str, int, str]
"""File, line, function."""


@dataclass(frozen=True, slots=True)
class Block:
    """One time in which the window did not answer.

    Attributes
    ----------
    seconds
        How long.
    busy_seconds
        How much of it the window's thread was computing; the rest it waited, or the machine had other things to do.
    queued_seconds
        How much of it the thread could have gone on, had a processor been free; 0 where the system does not say.
    culprit
        The innermost function of ours that was seen at work most often.
    stack
        That whole stack, innermost first.
    """

    seconds: float
    busy_seconds: float
    culprit: str
    stack: tuple[Place, ...]
    queued_seconds: float = 0.0


class Watchdog(QObject):
    """Watches the thread that it is made in; use it in a ``with``, and read :attr:`blocks`.

    Parameters
    ----------
    limit
        Seconds from which a block counts.

    Attributes
    ----------
    slowest
        The longest time between two beats since :meth:`take`, whether it counts or not.
    """

    def __init__(self, *, limit: float = LIMIT, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.limit = limit
        self.blocks: list[Block] = []
        self.slowest = 0.0
        self._queue = _Queue()
        self._watched = threading.get_ident()
        self._beat = time.perf_counter()
        self._busy, self._queued = time.thread_time(), self._queue.seconds()
        self._seen: list[tuple[Place, ...]] = []
        self._others: list[tuple[Place, ...]] = []
        self._ends = threading.Event()
        self._timer = QTimer(self, interval=_BEAT_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._note)
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._queue.open()
        self.take()
        self._ends.clear()
        self._thread = threading.Thread(target=self._watch, name="pipemap watchdog", daemon=True)
        self._thread.start()
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._note()
        self._timer.stop()
        self._ends.set()
        if self._thread is not None:
            self._thread.join()
        self._queue.close()

    @property
    def longest(self) -> Block | None:
        """The longest block so far; ``None`` when there was none."""
        return max(self.blocks, key=lambda block: block.seconds, default=None)

    def take(self) -> list[Block]:
        """Return the blocks so far, the one that ends now included, and begin anew."""
        self._note()
        found, self.blocks, self.slowest = self.blocks, [], 0.0
        return found

    def _note(self) -> None:
        """Note whether the loop, which runs again now, was held up."""
        now, busy, queued = time.perf_counter(), time.thread_time(), self._queue.seconds()
        late, seen = now - self._beat, self._seen
        self.slowest = max(self.slowest, late)
        if late > self.limit:
            waited = (busy - self._busy) < late / 2
            blamed = _waited_for(self._others, seen) if waited else _blamed(seen)
            self.blocks.append(Block(late, busy - self._busy, *blamed, queued_seconds=queued - self._queued))
        self._seen, self._others = [], []
        self._beat, self._busy, self._queued = now, busy, queued

    def _watch(self) -> None:
        """On the other thread: look at the window's stack while a beat is late."""
        while not self._ends.wait(_LOOK_EVERY):
            if time.perf_counter() - self._beat > self.limit / 4:
                for thread, frame in sys._current_frames().items():  # noqa: SLF001 -- Python's own way to look at other threads
                    if thread == self._watched:
                        self._seen.append(_stack(frame))
                    elif thread != threading.get_ident():
                        self._others.append(_stack(frame))


class _Queue:
    """How long the thread that opens it has waited for a processor so far; Linux says so."""

    def __init__(self) -> None:
        self._file = -1

    def open(self) -> None:
        """Begin to ask."""
        self.close()
        with contextlib.suppress(OSError, AttributeError):
            self._file = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)

    def seconds(self) -> float:
        """Seconds since the thread began; 0 where the system does not say."""
        if self._file < 0:
            return 0.0
        try:
            return int(os.pread(self._file, 64, 0).split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return 0.0

    def close(self) -> None:
        """Ask no more."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _stack(frame: FrameType | None) -> tuple[Place, ...]:
    found: list[Place] = []
    while frame is not None and len(found) < _DEEPEST:
        found.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    return tuple(found)


def _blamed(seen: list[tuple[Place, ...]]) -> tuple[str, tuple[Place, ...]]:
    """What most of the looks have in common: the innermost function of ours, and one stack with it."""
    ours = [(name, stack) for stack in seen if (name := _innermost(stack))]
    if not ours:
        return ("", seen[0]) if seen else ("", ())
    name, _times = Counter(name for name, _stack in ours).most_common(1)[0]
    return name, next(stack for other, stack in ours if other == name)


def _waited_for(others: list[tuple[Place, ...]], seen: list[tuple[Place, ...]]) -> tuple[str, tuple[Place, ...]]:
    """The window's thread had nothing to do for most of the time: what other threads were at that did not let it run."""
    name, stack = _blamed(others)
    return (f"waiting for {name}", stack) if name else _blamed(seen)


def _innermost(stack: tuple[Place, ...]) -> str:
    for file, line, function in stack:
        if file.startswith(_OURS) and file != __file__:
            return f"{Path(file).relative_to(_OURS).as_posix()}:{line} {function}"
    return ""
