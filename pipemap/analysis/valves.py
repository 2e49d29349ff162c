"""Isolation valves, however they came: each is one thing, a cut at the ends of pipes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import category
from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.errors import PipemapError
from pipemap.model.steps import mended
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipemap.model.fields import Layer
    from pipemap.model.lookup import Element
    from pipemap.model.network import Network

NODE, LINK, LAYER = 0, 1, 2
"""How a valve came: surveyed as a node, drawn as a link, listed in a valve layer."""

CONTROL_VALVES = (PipeKind.PRV, PipeKind.PSV, PipeKind.FCV)
"""Links that regulate; they isolate only where the person says that they may be shut."""

_JOINED = 2
"""A surveyed valve isolates by itself where it joins so many pipes; on more, once its arm is recorded."""


@dataclass(frozen=True, eq=False)
class Valves:
    """Every isolation valve of a network, numbered from 0.

    Attributes
    ----------
    origin
        int8: ``NODE``, ``LINK`` or ``LAYER``.
    row
        int64: row of the node, or of the pipe.
    end
        int8: of a row of a valve layer, the end of the pipe where it sits; else −1.
    closed, stuck, unknown, untried
        bool: recorded as closed; recorded as not operable; of unknown state (it counts as open, and is flagged); whether it
        can be operated is not recorded.
    house
        bool: stands on service pipes only: no candidate for the break of a main.
    station
        bool: a gas regulator, which is shut at valves of its own that the survey does not hold.
    cut
        int64 (P, 2): number of the valve that cuts this end of the pipe, −1 where none does.
    unplaced
        int64: rows of valve nodes on three or more pipes without a recorded arm, which therefore isolate nothing.
    """

    network: Network
    origin: NDArray[np.int8]
    row: NDArray[np.int64]
    end: NDArray[np.int8]
    closed: NDArray[np.bool_]
    stuck: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    untried: NDArray[np.bool_]
    house: NDArray[np.bool_]
    station: NDArray[np.bool_]
    cut: NDArray[np.int64]
    unplaced: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.row)

    def id(self, number: int) -> str:
        """Printed id; ``LINK@NODE`` for one of a valve layer."""
        network, row = self.network, int(self.row[number])
        if self.origin[number] == NODE:
            return network.node_ids[row]
        if self.origin[number] == LINK:
            return network.pipe_ids[row]
        return f"{network.pipe_ids[row]}@{network.node_ids[int(network.pipe_ends[row, self.end[number]])]}"

    def ids(self, numbers: Sequence[int] | NDArray[np.int64]) -> tuple[str, ...]:
        """Printed ids of several."""
        return tuple(self.id(int(number)) for number in numbers)

    def number(self, text: str) -> int:
        """Return the number of the valve that ``text`` names: as a node, as a link, or ``LINK@NODE``.

        Raises
        ------
        UnknownElementError, AmbiguousElementError
            Nothing has this id, or several elements have it.
        PipemapError
            It is no valve that isolates.
        """
        if (found := self._of_layer.get(text)) is not None:
            return found
        element = self.network.element(text)
        number = int(self.places(element.layer)[element.row])
        if number < 0:
            raise PipemapError(_("“{id}” is no valve that isolates.").format(id=text), self._why_not(element))
        return number

    def _why_not(self, element: Element) -> str:
        if element.layer == "node" and element.row in self.unplaced:
            return _("It stands on three or more pipes, and on which of them is not recorded.")
        return _("Only isolation valves that join two pipes, or whose arm is recorded, can be shut.")

    @cached_property
    def _of_layer(self) -> dict[str, int]:
        return {self.id(int(number)): int(number) for number in np.flatnonzero(self.origin == LAYER)}

    def places(self, layer: Layer) -> NDArray[np.int64]:
        """Return int64: number of the valve that a node, or a link, is; −1 for what is none."""
        return self._of_node if layer == "node" else self._of_link

    @cached_property
    def _of_node(self) -> NDArray[np.int64]:
        return _numbers(self.network.node_count, self.row, self.origin == NODE)

    @cached_property
    def _of_link(self) -> NDArray[np.int64]:
        return _numbers(self.network.pipe_count, self.row, self.origin == LINK)

    @property
    def link_rows(self) -> NDArray[np.int64]:
        """int64: rows of the pipes that are valves."""
        rows: NDArray[np.int64] = self.row[self.origin == LINK]
        return rows


_FEW = 50
"""Rows of a valve layer up to which each is looked up by itself."""


def valves_of(network: Network, *, control_valves: bool = False, stations: bool = False) -> Valves:
    """Return the isolation valves of a network; of one network they are found once.

    Parameters
    ----------
    control_valves
        Pressure reducing, pressure sustaining and flow control valves count too.
    stations
        Gas regulators count too: a shut-off plan ends a pressure zone there.
    """
    known = network.worked_out
    name = " and ".join(["valves", *(["control valves"] if control_valves else []), *(["stations"] if stations else [])])
    if name not in known:
        from pipemap.analysis.keeping import mended_valves

        found = None if control_valves else mended(network, name, partial(mended_valves, network, stations=stations))
        anew = partial(find_valves, control_valves=control_valves, stations=stations)
        known[name] = anew(network) if found is None else found
    valves: Valves = known[name]
    return valves


def find_valves(network: Network, *, control_valves: bool = False, stations: bool = False) -> Valves:
    """Look for the valves of a network; see :func:`valves_of`."""
    cut = np.full((network.pipe_count, 2), -1, dtype=np.int64)
    used = network.in_use_pipes
    station = gas_regulators(network) if stations else np.zeros(network.node_count, dtype=np.bool_)
    nodes, node_cuts, unplaced = _on_nodes(network, used, station)
    kinds = (PipeKind.VALVE, *CONTROL_VALVES) if control_valves else (PipeKind.VALVE,)
    links = np.flatnonzero(network.pipe_kind.is_in(*kinds) & used)
    layer = _of_layer(network, used, taken=links)
    count = len(nodes) + len(links)
    cut[layer[:, 0], layer[:, 1]] = count + np.arange(len(layer))
    cut[links] = (len(nodes) + np.arange(len(links)))[:, None]
    cut[node_cuts[:, 1], node_cuts[:, 2]] = node_cuts[:, 0]
    origin = np.repeat(np.array([NODE, LINK, LAYER], dtype=np.int8), [len(nodes), len(links), len(layer)])
    states = np.concatenate([_words(network, "state", nodes, links), np.full(len(layer), "open")])
    operable = np.concatenate([_words(network, "operable", nodes, links), np.full(len(layer), "")])
    is_station = np.concatenate([station[nodes], np.zeros(len(links) + len(layer), dtype=np.bool_)])
    return Valves(
        network,
        origin,
        row=np.concatenate([nodes, links, layer[:, 0]]),
        end=np.concatenate([np.full(count, -1), layer[:, 1]]).astype(np.int8),
        closed=states == "closed",
        stuck=operable == "no",
        unknown=~np.isin(states, ("open", "closed")) & ~is_station,
        untried=~np.isin(operable, ("yes", "no")),
        house=_on_services_only(network, cut, count + len(layer)),
        station=is_station,
        cut=cut,
        unplaced=unplaced,
    )


def gas_regulators(network: Network) -> NDArray[np.bool_]:
    """Return bool (N): regulators that gas flows through, by their own category or that of a pipe there."""
    found = network.node_kind.is_in(NodeKind.REGULATOR)
    if not found.any():
        return found
    words = {*network.node_category.values, *network.pipe_category.values}
    gas = [code for code in words if (known := category(code)) is not None and known.carries == "gas"]
    beside = network.node_category.is_in(*gas)
    beside[network.pipe_ends[network.pipe_category.is_in(*gas)].reshape(-1)] = True
    return found & beside


def _on_nodes(
    network: Network, used: NDArray[np.bool_], station: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Valve nodes that isolate, their cuts (number, pipe, end), and those of which nobody knows on which pipe they stand."""
    adjacency = network.adjacency
    valve = (network.is_valve_node | station) & network.in_use_nodes
    tail = adjacency.tail
    entries = np.flatnonzero(used[adjacency.edge] & valve[tail])
    arm = network.node_arm[tail[entries]]
    on_arm = arm == adjacency.edge[entries]
    placed = np.zeros(network.node_count, dtype=np.bool_)
    placed[tail[entries[on_arm]]] = True
    joined = np.bincount(tail[entries], minlength=network.node_count)
    isolates = valve & (placed | (joined == _JOINED))
    nodes = np.flatnonzero(isolates)
    number = _numbers(network.node_count, nodes, np.ones(len(nodes), dtype=np.bool_))
    cutting = entries[isolates[tail[entries]] & (on_arm | ~placed[tail[entries]])]
    cuts = np.column_stack([number[tail[cutting]], adjacency.edge[cutting], adjacency.end[cutting]]).astype(np.int64)
    loops = (network.pipe_ends[cuts[:, 1], 0] == network.pipe_ends[cuts[:, 1], 1]) & ~on_arm[np.searchsorted(entries, cutting)]
    cuts = np.concatenate([cuts, cuts[loops] + [0, 0, 1]])  # a pipe that returns to its node appears there once
    return nodes, cuts, np.flatnonzero(valve & ~placed & (joined > _JOINED))


