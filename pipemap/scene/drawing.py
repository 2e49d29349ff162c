"""What is drawn of a network, as columns in local coordinates, sorted into tiles.

Each straight piece of a pipe is one row of ``bars``; bars and nodes of a tile lie together, so that a tile is a slice and
what is thick enough to be a tube is a prefix of it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.scene.levels import courses
from pipemap.scene.mesh import Bars
from pipemap.scene.places import frame_of, places
from pipemap.scene.shapes import Meeting, Pieces, Shapes, Site
from pipemap.scene.terrain import terrain
from pipemap.scene.tiles import Tiles, robust_bounds, tiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.scene.places import Frame
    from pipemap.scene.terrain import Terrain


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Everything that can be drawn of one network at one vertical exaggeration.

    Attributes
    ----------
    site, tiles, notes, schematic
        See there.
    guessed
        bool (P): the level of the pipe was guessed.
    bounds
        Low and high corner of everything, local; a few elements that lie far off do not count.
    start, end, cut_start, cut_end
        float32 (S, 3): bars, local; the planes they are cut by.
    half_width, half_height, boxed, bar_pipe
        One a bar; ``bar_pipe`` is the row of its pipe.
    course, bar_of
        int64 (P + 1) and (S): the bars of pipe ``i``, one after the other, are ``bar_of[course[i]:course[i + 1]]``.
    middle
        int64 (P): the longest bar of each pipe, −1 where a pipe is not drawn.
    ball_start, ball_end
        bool (S): the bar's end is closed by a ball.
    node_order
        int64: rows of drawn nodes, sorted by tile.
    node_top, node_axis, node_depth, node_turn, node_half
        float64 (N, 3) local cover; float64 (N) local height of the pipe axis there; metres from cover to chamber bottom
        (drawn); angle of its thickest pipe in plan; half size of that pipe. NaN where not drawn.
    """

    network: Network
    site: Site
    tiles: Tiles
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    cut_start: NDArray[np.float32]
    cut_end: NDArray[np.float32]
    half_width: NDArray[np.float32]
    half_height: NDArray[np.float32]
    boxed: NDArray[np.bool_]
    bar_pipe: NDArray[np.int64]
    course: NDArray[np.int64]
    bar_of: NDArray[np.int64]
    middle: NDArray[np.int64]
    ball_start: NDArray[np.bool_]
    ball_end: NDArray[np.bool_]
    node_order: NDArray[np.int64]
    node_top: NDArray[np.float64]
    node_axis: NDArray[np.float64]
    node_depth: NDArray[np.float64]
    node_turn: NDArray[np.float64]
    node_half: NDArray[np.float64]
    notes: tuple[str, ...]
    schematic: bool
    guessed: NDArray[np.bool_]
    bounds: tuple[NDArray[np.float64], NDArray[np.float64]] | None

    @property
    def frame(self) -> Frame:
        """The way from survey coordinates to local ones."""
        return self.site.frame

    @property
    def terrain(self) -> Terrain:
        """The ground."""
        return self.site.surface

    @property
    def estimated(self) -> int:
        """How many pipes have a level that was guessed."""
        return int(self.guessed.sum())

    def bars_of(self, pipes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return all bars of some pipes, ascending."""
        first, count = self.course[pipes], self.course[pipes + 1] - self.course[pipes]
        place = np.arange(int(count.sum())) + np.repeat(first - np.cumsum(count) + count, count)
        return np.sort(self.bar_of[place])

    def bars(self, rows: NDArray[np.int64], colours: NDArray[np.uint8]) -> Bars:
        """Return some bars with their colours, for meshing."""
        return Bars(
            self.start[rows],
            self.end[rows],
            self.cut_start[rows],
            self.cut_end[rows],
            self.half_width[rows],
            self.half_height[rows],
            colours,
        )


def draw(network: Network, *, exaggeration: float = 1.0, like: Frame | None = None) -> Drawing:
    """Return the columns that a picture of ``network`` is made of; one pass, no loop over elements.

    ``like``: the frame of an older picture of the same place, whose local zero is kept if it is still near.
    """
    placed = places(network)
    surface = terrain(placed.nodes)
    course = courses(network, placed, surface.level_at)
    frame, told = frame_of(course.axis, placed.nodes, course.half_width)
    measured = bool((~course.estimated & (np.diff(course.offsets) > 0)).any())
    site = Site(surface, frame.kept(like).exaggerated(exaggeration), measured)
    meeting = Meeting.of(network, course, site)
    bars = meeting.pieces
    with ThreadPoolExecutor(1, thread_name_prefix="pipemap joints") as beside:
        joined = beside.submit(meeting.joints)
        nodes = meeting.nodes(placed.nodes)
        tiling = tiled(bars.start, bars.end, bars.half_height, nodes.top)
        made = Shapes(bars, *joined.result(), nodes)
    order = tiling.bars
    place_of = np.empty(len(order), dtype=np.int64)
    place_of[order] = np.arange(len(order))
    return Drawing(
        network=network,
        site=site,
        tiles=tiling.tiles,
        **{name: column.take(order, axis=0) for name, column in bar_columns(made).items()},
        course=np.searchsorted(bars.pipe, np.arange(network.pipe_count + 1)),
        bar_of=place_of,
        middle=middle_of(bars, place_of, network.pipe_count),
        node_order=tiling.nodes,
        **node_columns(made),
        notes=placed.notes + told,
        schematic=placed.schematic,
        guessed=course.estimated,
        bounds=_bounds(bars.start, bars.end, nodes.top),
    )


def bar_columns(made: Shapes) -> dict[str, NDArray[Any]]:
    """Return the columns of a drawing that have a row a bar, pipe by pipe."""
    bars = made.pieces
    return {
        "start": bars.start.astype(np.float32),
        "end": bars.end.astype(np.float32),
        "cut_start": made.cuts[0],
        "cut_end": made.cuts[1],
        "half_width": bars.half_width,
        "half_height": bars.half_height,
        "boxed": bars.boxed,
        "bar_pipe": bars.pipe,
        "ball_start": made.balls[0],
        "ball_end": made.balls[1],
    }


def node_columns(made: Shapes) -> dict[str, NDArray[Any]]:
    """Return the columns of a drawing that have a row a node."""
    nodes = made.nodes
    return {
        "node_top": nodes.top,
        "node_axis": nodes.axis,
        "node_depth": nodes.depth,
        "node_turn": nodes.turn,
        "node_half": nodes.half,
    }


def middle_of(bars: Pieces, place_of: NDArray[np.int64], pipes: int) -> NDArray[np.int64]:
    """Where the longest bar of each pipe has come to lie, −1 for none."""
    middle = np.full(pipes, -1, dtype=np.int64)
    if len(bars.pipe):
        run = bars.end - bars.start
        length = run[:, 0] ** 2 + run[:, 1] ** 2 + run[:, 2] ** 2
        first, __ = bars.first_last()
        longest = np.maximum.reduceat(length, np.flatnonzero(first))
        best = np.flatnonzero(length == longest[np.cumsum(first) - 1])[::-1]
        middle[bars.pipe[best]] = place_of[best]
    return middle


def _bounds(
    start: NDArray[np.float64], end: NDArray[np.float64], top: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    known = np.isfinite(top[:, 0]) & np.isfinite(top[:, 1]) & np.isfinite(top[:, 2])
    parts = [robust_bounds(points) for points in (start, end, top[known]) if len(points)]
    if not parts:
        return None
    return np.min([low for low, _high in parts], axis=0), np.max([high for _low, high in parts], axis=0)
