from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from python_calamine import CalamineWorkbook

from pipemap.analysis.alternatives import fewest_valves
from pipemap.analysis.shutoff import plan_shutoff
from pipemap.gui.commands import command
from pipemap.gui.element_menu import element_menu
from pipemap.gui.map_result import result_legend, result_of
from pipemap.gui.result_panel import ResultPanel
from pipemap.gui.session import Message, Session
from pipemap.gui.shutoff_answers import Question, Shutoff
from pipemap.gui.shutoff_page import ShutoffPage, export_plan
from pipemap.gui.shutoff_tools import planner
from pipemap.gui.trace_question import Place
from pipemap.gui.window import MainWindow
from pipemap.store import create_survey
from tests.analysis.test_shutoff import DEAD_END, town
from tests.gui.surveys import street
from tests.gui.test_map_view import CONTROL, Hand


@pytest.fixture
def street_path(tmp_path: Path) -> Path:
    """The street, its valve known as one."""
    given = street()
    kinds = pa.array(["isolation_valve" if name == "JS2" else None for name in given.nodes["id"].to_pylist()], pa.string())
    with create_survey(tmp_path / "street.gpkg", name="Lake Street") as survey:
        survey.store(replace(given, nodes=given.nodes.append_column("kind", kinds)))
    return tmp_path / "street.gpkg"


@pytest.fixture
def hand(open_window: MainWindow, qtbot: QtBot) -> Hand:
    command("shutoff.tool")(open_window.context)
    return Hand(open_window, qtbot)


def _plan(session: Session) -> Shutoff:
    assert isinstance(session.result, Shutoff)
    return session.result


def _button(window: QWidget, name: str) -> QPushButton:
    page = window.findChild(ResultPanel)
    found = page.findChild(QPushButton, name) if page is not None else None
    assert isinstance(found, QPushButton), name
    return found


def _words(window: MainWindow) -> str:
    pages = [page for page in window.findChildren(ShutoffPage) if page.isVisible()]
    return "\n".join(part.text() for part in pages[-1].findChildren(QLabel))


def test_what_the_pointer_rests_on_shows_its_plan_and_a_click_keeps_it(hand: Hand, qtbot: QtBot) -> None:
    hand.session.set_hover(hand.element("JS2-JS3"))
    hand.settle()
    shown = _plan(hand.session)
    assert (shown.plan.close, shown.is_kept) == (("JS2",), False)
    hand.session.set_hover(hand.element("YS1-YS2"))
    hand.session.set_hover(None)
    qtbot.waitUntil(lambda: hand.session.result is None)
    hand.click(hand.pixel("JS2-JS3"))
    hand.settle()
    assert _plan(hand.session).is_kept
    assert hand.session.tool == "shutoff:more"
    hand.session.set_hover(hand.element("JS1-JS2"))
    hand.settle()
    assert _plan(hand.session).plan.contained.pipes == ("JS2-JS3", "JS3-JS4")


def test_only_the_newest_of_many_questions_is_answered(hand: Hand) -> None:
    for name in ("JS1-JS2", "JS2-JS3", "JS1-JS2", "JS3-JS4"):
        hand.session.set_hover(hand.element(name))
    hand.settle()
    assert _plan(hand.session).question.broken == (Place.of(hand.network, hand.element("JS3-JS4")),)


def test_a_plan_that_was_cancelled_leaves_the_tool_in_order(hand: Hand) -> None:
    for task in hand.session.tasks.running:
        task.cancel()
    hand.settle()
    hand.click(hand.pixel("JS2-JS3"))
    hand.settle()
    assert _plan(hand.session).plan.close == ("JS2",)


def test_leaving_the_mode_takes_a_plan_away_that_nobody_kept(hand: Hand) -> None:
    hand.session.set_hover(hand.element("JS2-JS3"))
    hand.settle()
    QTest.keyClick(hand.canvas, Qt.Key.Key_Escape)
    assert (hand.session.tool, hand.session.result) == ("select", None)


def test_a_valve_that_does_not_turn_lets_the_plan_grow_and_again_takes_it_back(hand: Hand, open_window: MainWindow) -> None:
    hand.click(hand.pixel("JS2-JS3"))
    hand.settle()
    key = _plan(hand.session).close[0].key
    _button(open_window, f"stuck:{key}").click()
    hand.settle()
    grown = _plan(hand.session)
    assert set(grown.plan.contained.pipes) == {"JS1-JS2", "JS2-JS3", "JS3-JS4"}
    assert [one.id for one in grown.failed] == ["JS2"]
    _button(open_window, f"missing:{key}").click()
    hand.settle()
    assert _plan(hand.session).question.failure(key) == "missing"
    _button(open_window, f"missing:{key}").click()
    hand.settle()
    assert _plan(hand.session).plan.close == ("JS2",)


def test_control_adds_what_is_broken_too_and_escape_steps_back(hand: Hand) -> None:
    hand.click(hand.pixel("JS2-JS3"))
    hand.settle()
    hand.click(hand.pixel("JS1-JS2"), modifier=CONTROL)
    hand.settle()
    assert len(_plan(hand.session).plan.request.broken) == 2
    left = []
    for _step in range(3):
        QTest.keyClick(hand.canvas, Qt.Key.Key_Escape)
        hand.settle()
        result = hand.session.result
        left.append((hand.session.tool, len(result.plan.request.broken) if isinstance(result, Shutoff) else 0))
    assert left == [("shutoff:more", 1), ("select", 1), ("select", 0)]


