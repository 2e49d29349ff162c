from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from python_calamine import CalamineWorkbook

from pipemap.analysis.trace import TraceType, trace
from pipemap.gui.result_panel import ResultPanel
from pipemap.gui.short_lists import ShortList
from pipemap.gui.window import MainWindow


@pytest.fixture
def panel(open_window: MainWindow) -> ResultPanel:
    found = open_window.findChild(ResultPanel)
    assert found is not None
    open_window.session.show_panel("result")
    return found


def words(panel: ResultPanel) -> str:
    page = panel._area.widget()
    assert page is not None
    texts = [part.text() for part in page.findChildren(QLabel)]
    for rows in page.findChildren(ShortList):
        items = [item for place in range(rows.topLevelItemCount()) if (item := rows.topLevelItem(place)) is not None]
        texts += [item.text(column) for item in items for column in range(rows.columnCount())]
    return "\n".join(texts)


def ask(panel: ResultPanel, kind: TraceType, start: str, *, end: str | None = None, barriers: tuple[str, ...] = ()) -> None:
    network = panel._session.network
    assert network is not None
    panel._session.set_result(trace(network, start, kind, end=end, barriers=barriers))


@pytest.mark.parametrize("kind", list(TraceType))
def test_every_trace_says_what_was_asked_and_how_much_was_found(panel: ResultPanel, kind: TraceType) -> None:
    ask(panel, kind, "node:JS1", end="node:JS4" if kind in (TraceType.SHORTEST_PATH, TraceType.BETWEEN) else None)
    said = words(panel)
    assert "JS1" in said
    assert "pipes" in said
    assert "closed valves" in said or kind not in (TraceType.UPSTREAM, TraceType.DOWNSTREAM, TraceType.SUBNETWORK)


def test_a_shortest_path_lists_its_pipes_from_start_to_end(panel: ResultPanel) -> None:
    ask(panel, TraceType.SHORTEST_PATH, "node:JS1", end="node:JS4")
    said = words(panel)
    assert "Shortest path from JS1 to JS4" in said
    assert said.index("JS1-JS2") < said.index("JS2-JS3") < said.index("JS3-JS4")


def test_what_stopped_a_trace_is_listed_with_its_reason(panel: ResultPanel) -> None:
    ask(panel, TraceType.CONNECTED, "node:JS1", barriers=("JS2-JS3",))
    assert "JS2-JS3\nBarrier placed" in words(panel)


def test_pipes_followed_without_knowing_their_direction_are_explained(panel: ResultPanel) -> None:
    ask(panel, TraceType.DOWNSTREAM, "node:JS1")
    said = words(panel)
    assert "Direction of flow unknown" in said
    assert "may be too large" in said


def test_a_trace_that_finds_nothing_says_so(panel: ResultPanel) -> None:
    ask(panel, TraceType.LOOPS, "node:JS1")
    assert "No loop is connected with the start." in words(panel)


def test_a_row_is_clicked_and_selected(panel: ResultPanel) -> None:
    ask(panel, TraceType.CONNECTED, "node:JS1", barriers=("JS2-JS3",))
    rows = panel.findChildren(ShortList)[0]
    item = rows.topLevelItem(0)
    assert item is not None
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualItemRect(item).center())
    assert panel._session.selection.pipes.tolist() == [1]


def test_it_is_exported(panel: ResultPanel, tmp_path: Path, qtbot: QtBot) -> None:
    ask(panel, TraceType.CONNECTED, "node:JS1")
    panel.export(tmp_path / "trace.xlsx")
    qtbot.waitUntil(lambda: panel._session.is_settled and (tmp_path / "trace.xlsx").exists())
    book = CalamineWorkbook.from_path(str(tmp_path / "trace.xlsx"))
    assert len(book.get_sheet_by_index(0).to_python()) == 1 + 3


def test_it_follows_the_language(panel: ResultPanel, open_window: MainWindow, qtbot: QtBot) -> None:
    ask(panel, TraceType.CONNECTED, "node:JS1", barriers=("JS2-JS3",))
    open_window.session.settings.set("language", "zh")
    qtbot.waitUntil(lambda: open_window.session.is_settled, timeout=20_000)
    anew = open_window.findChildren(ResultPanel)[-1]
    assert "给水" in words(anew)
