"""The spatial index, kept for many rows at once.

SQLite's own insertion costs 24 s a million boxes. An empty index is therefore packed in one go (sort-tile-recursive,
Leutenegger 1997) and its pages written into the three tables that SQLite's R*Tree module documents as its storage.
"""

from __future__ import annotations

import math
import sqlite3
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipemap.progress import SILENT, Progress, beside
from pipemap.store import geometry
from pipemap.store.sql import chunks, insert_columns, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FULL = 48
"""Boxes a page; it can take 51, so that single edits find room."""
_CELL = np.dtype([("number", ">i8"), ("box", ">f4", 4)])
_WORTH_PACKING = 2000
_OWNER = {"rowid": "nodeno", "nodeno": "parentnode"}
"""Columns of the tables that say in which page a row, or another page, stands."""
_STEP = 10_000
"""Rows between two reports."""


def follow(connection: sqlite3.Connection, table: str, before: pa.Table, after: pa.Table, progress: Progress = SILENT) -> None:
    """Do in the spatial index what has been done in a table whose triggers were away."""
    index = quoted(f"rtree_{table}_geom")
    if before.num_rows and after.num_rows and "geom" in before.column_names and "geom" in after.column_names:
        before, after = _elsewhere(before, after)
    if before.num_rows > _WORTH_PACKING:
        (there,) = connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()
        if before.num_rows * 2 > there:
            rebuild(connection, table, progress)
            return
    for some in chunks(before["fid"].to_pylist() if before.num_rows else [], _STEP):
        progress(0, None)
        connection.executemany(f"DELETE FROM {index} WHERE id = ?", ((fid,) for fid in some))
    if not after.num_rows or "geom" not in after.column_names:
        return
    fids, boxes = beside(lambda: _placed(after["fid"].to_numpy(), after["geom"]), lambda: progress(0, None))
    empty = connection.execute(f"SELECT count(*) FROM (SELECT 1 FROM {index} LIMIT 1)").fetchone()[0] == 0
    if empty and len(fids) >= _WORTH_PACKING:
        _pack(connection, table, fids, _rounded(boxes), progress)
        return
    for some in chunks(range(len(fids)), _STEP):
        progress(0, None)
        rows = zip(fids[some].tolist(), *boxes[some].T.tolist(), strict=True)
        connection.executemany(f"INSERT INTO {index} VALUES (?, ?, ?, ?, ?)", rows)


def _elsewhere(before: pa.Table, after: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Leave out what only rose or sank: its box is the same."""
    was, now = (geometry.boxes(geometry.decode(rows["geom"])) for rows in (before, after))
    moved = pa.array(~((was == now) | (np.isnan(was) & np.isnan(now))).all(axis=1))
    return before.filter(moved), after.filter(moved)


def rebuild(connection: sqlite3.Connection, table: str, progress: Progress = SILENT) -> None:
    """Make the spatial index of a table anew."""
    name = f"rtree_{table}_geom"
    (size,) = connection.execute(f"SELECT length(data) FROM {quoted(name + '_node')} WHERE nodeno = 1").fetchone()
    for part in ("_node", "_parent", "_rowid"):
        connection.execute(f"DELETE FROM {quoted(name + part)}")
    connection.execute(f"INSERT INTO {quoted(name + '_node')} VALUES (1, zeroblob(?))", (size,))
    cursor = connection.execute(f"SELECT fid, geom FROM {quoted(table)} WHERE geom IS NOT NULL ORDER BY fid")
    found = [(np.empty(0, np.int64), np.empty((0, 4)))]
    while rows := cursor.fetchmany(_STEP):
        progress(0, None)
        found.append(_placed(np.array([row[0] for row in rows], dtype=np.int64), geometry.as_blobs([row[1] for row in rows])))
    fids, boxes = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if len(fids):
        _pack(connection, table, fids, _rounded(boxes), progress)


def _placed(fids: NDArray[np.int64], blobs: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the keys and boxes of what has a place."""
    boxes = geometry.boxes(geometry.decode(blobs))
    placed = np.isfinite(boxes).all(axis=1)
    return fids[placed], boxes[placed]


def _rounded(boxes: NDArray[np.float64]) -> NDArray[np.float32]:
    """Round outwards to the 32 bits that the index has, so that no box becomes smaller."""
    with np.errstate(over="ignore"):
        found = boxes.astype(np.float32)
    low, high = found[:, [0, 2]], found[:, [1, 3]]
    low = np.where(low > boxes[:, [0, 2]], np.nextafter(low, np.float32(-np.inf)), low)
    high = np.where(high < boxes[:, [1, 3]], np.nextafter(high, np.float32(np.inf)), high)
    return np.column_stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]]).astype(np.float32)


