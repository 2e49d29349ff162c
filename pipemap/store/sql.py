"""Small pieces of SQL that several places need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def quoted(name: str) -> str:
    """Return a name as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: Iterable[str]) -> str:
    """Return names, quoted and separated by commas."""
    return ", ".join(quoted(name) for name in names)


def marks(count: int) -> str:
    """Return that many question marks."""
    return ", ".join("?" * count)


def escaped(text: str) -> str:
    r"""Return a text that LIKE takes literally, with ``ESCAPE '\'``."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def chunks(rows: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Cut a long sequence into pieces that one statement can take."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
