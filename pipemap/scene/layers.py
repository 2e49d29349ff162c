"""What is on the renderer: each tile as lines when far, as tubes and boxes when near, its nodes as glyphs when large enough.

Lines are always there, at least two pixels wide and on the axis: inside a near tube nobody sees them, and where a tube would
be thinner than a pixel they take over. So nothing pops, nothing vanishes, and tiles need not agree on their detail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.scene import props
from pipemap.scene.chains import Strokes, strokes
from pipemap.scene.glyphs import Copies, copies
from pipemap.scene.mesh import Mesh, balls, boxes, tubes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

    from pipemap.scene.drawing import Drawing
    from pipemap.scene.glyphs import Kind

MOVING_BARS, STILL_BARS = 4_000, 25_000
"""How many bars are drawn as tubes while the eye moves, and when it rests."""

FAR, RUNS, LINES = 1.0, -1, 0
"""Pixels a metre below which runs of pipes are single lines; the levels of such groups of tiles, and of those bar by bar."""

NEVER = -1000
"""A step of scale that no tile has."""

REMADE = 16
"""Tiles whose glyphs are remade in one frame while the eye moves."""

KEPT_BARS = 120_000
"""Tubes kept for when the eye comes back."""

THIN = 2.2
"""Pixels below which a tube looks like its line, which is two pixels wide."""

COARSE = 6.0
"""Pixels below which six sides look round."""

FINE = 14.0
"""Pixels above which corners of an eight-sided tube would show."""

FEW_PIXELS = 11.0
"""Pixels of a glyph's size below which its coarse shape looks the same."""

SIDES = (6, 8, 12)

HULL, HULL_PIXELS = 100, 4.0
"""Levels of hulls are this and the steps of scale they are made for; how many pixels they stand out."""

