"""Problems in the window: checked, grouped, looked at, mended and ignored by clicks; marked on the map."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from pipemap.gui.check_actions import check_selection
from pipemap.gui.check_limits import LIMIT, ON, show_limits
from pipemap.gui.commands import Context, command
from pipemap.gui.map_problems import marks_of
from pipemap.gui.problem_table import ProblemTable
from pipemap.gui.session import Selection, Session
from pipemap.gui.window import MainWindow
from pipemap.jobs.checking import limits_of


@pytest.fixture
def damaged(open_window: MainWindow, qtbot: QtBot) -> Session:
    """The street with a pipe without a material and a tee whose branch ends 0.3 m beside it."""
    session = open_window.session
    survey = session.survey
    assert survey is not None
    with survey.edit("damage") as edit:
        edit.insert("node", {"id": "JS9", "x": 500080.2, "y": 3399999.8, "ground": 20.2, "category": "JS", "feature": "三通"})
        edit.update("pipe", "JS3-JS4", from_node="JS9")
        edit.update("pipe", "YS1-YS2", material=None)
    session.refresh()
    session.show_panel("problems")
    settle(qtbot, session)
    return session


@pytest.fixture
def table(damaged: Session, open_window: MainWindow, qtbot: QtBot) -> ProblemTable:
    """Its problems, found by all checks."""
    found = open_window.findChild(ProblemTable)
    assert found is not None
    command("check.all")(Context(damaged, open_window))
    settle(qtbot, damaged)
    return found


def settle(qtbot: QtBot, damaged: Session) -> None:
    qtbot.waitUntil(lambda: damaged.is_settled, timeout=20_000)


def rules(damaged: Session, status: str = "open") -> list[str]:
    problems = damaged.checks.problems
    assert problems is not None
    return problems.rules[problems.statuses == status].tolist()  # type: ignore[no-any-return]


def choose_group(table: ProblemTable, key: str) -> None:
    items = [table.groups.list.item(row) for row in range(table.groups.list.count())]
    item = next(one for one in items if one.data(Qt.ItemDataRole.UserRole) == key)
    table.groups.list.scrollToItem(item)
    place = table.groups.list.visualItemRect(item).center()
    QTest.mouseClick(table.groups.list.viewport(), Qt.MouseButton.LeftButton, pos=place)


def click_row(table: ProblemTable, row: int) -> None:
    view = table.table.view
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(view.model().index(row, 2)).center())


def press(table: ProblemTable, text: str) -> None:
    button = next(one for one in table.detail.findChildren(QPushButton) if one.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_an_edit_is_checked_by_itself(damaged: Session) -> None:
    assert {"near-miss", "no-material"} <= set(rules(damaged))


def test_a_group_shows_only_its_problems_and_a_click_flies_there(table: ProblemTable, damaged: Session) -> None:
    asked: list[object] = []
    damaged.view_requested.connect(asked.append)
    choose_group(table, "no-material")
    assert table.table.view.model().rowCount() == 1
    click_row(table, 0)
    assert damaged.selection.pipes.tolist() == [3]
    assert len(asked) == 1
    for by in ("severity", "group", "category"):
        table.groups.by.setCurrentIndex(table.groups.by.findData(by))
        assert table.table.view.model().rowCount() == len(rules(damaged))
    choose_group(table, "YS")
    assert 0 < table.table.view.model().rowCount() < len(rules(damaged))


def test_a_fix_is_looked_at_first_then_applied_and_the_problem_is_gone(
    table: ProblemTable, damaged: Session, qtbot: QtBot
) -> None:
    choose_group(table, "near-miss")
    click_row(table, 0)
    press(table, "Make one point of the two")
    settle(qtbot, damaged)
    assert damaged.checks.ghosts
    entries = damaged.survey.history() if damaged.survey else []
    press(table, "Apply")
    qtbot.waitUntil(lambda: "near-miss" not in rules(damaged), timeout=20_000)
    settle(qtbot, damaged)
    assert damaged.checks.ghosts == ()
    assert damaged.survey is not None
    assert len(damaged.survey.history()) == len(entries) + 1


def test_going_back_from_a_look_changes_nothing(table: ProblemTable, damaged: Session, qtbot: QtBot) -> None:
    choose_group(table, "near-miss")
    click_row(table, 0)
    press(table, "Make one point of the two")
    settle(qtbot, damaged)
    press(table, "Back")
    assert damaged.checks.ghosts == ()
    assert "near-miss" in rules(damaged)


def test_what_is_ignored_leaves_the_list_and_can_be_brought_back(table: ProblemTable, damaged: Session, qtbot: QtBot) -> None:
    choose_group(table, "no-material")
    click_row(table, 0)
    QTest.keyClicks(table.detail.reason, "cannot be told")
    press(table, "Ignore")
    qtbot.waitUntil(lambda: rules(damaged, "ignored") == ["no-material"], timeout=20_000)
    settle(qtbot, damaged)
    table.status.setCurrentIndex(1)
    click_row(table, 0)
    press(table, "Bring back")
    qtbot.waitUntil(lambda: rules(damaged, "ignored") == [], timeout=20_000)


def test_several_are_ignored_together(table: ProblemTable, damaged: Session, qtbot: QtBot) -> None:
    table.table.view.selectAll()
    count = len(rules(damaged))
    assert count > 1
    QTest.keyClicks(table.detail.reason, "a trial")
    press(table, "Ignore")
    qtbot.waitUntil(lambda: len(rules(damaged, "ignored")) == count, timeout=20_000)


@pytest.mark.usefixtures("table")
def test_problems_are_marked_on_the_map_and_the_switch_takes_the_marks_away(damaged: Session) -> None:
    marks = marks_of(damaged)
    assert marks is not None
    assert len(marks.rows) == len(rules(damaged))
    assert set(marks.severities) <= {"error", "warning", "info"}


@pytest.mark.usefixtures("table")
def test_only_the_selection_is_checked(damaged: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    said: list[str] = []
    damaged.message.connect(lambda message: said.append(message.text))
    damaged.select(Selection())
    check_selection(damaged)
    assert "Nothing is selected" in said[-1]
    damaged.select(Selection.of(pipes=[3]))
    command("check.selection")(Context(damaged, open_window))
    settle(qtbot, damaged)
    count = int(said[-1].split(": ")[1].split(";")[0])
    assert 0 < count < len(rules(damaged))
    assert said[-1].endswith("new: 0, solved: 0")
    command("check.area")(Context(damaged, open_window))
    assert "No area" in said[-1]


@pytest.mark.usefixtures("table")
def test_limits_are_set_in_their_list(damaged: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    dialog = show_limits(damaged, open_window)
    assert dialog is not None
    names = list(dialog.wanted())
    row, other = names.index("near-miss"), names.index("no-material")
    limit, on = dialog.table.item(row, LIMIT), dialog.table.item(other, ON)
    assert limit is not None
    assert on is not None
    limit.setText("far")
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    limit.setText("0.1")
    on.setCheckState(Qt.CheckState.Unchecked)
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert damaged.survey is not None
    assert limits_of(damaged.survey).set_to == {"near-miss": "0.1", "no-material": "off"}
    settle(qtbot, damaged)


@pytest.mark.usefixtures("table")
def test_a_size_is_added_to_the_table_of_a_limit(damaged: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    dialog = show_limits(damaged, open_window)
    assert dialog is not None
    names = list(dialog.wanted())
    assert not dialog.add_size.isEnabled()
    dialog.table.setCurrentCell(names.index("flat-drain/300"), LIMIT)
    assert dialog.add_size.isEnabled()
    dialog.add_entry(500)
    assert list(dialog.wanted()).index("flat-drain/500") == names.index("flat-drain/600")
    for name, text in (("flat-drain/500", "1.2"), ("shallow-cover/gas", "0.8")):
        item = dialog.table.item(list(dialog.wanted()).index(name), LIMIT)
        assert item is not None
        item.setText(text)
    if to := os.environ.get("PIPEMAP_SHOT"):
        dialog.grab().save(to)
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert damaged.survey is not None
    assert limits_of(damaged.survey).set_to == {"flat-drain/500": "1.2", "shallow-cover/gas": "0.8"}
    settle(qtbot, damaged)


def test_the_check_button_of_the_panel_runs_all_checks(damaged: Session, open_window: MainWindow, qtbot: QtBot) -> None:
    said: list[str] = []
    damaged.message.connect(lambda message: said.append(message.text))
    panel = open_window.findChild(ProblemTable)
    assert panel is not None
    button = next(one for one in panel.findChildren(QToolButton) if one.text() == "Run checks")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.rect().center() - button.rect().center() / 2)
    settle(qtbot, damaged)
    assert any(text.startswith("Problems found") for text in said)
