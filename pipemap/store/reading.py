"""Tables of the file into Arrow columns, and those into a network."""

from __future__ import annotations

import math
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.delivery import Lines
from pipemap.model.network import NODE_COLUMNS, PIPE_COLUMNS
from pipemap.progress import SILENT, Progress
from pipemap.store import geometry
from pipemap.store.connections import Connections
from pipemap.store.gathering import Gathering
from pipemap.store.schema import columns_there, key_of
from pipemap.store.sql import chunks, listed, marks, quoted
from pipemap.store.tables import FEATURE_TABLES, columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS_AT_ONCE = 4_000
"""Rows taken up together: making Python's objects of them lets nothing else of Python run."""
_ROWS_OF_GDAL = 16_384
_WORTH_GDAL = 100_000
"""Rows from which loading GDAL costs less than it saves."""
_BY_SQL_TYPE = {"INTEGER": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string(), "BOOLEAN": pa.bool_(), "BLOB": pa.binary()}


@dataclass(frozen=True, slots=True)
class Tables:
    """What a network is made of; a number that is unknown is null or NaN."""

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
    connection: sqlite3.Connection,
    table: str,
    names: Sequence[str],
    *,
    fids: Sequence[int] | None = None,
    progress: Progress = SILENT,
) -> pa.Table:
    """Read columns of a table, in the order of the key.

    Parameters
    ----------
    names
        ``x`` and ``y`` are those of the geometry. Columns that an older file lacks are null.
    fids
        Only these rows; those that do not exist are left out.
    progress
        Told how many rows were read.
    """
    places = {"x", "y"} & set(names) if table in FEATURE_TABLES else set()
    types = arrow_types(table)
    wanted = [name for name in names if name not in places]
    if places and "geom" not in wanted:
        wanted.append("geom")
    there = columns_there(connection, table)
    if not there:  # a table that an older file does not have yet
        return pa.table({name: pa.array([], pa.float64() if name in places else types[name]) for name in names})
    stored = [name for name in wanted if name in there]
    parts: dict[str, list[pa.Array]] = {name: [] for name in stored}
    rows = 0
    for part in _fetch(connection, table, stored, fids):
        rows += len(part[0])
        progress(rows)
        for name, values in zip(stored, part, strict=True):  # at once: a million rows of Python's objects fill the memory
            parts[name].append(as_array(values, types[name]))
    held = {name: pa.chunked_array(parts[name], type=types[name]) for name in stored}
    held |= {name: pa.nulls(rows, types[name]) for name in wanted if name not in held}
    if places:
        xyz = geometry.decode_points(held["geom"])
        held |= {"x": pa.array(xyz[:, 0], from_pandas=True), "y": pa.array(xyz[:, 1], from_pandas=True)}
    return pa.table({name: held[name] for name in names})


def _fetch(
    connection: sqlite3.Connection, table: str, names: list[str], fids: Sequence[int] | None
) -> Iterator[list[tuple[object, ...]]]:
    """Give the columns of some rows at a time; nothing where there are no rows."""
    key = quoted(key_of(table))
    select = f"SELECT {listed(names)} FROM {quoted(table)}"
    if fids is not None:
        for some in chunks(sorted(set(fids)), 5000):
            rows = connection.execute(f"{select} WHERE {key} IN ({marks(len(some))}) ORDER BY {key}", some).fetchall()
            if rows:
                yield list(zip(*rows, strict=True))
        return
    cursor = connection.execute(f"{select} ORDER BY {key}")
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        yield list(zip(*rows, strict=True))


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


def read_tables(connections: Connections, progress: Progress = SILENT) -> Tables:
    """Read everything a network is made of: with GDAL where the survey is large and nobody else uses it, else with SQLite."""
    with connections.reading() as connection:
        rows = {table: count_rows(connection, table) for table in FEATURE_TABLES}
        complete = all(columns_there(connection, table).issuperset(columns(table)) for table in FEATURE_TABLES)
    if sum(rows.values()) >= _WORTH_GDAL and complete:
        with connections.stepping_aside() as alone:
            if alone:
                return read_with_gdal(connections.path, rows, progress)
    with connections.reading() as connection:
        return read_with_sqlite(connection, progress)


def count_rows(connection: sqlite3.Connection, table: str) -> int:
    """Return how many rows a table has."""
    return int(connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0])


def read_with_sqlite(connection: sqlite3.Connection, progress: Progress = SILENT) -> Tables:
    """Read the columns of a network through a connection."""
    nodes = read_columns(
        connection, "node", [name for name in NODE_COLUMNS if name not in {"x", "y"}] + ["geom"], progress=progress
    )
    pipes = read_columns(connection, "pipe", [*PIPE_COLUMNS, "geom"], progress=progress)
    places, lines = geometry.decode_points(nodes["geom"]), geometry.decode(pipes["geom"]).lines
    return Tables(_with_places(nodes.drop_columns(["geom"]), places), pipes.drop_columns(["geom"]), lines)


