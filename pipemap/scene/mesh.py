"""Meshes made by arithmetic on whole columns: tubes, boxes and balls of thousands of pipes in a few milliseconds.

Nothing here knows VTK. Every mesh is plain arrays; :mod:`pipemap.scene.props` hands them to the graphics card.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NO_LENGTH = 1e-9
_STEEP = 0.98
"""Sine of the slope above which world-up no longer gives a stable frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles with a normal and a colour at each corner.

    Attributes
    ----------
    points, normals
        float32 (n, 3).
    colours
        uint8 (n, 3).
    triangles
        int64 (m, 3) numbers of points.
    """

    points: NDArray[np.float32]
    normals: NDArray[np.float32]
    colours: NDArray[np.uint8]
    triangles: NDArray[np.int64]

    @classmethod
    def empty(cls) -> Mesh:
        """Return a mesh of nothing."""
        none = np.empty((0, 3), dtype=np.float32)
        return cls(none, none, np.empty((0, 3), dtype=np.uint8), np.empty((0, 3), dtype=np.int64))

    @classmethod
    def joined(cls, meshes: Sequence[Mesh]) -> Mesh:
        """Return one mesh that holds all of ``meshes``."""
        meshes = [mesh for mesh in meshes if len(mesh.triangles)]
        if not meshes:
            return cls.empty()
        starts = np.cumsum([0, *(len(mesh.points) for mesh in meshes)])
        return cls(
            np.concatenate([mesh.points for mesh in meshes]),
            np.concatenate([mesh.normals for mesh in meshes]),
            np.concatenate([mesh.colours for mesh in meshes]),
            np.concatenate([mesh.triangles + start for mesh, start in zip(meshes, starts, strict=False)]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Straight pieces of pipe, ready to be given a cross-section.

    Attributes
    ----------
    start, end
        float32 (n, 3): axis.
    cut_start, cut_end
        float32 (n, 3): normals of the planes that the piece is cut by at its ends, so that neighbours meet in a mitre.
    half_width, half_height
        float32 (n).
    colours
        uint8 (n, 3).
    """

    start: NDArray[np.float32]
    end: NDArray[np.float32]
    cut_start: NDArray[np.float32]
    cut_end: NDArray[np.float32]
    half_width: NDArray[np.float32]
    half_height: NDArray[np.float32]
    colours: NDArray[np.uint8]


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the vectors at length 1; those without length become east."""
    east, north, up = (vectors[..., axis] for axis in range(3))  # a sum over three of a row takes five times as long
    length = np.sqrt(east * east + north * north + up * up)[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = vectors / length
    scaled[(length[..., 0] < _NO_LENGTH) | ~np.isfinite(length[..., 0])] = (1.0, 0.0, 0.0)
    even: NDArray[np.float32] = scaled.astype(np.float32, copy=False)
    return even


def sides(along: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the level vector to the right and the one upwards of each direction, both square to it."""
    up = np.zeros_like(along)
    steep = np.abs(along[:, 2]) > _STEEP
    up[:, 2] = ~steep
    up[:, 1] = steep
    right = unit(np.cross(along, up))
    return right, np.cross(right, along)


def tubes(bars: Bars, *, corners: int = 8, grow: float | NDArray[np.float32] = 0.0) -> Mesh:
    """Return round (or elliptic) tubes without end caps; ``grow`` is added to the half sizes."""
    count = len(bars.start)
    if not count:
        return Mesh.empty()
    along = unit(bars.end - bars.start)
    right, lift = sides(along)
    turn = np.linspace(0.0, 2.0 * np.pi, corners, endpoint=False, dtype=np.float32)
    cos, sin = np.cos(turn), np.sin(turn)
    wide, high = bars.half_width + grow, bars.half_height + grow
    spoke = right[:, None] * (cos * wide[:, None])[..., None] + lift[:, None] * (sin * high[:, None])[..., None]
    normal = right[:, None] * cos[None, :, None] + lift[:, None] * sin[None, :, None]
    points = np.empty((count, 2, corners, 3), dtype=np.float32)
    points[:, 0] = bars.start[:, None] + _mitred(spoke, along, bars.cut_start)
    points[:, 1] = bars.end[:, None] + _mitred(spoke, along, bars.cut_end)
    normals = np.broadcast_to(normal[:, None], points.shape)
    faces = _ring_faces(corners)[None] + (np.arange(count) * 2 * corners)[:, None, None]
    return Mesh(
        points.reshape(-1, 3),
        np.ascontiguousarray(normals).reshape(-1, 3),
        np.repeat(bars.colours, 2 * corners, axis=0),
        faces.reshape(-1, 3),
    )


