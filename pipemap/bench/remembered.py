"""Our side of the rows about a survey that has been edited for years: a history of as many entries as the city has pipes."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.bench.case import Case, Ground

if TYPE_CHECKING:
    from pipemap.store import Asked, Survey

_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
_APART = timedelta(minutes=3)
_CREW = ("Wang", "Li", "Zhang", "Zhao", "Chen")


def aged(ground: Ground) -> Path:
    """Return a copy of the city in which every pipe was given a note by an entry of its own; made once for all cases."""
    target = ground.scratch / "aged.gpkg"
    if not target.exists():
        shutil.copy(ground.path, target)
        _age(target)
    return target


def _age(path: Path) -> None:
    """Write the entries as :func:`pipemap.store.history.record` would, and the notes into the rows, all at once."""
    from pipemap.store.connections import connect, trust
    from pipemap.store.history import Digest

    with closing(connect(path, "rw")) as connection:
        trust(connection)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        newest, previous = connection.execute("SELECT id, hash FROM history ORDER BY id DESC LIMIT 1").fetchone()
        pipes = [row[0] for row in connection.execute("SELECT fid FROM pipe ORDER BY fid")]
        notes = dict(connection.execute("SELECT fid, note FROM pipe"))
        connection.execute("INSERT INTO foreign_edit (fid) VALUES (-1)")  # the triggers that notice others rest
        heads, rows = [], []
        for at, fid in enumerate(pipes, start=1):
            number, note = newest + at, f"seen on round {at}"
            words = (f"Edit {fid}", _CREW[at % len(_CREW)], (_SINCE + at * _APART).isoformat(timespec="milliseconds"), None)
            row = ("pipe", fid, 1, _text(fid, notes[fid]), _text(fid, note))
            digest = Digest(previous, number, *words)
            digest.add(row)
            heads.append((number, *words, previous, digest.value))
            rows.append((number, *row))
            previous = digest.value
        statement = "INSERT INTO history (id, label, author, time, undoes, previous, hash) VALUES (?,?,?,?,?,?,?)"
        connection.executemany(statement, heads)
        statement = "INSERT INTO history_row (change, table_name, element, rows, before, after) VALUES (?,?,?,?,?,?)"
        connection.executemany(statement, rows)
        noted = ((f"seen on round {at}", fid) for at, fid in enumerate(pipes, start=1))
        connection.executemany("UPDATE pipe SET note = ? WHERE fid = ?", noted)
        connection.execute("DELETE FROM foreign_edit")
        connection.execute("COMMIT")


def _text(fid: int, note: str | None) -> str:
    return json.dumps({"fid": fid, "note": note}, ensure_ascii=False)


def _questions(survey: Survey) -> dict[str, Asked]:
    """What a person filters the history by, one at a time."""
    from pipemap.store import Asked

    newest = survey.newest_entry()
    assert newest is not None  # noqa: S101 -- an aged survey has one
    day = survey.span(newest.time[:10], newest.time[:10])
    keys = survey.network.pipe_fid[:1].tolist()
    return {
        "all": Asked(), "words": Asked(text="Edit 77"), "no such words": Asked(text="nobody"), "person": Asked(author="Wang"),
        "nobody": Asked(author="Nobody"), "day": Asked(since=day[0], until=day[1]), "nodes": Asked(kind="node"),
        "others": Asked(kind="other"), "element": Asked(elements={"pipe": keys}),
    }  # fmt: skip


def history_panel(ground: Ground) -> Case:
    """The panel's answer to each of its filters, first page and count; the slowest of them counts."""
    from pipemap.store import open_survey

    path, told = aged(ground), dict[str, float]()

    def run() -> float:
        with open_survey(path, read_only=True) as survey:
            for name, asked in _questions(survey).items():
                start = time.perf_counter()
                survey.history_look(asked)
                told[name] = time.perf_counter() - start
        return max(told.values())

    return Case(run, note=lambda: max(told, key=told.__getitem__))


def history_undo(ground: Ground) -> Case:
    """Take the newest entry back, on disk."""
    from pipemap.store import open_survey

    path = aged(ground)

    def run() -> float:
        with open_survey(path) as survey:
            start = time.perf_counter()
            survey.undo()
            seconds = time.perf_counter() - start
            survey.redo()
        return seconds

    return Case(run)


def history_verify(ground: Ground) -> Case:
    """Compute the hashes of the whole chain again."""
    from pipemap.store import open_survey

    path, told = aged(ground), list[int]()

    def run() -> float:
        with open_survey(path, read_only=True) as survey:
            start = time.perf_counter()
            told[:] = [survey.verify().entries]
            return time.perf_counter() - start

    return Case(run, note=lambda: f"{told[0]:,}", once=True)


CASES: dict[str, Callable[[Ground], Case]] = {
    "history_panel": history_panel,
    "history_undo": history_undo,
    "history_verify": history_verify,
}
