"""Plain tables to a delivery: what was written comes back as it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import NodeKind
from pipemap.errors import SurveyDataError
from pipemap.formats.plain_tables.cells import Cells, read_tables
from pipemap.formats.plain_tables.content import MARKS, VERTICES
from pipemap.formats.plain_tables.findings import Findings
from pipemap.model.columns import floats
from pipemap.model.delivery import Batch, Delivery, Lines, ModelText
from pipemap.model.fields import Layer, arrow_schema
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.registry import ReadOptions

NAME = "plain-tables"
_REFERENCES = ("from_fid", "to_fid", "arm_pipe", "batch")
_CUSTOMER_TYPES = {
    "critical": "bool",
    "households": "int64",
    **dict.fromkeys(("own_tank_hours", "demand_lps", "x", "y", "distance"), "float64"),
}


def read_plain_tables(paths: Sequence[Path], *, options: ReadOptions, progress: Progress = SILENT) -> Delivery:
    """Read the tables that :func:`~pipemap.formats.plain_tables.writer.write_plain_tables` wrote, edited or not.

    Raises
    ------
    SurveyFileError
        A file is damaged, locked or absurdly large.
    SurveyDataError
        There is neither a table of nodes nor one of pipes.
    """
    findings = Findings()
    tables = read_tables(paths, progress=progress)
    by_kind = {kind: [table for table in tables if table.kind == kind] for kind in MARKS}
    if not (by_kind["node"] or by_kind["pipe"]):
        raise SurveyDataError(
            _("No table of points or pipes was found in {files}.").format(files=", ".join(path.name for path in paths)),
            _("Give the files of nodes and pipes together: {names}.").format(names="town-node.csv, town-pipe.csv"),
        )
    nodes, node_keys = _layer("node", by_kind["node"], findings)
    pipes, pipe_keys = _layer("pipe", by_kind["pipe"], findings)
    nodes, pipes = _joined(nodes, node_keys, pipes, by_kind["pipe"], findings)
    nodes = _with_arms(nodes, by_kind["node"], pipe_keys, findings)
    lines = _courses(nodes, pipes, by_kind, pipe_keys, findings)
    batch, crs = _batch(paths, by_kind["batch"], options, findings)
    customers = _customers(by_kind["customer"], node_keys, pipe_keys, findings)
    return Delivery(
        _without_unknown(nodes),
        _without_unknown(pipes),
        lines,
        batch,
        NAME,
        crs,
        findings.problems,
        _texts(by_kind["model_text"], findings),
        {table.place: f"{table.kind}, {table.rows}" for table in tables},
        customers=customers,
    )


@dataclass(frozen=True, slots=True)
class _Keys:
    """Keys of rows: which row each means."""

    ordered: NDArray[np.int64]
    rows: NDArray[np.int64]

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each key, −1 where there is none."""
        if not len(self.ordered):
            return np.full(len(keys), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.ordered, keys), len(self.ordered) - 1)
        return np.where(self.ordered[at] == keys, self.rows[at], -1)


def _layer(layer: Layer, parts: Sequence[Cells], findings: Findings) -> tuple[pa.Table, _Keys]:
    """Return the rows of all tables of a layer, in the types of its schema, and their keys."""
    import pyarrow as pa

    schema = arrow_schema(layer)
    read, keys = [schema.empty_table()], [np.empty(0, dtype=np.int64)]
    for part in parts:
        held = {}
        for field in schema:
            held[field.name] = pa.nulls(part.rows, field.type) if field.name in _REFERENCES else _typed(part, field, findings)
        read.append(pa.table(held, schema=schema))
        keys.append(part.keys(MARKS[layer], findings))
        for heading in part.columns:
            if heading not in schema.names and heading not in {MARKS[layer], VERTICES, ""}:
                findings.add("unknown-column", part.place, {"column": heading})
    joined = np.concatenate(keys)
    ordered, first = np.unique(joined, return_index=True)
    known = ordered >= 0
    _list_repeated(joined, parts, findings)
    return pa.concat_tables(read).combine_chunks(), _Keys(ordered[known], first[known].astype(np.int64))


