"""Which pipe ends meet: at a point, at each other, by place first and by recorded ids where these fit the places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.gis.courses import Pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOLERANCE = 0.1
"""Metres: ends, and points, no further apart than this are one node. Our own figure; it is told with what was moved."""

IDS_WITHIN = 5.0
"""Metres: an end joins the node that it names no further away than this (a manhole's cover beside its pipe's end)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far apart things may be and still meet, in metres: ends and points by their places, and by their names."""

    tolerance: float = TOLERANCE
    names: float = IDS_WITHIN


USUAL = Limits()
_GRID = 1 / 8
"""Of the tolerance."""

_MOST = 0.8
_NO_POINT = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Ends:
    """Ends of all pieces, two a piece, the first ends before the second ones' turn: row 2 × piece + end.

    Attributes
    ----------
    place
        float64 (ends, 2); NaN where there is no course.
    group
        int64: only ends and points of one group meet (water never meets sewage).
    named
        int64: code of the id that the end names, −1 for none.
    """

    place: NDArray[np.float64]
    group: NDArray[np.int64]
    named: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Points:
    """Recorded points: places float64 (points, 2), groups (−1: of any), and the point of each id code (−1: none or several)."""

    place: NDArray[np.float64]
    group: NDArray[np.int64]
    of_name: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Joined:
    """What meets where.

    Attributes
    ----------
    node
        int64, one an end: a row of points, then of the nodes that were added.
    place
        float64 (added, 2): where the added nodes are.
    name
        int64 (added): code of the id that an end there names, −1 for none.
    far
        Ends that name a point too far away.
    """

    node: NDArray[np.int64]
    place: NDArray[np.float64]
    name: NDArray[np.int64]
    far: NDArray[np.int64]


def join(ends: Ends, points: Points, limits: Limits = USUAL) -> Joined:
    """Give every end its node."""
    attached, far = _by_name(ends, points, limits.names)
    free = np.flatnonzero(attached < 0)
    attached[free] = _nearest_point(ends, points, free, limits.tolerance)
    cluster = _clusters(ends, limits)
    point = np.where(attached < 0, _NO_POINT, attached)
    first_point = np.full(int(cluster.max(initial=-1)) + 1, _NO_POINT)
    np.minimum.at(first_point, cluster, point)
    node = np.where(attached >= 0, attached, first_point[cluster])
    new = node == _NO_POINT
    clusters, first, inverse = np.unique(cluster[new], return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    node[new] = len(points.place) + rank[inverse]
    place = ends.place[new][first][order] if len(clusters) else np.empty((0, 2))
    name = np.full(len(clusters), -1, dtype=np.int64)
    rows = np.flatnonzero(new & (ends.named >= 0))[::-1]
    name[node[rows] - len(points.place)] = ends.named[rows]
    return Joined(node, place, name, far)


def _by_name(ends: Ends, points: Points, within: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    attached = np.where(ends.named >= 0, points.of_name[ends.named], -1) if len(points.of_name) else np.full(len(ends.named), -1)
    rows = np.flatnonzero(attached >= 0)
    distance = np.hypot(*(ends.place[rows] - points.place[attached[rows]]).T)
    too_far = rows[distance > within]
    attached[too_far] = -1
    return attached.astype(np.int64), too_far


def _nearest_point(ends: Ends, points: Points, rows: NDArray[np.int64], tolerance: float) -> NDArray[np.int64]:
    """Return the nearest point of the same group within the tolerance of each end, −1 for none."""
    from scipy.spatial import cKDTree

    found = np.full(len(rows), -1, dtype=np.int64)
    known: NDArray[np.bool_] = np.asarray(np.isfinite(points.place).all(axis=1))
    for group in np.unique(ends.group[rows]).tolist():
        here = np.flatnonzero((ends.group[rows] == group) & np.isfinite(ends.place[rows]).all(axis=1))
        there = np.flatnonzero(known & ((points.group == group) | (points.group < 0)))
        if len(here) and len(there):
            distance, nearest = cKDTree(points.place[there]).query(ends.place[rows[here]], distance_upper_bound=tolerance)
            hit = np.flatnonzero(np.isfinite(distance))
            found[here[hit]] = there[np.asarray(nearest)[hit]]
    return found


def _clusters(ends: Ends, limits: Limits) -> NDArray[np.int64]:
    """Number the places where ends of one group meet; an end without a place meets those that name the same node."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(ends.group)
    pairs = [_same_place(ends, limits.tolerance), _same_name(ends, limits.names)]
    one, other = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    graph = coo_matrix((np.ones(len(one), dtype=np.int8), (one, other)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _same_place(ends: Ends, tolerance: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of ends within the tolerance. Ends are gathered on a fine grid first: thousands at one place are few pairs."""
    from scipy.spatial import cKDTree

    rows = np.flatnonzero(np.isfinite(ends.place).all(axis=1))
    cells = np.column_stack([np.round(ends.place[rows] / (_GRID * tolerance)).astype(np.int64), ends.group[rows]])
    _unique, first, inverse = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    alone = rows[first]
    one, other = [rows], [alone[inverse.reshape(-1)]]
    for group in np.unique(ends.group[alone]).tolist():
        here = alone[ends.group[alone] == group]
        near = cKDTree(ends.place[here]).query_pairs(tolerance, output_type="ndarray")
        one.append(here[near[:, 0]])
        other.append(here[near[:, 1]])
    return np.concatenate(one), np.concatenate(other)


def _same_name(ends: Ends, within: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of ends that name the same node, near the first that does, or of unknown place."""
    rows = np.flatnonzero(ends.named >= 0)
    if not len(rows):
        return rows, rows
    placed = np.isfinite(ends.place[rows]).all(axis=1)
    order = rows[np.lexsort((rows, ~placed, ends.named[rows]))]
    _names, first, inverse = np.unique(ends.named[order], return_index=True, return_inverse=True)
    leader = order[first][inverse]
    distance = np.hypot(*(ends.place[order] - ends.place[leader]).T)
    near = (np.isnan(distance) | (distance <= within)) & (ends.group[order] == ends.group[leader])
    return order[near], leader[near]


def names_fit(ends: Ends, points: Points) -> bool:
    """Whether recorded ends agree with the places: most ends of one name lie together, or at the point of that name."""
    rows = np.flatnonzero((ends.named >= 0) & np.isfinite(ends.place).all(axis=1))
    if not len(rows):
        return bool((ends.named >= 0).any())
    attached, far = _by_name(Ends(ends.place[rows], ends.group[rows], ends.named[rows]), points, IDS_WITHIN)
    at_points = int((attached >= 0).sum())
    if at_points + len(far):
        return at_points >= _MOST * (at_points + len(far))
    one, other = _same_name(ends, IDS_WITHIN)
    together = int((np.isin(one, rows) & (one != other)).sum())
    return together > 0 and together >= _MOST * (len(rows) - len(np.unique(ends.named[rows])))


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where points lie on pieces: for each cut the piece, metres along it in plan, and the point."""

    piece: NDArray[np.int64]
    along: NDArray[np.float64]
    point: NDArray[np.int64]


def cuts(pieces: Pieces, pieces_group: NDArray[np.int64], points: Points, tolerance: float = TOLERANCE) -> Cuts:
    """Find points that lie on pieces of their group, away from both ends: their pieces, metres along, and points."""
    import shapely

    known = np.flatnonzero(np.isfinite(points.place).all(axis=1))
    lines = pieces.lines()
    if not len(known) or not pieces.drawn.any():
        return Cuts(known[:0], np.empty(0), known[:0])
    tree = shapely.STRtree(lines)
    marks = np.asarray(shapely.points(points.place[known]), dtype=object)
    which, piece = tree.query(marks, predicate="dwithin", distance=tolerance)
    group = points.group[known[which]]
    same = (group == pieces_group[piece]) | (group < 0)
    which, piece = which[same], piece[same]
    along = np.asarray(shapely.line_locate_point(lines[piece], marks[which]))
    length = np.asarray(shapely.length(lines[piece]))
    ends = pieces.ends()[piece]
    here = points.place[known[which]]
    away = np.minimum(np.hypot(*(here - ends[:, 0]).T), np.hypot(*(here - ends[:, 1]).T)) > tolerance
    inside = away & (along > tolerance) & (along < length - tolerance)
    which, piece, along = which[inside], piece[inside], along[inside]
    order = np.lexsort((which, along, piece))
    which, piece, along = which[order], piece[order], along[order]
    apart = np.ones(len(piece), dtype=bool)
    apart[1:] = (np.diff(piece) != 0) | (np.diff(along) > tolerance)
    return Cuts(piece[apart], along[apart], known[which[apart]])


def ends_on_pieces(
    pieces: Pieces, pieces_group: NDArray[np.int64], ends: Ends, rows: NDArray[np.int64], tolerance: float = TOLERANCE
) -> NDArray[np.int64]:
    """Return those ends of ``rows`` that lie on another piece of their group."""
    import shapely

    rows = rows[np.isfinite(ends.place[rows]).all(axis=1)]
    if not len(rows) or not pieces.drawn.any():
        return rows[:0]
    lines = pieces.lines()
    which, piece = shapely.STRtree(lines).query(shapely.points(ends.place[rows]), predicate="dwithin", distance=tolerance)
    other = (rows[which] // 2 != piece) & (pieces_group[piece] == ends.group[rows[which]])
    return np.unique(rows[which[other]])
