"""Extracts as edits leave them: values changed, elements gone or added."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipemap.model.delivery import Lines
from pipemap.model.extract import Extract
from pipemap.model.fields import Layer
from pipemap.model.problem import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray


def edited(extract: Extract, layer: Layer, id_: str, **fields: object) -> Extract:
    """Change fields of one element."""
    table = extract.nodes if layer == "node" else extract.pipes
    row = table["id"].to_pylist().index(id_)
    for name, value in fields.items():
        values = table[name].to_pylist()
        values[row] = value
        table = table.set_column(table.column_names.index(name), name, pa.array(values, table[name].type))
    return replace(extract, nodes=table) if layer == "node" else replace(extract, pipes=table)


def without(extract: Extract, *, nodes: tuple[str, ...] = (), pipes: tuple[str, ...] = ()) -> Extract:
    """Take elements away; pipes at a node that goes go with it."""
    node_ids, pipe_ids = extract.nodes["id"].to_pylist(), extract.pipes["id"].to_pylist()
    ends = extract.ends()
    gone = np.array([id_ in nodes for id_ in node_ids], dtype=bool)
    keep = np.array([id_ not in pipes for id_ in pipe_ids], dtype=bool) & ~gone[ends].any(axis=1)
    new_row = np.cumsum(~gone) - 1
    kept = extract.pipes.filter(pa.array(keep))
    for side, name in enumerate(("from_fid", "to_fid")):
        at = kept.column_names.index(name)
        kept = kept.set_column(at, name, pa.array(new_row[ends[keep, side]], pa.int64()))
    courses = [extract.lines[row] for row in np.flatnonzero(keep).tolist()]
    return replace(extract, nodes=extract.nodes.filter(pa.array(~gone)), pipes=kept, lines=Lines.from_lists(courses))


def added_pipe(extract: Extract, id_: str, first: str, second: str, **fields: object) -> Extract:
    """Add a pipe between two nodes, as one adds it in the survey: no line of the model has it."""
    ids = extract.nodes["id"].to_pylist()
    ends = [ids.index(first), ids.index(second)]
    row = dict.fromkeys(extract.pipes.column_names) | {"id": id_, "from_fid": ends[0], "to_fid": ends[1]} | fields
    row["fid"] = extract.pipes.num_rows + 1
    places = [[extract.nodes[name][end].as_py() for name in ("x", "y")] for end in ends]
    course = np.array([[*place, np.nan] for place in places], dtype=np.float64)
    table = pa.concat_tables([extract.pipes, pa.Table.from_pylist([row], schema=extract.pipes.schema)])
    lines = Lines.from_lists([*(extract.lines[at] for at in range(len(extract.lines))), course])
    return replace(extract, pipes=table, lines=lines)


def surveyed(nodes: list[dict[str, Any]], pipes: list[dict[str, Any]], name: str = "town") -> Extract:
    """Build an extract that never was a model: ``from`` and ``to`` of a pipe are ids of nodes."""
    from pipemap.model.delivery import Batch, Delivery

    ids = [node["id"] for node in nodes]
    rows = [
        {key: value for key, value in pipe.items() if key not in {"from", "to"}}
        | {"from_fid": ids.index(pipe["from"]), "to_fid": ids.index(pipe["to"])}
        for pipe in pipes
    ]
    courses = [_course(nodes, row) for row in rows]
    delivery = Delivery(
        nodes=_table(nodes),
        pipes=_table(rows) if rows else pa.table({"id": pa.array([], pa.string())}),
        lines=Lines.from_lists(courses),
        batch=Batch(name),
        format="survey-tables",
    )
    return Extract.from_delivery(delivery)


def _course(nodes: list[dict[str, Any]], pipe: dict[str, Any]) -> NDArray[np.float64]:
    ends = [(nodes[pipe[side]], pipe.get(level)) for side, level in _ENDS]
    return np.array([[node["x"], node["y"], level] for node, level in ends], dtype=np.float64)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})


_ENDS = (("from_fid", "from_level"), ("to_fid", "to_level"))


def rules(losses: tuple[Problem, ...]) -> dict[str, object]:
    """Rule → how many."""
    assert all(loss.message for loss in losses)
    return {loss.rule: loss.values["count"] for loss in losses if loss.rule != "only-attributes"}


def joined(first: Extract, second: Extract) -> Extract:
    """Put two deliveries into one survey, as batches 1 and 2."""
    count = first.nodes.num_rows
    pipes = second.pipes
    for name in ("from_fid", "to_fid"):
        at = pipes.column_names.index(name)
        pipes = pipes.set_column(at, name, pa.array(pipes[name].to_numpy() + count, pa.int64()))
    tables = []
    for before, after in ((first.nodes, second.nodes), (first.pipes, pipes)):
        again = after.set_column(after.column_names.index("batch"), "batch", pa.array([2] * after.num_rows, pa.int64()))
        again = again.set_column(0, "fid", pa.array(np.arange(after.num_rows) + 1 + before.num_rows, pa.int64()))
        tables.append(pa.concat_tables([before, again]))
    lines = [extract.lines[row] for extract in (first, second) for row in range(len(extract.lines))]
    return replace(
        first,
        nodes=tables[0],
        pipes=tables[1],
        lines=Lines.from_lists(lines),
        batches={1: first.batches[1], 2: second.batches[1]},
        model_texts={1: first.model_texts[1], 2: second.model_texts[1]},
    )
