"""Plans checked by brute force: what is closed is closed, then everything is flooded from the sources, element by element.

Nothing of the planning is used here, neither cells nor matrices: only the columns of the network, and sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.valves import LAYER, LINK
from pipemap.catalog.kinds import ONE_WAY_PIPES, NodeKind, PipeKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pipemap.analysis.shutoff import ShutoffPlan
    from pipemap.model.network import Network

Thing = tuple[str, int]
"""A node or a pipe by its row; a valve of a valve layer by ``("layer", 2 * pipe + end)``."""


class Walk:
    """A search through a network, one element after the other."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.used = set(np.flatnonzero(network.in_use_pipes).tolist())
        self.used_nodes: list[bool] = network.in_use_nodes.tolist()
        self.kind = [network.pipe_kind[row] for row in range(network.pipe_count)]
        self.closed_nodes: list[bool] = network.closed_nodes.tolist()
        self.ends: list[list[int]] = network.pipe_ends.tolist()
        self.beside: dict[int, list[int]] = {row: [] for row in range(network.node_count)}
        for pipe in sorted(self.used):
            for node in dict.fromkeys(self.ends[pipe]):
                self.beside[node].append(pipe)
        self.valves = self._valves()
        self.links = {one for one in self.valves if one[0] == "pipe"}
        words = {"node": (network.node_state, network.node_operable), "pipe": (network.pipe_state, network.pipe_operable)}
        mine = [one for one in self.valves if one[0] in words]
        self.closed = {(layer, row) for layer, row in mine if words[layer][0][row] == "closed"}
        self.stuck = {(layer, row) for layer, row in mine if words[layer][1][row] == "no"}
        self.closed_pipes = {row for row in self.used if network.pipe_state[row] == "closed" and ("pipe", row) not in self.valves}
        self.sources = [("node", int(row)) for row in network.sources]
        self.before = self.flood(self.sources, shut=self.closed)

    def _valves(self) -> set[Thing]:
        """Two pipes at a valve node, links of that kind, rows of the valve layer."""
        network = self.network
        kinds = [network.node_kind[row] for row in range(network.node_count)]
        nodes = {
            ("node", row)
            for row, kind in enumerate(kinds)
            if kind == NodeKind.ISOLATION_VALVE and self.used_nodes[row] and len(self.beside[row]) == 2
        }
        links = {("pipe", pipe) for pipe in self.used if self.kind[pipe] == PipeKind.VALVE}
        ids, rows = list(network.node_ids), dict(zip(network.pipe_ids, range(network.pipe_count), strict=True))
        layer: set[Thing] = set()
        for _batch, link, node in network.valve_layer:
            pipe = rows.get(link, -1)
            if pipe in self.used and ("pipe", pipe) not in links:
                layer |= {("layer", 2 * pipe + end) for end in (0, 1) if ids[self.ends[pipe][end]] == node}
        return nodes | links | layer

    def sides(self, valve: Thing) -> list[Thing]:
        """What a valve parts: its pipes, its nodes, or a pipe and the node at its end."""
        layer, row = valve
        if layer == "node":
            return [("pipe", pipe) for pipe in self.beside[row]]
        if layer == "pipe":
            return [("node", node) for node in self.ends[row]]
        return [("node", self.ends[row // 2][row % 2]), ("pipe", row // 2)]

    # -- floods ------------------------------------------------------------------------------------------------------

    def flood(self, starts: Iterable[Thing], *, shut: Collection[Thing]) -> set[Thing]:
        """Elements that water reaches from some nodes while some valves are shut."""
        return self._spread(starts, lambda pipe, end, into: self._lets_water(pipe, end, into=into, shut=shut))

    def zone(self, broken: Collection[Thing], *, stuck: Collection[Thing], trust: bool) -> set[Thing]:
        """Elements from which water can come to what is broken before something holds."""
        found = self._spread(
            broken, lambda pipe, end, into: self._leaks(pipe, end, into=into, broken=broken, stuck=stuck, trust=trust)
        )
        own = {valve for valve in self.valves - found if valve[0] != "layer" and all(side in found for side in self.sides(valve))}
        return found | {valve for valve in own if self.sides(valve)}

    def _spread(self, starts: Iterable[Thing], passes: object) -> set[Thing]:
        found = set(starts)
        front = list(found)
        while front:
            layer, row = front.pop()
            steps = (
                [(row, end) for end in (0, 1)]
                if layer == "pipe"
                else [(pipe, end) for pipe in self.beside[row] for end in (0, 1) if self.ends[pipe][end] == row]
            )
            for pipe, end in steps:
                other = ("node", self.ends[pipe][end]) if layer == "pipe" else ("pipe", pipe)
                if other not in found and passes(pipe, end, layer == "node"):  # type: ignore[operator]
                    found.add(other)
                    front.append(other)
        return found

    def _at(self, pipe: int, end: int) -> tuple[list[Thing], bool]:
        """The valves at an end of a pipe, and whether something else is closed there."""
        node = self.ends[pipe][end]
        here = [one for one in (("node", node), ("pipe", pipe), ("layer", 2 * pipe + end)) if one in self.valves]
        device = self.closed_nodes[node] and ("node", node) not in self.valves
        return here, device or not self.used_nodes[node] or pipe in self.closed_pipes

    def _lets_water(self, pipe: int, end: int, *, into: bool, shut: Collection[Thing]) -> bool:
        valves, wall = self._at(pipe, end)
        if wall or any(one in shut for one in valves):
            return False
        return self.kind[pipe] not in ONE_WAY_PIPES or into == (end == 0)

    def _leaks(
        self, pipe: int, end: int, *, into: bool, broken: Collection[Thing], stuck: Collection[Thing], trust: bool
    ) -> bool:
        valves, wall = self._at(pipe, end)
        is_broken = ("pipe", pipe) in broken
        if wall and not is_broken:
            return False
        if any(one not in broken and (one in self.closed or one not in stuck) for one in valves):
            return False
        if self.kind[pipe] not in ONE_WAY_PIPES or is_broken:
            return True
        return (self.kind[pipe] == PipeKind.CHECK_VALVE and not trust) or into != (end == 0)

    # -- claims ------------------------------------------------------------------------------------------------------

    def thing(self, plan: ShutoffPlan, valve: int) -> Thing:
        """A valve of a plan, in the words of this search."""
        valves, row = plan.cells.valves, int(plan.cells.valves.row[valve])
        if valves.origin[valve] == LAYER:
            return "layer", 2 * row + int(valves.end[valve])
        return "pipe" if valves.origin[valve] == LINK else "node", row

    def check(self, plan: ShutoffPlan, *, every_valve: bool = False) -> list[str]:
        """Return the claims of a plan that are wrong: what is isolated, lost, still fed, and who hangs on it.

        Parameters
        ----------
        every_valve
            Each valve to close is tried by leaving it out, which floods the network once for each.
        """
        request = plan.request
        broken = [(one.layer, one.row) for one in request.broken]
        stuck = self.stuck | {self.thing(plan, valve) for valve in request.stuck}
        stuck |= {one for one in broken if one in self.valves}
        zone = self.zone(broken, stuck=stuck - self.closed, trust=request.trust_check_valves)
        border = {one for one in self.valves - zone if any(side in zone for side in self.sides(one))}
        border -= {one for one in border if all(side in zone for side in self.sides(one))}
        close = {self.thing(plan, valve) for valve in plan.close_valves.tolist()}
        shut = self.closed | close
        outside = [one for one in self.sources if one not in zone]
        after = self.flood(outside, shut=shut)
        lost = self.before - after - zone - border if plan.supply_known else set()
        wrong = {
            "contained": not self._is(plan.contained, zone - (self.links - set(broken))),
            "already closed": {self.thing(plan, one) for one in plan.already_closed_valves.tolist()} != border & self.closed,
            "border": not close <= border,
            "isolated": plan.supply_known and bool(after & zone),
            "lost": not self._is(plan.lost, lost - self.links),
            "still fed": plan.supply_known and (set(self._fed(plan)) != _rows(after - zone - border, "node")),
            "sources in the zone": set(plan.source_rows.tolist()) != _rows(zone & set(self.sources), "node"),
            "customers": self._people(plan, zone - (self.links - set(broken)), lost - self.links),
        }
        told = [name for name, is_wrong in wrong.items() if is_wrong]
        return told + self._needless(plan, outside, zone, shut) if every_valve else told

    def _is(self, part: object, things: set[Thing]) -> bool:
        nodes, pipes = set(part.node_rows.tolist()), set(part.pipe_rows.tolist())  # type: ignore[attr-defined]
        return nodes == _rows(things, "node") and pipes == _rows(things, "pipe")

    def _fed(self, plan: ShutoffPlan) -> list[int]:
        """Nodes that the plan says are still fed, the valves around the zone aside."""
        cells = plan.cells
        around = {row for layer, row in (self.thing(plan, one) for one in plan.zone.border.tolist()) if layer == "node"}
        rows: list[int] = np.flatnonzero(plan.supplied[cells.node] & (cells.node >= 0)).tolist()
        return [row for row in rows if row not in around]

    def _people(self, plan: ShutoffPlan, zone: set[Thing], lost: set[Thing]) -> bool:
        customers = self.network.customers
        tied = [(("node", int(node)), ("pipe", int(pipe))) for node, pipe in zip(customers.node, customers.pipe, strict=True)]
        for part, things in ((plan.contained, zone), (plan.lost, lost)):
            if part.customers.count != sum(any(one in things for one in ties) for ties in tied):
                return True
        return False

    def _needless(self, plan: ShutoffPlan, outside: list[Thing], zone: set[Thing], shut: set[Thing]) -> list[str]:
        """Valves whose closing is said to be needed, and without which the zone is isolated all the same."""
        sure = [one for one in plan.close_valves.tolist() if plan.why[plan.cells.valves.id(one)] == "close"]
        return [
            f"needless: {plan.cells.valves.id(one)}"
            for one in sure
            if not self.flood(outside, shut=shut - {self.thing(plan, one)}) & zone
        ]


def _rows(things: set[Thing], layer: str) -> set[int]:
    return {row for kind, row in things if kind == layer}
