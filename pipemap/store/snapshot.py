"""The network after a small Change: the changed rows are read and put into the arrays of the snapshot before."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import fields as record_fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.columns import Coded, Ids
from pipemap.model.delivery import Lines
from pipemap.model.fields import Layer
from pipemap.model.network import NODE_COLUMNS, PIPE_COLUMNS, Network
from pipemap.store import geometry
from pipemap.store.change import Change
from pipemap.store.connections import Connections
from pipemap.store.reading import read_columns
from pipemap.store.tables import FEATURE_TABLES

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ColumnLoader:
    """Reads further columns in the row order of one snapshot; rows that are gone meanwhile are null."""

    def __init__(self, connections: Connections, node_fid: NDArray[np.int64], pipe_fid: NDArray[np.int64]) -> None:
        self._connections = connections
        self._fids = {"node": node_fid, "pipe": pipe_fid}

    def __call__(self, layer: Layer, name: str) -> pa.Array:
        """Return one column of a layer."""
        with self._connections.reading() as connection:
            found = read_columns(connection, layer, ["fid", name])
        wanted, there = self._fids[layer], found["fid"].to_numpy()
        column = found[name].combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, column.type)
        if np.array_equal(wanted, there):
            return column
        return column.take(pc.index_in(pa.array(wanted), value_set=pa.array(there)))

    def following(self, node_fid: NDArray[np.int64], pipe_fid: NDArray[np.int64]) -> ColumnLoader:
        """Return the loader of the next snapshot."""
        return ColumnLoader(self._connections, node_fid, pipe_fid)


def note_extent(connection: sqlite3.Connection, change: Change) -> None:
    """Widen the extent that other programs read; it never shrinks, which the standard allows."""
    for part in change.parts:
        if part.table not in FEATURE_TABLES or "geom" not in part.after.column_names:
            continue
        places = geometry.decode(part.after["geom"]).xyz[:, :2]
        if len(places):
            west, south, east, north = (*places.min(axis=0).tolist(), *places.max(axis=0).tolist())
            connection.execute(
                "UPDATE gpkg_contents SET min_x = min(coalesce(min_x, ?1), ?1), min_y = min(coalesce(min_y, ?2), ?2), "
                "max_x = max(coalesce(max_x, ?3), ?3), max_y = max(coalesce(max_y, ?4), ?4), "
                "last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE table_name = ?5",
                (west, south, east, north, part.table),
            )


def patched(
    network: Network,
    connection: sqlite3.Connection,
    changes: Sequence[Change],
    batch_names: Mapping[int, str],
    pending_batches: frozenset[int],
) -> Network:
    """Return the network as it is now, given the one before and what was changed since."""
    raise NotImplementedError