_STEP = float(np.log(1.3))
_VISIBLE = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What the eye sees of the tiles: which of them, how many pixels a metre at their nearest point, and whether it rests."""

    seen: NDArray[np.bool_]
    scale: NDArray[np.float64]
    still: bool
    pixel_ratio: float = 1.0


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
    haze
        Shared by all that fades with distance.
    """

    opacity: float = 1.0
    line_width: float = 2.0
    hull: bool = False
    lines_only: bool = False
    haze: props.Haze | None = None


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
        self._new = False
        self._starts = np.searchsorted(rows, drawing.tiles.bars)
        self._strokes: Strokes | None = None
        self._actors: dict[tuple[int, int], vtkActor] = {}
        self._kept = 0

    def show(self, sight: Sight) -> None:
        """Put on the renderer what ``sight`` asks for, and hide the rest."""
        wanted = self._lines(sight)
        if not self._style.lines_only:
            wanted |= self._near(sight)
        for key, actor in self._actors.items():
            actor.SetVisibility(key in wanted)
        for key in wanted - self._actors.keys():
            self._add(key)
        if self._kept > KEPT_BARS:
            self._forget(wanted)

    def clear(self) -> None:
        """Take everything off the renderer."""
        for actor in self._actors.values():
            self._renderer.RemoveActor(actor)
        self._actors.clear()
        self._kept = 0

    def added(self) -> bool:
        """Return whether something came onto the renderer since the last call."""
        new, self._new = self._new, False
        return new

    def _lines(self, sight: Sight) -> set[tuple[int, int]]:
        """Return groups of tiles to draw as lines, those far away by runs."""
        groups = self._drawing.tiles.groups
        if len(groups) < 2:  # noqa: PLR2004 -- there is none
            return set()
        shown = sight.seen & (np.diff(self._starts) > 0)
        nearest = np.maximum.reduceat(np.where(shown, sight.scale, 0.0), groups[:-1])
        far = nearest < FAR * sight.pixel_ratio
        return {(int(group), RUNS if far[group] else LINES) for group in np.flatnonzero(nearest > 0)}

    def _near(self, sight: Sight) -> set[tuple[int, int]]:
        """Return tiles to draw as tubes, nearest first, as far as the budget goes."""
        counts = np.diff(self._starts)
        pixels = sight.scale * np.maximum(self._drawing.tiles.thickness, 0.1)
        near = np.flatnonzero(sight.seen & (counts > 0) & (pixels > THIN * sight.pixel_ratio))
        near = near[np.argsort(-sight.scale[near], kind="stable")]
        spent = np.cumsum(counts[near])
        near = near[spent <= max(STILL_BARS if sight.still else MOVING_BARS, int(spent[0]) if len(spent) else 0)]
        level = 1 + np.searchsorted(np.array([COARSE, FINE]) * sight.pixel_ratio, pixels[near])
        if self._style.hull:
            level = HULL + np.floor(np.log(sight.scale[near] / sight.pixel_ratio) / _STEP).astype(np.int64)
        return {(int(tile), int(fine)) for tile, fine in zip(near, level, strict=True)}

    def _add(self, key: tuple[int, int]) -> None:
        tile, level = key
        if level > LINES:
            rows = self._rows[self._starts[tile] : self._starts[tile + 1]]
            mesh = self._mesh(rows, self._colours[self._drawing.bar_pipe[rows]], level)
            actor = props.surface(mesh, opacity=self._style.opacity, hull=self._style.hull)
            self._kept += len(rows)
        else:
            start, end, colours = self._far(tile) if level == RUNS else self._group(tile)
            actor = props.segments(start, end, _shaded(colours), width=self._style.line_width, opacity=self._style.opacity)
        if self._style.haze is not None:
            self._style.haze.apply(actor)
        self._new = True
        self._actors[key] = actor
        self._renderer.AddActor(actor)

    def _group(self, group: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]:
        first, last = self._starts[self._drawing.tiles.groups[group : group + 2]]
        rows = self._rows[first:last]
        return self._drawing.start[rows], self._drawing.end[rows], self._colours[self._drawing.bar_pipe[rows]]

    def _far(self, group: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]:
        drawing = self._drawing
        if self._strokes is None:
            limits = drawing.tiles.bars[drawing.tiles.groups]
            colours = self._colours[drawing.bar_pipe[self._rows]]
            self._strokes = strokes(drawing.runs, self._rows, colours, drawing.start, drawing.end, limits)
        part = slice(*self._strokes.starts[group : group + 2])
        return self._strokes.start[part], self._strokes.end[part], self._strokes.colours[part]

    def _mesh(self, rows: NDArray[np.int64], colours: NDArray[np.uint8], level: int) -> Mesh:
        if not self._style.hull:
            return pipe_mesh(self._drawing, rows, colours, sides=SIDES[level - 1])
        grow = HULL_PIXELS / float(np.exp((level - HULL) * _STEP))
        return pipe_mesh(self._drawing, rows, colours, sides=12, grow=max(grow, 0.02))

    def _forget(self, wanted: set[tuple[int, int]]) -> None:
        for key in [key for key in self._actors if key[1] > 0 and key not in wanted]:
            self._renderer.RemoveActor(self._actors.pop(key))
            self._kept -= int(self._starts[key[0] + 1] - self._starts[key[0]])


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


@dataclass(frozen=True, slots=True, eq=False)
class Stands:
    """Glyphs to draw, sorted by tile.

    ``starts`` are the starts of each tile's slice; ``kind`` numbers ``kinds``; the rest is as in :class:`Copies`, with
    ``half`` the half size of the pipe that the glyph has to show beside.
    """

    starts: NDArray[np.int64]
    kinds: Sequence[Kind]
    kind: NDArray[np.int64]
    places: NDArray[np.float64]
    depth: NDArray[np.float64]
    turn: NDArray[np.float64]
    half: NDArray[np.float64]
    colours: NDArray[np.uint8]
    states: NDArray[np.uint8]


