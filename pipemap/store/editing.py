"""Single edits of nodes and pipes: checked, and what hangs together follows in the same transaction.

What is made of them, splitting, joining, drawing, is in :mod:`pipemap.store.edits`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.errors import EditError
from pipemap.model.delivery import Lines
from pipemap.model.fields import LAYERS, Layer
from pipemap.store import geometry, hanging
from pipemap.store.change import Rows
from pipemap.store.elements import find_fid, find_node_by_id, next_fid
from pipemap.store.reading import arrow_types
from pipemap.store.rowwise import parts_of, turn
from pipemap.store.sql import listed, marks, quoted
from pipemap.store.validation import Values, checked
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_SIDES = (("from", 0), ("to", -1))
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Effect:
    """What an edit does to one row.

    Attributes
    ----------
    table, fid, id
        Which row; ``id`` is empty where the table has no printed ids.
    before, after
        The values that differ, ``geom`` as stored; None where the row was not there, or is no longer.
    """

    table: str
    fid: int
    id: str
    before: Values | None
    after: Values | None


class BasicEdit:
    """Rows of one Change while it is being made: every call is checked and done at once, and stands or falls with all others.

    ``label`` is what the history calls it, and can still be set; ``change_id`` is its id there once the ``with`` has ended, None
    when nothing was changed. ``numbers`` holds up to which number the ids of a layer and prefix are known to be taken.
    """

    def __init__(self, connection: sqlite3.Connection, *, srs_id: int, numbers: dict[tuple[str, str], int] | None = None) -> None:
        self._connection = connection
        self._srs_id = srs_id
        self.numbers = {} if numbers is None else numbers
        self._before: dict[tuple[str, int], Values | None] = {}
        self.label = ""
        self.change_id: int | None = None

    def insert(self, layer: Layer, values: Mapping[str, object], *, course: ArrayLike | None = None) -> int:
        """Add a node or a pipe; return its fid.

        Parameters
        ----------
        values
            Fields by name, and ``x``, ``y`` of a node. A pipe needs its ends, as ``from_fid`` and ``to_fid`` or as the ids
            ``from_node`` and ``to_node``.
        course
            All vertices of a pipe (k, 2 or 3), its ends included; without it the pipe is straight.

        Raises
        ------
        EditError
            A field does not exist or cannot hold its value, or an end is missing.
        """
        given = checked(_known(layer), values)
        self._check_batch(given)
        return self._insert_node(given) if layer == "node" else self._insert_pipe(given, course)

    def update(self, layer: Layer, element: str | int, **fields: object) -> None:
        """Change fields of a node or a pipe, named by id or fid; pipes follow a node that moves or gets another id.

        Depth and level of a pipe's end follow each other where the ground is known; when the ground changes, the depth stays.

        Raises
        ------
        UnknownElementError, AmbiguousElementError
            The id names none, or several.
        EditError
            A field does not exist or cannot hold its value.
        """
        fid = find_fid(self._connection, _known(layer), element)
        given = checked(layer, fields)
        self._check_batch(given)
        if layer == "node":
            self._update_node(fid, given)
        else:
            self._update_pipe(fid, given, None)

    def reroute(self, pipe: str | int, course: ArrayLike) -> None:
        """Give a pipe another course: all its vertices (k, 2 or 3), its ends included; these stay where its nodes are.

        Raises
        ------
        UnknownElementError, AmbiguousElementError
            The id names none, or several.
        EditError
            There are fewer than two vertices, or one has no place.
        """
        self._update_pipe(find_fid(self._connection, "pipe", pipe), {}, course)

    def delete(self, layer: Layer, element: str | int, *, with_pipes: bool = False, with_findings: bool = False) -> None:
        """Delete a pipe or a node.

        Customers that were bound to it are bound to nothing, photographs go with it. Where it shall be known later what lay
        there, :meth:`retire` it instead.

        Parameters
        ----------
        with_pipes
            Delete the pipes that end at a node with it; else such a node is refused.
        with_findings
            Delete the findings at it with it; else such an element is refused.

        Raises
        ------
        UnknownElementError, AmbiguousElementError
            The id names none, or several.
        EditError
            Pipes end at the node, or findings lie at it.
        """
        fid = self.find(layer, element)
        pipes = self.pipes_at(fid) if layer == "node" else []
        if pipes and not with_pipes:
            self._refuse_hanging(pipes)
        for pipe in pipes:
            hanging.let_go(self, "pipe", pipe, with_findings=with_findings)
            self._remove_pipe(pipe)
        hanging.let_go(self, layer, fid, with_findings=with_findings)
        if layer == "pipe":
            self._remove_pipe(fid)
        else:
            self.remove("node", fid)

    def _remove_pipe(self, fid: int) -> None:
        row = self.row("pipe", fid)
        for node in {row["from_fid"], row["to_fid"]}:
            if self.row("node", node)["arm_pipe"] == fid:
                self.write("node", node, {"arm_pipe": None})
        self.remove("pipe", fid)

    def record(self, layer: Layer, element: str | int) -> dict[str, object]:
        """Return all fields of an element as they are within this edit."""
        fid = find_fid(self._connection, _known(layer), element)
        return {name: value for name, value in self.row(layer, fid).items() if name != "geom"}

    # -- nodes -----------------------------------------------------------------------------------------------------

    def _insert_node(self, given: Values) -> int:
        x, y = given.pop("x", None), given.pop("y", None)
        return self.add("node", given | {"geom": self._point(x, y, given.get("ground"))})

    def _update_node(self, fid: int, given: Values) -> None:
        row = self.row("node", fid)
        moved = bool({"x", "y", "ground"} & set(given))
        if moved:
            was = _place(row)
            x, y = given.pop("x", _known_or_none(was[0])), given.pop("y", _known_or_none(was[1]))
            given |= {"geom": self._point(x, y, given.get("ground", row["ground"]))}
        self.write("node", fid, given)
        if moved:
            self._move_pipes(fid, ground_changed="ground" in given and given["ground"] != row["ground"])
        if "id" in given and given["id"] != row["id"]:
            for side, _end in _SIDES:
                for pipe in self.pipes_at(fid, side):
                    self.write("pipe", pipe, {f"{side}_node": given["id"]})

    def _move_pipes(self, node: int, *, ground_changed: bool) -> None:
        ground = self.row("node", node)["ground"]
        for side, _end in _SIDES:
            for pipe in self.pipes_at(node, side):
                row = self.row("pipe", pipe)
                given: Values = {}
                if ground_changed and ground is not None and row[f"{side}_depth"] is not None:
                    given[f"{side}_depth"] = row[f"{side}_depth"]
                self._place_pipe(row, given, course=None, moved={side})
                self.write("pipe", pipe, given)

    def _refuse_hanging(self, pipes: list[int]) -> None:
        """Name the pipes that end at a node that cannot go therefore."""
        names = ", ".join(self.named("pipe", pipe) for pipe in pipes[:_NAMED]) + (" …" if len(pipes) > _NAMED else "")
        raise EditError(
            _("Pipes end at this node: {pipes}.").format(pipes=names), _("Delete them first, or give them another end.")
        )

    # -- pipes -----------------------------------------------------------------------------------------------------

    def _insert_pipe(self, given: Values, course: ArrayLike | None) -> int:
        for side, _end in _SIDES:
            self._resolve_end(given, side)
            if given.get(f"{side}_fid") is None:
                raise EditError(_("A pipe needs a node at each end."), _("Give from_node and to_node, or from_fid and to_fid."))
        if given.get("id") is None:
            given["id"] = self._free_id(given)
        empty: Values = dict.fromkeys(arrow_types("pipe"))
        self._place_pipe(empty | {"from_fid": given["from_fid"], "to_fid": given["to_fid"]}, given, course, moved={"from", "to"})
        return self.add("pipe", given)

    def _update_pipe(self, fid: int, given: Values, course: ArrayLike | None) -> None:
        row = self.row("pipe", fid)
        moved = set()
        for side, _end in _SIDES:
            if {f"{side}_fid", f"{side}_node"} & set(given):
                self._resolve_end(given, side)
                if given[f"{side}_fid"] is None:
                    raise EditError(_("A pipe needs a node at each end."))
                moved.add(side)
        if moved or course is not None or {f"{side}_{what}" for side, _end in _SIDES for what in ("depth", "level")} & set(given):
            self._place_pipe(row, given, course, moved=moved)
        self.write("pipe", fid, given)

    def _resolve_end(self, given: Values, side: str) -> None:
        """Make the key and the id of an end agree."""
        fid, name = given.get(f"{side}_fid"), given.get(f"{side}_node")
        if fid is None and name is not None:
            fid = given[f"{side}_fid"] = find_node_by_id(self._connection, str(name))
        if fid is not None:
            given[f"{side}_node"] = self.row("node", fid)["id"]

    def _place_pipe(self, row: Values, given: Values, course: ArrayLike | None, *, moved: set[str]) -> None:
        """Work out the levels of the ends and the geometry, into ``given``.

        ``row`` is the pipe before, ``moved`` the sides whose node is another one or elsewhere.
        """
        whole = row | given
        nodes = {side: self.row("node", whole[f"{side}_fid"]) for side, _end in _SIDES}
        places = {side: _place(nodes[side]) for side in nodes}
        xyz = _course(course) if course is not None else geometry.decode(geometry.as_blobs([row["geom"]])).xyz.copy()
        fresh = len(xyz) == 0
        if fresh and all(np.isfinite(places[side][:2]).all() for side in places):
            xyz = np.array([[*places[side][:2], np.nan] for side, _end in _SIDES])
        for side, end in _SIDES:
            _level_with_depth(given, side, nodes[side]["ground"])
            if not len(xyz):
                continue
            if (side in moved or fresh or course is not None) and np.isfinite(places[side][:2]).all():
                xyz[end, :2] = places[side][:2]
            if fresh or {f"{side}_level", f"{side}_depth"} & set(given):
                xyz[end, 2] = _level(row | given, side, nodes[side]["ground"])
        given["geom"] = geometry.encode_lines(Lines(np.array([0, len(xyz)]), xyz), self._srs_id)[0].as_py() if len(xyz) else None

    def _free_id(self, given: Values) -> str:
        base = f"{given['from_node'] or '?'}-{given['to_node'] or '?'}"
        taken = {
            row[0]
            for row in self._connection.execute(
                'SELECT "id" FROM pipe WHERE from_fid = ? OR from_fid = ?', (given["from_fid"], given["to_fid"])
            )
        }
        number, name = 1, base
        while name in taken:
            number += 1
            name = f"{base}#{number}"
        return name

    def pipes_at(self, node: int, side: str | None = None) -> list[int]:
        """Return the keys of the pipes that end at a node: with their ``from`` or ``to`` end, or with any."""
        sides = [side] if side else [name for name, _end in _SIDES]
        found = dict.fromkeys(pipe for name in sides for pipe in self.keys("pipe", f"{name}_fid", node))
        return sorted(found)

    # -- rows of any table ---------------------------------------------------------------------------------------------

    def find(self, layer: Layer, element: str | int) -> int:
        """Return the key of the element that is named by id or key."""
        return find_fid(self._connection, _known(layer), element)

    def named(self, layer: str, fid: int) -> str:
        """Return the id of an element for a person; its key where it has none."""
        return str(self.row(layer, fid)["id"] or f"#{fid}")

    def keys(self, table: str, column: str, value: object) -> list[int]:
        """Return the keys of the rows of a table that hold a value."""
        statement = f"SELECT fid FROM {quoted(table)} WHERE {quoted(column)} = ? ORDER BY fid"
        return [row[0] for row in self._connection.execute(statement, (value,)).fetchall()]

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows that a question in SQL finds; it changes nothing."""
        return self._connection.execute(statement, values).fetchall()

    def course(self, pipe: Values) -> NDArray[np.float64]:
        """Return the vertices (k, 3) of a pipe's row; none where it has no course."""
        return geometry.decode(geometry.as_blobs([pipe["geom"]])).xyz.copy()

    def place(self, node: Values) -> NDArray[np.float64]:
        """Return east, north and ground (3) of a node's row; NaN where unknown."""
        return _place(node)

    def set_course(self, pipe: int, given: Values, course: NDArray[np.float64]) -> None:
        """Write fields of a pipe and its vertices as they are; the caller has made them agree."""
        lines = Lines(np.array([0, len(course)]), course)
        self.write("pipe", pipe, given | {"geom": geometry.encode_lines(lines, self._srs_id)[0].as_py() if len(course) else None})

    def remove(self, table: str, fid: int) -> None:
        """Delete a row."""
        self._remember(table, fid)
        self._connection.execute(f"DELETE FROM {quoted(table)} WHERE fid = ?", (fid,))

    def _check_batch(self, given: Values) -> None:
        for name, table in (("batch", "batch"), ("arm_pipe", "pipe"), ("from_fid", "node"), ("to_fid", "node")):
            fid = given.get(name)
            if (
                fid is not None
                and self._connection.execute(f"SELECT 1 FROM {quoted(table)} WHERE fid = ?", (fid,)).fetchone() is None
            ):
                raise EditError(_("“{name}” names {table} {fid}, which is not there.").format(name=name, table=table, fid=fid))

    def _point(self, x: float | None, y: float | None, ground: float | None) -> bytes | None:
        xyz = np.array([[np.nan if value is None else value for value in (x, y, ground)]], dtype=np.float64)
        return geometry.encode_points(xyz, self._srs_id)[0].as_py()  # type: ignore[no-any-return]

    def row(self, layer: str, fid: int) -> Values:
        """Return a row of a table as it is within this edit."""
        cursor = self._connection.execute(f"SELECT * FROM {quoted(layer)} WHERE fid = ?", (fid,))
        found = cursor.fetchone()
        if found is None:
            raise EditError(_("There is no {layer} {fid}.").format(layer=layer, fid=fid))
        types = arrow_types(layer)
        there = dict(zip((column[0] for column in cursor.description), found, strict=True))
        return {name: there.get(name) for name in types}

    def _remember(self, layer: str, fid: int) -> Values:
        row = self.row(layer, fid)
        self._before.setdefault((layer, fid), row)
        return row

    def write(self, layer: str, fid: int, values: Mapping[str, Any]) -> None:
        """Change columns of a row."""
        row = self._remember(layer, fid)
        changed = {name: value for name, value in values.items() if value != row[name]}
        if changed:
            names = ", ".join(f"{quoted(name)} = ?" for name in changed)
            self._connection.execute(f"UPDATE {quoted(layer)} SET {names} WHERE fid = ?", (*changed.values(), fid))

    def add(self, layer: str, values: Mapping[str, Any]) -> int:
        """Add a row; return its key."""
        fid = next_fid(self._connection, layer)
        row = {"fid": fid} | {name: value for name, value in values.items() if value is not None}
        self._connection.execute(f"INSERT INTO {quoted(layer)} ({listed(row)}) VALUES ({marks(len(row))})", tuple(row.values()))
        self._before.setdefault((layer, fid), None)
        return fid

    def effects(self) -> list[Effect]:
        """Return what was done so far to each row, those of nodes first; before and after hold what differs."""
        found = []
        for (table, fid), before in self._before.items():
            after = self._now(table, fid)
            old, new = before or {}, after or {}
            names = [name for name in (old or new) if name != "fid" and old.get(name) != new.get(name)]
            if names:
                printed = str((after or before or {}).get("id") or "")
                found.append(Effect(table, fid, printed, _some(before, names), _some(after, names)))
        return sorted(found, key=lambda effect: turn(effect.table, "update"))

    def finish(self) -> tuple[Rows, ...]:
        """Return everything that was done, as rows before and after."""
        return parts_of((layer, before, self._now(layer, fid)) for (layer, fid), before in self._before.items())

    def _now(self, layer: str, fid: int) -> Values | None:
        there = self._connection.execute(f"SELECT 1 FROM {quoted(layer)} WHERE fid = ?", (fid,)).fetchone()
        return self.row(layer, fid) if there else None


