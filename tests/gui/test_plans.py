"""A kept plan in the window: kept, described, approved, carried out, made anew, ended; listed with its week."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from pipemap.gui.commands import command
from pipemap.gui.operation_log import OperationLog
from pipemap.gui.plan_keeper import keeper
from pipemap.gui.plan_strip import PlanForm, PlanStrip
from pipemap.gui.plan_table import PlanTable
from pipemap.gui.report_dialog import show_report
from pipemap.gui.shutoff_answers import Question, Shutoff
from pipemap.gui.shutoff_tools import planner
from pipemap.gui.trace_question import Place
from pipemap.gui.window import MainWindow
from pipemap.model.plans import Plan
from pipemap.store import create_survey
from tests.gui.surveys import street

KINDS = {"JS1": "reservoir", "JS2": "isolation_valve"}


@pytest.fixture
def street_path(tmp_path: Path) -> Path:
    """The street, its source and its valve known as such."""
    given = street()
    kinds = pa.array([KINDS.get(name) for name in given.nodes["id"].to_pylist()], pa.string())
    with create_survey(tmp_path / "street.gpkg", name="Lake Street") as survey:
        survey.store(replace(given, nodes=given.nodes.append_column("kind", kinds)))
    return tmp_path / "street.gpkg"


@pytest.fixture
def press(open_window: MainWindow, qtbot: QtBot) -> Callable[[str], None]:
    """Press the button of that name once the window is at rest, and let it come to rest again."""
    session = open_window.session

    def act(name: str) -> None:
        (found,) = [one for one in open_window.findChildren(QPushButton, name) if one.isVisible()]
        found.click()
        qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)

    return act


@pytest.fixture
def kept(open_window: MainWindow, qtbot: QtBot, press: Callable[[str], None]) -> MainWindow:
    """The plan for the pipe behind the valve, kept."""
    session = open_window.session
    command("shutoff.workspace")(open_window.context)
    network = session.network
    assert network is not None
    planner(session).plan_for((Place.of(network, network.element("JS2-JS3")),))
    qtbot.waitUntil(lambda: isinstance(session.result, Shutoff) and session.is_settled, timeout=20_000)
    press("keep")
    return open_window


def plan(window: MainWindow) -> Plan:
    opened = keeper(window.session).opened
    assert opened is not None
    return opened.plan


def strip(window: MainWindow) -> PlanStrip:
    return next(one for one in window.findChildren(PlanStrip) if one.isVisible())


def test_a_plan_goes_from_kept_to_ended_by_buttons(kept: MainWindow, press: Callable[[str], None]) -> None:
    assert (plan(kept).number, plan(kept).state) == (1, "draft")
    press("plan:approve")
    press("plan:start")
    key = plan(kept).to_close()[0].key
    strip(kept).cards[key].turns.setText("16")
    press(f"closed:{key}")
    assert plan(kept).operations[-1].turns == 16.0
    press(f"opened:{key}")
    press("plan:finish")
    assert plan(kept).state == "finished"
    assert not [one for one in kept.findChildren(QPushButton) if one.isVisible() and one.objectName().startswith("plan:")]


def test_what_is_said_of_a_plan_is_saved(kept: MainWindow, press: Callable[[str], None]) -> None:
    press("plan:words")
    form = next(one for one in kept.findChildren(PlanForm) if one.isVisible())
    form.fields["reason"].setText("burst main")
    press("plan:save")
    assert plan(kept).reason == "burst main"
    assert plan(kept).starts


def test_a_valve_that_does_not_turn_shows_the_next_version(kept: MainWindow, press: Callable[[str], None]) -> None:
    press("plan:approve")
    press("plan:start")
    press(f"stuck:{plan(kept).to_close()[0].key}")
    assert plan(kept).now.number == 2
    shown = " ".join(one.text() for one in strip(kept).findChildren(QLabel))
    assert "New in version 2" in shown


def test_a_change_of_the_network_shows_that_the_plan_is_stale_and_running_it_again_mends_it(
    kept: MainWindow, qtbot: QtBot, press: Callable[[str], None]
) -> None:
    session = kept.session
    assert session.survey is not None
    with session.survey.edit("JS2 is broken") as edit:
        edit.update("node", "JS2", operable="no")
    session.refresh()
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)
    press("plan:rerun")
    assert plan(kept).now.number == 2
    assert not [one for one in kept.findChildren(QPushButton, "plan:rerun") if one.isVisible()]


def test_undoing_the_keeping_lets_the_plan_go(kept: MainWindow, qtbot: QtBot) -> None:
    session = kept.session
    assert session.survey is not None
    session.survey.undo()
    session.refresh()
    qtbot.waitUntil(lambda: session.is_settled and keeper(session).opened is None, timeout=20_000)
    assert [one for one in kept.findChildren(QPushButton, "keep") if one.isVisible()]


def test_another_question_is_not_the_kept_plan(kept: MainWindow, qtbot: QtBot) -> None:
    session = kept.session
    network = session.network
    assert network is not None
    planner(session).show(Question((Place.of(network, network.element("JS3-JS4")),)))
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)
    assert keeper(session).opened is None


def test_plans_are_listed_with_their_week_and_open_from_there(
    kept: MainWindow, qtbot: QtBot, press: Callable[[str], None]
) -> None:
    session = kept.session
    press("plan:words")
    press("plan:save")
    session.set_result(None)
    assert keeper(session).opened is None
    session.show_panel("plans")
    table = kept.findChild(PlanTable)
    assert table is not None
    qtbot.waitUntil(lambda: bool(table.table.model.records), timeout=20_000)
    (row,) = table.table.model.records
    assert (row.number, row.word("status")) == (1, "draft")
    assert [one.number for one in table.week.shown] == [1]
    table.week.turn(-7)
    assert not table.week.shown
    table.table.chosen.emit(row)
    qtbot.waitUntil(lambda: session.is_settled and keeper(session).opened is not None, timeout=20_000)
    assert strip(kept).isVisible()


def test_the_papers_of_a_kept_plan_take_their_words_from_it(kept: MainWindow) -> None:
    shown = kept.session.result
    assert isinstance(shown, Shutoff)
    dialog = show_report(kept.session, kept, plan=shown.plan, kind="shutoff", kept=plan(kept))
    assert dialog is not None
    assert dialog.choices["return"].options == {"kept": 1, "way": "return"}
    assert dialog.words.isHidden()
    dialog.close()


def test_a_valve_shows_its_log_and_takes_an_entry_by_hand(kept: MainWindow, qtbot: QtBot) -> None:
    session = kept.session
    network = session.network
    assert network is not None
    element = network.element("JS2")
    session.select_element("node", element.row)
    session.show_panel("properties")
    qtbot.waitUntil(lambda: any(one.isVisible() for one in kept.findChildren(OperationLog)), timeout=20_000)
    log = next(one for one in kept.findChildren(OperationLog) if one.isVisible())
    log.result.setText("moves easily")
    log.enter()
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)
    assert session.survey is not None
    (one,) = session.survey.operations(node=int(network.node_fid[element.row]))
    assert (one.what, one.result) == ("exercised", "moves easily")
    log = next(one for one in kept.findChildren(OperationLog) if one.isVisible())
    assert "moves easily" in " ".join(part.text() for part in log.findChildren(QLabel))
