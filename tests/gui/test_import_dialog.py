from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pipemap.gui.import_dialog import ImportDialog, show_import
from pipemap.gui.window import MainWindow

POINTS = """点号,X坐标,Y坐标,地面高程,管线类别,附属物
YS1,3400000.000,500000.000,20.00,YS,检修井
YS2,3400000.000,500030.000,20.10,YS,检修井
YS3,3400000.000,500060.000,20.20,YS,出水口
"""
PIPES = """起点点号,终点点号,起点埋深,终点埋深,管径,材质,管线类别
YS1,YS2,2.0,2.1,DN300,PVC,YS
YS2,YS3,2.1,2.2,DN300,PVC,YS
YS3,YS9,2.2,2.3,DN300,PVC,YS
"""
MODEL = """[JUNCTIONS]
 J1 10 5
[RESERVOIRS]
 R1 50
[PIPES]
 P1 R1 J1 100 300 100 0 Open
[COORDINATES]
 J1 100 0
 R1 0 0
[END]
"""


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    """A point and a line table, a model, and a file that is nothing."""
    texts = {"点.csv": POINTS, "线.csv": PIPES, "town.inp": MODEL, "broken.xlsx": "PK nothing"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {name: tmp_path / name for name in texts}


@pytest.fixture
def read(window: MainWindow, qtbot: QtBot) -> Callable[..., ImportDialog]:
    """Open the dialog on files and wait until they are read."""

    def opened(*paths: Path) -> ImportDialog:
        dialog = show_import(window.session, window, paths)
        assert dialog is not None
        qtbot.waitUntil(lambda: window.session.is_settled, timeout=20_000)
        return dialog

    return opened


def test_what_was_understood_and_what_is_wrong_is_shown_before_anything_is_stored(
    read: Callable[..., ImportDialog], sources: dict[str, Path]
) -> None:
    dialog = read(sources["点.csv"], sources["线.csv"])
    titles = [dialog.preview.tabText(place) for place in range(dialog.preview.count())]
    assert titles[:2] == ["Preview", "How it was read"]
    assert titles[2].startswith("Problems (")
    assert "pipes" in dialog.state.text()
    assert dialog.store_button.isEnabled()
    dialog.close()


def test_coordinate_systems_are_suggested_where_the_source_names_none(
    read: Callable[..., ImportDialog], sources: dict[str, Path], qtbot: QtBot
) -> None:
    dialog = read(sources["点.csv"], sources["线.csv"])
    options = dialog.options
    assert not options.crs_notice.isHidden()
    place = next(place for place in range(options.crs.count()) if options.crs.itemData(place) == "EPSG:4547")
    options.crs.setCurrentIndex(place)
    options.crs.activated.emit(place)
    assert not dialog.store_button.isEnabled()
    qtbot.waitUntil(lambda: bool(dialog.deliveries) and dialog.deliveries[0].crs == "EPSG:4547", timeout=10_000)
    assert options.crs_notice.isHidden()
    dialog.close()


def test_a_new_survey_is_stored_and_opened(
    read: Callable[..., ImportDialog], sources: dict[str, Path], window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog = read(sources["点.csv"], sources["线.csv"])
    dialog.options.batch.setText("一标段")
    dialog.store(tmp_path / "new.gpkg")
    qtbot.waitUntil(lambda: window.session.network is not None and window.session.is_settled, timeout=20_000)
    network = window.session.network
    assert network is not None
    assert list(network.batch_names.values()) == ["一标段"]
    assert network.pipe_count >= 2


def test_the_open_survey_takes_it_and_gives_it_back(
    open_window: MainWindow, read: Callable[..., ImportDialog], sources: dict[str, Path], qtbot: QtBot
) -> None:
    session = open_window.session
    dialog = read(sources["town.inp"])
    assert dialog.options.into_open()
    QTest.mouseClick(dialog.store_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.store_button.isEnabled, timeout=10_000)
    assert "unknown coordinate system" in dialog.state.text()
    dialog.options.crs.setCurrentText("EPSG:4547")
    field = dialog.options.crs.lineEdit()
    assert field is not None
    field.editingFinished.emit()
    qtbot.waitUntil(lambda: bool(dialog.deliveries) and dialog.deliveries[0].crs == "EPSG:4547", timeout=10_000)
    QTest.mouseClick(dialog.store_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: session.network is not None and session.network.pipe_count == 6 and session.is_settled, timeout=20_000
    )
    open_window.actions_by_id["edit.undo"].trigger()
    qtbot.waitUntil(
        lambda: session.network is not None and session.network.pipe_count == 5 and session.is_settled, timeout=20_000
    )


def test_a_broken_file_is_said_and_the_dialog_stays(
    read: Callable[..., ImportDialog], sources: dict[str, Path], qtbot: QtBot
) -> None:
    dialog = read(sources["broken.xlsx"])
    assert dialog.isVisible()
    assert "broken.xlsx" in dialog.state.text()
    assert not dialog.store_button.isEnabled()
    QTest.mouseClick(dialog.remove_button, Qt.MouseButton.LeftButton)
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(sources["town.inp"]))])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    dialog.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, carried, left, none))
    qtbot.waitUntil(lambda: bool(dialog.deliveries), timeout=10_000)
    assert dialog.files.count() == 1
    assert "Nothing odd" in dialog.state.text() or "Remarks" in dialog.state.text() or "Warnings" in dialog.state.text()
    dialog.close()


def test_a_survey_that_is_there_is_not_written_over(
    read: Callable[..., ImportDialog], sources: dict[str, Path], street_path: Path
) -> None:
    before = street_path.read_bytes()
    dialog = read(sources["town.inp"])
    dialog.store(street_path)
    assert "exists already" in dialog.state.text()
    assert dialog.store_button.isEnabled()
    assert street_path.read_bytes() == before
    dialog.close()


def test_storing_that_fails_keeps_the_dialog(
    read: Callable[..., ImportDialog], sources: dict[str, Path], tmp_path: Path, qtbot: QtBot
) -> None:
    dialog = read(sources["town.inp"])
    dialog.store(tmp_path / "no such folder" / "new.gpkg")
    qtbot.waitUntil(dialog.store_button.isEnabled, timeout=10_000)
    assert dialog.isVisible()
    assert dialog.state.text()
    dialog.close()


def test_a_mapping_file_corrects_the_columns(
    read: Callable[..., ImportDialog], sources: dict[str, Path], tmp_path: Path, qtbot: QtBot
) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"*": {"附属物": "note"}}', encoding="utf-8")
    dialog = read(sources["点.csv"], sources["线.csv"])
    dialog.options.set_mapping(mapping)
    qtbot.waitUntil(lambda: bool(dialog.deliveries) and dialog._task is None and not dialog._timer.isActive(), timeout=10_000)
    assert "检修井" in dialog.deliveries[0].nodes["note"].to_pylist()
    dialog.close()


def test_a_dialog_closed_while_it_reads_leaves_nothing_behind(window: MainWindow, sources: dict[str, Path], qtbot: QtBot) -> None:
    dialog = show_import(window.session, window, [sources["点.csv"], sources["线.csv"]])
    assert dialog is not None
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.session.is_settled)
    assert window.session.survey is None
