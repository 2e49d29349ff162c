"""Menus, toolbar and shortcuts made from the table of commands."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QSizePolicy, QToolBar, QToolButton, QWidget

from pipemap.gui.commands import COMMANDS, MENUS, TRACE_MENU, Command, Context
from pipemap.gui.icons import icon
from pipemap.gui.panels import SEARCH, build
from pipemap.gui.parts import Segments
from pipemap.gui.trace_configurations import SavedTraces
from pipemap.gui.workspaces import WORKSPACES
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session

ICON = QSize(20, 20)
FIND_WIDE, FIND_NARROW, FIND_TIGHT = 260, 160, 80
"""Widths of the find box, in pixels."""
GAP, NARROW_GAP = 4, 1
"""Pixels between two tools."""


class Actions(QObject):
    """One ``QAction`` a command, enabled and checked as the session says."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._actions = {command.id: self._make(command) for command in COMMANDS}
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self.refresh)
        session = context.session
        for signal in (
            session.survey_changed,
            session.network_changed,
            session.selection_changed,
            session.result_changed,
            session.tool_changed,
            session.look_changed,
            session.workspace_changed,
            session.panels_changed,
            session.tasks.changed,
        ):
            signal.connect(self._timer.start)
        self.refresh()

    @property
    def session(self) -> Session:
        """Whose commands they are."""
        return self._context.session

    def __getitem__(self, command: str) -> QAction:
        """The action of a command."""
        return self._actions[command]

    def all(self) -> list[QAction]:
        """Every action."""
        return list(self._actions.values())

    def refresh(self) -> None:
        """Enable and check what the session says now."""
        session = self._context.session
        for command in COMMANDS:
            action = self._actions[command.id]
            action.setEnabled(command.enabled(session))
            if command.checked is not None:
                action.setChecked(command.checked(session))

    def _make(self, command: Command) -> QAction:
        action = QAction(icon(command.icon), command.label, self)
        action.setObjectName(command.id)
        action.setCheckable(command.checked is not None)
        action.setToolTip(tooltip(command))
        action.setStatusTip("")
        if command.shortcut:
            action.setShortcut(QKeySequence(command.shortcut))
        action.triggered.connect(lambda _checked=False, command=command: self._run(command))
        return action

    def _run(self, command: Command) -> None:
        session = self._context.session
        try:
            command(self._context)
        except Exception as error:  # noqa: BLE001 -- one of the three places where errors are told from bugs
            session.complain(error)
        self.refresh()


