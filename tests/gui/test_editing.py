"""Editing on the map by clicks, drags and keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from pipemap.analysis.trace import TraceType
from pipemap.gui.commands import COMMANDS, command
from pipemap.gui.edit_hand import MODES
from pipemap.gui.editor import editor
from pipemap.gui.snapping import snap, stepped, typed_place
from pipemap.gui.tools import tool
from pipemap.gui.trace_question import Place, Question
from pipemap.gui.trace_tools import tracer
from pipemap.gui.window import MainWindow
from pipemap.store import Survey, open_survey
from tests.gui.test_map_view import Hand, _move_event


class Drawer(Hand):
    """A person who draws."""

    def start(self, window: MainWindow, mode: str) -> None:
        command(f"network.{mode}")(window.context)

    def at(self, east: float, north: float, level: float = 20.0) -> QPoint:
        pixel = self.map.scene.pixel_of((east, north, level))
        assert pixel is not None
        return QPoint(round(pixel[0]), round(pixel[1]))

    def move(self, at: QPoint) -> None:
        QApplication.sendEvent(self.canvas, _move_event(self.canvas, at, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier))

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.canvas, key)

    def type(self, text: str) -> None:
        field = self.map.hand.edits.strip.findChildren(QLineEdit)[0]
        field.setText(text)
        QTest.keyClick(field, Qt.Key.Key_Return)

    @property
    def survey(self) -> Survey:
        assert self.session.survey is not None
        return self.session.survey

    @property
    def labels(self) -> list[str]:
        return [entry.label for entry in self.survey.history()][1:]


@pytest.fixture
def hand(open_window: MainWindow, qtbot: QtBot) -> Drawer:
    made = Drawer(open_window, qtbot)
    made.session.set_look(replace(made.session.look, hidden_parts=frozenset({"labels"}), view="2d"))
    made.settle()
    return made


def test_every_mode_is_a_tool_and_a_command() -> None:
    assert {row.run.rpartition(":")[2] for row in COMMANDS if row.run.startswith("pipemap.gui.editor:start")} == set(MODES)
    assert {tool(f"edit:{name}").id for name in MODES} == {f"edit:{name}" for name in MODES}


def test_a_pipe_is_drawn_from_a_node_by_clicks_and_enter(hand: Drawer, open_window: MainWindow) -> None:
    hand.start(open_window, "draw")
    hand.click(hand.pixel("JS4"))
    hand.click(hand.at(500060, 3400030))
    hand.click(hand.at(500050, 3400020))
    hand.key(Qt.Key.Key_Return)
    hand.settle()
    network = hand.network
    row = network.element("JS4-JS5").row
    assert network.pipe_category[row] == "JS"
    assert network.from_depth[row] == 1.0
    assert len(network.lines[row]) == 3
    assert hand.session.selection.pipes.tolist() == [row]
    assert hand.labels == ["Draw pipe JS4-JS5"]


def test_a_click_on_a_pipe_ends_the_drawing_and_parts_it(hand: Drawer, open_window: MainWindow) -> None:
    hand.start(open_window, "draw")
    hand.click(hand.pixel("JS4"))
    hand.click(hand.at(500020, 3400000, 19))
    hand.settle()
    assert hand.network.pipe_count == 7
    assert len(hand.labels) == 1
    tracer(hand.session).ask(Question(TraceType.CONNECTED, (Place.of(hand.network, hand.element("JS4")),)))
    hand.settle()
    assert {"JS4-JS5", "JS1-JS5", "JS5-JS2"} <= set(hand.session.result.pipes)


def test_distance_bearing_and_coordinates_can_be_typed(hand: Drawer, open_window: MainWindow) -> None:
    hand.start(open_window, "draw")
    hand.click(hand.pixel("JS4"))
    hand.type("12.5@270")
    hand.type("500060,3400020")
    hand.key(Qt.Key.Key_Return)
    hand.settle()
    course = hand.network.lines[hand.element("JS4-JS5").row]
    assert course[1, :2].tolist() == [500067.5, 3400030.0]
    assert course[2, :2].tolist() == [500060.0, 3400020.0]


def test_a_figure_on_the_map_begins_a_distance_instead_of_changing_the_view(hand: Drawer, open_window: MainWindow) -> None:
    hand.start(open_window, "draw")
    hand.click(hand.pixel("JS4"))
    hand.key(Qt.Key.Key_3)
    assert hand.session.look.view == "2d"
    assert hand.map.hand.edits.strip.findChildren(QLineEdit)[0].text() == "3"


def test_backspace_and_escape_step_back(hand: Drawer, open_window: MainWindow) -> None:
    hand.start(open_window, "draw")
    for east in (500020, 500030, 500040):
        hand.click(hand.at(east, 3400020))
    hand.key(Qt.Key.Key_Backspace)
    assert len(hand.map.overlay.sketch.marks) >= 2
    hand.key(Qt.Key.Key_Escape)
    assert hand.session.tool == "edit:draw"
    hand.key(Qt.Key.Key_Escape)
    assert hand.session.tool == "select"
    assert hand.labels == []


def test_what_is_snapped_to_is_marked_and_named(hand: Drawer, open_window: MainWindow) -> None:
    hand.start(open_window, "draw")
    hand.move(hand.pixel("JS4"))
    assert [kind for _pixel, kind in hand.map.overlay.sketch.marks] == ["node"]
    assert "Node JS4" in hand.map.hand.edits.hint
    hand.click(hand.at(500020, 3400025))
    hand.move(hand.at(500020, 3400000, 18.8))
    assert hand.map.overlay.sketch.marks[-1][1] == "perpendicular"
    assert "right angle to JS1-JS2" in hand.map.hand.edits.hint


def test_a_pipe_of_another_category_attracts_nothing(hand: Drawer, open_window: MainWindow) -> None:
    hand.start(open_window, "draw")
    hand.click(hand.pixel("JS4"))
    for at in (hand.pixel("YS2"), hand.pixel("YS1-YS2")):
        hand.move(at)
        assert hand.map.overlay.sketch.marks[-1][1] == "place"
    hand.move(hand.pixel("JS2"))
    assert hand.map.overlay.sketch.marks[-1][1] == "node"


def test_a_right_angle_is_exact(hand: Drawer) -> None:
    found = snap(hand.map.scene, hand.network, hand.at(500020.3, 3400004, 18), origin=(500020.0, 3400025.0, 20.0))
    assert found is not None
    assert found.kind == "perpendicular"
    assert list(found.place[:2]) == pytest.approx([500020.0, 3400004.0])


def test_a_node_is_dragged_and_its_pipes_follow(hand: Drawer, open_window: MainWindow) -> None:
    hand.start(open_window, "move")
    start, end = hand.pixel("JS3"), hand.pixel("JS3") + QPoint(40, 25)
    hand.drag(start, end)
    hand.settle()
    moved = hand.network.node_xyz[hand.element("JS3").row]
    assert moved[0] > 500081
    assert hand.network.lines[hand.element("JS2-JS3").row][-1, :2].tolist() == moved[:2].tolist()
    assert hand.labels == ["Move JS3"]


def test_a_node_dropped_on_another_becomes_one_with_it(hand: Drawer, open_window: MainWindow) -> None:
    hand.start(open_window, "move")
    hand.drag(hand.pixel("JS4"), hand.pixel("JS1"))
    hand.settle()
    assert "JS4" not in hand.network.node_ids
    assert hand.labels == ["Merge JS4"]


def test_a_pipe_is_bent_and_straightened(hand: Drawer, open_window: MainWindow) -> None:
    hand.start(open_window, "move")
    at = hand.pixel("YS1-YS2")
    QTest.mouseDClick(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    hand.settle()
    row = hand.element("YS1-YS2").row
    assert len(hand.network.lines[row]) == 3
    hand.drag(at, at + QPoint(0, -30))
    hand.settle()
    assert hand.network.lines[row][1, 1] > 3400005
    hand.move(at + QPoint(0, -30))
    hand.key(Qt.Key.Key_Backspace)
    hand.settle()
    assert len(hand.network.lines[row]) == 2


def test_a_valve_is_put_where_the_pipe_is_clicked(hand: Drawer, open_window: MainWindow) -> None:
    editor(hand.session).values |= {"insert.state": "closed"}
    hand.start(open_window, "insert")
    hand.click(hand.pixel("JS1-JS2"))
    hand.settle()
    assert hand.network.node_kind[hand.element("JS5").row] == "isolation_valve"
    assert hand.network.node_state[hand.element("JS5").row] == "closed"
    assert hand.labels == ["Insert into JS1-JS2"]


@pytest.mark.parametrize(
    ("mode", "clicks", "label"),
    [
        ("split", ["JS1-JS2"], "Split JS1-JS2"),
        ("reverse", ["JS1-JS2"], "Reverse JS1-JS2"),
        ("join", ["JS3"], "Join pipes at JS3"),
        ("merge", ["JS4", "JS1"], "Merge JS4"),
        ("reconnect", ["JS3-JS4", "JS1"], "Reconnect JS3-JS4"),
    ],
)
def test_modes_of_one_or_two_clicks(hand: Drawer, open_window: MainWindow, mode: str, clicks: list[str], label: str) -> None:
    hand.start(open_window, mode)
    for name in clicks:
        hand.click(hand.pixel(name))
    hand.settle()
    assert hand.labels == [label]


def test_a_pipe_is_extended_and_replaced(hand: Drawer, open_window: MainWindow) -> None:
    hand.start(open_window, "extend")
    hand.click(hand.at(500080, 3400024, 19))
    hand.click(hand.at(500060, 3400030))
    hand.key(Qt.Key.Key_Return)
    hand.settle()
    assert len(hand.network.lines[hand.element("JS3-JS4").row]) == 3
    editor(hand.session).values |= {"material": "PE", "built": "2024"}
    hand.start(open_window, "replace")
    hand.click(hand.pixel("JS1-JS2"))
    hand.key(Qt.Key.Key_Return)
    hand.settle()
    assert hand.network.pipe_lifecycle[hand.element("JS1-JS2").row] == "abandoned"
    assert hand.network.pipe_material[hand.element("JS1-JS2#2").row] == "PE"
    assert hand.labels == ["Extend JS3-JS4", "Replace JS1-JS2"]


def test_delete_takes_what_is_selected_and_undo_brings_it_back(hand: Drawer) -> None:
    hand.session.select_element("node", hand.element("JS3").row)
    hand.canvas.setFocus()
    hand.key(Qt.Key.Key_Delete)
    hand.settle()
    assert hand.network.pipe_count == 3
    editor(hand.session).take_back(2)
    hand.settle()
    assert hand.network.pipe_count == 5


def test_a_refused_operation_says_why_and_changes_nothing(hand: Drawer, open_window: MainWindow, qtbot: QtBot) -> None:
    hand.start(open_window, "join")
    with qtbot.waitSignal(hand.session.message) as said:
        hand.click(hand.pixel("JS2"))
    hand.settle()
    assert "more than a point" in said.args[0].text
    assert hand.labels == []


def test_a_survey_that_is_only_read_says_why_nothing_is_edited(window: MainWindow, qtbot: QtBot, street_path: object) -> None:
    session = window.session
    session.show_survey(open_survey(street_path, read_only=True))  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)
    with qtbot.waitSignal(session.message) as said:
        command("network.draw")(window.context)
    assert "open for reading only" in said.args[0].text
    assert session.tool == "select"


def test_the_menu_of_a_pipe_splits_it_where_it_was_opened(hand: Drawer) -> None:
    at = hand.pixel("YS1-YS2") + QPoint(20, 0)
    hand.click(at, Qt.MouseButton.RightButton)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    action = next(one for menu in popup.findChildren(type(popup)) for one in menu.actions() if one.objectName() == "edit.split")
    action.trigger()
    popup.close()
    hand.settle()
    assert hand.labels == ["Split YS1-YS2"]
    assert hand.network.node_xyz[hand.element("YS4").row, 0] > 500021


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("10", (10.0, 0.0)),
        ("10@90", (10.0, 0.0)),
        ("10 @ 180", (0.0, -10.0)),
        ("5<0", (0.0, 5.0)),
        ("3,4", (3.0, 4.0)),
        ("3 4 7.5", (3.0, 4.0)),
        ("-3，4", (-3.0, 4.0)),
        ("ten", None),
        ("1,2,3,4", None),
        ("10@90,5", None),
        ("", None),
    ],
)
def test_typed_places(text: str, place: tuple[float, float] | None) -> None:
    found = typed_place(text, (0.0, 0.0, 0.0), (5.0, 0.0, 0.0))
    assert (None if found is None else found[:2]) == (None if place is None else pytest.approx(place))


def test_steps_keep_to_whole_metres_and_bearings() -> None:
    assert stepped((0.0, 0.0, 1.0), (0.4, 10.3, 2.0)) == (0.0, 10.0, 2.0)
