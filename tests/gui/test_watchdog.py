"""The watchdog: what it sees is told by what the window's thread computed, so that a busy machine makes no test fail."""

from __future__ import annotations

import time

from pytestqt.qtbot import QtBot

from pipemap.analysis.trace import TraceType
from pipemap.gui.session import Selection, Session
from pipemap.gui.trace_question import Place, Question
from pipemap.gui.trace_tools import tracer
from pipemap.gui.watchdog import Watchdog
from pipemap.gui.window import MainWindow
from pipemap.model.lookup import Element

HELD_UP = 3.0
"""Seconds of computing in the window's thread that no step of a small survey comes near, on any machine."""


def compute(seconds: float) -> None:
    """Keep this thread at work."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_it_says_how_long_the_loop_was_held_up_and_by_what(qtbot: QtBot) -> None:
    with Watchdog(limit=0.2) as dog:
        qtbot.wait(20)
        dog.take()
        compute(0.5)
        qtbot.waitUntil(lambda: bool(dog.blocks))
        worst = dog.longest
    assert worst is not None
    assert worst.busy_seconds >= 0.45
    assert worst.seconds >= worst.busy_seconds * 0.9
    assert any(place[2] == "compute" for place in worst.stack)


def test_a_loop_that_runs_is_not_blamed(qtbot: QtBot) -> None:
    with Watchdog(limit=60.0) as dog:
        qtbot.wait(50)
        assert dog.take() == []
        assert dog.longest is None


def test_no_step_of_a_small_survey_computes_long_in_the_window(qtbot: QtBot, open_window: MainWindow, session: Session) -> None:
    network = session.network
    assert network is not None
    with Watchdog(limit=HELD_UP) as dog:
        for panel in ("properties", "pipes", "nodes", "problems", "history", "result"):
            session.show_panel(panel)
        session.select(Selection.of(nodes=range(network.node_count), pipes=range(network.pipe_count)))
        tracer(session).ask(Question(TraceType.CONNECTED, (Place.of(network, Element("node", 0)),)))
        qtbot.waitUntil(lambda: session.is_settled and session.result is not None)
        open_window.actions_by_id["view.theme"].trigger()
        qtbot.wait(1)
        blocks = dog.take()
    assert [block for block in blocks if block.busy_seconds > HELD_UP] == []
