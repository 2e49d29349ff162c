"""A few rows of a network as a network of their own: what lies around an edit, and is looked at by itself."""

from __future__ import annotations

from dataclasses import fields as record_fields
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipemap.model.columns import Coded, Ids
from pipemap.model.delivery import Lines
from pipemap.model.release import lines_of
from pipemap.model.splicing import ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.fields import Layer
    from pipemap.model.network import Network


def pipes_at(network: Network, nodes: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Return the pipes (ascending) that end at some nodes."""
    starts = network.indptr[nodes].astype(np.int64)
    return np.unique(network.edge[ranges(starts, network.indptr[nodes + 1] - starts)]).astype(np.int64)


def ends_of(network: Network, pipes: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Return the nodes (ascending) at which some pipes end."""
    return np.unique(network.pipe_ends[pipes]).astype(np.int64)


def part_of(network: Network, nodes: NDArray[np.int64], pipes: NDArray[np.int64]) -> Network:
    """Return the network of some rows, in the order of the whole; words keep their codes.

    Parameters
    ----------
    nodes, pipes
        Ascending row numbers, each once; both ends of every pipe are among the nodes. An arm on a pipe that is not among them is
        unknown here; valve layers and customers stay away.
    """
    held: dict[str, Any] = {}
    for field in record_fields(network):
        value = getattr(network, field.name)
        rows = nodes if field.name.startswith("node_") or field.name == "chamber_depth" else pipes
        if isinstance(value, (np.ndarray, Coded, Ids, Lines)):
            held[field.name] = _taken(value, rows)
    held["pipe_ends"] = np.searchsorted(nodes, held["pipe_ends"]).astype(network.pipe_ends.dtype).reshape(-1, 2)
    held["node_arm"] = _renumbered(held["node_arm"], pipes)

    def load(layer: Layer, name: str, rows: NDArray[np.int64] | None = None) -> pa.Array:
        mine = nodes if layer == "node" else pipes
        return network.column(layer, name, mine if rows is None else mine[rows])

    loader = load if network.column_loader is not None else None
    made = replace(network, **held, valve_layer=(), column_loader=loader, customer_loader=None)
    vars(made)["flow_batches"] = network.flow_batches
    return made


def _taken(column: Any, rows: NDArray[np.int64]) -> Any:  # noqa: ANN401 -- whatever kind of column a network has
    if isinstance(column, Coded):
        return Coded(column.codes[rows], column.values)
    if isinstance(column, Ids):
        return Ids(column.arrow.take(pa.array(rows)))
    return lines_of(column, rows) if isinstance(column, Lines) else column[rows]


def _renumbered(rows: NDArray[Any], kept: NDArray[np.int64]) -> NDArray[Any]:
    """Return row numbers of the whole as those of the part; −1 for those that are not in it."""
    if not len(kept):
        return np.full_like(rows, -1)
    place = np.minimum(np.searchsorted(kept, rows), len(kept) - 1)
    return np.where(kept[place] == rows, place, -1).astype(rows.dtype)
