"""A delivery into the survey: the first time, and again. Again means update, never duplicates."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass, replace
from dataclasses import fields as record_fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.errors import SurveyDataError
from pipemap.model.delivery import Batch, Delivery, turned
from pipemap.model.problem import Problem
from pipemap.progress import SILENT, Progress
from pipemap.store import geometry, matching
from pipemap.store.change import Rows, same_values
from pipemap.store.naming import with_ids
from pipemap.store.reading import arrow_types, read_columns
from pipemap.store.reference import crs_label, same_crs, transformed
from pipemap.store.repeats import batch_repeated
from pipemap.store.sql import quoted
from pipemap.store.tables import columns
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.delivery import Turn

DUPLICATE = "duplicate-id"
_ELSEWHERE = 50.0
"""Metres: a delivery most of whose points lie further than this from where its batch had them is another one. Our own figure."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing a delivery did.

    ``changed`` and ``same`` count nodes and pipes that were there already, ``missing`` those of the batch that the delivery no
    longer holds (they stay); ``change_id`` is None when there was nothing to do. ``repeats`` names another batch that has most of
    the new nodes already, with the same ids at the same places; empty when none has.
    """

    added_nodes: int
    added_pipes: int
    changed: int
    same: int
    missing: int
    batch: int
    change_id: int | None = None
    repeats: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a delivery would do to a survey: the rows of one Change."""

    stored: Stored
    parts: tuple[Rows, ...]

    @property
    def is_import(self) -> bool:
        """Whether a batch, nodes or pipes come that were not there; else what was there is brought up to date."""
        return any(part.table in {"batch", "node", "pipe"} and not part.before.num_rows for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Layer:
    """Delivered rows of one layer beside the stored ones of the same batch."""

    rows: pa.Table
    old: pa.Table
    match: NDArray[np.int64]
    fids: NDArray[np.int64]


def plan_delivery(
    connection: sqlite3.Connection, delivery: Delivery, *, crs: str, srs_id: int, accepted: bool, progress: Progress = SILENT
) -> Plan:
    """Compare a delivery with what its batch holds already.

    Parameters
    ----------
    delivery
        With its batch's name; its coordinates are turned into ``crs``.
    accepted
        Whether the survey takes batches without acceptance.

    Raises
    ------
    SurveyDataError
        A pipe's end is no node, a column has another type, the coordinates cannot be turned into the survey's, or the batch of
        that name lies elsewhere.
    """
    progress(0, 4, _("Comparing"))
    delivery = into_crs(delivery, crs)
    number, batch_parts = _batch(connection, delivery, accepted=accepted)
    progress(0, 4)
    ends = _ends(delivery)
    progress(0, 4)
    nodes = _nodes(connection, delivery, number, srs_id)
    progress(1, 4)
    pipes = _pipes(connection, delivery, number, srs_id, nodes, ends)
    progress(2, 4)
    nodes = _with_arms(nodes, pipes)
    parts = [*batch_parts]
    changed = []
    for table, layer in (("node", nodes), ("pipe", pipes)):
        progress(2, 4)
        added, altered = _differences(table, layer, number)
        parts += [part for part in (added, altered) if len(part)]
        changed.append(len(altered))
    progress(3, 4)
    problems = [*delivery.problems, *_repeated_ids(delivery, nodes, pipes)]
    parts += _replaced(connection, "problem", number, _problem_rows(problems, number, nodes, pipes))
    parts += _replaced(connection, "model_text", number, _text_rows(delivery, number))
    if delivery.customers is not None:
        parts += _updated(connection, "customer", number, _customer_rows(delivery.customers, number, nodes, pipes))
    progress(3, 4)
    new = [int((layer.match < 0).sum()) for layer in (nodes, pipes)]
    matched = sum(len(layer.match) for layer in (nodes, pipes)) - sum(new)
    repeats = "" if nodes.old.num_rows else batch_repeated(connection, nodes.rows, number)
    missing = sum(layer.old.num_rows for layer in (nodes, pipes)) - matched
    return Plan(
        Stored(new[0], new[1], sum(changed), matched - sum(changed), missing, number, repeats=repeats),
        tuple(part for part in parts if len(part)),
    )


def into_crs(delivery: Delivery, crs: str) -> Delivery:
    """Return a delivery in the survey's coordinate system.

    Raises
    ------
    SurveyDataError
        One of the two is unknown and the delivery has places, or there is no way from one to the other.
    """
    if same_crs(delivery.crs, crs):
        return delivery
    x, y = (_numbers(delivery.nodes, name) for name in ("x", "y"))
    people = delivery.customers if delivery.customers is not None else pa.table({})
    of_people = _numbers(people, "x") + _numbers(people, "y")
    if not any(np.isfinite(places).any() for places in (x + y, delivery.lines.xyz[:, :2], of_people)):
        return delivery
    if not delivery.crs or not crs:
        raise SurveyDataError(
            _("The survey is in {survey}, the delivery in {delivery}.").format(
                survey=crs_label(crs), delivery=crs_label(delivery.crs)
            ),
            _("Say which coordinate system it is in (--crs EPSG:…), or store it in a survey of its own."),
        )

    def turn(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return transformed(places, delivery.crs, crs)

    return replace(
        delivery,
        nodes=turned(delivery.nodes, turn),
        customers=None if delivery.customers is None else turned(delivery.customers, turn),
        lines=delivery.lines.turned(turn),
        crs=crs,
        problems=_moved(delivery.problems, turn),
    )


def _moved(problems: tuple[Problem, ...], turn: Turn) -> tuple[Problem, ...]:
    """Turn the places of problems."""
    here = np.array([[_nan(problem.x), _nan(problem.y)] for problem in problems], dtype=np.float64).reshape(-1, 2)
    there = turn(here)
    return tuple(replace(problem, x=_finite(x), y=_finite(y)) for problem, (x, y) in zip(problems, there.tolist(), strict=True))


# -- the batch ---------------------------------------------------------------------------------------------------------


def _batch(connection: sqlite3.Connection, delivery: Delivery, *, accepted: bool) -> tuple[int, list[Rows]]:
    words = {word.name: getattr(delivery.batch, word.name) or None for word in record_fields(Batch)} | {
        "format": delivery.format or None
    }
    found = connection.execute("SELECT fid FROM batch WHERE name = ?", (delivery.batch.name,)).fetchone()
    if found is None:
        number = next_fid(connection, "batch")
        words |= {"fid": number, "state": "stored" if accepted else "submitted", "name": delivery.batch.name}
        return number, [Rows.added("batch", _table("batch", [words]))]
    old = read_columns(connection, "batch", ["fid", *words], fids=[found[0]])
    was = old.to_pylist()[0]
    different = [name for name, value in words.items() if value is not None and value != was[name]]
    if not set(different) - {"source"}:
        return int(found[0]), []
    new = _table("batch", [was | {name: words[name] for name in different}]).select(["fid", *different])
    return int(found[0]), [Rows("batch", old.select(["fid", *different]), new)]


def next_fid(connection: sqlite3.Connection, table: str) -> int:
    """Return a key that no row of a table has or had."""
    (highest,) = connection.execute(f"SELECT coalesce(max(fid), 0) FROM {quoted(table)}").fetchone()
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return int(max(highest, given[0] if given else 0)) + 1


# -- nodes and pipes ---------------------------------------------------------------------------------------------------


def _nodes(connection: sqlite3.Connection, delivery: Delivery, batch: int, srs_id: int) -> _Layer:
    rows = clean("node", delivery.nodes)
    old = _stored(connection, "node", batch, rows)
    xyz = np.column_stack([_numbers(delivery.nodes, name) for name in ("x", "y", "ground")])
    ids = matching.numbered(old["id"], _texts(rows, "id"))
    before = geometry.decode_points(old["geom"])[:, :2]
    found = matching.match(ids, matching.places(before, _whole_places(xyz)))
    there = found >= 0
    _check_same_place(delivery.batch.name, rows, np.linalg.norm(before[found[there]] - xyz[there, :2], axis=1), there)
    level = _numbers(old, "ground")[found[there]]
    xyz[there, 2] = np.where(np.isfinite(xyz[there, 2]), xyz[there, 2], level)
    rows = rows.append_column("geom", geometry.encode_points(xyz, srs_id))
    return _Layer(rows, old, found, _fids(connection, "node", old, found))


def _check_same_place(batch: str, rows: pa.Table, distance: NDArray[np.float64], there: NDArray[np.bool_]) -> None:
    """Refuse another crew's delivery under the name of a batch: it would move the points that have the same numbers.

    ``distance``: metres between each recognised point and where the batch had it; NaN where one has no place.
    """
    far = np.flatnonzero(distance > _ELSEWHERE)
    if 2 * len(far) <= np.isfinite(distance).sum():
        return
    furthest = int(far[np.argmax(distance[far])])
    raise SurveyDataError(
        _("The survey has a batch “{batch}” already, and it lies elsewhere: {id} is {metres} m from where it was.").format(
            batch=batch, id=_texts(rows, "id")[int(np.flatnonzero(there)[furthest])].as_py(), metres=f"{distance[furthest]:,.0f}"
        ),
        _("Give this delivery a name of its own (--batch). If it corrects the earlier one, undo that import first."),
    )


def _pipes(
    connection: sqlite3.Connection, delivery: Delivery, batch: int, srs_id: int, nodes: _Layer, ends: NDArray[np.int64]
) -> _Layer:
    rows = clean("pipe", delivery.pipes)
    names = _texts(nodes.rows, "id").to_pylist()
    texts = [[names[row] for row in ends[:, side].tolist()] for side in (0, 1)]
    rows = _put(rows, "id", with_ids(rows, texts[0], texts[1], delivery.lines))
    for side, (fid, name) in enumerate((("from_fid", "from_node"), ("to_fid", "to_node"))):
        rows = _put(
            _put(rows, fid, pa.array(nodes.fids[ends[:, side]], type=pa.int64())), name, pa.array(texts[side], type=pa.string())
        )
    rows = rows.append_column("geom", geometry.encode_lines(delivery.lines, srs_id))
    old = _stored(connection, "pipe", batch, rows)
    exact = [_whole(table, "from_fid") * (1 << 31) + _whole(table, "to_fid") for table in (old, rows)]
    found = matching.match(matching.numbered(old["id"], rows["id"]), (exact[0], exact[1]))
    return _Layer(rows, old, found, _fids(connection, "pipe", old, found))


def _with_arms(nodes: _Layer, pipes: _Layer) -> _Layer:
    """Turn the valve arms of a delivery, which are rows of its pipes, into keys."""
    if "arm_pipe" not in nodes.rows.column_names:
        return nodes
    arms = pc.fill_null(nodes.rows["arm_pipe"], -1).to_numpy()
    known = (arms >= 0) & (arms < len(pipes.fids))
    fids = np.zeros(len(arms), dtype=np.int64)
    fids[known] = pipes.fids[arms[known]]
    return replace(nodes, rows=_put(nodes.rows, "arm_pipe", pa.array(fids, mask=~known)))


def _ends(delivery: Delivery) -> NDArray[np.int64]:
    """Return the rows (P, 2) of the nodes at which pipes end."""
    if not delivery.pipes.num_rows:
        return np.empty((0, 2), dtype=np.int64)
    ends = np.column_stack([_whole(delivery.pipes, name) for name in ("from_fid", "to_fid")])
    wrong = np.flatnonzero(((ends < 0) | (ends >= delivery.nodes.num_rows)).any(axis=1))
    if len(wrong) or len(delivery.lines) != delivery.pipes.num_rows:
        raise SurveyDataError(_("{n} pipes of the delivery end at nodes that it does not hold.").format(n=len(wrong)))
    return ends


def clean(layer: str, table: pa.Table) -> pa.Table:
    """Return the fields of delivered rows in the types of the survey; blank texts and numbers that are none become unknown.

    Raises
    ------
    SurveyDataError
        A column has values that its field cannot hold.
    """
    types = arrow_types(layer)
    held: dict[str, pa.ChunkedArray] = {}
    for name in columns(layer):
        if name not in table.column_names or name == "batch":
            continue
        try:
            column = table[name].cast(types[name])
        except pa.ArrowInvalid as error:
            raise SurveyDataError(
                _("Column “{name}” of the delivery does not hold what it should.").format(name=name), str(error)
            ) from error
        if pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_finite(column), column, None)
        elif pa.types.is_string(column.type):
            column = pc.replace_substring(column, "\0", "")
            column = pc.if_else(pc.equal(column, ""), None, column)
        if column.null_count < len(column):
            held[name] = column
    return pa.table(held) if held else pa.table({"id": pa.nulls(table.num_rows, pa.string())})


def _stored(connection: sqlite3.Connection, table: str, batch: int, rows: pa.Table) -> pa.Table:
    """Return what the batch has in the columns that are delivered."""
    names = [
        "fid",
        *dict.fromkeys(["id", "geom", *(["ground"] if table == "node" else ["from_fid", "to_fid"]), *rows.column_names]),
    ]
    there = [row[0] for row in connection.execute(f"SELECT fid FROM {quoted(table)} WHERE batch = ? ORDER BY fid", (batch,))]
    return read_columns(connection, table, names, fids=there)


def _fids(connection: sqlite3.Connection, table: str, old: pa.Table, found: NDArray[np.int64]) -> NDArray[np.int64]:
    fids = np.empty(len(found), dtype=np.int64)
    there = found >= 0
    fids[there] = old["fid"].to_numpy()[found[there]]
    first = next_fid(connection, table) if not there.all() else 0
    fids[~there] = np.arange(first, first + int((~there).sum()))
    return fids


def _differences(table: str, layer: _Layer, batch: int) -> tuple[Rows, Rows]:
    """Return the rows to add, and those to change: what is delivered replaces what was stored, an empty cell replaces nothing."""
    rows = layer.rows.append_column("fid", pa.array(layer.fids))
    new = pa.array(layer.match < 0)
    added = rows.filter(new)
    added = added.append_column("batch", pa.array(np.full(added.num_rows, batch), type=pa.int64()))
    again = rows.filter(pc.invert(new))
    old = layer.old.take(pa.array(layer.match[layer.match >= 0]))
    before, after = {"fid": again["fid"]}, {"fid": again["fid"]}
    differ = np.zeros(again.num_rows, dtype=np.bool_)
    for name in layer.rows.column_names:
        merged = pc.coalesce(again[name], old[name]) if again.num_rows else again[name]
        other = ~same_values(merged, old[name]) if again.num_rows else differ
        if other.any():
            before[name], after[name] = old[name], merged
            differ |= other
    chosen = pa.array(differ)
    return Rows.added(table, added), Rows(table, pa.table(before).filter(chosen), pa.table(after).filter(chosen))


# -- problems and kept texts -------------------------------------------------------------------------------------------


def _repeated_ids(delivery: Delivery, nodes: _Layer, pipes: _Layer) -> list[Problem]:
    """Name every id that a delivery has more than once, unless its reader did."""
    known = {(problem.layer, problem.element) for problem in delivery.problems if problem.rule == DUPLICATE}
    found = []
    for layer, held in (("node", nodes), ("pipe", pipes)):
        counted = pc.value_counts(_texts(held.rows, "id").drop_null())
        repeated = counted.filter(pc.greater(counted.field("counts"), 1)).to_pylist()
        for entry in sorted(repeated, key=lambda entry: str(entry["values"])):
            name = str(entry["values"])
            if (layer, name) not in known:
                text = N_("{n} elements have the id “{id}”.")
                values = {"n": entry["counts"], "id": name}
                found.append(Problem(DUPLICATE, "warning", delivery.batch.name, text, values, layer=layer, element=name))  # type: ignore[arg-type]
    return found


def _problem_rows(problems: list[Problem], batch: int, nodes: _Layer, pipes: _Layer) -> list[dict[str, Any]]:
    wanted = {(problem.layer, problem.element) for problem in problems if problem.element}
    fids: dict[tuple[str, str], int] = {}
    for layer, held in (("node", nodes), ("pipe", pipes)):
        names = [name for where, name in wanted if where == layer]
        at = np.flatnonzero(
            pc.is_in(_texts(held.rows, "id"), value_set=pa.array(names, pa.string())).to_numpy(zero_copy_only=False)
        )
        ids = _texts(held.rows, "id").take(pa.array(at)).to_pylist()
        counts = Counter(ids)
        fids |= {(layer, name): int(held.fids[row]) for row, name in zip(at.tolist(), ids, strict=True) if counts[name] == 1}
    return [
        {
            "batch": batch,
            "rule": problem.rule,
            "severity": problem.severity,
            "text": problem.text,
            "arguments": json.dumps(dict(problem.values), ensure_ascii=False, sort_keys=True, default=str),
            "layer": problem.layer or None,
            "element": problem.element or None,
            "element_fid": fids.get((problem.layer, problem.element)),
            "found_in": problem.where or None,
            "x": _finite(problem.x),
            "y": _finite(problem.y),
            "status": "open",
        }
        for problem in problems
    ]


def _customer_rows(customers: pa.Table, batch: int, nodes: _Layer, pipes: _Layer) -> list[dict[str, Any]]:
    """Return customers with the keys of the node and the pipe that they are tied to: of the delivery, or stored before."""
    rows = []
    for given in customers.to_pylist():
        row = {name: given.get(name) for name in columns("customer")} | {"batch": batch}
        row |= {name: _finite(row[name]) for name in ("own_tank_hours", "demand_lps", "distance", "x", "y")}
        for name, held in (("node", nodes), ("pipe", pipes)):
            at = given.get(f"{name}_row")
            if at is not None:
                row[name] = int(held.fids[at]) if 0 <= at < len(held.fids) else None
        rows.append(row)
    return rows


def _text_rows(delivery: Delivery, batch: int) -> list[dict[str, Any]]:
    return [
        {"batch": batch, "position": number, "section": text.section, "lines": json.dumps(text.lines, ensure_ascii=False)}
        for number, text in enumerate(delivery.model_texts)
    ]


def _replaced(connection: sqlite3.Connection, table: str, batch: int, rows: list[dict[str, Any]]) -> list[Rows]:
    """Return what makes the batch's rows of a table be these, nothing when they are."""
    there = [row[0] for row in connection.execute(f"SELECT fid FROM {quoted(table)} WHERE batch = ? ORDER BY fid", (batch,))]
    old = read_columns(connection, table, list(arrow_types(table)), fids=there)
    first = next_fid(connection, table) if rows else 0
    new = _table(table, [row | {"fid": first + number} for number, row in enumerate(rows)])
    compared = [name for name in columns(table) if name not in {"element_fid", "status", "reason"}]
    if old.select(compared).to_pylist() == new.select(compared).to_pylist():
        return []
    return [Rows.deleted(table, old), Rows.added(table, new)]


def _updated(connection: sqlite3.Connection, table: str, batch: int, rows: list[dict[str, Any]]) -> list[Rows]:
    """Return what makes the batch's rows of a table be these; a row with an id that was there keeps its key."""
    there = [row[0] for row in connection.execute(f"SELECT fid FROM {quoted(table)} WHERE batch = ? ORDER BY fid", (batch,))]
    old = read_columns(connection, table, list(arrow_types(table)), fids=there)
    new = _table(table, rows)
    found = matching.pair(*matching.numbered(old["id"], new["id"]))
    fids = np.where(found >= 0, old["fid"].to_numpy()[found] if old.num_rows else 0, 0)
    first = next_fid(connection, table) if (found < 0).any() else 0
    fids[found < 0] = first + np.arange(int((found < 0).sum()))
    new = _put(new, "fid", pa.array(fids, pa.int64()))
    kept = np.flatnonzero(found >= 0)
    before, after = old.take(pa.array(found[kept])), new.take(pa.array(kept))
    differ = np.zeros(len(kept), dtype=np.bool_)
    for name in columns(table):
        differ |= ~same_values(after[name], before[name])
    changed, gone = pa.array(differ), np.setdiff1d(np.arange(old.num_rows), found[kept])
    return [
        Rows.deleted(table, old.take(pa.array(gone))),
        Rows(table, before.filter(changed), after.filter(changed)),
        Rows.added(table, new.filter(pa.array(found < 0))),
    ]


def _table(table: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table({name: pa.array([row.get(name) for row in rows], type=kind) for name, kind in arrow_types(table).items()})


# -- columns -----------------------------------------------------------------------------------------------------------


def _texts(table: pa.Table, name: str) -> pa.ChunkedArray:
    return table[name] if name in table.column_names else pa.chunked_array([pa.nulls(table.num_rows, pa.string())])


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    values: NDArray[np.float64] = pc.fill_null(table[name].cast(pa.float64()), np.nan).to_numpy().copy()
    values[~np.isfinite(values)] = np.nan
    return values


def _whole(table: pa.Table, name: str) -> NDArray[np.int64]:
    if name not in table.column_names:
        return np.full(table.num_rows, -1, dtype=np.int64)
    return pc.fill_null(table[name].cast(pa.int64()), -1).to_numpy()  # type: ignore[no-any-return]


def _whole_places(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return east and north, both unknown where one is."""
    return np.where(np.isfinite(xyz[:, :2]).all(axis=1, keepdims=True), xyz[:, :2], np.nan)


def _nan(value: float | None) -> float:
    return np.nan if value is None else value


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None


def _put(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, column)
    return table.append_column(name, column)
