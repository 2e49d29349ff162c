from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pipemap.gui.problem_table import ProblemTable
from pipemap.gui.session import Session
from pipemap.gui.window import MainWindow
from pipemap.model.delivery import Delivery
from pipemap.model.problem import Problem
from pipemap.store import create_survey
from tests.gui.surveys import street

PROBLEMS = (
    Problem("remark", "info", "street.csv:1", "A remark.", layer="node", element="JS1"),
    Problem("rises", "warning", "street.csv:2", "Pipe {pipe} rises.", {"pipe": "YS1-YS2"}, "pipe", "YS1-YS2"),
    Problem("missing-node", "error", "street.csv:3", "Node {node} is missing.", {"node": "JS9"}, "node", "JS9"),
)


@pytest.fixture
def table(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> ProblemTable:
    """The problems of the street, in front."""
    from dataclasses import replace

    delivery: Delivery = replace(street(), problems=PROBLEMS)
    with create_survey(tmp_path / "street.gpkg") as survey:
        survey.store(delivery)
    window.session.open(tmp_path / "street.gpkg")
    qtbot.waitUntil(lambda: window.session.network is not None and window.session.is_settled, timeout=20_000)
    window.session.show_panel("problems")
    found = window.findChild(ProblemTable)
    assert found is not None
    return found


def texts(table: ProblemTable, column: int) -> list[str]:
    model = table.table.view.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_problems_are_listed_worst_first_in_words(table: ProblemTable) -> None:
    assert texts(table, 0) == ["Error", "Warning", "Remark"]
    assert texts(table, 2) == ["Node JS9 is missing.", "Pipe YS1-YS2 rises.", "A remark."]


def test_a_click_selects_what_the_problem_is_about_and_flies_there(table: ProblemTable) -> None:
    session: Session = table._session
    asked: list[object] = []
    session.view_requested.connect(asked.append)
    view = table.table.view
    at = view.visualRect(view.model().index(1, 2)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert session.selection.pipes.tolist() == [3]
    assert len(asked) == 1


def test_a_problem_of_an_element_that_is_not_there_says_so(table: ProblemTable) -> None:
    said: list[str] = []
    table._session.message.connect(lambda message: said.append(message.text))
    view = table.table.view
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(view.model().index(0, 2)).center())
    assert said == ["JS9 is not in the survey"]


def test_a_text_filters_the_rows_and_what_is_left_is_exported(table: ProblemTable, tmp_path: Path, qtbot: QtBot) -> None:
    QTest.keyClicks(table.table.filter, "rises")
    assert texts(table, 1) == ["YS1-YS2"]
    assert table.table._count.text() == "1 of 3"
    table.table.export_rows(tmp_path / "problems.csv")
    qtbot.waitUntil(lambda: (tmp_path / "problems.csv").exists() and table._session.is_settled)
    assert len((tmp_path / "problems.csv").read_text(encoding="utf-8-sig").splitlines()) == 2


def test_a_file_that_cannot_be_written_is_said(table: ProblemTable, tmp_path: Path, qtbot: QtBot) -> None:
    errors: list[str] = []
    table._session.message.connect(lambda message: errors.append(message.level))
    table.table.export_rows(tmp_path / "no such folder" / "problems.csv")
    qtbot.waitUntil(lambda: errors == ["error"])
