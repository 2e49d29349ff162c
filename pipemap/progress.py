"""How long work reports where it is, and learns that it should stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from typing import Protocol, TypeVar, runtime_checkable

T = TypeVar("T")

_ASKS_EVERY = 0.05
"""Seconds between two questions whether to go on."""


@runtime_checkable
class Progress(Protocol):
    """What long work is given. The window shows it with a cancel button, the terminal as a bar.

    Calls are cheap, but a loop over single records should report every few thousand.
    """

    def __call__(self, done: int, total: int | None = None, label: str = "") -> None:
        """Report ``done`` of ``total`` steps (``None``: unknown) of the step named ``label`` (empty: as before).

        Raises
        ------
        Cancelled
            The person asked to stop. Let it pass: what was begun is rolled back by whoever began it.
        """


class _Silent:
    def __call__(self, done: int, total: int | None = None, label: str = "") -> None:
        pass


SILENT: Progress = _Silent()
"""Says nothing and never stops; the default wherever progress is taken."""


class Told:
    """A progress that remembers what it was told last, so that it can be told again within one step of the work."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._last: tuple[int, int | None] = (0, None)

    def __call__(self, done: int, total: int | None = None, label: str = "") -> None:
        """Tell, and remember."""
        self._last = (done, total)
        self._progress(done, total, label)

    def again(self) -> None:
        """Tell once more; raises when the person asked to stop."""
        self._progress(*self._last)


def told_every(items: Iterable[T], told: Callable[[], None], step: int = 5000) -> Iterator[T]:
    """Give items as they come, and call ``told`` before the first and then before every ``step``-th."""
    for number, item in enumerate(items):
        if number % step == 0:
            told()
        yield item


def beside(work: Callable[[], T], told: Callable[[], None]) -> T:
    """Return ``work()``, done on another thread, and call ``told`` all the while: whoever stops does not wait for it to end.

    For work that changes nothing outside of itself, and has long steps that cannot be interrupted; what it comes to when nobody
    waits any more is thrown away. The main thread does it itself, since there Ctrl+C comes between by itself.
    """
    if threading.current_thread() is threading.main_thread():
        return work()
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:  # noqa: BLE001 -- raised again by who waits
            answer.set_exception(error)

    # The language that is spoken, and whatever else belongs to who asks, goes along.
    threading.Thread(target=copy_context().run, args=(run,), name="pipemap-beside", daemon=True).start()
    while True:
        try:
            return answer.result(timeout=_ASKS_EVERY)
        except TimeoutError:
            if answer.done():
                raise  # the work's own
            told()
