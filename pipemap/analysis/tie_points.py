"""Distances from a place to what can be seen near it (栓点), so that a valve is found under snow, leaves or asphalt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind

if TYPE_CHECKING:
    from pipemap.model.network import Network

WITHIN = 60.0
"""Metres: farther than a tape is long nobody measures."""
SEEN = (
    NodeKind.MANHOLE, NodeKind.CHAMBER, NodeKind.GULLY, NodeKind.HYDRANT, NodeKind.POLE, NodeKind.CABINET, NodeKind.TRANSFORMER,
    NodeKind.ISOLATION_VALVE, NodeKind.REGULATOR, NodeKind.METER, NodeKind.OUTFALL,
)  # fmt: skip
"""Kinds of nodes that stand open to the eye."""
_APART = 40.0
"""Degrees between two directions, for the place where their circles cross to be sharp."""


@dataclass(frozen=True, slots=True)
class TiePoint:
    """What stands near: its row, metres in plan, and the compass bearing from there to the place, degrees."""

    row: int
    distance: float
    bearing: float


def tie_points(network: Network, east: float, north: float, *, most: int = 3, within: float = WITHIN) -> tuple[TiePoint, ...]:
    """Return what is seen nearest to a place, in directions that differ; nearest first, empty where nothing is near.

    Parameters
    ----------
    network
        What may leave of the survey (``network.public``).
    """
    away = np.column_stack([east - network.node_xyz[:, 0], north - network.node_xyz[:, 1]])
    metres = np.hypot(away[:, 0], away[:, 1])
    seen = network.node_kind.is_in(*SEEN)
    near = np.flatnonzero(seen & (metres <= within) & (metres > 0.05))  # noqa: PLR2004 -- not the valve itself
    found: list[TiePoint] = []
    for row in near[np.lexsort((near, metres[near]))].tolist():
        bearing = float(np.degrees(np.arctan2(away[row, 0], away[row, 1])) % 360.0)
        if all(_between(bearing, one.bearing) >= _APART for one in found):
            found.append(TiePoint(row, float(metres[row]), bearing))
        if len(found) == most:
            break
    return tuple(found)


def _between(one: float, other: float) -> float:
    return abs((one - other + 180.0) % 360.0 - 180.0)
