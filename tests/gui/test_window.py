from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QPushButton, QTabBar, QTableView, QToolButton
from pytestqt.qtbot import QtBot

from pipemap.errors import SurveyFileError
from pipemap.gui.crash import CrashDialog, crash_report
from pipemap.gui.manual import ManualWindow
from pipemap.gui.palette import palette_of
from pipemap.gui.panels import PANELS
from pipemap.gui.recent import Memory
from pipemap.gui.session import Selection, Session
from pipemap.gui.settings_dialog import SettingsDialog
from pipemap.gui.start_page import ACTIONS
from pipemap.gui.status import StatusBar
from pipemap.gui.window import MainWindow
from pipemap.gui.workspaces import WORKSPACES
from pipemap.progress import Progress
from pipemap.settings import SETTINGS
from pipemap.store import open_survey
from pipemap.texts import language


def test_the_program_starts_on_a_page_that_says_what_to_do(window: MainWindow) -> None:
    assert window.pages.currentWidget() is window.start_page
    assert window.toolbar.isHidden()
    assert all(dock.isHidden() for dock in window.docks.values())
    offered = {made.accessibleName() for made in window.start_page.findChildren(QPushButton)}
    assert {window.actions_by_id[name].text() for name in ACTIONS} <= offered


def test_opening_a_survey_shows_the_map_its_panels_and_its_name(open_window: MainWindow) -> None:
    assert open_window.pages.currentWidget() is open_window.map
    assert open_window.windowTitle().startswith("Lake Street")
    assert open_window.session.visible_panels == frozenset(panel.id for panel in PANELS if "survey" in panel.workspaces)
    assert all(dock.isVisible() for dock in open_window.docks.values())
    assert open_window.toolbar.isVisible()


def test_a_survey_once_opened_is_on_the_start_page_with_its_picture(open_window: MainWindow) -> None:
    open_window.actions_by_id["file.close"].trigger()
    assert open_window.session.survey is None
    assert open_window.pages.currentWidget() is open_window.start_page
    (recent,) = open_window.memory.surveys
    assert recent.name == "Lake Street"
    assert recent.pipes == 5
    assert open_window.memory.picture(recent.path) is not None
    cards = [made.accessibleName() for made in open_window.start_page.findChildren(QPushButton, "startCard")]
    assert cards == ["Lake Street"]


def test_commands_are_enabled_by_what_is_open_and_selected(open_window: MainWindow, qtbot: QtBot) -> None:
    copy = open_window.actions_by_id["edit.copy_ids"]
    assert not copy.isEnabled()
    open_window.session.select(Selection.of(pipes=[0]))
    qtbot.waitUntil(copy.isEnabled)
    copy.trigger()
    assert QGuiApplication.clipboard().text() == "JS1-JS2"


def test_a_workspace_that_was_never_arranged_shows_its_first_panels(open_window: MainWindow, qtbot: QtBot) -> None:
    open_window.session.set_workspace("inspection")
    assert open_window.docks["bottom"].shown_panel() == "findings"
    qtbot.waitUntil(lambda: not open_window._arranging.isActive())
    open_window.session.show_panel("patrols")
    open_window.session.set_workspace("survey")
    open_window.session.set_workspace("inspection")
    assert open_window.docks["bottom"].shown_panel() == "patrols"


def test_every_panel_of_a_workspace_has_a_tab_that_can_be_read(open_window: MainWindow, qtbot: QtBot) -> None:
    for workspace in WORKSPACES:
        open_window.session.set_workspace(workspace.id)
        for side, dock in open_window.docks.items():
            tabs = dock.findChild(QTabBar)
            assert tabs is not None
            shown = [place for place in range(tabs.count()) if tabs.isTabVisible(place)]
            qtbot.waitUntil(lambda: all(tabs.tabRect(place).width() > 20 for place in shown))  # noqa: B023 -- it is waited for
            assert [tabs.tabText(place) for place in shown] == [
                panel.label for panel in PANELS if panel.side == side and workspace.id in panel.workspaces
            ]


