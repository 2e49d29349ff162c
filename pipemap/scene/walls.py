"""Places on the wall of a pipe, by how far along it they are and where on the clock: 12 is the crown, 3 to the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.scene.drawing import Drawing

_LEAST = 1e-9


def wall_place(drawing: Drawing, pipe: int, share: float, degrees: float | None) -> NDArray[np.float64] | None:
    """Return east, north and level (3) of a place on a pipe's wall; None where the pipe is not drawn.

    Parameters
    ----------
    share
        How far along the pipe, from its first end, 0 to 1.
    degrees
        Clockwise from the crown, seen along the pipe; None for its axis.
    """
    bars = drawing.bar_of[drawing.course[pipe] : drawing.course[pipe + 1]]
    if not len(bars):
        return None
    start, run = drawing.start[bars].astype(float), (drawing.end[bars] - drawing.start[bars]).astype(float)
    ends = np.cumsum(np.linalg.norm(run, axis=1))
    at = min(max(share, 0.0), 1.0) * ends[-1]
    place = min(int(np.searchsorted(ends, at)), len(ends) - 1)
    long = ends[place] - (ends[place - 1] if place else 0.0)
    part = 0.0 if long < _LEAST else (at - ends[place] + long) / long
    axis = start[place] + run[place] * part
    if degrees is not None:
        right, up = _cross(run[place])
        turn = np.radians(degrees)
        bar = bars[place]
        axis = (
            axis + right * (np.sin(turn) * float(drawing.half_width[bar])) + up * (np.cos(turn) * float(drawing.half_height[bar]))
        )
    return drawing.frame.world(axis)


def clock_hour(drawing: Drawing, pipe: int, point: tuple[float, float, float]) -> int | None:
    """Return the hour, 1 to 12, at which a place in the world lies on a pipe's wall, seen from its first end."""
    bars = drawing.bar_of[drawing.course[pipe] : drawing.course[pipe + 1]]
    if not len(bars):
        return None
    local = drawing.frame.local(np.array(point))
    start, run = drawing.start[bars].astype(float), (drawing.end[bars] - drawing.start[bars]).astype(float)
    reach = np.maximum((run**2).sum(axis=1), _LEAST)
    share = np.clip(((local - start) * run).sum(axis=1) / reach, 0.0, 1.0)
    away = local - (start + run * share[:, None])
    place = int(np.argmin(np.linalg.norm(away, axis=1)))
    right, up = _cross(run[place])
    across, above = float(away[place] @ right), float(away[place] @ up)
    if abs(across) + abs(above) < _LEAST:
        return None
    return round(np.degrees(np.arctan2(across, above)) / 30) % 12 or 12


def _cross(run: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what is to the right and what is up, across a direction; an upright pipe has north for up."""
    flat = np.array([run[1], -run[0], 0.0])
    size = float(np.linalg.norm(flat))
    right = flat / size if size > _LEAST else np.array([1.0, 0.0, 0.0])
    up = np.cross(right, run)
    return right, up / max(float(np.linalg.norm(up)), _LEAST)