def test_a_drain_beside_a_main_is_refused_with_a_word_and_the_plan_that_stands_stays(hand: Hand) -> None:
    said: list[Message] = []
    hand.session.message.connect(said.append)
    hand.click(hand.pixel("JS2-JS3"))
    hand.settle()
    planner(hand.session).click(hand.element("YS1-YS2"), add=True)
    hand.settle()
    assert "gravity" in said[-1].text
    assert _plan(hand.session).plan.close == ("JS2",)
    assert planner(hand.session).question == _plan(hand.session).question


def test_the_menu_of_an_element_plans_for_it(hand: Hand) -> None:
    hand.session.set_tool("select")
    menu: QMenu = element_menu(hand.session, hand.element("JS3-JS4"), hand.map)
    next(action for action in menu.actions() if action.objectName() == "shutoff").trigger()
    hand.settle()
    assert _plan(hand.session).plan.close == ("JS2",)


def test_a_plan_is_made_anew_after_a_change(hand: Hand) -> None:
    hand.click(hand.pixel("JS2-JS3"))
    hand.settle()
    survey = hand.session.survey
    assert survey is not None
    with survey.edit("The valve is stuck") as edit:
        edit.update("node", "JS2", operable="no")
    hand.session.refresh()
    hand.settle()
    assert _plan(hand.session).plan.close == ()
    assert _plan(hand.session).is_kept


def test_the_page_says_what_matters_and_works_out_each_failure(hand: Hand, open_window: MainWindow) -> None:
    hand.click(hand.pixel("JS2-JS3"))
    hand.settle()
    told = _words(open_window)
    assert "Shut-off of JS2-JS3" in told
    assert "who loses supply is unknown" in told
    assert "1." in told
    _button(open_window, "backup").click()
    hand.settle()
    assert "close besides" in _words(open_window)


def test_the_plan_goes_into_a_workbook_and_onto_the_clipboard(hand: Hand, open_window: MainWindow, tmp_path: Path) -> None:
    hand.click(hand.pixel("JS2-JS3"))
    hand.settle()
    export_plan(hand.session, open_window, tmp_path / "plan.xlsx")
    hand.settle()
    book = CalamineWorkbook.from_path(str(tmp_path / "plan.xlsx"))
    assert book.get_sheet_by_index(0).to_python()[1][:3] == [1.0, "Close", "JS2"]
    page = open_window.findChild(ShutoffPage)
    assert page is not None
    next(part for part in page.findChildren(QPushButton) if part.text() == "Copy").click()
    assert "JS2" in QApplication.clipboard().text()


def test_the_workspace_leaves_the_room_to_the_map(hand: Hand, open_window: MainWindow) -> None:
    command("shutoff.workspace")(open_window.context)
    hand.settle()
    assert hand.session.workspace == "shutoff"
    assert open_window.docks["right"].isVisible()
    assert not open_window.docks["bottom"].isVisible()
    hand.session.set_workspace("survey")
    hand.settle()
    assert open_window.docks["bottom"].isVisible()


def test_pins_are_numbered_in_the_order_of_closing_and_differ_by_shape() -> None:
    network = town(*DEAD_END, ("p5", "c", "V3"), ("p6", "V3", "S2"), states={"V3": "closed"})
    answer = Question((Place.of(network, network.element("pipe:p2")),))(network)
    shown = result_of(answer, arrows=True)
    assert shown is not None
    marks = {(mark.shape, network.node_ids[mark.row]) for mark in shown.marks if mark.layer == "node"}
    assert marks == {("close", "V1"), ("not_needed", "V2"), ("reopen", "V3")}
    assert [mark.text for mark in shown.marks if mark.shape == "close"] == ["1"]
    assert [group.role for group in shown.groups] == ["contained", "lost"]
    legend = result_legend(answer, dark=True)
    assert legend is not None
    assert [entry.key for entry in legend.entries] == ["contained", "lost", "reopen"]


def test_opening_a_closed_valve_lets_the_zone_go_through_it() -> None:
    network = town(*DEAD_END, states={"V2": "closed"})
    question = Question((Place.of(network, network.element("pipe:p2")),))
    closed = question.shutoff(network).of_task("already_closed")
    assert [one.id for one in closed] == ["V2"]
    opened = Question(question.broken, opened=(closed[0].key,)).shutoff(network)
    assert [one.id for one in opened.opened] == ["V2"]
    assert set(opened.plan.contained.nodes) >= {"a", "c"}


def test_the_fewest_valves_stand_beside_the_least_loss() -> None:
    pipes = [("p0", "S", "V0"), ("p1", "V0", "h")]
    for number in (1, 2, 3):
        pipes += [(f"a{number}", "h", f"V{number}"), (f"b{number}", f"V{number}", "x")]
    network = town(*pipes)
    answer = Question((Place.of(network, network.element("node:x")),)).shutoff(network)
    assert len(answer.close) == 3
    other = answer.alternative()
    assert other is not None
    assert other.close == ("V0",)
    assert fewest_valves(plan_shutoff(network, nodes=["x"])) is not None
    assert Question(answer.question.broken, fewest=True).shutoff(network).plan.close == ("V0",)
