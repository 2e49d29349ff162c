"""Two surveys that were edited apart, merged from what both started from: row by row, field by field, as one Change.

What only one side changed is taken; what both changed otherwise is a conflict: the survey's own value stays, and the other one is
kept among the problems until a person decides. Settings and the register of hand-outs are each file's own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipemap.errors import EditError
from pipemap.model.comparison import PLACE, SHARED_KEY, STANDINGS, Comparison, Decisions, Difference, LayerComparison, Standing
from pipemap.model.fields import LAYERS
from pipemap.progress import SILENT, Progress
from pipemap.store import geometry
from pipemap.store.comparing import FOLLOWING
from pipemap.store.past import Moment
from pipemap.store.reading import arrow_types
from pipemap.store.sides import KEYS, TABLES, Pairs, Side, by_key, side_of, target_of
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.store.edits import Edit
    from pipemap.store.survey import Survey

Row = dict[str, Any]
RULE = "merge-conflict"
"""Rule of a problem that says: two surveys that were merged have it otherwise."""
_FIELD = N_("{field}: this survey has “{ours}”, the merged one “{theirs}”; both were edited since they were one.")
_REMOVED = N_("Edited here, and removed in the merged survey.")
_GONE = N_("Removed here, and edited in the merged survey, where it is: {theirs}")
_STAYS = N_("Removed in the merged survey; it stays here because something hangs on it.")
_NAMES: dict[str, tuple[str, ...]] = {
    "finding": ("code", "station"),
    "inspection": ("section_id", "pipe_name", "inspected"),
    "attachment": ("name",),
    "track": ("source", "started"),
    "operation": ("valve", "what", "time"),
    "model_text": ("section",),
    "acceptance_draw": ("kind", "purpose"),
    "acceptance_verdict": ("level", "outcome"),
    "problem": ("rule", "element"),
}
"""What a row is called by where it has neither id nor name."""
_PERSONS = frozenset({"status", "reason", "decided_by", "decided"})
"""What a person says of a problem; everything else of it is found again by the checks."""


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge would do.

    Attributes
    ----------
    comparison
        What is otherwise on the two sides, to choose from: nodes, pipes, then the rows of each other table.
    others
        How many rows of other tables come, change or go.
    base
        What both started from, in words.
    """

    comparison: Comparison
    others: int
    base: str
    ours: Mapping[str, Side] = field(repr=False)
    theirs: Mapping[str, Side] = field(repr=False)
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
    newest = [entry.id if (entry := survey.newest_entry()) else 0 for survey in (ours, theirs)]
    first, last = 0, min(newest)
    while first < last:  # of a chain everything before a common entry is common too
        middle = (first + last + 1) // 2
        first, last = (middle, last) if _hash_at(ours, middle) == _hash_at(theirs, middle) else (first, middle - 1)
    return first or None


def _hash_at(survey: Survey, number: int) -> str:
    return next((entry.hash for entry in survey.history_page(before=number + 1, limit=1)), "")


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
    sides: tuple[dict[str, Side], dict[str, Side]] = ({}, {})
    rows: dict[str, dict[int, Row]] = {}
    for at, table in enumerate(TABLES):
        progress(at, len(TABLES), _("Comparing"))
        was, here, there = (survey.table(table, list(arrow_types(table))) for survey in (base, ours, theirs))
        sides[0][table], sides[1][table] = side_of(was, here), side_of(was, there)
        rows[table] = by_key(here, sorted({*sides[1][table].altered, *sides[1][table].removed}))
    pairs = Pairs(*sides)
    others = sum(
        len([key for key in side.added if (table, key) not in pairs.same]) + len(side.removed) + len(side.altered)
        for table, side in sides[1].items()
        if table not in LAYERS and not _alike(sides[0][table], side, {key for name, key in pairs.same if name == table})
    )
    layers = [_layer(table, sides[0][table], sides[1][table], rows[table], pairs) for table in TABLES if table != "batch"]
    layers.append(_layer("batch", sides[0]["batch"], sides[1]["batch"], rows["batch"], pairs))
    kept = tuple(layer for layer in layers if layer.layer in LAYERS or len(layer))
    return MergePlan(Comparison(kept), others, label, *sides, rows, pairs.same)