def _of_layer(network: Network, used: NDArray[np.bool_], taken: NDArray[np.int64]) -> NDArray[np.int64]:
    """(pipe row, end) of each row of a valve layer that names a link of its batch and one of its nodes; each end once."""
    if not network.valve_layer:
        return np.empty((0, 2), dtype=np.int64)
    wanted = {link for _batch, link, _node in network.valve_layer}
    rows: dict[tuple[int, str], int] = {}
    for link in wanted:
        for row in network.pipe_ids.rows(link).tolist() if len(wanted) < _FEW else ():
            rows.setdefault((int(network.pipe_batch[row]), link), row)
    if len(wanted) >= _FEW:
        for row, link in enumerate(network.pipe_ids):
            if link in wanted:
                rows.setdefault((int(network.pipe_batch[row]), link), row)
    valve_links = set(taken.tolist())
    found: dict[tuple[int, int], None] = {}
    for batch, link, node in network.valve_layer:
        row = rows.get((batch, link), -1)
        if row < 0 or not used[row] or row in valve_links:
            continue
        ends = network.node_ids.take(network.pipe_ends[row])
        if node in ends:
            found[row, ends.index(node)] = None
    return np.array(list(found), dtype=np.int64).reshape(-1, 2)


def _words(network: Network, name: str, nodes: NDArray[np.int64], links: NDArray[np.int64]) -> NDArray[np.str_]:
    coded = (getattr(network, f"node_{name}"), getattr(network, f"pipe_{name}"))
    parts = []
    for column, rows in zip(coded, (nodes, links), strict=True):
        words = np.array([*column.values, ""], dtype=np.str_)
        parts.append(words[column.codes[rows]])
    return np.concatenate(parts)


def _on_services_only(network: Network, cut: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """Valves of whose cuts some lie on a service pipe, or, of a link, beside one, and none on or beside a main."""
    service = network.pipe_kind.is_in(PipeKind.SERVICE)
    house = np.zeros(count, dtype=np.bool_)
    if not service.any():
        return house
    live, ends = network.in_use_pipes, network.pipe_ends
    link = network.pipe_kind.is_in(PipeKind.VALVE)
    pipe, end = np.nonzero(cut >= 0)
    is_link, at = link[pipe], ends[pipe, end]
    for those, is_house in ((service, True), (~service & ~link, False)):
        joined = np.zeros(network.node_count, dtype=np.bool_)
        joined[ends[live & those].reshape(-1)] = True
        house[cut[pipe, end][np.where(is_link, joined[at], service[pipe] == is_house)]] = is_house
    return house


def _numbers(count: int, rows: NDArray[np.int64], those: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Valve number by row, −1 where there is none."""
    found = np.full(count, -1, dtype=np.int64)
    found[rows[those]] = np.flatnonzero(those)
    return found
