"""What an edit does, in words: one line a value, before and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipemap.model.fields import LAYERS, Field, fields
from pipemap.model.wording import UNKNOWN, with_unit
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.store.edits import Effect

_HIDDEN = {"geom", "from_fid", "to_fid", "fid", "batch"}
_TABLES = {"node": N_("Node"), "pipe": N_("Pipe")}
_COURSE = N_("Course")


@dataclass(frozen=True, slots=True)
class Line:
    """One value that changes: of which element, which field, from what to what."""

    layer: str
    element: str
    field: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.element}: {self.field} {self.before} → {self.after}"


def lines_of(effects: Iterable[Effect]) -> tuple[Line, ...]:
    """Say what rows become; rows of other tables follow nodes and pipes, and are told only where nothing supplied a customer."""
    told: list[Line] = []
    for effect in effects:
        if effect.table in LAYERS:
            told += _lines(effect)
        elif effect.table == "customer" and effect.before and effect.after and effect.before.get("pipe", effect) is None:
            supplied = _("pipe #{fid}").format(fid=effect.after["pipe"])
            told.append(Line("customer", effect.id or f"#{effect.fid}", _("Supplied by"), UNKNOWN, supplied))
    return tuple(told)


def _lines(effect: Effect) -> list[Line]:
    layer = "node" if effect.table == "node" else "pipe"
    name = effect.id or f"#{effect.fid}"
    if effect.before is None or effect.after is None:
        whole = (UNKNOWN, _("new")) if effect.before is None else (_("there"), _("gone"))
        return [Line(layer, name, _(_TABLES[layer]), *whole)]
    known = fields("node" if layer == "node" else "pipe")
    told = [
        Line(layer, name, known[field].label, _value(known[field], effect.before.get(field)), _value(known[field], value))
        for field, value in effect.after.items()
        if field in known and field not in _HIDDEN
    ]
    return told or [Line(layer, name, _(_COURSE), _("as it is"), _("moved"))]


def _value(field: Field, value: object) -> str:
    return with_unit(field, value) or UNKNOWN
