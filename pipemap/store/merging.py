"""Two surveys that were edited apart, merged from what both started from: row by row, field by field, as one Change.

What only one side changed is taken; what both changed otherwise is a conflict: the survey's own value stays, and the other one is
kept among the problems until a person decides. Settings and the register of hand-outs are each file's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipemap.errors import EditError
from pipemap.model.comparison import PLACE, SHARED_KEY, STANDINGS, Comparison, Decisions, Difference, LayerComparison, Standing
from pipemap.model.fields import LAYERS, Layer
from pipemap.progress import SILENT, Progress
from pipemap.store import geometry
from pipemap.store.change import same_values
from pipemap.store.comparing import FOLLOWING
from pipemap.store.past import Moment
from pipemap.store.reading import arrow_types
from pipemap.store.tables import WATCHED_TABLES
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.store.edits import Edit
    from pipemap.store.survey import Survey

Row = dict[str, Any]
RULE = "merge-conflict"
"""Rule of a problem that says: two surveys that were merged have it otherwise."""
_FIELD = N_("{field}: this survey has “{ours}”, the merged one “{theirs}”; both were edited since they were one.")
_REMOVED = N_("Edited here, and removed in the merged survey.")
_GONE = N_("Removed here, and edited in the merged survey, where it is: {theirs}")
_STAYS = N_("Removed in the merged survey; it stays here because something hangs on it.")
_KEYS: dict[str, dict[str, str]] = {
    "node": {"batch": "batch", "arm_pipe": "pipe"},
    "pipe": {"batch": "batch", "from_fid": "node", "to_fid": "node"},
    "problem": {"batch": "batch", "element_fid": "layer", "other_fid": "other_layer"},
    "inspection": {"pipe": "pipe", "from_node": "node", "to_node": "node"},
    "finding": {
        "inspection": "inspection", "pipe": "pipe", "node": "node", "from_node": "node", "patrol": "patrol",
    },
    "track": {"patrol": "patrol"},
    "attachment": {"element_fid": "layer", "finding": "finding"},
    "customer": {"batch": "batch", "node": "node", "pipe": "pipe"},
    "section": {"from_node": "node", "to_node": "node"},
    "model_text": {"batch": "batch"},
    "acceptance_draw": {"batch": "batch"},
    "acceptance_point": {"draw": "acceptance_draw", "node": "node"},
    "acceptance_verdict": {"batch": "batch"},
}  # fmt: skip
"""Columns that name rows of another table; of ``layer`` and ``other_layer`` the row itself says which."""
_NAMES = ("id", "name")


@dataclass(frozen=True, slots=True)
class _Side:
    """What one side did to a table: whole rows added, keys removed, fields altered with what they are now."""

    added: dict[int, Row] = field(default_factory=dict)
    removed: dict[int, Row] = field(default_factory=dict)
    altered: dict[int, Row] = field(default_factory=dict)
    before: dict[int, Row] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge would do.

    Attributes
    ----------
    comparison
        Nodes and pipes that are otherwise on the two sides, to choose from.
    others
        How many rows of other tables come, change or go.
    base
        What both started from, in words.
    """

    comparison: Comparison
    others: int
    base: str
    ours: Mapping[str, _Side] = field(repr=False)
    theirs: Mapping[str, _Side] = field(repr=False)
    rows: Mapping[str, Mapping[int, Row]] = field(repr=False)
    same: Mapping[tuple[str, int], int] = field(repr=False)

    @property
    def is_empty(self) -> bool:
        """There is nothing to merge."""
        return not self.others and not any(len(layer) for layer in self.comparison.layers)


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did; ``conflicts`` are kept among the problems."""

    change_id: int | None
    added: int
    changed: int
    removed: int
    conflicts: int


def common_entry(ours: Survey, theirs: Survey) -> int | None:
    """Return the last entry of the history that two surveys share; None where they share none."""
    found = None
    for one, other in zip(ours.history(), theirs.history(), strict=False):
        if one.hash != other.hash:
            break
        found = one.id
    return found


def plan_merge(ours: Survey, theirs: Survey, base: Survey | None = None, *, progress: Progress = SILENT) -> MergePlan:
    """Compare two surveys with what both started from: ``base``, else the last state that their histories share.

    Raises
    ------
    EditError
        They share no history and no base is given, or their coordinate systems differ.
    """
    if ours.crs != theirs.crs or (base is not None and base.crs != ours.crs):
        raise EditError(
            _("The surveys are in different coordinate systems: {ours} and {theirs}.").format(
                ours=ours.crs or _("unknown"), theirs=theirs.crs or _("unknown")
            ),
            _("Export one into the coordinate system of the other, and import it."),
        )
    if base is not None:
        return _plan(ours, theirs, base, base.path.name, progress)
    entry = common_entry(ours, theirs)
    if entry is None:
        raise EditError(
            _("{ours} and {theirs} do not come from one file: their histories share nothing.").format(
                ours=ours.path.name, theirs=theirs.path.name
            ),
            _("Name the file from which both were copied as the base, or import one into the other."),
        )
    moment = Moment(entry, "")
    with ours.as_of(moment, progress=progress) as past:
        return _plan(ours, theirs, past, moment.label, progress)


def _plan(ours: Survey, theirs: Survey, base: Survey, label: str, progress: Progress) -> MergePlan:
    sides: tuple[dict[str, _Side], dict[str, _Side]] = ({}, {})
    rows: dict[str, dict[int, Row]] = {}
    same: dict[tuple[str, int], int] = {}
    for at, table in enumerate(WATCHED_TABLES):
        progress(at, len(WATCHED_TABLES), _("Comparing"))
        was, here, there = (survey.table(table, list(arrow_types(table))) for survey in (base, ours, theirs))
        mine, other = _side(was, here), _side(was, there)
        sides[0][table], sides[1][table] = mine, other
        same |= {(table, key): fid for key, fid in _already(table, mine, other).items()}
        rows[table] = _by_key(here, sorted({*other.altered, *other.removed}))
    others = sum(
        len([key for key in side.added if (table, key) not in same]) + len(side.removed) + len(side.altered)
        for table, side in sides[1].items()
        if table not in LAYERS and not _alike(sides[0][table], side)
    )
    layers = tuple(_layer(layer, sides[0][layer], sides[1][layer], rows[layer], same) for layer in LAYERS)
    return MergePlan(Comparison(layers), others, label, *sides, rows, same)


def _alike(ours: _Side, theirs: _Side) -> bool:
    """Whether everything that their side did was done here too."""
    return (
        theirs.removed.keys() <= ours.removed.keys()
        and all(ours.altered.get(key, {}).items() >= row.items() for key, row in theirs.altered.items())
        and not theirs.added.keys() - ours.added.keys()
    )


def _side(base: pa.Table, other: pa.Table) -> _Side:
    old, new = base["fid"].to_numpy(), other["fid"].to_numpy()
    added, removed = np.setdiff1d(new, old), np.setdiff1d(old, new)
    _both, here, there = np.intersect1d(old, new, return_indices=True)
    was, now = base.take(pa.array(here)), other.take(pa.array(there))
    differs = {name: ~same_values(was[name], now[name]) for name in was.column_names if name != "fid"}
    touched = np.flatnonzero(np.logical_or.reduce([*differs.values(), np.zeros(len(here), dtype=np.bool_)]))
    before, after = (part.take(pa.array(touched)).to_pylist() for part in (was, now))
    altered = {
        row["fid"]: {name: row[name] for name, mask in differs.items() if mask[touched[at]]} for at, row in enumerate(after)
    }
    return _Side(_by_key(other, added.tolist()), _by_key(base, removed.tolist()), altered, {row["fid"]: row for row in before})


def _by_key(table: pa.Table, keys: list[int]) -> dict[int, Row]:
    at = np.flatnonzero(np.isin(table["fid"].to_numpy(), keys))
    return {row["fid"]: row for row in table.take(pa.array(at)).to_pylist()}


def _already(table: str, ours: _Side, theirs: _Side) -> dict[int, int]:
    """Return rows that both sides added: key there → key here. Merged once already, they do not come again."""
    held: dict[tuple[object, ...], list[int]] = {}
    for fid, row in ours.added.items():
        held.setdefault(_signature(table, row), []).append(fid)
    found = {}
    for key, row in theirs.added.items():
        fids = held.get(_signature(table, row))
        if fids:
            found[key] = fids.pop(fids.index(key) if key in fids else 0)
    return found


def _signature(table: str, row: Row) -> tuple[object, ...]:
    if table in LAYERS:
        return (row["id"], row["category"], row[PLACE])
    keys = _KEYS.get(table, {})
    return tuple(repr(value) for name, value in row.items() if name != "fid" and name not in keys)


# -- to choose from ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Element:
    standing: Standing
    fid: int
    row: int
    id: str | None
    place: object
    deleted: bool = False
    fields: Mapping[str, tuple[object, object, object, bool]] = field(default_factory=dict)


def _layer(
    layer: Layer, ours: _Side, theirs: _Side, here: Mapping[int, Row], same: Mapping[tuple[str, int], int]
) -> LayerComparison:
    elements = sorted(_elements(layer, ours, theirs, here, same), key=lambda one: STANDINGS.index(one.standing))
    types = arrow_types(layer)
    differences = []
    for name in types:
        rows = [(at, one.fields[name]) for at, one in enumerate(elements) if name in one.fields]
        if rows:
            base, mine, there = (pa.array([values[side] for _at, values in rows], types[name]) for side in (0, 1, 2))
            conflict = np.array([values[3] for _at, values in rows], dtype=np.bool_)
            differences.append(
                Difference(name, np.array([at for at, _values in rows], dtype=np.int64), base, mine, there, conflict)
            )
    places = pa.chunked_array([pa.array([one.place for one in elements], types[PLACE])])
    return LayerComparison(
        layer,
        np.array([one.fid for one in elements], dtype=np.int64),
        np.array([one.row for one in elements], dtype=np.int64),
        pa.array([one.id for one in elements], pa.string()),
        np.array([STANDINGS.index(one.standing) for one in elements], dtype=np.int8),
        np.full(len(elements), SHARED_KEY, dtype=np.int8),
        np.ones(len(elements), dtype=np.float32),
        np.array([one.deleted for one in elements], dtype=np.bool_),
        tuple(differences),
        geometry.decode_points(places)[:, :2].reshape(-1, 2),
    )


def _elements(
    layer: Layer, ours: _Side, theirs: _Side, here: Mapping[int, Row], same: Mapping[tuple[str, int], int]
) -> Iterator[_Element]:
    for key, row in theirs.added.items():
        if (layer, key) not in same:
            yield _Element("added", key, key, row["id"], row[PLACE])
    for key, row in theirs.removed.items():
        if key in here:
            yield _Element("conflict" if key in ours.altered else "missing", key, -1, row["id"], here[key][PLACE])
    for key, values in theirs.altered.items():
        was = theirs.before[key]
        told = {name: value for name, value in values.items() if name not in FOLLOWING}
        if key in ours.removed:
            fields = {name: (was[name], None, value, True) for name, value in told.items()}
            yield _Element("conflict", key, key, was["id"], was[PLACE], deleted=True, fields=fields)
            continue
        mine, now = ours.altered.get(key, {}), here[key]
        fields = {name: (was[name], now[name], value, name in mine) for name, value in told.items() if now[name] != value}
        if fields:
            conflict = any(one[3] for one in fields.values())
            yield _Element("conflict" if conflict else "changed", key, key, now["id"], now[PLACE], fields=fields)


# -- doing it ------------------------------------------------------------------------------------------------------------


def merge(
    survey: Survey, plan: MergePlan, decisions: Decisions, *, label: str, author: str = "", dry_run: bool = False
) -> Merged:
    """Do what was planned and chosen, as one Change.

    Raises
    ------
    EditError
        The survey was changed since it was compared, so that a row is gone.
    """
    with survey.edit(label, author=author, dry_run=dry_run) as edit:
        work = _Work(edit, plan, decisions)
        work.do()
    return Merged(edit.change_id, work.added, work.changed, work.removed, len(work.problems))


class _Work:
    """One merge while it is being done."""

    def __init__(self, edit: Edit, plan: MergePlan, decisions: Decisions) -> None:
        self.edit, self.plan, self.decisions = edit, plan, decisions
        self.added = self.changed = self.removed = 0
        self.problems: list[Row] = []
        self.keys: dict[tuple[str, int], int] = dict(plan.same)
        self.arms: list[tuple[int, int]] = []
        self.pipes: set[int] = set()

    def do(self) -> None:
        layers: dict[str, LayerComparison] = {layer.layer: layer for layer in self.plan.comparison.layers}
        for table in ("batch", *LAYERS, *(name for name in WATCHED_TABLES if name not in {"batch", *LAYERS})):
            layer = layers.get(table)
            for key in self._wanted(table, layer):
                self._key(table, key)
        for node, arm in self.arms:
            self.edit.write("node", node, {"arm_pipe": self._key("pipe", arm)})
        for table in WATCHED_TABLES:
            self._alter(table, layers.get(table))
        for table in (*reversed([name for name in WATCHED_TABLES if name not in LAYERS]), "pipe", "node"):
            self._remove(table, layers.get(table))
        self._settle()
        self._keep_problems()

    # -- adding --------------------------------------------------------------------------------------------------------

    def _wanted(self, table: str, layer: LayerComparison | None) -> list[int]:
        added = self.plan.theirs[table].added
        if layer is None:
            return list(added)
        rows = self.decisions.chosen(layer, "added", "theirs")
        back = self.decisions.chosen(layer, "conflict", "theirs")
        return [*layer.row[rows].tolist(), *layer.fid[back[layer.deleted[back]]].tolist()]

    def _key(self, table: str, key: int) -> int:
        """Return the key here of a row of theirs; one that was added there comes, whatever was chosen, when it is needed."""
        known = self.keys.get((table, key))
        if known is not None:
            return known
        side = self.plan.theirs[table]
        row = side.added.get(key)
        if row is None and key in self.plan.ours[table].removed and table in LAYERS:
            row = {**self.plan.ours[table].removed[key], **side.altered.get(key, {})}
        if row is None:
            return key
        values = {name: value for name, value in row.items() if name != "fid"}
        arm = values.pop("arm_pipe", None) if table == "node" else None
        made = self.keys[table, key] = self.edit.add(table, self._translated(table, values))
        self.added += 1
        if arm is not None:
            self.arms.append((made, arm))
        if table == "pipe":
            self.pipes.add(made)
        return made

    def _translated(self, table: str, values: Row, whole: Row | None = None) -> Row:
        found = dict(values)
        for name, target in _KEYS.get(table, {}).items():
            if found.get(name) is not None:
                named = (whole or values).get(target) if target in {"layer", "other_layer"} else target
                found[name] = self._key(str(named), found[name]) if named in WATCHED_TABLES else found[name]
        return found

    # -- altering ------------------------------------------------------------------------------------------------------

    def _alter(self, table: str, layer: LayerComparison | None) -> None:
        if layer is not None:
            taken: dict[int, Row] = {}
            for difference in layer.differences:
                stays = ~layer.deleted[difference.rows]
                chosen = self.decisions.takes(layer, difference) & stays
                for at in np.flatnonzero(chosen).tolist():
                    fid = int(layer.fid[difference.rows[at]])
                    taken.setdefault(fid, {})[difference.name] = difference.theirs[at].as_py()
                self._note_open(layer, difference, self.decisions.left_open(layer, difference) & ~chosen)
            for fid, values in taken.items():
                self._write(table, fid, values)
            return
        mine, theirs, here = self.plan.ours[table], self.plan.theirs[table], self.plan.rows[table]
        for key, values in theirs.altered.items():
            if key not in here:
                self._note(table, None, self._name(theirs.before[key]), _GONE, {"theirs": _told(values)})
                continue
            both = mine.altered.get(key, {})
            self._write(table, key, {name: value for name, value in values.items() if name not in both})
            for name in values.keys() & both.keys():
                if values[name] != both[name]:
                    told = {"field": name, "ours": _told(both[name]), "theirs": _told(values[name])}
                    self._note(table, key, self._name(here[key]), _FIELD, told)

    def _write(self, table: str, fid: int, values: Row) -> None:
        now = self.edit.row(table, fid)
        given = self._translated(table, values, now)
        if all(now[name] == value for name, value in given.items()):
            return
        self.edit.write(table, fid, given)
        self.changed += 1
        if table == "pipe":
            self.pipes.add(fid)
        if table == "node":
            self.pipes.update(self.edit.pipes_at(fid))

    # -- removing ------------------------------------------------------------------------------------------------------

    def _remove(self, table: str, layer: LayerComparison | None) -> None:
        if layer is None:
            for key in self.plan.theirs[table].removed:
                if key in self.plan.rows[table]:
                    if key in self.plan.ours[table].altered:
                        self._note(table, key, self._name(self.plan.rows[table][key]), _REMOVED, {})
                    else:
                        self.edit.remove(table, key)
                        self.removed += 1
            return
        for at in np.flatnonzero(layer.row < 0).tolist():
            choice = self.decisions.of_element(layer, at)
            fid, name = int(layer.fid[at]), str(layer.ids[at].as_py() or "")
            if choice == "later":
                self._note(table, fid, name, _REMOVED, {})
            elif choice in {"theirs", "remove"}:
                try:
                    self.edit.delete(layer.layer, f"#{fid}")
                    self.removed += 1
                    self.pipes.discard(fid) if table == "pipe" else None
                except EditError:
                    self._note(table, fid, name, _STAYS, {})

    # -- what follows --------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Make the ends of touched pipes agree with their nodes: ids, and places where one side moved them."""
        for pipe in sorted(self.pipes):
            row = self.edit.row("pipe", pipe)
            course = self.edit.course(row)
            given: Row = {}
            moved = False
            for side, end in (("from", 0), ("to", -1)):
                node = self.edit.row("node", row[f"{side}_fid"])
                given[f"{side}_node"] = node["id"]
                place = self.edit.place(node)[:2]
                if len(course) and np.isfinite(place).all() and not np.array_equal(course[end, :2], place):
                    course[end, :2], moved = place, True
            if moved:
                self.edit.set_course(pipe, given, course)
            else:
                self.edit.write("pipe", pipe, given)

    # -- conflicts -----------------------------------------------------------------------------------------------------

    def _note_open(self, layer: LayerComparison, difference: Difference, left: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
        for at in np.flatnonzero(left).tolist():
            row = int(difference.rows[at])
            fid, name = int(layer.fid[row]), str(layer.ids[row].as_py() or "")
            values = [_told(column[at].as_py()) for column in (difference.ours, difference.theirs)]
            if layer.deleted[row]:
                self._note(layer.layer, None, name, _GONE, {"theirs": f"{difference.name} = {values[1]}"}, layer.place[row])
            else:
                told = {"field": difference.name, "ours": values[0], "theirs": values[1]}
                self._note(layer.layer, fid, name, _FIELD, told, layer.place[row])

    def _note(
        self, table: str, fid: int | None, name: str, text: str, values: Row, place: np.ndarray[Any, Any] | None = None
    ) -> None:
        x, y = (None, None) if place is None or np.isnan(place).any() else map(float, place)
        is_layer = table in LAYERS
        self.problems.append({
            "rule": RULE, "severity": "warning", "text": text, "layer": table if is_layer else None, "element": name or None,
            "arguments": json.dumps(values, ensure_ascii=False, sort_keys=True, default=str),
            "element_fid": fid if is_layer else None, "found_in": None if is_layer else table, "x": x, "y": y, "status": "open",
        })  # fmt: skip

    @staticmethod
    def _name(row: Row) -> str:
        return next((str(row[name]) for name in _NAMES if row.get(name)), f"#{row['fid']}")

    def _keep_problems(self) -> None:
        """Put conflicts among the problems; what is told there already, decided or not, is not told again."""
        columns = ("text", "arguments", "layer", "element", "found_in")
        known = {tuple(row) for row in self.edit.ask(f"SELECT {', '.join(columns)} FROM problem WHERE rule = ?", RULE)}
        for problem in self.problems:
            if tuple(problem[name] for name in columns) not in known:
                self.edit.add("problem", problem)


def _told(value: object) -> str:
    """Return a value as a problem keeps it; of a place its numbers, so that nothing is lost."""
    if isinstance(value, bytes):
        xyz = geometry.decode(geometry.as_blobs([value])).xyz if value else np.empty((0, 3))
        return "; ".join(", ".join(f"{number:.3f}" for number in row if np.isfinite(number)) for row in xyz)
    if isinstance(value, dict):
        return "; ".join(f"{name} = {_told(one)}" for name, one in value.items())
    return "" if value is None else str(value)
