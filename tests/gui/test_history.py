"""The history panel, looking back, and what is looked after when a survey opens; driven as a person does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QPushButton
from pytestqt.qtbot import QtBot

from pipemap.gui.commands import Context, command
from pipemap.gui.history_details import HistoryDetails
from pipemap.gui.history_table import HistoryTable
from pipemap.gui.looking_back import compare, look_back
from pipemap.gui.past_band import PastBand
from pipemap.gui.past_dialog import PastDialog
from pipemap.gui.session import Session
from pipemap.gui.shares import Shares
from pipemap.gui.strip import Strip
from pipemap.gui.window import MainWindow
from tests.store.deliveries import foreign


def settle(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)


@pytest.fixture
def panel(qtbot: QtBot, open_window: MainWindow, session: Session) -> HistoryTable:
    """The panel in front, with two edits after the import."""
    survey = session.survey
    assert survey is not None
    with survey.edit("close", author="Ann") as edit:
        edit.update("node", 1, note="closed on site")
    with survey.edit("take away", author="Li") as edit:
        edit.delete("pipe", 1)
    session.refresh()
    session.show_panel("history")
    settle(qtbot, session)
    found = open_window.findChild(HistoryTable)
    assert found is not None
    qtbot.waitUntil(lambda: found.details.looked is not None)
    return found


def choose(qtbot: QtBot, panel: HistoryTable, session: Session, entry: int) -> HistoryDetails:
    row = next(row for row, one in enumerate(panel.model.entries) if one.id == entry)
    QTest.mouseClick(
        panel.view.viewport(), Qt.MouseButton.LeftButton, pos=panel.view.visualRect(panel.model.index(row, 1)).center()
    )
    qtbot.waitUntil(lambda: panel.details.entry is not None and panel.details.entry.id == entry)
    qtbot.waitUntil(lambda: panel.details.looked is not None)
    settle(qtbot, session)
    return panel.details


def click(button: QAbstractButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_panel_tells_what_a_change_did_and_takes_it_back(qtbot: QtBot, panel: HistoryTable, session: Session) -> None:
    assert [entry.label for entry in panel.model.entries[:2]] == ["take away", "close"]
    details = choose(qtbot, panel, session, 2)
    item = details.list.topLevelItem(0)
    assert item is not None
    assert [item.text(column) for column in (1, 2, 3)] == ["Note", "–", "closed on site"]
    click(details.go)
    assert session.selection.nodes.tolist() == [0]
    click(details.undo)
    settle(qtbot, session)
    assert session.survey is not None
    assert session.survey.record("node", 1)["note"] is None
    assert panel.model.entries[0].undoes == 2


def test_what_stands_in_the_way_is_named_and_the_rest_taken_back(qtbot: QtBot, panel: HistoryTable, session: Session) -> None:
    details = choose(qtbot, panel, session, 1)
    assert not details.undo.isVisible()
    assert "3 take away" in details._way.text()
    details._way.linkActivated.emit("3")
    qtbot.waitUntil(lambda: details.entry is not None and details.entry.id == 3)
    details = choose(qtbot, panel, session, 1)
    click(details.part)
    settle(qtbot, session)
    assert session.network is not None
    assert session.network.node_fid.tolist() == [1]  # the one that was edited
    assert session.network.pipe_count == 0


def test_marked_rows_alone_are_taken_back(qtbot: QtBot, panel: HistoryTable, session: Session) -> None:
    assert session.survey is not None
    with session.survey.edit("two", author="Ann") as edit:
        edit.update("node", 2, note="a")
        edit.update("node", 3, note="b")
    session.refresh()
    settle(qtbot, session)
    details = choose(qtbot, panel, session, 4)
    item = details.list.topLevelItem(1)
    assert item is not None
    QTest.mouseClick(details.list.viewport(), Qt.MouseButton.LeftButton, pos=details.list.visualItemRect(item).center())
    click(details.rows)
    settle(qtbot, session)
    assert session.survey.record("node", 2)["note"] == "a"
    assert session.survey.record("node", 3)["note"] is None


def test_the_history_is_filtered_in_the_window(qtbot: QtBot, panel: HistoryTable, session: Session) -> None:
    panel.filter.author.setText("Ann")
    qtbot.waitUntil(lambda: [entry.id for entry in panel.model.entries] == [2])
    panel.filter.author.clear()
    qtbot.waitUntil(lambda: len(panel.model.entries) == 3)
    panel.filter.where.setCurrentIndex(1)
    qtbot.waitUntil(lambda: panel.model.entries == [])
    session.select_element("node", 0)
    qtbot.waitUntil(lambda: [entry.id for entry in panel.model.entries] == [2, 1])


def test_the_survey_is_shown_as_it_was_and_as_it_is_again(
    qtbot: QtBot, panel: HistoryTable, session: Session, open_window: MainWindow
) -> None:
    assert session.network is not None
    now = session.network.pipe_count
    session.select_element("node", 0)
    click(choose(qtbot, panel, session, 3).before)
    qtbot.waitUntil(lambda: session.present is not None)
    settle(qtbot, session)
    assert session.network.pipe_count == now + 1
    assert session.selection.nodes.tolist() == [0]
    assert session.survey is not None
    assert session.survey.record("pipe", 1)["fid"] == 1
    assert session.survey.find("P1") or session.survey.find(session.network.pipe_ids[0])
    assert "after change 2" in open_window.windowTitle()
    band = open_window.findChild(PastBand)
    assert band is not None
    assert band.isVisible()
    assert not command("edit.undo").enabled(session)
    look_back(session, "#1")  # from the past to another past
    qtbot.waitUntil(lambda: session.survey is not None and session.survey.moment is not None and session.survey.moment.entry == 1)
    settle(qtbot, session)
    click(band.back)
    settle(qtbot, session)
    assert session.present is None
    assert not band.isVisible()
    assert session.network.pipe_count == now
    assert not session.survey.read_only


def test_two_dates_are_compared_on_the_map(qtbot: QtBot, panel: HistoryTable, session: Session) -> None:
    assert panel.isVisible()
    compare(session, "#1", "now")
    qtbot.waitUntil(lambda: isinstance(session.result, Shares), timeout=20_000)
    settle(qtbot, session)
    parts = {part.label: (len(part.nodes), len(part.pipes)) for part in session.result.parts}
    assert parts == {"Removed": (0, 1), "Changed": (1, 0)}
    command("edit.now")(panel_context(panel, session))
    settle(qtbot, session)
    assert session.result is None


def panel_context(panel: HistoryTable, session: Session) -> Context:
    window = panel.window()
    assert isinstance(window, MainWindow)
    return Context(session, window)


def test_a_date_is_asked_for(qtbot: QtBot, panel: HistoryTable, session: Session, open_window: MainWindow) -> None:
    assert panel.isVisible()
    command("edit.past")(open_window.context)
    dialog = open_window.findChild(PastDialog)
    assert dialog is not None
    dialog.first.at.setChecked(True)
    assert dialog.first.text().endswith("T00:00")
    click(dialog.act)
    qtbot.waitUntil(lambda: session.present is not None, timeout=20_000)
    settle(qtbot, session)
    assert session.network is not None
    assert session.network.node_count == 0  # yesterday there was nothing
    session.close()
    assert session.present is None


def test_foreign_edits_are_shown_on_opening_and_taken_in(qtbot: QtBot, open_window: MainWindow, session: Session) -> None:
    assert session.survey is not None
    path = session.survey.path
    session.close()
    with foreign(path) as other:
        other.execute("UPDATE node SET note = 'QGIS' WHERE fid = 1")
    session.open(path)
    qtbot.waitUntil(lambda: session.network is not None, timeout=20_000)
    settle(qtbot, session)
    (strip,) = [one for one in open_window.findChildren(Strip) if "Another program" in one.message.text]
    assert "– → QGIS" in strip.message.details
    click(next(one for one in strip.findChildren(QPushButton) if one.text() == "Take into the history"))
    settle(qtbot, session)
    assert session.survey is not None
    assert session.survey.foreign_edits() == []
    assert session.survey.disagreements() == ()
