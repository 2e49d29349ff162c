"""What changed, in words: which element, which field, the value before and the value after, with units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.model.fields import LAYERS, fields
from pipemap.model.records import TABLES, record_field
from pipemap.model.wording import with_unit
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pipemap.store import Altered, Difference, ForeignEdit, Survey

What = Literal["added", "removed", "changed"]

WHATS: dict[What, str] = {"added": N_("Added"), "removed": N_("Removed"), "changed": N_("Changed")}
_BYTES = N_("{n} bytes")
_SHIFTED = 0.0005
"""Metres from which a course lies elsewhere."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that changed: a row that came or went, or one field of a row that stayed.

    ``name`` is the field's name in the survey, ``field`` what it is called on screen; ``old`` and ``new`` are in words, with
    their units, ``before`` and ``after`` as they are stored (geometry as its words).
    """

    table: str
    key: int
    id: str
    what: What
    name: str = ""
    field: str = ""
    old: str = ""
    new: str = ""
    before: object = None
    after: object = None

    @property
    def element(self) -> str:
        """The element as a person calls it: ``Pipe JS7-JS8``."""
        return f"{_(TABLES.get(self.table, self.table))} {self.id or f'#{self.key}'}"


def told(found: Difference, *, limit: int | None = None) -> list[Told]:
    """Return what a difference holds, nodes and pipes first, what changed before what came and went; at most ``limit`` lines."""
    return list(islice(_lines(found), limit))


def _lines(found: Difference) -> Iterator[Told]:
    for table in TABLES:
        for one in found.altered:
            if one.table == table:
                yield from _of_fields(one)
        ways: tuple[tuple[What, Mapping[str, Mapping[int, str]]], ...] = (("added", found.added), ("removed", found.removed))
        for what, rows in ways:
            for key, name in rows.get(table, {}).items():
                yield Told(table, key, name, what)


def told_foreign(edits: list[ForeignEdit]) -> list[Told]:
    """Return what other programs did, in words."""
    from pipemap.store import Altered

    lines: list[Told] = []
    for edit in edits:
        row = edit.after or edit.before or {}
        name = str(row.get("id") or row.get("name") or "")
        if edit.before is None or edit.after is None:
            lines.append(Told(edit.table, edit.key, name, "added" if edit.before is None else "removed"))
            continue
        both = {field: (value, edit.after.get(field)) for field, value in edit.before.items() if value != edit.after.get(field)}
        lines += _of_fields(Altered(edit.table, edit.key, name, both))
    return lines


def _of_fields(one: Altered) -> Iterator[Told]:
    for name, (before, after) in one.fields.items():
        if name == "geom":
            old, new = _courses(before, after)
            yield Told(one.table, one.key, one.id, "changed", name, _("Place"), old, new, old, new)
            continue
        known = fields("node" if one.table == "node" else "pipe").get(name) if one.table in LAYERS else None
        title = known.label if known is not None else record_field(name)
        old, new = (with_unit(known, value) if known is not None else _plain(value) for value in (before, after))
        kept = tuple(None if isinstance(value, bytes) else value for value in (before, after))
        yield Told(one.table, one.key, one.id, "changed", name, title, old, new, *kept)


def _plain(value: object) -> str:
    if value is None:
        return ""
    return _(_BYTES).format(n=len(value)) if isinstance(value, bytes) else str(value)


def _courses(before: object, after: object) -> tuple[str, str]:
    """Say where an element was and is: a point by its coordinates, a course by its vertices and how far it was shifted."""
    from pipemap.store.geometry import as_blobs, decode

    old, new = (decode(as_blobs([value if isinstance(value, bytes) else None])).xyz for value in (before, after))
    if len(old) == 1 and len(new) == 1:
        return _point(old[0]), _point(new[0])
    words = [_("{n} vertices").format(n=len(xyz)) if len(xyz) else "" for xyz in (old, new)]
    if len(old) == len(new) and len(old):
        shift = float(np.nanmax(np.hypot(*(new - old)[:, :2].T)))
        if shift > _SHIFTED:
            words[1] += _(", shifted by up to {metres} m").format(metres=f"{shift:.3f}")
        else:
            words[1] += _(", other levels")
    return words[0], words[1]


def _point(xyz: NDArray[np.float64]) -> str:
    east, north, level = (f"{value:.3f}" if np.isfinite(value) else "–" for value in xyz.tolist())
    return f"{east}, {north}, {level} m"


def export_difference(survey: Survey, found: Difference, to: Path) -> Path:
    """Write a difference as a spreadsheet, but what is marked secret."""
    from pipemap.jobs.tables import Sheet, write_sheets
    from pipemap.model.release import tells_of, withheld_ids

    secret = withheld_ids(survey.network)
    headings = [_("Kind"), _("Id"), _("What"), _("Field"), _("Before"), _("After")]
    rows = [
        (_(TABLES[one.table]), one.id or f"#{one.key}", _(WHATS[one.what]), one.field, one.old, one.new) for one in told(found)
    ]
    kept = [row for row in rows if not secret or not tells_of([str(cell) for cell in row], secret)]
    return write_sheets([Sheet(_("Differences"), headings, kept)], to)
