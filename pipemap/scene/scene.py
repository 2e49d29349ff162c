"""The 3D picture of a network: one object that the window and the command line drive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from pipemap.fonts import chinese_font
from pipemap.scene import picking, walls, windows
from pipemap.scene.colours import Legend
from pipemap.scene.composing import expanded
from pipemap.scene.look import Chosen, Look
from pipemap.scene.navigation import Navigation
from pipemap.scene.pace import SMOOTH
from pipemap.scene.picking import Pick, Selection, Shown
from pipemap.scene.stage import Stage
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    from pipemap.model.network import Network
    from pipemap.model.release import Release
    from pipemap.scene.colours import Colouring
    from pipemap.scene.composing import Composition
    from pipemap.scene.drawing import Drawing
    from pipemap.scene.look import Labels
    from pipemap.scene.places import Frame
    from pipemap.scene.problem_marks import ProblemMarks
    from pipemap.scene.recomposing import Following
    from pipemap.scene.results import Layer, Result

    Rows = Sequence[int] | NDArray[np.int64]

PICTURE = (1280, 800)
SAMPLES = 8
"""Samples a pixel of a picture that is kept."""

FLOW_SECONDS = 1.6
"""Seconds in which a flow arrow reaches the place of the next."""


class Scene(Navigation):
    """A network in 3D, on a window of its own without a screen or on one that is given.

    Nothing is drawn before :meth:`render` or :meth:`image`; setters are cheap and may be called in any order.
    All pixels are logical ones, from the top left.

    Parameters
    ----------
    network
        May be set later by :meth:`set_network`.
    dark
        Colours for a dark ground.
    render_window
        Drawn into, and left open by :meth:`close`.
    pixel_ratio
        Device pixels a logical pixel.

    Raises
    ------
    RenderError
        There is no way to draw on this machine.
    """

    def __init__(
        self,
        network: Network | None = None,
        *,
        dark: bool = False,
        render_window: vtkRenderWindow | None = None,
        pixel_ratio: float = 1.0,
    ) -> None:
        super().__init__()
        self._owns = render_window is None
        window = render_window if render_window is not None else windows.off_screen(*PICTURE)
        self._look = Look(dark=dark, pixel_ratio=pixel_ratio, legend=self._owns)
        self._stage: Stage | None = Stage(window, self._look)
        self.set_network(network)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *__: object) -> None:
        self.close()

    # -- what is shown -------------------------------------------------------------------------------------------------

    def set_network(self, network: Network | None, *, keep_view: bool = False) -> None:
        """Show another network, or none; selection and result end. With ``keep_view`` the eye stays where it is."""
        before = self._here.drawing
        self._here.take(network)
        if keep_view and before is not None and self._drawn() is not None:
            self._follow(before)
        else:
            self.set_view("iso")

    def show_drawing(self, drawing: Drawing, *, keep_view: bool = False) -> None:
        """Show what :func:`draw` made of a network, on whatever thread; selection and result end with another network."""
        before = self._here.drawing
        self._look.exaggeration = drawing.frame.exaggeration
        self._here.put(drawing, stays=keep_view)
        if keep_view and before is not None:
            self._follow(before)
        else:
            self.set_view("iso")

    @property
    def standing(self) -> Composition | None:
        """What is shown, once it is all there: what :func:`follow` starts from after a small Change."""
        return self._here.standing

    def show_following(self, made: Following) -> None:
        """Show what :func:`follow` made of a Change, on whatever thread: only the tiles it touched are made anew.

        Selection and result end; the eye stays where it is.
        """
        if not self._here.follow(made):
            self.show_drawing(made.composition.drawing, keep_view=True)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a person should see: made-up positions, levels that were guessed, a font that is missing."""
        drawing = self._drawn()
        told = list(drawing.notes) if drawing is not None else []
        if drawing is not None and drawing.estimated:
            told.append(_("{n} pipes have no known level; they are drawn at a typical depth.").format(n=f"{drawing.estimated:,}"))
        if chinese_font() is None:
            told.append(_("No font with Chinese characters was found; install Noto Sans CJK to see Chinese labels."))
        return tuple(told)

    @property
    def estimated(self) -> int:
        """How many pipes are drawn at a level that was not measured."""
        drawing = self._drawn()
        return drawing.estimated if drawing is not None else 0

    @property
    def schematic(self) -> bool:
        """Whether positions were made up because the survey has no coordinates."""
        drawing = self._drawn()
        return drawing is not None and drawing.schematic

    def set_dark(self, dark: bool) -> None:  # noqa: FBT001 -- the one thing it sets
        """Choose the theme."""
        if dark != self._look.dark:
            self._look.dark = dark
            self._here.outdate("theme")

    def set_pixel_ratio(self, ratio: float) -> None:
        """Choose how many device pixels a logical pixel has."""
        if ratio != self._look.pixel_ratio:
            self._look.pixel_ratio = ratio
            self._here.outdate("layers", "emphasis")

    def set_visible(self, category: str, visible: bool) -> None:  # noqa: FBT001 -- the one thing it sets
        """Show or hide a category; a major category means its sub-categories too; an empty code, what has none."""
        network = self._network()
        codes = expanded(network, category) if network is not None else frozenset({category})
        hidden = self._look.hidden - codes if visible else self._look.hidden | codes
        self._hide(hidden)

    def set_visible_categories(self, codes: Collection[str]) -> None:
        """Show exactly these categories (codes as they are in the data; an empty text for what has none)."""
        network = self._network()
        if network is not None:
            known = {"", *network.pipe_category.values, *network.node_category.values}
            self._hide(frozenset(known - set(codes)))

    def set_ground_opacity(self, opacity: float) -> None:
        """Take the ground from gone (0) to solid (1)."""
        self._look.ground_opacity = float(np.clip(opacity, 0.0, 1.0))
        self._here.fade_ground()

    def set_exaggeration(self, factor: float) -> None:
        """Draw heights ``factor`` times as large; tubes and glyphs keep their shape."""
        before = self._drawn()
        self._look.exaggeration = float(factor)
        chosen = self._here.chosen
        self._here.outdate("drawing")
        self._here.chosen = chosen
        if before is not None:
            self._follow(before)

    def set_labels(self, labels: Labels) -> None:
        """Write ids at ``nodes``, ``pipes``, ``all`` or ``none``, as far as they do not cover one another."""
        self._look.labels = labels
        self._here.written = None

    def set_arrows(self, arrows: bool) -> None:  # noqa: FBT001 -- the one thing it sets
        """Show an arrow on each pipe whose flow direction is known."""
        self._look.arrows = arrows

    def set_legend_visible(self, visible: bool) -> None:  # noqa: FBT001 -- the one thing it sets
        """Draw the legend into the picture; on by default where the scene has its own window."""
        self._look.legend = visible

    def set_compass_visible(self, visible: bool) -> None:  # noqa: FBT001 -- the one thing it sets
        """Draw compass and scale bar into the picture."""
        self._look.compass = visible

    def colour_by(self, column: str | None) -> Legend:
        """Colour by a column of the survey, by category when ``None``, and return the legend.

        Raises
        ------
        KeyError
            Neither pipes nor nodes have this column; the colours stay as they were.
        """
        before, self._look.column = self._look.column, column
        self._here.outdate("colours")
        try:
            return self.legend()
        except KeyError:
            self._look.column = before
            self._here.outdate("colours")
            raise

    def show_colours(self, column: str | None, colouring: Colouring) -> None:
        """Show what :func:`coloured` made of a column, on whatever thread, for the theme that is chosen now."""
        self._look.column = column
        self._here.show_colours(colouring)

    def legend(self) -> Legend:
        """What the colours mean now."""
        colouring = self._here.colours
        return colouring.legend if colouring is not None else Legend("", "", ())

    # -- emphasis ------------------------------------------------------------------------------------------------------

    def show_selection(self, node_rows: Rows, pipe_rows: Rows) -> None:
        """Outline these elements; an empty selection outlines nothing."""
        self._here.chosen.nodes = np.asarray(node_rows, dtype=np.int64)
        self._here.chosen.pipes = np.asarray(pipe_rows, dtype=np.int64)
        self._here.outdate("emphasis")

    def show_hover(self, layer: Layer | None, row: int | None = None) -> None:
        """Outline the one element under the cursor, or none."""
        hover = (layer, row) if layer is not None and row is not None else None
        if hover != self._here.chosen.hover:
            self._here.chosen.hover = hover
            self._here.outdate("emphasis")

    def show_result(self, result: Result) -> None:
        """Show an answer: its groups in their colours, marks, flow arrows; everything else becomes a ghost."""
        self._here.chosen.result = result
        self._here.outdate("layers")

    def show_problems(self, marks: ProblemMarks | None) -> None:
        """Mark what is wrong with the data; ``None`` marks nothing."""
        self._here.chosen.problems = marks

    def clear_result(self) -> None:
        """End the answer; everything is as before."""
        if self._here.chosen.result is not None:
            self._here.chosen.result = None
            self._here.outdate("layers")

    # -- what lies where -------------------------------------------------------------------------------------------------

    def pick(self, x: float, y: float, *, tolerance: float = 6.0, only: Shown | None = None) -> Pick | None:
        """Return what lies under a pixel, or within ``tolerance`` of it; hidden categories are not found, ghosts are.

        ``only``: what else must hold of a node or pipe to be found.
        """
        drawing, ratio = self._drawn(), self._look.pixel_ratio
        if drawing is None:
            return None
        shown = self._here.shown if only is None else self._here.shown.and_(only)
        return picking.pick(drawing, self.projection, shown, x * ratio, y * ratio, tolerance * ratio)

    def pick_rectangle(self, x0: float, y0: float, x1: float, y1: float) -> Selection:
        """Return nodes inside a rectangle of pixels and the pipes that pass through it."""
        drawing, ratio = self._drawn(), self._look.pixel_ratio
        if drawing is None:
            none = np.empty(0, dtype=np.int64)
            return Selection(none, none)
        corners = (x0 * ratio, y0 * ratio, x1 * ratio, y1 * ratio)
        return picking.pick_rectangle(drawing, self.projection, self._here.shown, corners)

    def world_at(self, x: float, y: float) -> tuple[float, float, float] | None:
        """Return east, north and ground level under a pixel; ``None`` where the line of sight misses the ground."""
        drawing, ratio = self._drawn(), self._look.pixel_ratio
        if drawing is None:
            return None
        start, toward = self.projection.ray(x * ratio, y * ratio)
        height = 0.0
        point = start
        for __ in range(4):  # the ground is nearly level: a few steps meet it
            if abs(toward[2]) < 1e-6:  # noqa: PLR2004 -- a level look
                return None
            reach = (height - start[2]) / toward[2]
            if reach < 0 or reach > 1e6:  # noqa: PLR2004 -- beyond any town
                return None
            point = start + toward * reach
            world = drawing.frame.world(point)
            world[2] = float(drawing.terrain.level_at(world[:1], world[1:2])[0])
            height = float(drawing.frame.local(world)[2])
        east, north, level = (float(part) for part in drawing.frame.world(point))
        return east, north, level

    def screen_of(self, layer: Layer, row: int) -> tuple[float, float] | None:
        """Return the pixel where a node, or the middle of a pipe, is drawn; ``None`` when it is not."""
        points = self._points([row], None) if layer == "node" else self._points(None, [row])
        if not len(points):
            return None
        middle = points if layer == "node" else points[[0, len(points) // 2]].mean(axis=0, keepdims=True)
        x, y, deep = self.projection.screen(middle)
        ratio = self._look.pixel_ratio
        return (float(x[0]) / ratio, float(y[0]) / ratio) if deep[0] > 0 else None

    def pixel_of(self, place: tuple[float, float, float]) -> tuple[float, float] | None:
        """Return the pixel where a place (east, north, level) is drawn; ``None`` behind the eye."""
        x, y = self.pixels_of(np.array([place]))[0].tolist()
        return (x, y) if np.isfinite(x) else None

    def pixels_of(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the pixels (n, 2) where places (n, 3: east, north, level) are drawn; NaN behind the eye."""
        drawing, ratio = self._drawn(), self._look.pixel_ratio
        if drawing is None:
            return np.full((len(places), 2), np.nan)
        x, y, deep = self.projection.screen(drawing.frame.local(places))
        return np.where((deep > 0)[:, None], np.column_stack([x, y]) / ratio, np.nan)

    def wall_place(self, pipe: int, share: float, degrees: float | None) -> tuple[float, float, float] | None:
        """Return east, north and level of a place on a pipe's wall; see :func:`pipemap.scene.walls.wall_place`."""
        drawing = self._drawn()
        place = None if drawing is None else walls.wall_place(drawing, pipe, share, degrees)
        return None if place is None else (float(place[0]), float(place[1]), float(place[2]))

    def clock_hour(self, pipe: int, point: tuple[float, float, float]) -> int | None:
        """Return the hour at which a place lies on a pipe's wall; see :func:`pipemap.scene.walls.clock_hour`."""
        drawing = self._drawn()
        return None if drawing is None else walls.clock_hour(drawing, pipe, point)

    # -- pictures ------------------------------------------------------------------------------------------------------

    def set_moving(self, moving: bool) -> None:  # noqa: FBT001 -- the one thing it sets
        """Say that the eye is being moved: frames are drawn faster and coarser until it rests."""
        self._here.moving = moving

    def animate(self, seconds: float) -> bool:
        """Let time pass: flights go on, flow arrows run. Return whether something moves, so that a timer may stop."""
        flying = self.advance(seconds)
        result = self._here.chosen.result
        flowing = result is not None and result.arrows
        if flowing:
            self._here.phase = (self._here.phase + seconds / FLOW_SECONDS) % 1.0
        return flying or flowing

    def resize(self, width: int, height: int) -> None:
        """Make the own window as large as this, in device pixels."""
        if tuple(self._here.window.GetSize()) != (width, height):
            self._here.window.SetSize(width, height)

    def render(self) -> None:
        """Draw one frame into the window, of what is there; go on until the picture :attr:`is_complete`."""
        self._here.render(self._eye)

    def render_whole(self) -> None:
        """Draw one complete frame into the window, with smooth edges, however long that takes."""
        self._here.render_whole(self._eye, samples=SMOOTH)

    @property
    def is_complete(self) -> bool:
        """Whether the last frame showed everything as fine as it should be; else the next shows more."""
        return self._here.is_complete

    @property
    def is_rough(self) -> bool:
        """Whether the picture at rest is complete but has rough edges, because smooth ones would have taken too long."""
        return self._here.is_rough

    def smooth(self) -> NDArray[np.uint8]:
        """Draw a rough picture once more and return it a little smoother: uint8 (height, width, 3); go on while it is rough."""
        self._here.smooth(self._eye)
        picture = self._here.smoothing.picture
        assert picture is not None  # noqa: S101 -- it was just added to
        return picture

    @property
    def has_more(self) -> bool:
        """Whether the next frame would show more than the last, rather than wait for what is still being made."""
        return self._here.workshop.has_news

    @property
    def has_all(self) -> bool:
        """Whether nothing more is being made of what the last frame lacked."""
        return self._here.workshop.is_idle

    def wait_for_more(self) -> None:
        """Return when the next frame would show more than the last."""
        self._here.workshop.wait_for_news()

    @property
    def network(self) -> Network | None:
        """What is shown."""
        return self._network()

    @property
    def frame(self) -> Frame | None:
        """How survey coordinates become local ones now; :func:`draw` keeps to it when it is given."""
        drawing = self._here.drawing
        return drawing.frame if drawing is not None else None

    def settle(self) -> int:
        """Draw frames until the picture is complete; return how many that took."""
        frames = 0
        while not frames or not self.is_complete:
            self.wait_for_more()
            self.render()
            frames += 1
        return frames

    def wait(self) -> None:
        """Return when the last frame is really on its way to the screen; for measuring."""
        self._here.window.WaitForCompletion()

    @property
    def renderer_name(self) -> str:
        """What draws: a graphics card, or software such as llvmpipe."""
        told = str(self._here.window.ReportCapabilities()).splitlines()
        return next((line.split(":", 1)[1].strip() for line in told if "renderer string" in line), "")

    def image(self, width: int, height: int) -> NDArray[np.uint8]:
        """Return the picture at this size: uint8 (height, width, 3).

        Pictures leave: what is marked secret is in none of them, whatever the window shows. A given window is left alone: a
        twin is drawn.
        """
        network = self._network()
        if not self._owns or (network is not None and not network.release.is_whole):
            with self._twin() as twin:
                return twin.image(width, height)
        self.resize(width, height)
        self._here.render_whole(self._eye, samples=SAMPLES)
        return windows.picture(self._here.window)

    def save_png(self, path: Path | str, size: tuple[int, int] = PICTURE) -> None:
        """Write the picture as PNG.

        Raises
        ------
        RenderError
            The file cannot be written.
        """
        windows.write_png(self.image(*size), Path(path))

    def close(self) -> None:
        """Let go of everything that VTK holds; the scene cannot be used afterwards."""
        stage, self._stage = self._stage, None
        if stage is not None:
            stage.close()
            if self._owns:
                stage.window.Finalize()

    # -- how -----------------------------------------------------------------------------------------------------------

    @property
    def _here(self) -> Stage:
        if self._stage is None:
            raise RuntimeError(_("The scene is closed."))
        return self._stage

    def _size(self) -> tuple[int, int]:
        width, height = self._here.window.GetSize()
        return max(width, 1), max(height, 1)

    def _ratio(self) -> float:
        return self._look.pixel_ratio

    def _drawn(self) -> Drawing | None:
        self._here.ensure_drawing()
        return self._here.drawing

    def _network(self) -> Network | None:
        drawing = self._drawn()
        return drawing.network if drawing is not None else None

    def _hide(self, hidden: frozenset[str]) -> None:
        if hidden != self._look.hidden:
            self._look.hidden = hidden
            self._here.outdate("layers")

    def _follow(self, before: Drawing) -> None:
        """Keep looking at the same place of the world although the local origin or the scale of heights changed."""
        after = self._drawn()
        if after is None:
            return
        focal = after.frame.local(before.frame.world(np.array(self._eye.focal)))
        self.viewpoint = self._eye.moved(focal - np.array(self._eye.focal))

    def _twin(self) -> Scene:
        """A scene of its own with what may leave of the same network, the same look, emphasis and view."""
        network = self._network()
        twin = Scene(network.public if network is not None else None, dark=self._look.dark)
        here, there = self._here, twin._here
        for name in ("hidden", "ground_opacity", "exaggeration", "labels", "arrows", "column", "legend", "compass"):
            setattr(twin._look, name, getattr(self._look, name))
        there.outdate("drawing", "theme")
        there.chosen = here.chosen if network is None else _released(here.chosen, network.release)
        twin.viewpoint = self.viewpoint
        if here.drawing is not None:
            twin._follow(here.drawing)
        return twin


def _released(chosen: Chosen, release: Release) -> Chosen:
    """Return what is emphasised in the rows of the network that is left of another one."""
    if release.is_whole:
        return chosen
    nodes, pipes = (np.where(mask, np.cumsum(mask) - 1, -1) for mask in (release.nodes, release.pipes))
    kept_nodes, kept_pipes = (nodes[chosen.nodes], pipes[chosen.pipes])
    return Chosen(
        kept_nodes[kept_nodes >= 0],
        kept_pipes[kept_pipes >= 0],
        result=None if chosen.result is None else chosen.result.renumbered(nodes, pipes),
    )
