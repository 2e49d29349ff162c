from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from pipemap.gui.parts import label
from pipemap.gui.property_panel import Link, PropertyPanel
from pipemap.gui.session import Selection, Session
from pipemap.gui.short_lists import ShortList
from pipemap.gui.window import MainWindow


def words(panel: PropertyPanel) -> str:
    page = panel._area.widget()
    assert page is not None
    return "\n".join(part.text() for part in page.findChildren(QLabel))


def panel_of(window: MainWindow) -> PropertyPanel:
    return window.findChildren(PropertyPanel)[-1]  # the newest, where another language has just replaced it


@pytest.mark.usefixtures("qapp")
def test_a_word_that_no_line_breaks_in_is_shortened() -> None:
    name = "BellingeSWMM_v021_nopervious_and_more"
    made = label(name, wrap=True, selectable=True)
    assert made.text() == name
    assert made.minimumSizeHint().width() < label(name).minimumSizeHint().width() / 2


def test_a_pipe_says_its_size_its_depth_and_why_it_flows_that_way(open_window: MainWindow) -> None:
    session = open_window.session
    session.select_element("pipe", session.network.pipe_ids.rows("YS1-YS2")[0] if session.network else 0)
    said = words(panel_of(open_window))
    for expected in ("YS1-YS2", "DN600", "600 mm", "2.000 m (Invert)", "YS1 → YS2", "Because of", "Street"):
        assert expected in said
    assert "No evidence" not in said


def test_a_pipe_whose_direction_nobody_knows_says_so(open_window: MainWindow) -> None:
    open_window.session.select_element("pipe", 0)
    said = words(panel_of(open_window))
    assert "Unknown" in said
    assert "No evidence" in said


def test_a_node_says_where_it_is_and_which_pipes_meet_there(open_window: MainWindow) -> None:
    open_window.session.select_element("node", 1)
    said = words(panel_of(open_window))
    for expected in ("JS2", "500040.000 m", "3400000.000 m", "20.100 m", "Pipes (2)"):
        assert expected in said


def test_an_id_in_it_is_clicked_and_selected(open_window: MainWindow, qtbot: QtBot) -> None:
    session = open_window.session
    session.select_element("node", 1)
    link = next(one for one in panel_of(open_window).findChildren(Link) if one.accessibleName() == "JS1-JS2")
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.selection.pipes.tolist() == [0])
    assert "JS1-JS2" in words(panel_of(open_window))


def test_many_elements_are_summed_and_narrowed_by_a_click(open_window: MainWindow) -> None:
    session = open_window.session
    session.select(Selection.of(nodes=[0, 1], pipes=[0, 1, 2, 3]))
    panel = panel_of(open_window)
    assert "6 elements selected" in words(panel)
    rows = panel.findChildren(ShortList)[0]
    items = [item for place in range(rows.topLevelItemCount()) if (item := rows.topLevelItem(place)) is not None]
    item = next(item for item in items if "YS" in item.text(0))
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualItemRect(item).center())
    assert session.selection.pipes.tolist() == [3]


def test_it_follows_theme_and_language(open_window: MainWindow, qtbot: QtBot) -> None:
    session = open_window.session
    session.select_element("pipe", 3)
    session.settings.set("theme", "dark")
    assert "YS1-YS2" in words(panel_of(open_window))
    session.settings.set("language", "zh")
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)  # texts are written anew once work under way is over
    assert "YS1-YS2" in words(panel_of(open_window))
    assert "雨水" in words(panel_of(open_window))


def test_it_is_built_only_where_it_is_seen(open_window: MainWindow, session: Session) -> None:
    panel = panel_of(open_window)
    session.show_panel("result")
    session.select_element("pipe", 0)
    assert "JS1-JS2" not in words(panel)
    session.show_panel("properties")
    assert "JS1-JS2" in words(panel)


def test_a_length_is_called_3d_only_where_it_was_measured_along_the_course(open_window: MainWindow) -> None:
    session = open_window.session
    survey = session.survey
    assert survey is not None
    assert session.network is not None
    session.select_element("pipe", 0)
    assert "Length in 3D" in words(panel_of(open_window))
    with survey.edit("a length of its own") as edit:
        edit.update("pipe", int(session.network.pipe_fid[0]), length=123.0)
    session.refresh()
    said = words(panel_of(open_window))
    assert "123.000 m" in said
    assert "Length in 3D" not in said
