"""Places as GeoPackage stores them: a short header, then WKB. Columns at a time, with NumPy.

Points are ``POINT Z`` with the ground level, pipes ``LINESTRING Z`` with the levels as measured; Z is NaN where unknown.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipemap.model.delivery import Lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POINT_Z, _LINE_Z = 1001, 1002
_EWKB_Z = 0x80000000
_ENVELOPE_BYTES = np.array([0, 32, 48, 48, 64, 0, 0, 0])
_LITTLE_ENDIAN, _WITH_BOX = 1, 2
_VERTEX = np.dtype("V24")
_AT_ONCE = 50_000

_POINT = np.dtype(
    [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"), ("order", "u1"), ("type", "<u4"), ("xyz", "<f8", 3)]
)
_LINE_HEAD = np.dtype(
    [
        ("magic", "S2"),
        ("version", "u1"),
        ("flags", "u1"),
        ("srs", "<i4"),
        ("box", "<f8", 4),
        ("order", "u1"),
        ("type", "<u4"),
        ("count", "<u4"),
    ]
)


@dataclass(frozen=True, slots=True)
class Courses:
    """Vertices of many geometries; ``offsets`` as in :class:`~pipemap.model.delivery.Lines`."""

    offsets: NDArray[np.int64]
    xyz: NDArray[np.float64]

    @property
    def lines(self) -> Lines:
        """The same as the model's lines."""
        return Lines(self.offsets, self.xyz)


def encode_points(xyz: NDArray[np.float64], srs_id: int) -> pa.Array:
    """Return one blob a point (N, 3); null where east or north is not a finite number."""
    rows = np.zeros(len(xyz), dtype=_POINT)
    rows["magic"], rows["flags"], rows["srs"], rows["order"], rows["type"] = b"GP", _LITTLE_ENDIAN, srs_id, 1, _POINT_Z
    rows["xyz"] = np.where(np.isfinite(xyz), xyz, np.nan)
    placed = np.isfinite(xyz[:, 0]) & np.isfinite(xyz[:, 1])
    ends = np.concatenate([[0], np.cumsum(placed * _POINT.itemsize)]).astype(np.int32)
    known = pa.array(placed).buffers()[1]
    return pa.Array.from_buffers(pa.binary(), len(xyz), [known, pa.py_buffer(ends), pa.py_buffer(rows[placed].tobytes())])


def encode_lines(lines: Lines, srs_id: int, told: Callable[[], None] = lambda: None) -> pa.Array:
    """Return one blob a line; null where there are fewer than two vertices, or one without east or north.

    ``told`` is called every now and then.
    """
    counts = np.diff(lines.offsets)
    xyz = np.where(np.isfinite(lines.xyz), lines.xyz, np.nan)
    whole = counts >= 2  # noqa: PLR2004 -- a line has two ends
    owner = np.repeat(np.arange(len(counts)), counts)
    whole[owner[np.isnan(xyz[:, :2]).any(axis=1)]] = False
    heads = np.zeros(len(counts), dtype=_LINE_HEAD)
    heads["magic"], heads["flags"], heads["srs"], heads["order"], heads["type"] = (
        b"GP",
        _LITTLE_ENDIAN | _WITH_BOX,
        srs_id,
        1,
        _LINE_Z,
    )
    heads["count"] = counts
    heads["box"][whole] = boxes(Courses(lines.offsets, xyz))[whole]
    head, size, body = heads.tobytes(), _LINE_HEAD.itemsize, np.ascontiguousarray(xyz, dtype="<f8").tobytes()
    starts, known = (lines.offsets * 24).tolist(), whole.tolist()
    parts = []
    for first in range(0, len(known), _AT_ONCE):
        told()
        rows = range(first, min(first + _AT_ONCE, len(known)))
        blobs = [
            head[row * size : (row + 1) * size] + body[starts[row] : starts[row + 1]] if known[row] else None for row in rows
        ]
        parts.append(pa.array(blobs, type=pa.binary()))
    return pa.concat_arrays(parts) if parts else pa.array([], type=pa.binary())