def boxes(bars: Bars, *, grow: float | NDArray[np.float32] = 0.0) -> Mesh:
    """Return four-sided ducts with closed ends, standing upright, with flat faces."""
    count = len(bars.start)
    if not count:
        return Mesh.empty()
    along = unit(bars.end - bars.start)
    right, lift = sides(along)
    signs = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], dtype=np.float32)
    wide, high = (bars.half_width + grow)[:, None], (bars.half_height + grow)[:, None]
    spoke = right[:, None] * (signs[:, 0] * wide)[..., None] + lift[:, None] * (signs[:, 1] * high)[..., None]
    rings = np.stack(
        [
            bars.start[:, None] + _mitred(spoke, along, bars.cut_start),
            bars.end[:, None] + _mitred(spoke, along, bars.cut_end),
        ],
        axis=1,
    )
    near, far = rings[:, 0], rings[:, 1]
    outward = (lift, -right, -lift, right)
    faces = [np.stack([near[:, k], near[:, (k + 1) % 4], far[:, (k + 1) % 4], far[:, k]], axis=1) for k in range(4)]
    faces += [near[:, ::-1], far]
    normals = [*outward, -along, along]
    points = np.stack(faces, axis=1)
    normal = np.broadcast_to(np.stack(normals, axis=1)[:, :, None], points.shape)
    quads = np.arange(count * 6 * 4).reshape(-1, 4)
    return Mesh(
        np.ascontiguousarray(points, dtype=np.float32).reshape(-1, 3),
        np.ascontiguousarray(normal, dtype=np.float32).reshape(-1, 3),
        np.repeat(bars.colours, 24, axis=0),
        np.concatenate([quads[:, [0, 2, 1]], quads[:, [0, 3, 2]]]),
    )


def balls(
    centres: NDArray[np.float32],
    half_sizes: NDArray[np.float32],
    colours: NDArray[np.uint8],
    *,
    rings: int = 5,
    corners: int = 10,
) -> Mesh:
    """Return spheres (ellipsoids) that close the joints; ``half_sizes`` is (n, 3)."""
    if not len(centres):
        return Mesh.empty()
    shape, faces = _ball(rings, corners)
    points = centres[:, None] + shape[None] * half_sizes[:, None]
    normals = np.broadcast_to(shape[None], points.shape)
    numbers = faces[None] + (np.arange(len(centres)) * len(shape))[:, None, None]
    return Mesh(
        points.astype(np.float32).reshape(-1, 3),
        np.ascontiguousarray(normals).reshape(-1, 3),
        np.repeat(colours, len(shape), axis=0),
        numbers.reshape(-1, 3),
    )


def _mitred(spoke: NDArray[np.float32], along: NDArray[np.float32], cut: NDArray[np.float32]) -> NDArray[np.float32]:
    """Slide the ring along the axis onto the cutting plane."""
    lean = np.einsum("nki,ni->nk", spoke, cut) / np.einsum("ni,ni->n", along, cut)[:, None]
    moved: NDArray[np.float32] = spoke - along[:, None] * lean[..., None]
    return moved


@cache
def _ring_faces(corners: int) -> NDArray[np.int64]:
    here = np.arange(corners)
    after = (here + 1) % corners
    first = np.column_stack([here, after + corners, after])
    second = np.column_stack([here, here + corners, after + corners])
    return np.concatenate([first, second])


@cache
def _ball(rings: int, corners: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    tilt = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)[1:-1]
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    belt = np.stack(
        [
            np.cos(tilt)[:, None] * np.cos(turn),
            np.cos(tilt)[:, None] * np.sin(turn),
            np.repeat(np.sin(tilt)[:, None], corners, axis=1),
        ],
        axis=-1,
    ).reshape(-1, 3)
    points = np.concatenate([belt, [(0, 0, -1), (0, 0, 1)]]).astype(np.float32)
    here = np.arange(corners)
    after = (here + 1) % corners
    faces = [np.column_stack([after, here, np.full(corners, len(belt))])]
    for ring in range(rings - 2):
        low, high = ring * corners, (ring + 1) * corners
        faces.append(np.column_stack([here + low, after + low, after + high]))
        faces.append(np.column_stack([here + low, after + high, here + high]))
    top = (rings - 2) * corners
    faces.append(np.column_stack([here + top, after + top, np.full(corners, len(belt) + 1)]))
    return points, np.concatenate(faces)
