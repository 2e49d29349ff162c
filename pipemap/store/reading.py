"""Tables of the file into Arrow columns, and those into a network."""

from __future__ import annotations

import math
import sqlite3
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.delivery import Lines
from pipemap.model.network import NODE_COLUMNS, PIPE_COLUMNS
from pipemap.store import geometry
from pipemap.store.connections import Connections
from pipemap.store.schema import columns_there, key_of
from pipemap.store.sql import chunks, listed, marks, quoted
from pipemap.store.tables import FEATURE_TABLES, columns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROWS_AT_ONCE = 20_000
_WORTH_GDAL = 100_000
"""Rows from which loading GDAL costs less than it saves."""
_BY_SQL_TYPE = {"INTEGER": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string(), "BOOLEAN": pa.bool_(), "BLOB": pa.binary()}


@dataclass(frozen=True, slots=True)
class Tables:
    """What a network is made of."""

    nodes: pa.Table
    pipes: pa.Table
    lines: Lines


@cache
def arrow_types(table: str) -> dict[str, pa.DataType]:
    """Return the Arrow type of every column of a table, key and geometry included."""
    types = {key_of(table): pa.int64()}
    if table in FEATURE_TABLES:
        types["geom"] = pa.binary()
    return types | {name: _BY_SQL_TYPE[kind] for name, kind in columns(table).items()}


def read_columns(
    connection: sqlite3.Connection, table: str, names: Sequence[str], *, fids: Sequence[int] | None = None
) -> pa.Table:
    """Read columns of a table, in the order of the key.

    Parameters
    ----------
    names
        ``x`` and ``y`` are those of the geometry. Columns that an older file lacks are null.
    fids
        Only these rows; those that do not exist are left out.
    """
    places = {"x", "y"} & set(names) if table in FEATURE_TABLES else set()
    types = arrow_types(table)
    wanted = [name for name in names if name not in places]
    if places and "geom" not in wanted:
        wanted.append("geom")
    there = columns_there(connection, table)
    stored = [name for name in wanted if name in there]
    found = _fetch(connection, table, stored, fids)
    held = {name: _column([part[number] for part in found], types[name]) for number, name in enumerate(stored)}
    rows = sum(len(part[0]) for part in found if part)
    held |= {name: pa.nulls(rows, types[name]) for name in wanted if name not in held}
    if places:
        xyz = geometry.decode_points(held["geom"])
        held |= {"x": pa.array(xyz[:, 0], from_pandas=True), "y": pa.array(xyz[:, 1], from_pandas=True)}
    return pa.table({name: held[name] for name in names})


def _fetch(
    connection: sqlite3.Connection, table: str, names: list[str], fids: Sequence[int] | None
) -> list[list[tuple[object, ...]]]:
    """Return the columns of some rows at a time."""
    key = quoted(key_of(table))
    select = f"SELECT {listed(names)} FROM {quoted(table)}"
    parts: list[list[tuple[object, ...]]] = []
    if fids is not None:
        for some in chunks(sorted(set(fids)), 5000):
            rows = connection.execute(f"{select} WHERE {key} IN ({marks(len(some))}) ORDER BY {key}", some).fetchall()
            parts.append(list(zip(*rows, strict=True)))
        return [part for part in parts if part]
    cursor = connection.execute(f"{select} ORDER BY {key}")
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        parts.append(list(zip(*rows, strict=True)))
    return parts


def _column(parts: list[tuple[object, ...]], kind: pa.DataType) -> pa.ChunkedArray:
    return pa.chunked_array([as_array(part, kind) for part in parts], type=kind)


def as_array(values: tuple[object, ...], kind: pa.DataType) -> pa.Array:
    """Return values as SQLite gives them as an Arrow column; what another program wrote there without meaning is unknown."""
    try:
        if kind == pa.bool_():
            return pa.array([None if value is None else bool(value) for value in values], type=kind)
        return pa.array(values, type=kind, from_pandas=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, OverflowError):
        convert = _CONVERSIONS[kind]
        return pa.array([_or_none(convert, value) for value in values], type=kind)


def _or_none(convert: Callable[[object], object], value: object) -> object:
    """SQLite lets other programs write text into a column of numbers; what has no meaning there is unknown."""
    try:
        return None if value is None else convert(value)
    except (ValueError, TypeError, OverflowError):
        return None


