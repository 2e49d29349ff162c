from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot

from pipemap.gui.layers_panel import COUNT, EYE, NAME, LayersPanel, category_rows, grouped
from pipemap.gui.session import Session
from pipemap.gui.window import MainWindow

CHECKED, PARTLY, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.PartiallyChecked, Qt.CheckState.Unchecked


@pytest.fixture
def panel(open_window: MainWindow) -> LayersPanel:
    return next(iter(open_window.findChildren(LayersPanel)))


def _item(panel: LayersPanel, code: str) -> QTreeWidgetItem:
    tree = panel.tree
    tops = [tree.topLevelItem(place) for place in range(tree.topLevelItemCount())]
    items = [item for item in tops if item is not None]
    items += [child for item in list(items) for place in range(item.childCount()) if (child := item.child(place)) is not None]
    return next(item for item in items if item.data(NAME, Qt.ItemDataRole.UserRole) == code)


def _eye(panel: LayersPanel, code: str) -> QPoint:
    place = panel.tree.visualRect(panel.tree.indexFromItem(_item(panel, code), EYE))
    return place.center()


def test_categories_stand_with_their_counts_and_colours(panel: LayersPanel) -> None:
    assert _item(panel, "JS").text(COUNT) == "3"
    assert _item(panel, "PS").text(COUNT) == "2"
    assert _item(panel, "YS").parent() is _item(panel, "PS")
    assert not _item(panel, "YS").icon(NAME).isNull()
    assert "Water supply" in _item(panel, "JS").text(NAME)


def test_the_eye_hides_a_category_and_shows_it_again(panel: LayersPanel, session: Session) -> None:
    QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, _eye(panel, "JS"))
    assert session.look.hidden == {"JS"}
    assert panel.tree.state_of(_item(panel, "JS")) is UNCHECKED
    QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, _eye(panel, "JS"))
    assert session.look.hidden == frozenset()


def test_hiding_a_major_category_hides_what_is_under_it(panel: LayersPanel, session: Session) -> None:
    panel.tree.toggle(_item(panel, "PS"))
    assert panel.tree.state_of(_item(panel, "YS")) is UNCHECKED
    panel.tree.toggle(_item(panel, "YS"))
    assert panel.tree.state_of(_item(panel, "PS")) is CHECKED
    assert session.look.hidden == frozenset()


def test_a_major_category_shown_in_part_says_so(panel: LayersPanel, session: Session) -> None:
    major, sub = _item(panel, "PS"), _item(panel, "YS")
    extra = QTreeWidgetItem(["WS", "1", ""])
    extra.setData(NAME, Qt.ItemDataRole.UserRole, "WS")
    major.addChild(extra)
    panel.tree.toggle(sub)
    assert session.look.hidden == {"YS"}
    assert panel.tree.state_of(major) is PARTLY
    panel.tree.toggle(major)
    assert session.look.hidden == frozenset()


def test_space_toggles_the_current_line(panel: LayersPanel, session: Session) -> None:
    panel.tree.setCurrentItem(_item(panel, "JS"))
    QTest.keyClick(panel.tree, Qt.Key.Key_Space)
    assert session.look.hidden == {"JS"}


def test_only_one_and_all_and_none(panel: LayersPanel, session: Session) -> None:
    panel.tree.show_only(_item(panel, "YS"))
    assert session.look.hidden == {"JS"}
    panel.tree.show_all(shown=False)
    assert session.look.hidden == {"JS", "PS"}
    panel.tree.show_all(shown=True)
    assert session.look.hidden == frozenset()


def test_all_of_a_category_can_be_selected(panel: LayersPanel, session: Session) -> None:
    panel.tree.select_all_of(_item(panel, "PS"))
    assert len(session.selection.pipes) == 2
    assert len(session.selection.nodes) == 3


def test_sliders_and_switches_change_the_look_and_follow_it(panel: LayersPanel, session: Session, qtbot: QtBot) -> None:
    panel.ground.setValue(70)
    assert session.look.ground_opacity == pytest.approx(0.7)
    panel.switches["labels"].setChecked(False)
    assert "labels" in session.look.hidden_parts
    panel.colour_by.setCurrentIndex(panel.colour_by.findData("material"))
    panel.colour_by.activated.emit(panel.colour_by.currentIndex())
    assert session.look.colour_by == "material"
    session.set_look(replace(session.look, exaggeration=3.0, colour_by="category"))
    assert panel.exaggeration.value() == 6
    assert panel.colour_by.currentData() == "category"
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)


def test_every_field_offered_can_colour_the_map(panel: LayersPanel, session: Session, qtbot: QtBot) -> None:
    heard: list[object] = []
    session.message.connect(heard.append)
    session.crashed.connect(heard.append)
    for place in range(panel.colour_by.count()):
        session.set_look(replace(session.look, colour_by=panel.colour_by.itemData(place)))
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)
    assert not heard


def test_rows_are_in_the_order_of_the_standard_and_sums_are_right(open_window: MainWindow) -> None:
    network = open_window.session.network
    assert network is not None
    parts = grouped(category_rows(network, dark=False))
    assert [major.code for major, _rows in parts] == ["JS", "PS"]
    assert sum(major.pipes for major, _rows in parts) == network.pipe_count
    assert sum(major.length for major, _rows in parts) == pytest.approx(float(network.weight.sum()))


def test_an_empty_session_shows_an_empty_tree(session: Session, qtbot: QtBot) -> None:
    panel = LayersPanel(session)
    qtbot.addWidget(panel)
    assert panel.tree.topLevelItemCount() == 0
    assert not panel.ground.isEnabled()