class GlyphLayer:
    """Glyphs by tile, made anew when the eye has come so near or far that their least size asks for it."""

    def __init__(
        self,
        renderer: vtkRenderer,
        stands: Stands,
        palette: NDArray[np.uint8],
        *,
        opacity: float = 1.0,
        haze: props.Haze | None = None,
    ) -> None:
        self._haze = haze
        self._renderer, self._stands, self._palette, self._opacity = renderer, stands, palette, opacity
        self._actors: dict[int, tuple[int, vtkActor | None]] = {}
        self._new = False
        self._first, self._last = _steps(stands)

    def show(self, sight: Sight) -> None:
        """Put on the renderer what ``sight`` asks for, and hide the rest."""
        step = np.floor(np.log(np.maximum(sight.scale / sight.pixel_ratio, 1e-6)) / _STEP).astype(np.int64)
        filled = sight.seen & (np.diff(self._stands.starts) > 0) & (step >= self._first)
        step = np.minimum(step, self._last)
        for tile, (__, actor) in self._actors.items():
            if actor is not None:
                actor.SetVisibility(bool(filled[tile]))
        made = {tile: known for tile, (known, __) in self._actors.items()}
        slack = 0 if sight.still else 1  # a turning eye comes and goes over a limit: no remaking at each frame
        old = [tile for tile in np.flatnonzero(filled).tolist() if abs(made.get(tile, NEVER) - int(step[tile])) > slack]
        old.sort(key=lambda tile: -float(sight.scale[tile]))
        for tile in old if sight.still else old[:REMADE]:
            self._make(tile, int(step[tile]))

    def clear(self) -> None:
        """Take everything off the renderer."""
        for __, actor in self._actors.values():
            if actor is not None:
                self._renderer.RemoveActor(actor)
        self._actors.clear()

    def _make(self, tile: int, step: int) -> None:
        old = self._actors.get(tile)
        if old is not None and old[1] is not None:
            self._renderer.RemoveActor(old[1])
        mesh = self.mesh(slice(self._stands.starts[tile], self._stands.starts[tile + 1]), float(np.exp(step * _STEP)))
        actor = props.surface(mesh, opacity=self._opacity) if len(mesh.triangles) else None
        if actor is not None:
            if self._haze is not None:
                self._haze.apply(actor)
            self._renderer.AddActor(actor)
            self._new = True
        self._actors[tile] = (step, actor)

    def added(self) -> bool:
        """Return whether something came onto the renderer since the last call."""
        new, self._new = self._new, False
        return new

    def mesh(self, part: slice, scale: float) -> Mesh:
        """Return the glyphs of a slice as they look at ``scale`` pixels a metre."""
        stands = self._stands
        meshes = []
        for number in np.unique(stands.kind[part]):
            kind = stands.kinds[number]
            factor = float(np.clip(kind.least / (scale * kind.size), 1.0, kind.growth))
            if scale * kind.size * factor < max(_VISIBLE, 0.5 * kind.least):
                continue
            rows = np.flatnonzero(stands.kind[part] == number) + part.start
            size = np.maximum(kind.size * factor, np.minimum(stands.half[rows] * 2.8, kind.size * 5))
            fine = size * scale >= FEW_PIXELS
            template = kind.build()
            for chosen, shape in ((fine, template), (~fine, template.coarse or template)):
                at = rows[chosen]
                stand = Copies(
                    stands.places[at], size[chosen], stands.depth[at], stands.turn[at], stands.colours[at], stands.states[at]
                )
                meshes.append(copies(shape, stand, palette=self._palette))
        return Mesh.joined(meshes)


def _steps(stands: Stands) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The step of scale from which on each tile shows a glyph, and the one after which none of them changes."""
    kinds = stands.kinds
    shown = np.array([max(_VISIBLE, 0.5 * kind.least) / (kind.size * kind.growth) for kind in kinds])
    done = np.array([max(kind.least, FEW_PIXELS) / kind.size for kind in kinds])
    first, last = np.floor(np.log(shown) / _STEP).astype(np.int64), np.ceil(np.log(done) / _STEP).astype(np.int64)
    count = len(stands.starts) - 1
    low, high = np.full(count, np.iinfo(np.int64).max), np.zeros(count, dtype=np.int64)
    filled = np.flatnonzero(np.diff(stands.starts) > 0)
    if len(filled):
        low[filled] = np.minimum.reduceat(first[stands.kind], stands.starts[filled])
        high[filled] = np.maximum.reduceat(last[stands.kind], stands.starts[filled])
    return low, high


def _shaded(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A line is as bright as the lit tube that it stands for, on average."""
    return (colours.astype(np.float32) * 0.93).astype(np.uint8)
