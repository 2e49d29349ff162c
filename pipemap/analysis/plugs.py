"""Plugs (封堵) in drains: where to plug around a broken run, what dams up behind them, and what has to be pumped over.

A drain has no valves. Its run, from manhole to manhole, is laid dry by plugs in everything that flows into its manholes; water
dams up behind them until it is pumped over, or leaves the lowest cover. What is not known is said, and taken on the safe side.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.analysis.damming import Dammed, dammed_behind
from pipemap.analysis.inverts import inverts
from pipemap.analysis.segments import pipe_volumes
from pipemap.analysis.shutoff import Part, element_of
from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.errors import PipemapError
from pipemap.model.lookup import Element
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.network import Network

Role = Literal["inflow", "unsure", "outflow"]
ROLES: tuple[Role, ...] = ("inflow", "unsure", "outflow")
ACCESS = frozenset({NodeKind.MANHOLE, NodeKind.CHAMBER, NodeKind.OUTFALL, NodeKind.STORAGE, NodeKind.PUMP})
"""Nodes from which a plug can be placed."""


@dataclass(frozen=True, slots=True)
class Plug:
    """A plug in the end of a pipe at a manhole of the run.

    Attributes
    ----------
    pipe, node
        Rows of the pipe and of the manhole.
    role
        It holds back what flows in, what may flow in (the direction is not known), or what can come back from below.
    dammed
        What stands behind it; None for one that only keeps water from coming back.
    """

    pipe: int
    node: int
    role: Role
    size: float
    dammed: Dammed | None = None


@dataclass(frozen=True, eq=False)
class PlugPlan:
    """How a drain is laid dry.

    Attributes
    ----------
    broken
        What was named.
    contained
        The run that is laid dry, its manholes among it.
    plugs
        In the order of placing: upstream, then where the direction is unknown, then downstream. They go the other way round.
    pumped
        Pumps and pressure pipes that deliver into the run: they are stopped, for a plug does not hold them.
    open_ways
        Pipes (rows) below the run that need no plug: the next cover lies lower than the run, so that no water comes back.
    inflow
        Litres a second that arrive in all; None: nobody knows.
    """

    network: Network
    broken: tuple[Element, ...]
    contained: Part
    plugs: tuple[Plug, ...]
    pumped: tuple[Element, ...]
    open_ways: tuple[int, ...]
    inflow: float | None = None

    def of_role(self, *roles: Role) -> tuple[Plug, ...]:
        """Plugs of some roles, in the order of placing."""
        return tuple(one for one in self.plugs if one.role in roles)

    @property
    def volume(self) -> float:
        """Cubic metres that the run holds when it is full."""
        return float(pipe_volumes(self.network)[self.contained.pipe_rows].sum())

    @cached_property
    def hours(self) -> float | None:
        """Hours until water leaves, at the least: all that arrives comes to the plug with the least room. None: unknown."""
        rooms = [one.dammed.volume for one in self.plugs if one.dammed is not None]
        if self.inflow is None or self.inflow <= 0 or not rooms or any(one is None for one in rooms):
            return None
        return min(one for one in rooms if one is not None) / (self.inflow / 1000) / 3600

    @property
    def pump_from(self) -> tuple[int, ...]:
        """Rows of the nodes above the plugs that hold something back: where the pumps stand."""
        ends = self.network.pipe_ends
        above = (int(ends[one.pipe].sum()) - one.node for one in self.of_role("inflow", "unsure"))
        return tuple(dict.fromkeys(above))

    @property
    def pump_to(self) -> tuple[int, ...]:
        """Rows of the nodes below the run: where it is pumped to; empty where none is known."""
        ends = self.network.pipe_ends
        below = [(one.pipe, one.node) for one in self.of_role("outflow")]
        below += [(row, int(node)) for row in self.open_ways for node in ends[row] if node in self.contained.node_rows]
        return tuple(dict.fromkeys(int(ends[pipe].sum()) - node for pipe, node in below))


def is_drain(network: Network, element: Element) -> bool:
    """Whether everything that an element is, or joins, flows by gravity."""
    pipes = np.array(_pipes_of(network, element), dtype=np.int64)
    return bool(len(pipes)) and bool(network.gravity_pipes[pipes].all())


def plan_plugs(
    network: Network, *, pipes: Collection[str] = (), nodes: Collection[str] = (), inflow: float | None = None
) -> PlugPlan:
    """Plan how to lay drains dry.

    Parameters
    ----------
    pipes, nodes
        Ids of what is broken.
    inflow
        Litres a second that arrive at the run in all, where somebody has measured or computed it.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        An id is not in the network, or several elements have it.
    PipemapError
        Nothing was named; it is not in use; it does not flow by gravity; the inflow is no number.
    """
    broken = tuple(
        dict.fromkeys(element_of(network, text, layer) for layer, ids in (("pipe", pipes), ("node", nodes)) for text in ids)
    )
    _check(network, broken, inflow)
    return plugs_around(network, broken, inflow=inflow)


def plugs_around(network: Network, broken: Sequence[Element], *, inflow: float | None = None) -> PlugPlan:
    """Plan for elements that are known to be drains in use."""
    run, manholes = _run(network, broken)
    plugs: list[Plug] = []
    pumped: list[Element] = []
    open_ways: list[int] = []
    for node in manholes:
        for pipe in _pipes_of(network, Element("node", node)):
            if pipe in run:
                continue
            if _is_pumped(network, pipe):
                pumped.append(Element("pipe", pipe))
            elif (role := _role(network, pipe, node)) != "outflow":
                dammed = dammed_behind(network, pipe, node, without=run)
                plugs.append(Plug(pipe, node, role, float(network.width[pipe]), dammed))
            elif _can_come_back(network, pipe, node):
                plugs.append(Plug(pipe, node, role, float(network.width[pipe])))
            else:
                open_ways.append(pipe)
        if network.node_kind[node] == NodeKind.PUMP:
            pumped.append(Element("node", node))
    plugs.sort(key=lambda one: (ROLES.index(one.role), one.node, one.pipe))
    inside = {int(node) for pipe in run for node in network.pipe_ends[pipe]} | set(manholes)
    contained = Part(network, np.array(sorted(inside), dtype=np.int64), np.array(sorted(run), dtype=np.int64))
    return PlugPlan(
        network, tuple(broken), contained, tuple(plugs), tuple(dict.fromkeys(pumped)), tuple(dict.fromkeys(open_ways)), inflow
    )


def _check(network: Network, broken: Sequence[Element], inflow: float | None) -> None:
    if not broken:
        raise PipemapError(_("A shut-off plan needs a broken pipe or node."))
    for element in broken:
        used = network.in_use_pipes if element.layer == "pipe" else network.in_use_nodes
        name = network.element_id(element) or _("Without an id")
        if not used[element.row]:
            raise PipemapError(_("“{id}” is not in use, or awaits acceptance: nothing flows there.").format(id=name))
        if not is_drain(network, element):
            raise PipemapError(_("“{id}” does not flow by gravity: it is shut off by valves.").format(id=name))
    if inflow is not None and not 0 <= inflow < math.inf:
        raise PipemapError(_("“{value}” is no flow in litres a second.").format(value=inflow))


def _pipes_of(network: Network, element: Element) -> list[int]:
    if element.layer == "pipe":
        return [element.row]
    rows: list[int] = network.edge[network.indptr[element.row] : network.indptr[element.row + 1]].tolist()
    return [row for row in dict.fromkeys(rows) if network.in_use_pipes[row]]


def _run(network: Network, broken: Sequence[Element]) -> tuple[set[int], list[int]]:
    """The pipes from manhole to manhole around what is broken, and those manholes; dead ends without a manhole are among them."""
    run = {one.row for one in broken if one.layer == "pipe"}
    front = [int(node) for row in run for node in network.pipe_ends[row]]
    manholes = {one.row: None for one in broken if one.layer == "node"}
    seen: set[int] = set(manholes)
    while front:
        node = front.pop()
        if node in seen:
            continue
        seen.add(node)
        if network.node_kind[node] in ACCESS:
            manholes[node] = None
            continue
        for pipe in _pipes_of(network, Element("node", node)):
            if network.gravity_pipes[pipe] and pipe not in run:
                run.add(pipe)
                front += network.pipe_ends[pipe].tolist()
    return run, sorted(manholes)


def _is_pumped(network: Network, pipe: int) -> bool:
    return not network.gravity_pipes[pipe] or network.pipe_kind[pipe] == PipeKind.PUMP


def _role(network: Network, pipe: int, node: int) -> Role:
    direction = int(network.flow.direction[pipe])
    if not direction or network.pipe_ends[pipe, 0] == network.pipe_ends[pipe, 1]:
        return "unsure"
    flows_to = int(network.pipe_ends[pipe, 1 if direction > 0 else 0])
    return "inflow" if flows_to == node else "outflow"


def _can_come_back(network: Network, pipe: int, node: int) -> bool:
    """Whether water below can stand higher than the run: it cannot where the next cover lies lower than the pipe's own end."""
    end = int(network.pipe_ends[pipe, 1] == node)
    level = float(inverts(network)[pipe, end])
    cover = float(network.node_xyz[int(network.pipe_ends[pipe, 1 - end]), 2])
    return not cover < level
