"""Which way each pipe flows, and what says so.

Evidence in order of trust: observed flow and a model conduit's own direction · one-way devices · the only way to a source
or an outfall · the fall of the invert · the direction of digitising. Without evidence a pipe is indeterminate: an answer
that sounds sure and is wrong is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import ONE_WAY_PIPES
from pipemap.model.only_ways import OnlyWays, find_only_ways, mended_only_ways
from pipemap.model.part import part_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.model.steps import Changed

LEVEL_TOLERANCE = 0.02
"""Metres of fall below which levels say nothing: what a levelling of manholes can tell. Our own figure."""


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
    fall, only_ways
        What was found on the way, from which a network that follows from this one finds its own.
    """

    direction: NDArray[np.int8]
    evidence: NDArray[np.int8]
    conflicts: NDArray[np.int64]
    fall: NDArray[np.int8]
    only_ways: OnlyWays


def flow_direction(network: Network) -> FlowDirection:
    """Weigh all evidence there is. Linear in the size of the network."""
    return _weighed(network, _fall(network), find_only_ways(network))


def mended_flow(before: FlowDirection, network: Network, changed: Changed) -> FlowDirection:
    """Return the flow of a network that followed by a small Change from one of which it is known: the same as weighed anew.

    What a pipe says by itself is asked of the changed pipes; the only ways, of the connected parts in which something changed.
    """
    rows = changed.pipes.now
    ends = np.unique(network.pipe_ends[rows]).astype(np.int64)
    fall = changed.pipes.mended(before.fall, rows, _fall(part_of(network, ends, rows)))
    return _weighed(network, fall, mended_only_ways(before.only_ways, network, changed))


def _weighed(network: Network, fall: NDArray[np.int8], only_ways: OnlyWays) -> FlowDirection:
    direction = np.zeros(network.pipe_count, dtype=np.int8)
    evidence = np.zeros(network.pipe_count, dtype=np.int8)
    gravity = network.gravity_pipes

    def believe(said: NDArray[np.int8], why: Evidence) -> None:
        told = said != 0
        np.copyto(direction, said, where=told)
        np.copyto(evidence, np.int8(why), where=told)

    believe(gravity.astype(np.int8), Evidence.DIGITISED)
    believe(np.where(gravity, fall, 0).astype(np.int8), Evidence.LEVELS)
    believe(only_ways.direction, Evidence.ONLY_WAY_POSSIBLE)
    believe(np.where(only_ways.certain, only_ways.direction, 0).astype(np.int8), Evidence.ONLY_WAY)
    believe(network.pipe_kind.is_in(*ONE_WAY_PIPES).astype(np.int8), Evidence.DEVICE)
    believe(network.conduit_direction.astype(np.int8), Evidence.MODEL)
    believe(np.where(gravity, observed_flow(network), 0).astype(np.int8), Evidence.OBSERVED)
    return FlowDirection(direction, evidence, np.flatnonzero(gravity & (fall * direction < 0)), fall, only_ways)


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
