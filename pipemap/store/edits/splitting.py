"""Parting a pipe in two, and putting something in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.catalog import node_kind
from pipemap.catalog.kinds import DEVICE_PIPES
from pipemap.errors import EditError
from pipemap.model.course import Spot, cut_at, length_of, nearest_spot, point_at, spot_at, station_of
from pipemap.store import hanging
from pipemap.store.edits.ids import free_id, is_made_of_ends, suggest_id
from pipemap.store.edits.outcome import Outcome
from pipemap.store.hanging import Parting
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.store.editing import BasicEdit
    from pipemap.store.validation import Values

Side = Literal["from", "to"]
_LEAST = 1e-6
"""Metres that a piece has at least."""


def split(
    edit: BasicEdit,
    pipe: str | int,
    *,
    station: float | None = None,
    counted_from: Side = "from",
    at: tuple[float, float] | None = None,
    node: str | int | None = None,
    values: Mapping[str, object] | None = None,
) -> Outcome:
    """Part a pipe in two at a station, at the place nearest to another, or at a node that is there already.

    Both pieces have the attributes of the pipe; levels and depths between them are interpolated, its own length and loss are
    shared out. Findings, customers, valve arms, plans and patrols follow to the piece that they belong to.

    Parameters
    ----------
    station
        Metres along the pipe, as its length is told.
    counted_from
        The end from which they count.
    at
        East and north; the pipe is parted where it passes nearest.
    node
        A node to lead the pipe through; without it one is made, with an id after the survey's habit.
    values
        Fields of the new node, over those that follow from the pipe (category, batch, ground).

    Returns
    -------
    Outcome
        ``nodes``: the node between; ``pipes``: the piece at the first end, which has the key of the pipe, and the other.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        An id names none, or several.
    EditError
        The place is an end of the pipe, or it is a device that cannot be parted.
    """
    fid = edit.find("pipe", pipe)
    row = edit.row("pipe", fid)
    if row["kind"] in DEVICE_PIPES:
        raise EditError(_("{pipe} is a device of a model; it cannot be parted.").format(pipe=edit.named("pipe", fid)))
    there = None if node is None else edit.find("node", node)
    if there is not None and there in {row["from_fid"], row["to_fid"]}:
        message = _("{pipe} ends at {node} already.")
        raise EditError(message.format(pipe=edit.named("pipe", fid), node=edit.named("node", there)))
    if there is not None and station is None:
        at = _place_of(edit, there)
    place = _placed(edit, row, station=station, counted_from=counted_from, at=at)
    middle = _middle(edit, row, place, there, values or {})
    pieces = _part(edit, row, place, middle)
    return Outcome((middle.node,), pieces, notes=middle.notes)


def insert_fitting(
    edit: BasicEdit,
    pipe: str | int,
    values: Mapping[str, object],
    *,
    station: float | None = None,
    counted_from: Side = "from",
    at: tuple[float, float] | None = None,
) -> Outcome:
    """Put a valve, a fitting or a manhole into a pipe, which is parted there as by :func:`split`.

    Parameters
    ----------
    values
        Fields of the new node, ``appurtenance`` (阀门 …) or ``feature`` among them; what it is to the network follows.

    Returns
    -------
    Outcome
        As of :func:`split`.

    Raises
    ------
    UnknownElementError, AmbiguousElementError, EditError
        As :func:`split`; also where the values do not say what is put in.
    """
    if not (values.get("appurtenance") or values.get("feature") or values.get("kind")):
        raise EditError(_("Say what is put in: an appurtenance or a feature."))
    return split(edit, pipe, station=station, counted_from=counted_from, at=at, values=values)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a pipe is parted: metres from its first end, its whole length, its course, and where on it."""

    station: float
    length: float
    course: NDArray[np.float64]
    spot: Spot | None

    @property
    def share(self) -> float:
        return self.station / self.length


@dataclass(frozen=True, slots=True)
class _Middle:
    """The node between, and what both pieces have there."""

    node: int
    id: str | None
    ends: Mapping[str, float | str | None]
    point: NDArray[np.float64] | None
    notes: tuple[str, ...]


def _place_of(edit: BasicEdit, node: int) -> tuple[float, float]:
    place = edit.place(edit.row("node", node))
    if not np.isfinite(place[:2]).all():
        raise EditError(_("{node} has no place: say at which station.").format(node=edit.named("node", node)))
    return float(place[0]), float(place[1])


def _placed(edit: BasicEdit, row: Values, *, station: float | None, counted_from: Side, at: tuple[float, float] | None) -> _Place:
    course = edit.course(row)
    drawn = length_of(course) if len(course) else 0.0
    length = float(row["length"] or drawn)
    name = edit.named("pipe", row["fid"])
    if (station is None) == (at is None):
        raise EditError(_("Say where {pipe} is parted: at a station, at a place, or at a node.").format(pipe=name))
    if at is not None:
        if not len(course):
            raise EditError(_("{pipe} has no course: say at which station.").format(pipe=name))
        spot: Spot | None = nearest_spot(course, *at)
        along = station_of(course, nearest_spot(course, *at)) * (length / drawn if drawn else 1.0)
    else:
        along = float(station or 0.0) if counted_from == "from" else length - float(station or 0.0)
        spot = spot_at(course, along * drawn / length) if len(course) and length > 0 else None
    if not _LEAST < along < length - _LEAST:
        message = _("{pipe} is {length} m long; it is parted between its ends.")
        raise EditError(message.format(pipe=name, length=f"{length:.2f}"), _("Join or merge nodes at its ends instead."))
    return _Place(along, length, course, spot)


