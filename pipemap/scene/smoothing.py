"""Smooth edges without a graphics card: the mean of several pictures, each moved by a part of a pixel, one a frame.

Sampling each pixel several times takes as long in one frame as all of these together, and a window must answer in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OFFSETS = ((-0.125, -0.375), (0.375, -0.125), (-0.375, 0.125), (0.125, 0.375))
"""Pixels that the pictures are moved by: no two in one row or column, so that steep and flat edges are smoothed alike."""


class Smoothing:
    """The sum of the pictures so far."""

    def __init__(self) -> None:
        self._sum: NDArray[np.uint16] | None = None
        self._count = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing would become smoother."""
        return self._count == len(OFFSETS)

    @property
    def offset(self) -> tuple[float, float]:
        """Pixels to move the next picture by."""
        return OFFSETS[self._count]

    @property
    def picture(self) -> NDArray[np.uint8] | None:
        """The mean so far, uint8 (height, width, 3); ``None`` before the first."""
        return (self._sum // self._count).astype(np.uint8) if self._sum is not None else None

    def add(self, pixels: NDArray[np.uint8]) -> None:
        """Take one more picture; one of another size begins anew."""
        wide = pixels.astype(np.uint16)
        if self._sum is not None and self._sum.shape != wide.shape:
            self.clear()
        self._sum = wide if self._sum is None else self._sum + wide
        self._count += 1

    def clear(self) -> None:
        """Begin anew."""
        self._sum, self._count = None, 0