def test_undo_takes_the_import_back_and_redo_makes_it_again(open_window: MainWindow, qtbot: QtBot) -> None:
    session = open_window.session
    open_window.actions_by_id["edit.undo"].trigger()
    qtbot.waitUntil(lambda: session.network is not None and session.network.pipe_count == 0 and session.is_settled)
    open_window.actions_by_id["edit.redo"].trigger()
    qtbot.waitUntil(lambda: session.network is not None and session.network.pipe_count == 5 and session.is_settled)


def test_nothing_to_undo_is_said_above_the_map(open_window: MainWindow, qtbot: QtBot) -> None:
    session = open_window.session
    open_window.actions_by_id["edit.undo"].trigger()
    qtbot.waitUntil(lambda: session.network is not None and session.network.pipe_count == 0 and session.is_settled)
    open_window.actions_by_id["edit.undo"].trigger()
    qtbot.waitUntil(lambda: len(open_window.strips.strips()) == 1)
    assert open_window.strips.strips()[0].message.level == "error"


def test_the_status_line_says_what_is_selected(open_window: MainWindow) -> None:
    status = open_window.statusBar()
    assert isinstance(status, StatusBar)
    open_window.session.select(Selection.of(nodes=[0], pipes=[0, 1]))
    words = " ".join(part.text() for part in status.findChildren(type(status._selection)))
    assert "nodes 1 · pipes 2, 80.0 m" in words
    assert "EPSG:4547" in words
    open_window.session.cursor_changed.emit((500000.5, 3400000.25, 20.0))
    assert status._cursor.text() == "E 500000.50   N 3400000.25   Z 20.00"


def test_a_message_of_success_has_undo_beside_it(open_window: MainWindow) -> None:
    status = open_window.statusBar()
    assert isinstance(status, StatusBar)
    undone: list[bool] = []
    open_window.session.say("Imported 5 pipes", undo=lambda: undone.append(True))
    assert status._message.text() == "Imported 5 pipes"
    assert status._action.isVisible()
    status._action.click()
    assert undone == [True]
    assert not status._action.isVisible()


def test_long_work_shows_progress_and_can_be_cancelled(open_window: MainWindow, qtbot: QtBot) -> None:
    status = open_window.statusBar()
    assert isinstance(status, StatusBar)

    def work(progress: Progress) -> None:
        while True:
            progress(30, 100, "Reading rows")

    open_window.session.run(work, "Import", lambda _answer: pytest.fail("it was cancelled"))
    view = status._tasks
    qtbot.waitUntil(view._cancel.isVisible, timeout=5000)
    assert view._bar.value() == 300
    assert view._words.text().startswith("Reading rows")
    view._cancel.click()
    qtbot.waitUntil(lambda: open_window.session.is_settled)
    assert view.isHidden()


def test_errors_stand_above_the_map_until_they_are_closed(open_window: MainWindow) -> None:
    error = SurveyFileError("The file is locked.", "Close the other program.")
    open_window.session.complain(error)
    open_window.session.complain(error)
    (strip,) = open_window.strips.strips()
    assert strip.message.hint == "Close the other program."
    close = next(made for made in strip.findChildren(QAbstractButton) if made.accessibleName() == "Close message")
    close.click()
    assert open_window.strips.strips() == []


def test_panels_are_closed_and_shown_by_their_commands(open_window: MainWindow, session: Session) -> None:
    open_window.actions_by_id["panel.nodes"].trigger()
    assert "nodes" not in session.visible_panels
    session.show_panel("nodes")
    assert "nodes" in session.visible_panels
    assert open_window.docks["bottom"].shown_panel() == "nodes"


def test_the_arrangement_is_remembered(open_window: MainWindow, session: Session, street_path: Path, qtbot: QtBot) -> None:
    session.show_panel("pipes")
    open_window.actions_by_id["panel.nodes"].trigger()
    open_window.docks["left"].fold(on=True)
    open_window.actions_by_id["file.close"].trigger()
    for dock in open_window.docks.values():
        dock.fold(on=False)
    session.open(street_path)
    qtbot.waitUntil(lambda: session.network is not None and session.is_settled, timeout=20_000)
    assert open_window.docks["left"].is_folded
    assert open_window.docks["bottom"].shown_panel() == "pipes"
    assert "nodes" not in session.visible_panels


