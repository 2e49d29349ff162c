"""Lines of features as vertices in columns: parts, bad coordinates, splitting, levels along the way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.gis.findings import Findings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from shapely import Geometry

FAR = 1e9
"""Metres from the origin beyond which nothing on earth lies."""

_DEEP = 1e5
_MARKS = (-9999.0, -99999.0, -999.0, 9999.0, 99999.0)
"""Levels that stand for unknown."""

_MULTI_LINE, _COLLECTION, _RING = 5, 7, 2
_LINE = 1
_ENDS = 2


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of lines.

    Attributes
    ----------
    offsets, xyz
        As of :class:`pipemap.model.delivery.Lines`; a piece without two usable vertices has none.
    feature
        int64: row of the feature that each is a piece of; never falling.
    share
        float64 (pieces, 2): where on its feature it begins and ends, 0 to 1.
    """

    offsets: NDArray[np.int64]
    xyz: NDArray[np.float64]
    feature: NDArray[np.int64]
    share: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.feature)

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """Which have a course."""
        return np.diff(self.offsets) >= _ENDS

    def ends(self) -> NDArray[np.float64]:
        """Return east and north of both ends, float64 (pieces, 2, 2); NaN without a course."""
        found = np.full((len(self), 2, 2), np.nan)
        drawn = self.drawn
        found[drawn, 0] = self.xyz[self.offsets[:-1][drawn], :2]
        found[drawn, 1] = self.xyz[self.offsets[1:][drawn] - 1, :2]
        return found

    def number(self) -> NDArray[np.int64]:
        """Return which piece of its feature each is, from 1; 0 for the only one."""
        count = np.bincount(self.feature, minlength=int(self.feature.max(initial=-1)) + 1)
        first = np.concatenate([[0], np.cumsum(count)])[self.feature]
        return np.where(count[self.feature] > 1, np.arange(len(self)) - first + 1, 0)

    def lines(self) -> NDArray[np.object_]:
        """Return shapely lines in plan; None without a course."""
        import shapely

        found = np.full(len(self), None, dtype=object)
        counts = np.diff(self.offsets)
        drawn = np.flatnonzero(self.drawn)
        if len(drawn):
            owner = np.repeat(np.cumsum(self.drawn) - 1, np.where(self.drawn, counts, 0))
            found[drawn] = shapely.linestrings(self.xyz[:, :2], indices=owner)
        return found


def read_courses(
    geometry: NDArray[np.object_], where: Callable[[int], str], name: Callable[[int], str], findings: Findings
) -> Pieces:
    """Take lines apart; what is wrong with them is listed with the feature."""
    import shapely

    count = len(geometry)
    parts, feature = _parts(geometry)
    pieces = _cleaned(parts, feature, where, name, findings)
    empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    for row in np.flatnonzero(empty).tolist():
        findings.add("no-geometry", where(row), layer="pipe", element=name(row))
    short = np.setdiff1d(pieces.feature[~pieces.drawn], np.flatnonzero(empty))
    for row in short.tolist():
        findings.add("too-short", where(row), layer="pipe", element=name(row))
    number = np.bincount(pieces.feature, minlength=count)
    for row in np.flatnonzero(number > 1).tolist():
        findings.add("several-parts", where(row), {"count": int(number[row])}, layer="pipe", element=name(row))
    _list_odd(pieces, parts, where, name, findings)
    return pieces


