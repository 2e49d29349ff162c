from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pipemap.gui.columns import FIRST_COLUMNS, KeptColumns
from pipemap.gui.element_table import PipeTable
from pipemap.gui.session import Selection, Session
from pipemap.gui.window import MainWindow


@pytest.fixture
def table(open_window: MainWindow, qtbot: QtBot) -> PipeTable:
    found = open_window.findChild(PipeTable)
    assert found is not None
    open_window.session.show_panel("pipes")
    qtbot.waitUntil(lambda: open_window.session.is_settled)
    return found


def column(table: PipeTable, name: str) -> list[str]:
    place = [field.name for field in table.model.columns].index(name)
    return [table.model.index(row, place).data() for row in range(table.model.rowCount())]


def settle(table: PipeTable, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: table.session.is_settled)


def add_condition(table: PipeTable, name: str, operator: str, value: str) -> None:
    bar = table.filter_bar
    bar.column.setCurrentIndex(bar.column.findData(name))
    bar.operator.setCurrentIndex(bar.operator.findData(operator))
    if bar.choice.isVisibleTo(bar):
        bar.choice.setCurrentText(value)
        bar.add()
    else:
        bar.value.setFocus()
        QTest.keyClicks(bar.value, value)
        QTest.keyClick(bar.value, Qt.Key.Key_Return)


def test_a_click_on_a_heading_sorts_and_another_turns_the_order(table: PipeTable, qtbot: QtBot) -> None:
    header = table.view.horizontalHeader()
    place = FIRST_COLUMNS["pipe"].index("diameter_mm")
    table.view.scrollTo(table.model.index(0, place))
    for expected in ("100", "600"):
        at = QPoint(header.sectionViewportPosition(place) + 20, 10)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
        settle(table, qtbot)
        assert column(table, "diameter_mm")[0] == expected


def test_conditions_hold_together_and_are_taken_away_by_their_chips(table: PipeTable, qtbot: QtBot) -> None:
    add_condition(table, "category", "=", "JS Water supply")
    add_condition(table, "diameter_mm", ">", "200")
    settle(table, qtbot)
    assert column(table, "id") == ["JS1-JS2", "JS2-JS3"]
    assert table._count.text() == "2 of 5"
    chip = table.filter_bar._chips[1]
    assert chip.text() == "Diameter > 200"
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    settle(table, qtbot)
    assert len(column(table, "id")) == 3


def test_a_number_is_asked_for_where_numbers_are_compared(table: PipeTable) -> None:
    add_condition(table, "diameter_mm", ">", "large")
    assert table.filter_bar.conditions() == []


def test_when_nothing_fulfils_the_conditions_they_can_be_cleared(table: PipeTable, qtbot: QtBot) -> None:
    add_condition(table, "id", "contains", "nowhere")
    settle(table, qtbot)
    assert table._pages.currentIndex() == 2
    table.filter_bar.clear()
    settle(table, qtbot)
    assert table._pages.currentIndex() == 0


def test_rows_and_map_share_one_selection(table: PipeTable) -> None:
    session = table.session
    session.select(Selection.of(nodes=[0], pipes=[1, 3]))
    assert sorted({index.row() for index in table.view.selectedIndexes()}) == [1, 3]
    left, top = 20, table.view.rowViewportPosition(2) + 8
    QTest.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(left, top))
    assert session.selection.pipes.tolist() == [2]
    assert len(session.selection.nodes) == 0
    table.view.setFocus()
    QTest.keyClick(table.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert session.selection.pipes.tolist() == [0, 1, 2, 3, 4]


def test_what_is_selected_while_the_table_is_behind_is_marked_when_it_comes_to_the_front(
    open_window: MainWindow, table: PipeTable, qtbot: QtBot
) -> None:
    open_window.session.show_panel("nodes")
    open_window.session.select(Selection.of(pipes=[4]))
    open_window.session.show_panel("pipes")
    qtbot.waitUntil(lambda: {index.row() for index in table.view.selectedIndexes()} == {4})


def test_rows_are_copied_as_a_spreadsheet_takes_them(table: PipeTable, qtbot: QtBot) -> None:
    table.session.select(Selection.of(pipes=[0, 3]))
    table.view.setFocus()
    table.editing.copy()
    settle(table, qtbot)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("Id\tFrom\tTo\tCategory\tDiameter (mm)")
    assert [line.split("\t")[0] for line in lines[1:]] == ["JS1-JS2", "YS1-YS2"]


@pytest.mark.parametrize("name", ["pipes.csv", "pipes.xlsx"])
def test_rows_shown_are_exported(table: PipeTable, tmp_path: Path, qtbot: QtBot, name: str) -> None:
    add_condition(table, "id", "contains", "YS")
    settle(table, qtbot)
    table.export_rows(tmp_path / name)
    qtbot.waitUntil(lambda: (tmp_path / name).exists() and table.session.is_settled)
    if name.endswith("csv"):
        assert len((tmp_path / name).read_text(encoding="utf-8-sig").splitlines()) == 3


def test_columns_are_chosen_from_a_list_that_stays_open_and_are_kept(table: PipeTable, session: Session) -> None:
    chooser = table.choose_columns(table.mapToGlobal(QPoint(400, 40)))
    QTest.keyClicks(chooser.search, "Road")
    visible = [chooser.list.item(place) for place in range(chooser.list.count()) if not chooser.list.item(place).isHidden()]
    assert [item.text() for item in visible] == ["Road"]
    QTest.mouseClick(chooser.list.viewport(), Qt.MouseButton.LeftButton, pos=chooser.list.visualItemRect(visible[0]).center())
    assert chooser.isVisible()
    assert "road" not in [field.name for field in table.model.columns]
    assert "road" not in KeptColumns(session).names("pipe")
    chooser.reset()
    assert KeptColumns(session).names("pipe") == list(FIRST_COLUMNS["pipe"])
    chooser.close()


def test_columns_file_that_cannot_be_read_is_no_columns_file(session: Session) -> None:
    file = session.settings.path.parent / "columns.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"pipe": [7, "nothing", "id", "id"], "node": 3}', encoding="utf-8")
    assert KeptColumns(session).names("pipe") == ["id"]
    assert KeptColumns(session).names("node") == list(FIRST_COLUMNS["node"])
