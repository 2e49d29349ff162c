"""An extract as plain tables: everything a survey knows of its elements, a column a field, nothing to guess on reading.

The first column tells what a table is; see :data:`MARKS`. Rows refer to each other by the survey's keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.spreadsheets import CHUNK, Row
from pipemap.model.columns import floats, integers
from pipemap.model.delivery import Batch
from pipemap.model.fields import Layer

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.writing import WriteOptions
    from pipemap.model.extract import Extract

MARKS = {
    "node": "node_fid",
    "pipe": "pipe_fid",
    "vertex": "vertex_pipe_fid",
    "customer": "customer_fid",
    "model_text": "model_section",
    "batch": "batch_name",
}
"""Kind of table → heading of its first column."""

VERTICES = "vertices"
"""Column of pipes: how many rows of the table of vertices are its course; empty where it runs straight between its nodes."""

BATCH_WORDS = tuple(field.name for field in fields(Batch) if field.name != "name")


@dataclass(frozen=True, slots=True)
class PlainTable:
    """One table: its kind, its headings, how many rows it has, and those rows as they come."""

    kind: str
    headings: tuple[str, ...]
    count: int
    rows: Callable[[], Iterator[Row]]


def plain_tables(extract: Extract, options: WriteOptions) -> list[PlainTable]:
    """Return the tables of an extract; columns in which nothing is known are left out."""
    own = own_courses(extract)
    tables = [
        _of_columns("batch", _batch_columns(extract)),
        _of_columns("node", _node_columns(extract, options.fields.get("node"))),
        _of_columns("pipe", _pipe_columns(extract, own, options.fields.get("pipe"))),
        _of_columns("vertex", _vertex_columns(extract, own)),
        _of_columns("customer", _customer_columns(extract)),
        _of_columns("model_text", _text_columns(extract)),
    ]
    return [table for table in tables if table.count or table.kind in {"batch", "node", "pipe"}]


def own_courses(extract: Extract) -> NDArray[np.bool_]:
    """Return which pipes do not simply run from node to node with the levels of their ends."""
    offsets, xyz = extract.lines.offsets, extract.lines.xyz
    counts = np.diff(offsets)
    ends = extract.ends()
    place = np.column_stack([floats(extract.nodes, name) for name in ("x", "y")])
    placed = np.asarray(np.isfinite(place).all(axis=1))[ends].all(axis=1)
    straight = np.where(placed, counts == 2, counts == 0)  # noqa: PLR2004 -- its two ends
    two = np.flatnonzero(placed & straight)
    for side, at in (("from", offsets[:-1]), ("to", offsets[1:] - 1)):
        level = floats(extract.pipes, f"{side}_level")[two]
        wanted = np.column_stack([place[ends[two, 0 if side == "from" else 1]], level])
        found = xyz[at[two]]
        straight[two] &= ((found == wanted) | (np.isnan(found) & np.isnan(wanted))).all(axis=1)
    return np.asarray(~straight, dtype=np.bool_)


def _of_columns(kind: str, columns: dict[str, pa.Array]) -> PlainTable:
    import pyarrow as pa

    table = pa.table(columns)

    def rows() -> Iterator[Row]:
        for start in range(0, table.num_rows, CHUNK):
            part = table.slice(start, CHUNK)
            yield from zip(*(column.to_pylist() for column in part.columns), strict=True)

    return PlainTable(kind, tuple(table.column_names), table.num_rows, rows)


def _known(table: pa.Table, names: Sequence[str]) -> dict[str, pa.Array]:
    """Return the columns in which something is known; no text holds a NUL, which a survey does not keep either."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = {}
    for name in names:
        column = table[name]
        if pa.types.is_string(column.type):
            column = pc.replace_substring(column, "\0", "")
        if column.null_count < len(column):
            found[name] = column
    return found


def _chosen(table: pa.Table, taken: Sequence[str], chosen: Sequence[str] | None) -> list[str]:
    return [name for name in table.column_names if name not in taken and (chosen is None or name == "id" or name in chosen)]


