"""Patrols in the window: planned from a selection, tracks loaded, the map coloured by time, papers written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from pipemap.gui.patrol_dialog import show_plan
from pipemap.gui.patrol_table import PatrolTable
from pipemap.gui.session import Message, Selection
from pipemap.gui.shares import Shares
from pipemap.gui.window import MainWindow
from tests.gui.surveys import street_file
from tests.jobs.test_patrols import WATER, track_file


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> PatrolTable:
    """The panel on the street."""
    window.session.open(street_file(tmp_path / "street.gpkg"))
    settle(window, qtbot)
    window.session.set_workspace("inspection")
    window.session.show_panel("patrols")
    found = window.findChild(PatrolTable)
    assert isinstance(found, PatrolTable)
    return found


def settle(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    qtbot.waitUntil(lambda: session.network is not None and session.is_settled and not session.tasks.running, timeout=20_000)


def planned(panel: PatrolTable, window: MainWindow, qtbot: QtBot) -> None:
    window.session.select(Selection.of(pipes=WATER))
    dialog = show_plan(window.session, window)
    assert dialog is not None
    assert not dialog.ok.isEnabled()
    dialog.name.setText("Water")
    dialog.valves.setChecked(True)
    dialog.ok.click()
    qtbot.waitUntil(lambda: panel._current is not None, timeout=20_000)
    settle(window, qtbot)


def test_a_round_is_planned_walked_and_shown(panel: PatrolTable, window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    planned(panel, window, qtbot)
    assert panel._current is not None
    assert (panel._current.name, len(panel._current.elements)) == ("Water", 3)
    panel.load([track_file(tmp_path / "a.csv")])
    qtbot.waitUntil(lambda: isinstance(window.session.result, Shares), timeout=20_000)
    settle(window, qtbot)
    result = window.session.result
    assert isinstance(result, Shares)
    assert [(part.label, len(part.pipes)) for part in result.parts] == [("Patrolled", 2), ("Missed", 1)]
    panel.slider.setValue(20)
    early = window.session.result
    assert isinstance(early, Shares)
    assert [len(part.pipes) for part in early.parts] == [1, 2]
    assert "2026-11-25 00:00 UTC" in panel.words.text()
    panel.hand_out(tmp_path / "a.gpx")
    qtbot.waitUntil((tmp_path / "a.gpx").is_file, timeout=20_000)
    settle(window, qtbot)


def test_with_nothing_chosen_the_person_is_told(panel: PatrolTable, window: MainWindow) -> None:
    told: list[Message] = []
    window.session.message.connect(told.append)
    window.session.select(Selection.of(pipes=np.zeros(0, dtype=np.int64)))
    panel.plan()
    assert "Select the pipes" in told[-1].text
