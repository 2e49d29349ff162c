"""Which pipe is nearest to a place, for very many places at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.spatial import cKDTree

    from pipemap.model.network import Network

_PIECE = 25.0
"""Metres: longer stretches are cut, so that the middle of each piece says enough of where it lies."""
_MOST_PIECES = 2_000
_FIRST_LOOK = 8
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Nearest:
    """For each place the row of what is nearest, −1 where nothing lies within the distance, and metres to it, NaN there."""

    rows: NDArray[np.int64]
    distance: NDArray[np.float64]


def nearest_pipes(
    network: Network, places: NDArray[np.float64], among: NDArray[np.bool_], *, within: float, progress: Progress = SILENT
) -> Nearest:
    """Find the nearest pipe to each place, in plan, by the course of the pipes.

    Parameters
    ----------
    places
        float64 (n, 2): east and north; NaN where unknown.
    among
        Which pipes (P) count.
    within
        Metres.

    Returns
    -------
    Nearest
        Exact, not a guess by midpoints; of pipes equally near, the first.

    Examples
    --------
    >>> network = Network.from_pipes(("P1", "A", "B", 30.0))
    >>> nearest_pipes(network, np.array([[0.0, 0.0]]), np.array([True]), within=10.0).rows.tolist()
    [-1]
    """
    from scipy.spatial import cKDTree

    found = Nearest(np.full(len(places), -1, dtype=np.int64), np.full(len(places), np.nan))
    start, end, owner = _pieces(network, among)
    known = np.flatnonzero(np.isfinite(places).all(axis=1))
    if not len(owner) or not len(known):
        return found
    reach = float(_lengths(start, end).max()) / 2
    tree = cKDTree((start + end) / 2)
    for first in range(0, len(known), _AT_ONCE):
        progress(first, len(known), _("Finding the nearest pipes"))
        some = known[first : first + _AT_ONCE]
        for rows, piece, distance in _looked_up(tree, places[some], start, end, reach, within):
            near = distance <= within
            found.rows[some[rows[near]]] = owner[piece[near]]
            found.distance[some[rows[near]]] = distance[near]
    return found


def _pieces(network: Network, among: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return first point, last point and pipe of each stretch of the pipes that count, cut into pieces."""
    offsets, xy = network.lines.offsets, network.lines.xyz[:, :2]
    stretches = np.maximum(np.diff(offsets) - 1, 0)
    pipe = np.repeat(np.arange(len(stretches)), stretches)
    at = np.arange(len(pipe)) + np.repeat(offsets[:-1] - np.cumsum(stretches) + stretches, stretches)
    whole = among[pipe] & np.isfinite(xy[at]).all(axis=1) & np.isfinite(xy[np.minimum(at + 1, len(xy) - 1)]).all(axis=1)
    pipe, at = pipe[whole], at[whole]
    start, end = xy[at], xy[at + 1]
    parts = np.clip(np.ceil(_lengths(start, end) / _PIECE), 1, _MOST_PIECES).astype(np.int64)
    row = np.repeat(np.arange(len(parts)), parts)
    number = np.arange(len(row)) - np.repeat(np.cumsum(parts) - parts, parts)
    step = ((end - start) / parts[:, None])[row]
    return start[row] + step * number[:, None], start[row] + step * (number + 1)[:, None], pipe[row]


def _lengths(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.hypot(end[:, 0] - start[:, 0], end[:, 1] - start[:, 1]), dtype=np.float64)


def _looked_up(
    tree: cKDTree,
    places: NDArray[np.float64],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    reach: float,
    within: float,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """Give rows of places, the nearest piece of each and its distance, as soon as no piece further off can be nearer.

    A piece lies no nearer than its middle less ``reach``, half the longest piece.
    """
    left = np.arange(len(places))
    count = _FIRST_LOOK
    while len(left):
        count = min(count, tree.n)
        looked = tree.query(places[left], k=np.arange(1, count + 1), distance_upper_bound=within + reach + 1e-9)
        middle, piece = np.asarray(looked[0]), np.asarray(looked[1])
        there = np.isfinite(middle)
        piece = np.where(there, piece, 0)
        distance = np.where(there, _distance(places[left][:, None, :], start[piece], end[piece]), np.inf)
        best = distance.argmin(axis=1)
        row = np.arange(len(left))
        sure = (middle[:, -1] - reach >= distance[row, best]) | ~there[:, -1] | (count == tree.n)
        yield left[sure], piece[row, best][sure], distance[row, best][sure]
        left = left[~sure]
        count *= 4


def _distance(place: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from places to stretches, in plan."""
    along = end - start
    length = (along**2).sum(axis=-1)
    share = ((place - start) * along).sum(axis=-1) / np.where(length > 0, length, 1.0)
    foot = start + np.clip(share, 0.0, 1.0)[..., None] * along
    return np.asarray(np.hypot(*np.moveaxis(place - foot, -1, 0)), dtype=np.float64)
