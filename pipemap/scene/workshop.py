"""Where meshes are made while the picture goes on: each frame says what it lacks, threads make the most urgent of it.

What a frame no longer asks for is never begun. The threads live only while there is something to make.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from pipemap.priority import give_way

HANDS = 2
"""Threads that make things while the picture rests; while it moves there is one, and the picture has the other processor."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Something that a frame lacks.

    Attributes
    ----------
    owner, key
        Who asks, and its own name for the thing.
    make
        Makes it, on another thread: arithmetic on columns, nothing of VTK.
    take
        Is given what was made, on the thread that draws.
    urgency
        The highest is made first.
    """

    owner: object
    key: Hashable
    make: Callable[[], Any]
    take: Callable[[Any], None]
    urgency: float


class Workshop:
    """Orders of the last frame, and what was made of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)
        self._orders: list[Order] = []
        self._next: list[Order] = []
        self._making: list[Order] = []
        self._made: deque[tuple[Order, Any]] = deque()
        self._threads: list[threading.Thread] = []
        self._error: Exception | None = None
        self._closed = False

    def ask(self, order: Order) -> None:
        """Ask for something for this frame; :meth:`send` sends all that was asked for."""
        self._orders.append(order)

    @property
    def lacks(self) -> int:
        """How much was asked for since the last :meth:`send`."""
        return len(self._orders)

    def send(self, hands: int = 1) -> None:
        """Let threads, up to so many, make what this frame lacks, and nothing else."""
        orders, self._orders = self._once(), []
        with self._lock:
            for order in (*(order for order, _made in self._made), *self._making):
                orders.pop((order.owner, order.key), None)
            self._next = list(orders.values())
            while len(self._threads) < min(hands, len(self._next)) and not self._closed:
                self._threads.append(threading.Thread(target=self._run, name="pipemap meshes", daemon=True))
                self._threads[-1].start()

    def make_all(self) -> None:
        """Make at once, on this thread, what was asked for."""
        orders, self._orders = self._once(), []
        for order in orders.values():
            order.take(order.make())

    def _once(self) -> dict[tuple[object, Hashable], Order]:
        """What was asked for, each thing once, the most urgent last."""
        return {(order.owner, order.key): order for order in sorted(self._orders, key=lambda order: order.urgency)}

    def collect(self, seconds: float) -> bool:
        """Hand out what was made, for about so long, at least one thing; return whether there was any.

        Raises
        ------
        Exception
            Whatever went wrong on the thread.
        """
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        began, some = perf_counter(), False
        while self._made and (not some or perf_counter() - began < seconds):
            with self._lock:
                order, made = self._made.popleft()
            order.take(made)
            some = True
        return some

    @property
    def has_news(self) -> bool:
        """Whether something was made that nobody has collected, or nothing is being made at all."""
        with self._lock:
            return bool(self._made) or not self._threads

    @property
    def is_idle(self) -> bool:
        """Whether everything that was sent is made."""
        with self._lock:
            return not self._threads

    def wait_for_news(self) -> None:
        """Return when there is news."""
        with self._news:
            self._news.wait_for(lambda: bool(self._made) or not self._threads)

    def wait(self) -> None:
        """Return when everything that was sent is made."""
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join()

    def close(self) -> None:
        """Forget all orders and wait for the threads to end."""
        self._closed = True
        with self._lock:
            self._orders, self._next = [], []
        self.wait()
        self._made.clear()

    def _run(self) -> None:
        give_way()
        while True:
            with self._news:
                if not self._next:
                    self._leave()
                    return
                order = self._next.pop()
                self._making.append(order)
            try:
                made = order.make()
            except Exception as error:  # noqa: BLE001 -- brought to the thread that draws
                with self._news:
                    self._error, self._next = error, []
                    self._making.remove(order)
                    self._leave()
                return
            with self._news:
                self._made.append((order, made))
                self._making.remove(order)
                self._news.notify_all()

    def _leave(self) -> None:
        """Note that there is nothing more to do for this thread."""
        self._threads.remove(threading.current_thread())
        self._news.notify_all()
