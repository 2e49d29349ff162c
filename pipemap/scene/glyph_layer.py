"""Glyphs on the renderer, by tile: made anew when the eye has come so near or far that their least size asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pipemap.scene import props
from pipemap.scene.glyphs import Copies, copies
from pipemap.scene.mesh import Mesh
from pipemap.scene.shelf import Shelf
from pipemap.scene.workshop import Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from pipemap.scene.glyphs import Kind
    from pipemap.scene.sight import Sight
    from pipemap.scene.workshop import Workshop

FEW_PIXELS = 11.0
"""Pixels of a glyph's size below which its coarse shape looks the same."""

KEPT = 60_000
"""Glyphs kept for when the eye comes back."""

_STEP = float(np.log(1.3))
_VISIBLE = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Stands:
    """Glyphs to draw.

    ``kind`` numbers ``kinds``; the rest is as in :class:`Copies`, with ``half`` the half size of the pipe that the glyph has
    to show beside.
    """

    kinds: Sequence[Kind]
    kind: NDArray[np.int64]
    places: NDArray[np.float64]
    depth: NDArray[np.float64]
    turn: NDArray[np.float64]
    half: NDArray[np.float64]
    colours: NDArray[np.uint8]
    states: NDArray[np.uint8]


class Source(Protocol):
    """Where the glyphs of a layer come from, tile by tile."""

    def limits(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the steps of scale at which each tile begins to show a glyph, and after which none of them changes."""

    def of_tile(self, tile: int) -> Stands:
        """Return the glyphs of one tile."""


class GlyphLayer:
    """Glyphs by tile."""

    def __init__(
        self,
        renderer: vtkRenderer,
        source: Source,
        palette: NDArray[np.uint8],
        *,
        opacity: float = 1.0,
        air: props.Air | None = None,
    ) -> None:
        self._source, self._palette, self._opacity, self._air = source, palette, opacity, air
        self._first, self._last = source.limits()
        self._tiles: Shelf[int] = Shelf(renderer, KEPT, lambda _tile: False)
        self._made: dict[int, int] = {}
        self._renderer, self._old = renderer, set[int]()

    def following(self, source: Source, touched: NDArray[np.int64]) -> GlyphLayer:
        """Return the layer after a small Change, which takes over what is on the renderer; ``touched`` tiles are made anew."""
        made = GlyphLayer(self._renderer, source, self._palette, opacity=self._opacity, air=self._air)
        made._tiles, made._made = self._tiles, self._made
        made._old = self._old | set(touched.tolist())
        return made

    def show(self, sight: Sight, workshop: Workshop, *, hidden: bool = False) -> None:
        """Put on the renderer what ``sight`` asks for, hide the rest, and ask for what is lacking."""
        step = np.floor(np.log(np.maximum(sight.scale / sight.pixel_ratio, 1e-6)) / _STEP).astype(np.int64)
        tiles = np.flatnonzero(sight.seen & (step >= self._first))
        wanted = np.minimum(step, self._last)[tiles].tolist()
        slack = 0 if sight.still else 1  # a turning eye comes and goes over a limit: no remaking at each frame
        shown = set()
        for tile, now in zip(tiles.tolist(), wanted, strict=True):
            if tile in self._tiles:
                shown.add(tile)
            if tile not in self._tiles or tile in self._old or abs(self._made[tile] - now) > slack:
                make, take = partial(self._mesh, tile, now), partial(self._take, tile, now)
                workshop.ask(Order(self, (tile, now), make, take, float(sight.scale[tile])))
        self._tiles.reveal(set() if hidden else shown)

    def clear(self) -> None:
        """Take everything off the renderer."""
        self._tiles.clear()

    def added(self) -> bool:
        """Return whether something came onto the renderer since the last call."""
        return self._tiles.added()

    def _mesh(self, tile: int, step: int) -> tuple[Mesh, int]:
        """The glyphs of a tile, and how many there are; made on another thread."""
        stands = self._source.of_tile(tile)
        return glyph_mesh(stands, self._palette, float(np.exp(step * _STEP))), len(stands.kind)

    def _take(self, tile: int, step: int, made: tuple[Mesh, int]) -> None:
        mesh, count = made
        self._old.discard(tile)
        self._made[tile] = step
        self._tiles.put(tile, props.surface(mesh, self._air, opacity=self._opacity) if len(mesh.triangles) else None, count)


def glyph_mesh(stands: Stands, palette: NDArray[np.uint8], scale: float) -> Mesh:
    """Return glyphs as they look at ``scale`` pixels a metre."""
    meshes = []
    for number in np.unique(stands.kind):
        kind = stands.kinds[number]
        factor = float(np.clip(kind.least / (scale * kind.size), 1.0, kind.growth))
        if scale * kind.size * factor < max(_VISIBLE, 0.5 * kind.least):
            continue
        rows = np.flatnonzero(stands.kind == number)
        size = np.maximum(kind.size * factor, np.minimum(stands.half[rows] * 2.8, kind.size * 5))
        fine = size * scale >= FEW_PIXELS
        template = kind.build()
        for chosen, shape in ((fine, template), (~fine, template.coarse or template)):
            at = rows[chosen]
            stand = Copies(
                stands.places[at], size[chosen], stands.depth[at], stands.turn[at], stands.colours[at], stands.states[at]
            )
            meshes.append(copies(shape, stand, palette=palette))
    return Mesh.joined(meshes)


def steps(
    starts: NDArray[np.int64], kind: NDArray[np.int64], kinds: Sequence[Kind]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the step of scale from which on each tile shows a glyph (never, where it has none), and after which none changes.

    Parameters
    ----------
    starts
        Starts of each tile's slice of ``kind``, which numbers ``kinds``.
    """
    shown = np.array([max(_VISIBLE, 0.5 * kind.least) / (kind.size * kind.growth) for kind in kinds])
    done = np.array([max(kind.least, FEW_PIXELS) / kind.size for kind in kinds])
    first, last = np.floor(np.log(shown) / _STEP).astype(np.int64), np.ceil(np.log(done) / _STEP).astype(np.int64)
    count = len(starts) - 1
    low, high = np.full(count, np.iinfo(np.int64).max), np.zeros(count, dtype=np.int64)
    filled = np.flatnonzero(np.diff(starts) > 0)
    if len(filled):
        low[filled] = np.minimum.reduceat(first[kind], starts[filled])
        high[filled] = np.maximum.reduceat(last[kind], starts[filled])
    return low, high
