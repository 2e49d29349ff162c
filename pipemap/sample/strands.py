"""Laying a utility along streets: one node where its lines of two streets cross, others between, pipes from node to node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipemap.sample.practice import STATION_STEP, ZONE_REACH, Utility
from pipemap.sample.sheet import Bools, Floats, Ints
from pipemap.sample.streets import HALF_WIDTH, Streets

_ROOM_FOR_ARMS = 34.0
AT_JUNCTION, ON_ARM, BETWEEN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Strand:
    """Nodes and pipes of one utility; pipes run from an edge's ``a`` to its ``b``, in order along it.

    ``role`` is one of the constants above; ``junction`` is −1 for nodes between; ``zone`` the street class whose depths hold
    at a node. ``leave`` (n, 2) is the direction, in the plan, from a node between straight across the street to the north or
    west; ``room`` is the distance along the street to the nearer junction, ``change`` that to the nearer junction with a
    larger street, infinite where there is none.
    """

    place: Floats
    role: Ints
    junction: Ints
    edge: Ints
    zone: Ints
    leave: Floats
    room: Floats
    change: Floats
    start: Ints
    end: Ints
    pipe_edge: Ints
    node_at: Ints

    @property
    def node_count(self) -> int:
        """How many nodes."""
        return len(self.place)


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where an edge's line begins and ends along its street, and the nodes wanted near its ends."""

    line_from: Floats
    line_to: Floats
    arm_from: Floats
    arm_to: Floats
    free_from: Floats
    free_to: Floats


def lay(
    streets: Streets,
    utility: Utility,
    edges: Ints,
    *,
    spacing: float | None = None,
    arms: tuple[Bools, Bools] | None = None,
    joined: tuple[Bools, Bools] | None = None,
    from_corners: bool = False,
) -> Strand:
    """Lay ``utility`` along ``edges``.

    Parameters
    ----------
    spacing
        Metres between nodes, about; the utility's own unless given.
    arms
        Whether a node is wanted beside the junction at ``a`` and at ``b`` of each edge. Where a side street meets a larger
        one there always is one: there the depth changes.
    joined
        Whether the line reaches the junction's node at ``a`` and at ``b``; both unless given.
    from_corners
        Put the first and last node between as near to the junctions as may be, not half a step away: what lies deeper below
        a larger street is at its usual depth soon after it.
    """
    count = len(edges)
    ends = _ends(streets, utility, edges)
    joined_a, joined_b = joined or (np.ones(count, dtype=np.bool_), np.ones(count, dtype=np.bool_))
    change_a, change_b = (streets.junction_class[at[edges]] != streets.edge_class[edges] for at in (streets.a, streets.b))
    if arms is not None:
        roomy = streets.length[edges] > _ROOM_FOR_ARMS
        change_a, change_b = change_a | (arms[0] & roomy), change_b | (arms[1] & roomy)
    arm_a, arm_b = change_a, change_b
    room = np.maximum(ends.free_to - ends.free_from, 0.0)
    step = (spacing or utility.spacing) / streets.density
    between = np.where(room > 0.55 * step, np.maximum(1, np.round(room / step)), 0).astype(np.int64)
    if from_corners:
        between = np.where(room > 2.5 * STATION_STEP, np.maximum(1, np.round(room / step)).astype(np.int64) + 1, between)
    between = np.minimum(between, (room / (1.3 * STATION_STEP)).astype(np.int64))
    parts = np.column_stack([joined_a, arm_a, between, arm_b, joined_b]).astype(np.int64)
    slots = parts.sum(axis=1)
    edge = np.repeat(np.arange(count), slots)
    position = np.arange(len(edge)) - np.repeat(np.cumsum(slots) - slots, slots)
    part = (position[:, None] >= np.cumsum(parts, axis=1)[edge]).sum(axis=1)
    nth = position - np.where(part > 1, parts[edge, 0] + parts[edge, 1], 0)
    along = _along(ends, utility, edge, part, nth, between, from_corners=from_corners)
    return _assemble(streets, utility, edges, edge, part, along)


def _ends(streets: Streets, utility: Utility, edges: Ints) -> _Ends:
    along_u = streets.along_u[streets.line[edges]]
    axis = np.where(along_u, 0, 1)
    found = []
    for at, way in ((streets.a[edges], 1.0), (streets.b[edges], -1.0)):
        crossing = streets.crossing_class(edges, at)
        corner = streets.place[at, axis]
        beside = utility.across(crossing) * np.where(along_u, -1.0, 1.0)
        reach = ZONE_REACH[crossing]
        room = HALF_WIDTH[crossing] + 6.5
        found.append((corner + beside, corner + way * reach, corner + way * np.maximum(reach + 9.0, room)))
    (line_a, arm_a, free_a), (line_b, arm_b, free_b) = found
    return _Ends(line_a, line_b, arm_a, arm_b, free_a, free_b)


