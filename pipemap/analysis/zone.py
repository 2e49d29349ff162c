"""The contained zone (隔离范围) of a break: where water can come from until something holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.cells import Cells
from pipemap.catalog.kinds import PipeKind
from pipemap.model.lookup import Element

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Request:
    """What a plan is asked for.

    Attributes
    ----------
    broken
        Pipes and nodes that must be without supply.
    stuck, opened
        Numbers of valves that do not turn, beside those recorded so; of closed ones that are opened meanwhile.
    opened_pipes
        Rows of pipes that are recorded as closed and are opened meanwhile.
    trust_check_valves
        A check valve holds: nothing comes back through it.
    twins
        Of ``broken`` those that nobody named: heating pipes that are shut together with one that is broken.
    paired
        The twin of every broken heating pipe is among ``broken``.
    """

    broken: tuple[Element, ...]
    stuck: frozenset[int] = frozenset()
    opened: frozenset[int] = frozenset()
    opened_pipes: frozenset[int] = frozenset()
    trust_check_valves: bool = False
    twins: tuple[Element, ...] = ()
    paired: bool = False


@dataclass(frozen=True, eq=False)
class Zone:
    """Where a break is contained.

    Attributes
    ----------
    inside
        bool (cells).
    border
        Numbers of the valves that hold, with the zone on one of their sides and something else on the other.
    stuck
        Numbers of the open valves, house valves aside, at which it would have ended if they could be operated.
    holds_closed
        bool (valves): closed, and left so.
    """

    cells: Cells
    request: Request
    inside: Mask
    border: Numbers
    stuck: Numbers
    holds_closed: Mask

    def fed_from_beyond(self, border: Numbers, feeding: Mask) -> Mask:
        """Which of some border valves have beyond them a cell of ``feeding`` from which water could come through."""
        cells = self.cells
        fed = np.zeros(len(cells.valves), dtype=np.bool_)
        for side in (0, 1):
            inner, outer = cells.ends[:, side], cells.ends[:, 1 - side]
            comes = cells.flows[:, 1 - side] & ~cells.wall
            through = (cells.valve >= 0) & self.inside[inner] & ~self.inside[outer] & feeding[outer] & comes
            fed[cells.valve[through]] = True
        return fed[border]


def zone_of(cells: Cells, request: Request) -> Zone:
    """Flood from what is broken to where closed devices and operable valves hold."""
    valves = cells.valves
    closed = valves.closed.copy()
    closed[list(request.opened)] = False
    stuck = valves.stuck.copy()
    stuck[list(request.stuck)] = True
    beside = valves.house & ~_own_house_valves(cells, request)
    passed = (stuck & ~closed) | (beside & ~closed)
    passed[list(request.opened)] = True
    passed[_broken_valves(cells, request)] = True
    inside = cells.spread(_starts(cells, request), _spreads(cells, request, passed))
    _take_in_valves_between(cells, inside, passed)
    here = inside[cells.ends]
    at_border = np.unique(cells.valve[(here[:, 0] != here[:, 1]) & (cells.valve >= 0)])
    touched = np.unique(cells.valve[here.any(axis=1) & (cells.valve >= 0)])
    return Zone(
        cells,
        request,
        inside,
        border=at_border[~passed[at_border]],
        stuck=touched[(stuck & ~closed & ~valves.house)[touched]],
        holds_closed=closed,
    )


def _starts(cells: Cells, request: Request) -> Numbers:
    return np.array([int((cells.pipe if one.layer == "pipe" else cells.node)[one.row]) for one in request.broken], np.int64)


def _broken_valves(cells: Cells, request: Request) -> list[int]:
    numbers = [int(cells.valves.places(one.layer)[one.row]) for one in request.broken]
    return [number for number in numbers if number >= 0]


def _spreads(cells: Cells, request: Request, passed: Mask) -> Mask:
    """bool (2 E): half passages that the zone takes: against the water, and both ways through what cannot be trusted."""
    against = cells.flows[:, ::-1].copy()
    if not request.trust_check_valves:
        against[cells.checked] = True
    holds = cells.wall & ~np.isin(cells.of_pipe, list(request.opened_pipes))
    broken = np.isin(cells.of_pipe, [one.row for one in request.broken if one.layer == "pipe"])
    against[broken] = True  # what is broken leaks whichever way it used to let water through
    holds &= ~broken
    holds |= ~np.append(passed, True)[cells.valve]
    return (against & ~holds[:, None]).reshape(-1)


def _take_in_valves_between(cells: Cells, inside: Mask, passed: Mask) -> None:
    """A valve with the zone on all of its sides is a part of it: ``inside`` and ``passed`` take it in."""
    own = cells.valve_cells
    at_end = cells.valve[(cells.valve >= 0) & inside[cells.ends].all(axis=1)]
    passed[at_end[own[at_end] < 0]] = True
    is_valve = np.full(cells.count, -1, dtype=np.int64)
    is_valve[own[own >= 0]] = np.flatnonzero(own >= 0)
    sides, dry = (np.zeros(len(cells.valves), dtype=np.int64) for _count in range(2))
    for side in (0, 1):
        here = is_valve[cells.ends[:, side]]
        beyond = inside[cells.ends[:, 1 - side]]
        sides += np.bincount(here[here >= 0], minlength=len(sides))
        dry += np.bincount(here[(here >= 0) & ~beyond], minlength=len(dry))
    between = (sides > 0) & (dry == 0)
    passed |= between
    inside[own[between]] = True


def _own_house_valves(cells: Cells, request: Request) -> Mask:
    """House valves on a service that is broken itself; those of other services are no candidates."""
    valves, network = cells.valves, cells.network
    own = np.zeros(len(valves), dtype=np.bool_)
    if not valves.house.any():
        return own
    service = network.pipe_kind.is_in(PipeKind.SERVICE)
    service[valves.link_rows[valves.house[valves.places("pipe")[valves.link_rows]]]] = True
    for one in request.broken:
        pipes = _service_of(cells, one, service)
        numbers = valves.cut[pipes].reshape(-1)
        own[numbers[numbers >= 0]] = True
    return own & valves.house


def _service_of(cells: Cells, element: Element, service: Mask) -> list[int]:
    """Pipes of the service that an element belongs to, up to the mains; none for an element of a main."""
    network = cells.network
    used = network.in_use_pipes

    def at(node: int) -> list[int]:
        pipes = network.edge[network.indptr[node] : network.indptr[node + 1]]
        return pipes[used[pipes]].tolist()  # type: ignore[no-any-return]

    if element.layer == "pipe":
        front = [element.row] if service[element.row] else []
    else:
        front = at(element.row) if all(service[pipe] for pipe in at(element.row)) else []
    found: dict[int, None] = {}
    while front:
        pipe = front.pop()
        if pipe in found:
            continue
        found[pipe] = None
        for node in network.pipe_ends[pipe].tolist():
            beside = at(node)
            if all(service[other] for other in beside):
                front += beside
    return list(found)
