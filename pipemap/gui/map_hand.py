"""What a person does on the map with clicks: selecting, tracing, measuring, menus, and stepping back."""

from __future__ import annotations

from math import dist
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, Qt

from pipemap.gui.edit_hand import EditHand
from pipemap.gui.element_menu import element_menu, ground_menu
from pipemap.gui.finding_marks import WallPlaces
from pipemap.gui.findings import findings_of
from pipemap.gui.measure import Measure
from pipemap.gui.session import Selection, ViewRequest
from pipemap.gui.shutoff_tools import planner
from pipemap.gui.tools import tool
from pipemap.gui.trace_tools import tracer
from pipemap.gui.trench import trenches
from pipemap.model.lookup import Element
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.map_view import MapView
    from pipemap.gui.measure import Spot


PLACING = ("measure", "area", "trench")
"""Modes in which clicks put places one after another."""
_NEAR_FIRST = 14.0
"""Pixels from its first place within which a line that ends there is a border."""


class Hand(QObject):
    """Does on one map what its pointer means."""

    def __init__(self, view: MapView) -> None:
        super().__init__(view)
        self._view, self._session = view, view.session
        self._tracer, self._planner = tracer(view.session), planner(view.session)
        self.measure = Measure()
        self.edits = EditHand(view)
        self.walls = WallPlaces()

    def click(self, at: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """Do what a click does in this mode."""
        if self._view.drawn is None:
            return
        row = tool(self._session.tool)
        if row.click in PLACING:
            self._measure_at(at)
            return
        if row.click == "edit":
            self.edits.click(at, modifiers)
            return
        if row.click == "finding":
            self._mark_at(at)
            return
        element = self._view.element_at(at)
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if row.click == "select":
            self._select(element, toggle=bool(modifiers & Qt.KeyboardModifier.ControlModifier))
        elif element is None:
            self._session.say(_("Nothing lies here."))
        elif row.click == "shutoff":
            self._planner.click(element, add=bool(modifiers & Qt.KeyboardModifier.ControlModifier))
        elif row.click == "barrier" or shift:
            self._tracer.toggle_barrier(element)
        elif row.trace is not None:
            found = self._view.scene.pick(at.x(), at.y())
            add = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
            self._tracer.click(element, row.trace, point=found.point if found is not None else None, add=add)

    def _select(self, element: Element | None, *, toggle: bool) -> None:
        if element is None:
            if not toggle:
                self._session.select(Selection())
            return
        one = Selection.of(nodes=[element.row]) if element.layer == "node" else Selection.of(pipes=[element.row])
        self._session.select(self._session.selection.toggled(one) if toggle else one)

    def double_click(self, at: QPoint) -> None:
        """Fly to what lies there; end a measurement."""
        if self._view.drawn is None:
            return
        if tool(self._session.tool).click in PLACING:
            self.measure.end()
            if tool(self._session.tool).click == "area":
                self._end_area()
            elif tool(self._session.tool).click == "trench":
                self._end_trench()
            self._view.refresh_overlay()
            return
        if tool(self._session.tool).click == "edit":
            self.edits.double_click(at)
            return
        element = self._view.element_at(at)
        if element is not None:
            self._session.fly_to(element.layer, element.row)

    def _end_area(self) -> None:
        """Give the session the area whose corners were clicked."""
        corners = list(self.measure.points)
        if len(corners) < 3:  # noqa: PLR2004 -- an area has three corners
            self._session.say(_("An area has three corners or more."))
            return
        self.measure.clear()
        self._session.set_tool("select")
        self._session.set_area(corners)

    def _end_trench(self) -> None:
        """Plan for the trench whose places were clicked."""
        corners = list(self.measure.points)
        if len(corners) < 2:  # noqa: PLR2004 -- a trench has two ends
            self._session.say(_("A trench has two places or more."))
            return
        self.measure.clear()
        if self._is_closed(corners):
            corners[-1] = corners[0]
        trenches(self._session).plan(corners)

    def trench_outline(self) -> tuple[tuple[Spot, ...], ...]:
        """The trench that is being drawn, as wide as it will be."""
        if tool(self._session.tool).click != "trench":
            return ()
        return trenches(self._session).outline(self.measure.points)

    def _is_closed(self, corners: list[Spot]) -> bool:
        """Whether the last place was clicked on the first one, as it lies on the screen."""
        first, last = self._view.scene.pixel_of(corners[0]), self._view.scene.pixel_of(corners[-1])
        return len(corners) > 3 and first is not None and last is not None and dist(first, last) <= _NEAR_FIRST  # noqa: PLR2004

    def show_band(self, band: QRect) -> None:
        """Show the rectangle that is being drawn."""
        self._view.overlay.band = band
        self._view.overlay.update()

    def end_band(self, band: QRect | None, *, add: bool) -> None:
        """Select what the rectangle holds; ``None``: it was given up."""
        self._view.overlay.band = None
        self._view.overlay.update()
        if band is None or self._view.drawn is None:
            return
        found = self._view.scene.pick_rectangle(band.left(), band.top(), band.right(), band.bottom())
        chosen = Selection.of(nodes=found.nodes, pipes=found.pipes)
        self._session.select(self._session.selection.with_(chosen) if add else chosen)

    def open_menu(self, at: QPoint, where: QPoint) -> None:
        """Open the menu of what lies there."""
        if self._view.drawn is None:
            return
        self._view.hide_card()
        element = self._view.element_at(at)
        if element is not None and element.row not in self._session.selection.rows(element.layer):
            self._session.select_element(element.layer, element.row)
        self._session.menu_requested.emit(element, where)

    def open_menu_of_selection(self) -> None:
        """Open the menu of the one element that is selected."""
        chosen = self._session.selection
        if len(chosen) == 1:
            element = Element("node", int(chosen.nodes[0])) if len(chosen.nodes) else Element("pipe", int(chosen.pipes[0]))
            self._session.menu_requested.emit(element, self._view.mapToGlobal(self._view.rect().center()))

    def open_element_menu(self, element: Element | None, where: QPoint) -> None:
        """Open the menu that the map or a table asks for."""
        if self._session.network is None:
            return
        if element is None:
            at = self._view.mapFromGlobal(where)
            menu = ground_menu(self._session, self._view.scene.world_at(at.x(), at.y()), self._view)
        else:
            at = self._view.mapFromGlobal(where)
            found = self._view.scene.pick(at.x(), at.y())
            place = found.point if found is not None and (found.layer, found.row) == (element.layer, element.row) else None
            menu = element_menu(self._session, element, self._view, place=place)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def fly_to_selection(self) -> None:
        """Bring the selection into view."""
        if len(self._session.selection):
            self._session.view_requested.emit(ViewRequest("selection"))

    def step_back(self) -> bool:
        """Leave one thing: a half step, the mode, the result, the selection. Return whether there was any."""
        session = self._session
        if self.edits.step_back() or self._tracer.step_back() or self._planner.step_back():
            return True
        if not self.measure.is_empty:
            self.measure.clear()
            self._view.refresh_overlay()
        elif session.tool != "select":
            session.set_tool("select")
        elif session.result is not None:
            session.set_result(None)
        elif len(session.selection):
            session.select(Selection())
        else:
            return False
        return True

    def _mark_at(self, at: QPoint) -> None:
        """Begin a finding on the wall of a pipe, at a node, or on the ground."""
        scene = self._view.scene
        found = scene.pick(at.x(), at.y())
        if found is None:
            place = scene.world_at(at.x(), at.y())
            if place is not None:
                findings_of(self._session).place(None, place, None)
            return
        clock = scene.clock_hour(found.row, found.point) if found.layer == "pipe" and self._session.look.view == "3d" else None
        findings_of(self._session).place(Element(found.layer, found.row), found.point, clock)
        self._session.show_panel("inspection")

    def _measure_at(self, at: QPoint) -> None:
        found = self._view.scene.pick(at.x(), at.y())
        place = found.point if found is not None else self._view.scene.world_at(at.x(), at.y())
        if place is not None:
            self.measure.add(place)
            self._view.refresh_overlay()
