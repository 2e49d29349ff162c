"""What is made beside the frame: what is asked for last is made, the most urgent first, and nothing outlives the end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from pipemap.scene.workshop import Order, Workshop


class Customer:
    """Asks for things and keeps what it is given."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop, self.given = workshop, list[object]()

    def ask(self, key: str, urgency: float = 0.0, make: Callable[[], object] | None = None) -> None:
        self._workshop.ask(Order(self, key, make or (lambda: key), self.given.append, urgency))


def test_the_most_urgent_is_made_first_and_each_thing_once() -> None:
    workshop = Workshop()
    customer = Customer(workshop)
    for key, urgency in (("far", 1.0), ("near", 9.0), ("far", 1.0), ("middle", 5.0)):
        customer.ask(key, urgency)
    assert workshop.lacks == 4
    workshop.send()
    workshop.wait()
    assert workshop.has_news
    assert workshop.collect(float("inf"))
    assert customer.given == ["near", "middle", "far"]
    assert not workshop.collect(1.0)


def test_what_is_no_longer_asked_for_is_not_made() -> None:
    workshop = Workshop()
    customer, begun, go_on = Customer(workshop), threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        go_on.wait(5)
        return "slow"

    customer.ask("slow", 2.0, slow)
    customer.ask("outdated", 1.0)
    workshop.send()
    assert begun.wait(5)
    customer.ask("slow", 2.0, slow)
    customer.ask("new", 1.0)
    workshop.send()
    go_on.set()
    workshop.wait()
    workshop.collect(float("inf"))
    assert customer.given == ["slow", "new"]


def test_a_frame_hands_out_only_as_much_as_it_has_time_for() -> None:
    workshop = Workshop()
    customer = Customer(workshop)
    for key in "abc":
        customer.ask(key)
    workshop.send()
    workshop.wait()
    workshop.collect(0.0)
    assert len(customer.given) == 1
    workshop.collect(float("inf"))
    assert len(customer.given) == 3


def test_what_goes_wrong_on_the_thread_is_told_on_the_other_once() -> None:
    workshop = Workshop()
    customer = Customer(workshop)
    customer.ask("broken", make=lambda: 1 // 0)
    workshop.send()
    workshop.wait_for_news()
    with pytest.raises(ZeroDivisionError):
        workshop.collect(1.0)
    assert not workshop.collect(1.0)
    customer.ask("fine")
    workshop.send()
    workshop.wait()
    workshop.collect(1.0)
    assert customer.given == ["fine"]


def test_the_end_waits_for_what_is_under_way_and_begins_nothing_more() -> None:
    workshop = Workshop()
    customer, begun = Customer(workshop), threading.Event()

    def make() -> str:
        begun.set()
        return "made"

    customer.ask("first", 1.0, make)
    customer.ask("second")
    workshop.send()
    assert begun.wait(5)
    workshop.close()
    assert not any(thread.name == "pipemap meshes" for thread in threading.enumerate())
    customer.ask("third")
    workshop.send()
    assert not any(thread.name == "pipemap meshes" for thread in threading.enumerate())


def test_all_at_once_needs_no_thread() -> None:
    workshop = Workshop()
    customer = Customer(workshop)
    customer.ask("one")
    customer.ask("two", 1.0)
    workshop.make_all()
    assert customer.given == ["one", "two"]
    assert not workshop.lacks


def test_two_hands_make_two_things_at_once() -> None:
    workshop, both, made = Workshop(), threading.Barrier(2, timeout=60), list[int]()
    for key in range(2):
        workshop.ask(Order(None, key, both.wait, made.append, 0.0))
    workshop.send(2)
    workshop.wait()
    assert workshop.is_idle
    while workshop.collect(float("inf")):
        pass
    assert sorted(made) == [0, 1]
