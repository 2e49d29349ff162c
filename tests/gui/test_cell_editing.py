"""A spreadsheet's habits in the attribute tables, with real keys and the real clipboard."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pipemap.gui.cell_editors import ListCompleter, ValueEdit
from pipemap.gui.columns import KeptColumns
from pipemap.gui.element_table import ElementTable, NodeTable, PipeTable
from pipemap.gui.session import Message, Selection, Session, ViewRequest
from pipemap.gui.table_menus import open_cell_menu, open_header_menu
from pipemap.gui.window import MainWindow
from pipemap.model.lookup import Element

Table = TypeVar("Table", bound=ElementTable)
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def pipes(open_window: MainWindow, qtbot: QtBot) -> PipeTable:
    return front(open_window, qtbot, "pipes", PipeTable)


@pytest.fixture
def nodes(open_window: MainWindow, qtbot: QtBot) -> NodeTable:
    return front(open_window, qtbot, "nodes", NodeTable)


def front(window: MainWindow, qtbot: QtBot, panel: str, kind: type[Table]) -> Table:
    found = window.findChild(kind)
    assert found is not None
    window.session.show_panel(panel)
    qtbot.waitUntil(lambda: window.session.is_settled and found.model.rowCount() > 0)
    window.activateWindow()
    found.view.setFocus()
    return found


def go_to(table: ElementTable, row: int, name: str) -> None:
    place = [field.name for field in table.model.columns].index(name)
    chosen = QItemSelectionModel.SelectionFlag.ClearAndSelect  # whatever keys a test held before
    table.view.selectionModel().setCurrentIndex(table.model.index(row, place), chosen)


def mark(table: ElementTable, rows: range, first: str, last: str) -> None:
    names = [field.name for field in table.model.columns]
    go_to(table, rows[0], first)
    corner = table.model.index(rows[0], names.index(first)), table.model.index(rows[-1], names.index(last))
    table.view.selectionModel().select(QItemSelection(*corner), QItemSelectionModel.SelectionFlag.ClearAndSelect)


def editor_of(table: ElementTable) -> ValueEdit | None:
    """The editor that is open now; one that was closed may linger until it is deleted."""
    found = [one for one in table.view.findChildren(ValueEdit) if one.isVisible()]
    return found[-1] if found else None


def keys(table: ElementTable, *pressed: str | Qt.Key | tuple[Qt.Key, Qt.KeyboardModifier]) -> None:
    """Press keys where the focus is: a text, a key, or a key with Ctrl."""
    for one in pressed:
        editor = editor_of(table)
        target = editor if editor is not None else table.view
        if isinstance(one, str) and not one.isascii():
            committed = QInputMethodEvent()  # as Chinese is typed
            committed.setCommitString(one)
            QApplication.sendEvent(target, committed)
        elif isinstance(one, str):
            QTest.keyClicks(target, one[:1])
            editor = editor_of(table)
            QTest.keyClicks(editor if editor is not None else target, one[1:])
        elif isinstance(one, tuple):
            QTest.keyClick(target, one[0], one[1])
        else:
            QTest.keyClick(target, one)


def stored(table: ElementTable, row: int, name: str) -> object:
    survey = table.session.survey
    assert survey is not None
    return survey.record(table.layer, int(table.model.fids[row]))[name]


def settle(table: ElementTable, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: table.session.is_settled and not table.editing._storing and not table.editing._waiting)
    QApplication.processEvents()


def note(said: list[str], message: Message) -> None:
    said.append(message.text)


def changes(table: ElementTable) -> int:
    return len(table.session.survey.history()) if table.session.survey else 0


def test_typing_replaces_a_cell_enter_goes_down_and_tab_goes_on(pipes: PipeTable, qtbot: QtBot) -> None:
    go_to(pipes, 0, "diameter_mm")
    keys(pipes, "250", Qt.Key.Key_Return, "150", Qt.Key.Key_Tab)
    assert pipes.view.currentIndex().row() == 1
    assert pipes.current_name() == "width_mm"
    settle(pipes, qtbot)
    assert (stored(pipes, 0, "diameter_mm"), stored(pipes, 1, "diameter_mm")) == (250, 150)
    assert changes(pipes) == 3  # the import, and one Change a cell
    assert pipes.model.index(0, 4).data() == "250"
    keys(pipes, Qt.Key.Key_Return)
    assert pipes.current_name() == "diameter_mm"  # where Tab began


def test_escape_leaves_a_cell_as_it_was(pipes: PipeTable, qtbot: QtBot) -> None:
    go_to(pipes, 0, "material")
    keys(pipes, "PVC", Qt.Key.Key_Escape)
    settle(pipes, qtbot)
    assert stored(pipes, 0, "material") == "铸铁"


def test_f2_edits_what_is_there(pipes: PipeTable, qtbot: QtBot) -> None:
    go_to(pipes, 0, "note")
    keys(pipes, Qt.Key.Key_F2, "湖滨路口", Qt.Key.Key_Return)
    settle(pipes, qtbot)
    assert stored(pipes, 0, "note") == "湖滨路口"


def test_a_wrong_text_is_refused_in_its_cell_with_the_reason_and_is_not_lost(pipes: PipeTable, qtbot: QtBot) -> None:
    go_to(pipes, 0, "diameter_mm")
    keys(pipes, "wide", Qt.Key.Key_Return)
    editor = editor_of(pipes)
    assert editor is not None  # the cell is not left
    assert editor.property("refused")
    assert "takes a number" in pipes.editing._bubble.words.text()
    assert pipes.editing._bubble.isVisible()
    pipes.filter_bar.value.setFocus()  # the person turns to something else
    qtbot.waitUntil(lambda: bool(pipes.model.drafts))
    index = pipes.model.index(0, 4)
    assert index.data() == "wide"
    assert "takes a number" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert pipes._refused.text() == "Not stored: 1"
    assert stored(pipes, 0, "diameter_mm") == 300
    pipes.view.setFocus()
    go_to(pipes, 3, "id")
    pipes._refused.click()
    assert (pipes.view.currentIndex().row(), pipes.current_name()) == (0, "diameter_mm")
    keys(pipes, Qt.Key.Key_Escape)
    assert index.data() == "300"
    assert not pipes._refused.isVisible()


def test_a_listed_value_is_typed_in_either_language_and_chosen_from_its_list(pipes: PipeTable, qtbot: QtBot) -> None:
    go_to(pipes, 0, "category")
    keys(pipes, "污水", Qt.Key.Key_Tab)
    settle(pipes, qtbot)
    assert stored(pipes, 0, "category") == "WS"
    go_to(pipes, 1, "category")
    keys(pipes, Qt.Key.Key_F2)
    editor = editor_of(pipes)
    assert editor is not None
    editor.show_list()
    completer = editor.completer()
    assert isinstance(completer, ListCompleter)
    popup = completer.list
    assert popup.isVisible()
    assert popup.model().rowCount() > 30
    popup.hide()
    editor.setText("")
    QTest.keyClicks(editor, "storm")
    assert completer.completionCount() >= 1
    assert "YS" in completer.currentCompletion()


def test_the_end_of_a_pipe_must_be_a_node_that_is_there(pipes: PipeTable, qtbot: QtBot) -> None:
    go_to(pipes, 2, "to_node")
    keys(pipes, "JS9", Qt.Key.Key_Return)
    assert "no node JS9" in pipes.editing._bubble.words.text()
    editor = editor_of(pipes)
    assert editor is not None
    editor.setText("YS3")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    settle(pipes, qtbot)
    network = pipes.session.network
    assert network is not None
    assert network.node_ids[int(network.pipe_ends[2, 1])] == "YS3"


def test_a_block_is_pasted_as_one_change_and_undone_as_one(pipes: PipeTable, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText('250\t\t\tPE\r\n160\t\t\t"HD\tPE"\r\n')
    go_to(pipes, 0, "diameter_mm")
    QTest.keySequence(pipes.view, QKeySequence(QKeySequence.StandardKey.Paste))
    settle(pipes, qtbot)
    assert [stored(pipes, row, "diameter_mm") for row in (0, 1, 2)] == [250, 160, 100]
    assert stored(pipes, 1, "material") == "HD\tPE"
    assert changes(pipes) == 2
    survey = pipes.session.survey
    assert survey is not None
    survey.undo()
    pipes.session.refresh()
    assert pipes.model.index(0, 4).data() == "300"


def test_wrong_cells_of_a_block_are_listed_and_the_person_chooses(pipes: PipeTable, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("250\nwide\n160\n1\n2\n3")
    go_to(pipes, 0, "diameter_mm")
    QTest.keySequence(pipes.view, QKeySequence(QKeySequence.StandardKey.Paste))
    qtbot.waitUntil(lambda: pipes.pane.isVisible() and pipes.pane.list.topLevelItemCount() == 5)
    assert changes(pipes) == 1
    first = pipes.pane.list.topLevelItem(0)
    assert first is not None
    assert first.text(0) == "JS2-JS3"
    assert "takes a number, not “wide”" in first.text(3)
    assert "beyond the table" in pipes.pane.summary.text()
    assert pipes.pane.store_button.text() == "Store the right ones (4)"
    pipes.pane.store_button.click()
    settle(pipes, qtbot)
    assert [stored(pipes, row, "diameter_mm") for row in range(5)] == [250, 300, 160, 1, 2]
    assert changes(pipes) == 2
    assert not pipes.pane.isVisible()


def test_storing_nothing_stores_nothing(pipes: PipeTable, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("250\nwide")
    go_to(pipes, 0, "diameter_mm")
    pipes.editing.paste()
    qtbot.waitUntil(pipes.pane.isVisible)
    pipes.pane.drop_button.click()
    settle(pipes, qtbot)
    assert changes(pipes) == 1


def test_one_copied_cell_fills_all_that_are_selected(pipes: PipeTable, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("PE")
    mark(pipes, range(5), "material", "material")
    pipes.editing.paste()
    settle(pipes, qtbot)
    assert [stored(pipes, row, "material") for row in range(5)] == ["PE"] * 5


def test_copied_cells_can_be_pasted_back_without_losing_a_decimal(pipes: PipeTable, qtbot: QtBot) -> None:
    survey = pipes.session.survey
    assert survey is not None
    with survey.edit("a fine depth") as edit:
        edit.update("pipe", 1, from_depth=1.23456)
    pipes.session.refresh()
    mark(pipes, range(2), "from_depth", "to_depth")
    QTest.keySequence(pipes.view, QKeySequence(QKeySequence.StandardKey.Copy))
    settle(pipes, qtbot)
    assert QGuiApplication.clipboard().text() == "1.23456\t1.2\n1.2\t1.2"
    go_to(pipes, 2, "from_depth")
    pipes.editing.paste()
    settle(pipes, qtbot)
    assert stored(pipes, 2, "from_depth") == 1.23456


def test_fill_down_clear_and_cut(pipes: PipeTable, qtbot: QtBot) -> None:
    mark(pipes, range(1, 5), "diameter_mm", "material")
    keys(pipes, (Qt.Key.Key_D, CONTROL))
    settle(pipes, qtbot)
    assert [stored(pipes, row, "material") for row in range(5)] == ["铸铁"] * 5
    assert [stored(pipes, row, "diameter_mm") for row in range(5)] == [300] * 5
    mark(pipes, range(2), "material", "material")
    keys(pipes, Qt.Key.Key_Delete)
    settle(pipes, qtbot)
    assert [stored(pipes, row, "material") for row in range(3)] == [None, None, "铸铁"]
    mark(pipes, range(2, 4), "material", "material")
    QTest.keySequence(pipes.view, QKeySequence(QKeySequence.StandardKey.Cut))
    settle(pipes, qtbot)
    assert QGuiApplication.clipboard().text() == "铸铁 Cast iron\n铸铁 Cast iron"
    assert stored(pipes, 2, "material") is None
    assert changes(pipes) == 4


def test_deleting_in_whole_rows_empties_only_the_column_of_the_cursor(pipes: PipeTable, qtbot: QtBot) -> None:
    go_to(pipes, 0, "note")
    pipes.session.select(Selection.of(pipes=[3, 4]))
    keys(pipes, Qt.Key.Key_Delete)
    settle(pipes, qtbot)
    assert stored(pipes, 3, "id") == "YS1-YS2"
    assert changes(pipes) == 1


def test_keys_typed_into_cells_start_no_tools(pipes: PipeTable) -> None:
    go_to(pipes, 0, "note")
    keys(pipes, "UDM2")
    assert pipes.session.tool == "select"
    editor = editor_of(pipes)
    assert editor is not None
    assert editor.text() == "UDM2"


def test_rows_stay_where_they_are_when_a_sorted_column_is_edited(pipes: PipeTable, qtbot: QtBot) -> None:
    pipes.sort("diameter_mm")
    settle(pipes, qtbot)
    before = pipes.model.fids.tolist()
    go_to(pipes, 0, "diameter_mm")
    keys(pipes, "900", Qt.Key.Key_Return)
    settle(pipes, qtbot)
    assert pipes.model.fids.tolist() == before
    assert pipes.view.currentIndex().row() == 1


def test_a_text_that_is_being_typed_outlives_a_change_made_elsewhere(pipes: PipeTable, qtbot: QtBot) -> None:
    go_to(pipes, 1, "note")
    keys(pipes, "half a sen")
    survey = pipes.session.survey
    assert survey is not None
    with survey.edit("elsewhere") as edit:
        edit.update("pipe", 1, material="PE")
    pipes.session.refresh()
    keys(pipes, "tence", Qt.Key.Key_Return)
    settle(pipes, qtbot)
    assert stored(pipes, 1, "note") == "half a sentence"


def test_an_id_that_repeats_is_stored_and_told(nodes: NodeTable, qtbot: QtBot) -> None:
    said: list[str] = []
    nodes.session.message.connect(partial(note, said))
    go_to(nodes, 1, "id")
    keys(nodes, "JS1", Qt.Key.Key_Return)
    settle(nodes, qtbot)
    assert stored(nodes, 1, "id") == "JS1"
    assert any("more than once: JS1" in text for text in said)


def test_find_and_replace_shows_every_cell_before_it_stores_them(pipes: PipeTable, qtbot: QtBot) -> None:
    go_to(pipes, 0, "id")
    keys(pipes, (Qt.Key.Key_H, CONTROL))
    form = pipes.pane.finder
    qtbot.waitUntil(pipes.pane.isVisible)
    QTest.keyClicks(form.text, "(y)s")
    QTest.keyClicks(form.instead, "WS")
    qtbot.waitUntil(lambda: "change: 0" in pipes.pane.summary.text() or "Cells that change: 0" in pipes.pane.summary.text())
    form.pattern.setChecked(True)
    qtbot.waitUntil(lambda: pipes.pane.list.topLevelItemCount() == 2)
    assert pipes.pane.store_button.text() == "Store 2"
    item = pipes.pane.list.topLevelItem(0)
    assert item is not None
    assert (item.text(2), item.text(3)) == ("YS1-YS2", "WS1-WS2")
    pipes.pane.store_button.click()
    settle(pipes, qtbot)
    assert stored(pipes, 3, "id") == "WS1-WS2"
    form.text.setText("(")
    qtbot.waitUntil(lambda: "cannot be read" in pipes.pane.summary.text())
    assert not pipes.pane.store_button.isEnabled()


def test_a_field_is_calculated_with_a_preview_and_errors_by_row(pipes: PipeTable, qtbot: QtBot) -> None:
    pipes.pane.open_calculate("wall_mm")
    form = pipes.pane.sums
    form.text.setText("100 / (diameter_mm - 300)")
    qtbot.waitUntil(lambda: pipes.pane.list.topLevelItemCount() == 5)
    assert "refused: 2" in pipes.pane.summary.text()
    form.text.setText("diameter_mm / 20")
    qtbot.waitUntil(lambda: pipes.pane.store_button.isEnabled() and "refused" not in pipes.pane.summary.text())
    pipes.pane.store_button.click()
    settle(pipes, qtbot)
    assert [stored(pipes, row, "wall_mm") for row in range(5)] == [15, 15, 5, 30, 30]
    assert changes(pipes) == 2


def test_a_survey_that_is_read_only_says_why(pipes: PipeTable, qtbot: QtBot) -> None:
    said: list[str] = []
    pipes.session.message.connect(partial(note, said))
    survey = pipes.session.survey
    assert survey is not None
    survey.read_only = True
    go_to(pipes, 0, "material")
    keys(pipes, Qt.Key.Key_F2)
    assert editor_of(pipes) is None
    assert any("reading only" in text for text in said)
    said.clear()
    keys(pipes, Qt.Key.Key_Delete)
    settle(pipes, qtbot)
    assert any("reading only" in text for text in said)
    assert stored(pipes, 0, "material") == "铸铁"


def test_columns_are_held_and_their_widths_remembered(pipes: PipeTable, session: Session) -> None:
    pipes.freeze(2)
    assert pipes.frozen.isVisible()
    pipes.view.setColumnWidth(0, 177)
    assert KeptColumns(session).frozen("pipe") == 2
    assert KeptColumns(session).widths("pipe")["id"] == 177
    assert pipes.frozen.columnWidth(0) == 177
    pipes.view.horizontalScrollBar().setValue(200)
    cell = pipes.frozen.visualRect(pipes.model.index(3, 0))
    QTest.mouseClick(pipes.frozen.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(cell.left() + 10, cell.center().y()))
    assert session.selection.pipes.tolist() == [3]
    pipes.freeze(0)
    assert not pipes.frozen.isVisible()


def test_headings_and_cells_have_their_menus(pipes: PipeTable) -> None:
    header = pipes.view.horizontalHeader()
    menu = open_header_menu(pipes, header, QPoint(header.sectionViewportPosition(4) + 10, 5))
    titles = [action.text() for action in menu.actions()]
    assert "Hold columns up to this one" in titles
    assert "Calculate this field" in titles
    menu.close()
    menu = open_cell_menu(pipes, Element("pipe", 0), QPoint(10, 10))
    assert [action.text().split("\t")[0] for action in menu.actions()[:5]] == ["Cut", "Copy", "Paste", "Fill down", "Clear"]
    menu.close()


def test_a_double_click_edits_a_cell_and_on_an_id_flies_there(pipes: PipeTable) -> None:
    asked: list[ViewRequest] = []
    pipes.session.view_requested.connect(asked.append)
    for name, flies in (("id", True), ("from_node", False)):
        go_to(pipes, 0, name)
        at = pipes.view.visualRect(pipes.view.currentIndex()).center()
        QTest.mouseClick(pipes.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseDClick(pipes.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert (editor_of(pipes) is None) is flies
        assert len(asked) == 1