def _pack(
    connection: sqlite3.Connection, table: str, fids: NDArray[np.int64], boxes: NDArray[np.float32], progress: Progress
) -> None:
    name = f"rtree_{table}_geom"
    size = connection.execute(f"SELECT length(data) FROM {quoted(name + '_node')} WHERE nodeno = 1").fetchone()[0]
    numbers, depth, next_page = fids, 0, 2

    def told() -> None:
        progress(0, None)

    while True:
        order, starts = beside(partial(_tiles, boxes), told)
        numbers, boxes = numbers[order], boxes[order]
        counts = np.diff(np.append(starts, len(order)))
        is_root = len(starts) == 1
        pages = np.array([1]) if is_root else np.arange(next_page, next_page + len(starts))
        next_page += len(starts)
        _write_pages(connection, name, pages, numbers, boxes, starts, size, depth if is_root else 0)
        table, key = (name + "_rowid", "rowid") if depth == 0 else (name + "_parent", "nodeno")
        page_of, ascending = np.repeat(pages, counts), np.argsort(numbers)
        for start in range(0, len(ascending), _STEP):
            progress(0, None)
            some = ascending[start : start + _STEP]
            insert_columns(connection, table, (key, _OWNER[key]), (numbers[some].tolist(), page_of[some].tolist()))
        if is_root:
            return
        boxes = np.column_stack(
            [(np.minimum if side % 2 == 0 else np.maximum).reduceat(boxes[:, side], starts) for side in range(4)]
        ).astype(np.float32)
        numbers, depth = pages, depth + 1


def _tiles(boxes: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the boxes in the order of pages, and where each page starts: slices from west to east, pages from south to north."""
    count = len(boxes)
    pages = max(1, math.ceil(count / _FULL))
    if pages == 1:
        return np.arange(count), np.array([0])
    middle = boxes.astype(np.float64)
    east, north = middle[:, 0] + middle[:, 1], middle[:, 2] + middle[:, 3]
    order = np.argsort(east, kind="stable")
    slices = math.ceil(math.sqrt(pages))
    slice_size = math.ceil(pages / slices) * _FULL
    slice_of = np.empty(count, dtype=np.int64)
    slice_of[order] = np.arange(count) // slice_size
    order = np.lexsort((north, slice_of))
    return order, np.concatenate(
        [np.arange(first, min(first + slice_size, count), _FULL) for first in range(0, count, slice_size)]
    )


def _write_pages(
    connection: sqlite3.Connection,
    name: str,
    pages: NDArray[np.int64],
    numbers: NDArray[np.int64],
    boxes: NDArray[np.float32],
    starts: NDArray[np.int64],
    size: int,
    depth: int,
) -> None:
    """Write pages as SQLite lays them out: depth (the root alone states it), count, cells, zeros to the end."""
    cells = np.zeros(len(numbers), dtype=_CELL)
    cells["number"], cells["box"] = numbers, boxes
    body, ends = cells.tobytes(), np.append(starts[1:], len(numbers))

    def page(first: int, end: int) -> bytes:
        cell = _CELL.itemsize
        return (depth.to_bytes(2, "big") + (end - first).to_bytes(2, "big") + body[first * cell : end * cell]).ljust(size, b"\0")

    rows = ((number, page(first, end)) for number, first, end in zip(pages.tolist(), starts.tolist(), ends.tolist(), strict=True))
    connection.executemany(f"INSERT OR REPLACE INTO {quoted(name + '_node')} VALUES (?, ?)", rows)
