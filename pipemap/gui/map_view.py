"""The map: the survey in plan and 3D, and everything that a person does on it."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pipemap import catalog
from pipemap.gui.element_menu import element_menu, ground_menu
from pipemap.gui.gl_widget import GLWidget
from pipemap.gui.map_cards import HintLine, HoverCard, LegendCard, Overlay, Sign, facts
from pipemap.gui.map_pointer import Pointer
from pipemap.gui.map_result import result_legend, result_of
from pipemap.gui.measure import Measure
from pipemap.gui.session import Look, Selection, ViewRequest
from pipemap.gui.tools import BARRIERS, PATH_END, tool
from pipemap.gui.trace_tools import tracer
from pipemap.model.lookup import Element
from pipemap.scene import Scene, draw
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.model.network import Network
    from pipemap.progress import Progress
    from pipemap.scene import Drawing

PART = "scene"
FLIGHT_MS, FLOW_MS = 16, 66
"""Time between two frames of a flight, and of running flow arrows."""

RESHAPE_MS = 120
"""How long a slider rests before the heights are drawn anew."""


class MapView(QWidget):
    """The widget in the middle of the window."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._gl = GLWidget(self)
        self._gl.setAccessibleName(_("Map"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._gl)
        self.setFocusProxy(self._gl)
        self.overlay, self.card = Overlay(self), HoverCard(self)
        self.legend, self.hint = LegendCard(self), HintLine(self)
        self.scene = Scene(None, dark=session.dark, render_window=self._gl.render_window)
        self._gl.draw = self._draw
        self.measure = Measure()
        self._tracer = tracer(session)
        self._look = Look()
        self._survey: object | None = None
        self._task: Task | None = None
        self._moving = self._flying = self._closed = False
        self._whole = True  # the view shows everything, and still shall when the map changes its size
        self.frame_seconds = 0.02
        self._barriers: tuple[Element, ...] = ()
        self._pointer = Pointer(self._gl, self)
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._tick)
        self._ticked = 0.0
        self._reshape = QTimer(self, singleShot=True, interval=RESHAPE_MS)
        self._reshape.timeout.connect(lambda: self._build(keep_view=True))
        self._listen()
        self._show_tool()
        self._take_network()

    def _listen(self) -> None:
        session = self.session
        session.network_changed.connect(self._take_network)
        session.selection_changed.connect(self._show_selection)
        session.hover_changed.connect(self._show_hover)
        session.result_changed.connect(self._show_result)
        session.tool_changed.connect(self._show_tool)
        session.look_changed.connect(self._show_look)
        session.theme_changed.connect(self._show_theme)
        session.language_changed.connect(self._show_language)
        session.view_requested.connect(self.look_where)
        session.menu_requested.connect(self.open_element_menu)
        self._tracer.changed.connect(self._show_tracer)
        self.hint.left.connect(self.step_back)

    # -- the survey ------------------------------------------------------------------------------------------------

    def _take_network(self) -> None:
        same = self._survey is not None and self._survey is self.session.survey
        self._survey = self.session.survey
        self.measure.clear()
        self.hide_card()
        self._show_tracer()
        self._build(keep_view=same)

    def _build(self, *, keep_view: bool) -> None:
        """Make the drawing on another thread; the picture that stands stays until the new one does."""
        network = self.session.network
        if self._closed:
            return
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if network is None:
            self.scene.set_network(None)
            self.legend.hide()
            self.redraw()
            return
        self.session.mark_busy(PART)
        factor = self.session.look.exaggeration

        def work(progress: Progress) -> Drawing:
            progress(0, None, _("Drawing the map"))
            made = draw(network, exaggeration=factor)
            progress(0, None, _("Finding flow directions"))
            network.flow  # noqa: B018 -- worked out here, where it does not hold up the window
            return made

        self._task = self.session.run(
            work, _("Drawing the map"), lambda made: self._take_drawing(made, keep_view=keep_view), self._give_up
        )

    def _give_up(self, error: Exception) -> None:
        self._task = None
        self.session.mark_ready(PART)
        self.session.complain(error)

    def _take_drawing(self, drawing: Drawing, *, keep_view: bool) -> None:
        self._task = None
        if self._closed or drawing.network is not self.session.network:
            return
        self.scene.show_drawing(drawing, keep_view=keep_view)
        self._look = Look(hidden_parts=frozenset({"everything"}), exaggeration=self.session.look.exaggeration)
        self._show_look()
        if not keep_view:
            self._whole = True
            self.scene.set_view("top" if self.session.look.view == "2d" else "iso")
            self._tell_notes()
        self._show_selection()
        self._show_result()
        self._show_legend()
        self.redraw()

    def _tell_notes(self) -> None:
        notes = self.scene.notes
        if notes:
            self.session.notice(notes[0], hint="\n".join(notes[1:]))

    @property
    def _network(self) -> Network | None:
        """The network that is drawn; another may be on its way."""
        return self.session.network if self._task is None else None

    # -- what is shown ---------------------------------------------------------------------------------------------

    def _show_selection(self) -> None:
        if self._network is not None:
            self.scene.show_selection(self.session.selection.nodes, self.session.selection.pipes)
            self.redraw()

    def _show_hover(self) -> None:
        if self._network is not None:
            hover = self.session.hover
            self.scene.show_hover(hover.layer if hover is not None else None, hover.row if hover is not None else None)
            self.redraw()

    def _show_result(self) -> None:
        if self._network is None:
            return
        shown = result_of(self.session.result, arrows="arrows" not in self.session.look.hidden_parts)
        if shown is None:
            self.scene.clear_result()
        else:
            self.scene.show_result(shown)
        self._show_tracer()
        self._show_legend()
        self._run_clock()
        self.redraw()

    def _show_look(self) -> None:
        """Take over what has changed of the look."""
        look, before = self.session.look, self._look
        if self._closed or self._network is None:
            return
        self._look = look
        if look.view != self.scene_view:
            self.scene.set_plan(look.view == "2d")
            if self._whole:
                self.scene.home()
        if look.exaggeration != before.exaggeration:
            self.session.mark_busy(PART)
            self._reshape.start()
        if (look.ground_opacity, look.hidden_parts) != (before.ground_opacity, before.hidden_parts):
            self.scene.set_ground_opacity(0.0 if "ground" in look.hidden_parts else look.ground_opacity)
        if look.hidden_parts != before.hidden_parts:
            self.scene.set_labels("none" if "labels" in look.hidden_parts else "nodes")
            self.scene.set_arrows("arrows" not in look.hidden_parts)
            if self.session.result is not None:
                self._show_result()
        if look.hidden != before.hidden or before.hidden_parts == {"everything"}:
            self._show_categories()
        if look.colour_by != before.colour_by:
            self._colour()
        self.redraw()

    @property
    def scene_view(self) -> str:
        """``2d`` or ``3d``: how the scene is looked at now."""
        return "2d" if self.scene.view == "plan" else "3d"

    def _show_categories(self) -> None:
        network, hidden = self.session.network, self.session.look.hidden
        if network is not None:
            codes = {"", *network.pipe_category.values, *network.node_category.values}
            shown = {code for code in codes if code not in hidden and catalog.major_of(code) not in hidden}
            self.scene.set_visible_categories(shown)

    def _colour(self) -> None:
        column = self.session.look.colour_by
        try:
            self.scene.colour_by(None if column == "category" else column)
        except KeyError:
            self.session.notice(_("The survey has no “{name}” to colour by.").format(name=column))
        self._show_legend()

    def _show_legend(self) -> None:
        if self._network is None or self._closed:
            return
        answer = result_legend(self.session.result, dark=self.session.dark)
        self.legend.show_legend(answer or self.scene.legend())
        self.legend.fold(on=answer is None and self.session.look.colour_by == "category")

    def _show_theme(self) -> None:
        self.scene.set_dark(self.session.dark)
        self._show_legend()
        self.overlay.update()
        self.redraw()

    def _show_language(self) -> None:
        self._gl.setAccessibleName(_("Map"))
        self._show_tool()
        self._show_legend()
        self.redraw()

    def _show_tool(self) -> None:
        row = tool(self.session.tool)
        words = _(PATH_END if self._tracer.waiting is not None else row.hint) if row.hint else ""
        self.hint.say(_(row.title) if words else "", f"{words} {_(BARRIERS)}" if row.trace is not None else words)
        if row.click != "measure":
            self.measure.clear()
        self._pointer.show_cursor()
        if row.id != "select":
            self._gl.setFocus()
        self._refresh_overlay()

    def _show_tracer(self) -> None:
        network = self.session.network
        found = [place.find(network) for place in self._tracer.barriers] if network is not None else []
        stops = {stop.element for stop in getattr(self.session.result, "stopped_by", ())}
        self._barriers = tuple(element for element in found if element is not None and element not in stops)
        self._show_tool()

    # -- where the eye is --------------------------------------------------------------------------------------------

    def look_where(self, request: ViewRequest) -> None:
        """Look at what someone asks for."""
        if self._network is None:
            return
        self._whole = request.what == "survey"
        result: Any = self.session.result
        if request.what == "element" and request.element is not None:
            self.scene.fly_to(request.element.layer, request.element.row, animate=self.isVisible())
        elif request.what == "selection" and len(self.session.selection):
            chosen = self.session.selection
            self.scene.fit(chosen.nodes, chosen.pipes, animate=self.isVisible())
        elif request.what == "result" and result is not None:
            self.scene.fit(result.node_rows, result.pipe_rows, animate=self.isVisible())
        else:
            self.scene.fit(animate=self.isVisible())
        self._fly()

    def orbit(self, across: float, down: float) -> None:
        """Turn by pixels of a drag."""
        self._move()
        self.scene.orbit(across, down)

    def pan(self, across: float, down: float) -> None:
        """Move the town by pixels."""
        self._move()
        self.scene.pan(across, down)

    def zoom(self, factor: float, at: QPoint) -> None:
        """Come nearer to what lies at a pixel, or go away from it."""
        self._move()
        self.scene.zoom(factor, (at.x(), at.y()))

    def _move(self) -> None:
        self._moving = True
        self._whole = self._flying = False
        self.scene.set_moving(True)
        self.redraw()

    def come_to_rest(self) -> None:
        """The eye has come to rest: draw it fine."""
        if not self._closed:
            self._moving = False
            self.scene.set_moving(False)
            self.redraw()

    def _fly(self) -> None:
        self._flying = True
        self.scene.set_moving(True)
        self.session.mark_busy(PART)
        self._run_clock()
        self.redraw()

    def _run_clock(self) -> None:
        result = self.session.result is not None and "arrows" not in self.session.look.hidden_parts
        if (self._flying or result) and self.isVisible() and not self._clock.isActive():
            self._ticked = perf_counter()
            self._clock.start(FLIGHT_MS if self._flying else FLOW_MS)

    def _tick(self) -> None:
        now = perf_counter()
        passed, self._ticked = min(now - self._ticked, 0.1), now
        moves = self.scene.animate(passed)
        if self._flying and not self.scene.is_flying:
            self._flying = False
            self.come_to_rest()
        if not moves or not self.isVisible():
            self._clock.stop()
        else:
            least = FLIGHT_MS if self._flying else max(FLOW_MS, 3000 * self.frame_seconds)
            self._clock.setInterval(int(least))
        self._gl.update()

    # -- what a person does ------------------------------------------------------------------------------------------

    def click(self, at: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """Do what a click does in this mode."""
        if self._network is None:
            return
        row = tool(self.session.tool)
        if row.click == "measure":
            self._measure_at(at)
            return
        element = self._element_at(at)
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if row.click == "select":
            self._select(element, toggle=bool(modifiers & Qt.KeyboardModifier.ControlModifier))
        elif element is None:
            self.session.say(_("Nothing lies here."))
        elif row.click == "barrier" or shift:
            self._tracer.toggle_barrier(element)
        elif row.trace is not None:
            self._tracer.click(element, row.trace)

    def _select(self, element: Element | None, *, toggle: bool) -> None:
        if element is None:
            if not toggle:
                self.session.select(Selection())
            return
        one = Selection.of(nodes=[element.row]) if element.layer == "node" else Selection.of(pipes=[element.row])
        self.session.select(self.session.selection.toggled(one) if toggle else one)

    def double_click(self, at: QPoint) -> None:
        """Fly to what lies there; end a measurement."""
        if self._network is None:
            return
        if tool(self.session.tool).click == "measure":
            self.measure.end()
            self._refresh_overlay()
            return
        element = self._element_at(at)
        if element is not None:
            self.session.fly_to(element.layer, element.row)

    def show_band(self, band: QRect) -> None:
        """Show the rectangle that is being drawn."""
        self.overlay.band = band
        self.overlay.update()

    def end_band(self, band: QRect | None, *, add: bool) -> None:
        """Select what the rectangle holds; ``None``: it was given up."""
        self.overlay.band = None
        self.overlay.update()
        if band is None or self._network is None:
            return
        found = self.scene.pick_rectangle(band.left(), band.top(), band.right(), band.bottom())
        chosen = Selection.of(nodes=found.nodes, pipes=found.pipes)
        self.session.select(self.session.selection.with_(chosen) if add else chosen)

    def open_menu(self, at: QPoint, where: QPoint) -> None:
        """Open the menu of what lies there."""
        if self._network is None:
            return
        self.hide_card()
        element = self._element_at(at)
        if element is not None and element.row not in self.session.selection.rows(element.layer):
            self.session.select_element(element.layer, element.row)
        self.session.menu_requested.emit(element, where)

    def open_menu_of_selection(self) -> None:
        """Open the menu of the one element that is selected."""
        chosen = self.session.selection
        if len(chosen) == 1:
            element = Element("node", int(chosen.nodes[0])) if len(chosen.nodes) else Element("pipe", int(chosen.pipes[0]))
            self.session.menu_requested.emit(element, self.mapToGlobal(self.rect().center()))

    def open_element_menu(self, element: Element | None, where: QPoint) -> None:
        """Open the menu that the map or a table asks for."""
        if self.session.network is None:
            return
        if element is None:
            at = self._gl.mapFromGlobal(where)
            menu = ground_menu(self.session, self.scene.world_at(at.x(), at.y()), self)
        else:
            menu = element_menu(self.session, element, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def fly_to_selection(self) -> None:
        """Bring the selection into view."""
        if len(self.session.selection):
            self.look_where(ViewRequest("selection"))

    def step_back(self) -> bool:
        """Leave one thing: a half step, the mode, the result, the selection. Return whether there was any."""
        session = self.session
        if self._tracer.step_back():
            return True
        if not self.measure.is_empty:
            self.measure.clear()
            self._refresh_overlay()
        elif session.tool != "select":
            session.set_tool("select")
        elif session.result is not None:
            session.set_result(None)
        elif len(session.selection):
            session.select(Selection())
        else:
            return False
        return True

    def _measure_at(self, at: QPoint) -> None:
        found = self.scene.pick(at.x(), at.y())
        place = found.point if found is not None else self.scene.world_at(at.x(), at.y())
        if place is not None:
            self.measure.add(place)
            self._refresh_overlay()

    def _element_at(self, at: QPoint) -> Element | None:
        found = self.scene.pick(at.x(), at.y())
        return Element(found.layer, found.row) if found is not None else None

    # -- under the pointer -------------------------------------------------------------------------------------------

    def show_place(self, at: QPoint) -> None:
        """Say which place is under the pointer."""
        self.session.cursor_changed.emit(self.scene.world_at(at.x(), at.y()) if self._network is not None else None)

    def look_at(self, at: QPoint) -> None:
        """Say what is under the pointer, which has rested there."""
        network = self._network
        if network is None or self._moving or self._flying:
            return
        element = self._element_at(at)
        self.session.set_hover(element)
        if element is None:
            self.card.hide()
        else:
            self.card.show_facts(facts(network, element, dark=self.session.dark), at)

    def hide_card(self) -> None:
        """Say nothing more of what is under the pointer."""
        self.card.hide()
        self.session.set_hover(None)

    def leave(self) -> None:
        """The pointer has left the map."""
        self.session.cursor_changed.emit(None)

    # -- frames ------------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw the picture anew, soon."""
        if self._closed:
            return
        if self.isVisible():
            self.session.mark_busy(PART)
            self._gl.update()
        else:
            self._tell_ready()

    def _draw(self) -> None:
        self.scene.set_pixel_ratio(self._gl.devicePixelRatioF())
        began = perf_counter()
        try:
            self.scene.render()
        except Exception as error:  # noqa: BLE001 -- a bug here would come back with every frame
            self._gl.draw = None
            self.session.crashed.emit(error)
        self.frame_seconds = perf_counter() - began
        QTimer.singleShot(0, self, self._after_frame)

    def _after_frame(self) -> None:
        if not self._closed:
            self._refresh_overlay()
            self._tell_ready()

    def _tell_ready(self) -> None:
        if self._task is None and not (self._moving or self._flying or self._reshape.isActive()):
            self.session.mark_ready(PART)

    def _refresh_overlay(self) -> None:
        if self._network is None or self._closed:
            self.overlay.signs, self.overlay.measured = (), ()
            return
        had = not self.overlay.is_empty
        signs = [(self.scene.screen_of(element.layer, element.row), "barrier") for element in self._barriers]
        if self._tracer.waiting is not None and (start := self._tracer.waiting.find(self._network)) is not None:
            signs.append((self.scene.screen_of(start.layer, start.row), "start"))
        self.overlay.signs = [Sign(*place, shape) for place, shape in signs if place is not None]
        points = [self.scene.pixel_of(place) for place in self.measure.points]
        self.overlay.measured = [point for point in points if point is not None]
        self.overlay.told = self.measure.words
        if had or not self.overlay.is_empty:
            self.overlay.update()

    def sizeHint(self) -> QSize:
        """Large: the panels take what they need, the map the rest."""
        return QSize(900, 640)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a small screen, large enough to see something."""
        return QSize(280, 200)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep everything in its place; a view that nobody has changed fits the new size."""
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())
        self.legend.settle()
        self.hint.settle()
        if self._network is not None and self._whole and not self._closed:
            self._gl.resize(self.size())
            self._gl.render_window  # noqa: B018 -- takes the size over
            self.scene.home()
        self.redraw()

    def showEvent(self, event: QShowEvent) -> None:
        """Go on with what moved."""
        super().showEvent(event)
        self.redraw()
        self._run_clock()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing moves unseen."""
        super().hideEvent(event)
        self._clock.stop()
        self._flying = self._moving = False
        self._tell_ready()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go of everything."""
        self.shut_down()
        super().closeEvent(event)

    def shut_down(self) -> None:
        """End for good; the window calls this before it closes."""
        if self._closed:
            return
        self._closed = True
        for timer in (self._clock, self._reshape):
            timer.stop()
        self._pointer.stop()
        if self._task is not None:
            self._task.cancel()
        self._gl.draw = None
        self.scene.close()
        self._gl.shut_down()
        self.session.mark_ready(PART)
