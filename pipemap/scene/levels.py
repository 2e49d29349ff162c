"""Where the axis of each pipe lies: from the level as measured and what it refers to, or estimated where nothing was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap import catalog
from pipemap.catalog.kinds import PipeKind
from pipemap.model.splicing import ranges

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.scene.places import Places

    GroundAt = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

TYPICAL_COVER = {"water": 1.2, "drainage": 2.2, "gas": 1.0, "heating": 1.4, "power": 0.8, "telecom": 0.8, "industrial": 1.5}
"""Metres from ground to outside top that are drawn where no depth is known; our own figures."""

OTHER_COVER = 1.2
UNKNOWN_SIZE = 0.1
CABLE_SIZE = 0.06
LARGEST = 20.0
_ALIKE = 1e-5
"""Share of its height that a pipe's width may differ, and be the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """Vertices of the axis of every pipe that can be drawn.

    Attributes
    ----------
    offsets
        int64 (P + 1): pipe ``i`` owns ``axis[offsets[i]:offsets[i + 1]]``; none when it has no place.
    axis
        float64 (m, 3): east, north, level of the axis, in the survey's own coordinates.
    half_width, half_height
        float32 (P), outside, wall included; never NaN.
    boxed
        bool (P): drawn with four sides.
    estimated
        bool (P): its level, at one end at least, is not from the survey.
    """

    offsets: NDArray[np.int64]
    axis: NDArray[np.float64]
    half_width: NDArray[np.float32]
    half_height: NDArray[np.float32]
    boxed: NDArray[np.bool_]
    estimated: NDArray[np.bool_]


def courses(network: Network, placed: Places, ground_at: GroundAt) -> Courses:
    """Return the axis of every pipe.

    Parameters
    ----------
    placed
        Where nodes are drawn; where those were made up, so are the courses.
    ground_at
        Ground level at eastings and northings, for where nothing was measured.
    """
    half_width, half_height, boxed = sizes(network)
    offsets, vertices = _vertices(network, placed)
    counts = np.diff(offsets)
    lifts = _lifts(network, half_height)
    axis = vertices.copy()
    axis[:, 2] += np.repeat(lifts[:, 0], counts)
    uneven = np.flatnonzero(_is_uneven(offsets, axis[:, 2], lifts))
    estimated = np.zeros(network.pipe_count, np.bool_)
    if len(uneven):  # the others are as high above their vertices all along
        rows = ranges(offsets[uneven], counts[uneven])
        part = _Part(uneven, np.concatenate([[0], np.cumsum(counts[uneven])]), vertices.take(rows, axis=0), lifts[uneven])
        axis[rows, 2], estimated[uneven] = _levelled(network, part, placed, ground_at, half_height)
    return Courses(offsets, axis, half_width, half_height, boxed, estimated)


def _is_uneven(offsets: NDArray[np.int64], level: NDArray[np.float64], lifts: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return bool (P): drawn, and not measured all along, or from another reference at one end than at the other."""
    drawn = np.diff(offsets) > 0
    uneven: NDArray[np.bool_] = drawn & (lifts[:, 0] != lifts[:, 1])
    unknown = np.flatnonzero(~np.isfinite(level))
    if len(unknown):
        uneven[np.searchsorted(offsets, unknown, side="right") - 1] = True
    return uneven


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Some of the pipes: their rows, their courses as measured, and how far the axis lies above that at both ends."""

    pipes: NDArray[np.int64]
    offsets: NDArray[np.int64]
    vertices: NDArray[np.float64]
    lifts: NDArray[np.float64]


def _levelled(
    network: Network, part: _Part, placed: Places, ground_at: GroundAt, half_height: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the level of the axis at each vertex of some pipes, and which of these had to be guessed."""
    offsets, vertices = part.offsets, part.vertices
    pipe = np.repeat(np.arange(len(part.pipes)), np.diff(offsets))
    measured, ground = np.empty((len(part.pipes), 2)), np.empty((len(part.pipes), 2))
    for end, vertex in enumerate((offsets[:-1], offsets[1:] - 1)):
        measured[:, end] = vertices[vertex, 2]
        surveyed = placed.nodes[network.pipe_ends[part.pipes, end], 2]
        surface = ground_at(vertices[vertex, 0], vertices[vertex, 1])
        ground[:, end] = np.where(np.isfinite(surveyed), surveyed, surface)
    levels, estimated = _end_levels(network, part, measured, ground, half_height[part.pipes])
    share = _share_along(vertices, offsets, pipe)
    level = vertices[:, 2] + _between(part.lifts, pipe, share)
    guessed = np.flatnonzero(estimated.take(pipe) | ~np.isfinite(level))
    level[guessed] = _between(levels, pipe.take(guessed), share.take(guessed))
    return level, estimated


