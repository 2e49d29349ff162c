"""What a survey does when something leaves it: extracts, marks of secrecy, the register of hand-outs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.progress import SILENT, Progress
from pipemap.store import hand_outs, snapshot
from pipemap.store.extracting import read_extract
from pipemap.store.hand_outs import HandOut
from pipemap.store.secrecy import plan_secrecy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipemap.model.extract import Extract
    from pipemap.store.change import Change
    from pipemap.store.connections import Connections


class Leaving:
    """The part of a survey that guards what leaves."""

    path: Path
    read_only: bool
    holder: str
    apply: Callable[..., int]
    _connections: Connections

    @property
    def crs(self) -> str:
        """Coordinate system, as given: ``EPSG:4547``; empty when unknown."""
        return self.setting("crs") or ""

    @property
    def name(self) -> str:
        """Name of the survey; the file's where it has none."""
        return self.setting("name") or self.path.stem

    def setting(self, name: str) -> str | None:
        """Return a setting of the survey (``secrecy``, ``requires_acceptance`` …), None when it was never set."""
        with self._connections.reading() as connection:
            found = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return None if found is None or found[0] is None else str(found[0])

    def extract(
        self,
        node_fids: Iterable[int] | NDArray[np.int64] | None = None,
        pipe_fids: Iterable[int] | NDArray[np.int64] | None = None,
        *,
        progress: Progress = SILENT,
    ) -> Extract:
        """Return what may leave, as columns: of everything, or of the elements named and the ends of the pipes among them.

        Elements that are marked secret, or whose batch or survey is, are never in it, nor pipes that end at them; how many were
        asked for stands in ``withheld_nodes`` and ``withheld_pipes``. Elements that are gone are left out.
        """
        return read_extract(
            self._connections, name=self.name, crs=self.crs, node_fids=node_fids, pipe_fids=pipe_fids, progress=progress
        )

    def secret_batches(self) -> tuple[frozenset[int], bool]:
        """Return the batches that are secret as a whole, and whether the survey itself is."""
        with self._connections.reading() as connection:
            around = snapshot.around(connection)
        return around.secret_batches, around.is_secret

    def set_secrecy(
        self,
        level: str,
        *,
        node_fids: Iterable[int] = (),
        pipe_fids: Iterable[int] = (),
        batches: Iterable[int] = (),
        whole: bool = False,
        author: str = "",
        reason: str = "",
    ) -> Change:
        """Mark elements, batches or the whole survey, or lift their marks (empty level), as one Change that can be undone.

        Nothing is written where all have that level already; the Change returned is then empty.

        Raises
        ------
        EditError
            There is no such level.
        """
        with self._connections.reading() as connection:
            change = plan_secrecy(
                connection,
                level,
                node_fids=node_fids,
                pipe_fids=pipe_fids,
                batches=batches,
                whole=whole,
                author=author,
                reason=reason,
            )
        if len(change):
            self.apply(change)
        return change

    def hand_outs(self) -> list[HandOut]:
        """Return the register of what left the survey, oldest first."""
        with self._connections.reading() as connection:
            return hand_outs.entries(connection)

    def altered_hand_out(self) -> int | None:
        """Return the number of the first entry of the register that is not as it was written, or None."""
        with self._connections.reading() as connection:
            return hand_outs.first_altered(connection)

    def check_register(self) -> None:
        """Refuse an export from a survey whose register cannot be written.

        Raises
        ------
        SurveyFileError
            It is open for reading only.
        """
        hand_outs.check_writable(read_only=self.read_only, holder=self.holder, name=self.path.name)

    @contextmanager
    def handing_out(self, given: HandOut) -> Iterator[HandOut]:
        """Write an entry of the register that stands when the block ends well: only then may a file have its name.

        Raises
        ------
        SurveyFileError
            The register cannot be written.
        """
        self.check_register()
        with self._connections.writing() as connection:
            yield hand_outs.register(connection, given)
