"""Columns beside those of the network: some held in memory for tables and the search, others read when they are asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.fields import LAYERS, Layer
from pipemap.progress import SILENT, Progress
from pipemap.store.beside import WORTH_A_PROCESS, read_beside
from pipemap.store.column_child import FEW
from pipemap.store.connections import Connections
from pipemap.store.reading import arrow_types, as_array, read_columns
from pipemap.store.schema import columns_there
from pipemap.store.sql import listed, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEPT = 4
"""Columns that a snapshot remembers besides those it holds: a map is coloured by one of them again and again."""
_ROWS_AT_ONCE = 2_000
_PAUSE = 0.001
"""Seconds between two pieces in which other threads have their turn: nobody waits for what is read here."""
_FEWER = 8
"""Of one row in so many or fewer, each is read by its key."""

Held = Mapping[str, pa.Array]


class KeptTable:
    """A table that is read once, and again only after it was changed: every snapshot asks for it.

    Parameters
    ----------
    read
        Reads it from the file.
    """

    def __init__(self, read: Callable[[], pa.Table]) -> None:
        self._read = read
        self._kept: pa.Table | None = None
        self._times = 0

    def read(self) -> pa.Table:
        """Return it as it is now."""
        kept, times = self._kept, self._times
        if kept is None:
            kept = self._read()
            if times == self._times:  # else it was changed meanwhile
                self._kept = kept
        return kept

    def forget(self) -> None:
        """Note that it was changed."""
        self._times += 1
        self._kept = None


class ColumnLoader:
    """Reads further columns in the row order of one snapshot; rows that are gone meanwhile are null.

    Parameters
    ----------
    node_fid, pipe_fid
        Keys of the snapshot's rows, ascending.
    held
        Columns that are in memory anyway, in that order; texts may be dictionaries, unknown fractions NaN.
    """

    def __init__(
        self,
        connections: Connections,
        node_fid: NDArray[np.int64],
        pipe_fid: NDArray[np.int64],
        held: Mapping[Layer, Held] | None = None,
    ) -> None:
        self._connections = connections
        self._fids: dict[Layer, NDArray[np.int64]] = {"node": node_fid, "pipe": pipe_fid}
        self._held: dict[Layer, dict[str, pa.Array]] = {layer: dict((held or {}).get(layer, {})) for layer in LAYERS}
        self._held_fids = dict(self._fids)
        self._changed: dict[Layer, frozenset[int]] = dict.fromkeys(LAYERS, frozenset())
        self._kept: dict[tuple[Layer, str], pa.Array] = {}

    def __call__(self, layer: Layer, name: str, rows: NDArray[np.int64] | None = None) -> pa.Array:
        """Return one column of a layer, as plain as it is stored; of few rows, only these are read."""
        if rows is not None and len(rows) * _FEWER <= len(self._fids[layer]):
            return self._read_some(layer, name, rows)
        whole = self._whole(layer, name)
        return whole if rows is None else whole.take(pa.array(rows))

    def _whole(self, layer: Layer, name: str) -> pa.Array:
        kept = self._kept.get((layer, name))
        if kept is None:
            held = self.held(layer, [name])
            kept = (
                self._read(layer, [name])[name] if held is None else held[name].cast(arrow_types(layer).get(name, pa.float64()))
            )
            self._kept = dict([*self._kept.items(), ((layer, name), kept)][-KEPT:])
        return kept

    def several(self, layer: Layer, names: Sequence[str]) -> dict[str, pa.Array]:
        """Return columns that are read in one walk through the table, where they are not in memory; nothing is remembered."""
        near = [name for name in names if (layer, name) in self._kept or name in self._held[layer]]
        far = [name for name in names if name not in near]
        return {name: self._whole(layer, name) for name in near} | (self._read(layer, far) if far else {})

    def held(self, layer: Layer, names: Collection[str]) -> dict[str, pa.Array] | None:
        """Return columns that are in memory; ``None`` when one of them is not. Unknown values are null."""
        if not all(name == "fid" or name in self._held[layer] for name in names):
            return None
        wanted = [name for name in names if name != "fid"]
        found = {name: self._held[layer][name] for name in wanted}
        if self._changed[layer]:
            found = self._patched(layer, found)
        found = {name: _without_nan(column) for name, column in found.items()}
        return found | ({"fid": pa.array(self._fids[layer])} if "fid" in names else {})

    def hold(self, layer: Layer, names: Sequence[str], progress: Progress = SILENT) -> None:
        """Read columns and hold them from now on; those that are held already are left as they are."""
        missing = [name for name in names if name not in self._held[layer]]
        if not missing or self._changed[layer]:
            return
        with self._connections.reading() as connection:
            there = [name for name in missing if name in columns_there(connection, layer)]
        found = self._read_beside(layer, there, progress) if there else None
        if found is not None:
            self._held[layer] |= found
            return
        with self._connections.reading() as connection:
            cursor = connection.execute(f"SELECT fid, {listed(there)} FROM {quoted(layer)} ORDER BY fid") if there else None
            parts: list[list[pa.Array]] = []
            kinds = [pa.int64(), *(arrow_types(layer)[name] for name in there)]
            while cursor is not None and (rows := cursor.fetchmany(_ROWS_AT_ONCE)):
                parts.append([as_array(values, kind) for values, kind in zip(zip(*rows, strict=True), kinds, strict=True)])
                progress(len(parts) * _ROWS_AT_ONCE, len(self._fids[layer]))
                time.sleep(_PAUSE)
        columns = [pa.chunked_array([part[at] for part in parts], kind).combine_chunks() for at, kind in enumerate(kinds)]
        if not np.array_equal(columns[0].to_numpy(), self._fids[layer]):
            return  # another program has been at it; what is asked for is then read from the file
        self._held[layer] |= {name: _small(column) for name, column in zip(there, columns[1:], strict=True)}

    def following(
        self, node_fid: NDArray[np.int64], pipe_fid: NDArray[np.int64], changed: Mapping[str, Collection[int]]
    ) -> ColumnLoader:
        """Return the loader of the next snapshot, in which the rows with these keys are others."""
        loader = ColumnLoader(self._connections, node_fid, pipe_fid)
        loader._held = {layer: dict(columns) for layer, columns in self._held.items()}
        if not any(self._changed.values()):  # what was read last goes along: the map may be coloured by it
            for (layer, name), column in self._kept.items():
                loader._held[layer].setdefault(name, column)
        loader._held_fids = self._held_fids
        loader._changed = {layer: self._changed[layer] | frozenset(changed.get(layer, ())) for layer in LAYERS}
        return loader

    def _read_beside(self, layer: Layer, names: Sequence[str], progress: Progress = SILENT) -> dict[str, pa.Array] | None:
        """Read columns of a large layer in a process beside, texts as they are kept; ``None`` where that cannot be done."""
        fids = self._fids[layer]
        if len(fids) < WORTH_A_PROCESS or {"x", "y"} & set(names):
            return None
        found = read_beside(self._connections.path, layer, names, len(fids), progress)
        if found is None or not np.array_equal(found["fid"].to_numpy(), fids):  # another program has been at it
            return None
        kinds = arrow_types(layer)
        columns = {name: _in_one_piece(found[name]) for name in names}
        return {
            name: column if pa.types.is_dictionary(column.type) else column.cast(kinds[name]) for name, column in columns.items()
        }

    def _read(self, layer: Layer, names: Sequence[str]) -> dict[str, pa.Array]:
        beside = self._read_beside(layer, names) if self._has_all(layer, names) else None
        if beside is not None:
            return {name: column.cast(arrow_types(layer)[name]) for name, column in beside.items()}
        with self._connections.reading() as connection:
            found = read_columns(connection, layer, ["fid", *names])
        wanted, there = self._fids[layer], found["fid"].to_numpy()
        columns = {name: _in_one_piece(found[name]) for name in names}
        if np.array_equal(wanted, there):
            return columns
        place = pc.index_in(pa.array(wanted), value_set=pa.array(there))
        return {name: column.take(place) for name, column in columns.items()}

    def _has_all(self, layer: Layer, names: Sequence[str]) -> bool:
        """Whether the file has these columns: an older one may lack some."""
        with self._connections.reading() as connection:
            return columns_there(connection, layer).issuperset(names)

    def _read_some(self, layer: Layer, name: str, rows: NDArray[np.int64]) -> pa.Array:
        wanted = self._fids[layer][rows]
        with self._connections.reading() as connection:
            found = read_columns(connection, layer, ["fid", name], fids=wanted.tolist())
        place = pc.index_in(pa.array(wanted), value_set=found["fid"].combine_chunks())
        return found[name].combine_chunks().take(place)

    def _patched(self, layer: Layer, columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        """Put the rows that were changed since into columns that were read before."""
        keys = sorted(self._changed[layer])
        with self._connections.reading() as connection:
            fresh = read_columns(connection, layer, ["fid", *columns], fids=keys)
        before, now = self._held_fids[layer], self._fids[layer]
        there = fresh["fid"].to_numpy()
        place = np.searchsorted(before, now)
        new = np.isin(now, there)
        place[new] = len(before) + np.searchsorted(there, now[new])
        rows = pa.array(place)
        return {name: _joined(column, fresh[name].combine_chunks()).take(rows) for name, column in columns.items()}


def _in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.nulls(0, whole.type)
    return whole


def _joined(column: pa.Array, more: pa.Array) -> pa.Array:
    """Return two columns one behind the other, texts as they are kept in the first."""
    if pa.types.is_dictionary(column.type):
        more = pc.dictionary_encode(more).cast(column.type)
        both = pa.chunked_array([column, more]).unify_dictionaries()
        return pa.DictionaryArray.from_arrays(pa.concat_arrays([part.indices for part in both.chunks]), both.chunk(0).dictionary)
    return pa.concat_arrays([column, more.cast(column.type)])


def _small(column: pa.Array) -> pa.Array:
    """Texts that repeat as numbers and words; anything else as it is."""
    if not pa.types.is_string(column.type):
        return column
    encoded = pc.dictionary_encode(column)
    return encoded if len(encoded.dictionary) * FEW <= len(column) else column


def _without_nan(column: pa.Array) -> pa.Array:
    return pa.array(column.to_numpy(zero_copy_only=False), from_pandas=True) if pa.types.is_floating(column.type) else column