def _alike(ours: Side, theirs: Side, paired: set[int]) -> bool:
    """Whether everything that their side did was done here too."""
    return (
        theirs.removed.keys() <= ours.removed.keys()
        and all(ours.altered.get(key, {}).items() >= row.items() for key, row in theirs.altered.items())
        and theirs.added.keys() <= paired
    )


# -- to choose from ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Element:
    standing: Standing
    fid: int
    row: int
    told: Row
    deleted: bool = False
    fields: Mapping[str, tuple[object, object, object, bool]] = field(default_factory=dict)


def _layer(table: str, ours: Side, theirs: Side, here: Mapping[int, Row], pairs: Pairs) -> LayerComparison:
    elements = sorted(_elements(table, ours, theirs, here, pairs), key=lambda one: STANDINGS.index(one.standing))
    types = arrow_types(table)
    differences = []
    for name in types:
        rows = [(at, one.fields[name]) for at, one in enumerate(elements) if name in one.fields]
        if rows:
            base, mine, there = (pa.array([values[side] for _at, values in rows], types[name]) for side in (0, 1, 2))
            conflict = np.array([values[3] for _at, values in rows], dtype=np.bool_)
            differences.append(
                Difference(name, np.array([at for at, _values in rows], dtype=np.int64), base, mine, there, conflict)
            )
    return LayerComparison(
        table,
        np.array([one.fid for one in elements], dtype=np.int64),
        np.array([one.row for one in elements], dtype=np.int64),
        pa.array([_name(table, one.told) for one in elements], pa.string()),
        np.array([STANDINGS.index(one.standing) for one in elements], dtype=np.int8),
        np.full(len(elements), SHARED_KEY, dtype=np.int8),
        np.ones(len(elements), dtype=np.float32),
        np.array([one.deleted for one in elements], dtype=np.bool_),
        tuple(differences),
        _places(table, [one.told for one in elements]),
    )


def _places(table: str, rows: list[Row]) -> NDArray[np.float64]:
    """Return east and north (N, 2): of an element where it lies, of other rows what they say themselves."""
    if table in LAYERS:
        blobs = pa.chunked_array([pa.array([row[PLACE] for row in rows], arrow_types(table)[PLACE])])
        return geometry.decode_points(blobs)[:, :2].reshape(-1, 2)
    said = [[math.nan if row.get(name) is None else float(row[name]) for name in ("x", "y")] for row in rows]
    return np.array(said, dtype=np.float64).reshape(-1, 2)


