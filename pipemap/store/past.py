"""A survey as it was: a copy for reading, in which everything that was done since is taken back.

The copy is a survey like any other, so that whatever is asked of it (a form, a table, the search, a trace, a picture) tells of
then. Two things are those of now, whatever the date: the settings of the survey, and what is marked secret: a mark that was put
on since must not be got round by looking back.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipemap.errors import EditError, SurveyFileError
from pipemap.progress import SILENT, Progress
from pipemap.store import foreign, rtree
from pipemap.store.change import Rows, write_rows
from pipemap.store.connections import Connections, connect, said_plainly, trust
from pipemap.store.history import read_part, read_row
from pipemap.store.reading import read_columns
from pipemap.store.rowwise import parts_of
from pipemap.store.schema import add_missing, create_triggers, drop_triggers, key_of, missing_tables
from pipemap.store.sql import quoted
from pipemap.store.tables import FEATURE_TABLES, WATCHED_TABLES
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store.hand_outs import HandOut
    from pipemap.store.survey import Survey

_AT_ONCE = 50_000
"""Rows that are gathered before they are written."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PAGES = 20_000
_REPORT_EVERY = 1000
_STAYS_OF_NOW = frozenset({"secrecy"})
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of the survey: that after entry ``entry`` of the history, 0 before the first.

    ``time`` is how it was asked for; ``compared`` says, of a survey that shows differences, between which states.
    """

    entry: int
    time: str
    compared: str = ""

    @property
    def label(self) -> str:
        """How a person calls it."""
        if self.time == "now":
            return _("now")
        if self.time:
            return _("on {time}").format(time=self.time.replace("T", " "))
        return _("after change {n}").format(n=self.entry) if self.entry else _("before the first change")


def moment_of(connection: sqlite3.Connection, asked: str | int | datetime) -> Moment:
    """Return the state that is meant by a date (the end of that day), a time, or the number of an entry (``12``, ``"#12"``).

    Times without a zone are local. ``"now"`` is the newest state.

    Raises
    ------
    EditError
        It is none of these, or the history has no such entry.
    """
    (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM history").fetchone()
    if asked == "now":
        return Moment(newest, "now")
    if isinstance(asked, int) or str(asked).startswith("#"):
        return _after_entry(connection, str(asked).removeprefix("#"), newest)
    limit = end_of(asked)
    (entry,) = connection.execute("SELECT coalesce(max(id), 0) FROM history WHERE time < ?", (limit,)).fetchone()
    return Moment(entry, str(asked))


def _after_entry(connection: sqlite3.Connection, text: str, newest: int) -> Moment:
    known = text.isdecimal() and (
        int(text) == 0 or connection.execute("SELECT 1 FROM history WHERE id = ?", (int(text),)).fetchone() is not None
    )
    if not known:
        raise EditError(
            _("The history has no entry {number}.").format(number=text), _("Its newest entry is {n}.").format(n=newest)
        )
    return Moment(int(text), "")


def start_of(asked: str) -> str:
    """Return the first moment of a local day, or the time itself, as the history writes it."""
    return _stamp(_time_in(asked))


def end_of(asked: str | datetime) -> str:
    """Return the first moment after a local day, or after a time, as the history writes it."""
    if isinstance(asked, datetime):
        return _stamp(asked + timedelta(milliseconds=1))
    text = asked.strip()
    if _DAY.fullmatch(text):
        return _stamp(datetime.combine(_time_in(text).date() + timedelta(days=1), time.min))
    precision = timedelta(minutes=1) if len(text) == len("2026-03-01T14:30") else timedelta(milliseconds=1)
    return _stamp(_time_in(text) + precision)


def _time_in(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise EditError(
            _("“{text}” is no date.").format(text=text), _("Write 2026-03-01, 2026-03-01T14:30, or #12 for after change 12.")
        ) from error


def _stamp(when: datetime) -> str:
    """Times without a zone are local."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds")


def past_survey(
    present: Survey,
    source: Callable[[], AbstractContextManager[sqlite3.Connection]],
    moment: Moment,
    *,
    again: tuple[Rows, ...] = (),
    progress: Progress = SILENT,
) -> Survey:
    """Make the survey of a moment; see :meth:`Survey.as_of`.

    Parameters
    ----------
    again
        Rows that were there once and shall be there too, as a comparison shows them.
    """
    folder = Path(tempfile.mkdtemp(prefix="pipemap-past-"))
    try:
        copy = folder / present.path.name
        with source() as connection:
            _check_room(connection, folder)
            copy_file(connection, copy, progress=progress)
        with said_plainly(copy), contextlib.closing(connect(copy, "rw")) as connection:
            trust(connection)
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN")
            if missing_tables(connection):  # a file that was opened for reading alone was never brought up to date
                add_missing(connection)
            take_back(connection, moment.entry, progress=progress)
            write_rows(connection, again, checked=False, progress=progress)
            connection.execute("COMMIT")
        return _made(present, copy, moment)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _made(present: Survey, copy: Path, moment: Moment) -> Survey:
    from pipemap.store.survey import Survey

    class PastSurvey(Survey):
        """A survey as it was: called as the one it is of, closed with its copy, its exports entered into the register of now."""

        def check_register(self) -> None:
            present.check_register()

        @contextmanager
        def handing_out(self, given: HandOut) -> Iterator[HandOut]:
            with present.handing_out(given) as entered:
                yield entered

        def close(self) -> None:
            super().close()
            shutil.rmtree(copy.parent, ignore_errors=True)

    said = _("The survey as it was {moment}; its settings, and what is secret, are those of now.").format(moment=moment.label)
    made = PastSurvey(copy, Connections(copy, read_only=True), lock=None, holder=None, notices=(said,))
    made.path, made.moment = present.path, moment
    return made


