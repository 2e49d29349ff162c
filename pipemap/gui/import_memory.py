"""Mappings that a person made once, known again by the headers of a table: in one small file of the settings folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipemap.model.delivery import SourceTable

MOST = 200
"""Tables that are remembered; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """Corrections of one table: ``headers`` sorted, ``corrections`` as a mapping has them, ``day`` as an ISO date."""

    table: str
    headers: tuple[str, ...]
    corrections: Mapping[str, object]
    day: str


class MappingMemory:
    """Reads and writes the file; one that cannot be read is set aside, and importing goes on without it.

    Attributes
    ----------
    set_aside
        Where an unreadable file was moved to, or ``None``.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "mappings.json"
        self.set_aside: Path | None = None
        self._kept = self._read()

    def find(self, table: SourceTable) -> Remembered | None:
        """Return what was corrected in a table with the same headers, whatever its name; the newest."""
        headers = headers_of(table)
        return next((one for one in self._kept if one.headers == headers), None) if headers else None

    def keep(self, table: SourceTable, corrections: Mapping[str, object]) -> None:
        """Remember the corrections of a table; none forgets it."""
        headers = headers_of(table)
        if not headers:
            return
        others = [one for one in self._kept if one.headers != headers]
        day = datetime.now().astimezone().date().isoformat()
        new = [Remembered(table.name, headers, dict(corrections), day)] if corrections else []
        self._kept = [*new, *others][:MOST]
        self._write()

    def _read(self) -> list[Remembered]:
        try:
            rows = json.loads(self._file.read_text(encoding="utf-8"))
            return [_remembered(row) for row in rows]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self._put_aside()
            return []

    def _put_aside(self) -> None:
        aside = self._file.with_suffix(".unreadable.json")
        try:
            self._file.replace(aside)
        except OSError:
            return
        self.set_aside = aside

    def _write(self) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft = self._file.with_suffix(".tmp")
            draft.write_text(json.dumps([asdict(one) for one in self._kept], ensure_ascii=False, indent=1), encoding="utf-8")
            draft.replace(self._file)
        except OSError:
            return  # losing it loses a convenience


def headers_of(table: SourceTable) -> tuple[str, ...]:
    """What a table is known again by."""
    return tuple(sorted({column.name for column in table.columns if not column.name.startswith("#")}))


def _remembered(row: Mapping[str, object]) -> Remembered:
    headers, corrections = row["headers"], row["corrections"]
    if not _is_texts(headers) or not isinstance(corrections, dict):
        raise TypeError
    if not all(isinstance(value, str | int) for value in corrections.values()):
        raise TypeError
    return Remembered(str(row["table"]), tuple(map(str, headers)), corrections, str(row["day"]))  # type: ignore[call-overload]


def _is_texts(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(one, str) for one in value)