def _elements(table: str, ours: Side, theirs: Side, here: Mapping[int, Row], pairs: Pairs) -> Iterator[_Element]:
    is_found = table == "problem"  # what checks find comes and goes by itself; what a person says of it does not
    for key, row in theirs.added.items():
        if (table, key) not in pairs.same and not is_found:
            yield _Element("added", key, key, row)
    for key in theirs.removed:
        if key in here and not is_found:
            yield _Element("conflict" if key in ours.altered else "missing", key, -1, here[key])
    for key, values in theirs.altered.items():
        was = theirs.before[key]
        told = {name: value for name, value in values.items() if name not in FOLLOWING and (not is_found or name in _PERSONS)}
        if not told:
            continue
        if key in ours.removed:
            fields = {name: (was[name], None, value, True) for name, value in told.items()}
            yield _Element("conflict", key, key, was, deleted=True, fields=fields)
            continue
        mine, now = ours.altered.get(key, {}), here[key]
        whole = was | values
        fields = {
            name: (was[name], now[name], value, name in mine)
            for name, value in told.items()
            if now[name] != pairs.here(table, whole, name, value)
        }
        if fields:
            conflict = any(one[3] for one in fields.values())
            yield _Element("conflict" if conflict else "changed", key, key, now, fields=fields)


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
        for table in TABLES:
            for key in self._wanted(table, layers.get(table)):
                self._key(table, key)
        for node, arm in self.arms:
            self.edit.write("node", node, {"arm_pipe": self._key("pipe", arm)})
        self._alter_found()
        for table in TABLES:
            if (layer := layers.get(table)) is not None:
                self._alter(layer)
        self._remove_found()
        for table in (*reversed([name for name in TABLES if name not in LAYERS]), "pipe", "node"):
            if (layer := layers.get(table)) is not None:
                self._remove(layer)
        self._settle()
        self._keep_problems()

    # -- adding --------------------------------------------------------------------------------------------------------

    def _wanted(self, table: str, layer: LayerComparison | None) -> list[int]:
        if table == "problem":
            return list(self.plan.theirs[table].added)
        if layer is None:
            return []
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
        if row is None and key in self.plan.ours[table].removed:
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
        row = {**(whole or {}), **values}
        for name in KEYS.get(table, {}):
            if found.get(name) is not None and (target := target_of(table, row, name)):
                found[name] = self._key(target, found[name])
        return found

    # -- altering ------------------------------------------------------------------------------------------------------

    def _alter(self, layer: LayerComparison) -> None:
        taken: dict[int, Row] = {}
        for difference in layer.differences:
            stays = ~layer.deleted[difference.rows]
            chosen = self.decisions.takes(layer, difference) & stays
            for at in np.flatnonzero(chosen).tolist():
                fid = int(layer.fid[difference.rows[at]])
                taken.setdefault(fid, {})[difference.name] = difference.theirs[at].as_py()
            self._note_open(layer, difference, self.decisions.left_open(layer, difference) & ~chosen)
        for fid, values in taken.items():
            self._write(layer.layer, fid, values)

    def _alter_found(self) -> None:
        """Take in what their checks say otherwise of a problem that nobody touched here."""
        mine = self.plan.ours["problem"].altered
        for key, values in self.plan.theirs["problem"].altered.items():
            given = {name: value for name, value in values.items() if name not in _PERSONS and name not in mine.get(key, {})}
            if given and key in self.plan.rows["problem"]:
                self._write("problem", key, given)

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

    def _remove(self, layer: LayerComparison) -> None:
        for at in np.flatnonzero(layer.row < 0).tolist():
            choice = self.decisions.of_element(layer, at)
            fid, name = int(layer.fid[at]), str(layer.ids[at].as_py() or "")
            if choice == "later":
                self._note(layer.layer, fid, name, _REMOVED, {})
            elif choice in {"theirs", "remove"}:
                try:
                    self._take_away(layer.layer, fid)
                    self.removed += 1
                except EditError:
                    self._note(layer.layer, fid, name, _STAYS, {})

    def _take_away(self, table: str, fid: int) -> None:
        if table in LAYERS:
            self.edit.delete(table, f"#{fid}")
            self.pipes.discard(fid) if table == "pipe" else None
        else:
            self.edit.remove(table, fid)

    def _remove_found(self) -> None:
        """Take away problems that their checks find no more, unless somebody decided something of them here."""
        for key in self.plan.theirs["problem"].removed:
            if key in self.plan.rows["problem"] and not _PERSONS & self.plan.ours["problem"].altered.get(key, {}).keys():
                self.edit.remove("problem", key)
                self.removed += 1

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

    def _keep_problems(self) -> None:
        """Put conflicts among the problems; what is told there already, decided or not, is not told again."""
        columns = ("text", "arguments", "layer", "element", "found_in")
        known = {tuple(row) for row in self.edit.ask(f"SELECT {', '.join(columns)} FROM problem WHERE rule = ?", RULE)}
        for problem in self.problems:
            if tuple(problem[name] for name in columns) not in known:
                self.edit.add("problem", problem)


def _name(table: str, row: Row) -> str:
    """Return what a person calls a row by."""
    for name in ("id", "name"):
        if row.get(name):
            return str(row[name])
    words = [str(row[name]) for name in _NAMES.get(table, ()) if row.get(name) is not None]
    return " · ".join(words) or f"#{row['fid']}"


def _told(value: object) -> str:
    """Return a value as a problem keeps it; of a place its numbers, so that nothing is lost."""
    if isinstance(value, bytes):
        xyz = geometry.decode(geometry.as_blobs([value])).xyz if value else np.empty((0, 3))
        return "; ".join(", ".join(f"{number:.3f}" for number in row if np.isfinite(number)) for row in xyz)
    if isinstance(value, dict):
        return "; ".join(f"{name} = {_told(one)}" for name, one in value.items())
    return "" if value is None else str(value)
