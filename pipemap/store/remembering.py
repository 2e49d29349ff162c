"""What a survey remembers: its history looked through, its past as a survey, foreign edits, proofs, backups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pipemap.errors import EditError
from pipemap.model.fields import LAYERS
from pipemap.progress import SILENT, Progress
from pipemap.store import backups, foreign, log, past, proof
from pipemap.store import history as chain
from pipemap.store.backups import Backup
from pipemap.store.difference import Difference, difference
from pipemap.store.foreign import ForeignEdit
from pipemap.store.history import Entry
from pipemap.store.log import PAGE, Asked
from pipemap.store.past import Moment
from pipemap.store.proof import Disagreement
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store.change import Change
    from pipemap.store.connections import Connections
    from pipemap.store.survey import Survey


class Remembering:
    """The part of a survey that knows what it was.

    Attributes
    ----------
    moment
        Of a survey as it was: which state; None for the survey as it is.
    was_unclean
        Whether the program that wrote it last ended without closing it: then :meth:`damage` is worth asking.
    """

    path: Path
    apply: Callable[..., int]
    moment: Moment | None = None
    was_unclean: bool = False
    _connections: Connections
    _snapshot_after: Callable[[], AbstractContextManager[list[Change]]]

    # -- the history, looked through -------------------------------------------------------------------------------

    def history_page(self, asked: Asked = Asked(), *, before: int | None = None, limit: int = PAGE) -> list[Entry]:  # noqa: B008
        """Return entries of the history that fit, newest first; ``before`` is the id of the last of the page before."""
        with self._connections.reading() as connection:
            return log.page(connection, asked, before=before, limit=limit)

    def history_look(self, asked: Asked = Asked(), *, limit: int = PAGE) -> tuple[list[Entry], int]:  # noqa: B008
        """Return the first page of entries of the history that fit, and how many fit."""
        with self._connections.reading() as connection:
            return log.look(connection, asked, limit=limit)

    def history_count(self, asked: Asked = Asked()) -> int:  # noqa: B008
        """Return how many entries of the history fit."""
        with self._connections.reading() as connection:
            return log.count(connection, asked)

    def entry(self, number: int) -> Entry:
        """Return one entry of the history.

        Raises
        ------
        EditError
            There is none of that number.
        """
        with self._connections.reading() as connection:
            return log.entry(connection, number)

    def entry_of(self, digest: str) -> int | None:
        """Return the number of the entry that has a hash; None where none has it."""
        with self._connections.reading() as connection:
            return log.entry_of(connection, digest)

    def newest_entry(self) -> Entry | None:
        """Return the newest entry of the history; None before the first."""
        return next(iter(self.history_page(limit=1)), None)

    def span(self, since: str, until: str) -> tuple[str, str]:
        """Return the times in UTC from which and up to which entries lie: ``since`` a day or time, ``until`` the end of it.

        Raises
        ------
        EditError
            One of them is no date.
        """
        return past.start_of(since) if since else "", past.end_of(until) if until else ""

    def keys_in(self, entry: int, ids: Collection[str]) -> dict[str, list[int]]:
        """Return the keys, by layer, of what an entry did to elements with these ids (``JS1``, ``pipe:P1``).

        Raises
        ------
        EditError
            The entry did nothing to one of them.
        """
        found = self.told(entry)
        named = [(one.table, one.id, one.key) for one in found.altered]
        for rows in (found.added, found.removed):
            named += [(layer, name, key) for layer in LAYERS for key, name in rows[layer].items()]
        keys: dict[str, list[int]] = {}
        for text in ids:
            layer, colon, name = text.partition(":")
            mine = [
                (table, key)
                for table, printed, key in named
                if table in LAYERS and ((table, printed) == (layer, name) if colon and layer in LAYERS else printed == text)
            ]
            if not mine:
                raise EditError(_("Change {n} did nothing to “{id}”.").format(n=entry, id=text))
            for table, key in mine:
                keys.setdefault(table, []).append(key)
        return keys

    def in_the_way(self, entry: int) -> list[Entry]:
        """Return the later Changes because of which an entry cannot be undone as a whole, newest first."""
        with self._connections.reading() as connection:
            met = list(log.in_the_way(connection, entry, chain.change_of(connection, entry)))
            return [log.entry(connection, number) for number, _rows in reversed(met)]

    def undo_part(
        self,
        entry: int,
        wanted: Mapping[str, Collection[int]] | None = None,
        *,
        author: str = "",
        progress: Progress = SILENT,
    ) -> int:
        """Take back some rows of a Change, or all that later Changes allow; return the id of the Change that does so.

        Parameters
        ----------
        wanted
            Keys by table (``{"pipe": [12, 13]}``); None: everything that nothing later builds on.

        Raises
        ------
        EditError
            Nothing of it can be taken back, or a later Change touches what is wanted.
        """
        with self._connections.reading() as connection:
            change = chain.change_of(connection, entry)
            blocked = dict(log.in_the_way(connection, entry, change))
            kept = log.only(change, wanted) if wanted is not None else {}
            for rows in blocked.values():
                for table, keys in rows.items():
                    kept.setdefault(table, set()).update(keys)
            free = log.what_is_free(connection, change, kept)
        missed = {} if wanted is None else _missing(wanted, free)
        if not len(free) or missed:
            raise EditError(
                _("Later changes build on it: {entries}.").format(entries=", ".join(f"#{number}" for number in blocked))
                if blocked
                else _("Nothing of this change can be taken back."),
                _("Undo those first."),
            )
        label = _("Undo: {label}").format(label=free.label)
        return self.apply(replace(~free, label=label, author=author or _user()), progress=progress)

    def redo_entry(self, entry: int, *, author: str = "", progress: Progress = SILENT) -> int:
        """Take back an undo, or a redo, that is named; return the id of the Change that does so.

        Raises
        ------
        EditError
            The entry takes nothing back, is taken back itself, or later Changes build on it.
        """
        with self._connections.reading() as connection:
            change = chain.change_of(connection, entry)
            (undoes,) = connection.execute("SELECT undoes FROM history WHERE id = ?", (entry,)).fetchone()
            if undoes is None or chain.is_undone(connection, entry):
                raise EditError(_("“{label}” is no undo that stands.").format(label=change.label))
            blocked = dict(log.in_the_way(connection, entry, change))
            if blocked:
                raise EditError(
                    _("Later changes build on it: {entries}.").format(entries=", ".join(f"#{number}" for number in blocked)),
                    _("Undo those first."),
                )
            label = chain.change_of(connection, undoes).label
        again = replace(~change, label=_("Redo: {label}").format(label=label), author=author or _user())
        return self.apply(again, undoes=entry, progress=progress)

    # -- as it was -------------------------------------------------------------------------------------------------

    def state(self, asked: str | int | datetime) -> Moment:
        """Return the state that is meant by a date (the end of that day), a time, ``"#12"`` (after that entry) or ``"now"``.

        Raises
        ------
        EditError
            It is none of these, or the history has no such entry.
        """
        with self._connections.reading() as connection:
            return past.moment_of(connection, asked)

    def as_of(self, asked: str | int | datetime | Moment, *, progress: Progress = SILENT) -> Survey:
        """Return the survey as it was, open for reading; close it when it is no longer needed.

        Everything can be asked of it. Its settings, and what is marked secret, are those of now.

        Raises
        ------
        EditError
            There was no such state.
        """
        moment = asked if isinstance(asked, Moment) else self.state(asked)
        return past.past_survey(cast("Survey", self), self._connections.reading, moment, progress=progress)

    def difference(
        self,
        first: str | int | datetime | Moment,
        last: str | int | datetime | Moment = "now",
        *,
        progress: Progress = SILENT,
    ) -> Difference:
        """Return what was added, removed and changed between two states, in whichever order they are given.

        Raises
        ------
        EditError
            There was no such state.
        """
        with self._connections.reading() as connection:
            one, other = (asked if isinstance(asked, Moment) else past.moment_of(connection, asked) for asked in (first, last))
            if one.entry > other.entry:
                one, other = other, one
            return difference(connection, one, other, pending="now" in (first, last), progress=progress)

    def told(self, entry: int, *, most: int | None = None, progress: Progress = SILENT) -> Difference:
        """Return what one entry of the history did: the difference between the states before and after it.

        ``most``: of parts of very many rows tell of so many.
        """
        with self._connections.reading() as connection:
            after = past.moment_of(connection, entry)
            return difference(connection, Moment(entry - 1, ""), after, most=most, progress=progress)

    def compared(self, found: Difference, *, progress: Progress = SILENT) -> Survey:
        """Return the survey at the later state of a difference, with what was removed since the earlier one still in it."""
        moment = replace(found.last, compared=f"{found.first.label} → {found.last.label}")
        return past.past_survey(cast("Survey", self), self._connections.reading, moment, again=found.gone, progress=progress)

    # -- what other programs did -----------------------------------------------------------------------------------

    def foreign_edits(self) -> list[ForeignEdit]:
        """Return what other programs did to the rows since, as far as the history does not have it yet."""
        with self._connections.reading() as connection:
            return foreign.pending(connection)

    def take_in_foreign(self, *, author: str = "") -> int | None:
        """Take what other programs did into the history, as one Change that can be undone; return its id, None for nothing."""
        with self._snapshot_after() as done, self._connections.writing() as connection:
            change = foreign.as_change(foreign.pending(connection), author or _user())
            foreign.forget(connection)
            if not len(change):
                return None
            number = chain.record(connection, change)
            done.append(change)
        return number

    # -- proof -----------------------------------------------------------------------------------------------------

    def disagreements(self, *, progress: Progress = SILENT) -> tuple[Disagreement, ...]:
        """Return where the tables hold something else than the history says; every Change is done again for it."""
        with self._connections.reading() as connection:
            return proof.disagreements(connection, self._connections.path, progress=progress)

    def damage(self) -> str:
        """Let SQLite look through the whole file; return what it complains about first, empty when it is sound."""
        with self._connections.reading() as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        return "" if found == "ok" else str(found)

    # -- copies ----------------------------------------------------------------------------------------------------

    def back_up(self, *, keep: int = 7, progress: Progress = SILENT) -> Backup:
        """Copy the survey into the folder of its backups; beyond ``keep`` the oldest go.

        Raises
        ------
        SurveyFileError
            The folder takes no file.
        """
        with self._connections.reading() as connection:
            return backups.back_up(connection, self.path, keep=keep, progress=progress)

    def save_copy(self, target: Path | str, *, progress: Progress = SILENT) -> Path:
        """Write the survey, compact, as another file; return where.

        Raises
        ------
        SurveyFileError
            The file exists already, or cannot be written.
        """
        backups.save_copy(self._connections.path, Path(target), progress=progress)
        return Path(target)


def _missing(wanted: Mapping[str, Collection[int]], free: Change) -> dict[str, set[int]]:
    there: dict[str, set[int]] = {}
    for part in free.parts:
        there.setdefault(part.table, set()).update(part.keys)
    left = {table: set(keys) - there.get(table, set()) for table, keys in wanted.items()}
    return {table: keys for table, keys in left.items() if keys}


def _user() -> str:
    from pipemap.store.locks import Holder

    return Holder.me().user
