from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pipemap.analysis.trace import Trace, TraceType
from pipemap.gui.commands import COMMANDS, command
from pipemap.gui.map_result import MOST_MARKS, result_legend, result_of
from pipemap.gui.session import Session
from pipemap.gui.tools import TOOLS, tool
from pipemap.gui.trace_question import Place, Question
from pipemap.gui.trace_tools import tracer
from pipemap.gui.window import MainWindow
from tests.gui.test_map_view import Hand

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def hand(open_window: MainWindow, qtbot: QtBot) -> Hand:
    return Hand(open_window, qtbot)


def _pipes(session: Session) -> set[str]:
    assert isinstance(session.result, Trace)
    return set(session.result.pipes)


def test_every_mode_has_its_own_name_and_a_hint_unless_it_selects() -> None:
    assert len({row.id for row in TOOLS}) == len(TOOLS)
    assert all(row.hint for row in TOOLS if row.id != "select")
    assert tool("no such mode").id == "select"
    assert {row.trace for row in TOOLS if row.trace is not None} == {*TraceType, "ways", "leak"}


def test_each_trace_mode_can_be_entered_by_a_command(open_window: MainWindow) -> None:
    session = open_window.session
    for row in COMMANDS:
        if row.run.startswith("pipemap.gui.trace_tools:start"):
            row(open_window.context)
            assert tool(session.tool).trace is not None
            assert row.checked is not None
            assert row.checked(session)


def test_a_click_in_a_trace_mode_traces_from_there(hand: Hand, open_window: MainWindow) -> None:
    command("trace.upstream")(open_window.context)
    assert hand.map.hint.isVisible()
    hand.click(hand.pixel("YS2-YS3"))
    hand.settle()
    assert _pipes(hand.session) == {"YS1-YS2", "YS2-YS3"}
    assert hand.session.tool == "trace:upstream"


def test_a_trace_starts_at_once_from_what_is_selected(hand: Hand, open_window: MainWindow) -> None:
    hand.session.select_element("pipe", hand.element("YS1-YS2").row)
    command("trace.downstream")(open_window.context)
    hand.settle()
    assert _pipes(hand.session) == {"YS1-YS2", "YS2-YS3"}


def test_the_result_is_seen_and_its_legend_too(hand: Hand, open_window: MainWindow) -> None:
    before = hand.picture()
    command("trace.connected")(open_window.context)
    hand.click(hand.pixel("YS1-YS2"))
    hand.settle()
    assert (hand.picture() != before).any(axis=2).mean() > 0.01
    assert not hand.map.legend.is_folded


def test_a_shift_click_places_a_barrier_and_asks_again(hand: Hand, open_window: MainWindow) -> None:
    command("trace.connected")(open_window.context)
    hand.click(hand.pixel("JS1-JS2"))
    hand.settle()
    assert _pipes(hand.session) == {"JS1-JS2", "JS2-JS3", "JS3-JS4"}
    hand.click(hand.pixel("JS3-JS4"), modifier=SHIFT)
    hand.settle()
    assert _pipes(hand.session) == {"JS1-JS2", "JS2-JS3"}
    hand.click(hand.pixel("JS3-JS4"), modifier=SHIFT)
    hand.settle()
    assert "JS3-JS4" in _pipes(hand.session)


def test_the_shortest_path_takes_two_clicks(hand: Hand, open_window: MainWindow) -> None:
    command("trace.path")(open_window.context)
    hand.click(hand.pixel("JS1-JS2"))
    assert hand.session.result is None
    waiting = tracer(hand.session).waiting
    assert waiting is not None
    assert (waiting.layer, waiting.fid) == ("pipe", 1)
    assert 0 < (waiting.station or 0.0) < 40
    hand.click(hand.pixel("JS3-JS4"))
    hand.settle()
    assert _pipes(hand.session) == {"JS1-JS2", "JS2-JS3", "JS3-JS4"}
    assert tracer(hand.session).waiting is None


def test_escape_steps_back_one_thing_at_a_time(hand: Hand, open_window: MainWindow) -> None:
    session = hand.session
    command("trace.path")(open_window.context)
    hand.click(hand.pixel("JS1-JS2"))
    hand.click(hand.pixel("JS3-JS4"))
    hand.settle()
    hand.click(hand.pixel("JS1-JS2"))
    left: list[str] = []
    for _step in range(4):
        QTest.keyClick(hand.canvas, Qt.Key.Key_Escape)
        left.append(f"{session.tool} {tracer(session).waiting is not None} {session.result is not None} {len(session.selection)}")
    assert left == [
        "trace:shortest-path False True 1",
        "select False True 1",
        "select False False 1",
        "select False False 0",
    ]


def test_barriers_are_kept_for_the_next_trace_until_they_are_taken_away(hand: Hand, open_window: MainWindow) -> None:
    command("trace.barrier")(open_window.context)
    hand.click(hand.pixel("JS2-JS3"))
    assert tracer(hand.session).barriers == (Place("pipe", 2),)
    hand.settle()
    assert [sign.shape for sign in hand.map.overlay.signs] == ["barrier"]
    command("trace.connected")(open_window.context)
    hand.click(hand.pixel("JS1-JS2"))
    hand.settle()
    assert _pipes(hand.session) == {"JS1-JS2"}
    command("trace.no_barriers")(open_window.context)
    hand.settle()
    assert len(_pipes(hand.session)) == 3


def test_a_question_is_asked_again_after_a_change(hand: Hand) -> None:
    question = Question(TraceType.CONNECTED, (Place("pipe", 1),))
    tracer(hand.session).ask(question)
    hand.settle()
    survey = hand.session.survey
    assert survey is not None
    with survey.edit("Abandon the branch") as edit:
        edit.update("pipe", "JS3-JS4", lifecycle="abandoned")
    hand.session.refresh()
    hand.settle()
    assert _pipes(hand.session) == {"JS1-JS2", "JS2-JS3"}


def test_the_result_can_be_selected_and_cleared(hand: Hand, open_window: MainWindow) -> None:
    tracer(hand.session).ask(Question(TraceType.CONNECTED, (Place("pipe", 1),)))
    hand.settle()
    command("trace.select")(open_window.context)
    assert len(hand.session.selection.pipes) == 3
    command("trace.clear")(open_window.context)
    assert hand.session.result is None


def test_what_is_no_trace_shows_nothing() -> None:
    assert result_of("something else", arrows=True) is None
    assert result_legend(None, dark=False) is None
    assert MOST_MARKS > 0
