"""Valves and segments kept current: after a small Change, what it touched is looked at again, and the rest stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.segments import NONE, Segments, numbered, parts_between, segments_of
from pipemap.analysis.valves import NODE, Valves, find_valves, valves_of
from pipemap.model.part import ends_of, part_of, pipes_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.model.steps import Changed, Rows

    Renumbering = Callable[[NDArray[np.int64]], NDArray[np.int64]]


def _is_elsewhere(network: Network, before: Network) -> bool:
    """Whether something was said of many elements at once that names none of them."""
    is_layered = bool(network.valve_layer or before.valve_layer)
    return is_layered or network.pending_batches != before.pending_batches


# -- valves ------------------------------------------------------------------------------------------------------------


def mended_valves(network: Network, before: Network, changed: Changed, *, stations: bool = False) -> Valves | None:
    """Return the valves of a network that followed by a small Change from one of which they are known: the same as found anew.

    A node is a valve by what it is and by the pipes that end there, a link also by what else ends at its ends. So all that ends
    near the touched nodes is looked at, as a network of its own. ``None``: they have to be found anew.
    """
    if _is_elsewhere(network, before):
        return None
    touched = changed.touched(before, network)
    beside = pipes_at(network, touched)
    near = np.union1d(touched, ends_of(network, beside))
    around = pipes_at(network, near)
    nodes = np.union1d(near, ends_of(network, around))
    old = valves_of(before, stations=stations)
    fresh = find_valves(part_of(network, nodes, around), stations=stations)
    was = _rows(old, changed.nodes.renumbered, changed.pipes.renumbered)
    now = _rows(fresh, nodes.take, around.take)
    kept = np.flatnonzero((was >= 0) & ~_is_among(old, was, touched, beside))
    mine = np.flatnonzero(_is_among(fresh, now, touched, beside))
    order = np.lexsort((np.concatenate([was[kept], now[mine]]), np.concatenate([old.origin[kept], fresh.origin[mine]])))

    def joined(name: str) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.concatenate([getattr(old, name)[kept], getattr(fresh, name)[mine]])[order]
        return found

    origin, row = joined("origin").astype(np.int8), np.concatenate([was[kept], now[mine]])[order]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    number = np.full(len(old) + 1, -1, dtype=np.int64)
    number[kept] = place[: len(kept)]
    cut = changed.pipes.carried(old.cut, -1)
    if not np.array_equal(number[:-1], np.arange(len(old))):
        cut = number.take(cut)
    around_number = np.append(_number_of(origin, row, fresh.origin, now), -1)
    cut[beside] = around_number[fresh.cut[np.searchsorted(around, beside)]]
    unplaced = changed.nodes.moved(old.unplaced)
    unplaced = unplaced[~np.isin(unplaced, touched)]
    unsure = nodes[fresh.unplaced]
    return Valves(
        network,
        origin,
        row=row,
        end=np.full(len(row), -1, dtype=np.int8),
        closed=joined("closed"),
        stuck=joined("stuck"),
        unknown=joined("unknown"),
        untried=joined("untried"),
        house=joined("house"),
        station=joined("station"),
        cut=cut,
        unplaced=np.union1d(unplaced, unsure[np.isin(unsure, touched)]),
    )


def _rows(valves: Valves, of_node: Renumbering, of_pipe: Renumbering) -> NDArray[np.int64]:
    """Rows of the valves, of nodes and of links, as they are called in another network."""
    row, is_node = valves.row.copy(), valves.origin == NODE
    row[is_node], row[~is_node] = of_node(row[is_node]), of_pipe(row[~is_node])
    return row


def _is_among(valves: Valves, row: NDArray[np.int64], nodes: NDArray[np.int64], pipes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which valves are one of some nodes or of some links."""
    found: NDArray[np.bool_] = np.where(valves.origin == NODE, np.isin(row, nodes), np.isin(row, pipes))
    return found