def read_with_gdal(path: Path, rows: Mapping[str, int], progress: Progress = SILENT) -> Tables:
    """Read the columns of a network with GDAL; no connection of this process may have the file open.

    Parameters
    ----------
    rows
        How many each table has; a wrong number costs time and memory, nothing else.
    """
    total, done = sum(rows.values()), {"node": 0, "pipe": 0}

    def gathered(table: str, names: Sequence[str]) -> Gathering:
        def report(count: int) -> None:
            done[table] = count
            progress(done["node"] + done["pipe"], total)

        return _gathered(path, table, names, rows[table], report)

    with ThreadPoolExecutor(
        1, thread_name_prefix="pipemap reading"
    ) as beside:  # GDAL reads one layer while Python takes up another
        first = beside.submit(gathered, "node", NODE_COLUMNS)
        pipes = gathered("pipe", PIPE_COLUMNS)
        nodes = first.result()
    node_table = _with_places(nodes.table(), geometry.first_vertices(nodes.courses()))
    pipe_table, lines = pipes.table(), pipes.courses().lines
    if not _ascending(node_table["fid"]):
        node_table = node_table.sort_by("fid")
    if not _ascending(pipe_table["fid"]):
        order = np.argsort(pipe_table["fid"].to_numpy(), kind="stable")
        pipe_table, lines = pipe_table.take(pa.array(order)), Lines.from_lists([lines[row] for row in order.tolist()])
    return Tables(node_table, pipe_table, lines)


def _gathered(path: Path, table: str, names: Sequence[str], rows: int, report: Callable[[int], None]) -> Gathering:
    """Read a table with GDAL, a piece at a time."""
    from pyogrio.raw import open_arrow

    wanted = [name for name in names if name not in {"x", "y", "fid"}]
    types = arrow_types(table)
    vertices = 1 if table == "node" else 2
    gathering = Gathering({name: types[name] for name in ("fid", *wanted, "geom")}, rows, vertices=vertices)
    options = {"columns": wanted, "return_fids": True, "use_pyarrow": True, "batch_size": _ROWS_OF_GDAL}
    with open_arrow(path, layer=table, **options) as (about, pieces):
        ours = {about["fid_column"] or "OGC_FID": "fid", about["geometry_name"] or "wkb_geometry": "geom"}
        for piece in pieces:
            gathering.add([ours.get(name, name) for name in piece.schema.names], piece.columns)
            report(gathering.rows)
    return gathering


def read_layer_with_gdal(path: Path, table: str, names: Sequence[str], progress: Progress = SILENT) -> pa.Table:
    """Read key, columns and geometry of a layer with GDAL, in the order of the key; the rule above holds."""
    from pyogrio.raw import open_arrow

    wanted = [name for name in names if name not in {"x", "y", "fid"}]
    pieces, rows = [], 0
    options = {"columns": wanted, "return_fids": True, "use_pyarrow": True, "batch_size": _ROWS_OF_GDAL}
    with open_arrow(path, layer=table, **options) as (about, reader):
        schema = reader.schema
        for piece in reader:
            rows += len(piece)
            progress(rows)
            pieces.append(piece)
    found = pa.Table.from_batches(pieces, schema=schema)
    renamed = {about["fid_column"] or "OGC_FID": "fid", about["geometry_name"] or "wkb_geometry": "geom"}
    found = found.rename_columns([renamed.get(name, name) for name in found.column_names])
    types = arrow_types(table)
    progress(rows)
    held = {}
    for name in ["fid", *wanted, "geom"]:
        progress(rows)
        held[name] = found[name].cast(types[name])
    found = pa.table(held)
    return found if _ascending(found["fid"]) else found.sort_by("fid")


def _ascending(fids: pa.ChunkedArray) -> bool:
    values = fids.to_numpy()
    return bool((values[1:] > values[:-1]).all())


def _with_places(nodes: pa.Table, xyz: NDArray[np.float64]) -> pa.Table:
    for column, name in enumerate(("x", "y")):
        nodes = nodes.append_column(name, pa.array(np.ascontiguousarray(xyz[:, column])))
    return nodes


def whole_columns(table: pa.Table) -> dict[str, pa.Array]:
    """Return the columns that lie in one piece: those of a large survey. A small one is asked when it is needed."""
    return {name: table[name].chunk(0) for name in table.column_names if table[name].num_chunks == 1 and name != "fid"}


def dangling(tables: Tables) -> pa.Array:
    """Return the fids of pipes whose ends are not there: another program may have taken the nodes away."""
    known = tables.nodes["fid"]
    whole = pc.and_(*(pc.is_in(tables.pipes[end], value_set=known.combine_chunks()) for end in ("from_fid", "to_fid")))
    return tables.pipes["fid"].filter(pc.invert(whole))


def without_pipes(tables: Tables, fids: Iterable[int]) -> Tables:
    """Leave pipes out."""
    kept = ~np.isin(tables.pipes["fid"].to_numpy(), list(fids))
    courses = [tables.lines[row] for row in np.flatnonzero(kept).tolist()]
    return Tables(tables.nodes, tables.pipes.filter(pa.array(kept)), Lines.from_lists(courses))
