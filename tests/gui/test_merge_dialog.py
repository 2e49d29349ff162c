"""Two copies of a survey merged in the window."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pytestqt.qtbot import QtBot

from pipemap.gui.merge_dialog import MergeDialog, show_merge
from pipemap.gui.window import MainWindow
from pipemap.store import create_survey, open_survey
from tests.jobs.test_merging import NODES, PIPES, edit, values
from tests.store.deliveries import delivery


def settle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.session.is_settled, timeout=20_000)


def test_another_copy_is_compared_chosen_from_and_taken_in(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    with create_survey(tmp_path / "a.gpkg") as made:
        made.store(delivery(NODES, PIPES, batch="lot"))
        with made.edit("find") as one:
            one.add("finding", {"pipe": 1, "station": 5.0, "code": "PL", "grade": 2})
    shutil.copyfile(tmp_path / "a.gpkg", tmp_path / "b.gpkg")
    with open_survey(tmp_path / "b.gpkg") as theirs:
        edit(theirs, "pipe", "P0", diameter_mm=600.0, material="PVC")
        with theirs.edit("delete") as one:
            one.delete("pipe", "P2")
            one.write("finding", 1, {"grade": 4, "note": "collapsed"})
    session = window.session
    session.open(tmp_path / "a.gpkg")
    qtbot.waitUntil(lambda: session.network is not None and session.is_settled, timeout=20_000)
    assert session.survey is not None
    edit(session.survey, "pipe", "P0", diameter_mm=400.0)
    with session.survey.edit("grade") as one:
        one.write("finding", 1, {"grade": 3})
    show_merge(session, window, tmp_path / "b.gpkg")
    settle(window, qtbot)
    dialog = window.findChild(MergeDialog)
    assert isinstance(dialog, MergeDialog)
    page = dialog.page
    header = page.details.headerItem()
    assert [header.text(place) for place in (1, 2, 3)] == ["Both started from", "In this survey", "b.gpkg"]
    assert page.standing() == "conflict"
    if to := os.environ.get("PIPEMAP_SHOT"):
        dialog.grab().save(to)
    conflicts = [[page.rows.index(row, column).data() for column in range(3)] for row in range(page.rows.rowCount())]
    assert [row[:2] for row in conflicts] == [["P0", "Pipe"], ["PL · 5.0", "Finding"]]
    assert "Grade: 3 → 4" in conflicts[1][2]
    group = page.groups.topLevelItem(0)
    assert group is not None
    assert [group.text(column) for column in (1, 2, 3)] == ["0", "1", "1"]
    page.table.selectAll()
    page.choose_selected("theirs")
    dialog.act.click()
    settle(window, qtbot)
    assert values(session.survey, "pipe", "diameter_mm") == {"P0": 600.0, "P1": 300.0}
    assert values(session.survey, "pipe", "material")["P0"] == "PVC"
    (finding,) = session.survey.table("finding").to_pylist()
    assert (finding["grade"], finding["note"]) == (4, "collapsed")
