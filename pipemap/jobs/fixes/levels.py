"""Fixes of levels and depths, and of the way drains flow."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from pipemap.jobs.fixes.registry import CannotFixError, Case, fixes
from pipemap.model.course import length_of
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.store.edits import Edit

_SIDES = ("from", "to")
_SAME = 0.5
"""Metres within which a depth with its decimal point moved counts as the depth beside it. Our own figure."""


@fixes("depth-from-level", N_("Depth from ground and level"), "level-mismatch", "no-depth")
def depth_from_level(edit: Edit, case: Case) -> None:
    """Depth = ground − level at both ends, where both are known."""
    _fill(edit, case, "level", "depth")


@fixes("level-from-depth", N_("Level from ground and depth"), "level-mismatch")
def level_from_depth(edit: Edit, case: Case) -> None:
    """Level = ground − depth at both ends, where both are known."""
    _fill(edit, case, "depth", "level")


def _fill(edit: Edit, case: Case, known: str, wanted: str) -> None:
    row = edit.row("pipe", case.fid)
    given: dict[str, Any] = {}
    for side in _SIDES:
        ground = edit.row("node", row[f"{side}_fid"])["ground"]
        if ground is not None and row[f"{side}_{known}"] is not None:
            value = round(ground - row[f"{side}_{known}"], 3)
            if row[f"{side}_{wanted}"] is None or abs(row[f"{side}_{wanted}"] - value) > 1e-6:  # noqa: PLR2004
                given |= {f"{side}_{known}": row[f"{side}_{known}"], f"{side}_{wanted}": value}
    if not given:
        raise CannotFixError(_("Ground, depth and level are not known together at any end that is wrong."))
    edit.update("pipe", case.fid, **given)


@fixes("depth-beside", N_("Depth of the pipe beside it"), "no-depth", "depth-out-of-range", "shallow-cover", "steep-pipe")
def depth_beside(edit: Edit, case: Case) -> None:
    """Give an end the depth at which the other pipes end at the same point; a decimal point that slipped is moved back."""
    row = edit.row("pipe", case.fid)
    given: dict[str, Any] = {}
    for side in _SIDES:
        there = [value for value in _depths_at(edit, row, side) if value is not None and value > 0]
        own = row[f"{side}_depth"]
        if not there or (own is not None and abs(own - median(there)) < _SAME):
            continue
        beside = median(there)
        slipped = [] if own is None else [value for value in (own / 10, own / 100, -own) if abs(value - beside) < _SAME]
        given[f"{side}_depth"] = round(slipped[0] if slipped else beside, 3)
        if row[f"{side}_reference"] is None:
            given[f"{side}_reference"] = _references_at(edit, row, side)
    if not given:
        raise CannotFixError(_("No other pipe at its ends says another depth."))
    edit.update("pipe", case.fid, **given)


def _ends_at(edit: Edit, row: dict[str, Any], side: str) -> list[tuple[dict[str, Any], str]]:
    node = row[f"{side}_fid"]
    rows = [edit.row("pipe", fid) for fid in edit.pipes_at(node) if fid != row["fid"]]
    return [(other, end) for other in rows for end in _SIDES if other[f"{end}_fid"] == node]


def _depths_at(edit: Edit, row: dict[str, Any], side: str) -> list[float | None]:
    own = row[f"{side}_reference"]
    return [other[f"{end}_depth"] for other, end in _ends_at(edit, row, side) if own in (None, other[f"{end}_reference"])]


def _references_at(edit: Edit, row: dict[str, Any], side: str) -> str | None:
    said = {other[f"{end}_reference"] for other, end in _ends_at(edit, row, side)} - {None}
    return said.pop() if len(said) == 1 else None


@fixes("flatter", N_("Level of the flatter of the two"), "level-jump")
def level_of_flatter(edit: Edit, case: Case) -> None:
    """Lead the steeper of two pipes under pressure to the level of the other: a wrong level makes a pipe steep."""
    ends = [
        (row, side)
        for row in (edit.row("pipe", fid) for fid in edit.pipes_at(case.fid))
        for side in _SIDES
        if row[f"{side}_fid"] == case.fid
    ]
    if len(ends) != 2 or any(row[f"{side}_level"] is None for row, side in ends):  # noqa: PLR2004 -- a pair
        raise CannotFixError(_("Not two pipes with a level meet there."))
    slopes = [_slope(edit, row) for row, _side in ends]
    if None in slopes or slopes[0] == slopes[1]:
        raise CannotFixError(_("Neither of the two is the flatter one."))
    (kept, at), (wrong, end) = ends if (slopes[0] or 0.0) < (slopes[1] or 0.0) else ends[::-1]
    edit.update("pipe", wrong["fid"], **{f"{end}_level": kept[f"{at}_level"]})


def _slope(edit: Edit, row: dict[str, Any]) -> float | None:
    levels, course = [row[f"{side}_level"] for side in _SIDES], edit.course(row)
    length = length_of(course) if len(course) else 0.0
    return abs(levels[0] - levels[1]) / length if None not in levels and length else None


@fixes("ground-from-pipes", N_("Ground from level and depth of its pipes"), "no-ground", "ground-outlier")
def ground_from_pipes(edit: Edit, case: Case) -> None:
    """Ground = level + depth of the pipes that end there."""
    rows = [edit.row("pipe", fid) for fid in edit.pipes_at(case.fid)]
    sums = [
        row[f"{side}_level"] + row[f"{side}_depth"]
        for row in rows
        for side in _SIDES
        if row[f"{side}_fid"] == case.fid and None not in (row[f"{side}_level"], row[f"{side}_depth"])
    ]
    _set_ground(edit, case, sums, _("No pipe there knows both its level and its depth."))


@fixes("ground-beside", N_("Ground of the points beside it"), "ground-outlier", "no-ground")
def ground_beside(edit: Edit, case: Case) -> None:
    """Take the middle of the ground levels at the other ends of its pipes; depths stay, levels follow."""
    rows = [edit.row("pipe", fid) for fid in edit.pipes_at(case.fid)]
    others = {row[f"{side}_fid"] for row in rows for side in _SIDES} - {case.fid}
    levels = [edit.row("node", fid)["ground"] for fid in sorted(others)]
    _set_ground(edit, case, [level for level in levels if level is not None], _("No point beside it has a ground level."))


def _set_ground(edit: Edit, case: Case, levels: list[float], otherwise: str) -> None:
    now = edit.row("node", case.fid)["ground"]
    value = round(median(levels), 3) if levels else None
    if value is None or value == now:
        raise CannotFixError(otherwise if value is None else _("They say what it says itself."))
    edit.update("node", case.fid, ground=value)


@fixes("deepest-pipe", N_("Depth of its deepest pipe"), "shallow-chamber", "chamber-size")
def chamber_as_deep(edit: Edit, case: Case) -> None:
    """Make a chamber as deep as its deepest pipe."""
    depths = []
    for row in (edit.row("pipe", fid) for fid in edit.pipes_at(case.fid)):
        for side in _SIDES:
            if row[f"{side}_fid"] == case.fid and row[f"{side}_depth"] is not None:
                top = row[f"{side}_reference"] == "outside_top"
                height = (row["height_mm"] or row["diameter_mm"] or 0.0) / 1000 if top else 0.0
                depths.append(row[f"{side}_depth"] + height)
    if not depths:
        raise CannotFixError(_("No pipe there has a depth."))
    edit.update("node", case.fid, chamber_depth=round(max(depths), 3))


@fixes("flow-by-levels", N_("Let it flow the way it falls"), "reverse-slope", "no-way-out", "no-way-in", "gravity-loop")
def flow_by_levels(edit: Edit, case: Case) -> None:
    """Record the flow from the higher end to the lower; at a point, of those pipes whose recorded flow says otherwise."""
    fids = [case.fid] if case.problem.layer == "pipe" else edit.pipes_at(case.fid)
    turned = False
    for row in (edit.row("pipe", fid) for fid in fids):
        levels = [row[f"{side}_level"] for side in _SIDES]
        if None in levels or levels[0] == levels[1] or row["from_reference"] != row["to_reference"]:
            continue
        falls = "+" if levels[0] > levels[1] else "-"
        if row["flow"] != falls and (row["flow"] or case.problem.layer == "pipe"):
            edit.update("pipe", row["fid"], flow=falls)
            turned = True
    if not turned:
        raise CannotFixError(_("The recorded flow follows the levels, as far as these are known."))


@fixes("exchange-levels", N_("Exchange the levels of its ends"), "reverse-slope")
def exchange_levels(edit: Edit, case: Case) -> None:
    """Depth and level of one end belong to the other: written the wrong way round."""
    row = edit.row("pipe", case.fid)
    names = ("depth", "level", "reference")
    if all(row[f"from_{name}"] == row[f"to_{name}"] for name in names):
        raise CannotFixError(_("Both ends say the same."))
    turned = {f"{one}_{name}": row[f"{other}_{name}"] for one, other in (_SIDES, _SIDES[::-1]) for name in names}
    edit.update("pipe", case.fid, **turned)
