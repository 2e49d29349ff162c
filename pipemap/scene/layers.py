"""The pipes on the renderer: lines everywhere, as fine as the eye can tell; tubes and boxes where they are thick enough.

Lines are always there, at least two pixels wide and on the axis: inside a near tube nobody sees them, and where a tube would
be thinner than a pixel they take over. So nothing pops, nothing vanishes, and tiles need not agree on their detail.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pipemap.scene import props
from pipemap.scene.mesh import Mesh, balls, boxes, tubes
from pipemap.scene.shelf import Shelf
from pipemap.scene.sight import choose
from pipemap.scene.strokes import Strokes, packed, strokes
from pipemap.scene.workshop import Order

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from pipemap.scene.drawing import Drawing
    from pipemap.scene.sight import Sight
    from pipemap.scene.workshop import Workshop

MOVING_BARS, STILL_BARS = 5_000, 40_000
"""How many bars are drawn as tubes while the eye moves, and when it rests."""

KEPT_LINES, KEPT_TUBES = 1_500_000, 200_000
"""Lines and tubes kept for when the eye comes back."""

FEW = 1_500
"""Bars of a layer that are drawn all together, from near and far."""

ALWAYS = 5
"""Squares whose lines are never forgotten: the one that holds everything, and its quarters."""

THIN = 2.2
"""Pixels below which a tube looks like its line, which is two pixels wide."""

COARSE = 6.0
"""Pixels below which six sides look round."""

FINE = 14.0
"""Pixels above which corners of an eight-sided tube would show."""

SIDES = (6, 8, 12)
HULL_SIDES, HULL_PIXELS = 12, 4.0
"""A hull's sides, and how many pixels it stands out."""

WIDTH = 2.0
"""Pixels that a plain line is wide."""

STEP = float(np.log(1.4))
"""Tubes are made for a scale of this step: nearer, thinner pipes become tubes and thick ones rounder."""

REACH = 0.75
"""Steps that the scale may be off before tubes are made anew."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a layer of pipes is drawn.

    Attributes
    ----------
    opacity, line_width
        Below 1 the layer is a ghost; pixels.
    hull
        Only an outline: tubes a little thicker, of which the inner side shows.
    lines_only
        No tubes, however near.
    air
        Shared by all that is lit and fades with distance.
    """

    opacity: float = 1.0
    line_width: float = WIDTH
    hull: bool = False
    lines_only: bool = False
    air: props.Air | None = None