def _middle(edit: BasicEdit, row: Values, place: _Place, node: int | None, values: Mapping[str, object]) -> _Middle:
    """Make the node between, unless there is one, and work out level and depth there."""
    point = point_at(place.course, place.spot) if place.spot is not None else None
    if node is None:
        node = _insert_node(edit, row, place, point, values)
    made = edit.row("node", node)
    own = edit.place(made)
    if point is not None and np.isfinite(own[:2]).all():
        point[:2] = own[:2]
    known = _levels(row, place, point, made["ground"])
    if point is not None:
        point[2] = np.nan if known["level"] is None else float(known["level"])
    unequal = _("Its ends count depth from different heights; depth and level between them are unknown.")
    notes = (unequal,) if len(_references(row)) > 1 else ()
    return _Middle(node, made["id"], known, point, notes)


def _insert_node(
    edit: BasicEdit, row: Values, place: _Place, point: NDArray[np.float64] | None, values: Mapping[str, object]
) -> int:
    grounds = [edit.row("node", row[f"{side}_fid"])["ground"] for side in ("from", "to")]
    given: dict[str, object] = {name: row[name] for name in ("category", "batch", "lifecycle", "road", "owner", "secrecy")}
    if None not in grounds:
        given["ground"] = round(grounds[0] + (grounds[1] - grounds[0]) * place.share, 3)
    if point is not None:
        given |= {"x": round(float(point[0]), 3), "y": round(float(point[1]), 3)}
    given |= values
    feature, appurtenance = (str(given.get(name) or "") for name in ("feature", "appurtenance"))
    if given.get("kind") is None:
        given["kind"] = str(node_kind(row["category"], feature, appurtenance))
    if given.get("id") is None:
        given["id"] = suggest_id(edit, "node", category=row["category"], like=row["to_node"] or row["from_node"])
    return edit.insert("node", given)


def _references(row: Values) -> set[str | None]:
    return {row["from_reference"], row["to_reference"]} - {None}


def _levels(row: Values, place: _Place, point: NDArray[np.float64] | None, ground: float | None) -> dict[str, float | str | None]:
    """Return depth, level and reference of the pipe at the place where it is parted."""
    if len(_references(row)) > 1:
        return {"depth": None, "level": None, "reference": None}
    level = float(point[2]) if point is not None and np.isfinite(point[2]) else _between(row, "level", place.share)
    depth = _between(row, "depth", place.share)
    if level is not None and ground is not None:
        depth = ground - level
    elif level is None and depth is not None and ground is not None:
        level = ground - depth
    return {
        "depth": None if depth is None else round(depth, 6),
        "level": None if level is None else round(level, 6),
        "reference": next(iter(_references(row)), None),
    }


def _between(row: Values, what: str, share: float) -> float | None:
    one, other = row[f"from_{what}"], row[f"to_{what}"]
    return None if one is None or other is None else float(one + (other - one) * share)


def _part(edit: BasicEdit, row: Values, place: _Place, middle: _Middle) -> tuple[int, int]:
    """Write the two pieces, then let everything follow to the one that it belongs to."""
    fid, ends = row["fid"], middle.ends
    names = _ids(edit, row, middle)
    at_end = {"to_fid": middle.node, "to_node": middle.id} | {f"to_{what}": value for what, value in ends.items()}
    at_start = {"from_fid": middle.node, "from_node": middle.id} | {f"from_{what}": value for what, value in ends.items()}
    second = edit.add("pipe", {name: value for name, value in row.items() if name not in {"fid", "geom"}} | at_start
                      | {"id": names[1]} | _shares(row, 1 - place.share))  # fmt: skip
    first_course = second_course = place.course
    if place.spot is not None and middle.point is not None:
        cut = cut_at(place.course, place.spot)
        cut.first[-1] = cut.second[0] = middle.point
        first_course, second_course = cut.first, cut.second
    edit.set_course(fid, at_end | {"id": names[0]} | _shares(row, place.share), first_course)
    edit.set_course(second, {}, second_course)
    parting = Parting(row, fid, second, middle.node, place.station, place.length, place.course)
    hanging.part_findings(edit, parting)
    hanging.part_customers(edit, parting)
    hanging.part_arms(edit, parting)
    hanging.rename_in_lists(edit, "pipe", row["id"], names)
    old, far = row["id"], row["to_node"]
    hanging.rewrite_valve_layer(edit, row["batch"], lambda link, node: (names[int(node == far)] if link == old else link, node))
    return fid, second


def _ids(edit: BasicEdit, row: Values, middle: _Middle) -> tuple[str, str]:
    """Pieces of a pipe that is called after its ends are too; else the first keeps the id, and the other gets the next."""
    if is_made_of_ends(row):
        first = free_id(edit, "pipe", f"{row['from_node'] or '?'}-{middle.id or '?'}", but=row["fid"])
        return first, free_id(edit, "pipe", f"{middle.id or '?'}-{row['to_node'] or '?'}", but=row["fid"])
    return row["id"], suggest_id(edit, "pipe", like=row["id"])


def _shares(row: Values, share: float) -> Values:
    """What a pipe has once for all its length."""
    return {name: row[name] * share for name in ("length", "minor_loss") if row[name] is not None}
