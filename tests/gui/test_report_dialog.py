"""Reports in the window: written on another thread, registered, in a language of their own; papers of a plan that is shown."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pipemap.gui.commands import command
from pipemap.gui.report_dialog import ReportDialog
from pipemap.gui.session import Session
from pipemap.gui.shutoff_tools import planner
from pipemap.gui.trace_question import Place
from pipemap.gui.window import MainWindow
from pipemap.texts import language


@pytest.fixture
def dialog(open_window: MainWindow) -> ReportDialog:
    """The dialog on the street."""
    command("file.report")(open_window.context)
    found = open_window.findChild(ReportDialog)
    assert found is not None
    found.pictures.setChecked(False)
    return found


def choose(dialog: ReportDialog, ending: str) -> None:
    dialog.form.setCurrentIndex(dialog.form.findData(ending))


def run(qtbot: QtBot, session: Session, dialog: ReportDialog) -> Path:
    to = Path(dialog.target.text())
    QTest.mouseClick(dialog.write_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.is_settled and not dialog.is_busy, timeout=30_000)
    return to


def test_a_report_is_written_in_a_language_of_its_own(qtbot: QtBot, session: Session, dialog: ReportDialog) -> None:
    choose(dialog, ".docx")
    dialog.tongue.setCurrentIndex(dialog.tongue.findData("zh"))
    dialog.recipient.setText("Water works")
    to = run(qtbot, session, dialog)
    assert "管线统计报告" in "\n".join(one.text for one in docx.Document(str(to)).paragraphs)
    assert language() == "en"
    assert session.survey is not None
    assert session.survey.hand_outs()[-1].recipient == "Water works"
    assert Path(dialog.target.text()) != to


def test_a_file_that_is_there_is_replaced_only_when_the_person_says_so(
    qtbot: QtBot, session: Session, dialog: ReportDialog
) -> None:
    choose(dialog, ".html")
    to = Path(dialog.target.text())
    to.write_text("mine")
    run(qtbot, session, dialog)
    assert to.read_text() == "mine"
    assert dialog.replace_button.isVisible()
    QTest.mouseClick(dialog.replace_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.is_settled and not dialog.is_busy, timeout=30_000)
    assert to.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_map_is_drawn_beside_the_window(qtbot: QtBot, session: Session, dialog: ReportDialog) -> None:
    choose(dialog, ".html")
    dialog.pictures.setChecked(True)
    assert "data:image/" in run(qtbot, session, dialog).read_text(encoding="utf-8")


def test_a_plan_that_is_shown_has_papers(qtbot: QtBot, session: Session, open_window: MainWindow) -> None:
    assert session.network is not None
    element = session.network.element("pipe:JS2-JS3")
    planner(session).plan_for((Place.of(session.network, element),))
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)
    command("shutoff.ticket")(open_window.context)
    dialog = open_window.findChild(ReportDialog)
    assert dialog is not None
    assert {"inventory", "shutoff", "return", "notice"} <= {dialog.kind.itemData(place) for place in range(dialog.kind.count())}
    assert dialog.kind.currentData() == "shutoff"
    dialog.words.reason.setText("burst")
    dialog.pictures.setChecked(False)
    choose(dialog, ".html")
    told = run(qtbot, session, dialog).read_text(encoding="utf-8")
    assert "JS2" in told
    assert "burst" in told
    command("shutoff.notice")(open_window.context)
    assert dialog.kind.currentData() == "notice"
    run(qtbot, session, dialog)
    assert "lacks" in dialog.state.text()


def test_a_survey_that_can_only_be_read_writes_nothing(
    qtbot: QtBot, session: Session, window: MainWindow, street_path: Path
) -> None:
    from pipemap.store import open_survey

    with open_survey(street_path):
        session.open(street_path)
        qtbot.waitUntil(lambda: session.network is not None and session.is_settled, timeout=20_000)
        command("file.report")(window.context)
        dialog = window.findChild(ReportDialog)
        assert dialog is not None
        assert not dialog.write_button.isEnabled()
        session.close()
