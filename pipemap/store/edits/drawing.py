"""New nodes and pipes, and the course of those that are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.catalog import node_kind
from pipemap.errors import EditError
from pipemap.model.course import length_of, with_vertex
from pipemap.store import hanging
from pipemap.store.edits.ids import pipe_id, suggest_id
from pipemap.store.edits.joining import is_plain
from pipemap.store.edits.outcome import Outcome
from pipemap.store.edits.splitting import Side, split
from pipemap.store.edits.turning import move_end
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from pipemap.store.editing import BasicEdit
    from pipemap.store.validation import Values

End = str | int | Mapping[str, object] | None
"""Where a drawn pipe ends: a node by id or key, ``pipe:ID`` for a place on a pipe, fields of the node to make, or nothing."""


def add_node(edit: BasicEdit, x: float, y: float, values: Mapping[str, object] | None = None) -> Outcome:
    """Add a node; its id follows the survey's habit, and what it is to the network its feature and appurtenance.

    Returns
    -------
    Outcome
        ``nodes``: the node.

    Raises
    ------
    EditError
        A field does not exist or cannot hold its value.
    """
    given: dict[str, Any] = {"x": x, "y": y} | dict(values or {})
    category = given.get("category")
    if given.get("id") is None:
        given["id"] = suggest_id(edit, "node", category=category)
    if given.get("kind") is None:
        feature, appurtenance = (str(given.get(name) or "") for name in ("feature", "appurtenance"))
        given["kind"] = str(node_kind(category, feature, appurtenance))
    return Outcome((edit.insert("node", given),))


def move_node(edit: BasicEdit, node: str | int, x: float, y: float, *, ground: float | None = None) -> Outcome:
    """Put a node elsewhere; the pipes that end at it follow.

    With another ground the depths of their ends stay, and the levels follow.

    Returns
    -------
    Outcome
        ``nodes``: the node; ``pipes``: those that follow.
    """
    fid = edit.find("node", node)
    edit.update("node", fid, x=x, y=y, **({} if ground is None else {"ground": ground}))
    return Outcome((fid,), tuple(edit.pipes_at(fid)))


def draw(
    edit: BasicEdit,
    course: ArrayLike,
    values: Mapping[str, object] | None = None,
    *,
    start: End = None,
    end: End = None,
) -> Outcome:
    """Draw a pipe along a course, from node to node.

    Depth, level and their reference at an end that is given none are those of the neighbour there, the deepest of its category;
    an end without a neighbour lies as deep as the other. Category and batch are a neighbour's where none are given.

    Parameters
    ----------
    course
        All vertices (k, 2 or 3), the ends included.
    values
        Fields of the pipe.
    start, end
        A node by id or key; ``pipe:ID`` for a place on a pipe, which is parted there; fields of the node that is made there.

    Returns
    -------
    Outcome
        ``nodes``: the two ends; ``pipes``: the new pipe, then the pieces of those that were parted.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        An id names none, or several.
    EditError
        The course has no two places, or both ends are one node.
    """
    xyz = _vertices(course)
    given: dict[str, Any] = dict(values or {})
    pieces: list[int] = []
    ends = [_end(edit, what, xyz[at], pieces) for what, at in ((start, 0), (end, -1))]
    like = _taken_after(edit, given, ends)
    nodes: list[int] = []
    for node, what, at in zip(ends, (start, end), (0, -1), strict=True):
        known = [*nodes, *(one for one in ends if one is not None)]
        nodes.append(_new_node(edit, what, xyz[at], given, known) if node is None else node)
    if nodes[0] == nodes[1]:
        raise EditError(_("A pipe leads from one node to another."))
    notes = _levels(edit, given, nodes, ends)
    given |= {"from_fid": nodes[0], "to_fid": nodes[1]}
    if given.get("id") is None:
        names = [edit.row("node", node)["id"] for node in nodes]
        given["id"] = pipe_id(edit, like, names[0], names[1])
    pipe = edit.insert("pipe", given, course=xyz)
    _slope(edit, pipe)
    return Outcome((nodes[0], nodes[1]), (pipe, *pieces), notes=notes)


def extend(
    edit: BasicEdit,
    pipe: str | int,
    end: Side,
    course: ArrayLike,
    *,
    to: str | int | None = None,
    ground: float | None = None,
) -> Outcome:
    """Lead a pipe further from an end at which it ends alone; the old end becomes a vertex.

    Stations of findings that count from that end grow by what was added.

    Parameters
    ----------
    course
        The further vertices (k, 2 or 3), the new end included.
    to
        A node to end at; without it the node of the old end moves along.
    ground
        Level of the ground at the new end, where the node moves along.

    Returns
    -------
    Outcome
        ``nodes``: the node at the new end; ``pipes``: the pipe.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        An id names none, or several.
    EditError
        Other pipes meet at that end, or something stands there that would be left behind.
    """
    fid = edit.find("pipe", pipe)
    row = edit.row("pipe", fid)
    node = row[f"{end}_fid"]
    name = edit.named("node", node)
    if edit.pipes_at(node) != [fid]:
        raise EditError(_("Other pipes end at {node} too.").format(node=name), _("Draw a new pipe from there instead."))
    if to is not None and not is_plain(edit.row("node", node)):
        raise EditError(
            _("{node} is more than a point; it cannot be left out.").format(node=name), _("Draw a new pipe from there.")
        )
    before = _bendable(edit, fid)
    further = _vertices(course, least=1)
    whole = np.concatenate([before, further]) if end == "to" else np.concatenate([further[::-1], before])
    hanging.name_starts(edit, fid, row["from_fid"])
    there = node
    if to is None:
        move_node(edit, node, float(further[-1, 0]), float(further[-1, 1]), ground=ground)
    else:
        there = edit.find("node", to)
        move_end(edit, fid, end, there)
    _lengthen(edit, fid, node, there, length_of(whole) - length_of(before))
    edit.reroute(fid, whole)
    if to is not None:
        hanging.check_no_section_ends(edit, node)
        hanging.move_node(edit, node, there)
        edit.remove("node", node)
    _slope(edit, fid)
    return Outcome((there,), (fid,))


def add_vertex(edit: BasicEdit, pipe: str | int, x: float, y: float, *, level: float | None = None) -> Outcome:
    """Bend a pipe: put a vertex into the straight part that is nearest to a place.

    Without a level the vertex lies on the line between its neighbours.
    """
    fid = edit.find("pipe", pipe)
    course = _bendable(edit, fid)
    made = with_vertex(course, np.array([x, y, np.nan if level is None else level]))
    edit.reroute(fid, _filled(made))
    return Outcome(pipes=(fid,))


def move_vertex(edit: BasicEdit, pipe: str | int, index: int, x: float, y: float, *, level: float | None = None) -> Outcome:
    """Put a vertex of a pipe elsewhere, counted from 0; its ends move with their nodes.

    Raises
    ------
    EditError
        There is no such vertex between its ends.
    """
    fid = edit.find("pipe", pipe)
    course = _bendable(edit, fid)
    _check_between(edit, fid, course, index)
    course[index] = [x, y, course[index, 2] if level is None else level]
    edit.reroute(fid, course)
    return Outcome(pipes=(fid,))


def delete_vertex(edit: BasicEdit, pipe: str | int, index: int) -> Outcome:
    """Straighten a pipe: take a vertex between its ends away, counted from 0.

    Raises
    ------
    EditError
        There is no such vertex between its ends.
    """
    fid = edit.find("pipe", pipe)
    course = _bendable(edit, fid)
    _check_between(edit, fid, course, index)
    edit.reroute(fid, np.delete(course, index, axis=0))
    return Outcome(pipes=(fid,))


def _bendable(edit: BasicEdit, pipe: int) -> NDArray[np.float64]:
    course = edit.course(edit.row("pipe", pipe))
    if not len(course):
        raise EditError(_("{pipe} has no course.").format(pipe=edit.named("pipe", pipe)), _("Give its ends a place first."))
    return course


def _check_between(edit: BasicEdit, pipe: int, course: NDArray[np.float64], index: int) -> None:
    if not 0 < index < len(course) - 1:
        message = _("{pipe} has no vertex {index} between its ends.").format(pipe=edit.named("pipe", pipe), index=index)
        raise EditError(message, _("Its ends move with their nodes."))


def _vertices(course: ArrayLike, *, least: int = 2) -> NDArray[np.float64]:
    try:
        xyz = np.array(course, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise EditError(_("A course is a list of east, north and level.")) from error
    if xyz.ndim != 2 or len(xyz) < least or xyz.shape[1] not in {2, 3} or not np.isfinite(xyz[:, :2]).all():  # noqa: PLR2004
        raise EditError(_("A course has at least two vertices of east, north and, where known, level."))
    return xyz if xyz.shape[1] == 3 else np.column_stack([xyz, np.full(len(xyz), np.nan)])  # noqa: PLR2004


def _end(edit: BasicEdit, what: End, place: NDArray[np.float64], pieces: list[int]) -> int | None:
    """Return the node that a drawn pipe ends at, a pipe being parted where it ends on one; None where one is to be made."""
    if what is None or isinstance(what, Mapping):
        return None
    if isinstance(what, str) and what.startswith("pipe:"):
        done = split(edit, what, at=(float(place[0]), float(place[1])))
        pieces += done.pipes
        return done.nodes[0]
    return edit.find("node", what)


def _taken_after(edit: BasicEdit, given: dict[str, Any], ends: list[int | None]) -> Values | None:
    """Return a pipe at one of the ends that the new one follows; its category and batch are given where none are."""
    rows = [_neighbour(edit, node, given.get("category")) for node in ends]
    like = next((row for row in rows if row is not None), None)
    if like is not None:
        given |= {name: like[name] for name in ("category", "batch") if given.get(name) is None}
    return like


def _neighbour(edit: BasicEdit, node: int | None, category: object) -> Values | None:
    """Return the pipe at a node that a new one follows: of its category, in use, the deepest."""
    if node is None:
        return None
    rows = [edit.row("pipe", pipe) for pipe in edit.pipes_at(node)]
    rows = [row for row in rows if (category is None or row["category"] == category) and row["lifecycle"] in {None, "in_use"}]
    return max(rows, key=lambda row: (_at(row, node)["depth"] or 0.0, -row["fid"]), default=None)


def _at(pipe: Values, node: int) -> Values:
    side = "from" if pipe["from_fid"] == node else "to"
    return {what: pipe[f"{side}_{what}"] for what in ("depth", "level", "reference")}


def _new_node(edit: BasicEdit, what: End, place: NDArray[np.float64], pipe: Mapping[str, Any], others: list[int]) -> int:
    given: dict[str, Any] = {name: pipe.get(name) for name in ("category", "batch", "lifecycle", "road")}
    given |= what if isinstance(what, Mapping) else {}
    if given.get("id") is None and others:
        like = edit.row("node", others[0])["id"]
        given["id"] = suggest_id(edit, "node", category=given["category"], like=like)
    return add_node(edit, float(place[0]), float(place[1]), given).nodes[0]


def _levels(edit: BasicEdit, given: dict[str, Any], nodes: list[int], ends: list[int | None]) -> tuple[str, ...]:
    """Take depths and levels of ends that are given none from neighbours; say which were taken."""
    notes = []
    sides = ("from", "to")
    for side, node in zip(sides, ends, strict=True):
        like = _neighbour(edit, node, given.get("category"))
        if like is None or node is None or any(given.get(f"{side}_{what}") is not None for what in ("depth", "level")):
            continue
        there = {f"{side}_{what}": value for what, value in _at(like, node).items() if given.get(f"{side}_{what}") is None}
        if there.get(f"{side}_depth") is not None and edit.row("node", node)["ground"] is not None:
            there.pop(f"{side}_level", None)  # it follows from the depth
        given.update(there)
        if given.get(f"{side}_depth") is not None or given.get(f"{side}_level") is not None:
            names = {"node": edit.named("node", node), "pipe": edit.named("pipe", like["fid"])}
            notes.append(_("Depth at {node} as that of {pipe}.").format(**names))
    for side, other in (sides, sides[::-1]):
        if given.get(f"{side}_reference") is None:
            given[f"{side}_reference"] = given.get(f"{other}_reference")
        known = any(given.get(f"{side}_{what}") is not None for what in ("depth", "level"))
        if not known and given.get(f"{other}_depth") is not None:
            given[f"{side}_depth"] = given[f"{other}_depth"]
            notes.append(_("Depth at {node} as at the other end.").format(node=edit.named("node", nodes[sides.index(side)])))
    return tuple(notes)


def _filled(course: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give vertices between the ends that have no level one on the line between those that have."""
    unknown = np.isnan(course[:, 2])
    if unknown.any() and np.isfinite(course[[0, -1], 2]).all():
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(course[:, :2], axis=0).T))])
        course[unknown, 2] = np.interp(along[unknown], along[~unknown], course[~unknown, 2])
    return course


def _slope(edit: BasicEdit, pipe: int) -> None:
    """Let vertices without a level lie on the line between the ends of the pipe."""
    course = edit.course(edit.row("pipe", pipe))
    if len(course) > 2 and np.isnan(course[:, 2]).any():  # noqa: PLR2004 -- its ends and more
        edit.set_course(pipe, {}, _filled(course))


def _lengthen(edit: BasicEdit, pipe: int, old: int, new: int, added: float) -> None:
    row = edit.row("pipe", pipe)
    if row["length"] is not None:
        edit.write("pipe", pipe, {"length": row["length"] + added})
    for fid in edit.keys("finding", "pipe", pipe):
        finding = edit.row("finding", fid)
        if finding["from_node"] == old and finding["station"] is not None:
            edit.write("finding", fid, {"from_node": new, "station": round(finding["station"] + added, 6)})
