"""Columns while a city grows: chunks are added system by system, and joined once at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Words:
    """A column of texts from a short list: ``values[codes[row]]``, nothing where the code is −1."""

    codes: Ints
    values: tuple[str, ...]

    def __getitem__(self, rows: Ints | Bools | slice) -> Words:
        return Words(self.codes[rows], self.values)

    def __len__(self) -> int:
        return len(self.codes)

    def is_in(self, *texts: str) -> Bools:
        """Return bool: the text is one of ``texts``."""
        wanted = [code for code, value in enumerate(self.values) if value in texts]
        return np.isin(self.codes, wanted)

    def to_list(self) -> list[str | None]:
        """Return the texts themselves, None where there is none."""
        return [self.values[code] if code >= 0 else None for code in self.codes]


Value = float | str | None | Floats | Ints | NDArray[np.int8] | Words


def choose(condition: Bools, yes: str | None, no: str | None) -> Words:
    """One text where the condition holds, the other elsewhere."""
    values = tuple(dict.fromkeys(text for text in (yes, no) if text is not None))
    codes = [values.index(text) if text is not None else -1 for text in (no, yes)]
    return Words(np.asarray(codes, dtype=np.int64)[condition.astype(np.int64)], values)


@dataclass(slots=True)
class Columns:
    """One layer's columns."""

    count: int = 0
    _chunks: dict[str, list[tuple[slice | Ints, Value]]] = field(default_factory=dict)

    def add(self, count: int, values: Mapping[str, Value]) -> Ints:
        """Append ``count`` rows; what is not named stays unknown. Returns their row numbers."""
        rows = slice(self.count, self.count + count)
        for name, value in values.items():
            if count:
                self._chunks.setdefault(name, []).append((rows, value))
        self.count += count
        return np.arange(rows.start, rows.stop, dtype=np.int64)

    def add_copies(self, rows: Ints) -> Ints:
        """Append copies of some rows; returns their row numbers."""
        values = {name: self.words(name)[rows] if self.holds_words(name) else self.numbers(name)[rows] for name in self.names}
        return self.add(len(rows), values)

    def put(self, name: str, rows: Ints, value: Value) -> None:
        """Write a column in some rows, over what was there."""
        if len(rows):
            self._chunks.setdefault(name, []).append((rows, value))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns written so far."""
        return tuple(self._chunks)

    def holds_words(self, name: str) -> bool:
        """Whether the column holds texts."""
        return any(isinstance(value, str | Words) for _rows, value in self._chunks.get(name, ()))

    def numbers(self, name: str) -> Floats:
        """Return float64, NaN where unknown."""
        found = np.full(self.count, np.nan)
        for rows, value in self._chunks.get(name, ()):
            found[rows] = np.nan if value is None else value
        return found

    def integers(self, name: str) -> Ints:
        """Return int64, −1 where unknown."""
        found = np.full(self.count, -1, dtype=np.int64)
        for rows, value in self._chunks.get(name, ()):
            found[rows] = -1 if value is None else np.asarray(value, dtype=np.int64)
        return found

    def words(self, name: str) -> Words:
        """Return the texts of a column."""
        codes = np.full(self.count, -1, dtype=np.int64)
        known: dict[str, int] = {}
        for rows, value in self._chunks.get(name, ()):
            if isinstance(value, Words):
                lookup = np.asarray([known.setdefault(text, len(known)) for text in value.values] + [-1], dtype=np.int64)
                codes[rows] = lookup[value.codes]
            else:
                codes[rows] = -1 if value is None else known.setdefault(str(value), len(known))
        return Words(codes, tuple(known))


@dataclass(slots=True)
class Sheet:
    """The whole city while it grows: places in the town's own straight coordinates, ground in whole centimetres."""

    nodes: Columns = field(default_factory=Columns)
    pipes: Columns = field(default_factory=Columns)

    def add_nodes(self, place: Floats, ground_cm: Ints, values: Mapping[str, Value]) -> Ints:
        """Append nodes at ``place`` (n, 2); returns their rows."""
        fixed: dict[str, Value] = {"u": place[:, 0], "v": place[:, 1], "ground_cm": ground_cm}
        return self.nodes.add(len(place), {**fixed, **values})

    def add_pipes(self, start: Ints, end: Ints, values: Mapping[str, Value]) -> Ints:
        """Append pipes between node rows; returns their rows."""
        fixed: dict[str, Value] = {"start": start, "end": end}
        return self.pipes.add(len(start), {**fixed, **values})
