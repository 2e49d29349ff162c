"""Turning a pipe round, and giving one of its ends another node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.catalog.kinds import ONE_WAY_PIPES
from pipemap.errors import EditError
from pipemap.store import hanging
from pipemap.store.edits.outcome import Outcome
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store.editing import BasicEdit
    from pipemap.store.edits.splitting import Side

_TURNED = {"+": "-", "-": "+"}
_BY_END = ("fid", "node", "depth", "reference", "level")


def reverse(edit: BasicEdit, pipe: str | int, *, turn_flow: bool = False) -> Outcome:
    """Exchange the two ends of a pipe: nodes, depths, levels, their references, the order of vertices.

    Nothing moves and the water flows where it did: a recorded direction is written the other way round, stations of findings
    name the end that they count from.

    Parameters
    ----------
    turn_flow
        The recorded direction was wrong too: it stays as written, and so means the other way now.

    Returns
    -------
    Outcome
        ``pipes``: the pipe.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        The id names none, or several.
    EditError
        It is a device that passes flow one way, and its flow is not to be turned.
    """
    fid = edit.find("pipe", pipe)
    row = edit.row("pipe", fid)
    if row["kind"] in ONE_WAY_PIPES and not turn_flow:
        message = _("{pipe} passes flow only from its first to its second node.").format(pipe=edit.named("pipe", fid))
        raise EditError(message, _("Reverse it with its flow, if it stands the wrong way round."))
    given = {f"from_{what}": row[f"to_{what}"] for what in _BY_END} | {f"to_{what}": row[f"from_{what}"] for what in _BY_END}
    if not turn_flow:
        given["flow"] = _TURNED.get(row["flow"], row["flow"])
        if row["conduit_direction"]:
            given |= {"flow": (row["flow"] and given["flow"]) or "-", "conduit_direction": None}
    hanging.name_starts(edit, fid, row["from_fid"])
    edit.set_course(fid, given, edit.course(row)[::-1])
    return Outcome(pipes=(fid,))


def reconnect(edit: BasicEdit, pipe: str | int, end: Side, node: str | int) -> Outcome:
    """Give one end of a pipe another node; its last vertex goes there.

    The depth of that end stays and its level follows the ground; findings that count from the old node count from the new one.

    Returns
    -------
    Outcome
        ``nodes``: the node that it left and the one that it ends at now; ``pipes``: the pipe.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        An id names none, or several.
    EditError
        There is no such end, or it is there already.
    """
    if end not in {"from", "to"}:
        raise EditError(_("A pipe has no end “{end}”.").format(end=end), "from, to")
    fid, there = edit.find("pipe", pipe), edit.find("node", node)
    row = edit.row("pipe", fid)
    left = row[f"{end}_fid"]
    if left == there:
        message = _("{pipe} ends at {node} already.")
        raise EditError(message.format(pipe=edit.named("pipe", fid), node=edit.named("node", there)))
    hanging.name_starts(edit, fid, row["from_fid"])
    move_end(edit, fid, end, there)
    for finding in edit.keys("finding", "pipe", fid):
        if edit.row("finding", finding)["from_node"] == left:
            edit.write("finding", finding, {"from_node": there})
    if edit.row("node", left)["arm_pipe"] == fid and left not in {
        edit.row("pipe", fid)[f"{side}_fid"] for side in ("from", "to")
    }:
        edit.write("node", left, {"arm_pipe": None})
    return Outcome((left, there), (fid,))


def move_end(edit: BasicEdit, pipe: int, end: Side, node: int) -> None:
    """Let a pipe end at another node: the depth there stays, its level follows the ground; valve layers follow."""
    row = edit.row("pipe", pipe)
    depth, old = row[f"{end}_depth"], row[f"{end}_node"]
    kept = {f"{end}_depth": depth} if depth is not None and edit.row("node", node)["ground"] is not None else {}
    edit.update("pipe", pipe, **{f"{end}_fid": node}, **kept)
    new = edit.row("node", node)["id"]
    hanging.rewrite_valve_layer(
        edit, row["batch"], lambda link, valve: (link, new if (link, valve) == (row["id"], old) else valve)
    )