def boxes(courses: Courses) -> NDArray[np.float64]:
    """Return east minimum, east maximum, north minimum, north maximum of each (N, 4); NaN where there are no vertices."""
    counts = np.diff(courses.offsets)
    found = np.full((len(counts), 4), np.nan)
    some = counts > 0
    if some.any():
        starts = courses.offsets[:-1][some]
        for column, (axis, extreme) in enumerate(((0, np.minimum), (0, np.maximum), (1, np.minimum), (1, np.maximum))):
            found[some, column] = extreme.reduceat(courses.xyz[:, axis], starts)
    return found


def decode(blobs: pa.Array | pa.ChunkedArray) -> Courses:
    """Return the vertices of every geometry, GeoPackage blobs and bare WKB alike; none where it is null or not readable."""
    return joined([_decode(chunk) for chunk in (blobs.chunks if isinstance(blobs, pa.ChunkedArray) else [blobs])])


def joined(parts: Sequence[Courses]) -> Courses:
    """Return courses laid end to end."""
    if len(parts) == 1:
        return parts[0]
    counts = np.concatenate([np.empty(0, np.int64), *(np.diff(part.offsets) for part in parts)])
    xyz = np.concatenate([np.empty((0, 3)), *(part.xyz for part in parts)])
    return Courses(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), xyz)


def decode_points(blobs: pa.Array | pa.ChunkedArray) -> NDArray[np.float64]:
    """Return the first vertex of every geometry (N, 3); NaN where there is none."""
    return first_vertices(decode(blobs))


def first_vertices(courses: Courses) -> NDArray[np.float64]:
    """Return the first vertex of every course (N, 3); NaN where there is none."""
    xyz = np.full((len(courses.offsets) - 1, 3), np.nan)
    some = np.diff(courses.offsets) > 0
    xyz[some] = courses.xyz[courses.offsets[:-1][some]]
    return xyz


def _decode(chunk: pa.Array) -> Courses:
    offsets, content = _bytes_of(chunk)
    valid = chunk.is_valid().to_numpy(zero_copy_only=False)
    start, end = offsets[:-1].copy(), offsets[1:]
    wrapped = valid & (end - start > 8)  # noqa: PLR2004 -- size of a GeoPackage header
    wrapped[wrapped] = (content[start[wrapped]] == ord("G")) & (content[start[wrapped] + 1] == ord("P"))
    start[wrapped] += 8 + _ENVELOPE_BYTES[(content[start[wrapped] + 3] >> 1) & 7]
    kind = np.zeros(len(start), dtype=np.int64)
    count = np.zeros(len(start), dtype=np.int64)
    readable = valid & (end - start >= 9)  # noqa: PLR2004 -- size of a WKB header with a count
    readable[readable] = content[start[readable]] == 1
    kind[readable] = _u32(content, start[readable] + 1)
    point = (kind == _POINT_Z) | (kind == (_EWKB_Z | 1))
    line = (kind == _LINE_Z) | (kind == (_EWKB_Z | 2))
    count[point] = 1
    count[line] = _u32(content, start[line] + 5)
    body = start + np.where(point, 5, 9)
    plain = (point | line) & (end - body == 24 * count)
    odd = np.flatnonzero(valid & ~plain)
    others = {int(row): _through_shapely(content[start[row] : end[row]].tobytes()) for row in odd}
    count[~plain] = 0
    for row, vertices in others.items():
        count[row] = len(vertices)
    where = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    xyz = np.empty((where[-1], 3))
    _copy_vertices(content, body[plain], count[plain], xyz if not others else (held := np.empty((int(count[plain].sum()), 3))))
    if others:
        is_plain = np.repeat(plain, count)
        xyz[is_plain] = held
        for row, vertices in others.items():
            xyz[where[row] : where[row + 1]] = vertices
    lost = np.isnan(xyz[:, 0]) | np.isnan(xyz[:, 1])
    return _without(Courses(where, xyz), lost) if lost.any() else Courses(where, xyz)


def _without(courses: Courses, lost: NDArray[np.bool_]) -> Courses:
    """Leave out every geometry that has a vertex without a place (an empty point is one)."""
    counts = np.diff(courses.offsets)
    owner = np.repeat(np.arange(len(counts)), counts)
    counts[owner[lost]] = 0
    kept = counts[owner] > 0
    return Courses(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), courses.xyz[kept])


