"""What stands in the model space, written as tags one by one: a drawing of a million pipes is never held in memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

APPLICATION = "PIPEMAP"
"""Under which the attributes of an element stand, as extended data (XDATA) of its entity."""
STYLE = "PIPEMAP"
_MOST_BYTES = 250
_MOST_ALL = 15_000
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]+")
Point = Sequence[float]


class Entities:
    """Writes entities with handles of their own.

    Parameters
    ----------
    file
        Where the tags go.
    owner
        Handle of the model space.
    first
        First handle to use.
    """

    def __init__(self, file: TextIO, owner: str, first: int) -> None:
        self._file = file
        self._owner = owner
        self._next = first
        self.shortened = 0

    def line(self, layer: str, points: Sequence[Point], attributes: Iterable[tuple[str, str]]) -> None:
        """Write a polyline in 3D; points are east, north, level."""
        head = self._begin("POLYLINE", self._owner, layer)
        attributes_ = self._extended(attributes)
        tags = [f"{head[1]} 100\nAcDb3dPolyline\n 66\n1\n 10\n0.0\n 20\n0.0\n 30\n0.0\n 70\n8\n{attributes_}"]
        for x, y, z in points:
            vertex = self._begin("VERTEX", head[0], layer)[1]
            tags.append(f"{vertex} 100\nAcDbVertex\n 100\nAcDb3dPolylineVertex\n 10\n{x!r}\n 20\n{y!r}\n 30\n{z!r}\n 70\n32\n")
        tags.append(self._begin("SEQEND", head[0], layer)[1])
        self._file.write("".join(tags))

    def flat_line(self, layer: str, points: Sequence[Point], attributes: Iterable[tuple[str, str]]) -> None:
        """Write a polyline in plan, for a course whose levels are not all known."""
        head = self._begin("LWPOLYLINE", self._owner, layer)[1]
        places = "".join(f" 10\n{point[0]!r}\n 20\n{point[1]!r}\n" for point in points)
        self._file.write(f"{head} 100\nAcDbPolyline\n 90\n{len(points)}\n 70\n0\n{places}{self._extended(attributes)}")

    def symbol(
        self, layer: str, block: str, at: Point, attributes: Iterable[tuple[str, str]], *, scale: float, turn: float = 0.0
    ) -> None:
        """Put a block; ``turn`` is degrees anticlockwise from east."""
        head = self._begin("INSERT", self._owner, layer)[1]
        x, y, z = at
        size = f" 41\n{scale!r}\n 42\n{scale!r}\n 43\n{scale!r}\n 50\n{turn!r}\n"
        place = f"  2\n{block}\n 10\n{x!r}\n 20\n{y!r}\n 30\n{z!r}\n"
        self._file.write(f"{head} 100\nAcDbBlockReference\n{place}{size}{self._extended(attributes)}")

    def text(self, layer: str, text: str, at: Point, *, height: float, turn: float = 0.0, centred: bool = False) -> None:
        """Write a line of text; at its lower left, or centred above a point."""
        head = self._begin("TEXT", self._owner, layer)[1]
        x, y, z = at
        place = f" 10\n{x!r}\n 20\n{y!r}\n 30\n{z!r}\n"
        aligned = f" 72\n1\n 11\n{x!r}\n 21\n{y!r}\n 31\n{z!r}\n" if centred else ""
        said = f"  1\n{self._said(text)}\n 50\n{turn!r}\n  7\n{STYLE}\n"
        self._file.write(f"{head} 100\nAcDbText\n{place} 40\n{height!r}\n{said}{aligned} 100\nAcDbText\n")

    def _begin(self, name: str, owner: str, layer: str) -> tuple[str, str]:
        handle = f"{self._next:X}"
        self._next += 1
        return handle, f"  0\n{name}\n  5\n{handle}\n330\n{owner}\n100\nAcDbEntity\n  8\n{layer}\n"

    def _extended(self, attributes: Iterable[tuple[str, str]]) -> str:
        tags, size = [], 0
        for name, value in attributes:
            said = self._short(f"{name}={_BREAKS.sub(' ', value)}", _MOST_BYTES)
            size += len(said.encode()) + 3
            if size > _MOST_ALL:
                self.shortened += 1
                break
            tags.append(f"1000\n{said}\n")
        return f"1001\n{APPLICATION}\n{''.join(tags)}" if tags else ""

    def _said(self, text: str) -> str:
        """Return a text that a drawing shows as it is: one line, without the codes that ``%%`` and ``^`` begin."""
        return self._short(_BREAKS.sub(" ", text), _MOST_BYTES).replace("%%", "% %").replace("^", "^ ")

    def _short(self, text: str, most: int) -> str:
        """Cut a text to so many bytes: readers refuse longer ones."""
        encoded = text.encode("utf-8", errors="replace")
        if len(encoded) <= most:
            return text
        self.shortened += 1
        return encoded[:most].decode("utf-8", errors="ignore")


def handles_needed(pipes: int, vertices: int, nodes: int) -> int:
    """Return how many handles a drawing can use at most."""
    return 4 * pipes + vertices + 2 * nodes + 1