def _check_room(connection: sqlite3.Connection, folder: Path) -> None:
    (pages,), (size,) = connection.execute("PRAGMA page_count").fetchone(), connection.execute("PRAGMA page_size").fetchone()
    needed, free = pages * size, shutil.disk_usage(folder).free
    if needed > free:
        raise SurveyFileError(
            _("Looking back needs {needed} MB in {folder}, and {free} MB are free.").format(
                needed=f"{needed / 1e6:,.0f}", folder=folder.parent, free=f"{free / 1e6:,.0f}"
            ),
            _("Make room there, then try again."),
        )


def copy_file(source: sqlite3.Connection, target: Path, *, progress: Progress = SILENT) -> None:
    """Copy a survey as one connection sees it, to a file that nobody else knows yet."""

    def tell(_status: int, remaining: int, total: int) -> None:
        progress(total - remaining, total, _("Copying {file}").format(file=target.name))

    with said_plainly(target), contextlib.closing(connect(target, "rwc")) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        source.backup(connection, pages=_PAGES, progress=tell, sleep=0)
        connection.execute("PRAGMA journal_mode = DELETE")


def take_back(connection: sqlite3.Connection, entry: int, *, progress: Progress = SILENT) -> None:
    """Make the tables what they were after an entry, and end the history there; inside an open transaction."""
    (total,) = connection.execute("SELECT count(*) FROM history_row WHERE change > ?", (entry,)).fetchone()
    if total or foreign.count(connection):
        for table in WATCHED_TABLES:
            drop_triggers(connection, table)
        gathered = Gathered(connection, without=_STAYS_OF_NOW)
        for edit in foreign.pending(connection):
            gathered.become(edit.table, edit.key, edit.after, edit.before)
        rows = connection.cursor().execute(
            "SELECT table_name, element, before, after FROM history_row WHERE change > ? ORDER BY change DESC, fid DESC", (entry,)
        )
        told = _("Taking back what was done since")
        for done, (table, key, before, after) in enumerate(rows):
            if done % _REPORT_EVERY == 0:
                progress(done, total, told)
            if table in WATCHED_TABLES and key is None:
                gathered.become_many(~read_part(table, before, after))
            elif table in WATCHED_TABLES:
                gathered.become(table, key, read_row(after), read_row(before))
        gathered.write()
        gathered.index()
        connection.execute("DELETE FROM history_row WHERE change > ?", (entry,))
        connection.execute("DELETE FROM history WHERE id > ?", (entry,))
        connection.execute("DELETE FROM foreign_edit")
        for table in WATCHED_TABLES:
            drop_triggers(connection, table)  # writing many rows has made some again
        create_triggers(connection)


class Gathered:
    """Rows that become others, one Change after another; a row that was changed often is written once.

    Parameters
    ----------
    without
        Columns of rows that stay which keep what they hold.
    """

    def __init__(self, connection: sqlite3.Connection, *, without: frozenset[str] = frozenset()) -> None:
        self._connection = connection
        self._without = without
        self._then: dict[tuple[str, int], Row | None] = {}
        self._moved: dict[str, set[int]] = {layer: set() for layer in FEATURE_TABLES}

    def become(self, table: str, key: int, was: Row | None, will: Row | None) -> None:
        """Make one row what it will be: None where it is not there, else the values that are others."""
        if was is not None and will is not None:
            changed = {name: value for name, value in will.items() if name not in self._without}
            will = (self._then.get((table, key)) or {}) | changed
        self._then[table, key] = will
        if len(self._then) >= _AT_ONCE:
            self.write()

    def become_many(self, part: Rows) -> None:
        """Make very many rows what they will be."""
        self.write()
        if part.before.num_rows and part.after.num_rows:
            stays = [name for name in part.after.column_names if name in self._without]
            part = Rows(part.table, part.before.drop_columns(stays), part.after.drop_columns(stays))
        self._write((part,))

    def write(self) -> None:
        """Write what was gathered."""
        gathered, self._then = self._then, {}
        pairs: list[tuple[str, Row | None, Row | None]] = []
        for (table, key), then in gathered.items():
            there = self._there(table, key)
            if then is not None and there is not None:
                there = {name: there[name] for name in then if name in there}
            pairs.append((table, there, then))
        self._write(parts_of(pairs))

    def _there(self, table: str, key: int) -> Row | None:
        found = self._connection.execute(f"SELECT * FROM {quoted(table)} WHERE {quoted(key_of(table))} = ?", (key,))
        row = found.fetchone()
        return None if row is None else dict(zip((column[0] for column in found.description), row, strict=True))

    def _write(self, parts: tuple[Rows, ...]) -> None:
        write_rows(self._connection, parts, checked=False)
        for part in parts:
            if part.table in FEATURE_TABLES:
                drop_triggers(self._connection, part.table)  # writing very many rows has made them again
                whole = not part.before.num_rows or not part.after.num_rows
                if whole or "geom" in part.after.column_names:
                    self._moved[part.table].update(part.keys)

    def index(self) -> None:
        """Make the spatial index follow."""
        for table, keys in self._moved.items():
            if len(keys) > _AT_ONCE:
                rtree.rebuild(self._connection, table)
            elif keys:
                after = read_columns(self._connection, table, ["fid", "geom"], fids=sorted(keys))
                rtree.follow(self._connection, table, pa.table({"fid": pa.array(sorted(keys), pa.int64())}), after)