def _bytes_of(chunk: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    width = np.dtype("<i8") if pa.types.is_large_binary(chunk.type) else np.dtype("<i4")
    _validity, ends, content = chunk.buffers()
    offsets = (
        np.frombuffer(ends, dtype=width)[chunk.offset : chunk.offset + len(chunk) + 1].astype(np.int64)
        if len(chunk)
        else np.zeros(1, np.int64)
    )
    return offsets, np.frombuffer(content, dtype=np.uint8) if content is not None else np.empty(0, np.uint8)


def _at_every_byte(content: NDArray[np.uint8], kind: np.dtype[Any]) -> NDArray[Any]:
    """Return the bytes seen as one item of ``kind`` from each byte on, without copying: an index then is a place in the file."""
    return np.ndarray((max(0, len(content) - kind.itemsize + 1),), kind, content.data, 0, (1,))


def _u32(content: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.int64]:
    return _at_every_byte(content, np.dtype("<u4"))[at].astype(np.int64)


def _copy_vertices(
    content: NDArray[np.uint8], body: NDArray[np.int64], count: NDArray[np.int64], into: NDArray[np.float64]
) -> None:
    """Gather 24 bytes a vertex; in one go where all lie at equal distances."""
    if len(body) > 1 and (count == count[0]).all() and len(set(np.unique(steps := np.diff(body)).tolist())) == 1:
        each = 24 * int(count[0])
        view = np.ndarray((len(body), each), np.uint8, content.data, int(body[0]), (int(steps[0]), 1))
        into[:] = np.ascontiguousarray(view).view("<f8").reshape(-1, 3)
        return
    ends = np.cumsum(count)
    within = np.arange(len(into)) - np.repeat(ends - count, count)
    into[:] = _at_every_byte(content, _VERTEX)[np.repeat(body, count) + 24 * within].view("<f8").reshape(-1, 3)


def _through_shapely(wkb: bytes) -> NDArray[np.float64]:
    """Read whatever another program may have written: without Z, another byte order, a multi-line of one line."""
    import shapely

    shape = shapely.from_wkb(wkb, on_invalid="ignore")
    if shapely.is_missing(shape) or shape.is_empty or shape.geom_type not in {"Point", "LineString", "MultiLineString"}:
        return np.empty((0, 3))
    if shape.geom_type == "MultiLineString" and shapely.get_num_geometries(shape) != 1:
        return np.empty((0, 3))
    found: NDArray[np.float64] = shapely.get_coordinates(shape, include_z=True)
    return found


# -- what the triggers of the spatial index call, one blob at a time -------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Box:
    west: float
    east: float
    south: float
    north: float


def _box(blob: bytes | None) -> _Box | None:
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < 8:  # noqa: PLR2004
        return None
    if (blob[3] >> 1) & 7 and len(blob) >= 40:  # noqa: PLR2004 -- the header already holds the box
        box = struct.unpack_from("<4d" if blob[3] & 1 else ">4d", blob, 8)
    else:
        courses = decode(pa.array([blob], type=pa.binary()))
        if not len(courses.xyz):
            return None
        box = tuple(boxes(courses)[0].tolist())
    return _Box(*box) if all(math.isfinite(value) for value in box) else None


def st_is_empty(blob: bytes | None) -> int | None:
    """1 when a geometry has no place."""
    return None if blob is None else int(_box(blob) is None)


def st_min_x(blob: bytes | None) -> float | None:
    """East minimum."""
    return None if (box := _box(blob)) is None else box.west


def st_max_x(blob: bytes | None) -> float | None:
    """East maximum."""
    return None if (box := _box(blob)) is None else box.east


def st_min_y(blob: bytes | None) -> float | None:
    """North minimum."""
    return None if (box := _box(blob)) is None else box.south


def st_max_y(blob: bytes | None) -> float | None:
    """North maximum."""
    return None if (box := _box(blob)) is None else box.north


FUNCTIONS = {"ST_IsEmpty": st_is_empty, "ST_MinX": st_min_x, "ST_MaxX": st_max_x, "ST_MinY": st_min_y, "ST_MaxY": st_max_y}
"""SQL functions that the standard's triggers call."""


def vertices(blob: bytes) -> list[list[float]]:
    """Return the vertices of one geometry; none where it is not readable."""
    found: list[list[float]] = decode(as_blobs([blob])).xyz.tolist()
    return found


def as_blobs(values: Sequence[bytes | None]) -> pa.Array:
    """Return a column of geometries as read from SQLite; anything that is not a blob counts as none."""
    return pa.array([value if isinstance(value, bytes) else None for value in values], type=pa.binary())
