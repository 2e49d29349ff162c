from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pipemap.gui.search_box import SearchBox
from pipemap.gui.window import MainWindow


@pytest.fixture
def box(open_window: MainWindow, qtbot: QtBot) -> Iterator[SearchBox]:
    found = open_window.findChild(SearchBox)
    assert found is not None
    open_window.activateWindow()
    found.take_focus()
    qtbot.waitUntil(found.hasFocus)
    yield found
    found.clearFocus()


def test_typing_an_id_and_enter_flies_to_it(box: SearchBox, qtbot: QtBot) -> None:
    asked: list[object] = []
    box._session.view_requested.connect(asked.append)
    QTest.keyClicks(box, "YS2-YS3")
    QTest.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: box._session.selection.pipes.tolist() == [4])
    assert len(asked) == 1


def test_hits_drop_down_and_are_walked_with_the_arrows(box: SearchBox, qtbot: QtBot) -> None:
    QTest.keyClicks(box, "JS")
    qtbot.waitUntil(lambda: len(box.hits) == 7)
    assert box.drop is not None
    assert box.drop.isVisible()
    assert box.list.item(0).text().startswith("JS1 ")
    QTest.keyClick(box, Qt.Key.Key_Down)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box._session.selection.nodes.tolist() == [1]
    assert not box.drop.isVisible()


def test_a_text_that_nothing_holds_says_so(box: SearchBox, qtbot: QtBot) -> None:
    QTest.keyClicks(box, "zzz")
    qtbot.waitUntil(lambda: box.list.count() == 1)
    assert "zzz" in box.list.item(0).text()
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert box.drop is not None
    assert not box.drop.isVisible()