def _list_repeated(keys: NDArray[np.int64], parts: Sequence[Cells], findings: Findings) -> None:
    again = np.ones(len(keys), dtype=np.bool_)
    again[np.unique(keys, return_index=True)[1]] = False
    starts = np.cumsum([0, *(part.rows for part in parts)])
    for row in np.flatnonzero(again & (keys >= 0)).tolist():
        part = int(np.searchsorted(starts, row, side="right")) - 1
        findings.add("repeated-key", parts[part].where(row - int(starts[part])), {"value": int(keys[row])})


def _typed(part: Cells, field: pa.Field, findings: Findings) -> pa.Array:
    import pyarrow as pa

    if pa.types.is_boolean(field.type):
        return _truth(part.text(field.name))
    if pa.types.is_string(field.type):
        return part.text(field.name)
    return part.number(field.name, findings, whole=pa.types.is_integer(field.type))


def _truth(column: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    lowered = pc.utf8_lower(column)
    yes, no = (pc.is_in(lowered, pa.array(words)) for words in (["true", "1", "yes", "是"], ["false", "0", "no", "否"]))
    return pc.if_else(pc.or_(yes, no), yes, pa.scalar(None, pa.bool_()))


def _keys_of(parts: Sequence[Cells], name: str, findings: Findings) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, dtype=np.int64), *(part.keys(name, findings) for part in parts)])


def _joined(
    nodes: pa.Table, keys: _Keys, pipes: pa.Table, parts: Sequence[Cells], findings: Findings
) -> tuple[pa.Table, pa.Table]:
    """Give pipes the rows of their nodes; a key that no node has gets a placeholder."""
    import pyarrow as pa

    known = nodes.num_rows
    missing: dict[int, int] = {}
    for name in ("from_fid", "to_fid"):
        wanted = _keys_of(parts, name, findings)
        rows = keys.find(wanted)
        for row in np.flatnonzero(rows < 0).tolist():
            key = int(wanted[row])
            findings.add("missing-node", values={"value": key if key >= 0 else "?"}, layer="pipe", element=_id(pipes, row))
            rows[row] = known + missing.setdefault(key if key >= 0 else -1 - 2 * row - (name == "to_fid"), len(missing))
        pipes = pipes.set_column(pipes.column_names.index(name), name, pa.array(rows))
    if missing:
        names = [f"?{key}" if key >= 0 else "?" for key in missing]
        placeholder = {"id": pa.array(names, pa.string()), "kind": pa.repeat(NodeKind.PLACEHOLDER.value, len(names))}
        held = {field.name: placeholder.get(field.name, pa.nulls(len(names), field.type)) for field in nodes.schema}
        nodes = pa.concat_tables([nodes, pa.table(held, schema=nodes.schema)]).combine_chunks()
    return nodes, pipes


def _id(table: pa.Table, row: int) -> str:
    return table["id"][row].as_py() or ""


def _with_arms(nodes: pa.Table, parts: Sequence[Cells], keys: _Keys, findings: Findings) -> pa.Table:
    import pyarrow as pa

    wanted = _keys_of(parts, "arm_pipe", findings)
    rows = keys.find(wanted)
    for row in np.flatnonzero((wanted >= 0) & (rows < 0)).tolist():
        findings.add("missing-pipe", values={"value": int(wanted[row])}, layer="node", element=_id(nodes, row))
    rows = np.concatenate([rows, np.full(nodes.num_rows - len(rows), -1)])
    return nodes.set_column(nodes.column_names.index("arm_pipe"), "arm_pipe", pa.array(rows, pa.int64(), mask=rows < 0))


def _courses(nodes: pa.Table, pipes: pa.Table, by_kind: dict[str, list[Cells]], keys: _Keys, findings: Findings) -> Lines:
    """Return the vertices that are listed; straight lines for pipes that have none of their own."""
    ends = np.column_stack([pipes[name].to_numpy() for name in ("from_fid", "to_fid")]).astype(np.int64).reshape(-1, 2)
    place = np.column_stack([floats(nodes, name) for name in ("x", "y")])
    placed = np.asarray(np.isfinite(place).all(axis=1))[ends].all(axis=1)
    told = _keys_of(by_kind["pipe"], VERTICES, findings)
    owner, listed = _vertices(by_kind["vertex"], keys, findings)
    found = np.bincount(owner[owner >= 0], minlength=len(ends))
    for row in np.flatnonzero((told >= 0) & (told != found)).tolist():
        findings.add(
            "short-course", values={"count": int(told[row]), "found": int(found[row])}, layer="pipe", element=_id(pipes, row)
        )
    straight = (found == 0) & (told != 0) & placed
    row_of = np.concatenate([owner, np.repeat(np.flatnonzero(straight), 2)])
    levels = np.column_stack([floats(pipes, f"{side}_level") for side in ("from", "to")])
    drawn = np.concatenate([place[ends], levels[:, :, None]], axis=2)[straight].reshape(-1, 3)
    xyz = np.concatenate([listed, drawn])
    order = np.argsort(row_of, kind="stable")
    order = order[row_of[order] >= 0]
    counts = np.bincount(row_of[order], minlength=len(ends))
    return Lines(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), xyz[order])