def _parts(geometry: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Lines without parts, None where there is none, and the feature of each, never falling."""
    import shapely

    count = len(geometry)
    kinds = shapely.get_type_id(geometry)
    if np.isin(kinds, (_LINE, _RING, -1)).all():
        return geometry, np.arange(count)
    lines = geometry.copy()
    several = np.isin(kinds, (_MULTI_LINE, _COLLECTION)) & (shapely.get_num_geometries(lines) > 1)
    lines[several] = [_merged(line) for line in lines[several]]
    parts, feature = shapely.get_parts(lines, return_index=True)
    drawable = np.isin(shapely.get_type_id(parts), (_LINE, _RING))
    parts, feature = parts[drawable], feature[drawable].astype(np.int64)
    missing = np.setdiff1d(np.arange(count), feature)
    parts = np.concatenate([parts, np.full(len(missing), None, dtype=object)])
    order = np.argsort(np.concatenate([feature, missing]), kind="stable")
    return parts[order], np.concatenate([feature, missing])[order]


def _merged(line: Geometry) -> Geometry:
    """Return parts that meet as one line; a shape that cannot be merged as it is."""
    import shapely

    try:
        merged = shapely.line_merge(line, directed=True)
    except (shapely.errors.GEOSException, TypeError, ValueError):
        return line
    return line if shapely.is_empty(merged) else merged


def _cleaned(
    parts: NDArray[np.object_],
    feature: NDArray[np.int64],
    where: Callable[[int], str],
    name: Callable[[int], str],
    findings: Findings,
) -> Pieces:
    """Vertices of the parts, without those that cannot be."""
    import shapely

    xyz, owner = shapely.get_coordinates(parts, include_z=True, return_index=True)
    usable = np.isfinite(xyz[:, :2]).all(axis=1) & (np.abs(np.nan_to_num(xyz[:, :2], nan=np.inf)) < FAR).all(axis=1)
    for row in np.unique(feature[owner[~usable]]).tolist():
        findings.add("bad-coordinate", where(row), layer="pipe", element=name(row))
    xyz, owner = xyz[usable], owner[usable]
    with np.errstate(invalid="ignore"):
        xyz[~(np.abs(xyz[:, 2]) < _DEEP), 2] = np.nan
    counts = np.bincount(owner, minlength=len(parts))
    keep = counts[owner] >= _ENDS
    xyz, counts = xyz[keep], np.where(counts >= _ENDS, counts, 0)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Pieces(offsets, xyz, feature, np.tile([0.0, 1.0], (len(parts), 1)))


def _list_odd(
    pieces: Pieces, parts: NDArray[np.object_], where: Callable[[int], str], name: Callable[[int], str], findings: Findings
) -> None:
    """List lines without length and lines that touch themselves; of a line with bad coordinates, only the good ones count."""
    import shapely

    drawn = pieces.drawn
    whole = shapely.get_num_coordinates(parts) == np.diff(pieces.offsets)
    lines = parts if whole.all() else np.where(whole, parts, pieces.lines())
    long = shapely.length(lines) > 0
    simple = shapely.is_simple(lines)
    ends = pieces.ends()
    for rule, odd in (("zero-length", drawn & ~long), ("self-touching", drawn & long & ~simple)):
        for piece in np.flatnonzero(odd).tolist():
            row = int(pieces.feature[piece])
            findings.add(
                rule, where(row), layer="pipe", element=name(row), place=(float(ends[piece, 0, 0]), float(ends[piece, 0, 1]))
            )


def without_flat_levels(pieces: Pieces, layer: str, findings: Findings, *, exact: bool = False) -> Pieces:
    """Return pieces whose levels are unknown where they say so, or all are one and the same, as exports without levels have it.

    Of an ``exact`` layer, one that pipemap wrote, only marks that can be no level are taken as unknown.
    """
    level = np.where(np.isin(pieces.xyz[:, 2], _MARKS), np.nan, pieces.xyz[:, 2])
    known = np.unique(level[np.isfinite(level)])
    if exact and not (len(known) == 1 and known[0] == 0):
        return Pieces(pieces.offsets, np.column_stack([pieces.xyz[:, :2], level]), pieces.feature, pieces.share)
    if len(known) != 1:
        zero = (level == 0) if len(known) and np.median(np.abs(known)) > 1 else np.zeros(len(level), dtype=bool)
        return Pieces(
            pieces.offsets, np.column_stack([pieces.xyz[:, :2], np.where(zero, np.nan, level)]), pieces.feature, pieces.share
        )
    if not exact:
        findings.add("z-flat", layer, {"value": f"{known[0]:g}"})
    return Pieces(pieces.offsets, np.column_stack([pieces.xyz[:, :2], np.full(len(level), np.nan)]), pieces.feature, pieces.share)


def joined(parts: Sequence[Pieces], starts: Sequence[int]) -> Pieces:
    """Put the pieces of several layers behind each other; ``starts`` is the first feature row of each."""
    counts = [np.diff(part.offsets) for part in parts]
    offsets = np.concatenate([[0], np.cumsum(np.concatenate([*counts, np.empty(0, dtype=np.int64)]))]).astype(np.int64)
    return Pieces(
        offsets,
        np.concatenate([np.empty((0, 3)), *(part.xyz for part in parts)]),
        np.concatenate([np.empty(0, dtype=np.int64), *(part.feature + start for part, start in zip(parts, starts, strict=True))]),
        np.concatenate([np.empty((0, 2)), *(part.share for part in parts)]),
    )


def split(pieces: Pieces, piece: NDArray[np.int64], along: NDArray[np.float64], place: NDArray[np.float64]) -> Pieces:
    """Cut pieces where points lie on them.

    Parameters
    ----------
    piece, along, place
        For each cut: the piece, metres along it in plan, and the point's east and north, which becomes the end of both sides.
    """
    if not len(piece):
        return pieces
    order = np.lexsort((along, piece))
    cut_of: dict[int, list[int]] = {}
    for cut in order.tolist():
        cut_of.setdefault(int(piece[cut]), []).append(cut)
    parts: list[Pieces] = []
    done = 0
    for row in sorted(cut_of):
        parts.append(_run(pieces, done, row))
        cuts = cut_of[row]
        course = pieces.xyz[pieces.offsets[row] : pieces.offsets[row + 1]]
        new, shares = _cut(course, along[cuts], place[cuts])
        low, high = pieces.share[row]
        offsets = np.cumsum([0, *map(len, new)])
        feature = np.full(len(new), pieces.feature[row])
        parts.append(Pieces(offsets, np.concatenate(new), feature, low + (high - low) * np.array(shares)))
        done = row + 1
    parts.append(_run(pieces, done, len(pieces)))
    return joined(parts, [0] * len(parts))


def _run(pieces: Pieces, start: int, end: int) -> Pieces:
    offsets = pieces.offsets[start : end + 1]
    xyz = pieces.xyz[offsets[0] : offsets[-1]]
    return Pieces(offsets - offsets[0], xyz, pieces.feature[start:end], pieces.share[start:end])


def _cut(
    course: NDArray[np.float64], along: NDArray[np.float64], place: NDArray[np.float64]
) -> tuple[list[NDArray[np.float64]], list[tuple[float, float]]]:
    station = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(course[:, :2], axis=0).T))])
    level = np.interp(along, station, course[:, 2])
    cuts = np.column_stack([place, level])
    borders = [0.0, *along.tolist(), float(station[-1])]
    found = []
    for number in range(len(borders) - 1):
        low, high = borders[number], borders[number + 1]
        inside = course[(station > low + 1e-9) & (station < high - 1e-9)]
        first = course[:1] if number == 0 else cuts[number - 1 : number]
        last = course[-1:] if number == len(cuts) else cuts[number : number + 1]
        found.append(np.concatenate([first, inside, last]))
    total = borders[-1] or 1.0
    return found, [(low / total, high / total) for low, high in pairwise(borders)]


def with_levels(pieces: Pieces, levels: NDArray[np.float64]) -> Pieces:
    """Return pieces whose vertices without a level lie on the straight between their ends' levels, float64 (pieces, 2)."""
    xyz = pieces.xyz.copy()
    counts = np.diff(pieces.offsets)
    owner = np.repeat(np.arange(len(pieces)), counts)
    step = np.zeros(len(xyz))
    step[1:] = np.hypot(*np.diff(xyz[:, :2], axis=0).T)
    first = pieces.offsets[:-1][pieces.drawn]
    step[first] = 0.0
    run = np.cumsum(step)
    begin = np.zeros(len(pieces))
    length = np.ones(len(pieces))
    begin[pieces.drawn] = run[first]
    length[pieces.drawn] = run[pieces.offsets[1:][pieces.drawn] - 1] - run[first]
    share = (run - begin[owner]) / np.where(length[owner] > 0, length[owner], 1.0)
    straight = levels[owner, 0] + share * (levels[owner, 1] - levels[owner, 0])
    unknown = np.isnan(xyz[:, 2])
    xyz[unknown, 2] = straight[unknown]
    return Pieces(pieces.offsets, xyz, pieces.feature, pieces.share)
