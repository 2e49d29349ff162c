"""Marks of secrecy: put on and lifted as one Change, so that the history says who did it and why."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

import pyarrow as pa

from pipemap.errors import EditError
from pipemap.model.fields import values
from pipemap.store.change import Change, Rows
from pipemap.store.reading import read_columns
from pipemap.store.setting_rows import setting_parts
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
        parts += setting_parts(connection, {SETTING: level})
    label = _("Mark secrecy: {level}").format(level=values("secrecy")[level].label) if level else _("Lift secrecy")
    return Change(f"{label} ({reason})" if reason else label, author, tuple(part for part in parts if len(part)))


def _part(connection: sqlite3.Connection, table: str, fids: Collection[int], level: str) -> Rows:
    before = read_columns(connection, table, ["fid", "secrecy"], fids=list(fids))
    other = [(value or "") != level for value in before["secrecy"].to_pylist()]
    before = before.filter(pa.array(other, pa.bool_()))
    after = before.set_column(1, "secrecy", pa.array([level or None] * before.num_rows, pa.string()))
    return Rows(table, before, after)
