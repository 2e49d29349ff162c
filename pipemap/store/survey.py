"""A survey: one database file, open.

Longer than most files: everything that is asked of a survey, and done to it, is a method here and a function elsewhere.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa

from pipemap.errors import EditError, UnknownElementError
from pipemap.model.delivery import Batch, Delivery, ModelText
from pipemap.model.fields import LAYERS, Layer
from pipemap.model.network import Network
from pipemap.model.problem import Severity
from pipemap.progress import SILENT, Progress
from pipemap.store import history as chain
from pipemap.store import log, query, reading, snapshot
from pipemap.store.authors import author_of
from pipemap.store.change import Change, check_ends, write_rows
from pipemap.store.checking import Checking
from pipemap.store.columns import ColumnLoader, Held, KeptTable
from pipemap.store.connections import Connections
from pipemap.store.edits import Edit
from pipemap.store.history import Entry, Verification
from pipemap.store.leaving import Leaving
from pipemap.store.locks import Holder, WriterLock
from pipemap.store.patience import interruptible
from pipemap.store.planning import Planning
from pipemap.store.problems import StoredProblem
from pipemap.store.query import Condition, Hit
from pipemap.store.reference import reference
from pipemap.store.remembering import Remembering
from pipemap.store.schema import register_layers
from pipemap.store.storing import Plan, Stored, plan_delivery
from pipemap.store.tables import FEATURE_TABLES
from pipemap.store.updating import Updating
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection

    from numpy.typing import NDArray
    from sqlite_utils import Database

    from pipemap.model.comparison import Decisions

_PATCHED = 2000
"""Up to this many changed rows the network is patched, above it is read again."""


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch with its key, its place on the way to acceptance, and how much belongs to it."""

    fid: int
    batch: Batch
    format: str
    state: str
    nodes: int
    pipes: int


