"""How much a frame may cost: what a moving eye goes without so that it moves smoothly, and what a resting one can afford."""

from __future__ import annotations

SMOOTH = 4
"""Samples a pixel that smooth the edges."""

MOVING_FRAME, STILL_FRAME = 0.028, 0.095
"""Seconds that a frame should take while the eye moves, and may take when it rests: nobody waits a tenth of a second."""

FINEST_ERROR, COARSEST_ERROR = 1.3, 5.0
"""Pixels below which details are left out at rest, and at most while the eye moves."""


WHOLE_ERROR = 1.0
"""The same of a picture that is kept."""


class Pace:
    """Learns from each frame what the next may cost."""

    def __init__(self) -> None:
        self._seconds = MOVING_FRAME
        self._dearer = 5.0
        self._error = 2.0

    def samples(self, *, moving: bool) -> int:
        """Samples a pixel for the next frame."""
        return SMOOTH if self._seconds * self._dearer < (MOVING_FRAME if moving else STILL_FRAME) else 0

    def error(self, *, moving: bool) -> float:
        """Pixels below which the next frame may leave out details."""
        return self._error if moving else FINEST_ERROR

    def learn(self, seconds: float, samples: int, *, moving: bool) -> None:
        """Take note of what a frame took."""
        if samples:
            self._dearer += 0.5 * (seconds / max(self._seconds, 1e-4) - self._dearer)
            self._dearer = min(max(self._dearer, 1.0), 10.0)
            return
        self._seconds += 0.5 * (seconds - self._seconds)
        if moving:
            factor = 1.15 if seconds > MOVING_FRAME * 1.1 else 0.95 if seconds < MOVING_FRAME * 0.75 else 1.0
            self._error = min(max(self._error * factor, FINEST_ERROR), COARSEST_ERROR)
