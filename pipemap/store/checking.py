"""What a survey keeps of checks: their limits, what they found, and what was decided about it.

What checks find is worked out from the data and stands beside it; what a person decides is a Change like any other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipemap.errors import EditError
from pipemap.progress import SILENT, Progress, told_every
from pipemap.store import reading
from pipemap.store.authors import author_of
from pipemap.store.change import Change, Rows
from pipemap.store.elements import next_fid
from pipemap.store.problems import StoredProblems
from pipemap.store.setting_rows import setting_parts
from pipemap.store.sql import chunks, listed, marks
from pipemap.texts import _

if TYPE_CHECKING:
    from sqlite3 import Connection

    from pipemap.model.problem import Problem
    from pipemap.store.connections import Connections

_LIMIT = "check."
_KEPT = (
    "rule", "severity", "text", "arguments", "layer", "element", "element_fid", "x", "y", "other_layer", "other_fid", "effect",
    "effect_metres", "effect_customers",
)  # fmt: skip
_FILLED = (*_KEPT, "fid", "found", "solved", "status")
_MANY = 2_000
"""Elements from which everything is looked at."""
STATUSES = ("open", "ignored", "solved")
"""What can be said of a problem; one that a check no longer finds is solved whatever was said."""

Key = tuple[str, str | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class FoundProblem:
    """A problem with the keys of the element and of the second element that it is about; None where there is none."""

    problem: Problem
    fid: int | None
    other_layer: str | None = None
    other_fid: int | None = None

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return self.problem.rule, self.problem.layer or None, self.fid, self.other_fid


@dataclass(frozen=True, slots=True)
class Scope:
    """What a check looked at: rules by name, and keys of nodes and pipes; None: all of them."""

    rules: frozenset[str]
    nodes: frozenset[int] | None = None
    pipes: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Touched:
    """What later entries of the history changed: keys of nodes and pipes, or so much that a list says nothing."""

    newest: int
    nodes: frozenset[int]
    pipes: frozenset[int]
    is_much: bool = False

    def __bool__(self) -> bool:
        return self.is_much or bool(self.nodes or self.pipes)


@dataclass(frozen=True, slots=True)
class KeptProblems:
    """What a check changed in the list: problems that are new, and those that are solved."""

    new: int
    solved: int


class Checking:
    """The part of a survey that keeps what checks found."""

    apply: Callable[..., int]
    read_only: bool
    _connections: Connections

    def check_limits(self) -> dict[str, str]:
        """Return what this survey sets rules to, by their name: a number, or ``off``."""
        with self._connections.reading() as connection:
            rows = connection.execute("SELECT name, value FROM setting WHERE name LIKE 'check.%'").fetchall()
        return {str(name).removeprefix(_LIMIT): str(value) for name, value in rows if value}

    def set_check_limits(self, limits: Mapping[str, str | None], *, author: str = "") -> Change:
        """Set what rules tolerate in this survey, blank or None for the rule's own limit, as one Change."""
        now = self.check_limits()
        changed = [name for name, value in limits.items() if (value or "") != now.get(name, "")]
        label = _("Set limits of checks: {names}").format(names=", ".join(changed))
        return self.change_settings({_LIMIT + name: value for name, value in limits.items()}, label, author=author)

    def change_settings(self, values: Mapping[str, str | None], label: str, *, author: str = "") -> Change:
        """Set settings of the survey that the history shall know of, blank or None for not set, as one Change."""
        with self._connections.reading() as connection:
            parts = setting_parts(connection, values)
        change = Change(label, author_of(author), parts)
        if len(change):
            self.apply(change)
        return change

    def problem_list(self) -> StoredProblems:
        """Return all problems, worst first, as a sequence in which each becomes an object only when it is looked at."""
        with self._connections.reading() as connection:
            return StoredProblems(reading.read_columns(connection, "problem", list(reading.arrow_types("problem"))))

    def touched_since(self, entry: int) -> Touched:
        """Return which nodes and pipes later entries of the history changed, by key."""
        with self._connections.reading() as connection:
            return _touched_since(connection, entry)

    def keep_problems(self, found: Sequence[FoundProblem], scopes: Sequence[Scope], progress: Progress = SILENT) -> KeptProblems:
        """Make the problems that checks found be these, as far as ``scopes`` reach.

        What was found before keeps its key and what was decided about it; what is no longer found is solved. What solving a
        problem would change stays as it was said where it is not said anew. Cancelled, the list is as it was.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._connections.writing() as connection:
            before: dict[Key, tuple[object, ...]] = {}
            for scope in scopes:
                before |= _in_scope(connection, scope, lambda: progress(0))
            fresh: list[FoundProblem] = []
            for one in told_every(found, lambda: progress(0)):
                row = before.pop(one.key, None)
                if row is None:
                    fresh.append(one)
                elif row[1:] != (values := _values(one, row)):
                    names = ", ".join(f'"{name}" = ?' for name in _KEPT)
                    connection.execute(f"UPDATE problem SET {names}, solved = NULL WHERE fid = ?", (*values[1:], row[0]))
            gone = [row[0] for row in before.values() if row[1] is None]
            for some in chunks(gone):
                connection.execute(f"UPDATE problem SET solved = ? WHERE fid IN ({marks(len(some))})", (now, *some))
            first = next_fid(connection, "problem") if fresh else 0
            statement = f"INSERT INTO problem ({listed(_FILLED)}) VALUES ({marks(len(_FILLED))})"
            numbered = told_every(enumerate(fresh), lambda: progress(0))
            rows = ((*_values(one)[1:], first + number, now, None, "open") for number, one in numbered)
            connection.executemany(statement, rows)
        return KeptProblems(len(fresh), len(gone))

    def decide_problems(self, fids: Iterable[int], status: str, *, reason: str = "", author: str = "") -> Change:
        """Say of problems that they are ignored, solved or open again, and why, as one Change.

        Raises
        ------
        EditError
            There is no such status, or no reason is given to ignore something.
        """
        if status not in STATUSES:
            raise EditError(_("There is no status “{status}”.").format(status=status), ", ".join(STATUSES))
        if status == "ignored" and not reason.strip():
            raise EditError(_("What is ignored needs a reason."), _("One line is enough: “measured again, is so”."))
        names = ["fid", "status", "reason", "decided_by", "decided"]
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._connections.reading() as connection:
            before = reading.read_columns(connection, "problem", names, fids=sorted(set(fids)))
        author = author_of(author)
        said = (status, reason.strip() or None, author or None, now)
        types = reading.arrow_types("problem")
        columns = {name: pa.array([value] * before.num_rows, types[name]) for name, value in zip(names[1:], said, strict=True)}
        after = pa.table({"fid": before["fid"]} | columns)
        labels = {"ignored": _("Ignore problems"), "solved": _("Problems solved"), "open": _("Bring problems back")}
        label = f"{labels[status]} ({reason.strip()})" if reason.strip() else labels[status]
        change = Change(label, author, (Rows("problem", before, after),) if before.num_rows else ())
        if len(change):
            self.apply(change)
        return change


def _values(one: FoundProblem, before: tuple[object, ...] = ()) -> tuple[object, ...]:
    """What is kept of a problem, in the order of ``_KEPT``, after ``None`` for: not solved."""
    problem, effect = one.problem, one.problem.effect
    arguments = json.dumps(dict(problem.values), ensure_ascii=False, sort_keys=True, default=str)
    place = (problem.x, problem.y)
    told = (effect.text, round(effect.metres, 3), effect.customers) if effect is not None else before[-3:] or (None,) * 3
    return (
        None, problem.rule, problem.severity, problem.text, arguments, problem.layer or None, problem.element or None, one.fid,
        *place, one.other_layer, one.other_fid, *told,
    )  # fmt: skip


def _in_scope(connection: Connection, scope: Scope, told: Callable[[], None]) -> dict[Key, tuple[object, ...]]:
    """Return the rows that a check could have found again: fid, when solved, and what is kept, by key."""
    found: dict[Key, tuple[object, ...]] = {}
    for row in told_every(_candidates(connection, scope), told):
        values: dict[str, Any] = dict(zip(_KEPT, row[2:], strict=True))
        if values["rule"] in scope.rules and _is_within(values, scope):
            key: Key = (values["rule"], values["layer"], values["element_fid"], values["other_fid"])
            found[key] = row
    return found


def _candidates(connection: Connection, scope: Scope) -> Iterable[tuple[object, ...]]:
    select = f"SELECT fid, solved, {listed(_KEPT)} FROM problem WHERE found IS NOT NULL"
    if scope.nodes is None or scope.pipes is None:
        yield from connection.execute(select)
        return
    for some in chunks(sorted(scope.nodes | scope.pipes)):
        yield from connection.execute(f"{select} AND element_fid IN ({marks(len(some))})", some).fetchall()


def _is_within(values: Mapping[str, object], scope: Scope) -> bool:
    keys = scope.nodes if values["layer"] == "node" else scope.pipes
    return keys is None or values["element_fid"] in keys


def _touched_since(connection: Connection, entry: int) -> Touched:
    (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM history").fetchone()
    keys: dict[str, set[int]] = {"node": set(), "pipe": set()}
    statement = "SELECT table_name, element, rows FROM history_row WHERE change > ? AND table_name IN ('node', 'pipe')"
    for table, element, count in connection.execute(statement, (entry,)):
        if element is None or len(keys["node"]) + len(keys["pipe"]) > _MANY:
            return Touched(newest, frozenset(), frozenset(), is_much=bool(count))
        keys[table].add(element)
    return Touched(newest, frozenset(keys["node"]), frozenset(keys["pipe"]))
