"""The walk through the window: on a made city no step holds the window up, and what would is seen and named."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipemap.bench.walk import STEPS, Step
from pipemap.gui.session import Session
from pipemap.gui.tour import Guide
from pipemap.gui.watchdog import Watchdog
from pipemap.gui.window import MainWindow
from pipemap.jobs import make_sample
from pipemap.progress import Progress

PIPES = 3_000
HELD_UP = 1.0
"""Seconds of computing in the window's thread within one step that a city of this size never asks for, on any machine."""


@pytest.fixture
def told() -> list[Step]:
    return []


@pytest.fixture
def guide(window: MainWindow, session: Session, told: list[Step]) -> Iterator[Guide]:
    with Watchdog() as dog:
        yield Guide(window, session, dog, told.append)


@pytest.fixture(scope="module")
def made_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("city") / "city.gpkg"
    make_sample(path, pipes=PIPES, seed=1)
    return path


def test_no_step_of_the_walk_through_a_made_city_computes_long_in_the_window(
    guide: Guide, told: list[Step], made_city: Path, session: Session
) -> None:
    complaints: list[object] = []
    session.crashed.connect(complaints.append)
    guide.walk(made_city)
    assert complaints == []
    assert [step.name for step in told] == list(STEPS)
    assert 0 < told[0].picture <= told[0].seconds
    assert told[0].picture_cpu > 0
    assert [(step.name, step.culprit) for step in told if step.busy > HELD_UP] == []
    assert all(step.slowest >= step.longest for step in told)


def test_what_computes_in_the_window_is_seen(guide: Guide, told: list[Step]) -> None:
    def act() -> None:
        until = time.thread_time() + HELD_UP
        while time.thread_time() < until:
            pass

    guide.step("select", act)
    assert told[0].busy >= HELD_UP * 0.9
    assert told[0].slowest >= told[0].longest >= told[0].busy * 0.9
    assert told[0].blocks == 1


def test_work_beside_that_lets_nothing_else_of_python_run_is_seen(guide: Guide, told: list[Step], session: Session) -> None:
    def work(_progress: Progress) -> int:
        return sum(range(40_000_000))  # one call from beginning to end

    guide.step("search", lambda: session.run(work, "Counting", lambda _sum: None))
    assert told[0].longest > 0.1
    assert told[0].busy < told[0].longest
