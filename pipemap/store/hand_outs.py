"""The hand-out register (成果提供登记): what left the survey, to whom, and who approved it. Entries are only ever added."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from pipemap.errors import SurveyFileError
from pipemap.store.history import Digest
from pipemap.store.schema import columns_there
from pipemap.store.sql import listed, marks
from pipemap.texts import _

TABLE = "hand_out"


@dataclass(frozen=True, slots=True)
class HandOut:
    """One entry of the register.

    Attributes
    ----------
    time, author
        When, in UTC, and by whom.
    content
        What of the survey: ``whole``, ``selection``, ``area``, or categories by their codes.
    format
        As typed after ``--format``.
    area, area_m2
        WKT in the survey's own coordinates of what was covered, and how much that is.
    crs
        Coordinate system of what left; empty where it is the survey's own local grid.
    fields
        Attributes chosen, ``layer:name`` and commas; empty: everything that the format carries.
    nodes, pipes, withheld
        How many left, and how many stayed because they are secret.
    recipient, purpose, approver
        As given.
    file, sha256
        Name of the file, or of several, and the sum over it; of several files one a line, in the same order.
    head
        Hash of the newest entry of the history: the state of the survey that left.
    hash
        Sum over this entry and the one before.
    """

    time: str = ""
    author: str = ""
    content: str = ""
    format: str = ""
    area: str = ""
    area_m2: float | None = None
    crs: str = ""
    fields: str = ""
    nodes: int = 0
    pipes: int = 0
    withheld: int = 0
    recipient: str = ""
    purpose: str = ""
    approver: str = ""
    file: str = ""
    sha256: str = ""
    head: str = ""
    hash: str = ""
    number: int = 0


_NAMES = tuple(field.name for field in fields(HandOut) if field.name != "number")


def register(connection: sqlite3.Connection, given: HandOut) -> HandOut:
    """Write an entry, inside the transaction that is open; return it with its number, time, head and hash."""
    head = connection.execute("SELECT hash FROM history ORDER BY id DESC LIMIT 1").fetchone()
    newest = connection.execute("SELECT fid, hash FROM hand_out ORDER BY fid DESC LIMIT 1").fetchone()
    previous = str(newest[1] or "") if newest else ""
    entry = replace(given, time=datetime.now(UTC).isoformat(timespec="seconds"), head=(head[0] or "") if head else "", hash="")
    entry = replace(entry, hash=_sum(previous, entry))
    values = [getattr(entry, name) for name in _NAMES]
    cursor = connection.execute(
        f"INSERT INTO hand_out ({listed(_NAMES)}, previous) VALUES ({marks(len(_NAMES) + 1)})", [*values, previous]
    )
    return replace(entry, number=int(cursor.lastrowid or 0))


def entries(connection: sqlite3.Connection) -> list[HandOut]:
    """Return every entry, oldest first; none where the survey is of before there was a register."""
    return [entry for entry, _previous in _rows(connection)]


def first_altered(connection: sqlite3.Connection) -> int | None:
    """Return the number of the first entry that is not as it was written, or before which one is missing."""
    before = ""
    for entry, previous in _rows(connection):
        if previous != before or _sum(previous, entry) != entry.hash:
            return entry.number
        before = entry.hash
    return None


def _rows(connection: sqlite3.Connection) -> list[tuple[HandOut, str]]:
    if not columns_there(connection, TABLE).issuperset(_NAMES):
        return []
    rows = connection.execute(f"SELECT fid, previous, {listed(_NAMES)} FROM hand_out ORDER BY fid").fetchall()
    numbers = {"nodes", "pipes", "withheld"}
    found = []
    for number, previous, *values in rows:
        words: dict[str, Any] = {
            name: value if name == "area_m2" else (value or 0) if name in numbers else str(value or "")
            for name, value in zip(_NAMES, values, strict=True)
        }
        found.append((HandOut(**words, number=number), str(previous or "")))
    return found


def _sum(previous: str, entry: HandOut) -> str:
    return Digest(previous, *(getattr(entry, name) for name in _NAMES if name != "hash")).value


def check_writable(*, read_only: bool, holder: str, name: str) -> None:
    """Refuse an export from a survey whose register cannot be written.

    Raises
    ------
    SurveyFileError
        The survey is open for reading only.
    """
    if read_only:
        hint = _("{holder} is writing into it.").format(holder=holder) if holder else _("Open it where it can be written.")
        raise SurveyFileError(
            _("Every export is written into the hand-out register of the survey, and {file} cannot be written now.").format(
                file=name
            ),
            hint,
        )
