"""What was changed, by whom and when: a chain in which no entry can be altered without it showing."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

import pyarrow as pa

from pipemap.errors import Cancelled, EditError
from pipemap.progress import SILENT, Progress
from pipemap.store.change import Change, Rows
from pipemap.store.reading import arrow_types
from pipemap.store.schema import key_of
from pipemap.texts import _

_SINGLE = 200
"""Up to this many rows a part is written as readable rows, above it as one compressed chunk of columns."""
_ROWS_AT_ONCE = 50_000
_HASHED_AT_ONCE = 1 << 24
_ASKS_EVERY = 0.05
"""Seconds of waiting between two questions whether to go on."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One Change as the history lists it.

    ``undoes`` is the id of the entry that it took back, or None; ``undone`` whether it is itself taken back now.
    """

    id: int
    label: str
    author: str
    time: str
    undoes: int | None
    hash: str
    rows: int
    undone: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the history is as it was written.

    ``head`` is the hash of the newest entry (a chain alone shows tampering only to who kept its head);
    ``broken`` the first entry that does not fit, or None.
    """

    intact: bool
    entries: int
    head: str
    broken: int | None = None
    reason: str = ""


class Packing:
    """The large parts of a Change, compressed on another thread while its rows are written; use it in a ``with``."""

    def __init__(self, change: Change) -> None:
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="pipemap history")
        large = [part for part in change.parts if len(part) > _SINGLE]
        self._packed = {id(part): self._pool.submit(self._pack, part) for part in large}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._stopped.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def of(self, part: Rows, progress: Progress) -> tuple[bytes | None, bytes | None]:
        """Return what the history keeps of a large part: before and after."""
        while True:
            try:
                return self._packed[id(part)].result(timeout=_ASKS_EVERY)
            except TimeoutError:
                progress(0, len(part))

    def _pack(self, part: Rows) -> tuple[bytes | None, bytes | None]:
        return self._compressed(part.before), self._compressed(part.after)

    def _compressed(self, table: pa.Table) -> bytes | None:
        if not table.num_rows:
            return None
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
            for start in range(0, table.num_rows, _ROWS_AT_ONCE):
                if self._stopped.is_set():
                    raise Cancelled
                writer.write_table(table.slice(start, _ROWS_AT_ONCE).combine_chunks())
        return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def record(
    connection: sqlite3.Connection,
    change: Change,
    *,
    undoes: int | None = None,
    packing: Packing | None = None,
    progress: Progress = SILENT,
) -> int:
    """Write a Change into the history, inside the transaction that is open; return its id."""
    if packing is None:
        with Packing(change) as own:
            return record(connection, change, undoes=undoes, packing=own, progress=progress)
    newest = connection.execute("SELECT hash FROM history ORDER BY id DESC LIMIT 1").fetchone()
    previous = newest[0] if newest else ""
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    cursor = connection.execute(
        "INSERT INTO history (label, author, time, undoes, previous) VALUES (?, ?, ?, ?, ?)",
        (change.label, change.author, time, undoes, previous),
    )
    number = int(cursor.lastrowid or 0)
    digest = Digest(previous, number, change.label, change.author, time, undoes)
    for part in change.parts:
        for row in _written(part, packing, progress):
            connection.execute(
                "INSERT INTO history_row (change, table_name, element, rows, before, after) VALUES (?, ?, ?, ?, ?, ?)",
                (number, *row),
            )
            digest.add(row, lambda: progress(0))
    connection.execute("UPDATE history SET hash = ? WHERE id = ?", (digest.value, number))
    return number


def newest_first(connection: sqlite3.Connection, *, down_to: int = 0) -> Iterator[Entry]:
    """Give entries one by one from the newest on, those after ``down_to``; only what is asked for is read.

    Whether an entry is undone is known by then: what takes it back comes after it.
    """
    gone: set[int] = set()
    for number, label, author, time, undoes, digest, count in connection.execute(
        "SELECT h.id, h.label, h.author, h.time, h.undoes, h.hash, "
        "(SELECT coalesce(sum(r.rows), 0) FROM history_row r WHERE r.change = h.id) "
        "FROM history h WHERE h.id > ? ORDER BY h.id DESC",
        (down_to,),
    ):
        undone = number in gone
        if undoes is not None and not undone:  # an undo that is itself undone counts no more
            gone.add(undoes)
        yield Entry(number, label or "", author or "", time or "", undoes, digest or "", count, undone=undone)


def is_undone(connection: sqlite3.Connection, number: int) -> bool:
    """Whether an entry is taken back now: by an undo that is not itself taken back."""
    rows = connection.execute("SELECT id FROM history WHERE undoes = ?", (number,)).fetchall()
    return any(not is_undone(connection, row[0]) for row in rows)