class PipeLayer:
    """Some of the pipes in given colours.

    Parameters
    ----------
    rows
        int64, ascending: bars of ``drawing``.
    colours
        uint8 (P, 3), by pipe.
    """

    def __init__(
        self,
        renderer: vtkRenderer,
        drawing: Drawing,
        rows: NDArray[np.int64],
        colours: NDArray[np.uint8],
        style: Style,
    ) -> None:
        self._renderer, self._drawing, self._rows, self._colours, self._style = renderer, drawing, rows, colours, style
        self._starts = np.searchsorted(rows, drawing.tiles.bars)
        squares = drawing.tiles.squares
        self._filled = self._starts[squares.last] > self._starts[squares.first]
        self._opened: set[int] = set()
        self._blur = max(style.line_width / WIDTH, 1.0)
        self._lines: Shelf[int] = Shelf(renderer, KEPT_LINES, lambda square: square < ALWAYS)
        self._tubes: Shelf[tuple[int, int]] = Shelf(renderer, KEPT_TUBES, lambda _key: False)
        self._grades: dict[int, int] = {}
        self._old_lines, self._old_tubes = set[int](), set[int]()

    def following(
        self, drawing: Drawing, rows: NDArray[np.int64], colours: NDArray[np.uint8], touched: NDArray[np.int64]
    ) -> PipeLayer:
        """Return the layer after a small Change, which takes over what is on the renderer.

        What lies in ``touched`` tiles (ascending) is made anew when it comes into view, and shown as it was until then.
        """
        made = PipeLayer(self._renderer, drawing, rows, colours, self._style)
        made._lines, made._tubes, made._grades, made._opened = self._lines, self._tubes, self._grades, self._opened
        squares = drawing.tiles.squares
        hit = np.searchsorted(touched, squares.last) > np.searchsorted(touched, squares.first)
        if (len(rows) <= FEW) != (len(self._rows) <= FEW):
            hit[:] = True
        made._old_lines = self._old_lines | {square for square in np.flatnonzero(hit).tolist() if square in self._lines}
        made._old_tubes = self._old_tubes | set(touched.tolist())
        return made

    def show(self, sight: Sight, workshop: Workshop, *, hidden: bool = False) -> None:
        """Put on the renderer what ``sight`` asks for, hide the rest, and ask for what is lacking.

        With ``hidden`` nothing is seen yet, but everything is asked for.
        """
        lines = self._show_lines(sight, workshop)
        tubes = set[tuple[int, int]]() if self._style.lines_only else self._show_tubes(sight, workshop)
        self._lines.reveal(set() if hidden else lines)
        self._tubes.reveal(set() if hidden else tubes)

    @property
    def has_something(self) -> bool:
        """Whether its coarsest lines are there, or it has none."""
        return not len(self._rows) or 0 in self._lines

    def clear(self) -> None:
        """Take everything off the renderer."""
        self._lines.clear()
        self._tubes.clear()

    def added(self) -> bool:
        """Return whether something came onto the renderer since the last call."""
        return self._lines.added() | self._tubes.added()

    # -- lines ---------------------------------------------------------------------------------------------------------

    def _show_lines(self, sight: Sight, workshop: Workshop) -> set[int]:
        if len(self._rows) <= FEW:
            if not len(self._rows):
                return set()
            if 0 not in self._lines or 0 in self._old_lines:
                workshop.ask(Order(self, 0, partial(self._strokes, 0), partial(self._take_lines, 0), np.inf))
            return {0} if 0 in self._lines else set()
        choice = choose(self._drawing.tiles.squares, sight, self._filled, self._lines, self._opened, self._blur)
        self._opened = choice.opened
        outdated = [(square, float(sight.square_scale[square])) for square in choice.drawn & self._old_lines]
        for square, off in [*choice.lacking, *outdated]:
            workshop.ask(Order(self, square, partial(self._strokes, square), partial(self._take_lines, square), off))
        return set(choice.drawn)

    def _strokes(self, square: int) -> Strokes:
        """The lines of a square; made on another thread."""
        drawing, squares = self._drawing, self._drawing.tiles.squares
        part = slice(self._starts[squares.first[square]], self._starts[squares.last[square]])
        rows = part if len(self._rows) == len(drawing.start) else self._rows[part]
        lines = Strokes(drawing.start[rows], drawing.end[rows], packed(self._colours[drawing.bar_pipe[rows]]))
        finest = float(squares.finest[square]) if len(self._rows) > FEW else 0.0
        return strokes(lines, drawing.half_height[rows], finest)

    def _take_lines(self, square: int, made: Strokes) -> None:
        self._old_lines.discard(square)
        style = self._style
        actor = props.segments(made.start, made.end, _shaded(made.colours), width=style.line_width, opacity=style.opacity)
        if style.air is not None:
            style.air.apply(actor, lit=False)
        self._lines.put(square, actor, len(made))

    # -- tubes ---------------------------------------------------------------------------------------------------------

    def _show_tubes(self, sight: Sight, workshop: Workshop) -> set[tuple[int, int]]:
        """Return tubes of tiles that are near enough, nearest first as far as the budget goes."""
        scale = sight.scale / sight.pixel_ratio
        least = max(THIN, sight.error)
        near = np.flatnonzero(sight.seen & (np.diff(self._starts) > 0) & (scale * self._drawing.tiles.thickest > least))
        near = near[np.argsort(-scale[near], kind="stable")]
        exact = np.log(scale[near]) / STEP
        left, shown = STILL_BARS if sight.still else MOVING_BARS, set[tuple[int, int]]()
        for tile, place in zip(near.tolist(), exact.tolist(), strict=True):
            before = self._grades.get(tile)
            kept = before is not None and not sight.exact and abs(place - before - 0.5) < REACH
            grade = before if kept and before is not None else int(np.floor(place))
            count = len(self._thick(tile, grade))
            if count > left and shown:
                break
            left -= count
            key = (tile, grade)
            if not count:
                continue
            if key in self._tubes:
                self._grades[tile] = grade
                shown.add(key)
                if tile not in self._old_tubes:
                    continue
            workshop.ask(Order(self, key, partial(self._mesh, tile, grade), partial(self._take_tubes, key), place))
            if before is not None and (tile, before) in self._tubes:
                shown.add((tile, before))
        return shown

    def _thick(self, tile: int, grade: int) -> NDArray[np.int64]:
        """Bars of a tile that are wide enough on the screen to be tubes: the first ones."""
        rows = self._rows[self._starts[tile] : self._starts[tile + 1]]
        if self._style.hull:
            return rows
        least = THIN / 2 / np.exp((grade + 1) * STEP)
        return rows[: len(rows) - int(np.searchsorted(self._drawing.half_height[rows][::-1], least))]

    def _mesh(self, tile: int, grade: int) -> Mesh:
        """The tubes of a tile; made on another thread."""
        drawing, rows, scale = self._drawing, self._thick(tile, grade), float(np.exp((grade + 0.5) * STEP))
        colours = self._colours[drawing.bar_pipe[rows]]
        if self._style.hull:
            return pipe_mesh(drawing, rows, colours, sides=HULL_SIDES, grow=max(HULL_PIXELS / scale, 0.02))
        level = np.searchsorted(np.array([COARSE, FINE]), 2 * drawing.half_height[rows] * scale)
        parts = [(rows[level == number], colours[level == number], sides) for number, sides in enumerate(SIDES)]
        return Mesh.joined([pipe_mesh(drawing, some, shades, sides=sides) for some, shades, sides in parts if len(some)])

    def _take_tubes(self, key: tuple[int, int], made: Mesh) -> None:
        tile, grade = key
        before = self._grades.get(tile)
        if before is not None and before != grade:
            self._tubes.drop((tile, before))
        self._grades[tile] = grade
        self._old_tubes.discard(tile)
        style = self._style
        actor = props.hull(made) if style.hull else props.surface(made, style.air, opacity=style.opacity, closed=True)
        self._tubes.put(key, actor, len(self._thick(tile, grade)))


def pipe_mesh(drawing: Drawing, rows: NDArray[np.int64], colours: NDArray[np.uint8], *, sides: int, grow: float = 0.0) -> Mesh:
    """Return tubes, boxes and the balls that close their joints, for some bars, all ``grow`` metres thicker."""
    boxed = drawing.boxed[rows]
    meshes = [
        tubes(drawing.bars(rows[~boxed], colours[~boxed]), corners=sides, grow=grow),
        boxes(drawing.bars(rows[boxed], colours[boxed]), grow=grow),
    ]
    for flagged, tips in ((drawing.ball_start, drawing.start), (drawing.ball_end, drawing.end)):
        chosen = flagged[rows] & ~boxed
        at = rows[chosen]
        half = np.column_stack([drawing.half_width[at], drawing.half_width[at], drawing.half_height[at]]) + grow
        meshes.append(balls(tips[at], half.astype(np.float32), colours[chosen], rings=sides // 2, corners=sides))
    return Mesh.joined(meshes)


def _shaded(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A line is as bright as the lit tube that it stands for, on average."""
    return (colours.astype(np.float32) * 0.93).astype(np.uint8)
