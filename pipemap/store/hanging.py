"""What hangs on nodes and pipes in other tables, and how it is carried along when these are parted, joined, merged or go."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipemap.errors import EditError
from pipemap.model.course import nearest_spot, station_of
from pipemap.model.delivery import VALVE_LAYER, ModelText, layered_valves
from pipemap.texts import _

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipemap.store.editing import BasicEdit

_NODE_COLUMNS = (
    ("finding", "node"),
    ("finding", "from_node"),
    ("inspection", "from_node"),
    ("inspection", "to_node"),
    ("customer", "node"),
    ("section", "from_node"),
    ("section", "to_node"),
    ("operation", "node"),
    ("reading", "node"),
)
"""Columns of other tables that name a node by its key."""

_LISTS = (("patrol", "elements"), ("patrol", "required"), ("shutoff_plan", "starts"))
"""Lists of ids of what is still to be done; what is finished keeps the ids of its day."""


@dataclass(frozen=True, slots=True)
class Parting:
    """How a pipe became two.

    Attributes
    ----------
    before
        The pipe's row as it was.
    first, second
        Keys of the pieces; the first has the key of the pipe.
    node
        Key of the node between them.
    station, length
        Metres of the first piece, and of the whole pipe, as its length is told.
    course
        The vertices (k, 3) of the whole pipe; none where it has no course.
    """

    before: Mapping[str, Any]
    first: int
    second: int
    node: int
    station: float
    length: float
    course: NDArray[np.float64]


# -- findings ----------------------------------------------------------------------------------------------------------


def part_findings(edit: BasicEdit, parting: Parting) -> None:
    """Give each finding to its piece, counted from an end of that; one that reaches over the cut becomes two."""
    for fid in edit.keys("finding", "pipe", parting.first):
        row = edit.row("finding", fid)
        from_far = row["from_node"] is not None and row["from_node"] == parting.before["to_fid"]
        from_far &= parting.before["to_fid"] != parting.before["from_fid"]
        near = parting.length - parting.station if from_far else parting.station
        one, other = (parting.second, parting.first) if from_far else (parting.first, parting.second)
        station, reach = row["station"], row["length"] or 0.0
        if station is None or (station <= near and station + reach <= near):
            edit.write("finding", fid, {"pipe": one})
        elif station > near:
            behind = {"pipe": other, "from_node": parting.node, "station": round(station - near, 6)}
            edit.write("finding", fid, behind)
        else:
            edit.write("finding", fid, {"pipe": one, "length": round(near - station, 6)})
            rest = {"pipe": other, "from_node": parting.node, "station": 0.0, "length": round(station + reach - near, 6)}
            edit.add("finding", {name: value for name, value in row.items() if name != "fid"} | rest)


def join_findings(edit: BasicEdit, pipes: tuple[int, int], ends: tuple[int, int, int], lengths: tuple[float, float]) -> None:
    """Count the findings of two pipes along the one that they became.

    ``pipes``: the first and second, running the same way; ``ends``: first, middle and last node; all goes to ``pipes[0]``'s
    partner that stays, which the caller writes afterwards.
    """
    start, middle, end = ends
    for fid in edit.keys("finding", "pipe", pipes[0]):
        row = edit.row("finding", fid)
        if row["from_node"] == middle and row["station"] is not None:
            edit.write("finding", fid, {"from_node": end, "station": round(row["station"] + lengths[1], 6)})
    for fid in edit.keys("finding", "pipe", pipes[1]):
        row = edit.row("finding", fid)
        if row["from_node"] in {None, middle}:
            station = row["station"]
            edit.write(
                "finding", fid, {"from_node": start, "station": None if station is None else round(station + lengths[0], 6)}
            )


def name_starts(edit: BasicEdit, pipe: int, node: int) -> None:
    """Say of findings that count from a pipe's first node without naming it which node that is."""
    for fid in edit.keys("finding", "pipe", pipe):
        row = edit.row("finding", fid)
        if row["from_node"] is None and row["station"] is not None:
            edit.write("finding", fid, {"from_node": node})


# -- pipes -------------------------------------------------------------------------------------------------------------


def part_customers(edit: BasicEdit, parting: Parting) -> None:
    """Bind customers of a pipe that was parted to the piece that is nearer to them; without a place they stay at the first."""
    for fid in edit.keys("customer", "pipe", parting.first):
        row = edit.row("customer", fid)
        if len(parting.course) and row["x"] is not None and row["y"] is not None:
            from pipemap.model.course import length_of

            along = station_of(parting.course, nearest_spot(parting.course, row["x"], row["y"])) / (
                length_of(parting.course) or 1.0
            )
            if along * parting.length > parting.station:
                edit.write("customer", fid, {"pipe": parting.second})


def part_arms(edit: BasicEdit, parting: Parting) -> None:
    """Let a valve at the far end stand on the piece that ends there."""
    node = parting.before["to_fid"]
    if node != parting.before["from_fid"] and edit.row("node", node)["arm_pipe"] == parting.first:
        edit.write("node", node, {"arm_pipe": parting.second})


def move_pipe(edit: BasicEdit, gone: int, stays: int) -> None:
    """Let everything that hangs on one pipe hang on another."""
    for table in ("finding", "inspection", "customer", "operation", "reading"):
        for fid in edit.keys(table, "pipe", gone):
            edit.write(table, fid, {"pipe": stays})
    for fid in _attachments(edit, "pipe", gone):
        edit.write("attachment", fid, {"element_fid": stays})
    row = edit.row("pipe", gone)
    for node in {row["from_fid"], row["to_fid"]}:
        if edit.row("node", node)["arm_pipe"] == gone:
            edit.write("node", node, {"arm_pipe": stays})