def _batch_names(extract: Extract, keys: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    names = {key: batch.name for key, batch in extract.batches.items()}
    return pa.array([names.get(key) for key in keys.to_pylist()], pa.string())


def _node_columns(extract: Extract, chosen: Sequence[str] | None) -> dict[str, pa.Array]:
    import pyarrow as pa
    import pyarrow.compute as pc

    nodes = extract.nodes
    columns = {MARKS["node"]: nodes["fid"], "x": nodes["x"], "y": nodes["y"]}
    columns |= _known(nodes, _chosen(nodes, ("fid", "x", "y", "batch", "arm_pipe"), chosen))
    arms = nodes["arm_pipe"]
    known = pc.is_in(arms, value_set=extract.pipes["fid"].combine_chunks())
    if pc.any(known).as_py() and (chosen is None or "arm_pipe" in chosen):
        columns["arm_pipe"] = pc.if_else(known, arms, pa.scalar(None, arms.type))
    return columns | {"batch": _batch_names(extract, nodes["batch"])}


def _pipe_columns(extract: Extract, own: NDArray[np.bool_], chosen: Sequence[str] | None) -> dict[str, pa.Array]:
    import pyarrow as pa

    pipes, fids = extract.pipes, extract.nodes["fid"]
    columns = {MARKS["pipe"]: pipes["fid"]}
    for name in ("from_fid", "to_fid"):
        columns[name] = fids.take(pipes[name])
    columns[VERTICES] = pa.array(np.diff(extract.lines.offsets), mask=~own)
    columns |= _known(pipes, _chosen(pipes, ("fid", "from_fid", "to_fid", "batch"), chosen))
    return columns | {"batch": _batch_names(extract, pipes["batch"])}


def _vertex_columns(extract: Extract, own: NDArray[np.bool_]) -> dict[str, pa.Array]:
    import pyarrow as pa

    counts = np.diff(extract.lines.offsets)
    rows = np.repeat(np.arange(len(counts)), counts)
    kept = own[rows]
    xyz = extract.lines.xyz[kept]
    columns = {MARKS["vertex"]: extract.pipes["fid"].take(pa.array(rows[kept]))}
    return columns | {name: pa.array(xyz[:, axis], from_pandas=True) for axis, name in enumerate(("x", "y", "level"))}


def _customer_columns(extract: Extract) -> dict[str, pa.Array]:
    import pyarrow as pa
    import pyarrow.compute as pc

    customers = extract.customers
    if customers is None:
        return {MARKS["customer"]: pa.array([], pa.int64())}
    columns = {MARKS["customer"]: pa.array(np.arange(1, customers.num_rows + 1))}
    for layer, held in (("node", extract.nodes), ("pipe", extract.pipes)):
        rows = integers(customers, f"{layer}_row", unknown=-1)
        known = (rows >= 0) & (rows < held.num_rows)
        columns[f"{layer}_fid"] = pc.take(held["fid"], pa.array(rows, mask=~known))
    left = [name for name in customers.column_names if name not in {"fid", "batch", "node", "pipe", "node_row", "pipe_row"}]
    return columns | _known(customers, left)


def _text_columns(extract: Extract) -> dict[str, pa.Array]:
    import pyarrow as pa

    sections: list[str] = []
    numbers: list[int] = []
    lines: list[str] = []
    count = 0
    for texts in extract.model_texts.values():
        for text in texts:
            count += 1
            for line in text.lines or ("",):
                sections.append(text.section)
                numbers.append(count)
                lines.append(line)
    return {
        MARKS["model_text"]: pa.array(sections, pa.string()),
        "number": pa.array(numbers, pa.int64()),
        "line": pa.array(lines, pa.string()),
    }


def _batch_columns(extract: Extract) -> dict[str, pa.Array]:
    import pyarrow as pa

    batches = list(extract.batches.values()) or [Batch(extract.name)]
    columns = {MARKS["batch"]: pa.array([batch.name for batch in batches], pa.string())}
    columns |= {word: pa.array([getattr(batch, word) or None for batch in batches], pa.string()) for word in BATCH_WORDS}
    return columns | {
        "survey": pa.array([extract.name] * len(batches), pa.string()),
        "survey_crs": pa.array([extract.crs or None] * len(batches), pa.string()),
    }


def layer_of(kind: str) -> Layer:
    """Return the layer whose fields a table of that kind has."""
    return "node" if kind == "node" else "pipe"
