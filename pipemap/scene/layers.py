"""What is on the renderer: each tile as lines when far, as tubes and boxes when near, its nodes as glyphs when large enough.

Lines are always there, at least two pixels wide and on the axis: inside a near tube nobody sees them, and where a tube would
be thinner than a pixel they take over. So nothing pops, nothing vanishes, and tiles need not agree on their detail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.scene import props
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

MOVING_LINES, FAR, THINNED = 50_000, 1.0, -1
"""Lines above which a moving picture is thinned, below how many pixels a metre, and the level that names such tiles."""

REMADE = 8
"""Tiles whose glyphs are remade in one frame while the eye moves."""

KEPT_BARS = 120_000
"""Tubes kept for when the eye comes back."""

THIN = 2.2
"""Pixels below which a tube looks like its line, which is two pixels wide."""

COARSE = 6.0
"""Pixels below which six sides look round."""

FINE = 14.0
"""Pixels above which corners of an eight-sided tube would show."""

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
        """Return tiles to draw as lines; while a whole city turns, its far tiles show their thicker pipes only."""
        counts = np.diff(self._starts)
        seen = np.flatnonzero(sight.seen & (counts > 0))
        thinned = not sight.still and int(counts[seen].sum()) > MOVING_LINES
        far = sight.scale[seen] < FAR * sight.pixel_ratio
        return {(int(tile), THINNED if thinned and distant else 0) for tile, distant in zip(seen, far, strict=True)}

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
        rows = self._rows[self._starts[tile] : self._starts[tile + 1]]
        colours = self._colours[self._drawing.bar_pipe[rows]]
        if level == THINNED:
            rows = rows[: -(-len(rows) * 3 // 5)]
        if level in (0, THINNED):
            ends = self._drawing.start[rows], self._drawing.end[rows]
            actor = props.segments(*ends, _shaded(colours), width=self._style.line_width, opacity=self._style.opacity)
        else:
            mesh = self._mesh(rows, colours, level)
            actor = props.surface(mesh, opacity=self._style.opacity, hull=self._style.hull)
            self._kept += len(rows)
        if self._style.haze is not None:
            self._style.haze.apply(actor)
        self._new = True
        self._actors[key] = actor
        self._renderer.AddActor(actor)

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

    def show(self, sight: Sight) -> None:
        """Put on the renderer what ``sight`` asks for, and hide the rest."""
        filled = sight.seen & (np.diff(self._stands.starts) > 0)
        step = np.floor(np.log(np.maximum(sight.scale / sight.pixel_ratio, 1e-6)) / _STEP).astype(np.int64)
        step = np.minimum(step, 26)
        for tile, (__, actor) in self._actors.items():
            if actor is not None:
                actor.SetVisibility(bool(filled[tile]))
        made = {tile: known for tile, (known, __) in self._actors.items()}
        old = [tile for tile in np.flatnonzero(filled).tolist() if made.get(tile) != step[tile]]
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
            broad = stands.half[rows] * 2.8
            size = np.maximum(kind.size * factor, np.minimum(broad, kind.size * 5))
            stand = Copies(
                stands.places[rows], size, stands.depth[rows], stands.turn[rows], stands.colours[rows], stands.states[rows]
            )
            meshes.append(copies(kind.build(), stand, palette=self._palette))
        return Mesh.joined(meshes)


def _shaded(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A line is as bright as the lit tube that it stands for, on average."""
    return (colours.astype(np.float32) * 0.93).astype(np.uint8)