class Survey(Remembering, Leaving, Checking, Updating, Planning):
    """What one database file holds. Made by :func:`~pipemap.store.open_survey`; closes itself at the end of a ``with``.

    Attributes
    ----------
    path
        The file.
    read_only
        Whether nothing can be changed: asked for, or because another program writes; then ``holder`` says who.
    notices
        What a person should know about how the file was opened.
    """

    def __init__(
        self, path: Path, connections: Connections, *, lock: WriterLock | None, holder: Holder | None, notices: Sequence[str]
    ) -> None:
        self.path = path
        self.read_only = connections.read_only
        self.holder = str(holder) if holder else ""
        self.notices = tuple(notices)
        self._connections = connections
        self._lock = lock
        self._network: Network | None = None
        self._pending: list[Change] = []
        self._customers = KeptTable(lambda: self.table("customer"))
        self._stale = False
        self._numbers: dict[tuple[str, str], int] = {}
        self._snapshot = threading.RLock()

    # -- what it is ------------------------------------------------------------------------------------------------

    def set_setting(self, name: str, value: str | None) -> None:
        """Keep a setting of the survey; its secrecy is changed by :meth:`set_secrecy`, where the history sees it.

        Raises
        ------
        EditError
            It is the secrecy.
        """
        if name == "secrecy":
            raise EditError(_("The secrecy of a survey is marked and lifted, not set."), "pipemap secrecy")
        with self._connections.writing() as connection:
            _write_setting(connection, name, value)

    # -- the network -----------------------------------------------------------------------------------------------

    @property
    def network(self) -> Network:
        """The network as it is now: an immutable snapshot, replaced after each Change."""
        return self.load()

    def load(self, progress: Progress = SILENT) -> Network:
        """Return the network as it is now, telling how far reading it is.

        Cancelled, it is read from the start when it is asked for again.
        """
        with self._snapshot:
            changes, self._pending = self._pending, []
            if self._network is None or self._stale or sum(map(len, changes)) > _PATCHED:
                self._stale = True  # until it is read: cancelled halfway, the snapshot before would be an old one
                self._network = self._read_network(progress)
                self._stale = False
            elif changes:
                self._network = self._patched(self._network, changes)
            return self._network

    def reload(self) -> Network:
        """Read the network again, as when another program may have changed the file."""
        self._customers.forget()
        with self._snapshot:
            self._stale = True
            return self.network

    def _patched(self, network: Network, changes: Sequence[Change]) -> Network:
        try:
            with self._connections.reading() as connection:
                return snapshot.patched(network, connection, changes, snapshot.around(connection))
        except KeyError:  # another program took a node away
            return self._read_network()

    def _read_network(self, progress: Progress = SILENT) -> Network:
        tables = reading.read_tables(self._connections, progress)
        progress(1, 1)
        try:
            return self._network_of(tables)
        except KeyError:  # another program took nodes away
            lost = reading.dangling(tables).to_pylist()
            self.notices += (_("{n} pipes end at nodes that are not there; they are left out.").format(n=len(lost)),)
            return self._network_of(reading.without_pipes(tables, lost))

    def _network_of(self, tables: reading.Tables) -> Network:
        with self._connections.reading() as connection:
            around = snapshot.around(connection)
            crs = _setting(connection, "crs") or ""
            layer = reading.read_columns(connection, "model_text", ["batch", "section", "lines"])
        fids = tables.nodes["fid"].to_numpy(), tables.pipes["fid"].to_numpy()
        held: dict[Layer, Held] = {"node": reading.whole_columns(tables.nodes), "pipe": reading.whole_columns(tables.pipes)}
        loader = ColumnLoader(self._connections, *fids, held)
        return Network.from_tables(
            tables.nodes,
            tables.pipes,
            tables.lines,
            crs=crs,
            valve_layer=snapshot.layered_valves_of(layer),
            column_loader=loader,
            customer_loader=self._customers.read,
            **around.words,
        )

    # -- rows ------------------------------------------------------------------------------------------------------

    def record(self, layer: Layer, fid: int) -> dict[str, object]:
        """Return everything known of one element, by field; None where unknown.

        Raises
        ------
        UnknownElementError
            There is no such element.
        """
        with self._connections.reading() as connection:
            found = query.record(connection, layer, int(fid))
        if found is None:
            raise UnknownElementError(f"{layer}:#{fid}")
        return found

    def rows(self, layer: Layer, fids: Sequence[int] | NDArray[np.int64], names: Sequence[str]) -> list[tuple[object, ...]]:
        """Return some fields of some elements, in the order of ``fids``."""
        with self._connections.reading() as connection:
            return query.rows(connection, layer, [int(fid) for fid in fids], names)

    def order(
        self, layer: Layer, *, column: str = "fid", descending: bool = False, conditions: Sequence[Condition] = ()
    ) -> NDArray[np.int64]:
        """Return the fids of the elements that meet all ``conditions``, sorted by ``column``; unknown values last.

        Raises
        ------
        ConditionError
            There is no such field or operator, or the value is of another kind.
        """
        held = self._held(layer, {"fid", column, *(condition.column for condition in conditions)})
        if held is not None and query.can_compare(held, conditions):
            return query.order_held(held, layer, column, descending=descending, conditions=conditions)
        with self._connections.reading() as connection:
            return query.order(connection, layer, column, descending=descending, conditions=conditions)

    def find(self, text: str, *, limit: int = 100) -> list[Hit]:
        """Search ids, roads, owners, addresses and notes: the exact id first, then beginnings of ids, then what holds it."""
        held = {layer: self._held(layer, {"fid", *query.SEARCHED[layer]}) for layer in LAYERS}
        with self._connections.reading() as connection:
            return query.find(connection, text, limit=limit, held=held)

    def hold_columns(self, names: Mapping[Layer, Sequence[str]] = query.SEARCHED, progress: Progress = SILENT) -> None:
        """Hold columns in memory from now on, so that sorting, filtering and searching them takes no look at the file."""
        loader = self.load(progress).column_loader
        if isinstance(loader, ColumnLoader):
            for layer, wanted in names.items():
                loader.hold(layer, wanted, progress)

    def _held(self, layer: Layer, names: Collection[str]) -> dict[str, pa.Array] | None:
        """Return columns of the snapshot that stands, if it has all of them; ``None`` also where it is not up to date."""
        with self._snapshot:
            loader = self._network.column_loader if self._network is not None and not self._stale else None
            if self._pending or not isinstance(loader, ColumnLoader):
                return None
        return loader.held(layer, names)

    def columns(self, layer: Layer, names: Sequence[str]) -> pa.Table:
        """Return whole columns of a layer in the order of its keys; ``fid``, ``x``, ``y`` and every field can be asked for."""
        with self._connections.reading() as connection:
            for name in names:
                query.check_column(layer, name)
            return reading.read_columns(connection, layer, names)

    def table(self, name: str, columns: Sequence[str] = (), *, fids: Sequence[int] | None = None) -> pa.Table:
        """Return one of the other tables, ``customer``, ``finding`` and so on: whole, or some of its columns and rows."""
        with self._connections.reading() as connection:
            return reading.read_columns(connection, name, list(columns or reading.arrow_types(name)), fids=fids)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Give the file to sqlite-utils, for reading: one's own questions in SQL."""
        from sqlite_utils import Database

        with self._connections.reading() as connection:
            yield Database(connection)

    # -- batches, problems, texts ----------------------------------------------------------------------------------

    def batches(self) -> list[StoredBatch]:
        """Return the batches, in the order in which they came."""
        with self._connections.reading() as connection:
            table = reading.read_columns(connection, "batch", list(reading.arrow_types("batch")))
            counts = {
                layer: dict(connection.execute(f"SELECT batch, count(*) FROM {layer} GROUP BY batch").fetchall())
                for layer in FEATURE_TABLES
            }
        words = [field for field in Batch.__dataclass_fields__ if field != "name"]
        return [
            StoredBatch(
                row["fid"],
                Batch(row["name"] or "", **{word: row[word] or "" for word in words}),
                row["format"] or "",
                row["state"] or "stored",
                counts["node"].get(row["fid"], 0),
                counts["pipe"].get(row["fid"], 0),
            )
            for row in table.to_pylist()
        ]

    def problems(self, severity: Severity | None = None) -> list[StoredProblem]:
        """Return the open problems that readers and checks found, of one severity or all."""
        return [
            stored
            for stored in self.problem_list()
            if stored.status == "open" and (severity is None or stored.problem.severity == severity)
        ]

    def model_texts(self, batch: int | None = None) -> list[ModelText]:
        """Return the sections of model files that were kept, of one batch or all."""
        with self._connections.reading() as connection:
            rows = reading.read_columns(connection, "model_text", ["batch", "section", "lines"]).to_pylist()
        return [
            ModelText(row["section"], tuple(json.loads(row["lines"]))) for row in rows if batch is None or row["batch"] == batch
        ]

    # -- changes ---------------------------------------------------------------------------------------------------

    def store(
        self,
        delivery: Delivery,
        *,
        batch: str | None = None,
        decisions: Decisions | None = None,
        author: str = "",
        progress: Progress = SILENT,
    ) -> Stored:
        """Store a delivery as one Change; again means update, never duplicates.

        Elements are recognised by batch, id and place, by an id that the batch has once, or by their place or ends alone. What is
        delivered replaces what was delivered before, an empty cell replaces nothing, and what is no longer delivered stays. What
        was edited by hand stays too: where the file has something new for it, that is a conflict, kept among the problems.

        Parameters
        ----------
        batch
            Name of the batch, instead of the delivery's own.
        decisions
            What a person chose otherwise, of what :meth:`compare` showed.

        Raises
        ------
        SurveyDataError
            The delivery is in a coordinate system that cannot be turned into the survey's.
        """
        delivery = _named(delivery, batch)
        name = delivery.batch.name
        with (
            self._snapshot_after() as done,
            self._connections.writing() as connection,
            interruptible(connection, progress) as told,
        ):
            adopted = self._adopt_crs(connection, delivery)
            crs = adopted or _setting(connection, "crs") or ""
            accepted = _setting(connection, "requires_acceptance") not in {"1", "true", "yes"}
            srs_id = reference(crs).srs_id
            plan = plan_delivery(
                connection,
                delivery,
                crs=crs,
                srs_id=srs_id,
                accepted=accepted,
                decisions=decisions,
                author=author_of(author),
                progress=told,
            )
            if not plan.parts:
                return plan.stored
            label = _("Import “{name}”") if plan.is_import else _("Update “{name}”")
            change = Change(label.format(name=name), author_of(author), plan.parts)
            number = self._write(connection, change, progress=told)
            done.append(change)
        return replace(plan.stored, change_id=number)

    def compare(self, delivery: Delivery, *, decisions: Decisions | None = None, progress: Progress = SILENT) -> Plan:
        """Say what :meth:`store` would do, and change nothing; arguments and errors are the same."""
        delivery = _named(delivery)
        with self._connections.reading() as connection:
            crs = _setting(connection, "crs") or ("" if self._holds_elements(connection) else delivery.crs)
            srs_id = reference(crs).srs_id
            return plan_delivery(
                connection, delivery, crs=crs, srs_id=srs_id, accepted=True, decisions=decisions, progress=progress
            )

    @contextmanager
    def edit(self, label: str, *, author: str = "", dry_run: bool = False) -> Iterator[Edit]:
        """Edit nodes and pipes as one Change: all of it, or nothing; with ``dry_run`` nothing, to see what would follow.

        Raises
        ------
        EditError
            An edit cannot stand; nothing was changed.
        """
        with self._snapshot_after() as done, self._connections.writing(keep=not dry_run) as connection:
            srs_id = reference(_setting(connection, "crs") or "").srs_id
            edit = Edit(connection, srs_id=srs_id, numbers=dict(self._numbers))
            edit.label = label
            yield edit
            change = Change(edit.label, author_of(author), edit.finish())
            if len(change) and not dry_run:
                edit.change_id = chain.record(connection, change)
                done.append(change)
                self._numbers = edit.numbers  # a trial, or an edit that fails, uses up no ids

    def apply(self, change: Change, *, undoes: int | None = None, progress: Progress = SILENT) -> int:
        """Apply a Change as it is; return its id in the history.

        Raises
        ------
        EditError
            The rows are not as the Change expects them, or pipes would lose their ends.
        """
        with (
            self._snapshot_after() as done,
            self._connections.writing() as connection,
            interruptible(connection, progress) as told,
        ):
            number = self._write(connection, change, undoes=undoes, progress=told)
            done.append(change)
        return number

    def undo(self, entry: int | None = None, *, author: str = "", progress: Progress = SILENT) -> int:
        """Take back the newest Change that stands, or the one named; return the id of the Change that does so.

        Raises
        ------
        EditError
            There is nothing to undo, or a later Change touches the same rows.
        """
        with self._connections.reading() as connection:
            target = _newest(chain.newest_first(connection)) if entry is None else entry
            change = chain.change_of(connection, target)
            if chain.is_undone(connection, target):
                raise EditError(_("“{label}” is undone already.").format(label=change.label))
            if (met := next(log.in_the_way(connection, target, change), None)) is not None:
                blocker = log.entry(connection, met[0])
                raise EditError(
                    _("“{label}” cannot be undone: “{blocker}” ({time}) builds on it.").format(
                        label=change.label, blocker=blocker.label, time=blocker.time
                    ),
                    _("Undo that one first."),
                )
        taken_back = replace(~change, label=_("Undo: {label}").format(label=change.label), author=author_of(author))
        return self.apply(taken_back, undoes=target, progress=progress)

    def redo(self, *, author: str = "", progress: Progress = SILENT) -> int:
        """Take back the newest undo, when nothing was changed since.

        Raises
        ------
        EditError
            There is nothing to redo.
        """
        with self._connections.reading() as connection:
            for listed in chain.newest_first(connection):
                if listed.undoes is None:
                    break
                if not listed.undone and not self._is_redo(connection, listed):
                    return self._redo(connection, listed, author, progress)
        raise EditError(_("There is nothing to redo."))

    def history(self, *, after: int = 0) -> list[Entry]:
        """Return every Change, or those after one, oldest first; of a long history :meth:`history_page` reads a part."""
        with self._connections.reading() as connection:
            return list(chain.newest_first(connection, down_to=after))[::-1]

    def change(self, entry: int) -> Change:
        """Return what an entry of the history did."""
        with self._connections.reading() as connection:
            return chain.change_of(connection, entry)

    def verify(self, head: str = "") -> Verification:
        """Recompute the chain of the history: any alteration shows, of the newest entries too where ``head`` is given.

        Parameters
        ----------
        head
            Hash of the entry that was the newest once, as reports print it.
        """
        with self._connections.reading() as connection:
            return chain.verify(connection, head)

    # -- end -------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the file and let others write. Closing twice does no harm."""
        self._connections.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Survey({str(self.path)!r})"

    # -- inside ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _snapshot_after(self) -> Iterator[list[Change]]:
        """Note the Changes that were made inside, once they stand on disk, for the next snapshot."""
        done: list[Change] = []
        yield done
        if any(part.table == "customer" for change in done for part in change.parts):
            self._customers.forget()
        with self._snapshot:
            if self._network is not None:
                self._pending += snapshot.concerned(done)
                self._stale |= any(part.table == "model_text" for change in done for part in change.parts)  # valve layers

    def _write(self, connection: Connection, change: Change, *, undoes: int | None = None, progress: Progress = SILENT) -> int:
        progress(0, None, _("Writing"))
        with chain.Packing(change) as packing:
            write_rows(connection, change.parts, progress=progress)
            progress(0, None)
            if hanging := check_ends(connection, change.parts):
                raise EditError(
                    _("{n} pipes would end at nodes that are not there.").format(n=len(hanging)), _("Nothing was changed.")
                )
            snapshot.note_extent(connection, change, progress)
            progress(0, None, _("Keeping the history"))
            return chain.record(connection, change, undoes=undoes, packing=packing, progress=progress)

    def _adopt_crs(self, connection: Connection, delivery: Delivery) -> str:
        """Take the coordinate system of the first delivery, when the survey has none and is empty."""
        if not delivery.crs or _setting(connection, "crs") or self._holds_elements(connection):
            return ""
        register_layers(connection, reference(delivery.crs))
        _write_setting(connection, "crs", delivery.crs)
        with self._snapshot:
            self._stale = True
        return delivery.crs

    @staticmethod
    def _holds_elements(connection: Connection) -> bool:
        return any(
            connection.execute(f"SELECT count(*) FROM (SELECT 1 FROM {layer} LIMIT 1)").fetchone()[0] for layer in FEATURE_TABLES
        )

    def _is_redo(self, connection: Connection, entry: Entry) -> bool:
        target = connection.execute("SELECT undoes FROM history WHERE id = ?", (entry.undoes,)).fetchone()
        return target is not None and target[0] is not None

    def _redo(self, connection: Connection, undo: Entry, author: str, progress: Progress) -> int:
        change = chain.change_of(connection, undo.id)
        label = connection.execute("SELECT label FROM history WHERE id = ?", (undo.undoes,)).fetchone()[0]
        again = replace(~change, label=_("Redo: {label}").format(label=label), author=author_of(author))
        return self.apply(again, undoes=undo.id, progress=progress)


def _newest(listed: Iterable[Entry]) -> int:
    for entry in listed:
        if entry.undoes is None and not entry.undone:
            return entry.id
    raise EditError(_("There is nothing to undo."))


def _setting(connection: Connection, name: str) -> str | None:
    found = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return None if found is None or found[0] is None else str(found[0])


def _write_setting(connection: Connection, name: str, value: str | None) -> None:
    connection.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
    )


def _named(delivery: Delivery, batch: str | None = None) -> Delivery:
    """Give a delivery the name of a batch: the one said, its own, or its file's."""
    name = batch or delivery.batch.name or Path(delivery.batch.source).stem or "1"
    return replace(delivery, batch=replace(delivery.batch, name=name))
