from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pipemap.gui.import_dialog import ImportDialog, show_import
from pipemap.gui.import_drafts import Draft
from pipemap.gui.import_place import PlacePage
from pipemap.gui.session import Message
from pipemap.gui.window import MainWindow
from pipemap.store import open_survey

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
ODD = """a,b,c,d
P1,3400000,500000,红
P2,3400000,500030,蓝
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
    """A point and a line table, a table with headers that nobody knows, a model, and a file that is nothing."""
    folder = tmp_path / "delivery"
    folder.mkdir()
    texts = {"点.csv": POINTS, "线.csv": PIPES, "odd.csv": ODD, "town.inp": MODEL, "broken.xlsx": "PK nothing"}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: folder / name for name in texts}


@pytest.fixture
def settled(window: MainWindow, qtbot: QtBot) -> Callable[[ImportDialog], None]:
    """Wait until a workbench has read everything that was chosen."""

    def wait(dialog: ImportDialog) -> None:
        qtbot.waitUntil(
            lambda: window.session.is_settled and dialog._task is None and not dialog._timer.isActive(), timeout=20_000
        )

    return wait


@pytest.fixture
def read(window: MainWindow, settled: Callable[[ImportDialog], None]) -> Callable[..., ImportDialog]:
    """Open the workbench on files and wait until they are read."""

    def opened(*paths: Path) -> ImportDialog:
        dialog = show_import(window.session, window, paths)
        assert dialog is not None
        settled(dialog)
        return dialog

    return opened


def only_draft(dialog: ImportDialog) -> Draft:
    (draft,) = dialog.drafts
    return draft


def first_line(place: PlacePage) -> str:
    item = place.list.topLevelItem(0)
    return item.text(0) if item is not None else ""


def test_what_was_understood_and_what_is_wrong_is_shown_before_anything_is_stored(
    read: Callable[..., ImportDialog], sources: dict[str, Path]
) -> None:
    dialog = read(sources["点.csv"], sources["线.csv"])
    titles = [dialog.pages.tabText(place) for place in range(dialog.pages.count())]
    assert titles[:2] == ["Tables", "Place"]
    assert titles[2].startswith("Problems (")
    assert "4 nodes, 3 pipes" in dialog.state.text()
    assert dialog.store_button.isEnabled()
    dialog.close()


def test_a_folder_is_read_and_what_cannot_be_read_holds_up_nothing(
    read: Callable[..., ImportDialog], sources: dict[str, Path]
) -> None:
    sources["odd.csv"].unlink()
    dialog = read(sources["点.csv"].parent)
    assert [(draft.format.name, len(draft.paths)) for draft in dialog.drafts] == [("epanet", 1), ("survey-tables", 2)]
    assert [one.path.name for one in dialog.unreadable] == ["broken.xlsx"]
    assert dialog.store_button.isEnabled()
    left = dialog.files.tree.topLevelItem(2)
    assert left is not None
    dialog.files.tree.setCurrentItem(left)
    assert dialog.pages.count() == 1
    dialog.close()


def test_the_coordinate_system_is_chosen_among_those_that_fit(
    read: Callable[..., ImportDialog], sources: dict[str, Path], settled: Callable[[ImportDialog], None]
) -> None:
    dialog = read(sources["点.csv"], sources["线.csv"])
    place = dialog.pages.place
    assert place.heading.text() == "Coordinate system unknown"
    items = [place.list.topLevelItem(row) for row in range(place.list.topLevelItemCount())]
    wanted = next(item for item in items if item is not None and item.text(0).startswith("EPSG:4547"))
    assert wanted.text(1) == "114°"
    assert wanted.text(3) == "114.00° E, 30.72° N"
    place.list.itemClicked.emit(wanted, 0)
    assert not dialog.store_button.isEnabled()
    settled(dialog)
    assert dialog.deliveries[0].crs == "EPSG:4547"
    assert "Chosen by you" in place.words.text()
    place.as_said.click()
    settled(dialog)
    assert dialog.deliveries[0].crs == ""
    dialog.close()


def test_any_coordinate_system_is_found_by_its_number(
    read: Callable[..., ImportDialog], sources: dict[str, Path], settled: Callable[[ImportDialog], None], qtbot: QtBot
) -> None:
    dialog = read(sources["点.csv"])
    place = dialog.pages.place
    place.search.setText("2435")
    qtbot.waitUntil(lambda: first_line(place).startswith("EPSG:2435 "), timeout=10_000)
    found = place.list.topLevelItem(0)
    assert found is not None
    place.list.itemActivated.emit(found, 0)
    settled(dialog)
    assert dialog.deliveries[0].crs == "EPSG:2435"
    place.search.setText("no such system anywhere")
    qtbot.waitUntil(lambda: first_line(place).startswith("No coordinate system"), timeout=10_000)
    dialog.close()


def test_exchanged_axes_are_exchanged_back(
    read: Callable[..., ImportDialog], sources: dict[str, Path], settled: Callable[[ImportDialog], None]
) -> None:
    dialog = read(sources["点.csv"])
    assert dialog.deliveries[0].nodes["y"].to_pylist()[0] == 3_400_000
    dialog.pages.place.swap.click()
    settled(dialog)
    assert dialog.deliveries[0].nodes["x"].to_pylist()[0] == 3_400_000
    assert dialog.pages.place.swap.isChecked()
    dialog.close()


def test_a_table_with_unknown_headers_becomes_points_without_touching_the_file(
    read: Callable[..., ImportDialog], sources: dict[str, Path], settled: Callable[[ImportDialog], None]
) -> None:
    dialog = read(sources["odd.csv"])
    assert not dialog.store_button.isEnabled()
    tables = dialog.pages.tables
    assert [tables.columns.topLevelItem(row).text(1) for row in range(4)] == ["Not understood"] * 4  # type: ignore[union-attr]
    for column, field in (("a", "id"), ("b", "north"), ("c", "east")):
        tables.corrected.emit("odd.csv", column, field)
    settled(dialog)
    assert "2 nodes" in dialog.state.text()
    assert dialog.store_button.isEnabled()
    assert tables.columns.topLevelItem(0).text(0) == "d"  # type: ignore[union-attr]
    dialog.close()


def test_a_column_is_corrected_with_the_keyboard(
    read: Callable[..., ImportDialog], sources: dict[str, Path], settled: Callable[[ImportDialog], None]
) -> None:
    dialog = read(sources["点.csv"], sources["线.csv"])
    columns = dialog.pages.tables.columns
    item = next(
        one
        for row in range(columns.topLevelItemCount())
        if (one := columns.topLevelItem(row)) is not None and one.text(0) == "附属物"
    )
    columns.setCurrentItem(item)
    columns.setFocus()
    QTest.keyClick(columns, Qt.Key.Key_Return)
    choices = dialog.pages.tables.open_list
    assert choices is not None
    QTest.keyClicks(choices.search, "note")
    QTest.keyClick(choices.search, Qt.Key.Key_Return)
    settled(dialog)
    assert "检修井" in dialog.deliveries[0].nodes["note"].to_pylist()
    assert only_draft(dialog).choices.mapping() == {"点.csv": {"附属物": "note"}}
    dialog.close()


def test_a_table_can_be_left_out(
    read: Callable[..., ImportDialog], sources: dict[str, Path], settled: Callable[[ImportDialog], None]
) -> None:
    dialog = read(sources["点.csv"], sources["线.csv"])
    dialog.pages.tables.corrected.emit("线.csv", "@kind", "")
    settled(dialog)
    assert dialog.deliveries[0].pipes.num_rows == 0
    assert [table.kind for table in dialog.deliveries[0].tables] == ["node", ""]
    dialog.close()


def test_a_mapping_is_saved_used_again_and_refused_where_it_is_none(
    read: Callable[..., ImportDialog],
    sources: dict[str, Path],
    settled: Callable[[ImportDialog], None],
    tmp_path: Path,
    window: MainWindow,
) -> None:
    first = read(sources["点.csv"])
    first.pages.tables.corrected.emit("点.csv", "附属物", "note")
    settled(first)
    kept = tmp_path / "kept.json"
    first.pages.save_mapping(kept)
    first.close()
    again = read(sources["点.csv"])
    again.pages.use_mapping(kept)
    settled(again)
    assert "检修井" in again.deliveries[0].nodes["note"].to_pylist()
    before = only_draft(again).choices
    said: list[Message] = []
    window.session.message.connect(said.append)
    kept.write_text('{"点.csv": {"附属物": "no such field"}}', encoding="utf-8")
    again.pages.use_mapping(kept)
    assert only_draft(again).choices == before
    assert said
    again.close()


def test_corrections_that_were_stored_are_taken_again_for_the_same_headers(
    read: Callable[..., ImportDialog],
    sources: dict[str, Path],
    settled: Callable[[ImportDialog], None],
    tmp_path: Path,
    window: MainWindow,
    qtbot: QtBot,
) -> None:
    first = read(sources["odd.csv"])
    for column, field in (("a", "id"), ("b", "north"), ("c", "east"), ("d", "note")):
        first.pages.tables.corrected.emit("odd.csv", column, field)
    settled(first)
    first.storing.start(tmp_path / "new.gpkg")
    qtbot.waitUntil(lambda: window.session.network is not None and window.session.is_settled, timeout=20_000)
    other = sources["odd.csv"].with_name("other name.csv")
    other.write_text(ODD.replace("P", "Q"), encoding="utf-8")
    again = read(other)
    assert again.deliveries[0].nodes["note"].to_pylist() == ["红", "蓝"]
    assert "odd.csv" in again.pages.tables.notice_words.text()
    again.pages.tables.afresh_wanted.emit()
    settled(again)
    assert again.deliveries == ()
    again.close()


def test_a_click_on_a_problem_shows_its_row_and_its_place(read: Callable[..., ImportDialog], sources: dict[str, Path]) -> None:
    dialog = read(sources["点.csv"], sources["线.csv"])
    problems = dialog.pages.problems
    rows = [problem for problem in problems.shown() if problem.where == "线.csv:4"]
    assert rows
    problems.chosen.emit(rows[0])
    grid = dialog.pages.row_grid
    assert [index.data() for index in grid.selectionModel().selectedIndexes()][:2] == ["YS3", "YS9"]
    dialog.close()


def test_problems_are_filtered_by_weight(read: Callable[..., ImportDialog], sources: dict[str, Path]) -> None:
    dialog = read(sources["点.csv"], sources["线.csv"])
    problems = dialog.pages.problems
    whole = len(problems.shown())
    problems.severities["info"].click()
    assert 0 < len(problems.shown()) < whole
    assert all(problem.severity != "info" for problem in problems.shown())
    dialog.close()


def test_a_new_survey_is_stored_with_what_was_written_down_and_opened(
    read: Callable[..., ImportDialog], sources: dict[str, Path], window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog = read(sources["点.csv"], sources["线.csv"])
    for name, text in (("name", "一标段"), ("surveyor", "测绘院")):
        dialog.pages.details.edits[name].setText(text)
        dialog.pages.details.edits[name].editingFinished.emit()
    dialog.storing.start(tmp_path / "new.gpkg")
    qtbot.waitUntil(lambda: window.session.network is not None and window.session.is_settled, timeout=20_000)
    survey = window.session.survey
    assert survey is not None
    (stored,) = survey.batches()
    assert (stored.batch.name, stored.batch.surveyor) == ("一标段", "测绘院")
    assert stored.pipes == 3


def test_the_open_survey_takes_it_and_gives_it_back(
    open_window: MainWindow,
    read: Callable[..., ImportDialog],
    sources: dict[str, Path],
    settled: Callable[[ImportDialog], None],
    qtbot: QtBot,
) -> None:
    session = open_window.session
    dialog = read(sources["town.inp"])
    assert dialog.into_open()
    assert "unknown coordinate system" in dialog.state.text()
    assert "under Place" in dialog.state.text()
    assert not dialog.store_button.isEnabled()
    dialog.pages.place.crs_chosen.emit("EPSG:4547", False)  # noqa: FBT003 -- as the signal has it
    settled(dialog)
    assert "Adds 2 nodes and 1 pipe." in dialog.state.text()
    QTest.mouseClick(dialog.store_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: session.network is not None and session.network.pipe_count == 6 and session.is_settled, timeout=20_000
    )
    again = read(sources["town.inp"])
    again.pages.place.crs_chosen.emit("EPSG:4547", False)  # noqa: FBT003
    settled(again)
    assert "3 are there already" in again.state.text()
    again.close()
    open_window.actions_by_id["edit.undo"].trigger()
    qtbot.waitUntil(
        lambda: session.network is not None and session.network.pipe_count == 5 and session.is_settled, timeout=20_000
    )


def test_one_coordinate_system_can_be_chosen_for_all_deliveries(
    open_window: MainWindow,
    read: Callable[..., ImportDialog],
    sources: dict[str, Path],
    settled: Callable[[ImportDialog], None],
) -> None:
    assert open_window.session.survey is not None
    other = sources["town.inp"].with_name("village.inp")
    other.write_text(MODEL, encoding="utf-8")
    dialog = read(sources["town.inp"], other)
    assert [draft.name for draft in dialog.drafts] == ["town", "village"]
    assert "cannot take: 2" in dialog.state.text()
    dialog.pages.place.for_all.setChecked(True)
    dialog.pages.place.crs_chosen.emit("EPSG:4547", False)  # noqa: FBT003 -- as the signal has it
    settled(dialog)
    assert [delivery.crs for delivery in dialog.deliveries] == ["EPSG:4547"] * 2
    assert "Adds 4 nodes and 2 pipes" in dialog.state.text()
    assert dialog.store_button.isEnabled()
    dialog.close()


def test_a_delivery_in_the_wrong_zone_is_noticed_and_put_right(
    window: MainWindow,
    read: Callable[..., ImportDialog],
    sources: dict[str, Path],
    settled: Callable[[ImportDialog], None],
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    here = read(sources["点.csv"], sources["线.csv"])
    here.pages.place.crs_chosen.emit("EPSG:4547", False)  # noqa: FBT003
    settled(here)
    here.storing.start(tmp_path / "here.gpkg")
    qtbot.waitUntil(lambda: window.session.network is not None and window.session.is_settled, timeout=20_000)
    dialog = read(sources["点.csv"])
    place = dialog.pages.place
    place.crs_chosen.emit("EPSG:4548", False)  # noqa: FBT003
    settled(dialog)
    assert "from the open survey" in place.warning_words.text()
    hint = place.warning.findChildren(type(place.as_said))[0]
    assert hint.text().startswith("In another zone, EPSG:4547")
    hint.click()
    settled(dialog)
    assert dialog.deliveries[0].crs == "EPSG:4547"
    assert place.warning.isHidden()
    dialog.close()


def test_a_broken_file_is_said_and_the_workbench_stays(
    read: Callable[..., ImportDialog], sources: dict[str, Path], settled: Callable[[ImportDialog], None]
) -> None:
    dialog = read(sources["broken.xlsx"])
    assert dialog.isVisible()
    assert dialog.state.text() == "None of these files can be read."
    assert not dialog.store_button.isEnabled()
    QTest.mouseClick(dialog.files.remove_button, Qt.MouseButton.LeftButton)
    settled(dialog)
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(sources["town.inp"]))])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    dialog.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, carried, left, none))
    settled(dialog)
    assert [draft.name for draft in dialog.drafts] == ["town"]
    assert dialog.store_button.isEnabled()
    dialog.close()


def test_a_survey_that_is_there_is_not_written_over(
    read: Callable[..., ImportDialog], sources: dict[str, Path], street_path: Path
) -> None:
    before = street_path.read_bytes()
    dialog = read(sources["town.inp"])
    dialog.storing.start(street_path)
    assert "exists already" in dialog.state.text()
    assert dialog.store_button.isEnabled()
    assert street_path.read_bytes() == before
    dialog.close()


def test_storing_that_fails_keeps_the_choices(
    read: Callable[..., ImportDialog], sources: dict[str, Path], tmp_path: Path, settled: Callable[[ImportDialog], None]
) -> None:
    dialog = read(sources["点.csv"])
    dialog.pages.tables.corrected.emit("点.csv", "附属物", "note")
    settled(dialog)
    before = only_draft(dialog).choices
    dialog.storing.start(tmp_path / "no such folder" / "new.gpkg")
    settled(dialog)
    assert dialog.isVisible()
    assert dialog.state.text()
    assert only_draft(dialog).choices == before
    assert dialog.store_button.isEnabled()
    dialog.close()


def test_two_deliveries_of_one_name_are_refused_before_anything_is_written(
    open_window: MainWindow, read: Callable[..., ImportDialog], sources: dict[str, Path]
) -> None:
    survey = open_window.session.survey
    assert survey is not None
    before = len(survey.history())
    dialog = read(sources["点.csv"], sources["town.inp"])
    for draft in dialog.drafts:
        draft.details["name"] = "一"
    dialog.storing.start()
    assert "would replace the other" in dialog.state.text()
    assert len(survey.history()) == before
    dialog.close()


def test_when_the_second_delivery_cannot_be_stored_the_first_is_taken_back(
    open_window: MainWindow,
    read: Callable[..., ImportDialog],
    sources: dict[str, Path],
    settled: Callable[[ImportDialog], None],
) -> None:
    session = open_window.session
    dialog = read(sources["点.csv"], sources["town.inp"])
    dialog.files.tree.setCurrentItem(dialog.files.tree.topLevelItem(0))  # type: ignore[arg-type]
    dialog.pages.place.crs_chosen.emit("EPSG:4547", False)  # noqa: FBT003 -- the model stays without one, and cannot be stored
    settled(dialog)
    assert not dialog.store_button.isEnabled()
    dialog.storing.start()  # as if the survey had changed since it was compared
    settled(dialog)
    assert "unknown coordinate system" in dialog.state.text()
    assert session.survey is not None
    path = session.survey.path
    with open_survey(path, read_only=True) as again:
        assert again.network.pipe_count == 5
        assert again.network.node_count == 7
    dialog.close()


def test_a_workbench_closed_while_it_reads_leaves_nothing_behind(
    window: MainWindow, sources: dict[str, Path], qtbot: QtBot
) -> None:
    dialog = show_import(window.session, window, [sources["点.csv"], sources["线.csv"]])
    assert dialog is not None
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.session.is_settled)
    assert window.session.survey is None


def test_remembered_mappings_that_cannot_be_read_are_set_aside(
    window: MainWindow, read: Callable[..., ImportDialog], sources: dict[str, Path]
) -> None:
    folder = window.session.settings.path.parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mappings.json").write_text('[{"headers": 3}]', encoding="utf-8")
    said: list[Message] = []
    window.session.message.connect(said.append)
    dialog = read(sources["点.csv"])
    assert dialog.deliveries
    assert "set aside" in said[0].text
    assert (folder / "mappings.unreadable.json").exists()
    dialog.close()
