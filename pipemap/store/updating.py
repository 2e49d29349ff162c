"""Other values for many cells at once, by columns: what follows from them is worked out with them, and all is one Change.

It does to many rows what :meth:`pipemap.store.editing.Edit.update` does to one, and a test holds the two to the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.errors import EditError
from pipemap.model.cells import Cells
from pipemap.model.delivery import Lines
from pipemap.model.fields import LAYERS, Layer, fields
from pipemap.progress import SILENT, Progress
from pipemap.store import geometry
from pipemap.store.change import Change, Rows, same_values
from pipemap.store.elements import find_node_by_id
from pipemap.store.reading import arrow_types, read_columns
from pipemap.store.sql import chunks, marks
from pipemap.texts import _

if TYPE_CHECKING:
    from sqlite3 import Connection

    from numpy.typing import NDArray

    from pipemap.store.connections import Connections

SIDES = (("from", 0), ("to", -1))
_MILLIONTH = 6
_NOT_HERE = frozenset({"batch", "arm_pipe", "from_fid", "to_fid"})
"""Fields that name other rows by their keys; they are not set for many at once."""

Columns = dict[str, pa.Array]


class Updating:
    """The part of a survey that changes many cells at once."""

    apply: Callable[..., int]
    setting: Callable[[str], str | None]
    _connections: Connections

    def columns_of(self, layer: Layer, fids: NDArray[np.int64], names: Sequence[str], *, progress: Progress = SILENT) -> pa.Table:
        """Return some fields of some elements as columns, in the order of their keys."""
        with self._connections.reading() as connection:
            return read_columns(connection, layer, names, fids=fids.tolist(), progress=progress)

    def plan_update(self, cells: Cells, label: str, *, author: str = "", progress: Progress = SILENT) -> Change:
        """Work out what other values would do, with all that follows: levels, places, ends of pipes. Nothing is written.

        Raises
        ------
        EditError
            A field does not exist or is not set so, or an element is gone.
        UnknownElementError, AmbiguousElementError
            The id of an end names no node, or several.
        """
        from pipemap.store.reference import reference

        _check(cells)
        with self._connections.reading() as connection:
            plan = _Plan(connection, reference(self.setting("crs") or "").srs_id, progress)
            return Change(label, author, plan.parts(cells))

    def update_cells(self, cells: Cells, label: str, *, author: str = "", progress: Progress = SILENT) -> int | None:
        """Give cells other values as one Change; return its id in the history, ``None`` where they hold them already.

        Raises
        ------
        EditError, UnknownElementError, AmbiguousElementError
            As :meth:`plan_update`; nothing was changed.
        """
        change = self.plan_update(cells, label, author=author, progress=progress)
        return self.apply(change, progress=progress) if len(change) else None


def _check(cells: Cells) -> None:
    if cells.layer not in LAYERS:
        raise EditError(_("There is no layer “{layer}”.").format(layer=cells.layer), ", ".join(LAYERS))
    known = {*fields(cells.layer), *(("x", "y") if cells.layer == "node" else ())}
    for name in cells.values:
        if name not in known:
            raise EditError(_("{layer} has no field “{name}”.").format(layer=cells.layer, name=name))
        if name in _NOT_HERE:
            raise EditError(_("“{name}” is not set for many elements at once.").format(name=name))


@dataclass(frozen=True, slots=True)
class _Plan:
    connection: Connection
    srs_id: int
    progress: Progress

    def parts(self, cells: Cells) -> tuple[Rows, ...]:
        """Rows before and after: the nodes, then the pipes that follow them; or the pipes alone."""
        if cells.layer == "node":
            nodes = self._nodes(cells)
            following = self._pipes_after(nodes)
            return tuple(part for part in (nodes, following) if part is not None and len(part))
        pipes = self._pipes(cells)
        return (pipes,) if len(pipes) else ()

    def _read(self, table: str, names: Sequence[str], fids: NDArray[np.int64]) -> pa.Table:
        wanted = list(dict.fromkeys(["fid", *names]))
        return read_columns(self.connection, table, wanted, fids=fids.tolist(), progress=self.progress).combine_chunks()

    def _read_all(self, table: str, names: Sequence[str], fids: NDArray[np.int64]) -> pa.Table:
        before = self._read(table, names, fids)
        if before.num_rows != len(fids):
            lost = len(fids) - before.num_rows
            raise EditError(_("{n} of these elements are not there any more.").format(n=lost), _("Look at them, then try again."))
        return before

    # -- nodes -----------------------------------------------------------------------------------------------------

    def _nodes(self, cells: Cells) -> Rows:
        moved = bool({"x", "y", "ground"} & set(cells.values))
        names = [name for name in cells.values if name not in {"x", "y"}]
        before = self._read_all("node", [*names, *(("ground", "geom") if moved else ())], cells.fids)
        after = {name: _column(before, name) for name in before.column_names}
        for name in names:
            after[name] = _chosen(cells.given[name], cells.values[name], after[name])
        if moved:
            after["geom"] = self._points(before, after, cells)
        return _changed("node", before, after)

    def _points(self, before: pa.Table, after: Columns, cells: Cells) -> pa.Array:
        was = geometry.decode_points(before["geom"])
        now = was.copy()
        for axis, name in enumerate(("x", "y")):
            if name in cells.values:
                now[:, axis] = np.where(cells.given[name], _floats(cells.values[name]), now[:, axis])
        now[:, 2] = _floats(after["ground"])
        return _encoded(~_alike(was, now), lambda rows: geometry.encode_points(now[rows], self.srs_id), _column(before, "geom"))

    def _pipes_after(self, nodes: Rows) -> Rows | None:
        """Pipes at nodes that moved, rose or are called otherwise."""
        names = {"id", "geom", "ground"} & set(nodes.after.column_names)
        found = self._pipes_at(nodes.after["fid"].to_numpy()) if names else np.empty(0, dtype=np.int64)
        if not len(found):
            return None
        pipes = _Pipes.of(self._read("pipe", _PLACED, found))
        if "geom" in names:
            self._begin(pipes, nodes)
        for side, _end in SIDES:
            at = _places(nodes.after["fid"].to_numpy(), pipes.ends[side])
            meant, rows = at >= 0, np.maximum(at, 0)
            if "id" in names:
                ids = nodes.after["id"].combine_chunks().take(pa.array(rows))
                pipes.after[f"{side}_node"] = _chosen(meant, ids, pipes.after[f"{side}_node"])
            if "geom" in names:
                pipes.move(side, meant, geometry.decode_points(nodes.after["geom"])[rows])
            if "ground" in names:
                ground = _floats(nodes.after["ground"])[rows]
                rose = meant & ~same_values(nodes.before["ground"], nodes.after["ground"])[rows]
                pipes.follow_ground(side, rose & np.isfinite(ground), ground)
        return self._finished(pipes)

    def _begin(self, pipes: _Pipes, nodes: Rows) -> None:
        """Draw the pipes that had no course, now that both of their ends have a place."""
        if pipes.placed.all():
            return
        places, grounds = {}, {}
        for side, _end in SIDES:
            xyz, ground = self._ends(pipes.ends[side])
            at = _places(nodes.after["fid"].to_numpy(), pipes.ends[side])
            rows = np.maximum(at, 0)
            places[side] = np.where((at >= 0)[:, None], geometry.decode_points(nodes.after["geom"])[rows], xyz)
            grounds[side] = np.where(at >= 0, _floats(nodes.after["ground"])[rows], ground)
        fresh = pipes.begin(places, np.ones(len(pipes.touched), dtype=np.bool_))
        for side, _end in SIDES:
            pipes.move(side, fresh, places[side])
            pipes.lift(side, fresh, grounds[side])

    def _pipes_at(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        found: set[int] = set()
        for side, _end in SIDES:
            for some in chunks(nodes.tolist()):
                statement = f"SELECT fid FROM pipe WHERE {side}_fid IN ({marks(len(some))})"
                found.update(row[0] for row in self.connection.execute(statement, some))
        return np.array(sorted(found), dtype=np.int64)

    # -- pipes -----------------------------------------------------------------------------------------------------

    def _pipes(self, cells: Cells) -> Rows:
        names = set(cells.values)
        if not names & _PLACING:
            before = self._read_all("pipe", list(cells.values), cells.fids)
            after = {name: _column(before, name) for name in before.column_names}
            for name, values in cells.values.items():
                after[name] = _chosen(cells.given[name], values, after[name])
            return _changed("pipe", before, after)
        before = self._read_all("pipe", [*cells.values, *_PLACED], cells.fids)
        pipes = _Pipes.of(before)
        for name, values in cells.values.items():
            pipes.after[name] = _chosen(cells.given[name], values, pipes.after[name])
        nothing = np.zeros(before.num_rows, dtype=np.bool_)
        given = {name: cells.given.get(name, nothing) for name in _PLACING}
        for side, _end in SIDES:
            self._reconnect(pipes, side, given[f"{side}_node"])
        nodes = {side: self._ends(pipes.ends[side]) for side, _end in SIDES}
        fresh = pipes.begin({side: xyz for side, (xyz, _ground) in nodes.items()}, np.logical_or.reduce(list(given.values())))
        for side, _end in SIDES:
            xyz, ground = nodes[side]
            pipes.move(side, given[f"{side}_node"] | fresh, xyz)
            pipes.level(side, given[f"{side}_depth"], given[f"{side}_level"], ground, fresh)
        return self._finished(pipes)

    def _reconnect(self, pipes: _Pipes, side: str, meant: NDArray[np.bool_]) -> None:
        """Give ends the nodes that their ids name."""
        if not meant.any():
            return
        ids = pipes.after[f"{side}_node"]
        if ids.filter(pa.array(meant)).null_count:
            raise EditError(_("A pipe needs a node at each end."))
        for text in pc.unique(ids.filter(pa.array(meant))).to_pylist():
            fid = find_node_by_id(self.connection, text)
            name = self.connection.execute('SELECT "id" FROM node WHERE fid = ?', (fid,)).fetchone()[0]
            at = meant & _true(pc.equal(ids, text))
            pipes.ends[side][at] = fid
            ids = _chosen(at, pa.array([name] * len(at), pa.string()), ids)
        pipes.after[f"{side}_node"] = ids
        pipes.after[f"{side}_fid"] = pa.array(pipes.ends[side])

    def _ends(self, fids: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Place and ground of the node at each end."""
        table = self._read("node", ["ground", "geom"], np.unique(fids))
        at = _places(table["fid"].to_numpy(), fids)
        lost = (at < 0)[:, None]
        return (
            np.where(lost, np.nan, geometry.decode_points(table["geom"])[at]),
            np.where(lost[:, 0], np.nan, _floats(_column(table, "ground"))[at]),
        )

    def _finished(self, pipes: _Pipes) -> Rows:
        rows = pipes.touched
        lines = pipes.lines
        pipes.after["geom"] = _encoded(
            rows, lambda some: geometry.encode_lines(_some(lines, some), self.srs_id), pipes.after["geom"]
        )
        return _changed("pipe", pipes.before, pipes.after)


