"""What would come into a survey, beside what it holds: element by element, field by field, and what a person decides of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.model.fields import LAYERS
from pipemap.texts import N_

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

Standing = Literal["added", "changed", "conflict", "missing", "same"]
STANDINGS: tuple[Standing, ...] = ("conflict", "changed", "added", "missing", "same")
"""How an element stands: what a person has to look at comes first. An element stands once, at the first that fits."""

Choice = Literal["theirs", "ours", "later", "leave", "retire", "remove"]
CHOICES: dict[Standing, tuple[Choice, ...]] = {
    "conflict": ("later", "theirs", "ours"),
    "changed": ("theirs", "ours"),
    "added": ("theirs", "ours"),
    "missing": ("leave", "retire"),
    "same": (),
}
"""What can be decided, the default first. ``later`` keeps what the survey has and lists the conflict among its problems."""

MERGE_CHOICES: dict[Standing, tuple[Choice, ...]] = {**CHOICES, "missing": ("remove", "leave")}
"""What can be decided when two surveys are merged: what was removed there goes here too, unless a person says otherwise."""

REASONS = (
    "",
    N_("Same id at the same place"),
    N_("Same id, moved"),
    N_("Same id, other ends"),
    N_("Same place, other id"),
    N_("Same ends, other id"),
    N_("Same ends, the other way round"),
    N_("Side by side: told apart by size and material"),
    N_("Same key in the history that both share"),
)
"""Why two elements count as one, by number; 0 where there is only one of them."""
NOT_MATCHED, EXACT, MOVED, OTHER_ENDS, RENAMED, RENAMED_PIPE, REVERSED, SIDE_BY_SIDE, SHARED_KEY = range(len(REASONS))

CONFIDENCE = (0.0, 1.0, 0.95, 0.8, 0.85, 0.9, 0.85, 0.6, 1.0)
"""How sure each reason makes us, 0 to 1. Our own figures; what moved far is less sure, see :mod:`pipemap.store.matching`."""

PLACE = "geom"
"""Name under which the place of a node or the course of a pipe is compared."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of some elements.

    Attributes
    ----------
    rows
        Rows of the comparison, ascending.
    base
        What was delivered last, or what both started from; null where the survey's own value is that still.
    ours, theirs
        What the survey has, and what comes.
    in_conflict
        Whether both differ from the base, and from each other.
    """

    name: str
    rows: NDArray[np.int64]
    base: pa.Array
    ours: pa.Array
    theirs: pa.Array
    in_conflict: NDArray[np.bool_]

    def where(self, chosen: NDArray[np.bool_]) -> Difference:
        """Return some of it."""
        import pyarrow as pa

        mask = pa.array(chosen)
        base, ours, theirs = (column.filter(mask) for column in (self.base, self.ours, self.theirs))
        return Difference(self.name, self.rows[chosen], base, ours, theirs, self.in_conflict[chosen])


@dataclass(frozen=True, slots=True)
class LayerComparison:
    """Nodes or pipes that come, and those of the survey that do not; of a merge rows of other tables too.

    Attributes
    ----------
    layer
        ``node``, ``pipe``, or the name of another table.
    fid
        Key in the survey, or the one that an added element would get.
    row
        Row of what comes, −1 for what is missing there.
    ids
        As printed: in the survey, or as it comes.
    standing
        Place in :data:`STANDINGS`.
    reason, confidence
        Why it counts as the same element (:data:`REASONS`), and how sure that is, 0 to 1.
    deleted
        Elements that the survey had and a person deleted, while they come again.
    differences
        Field by field, of what is changed or in conflict.
    place
        East and north (N, 2); NaN where unknown.
    """

    layer: str
    fid: NDArray[np.int64]
    row: NDArray[np.int64]
    ids: pa.Array
    standing: NDArray[np.int8]
    reason: NDArray[np.int8]
    confidence: NDArray[np.float32]
    deleted: NDArray[np.bool_]
    differences: tuple[Difference, ...]
    place: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.fid)

    def key(self, row: int) -> Key:
        """Return what names an element in :class:`Decisions`, whatever else happens to the survey meanwhile."""
        is_new = self.standing[row] == STANDINGS.index("added")
        return (self.layer, int(-1 - self.row[row]) if is_new else int(self.fid[row]))

    def rows_of(self, standing: Standing) -> NDArray[np.int64]:
        """Return the elements that stand so."""
        return np.flatnonzero(self.standing == STANDINGS.index(standing))

    def count(self, standing: Standing) -> int:
        """Return how many elements stand so."""
        return int((self.standing == STANDINGS.index(standing)).sum())

    def of(self, row: int) -> list[Difference]:
        """Return the differences of one element, each of one row; conflicts first."""
        found = []
        for difference in self.differences:
            at = int(np.searchsorted(difference.rows, row))
            if at < len(difference.rows) and difference.rows[at] == row:
                chosen = np.zeros(len(difference.rows), dtype=np.bool_)
                chosen[at] = True
                found.append(difference.where(chosen))
        return sorted(found, key=lambda one: not one.in_conflict[0])


Key = tuple[str, int]
"""Layer (or table) and key of an element; of one that is added −1 minus its row in what comes."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What would come into a survey beside what it holds."""

    layers: tuple[LayerComparison, ...]

    def count(self, standing: Standing) -> int:
        """Return how many elements stand so."""
        return sum(layer.count(standing) for layer in self.layers)


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person chose: for a group, for an element, for a field of one; the narrowest counts.

    Attributes
    ----------
    groups
        Standing → choice; what is not named has its default, the first of :data:`CHOICES`.
    elements, fields
        Exceptions: by :data:`Key`, and by key and field.
    """

    groups: Mapping[Standing, Choice] = field(default_factory=dict)
    elements: Mapping[Key, Choice] = field(default_factory=dict)
    fields: Mapping[tuple[Key, str], Choice] = field(default_factory=dict)

    def of_group(self, standing: Standing) -> Choice:
        """Return what is chosen for a group."""
        return self.groups.get(standing, CHOICES[standing][0])

    def of_element(self, layer: LayerComparison, row: int) -> Choice:
        """Return what is chosen for an element."""
        return self.elements.get(layer.key(row), self.of_group(STANDINGS[layer.standing[row]]))

    def of_field(self, layer: LayerComparison, row: int, name: str, *, in_conflict: bool) -> Choice:
        """Return what is chosen for one field.

        In an element with a conflict, what is chosen for conflicts says nothing of its other fields: they are as changes.
        """
        key = layer.key(row)
        if (key, name) in self.fields:
            return self.fields[key, name]
        if key in self.elements:
            chosen = self.elements[key]
            return "theirs" if chosen == "later" and not in_conflict else chosen
        return self.of_group("conflict" if in_conflict else "changed")

    def takes(self, layer: LayerComparison, difference: Difference) -> NDArray[np.bool_]:
        """Return which rows of a difference are taken."""
        wanted = np.where(difference.in_conflict, self.of_group("conflict") == "theirs", self.of_group("changed") == "theirs")
        for at in self._exceptions(layer, difference.rows):
            row, conflict = int(difference.rows[at]), bool(difference.in_conflict[at])
            wanted[at] = self.of_field(layer, row, difference.name, in_conflict=conflict) == "theirs"
        return wanted

    def left_open(self, layer: LayerComparison, difference: Difference) -> NDArray[np.bool_]:
        """Return which rows of a difference are conflicts that nobody decided."""
        found = difference.in_conflict & (self.of_group("conflict") == "later")
        for at in self._exceptions(layer, difference.rows):
            row, conflict = int(difference.rows[at]), bool(difference.in_conflict[at])
            found[at] = conflict and self.of_field(layer, row, difference.name, in_conflict=True) == "later"
        return found

    def chosen(self, layer: LayerComparison, standing: Standing, choice: Choice) -> NDArray[np.int64]:
        """Return the elements that stand so and for which this is chosen."""
        rows = layer.rows_of(standing)
        wanted = np.full(len(rows), self.of_group(standing) == choice)
        for at in self._exceptions(layer, rows):
            wanted[at] = self.of_element(layer, int(rows[at])) == choice
        found: NDArray[np.int64] = rows[wanted]
        return found

    def _exceptions(self, layer: LayerComparison, rows: NDArray[np.int64]) -> list[int]:
        """Return the places of elements of which something is chosen by name: few, whatever the size of the delivery."""
        named = {key for key in (*self.elements, *(key for key, _name in self.fields)) if key[0] == layer.layer}
        if not named:
            return []
        is_new = layer.standing[rows] == STANDINGS.index("added")
        keys = np.where(is_new, -1 - layer.row[rows], layer.fid[rows])
        wanted = np.array([key[1] for key in named], dtype=np.int64)
        return np.flatnonzero(np.isin(keys, wanted)).tolist()


def outcome(comparison: Comparison, decisions: Decisions) -> dict[str, int]:
    """Count what the choices come to: ``added_nodes``, ``added_pipes``, ``changed``, ``conflicts``, ``retired``, ``missing``."""
    found = dict.fromkeys(("added_nodes", "added_pipes", "changed", "conflicts", "retired", "missing", "same"), 0)
    for layer in comparison.layers:
        changed, open_ = np.zeros(len(layer), dtype=np.bool_), np.zeros(len(layer), dtype=np.bool_)
        for difference in layer.differences:
            changed[difference.rows[decisions.takes(layer, difference)]] = True
            open_[difference.rows[decisions.left_open(layer, difference)]] = True
        back = int((changed & layer.deleted).sum())
        if layer.layer in LAYERS:
            found[f"added_{layer.layer}s"] += len(decisions.chosen(layer, "added", "theirs")) + back
        found["changed"] += int((changed & ~layer.deleted).sum())
        found["conflicts"] += int(open_.sum())
        found["retired"] += len(decisions.chosen(layer, "missing", "retire"))
        found["missing"] += len(decisions.chosen(layer, "missing", "leave"))
        found["same"] += layer.count("same") + int((~changed & ~open_ & (layer.standing < STANDINGS.index("added"))).sum())
    return found