def _number_of(
    origin: NDArray[np.int8], row: NDArray[np.int64], wanted: NDArray[np.int8], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Numbers of some valves among all of them, which are sorted; any number for one that is not there."""
    nodes = int(np.count_nonzero(origin == NODE))
    found = np.where(wanted == NODE, np.searchsorted(row[:nodes], rows), nodes + np.searchsorted(row[nodes:], rows))
    return np.minimum(found, max(len(row) - 1, 0)).astype(np.int64)


# -- segments ----------------------------------------------------------------------------------------------------------


def mended_segments(network: Network, before: Network, changed: Changed) -> Segments | None:
    """Return the segments of a network that followed by a small Change from one of which they are known: the same as found anew.

    A segment in which nothing was touched is what it was. The others are parted anew, and all are numbered by where they begin.
    """
    if _is_elsewhere(network, before) or not network.node_count:
        return None
    old, valves = segments_of(before), valves_of(network)
    touched = changed.touched(before, network)
    beside = pipes_at(network, touched)
    hit = _hit(old, changed, touched, beside)
    nodes = np.union1d(touched, changed.nodes.moved(np.flatnonzero(hit[old.node])))
    pipes = np.union1d(beside, changed.pipes.moved(np.flatnonzero(hit[old.pipe])))
    node, pipe, first = _parted(valves, nodes, pipes)
    still = np.flatnonzero(~hit[:-1])
    begins = _begin(old.first[still], before.node_count, network.node_count, changed)
    number = np.full(old.count + 1, NONE, dtype=np.int32)
    number[still] = np.arange(len(still)) + np.searchsorted(first, begins)
    fresh = np.append(np.arange(len(first)) + np.searchsorted(begins, first), NONE).astype(np.int32)
    return Segments(
        valves,
        _labelled(old.node, number, changed.nodes, nodes, fresh[node]),
        _labelled(old.pipe, number, changed.pipes, pipes, fresh[pipe]),
        len(still) + len(first),
        np.sort(np.concatenate([begins, first])),
    )


def _hit(old: Segments, changed: Changed, touched: NDArray[np.int64], beside: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which segments hold something that was touched; the last one, of what belongs to none, does not."""
    hit = np.zeros(old.count + 1, dtype=np.bool_)
    for segment, rows, now in ((old.node, changed.nodes, touched), (old.pipe, changed.pipes, beside)):
        hit[segment[rows.gone]] = True
        was = rows.earlier(now)
        hit[segment[was[was >= 0]]] = True
    hit[-1] = False
    return hit


def _parted(
    valves: Valves, nodes: NDArray[np.int64], pipes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Part some nodes and pipes, all that belongs to some segments: number of the part of each, and where each part begins."""
    network = valves.network
    around = np.union1d(pipes, pipes_at(network, nodes))
    near = np.union1d(nodes, ends_of(network, around))
    part = part_of(network, near, around)
    node, pipe = parts_between(part, valves.cut[around] >= 0, network.adjacency.degree[near])
    mine = node[np.searchsorted(near, nodes)], pipe[np.searchsorted(around, pipes)]
    *labels, _count, first = numbered(*mine)
    begins = np.concatenate([nodes, network.node_count + pipes])[first]
    return labels[0].astype(np.int64), labels[1].astype(np.int64), begins


def _begin(first: NDArray[np.int64], nodes: int, nodes_now: int, changed: Changed) -> NDArray[np.int64]:
    """Where segments begin that are what they were: nodes first, pipes behind them."""
    split = int(np.searchsorted(first, nodes))
    at_node, at_pipe = changed.nodes.renumbered(first[:split]), changed.pipes.renumbered(first[split:] - nodes)
    return np.concatenate([at_node, at_pipe + nodes_now])


def _labelled(
    old: NDArray[np.int32],
    number: NDArray[np.int32],
    rows: Rows,
    again: NDArray[np.int64],
    labels: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Segments of all rows, by their new numbers, those of some rows as they were found again."""
    found = rows.carried(old, NONE)
    if not np.array_equal(number[:-1], np.arange(len(number) - 1)):
        found = number.take(found)
    found[again] = labels
    return found
