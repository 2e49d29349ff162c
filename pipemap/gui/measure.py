"""Measuring on the map: a run of places, its length in plan and in space, its difference in height."""

from __future__ import annotations

from itertools import pairwise
from math import dist

from pipemap.model.wording import metres
from pipemap.texts import _

Spot = tuple[float, float, float]


class Measure:
    """What has been clicked so far."""

    def __init__(self) -> None:
        self.points: list[Spot] = []
        self._ended = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is being measured."""
        return not self.points

    @property
    def plan(self) -> float:
        """Metres in plan."""
        return sum(dist(one[:2], other[:2]) for one, other in pairwise(self.points))

    @property
    def space(self) -> float:
        """Metres in space."""
        return sum(dist(one, other) for one, other in pairwise(self.points))

    @property
    def words(self) -> str:
        """The figures, a line each; empty below two places."""
        if len(self.points) < 2:  # noqa: PLR2004 -- a length has two ends
            return ""
        rise = self.points[-1][2] - self.points[0][2]
        return "\n".join(
            (
                _("Plan {length}").format(length=metres(self.plan)),
                _("In space {length}").format(length=metres(self.space)),
                _("Height {difference} m").format(difference=f"{rise:+.2f}"),
            )
        )

    def add(self, place: Spot) -> None:
        """Go on to a place; after an end, begin anew."""
        if self._ended:
            self.clear()
        if not self.points or dist(place, self.points[-1]) > 1e-6:  # noqa: PLR2004 -- the second click of a double click
            self.points.append(place)

    def end(self) -> None:
        """The next place begins anew."""
        self._ended = True

    def clear(self) -> None:
        """Forget it."""
        self.points = []
        self._ended = False
