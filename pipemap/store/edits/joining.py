"""Two pipes into one, two nodes into one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.catalog import node_kind
from pipemap.catalog.kinds import DEVICE_PIPES, NodeKind
from pipemap.errors import EditError
from pipemap.model.course import length_of
from pipemap.model.fields import fields
from pipemap.store import hanging
from pipemap.store.edits.ids import free_id, is_made_of_ends
from pipemap.store.edits.outcome import Conflict, Outcome, united
from pipemap.store.edits.turning import move_end, reverse
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store.editing import BasicEdit
    from pipemap.store.validation import Values

_POINTS = frozenset({NodeKind.POINT, NodeKind.JUNCTION, NodeKind.DEAD_END, NodeKind.PLACEHOLDER})
"""Roles of nodes at which nothing stands."""

_ENDS = {f"{side}_{what}" for side in ("from", "to") for what in ("fid", "node", "depth", "reference", "level")}
_NOT_UNITED = _ENDS | {"id", "batch", "length", "minor_loss", "flow", "conduit_direction"}
_SAME_LEVEL = 0.005
"""Metres within which two levels are one."""


def is_plain(node: Values) -> bool:
    """Whether nothing stands at a node: it can go when two pipes become one."""
    return _role(node) in _POINTS and not node["appurtenance"] and node["state"] is None


def _role(node: Values) -> str:
    return node["kind"] or str(node_kind(*(node[name] or "" for name in ("category", "feature", "appurtenance"))))


def join(edit: BasicEdit, node: str | int, *, keep: str | int | None = None) -> Outcome:
    """Make one pipe of the two that meet at a node; the node goes, its place stays as a vertex.

    Where both know an attribute differently one value stays, and the outcome says of each what was dropped. Findings, customers,
    valve arms, plans and patrols follow.

    Parameters
    ----------
    keep
        The pipe whose key, id, direction and attributes stay; without it the longer one.

    Returns
    -------
    Outcome
        ``pipes``: the one pipe; ``conflicts``: in which attributes the two differed.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        An id names none, or several.
    EditError
        Not two pipes meet there, something stands there that would be lost, or they join the same two nodes.
    """
    middle = edit.find("node", node)
    stays, goes = _pair(edit, middle, keep)
    if edit.row("pipe", stays)["to_fid"] == middle:
        one, other = stays, goes
    else:
        one, other = goes, stays
    turned = edit.row("pipe", goes)
    if turned["to_fid" if goes == one else "from_fid"] != middle:
        reverse(edit, goes)
    first, second = edit.row("pipe", one), edit.row("pipe", other)
    kept, dropped = (first, second) if stays == one else (second, first)
    taken, conflicts = united(kept, dropped, [name for name in fields("pipe") if name not in _NOT_UNITED])
    taken |= {name: value for name, value in _flow(kept, dropped).items() if name not in taken}
    lengths = [float(row["length"] or (length_of(edit.course(row)) if row["geom"] else 0.0)) for row in (first, second)]
    hanging.join_findings(edit, (one, other), (first["from_fid"], middle, second["to_fid"]), (lengths[0], lengths[1]))
    hanging.move_pipe(edit, goes, stays)
    hanging.check_no_section_ends(edit, middle)
    hanging.node_onto_pipe(edit, middle, stays, start=first["from_fid"], station=lengths[0])
    course, step = _joined(edit, first, second)
    edit.remove("pipe", goes)
    edit.set_course(
        stays, taken | _ends(first, second) | _sums(first, second, lengths) | _renamed(edit, kept, first, second), course
    )
    edit.remove("node", middle)
    _rename(edit, kept, dropped, edit.row("pipe", stays)["id"])
    return Outcome(pipes=(stays,), conflicts=(*conflicts, *step))


def _pair(edit: BasicEdit, middle: int, keep: str | int | None) -> tuple[int, int]:
    """Return the pipe that stays and the one that goes."""
    row, name = edit.row("node", middle), edit.named("node", middle)
    pipes = edit.pipes_at(middle)
    rows = [edit.row("pipe", pipe) for pipe in pipes]
    if len(pipes) != 2 or any(pipe["from_fid"] == pipe["to_fid"] for pipe in rows):  # noqa: PLR2004 -- a pair
        raise EditError(_("Not two pipes but {n} meet at {node}.").format(n=len(pipes), node=name))
    if not is_plain(row):
        from pipemap.model.wording import kind_label

        message = _("{node} is more than a point ({kind}); joining would lose it.")
        raise EditError(
            message.format(node=name, kind=kind_label(_role(row))), _("Change its type first if nothing stands there.")
        )
    if {rows[0]["from_fid"], rows[0]["to_fid"]} == {rows[1]["from_fid"], rows[1]["to_fid"]}:
        raise EditError(_("The two pipes at {node} lead to the same node.").format(node=name))
    for pipe in rows:
        if pipe["kind"] in DEVICE_PIPES:
            raise EditError(_("{pipe} is a device of a model; it cannot be joined.").format(pipe=edit.named("pipe", pipe["fid"])))
    stays = max(pipes, key=lambda pipe: (length_of(c) if len(c := edit.course(edit.row("pipe", pipe))) else 0.0, -pipe))
    if keep is not None:
        stays = edit.find("pipe", keep)
        if stays not in pipes:
            raise EditError(_("{pipe} does not end at {node}.").format(pipe=edit.named("pipe", stays), node=name))
    return stays, pipes[0] if pipes[1] == stays else pipes[1]


def _flow(kept: Values, dropped: Values) -> dict[str, Any]:
    """The direction of flow, which a pipe drawn by a model may have in another column."""
    if kept["flow"] is None and not kept["conduit_direction"]:
        return {"flow": "+" if dropped["conduit_direction"] else dropped["flow"]}
    return {}


def _joined(edit: BasicEdit, first: Values, second: Values) -> tuple[np.ndarray[Any, np.dtype[np.float64]], tuple[Conflict, ...]]:
    """Return the course of both, and the step between them that one pipe cannot have."""
    before, behind = edit.course(first), edit.course(second)
    if not len(before) or not len(behind):
        return np.empty((0, 3)), ()
    levels = float(before[-1, 2]), float(behind[0, 2])
    if not np.isfinite(levels[0]):
        before[-1, 2] = levels[1]
    step = abs(levels[0] - levels[1]) > _SAME_LEVEL  # False where one is unknown
    lost = (Conflict("to_level", round(levels[0], 3), round(levels[1], 3)),) if step else ()
    return np.concatenate([before, behind[1:]]), lost


def _ends(first: Values, second: Values) -> Values:
    sides = (("from", first), ("to", second))
    return {
        f"{side}_{what}": row[f"{side}_{what}"] for side, row in sides for what in ("fid", "node", "depth", "reference", "level")
    }


def _sums(first: Values, second: Values, lengths: list[float]) -> Values:
    """What a pipe has once for all its length."""
    found: Values = {}
    if first["length"] is not None or second["length"] is not None:
        found["length"] = round(sum(lengths), 6)
    if first["minor_loss"] is not None or second["minor_loss"] is not None:
        found["minor_loss"] = (first["minor_loss"] or 0.0) + (second["minor_loss"] or 0.0)
    return found


def _renamed(edit: BasicEdit, kept: Values, first: Values, second: Values) -> Values:
    """A pipe that is called after its ends is called after its new ones."""
    if not is_made_of_ends(kept):
        return {}
    base = f"{first['from_node'] or '?'}-{second['to_node'] or '?'}"
    return {"id": free_id(edit, "pipe", base, but=kept["fid"])}


def _rename(edit: BasicEdit, kept: Values, dropped: Values, name: str | None) -> None:
    """Lists and valve layers that name one of the two name what they became."""
    for row in (kept, dropped):
        hanging.rename_in_lists(edit, "pipe", row["id"], [name])
        _rename_in_valve_layer(edit, row, name or "")


def _rename_in_valve_layer(edit: BasicEdit, row: Values, name: str) -> None:
    hanging.rewrite_valve_layer(edit, row["batch"], lambda link, node: (name if link == row["id"] else link, node))


def merge(edit: BasicEdit, gone: str | int, stays: str | int) -> Outcome:
    """Make one node of two: pipes, findings, customers and everything else of the first are the second's afterwards.

    What the second does not know it takes from the first; where both know something else the second's stays, and the outcome
    says so. A pipe between the two goes.

    Returns
    -------
    Outcome
        ``nodes``: the node that stays; ``pipes``: those that end there now and did not before; ``conflicts``.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        An id names none, or several.
    EditError
        Both are the same, or findings lie at a pipe between the two.
    """
    one, other = edit.find("node", gone), edit.find("node", stays)
    if one == other:
        raise EditError(_("These are one node already."))
    notes = []
    moved = []
    for pipe in edit.pipes_at(one):
        row = edit.row("pipe", pipe)
        if {row["from_fid"], row["to_fid"]} == {one, other}:
            notes.append(_("{pipe} led from one to the other and is gone.").format(pipe=edit.named("pipe", pipe)))
            edit.delete("pipe", pipe)
            continue
        hanging.name_starts(edit, pipe, row["from_fid"])
        for side in ("from", "to"):
            if row[f"{side}_fid"] == one:
                move_end(edit, pipe, side, other)
        moved.append(pipe)
    hanging.move_node(edit, one, other)
    before, kept = edit.row("node", one), edit.row("node", other)
    names = [name for name in fields("node") if name not in {"id", "batch", "kind"}]
    taken, conflicts = united(kept, before, names)
    if is_plain(kept) and not is_plain(before):
        taken["kind"] = before["kind"]
    elif not is_plain(kept) and not is_plain(before) and kept["kind"] != before["kind"]:
        conflicts = (*conflicts, Conflict("kind", kept["kind"], before["kind"]))
    edit.remove("node", one)
    place = edit.place(before)
    if not np.isfinite(edit.place(kept)[:2]).all() and np.isfinite(place[:2]).all():
        taken |= {"x": float(place[0]), "y": float(place[1])}
    if taken:
        edit.update("node", other, **taken)
    hanging.rename_in_lists(edit, "node", before["id"], [kept["id"]])
    return Outcome((other,), tuple(moved), conflicts, tuple(notes))