def tooltip(command: Command) -> str:
    """Title, key, and what it does."""
    keys = QKeySequence(command.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
    head = f"{command.label}  ({keys})" if keys else command.label
    return f"{head}\n{_(command.tip)}" if command.tip else head


def fill_menus(bar: QMenuBar, actions: Actions) -> None:
    """Menus from left to right; groups parted by lines."""
    for menu, title in MENUS.items():
        rows = sorted((command for command in COMMANDS if command.menu == menu), key=lambda command: command.group)
        if not rows:
            continue
        made = bar.addMenu(_(title))
        made.setToolTipsVisible(False)
        for place, (_group, part) in enumerate(groupby(rows, key=lambda command: command.group)):
            if place:
                made.addSeparator()
            made.addActions([actions[command.id] for command in part])
        if menu == "trace":
            SavedTraces(made, actions.session)


class ToolBar(QToolBar):
    """One row of tools; where it is too long for the window, its tools lose their words and keep their icons."""

    def __init__(self) -> None:
        super().__init__(_("Toolbar"))
        self.setObjectName("toolbar")
        self._worded: list[QToolButton] = []
        self._choices: list[Segments] = []
        self._with_words = self._with_icons = 0
        self._find: QWidget | None = None

    def add_find(self, box: QWidget) -> None:
        """The find box, at the end."""
        self._find = box
        box.setFixedWidth(FIND_WIDE)
        self.addWidget(box)

    def add_worded(self, button: QToolButton) -> None:
        """A tool that has its word beside its icon where there is room."""
        self._worded.append(button)
        self.addWidget(button)

    def add_choice(self, choice: Segments) -> None:
        """A few choices side by side, of which narrow windows show the icons."""
        self._choices.append(choice)
        self.addWidget(choice)

    def fit(self, width: int) -> None:
        """Say how wide the window is."""
        if not self._with_words:
            self._with_words = self.sizeHint().width()
        words, icons = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        fits = width >= self._with_words
        style = words if fits else icons
        if (row := self.layout()) is not None:
            row.setSpacing(GAP if fits else NARROW_GAP)
        if self._find is not None:
            self._find.setFixedWidth(FIND_WIDE if fits else FIND_NARROW)
        for button in self._worded:
            if button.toolButtonStyle() != style:
                button.setToolButtonStyle(style)
                button.setProperty("worded", style == words)
                button.style().polish(button)
        self._tighten(width, fits=fits)

    def _tighten(self, width: int, *, fits: bool) -> None:
        """Where icons alone are still too wide, choices show theirs too, and the find box is short."""
        if not fits and not self._with_icons:
            self._with_icons = self.sizeHint().width()
        tight = not fits and width < self._with_icons
        for choice in self._choices:
            choice.set_tight(tight=tight)
        if tight and self._find is not None:
            self._find.setFixedWidth(FIND_TIGHT)


def make_toolbar(context: Context, actions: Actions) -> ToolBar:
    """File · workspaces · tools · what the tools ask for … plan or 3D · find box."""
    bar = ToolBar()
    bar.setMovable(False)
    bar.setFloatable(False)
    bar.setIconSize(ICON)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    for command in _group("file"):
        bar.addWidget(_tool(actions[command.id], worded=False))
    if len(WORKSPACES) > 1:
        bar.addSeparator()
        bar.add_choice(_workspaces(context))
    bar.addSeparator()
    for command in _group("tools"):
        bar.add_worded(_tool(actions[command.id], worded=True))
    menued = list(_menus_of(_group("menu"), actions))
    for button in menued:
        bar.add_worded(button)
    bar.addSeparator()
    bar.add_choice(_views(context))
    for command in _group("view"):
        bar.addWidget(_tool(actions[command.id], worded=False))
    bar.addWidget(_spring())
    bar.add_find(build(SEARCH, context.session))
    return bar


def _group(name: str) -> list[Command]:
    return [command for command in COMMANDS if command.toolbar.split(":")[0] == name]


def _tool(action: QAction, *, worded: bool) -> QToolButton:
    made = QToolButton()
    made.setDefaultAction(action)
    made.setIconSize(ICON)
    made.setProperty("worded", worded)
    made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon if worded else Qt.ToolButtonStyle.ToolButtonIconOnly)
    made.setAccessibleName(action.text())
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made


def _menus_of(commands: Iterable[Command], actions: Actions) -> Iterable[QToolButton]:
    """Buttons that open a menu: commands whose toolbar group is ``menu:<title>:<icon>``."""
    for group, rows in groupby(commands, key=lambda command: command.toolbar):
        _menu, title, icon_name = group.split(":")
        made = QToolButton()
        made.setText(_(title))
        made.setToolTip(_(title))
        made.setAccessibleName(_(title))
        made.setIcon(icon(icon_name))
        made.setIconSize(ICON)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setProperty("worded", True)
        made.setProperty("menued", True)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setCheckable(True)
        menu = QMenu(made)
        parts = [actions[command.id] for command in rows]
        menu.addActions(parts)
        if title == TRACE_MENU:
            SavedTraces(menu, actions.session)
        made.setMenu(menu)
        _follow(made, parts)
        yield made


def _follow(button: QToolButton, actions: list[QAction]) -> None:
    """A button with a menu can be used while one of its commands can, and is pressed in while one of them is on."""

    def refresh() -> None:
        button.setEnabled(any(action.isEnabled() for action in actions))
        button.setChecked(any(action.isChecked() for action in actions))

    for action in actions:
        action.changed.connect(refresh)
    button.clicked.connect(refresh)  # a click opens the menu; it turns nothing on
    refresh()


def _views(context: Context) -> Segments:
    session = context.session
    plan, solid = _("Plan (key 2)"), _("Three-D (key 3)")
    made = Segments([("2d", _("Plan"), plan), ("3d", _("3D"), solid)], name=_("View of the map"))
    made.set_icons({"2d": "map-trifold", "3d": "cube"})
    made.chosen.connect(lambda view: session.set_view("2d" if view == "2d" else "3d"))
    made.follow(session.look_changed, lambda: session.look.view)
    return made


def _workspaces(context: Context) -> Segments:
    session = context.session
    made = Segments([(row.id, row.label, _(row.tip)) for row in WORKSPACES], name=_("Workspace"))
    made.set_icons({row.id: row.icon for row in WORKSPACES})
    made.chosen.connect(session.set_workspace)
    made.follow(session.workspace_changed, lambda: session.workspace)
    return made


def _spring() -> QWidget:
    made = QWidget()
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    made.setMinimumWidth(4)
    return made
