"""Which ids can be written on the picture without one covering another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.scene.canvas import text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST, MOST_MOVING = 140, 60
"""Ids on a picture at most, and while the eye moves."""

CANDIDATES = 1500
LEAST_SCALE = 1.6
"""Pixels a metre below which ids are left away."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Places that could be labelled, most important first: pixels, what is written, and which row it is."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    texts: Sequence[str]
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Ids and where they belong (local float64 (n, 3)), most important first."""

    points: NDArray[np.float64]
    texts: Sequence[str]


def placed(candidates: Candidates, *, width: int, height: int, size: float, lift: float, most: int = MOST) -> list[int]:
    """Return positions of the candidates whose labels fit: first come, first served, on a raster of taken cells."""
    cell = max(size * 0.5, 1.0)
    columns, rows = int(width / cell) + 2, int(height / cell) + 2
    taken = np.zeros((rows, columns), dtype=np.bool_)
    chosen: list[int] = []
    for number, text in enumerate(candidates.texts):
        if not text:
            continue
        half = text_width(text, size) / 2 + size * 0.3
        x, y = candidates.x[number], candidates.y[number] - lift
        if not (half <= x <= width - half and size <= y <= height - size):
            continue
        left, right = int((x - half) / cell), int((x + half) / cell) + 1
        top, bottom = int((y - size * 0.75) / cell), int((y + size * 0.75) / cell) + 1
        if taken[top:bottom, left:right].any():
            continue
        taken[top:bottom, left:right] = True
        chosen.append(number)
        if len(chosen) == most:
            break
    return chosen
