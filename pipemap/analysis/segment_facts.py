"""What is known of one valve segment: how much it holds, who hangs on it, which valves stand around it, what its loss costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.criticality import known_criticality
from pipemap.analysis.segments import segments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.segments import Segments
    from pipemap.model.lookup import Element
    from pipemap.model.network import Network


@dataclass(frozen=True, eq=False)
class SegmentFacts:
    """One valve segment.

    Attributes
    ----------
    number
        As :class:`~pipemap.analysis.segments.Segments` numbers it; an edit may number it anew.
    nodes, pipes
        int64: rows.
    length, volume, demand
        Metres, cubic metres, litres a second.
    valves
        Numbers of the valves around it.
    cost
        Customers and metres without supply when something in it breaks; None while that was not worked out for the network, or
        where the segment has no pipe.
    """

    segments: Segments
    number: int
    nodes: NDArray[np.int64]
    pipes: NDArray[np.int64]
    length: float
    volume: float
    demand: float
    customers: int
    valves: NDArray[np.int64]
    cost: tuple[int, float] | None


def segment_at(network: Network, element: Element) -> SegmentFacts | None:
    """Return the valve segment that an element lies in; None where no valve can shut it off.

    Examples
    --------
    >>> from pipemap.catalog.kinds import NodeKind
    >>> from pipemap.model.network import Network
    >>> valve = {"V": NodeKind.ISOLATION_VALVE}
    >>> network = Network.from_pipes(("P1", "A", "V", 30.0), ("P2", "V", "B", 20.0), kinds=valve)
    >>> segment_at(network, network.element("P1")).length
    30.0
    """
    segments = segments_of(network)
    number = int((segments.node if element.layer == "node" else segments.pipe)[element.row])
    if number < 0:
        return None
    pipes = np.flatnonzero(segments.pipe == number)
    return SegmentFacts(
        segments, number, np.flatnonzero(segments.node == number), pipes, float(segments.length[number]),
        float(segments.volume[number]), float(segments.demand[number]), int(segments.customers[number]),
        segments.valves_of(number), _cost(network, pipes),
    )  # fmt: skip


def _cost(network: Network, pipes: NDArray[np.int64]) -> tuple[int, float] | None:
    found = known_criticality(network)
    if found is None or not len(pipes) or found.unit_of_pipe[pipes[0]] < 0:
        return None
    customers, metres = found.total[found.unit_of_pipe[pipes[0]]].tolist()
    return int(customers), metres