def _between(ends: NDArray[np.float64], pipe: NDArray[np.intp], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """What lies between the values at both ends of pipes, so far along them."""
    first, last = np.ascontiguousarray(ends[:, 0]), np.ascontiguousarray(ends[:, 1])
    found: NDArray[np.float64] = first.take(pipe) * (1 - share) + last.take(pipe) * share
    return found


def sizes(network: Network) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Return half width, half height (walls included) and whether the pipe is drawn as a box."""
    cable = network.pipe_kind.is_in(PipeKind.CABLE)
    default = np.where(cable, CABLE_SIZE, UNKNOWN_SIZE).astype(np.float32)
    width = np.where(np.isfinite(network.width) & (network.width > 0), network.width, network.height)
    width = np.where(np.isfinite(width) & (width > 0), width, default)
    height = np.where(np.isfinite(network.height) & (network.height > 0), network.height, width)
    shape = network.pipe_shape
    ducted = network.pipe_kind.is_in(PipeKind.CHANNEL, PipeKind.DUCT)
    boxed = shape.is_in("box", "bank") | (ducted & ~shape.is_in("round", "egg"))
    boxed |= (np.abs(width - height) > _ALIKE * height) & ~shape.is_in("egg")
    wall = np.where(np.isfinite(network.wall) & boxed, network.wall, 0.0)
    return (
        np.clip(width / 2 + wall, 0.01, LARGEST / 2).astype(np.float32),
        np.clip(height / 2 + wall, 0.01, LARGEST / 2).astype(np.float32),
        boxed,
    )


def _vertices(network: Network, where: Places) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Vertices with a place; a pipe without a course runs straight between its nodes where those have one."""
    lines, places = network.lines, where.nodes
    pipe = np.repeat(np.arange(network.pipe_count), np.diff(lines.offsets))
    placed = (np.abs(lines.xyz[:, 0]) < FARTHEST) & (np.abs(lines.xyz[:, 1]) < FARTHEST)
    if where.schematic:
        placed[:] = False
    count = np.diff(lines.offsets) if placed.all() else np.bincount(pipe[placed], minlength=network.pipe_count)
    few: NDArray[np.bool_] = np.asarray(count < 2)  # noqa: PLR2004 -- a line has two ends
    if not few.any() and placed.all():
        return lines.offsets.astype(np.int64, copy=False), lines.xyz
    ends = network.pipe_ends
    joinable = few & np.isfinite(places[ends[:, 0], 0]) & np.isfinite(places[ends[:, 1], 0])
    keep = placed & ~few[pipe]
    added = np.repeat(np.flatnonzero(joinable), 2)
    straight = places[ends[joinable].reshape(-1)].copy()
    straight[:, 2] = np.nan
    owner = np.concatenate([pipe[keep], added])
    order = np.argsort(owner, kind="stable")
    offsets = np.zeros(network.pipe_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=network.pipe_count), out=offsets[1:])
    return offsets, np.concatenate([lines.xyz[keep], straight])[order]


FARTHEST = 1e8
"""Metres beyond which a coordinate is a slip of the pen."""


def _lifts(network: Network, half_height: NDArray[np.float32]) -> NDArray[np.float64]:
    """Metres from the measured reference up to the axis, at both ends."""
    wall = np.nan_to_num(network.wall, nan=0.0)
    from_top = -(half_height + wall)
    lifts = np.zeros((network.pipe_count, 2))
    for end, reference in enumerate((network.from_reference, network.to_reference)):
        np.copyto(lifts[:, end], from_top, where=reference.is_in("outside_top"))
        np.copyto(lifts[:, end], half_height, where=reference.is_in("invert", "channel_bottom"))
    return lifts


def _end_levels(
    network: Network,
    part: _Part,
    measured: NDArray[np.float64],
    ground: NDArray[np.float64],
    half_height: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Axis level at both ends, and which pipes had to be guessed."""
    recorded = np.column_stack([network.from_level[part.pipes], network.to_level[part.pipes]])
    depth = np.column_stack([network.from_depth[part.pipes], network.to_depth[part.pipes]])
    reference = np.where(np.isfinite(measured), measured, recorded)
    reference = np.where(np.isfinite(reference), reference, ground - depth)
    level = reference + part.lifts
    unknown = ~np.isfinite(level)
    other = level[:, ::-1]
    same_cover = np.where(np.isfinite(ground), ground - (ground[:, ::-1] - other), other)
    level = np.where(unknown, np.where(np.isfinite(same_cover), same_cover, other), level)
    typical = ground - (_typical_cover(network)[part.pipes] + half_height)[:, None]
    level = np.where(np.isfinite(level), level, typical)
    guessed: NDArray[np.bool_] = np.asarray(unknown.any(axis=1))
    return np.nan_to_num(level, nan=0.0), guessed


def _typical_cover(network: Network) -> NDArray[np.float64]:
    covers = [_cover_of(code) for code in network.pipe_category.values]
    return np.array([*covers, OTHER_COVER])[network.pipe_category.codes]


def _cover_of(code: str) -> float:
    known = catalog.category(code)
    return TYPICAL_COVER.get(known.carries, OTHER_COVER) if known is not None else OTHER_COVER


def _share_along(vertices: NDArray[np.float64], offsets: NDArray[np.int64], pipe: NDArray[np.intp]) -> NDArray[np.float64]:
    """How far along its pipe each vertex lies, 0 to 1, in plan."""
    if not len(vertices):
        return np.empty(0)
    step = np.zeros(len(vertices))
    step[1:] = np.hypot(np.diff(vertices[:, 0]), np.diff(vertices[:, 1]))
    starts = offsets[:-1][np.diff(offsets) > 0]
    step[starts] = 0.0
    run = np.cumsum(step)
    base = run.take(np.minimum(offsets[:-1], len(run) - 1))
    total = run.take(np.maximum(offsets[1:] - 1, 0)) - base
    along = total > 0
    share: NDArray[np.float64] = (run - base.take(pipe)) / np.where(along, total, 1.0).take(pipe)
    if not along[np.diff(offsets) > 0].all():  # all of it at one place, or upright
        rows = np.flatnonzero(~along.take(pipe))
        first, last = offsets[pipe[rows]], offsets[pipe[rows] + 1]
        share[rows] = (rows - first) / np.maximum(last - first - 1, 1)
    return share
