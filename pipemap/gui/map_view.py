"""The map: the survey in plan and 3D, as the session says. Its eye and its hand are files of their own.

Longer than most files: every signal of the session that changes the picture ends here.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QSize, QTimer
from PySide6.QtGui import QCloseEvent, QHideEvent, QImage, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pipemap import catalog
from pipemap.gui.findings import findings_of
from pipemap.gui.gathered import outline_of
from pipemap.gui.gl_widget import GLWidget
from pipemap.gui.map_cards import HintLine, HoverCard, LegendCard, Overlay, Sign, facts
from pipemap.gui.map_colours import Colours
from pipemap.gui.map_drawing import Ahead, drawn, followed
from pipemap.gui.map_eye import Eye
from pipemap.gui.map_hand import PLACING, Hand
from pipemap.gui.map_pointer import Pointer
from pipemap.gui.map_problems import ghosts_of, marks_of
from pipemap.gui.map_result import result_legend, result_of
from pipemap.gui.map_sharpening import Sharpening
from pipemap.gui.parts import EmptyState, Offer
from pipemap.gui.session import Look
from pipemap.gui.sketch import OnScreen, Sketch, on_screen
from pipemap.gui.tools import BARRIERS, MORE_STARTS, PATH_END, tool
from pipemap.gui.trace_question import trace_of
from pipemap.gui.trace_tools import TWO_PLACES, tracer
from pipemap.gui.track_lines import TracksOnScreen, track_lines
from pipemap.gui.trench import WidthField, trenches
from pipemap.model.fields import LAYERS
from pipemap.model.lookup import Element
from pipemap.scene import Following, Scene
from pipemap.texts import _

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.model.network import Network
    from pipemap.progress import Progress
    from pipemap.scene import Colouring, Drawing

PART = "scene"
RESHAPE_MS = 120
"""How long a slider rests before the heights are drawn anew."""

MOST_SECRET = 200
"""Elements that have a padlock because they must not leave."""

LABELS_FROM = 2.0
"""Pixels a metre from which on ids are written: a whole town would drown in them."""


class MapView(QWidget):
    """The widget in the middle of the window.

    Attributes
    ----------
    is_patient
        Draws complete pictures only, however long one takes: for a picture of the window, where nobody waits.
    """

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
        self._trench_width = WidthField(session)
        self.hint.add_setting(self._trench_width)
        self.empty: EmptyState | None = None
        self.scene = Scene(None, dark=session.dark, render_window=self._gl.render_window)
        self._gl.draw = self._draw
        self._tracer = tracer(session)
        self.eye, self.hand = Eye(self), Hand(self)
        self.colours = Colours(self)
        self._look = Look()
        self._path: Path | None = None
        self._has_directions = False
        self._directed: Network | None = None
        self._task: Task | None = None
        self._ahead = Ahead(session)
        self.is_closed = False
        self.frame_seconds = 0.02
        self._is_due = self.is_patient = False
        self._barriers: tuple[Element, ...] = ()
        self._secret: tuple[Element, ...] = ()
        self._pointer = Pointer(self._gl, self)
        self._reshape = QTimer(self, singleShot=True, interval=RESHAPE_MS)
        self._reshape.timeout.connect(lambda: self._build(keep_view=True))
        self._sharpening = Sharpening(self)
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
        session.area_changed.connect(self.refresh_overlay)
        session.checks.changed.connect(self._show_problems)
        for told in (findings_of(session).changed, findings_of(session).draft_changed, session.workspace_changed):
            told.connect(self.refresh_overlay)
        session.checks.ghosts_changed.connect(self.refresh_overlay)
        track_lines(session).changed.connect(self.refresh_overlay)
        session.look_changed.connect(self._show_look)
        session.theme_changed.connect(self._show_theme)
        session.language_changed.connect(self._show_language)
        session.view_requested.connect(self.eye.look_where)
        session.menu_requested.connect(self.hand.open_element_menu)
        self._tracer.changed.connect(self._show_tracer)
        self.hint.left.connect(self.hand.step_back)
        trenches(session).changed.connect(self.refresh_overlay)

    # -- the survey ------------------------------------------------------------------------------------------------

    def _take_network(self) -> None:
        survey = self.session.survey
        same = self._path is not None and survey is not None and self._path == survey.path  # also as it was at another time
        self._path = survey.path if survey is not None else None
        self.hand.measure.clear()
        self.hide_card()
        self._secret = _secret(self.session.network)
        self._show_tracer()
        self._build(keep_view=same)

    def _build(self, *, keep_view: bool) -> None:
        """Make the drawing on another thread; the picture that stands stays until the new one does."""
        network = self.session.network
        if self.is_closed:
            return
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if network is None:
            self.scene.set_network(None)
            self.legend.hide()
            self._show_empty()
            self.redraw()
            return
        self.session.mark_busy(PART)
        look, column, dark = self.session.look, self.colours.column, self.session.dark
        like, standing = (self.scene.frame, self.scene.standing) if keep_view else (None, None)
        begun = self._ahead.take(network, look.exaggeration) if like is None else None

        def work(progress: Progress) -> tuple[Drawing, Colouring] | Following:
            after = followed(standing, network, progress, exaggeration=look.exaggeration)
            factor = look.exaggeration
            return after or drawn(network, progress, exaggeration=factor, like=like, column=column, dark=dark, begun=begun)

        def take(made: tuple[Drawing, Colouring] | Following) -> None:
            if isinstance(made, Following):
                self._take_following(made)
            else:
                self._take_drawing(*made, keep_view=keep_view)
            if (column, dark) != (self.colours.column, self.session.dark):
                self.colours.again()

        self._task = self.session.run(work, _("Drawing the map"), take, self._give_up, first=True)

    def _give_up(self, error: Exception) -> None:
        self._task = None
        self.session.mark_ready(PART)
        self.session.tasks.release()
        self.session.complain(error)

    def _take_drawing(self, drawing: Drawing, colouring: Colouring, *, keep_view: bool) -> None:
        self._task = None
        if self.is_closed or drawing.network is not self.session.network:
            return
        self.scene.show_drawing(drawing, keep_view=keep_view)
        self.scene.show_colours(self.colours.column, colouring)
        self._has_directions = False
        self._look = Look(hidden_parts=frozenset({"everything"}), exaggeration=self.session.look.exaggeration)
        self._show_look()
        if not keep_view:
            self.eye.is_whole = True
            self.scene.set_view("top" if self.session.look.view == "2d" else "iso")
            self._tell_notes()
        self._show_empty()
        self._show_selection()
        self._show_result()
        self.show_legend()
        self.redraw()

    def _take_following(self, made: Following) -> None:
        """Show what a small Change touched; everything else stands already."""
        self._task = None
        if self.is_closed or made.composition.drawing.network is not self.session.network:
            return
        self.scene.show_following(made)
        self._has_directions = False
        self._show_look()
        self.colours.follow_condition()
        self._show_categories()
        self._show_empty()
        self._show_selection()
        self._show_result()
        self.show_legend()
        self.redraw()

    def _begin_the_rest(self) -> None:
        """The picture stands: let begin what waited for it."""
        self.session.tasks.release()
        network = self.drawn
        if network is not None and network is not self._directed:
            self._directed = network
            self._find_directions(network)

    def _find_directions(self, network: Network) -> None:
        """Work out which way pipes flow, beside the picture that stands already; then arrows may show it."""

        def work(progress: Progress) -> None:
            progress(0, None, _("Finding flow directions"))
            network.flow  # noqa: B018 -- the network remembers it

        def show(_nothing: object) -> None:
            if self.drawn is network and not self.is_closed:
                self._has_directions = True
                self.scene.set_arrows("arrows" not in self.session.look.hidden_parts)
                self.redraw()

        self.session.run(work, _("Finding flow directions"), show, quiet=True)

    def _show_empty(self) -> None:
        """Say what would be here, while the survey has nothing."""
        network = self.session.network
        if self.empty is not None:
            self.empty.deleteLater()
            self.empty = None
        if network is None or network.node_count:
            return
        offer = Offer(_("Import files"), lambda: self.session.import_requested.emit([]))
        words = _("Import survey tables or a model file, or drop one here.")
        self.empty = EmptyState("tray", _("This survey is empty"), words, offer)
        self.empty.setParent(self)
        self.empty.setGeometry(self.rect())
        self.empty.show()

    def _tell_notes(self) -> None:
        notes = self.scene.notes
        if notes:
            self.session.notice(notes[0], hint="\n".join(notes[1:]))

    @property
    def drawn(self) -> Network | None:
        """The network that is drawn; another may be on its way."""
        return self.session.network if self._task is None else None

    # -- what is shown ---------------------------------------------------------------------------------------------

    def _show_selection(self) -> None:
        if self.drawn is not None:
            self.scene.show_selection(self.session.selection.nodes, self.session.selection.pipes)
            self.redraw()

    def _show_hover(self) -> None:
        if self.drawn is not None:
            hover = self.session.hover
            self.scene.show_hover(hover.layer if hover is not None else None, hover.row if hover is not None else None)
            self.redraw()

    def _show_result(self) -> None:
        if self.drawn is None:
            return
        shown = result_of(self.session.result, arrows="arrows" not in self.session.look.hidden_parts)
        if shown is None:
            self.scene.clear_result()
        else:
            self.scene.show_result(shown)
        self._show_tracer()
        self.show_legend()
        self.eye.run_clock()
        self.redraw()

    def _show_problems(self) -> None:
        if self.drawn is not None:
            hidden = "problems" in self.session.look.hidden_parts
            self.scene.show_problems(None if hidden else marks_of(self.session))
            self.redraw()

    def _show_look(self) -> None:
        """Take over what has changed of the look."""
        look, before = self.session.look, self._look
        if self.is_closed or self.drawn is None:
            return
        self._look = look
        if look.view != self.scene_view:
            self.scene.set_plan(look.view == "2d")
            if self.eye.is_whole:
                self.scene.home()
        if look.exaggeration != before.exaggeration:
            self.session.mark_busy(PART)
            self._reshape.start()
        if (look.ground_opacity, look.hidden_parts) != (before.ground_opacity, before.hidden_parts):
            self.scene.set_ground_opacity(0.0 if "ground" in look.hidden_parts else look.ground_opacity)
        if look.hidden_parts != before.hidden_parts:
            self.scene.set_arrows(self._has_directions and "arrows" not in look.hidden_parts)
            self._show_problems()
            if self.session.result is not None:
                self._show_result()
        if look.hidden != before.hidden or before.hidden_parts == {"everything"}:
            self._show_categories()
        if look.colour_by != before.colour_by:
            self.colours.again()
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

    def show_legend(self) -> None:
        """Show what the colours mean: those of the result, else those of the map."""
        if self.drawn is None or self.is_closed:
            return
        answer = result_legend(self.session.result, dark=self.session.dark)
        self.legend.show_legend(answer or self.scene.legend())
        self.legend.fold(on=answer is None and self.session.look.colour_by == "category")

    def _show_theme(self) -> None:
        if self.drawn is None:
            self.scene.set_dark(self.session.dark)
        self.colours.again()
        self.overlay.update()
        self.redraw()

    def _show_language(self) -> None:
        self._gl.setAccessibleName(_("Map"))
        self._show_tool()
        self._show_empty()
        self.colours.again()  # the legend is written anew with the colours
        self.redraw()

    def show_edit(self) -> None:
        """Show what the mode of editing says now."""
        self._say_hint()
        self.refresh_overlay()

    def _say_hint(self) -> None:
        row = tool(self.session.tool)
        words = _(PATH_END if self._tracer.waiting is not None else row.hint) if row.hint else ""
        words = self.hand.edits.hint or words
        if row.trace is not None:
            words = " ".join([words, *([] if row.trace in TWO_PLACES else [_(MORE_STARTS)]), _(BARRIERS)])
        self._trench_width.setVisible(row.click == "trench")
        self.hint.say(_(row.title) if words else "", words)

    def _show_tool(self) -> None:
        row = tool(self.session.tool)
        self._say_hint()
        if row.click not in PLACING:
            self.hand.measure.clear()
        self._pointer.show_cursor()
        if row.id != "select":
            self._gl.setFocus()
        self.refresh_overlay()

    def _show_tracer(self) -> None:
        network = self.session.network
        found = [place.find(network) for place in self._tracer.barriers] if network is not None else []
        stops = {stop.element for stop in getattr(trace_of(self.session.result), "stopped_by", ())}
        self._barriers = tuple(element for element in found if element is not None and element not in stops)
        self._show_tool()

    # -- under the pointer -------------------------------------------------------------------------------------------

    def show_place(self, at: QPoint) -> None:
        """Say which place is under the pointer."""
        self.session.cursor_changed.emit(self.scene.world_at(at.x(), at.y()) if self.drawn is not None else None)

    def look_at(self, at: QPoint) -> None:
        """Say what is under the pointer, which has rested there."""
        network = self.drawn
        if network is None or not self.eye.is_still or tool(self.session.tool).click == "edit":
            return  # a card would cover what is being drawn
        element = self.element_at(at)
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

    def rows_in_view(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of the nodes and pipes that the map shows now; hidden categories are not among them."""
        found = self.scene.pick_rectangle(0, 0, self.width(), self.height())
        return found.nodes, found.pipes

    def element_at(self, at: QPoint) -> Element | None:
        """What lies at a pixel."""
        found = self.scene.pick(at.x(), at.y())
        return Element(found.layer, found.row) if found is not None else None

    # -- frames ------------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw the picture anew, soon."""
        if self.is_closed:
            return
        if self.isVisible():
            self._is_due = True
            self.session.mark_busy(PART)
            self._gl.update()
        else:
            self._tell_ready()

    def next_frame(self) -> None:
        """Draw one more frame of what moves by itself; it keeps nobody waiting."""
        self._sharpening.begin_anew()
        self._gl.update()

    def repaint_map(self) -> None:
        """Show the picture that stands again."""
        self._gl.update()

    def _draw(self) -> QImage | None:
        picture = None if self._is_due else self._sharpening.smooth_picture()
        if picture is not None:
            return picture
        self._is_due = False
        self._sharpening.begin_anew()
        ratio = self._gl.devicePixelRatioF()
        self.scene.set_pixel_ratio(ratio)
        near = self.scene.projection.focal_scale >= LABELS_FROM * ratio
        self.scene.set_labels("nodes" if near and "labels" not in self.session.look.hidden_parts else "none")
        began = perf_counter()
        try:
            if self.is_patient:
                self.scene.render_whole()
            else:
                self.scene.render()
        except Exception as error:  # noqa: BLE001 -- a bug here would come back with every frame
            self._gl.draw = None
            self.session.crashed.emit(error)
        self.frame_seconds = perf_counter() - began
        QTimer.singleShot(0, self, self._after_frame)
        return None

    def _after_frame(self) -> None:
        if not self.is_closed:
            self.refresh_overlay()
            self._sharpening.go_on()
            self._tell_ready()

    def _tell_ready(self) -> None:
        waits = self.isVisible() and (self._is_due or not self.scene.is_complete)
        if self._task is None and not waits:
            self._begin_the_rest()
        if self._task is None and self.eye.is_still and not self._reshape.isActive() and not waits:
            self.session.mark_ready(PART)

    def refresh_overlay(self) -> None:
        """Put the signs of the modes where they belong now."""
        if self.drawn is None or self.is_closed:
            self.overlay.signs, self.overlay.measured, self.overlay.area, self.overlay.ghosts = (), (), (), ()
            self.overlay.sketch, self.overlay.tracks = OnScreen(), TracksOnScreen()
            return
        had = not self.overlay.is_empty
        signs = [(self.scene.screen_of(element.layer, element.row), "barrier") for element in self._barriers]
        if self._tracer.waiting is not None and (start := self._tracer.waiting.find(self.drawn)) is not None:
            signs.append((self.scene.screen_of(start.layer, start.row), "start"))
        signs += [(self.scene.screen_of(element.layer, element.row), "secret") for element in self._secret]
        self.overlay.signs = [Sign(*place, shape) for place, shape in signs if place is not None]
        points = [self.scene.pixel_of(place) for place in self.hand.measure.points]
        self.overlay.measured = [point for point in points if point is not None]
        self.overlay.told = self.hand.measure.words if tool(self.session.tool).click == "measure" else ""
        self.overlay.sketch = self.hand.edits.sketch()
        if self.overlay.sketch.is_empty:
            self.overlay.sketch = on_screen(
                Sketch(self.hand.trench_outline() or outline_of(self.session.result)), self.scene.pixel_of
            )
        corners = [self.scene.pixel_of(corner) for corner in self.session.area]
        self.overlay.area = [point for point in corners if point is not None]
        self.overlay.ghosts = ghosts_of(self.session, self.scene)
        self.overlay.tracks = track_lines(self.session).on_screen(self.scene)
        self.overlay.findings = self.hand.walls.marks(self.session, self.scene)
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
        if self.empty is not None:
            self.empty.setGeometry(self.rect())
        self.legend.settle()
        self.hint.settle()
        self.hand.edits.strip.settle()
        if self.drawn is not None and self.eye.is_whole and not self.is_closed:
            self._gl.resize(self.size())
            self._gl.render_window  # noqa: B018 -- takes the size over
            self.scene.home()
        self.redraw()

    def showEvent(self, event: QShowEvent) -> None:
        """Go on with what moved."""
        super().showEvent(event)
        self.redraw()
        self.eye.run_clock()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing moves unseen."""
        super().hideEvent(event)
        self.eye.rest()
        self._tell_ready()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go of everything."""
        self.shut_down()
        super().closeEvent(event)

    def shut_down(self) -> None:
        """End for good; the window calls this before it closes."""
        if self.is_closed:
            return
        self.is_closed = True
        self.eye.rest()
        self._reshape.stop()
        self._sharpening.stop()
        self._pointer.stop()
        if self._task is not None:
            self._task.cancel()
        self.session.tasks.release()
        self._gl.draw = None
        self.scene.close()
        self._gl.shut_down()
        self.session.mark_ready(PART)


def _secret(network: Network | None) -> tuple[Element, ...]:
    """Return the elements that must not leave, as many as can be told apart on a map."""
    if network is None or network.release.is_whole:
        return ()
    released = network.release
    found = [Element(layer, int(row)) for layer in LAYERS for row in np.flatnonzero(~released.rows(layer))[:MOST_SECRET]]
    return tuple(found[:MOST_SECRET])
