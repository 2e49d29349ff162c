"""Everything that stands on the render window, made and remade as the network, the look or a result changes.

A frame never waits for what it lacks: it asks the workshop, shows what there is, and says that it is not complete.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkRenderingCore import vtkRenderer

from pipemap.scene import captions, props, windows
from pipemap.scene.backdrop import Backdrop
from pipemap.scene.camera import Projection, Viewpoint
from pipemap.scene.canvas import Canvas
from pipemap.scene.colours import rgb1
from pipemap.scene.composing import Composition, arrows_of, coloured, compose, shown_of
from pipemap.scene.drawing import Drawing, draw
from pipemap.scene.ground import Ground
from pipemap.scene.highlight import Emphasis, Flow
from pipemap.scene.layer_set import LayerSet
from pipemap.scene.look import Chosen, Look
from pipemap.scene.pace import WHOLE_ERROR, Pace
from pipemap.scene.picking import Shown
from pipemap.scene.sight import Sight, sight_of
from pipemap.scene.smoothing import Smoothing
from pipemap.scene.workshop import HANDS, Order, Workshop

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    from pipemap.model.network import Network
    from pipemap.scene.colours import Colouring
    from pipemap.scene.labels import Written
    from pipemap.scene.recomposing import Following

FIRST = float("inf")
"""Urgency of a new composition: everything else depends on it."""

HANDOUT_MOVING, HANDOUT_STILL = 0.004, 0.020
"""Seconds that a frame may spend on taking over what was made since the last."""

AT_FIRST = 2.0
"""Pixels below which a new picture may leave out details when it takes the place of the old one; then it sharpens."""

PATIENCE = 2.0
"""Seconds after which a new picture takes the place of the old one although it is still coarse."""


class Stage:
    """Renderers, layers and overlays of one window. Parts are remade when :meth:`outdate` has named them.

    Attributes
    ----------
    is_complete
        Whether the last frame showed everything as fine as it should be.
    is_rough
        Whether it was complete, of an eye at rest, and has rough edges that :meth:`smooth` would smooth.
    """

    def __init__(self, window: vtkRenderWindow, look: Look) -> None:
        self.window, self.look, self.chosen = window, look, Chosen()
        self.renderer, self.top = vtkRenderer(), vtkRenderer()
        self._backdrop = Backdrop(window, self.renderer)
        self.air = props.Air()
        self.phase = 0.0
        none = np.empty(0)
        self.sight = Sight(none > 0, none, none > 0, none, none, still=True)
        self.written: Written | None = None
        self.moving, self.is_complete = False, False
        self.pace, self.workshop, self.smoothing = Pace(), Workshop(), Smoothing()
        self.is_rough = False
        self._old: set[str] = set()
        self._network: Network | None = None
        self.drawing: Drawing | None = None
        self.colouring: Colouring | None = None
        self._shown: tuple[Drawing, frozenset[str], Shown] | None = None
        self._composing, self._stale = 0, False
        self._layers: LayerSet | None = None
        self._coming: LayerSet | None = None
        self._coming_since = 0.0
        self._ground: Ground | None = None
        self._ground_first = False
        self._set_up()
        self._emphasis = Emphasis(self.renderer, self.top)
        self._flow = Flow(self.renderer, self.air)
        self._names = Canvas(self.renderer, layer=2)  # below the other: ids that come later would lie over its pins
        self._canvas, self._panel = (Canvas(self.top, layer=layer) for layer in (4, 6))
        self._panel_of: object = None

    # -- what changes --------------------------------------------------------------------------------------------------

    def take(self, network: Network | None) -> None:
        """Show another network."""
        self._network = network
        self.chosen = Chosen()
        self.outdate("drawing")

    def put(self, drawing: Drawing, *, stays: bool) -> None:
        """Show a drawing that was made elsewhere; the picture that stands ``stays`` until the new one is ready, or goes."""
        if drawing.network is not self._network:
            self._network, self.chosen = drawing.network, Chosen()
        if not stays:
            self._clear()
        self._take_drawing(drawing)

    @property
    def standing(self) -> Composition | None:
        """What is shown now, if that is all there is to show."""
        is_settled = self._layers is not None and self._coming is None and not self._stale and "drawing" not in self._old
        return self._layers.composition if is_settled and self._layers is not None else None

    def follow(self, made: Following) -> bool:
        """Show what followed from what stands by a small Change, if that still stands; ask for what it touched at once."""
        composition = made.composition
        if self._layers is None or self.standing is not made.before or not self.look.draws_like(composition.look):
            return False
        self._network, self.chosen = composition.drawing.network, Chosen()
        self._take_drawing(composition.drawing)
        self._composing += 1
        self._stale, self.colouring = False, composition.colouring
        self._layers.follow(composition, made.touched)
        self._layers.show(self.sight, self.workshop)
        self.workshop.send()
        self.written, self._panel_of = None, None
        if self._ground is not None:
            self._ground.follow(composition.drawing)
        return True

    def outdate(self, *parts: str) -> None:
        """Say what no longer fits: ``drawing``, ``colours``, ``layers``, ``emphasis``, ``theme``."""
        self._old.update(parts)
        self.is_complete = False
        if self._old & {"colours", "theme"}:
            self.colouring = None
        if self._old & {"colours", "theme", "layers"}:
            self._composing += 1
            self._stale = True
            self._old -= {"colours", "theme", "layers"}
            self._old.add("emphasis")

    def ensure_drawing(self) -> None:
        """Remake the drawing itself if it is outdated, and nothing that costs more."""
        if "drawing" in self._old:
            self._old -= {"drawing"}
            self._clear()
            if self._network is None:
                self.drawing = self.colouring = None
                self._stale = False
            else:
                self._take_drawing(draw(self._network, exaggeration=self.look.exaggeration))

    def _take_drawing(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self._emphasis.clear()
        self._old -= {"drawing"}
        self.outdate("colours", "emphasis")

    def show_colours(self, colouring: Colouring) -> None:
        """Take colours that were worked out elsewhere, for the column and the theme of the look."""
        self.outdate("colours")
        self.colouring = colouring

    @property
    def colours(self) -> Colouring | None:
        """The colours in force and their legend."""
        self.ensure_drawing()
        if self.drawing is None:
            return None
        if self.colouring is None:
            self.colouring = coloured(self.drawing.network, self.look.column, dark=self.look.dark)
        return self.colouring

    @property
    def shown(self) -> Shown:
        """What the hidden categories leave."""
        drawing, hidden = self.drawing, self.look.hidden
        if drawing is None:
            return Shown(np.empty(0, dtype=np.bool_), np.empty(0, dtype=np.bool_))
        if self._shown is None or self._shown[0] is not drawing or self._shown[1] != hidden:
            self._shown = drawing, hidden, shown_of(drawing.network, hidden)
        return self._shown[2]

    # -- a frame -------------------------------------------------------------------------------------------------------

    def render(self, eye: Viewpoint, *, moving: bool | None = None) -> None:
        """Draw one frame of what there is."""
        moving = self.moving if moving is None else moving
        self.workshop.collect(HANDOUT_MOVING if moving else HANDOUT_STILL)
        samples = self.pace.samples(moving=moving)
        projection = self._look_through(eye, samples)
        started = perf_counter()
        if self.drawing is not None:
            self._show(self.drawing, projection, still=not moving)
        self.is_complete = not self.workshop.lacks and self._coming is None and not self._stale
        self.is_rough = self.is_complete and self.drawing is not None and not moving and not samples
        self.smoothing.clear()
        self.workshop.send(1 if moving else HANDS)
        self._write(projection)
        self.window.Render()
        self.window.WaitForCompletion()
        self.pace.learn(perf_counter() - started, samples, moving=moving)

    def smooth(self, eye: Viewpoint) -> None:
        """Draw the complete picture once more, moved by a part of a pixel, and add it to the mean."""
        projection, camera = self._look_through(eye, 0), self.renderer.GetActiveCamera()
        across, up = self.smoothing.offset
        camera.SetWindowCenter(2 * across / projection.width, 2 * up / projection.height)
        self.window.Render()
        camera.SetWindowCenter(0.0, 0.0)
        self.smoothing.add(windows.picture(self.window))
        self.is_rough = not self.smoothing.is_done

    def render_whole(self, eye: Viewpoint, *, samples: int) -> None:
        """Draw one frame as fine as it should be, however long that takes."""
        self.workshop.wait()
        self.workshop.collect(float("inf"))
        projection = self._look_through(eye, samples)
        while self.drawing is not None:
            self._show(self.drawing, projection, still=True, exact=True)
            if not self.workshop.lacks and self._coming is None:
                break
            self.workshop.make_all()
        self.is_complete, self.is_rough = True, False
        self.smoothing.clear()
        self._write(projection)
        self.window.Render()

    def _look_through(self, eye: Viewpoint, samples: int) -> Projection:
        """Bring everything up to date that takes no time, and turn VTK's camera to the eye."""
        self.ensure_drawing()
        if self.drawing is None:
            self._backdrop.paint(self.look.theme.top, self.look.theme.bottom)
        projection = Projection(eye, *self.window.GetSize())
        if self.window.GetMultiSamples() != samples:
            self.window.SetMultiSamples(samples)
        bounds = self.drawing.bounds if self.drawing is not None else None
        if bounds is None:
            bounds = np.full(3, -1.0), np.full(3, 1.0)
        projection.apply(self.renderer.GetActiveCamera(), self.renderer, bounds, self._nearest(projection))
        return projection

    def _nearest(self, projection: Projection) -> float:
        """Metres to the nearest thing that may be drawn: the farther, the better the graphics card tells what hides what."""
        if self.drawing is None or not len(self.drawing.tiles):
            return 0.0
        tiles = self.drawing.tiles
        nearest = float(projection.distance_to(tiles.low - 3.0, tiles.high + 6.0).min())
        if self._ground is not None and self._ground.box is not None:
            nearest = min(nearest, float(projection.distance_to(*self._ground.box)))
        return nearest

    def _write(self, projection: Projection) -> None:
        """Write the flat sheets; the legend only when it is another one."""
        for canvas in (self._names, self._canvas):
            canvas.begin(projection.height)
        captions.frame(self._names, self._canvas, self, projection)
        for canvas in (self._names, self._canvas):
            canvas.show()
        look = self.look
        legend = self.colouring.legend if look.legend and self.colouring is not None else None
        panel = (legend, look.column is None, look.dark, look.pixel_ratio, projection.height)
        if panel != self._panel_of:
            self._panel_of = panel
            self._panel.begin(projection.height)
            captions.panel(self._panel, self)
            self._panel.show()

    def _show(self, drawing: Drawing, projection: Projection, *, still: bool, exact: bool = False) -> None:
        distance = projection.eye.distance
        middle = np.mean([rgb1(self.look.theme.top), rgb1(self.look.theme.bottom)], axis=0)
        self.air.set_haze(tuple(middle), distance * 1.1, distance * 7, 0.0 if projection.eye.plan else 0.62)
        self.air.set_light(projection.right, projection.up, projection.forward)
        error, ratio = WHOLE_ERROR if exact else self.pace.error(moving=not still), self.look.pixel_ratio
        self.sight = sight_of(drawing.tiles, projection, still=still, error=error, pixel_ratio=ratio, exact=exact)
        self._compose(drawing)
        self._show_layers()
        if "emphasis" in self._old:
            self._old -= {"emphasis"}
            self.written = None
            self._emphasis.show(drawing, self.chosen.pipes, self.chosen.hover, dark=self.look.dark)
        for layer in self._emphasis.layers:
            layer.show(self.sight, self.workshop)
        composition = self._layers.composition if self._layers is not None else None
        if composition is not None and composition.result is not None and len(composition.flowing):
            self._flow.show(composition, projection, self.sight, self.phase)
        else:
            self._flow.clear()
        self._show_ground(projection)

    def _show_ground(self, projection: Projection) -> None:
        if self._ground is None:
            return
        self._ground.near(projection.eye.focal, projection.focal_scale, self.look.pixel_ratio)
        below = projection.eye.elevation < 0 and not projection.eye.plan
        added = self._layers is not None and self._layers.added()
        if added or below != self._ground_first:
            self._ground_first = below
            if not below:  # seen from above the ground blends over what lies below it, seen from below under it
                self._ground.draw_last()

    # -- making --------------------------------------------------------------------------------------------------------

    def _compose(self, drawing: Drawing) -> None:
        """Ask for a new composition while the last one no longer fits."""
        if self._stale:
            number = self._composing
            make = partial(compose, drawing, self.colouring, replace(self.look), self.chosen.result)
            self.workshop.ask(Order(self, number, make, partial(self._take_composition, number), FIRST))

    def _take_composition(self, number: int, made: Composition) -> None:
        if number != self._composing or made.drawing is not self.drawing:
            return
        self._stale = False
        self.colouring = made.colouring
        if self._coming is not None:
            self._coming.clear()
        self._coming, self._coming_since = LayerSet(self.renderer, made, self.air), perf_counter()

    def _show_layers(self) -> None:
        """Show the layers; new ones take the place of the old when they lack nothing any more, or when there are no old ones."""
        if self._layers is not None and self._layers.composition.drawing is self.drawing:
            self._show_arrows(self._layers)
            self._layers.show(self.sight, self.workshop)
        coming = self._coming
        if coming is None:
            return
        before, sight = self.workshop.lacks, replace(self.sight, error=max(self.sight.error, AT_FIRST))
        coming.show(sight, self.workshop, hidden=True)
        waited = self._layers is None or perf_counter() - self._coming_since > PATIENCE
        if self.workshop.lacks == before or (waited and coming.has_something):
            self._swap(coming)

    def _show_arrows(self, layers: LayerSet) -> None:
        """Ask which way pipes flow where that shall be seen."""
        wanted = self.look.arrows and layers.composition.result is None
        behind = layers.is_behind and "flow" in vars(layers.composition.drawing.network)  # until then the old ones stay
        if wanted and (behind or not layers.has_arrows):
            self.workshop.ask(Order(layers, "arrows", partial(arrows_of, layers.composition), layers.set_arrows, 0.0))
        elif not wanted and layers.has_arrows:
            layers.set_arrows(None)

    def _swap(self, coming: LayerSet) -> None:
        before = self._layers.composition if self._layers is not None else None
        if self._layers is not None:
            self._layers.clear()
        self._layers, self._coming, self.written = coming, None, None
        self._show_arrows(coming)
        coming.show(self.sight, self.workshop)
        made = coming.composition
        if before is None or before.look.dark != made.look.dark or before.drawing is not made.drawing:
            self._backdrop.paint(made.look.theme.top, made.look.theme.bottom)
            self._make_ground(made)

    def _make_ground(self, made: Composition) -> None:
        if self._ground is not None:
            self._ground.clear()
        self._ground = Ground(self.renderer, made.drawing, made.look.theme)
        self._ground.fade(self.look.ground_opacity)

    def fade_ground(self) -> None:
        """Take over the chosen transparency of the ground."""
        if self._ground is not None:
            self._ground.fade(self.look.ground_opacity)

    # -- beginning and end ---------------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        self.window.SetNumberOfLayers(2)
        self.top.SetLayer(1)
        self.top.SetActiveCamera(self.renderer.GetActiveCamera())
        for renderer in (self.renderer, self.top):
            renderer.SetAutomaticLightCreation(0)
            renderer.SetUseOIT(False)  # a pass of its own over every pixel, for what the order of drawing does as well
            renderer.GetCullers().RemoveAllItems()
            self.window.AddRenderer(renderer)
        self._backdrop.paint(self.look.theme.top, self.look.theme.bottom)

    def _clear(self) -> None:
        for layers in (self._layers, self._coming):
            if layers is not None:
                layers.clear()
        self._layers = self._coming = None
        self._emphasis.clear()
        self._flow.clear()
        if self._ground is not None:
            self._ground.clear()
            self._ground = None

    def close(self) -> None:
        """Take everything off the window and let go of it."""
        self.workshop.close()
        self._clear()
        for canvas in (self._names, self._canvas, self._panel):
            canvas.clear()
        self._backdrop.close()
        for renderer in (self.top, self.renderer):
            renderer.RemoveAllViewProps()
            renderer.ReleaseGraphicsResources(self.window)
            self.window.RemoveRenderer(renderer)
        self.drawing = self.colouring = self._network = self._shown = None
