"""Acceptance by sampling in the window."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pipemap.gui.acceptance_dialog import _COLUMNS, AcceptanceDialog, show_acceptance
from pipemap.gui.window import MainWindow
from pipemap.store import create_survey
from tests.jobs.test_quality import NODES, PIPES
from tests.store.deliveries import delivery


def settle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.session.is_settled, timeout=20_000)


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> AcceptanceDialog:
    """The page of a batch of 45 points."""
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(NODES, PIPES, batch="lot"))
    window.session.open(tmp_path / "a.gpkg")
    qtbot.waitUntil(lambda: window.session.network is not None and window.session.is_settled, timeout=20_000)
    found = show_acceptance(window.session, window, "lot")
    settle(window, qtbot)
    return found


def typed(dialog: AcceptanceDialog, row: int, name: str, text: str) -> None:
    item = dialog.points.item(row, _COLUMNS.index(name))
    assert item is not None
    item.setText(text)


def test_points_are_drawn_measured_and_judged(dialog: AcceptanceDialog, window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    for made in dialog.draw_buttons.values():
        made.click()
        settle(window, qtbot)
    assert dialog.now is not None
    assert [one.drawn for one in dialog.now.judged] == [1, 2, 3]
    dialog.verdict_button.click()
    settle(window, qtbot)
    assert "Measurements missing" in dialog.told.text()
    for row, point in enumerate(dialog.now.points):
        for name, value in (("check_x", point.x), ("check_y", point.y), ("check_depth", 2.02)):
            typed(dialog, row, name, f"{value}")
            settle(window, qtbot)
    if to := os.environ.get("PIPEMAP_SHOT"):
        dialog.grab().save(to)
    assert dialog.now.outcome == "passed"
    dialog.verdict_button.click()
    settle(window, qtbot)
    dialog.print_report("quality", tmp_path / "q.html")
    settle(window, qtbot)
    assert "Passed" in (tmp_path / "q.html").read_text(encoding="utf-8")


def test_what_is_no_number_is_refused_and_the_cell_is_as_before(
    dialog: AcceptanceDialog, window: MainWindow, qtbot: QtBot
) -> None:
    dialog.draw("excavation")
    settle(window, qtbot)
    typed(dialog, 0, "check_depth", "deep")
    settle(window, qtbot)
    assert "deep" in dialog.told.text()
    item = dialog.points.item(0, _COLUMNS.index("check_depth"))
    assert item is not None
    assert item.text() == ""


def test_a_sheet_goes_out_and_comes_back(dialog: AcceptanceDialog, window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    dialog.draw("excavation")
    settle(window, qtbot)
    dialog.save_sheet(tmp_path / "m.csv")
    settle(window, qtbot)
    assert (tmp_path / "m.csv").exists()
    assert dialog.now is not None
    rows = [f"{one.id},{one.x},{one.y},2.5" for one in dialog.now.points]
    (tmp_path / "m.csv").write_text("\n".join(["Point,Check east (m),Check north (m),Check depth (m)", *rows]), encoding="utf-8")
    dialog.read_sheet(tmp_path / "m.csv")
    settle(window, qtbot)
    assert dialog.now.of("excavation").over == 3
    assert dialog.draw_buttons["excavation"].isEnabled()
