"""Everything that stands on the render window, made and remade as the network, the look or a result changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import numpy as np
from vtkmodules.vtkRenderingCore import vtkLight, vtkRenderer

from pipemap import catalog
from pipemap.scene import captions, props
from pipemap.scene.backdrop import Backdrop
from pipemap.scene.camera import Projection, Viewpoint
from pipemap.scene.canvas import Canvas
from pipemap.scene.colours import DARK, LIGHT, Colouring, Theme, by_category, by_column, rgb1
from pipemap.scene.drawing import Drawing, draw
from pipemap.scene.ground import Ground
from pipemap.scene.highlight import Emphasis, Flow
from pipemap.scene.layers import GlyphLayer, PipeLayer, Sight, Style
from pipemap.scene.picking import Shown
from pipemap.scene.stands import devices, flow_arrows, palette

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    from pipemap.model.network import Network
    from pipemap.scene.labels import Written
    from pipemap.scene.results import Result

Labels = Literal["none", "nodes", "pipes", "all"]

GHOST = 0.25
SMOOTH = 4
SLOW_FRAME = 0.05
"""Seconds above which a moving picture goes without smoothed edges."""

SWIFT_FRAME = 0.008
"""Seconds below which a picture without smoothed edges shows that there is time for them."""


@dataclass(slots=True)
class Look:
    """What the person has chosen to see."""

    dark: bool = False
    pixel_ratio: float = 1.0
    hidden: frozenset[str] = frozenset()
    ground_opacity: float = 0.3
    exaggeration: float = 1.0
    labels: Labels = "none"
    arrows: bool = False
    column: str | None = None
    legend: bool = False
    compass: bool = True

    @property
    def theme(self) -> Theme:
        """Colours of everything that is no pipe."""
        return DARK if self.dark else LIGHT


@dataclass(slots=True, eq=False)
class Chosen:
    """What is emphasised: selection, hover, result."""

    nodes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    pipes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    hover: tuple[str, int] | None = None
    result: Result | None = None


class Stage:
    """Renderers, layers and overlays of one window. Parts are remade when :meth:`outdate` has named them."""

    def __init__(self, window: vtkRenderWindow, look: Look) -> None:
        self.window, self.look, self.chosen = window, look, Chosen()
        self.renderer, self.top = vtkRenderer(), vtkRenderer()
        self._backdrop = Backdrop(window, self.renderer)
        self.haze = props.Haze()
        self.phase = 0.0
        none = np.empty(0)
        self.sight = Sight(none > 0, none, still=True)
        self.written: Written | None = None
        self.moving = False
        self._slow = False
        self._old: set[str] = set()
        self._network: Network | None = None
        self.drawing: Drawing | None = None
        self.colouring: Colouring | None = None
        self.shown = Shown(np.empty(0, dtype=np.bool_), np.empty(0, dtype=np.bool_))
        self._layers: list[PipeLayer | GlyphLayer] = []
        self._ground: Ground | None = None
        self._ground_first = False
        self._set_up()
        self._emphasis = Emphasis(self.renderer, self.top)
        self._flow = Flow(self.renderer)
        self._names, self._canvas, self._panel = (Canvas(self.top, layer=layer) for layer in (2, 4, 6))
        self._panel_of: object = None

    # -- what changes --------------------------------------------------------------------------------------------------

    def take(self, network: Network | None) -> None:
        """Show another network."""
        self._network = network
        self.chosen = Chosen()
        self.outdate("drawing")

    def put(self, drawing: Drawing) -> None:
        """Show a drawing that was made elsewhere."""
        if drawing.network is not self._network:
            self._network, self.chosen = drawing.network, Chosen()
        self._clear()
        self.drawing, self.colouring = drawing, None
        self._old = (self._old - {"drawing"}) | {"colours", "layers", "ground", "emphasis"}

    def outdate(self, *parts: str) -> None:
        """Say what no longer fits: ``drawing``, ``colours``, ``layers``, ``ground``, ``emphasis``, ``theme``."""
        self._old.update(parts)

    def ensure_drawing(self) -> None:
        """Remake the drawing itself if it is outdated, and nothing that costs more."""
        if "drawing" in self._old:
            self._clear()
            self.drawing = draw(self._network, exaggeration=self.look.exaggeration) if self._network is not None else None
            self.colouring = None
            self._old -= {"drawing"}
            self._old |= {"colours", "layers", "ground", "emphasis"}

    def refresh(self) -> None:
        """Remake what is outdated."""
        self.ensure_drawing()
        old, self._old = self._old, set()
        if old:
            self.written = None
        if old & {"theme"}:
            self._paint_background()
            old |= {"colours", "layers", "ground", "emphasis"}
        drawing = self.drawing
        if drawing is None:
            return
        if "colours" in old or self.colouring is None:
            self.colouring = self._coloured(drawing.network)
            old |= {"layers"}
        if "layers" in old:
            self._make_layers(drawing, self.colouring)
        if "ground" in old:
            self._make_ground(drawing)
        if old & {"emphasis", "layers"}:
            self._emphasis.show(drawing, self.chosen.pipes, self.chosen.hover, dark=self.look.dark)

    # -- a frame -------------------------------------------------------------------------------------------------------

    def render(self, eye: Viewpoint, *, moving: bool | None = None, samples: int | None = None) -> None:
        """Draw one frame."""
        moving = self.moving if moving is None else moving
        self.refresh()
        width, height = self.window.GetSize()
        projection = Projection(eye, width, height)
        drawing = self.drawing
        bounds = drawing.bounds if drawing is not None else None
        wanted = (0 if moving and self._slow else SMOOTH) if samples is None else samples
        if self.window.GetMultiSamples() != wanted:
            self.window.SetMultiSamples(wanted)
        if bounds is None:
            bounds = np.full(3, -1.0), np.full(3, 1.0)
        projection.apply(self.renderer.GetActiveCamera(), self.renderer, bounds, self._nearest(projection))
        if drawing is not None:
            self._show(drawing, projection, still=not moving)
        self._write(projection)
        started = perf_counter()
        self.window.Render()
        if samples is None:
            self.window.WaitForCompletion()
            self._slow = perf_counter() - started > (SLOW_FRAME if wanted else SWIFT_FRAME)

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

    def _show(self, drawing: Drawing, projection: Projection, *, still: bool) -> None:
        distance = projection.eye.distance
        middle = np.mean([rgb1(self.look.theme.top), rgb1(self.look.theme.bottom)], axis=0)
        self.haze.set(tuple(middle), distance * 1.1, distance * 7, 0.0 if projection.eye.plan else 0.62)
        seen, scale = projection.seen(drawing.tiles.low - 3.0, drawing.tiles.high + 6.0)
        sight = self.sight = Sight(seen, scale, still, self.look.pixel_ratio)
        for layer in (*self._layers, *self._emphasis.layers):
            layer.show(sight)
        result = self.chosen.result
        pipes = np.unique(np.concatenate([group.pipes for group in result.groups])) if result and result.groups else None
        if result is not None and result.arrows and pipes is not None:
            self._flow.show(drawing, projection, pipes, self.phase, dark=self.look.dark)
        else:
            self._flow.clear()
        if self._ground is not None:
            self._ground.near(projection.eye.focal, projection.focal_scale, self.look.pixel_ratio)
        below = projection.eye.elevation < 0 and not projection.eye.plan
        if self._ground is not None and below != self._ground_first:
            self._ground_first = below
            self._order(self._ground)
        elif self._ground is not None and sum(layer.added() for layer in self._layers):
            self._order(self._ground)

    def _order(self, ground: Ground) -> None:
        """Seen from above the ground blends over what lies below it, seen from below under it."""
        if not self._ground_first:
            ground.draw_last()

    # -- making --------------------------------------------------------------------------------------------------------

    def _make_layers(self, drawing: Drawing, colouring: Colouring | None) -> None:
        assert colouring is not None  # noqa: S101 -- made just before
        for layer in self._layers:
            layer.clear()
        network, look = drawing.network, self.look
        self.shown = _shown(network, look.hidden)
        pipes, nodes = self.shown.pipes, self.shown.nodes
        pipe_colours, node_colours = colouring.pipes, _with_pipes(network, colouring)
        self._layers = []
        result = self.chosen.result
        if result is not None:
            in_nodes, in_pipes = np.zeros(network.node_count, np.bool_), np.zeros(network.pipe_count, np.bool_)
            painted = pipe_colours.copy()
            for group in reversed(result.groups):
                in_nodes[group.nodes], in_pipes[group.pipes] = True, True
                painted[group.pipes] = np.round(np.array(rgb1(group.shade(dark=look.dark))) * 255).astype(np.uint8)
            self._add(drawing, in_nodes, in_pipes, node_colours, painted, opacity=1.0, width=3.4)
            nodes, pipes = nodes & ~in_nodes, pipes & ~in_pipes
        self._add(drawing, nodes, pipes, node_colours, pipe_colours, opacity=1.0 if result is None else GHOST, width=2.0)
        if look.arrows and result is None:
            mixed = (pipe_colours * 0.55 + np.array(rgb1(look.theme.text)) * 255 * 0.45).astype(np.uint8)
            stands = flow_arrows(drawing, pipes, mixed)
            self._layers.append(GlyphLayer(self.renderer, stands, palette(look.theme), haze=self.haze))

    def _add(
        self,
        drawing: Drawing,
        nodes: NDArray[np.bool_],
        pipes: NDArray[np.bool_],
        node_colours: NDArray[np.uint8],
        pipe_colours: NDArray[np.uint8],
        *,
        opacity: float,
        width: float,
    ) -> None:
        bars = np.flatnonzero(pipes[drawing.bar_pipe])
        style = Style(opacity=opacity, line_width=width * self.look.pixel_ratio, haze=self.haze)
        self._layers.append(PipeLayer(self.renderer, drawing, bars, pipe_colours, style))
        theme = self.look.theme
        stands = devices(drawing, nodes, pipes, node_colours=node_colours, pipe_colours=pipe_colours, theme=theme)
        self._layers.append(GlyphLayer(self.renderer, stands, palette(theme), opacity=opacity, haze=self.haze))

    def _make_ground(self, drawing: Drawing) -> None:
        if self._ground is not None:
            self._ground.clear()
        self._ground = Ground(self.renderer, drawing, self.look.theme)
        self._ground.fade(self.look.ground_opacity)

    def fade_ground(self) -> None:
        """Take over the chosen transparency of the ground."""
        if self._ground is not None:
            self._ground.fade(self.look.ground_opacity)

    @property
    def colours(self) -> Colouring | None:
        """The colours in force and their legend."""
        self.refresh()
        return self.colouring if self.drawing is not None else None

    def _coloured(self, network: Network) -> Colouring:
        if self.look.column is None:
            return by_category(network, dark=self.look.dark)
        return by_column(network, self.look.column, dark=self.look.dark)

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
        for place, strength in (((-0.5, 0.9, 1.0), 0.78), ((0.9, 0.1, 0.7), 0.34)):
            light = vtkLight()
            light.SetLightTypeToCameraLight()
            light.SetPosition(*place)
            light.SetFocalPoint(0, 0, 0)
            light.SetIntensity(strength)
            self.renderer.AddLight(light)
        self._paint_background()

    def _paint_background(self) -> None:
        self._backdrop.paint(self.look.theme.top, self.look.theme.bottom)

    def _clear(self) -> None:
        for layer in self._layers:
            layer.clear()
        self._layers = []
        self._emphasis.clear()
        self._flow.clear()
        if self._ground is not None:
            self._ground.clear()
            self._ground = None

    def close(self) -> None:
        """Take everything off the window and let go of it."""
        self._clear()
        for canvas in (self._names, self._canvas, self._panel):
            canvas.clear()
        self._backdrop.close()
        for renderer in (self.top, self.renderer):
            renderer.RemoveAllLights()
            renderer.RemoveAllViewProps()
            renderer.ReleaseGraphicsResources(self.window)
            self.window.RemoveRenderer(renderer)
        self.drawing = self.colouring = self._network = None


def _shown(network: Network, hidden: frozenset[str]) -> Shown:
    """Return what the hidden categories leave: a node without a category goes with its pipes."""
    pipes = ~network.pipe_category.is_in(*hidden) & ~(("" in hidden) & (network.pipe_category.codes < 0))
    nodes = ~network.node_category.is_in(*hidden)
    bare = np.flatnonzero(network.node_category.codes < 0)
    if len(bare) and hidden:
        joined = np.zeros(network.node_count, np.bool_)
        joined[network.pipe_ends[pipes].reshape(-1)] = True
        alone = np.bincount(network.pipe_ends.reshape(-1), minlength=network.node_count) == 0
        nodes[bare] = joined[bare] | alone[bare]
    return Shown(nodes, pipes)


def _with_pipes(network: Network, colouring: Colouring) -> NDArray[np.uint8]:
    """Nodes without a category take the colour of a pipe of theirs."""
    colours = np.array(colouring.nodes)
    bare = network.node_category.codes < 0
    ends = network.pipe_ends
    for side in (1, 0):
        chosen = bare[ends[:, side]]
        colours[ends[chosen, side]] = colouring.pipes[chosen]
    return colours


def expanded(network: Network, code: str) -> frozenset[str]:
    """Return the categories of a network that a code means: itself, and of a major one all its sub-categories."""
    known = {*network.pipe_category.values, *network.node_category.values}
    found = catalog.category(code)
    under = {value for value in known if catalog.major_of(value) == code} if found and found.level == "major" else set()
    return frozenset(under | {code})
