"""A delivery into the survey: the first time, and again. Again means update, never duplicates."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from dataclasses import fields as record_fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.errors import SurveyDataError
from pipemap.model.comparison import STANDINGS, Comparison, Decisions
from pipemap.model.delivery import Batch, Delivery, turned
from pipemap.model.problem import Problem
from pipemap.progress import SILENT, Progress, Told
from pipemap.progress import beside as done_beside
from pipemap.store import comparing, geometry
from pipemap.store.accompanying import (
    customer_rows,
    problem_rows,
    repeated_ids,
    replaced,
    text_rows,
    updated,
)
from pipemap.store.change import Rows
from pipemap.store.comparing import ELSEWHERE, Beside, Outcome
from pipemap.store.conflicts import conflict_problems
from pipemap.store.delivered import Delivered, changed_rows, read_delivered
from pipemap.store.delivered_columns import finite, numbers, put, rows_table, texts, whole
from pipemap.store.elements import next_fid
from pipemap.store.following import follow
from pipemap.store.naming import with_ids
from pipemap.store.reading import arrow_types, read_columns
from pipemap.store.recognising import recognise_nodes, recognise_pipes
from pipemap.store.reference import crs_label, same_crs, transformed
from pipemap.store.repeats import batch_repeated
from pipemap.store.sql import quoted
from pipemap.store.tables import FEATURE_TABLES, columns
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipemap.model.delivery import Turn


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing a delivery did.

    ``changed`` and ``same`` count nodes and pipes that were there already, ``missing`` those of the batch that the delivery no
    longer holds, ``retired`` those of them that are out of use from now on, ``conflicts`` those that were edited by hand and come
    otherwise too: they stay as they are until somebody decides. ``change_id`` is None when there was nothing to do. ``repeats``
    names another batch that has most of the new nodes already, with the same ids at the same places; empty when none has.
    """

    added_nodes: int
    added_pipes: int
    changed: int
    same: int
    missing: int
    batch: int
    change_id: int | None = None
    repeats: str = ""
    conflicts: int = 0
    retired: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a delivery would do to a survey: the rows of one Change, and how every element stands."""

    stored: Stored
    parts: tuple[Rows, ...]
    comparison: Comparison

    @property
    def meets_any(self) -> bool:
        """Whether the batch had elements before."""
        return any((layer.standing != STANDINGS.index("added")).any() for layer in self.comparison.layers)

    @property
    def is_import(self) -> bool:
        """Whether a batch, nodes or pipes come that were not there; else what was there is brought up to date."""
        return any(part.table in {"batch", "node", "pipe"} and not part.before.num_rows for part in self.parts)


def plan_delivery(
    connection: sqlite3.Connection,
    delivery: Delivery,
    *,
    crs: str,
    srs_id: int,
    accepted: bool,
    decisions: Decisions | None = None,
    author: str = "",
    progress: Progress = SILENT,
) -> Plan:
    """Compare a delivery with what its batch holds already, and make a Change of what was chosen.

    Parameters
    ----------
    delivery
        With its batch's name; its coordinates are turned into ``crs``.
    accepted
        Whether the survey takes batches without acceptance.
    decisions
        What comes and what stays; where nothing is said what is new and what changed comes, conflicts and what is missing stay.

    Raises
    ------
    SurveyDataError
        A pipe's end is no node, a column has another type, the coordinates cannot be turned into the survey's, or the batch of
        that name lies elsewhere.
    """
    progress = Told(progress)
    progress(0, 4, _("Comparing"))
    decisions = decisions or Decisions()
    delivery = into_crs(delivery, crs, progress)
    number, batch_parts = _batch(connection, delivery, accepted=accepted)
    delivered = read_delivered(connection, number)
    progress(0, 4)
    ends = _ends(delivery)
    progress(0, 4)
    nodes = _nodes(connection, delivery, number, srs_id, delivered, progress)
    progress(1, 4)
    pipes = _pipes(connection, delivery, number, srs_id, nodes, ends, delivered, progress)
    progress(2, 4)
    nodes = _with_arms(nodes, pipes)
    compared = done_beside(
        lambda: Comparison((comparing.compare(nodes, delivered), comparing.compare(pipes, delivered))), progress.again
    )
    outcomes = done_beside(lambda: _decided(nodes, pipes, compared, decisions, number, ends), progress.again)
    progress(3, 4)
    parts = [*batch_parts, *_element_parts(outcomes)]
    followed = follow(connection, (nodes, pipes), outcomes, srs_id)
    parts += followed
    parts += _accompanying(connection, delivery, number, nodes, pipes, progress.again)
    progress(4, 4)
    parts = [part for part in parts if len(part)]
    parts += _kept_apart(
        connection, number, (nodes, pipes), compared, decisions, outcomes, delivered, new=parts, followed=followed
    )
    parts = _with_delivered(connection, number, parts, accepted=accepted, author=author)
    return Plan(_counted(connection, number, (nodes, pipes), compared, outcomes, decisions), tuple(parts), compared)


def _accompanying(
    connection: sqlite3.Connection, delivery: Delivery, batch: int, nodes: Beside, pipes: Beside, told: Callable[[], None]
) -> list[Rows]:
    """Return what comes beside nodes and pipes."""
    problems = [*delivery.problems, *done_beside(lambda: repeated_ids(delivery, nodes, pipes), told)]
    parts = replaced(connection, "problem", batch, done_beside(lambda: problem_rows(problems, batch, nodes, pipes), told))
    parts += replaced(connection, "model_text", batch, text_rows(delivery, batch))
    if delivery.customers is not None:
        parts += updated(connection, "customer", batch, customer_rows(delivery.customers, batch, nodes, pipes))
    return parts


def _decided(
    nodes: Beside, pipes: Beside, compared: Comparison, decisions: Decisions, batch: int, ends: NDArray[np.int64]
) -> tuple[Outcome, Outcome]:
    """Return what becomes of nodes and pipes; a node that a pipe hangs on comes with it."""
    lines = comparing.decide(pipes, compared.layers[1], decisions, batch)
    needed = np.zeros(len(nodes.match), dtype=np.bool_)
    needed[ends[lines.comes].ravel()] = True
    return comparing.decide(nodes, compared.layers[0], decisions, batch, needed), lines


def _element_parts(outcomes: tuple[Outcome, Outcome]) -> list[Rows]:
    return [part for outcome in outcomes for part in (outcome.added, outcome.altered, outcome.retired)]


def _kept_apart(  # noqa: PLR0913 -- everything that was compared
    connection: sqlite3.Connection,
    batch: int,
    layers: tuple[Beside, Beside],
    compared: Comparison,
    decisions: Decisions,
    outcomes: tuple[Outcome, Outcome],
    delivered: Delivered,
    *,
    new: list[Rows],
    followed: list[Rows],
) -> list[Rows]:
    """Return what keeps in mind what was not taken, and lists conflicts that are open; nothing where all of it is known."""
    refused: list[dict[str, Any]] = []
    before: list[dict[str, Any]] = []
    for beside, comparison, outcome in zip(layers, compared.layers, outcomes, strict=True):
        now, earlier = comparing.not_taken(beside, comparison, decisions, outcome, delivered)
        settled = comparing.settled_otherwise(beside, followed)
        told = {(row["element"], row["field"]) for row in (*now, *settled)}
        refused += now
        before += [*settled, *(row for row in earlier if (row["element"], row["field"]) not in told)]
    if not new and not any(map(len, changed_rows(connection, batch, refused, 0)[1:])):
        return []
    parts = changed_rows(connection, batch, [*refused, *before], next_fid(connection, "not_taken"))
    parts += conflict_problems(connection, batch, compared, refused, next_fid(connection, "problem") + _added("problem", new))
    return [part for part in parts if len(part)]


def _added(table: str, parts: list[Rows]) -> int:
    return sum(len(part) for part in parts if part.table == table and not part.before.num_rows)


def _with_delivered(connection: sqlite3.Connection, batch: int, parts: list[Rows], *, accepted: bool, author: str) -> list[Rows]:
    """Note in the batch with which entry of the history it was delivered, where there is an entry to make, and by whom.

    Raises
    ------
    SurveyDataError
        Batches have to be accepted, and this one has been: what comes now would be in the survey without that.
    """
    if not parts:
        return []
    (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM history").fetchone()
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'history'").fetchone()
    words: dict[str, Any] = {"delivered": max(newest, given[0] if given else 0) + 1}
    first = parts[0]
    is_new = first.table == "batch" and not first.before.num_rows
    if is_new or not accepted:
        words |= _state(connection, batch, parts, is_new=is_new, accepted=accepted, author=author)
    types = arrow_types("batch")
    before = read_columns(connection, "batch", ["fid", *words], fids=[batch])
    part = first if first.table == "batch" else Rows("batch", before.select(["fid"]), before.select(["fid"]))
    for name, value in words.items():
        was = part.before if is_new else put(part.before, name, before[name])
        part = Rows("batch", was, put(part.after, name, pa.array([value], types[name])))
    if is_new:
        part = Rows.added("batch", part.after)
    return [part, *(parts[1:] if first.table == "batch" else parts)]


def _state(
    connection: sqlite3.Connection, batch: int, parts: list[Rows], *, is_new: bool, accepted: bool, author: str
) -> dict[str, Any]:
    """Return the state of a batch after a delivery: what was checked before has to be checked again."""
    state = "stored" if accepted else "submitted"
    now = {state: datetime.now(UTC).isoformat(timespec="seconds"), f"{state}_by": author}
    if is_new:
        return now
    name, was = connection.execute("SELECT name, state FROM batch WHERE fid = ?", (batch,)).fetchone()
    if not any(part.table in FEATURE_TABLES for part in parts):
        return {}
    if was in {None, "stored"}:
        raise SurveyDataError(
            _("Batch “{batch}” is in the survey, and this survey takes nothing without acceptance.").format(batch=name),
            _("Give the correction a batch of its own (--batch); what it replaces is joined when it is accepted."),
        )
    cleared = ("checked", "checked_by", "approved", "approved_by", "returned", "returned_by", "reason")
    return {"state": state} | now | dict.fromkeys(cleared)


def _counted(
    connection: sqlite3.Connection,
    batch: int,
    layers: tuple[Beside, Beside],
    compared: Comparison,
    outcomes: tuple[Outcome, Outcome],
    decisions: Decisions,
) -> Stored:
    nodes, pipes = outcomes
    changed = sum(len(outcome.altered) for outcome in outcomes)
    there = sum(len(beside.again) for beside in layers)
    open_ = sum(
        len({int(row) for one in layer.differences for row in one.rows[decisions.left_open(layer, one)].tolist()})
        for layer in compared.layers
    )
    repeats = "" if layers[0].old.num_rows else batch_repeated(connection, layers[0].rows, batch)
    return Stored(
        len(nodes.added), len(pipes.added), changed, there - changed, compared.count("missing"), batch,
        repeats=repeats, conflicts=open_, retired=sum(len(outcome.retired) for outcome in outcomes),
    )  # fmt: skip


def into_crs(delivery: Delivery, crs: str, progress: Progress = SILENT) -> Delivery:
    """Return a delivery in the survey's coordinate system.

    Raises
    ------
    SurveyDataError
        One of the two is unknown and the delivery has places, or there is no way from one to the other.
    """
    if same_crs(delivery.crs, crs):
        return delivery
    x, y = (numbers(delivery.nodes, name) for name in ("x", "y"))
    people = delivery.customers if delivery.customers is not None else pa.table({})
    of_people = numbers(people, "x") + numbers(people, "y")
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
        return transformed(places, delivery.crs, crs, lambda: progress(0))

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
    return tuple(replace(problem, x=finite(x), y=finite(y)) for problem, (x, y) in zip(problems, there.tolist(), strict=True))


# -- the batch ---------------------------------------------------------------------------------------------------------


def _batch(connection: sqlite3.Connection, delivery: Delivery, *, accepted: bool) -> tuple[int, list[Rows]]:
    words = {word.name: getattr(delivery.batch, word.name) or None for word in record_fields(Batch)} | {
        "format": delivery.format or None
    }
    found = connection.execute("SELECT fid FROM batch WHERE name = ?", (delivery.batch.name,)).fetchone()
    if found is None:
        number = next_fid(connection, "batch")
        words |= {"fid": number, "state": "stored" if accepted else "submitted", "name": delivery.batch.name}
        return number, [Rows.added("batch", rows_table("batch", [words]))]
    old = read_columns(connection, "batch", ["fid", *words], fids=[found[0]])
    was = old.to_pylist()[0]
    different = [name for name, value in words.items() if value is not None and value != was[name]]
    if not set(different) - {"source"}:
        return int(found[0]), []
    new = rows_table("batch", [was | {name: words[name] for name in different}]).select(["fid", *different])
    return int(found[0]), [Rows("batch", old.select(["fid", *different]), new)]


# -- nodes and pipes ---------------------------------------------------------------------------------------------------


def _nodes(
    connection: sqlite3.Connection, delivery: Delivery, batch: int, srs_id: int, delivered: Delivered, progress: Told
) -> Beside:
    rows = done_beside(lambda: clean("node", delivery.nodes), progress.again)
    old, is_gone = comparing.with_deleted(_stored(connection, "node", batch, rows), "node", delivered)
    xyz = np.column_stack([numbers(delivery.nodes, name) for name in ("x", "y", "ground")])
    before = geometry.decode_points(old["geom"])[:, :2]
    found, reason = done_beside(lambda: recognise_nodes(old, rows, before, xyz), progress.again)
    there = found >= 0
    _check_same_place(delivery.batch.name, rows, np.linalg.norm(before[found[there]] - xyz[there, :2], axis=1), there)
    level = numbers(old, "ground")[found[there]]
    xyz[there, 2] = np.where(np.isfinite(xyz[there, 2]), xyz[there, 2], level)
    rows = rows.append_column("geom", done_beside(lambda: geometry.encode_points(xyz, srs_id), progress.again))
    return Beside("node", rows, old, found, reason, _fids(connection, "node", old, found), is_gone)


def _check_same_place(batch: str, rows: pa.Table, distance: NDArray[np.float64], there: NDArray[np.bool_]) -> None:
    """Refuse another crew's delivery under the name of a batch: it would move the points that have the same numbers.

    ``distance``: metres between each recognised point and where the batch had it; NaN where one has no place.
    """
    far = np.flatnonzero(distance > ELSEWHERE)
    if 2 * len(far) <= np.isfinite(distance).sum():
        return
    furthest = int(far[np.argmax(distance[far])])
    raise SurveyDataError(
        _("The survey has a batch “{batch}” already, and it lies elsewhere: {id} is {metres} m from where it was.").format(
            batch=batch, id=texts(rows, "id")[int(np.flatnonzero(there)[furthest])].as_py(), metres=f"{distance[furthest]:,.0f}"
        ),
        _("Give this delivery a name of its own (--batch). If it corrects the earlier one, undo that import first."),
    )


def _pipes(
    connection: sqlite3.Connection,
    delivery: Delivery,
    batch: int,
    srs_id: int,
    nodes: Beside,
    ends: NDArray[np.int64],
    delivered: Delivered,
    progress: Told,
) -> Beside:
    rows = done_beside(lambda: _hung(delivery, srs_id, nodes, ends, progress.again), progress.again)
    old, is_gone = comparing.with_deleted(_stored(connection, "pipe", batch, rows), "pipe", delivered)
    found, reason = done_beside(lambda: recognise_pipes(old, rows, progress), progress.again)
    return Beside("pipe", rows, old, found, reason, _fids(connection, "pipe", old, found), is_gone)


def _hung(delivery: Delivery, srs_id: int, nodes: Beside, ends: NDArray[np.int64], told: Callable[[], None]) -> pa.Table:
    """Return the pipes of a delivery as rows of the survey: with their ids, their ends, and their courses."""
    rows = clean("pipe", delivery.pipes)
    told()
    names = texts(nodes.rows, "id").to_pylist()
    words = [[names[row] for row in ends[:, side].tolist()] for side in (0, 1)]
    rows = put(rows, "id", with_ids(rows, words[0], words[1], delivery.lines))
    for side, (fid, name) in enumerate((("from_fid", "from_node"), ("to_fid", "to_node"))):
        told()
        rows = put(
            put(rows, fid, pa.array(nodes.fids[ends[:, side]], type=pa.int64())), name, pa.array(words[side], type=pa.string())
        )
    return rows.append_column("geom", geometry.encode_lines(delivery.lines, srs_id, told))


def _with_arms(nodes: Beside, pipes: Beside) -> Beside:
    """Turn the valve arms of a delivery, which are rows of its pipes, into keys."""
    if "arm_pipe" not in nodes.rows.column_names:
        return nodes
    arms = pc.fill_null(nodes.rows["arm_pipe"], -1).to_numpy()
    known = (arms >= 0) & (arms < len(pipes.fids))
    fids = np.zeros(len(arms), dtype=np.int64)
    fids[known] = pipes.fids[arms[known]]
    return replace(nodes, rows=put(nodes.rows, "arm_pipe", pa.array(fids, mask=~known)))


def _ends(delivery: Delivery) -> NDArray[np.int64]:
    """Return the rows (P, 2) of the nodes at which pipes end."""
    if not delivery.pipes.num_rows:
        return np.empty((0, 2), dtype=np.int64)
    ends = np.column_stack([whole(delivery.pipes, name) for name in ("from_fid", "to_fid")])
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


_MATCHED_BY = {
    "node": ("ground",),
    "pipe": ("from_fid", "to_fid", "from_node", "to_node", "diameter_mm", "width_mm", "height_mm", "material"),
}


def _stored(connection: sqlite3.Connection, table: str, batch: int, rows: pa.Table) -> pa.Table:
    """Return what the batch has in the columns that are delivered."""
    names = [
        "fid",
        *dict.fromkeys(["id", "geom", "category", "lifecycle", *_MATCHED_BY[table], *rows.column_names]),
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


# -- columns -----------------------------------------------------------------------------------------------------------


def _nan(value: float | None) -> float:
    return np.nan if value is None else value