def _whole(value: object) -> int:
    number = float(value)  # type: ignore[arg-type]
    if not number.is_integer() or math.fabs(number) > sys.maxsize:
        raise ValueError(value)
    return int(number)


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


_CONVERSIONS: dict[pa.DataType, Callable[[object], object]] = {
    pa.int64(): _whole,
    pa.float64(): float,  # type: ignore[dict-item]
    pa.string(): _text,
    pa.binary(): lambda value: value if isinstance(value, bytes) else None,
}


def as_fids(connection: sqlite3.Connection, table: str) -> NDArray[np.int64]:
    """Return every key of a table, ascending."""
    return read_columns(connection, table, ["fid"])["fid"].to_numpy()  # type: ignore[no-any-return]


def read_tables(connections: Connections) -> Tables:
    """Read everything a network is made of: with GDAL where the survey is large and nobody else uses it, else with SQLite."""
    with connections.reading() as connection:
        rows = sum(connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0] for table in FEATURE_TABLES)
        complete = all(columns_there(connection, table).issuperset(columns(table)) for table in FEATURE_TABLES)
    if rows >= _WORTH_GDAL and complete:
        with connections.stepping_aside() as alone:
            if alone:
                return read_with_gdal(connections.path)
    with connections.reading() as connection:
        return read_with_sqlite(connection)


def read_with_sqlite(connection: sqlite3.Connection) -> Tables:
    """Read the columns of a network through a connection."""
    nodes = read_columns(connection, "node", [name for name in NODE_COLUMNS if name not in {"x", "y"}] + ["geom"])
    pipes = read_columns(connection, "pipe", [*PIPE_COLUMNS, "geom"])
    return _tables(nodes, pipes)


def read_with_gdal(path: Path) -> Tables:
    """Read the columns of a network with GDAL; no connection of this process may have the file open."""
    layers = (("node", NODE_COLUMNS), ("pipe", PIPE_COLUMNS))
    return _tables(*(read_layer_with_gdal(path, table, names) for table, names in layers))


def read_layer_with_gdal(path: Path, table: str, names: Sequence[str]) -> pa.Table:
    """Read key, columns and geometry of a layer with GDAL, in the order of the key; the rule above holds."""
    import pyogrio

    wanted = [name for name in names if name not in {"x", "y", "fid"}]
    about, found = pyogrio.read_arrow(path, layer=table, columns=wanted, return_fids=True)
    renamed = {about["fid_column"] or "OGC_FID": "fid", about["geometry_name"] or "wkb_geometry": "geom"}
    found = found.rename_columns([renamed.get(name, name) for name in found.column_names])
    types = arrow_types(table)
    found = pa.table({name: found[name].cast(types[name]) for name in ["fid", *wanted, "geom"]})
    return found if _ascending(found["fid"]) else found.sort_by("fid")


def _ascending(fids: pa.ChunkedArray) -> bool:
    values = fids.to_numpy()
    return bool((values[1:] > values[:-1]).all())


def _tables(nodes: pa.Table, pipes: pa.Table) -> Tables:
    """Take the geometries apart."""
    xyz = geometry.decode_points(nodes["geom"])
    nodes = nodes.drop_columns(["geom"])
    for column, name in enumerate(("x", "y")):
        nodes = nodes.append_column(name, pa.array(xyz[:, column], from_pandas=True))
    lines = geometry.decode(pipes["geom"]).lines
    return Tables(nodes, pipes.drop_columns(["geom"]), lines)


def dangling(tables: Tables) -> pa.Array:
    """Return the fids of pipes whose ends are not there: another program may have taken the nodes away."""
    known = tables.nodes["fid"]
    whole = pc.and_(*(pc.is_in(tables.pipes[end], value_set=known.combine_chunks()) for end in ("from_fid", "to_fid")))
    return tables.pipes["fid"].filter(pc.invert(whole))


def without_pipes(tables: Tables, fids: Iterable[int]) -> Tables:
    """Leave pipes out."""
    import numpy as np

    kept = ~np.isin(tables.pipes["fid"].to_numpy(), list(fids))
    courses = [tables.lines[row] for row in np.flatnonzero(kept).tolist()]
    return Tables(tables.nodes, tables.pipes.filter(pa.array(kept)), Lines.from_lists(courses))