def _some(row: Values | None, names: list[str]) -> Values | None:
    return None if row is None else {name: row[name] for name in names}


def _known(layer: Layer) -> Layer:
    if layer not in LAYERS:
        raise EditError(_("There is no layer “{layer}”.").format(layer=layer), ", ".join(LAYERS))
    return layer


def _place(node: Values) -> NDArray[np.float64]:
    """Return east, north and level of a node (3); NaN where unknown."""
    return geometry.decode_points(geometry.as_blobs([node["geom"]])).reshape(3)


def _known_or_none(value: np.float64) -> float | None:
    return float(value) if np.isfinite(value) else None


def _course(course: ArrayLike) -> NDArray[np.float64]:
    try:
        xyz = np.array(course, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise EditError(_("A course is a list of east, north and level.")) from error
    if xyz.ndim != 2 or len(xyz) < 2 or xyz.shape[1] not in {2, 3} or not np.isfinite(xyz[:, :2]).all():  # noqa: PLR2004
        raise EditError(_("A course has at least two vertices of east, north and, where known, level."))
    return xyz if xyz.shape[1] == 3 else np.column_stack([xyz, np.full(len(xyz), np.nan)])  # noqa: PLR2004


def _level_with_depth(given: Values, side: str, ground: float | None) -> None:
    """Of depth and level at an end, the one that was not given follows the one that was."""
    depth, level = f"{side}_depth", f"{side}_level"
    if ground is None or (depth in given and level in given):
        return
    if given.get(depth) is not None:
        given[level] = round(ground - given[depth], 6)
    elif given.get(level) is not None:
        given[depth] = round(ground - given[level], 6)


def _level(pipe: Values, side: str, ground: float | None) -> float:
    """Return the level of a pipe's end, NaN where neither it nor its depth is known."""
    if pipe[f"{side}_level"] is not None:
        return float(pipe[f"{side}_level"])
    if pipe[f"{side}_depth"] is not None and ground is not None:
        return float(ground - pipe[f"{side}_depth"])
    return float("nan")
