from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipemap.errors import Cancelled, PipemapError
from pipemap.progress import Told, beside, told_every


def on_a_thread(work: object) -> object:
    """What work comes to where the window would do it."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()  # type: ignore[arg-type]


def stop() -> None:
    raise Cancelled


def test_what_is_told_is_told_again() -> None:
    said: list[tuple[int, int | None, str]] = []
    told = Told(lambda done, total=None, label="": said.append((done, total, label)))
    told(3, 9, "Reading")
    told.again()
    assert said == [(3, 9, "Reading"), (3, 9, "")]


def test_items_come_as_they_are_and_every_few_are_told() -> None:
    told: list[None] = []
    assert list(told_every(range(25), lambda: told.append(None), 10)) == list(range(25))
    assert len(told) == 3


def test_work_beside_gives_its_answer_or_its_error() -> None:
    def refuse() -> None:
        raise PipemapError("no")

    def late() -> None:
        raise TimeoutError("its own")

    assert on_a_thread(lambda: beside(lambda: 7, lambda: None)) == 7
    with pytest.raises(PipemapError, match="no"):
        on_a_thread(lambda: beside(refuse, lambda: None))
    with pytest.raises(TimeoutError, match="its own"):
        on_a_thread(lambda: beside(late, lambda: None))


def test_who_stops_does_not_wait_for_work_beside() -> None:
    goes_on, ended = threading.Event(), threading.Event()

    def work() -> None:
        goes_on.wait()
        ended.set()

    with pytest.raises(Cancelled):
        on_a_thread(lambda: beside(work, stop))
    assert not ended.is_set()
    goes_on.set()
    assert ended.wait(10)


def test_the_main_thread_does_it_by_itself() -> None:
    assert beside(threading.current_thread, stop) is threading.main_thread()
