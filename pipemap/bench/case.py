"""One piece of work to be measured, and what several of them share."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipemap.model.network import Network
    from pipemap.store import Survey

LOCAL = 10_000
"""Pipes of a local trace."""


class MissingPeerError(Exception):
    """A peer is not on this machine, or cannot take a city of this size; the text says which."""


@dataclass(frozen=True, slots=True)
class Case:
    """What to run.

    Attributes
    ----------
    run
        The work; what it returns is thrown away, but for a number of seconds that it measured itself.
    before
        Done before each run, and not measured.
    note
        Shown beside the figure; asked for after the last run.
    once
        Whether one run is enough.
    """

    run: Callable[[], object]
    before: Callable[[], object] = lambda: None
    note: Callable[[], str] = lambda: ""
    once: bool = False


class Ground:
    """What the cases of one process stand on, each part made when the first of them asks for it.

    Attributes
    ----------
    path
        The stored city.
    tables
        Folder of the same city as survey tables.
    """

    def __init__(self, path: Path, tables: Path) -> None:
        self.path, self.tables = path, tables
        self._folder = tempfile.TemporaryDirectory(prefix="pipemap-bench-", dir=path.parent)
        self.scratch = Path(self._folder.name)

    @cached_property
    def survey(self) -> Survey:
        """The city, open for reading."""
        from pipemap.store import open_survey

        return open_survey(self.path, read_only=True)

    @cached_property
    def network(self) -> Network:
        """Its network."""
        return self.survey.network

    def start(self, pipes: int | None = None) -> int:
        """Return a node of the connected part with the most pipes, or with the number nearest to ``pipes``."""
        network = self.network
        sizes = np.bincount(network.component[network.pipe_ends[:, 0]])
        part = int(np.argmax(sizes) if pipes is None else np.argmin(np.abs(sizes - pipes)))
        return int(np.flatnonzero(network.component == part)[0])

    def close(self) -> None:
        """Let go of everything."""
        survey = self.__dict__.get("survey")
        if survey is not None:
            survey.close()
        self._folder.cleanup()