def test_sides_fold_to_icons_before_anything_is_clipped(open_window: MainWindow, qtbot: QtBot) -> None:
    assert not open_window.docks["right"].is_folded
    open_window.resize(1000, 700)
    qtbot.waitUntil(lambda: open_window.docks["right"].is_folded)
    open_window.resize(820, 600)
    qtbot.waitUntil(lambda: open_window.docks["left"].is_folded)
    assert open_window.width() == 820
    open_window.resize(1366, 768)
    qtbot.waitUntil(lambda: not open_window.docks["right"].is_folded and not open_window.docks["left"].is_folded)


def test_no_tool_is_lost_in_a_narrow_window(open_window: MainWindow, qtbot: QtBot) -> None:
    tools = open_window.toolbar.findChildren(QToolButton)
    tools = [tool for tool in tools if tool.objectName() != "qt_toolbar_ext_button" and not _is_part_of_qt(tool)]
    for width in (1920, 820):
        open_window.resize(width, 700)
        qtbot.waitUntil(lambda: all(tool.isVisible() for tool in tools))
    assert all(tool.accessibleName() for tool in tools)


def test_the_window_fits_a_small_screen(open_window: MainWindow) -> None:
    hint = open_window.minimumSizeHint()
    assert hint.width() <= 1366
    assert hint.height() <= 768


@pytest.mark.parametrize("wanted", ["zh", "en"])
def test_the_language_changes_while_the_survey_stays_open(open_window: MainWindow, qtbot: QtBot, wanted: str) -> None:
    session = open_window.session
    session.select(Selection.of(pipes=[1]))
    sizes = {side: dock.size() for side, dock in open_window.docks.items()}
    session.settings.set("language", wanted)
    assert language() == wanted
    qtbot.waitUntil(lambda: abs(open_window.docks["bottom"].height() - sizes["bottom"].height()) <= 2)
    qtbot.waitUntil(lambda: abs(open_window.docks["left"].width() - sizes["left"].width()) <= 2)
    assert session.survey is not None
    assert open_window.pages.currentWidget() is open_window.map
    assert session.selection.pipes.tolist() == [1]
    assert all(dock.isVisible() for dock in open_window.docks.values())
    assert len(open_window.menuBar().actions()) >= 5


def test_the_palette_runs_what_it_finds(open_window: MainWindow) -> None:
    open_window.actions_by_id["view.palette"].trigger()
    palette = palette_of(open_window)
    assert palette is not None
    palette.type("pm")
    assert palette.shown()[0].id == "view.plan"
    QTest.keyClick(palette._field, Qt.Key.Key_Return)
    assert open_window.session.look.view == "2d"
    assert palette.isHidden()


def test_settings_take_effect_at_once(open_window: MainWindow, session: Session) -> None:
    open_window.actions_by_id["file.settings"].trigger()
    dialog = open_window.findChild(SettingsDialog)
    assert dialog is not None
    assert {row.name for row in SETTINGS} == set(dialog._controls)
    theme = dialog.control("theme")
    assert isinstance(theme, QComboBox)
    theme.setCurrentIndex(theme.findData("dark"))
    theme.activated.emit(theme.currentIndex())
    assert session.dark
    author = dialog.control("author")
    assert isinstance(author, QLineEdit)
    author.setText("Li")
    author.editingFinished.emit()
    assert session.settings.value("author") == "Li"
    dialog.close()


def test_the_manual_opens_at_the_commands(window: MainWindow) -> None:
    window.actions_by_id["help.keys"].trigger()
    manual = window.findChild(ManualWindow)
    assert manual is not None
    assert "Ctrl+O" in manual._browser.toPlainText()
    manual.close()


def test_a_bug_is_shown_with_a_text_to_copy(window: MainWindow) -> None:
    error = ValueError("the pump is upside down")
    dialog = CrashDialog(error, window)
    report = crash_report(error)
    assert "the pump is upside down" in report
    assert "pipemap" in report
    copy = next(made for made in dialog.findChildren(QPushButton) if made.text() == "Copy text")
    copy.click()
    assert QGuiApplication.clipboard().text() == dialog.report
    dialog.close()