def _along(ends: _Ends, utility: Utility, edge: Ints, part: Ints, nth: Ints, between: Ints, *, from_corners: bool) -> Floats:
    """Coordinate of each slot along its street."""
    share = (nth + 0.5) / np.maximum(between[edge], 1)
    if from_corners:
        share = np.where(between[edge] > 1, nth / np.maximum(between[edge] - 1, 1), 0.5)
    middle = ends.free_from[edge] + share * (ends.free_to - ends.free_from)[edge]
    stepped = np.round((middle - utility.remainder) / STATION_STEP) * STATION_STEP + utility.remainder
    options = (ends.line_from, ends.arm_from, None, ends.arm_to, ends.line_to)
    found = stepped
    for number, option in enumerate(options):
        if option is not None:
            found = np.where(part == number, option[edge], found)
    return np.asarray(found, dtype=np.float64)


def _assemble(streets: Streets, utility: Utility, edges: Ints, edge: Ints, part: Ints, along: Floats) -> Strand:
    """Number the nodes: one a junction, one for every other slot."""
    whole = edges[edge]
    at_junction = (part == 0) | (part == 4)  # first and last part of an edge
    junction = np.where(part <= 1, streets.a[whole], np.where(part >= 3, streets.b[whole], -1))
    corners, first, corner_of = np.unique(junction[at_junction], return_index=True, return_inverse=True)
    node_at = np.full(streets.junction_count, -1, dtype=np.int64)
    node_at[corners] = np.arange(len(corners))
    node = np.empty(len(edge), dtype=np.int64)
    node[at_junction] = corner_of
    node[~at_junction] = len(corners) + np.arange((~at_junction).sum())
    slots = np.concatenate([np.flatnonzero(at_junction)[first], np.flatnonzero(~at_junction)])
    place = _places(streets, utility, whole[slots], part[slots], along[slots], junction[slots])
    along_u = streets.along_u[streets.line[whole[slots]]]
    role = np.where(at_junction[slots], AT_JUNCTION, np.where(part[slots] == 2, BETWEEN, ON_ARM))
    near = junction[slots]
    zone = np.where(near >= 0, streets.junction_class[near], streets.edge_class[whole[slots]])
    leave = np.where(along_u[:, None], np.array([[0.0, 1.0]]), np.array([[-1.0, 0.0]]))
    corner_a, corner_b = (
        np.where(along_u, streets.place[at[whole[slots]], 0], streets.place[at[whole[slots]], 1]) for at in (streets.a, streets.b)
    )
    larger_a, larger_b = (
        streets.junction_class[at[whole[slots]]] > streets.edge_class[whole[slots]] for at in (streets.a, streets.b)
    )
    change = np.minimum(np.where(larger_a, along[slots] - corner_a, np.inf), np.where(larger_b, corner_b - along[slots], np.inf))
    same = edge[1:] == edge[:-1]
    return Strand(
        place=place,
        role=role,
        junction=near,
        edge=whole[slots],
        zone=zone,
        leave=leave,
        room=np.minimum(along[slots] - corner_a, corner_b - along[slots]),
        change=change,
        start=node[:-1][same],
        end=node[1:][same],
        pipe_edge=whole[1:][same],
        node_at=node_at,
    )


def _places(streets: Streets, utility: Utility, edges: Ints, part: Ints, along: Floats, junction: Ints) -> Floats:
    """Places in the plan: on the line beside the street's axis; at a junction, where the lines of both streets cross."""
    line = streets.line[edges]
    along_u = streets.along_u[line]
    beside = utility.across(streets.line_class[line]) * np.where(along_u, 1.0, -1.0)
    across = streets.line_at[line] + beside
    place = np.where(along_u[:, None], np.column_stack([along, across]), np.column_stack([across, along]))
    corner = (part == 0) | (part == 4)
    at = junction[corner]
    place[corner, 0] = streets.place[at, 0] - utility.across(streets.line_class[streets.w[at]])
    place[corner, 1] = streets.place[at, 1] + utility.across(streets.line_class[streets.h[at]])
    return place
