"""Drains in the shut-off tool: plugs under the pointer, kept by a click; and networks that lack something, in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from pipemap.gui.commands import command
from pipemap.gui.map_result import result_legend, result_of
from pipemap.gui.plug_page import PlugPage
from pipemap.gui.session import Message, Session
from pipemap.gui.shutoff_answers import Plugging, Question, Shutoff
from pipemap.gui.shutoff_page import ShutoffPage
from pipemap.gui.shutoff_tools import planner
from pipemap.gui.trace_question import Place
from pipemap.gui.window import MainWindow
from pipemap.model.network import Network
from tests.analysis.test_shutoff import DEAD_END, town
from tests.analysis.test_squeezing import LONG, gas
from tests.cli.test_shutoff import ISLANDS
from tests.gui.surveys import street_file
from tests.gui.test_map_view import Hand


@pytest.fixture
def street_path(tmp_path: Path) -> Path:
    """The street, which knows its manholes."""
    return street_file(tmp_path / "street.gpkg", manholes=True)


@pytest.fixture
def hand(open_window: MainWindow, qtbot: QtBot) -> Hand:
    command("shutoff.tool")(open_window.context)
    return Hand(open_window, qtbot)


def words_of(page: QWidget) -> str:
    return "\n".join(part.text() for part in page.findChildren(QLabel))


def test_the_plugs_of_a_drain_follow_the_pointer_and_a_click_keeps_them(hand: Hand, open_window: MainWindow) -> None:
    hand.session.set_hover(hand.element("YS2-YS3"))
    hand.settle()
    shown = hand.session.result
    assert isinstance(shown, Plugging)
    assert not shown.is_kept
    planner(hand.session).click(hand.element("YS2-YS3"))
    hand.settle()
    kept = hand.session.result
    assert isinstance(kept, Plugging)
    assert kept.is_kept
    page = next(page for page in open_window.findChildren(PlugPage) if page.isVisible())
    said = words_of(page)
    assert "Plug what flows in" in said
    assert "nobody recorded how much arrives" in said
    drawn, legend = result_of(kept, arrows=False), result_legend(kept, dark=False)
    assert drawn is not None
    assert [mark.text for mark in drawn.marks if mark.shape == "close"] == ["1"]
    assert legend is not None
    page.findChildren(QPushButton)[0].click()
    assert "YS1-YS2" in QApplication.clipboard().text()
    planner(hand.session).click(hand.element("JS2-JS3"))
    hand.settle()
    assert isinstance(hand.session.result, Shutoff)


def page_of(qtbot: QtBot, session: Session, network: Network, name: str) -> ShutoffPage:
    answer = Question((Place.of(network, network.element(name)),)).shutoff(network)
    page = ShutoffPage(session, replace(answer, is_kept=True))
    qtbot.addWidget(page)
    return page


def test_without_sources_the_page_says_that_the_loss_is_unknown(qtbot: QtBot, session: Session) -> None:
    said = words_of(page_of(qtbot, session, town(*DEAD_END[1:], ("x", "V1", "b")), "pipe:p2"))
    assert "who loses supply is unknown" in said
    assert "unknown" in said


def test_without_valves_the_page_says_that_there_is_none_to_close(qtbot: QtBot, session: Session) -> None:
    said = words_of(page_of(qtbot, session, town(("p1", "S", "a"), ("p2", "a", "b")), "pipe:p2"))
    assert "There is no valve to close" in said
    assert "valves cannot shut it off" in said
    assert "Nothing needs to be closed" not in said


def test_unknown_states_are_said_on_the_page(qtbot: QtBot, session: Session) -> None:
    said = words_of(page_of(qtbot, session, town(*DEAD_END, states={"V1": "", "V2": ""}), "pipe:p2"))
    assert "The state of some valves is not recorded" in said


def test_an_island_among_a_thousand_has_a_plan_of_its_own(qtbot: QtBot, session: Session) -> None:
    page = page_of(qtbot, session, town(*DEAD_END, *ISLANDS), "pipe:i7")
    assert "who loses supply is unknown" in words_of(page)


def test_a_start_that_is_gone_is_said_and_leaves_no_plan(open_window: MainWindow, session: Session, qtbot: QtBot) -> None:
    heard: list[Message] = []
    session.message.connect(heard.append)
    planner(session).plan_for((Place("pipe", 999_999),))
    qtbot.waitUntil(lambda: bool(heard), timeout=10_000)
    assert "no longer in the survey" in heard[-1].text
    assert planner(session).question is None
    assert open_window.isVisible()


def test_places_to_squeeze_are_listed_for_gas(qtbot: QtBot, session: Session) -> None:
    network = gas(*LONG)
    answer = replace(Question((Place.of(network, network.element("pipe:broken")),)).shutoff(network), is_kept=True)
    session.set_result(answer)
    page = ShutoffPage(session, answer)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: "our own figures" in words_of(page), timeout=10_000)
    assert "On the way back" in words_of(page)
    session.set_result(None)
