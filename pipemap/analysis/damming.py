"""What stands behind a plug in a drain: how high water dams up, where it leaves first, and how much has room until then."""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.analysis.inverts import inverts
from pipemap.analysis.segments import pipe_volumes
from pipemap.catalog.roughness import roughness_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

_CUTS = 41
"""Places along a pipe at which its filling is looked at."""
Way = Literal["cover", "other-way", ""]


@dataclass(frozen=True, eq=False)
class Dammed:
    """Water behind a plug.

    Attributes
    ----------
    pipe_rows, node_rows
        int64: everything that drains to the plug.
    length
        Metres of pipe that drain to it.
    level
        The level at which water first leaves: over a cover (``way`` is ``cover``) or by another pipe (``other-way``), at the
        node ``leaves_at`` (row, −1 unknown). NaN where no level is known.
    wet_nodes
        int64: nodes with water in them at that level.
    volume
        Cubic metres that have room in the pipes below that level; what has room in the shafts is left out, so that it is
        rather too little. None where it cannot be told.
    unknown_levels
        Nodes and pipes on the way of which a level is missing: water may leave there earlier.
    at_most
        Litres a second that the plugged pipe can bring running full (Manning, a new pipe of its material); None unknown.
    """

    pipe_rows: NDArray[np.int64]
    node_rows: NDArray[np.int64]
    length: float
    level: float
    leaves_at: int
    way: Way
    wet_nodes: NDArray[np.int64]
    volume: float | None
    unknown_levels: int
    at_most: float | None


def dammed_behind(network: Network, pipe: int, node: int, *, without: Collection[int] = ()) -> Dammed:
    """Find what stands behind a plug in a pipe at a node, the pipes of ``without`` left out.

    Pipes of unknown direction are followed like those that flow to the plug.
    """
    upstream = _upstream(network, pipe, node, set(without))
    level, at, way, reach, unknown = _leaving(network, pipe, node, upstream)
    wet = [row for row, height in reach.items() if height < level and row != node]
    rows = np.array(sorted(upstream[0]), dtype=np.int64)
    return Dammed(
        rows,
        np.array(sorted(upstream[1]), dtype=np.int64),
        float(network.weight[rows].sum()),
        level,
        at,
        way,
        np.array(sorted(wet), dtype=np.int64),
        _room(network, pipe, level, wet, upstream[0]),
        unknown,
        full_bore(network, pipe),
    )


def _upstream(network: Network, pipe: int, node: int, without: set[int]) -> tuple[set[int], set[int]]:
    """Pipes and nodes that drain to the plug."""
    direction = network.flow.direction
    pipes, nodes = {pipe}, set[int]()
    front = [int(other) for other in network.pipe_ends[pipe] if other != node]
    while front:
        here = front.pop()
        if here in nodes or here == node:
            continue
        nodes.add(here)
        for place in range(network.indptr[here], network.indptr[here + 1]):
            row, other = int(network.edge[place]), int(network.neighbour[place])
            flows_here = int(direction[row]) * (1 if network.pipe_ends[row, 1] == here else -1)
            if row in pipes or row in without or not network.in_use_pipes[row] or flows_here < 0:
                continue
            pipes.add(row)
            front.append(other)
    return pipes, nodes


def _leaving(
    network: Network, pipe: int, node: int, upstream: tuple[set[int], set[int]]
) -> tuple[float, int, Way, dict[int, float], int]:
    """The lowest level at which water leaves, where and how; the level at which it reaches each node; how much is unknown."""
    levels, ground = inverts(network), network.node_xyz[:, 2]
    best: tuple[float, int, Way] = (math.nan, -1, "")
    reach: dict[int, float] = {}
    unknown: set[tuple[str, int]] = set()
    end = int(network.pipe_ends[pipe, 1] == node)
    queue = [(_highest(levels[pipe], unknown, pipe), int(network.pipe_ends[pipe, 1 - end]))]
    while queue:
        height, here = heapq.heappop(queue)
        if here in reach or here not in upstream[1] or height >= best[0]:
            continue
        reach[here] = height
        if math.isfinite(ground[here]):
            best = _lower(best, (max(height, float(ground[here])), here, "cover"))
        else:
            unknown.add(("node", here))
        for place in range(network.indptr[here], network.indptr[here + 1]):
            row, other = int(network.edge[place]), int(network.neighbour[place])
            if row in upstream[0]:
                heapq.heappush(queue, (max(height, _highest(levels[row], unknown, row)), other))
            elif network.in_use_pipes[row] and network.gravity_pipes[row]:
                own = float(levels[row, int(network.pipe_ends[row, 1] == here)])
                if math.isfinite(own):
                    best = _lower(best, (max(height, own), here, "other-way"))
    return (*best, reach, len(unknown))


def _lower(best: tuple[float, int, Way], other: tuple[float, int, Way]) -> tuple[float, int, Way]:
    return other if not best[0] <= other[0] else best


def _highest(levels: NDArray[np.float64], unknown: set[tuple[str, int]], pipe: int) -> float:
    """The higher end of a pipe; one without levels lets water through at once, and is counted."""
    known = levels[np.isfinite(levels)]
    if len(known) < len(levels):
        unknown.add(("pipe", pipe))
    return float(known.max()) if len(known) else -math.inf


def _room(network: Network, pipe: int, level: float, wet: list[int], pipes: set[int]) -> float | None:
    """Cubic metres of the pipes below a level; None where it is unknown, or none of the sizes is known."""
    if not math.isfinite(level):
        return None
    near = set(wet)
    rows = [row for row in sorted(pipes) if row == pipe or near & set(network.pipe_ends[row].tolist())]
    volumes, levels = pipe_volumes(network), inverts(network)
    shares = [_filled(levels[row], float(network.height[row]), level, is_box=network.pipe_shape[row] == "box") for row in rows]
    room = sum(float(volumes[row]) * share for row, share in zip(rows, shares, strict=True))
    return room if room > 0 else None


def _filled(ends: NDArray[np.float64], height: float, level: float, *, is_box: bool) -> float:
    """The share of a pipe's room that lies below a level; 0 where its levels or its size are unknown."""
    if not (np.isfinite(ends).all() and math.isfinite(height) and height > 0):
        return 0.0
    bottoms = np.linspace(ends[0], ends[1], _CUTS)
    depth = np.clip((level - bottoms) / height, 0.0, 1.0)
    if is_box:
        return float(depth.mean())
    angle = 2 * np.arccos(1 - 2 * depth)
    return float(((angle - np.sin(angle)) / (2 * np.pi)).mean())


def full_bore(network: Network, pipe: int) -> float | None:
    """Return the litres a second of a pipe running just full by Manning's formula; None where something for it is unknown."""
    ends, length = inverts(network)[pipe], float(network.length[pipe])
    width, height = float(network.width[pipe]), float(network.height[pipe])
    rough = roughness_of(network.pipe_material[pipe])
    drop = abs(float(ends[0] - ends[1]))
    if rough is None or not (math.isfinite(drop) and length > 0 and drop > 0 and width > 0 and height > 0):
        return None
    box = network.pipe_shape[pipe] == "box"
    area = width * height * (1.0 if box else math.pi / 4)
    around = 2 * (width + height) if box else math.pi * (width + height) / 2
    return float(area * (area / around) ** (2 / 3) * math.sqrt(drop / length) / rough.manning * 1000)