_PLACING = frozenset(f"{side}_{what}" for side, _end in SIDES for what in ("node", "depth", "level"))
_PLACED = ("from_fid", "to_fid", *sorted(_PLACING), "geom")


@dataclass(slots=True)
class _Pipes:
    """Pipes before, and as they become: columns, and the vertices of their courses."""

    before: pa.Table
    after: Columns
    ends: dict[str, NDArray[np.int64]]
    lines: Lines
    touched: NDArray[np.bool_]

    @classmethod
    def of(cls, before: pa.Table) -> _Pipes:
        lines = geometry.decode(before["geom"]).lines
        ends = {side: before[f"{side}_fid"].to_numpy().copy() for side, _end in SIDES}
        after = {name: _column(before, name) for name in before.column_names}
        return cls(before, after, ends, Lines(lines.offsets, lines.xyz.copy()), np.zeros(before.num_rows, dtype=np.bool_))

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Which pipes have a course."""
        return np.diff(self.lines.offsets) > 0

    def _vertex(self, side: str) -> NDArray[np.int64]:
        """Where the vertex of an end stands among all of them; anywhere for a pipe without a course."""
        at = self.lines.offsets[:-1] if side == "from" else self.lines.offsets[1:] - 1
        return np.clip(at, 0, max(0, len(self.lines.xyz) - 1))

    def begin(self, places: Mapping[str, NDArray[np.float64]], meant: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Draw straight courses for those of the pipes that have none and could have one; return which."""
        known = np.logical_and.reduce([np.isfinite(xyz[:, :2]).all(axis=1) for xyz in places.values()])
        fresh: NDArray[np.bool_] = ~self.placed & known & meant
        if fresh.any():
            counts = np.where(fresh, 2, np.diff(self.lines.offsets))
            offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
            xyz = np.full((int(offsets[-1]), 3), np.nan)
            xyz[np.repeat(~fresh, counts)] = self.lines.xyz
            self.lines = Lines(offsets, xyz)
        return fresh

    def move(self, side: str, meant: NDArray[np.bool_], xyz: NDArray[np.float64]) -> None:
        """Put the ends of pipes where their nodes are."""
        rows = np.flatnonzero(meant & self.placed & np.isfinite(xyz[:, :2]).all(axis=1))
        self.lines.xyz[self._vertex(side)[rows], :2] = xyz[rows, :2]
        self.touched[rows] = True

    def follow_ground(self, side: str, rose: NDArray[np.bool_], ground: NDArray[np.float64]) -> None:
        """The ground is another: the depth stays, and the level follows."""
        depth = _floats(self.after[f"{side}_depth"])
        self._set(f"{side}_level", rose & np.isfinite(depth), ground - depth)
        self.lift(side, rose & np.isfinite(depth), ground)

    def level(
        self,
        side: str,
        depth_given: NDArray[np.bool_],
        level_given: NDArray[np.bool_],
        ground: NDArray[np.float64],
        fresh: NDArray[np.bool_],
    ) -> None:
        """Of depth and level, the one that was not given follows the one that was."""
        depth, level = _floats(self.after[f"{side}_depth"]), _floats(self.after[f"{side}_level"])
        known = np.isfinite(ground)
        self._set(f"{side}_level", depth_given & ~level_given & known & np.isfinite(depth), ground - depth)
        self._set(f"{side}_depth", level_given & ~depth_given & known & np.isfinite(level), ground - level)
        self.lift(side, depth_given | level_given | fresh, ground)

    def lift(self, side: str, meant: NDArray[np.bool_], ground: NDArray[np.float64]) -> None:
        """Put the ends of courses at their levels, as far as these are known."""
        level = _floats(self.after[f"{side}_level"])
        height = np.where(np.isfinite(level), level, ground - _floats(self.after[f"{side}_depth"]))
        rows = np.flatnonzero(meant & self.placed)
        self.lines.xyz[self._vertex(side)[rows], 2] = height[rows]
        self.touched[rows] = True

    def _set(self, name: str, meant: NDArray[np.bool_], values: NDArray[np.float64]) -> None:
        self.after[name] = _chosen(meant, pa.array(np.round(values, _MILLIONTH), from_pandas=True), self.after[name])


