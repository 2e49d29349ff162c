"""One operation on a network as one Change, and what it says of itself: for the window and the command line alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipemap.store.edits.outcome import Conflict, Outcome
from pipemap.store.geometry import vertices
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.store import Survey
    from pipemap.store.edits import Edit, Effect

LABELS = {
    "add-node": N_("Add node {element}"),
    "move-node": N_("Move {element}"),
    "draw": N_("Draw pipe {element}"),
    "extend": N_("Extend {element}"),
    "add-vertex": N_("Bend {element}"),
    "move-vertex": N_("Bend {element}"),
    "delete-vertex": N_("Straighten {element}"),
    "split": N_("Split {element}"),
    "insert": N_("Insert into {element}"),
    "join": N_("Join pipes at {element}"),
    "merge": N_("Merge {element}"),
    "reverse": N_("Reverse {element}"),
    "reconnect": N_("Reconnect {element}"),
    "replace": N_("Replace {element}"),
    "change-type": N_("Change type of {element}"),
    "retire": N_("Retire {element}"),
    "delete": N_("Delete {element}"),
    "set": N_("Set {element}"),
}
"""Operation → what the history calls its Change."""


@dataclass(frozen=True, slots=True)
class Follow:
    """What happens to one row, without keys and bytes."""

    effect: Effect

    @property
    def name(self) -> str:
        """Id of the element; of another row its table and key."""
        return self.effect.id or f"{self.effect.table} #{self.effect.fid}"

    @property
    def what(self) -> Literal["added", "changed", "deleted"]:
        """Whether the row comes, goes or changes."""
        return "added" if self.effect.before is None else "deleted" if self.effect.after is None else "changed"

    @property
    def word(self) -> str:
        """The same, in the language on screen."""
        return {"added": _("added"), "changed": _("changed"), "deleted": _("deleted")}[self.what]

    @property
    def cells(self) -> list[tuple[str, object, object]]:
        """Field, value before and after; a row that comes or goes is one cell."""
        if self.what != "changed":
            return [("", None, None)]
        before, after = self.effect.before or {}, self.effect.after or {}
        return [(name, _told(before[name]), _told(after[name])) for name in after]

    @property
    def record(self) -> dict[str, object]:
        """The same as keys and values."""
        sides = {"before": self.effect.before, "after": self.effect.after}
        values = {side: None if row is None else {name: _plain(value) for name, value in row.items() if value is not None or
                  self.what == "changed"} for side, row in sides.items()}  # fmt: skip
        return {"table": self.effect.table, "element": self.effect.id or self.effect.fid, "what": self.what, **values}


def _plain(value: object) -> object:
    """Geometry as its vertices, other bytes as how many there are."""
    if not isinstance(value, bytes):
        return value
    return vertices(value) or len(value)


def _told(value: object) -> object:
    found = _plain(value)
    if isinstance(found, list):
        return " ".join(",".join("?" if part != part else f"{part:.3f}" for part in vertex) for vertex in found)  # noqa: PLR0124 -- NaN
    return f"{found:.10g}" if isinstance(found, float) else found


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation did, or in a dry run would do.

    Attributes
    ----------
    label, change_id
        As the history has them; None where nothing changed or was to change.
    outcome
        Keys, conflicts and notes.
    nodes, pipes
        Ids of the elements that the outcome names, for a person.
    effects
        What happened to every row.
    """

    label: str
    change_id: int | None
    outcome: Outcome
    nodes: tuple[str, ...]
    pipes: tuple[str, ...]
    effects: tuple[Effect, ...]

    @property
    def follows(self) -> tuple[Follow, ...]:
        """What happened to every row, as a person reads it."""
        return tuple(Follow(effect) for effect in self.effects)

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Attributes of which only one could stay."""
        return self.outcome.conflicts


def perform(
    survey: Survey,
    operation: str,
    do: Callable[[Edit], Outcome | None],
    *,
    element: str = "",
    label: str = "",
    author: str = "",
    dry_run: bool = False,
) -> Done:
    """Do one operation as one Change, or see what it would do.

    Parameters
    ----------
    operation
        One of :data:`LABELS`.
    element
        Id for the label; without it the first pipe, or node, that the outcome names.
    label
        What the history calls it, instead of the words for the operation.

    Raises
    ------
    EditError, UnknownElementError, AmbiguousElementError
        It cannot stand; nothing was changed.
    SurveyFileError
        The survey is open for reading only.
    """
    with survey.edit("", author=author, dry_run=dry_run) as edit:
        outcome = do(edit) or Outcome()
        nodes, pipes = (
            tuple(edit.named(layer, fid) for fid in fids) for layer, fids in (("node", outcome.nodes), ("pipe", outcome.pipes))
        )
        edit.label = label or _(LABELS[operation]).format(element=element or next(iter((*pipes, *nodes)), ""))
        effects = tuple(edit.effects())
    return Done(edit.label, edit.change_id, outcome, nodes, pipes, effects)
