"""A run of pipes from one end to the other: stations, ground, inverts and crowns, for a profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.flood import shortest_path
from pipemap.analysis.inverts import inverts
from pipemap.analysis.reach import way_to
from pipemap.analysis.spots import find_spot
from pipemap.analysis.trace import Trace, TraceType, passable_for
from pipemap.errors import PipemapError
from pipemap.model.lookup import Element
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

    Rows = NDArray[np.int64]
    Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Profile:
    """A run of pipes, each beginning where the one before ends.

    Attributes
    ----------
    nodes, pipes
        int64 (k + 1) and (k): rows, in order.
    station
        float64 (k + 1): metres from the first node.
    ground
        float64 (k + 1): level of each node as surveyed; NaN where unknown.
    invert, crown
        float64 (k, 2): inner bottom and inner top of each pipe, where it begins and where it ends; NaN where unknown.
    unknown_lengths
        How many pipes have no known length; they count by the distance of their nodes.
    """

    network: Network
    nodes: Rows
    pipes: Rows
    station: Values
    ground: Values
    invert: Values
    crown: Values
    unknown_lengths: int

    @property
    def length(self) -> float:
        """Metres from end to end."""
        return float(self.station[-1])


def profile_of(network: Network, nodes: Rows, pipes: Rows) -> Profile:
    """Return the profile of a run: nodes in order, and the pipes between them."""
    turned = network.pipe_ends[pipes, 0] != nodes[:-1]
    levels = inverts(network)[pipes]
    invert = np.where(turned[:, None], levels[:, ::-1], levels)
    height = network.height[pipes].astype(np.float64)[:, None]
    places = network.node_xyz[nodes]
    apart = np.nan_to_num(np.hypot(*np.diff(places[:, :2], axis=0).T))
    unknown = ~np.isfinite(network.length[pipes])
    steps = np.where(unknown, apart, network.weight[pipes])
    station = np.concatenate([[0.0], np.cumsum(steps)])
    return Profile(network, nodes, pipes, station, places[:, 2], invert, invert + height, int(unknown.sum()))


def profile_between(network: Network, start: str, end: str) -> Profile:
    """Return the profile along the shortest way between two elements, through closed devices and what is not in use too.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        One of them is not in the network, or several have that id.
    PipemapError
        No way leads from one to the other.
    """
    passable, _walls = passable_for(network, TraceType.CONNECTED, (), include_not_in_use=True)
    found = shortest_path(network, passable, [find_spot(network, start)], find_spot(network, end))
    if not found.reached_end or not len(found.pipe_rows):
        raise PipemapError(_("No way leads from the start to the end."))
    return profile_along(network, found.pipe_rows)


def profile_of_trace(found: Trace) -> Profile:
    """Return the profile of a way; of a trace with branches, that along the way to what lies farthest.

    Raises
    ------
    PipemapError
        The trace holds no pipe.
    """
    if found.type is TraceType.SHORTEST_PATH or len(found.pipe_rows) == 1:
        return profile_along(found.network, found.pipe_rows)
    if not len(found.pipe_rows):
        raise PipemapError(_("The result holds no pipe."))
    _nodes, pipes = way_to(found, Element("pipe", int(found.pipe_rows[-1])))
    return profile_along(found.network, pipes if len(pipes) else found.pipe_rows[-1:])


def profile_along(network: Network, pipes: Rows) -> Profile:
    """Return the profile of pipes that form one run, in whatever order they come.

    Raises
    ------
    PipemapError
        They branch, go round in a ring, or lie apart.
    """
    ends = network.pipe_ends[np.unique(pipes)]
    rows, counts = np.unique(ends, return_counts=True)
    tips = rows[counts == 1]
    if not len(pipes) or len(tips) != 2 or counts.max() > 2:  # noqa: PLR2004 -- two ends, and nothing that branches
        raise PipemapError(
            _("These pipes are no single run from one end to the other."),
            _("Select pipes that follow each other, or the two nodes between which the profile lies."),
        )
    first = int(pipes[0])
    begin = next((int(row) for row in network.pipe_ends[first] if row in tips), int(tips[0]))
    nodes, run = _walked(network, np.unique(pipes), begin)
    if len(run) != len(np.unique(pipes)):
        raise PipemapError(_("These pipes lie apart: they are more than one run."))
    return profile_of(network, nodes, run)


def _walked(network: Network, pipes: Rows, begin: int) -> tuple[Rows, Rows]:
    at: dict[int, list[int]] = {}
    for row, (one, other) in zip(pipes.tolist(), network.pipe_ends[pipes].tolist(), strict=True):
        at.setdefault(one, []).append(row)
        at.setdefault(other, []).append(row)
    nodes, run, here, done = [begin], [], begin, set()
    while follow := [row for row in at[here] if row not in done]:
        done.add(follow[0])
        one, other = network.pipe_ends[follow[0]].tolist()
        here = other if one == here else one
        run.append(follow[0])
        nodes.append(here)
    return np.array(nodes, dtype=np.int64), np.array(run, dtype=np.int64)