def test_a_survey_dropped_on_the_window_is_opened(window: MainWindow, session: Session, street_path: Path, qtbot: QtBot) -> None:
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(street_path))])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    window.dropEvent(QDropEvent(QPointF(QPoint(10, 10)), Qt.DropAction.CopyAction, carried, left, none))
    qtbot.waitUntil(lambda: session.network is not None and session.is_settled, timeout=20_000)


def test_every_button_has_a_name_for_those_who_cannot_see_it(open_window: MainWindow) -> None:
    shown = [made for made in open_window.findChildren(QAbstractButton) if made.isVisible() and not _is_part_of_qt(made)]
    nameless = [made for made in shown if not (made.text() or made.accessibleName() or made.toolTip())]
    assert nameless == []


def test_closing_leaves_no_thread_no_timer_and_one_plain_file(open_window: MainWindow, street_path: Path) -> None:
    open_window.close()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("pipemap")]
    assert [timer for timer in open_window.findChildren(QTimer) if timer.isActive() and not timer.isSingleShot()] == []
    assert [path.name for path in street_path.parent.glob("street.gpkg*")] == ["street.gpkg"]


def test_memory_that_cannot_be_read_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"surveys": 7}', encoding="utf-8")
    assert Memory(tmp_path).surveys == ()
    assert Memory(tmp_path).arrangement("survey") == {}


def _is_part_of_qt(button: QAbstractButton) -> bool:
    """Arrows of a tab row, the cross in a field, the corner of a table."""
    return isinstance(button.parent(), QTabBar | QLineEdit | QTableView)


def test_a_survey_that_another_program_writes_says_so_and_cannot_be_changed(
    window: MainWindow, session: Session, street_path: Path, qtbot: QtBot
) -> None:
    status = window.statusBar()
    assert isinstance(status, StatusBar)
    with open_survey(street_path):
        session.open(street_path)
        qtbot.waitUntil(lambda: session.network is not None and session.is_settled, timeout=20_000)
        assert session.survey is not None
        assert session.survey.read_only
        assert status._read_only.isVisible()
        assert session.survey.holder in status._read_only._words.text()
        assert "read only" in window.windowTitle()
        qtbot.waitUntil(lambda: not window.actions_by_id["edit.undo"].isEnabled())
        session.close()


def test_sizes_that_are_not_given_back_yet_are_not_kept(open_window: MainWindow) -> None:
    before = open_window.memory.arrangement("survey")
    open_window.rebuild()
    open_window._keep_arrangement()
    kept = open_window.memory.arrangement("survey")
    assert kept["sides"]["bottom"]["room"] == before.get("sides", kept["sides"])["bottom"]["room"]
    assert kept["sides"]["bottom"]["room"][1] < open_window.height() / 2


def test_settings_are_written_in_the_language_just_chosen(open_window: MainWindow, qtbot: QtBot) -> None:
    dialog = SettingsDialog.open_for(open_window.context)
    before = dialog.windowTitle()
    open_window.session.settings.set("language", "zh")
    qtbot.waitUntil(lambda: dialog.windowTitle() != before)
    open_window.session.settings.set("language", "en")
    qtbot.waitUntil(lambda: dialog.windowTitle() == before)
    dialog.close()


@pytest.mark.parametrize(("title", "mode"), [("Trace", "trace:upstream"), ("Network", "edit:split")])
def test_a_button_with_a_menu_shows_that_one_of_its_modes_is_on(
    open_window: MainWindow, qtbot: QtBot, title: str, mode: str
) -> None:
    buttons = [made for made in open_window.toolbar.findChildren(QToolButton) if made.property("menued")]
    (button,) = [made for made in buttons if made.text() == title]
    assert not button.isChecked()
    open_window.session.set_tool(mode)
    qtbot.waitUntil(button.isChecked)
    open_window.session.set_tool("select")
    qtbot.waitUntil(lambda: not button.isChecked())


def test_keys_go_to_the_map_once_it_looks_at_a_hit(open_window: MainWindow) -> None:
    (box,) = open_window.toolbar.findChildren(QLineEdit)
    box.setFocus()
    assert open_window.focusWidget() is box
    open_window.session.fly_to("node", 0)
    assert open_window.focusWidget() is not box