def change_of(connection: sqlite3.Connection, number: int) -> Change:
    """Return what an entry did.

    Raises
    ------
    EditError
        There is no such entry.
    """
    found = connection.execute("SELECT label, author FROM history WHERE id = ?", (number,)).fetchone()
    if found is None:
        raise EditError(_("The history has no entry {number}.").format(number=number))
    rows = connection.execute("SELECT table_name, before, after FROM history_row WHERE change = ? ORDER BY fid", (number,))
    return Change(found[0] or "", found[1] or "", tuple(read_part(*row) for row in rows.fetchall()))


def verify(connection: sqlite3.Connection, head: str = "") -> Verification:
    """Recompute the chain; ``head``, printed in a report, must be the hash of one of its entries."""
    found = _recomputed(connection)
    known = not head or connection.execute("SELECT 1 FROM history WHERE hash = ?", (head,)).fetchone() is not None
    if found.intact and not known:
        return replace(found, intact=False, reason=_("No entry has the hash that was given: newer ones were taken away."))
    return found


def _recomputed(connection: sqlite3.Connection) -> Verification:
    previous, count = "", 0
    for number, label, author, time, undoes, before, written in connection.execute(
        "SELECT id, label, author, time, undoes, previous, hash FROM history ORDER BY id"
    ).fetchall():
        if before != previous:
            return Verification(
                intact=False, entries=count, head=previous, broken=number, reason=_("An entry before it is missing or altered.")
            )
        digest = Digest(previous, number, label, author, time, undoes)
        for row in connection.execute(
            "SELECT table_name, element, rows, before, after FROM history_row WHERE change = ? ORDER BY fid", (number,)
        ):
            digest.add(row)
        if digest.value != written:
            return Verification(
                intact=False, entries=count, head=previous, broken=number, reason=_("Its rows are not those that were written.")
            )
        previous, count = written, count + 1
    (stray,) = connection.execute("SELECT min(change) FROM history_row WHERE change NOT IN (SELECT id FROM history)").fetchone()
    if stray is not None:
        return Verification(
            intact=False, entries=count, head=previous, broken=stray, reason=_("An entry is missing; its rows are there.")
        )
    return Verification(intact=True, entries=count, head=previous)


class Digest:
    """The hash of an entry: of the entry before, of its own words, of each of its rows."""

    def __init__(self, *words: object) -> None:
        self._hash = hashlib.sha256()
        self.add(words)

    def add(self, values: tuple[object, ...], told: Callable[[], None] = lambda: None) -> None:
        """Take in more words; ``told`` is called every now and then."""
        for value in values:
            content = (
                value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
            )
            self._hash.update(f"{type(value).__name__}{len(content)}:".encode())
            for start in range(0, len(content), _HASHED_AT_ONCE):
                told()
                self._hash.update(memoryview(content)[start : start + _HASHED_AT_ONCE])

    @property
    def value(self) -> str:
        """The sum over everything taken in."""
        return self._hash.hexdigest()


def _written(part: Rows, packing: Packing, progress: Progress) -> Iterator[tuple[object, ...]]:
    """Return what the history keeps of a part: table, key, number of rows, before, after."""
    if len(part) > _SINGLE:
        yield (part.table, None, len(part), *packing.of(part, progress))
        return
    before, after = part.before.to_pylist(), part.after.to_pylist()
    for number, key in enumerate(part.keys):
        old = before[number] if before else None
        new = after[number] if after else None
        if old and new:
            changed = [name for name in new if name == key_of(part.table) or old[name] != new[name]]
            old, new = {name: old[name] for name in changed}, {name: new[name] for name in changed}
        yield (part.table, key, 1, _as_text(old), _as_text(new))


def _as_text(row: dict[str, object] | None) -> str | None:
    if row is None:
        return None
    plain = {name: {"hex": value.hex()} if isinstance(value, bytes) else value for name, value in row.items()}
    return json.dumps(plain, ensure_ascii=False)


def read_part(table: str, before: object, after: object) -> Rows:
    """Return one row of ``history_row`` as what it did."""
    types = arrow_types(table)
    old, new = _unpacked(before, types), _unpacked(after, types)
    empty = (new if old is None else old).slice(0, 0)  # type: ignore[union-attr]
    return Rows(table, empty if old is None else old, empty if new is None else new)


def _unpacked(content: object, types: dict[str, pa.DataType]) -> pa.Table | None:
    if content is None:
        return None
    if isinstance(content, bytes):
        return pa.ipc.open_stream(content).read_all()
    row = read_row(content) or {}
    return pa.table({name: pa.array([value], type=types[name]) for name, value in row.items()})


def read_row(content: object) -> dict[str, Any] | None:
    """Return the values of a single row of the history; None where it was not there."""
    if content is None:
        return None
    return {
        name: bytes.fromhex(value["hex"]) if isinstance(value, dict) else value
        for name, value in json.loads(str(content)).items()
    }
