"""What comes with the nodes and pipes of a delivery: problems, customers, sections of model files that are only kept."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.problem import MORE, Problem
from pipemap.store import matching
from pipemap.store.change import Rows, same_values
from pipemap.store.conflicts import CONFLICT
from pipemap.store.delivered_columns import finite, put, rows_table, texts
from pipemap.store.elements import next_fid
from pipemap.store.reading import arrow_types, read_columns
from pipemap.store.sql import quoted
from pipemap.store.tables import columns
from pipemap.texts import N_

if TYPE_CHECKING:
    from pipemap.model.delivery import Delivery
    from pipemap.store.comparing import Beside

DUPLICATE = "duplicate-id"
MOST = 1000
"""Ids of one layer that are named one by one; the rest are counted in one more problem."""


def repeated_ids(delivery: Delivery, nodes: Beside, pipes: Beside) -> list[Problem]:
    """Name every id that a delivery has more than once, unless its reader did."""
    known = {(problem.layer, problem.element) for problem in delivery.problems if problem.rule == DUPLICATE}
    found = []
    for layer, held in (("node", nodes), ("pipe", pipes)):
        counted = pc.value_counts(texts(held.rows, "id").drop_null())
        repeated = counted.filter(pc.greater(counted.field("counts"), 1)).to_pylist()
        named = sorted((str(entry["values"]), entry["counts"]) for entry in repeated)
        named = [(name, count) for name, count in named if (layer, name) not in known]
        for name, count in named[:MOST]:
            text = N_("{n} elements have the id “{id}”.")
            values = {"n": count, "id": name}
            found.append(Problem(DUPLICATE, "warning", delivery.batch.name, text, values, layer=layer, element=name))  # type: ignore[arg-type]
        if len(named) > MOST:
            values = {"count": len(named) - MOST, "rule": DUPLICATE}
            found.append(Problem(DUPLICATE, "warning", delivery.batch.name, MORE, values, layer=layer))  # type: ignore[arg-type]
    return found


def problem_rows(problems: list[Problem], batch: int, nodes: Beside, pipes: Beside) -> list[dict[str, Any]]:
    """Return problems as rows, with the key of the element where its id is the only one."""
    wanted = {(problem.layer, problem.element) for problem in problems if problem.element}
    fids: dict[tuple[str, str], int] = {}
    for layer, held in (("node", nodes), ("pipe", pipes)):
        names = [name for where, name in wanted if where == layer]
        at = np.flatnonzero(
            pc.is_in(texts(held.rows, "id"), value_set=pa.array(names, pa.string())).to_numpy(zero_copy_only=False)
        )
        ids = texts(held.rows, "id").take(pa.array(at)).to_pylist()
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
            "x": finite(problem.x),
            "y": finite(problem.y),
            "status": "open",
        }
        for problem in problems
    ]


def customer_rows(customers: pa.Table, batch: int, nodes: Beside, pipes: Beside) -> list[dict[str, Any]]:
    """Return customers with the keys of the node and the pipe that they are tied to: of the delivery, or stored before."""
    rows = []
    for given in customers.to_pylist():
        row = {name: given.get(name) for name in columns("customer")} | {"batch": batch}
        row |= {name: finite(row[name]) for name in ("own_tank_hours", "demand_lps", "distance", "x", "y")}
        for name, held in (("node", nodes), ("pipe", pipes)):
            at = given.get(f"{name}_row")
            if at is not None:
                row[name] = int(held.fids[at]) if 0 <= at < len(held.fids) else None
        rows.append(row)
    return rows


def text_rows(delivery: Delivery, batch: int) -> list[dict[str, Any]]:
    """Return kept sections of a model file as rows."""
    return [
        {"batch": batch, "position": number, "section": text.section, "lines": json.dumps(text.lines, ensure_ascii=False)}
        for number, text in enumerate(delivery.model_texts)
    ]


_ADDED_LATER = {"element_fid", "status", "reason", "decided_by", "decided"}
"""Of a problem: what no source says, and what a person decides about it."""


def replaced(connection: sqlite3.Connection, table: str, batch: int, rows: list[dict[str, Any]]) -> list[Rows]:
    """Return what makes the batch's rows of a table be these, nothing when they are."""
    kept = " AND rule != ?" if table == "problem" else ""  # conflicts stand until somebody decides
    statement = f"SELECT fid FROM {quoted(table)} WHERE batch = ?{kept} ORDER BY fid"
    there = [row[0] for row in connection.execute(statement, (batch, CONFLICT) if kept else (batch,))]
    old = read_columns(connection, table, list(arrow_types(table)), fids=there)
    first = next_fid(connection, table) if rows else 0
    new = rows_table(table, [row | {"fid": first + number} for number, row in enumerate(rows)])
    compared = [name for name in columns(table) if name not in _ADDED_LATER]
    if old.select(compared).to_pylist() == new.select(compared).to_pylist():
        return []
    return [Rows.deleted(table, old), Rows.added(table, new)]


def updated(connection: sqlite3.Connection, table: str, batch: int, rows: list[dict[str, Any]]) -> list[Rows]:
    """Return what makes the batch's rows of a table be these; a row with an id that was there keeps its key."""
    there = [row[0] for row in connection.execute(f"SELECT fid FROM {quoted(table)} WHERE batch = ? ORDER BY fid", (batch,))]
    old = read_columns(connection, table, list(arrow_types(table)), fids=there)
    new = rows_table(table, rows)
    found = matching.pair(*matching.numbered(old["id"], new["id"]))
    fids = np.where(found >= 0, old["fid"].to_numpy()[found] if old.num_rows else 0, 0)
    first = next_fid(connection, table) if (found < 0).any() else 0
    fids[found < 0] = first + np.arange(int((found < 0).sum()))
    new = put(new, "fid", pa.array(fids, pa.int64()))
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
