"""What a survey keeps of shut-off plans, and what was done at its valves and hydrants; writing is a Change like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipemap.errors import EditError
from pipemap.model.plans import Operation, Plan, read_versions
from pipemap.store import reading
from pipemap.store.schema import columns_there
from pipemap.texts import _

if TYPE_CHECKING:
    from sqlite3 import Connection

    from pipemap.store.connections import Connections

_OPERATION = ("fid", "valve", "what", "time", "person", "turns", "result", "shutoff_plan", "version", "node", "pipe")
_LISTED = (
    "fid", "name", "status", "version", "created", "author", "planned_from", "planned_to", "approved", "approved_by", "started",
    "finished", "reason", "phone", "crew", "emergency", "roads", "valves", "customers", "households", "note",
)  # fmt: skip
"""Columns of a plan that a list shows: all but its answers."""


class Planning:
    """The part of a survey that keeps plans and logs of operations."""

    _connections: Connections

    def plan_rows(self) -> list[dict[str, Any]]:
        """Return what lists show of each plan, the newest first, by column; blank where nothing was said."""
        with self._connections.reading() as connection:
            if not columns_there(connection, "shutoff_plan"):
                return []
            rows = reading.read_columns(connection, "shutoff_plan", list(_LISTED)).to_pylist()
        return sorted(rows, key=lambda row: -int(row["fid"]))

    def plan(self, number: int) -> Plan:
        """Return a plan by its number.

        Raises
        ------
        EditError
            There is none, or what it holds was not written by pipemap.
        """
        with self._connections.reading() as connection:
            names, fids = [*_LISTED, "plan"], [max(min(number, 2**63 - 1), 0)]
            found = reading.read_columns(connection, "shutoff_plan", names, fids=fids).to_pylist()
            done = _operations(connection, "shutoff_plan", number) if found else []
        if not found:
            numbers = ", ".join(str(row["fid"]) for row in self.plan_rows()[:8])
            hint = _("Known are {names}.").format(names=numbers) if numbers else _("The survey holds no shut-off plan.")
            raise EditError(_("There is no shut-off plan {n}.").format(n=number), hint)
        return _plan(found[0], tuple(done))

    def operations(self, *, node: int | None = None, pipe: int | None = None) -> list[Operation]:
        """Return what was done at a valve or hydrant, given by its key, the newest first; of neither: everything."""
        with self._connections.reading() as connection:
            found = (
                _operations(connection, "node", node)
                if node is not None
                else _operations(connection, "pipe", pipe)
                if pipe is not None
                else _operations(connection)
            )
        return found[::-1]


def _operations(connection: Connection, column: str = "", value: int | None = None) -> list[Operation]:
    """Oldest first; what has no time is told in the order in which it came. A file of before has no such table."""
    if not columns_there(connection, "operation"):
        return []
    where = f"WHERE {column} = ?" if column else ""
    values = (max(min(value or 0, 2**63 - 1), 0),) if column else ()
    rows = connection.execute(f"SELECT {', '.join(_OPERATION)} FROM operation {where} ORDER BY time, fid", values).fetchall()
    return [_operation(dict(zip(_OPERATION, row, strict=True))) for row in rows]


def _operation(row: dict[str, Any]) -> Operation:
    words = {name: str(row[name] or "") for name in ("valve", "what", "time", "person", "result")}
    turns = float(row["turns"]) if isinstance(row["turns"], (int, float)) else None
    return Operation(
        row["fid"], **words, turns=turns, plan=row["shutoff_plan"], version=row["version"], node=row["node"], pipe=row["pipe"]
    )


def _plan(row: dict[str, Any], operations: tuple[Operation, ...]) -> Plan:
    versions = read_versions(row["plan"])
    if not versions:
        raise EditError(_("What shut-off plan {n} holds cannot be read.").format(n=row["fid"]), _("Another program wrote it."))
    names = ("name", "created", "author", "started", "finished", "approved", "approved_by", "reason", "phone", "crew", "note")
    words = {name: str(row[name] or "") for name in names}
    return Plan(
        row["fid"],
        state=str(row["status"] or "draft"),
        starts=str(row["planned_from"] or ""),
        ends=str(row["planned_to"] or ""),
        emergency=bool(row["emergency"]),
        versions=versions,
        operations=operations,
        **words,
    )
