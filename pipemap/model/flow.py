"""Which way each pipe flows, and what says so.

Evidence in order of trust: observed flow and a model conduit's own direction · one-way devices · the only way to a source
or an outfall · the fall of the invert · the direction of digitising. Without evidence a pipe is indeterminate: an answer
that sounds sure and is wrong is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import ONE_WAY_PIPES, NodeKind
from pipemap.model.bridges import find_bridges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

LEVEL_TOLERANCE = 0.02
"""Metres of fall below which levels say nothing: what a levelling of manholes can tell. Our own figure."""

_HALF = 31
_LOW = (1 << _HALF) - 1


class Evidence(IntEnum):
    """Why a pipe's direction is believed; the larger, the more it is trusted."""

    NONE = 0
    DIGITISED = 1
    LEVELS = 2
    ONLY_WAY_POSSIBLE = 3
    ONLY_WAY = 4
    DEVICE = 5
    SIMULATED = 6
    MODEL = 7
    OBSERVED = 8


@dataclass(frozen=True, slots=True, eq=False)
class FlowDirection:
    """Direction of each pipe.

    Attributes
    ----------
    direction
        int8 (P): +1 from first to second node, −1 against, 0 indeterminate.
    evidence
        int8 (P): :class:`Evidence`.
    conflicts
        int64: gravity pipes whose levels rise along the direction that is kept.
    """

    direction: NDArray[np.int8]
    evidence: NDArray[np.int8]
    conflicts: NDArray[np.int64]


def flow_direction(network: Network) -> FlowDirection:
    """Weigh all evidence there is. Linear in the size of the network."""
    direction = np.zeros(network.pipe_count, dtype=np.int8)
    evidence = np.zeros(network.pipe_count, dtype=np.int8)
    gravity = network.gravity_pipes
    fall = _fall(network)

    def believe(said: NDArray[np.int8], why: Evidence) -> None:
        direction[said != 0] = said[said != 0]
        evidence[said != 0] = why

    believe(gravity.astype(np.int8), Evidence.DIGITISED)
    believe(np.where(gravity, fall, 0).astype(np.int8), Evidence.LEVELS)
    _believe_only_ways(network, believe)
    believe(network.pipe_kind.is_in(*ONE_WAY_PIPES).astype(np.int8), Evidence.DEVICE)
    believe(network.conduit_direction.astype(np.int8), Evidence.MODEL)
    believe(np.where(gravity, observed_flow(network), 0).astype(np.int8), Evidence.OBSERVED)
    return FlowDirection(direction, evidence, np.flatnonzero(gravity & (fall * direction < 0)))


def observed_flow(network: Network) -> NDArray[np.int8]:
    """Return the recorded flow (流向) where it can be believed: +1, −1, or 0.

    A column that holds one and the same value through a whole batch was filled by a program, not by a crew.
    """
    recorded = network.pipe_flow.is_in("+").astype(np.int8) - network.pipe_flow.is_in("-").astype(np.int8)
    believed = np.isin(network.pipe_batch, list(network.flow_batches))
    return np.where(believed, recorded, 0).astype(np.int8)


def invert_levels(network: Network) -> NDArray[np.float64]:
    """Return float64 (P, 2): the invert level at both ends of each pipe, metres; NaN where unknown."""
    height = np.nan_to_num(network.height.astype(np.float64), nan=0.0)
    wall = np.nan_to_num(network.wall, nan=0.0)

    def invert(level: NDArray[np.float64], reference: NDArray[np.bool_], axis: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.where(reference, level - height - wall, np.where(axis, level - height / 2, level))

    ends = []
    for level, reference in ((network.from_level, network.from_reference), (network.to_level, network.to_reference)):
        ends.append(invert(level, reference.is_in("outside_top"), reference.is_in("axis")))
    return np.column_stack(ends)


def _fall(network: Network) -> NDArray[np.int8]:
    """+1 where the invert falls from first to second node by more than the tolerance, −1 where it rises, else 0."""
    level = invert_levels(network)
    drop = level[:, 0] - level[:, 1]
    signs: NDArray[np.int8] = (drop > LEVEL_TOLERANCE).astype(np.int8) - (drop < -LEVEL_TOLERANCE).astype(np.int8)
    return signs


def _believe_only_ways(network: Network, believe: Callable[[NDArray[np.int8], Evidence], None]) -> None:
    """Bridges: away from the source that is reached in no other way, and towards the outfall that is."""
    usable = network.in_use_pipes & ~network.closed_pipes
    stopped = network.closed_nodes | ~network.in_use_nodes
    usable &= ~stopped[network.pipe_ends].any(axis=1)
    gravity = network.gravity_pipes
    known, possible = (np.zeros(network.node_count, dtype=np.int64) for _ in range(2))
    known[network.sources] = 1
    possible[network.possible_sources] = 1
    outfall = network.node_kind.is_in(NodeKind.OUTFALL).astype(np.int64)
    boundary = network.is_boundary.astype(np.int64)
    # Mains and sewers are told apart: a rising main hangs on the sewers, but water does not come from them.
    for mask, wanted, sign, sure, unsure in (
        (usable & ~gravity, ~gravity, +1, known, possible),
        (usable, gravity, -1, outfall, boundary),
    ):
        if not wanted.any() or not (sure | unsure).any():
            continue
        # Both counts in one number, for one walk up the tree.
        sides = find_bridges(network.node_count, network.pipe_ends, mask).sides(sure + (unsure << _HALF))
        everything = _away((sides & _LOW) + (sides >> _HALF))
        believe(np.where(wanted, sign * everything, 0).astype(np.int8), Evidence.ONLY_WAY_POSSIBLE)
        certain = (_away(sides & _LOW) != 0) & (everything != 0)
        believe(np.where(wanted & certain, sign * everything, 0).astype(np.int8), Evidence.ONLY_WAY)


def _away(sides: NDArray[np.int64]) -> NDArray[np.int8]:
    """Direction away from the one side of each bridge that counts something: +1 along the pipe, −1 against; 0 else."""
    first, second = sides.T
    signs: NDArray[np.int8] = ((first > 0) & (second == 0)).astype(np.int8) - ((second > 0) & (first == 0)).astype(np.int8)
    return signs
