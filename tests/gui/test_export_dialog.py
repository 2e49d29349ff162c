"""Export in the window: chosen, written on another thread, registered; and pictures that hold nothing secret."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from pipemap.gui.commands import command
from pipemap.gui.export_dialog import ExportDialog
from pipemap.gui.hand_out_table import HandOutTable
from pipemap.gui.photos import thumbnail, window_picture
from pipemap.gui.record_table import Column, RecordTable
from pipemap.gui.session import Selection, Session
from pipemap.gui.window import MainWindow


def settled(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: session.is_settled, timeout=20_000)


@pytest.fixture
def dialog(open_window: MainWindow) -> ExportDialog:
    """The dialog on the street, its target a GeoJSON file."""
    command("file.export")(open_window.context)
    found = open_window.findChild(ExportDialog)
    assert found is not None
    choose(found, "geojson")
    return found


def choose(dialog: ExportDialog, name: str) -> None:
    dialog.options.format.setCurrentIndex(dialog.options.format.findData(name))


def run(qtbot: QtBot, session: Session, dialog: ExportDialog) -> None:
    QTest.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    settled(qtbot, session)


def ids(dialog: ExportDialog) -> list[str]:
    assert dialog.result_shown is not None
    found = []
    for path in dialog.result_shown.written:
        found += [feature["properties"]["id"] for feature in json.loads(path.read_text(encoding="utf-8"))["features"]]
    return sorted(found)


def test_the_whole_survey_leaves_and_stands_in_the_register(qtbot: QtBot, session: Session, dialog: ExportDialog) -> None:
    session.settings.set("author", "Li")
    dialog.words.told["recipient"].setText("Water works")
    run(qtbot, session, dialog)
    assert len(ids(dialog)) == 12
    assert session.survey is not None
    entry = session.survey.hand_outs()[0]
    assert (entry.author, entry.recipient, entry.content, entry.format) == ("Li", "Water works", "whole", "geojson")
    assert dialog.losses.count() > 0
    assert "number 1" in dialog.state.text()
    window = dialog.parentWidget()
    table = window.findChild(HandOutTable) if window is not None else None
    assert table is not None
    assert [one.number for one in table.table.model.records] == [1]


def test_the_selection_is_proposed_and_categories_narrow_it(qtbot: QtBot, session: Session, dialog: ExportDialog) -> None:
    session.select(Selection.of(nodes=[6], pipes=[0, 3]))
    assert "1 node, 2 pipes" in [dialog.options.what.itemText(row) for row in range(dialog.options.what.count())][1]
    dialog.options.what.setCurrentIndex(1)
    for place in range(dialog.options.categories.count()):
        item = dialog.options.categories.item(place)
        item.setCheckState(Qt.CheckState.Checked if item.text().startswith("JS") else Qt.CheckState.Unchecked)
    run(qtbot, session, dialog)
    assert ids(dialog) == ["JS1", "JS1-JS2", "JS2"]


def test_what_the_map_shows_can_leave(qtbot: QtBot, session: Session, dialog: ExportDialog) -> None:
    from dataclasses import replace

    session.set_look(replace(session.look, hidden=frozenset({"YS"})))
    settled(qtbot, session)
    dialog.options.what.setCurrentIndex(dialog.options.what.findData("view"))
    run(qtbot, session, dialog)
    assert ids(dialog) == ["JS1", "JS1-JS2", "JS2", "JS2-JS3", "JS3", "JS3-JS4", "JS4"]


def test_an_area_is_drawn_on_the_map(qtbot: QtBot, open_window: MainWindow, session: Session, dialog: ExportDialog) -> None:
    session.set_view("2d")
    settled(qtbot, session)
    dialog.options.draw.click()
    assert dialog.isHidden()
    assert session.tool == "area"
    scene = open_window.map.scene  # type: ignore[attr-defined]
    corners = [(499990, 3399995), (500010, 3399995), (500010, 3400002), (499990, 3400002)]
    for corner in corners:
        pixel = scene.pixel_of((*corner, 20.0))
        open_window.map.hand.click(QPoint(*map(round, pixel)), Qt.KeyboardModifier.NoModifier)  # type: ignore[attr-defined]
    open_window.map.hand.double_click(QPoint(*map(round, pixel)))  # type: ignore[attr-defined]
    assert session.tool == "select"
    assert len(session.area) == 4
    assert dialog.isVisible()
    assert dialog.options.what.currentData() == "area"
    run(qtbot, session, dialog)
    assert ids(dialog) == ["JS1", "JS1-JS2", "JS2"]
    assert session.survey is not None
    assert session.survey.hand_outs()[0].content == "area"


def test_leaving_the_drawing_brings_the_dialog_back(qtbot: QtBot, open_window: MainWindow, dialog: ExportDialog) -> None:
    dialog.options.draw.click()
    assert dialog.isHidden()
    assert open_window.map.hand.step_back()  # type: ignore[attr-defined]
    assert dialog.isVisible()
    assert dialog.options.what.findData("area") == -1
    settled(qtbot, open_window.session)


def test_a_missing_approver_is_told(qtbot: QtBot, session: Session, dialog: ExportDialog, tmp_path: Path) -> None:
    session.settings.set("hand_out_area", 0.0)
    before = set(tmp_path.iterdir())
    run(qtbot, session, dialog)
    assert "an approver" in dialog.state.text()
    assert dialog.result_shown is None
    assert set(tmp_path.iterdir()) == before
    dialog.words.told["recipient"].setText("Water works")
    dialog.words.told["approver"].setText("Chen")
    run(qtbot, session, dialog)
    assert len(ids(dialog)) == 12


def test_files_that_are_there_are_replaced_only_when_said(qtbot: QtBot, session: Session, dialog: ExportDialog) -> None:
    target = Path(dialog.target.text())
    there = target.with_name(f"{target.stem}_pipe.geojson")
    there.write_text("mine")
    run(qtbot, session, dialog)
    assert there.read_text() == "mine"
    assert there.name in dialog.state.text()
    QTest.mouseClick(dialog.replace_button, Qt.MouseButton.LeftButton)
    settled(qtbot, session)
    assert len(ids(dialog)) == 12


def test_attributes_and_words_go_along(dialog: ExportDialog) -> None:
    assert dialog.words.chosen_attributes() == {}
    nodes = dialog.words.attributes.topLevelItem(0)
    assert nodes is not None
    nodes.setCheckState(0, Qt.CheckState.Unchecked)
    category = nodes.child(3)
    assert category is not None
    category.setCheckState(0, Qt.CheckState.Checked)
    assert dialog.words.chosen_attributes() == {"node": ["id", "category"]}
    dialog.words.printed["checked"].setText("Chen")
    assert dialog.words.words() == {"title": "Lake Street", "checked": "Chen"}


def test_zones_of_the_place_are_offered(dialog: ExportDialog) -> None:
    offered = [dialog.options.crs.itemData(row) for row in range(dialog.options.crs.count())]
    assert offered[:3] == ["", "EPSG:4326", "EPSG:4490"]
    assert {"EPSG:4547", "EPSG:4526"} <= set(offered)
    assert len(offered) < 12


def test_every_control_has_a_name(dialog: ExportDialog) -> None:
    from PySide6.QtWidgets import QComboBox, QLineEdit, QListWidget, QTreeWidget

    for kind in (QComboBox, QLineEdit, QListWidget, QTreeWidget):
        assert all(part.accessibleName() for part in dialog.findChildren(kind) if not isinstance(part.parent(), QComboBox)), kind


def test_the_dialog_goes_with_its_survey(qtbot: QtBot, session: Session, dialog: ExportDialog) -> None:
    with qtbot.waitSignal(dialog.destroyed):
        session.close()


# -- secrecy -----------------------------------------------------------------------------------------------------------------


def mark(qtbot: QtBot, window: MainWindow, **rows: list[int]) -> None:
    window.session.select(Selection.of(**rows))
    command("edit.mark_secret")(window.context)
    settled(qtbot, window.session)


def test_marking_is_a_change_that_can_be_lifted_and_undone(qtbot: QtBot, open_window: MainWindow, session: Session) -> None:
    session.settings.set("author", "Li")
    mark(qtbot, open_window, pipes=[0])
    assert session.network is not None
    assert session.survey is not None
    assert session.network.release.withheld == 1
    command("edit.lift_secrecy")(open_window.context)
    settled(qtbot, session)
    assert session.network.release.is_whole
    assert [(one.author, one.label) for one in session.survey.history()[-2:]] == [
        ("Li", "Mark secrecy: Secret"), ("Li", "Lift secrecy"),
    ]  # fmt: skip


def test_copies_leave_out_what_is_secret(qtbot: QtBot, open_window: MainWindow, session: Session) -> None:
    mark(qtbot, open_window, nodes=[1])
    session.select(Selection.of(nodes=[0, 1], pipes=[0, 2]))
    said: list[str] = []
    session.message.connect(lambda message: said.append(message.text))
    command("edit.copy_ids")(open_window.context)
    assert QGuiApplication.clipboard().text() == "JS1\nJS3-JS4"
    assert said == ["Copied 2 ids; 2 marked secret are left out"]


def pixels(picture: QPixmap) -> NDArray[np.uint8]:
    image = picture.toImage().convertToFormat(picture.toImage().Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def blue(picture: NDArray[np.uint8]) -> int:
    """How many pixels have the blue of water; the needle of the compass, down in the corner, has it too."""
    picture = picture[:-90, 140:-100]  # nor the legend
    red, green, blue = (picture[..., band].astype(int) for band in range(3))
    return int(((blue > red + 60) & (green > red + 40)).sum())


def test_pictures_hold_nothing_secret_and_the_map_still_does(
    qtbot: QtBot, open_window: MainWindow, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.select(Selection())
    before = blue(pixels(thumbnail(open_window) or QPixmap()))
    assert before > 100
    assert window_picture(open_window).size() == open_window.size()
    mark(qtbot, open_window, nodes=[0, 1, 2, 3])
    session.select(Selection())
    settled(qtbot, session)
    assert blue(pixels(thumbnail(open_window) or QPixmap())) == 0
    saved = tmp_path / "window.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_arguments, **_options: (str(saved), ""))
    command("file.picture")(open_window.context)
    picture = QPixmap(str(saved))
    assert picture.size() == open_window.map.size()
    assert blue(pixels(picture)) == 0
    canvas = open_window.map._gl.grabFramebuffer()  # type: ignore[attr-defined]
    assert blue(pixels(QPixmap.fromImage(canvas))) > 100


def test_a_thumbnail_of_before_the_mark_is_forgotten(qtbot: QtBot, open_window: MainWindow, session: Session) -> None:
    open_window.keep_picture()
    assert session.survey is not None
    path = str(session.survey.path.resolve())
    assert open_window.memory.picture(path) is not None
    mark(qtbot, open_window, pipes=[0])
    assert open_window.memory.picture(path) is None
    assert session.survey.apply(~session.survey.change(session.survey.history()[-1].id))
    survey = session.survey
    survey.set_secrecy("secret", whole=True)
    session.refresh()
    settled(qtbot, session)
    open_window.keep_picture()
    assert open_window.memory.picture(path) is None


def test_lists_leave_out_rows_that_name_what_is_secret(
    qtbot: QtBot, open_window: MainWindow, session: Session, tmp_path: Path
) -> None:
    mark(qtbot, open_window, pipes=[0])
    table: RecordTable[str] = RecordTable(session, [Column("What", lambda one: one)], name="List")
    qtbot.addWidget(table)
    table.show_records(["JS1-JS2 is short", "JS2-JS3 is short", "(JS1-JS2)", "JS1-JS22"])
    table.export_rows(tmp_path / "list.csv")
    settled(qtbot, session)
    assert (tmp_path / "list.csv").read_text(encoding="utf-8-sig").split() == ["What", "JS2-JS3", "is", "short", "JS1-JS22"]
