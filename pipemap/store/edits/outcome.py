"""What an operation did, for the person who asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipemap.model.fields import fields
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.fields import Layer


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field in which two elements that became one differed."""

    field: str
    kept: object
    dropped: object


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation made or left.

    Attributes
    ----------
    nodes, pipes
        Keys of the elements that it was about and that are there now, the new ones included; which, says each operation.
    conflicts
        Attributes of which only one could stay.
    notes
        Sentences about what was guessed or could not be known.
    """

    nodes: tuple[int, ...] = ()
    pipes: tuple[int, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()


def united(
    kept: Mapping[str, Any], other: Mapping[str, Any], names: Iterable[str]
) -> tuple[dict[str, Any], tuple[Conflict, ...]]:
    """Return what one row takes from another where it knows nothing, and in which fields both know something else."""
    taken = {name: other[name] for name in names if kept[name] is None and other[name] is not None}
    conflicts = tuple(
        Conflict(name, kept[name], other[name])
        for name in names
        if kept[name] is not None and other[name] is not None and kept[name] != other[name]
    )
    return taken, conflicts


def conflict_words(layer: Layer, conflict: Conflict) -> str:
    """Say of a conflict what was kept, in the words of forms and tables."""
    from pipemap.model.wording import shown

    field = fields(layer)[conflict.field]
    return _("{field}: “{kept}” was kept, “{dropped}” was not").format(
        field=field.label, kept=shown(field, conflict.kept), dropped=shown(field, conflict.dropped)
    )
