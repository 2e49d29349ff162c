from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pipemap.gui.property_form import PropertyForm
from pipemap.gui.property_panel import PropertyPanel
from pipemap.gui.session import Selection
from pipemap.gui.window import MainWindow


@pytest.fixture
def panel(open_window: MainWindow) -> PropertyPanel:
    return open_window.findChildren(PropertyPanel)[-1]


def edit(panel: PropertyPanel, selection: Selection, qtbot: QtBot) -> PropertyForm:
    panel._session.select(selection)
    panel.edit()
    form = panel._form
    assert form is not None
    qtbot.waitUntil(lambda: bool(form._lines))
    return form


def test_one_element_shows_what_follows_before_it_is_stored(panel: PropertyPanel, qtbot: QtBot) -> None:
    form = edit(panel, Selection.of(nodes=[1]), qtbot)
    line = form.field("ground")
    assert line.text() == "20.1"
    line.selectAll()
    QTest.keyClicks(line, "21.1")
    qtbot.waitUntil(lambda: "From level" in form.follows.text())
    assert "JS2-JS3: From level (empty) → 19.900" in form.follows.text()
    survey = panel._session.survey
    assert survey is not None
    assert survey.record("node", 2)["ground"] == 20.1
    QTest.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel._form is None and panel._session.is_settled)
    assert survey.record("node", 2)["ground"] == 21.1
    assert survey.record("pipe", 2)["from_depth"] == 1.2
    assert survey.history()[-1].label == "Edit JS2"


def test_many_elements_store_only_what_was_touched(panel: PropertyPanel, qtbot: QtBot) -> None:
    form = edit(panel, Selection.of(pipes=[0, 1, 2]), qtbot)
    assert form.field("material").text() == ""
    assert form.field("material").placeholderText() == "different (2)"
    QTest.keyClicks(form.field("road"), "Lake Road")
    assert form.apply_button.isEnabled()
    form.apply_button.click()
    qtbot.waitUntil(lambda: panel._form is None and panel._session.is_settled)
    survey = panel._session.survey
    assert survey is not None
    assert [survey.record("pipe", fid)["material"] for fid in (1, 2, 3)] == ["铸铁", "铸铁", "PE"]
    assert [survey.record("pipe", fid)["road"] for fid in (1, 2, 3, 4)] == ["Lake Road"] * 3 + [None]
    assert len(survey.history()) == 2


def test_a_wrong_value_is_marked_and_cannot_be_applied(panel: PropertyPanel, qtbot: QtBot) -> None:
    form = edit(panel, Selection.of(pipes=[0]), qtbot)
    line = form.field("diameter_mm")
    line.selectAll()
    QTest.keyClicks(line, "wide")
    assert line.property("refused")
    assert not form.apply_button.isEnabled()
    assert "takes a number" in form._bubble.words.text()


def test_what_was_typed_is_not_dropped_when_something_else_is_selected(panel: PropertyPanel, qtbot: QtBot) -> None:
    form = edit(panel, Selection.of(pipes=[0]), qtbot)
    QTest.keyClicks(form.field("note"), "leaks")
    panel._session.select(Selection.of(pipes=[1]))
    assert panel._form is form
    assert form._waiting.isVisibleTo(form)
    form.discard_button.click()
    assert panel._form is None


def test_a_field_that_differs_can_be_emptied_in_all(panel: PropertyPanel, qtbot: QtBot) -> None:
    form = edit(panel, Selection.of(pipes=[0, 2]), qtbot)
    form._lines["material"]._clear()
    form.apply()
    qtbot.waitUntil(lambda: panel._form is None and panel._session.is_settled)
    survey = panel._session.survey
    assert survey is not None
    assert [survey.record("pipe", fid)["material"] for fid in (1, 3)] == [None, None]


def test_nodes_or_pipes_are_chosen_where_both_are_selected(panel: PropertyPanel, qtbot: QtBot) -> None:
    form = edit(panel, Selection.of(nodes=[0, 1], pipes=[0]), qtbot)
    assert form.layer == "pipe"
    form.layer_wanted.emit("node")
    assert panel._form is not None
    assert panel._form.layer == "node"
    qtbot.waitUntil(lambda: panel._session.is_settled)
