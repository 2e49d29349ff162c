"""Inspections in the window: looked at, matched otherwise, stored, taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pipemap.gui.commands import command
from pipemap.gui.inspection_import import InspectionImport, leads_here, show_unmatched
from pipemap.gui.session import Selection, Session
from pipemap.gui.window import MainWindow
from pipemap.jobs.findings import list_findings
from tests.formats.inspections.files import CCTV


@pytest.fixture
def cctv(tmp_path: Path) -> Path:
    path = tmp_path / "cctv.csv"
    path.write_text(CCTV + "e.mp4,X1,X2,顺流,9,9,600,2024-05-01,1,PL,1,,,\n", encoding="utf-8")
    return path


def settle(qtbot: QtBot, session: Session, page: InspectionImport) -> None:
    qtbot.waitUntil(lambda: session.is_settled and not page.is_busy, timeout=30_000)


@pytest.fixture
def page(qtbot: QtBot, open_window: MainWindow, session: Session, cctv: Path) -> InspectionImport:
    """The page, as dropping the file on the window opens it."""
    open_window.open_paths([cctv])
    found = open_window.findChild(InspectionImport)
    assert found is not None
    settle(qtbot, session, found)
    return found


def choose(page: InspectionImport, row: int) -> None:
    page.table.chosen.emit(page.table.model.record(page.table.model.index(row, 0)))


def pipes(page: InspectionImport) -> list[str]:
    model = page.table.model
    return [model.data(model.index(row, 2)) for row in range(model.rowCount())]


def test_files_of_inspections_lead_to_their_own_page(page: InspectionImport, session: Session) -> None:
    assert pipes(page) == ["YS1-YS2", "YS2-YS3", "YS1-YS2, YS2-YS3", ""]
    assert session.survey is not None
    assert list_findings(session.survey) == ()
    assert page.problems.model.rowCount() > 0


def test_a_click_shows_the_pipes_on_the_map(page: InspectionImport, session: Session) -> None:
    choose(page, 2)
    assert session.network is not None
    assert [session.network.pipe_ids[row] for row in session.selection.pipes] == ["YS1-YS2", "YS2-YS3"]


def test_a_match_is_changed_stored_and_undone(
    page: InspectionImport, session: Session, open_window: MainWindow, qtbot: QtBot
) -> None:
    choose(page, 3)
    page.from_node.setText("YS2")
    page.to_node.setText("YS3")
    QTest.mouseClick(page.match_button, Qt.MouseButton.LeftButton)
    settle(qtbot, session, page)
    assert pipes(page)[3] == "YS2-YS3"
    choose(page, 0)
    QTest.mouseClick(page.none_button, Qt.MouseButton.LeftButton)
    settle(qtbot, session, page)
    assert pipes(page)[0] == ""
    QTest.mouseClick(page.store_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.is_settled, timeout=30_000)
    assert session.survey is not None
    assert [one.pipe_id for one in list_findings(session.survey)] == ["", "", "YS2-YS3", "YS2-YS3", "YS2-YS3", "YS2-YS3"]
    command("edit.undo")(open_window.context)
    qtbot.waitUntil(lambda: session.is_settled, timeout=30_000)
    assert list_findings(session.survey) == ()


def test_the_pipe_selected_on_the_map_becomes_the_match(page: InspectionImport, session: Session, qtbot: QtBot) -> None:
    choose(page, 3)
    session.select(Selection.of(nodes=[], pipes=[3]))
    QTest.mouseClick(page.map_button, Qt.MouseButton.LeftButton)
    settle(qtbot, session, page)
    assert pipes(page)[3] == "YS1-YS2"


def test_survey_tables_do_not_lead_there(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("点号,X,Y\nA,1,2\n", encoding="utf-8")
    assert not leads_here([path])


def test_those_of_the_survey_without_a_pipe_are_matched_in_the_same_page(
    page: InspectionImport, session: Session, open_window: MainWindow, qtbot: QtBot
) -> None:
    QTest.mouseClick(page.store_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.is_settled, timeout=30_000)
    again = show_unmatched(session, open_window)
    assert again is not None
    settle(qtbot, session, again)
    assert pipes(again) == [""]
    choose(again, 0)
    again.pipe.setText("YS1-YS2")
    QTest.mouseClick(again.match_button, Qt.MouseButton.LeftButton)
    settle(qtbot, session, again)
    QTest.mouseClick(again.store_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.is_settled, timeout=30_000)
    assert session.survey is not None
    assert all(one.pipe_id for one in list_findings(session.survey))
