from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from pipemap.gui.commands import command
from pipemap.gui.gl_widget import GLWidget
from pipemap.gui.map_cards import facts
from pipemap.gui.map_view import MapView
from pipemap.gui.parts import EmptyState
from pipemap.gui.session import Selection, Session, ViewRequest
from pipemap.gui.window import MainWindow
from pipemap.model.fields import Layer
from pipemap.model.lookup import Element
from pipemap.model.network import Network
from pipemap.store import create_survey

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
PLAIN, CONTROL, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


class Hand:
    """A person at the map."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        assert isinstance(window.map, MapView)
        self.map, self.session, self._qtbot = window.map, window.session, qtbot
        self.canvas = self.map.findChildren(GLWidget)[0]

    @property
    def network(self) -> Network:
        assert self.session.network is not None
        return self.session.network

    def element(self, name: str) -> Element:
        return self.network.element(name)

    def pixel(self, name: str) -> QPoint:
        element = self.element(name)
        place = self.map.scene.screen_of(element.layer, element.row)
        assert place is not None
        return QPoint(round(place[0]), round(place[1]))

    def click(self, at: QPoint, button: Qt.MouseButton = LEFT, modifier: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.mouseClick(self.canvas, button, modifier, at)

    def drag(self, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT, modifier: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.mousePress(self.canvas, button, modifier, start)
        for share in (0.3, 0.6, 1.0):
            step = start + (end - start) * share
            event = _move_event(self.canvas, step, button, modifier)
            QApplication.sendEvent(self.canvas, event)
        QTest.mouseRelease(self.canvas, button, modifier, end)

    def settle(self) -> None:
        self._qtbot.waitUntil(lambda: self.session.is_settled, timeout=20_000)

    def picture(self) -> np.ndarray:
        self.settle()
        image = self.canvas.grabFramebuffer().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def _move_event(canvas: GLWidget, at: QPoint, button: Qt.MouseButton, modifier: Qt.KeyboardModifier) -> QMouseEvent:
    return QMouseEvent(
        QEvent.Type.MouseMove, QPointF(at), QPointF(canvas.mapToGlobal(at)), Qt.MouseButton.NoButton, button, modifier
    )


@pytest.fixture
def hand(open_window: MainWindow, qtbot: QtBot) -> Hand:
    made = Hand(open_window, qtbot)
    made.session.set_look(replace(made.session.look, hidden_parts=frozenset({"labels"})))
    made.settle()
    return made


def test_the_survey_is_drawn_and_not_a_blank_sheet(hand: Hand) -> None:
    picture = hand.picture()
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 200
    assert hand.map.scene.view == "3D"


def test_a_click_on_a_pipe_selects_it(hand: Hand) -> None:
    hand.click(hand.pixel("YS1-YS2"))
    assert hand.session.selection.pipes.tolist() == [hand.element("YS1-YS2").row]


def test_a_click_with_control_adds_and_takes_away(hand: Hand) -> None:
    hand.click(hand.pixel("YS1-YS2"))
    hand.click(hand.pixel("JS3-JS4"), modifier=CONTROL)
    assert len(hand.session.selection) == 2
    hand.click(hand.pixel("YS1-YS2"), modifier=CONTROL)
    assert hand.session.selection.pipes.tolist() == [hand.element("JS3-JS4").row]


def test_a_click_on_nothing_selects_nothing(hand: Hand) -> None:
    hand.session.select_element("pipe", 0)
    hand.click(QPoint(hand.canvas.width() // 2, hand.canvas.height() - 6))
    assert len(hand.session.selection) == 0


def test_a_band_selects_what_lies_in_it(hand: Hand) -> None:
    hand.drag(QPoint(1, 1), QPoint(hand.canvas.width() - 2, hand.canvas.height() - 2))
    assert len(hand.session.selection.nodes) == 7
    assert len(hand.session.selection.pipes) == 5


def test_the_selection_is_seen(hand: Hand) -> None:
    before = hand.picture()
    hand.session.select_element("pipe", hand.element("YS1-YS2").row)
    assert (hand.picture() != before).any(axis=2).sum() > 100


def test_alt_and_drag_turns_the_view(hand: Hand) -> None:
    before, picture = hand.map.scene.viewpoint, hand.picture()
    hand.drag(QPoint(200, 100), QPoint(320, 130), modifier=ALT)
    after = hand.map.scene.viewpoint
    assert after.azimuth != before.azimuth
    assert after.elevation != before.elevation
    assert len(hand.session.selection) == 0
    assert (hand.picture() != picture).any()


def test_the_middle_button_moves_what_lies_under_the_pointer_along(hand: Hand) -> None:
    start = QPoint(250, 150)
    place = hand.map.scene.world_at(start.x(), start.y())
    hand.drag(start, QPoint(350, 180), button=MIDDLE)
    there = hand.map.scene.world_at(350, 180)
    assert place is not None
    assert there is not None
    assert np.hypot(place[0] - there[0], place[1] - there[1]) < 8


def test_the_right_button_zooms_and_opens_no_menu_when_dragged(hand: Hand) -> None:
    before = hand.map.scene.viewpoint.distance
    asked: list[object] = []
    hand.session.menu_requested.connect(lambda *what: asked.append(what))
    hand.drag(QPoint(250, 200), QPoint(250, 140), button=RIGHT)
    assert hand.map.scene.viewpoint.distance < before * 0.7
    assert not asked


def test_the_wheel_zooms_to_what_lies_under_the_pointer(hand: Hand) -> None:
    at = hand.pixel("JS3-JS4")
    before = hand.map.scene.viewpoint.distance
    wheel = QWheelEvent(
        QPointF(at), QPointF(hand.canvas.mapToGlobal(at)), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, PLAIN,
        Qt.ScrollPhase.NoScrollPhase, False,  # noqa: FBT003 -- Qt's own order of arguments
    )  # fmt: skip
    QApplication.sendEvent(hand.canvas, wheel)
    assert hand.map.scene.viewpoint.distance < before
    assert (hand.pixel("JS3-JS4") - at).manhattanLength() < 12


def test_a_double_click_flies_there(hand: Hand) -> None:
    before = hand.map.scene.viewpoint.distance
    QTest.mouseDClick(hand.canvas, LEFT, PLAIN, hand.pixel("JS3-JS4"))
    hand.settle()
    assert hand.map.scene.viewpoint.distance < before
    middle = QPoint(hand.canvas.width() // 2, hand.canvas.height() // 2)
    assert (hand.pixel("JS3-JS4") - middle).manhattanLength() < 60


def test_keys_pan_zoom_and_hold_the_hand(hand: Hand) -> None:
    scene = hand.map.scene
    before = scene.viewpoint
    QTest.keyClick(hand.canvas, Qt.Key.Key_Right)
    assert scene.viewpoint.focal != before.focal
    QTest.keyClick(hand.canvas, Qt.Key.Key_Plus)
    assert scene.viewpoint.distance < before.distance
    QTest.keyPress(hand.canvas, Qt.Key.Key_Space)
    focal = scene.viewpoint.focal
    hand.drag(QPoint(200, 100), QPoint(260, 140))
    QTest.keyRelease(hand.canvas, Qt.Key.Key_Space)
    assert scene.viewpoint.focal != focal
    assert len(hand.session.selection) == 0


def test_resting_the_pointer_says_what_lies_there(hand: Hand) -> None:
    element = hand.element("YS1-YS2")
    hand.map.look_at(hand.pixel("YS1-YS2"))
    assert hand.session.hover == element
    assert hand.map.card.isVisible()
    QTest.mousePress(hand.canvas, LEFT, PLAIN, QPoint(20, 60))
    assert hand.map.card.isHidden()
    QTest.mouseRelease(hand.canvas, LEFT, PLAIN, QPoint(20, 60))
    found: Element | None = hand.session.hover
    assert found is None


def test_the_card_says_id_category_size_material_and_depth(hand: Hand) -> None:
    told = facts(hand.network, hand.element("YS1-YS2"), dark=False)
    assert told.title == "YS1-YS2"
    values = dict(told.rows)
    assert values["Size"] == "DN600"
    assert values["Material"] == "混凝土 Concrete"
    assert values["Depth"] == "2.00 → 2.30 m"
    assert "YS" in values["Category"]
    assert "2.00" not in dict(facts(hand.network, hand.element("JS2"), dark=True).rows).get("Depth", "")


def test_the_place_under_the_pointer_is_told(hand: Hand) -> None:
    told: list[object] = []
    hand.session.cursor_changed.connect(told.append)
    QApplication.sendEvent(hand.canvas, _move_event(hand.canvas, QPoint(300, 200), Qt.MouseButton.NoButton, PLAIN))
    assert told
    place = told[-1]
    assert isinstance(place, tuple)
    assert 499_000 < place[0] < 501_000
    assert 3_399_000 < place[1] < 3_401_000


def test_the_right_button_opens_the_elements_menu(hand: Hand) -> None:
    hand.click(hand.pixel("YS1-YS2"), button=RIGHT)
    menu = next(found for found in hand.map.findChildren(QMenu) if found.isVisible())
    names = [action.objectName() for action in menu.actions() if action.objectName()]
    assert names == [
        "trace.upstream", "trace.downstream", "trace.connected", "trace.subnetwork", "trace.loops", "trace.leak",
        "trace.shortest-path", "trace.ways", "trace.between", "shutoff", "trace.barrier", "zoom", "copy",
    ]  # fmt: skip
    next(action for action in menu.actions() if action.objectName() == "copy").trigger()
    assert QGuiApplication.clipboard().text() == "YS1-YS2"
    menu.close()
    assert hand.session.selection.pipes.tolist() == [hand.element("YS1-YS2").row]


def test_plan_and_three_d_are_kept_apart(hand: Hand) -> None:
    hand.session.set_view("2d")
    hand.settle()
    assert hand.map.scene.viewpoint.plan
    assert hand.map.scene.viewpoint.azimuth == 0
    hand.session.set_view("3d")
    assert hand.map.scene_view == "3d"


def test_a_hidden_category_is_neither_drawn_nor_found(hand: Hand) -> None:
    at, before = hand.pixel("YS1-YS2"), hand.picture()
    hand.session.set_look(replace(hand.session.look, hidden=frozenset({"PS"})))
    assert (hand.picture() != before).any()
    hand.click(at)
    assert hand.element("YS1-YS2").row not in hand.session.selection.pipes


def test_colours_of_a_field_bring_their_legend(hand: Hand) -> None:
    hand.session.set_look(replace(hand.session.look, colour_by="diameter_mm"))
    hand.settle()
    assert hand.map.legend.isVisible()
    assert not hand.map.legend.is_folded
    hand.session.set_look(replace(hand.session.look, colour_by="category"))
    hand.settle()
    assert hand.map.legend.is_folded


def _written(hand: Hand) -> str:
    return hand.map.scene._look.labels


def _emptiness(hand: Hand) -> EmptyState | None:
    return hand.map.empty


def test_ids_are_written_only_once_the_eye_is_near(hand: Hand) -> None:
    hand.session.set_look(replace(hand.session.look, hidden_parts=frozenset()))
    hand.map.eye.zoom(0.01, QPoint(300, 200))
    hand.map.eye.come_to_rest()
    hand.picture()
    assert _written(hand) == "none"
    hand.session.fly_to("node", 0)
    hand.picture()
    assert _written(hand) == "nodes"
    hand.session.set_look(replace(hand.session.look, hidden_parts=frozenset({"labels"})))
    hand.picture()
    assert _written(hand) == "none"


def test_an_empty_survey_says_how_to_fill_it(hand: Hand, tmp_path: Path) -> None:
    path = tmp_path / "empty.gpkg"
    create_survey(path).close()
    asked: list[object] = []
    hand.session.import_requested.disconnect()
    hand.session.import_requested.connect(asked.append)
    assert _emptiness(hand) is None
    hand.session.open(path)
    hand.settle()
    empty = _emptiness(hand)
    assert empty is not None
    offer = empty.findChild(QPushButton)
    assert offer is not None
    offer.click()
    assert asked == [[]]
    hand.session.close()
    assert _emptiness(hand) is None


def test_exaggerated_heights_keep_the_place(hand: Hand) -> None:
    before = hand.pixel("JS2")
    hand.session.set_look(replace(hand.session.look, exaggeration=4.0))
    hand.settle()
    assert hand.map.scene.notes is not None
    assert (hand.pixel("JS2") - before).manhattanLength() < hand.canvas.height() / 3


def test_dark_and_light_are_drawn_apart_at_once(hand: Hand) -> None:
    light = hand.picture().mean()
    hand.session.settings.set("theme", "dark")
    dark = hand.picture().mean()
    hand.session.settings.set("theme", "light")
    assert dark < 90 < light


@pytest.mark.parametrize(("what", "layer"), [("element", "pipe"), ("selection", "node"), ("survey", "node")])
def test_the_map_looks_where_it_is_asked_to(hand: Hand, what: str, layer: Layer) -> None:
    hand.session.select(Selection.of(nodes=[0, 1]))
    hand.map.eye.zoom(0.2, QPoint(10, 10))
    far = hand.map.scene.viewpoint.distance
    hand.session.view_requested.emit(ViewRequest(what, Element(layer, 0)))  # type: ignore[arg-type]
    hand.settle()
    assert hand.map.scene.viewpoint.distance < far


def test_the_whole_town_stays_in_view_when_the_map_changes_its_size(hand: Hand, open_window: MainWindow) -> None:
    open_window.resize(1100, 700)
    hand.settle()
    for name in ("JS1", "JS4", "YS3"):
        assert hand.canvas.rect().contains(hand.pixel(name))


def test_closing_the_survey_empties_the_map(hand: Hand) -> None:
    hand.session.close()
    hand.settle()
    assert hand.map.scene.legend().entries == ()
    assert hand.map.legend.isHidden()
    hand.click(QPoint(100, 100))
    assert len(hand.session.selection) == 0


def test_the_map_survives_being_taken_out_and_put_back(hand: Hand, session: Session) -> None:
    before = hand.picture()
    session.language_changed.emit()
    hand.settle()
    after = hand.picture()
    assert len(np.unique(after.reshape(-1, 3), axis=0)) > 200
    assert before.shape[2] == after.shape[2]


def test_measuring_tells_length_in_plan_and_space(hand: Hand, open_window: MainWindow) -> None:
    command("select.measure")(open_window.context)
    hand.click(hand.pixel("YS1-YS2"))
    hand.click(hand.pixel("YS2-YS3"))
    assert 39 < hand.map.hand.measure.plan < 41
    assert hand.map.hand.measure.space >= hand.map.hand.measure.plan
    assert "Plan" in hand.map.hand.measure.words
    QTest.keyClick(hand.canvas, Qt.Key.Key_Escape)
    assert hand.map.hand.measure.is_empty
    QTest.keyClick(hand.canvas, Qt.Key.Key_Escape)
    assert hand.session.tool == "select"
