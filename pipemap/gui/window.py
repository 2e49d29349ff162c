"""The main window: menus and toolbar above, panels around the map, one line of facts below."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from pipemap.gui.care import watch_over
from pipemap.gui.commands import Context
from pipemap.gui.docks import AREAS, SideDock
from pipemap.gui.icons import icon
from pipemap.gui.menus import Actions, fill_menus, make_toolbar
from pipemap.gui.panels import EXPORT, IMPORT, MAP, PANELS, Side, build
from pipemap.gui.past_band import PastBand
from pipemap.gui.photos import thumbnail
from pipemap.gui.recent import Memory
from pipemap.gui.start_page import StartPage
from pipemap.gui.status import StatusBar
from pipemap.gui.strip import MessageStrips
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session

SURVEY_SUFFIXES = (".gpkg",)
FIRST_ROOM: dict[Side, int] = {"left": 264, "right": 320, "bottom": 240}
"""Width, or height, of a side that nobody has resized, in pixels."""
FOLD_BELOW: dict[Side, int] = {"left": 1000, "right": 1200}
"""Windows narrower than this fold the side by themselves."""


class MainWindow(QMainWindow):
    """One window on one session."""

    def __init__(self, session: Session, memory: Memory) -> None:
        super().__init__()
        self.session, self.memory = session, memory
        self.context = Context(session, self)
        self.docks: dict[Side, SideDock] = {}
        self.folds_itself: set[Side] = set()
        self._workspace = session.workspace
        self._arranging = QTimer(self, singleShot=True, interval=0)
        self._arranging.timeout.connect(self._restore_sizes)
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setWindowIcon(icon("tree-structure", tint="accent"))
        self.setMinimumSize(800, 560)
        self.map = build(MAP, session)
        self.map.setObjectName("map")
        self._build()
        session.survey_changed.connect(self._show_survey)
        session.network_changed.connect(self._remember_survey)
        session.workspace_changed.connect(self._show_workspace)
        session.panel_requested.connect(self.show_panel)
        session.import_requested.connect(self.import_files)
        session.export_requested.connect(self.export_survey)
        session.language_changed.connect(self.rebuild)
        session.view_requested.connect(self._leave_find)
        watch_over(session)
        self._show_survey()

    # -- made and made again ---------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.actions_by_id = Actions(self.context, self)
        self.addActions(self.actions_by_id.all())
        fill_menus(self.menuBar(), self.actions_by_id)
        self.toolbar = make_toolbar(self.context, self.actions_by_id)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.toolbar)
        self.setCentralWidget(self._make_centre())
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self._make_docks()
        self.setStatusBar(StatusBar(self.session))

    def _make_centre(self) -> QWidget:
        centre = QWidget()
        centre.setObjectName("desk")
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.strips = MessageStrips(self.session)
        self.pages = QStackedWidget()
        self.start_page = StartPage(self.context)
        self.pages.addWidget(self.start_page)
        self.pages.addWidget(self.map)
        column.addWidget(self.strips)
        column.addWidget(PastBand(self.session))
        column.addWidget(self.pages, 1)
        return centre

    def _make_docks(self) -> None:
        for panel in PANELS:
            if panel.side not in self.docks:
                dock = self.docks[panel.side] = SideDock(panel.side)
                self.addDockWidget(AREAS[panel.side], dock)
                dock.changed.connect(self._tell_panels)
            self.docks[panel.side].add_panel(panel, panel.build(self.session))
        for side, dock in self.docks.items():
            self._resize_side(dock, FIRST_ROOM[side])

    def _resize_side(self, dock: SideDock, size: int) -> None:
        self.resizeDocks([dock], [size], Qt.Orientation.Vertical if dock.side == "bottom" else Qt.Orientation.Horizontal)

    def rebuild(self) -> None:
        """Write every text anew, once work under way has brought its answers home; the map and the session live on."""
        if self.session.tasks.running:
            self.session.settled.connect(self.rebuild, Qt.ConnectionType.SingleShotConnection)
            return
        self._keep_arrangement()
        self.setUpdatesEnabled(False)  # until the sides have their sizes: nobody should see them jump
        self.pages.removeWidget(self.map)
        self.map.setParent(None)
        for action in self.actions():
            self.removeAction(action)
        self.menuBar().clear()
        self.removeToolBar(self.toolbar)
        for old in (self.toolbar, self.actions_by_id, *self.docks.values(), self.statusBar()):
            if isinstance(old, SideDock):
                self.removeDockWidget(old)
            old.deleteLater()
        self.docks = {}
        self._build()
        self._show_survey()

    # -- what is shown ---------------------------------------------------------------------------------------------

    def _show_survey(self) -> None:
        survey = self.session.survey
        is_open = survey is not None
        name = (survey.name or survey.path.stem) if survey is not None else ""
        if survey is not None and survey.moment is not None:
            name = _("{name}, {moment} (read only)").format(name=name, moment=survey.moment.label)
        elif survey is not None and survey.read_only:
            name = _("{name} (read only)").format(name=name)
        self.setWindowTitle(f"{name} – pipemap" if name else "pipemap")
        if self.pages.currentWidget() is self.map and not is_open:
            self._keep_arrangement()
        self.setUpdatesEnabled(not is_open)  # until the sides have their sizes: each that appears would draw everything anew
        self.pages.setCurrentWidget(self.map if is_open else self.start_page)
        self.toolbar.setVisible(is_open)
        self.statusBar().setVisible(is_open)
        if is_open:
            self.toolbar.fit(self.width())
            self._restore_arrangement()
        else:
            self.setUpdatesEnabled(True)
            self.start_page.refresh()
            for dock in self.docks.values():
                dock.hide()

    def _leave_find(self) -> None:
        """The map is looked at now: keys typed into the find box would be lost on it."""
        if self.toolbar.isAncestorOf(self.focusWidget()):
            self.map.setFocus(Qt.FocusReason.OtherFocusReason)

    def _remember_survey(self) -> None:
        survey, network = self.session.survey, self.session.network
        if survey is None or network is None or survey.moment is not None:
            return
        if not network.release.is_whole:
            self.memory.drop_picture(survey.path)  # one of before the mark may show what is secret now
        self.memory.remember(survey.path, name=survey.name or survey.path.stem, pipes=network.pipe_count)

    def keep_picture(self) -> None:
        """Keep what the map shows as the thumbnail of the survey."""
        survey = self.session.survey
        if survey is not None and survey.moment is None and self.pages.currentWidget() is self.map and self.map.isVisible():
            picture = thumbnail(self)
            if picture is None:
                self.memory.drop_picture(survey.path)
            else:
                self.memory.keep_picture(survey.path, picture)

    def show_panel(self, panel: str) -> None:
        """Bring a panel to the front."""
        for dock in self.docks.values():
            if dock.holds(panel):
                dock.show_panel(panel)

    def toggle_panel(self, panel: str) -> None:
        """Close a panel that is in front, else bring it there."""
        for dock in self.docks.values():
            if dock.holds(panel):
                if panel in dock.open_panels():
                    dock.close_panel(panel)
                else:
                    dock.show_panel(panel)

    def _tell_panels(self) -> None:
        self.session.set_visible_panels(frozenset().union(*(dock.open_panels() for dock in self.docks.values())))

    # -- arrangement -----------------------------------------------------------------------------------------------

    def _show_workspace(self) -> None:
        self._keep_arrangement()
        self._workspace = self.session.workspace
        self._restore_arrangement()

    def _keep_arrangement(self) -> None:
        nothing = self.session.survey is None and self.pages.currentWidget() is not self.map
        if nothing or self._arranging.isActive():  # the sides have not got their sizes back yet: these are not a person's
            return
        self.memory.keep_arrangement(
            self._workspace,
            {
                "docks": bytes(self.saveState().toBase64().data()).decode(),
                "sides": {side: dock.arrangement() for side, dock in self.docks.items() if side not in self.folds_itself},
            },
        )

    def _restore_arrangement(self) -> None:
        kept = self.memory.arrangement(self._workspace)
        sides: dict[str, Any] = kept.get("sides", {})
        for side, dock in self.docks.items():
            first = {"closed": [row.id for row in PANELS if row.side == side and self._workspace not in row.workspaces]}
            dock.arrange(sides.get(side, first))
            dock.setVisible(dock.has_panels)
        if kept.get("docks"):
            self.restoreState(QByteArray.fromBase64(kept["docks"].encode()))
            self.toolbar.show()
        self._arranging.start()  # sizes can be given only to what has been laid out
        self._fold_what_does_not_fit()
        self._tell_panels()

    def _restore_sizes(self) -> None:
        self._arranging.stop()
        self.setUpdatesEnabled(True)
        sides = self.memory.arrangement(self._workspace).get("sides", {})
        for side, dock in self.docks.items():
            room = sides.get(side, {}).get("room")
            if room and not dock.is_folded and not dock.isFloating():
                self._resize_side(dock, room[1] if side == "bottom" else room[0])

    def _fold_what_does_not_fit(self) -> None:
        for side, width in FOLD_BELOW.items():
            dock = self.docks.get(side)
            if dock is None or dock.isHidden() or dock.isFloating():
                continue
            if self.width() < width and not dock.is_folded:
                dock.fold(on=True)
                self.folds_itself.add(side)
            elif self.width() >= width and side in self.folds_itself:
                self.folds_itself.discard(side)
                dock.fold(on=False)

    def first_size(self) -> QSize:
        """A size that fits the screen."""
        screen = QGuiApplication.primaryScreen().availableGeometry()
        return QSize(min(1600, screen.width()), min(1000, screen.height()))

    # -- files -----------------------------------------------------------------------------------------------------

    def open_paths(self, paths: list[Path]) -> None:
        """Open one survey, or import what is not a survey."""
        if len(paths) == 1 and (paths[0].suffix.lower() in SURVEY_SUFFIXES or not paths[0].exists()):
            self.session.open(paths[0])
        elif paths:
            self.session.import_requested.emit(paths)

    def import_files(self, paths: list[Path]) -> None:
        """Open the import dialog."""
        module, _colon, function = IMPORT.partition(":")
        getattr(importlib.import_module(module), function)(self.session, self, paths)

    def export_survey(self) -> None:
        """Open the export dialog."""
        module, _colon, function = EXPORT.partition(":")
        getattr(importlib.import_module(module), function)(self.session, self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are welcome."""
        if _dropped(event):
            event.acceptProposedAction()
            self.start_page.show_drop(on=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They were not dropped."""
        self.start_page.show_drop(on=False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open or import what was dropped."""
        event.acceptProposedAction()
        self.start_page.show_drop(on=False)
        self.open_paths(_dropped(event))

    # -- events ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the sides before anything is clipped."""
        super().resizeEvent(event)
        self.toolbar.fit(self.width())
        if self.session.survey is not None:
            self._fold_what_does_not_fit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep what should be kept, then stop everything."""
        self.keep_picture()
        if self.session.survey is not None:
            self._keep_arrangement()
        shut = getattr(self.map, "shut_down", None)
        if shut is not None:
            shut()
        self.session.shut_down()
        event.accept()


def _dropped(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