def _vertices(parts: Sequence[Cells], keys: _Keys, findings: Findings) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    wanted = _keys_of(parts, MARKS["vertex"], findings)
    rows = keys.find(wanted)
    for key in np.unique(wanted[rows < 0]).tolist():
        findings.add("missing-pipe", values={"value": key})
    xyz = [np.column_stack([_plain_floats(part.number(name, findings)) for name in ("x", "y", "level")]) for part in parts]
    return rows, np.concatenate([np.empty((0, 3)), *xyz])


def _plain_floats(column: pa.Array) -> NDArray[np.float64]:
    import pyarrow.compute as pc

    return np.asarray(pc.fill_null(column, float("nan")).to_numpy(zero_copy_only=False), dtype=np.float64)


def _customers(parts: Sequence[Cells], nodes: _Keys, pipes: _Keys, findings: Findings) -> pa.Table | None:
    import pyarrow as pa

    if not parts:
        return None
    tables = []
    for part in parts:
        held = {}
        for name in part.columns:
            if name in {MARKS["customer"], "node_fid", "pipe_fid", ""}:
                continue
            kind = _CUSTOMER_TYPES.get(name, "string")
            held[name] = _typed(part, pa.field(name, pa.type_for_alias(kind)), findings)
        for layer, keys in (("node", nodes), ("pipe", pipes)):
            rows = keys.find(part.keys(f"{layer}_fid", findings))
            held[f"{layer}_row"] = pa.array(rows, pa.int64(), mask=rows < 0)
        tables.append(pa.table(held))
    return pa.concat_tables(tables, promote_options="default").combine_chunks()


def _texts(parts: Sequence[Cells], findings: Findings) -> tuple[ModelText, ...]:
    found: dict[int, tuple[str, list[str]]] = {}
    for part in parts:
        numbers = part.keys("number", findings).tolist()
        for section, number, line in zip(
            part.text(MARKS["model_text"]).to_pylist(), numbers, part.text("line").to_pylist(), strict=True
        ):
            found.setdefault(number, (section or "", []))[1].append(line or "")
    return tuple(ModelText(section, tuple(lines)) for section, lines in found.values())


def _batch(paths: Sequence[Path], parts: Sequence[Cells], options: ReadOptions, findings: Findings) -> tuple[Batch, str]:
    rows = [{name: column[row].as_py() for name, column in part.columns.items()} for part in parts for row in range(part.rows)]
    crs = options.crs or next((row["survey_crs"] for row in rows if row.get("survey_crs")), "")
    if len(rows) == 1:
        words = {field.name: rows[0].get(field.name) or "" for field in fields(Batch) if field.name != "name"}
        return Batch(options.batch or rows[0].get(MARKS["batch"]) or paths[0].stem, **words), crs
    if rows:
        findings.add("several-batches", values={"count": len(rows), "names": _listed(row.get(MARKS["batch"]) for row in rows)})
    return Batch(options.batch or paths[0].stem, crs=crs, source=", ".join(path.name for path in paths)), crs


def _listed(names: Iterable[str | None]) -> str:
    known = [name or "?" for name in names]
    return ", ".join(known[:10]) + (" …" if len(known) > 10 else "")  # noqa: PLR2004 -- enough to recognise them


def _without_unknown(table: pa.Table) -> pa.Table:
    """Leave out columns in which nothing is known, as a source that does not have them."""
    kept = [
        name for name in table.column_names if name in {"id", "from_fid", "to_fid"} or table[name].null_count < table.num_rows
    ]
    return table.select(kept)