# -- nodes -------------------------------------------------------------------------------------------------------------


def move_node(edit: BasicEdit, gone: int, stays: int) -> None:
    """Let everything that names one node, but for its pipes, name another."""
    for table, column in _NODE_COLUMNS:
        for fid in edit.keys(table, column, gone):
            edit.write(table, fid, {column: stays})
    for fid in _attachments(edit, "node", gone):
        edit.write("attachment", fid, {"element_fid": stays})


def node_onto_pipe(edit: BasicEdit, node: int, pipe: int, *, start: int, station: float) -> None:
    """Let what hangs on a node that goes hang on the pipe that takes its place."""
    for fid in edit.keys("finding", "node", node):
        edit.write("finding", fid, {"node": None, "pipe": pipe, "from_node": start, "station": round(station, 6)})
    for table in ("customer", "reading"):
        for fid in edit.keys(table, "node", node):
            edit.write(table, fid, {"node": None, "pipe": pipe})
    for fid in _attachments(edit, "node", node):
        edit.write("attachment", fid, {"layer": "pipe", "element_fid": pipe})


def check_no_section_ends(edit: BasicEdit, node: int) -> None:
    """Refuse to take a node away at which an inspected section ends."""
    for table, column in _NODE_COLUMNS[2:4] + _NODE_COLUMNS[5:7]:
        if edit.keys(table, column, node):
            raise EditError(_("An inspected section ends at {node}.").format(node=edit.named("node", node)))


# -- elements that go ----------------------------------------------------------------------------------------------------


def let_go(edit: BasicEdit, layer: str, fid: int, *, with_findings: bool) -> None:
    """Take from an element everything that hangs on it, because it is deleted: customers become unbound.

    Raises
    ------
    EditError
        There are findings, and they are not to be deleted.
    """
    _let_findings_go(edit, layer, fid, with_findings=with_findings)
    for one in edit.keys("customer", layer, fid):
        edit.write("customer", one, {layer: None, "method": None, "distance": None, "reason": "deleted"})
    for one in _attachments(edit, layer, fid):
        edit.remove("attachment", one)
    if layer == "pipe":
        for table in ("inspection", "operation", "reading"):
            for one in edit.keys(table, "pipe", fid):
                edit.write(table, one, {"pipe": None})
        row = edit.row("pipe", fid)
        rewrite_valve_layer(edit, row["batch"], lambda link, node: None if link == row["id"] else (link, node))
        return
    for table, column in _NODE_COLUMNS:
        for one in edit.keys(table, column, fid):
            edit.write(table, one, {column: None})


def _let_findings_go(edit: BasicEdit, layer: str, fid: int, *, with_findings: bool) -> None:
    findings = edit.keys("finding", layer, fid)
    if findings and not with_findings:
        message = _("There are findings at {element}: {n}.").format(element=edit.named(layer, fid), n=len(findings))
        raise EditError(message, _("Retire it instead, or delete them with it."))
    for one in findings:
        for picture in edit.keys("attachment", "finding", one):
            edit.remove("attachment", picture)
        edit.remove("finding", one)


def _attachments(edit: BasicEdit, layer: str, fid: int) -> list[int]:
    return [one for one in edit.keys("attachment", "element_fid", fid) if edit.row("attachment", one)["layer"] == layer]


# -- printed ids -----------------------------------------------------------------------------------------------------------


def rewrite_valve_layer(edit: BasicEdit, batch: int | None, change: Callable[[str, str], tuple[str, str] | None]) -> None:
    """Change, or drop, rows of the valve layer that a model of this batch came with: id of a link, id of a node."""
    for (fid,) in edit.ask("SELECT fid FROM model_text WHERE section = ? AND batch IS ?", VALVE_LAYER, batch):
        lines = json.loads(edit.row("model_text", fid)["lines"])
        valves = layered_valves(-1, [ModelText(VALVE_LAYER, tuple(lines))])
        changed = [change(link, node) for _batch, link, node in valves]
        if changed != [valve[1:] for valve in valves]:
            rows = [",".join(pair) for pair in changed if pair is not None]
            edit.write("model_text", fid, {"lines": json.dumps([*lines[:1], *rows], ensure_ascii=False)})


def rename_in_lists(edit: BasicEdit, layer: str, old: str | None, new: Iterable[str | None]) -> None:
    """Put other ids in the place of one in patrols and shut-off plans that are not finished."""
    if not old:
        return
    names = [name for name in new if name]
    for table, column in _LISTS:
        statement = f"SELECT fid, {column} FROM {table} WHERE finished IS NULL AND instr({column}, ?)"
        for fid, text in edit.ask(statement, json.dumps(old, ensure_ascii=False)[1:-1]):
            listed = _listed(text)
            found: list[object] = []
            for item in listed or ():
                prefix = f"{layer}:" if item == f"{layer}:{old}" else ""
                found += [f"{prefix}{name}" for name in names] if item in {old, f"{layer}:{old}"} else [item]
            if listed is not None and (kept := list(dict.fromkeys(found))) != listed:
                edit.write(table, fid, {column: json.dumps(kept, ensure_ascii=False)})


def _listed(text: str) -> list[str] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, list) and all(isinstance(item, str) for item in found) else None
