"""Marks of secrecy: put on and lifted as one Change, so that the history says who did it and why."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

import pyarrow as pa

from pipemap.errors import EditError
from pipemap.model.fields import values
from pipemap.store.change import Change, Rows
from pipemap.store.reading import arrow_types, read_columns
from pipemap.texts import _

SETTING = "secrecy"


def plan_secrecy(
    connection: sqlite3.Connection,
    level: str,
    *,
    node_fids: Iterable[int] = (),
    pipe_fids: Iterable[int] = (),
    batches: Iterable[int] = (),
    whole: bool = False,
    author: str = "",
    reason: str = "",
) -> Change:
    """Return the Change that gives elements, batches or the whole survey a level; an empty level lifts the mark.

    Raises
    ------
    EditError
        There is no such level.
    """
    if level not in values("secrecy"):
        known = ", ".join(value for value in values("secrecy") if value)
        raise EditError(_("There is no secrecy “{level}”.").format(level=level), _("It is one of {values}.").format(values=known))
    wanted = (("node", node_fids), ("pipe", pipe_fids), ("batch", batches))
    parts = [_part(connection, table, sorted({int(fid) for fid in fids}), level) for table, fids in wanted]
    if whole:
        parts.append(_setting_part(connection, level))
    label = _("Mark secrecy: {level}").format(level=values("secrecy")[level].label) if level else _("Lift secrecy")
    return Change(f"{label} ({reason})" if reason else label, author, tuple(part for part in parts if len(part)))


def _part(connection: sqlite3.Connection, table: str, fids: Collection[int], level: str) -> Rows:
    before = read_columns(connection, table, ["fid", "secrecy"], fids=list(fids))
    other = [(value or "") != level for value in before["secrecy"].to_pylist()]
    before = before.filter(pa.array(other, pa.bool_()))
    after = before.set_column(1, "secrecy", pa.array([level or None] * before.num_rows, pa.string()))
    return Rows(table, before, after)


def _setting_part(connection: sqlite3.Connection, level: str) -> Rows:
    row = connection.execute("SELECT fid, value FROM setting WHERE name = ?", (SETTING,)).fetchone()
    types = arrow_types("setting")

    def table(fid: int, words: dict[str, str | None]) -> pa.Table:
        columns = {name: pa.array([text], types[name]) for name, text in words.items()}
        return pa.table({"fid": pa.array([fid], types["fid"])} | columns)

    if row is None:
        (free,) = connection.execute("SELECT coalesce(max(fid), 0) + 1 FROM setting").fetchone()
        return Rows.added("setting", table(free, {"name": SETTING, "value": level or None}))
    before, after = (table(row[0], {"value": value}) for value in (row[1], level or None))
    keep = 1 if (row[1] or "") != level else 0
    return Rows("setting", before.slice(0, keep), after.slice(0, keep))
