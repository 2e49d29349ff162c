"""Fixes of how pipes and points meet: made of what a person can do in the map too."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pipemap.jobs.fixes.registry import CannotFixError, Case, fixes
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.store.edits import Edit


@fixes("merge", N_("Make one point of the two"), "near-miss", "duplicate-place")
def merge(edit: Edit, case: Case) -> None:
    """Let the pipes of the point end at the other, which takes over what it does not know; the one with more pipes stays."""
    edit.row("node", case.other)
    gone, stays = case.fid, case.other
    if len(edit.pipes_at(gone)) > len(edit.pipes_at(stays)):
        gone, stays = stays, gone
    edit.merge(gone, stays)


@fixes("split", N_("Lead the pipe through the point"), "node-on-pipe")
def split_at_point(edit: Edit, case: Case) -> None:
    """Part the pipe on which the point lies."""
    edit.split(case.other, node=case.fid)


@fixes("cross", N_("Join them where they cross"), "crossing-without-node")
def join_crossing(edit: Edit, case: Case) -> None:
    """Put a point where two pipes cross, and lead both through it."""
    import shapely

    courses = [edit.course(edit.row("pipe", fid)) for fid in (case.fid, case.other)]
    if any(len(course) < 2 for course in courses):  # noqa: PLR2004 -- no line
        raise CannotFixError(_("One of the two has no course."))
    one, other = (shapely.LineString(course[:, :2]) for course in courses)
    place = one.intersection(other)
    if not isinstance(place, shapely.Point) or place.is_empty:
        raise CannotFixError(_("They do not cross at one place."))
    made = edit.split(case.fid, at=(place.x, place.y))
    edit.split(case.other, node=made.nodes[0])


@fixes("unite", N_("Make one point of its ends"), "short-pipe")
def unite_ends(edit: Edit, case: Case) -> None:
    """Take the pipe away and make one point of its ends: the one with more pipes stays."""
    row = edit.row("pipe", case.fid)
    ends = sorted((row["from_fid"], row["to_fid"]), key=lambda node: len(edit.pipes_at(node)))
    if ends[0] == ends[1]:
        raise CannotFixError(_("It begins and ends at one point."))
    edit.merge(*ends)


@fixes("part", N_("Give each kind a point of its own"), "storm-into-sewer")
def part_kinds(edit: Edit, case: Case) -> None:
    """Let the pipes of this category end at a point of their own, at the same place; those of the other keep theirs."""
    node, category = edit.row("node", case.other), edit.row("pipe", case.fid)["category"]
    rows = [edit.row("pipe", fid) for fid in edit.pipes_at(case.other)]
    mine = [row for row in rows if row["category"] == category]
    if not mine or len(mine) == len(rows):
        raise CannotFixError(_("Pipes of one category end there: the point says another, or the pipes do."))
    east, north, ground = edit.place(node).tolist()
    if not math.isfinite(east + north):
        raise CannotFixError(_("The point has no place."))
    about = {name: node[name] for name in ("feature", "appurtenance", "batch", "lifecycle", "road")}
    given = about | {"category": category, "ground": ground if math.isfinite(ground) else None}
    made = edit.add_node(east, north, {name: value for name, value in given.items() if value is not None}).nodes[0]
    for row in mine:
        for side in ("from", "to"):
            if row[f"{side}_fid"] == case.other:
                edit.reconnect(row["fid"], side, made)


@fixes("delete", N_("Delete it"), "self-loop", "duplicate-pipe", "isolated-node")
def delete(edit: Edit, case: Case) -> None:
    """Delete what is too much; with findings at it it stays."""
    edit.delete("node" if case.problem.layer == "node" else "pipe", case.fid)
