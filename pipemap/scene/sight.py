"""What the eye sees of the tiles, and which squares of them are fine enough for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Container

    from numpy.typing import NDArray

    from pipemap.scene.camera import Projection
    from pipemap.scene.tiles import Squares, Tiles

SLACK = 0.8
"""Share of the allowed error down to which what was drawn finer stays finer: an eye on the border does not flicker."""

PART = 0.4
"""Share of a square in view below which those below it are fewer lines in all: they double what is drawn of what is left."""

UNDER, OVER = 3.0, 6.0
"""Metres that glyphs and thick pipes may stand out of the box of their tile, below and above."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What the eye sees.

    Attributes
    ----------
    seen, scale
        Of each tile: whether it touches the view, and pixels a metre at its nearest point.
    square_seen, square_scale
        The same of each square.
    square_share
        Share of the bars of each square that lie in tiles that touch the view.
    still
        Whether the eye rests.
    error
        Pixels below which details may be left out.
    exact
        Whether the picture depends on this sight alone, not on what was shown before.
    """

    seen: NDArray[np.bool_]
    scale: NDArray[np.float64]
    square_seen: NDArray[np.bool_]
    square_scale: NDArray[np.float64]
    square_share: NDArray[np.float64]
    still: bool
    error: float = 1.0
    pixel_ratio: float = 1.0
    exact: bool = False


def sight_of(
    tiles: Tiles, projection: Projection, *, still: bool, error: float, pixel_ratio: float, exact: bool = False
) -> Sight:
    """Return what an eye sees of some tiles."""
    squares = tiles.squares
    seen, scale = projection.seen(squares.low - UNDER, squares.high + OVER)
    first = len(squares) - len(tiles)
    bars = np.diff(tiles.bars)
    within = np.concatenate([[0], np.cumsum(np.where(seen[first:], bars, 0))])
    share = (within[squares.last] - within[squares.first]) / np.maximum(tiles.bars[squares.last] - tiles.bars[squares.first], 1)
    return Sight(seen[first:], scale[first:], seen, scale, share, still, error, pixel_ratio, exact)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Squares to draw.

    Attributes
    ----------
    drawn
        Squares that together show everything in view.
    lacking
        Squares that are wanted but not there, each with its urgency; coarser ones stand in for them.
    opened
        Squares that were taken apart into those below.
    """

    drawn: set[int]
    lacking: list[tuple[int, float]]
    opened: set[int]


def choose(
    squares: Squares,
    sight: Sight,
    filled: NDArray[np.bool_],
    there: Container[int],
    opened: Container[int],
    blur: float = 1.0,
) -> Choice:
    """Choose the coarsest squares that are fine enough for the eye, nothing outside its view.

    Where one is not there yet, those just below it are drawn if they are, else the nearest one above: they lie on the same
    pixels, so there is never a gap, and it does no harm that some of it is drawn twice.

    Parameters
    ----------
    filled
        bool (M): holds something of the layer.
    there
        Squares that can be drawn.
    opened
        What the last choice took apart.
    blur
        How many times the error may be that is allowed otherwise: wide lines hide more.
    """
    choice, wanted = Choice(set(), [], set()), filled & sight.square_seen
    if not len(wanted) or not wanted[0]:
        return choice
    error = squares.finest * sight.square_scale / sight.pixel_ratio
    limit, whole = sight.error * blur, sight.square_share > PART
    fine = (error <= limit) & (whole | (squares.finest == 0))
    waiting: list[tuple[int, int]] = [(0, 0)]  # each with the nearest square above that is there
    while waiting:
        square, above = waiting.pop()
        above = square if square in there else above
        if not fine[square] or (not sight.exact and square in opened and error[square] > SLACK * limit):
            choice.opened.add(square)
            waiting += [(child, above) for child in _below(squares, square, wanted)]
            continue
        if square in there:
            choice.drawn.add(square)
            continue
        choice.lacking.append((square, float(sight.square_scale[square])))
        below = _below(squares, square, wanted)
        if below and all(child in there for child in below):
            choice.drawn.update(below)
        elif above in there:
            choice.drawn.add(above)
    if 0 not in there:
        choice.lacking.append((0, np.inf))
    return choice


def _below(squares: Squares, square: int, wanted: NDArray[np.bool_]) -> list[int]:
    """Squares one level below that are wanted."""
    first, last = squares.below[square].tolist()
    return [child for child in range(first, last) if wanted[child]]
