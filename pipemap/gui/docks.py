"""The sides of the window: one dock a side, its panels in one tab row, folded to icons where there is no room."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.icons import icon
from pipemap.gui.panels import Panel, Side
from pipemap.gui.parts import ElidedLabel, tool_button
from pipemap.texts import _

AREAS: dict[Side, Qt.DockWidgetArea] = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
RAIL = 40
"""Width of a folded side, in pixels."""
TITLE = 32
"""Height of a title bar, in pixels."""
_ANY = 16777215


class SideDock(QDockWidget):
    """One side of the window and the panels on it."""

    changed = Signal()
    """Another panel is shown, or a panel was closed or folded away."""

    def __init__(self, side: Side) -> None:
        super().__init__()
        self.side = side
        self.setObjectName(f"side.{side}")
        self.setAllowedAreas(Qt.DockWidgetArea.AllDockWidgetAreas)
        self._panels: list[Panel] = []
        self._closed: set[str] = set()
        self._is_folded = False
        self._room = QSize()
        self._tabs = QTabBar()
        self._alone = ElidedLabel()
        self._stack = QStackedWidget()
        self._rail = _Rail()
        self._title = self._make_title()
        self.setTitleBarWidget(self._title)
        body = QWidget()
        body.setObjectName("dock")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._rail)
        column.addWidget(self._stack, 1)
        self._rail.hide()
        self.setWidget(body)
        self._stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.visibilityChanged.connect(lambda _on: self.changed.emit())

    # -- panels ----------------------------------------------------------------------------------------------------

    def add_panel(self, panel: Panel, widget: QWidget) -> None:
        """Put a panel behind those that are there."""
        self._panels.append(panel)
        self._stack.addWidget(widget)
        widget.setAccessibleName(panel.label)
        self._tabs.addTab(panel.label)
        self._tabs.setAccessibleName(_("Panels"))
        self._alone.setText(panel.label)
        self._rail.add(panel, self.show_panel)
        self._show_title()
        self.setWindowTitle(" · ".join(row.label for row in self._panels))

    def holds(self, panel: str) -> bool:
        """Whether a panel lives on this side."""
        return any(row.id == panel for row in self._panels)

    def show_panel(self, panel: str) -> None:
        """Bring a panel to the front, opening and unfolding what hides it."""
        place = self._place(panel)
        self._closed.discard(panel)
        self._tabs.setTabVisible(place, True)
        self._tabs.setCurrentIndex(place)
        self._stack.setCurrentIndex(place)
        self.fold(on=False)
        self.show()
        self.raise_()
        self.changed.emit()

    def close_panel(self, panel: str) -> None:
        """Close a panel; the side goes when its last panel goes."""
        self._closed.add(panel)
        self._tabs.setTabVisible(self._place(panel), False)
        if not self.has_panels:
            self.hide()
        self.changed.emit()

    def shown_panel(self) -> str | None:
        """The panel in front; ``None`` while folded or closed."""
        front = self._stack.currentIndex()
        return None if self._is_folded or self.isHidden() or front < 0 else self._panels[front].id

    def open_panels(self) -> frozenset[str]:
        """Panels that were not closed."""
        return frozenset() if self.isHidden() else frozenset(row.id for row in self._panels if row.id not in self._closed)

    @property
    def has_panels(self) -> bool:
        """Whether any panel of this side is open."""
        return len(self._closed) < len(self._panels)

    def _place(self, panel: str) -> int:
        return next(place for place, row in enumerate(self._panels) if row.id == panel)

    # -- folding ---------------------------------------------------------------------------------------------------

    @property
    def is_folded(self) -> bool:
        """Whether only icons are seen."""
        return self._is_folded

    def fold(self, *, on: bool) -> None:
        """Fold the side to a rail of icons (the bottom: to its tab row), or unfold it."""
        if on == self._is_folded:
            return
        self._is_folded = on
        if on:
            self._room = self.size()
        self._stack.setVisible(not on)
        upright = self.side != "bottom"
        self._rail.setVisible(on and upright)
        self._limit(on=on, upright=upright)
        self._show_title()
        self._show_arrow()
        self.changed.emit()

    def _limit(self, *, on: bool, upright: bool) -> None:
        if upright:
            self.setMinimumWidth(RAIL if on else 200)
            self.setMaximumWidth(RAIL if on else _ANY)
        else:
            self.setMinimumHeight(TITLE if on else 120)
            self.setMaximumHeight(TITLE if on else _ANY)
        window = self.parent()
        if not on and self._room.isValid() and isinstance(window, QMainWindow):
            size = self._room.width() if upright else self._room.height()
            window.resizeDocks([self], [size], Qt.Orientation.Horizontal if upright else Qt.Orientation.Vertical)

    def _show_title(self) -> None:
        """Tabs where there are several panels, the name where there is one, nothing on a rail."""
        has_room = not self._is_folded or self.side == "bottom"
        several = len(self._panels) > 1
        self._tabs.setVisible(has_room and several)
        self._alone.setVisible(has_room and not several)

    def _show_arrow(self) -> None:
        inward = {"left": "caret-double-left", "right": "caret-double-right", "bottom": "caret-double-down"}
        outward = {"left": "caret-double-right", "right": "caret-double-left", "bottom": "caret-double-up"}
        self._fold.setIcon(icon((outward if self._is_folded else inward)[self.side]))
        words = _("Unfold") if self._is_folded else _("Fold away")
        self._fold.setToolTip(words)
        self._fold.setAccessibleName(words)

    # -- what is remembered ----------------------------------------------------------------------------------------

    def arrangement(self) -> dict[str, Any]:
        """What :meth:`arrange` takes."""
        front = self._stack.currentIndex()
        room = self._room if self._is_folded else self.size()
        return {
            "closed": sorted(self._closed),
            "front": self._panels[front].id if front >= 0 else "",
            "folded": self._is_folded,
            "room": [room.width(), room.height()],
        }

    def arrange(self, kept: dict[str, Any]) -> None:
        """Close, fold and bring to the front as it was; the first that is open, where nothing is known."""
        for panel in self._panels:
            closed = panel.id in kept.get("closed", ())
            self._closed.discard(panel.id)
            if closed:
                self._closed.add(panel.id)
            self._tabs.setTabVisible(self._place(panel.id), not closed)
        self._tabs.setElideMode(self._tabs.elideMode())  # lays the tabs out: Qt leaves one that comes back at no width
        opened = [row.id for row in self._panels if row.id not in self._closed]
        front = str(kept.get("front", ""))
        if opened:
            self._tabs.setCurrentIndex(self._place(front if front in opened else opened[0]))
        self.fold(on=bool(kept.get("folded")))

    # -- the title bar ---------------------------------------------------------------------------------------------

    def _make_title(self) -> QWidget:
        title = _Title(self)
        row = QHBoxLayout(title)
        row.setContentsMargins(0, 0, 6, 0)
        row.setSpacing(2)
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setUsesScrollButtons(True)
        self._tabs.setElideMode(Qt.TextElideMode.ElideRight)
        self._tabs.currentChanged.connect(self._stack.setCurrentIndex)
        self._tabs.currentChanged.connect(lambda _place: self.changed.emit())
        self._tabs.tabBarClicked.connect(lambda place: self.fold(on=False) if place >= 0 else None)
        self._fold: QToolButton = tool_button("caret-double-left", "", lambda: self.fold(on=not self._is_folded), size=14)
        row.addWidget(self._tabs, 1)
        row.addWidget(self._alone, 1)
        row.addWidget(self._fold)
        self._show_arrow()
        return title

    def open_menu(self, place: QPoint) -> None:
        """Menu of the title bar: close a panel, float, dock."""
        menu = QMenu(self)
        front = self._stack.currentIndex()
        if front >= 0:
            panel = self._panels[front]
            menu.addAction(_("Close {panel}").format(panel=panel.label), lambda: self.close_panel(panel.id))
        floats = self.isFloating()
        words = _("Put back into the window") if floats else _("Take out of the window")
        menu.addAction(words, lambda: self.setFloating(not floats))
        menu.exec(place)
        menu.deleteLater()


class _Title(QWidget):
    """A slim bar that can be dragged; Qt drags it as long as it lets mouse events pass."""

    def __init__(self, dock: SideDock) -> None:
        super().__init__()
        self.setObjectName("dockTitle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(TITLE)
        self._dock = dock

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._dock.open_menu(event.globalPos())

    def minimumSizeHint(self) -> QSize:
        return QSize(RAIL, TITLE)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), TITLE)


class _Rail(QWidget):
    """The icons of a folded side."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dockRail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(4, 4, 4, 4)
        self._column.setSpacing(4)
        self._column.addStretch(1)

    def add(self, panel: Panel, show: Any) -> None:  # noqa: ANN401 -- a bound method
        """One more icon."""
        self._column.insertWidget(self._column.count() - 1, tool_button(panel.icon, panel.label, lambda: show(panel.id), size=20))
