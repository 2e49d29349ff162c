"""What leaves a survey, as columns: the one place where elements are read to go out, and where what is secret stays."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from dataclasses import fields as record_fields
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.errors import SurveyDataError
from pipemap.model.columns import coded, integers, rows_if_there
from pipemap.model.delivery import Batch, ModelText
from pipemap.model.extract import Extract
from pipemap.model.fields import LAYERS, Layer, arrow_schema
from pipemap.model.release import Release, lines_of, may_leave, release
from pipemap.progress import SILENT, Progress
from pipemap.store import geometry, snapshot
from pipemap.store.connections import Connections
from pipemap.store.reading import arrow_types, as_fids, read_columns, read_layer_with_gdal
from pipemap.store.reference import public_crs, same_crs, transformed
from pipemap.store.schema import columns_there
from pipemap.store.sql import chunks, marks, quoted
from pipemap.store.tables import columns
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Fids = NDArray[np.int64]

_PIECE = 20_000
"""Rows that are Python objects at one time."""
_WORTH_GDAL = 100_000
"""Rows from which GDAL, which reads whole layers, is the quicker."""


@dataclass(frozen=True, slots=True)
class _Read:
    """Rows as they are in the file, with everything that decides what of them may leave."""

    nodes: pa.Table
    pipes: pa.Table
    ends: NDArray[np.int64]
    released: Release


def read_extract(
    connections: Connections,
    *,
    name: str,
    crs: str,
    node_fids: Iterable[int] | Fids | None = None,
    pipe_fids: Iterable[int] | Fids | None = None,
    progress: Progress = SILENT,
) -> Extract:
    """Read what leaves: everything, or the elements named and the ends of the pipes among them.

    Elements that are gone are left out, and so is what must not leave; ``withheld`` says how many that are.
    """
    wanted = None if node_fids is None and pipe_fids is None else (_keys(node_fids), _keys(pipe_fids))
    read = _read(connections, wanted, progress)
    progress(0)
    may_node, may_pipe = read.released.nodes, read.released.pipes
    number = np.cumsum(may_node) - 1
    lines = geometry.decode(read.pipes["geom"]).lines
    lines = lines if may_pipe.all() else lines_of(lines, np.flatnonzero(may_pipe))
    progress(0)
    nodes = _with_places(_kept(read.nodes, may_node))
    progress(0)
    nodes = _as_schema("node", nodes, progress=progress)
    ends = number[read.ends[may_pipe]].reshape(-1, 2)
    pipes = _as_schema("pipe", _kept(read.pipes.drop_columns(["geom"]), may_pipe), ends, progress=progress)
    progress(0)
    nodes = _without_arms(nodes, pipes["fid"])
    with connections.reading() as connection:
        around = snapshot.around(connection)
        batches = _batches(connection, nodes, pipes)
        texts = _model_texts(connection, batches, around)
        progress(0)
        tied_to = {"node": nodes["fid"], "pipe": pipes["fid"]}
        customers = _customers(connection, tied_to, around, with_free=wanted is None, progress=progress)
    return Extract(
        nodes,
        pipes,
        lines,
        crs=public_crs(crs),
        name=name,
        batches=batches,
        model_texts=texts,
        customers=customers,
        withheld_nodes=int((~may_node).sum()),
        withheld_pipes=int((~may_pipe).sum()),
    )


def reprojected(extract: Extract, source: str, target: str, progress: Progress = SILENT) -> Extract:
    """Return what leaves in another coordinate system than that of its survey.

    Raises
    ------
    SurveyDataError
        The survey's is unknown, or there is no way from one to the other.
    """
    if same_crs(source, target):
        return replace(extract, crs=target)
    if not source:
        raise SurveyDataError(
            _("The survey does not say in which coordinate system it is; nothing can be turned into {crs}.").format(crs=target),
            _("Export without another coordinate system."),
        )
    return extract.turned(lambda places: transformed(places, source, target, lambda: progress(0)), target)


def _keys(fids: Iterable[int] | Fids | None) -> Fids:
    return np.unique(np.fromiter((int(fid) for fid in (() if fids is None else fids)), dtype=np.int64))


def _kept(table: pa.Table, mask: NDArray[np.bool_]) -> pa.Table:
    return table if mask.all() else table.filter(pa.array(mask))


# -- rows ----------------------------------------------------------------------------------------------------------------


def _read(connections: Connections, wanted: tuple[Fids, Fids] | None, progress: Progress) -> _Read:
    """Read the rows, as GDAL or SQLite does it better, and work out what of them may leave."""
    progress(0, None, _("Reading"))
    tables: dict[Layer, pa.Table] = {}
    with connections.reading() as connection:
        around = snapshot.around(connection)
        count = sum(connection.execute(f"SELECT count(*) FROM {quoted(layer)}").fetchone()[0] for layer in LAYERS)
        complete = all(columns_there(connection, layer).issuperset(columns(layer)) for layer in LAYERS)
    rows = count if wanted is None else sum(map(len, wanted))
    if complete and rows >= _WORTH_GDAL:
        with connections.stepping_aside() as alone:
            if alone:
                path = connections.path
                tables = {layer: read_layer_with_gdal(path, layer, list(columns(layer)), progress) for layer in LAYERS}
    if not tables:
        tables = _with_sqlite(connections, wanted, progress)
    elif wanted is not None:
        pipes = tables["pipe"].filter(pa.array(np.isin(tables["pipe"]["fid"].to_numpy(), wanted[1])))
        chosen = np.union1d(wanted[0], _end_fids(pipes))
        tables = {"node": tables["node"].filter(pa.array(np.isin(tables["node"]["fid"].to_numpy(), chosen))), "pipe": pipes}
    progress(0)
    pipes, ends = _hanging_out(tables["node"], tables["pipe"])
    marked = [(coded(table, "secrecy"), integers(table, "batch", unknown=-1)) for table in (tables["node"], pipes)]
    kept = release(marked[0], marked[1], ends, secret_batches=around.secret_batches, is_secret=around.is_secret)
    return _Read(tables["node"], pipes, ends, kept)


def _with_sqlite(connections: Connections, wanted: tuple[Fids, Fids] | None, progress: Progress) -> dict[Layer, pa.Table]:
    """Read row by row, but never hold more than a piece of them as Python objects."""
    with connections.reading() as connection:
        node_fids, pipe_fids = wanted or (as_fids(connection, "node"), as_fids(connection, "pipe"))
        total = len(node_fids) + len(pipe_fids)
        pipes = _in_pieces(connection, "pipe", pipe_fids, progress, 0, total)
        nodes = node_fids if wanted is None else np.union1d(node_fids, _end_fids(pipes))
        return {"node": _in_pieces(connection, "node", nodes, progress, pipes.num_rows, total), "pipe": pipes}


def _in_pieces(connection: sqlite3.Connection, layer: Layer, fids: Fids, progress: Progress, done: int, total: int) -> pa.Table:
    names = ["fid", "geom", *columns(layer)]
    types = arrow_types(layer)
    parts = [pa.table({name: pa.array([], types[name]) for name in names})]
    for some in chunks(fids.tolist(), _PIECE):
        progress(done, max(total, done))
        parts.append(read_columns(connection, layer, names, fids=some))
        done += len(some)
    return pa.concat_tables(parts)


def _end_fids(pipes: pa.Table) -> Fids:
    return np.unique(np.concatenate([integers(pipes, name, unknown=-1) for name in ("from_fid", "to_fid")]))


def _hanging_out(nodes: pa.Table, pipes: pa.Table) -> tuple[pa.Table, NDArray[np.int64]]:
    """Leave out pipes whose nodes another program took away; return the others and the rows of their ends."""
    known = nodes["fid"].to_numpy()
    ends = [rows_if_there(known, integers(pipes, name, unknown=-1)) for name in ("from_fid", "to_fid")]
    rows = np.column_stack(ends).reshape(-1, 2)
    whole = (rows >= 0).all(axis=1)
    return (pipes if whole.all() else pipes.filter(pa.array(whole))), rows[whole]


# -- columns -------------------------------------------------------------------------------------------------------------


def _with_places(nodes: pa.Table) -> pa.Table:
    xyz = geometry.decode_points(nodes["geom"])
    nodes = nodes.drop_columns(["geom"])
    for column, name in enumerate(("x", "y")):
        nodes = nodes.append_column(name, pa.array(xyz[:, column], from_pandas=True))
    return nodes


def _as_schema(layer: Layer, table: pa.Table, ends: NDArray[np.int64] | None = None, *, progress: Progress) -> pa.Table:
    """Return the columns of an extract, in its order and types."""
    if ends is not None:
        for column, name in enumerate(("from_fid", "to_fid")):
            table = table.set_column(table.column_names.index(name), name, pa.array(ends[:, column]))
    schema = arrow_schema(layer)
    held = {"fid": table["fid"].cast(pa.int64())}
    for name, kind in zip(schema.names, schema.types, strict=True):
        progress(0)
        held[name] = table[name].cast(kind)
    return pa.table(held)


def _without_arms(nodes: pa.Table, pipes: pa.ChunkedArray) -> pa.Table:
    """An arm that does not leave is not named either."""
    arm = nodes["arm_pipe"]
    leaves = pc.is_in(arm, value_set=pipes.combine_chunks())
    return nodes.set_column(nodes.column_names.index("arm_pipe"), "arm_pipe", pc.if_else(leaves, arm, pa.scalar(None, arm.type)))


# -- what belongs to them ------------------------------------------------------------------------------------------------


def _batches(connection: sqlite3.Connection, nodes: pa.Table, pipes: pa.Table) -> dict[int, Batch]:
    used = set(pc.unique(nodes["batch"]).to_pylist()) | set(pc.unique(pipes["batch"]).to_pylist())
    names = [field.name for field in record_fields(Batch)]
    rows = read_columns(connection, "batch", ["fid", *names]).to_pylist()
    found = {}
    for row in rows:
        if row["fid"] in used:
            words = {name: row[name] or "" for name in names}
            found[row["fid"]] = Batch(**words | {"crs": public_crs(words["crs"])})
    return found


def _secret_names(connection: sqlite3.Connection, around: snapshot.Around) -> dict[int | None, set[str]]:
    """Return the ids of all that must not leave, by batch."""
    levels = [
        row[0]
        for row in connection.execute("SELECT DISTINCT secrecy FROM node UNION SELECT DISTINCT secrecy FROM pipe").fetchall()
        if not may_leave(row[0])
    ]
    given = [*levels, *sorted(around.secret_batches)]
    if not given:
        return {}
    marked = f"(secrecy IN ({marks(len(levels))}) OR batch IN ({marks(len(around.secret_batches))}))"
    ends = f"SELECT fid FROM node WHERE {marked}"
    questions = (
        (f"SELECT batch, id FROM node WHERE {marked}", given),
        (f"SELECT batch, id FROM pipe WHERE {marked} OR from_fid IN ({ends}) OR to_fid IN ({ends})", given * 3),
    )
    found: dict[int | None, set[str]] = defaultdict(set)
    for statement, values in questions:
        for batch, text in connection.execute(statement, values):
            found[batch].add(str(text))
    return found


def _model_texts(
    connection: sqlite3.Connection, batches: Iterable[int], around: snapshot.Around
) -> dict[int, tuple[ModelText, ...]]:
    """Read the sections of models that were kept; one that names an element that stays does not leave either."""
    rows = read_columns(connection, "model_text", ["batch", "section", "lines"]).to_pylist()
    names = _secret_names(connection, around) if rows else {}
    found: dict[int, list[ModelText]] = defaultdict(list)
    for row in rows:
        lines = tuple(json.loads(row["lines"] or "[]"))
        secret = names.get(row["batch"], set())
        if row["batch"] in batches and not any(secret.intersection(line.split()) for line in lines):
            found[row["batch"]].append(ModelText(row["section"] or "", lines))
    return {batch: tuple(texts) for batch, texts in found.items()}


def _customers(
    connection: sqlite3.Connection,
    tied_to: dict[str, pa.ChunkedArray],
    around: snapshot.Around,
    *,
    with_free: bool,
    progress: Progress,
) -> pa.Table | None:
    """Read who is supplied by what leaves, and by nothing that stays; of a whole survey also those tied to nothing."""
    table = read_columns(connection, "customer", list(arrow_types("customer")), progress=progress)
    kept = ~np.isin(integers(table, "batch", unknown=-1), list(around.secret_batches)) & (not around.is_secret)
    made, is_tied = table.drop_columns(["fid", "batch", *tied_to]), np.zeros(table.num_rows, dtype=np.bool_)
    for name, fids in tied_to.items():
        rows = pc.fill_null(pc.index_in(table[name], value_set=fids.combine_chunks()), -1).to_numpy().astype(np.int64)
        named = pc.is_valid(table[name]).to_numpy()
        kept &= ~named | (rows >= 0)
        is_tied |= named
        made = made.append_column(f"{name}_row", pa.array(np.where(named, rows, -1)))
    kept &= is_tied | with_free
    return made.filter(pa.array(kept)) if kept.any() else None
