"""One pipe's course as vertices: places along it, the place nearest to another, and cutting it in two.

A course is float64 (k, 3): east, north, level in metres, level NaN where unknown. Stations are metres from its first vertex,
in space where levels are known, in plan where they are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Course = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on a course: on which of its straight parts, and how far along that part (0 to 1)."""

    part: int
    share: float


@dataclass(frozen=True, slots=True)
class Cut:
    """The two courses that a cut makes; they meet in one vertex."""

    first: Course
    second: Course


def part_lengths(course: Course) -> NDArray[np.float64]:
    """Return the length of each straight part (k − 1), in space; in plan where a level is unknown."""
    steps = np.diff(course, axis=0)
    steps[:, 2] = np.nan_to_num(steps[:, 2], nan=0.0)
    lengths: NDArray[np.float64] = np.sqrt((steps**2).sum(axis=1))
    return lengths


def length_of(course: Course) -> float:
    """Return the length of a course in metres."""
    return float(part_lengths(course).sum())


def spot_at(course: Course, station: float) -> Spot:
    """Return the place at a station; before the start it is the start, behind the end the end."""
    ends = np.cumsum(part_lengths(course))
    part = min(int(np.searchsorted(ends, station)), len(ends) - 1)
    start = float(ends[part - 1]) if part else 0.0
    long = float(ends[part]) - start
    return Spot(part, float(np.clip((station - start) / long, 0.0, 1.0)) if long > 0 else 0.0)


def station_of(course: Course, spot: Spot) -> float:
    """Return how far along a course a place is."""
    lengths = part_lengths(course)
    return float(lengths[: spot.part].sum() + lengths[spot.part] * spot.share)


def nearest_spot(course: Course, x: float, y: float) -> Spot:
    """Return the place on a course that is nearest to another place in plan; the first of several."""
    start, run = course[:-1, :2], np.diff(course[:, :2], axis=0)
    reach = (run**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(reach > 0, ((np.array([x, y]) - start) * run).sum(axis=1) / reach, 0.0)
    share = np.clip(share, 0.0, 1.0)
    apart = np.hypot(*(start + run * share[:, None] - [x, y]).T)
    part = int(np.argmin(apart))
    return Spot(part, float(share[part]))


def point_at(course: Course, spot: Spot) -> NDArray[np.float64]:
    """Return east, north and level (3) of a place on a course."""
    one, other = course[spot.part], course[spot.part + 1]
    point: NDArray[np.float64] = one if spot.share == 0 else other if spot.share == 1 else one + (other - one) * spot.share
    return point.copy()


def cut_at(course: Course, spot: Spot) -> Cut:
    """Return the courses before and behind a place; a vertex that stands there already is not doubled."""
    here = point_at(course, spot)[None]
    before = course[: spot.part + 1] if spot.share > 0 else course[: spot.part]
    behind = course[spot.part + 1 :] if spot.share < 1 else course[spot.part + 2 :]
    return Cut(np.concatenate([before, here]), np.concatenate([here, behind]))


def with_vertex(course: Course, place: NDArray[np.float64]) -> Course:
    """Return a course with one more vertex, put into the straight part that is nearest to it; never at an end."""
    spot = nearest_spot(course, float(place[0]), float(place[1]))
    return np.insert(course, spot.part + 1, place, axis=0)