def _column(table: pa.Table, name: str) -> pa.Array:
    column = table[name]
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(
        0, column.type
    )  # fmt: skip


def _chosen(meant: NDArray[np.bool_], values: pa.Array, others: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(meant), values.cast(others.type), others)


def _floats(column: pa.Array | pa.ChunkedArray) -> NDArray[np.float64]:
    """Return numbers, NaN where unknown."""
    found: NDArray[np.float64] = column.to_numpy(zero_copy_only=False).astype(np.float64) if isinstance(column, pa.Array) else (
        column.to_numpy().astype(np.float64)
    )  # fmt: skip
    return found


def _true(mask: pa.Array) -> NDArray[np.bool_]:
    return pc.fill_null(mask, pa.scalar(value=False)).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    return ((one == other) | (np.isnan(one) & np.isnan(other))).all(axis=1)  # type: ignore[no-any-return]


def _places(fids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where keys stand among ascending ones; −1 for those that do not."""
    if not len(fids):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(fids, wanted), len(fids) - 1)
    return np.where(fids[at] == wanted, at, -1)


def _encoded(rows: NDArray[np.bool_], encode: Callable[[NDArray[np.int64]], pa.Array], others: pa.Array) -> pa.Array:
    """Write the geometries of some rows anew; the others keep their bytes."""
    if not rows.any():
        return others
    at = np.cumsum(rows) - 1
    return _chosen(rows, encode(np.flatnonzero(rows)).take(pa.array(np.maximum(at, 0))), others)


def _some(lines: Lines, rows: NDArray[np.int64]) -> Lines:
    counts = np.diff(lines.offsets)
    kept = np.zeros(len(counts), dtype=np.bool_)
    kept[rows] = True
    offsets = np.concatenate([[0], np.cumsum(counts[rows])]).astype(np.int64)
    return Lines(offsets, lines.xyz[np.repeat(kept, counts)])


def _changed(table: str, before: pa.Table, after: Columns) -> Rows:
    """Keep the rows and the columns in which something is another."""
    now = pa.table({name: after[name].cast(arrow_types(table)[name]) for name in before.column_names})
    differs: dict[str, NDArray[Any]] = {
        name: ~same_values(before[name], now[name]) for name in before.column_names if name != "fid"
    }
    names = ["fid", *(name for name, rows in differs.items() if rows.any())]
    rows = pa.array(np.logical_or.reduce([*differs.values(), np.zeros(before.num_rows, dtype=np.bool_)]))
    needed = [*names, *(("ground",) if table == "node" and "geom" in names and "ground" not in names else ())]
    return Rows(table, before.select(needed).filter(rows), now.select(needed).filter(rows))
