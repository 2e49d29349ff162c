"""What becomes of elements: another type, out of use, replaced by a new pipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipemap.catalog import node_kind
from pipemap.catalog.kinds import IN_LINE_DEVICES
from pipemap.errors import EditError
from pipemap.model.course import length_of
from pipemap.model.network import NOT_IN_USE
from pipemap.store import hanging
from pipemap.store.edits.ids import pipe_id
from pipemap.store.edits.joining import is_plain
from pipemap.store.edits.outcome import Outcome
from pipemap.store.edits.splitting import split
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.fields import Layer
    from pipemap.store.editing import BasicEdit
    from pipemap.store.validation import Values

_OF_A_VALVE = ("state", "normal_state", "operable", "inoperable_reason", "arm_pipe", "turns", "turn_direction", "last_operated")
_LEAST = 1e-6


def change_type(edit: BasicEdit, layer: Layer, element: str | int, **fields: object) -> Outcome:
    """Say that an element is something else, under the id that it has.

    What a node is to the network follows from its new feature and appurtenance, unless ``kind`` says it; what only a device in
    the line has (state, turns, arm) goes with the device.

    Returns
    -------
    Outcome
        The element.
    """
    fid = edit.find(layer, element)
    if layer == "pipe":
        edit.update("pipe", fid, **fields)
        return Outcome(pipes=(fid,))
    row = edit.row("node", fid) | fields
    given: dict[str, Any] = dict(fields)
    if "kind" not in given:
        given["kind"] = str(node_kind(*(str(row[name] or "") for name in ("category", "feature", "appurtenance"))))
    if given["kind"] not in IN_LINE_DEVICES:
        given |= {name: None for name in _OF_A_VALVE if name not in fields and row[name] is not None}
    edit.update("node", fid, **given)
    return Outcome((fid,))


def retire(edit: BasicEdit, layer: Layer, element: str | int, lifecycle: str = "abandoned") -> Outcome:
    """Take an element out of use without deleting it: traces follow it no more, digging still meets it.

    Of a pipe, points at its ends go out of use with it where nothing else is in use there; of a node, its pipes do.

    Parameters
    ----------
    lifecycle
        ``out_of_use``, ``empty``, ``abandoned`` or ``removed``.

    Returns
    -------
    Outcome
        Everything that went out of use.

    Raises
    ------
    EditError
        That is no way of being out of use.
    """
    if lifecycle not in NOT_IN_USE:
        message = _("“{value}” is no way of being out of use.").format(value=lifecycle)
        raise EditError(message, _("It is one of {values}.").format(values=", ".join(NOT_IN_USE)))
    fid = edit.find(layer, element)
    pipes = [fid] if layer == "pipe" else edit.pipes_at(fid)
    pipes = [pipe for pipe in pipes if (pipe == fid and layer == "pipe") or _in_use(edit.row("pipe", pipe))]
    nodes = [] if layer == "pipe" else [fid]
    for pipe in pipes:
        edit.write("pipe", pipe, {"lifecycle": lifecycle})
    for pipe in pipes:
        row = edit.row("pipe", pipe)
        nodes += [node for node in (row["from_fid"], row["to_fid"]) if node not in nodes and _is_left(edit, node)]
    for node in nodes:
        edit.write("node", node, {"lifecycle": lifecycle})
    return Outcome(tuple(nodes), tuple(pipes))


def replace(
    edit: BasicEdit,
    pipe: str | int,
    values: Mapping[str, object],
    *,
    start: float | None = None,
    end: float | None = None,
    lifecycle: str = "abandoned",
) -> Outcome:
    """Replace a pipe, or a stretch of it, by a new one along the same course; the old goes out of use.

    Customers, valve arms, plans and patrols go to the new pipe; findings stay with the old, which had them.

    Parameters
    ----------
    values
        Fields in which the new pipe differs: ``material``, ``diameter_mm``, ``built`` …
    start, end
        Stations between which it is replaced, metres from its first end; without them from end to end.
    lifecycle
        What becomes of the old pipe: ``abandoned``, or ``removed`` where the new lies in its place.

    Returns
    -------
    Outcome
        ``pipes``: the new one, the old one, then what is left of the pipe beside them; ``nodes``: those between.

    Raises
    ------
    EditError
        The stretch has no length.
    """
    old = edit.find("pipe", pipe)
    nodes: list[int] = []
    left: list[int] = []
    row = edit.row("pipe", old)
    length = float(row["length"] or (length_of(edit.course(row)) if row["geom"] else 0.0))
    start, end = start or 0.0, length if end is None else end
    if not 0 <= start < end <= length + _LEAST:
        raise EditError(_("From {start} to {end} m there is nothing to replace.").format(start=f"{start:g}", end=f"{end:g}"))
    if end < length - _LEAST:
        done = split(edit, old, station=end)
        nodes, left = [*done.nodes], [done.pipes[1]]
    if start > _LEAST:
        done = split(edit, old, station=start)
        nodes, left = [*done.nodes, *nodes], [done.pipes[0], *left]
        old = done.pipes[1]
    new = _renewed(edit, old, values)
    for customer in edit.keys("customer", "pipe", old):
        edit.write("customer", customer, {"pipe": new})
    edit.write("pipe", old, {"lifecycle": lifecycle})
    return Outcome(tuple(nodes), (new, old, *left))


def _renewed(edit: BasicEdit, old: int, values: Mapping[str, object]) -> int:
    """Add the pipe that lies where another lay."""
    row = edit.row("pipe", old)
    given = {name: value for name, value in row.items() if name not in {"fid", "geom", "id", "lifecycle", "photo", "size_text"}}
    name = pipe_id(edit, row, row["from_node"], row["to_node"])
    new = edit.add("pipe", given | {"id": name})
    edit.set_course(new, {}, edit.course(row))
    edit.update("pipe", new, **values)
    for node in {row["from_fid"], row["to_fid"]}:
        if edit.row("node", node)["arm_pipe"] == old:
            edit.write("node", node, {"arm_pipe": new})
    name = edit.row("pipe", new)["id"]
    hanging.rename_in_lists(edit, "pipe", row["id"], [name])
    hanging.rewrite_valve_layer(edit, row["batch"], lambda link, node: (name if link == row["id"] else link, node))
    return new


def _in_use(row: Values) -> bool:
    return row["lifecycle"] not in NOT_IN_USE


def _is_left(edit: BasicEdit, node: int) -> bool:
    """Whether a point is in use and no pipe there is any more."""
    row = edit.row("node", node)
    if not _in_use(row) or not is_plain(row):
        return False
    return not any(_in_use(edit.row("pipe", pipe)) for pipe in edit.pipes_at(node))
