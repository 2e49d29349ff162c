"""Traces: what is connected, what lies upstream and downstream, what the same sources feed, the shortest way, loops."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.costs import LENGTH, cost_of_pipes
from pipemap.analysis.flood import Flood, Passable, flood, shortest_path
from pipemap.analysis.reach import flood_within
from pipemap.analysis.spots import Spot, find_spot, pieces
from pipemap.catalog.kinds import ONE_WAY_PIPES
from pipemap.errors import PipemapError
from pipemap.model.columns import Coded
from pipemap.model.lookup import Element
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network


class TraceType(StrEnum):
    """What a trace asks for."""

    CONNECTED = "connected"
    SUBNETWORK = "subnetwork"
    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"
    SHORTEST_PATH = "shortest-path"
    BETWEEN = "between"
    LOOPS = "loops"


class StopReason(StrEnum):
    """Why a trace did not go on."""

    CLOSED = "closed"
    BARRIER = "barrier"
    NOT_IN_USE = "not-in-use"
    ONE_WAY = "one-way"
    LIMIT = "limit"


REASON_TEXTS = {
    StopReason.CLOSED: N_("Closed"),
    StopReason.BARRIER: N_("Barrier placed"),
    StopReason.NOT_IN_USE: N_("Not in use"),
    StopReason.ONE_WAY: N_("Passes flow only the other way"),
    StopReason.LIMIT: N_("Farther than asked"),
}


@dataclass(frozen=True, slots=True)
class Stop:
    """An element that the trace reached and did not pass, and why."""

    id: str
    element: Element
    reason: StopReason


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """The answer of a trace.

    Attributes
    ----------
    type
        What was asked.
    node_rows, pipe_rows
        int64: what was reached, nearest first (breadth first; the order of the way for a shortest path), each once.
        A node that stopped the trace is among them: the pipe that leads there was reached.
    length
        Metres of the pipes together; pipes of unknown length count 0 and are counted in ``unknown_lengths``.
    stopped_by
        What it reached and did not pass.
    indeterminate_rows
        int64: pipes that it followed although their direction is indeterminate (upstream and downstream only).
    source_rows, possible_source_rows
        int64: sources among the nodes reached, and places where the network goes on beyond the survey.
    loops
        For ``loops``: the pipes of each independent loop, in order around it.
    spent
        float64 (N'): with a limit, what the way to each of ``node_rows`` adds up to; else empty.
    parts
        Metres that count of the pipes that are in the answer in part, by row: a start or the end is a point on them.
    passable
        What it was allowed to pass; :func:`pipemap.analysis.reach.way_to` tells by it how an element was reached.
    note
        A sentence where the answer needs one (nothing reached, and why); else empty.
    """

    type: TraceType
    network: Network
    node_rows: NDArray[np.int64]
    pipe_rows: NDArray[np.int64]
    length: float
    unknown_lengths: int
    stopped_by: tuple[Stop, ...]
    indeterminate_rows: NDArray[np.int64]
    source_rows: NDArray[np.int64]
    possible_source_rows: NDArray[np.int64]
    starts: tuple[Element, ...] = ()
    loops: tuple[NDArray[np.int64], ...] = field(default=())
    note: str = ""
    passable: Passable = field(kw_only=True)
    spent: NDArray[np.float64] = field(kw_only=True)
    parts: dict[int, float] = field(kw_only=True, default_factory=dict)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Ids of the nodes reached, nearest first."""
        return tuple(self.network.node_ids.take(self.node_rows))

    @property
    def pipes(self) -> tuple[str, ...]:
        """Ids of the pipes reached, nearest first."""
        return tuple(self.network.pipe_ids.take(self.pipe_rows))

    @property
    def indeterminate(self) -> tuple[str, ...]:
        """Ids of the pipes followed without knowing their direction."""
        return tuple(self.network.pipe_ids.take(self.indeterminate_rows))


def trace(  # noqa: PLR0913 -- the options of the question, each by its name
    network: Network,
    start: str | Sequence[str],
    type: TraceType | str = TraceType.CONNECTED,
    *,
    end: str | None = None,
    barriers: Collection[str] = (),
    barred: NDArray[np.bool_] | None = None,
    limit: float | None = None,
    limit_by: str = "length",
    only: NDArray[np.bool_] | None = None,
    include_not_in_use: bool = False,
) -> Trace:
    """Find what hangs together with a start, in the way that ``type`` says.

    *connected* follows everything, whatever the direction or state of devices, and stops at barriers alone.
    *subnetwork* stops at closed devices: what the same sources feed. *upstream* and *downstream* follow the flow,
    stop at closed devices, and follow pipes of indeterminate direction but list them. *shortest-path* goes by length
    to ``end`` through open devices, in any direction. *between* is everything on some way from the start to ``end`` that passes
    no node twice, through open devices, in any direction. *loops* lists independent loops of the open network around the start.

    Parameters
    ----------
    network
        Not modified.
    start
        One or more ids, as :meth:`Network.element` takes them. A pipe stands for itself: it is in the answer. ``ID@STATION`` is
        a point on a pipe, metres from its first end: *upstream* and *downstream* count only the piece on that side, a shortest
        path and a limit in metres are measured from the point; what is reached never depends on where on the pipe it is.
        A start that is itself closed, or a barrier, answers for both of its sides.
    end
        Where a shortest path goes to, or what lies between ends.
    barriers
        Ids of elements to treat as closed.
    barred
        bool (P): pipes to treat as closed.
    limit, limit_by
        Go no farther than the lengths of the pipes add up to, in metres; or ``"pipes"``, or a number field of pipes instead of
        the lengths. A pipe is in the answer when its nearer end lies within; one that does not know the field ends the way.
    only
        bool (P): pipes that the answer shows. It limits the result and not the way: a source behind other pipes is still found.
    include_not_in_use
        Follow abandoned, planned and empty pipes too.

    Returns
    -------
    Trace
        The answer contains its start, and is empty beyond it when nothing is reached: an answer too, with a note.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        The start, the end or a barrier is not in the network, or several elements have that id.
    PipemapError
        The type is unknown, a shortest path has no end, or the field of a limit holds no numbers.

    Examples
    --------
    >>> from pipemap.model.network import Network
    >>> network = Network.from_pipes(("P1", "M1", "M3", 30.0), ("P2", "M3", "M4", 20.0))
    >>> trace(network, "M1", "connected").pipes
    ('P1', 'P2')
    """
    kind = _type(type)
    spots = [find_spot(network, text) for text in ([start] if isinstance(start, str) else start)]
    starts = tuple(dict.fromkeys(spot.element for spot in spots))
    if not starts:
        raise PipemapError(_("A trace needs a place to start from."))
    stops = [network.element(text) for text in barriers]
    passable, walls = passable_for(network, kind, stops, barred=barred, include_not_in_use=include_not_in_use)
    spent = np.empty(0)
    if kind in _TO_AN_END:
        if end is None:
            raise PipemapError(_("A shortest path needs an end."), _("Name it with --end."))
        found = (shortest_path if kind is TraceType.SHORTEST_PATH else _between)(
            network, passable, spots, find_spot(network, end)
        )
    elif limit is not None:
        begun = _begun(network, spots) if limit_by == LENGTH else None
        found, spent = flood_within(network, passable, starts, _limited(network, limit, limit_by), limit, begun=begun)
    else:
        found = flood(network, passable, starts)
    parts = found.parts or pieces(network, spots, passable.direction)
    return _answer(_Asked(network, kind, starts, passable, walls, parts, limited=limit is not None), found, spent, only)


_TO_AN_END = {TraceType.SHORTEST_PATH, TraceType.BETWEEN}


def _between(network: Network, passable: Passable, starts: Sequence[Spot], end: Spot) -> Flood:
    from pipemap.analysis.between import pipes_between

    if len(starts) > 1:
        raise PipemapError(_("What lies between has one start and one end."))
    return pipes_between(network, passable, starts[0].element, end.element)


def _begun(network: Network, spots: Sequence[Spot]) -> dict[int, float]:
    """Metres from the places on pipes to the ends of these; a start that is no such place is 0 m from its own."""
    begun: dict[int, float] = {}
    for spot in spots:
        rows = [spot.element.row] if spot.element.layer == "node" else network.pipe_ends[spot.element.row].tolist()
        steps = [0.0] * len(rows)
        if spot.station is not None:
            steps = [spot.station, float(network.length[spot.element.row]) - spot.station]
        for row, metres in zip(rows, steps, strict=True):
            begun[row] = min(begun.get(row, metres), metres)
    return begun


def _limited(network: Network, limit: float, limit_by: str) -> NDArray[np.float64]:
    if not (np.isfinite(limit) and limit >= 0):
        raise PipemapError(_("A limit is a number from 0 on."))
    return cost_of_pipes(network, limit_by)


@dataclass(frozen=True, slots=True, eq=False)
class Walls:
    """What stops a trace: reason numbers (0: nothing) a node and a pipe."""

    node: NDArray[np.int8]
    pipe: NDArray[np.int8]


_REASONS = (StopReason.NOT_IN_USE, StopReason.CLOSED, StopReason.BARRIER)
_NOT_IN_USE, _CLOSED, _BARRIER = range(1, 4)


def _type(text: TraceType | str) -> TraceType:
    try:
        return TraceType(text)
    except ValueError:
        raise PipemapError(
            _("There is no trace “{type}”.").format(type=text), _("Use one of {types}.").format(types=", ".join(TraceType))
        ) from None


def passable_for(
    network: Network,
    kind: TraceType,
    barriers: Sequence[Element],
    *,
    barred: NDArray[np.bool_] | None = None,
    include_not_in_use: bool = False,
) -> tuple[Passable, Walls]:
    """Return what a trace may pass, and what stops it; without barriers worked out once a network, for it never changes."""
    sign = {TraceType.DOWNSTREAM: 1, TraceType.UPSTREAM: -1}.get(kind, 0)
    asked = ("passable", kind is TraceType.CONNECTED, sign, include_not_in_use)
    known: tuple[Passable, Walls] | None = network.worked_out.get(asked)
    if known is None:
        closed_too = kind is not TraceType.CONNECTED
        known = _made_passable(network, sign, closed_too=closed_too, include_not_in_use=include_not_in_use)
        network.worked_out[asked] = known
    if not barriers and barred is None:
        return known
    walls = Walls(known[1].node.copy(), known[1].pipe.copy())
    if barred is not None:
        walls.pipe[barred] = _BARRIER
    for element in barriers:
        (walls.node if element.layer == "node" else walls.pipe)[element.row] = _BARRIER
    return Passable(walls.node == 0, walls.pipe == 0, known[0].direction), walls


def _made_passable(network: Network, sign: int, *, closed_too: bool, include_not_in_use: bool) -> tuple[Passable, Walls]:
    """``sign``: +1 along the flow, −1 against it, 0 both ways."""
    node = np.zeros(network.node_count, dtype=np.int8)
    pipe = np.zeros(network.pipe_count, dtype=np.int8)
    if not include_not_in_use:
        node[~network.in_use_nodes] = _NOT_IN_USE
        pipe[~network.in_use_pipes] = _NOT_IN_USE
    if closed_too:
        node[network.closed_nodes] = _CLOSED
        pipe[network.closed_pipes] = _CLOSED
    direction = (network.flow.direction * sign).astype(np.int8) if sign else np.zeros(network.pipe_count, dtype=np.int8)
    return Passable(node == 0, pipe == 0, direction), Walls(node, pipe)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """The question, as its answer needs it."""

    network: Network
    kind: TraceType
    starts: tuple[Element, ...]
    passable: Passable
    walls: Walls
    parts: dict[int, float]
    limited: bool


def _answer(asked: _Asked, found: Flood, spent: NDArray[np.float64], only: NDArray[np.bool_] | None) -> Trace:
    network, kind, starts = asked.network, asked.kind, asked.starts
    nodes, pipes = found.node_rows, found.pipe_rows
    loops: tuple[NDArray[np.int64], ...] = ()
    if kind is TraceType.LOOPS:
        from pipemap.analysis.loops import independent_loops

        loops = independent_loops(network, found)
        pipes = np.array(list(dict.fromkeys(row for loop in loops for row in loop.tolist())), dtype=np.int64)
        nodes = nodes[np.isin(nodes, network.pipe_ends[pipes])]
    if only is not None:
        pipes = pipes[only[pipes]]
        starting = [element.row for element in starts if element.layer == "node"]
        nodes = nodes[np.isin(nodes, network.pipe_ends[pipes]) | np.isin(nodes, starting)]
        loops = tuple(loop for loop in loops if only[loop].all())
    followed = kind in {TraceType.UPSTREAM, TraceType.DOWNSTREAM}
    length = network.length[pipes]
    for place in np.flatnonzero(np.isin(pipes, list(asked.parts))) if asked.parts else ():
        length[place] = asked.parts[int(pipes[place])]
    return Trace(
        type=kind,
        network=network,
        node_rows=nodes,
        pipe_rows=pipes,
        length=float(np.nansum(length)),
        unknown_lengths=int(np.isnan(length).sum()),
        stopped_by=_stops(asked, found, with_one_way=followed),
        indeterminate_rows=pipes[network.flow.direction[pipes] == 0] if followed else np.empty(0, dtype=np.int64),
        source_rows=found.node_rows[np.isin(found.node_rows, network.sources)],
        possible_source_rows=found.node_rows[np.isin(found.node_rows, network.possible_sources)],
        starts=starts,
        loops=loops,
        note=_note(asked, found, loops),
        passable=asked.passable,
        spent=spent[np.isin(found.node_rows, nodes)] if len(spent) else spent,
        parts=asked.parts,
    )


def _stops(asked: _Asked, found: Flood, *, with_one_way: bool) -> tuple[Stop, ...]:
    network, walls = asked.network, asked.walls
    stops = [
        Stop(network.node_ids[row], Element("node", int(row)), _REASONS[walls.node[row] - 1])
        for row in found.node_rows[walls.node[found.node_rows] > 0]
        if Element("node", int(row)) not in asked.starts
    ]

    def stopped(rows: NDArray[np.int64], reason: StopReason | None = None) -> list[Stop]:
        return [Stop(network.pipe_ids[row], Element("pipe", int(row)), reason or _REASONS[walls.pipe[row] - 1]) for row in rows]

    touched = found.touched_pipe_rows
    stops += stopped(touched[walls.pipe[touched] > 0])
    touched = touched[walls.pipe[touched] == 0]
    one_way = Coded(network.pipe_kind.codes[touched], network.pipe_kind.values).is_in(*ONE_WAY_PIPES)
    if with_one_way:
        stops += stopped(touched[one_way], StopReason.ONE_WAY)
    if asked.limited:
        inside = np.isin(network.pipe_ends[found.pipe_rows], found.node_rows).all(axis=1)
        stops += stopped(found.pipe_rows[~inside], StopReason.LIMIT)
    return tuple(stops)


def _note(asked: _Asked, found: Flood, loops: tuple[NDArray[np.int64], ...]) -> str:
    if asked.kind in _TO_AN_END and not found.reached_end:
        return _("No way leads from the start to the end.")
    if asked.kind is TraceType.LOOPS and not loops:
        return _("No loop is connected with the start.")
    walls = asked.walls
    if any((walls.node if start.layer == "node" else walls.pipe)[start.row] for start in asked.starts):
        return _("The start itself lets nothing pass: what lies on all of its sides is shown.")
    if not found.parts and len(found.node_rows) + len(found.pipe_rows) <= len(asked.starts):
        return _("Nothing lies beyond the start.")
    return ""
