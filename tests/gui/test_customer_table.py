from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pipemap.gui.customer_table import CustomerTable
from pipemap.gui.window import MainWindow
from pipemap.jobs.importing import import_source
from tests.gui.surveys import street_file

LINES = (
    "户号,户名,用户类别,户数,接户点号,横坐标,纵坐标",
    "1,紫荆苑,居民,60,,500020,3400003",
    "2,市一院,医院,,JS2,,",
    "3,丙厂,工业,,,,",
)


@pytest.fixture
def table(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> CustomerTable:
    """The customers of the street, in front."""
    path = street_file(tmp_path / "street.gpkg")
    (tmp_path / "户表.csv").write_text("\n".join(LINES), encoding="utf-8")
    import_source(tmp_path / "户表.csv", path)
    window.session.open(path)
    qtbot.waitUntil(lambda: window.session.network is not None and window.session.is_settled, timeout=20_000)
    window.session.show_panel("customers")
    qtbot.waitUntil(lambda: window.session.is_settled, timeout=20_000)
    found = window.findChild(CustomerTable)
    assert found is not None
    return found


def texts(table: CustomerTable, column: int) -> list[str]:
    model = table.table.view.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_customers_without_supply_come_first_then_the_critical_ones(table: CustomerTable) -> None:
    assert texts(table, 1) == ["丙厂", "市一院", "紫荆苑"]
    assert texts(table, 2) == ["Industry", "Hospital", "Residential"]
    assert texts(table, 3) == ["", "Yes", ""]
    assert texts(table, 4) == ["", "JS2", "JS1-JS2"]
    assert texts(table, 5) == ["No supply: No place", "Recorded", "By place, 3.0 m"]


def test_a_click_selects_what_supplies_a_customer_and_a_double_click_flies(table: CustomerTable) -> None:
    session, view = table._session, table.table.view
    asked: list[object] = []
    session.view_requested.connect(asked.append)
    at = [view.visualRect(view.model().index(row, 1)).center() for row in range(3)]
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at[1])
    assert session.selection.nodes.tolist() == [1]
    assert asked == []
    table.table.activated.emit(table.table.model.records[2])
    assert session.selection.pipes.tolist() == [0]
    assert len(asked) == 1
    table.table.chosen.emit(replace(table.table.model.records[1], node=999))
    assert session.selection.pipes.tolist() == [0]


def test_without_customers_the_panel_says_what_to_do(window: MainWindow) -> None:
    found = window.findChild(CustomerTable)
    assert found is not None
    assert found._pages.currentIndex() == 0
