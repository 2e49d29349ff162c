"""What a dig touches: the pipes and nodes within a trench, and which of them valves can shut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.area import AreaError, elements_within
from pipemap.analysis.segments import can_be_shut
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry as Area

    from pipemap.model.network import Network

WIDTH = 2.0
"""Metres: the width of a trench that nobody said. Our own figure."""
WIDEST = 1000.0
_CLOSED = 0.5
"""Metres from its beginning within which a drawn line ends where it began, and is an area."""


@dataclass(frozen=True, eq=False, slots=True)
class Touched:
    """What lies in a trench, at any depth: nobody digs to the centimetre, and depths in surveys are no promise.

    Attributes
    ----------
    nodes, pipes
        int64: rows of what is under pressure and in use, for which a shut-off is planned.
    others
        int64: rows of the other pipes: drains, cables, and what is not in use.
    """

    area: Area
    nodes: NDArray[np.int64]
    pipes: NDArray[np.int64]
    others: NDArray[np.int64]

    @property
    def is_empty(self) -> bool:
        """Whether nothing in it needs a shut-off."""
        return not len(self.nodes) and not len(self.pipes)


def trench_along(corners: Sequence[tuple[float, float]], width: float = WIDTH) -> Area:
    """Return the trench along a line in plan; a line that ends where it began is the border of an area.

    Raises
    ------
    AreaError
        It has no length, or ``width`` is no width.
    """
    import shapely

    if not 0 < width <= WIDEST:
        raise AreaError(_("“{width}” is no width of a trench in metres, up to {most}.").format(width=width, most=f"{WIDEST:g}"))
    places = np.array([place[:2] for place in corners], dtype=np.float64).reshape(-1, 2)
    if len(places) < 2 or not np.isfinite(places).all() or np.ptp(places, axis=0).max() == 0:  # noqa: PLR2004 -- two ends
        raise AreaError(_("A trench has two places or more."))
    line = shapely.LineString(places)
    if len(places) > 3 and np.hypot(*(places[0] - places[-1])) <= _CLOSED:  # noqa: PLR2004 -- three corners, and the first again
        ring = shapely.Polygon(places)
        if ring.is_valid and ring.area > 0:
            return shapely.union(ring, line.buffer(_CLOSED))
    return line.buffer(width / 2, cap_style="square")


def read_trench(text: str, width: float = WIDTH) -> Area:
    """Return the trench that a well-known text describes: a LINESTRING with a width, or a POLYGON.

    Raises
    ------
    AreaError
        It is neither.
    """
    import shapely

    from pipemap.analysis.area import read_area, read_text

    if not text.strip().upper().startswith("LINESTRING"):
        return read_area(text)
    line = read_text(text, _("Write it like LINESTRING (east north, east north, …)."))
    return trench_along([(x, y) for x, y in shapely.get_coordinates(line).tolist()], width)


def touched(network: Network, area: Area) -> Touched:
    """Return what lies in a trench or crosses it, in plan."""
    found = elements_within(network, area)
    shut = can_be_shut(network)
    joined = np.zeros(network.node_count, dtype=np.bool_)
    joined[network.pipe_ends[shut].reshape(-1)] = True
    pipes = found.pipes[shut[found.pipes]]
    return Touched(area, found.nodes[joined[found.nodes]], pipes, found.pipes[~shut[found.pipes]])
