"""Importing what the survey has already: what is shown of it, and what is chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from pipemap.gui.import_dialog import ImportDialog, show_import
from pipemap.gui.window import MainWindow
from pipemap.jobs import import_source

POINTS = """点号,X坐标,Y坐标,地面高程,管线类别,附属物,权属单位
YS1,3400000.000,500000.000,20.00,YS,检修井,市政
YS2,3400000.000,500030.000,20.10,YS,检修井,市政
YS3,3400000.000,500060.000,20.20,YS,出水口,市政
"""
PIPES = """起点点号,终点点号,起点埋深,终点埋深,管径,材质,管线类别
YS1,YS2,2.0,2.1,DN300,PVC,YS
YS2,YS3,2.1,2.2,DN300,PVC,YS
"""


def written(folder: Path, points: str, pipes: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    found = []
    for name, text in (("点.csv", points), ("线.csv", pipes)):
        (folder / name).write_text(text, encoding="utf-8")
        found.append(folder / name)
    return found


@pytest.fixture
def workbench(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> Callable[[str, str], ImportDialog]:
    """The workbench on another delivery of a batch of which one point was edited by hand."""
    target = tmp_path / "town.gpkg"
    import_source(written(tmp_path / "a", POINTS, PIPES), target, batch="一标")
    session = window.session
    session.open(target)
    qtbot.waitUntil(lambda: session.network is not None and session.is_settled, timeout=20_000)
    assert session.survey is not None
    with session.survey.edit("by hand") as edit:
        edit.update("node", "YS2", owner="水务")
    session.refresh()

    def opened(points: str, pipes: str) -> ImportDialog:
        dialog = show_import(session, window, written(tmp_path / "b", points, pipes))
        assert dialog is not None
        settled(dialog)
        dialog.pages.details.edits["name"].setText("一标")
        dialog.pages.details.edits["name"].editingFinished.emit()
        settled(dialog)
        return dialog

    def settled(dialog: ImportDialog) -> None:
        qtbot.waitUntil(
            lambda: (
                session.is_settled
                and dialog._task is None
                and dialog.storing._task is None
                and not dialog._timer.isActive()
                and all(draft.plan is not None for draft in dialog.drafts)
            ),
            timeout=20_000,
        )

    return opened


def test_the_same_again_is_shown_as_the_same(workbench: Callable[[str, str], ImportDialog]) -> None:
    dialog = workbench(POINTS, PIPES)
    page = dialog.pages.comparison
    assert [page.comparison.count(one) for one in ("conflict", "changed", "added", "missing", "same")] == [0, 0, 0, 0, 5]
    assert "5 are there already as they are" in dialog.state.text()
    dialog.close()


def test_a_conflict_comes_to_the_front_and_is_decided_field_by_field(
    workbench: Callable[[str, str], ImportDialog], window: MainWindow, qtbot: QtBot
) -> None:
    dialog = workbench(POINTS.replace("20.10,YS,检修井,市政", "20.50,YS,检修井,排水公司"), PIPES)
    page = dialog.pages.comparison
    assert dialog.pages.currentWidget() is page
    assert dialog.pages.tabText(dialog.pages.indexOf(page)) == "Comparison (1 in conflict)"
    assert page.standing() == "conflict"
    owner = page.details.topLevelItem(0)
    assert owner is not None
    assert [owner.text(column) for column in range(4)] == ["Owner", "市政", "水务", "排水公司"]
    box = page.details.itemWidget(owner, 4)
    assert isinstance(box, QComboBox)
    assert [box.itemText(place) for place in range(box.count())] == ["Decide later", "Take theirs", "Keep ours"]
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    box.activated.emit(box.currentIndex())
    assert "In conflict" not in dialog.state.text()
    dialog.store_button.click()
    session = window.session
    survey = session.survey
    assert survey is not None
    qtbot.waitUntil(lambda: session.is_settled and dialog.is_over, timeout=20_000)
    record = survey.record("node", 2)
    assert (record["owner"], record["ground"]) == ("排水公司", 20.5)
    survey.undo()
    assert survey.record("node", 2)["owner"] == "水务"


def test_missing_elements_are_retired_and_new_ones_left_out_when_chosen(
    workbench: Callable[[str, str], ImportDialog], window: MainWindow, qtbot: QtBot
) -> None:
    points = POINTS.replace(
        "YS3,3400000.000,500060.000,20.20,YS,出水口,市政\n", "YS7,3400000.000,500090.000,20.20,YS,出水口,市政\n"
    )
    pipes = PIPES.replace("YS2,YS3", "YS2,YS7")
    dialog = workbench(points, pipes)
    page = dialog.pages.comparison
    box = page._choices["missing"]
    box.setCurrentIndex(box.findData("retire"))
    box.activated.emit(box.currentIndex())
    item = page.groups.topLevelItem(2)
    assert item is not None
    page.groups.setCurrentItem(item)
    assert page.rows.rowCount() == 2
    page.table.selectAll()
    page.choose_selected("ours")
    assert page.rows.data(page.rows.index(0, 5)) == "Leave out"
    assert "2 of the batch are no longer delivered and are retired." in dialog.state.text()
    dialog.store_button.click()
    survey = window.session.survey
    assert survey is not None
    qtbot.waitUntil(lambda: window.session.is_settled and dialog.is_over, timeout=20_000)
    assert survey.network.node_count == 3
    assert survey.record("node", 3)["lifecycle"] == "abandoned"


def test_the_filter_finds_elements_by_id(workbench: Callable[[str, str], ImportDialog]) -> None:
    dialog = workbench(POINTS, PIPES)
    page = dialog.pages.comparison
    page.filter.setText("ys3")
    assert [page.rows.data(page.rows.index(row, 0)) for row in range(page.rows.rowCount())] == ["YS3", "YS2-YS3"]
    dialog.close()
