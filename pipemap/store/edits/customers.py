"""Customers and what supplies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipemap import catalog
from pipemap.model.network import NOT_IN_USE

if TYPE_CHECKING:
    import shapely

    from pipemap.store.editing import BasicEdit

SUPPLIES = ("water", "gas", "heating")
"""What customers are supplied with; where a survey has several and nothing says which, the first."""


def tie_customers(edit: BasicEdit, *, within: float) -> list[int]:
    """Tie customers that nothing supplies, and that have a place, to the nearest pipe in use that may; return their keys.

    Parameters
    ----------
    within
        Metres in plan: nothing further off is taken.
    """
    import shapely

    loose = edit.ask("SELECT fid, x, y FROM customer WHERE node IS NULL AND pipe IS NULL AND x IS NOT NULL AND y IS NOT NULL")
    supplying = _supplying(edit) if loose else set()
    tied = []
    for fid, x, y in loose:
        pipe, distance = _nearest(edit, shapely.Point(x, y), within, supplying)
        if pipe is not None:
            edit.write("customer", fid, {"pipe": pipe, "method": "nearest", "distance": round(distance, 3), "reason": None})
            tied.append(int(fid))
    return tied


def _supplying(edit: BasicEdit) -> set[str]:
    """Return the categories that supply customers: of water where there is any, else of the supply that there is."""
    codes: dict[str, set[str]] = {}
    for (code,) in edit.ask("SELECT DISTINCT category FROM pipe WHERE category IS NOT NULL"):
        found = catalog.category(code)
        if found is not None:
            codes.setdefault(found.carries, set()).add(code)
    return next((codes[supply] for supply in SUPPLIES if supply in codes), set())


def _nearest(edit: BasicEdit, place: shapely.Point, within: float, categories: set[str]) -> tuple[int | None, float]:
    import shapely

    best: tuple[int | None, float] = (None, within)
    statement = "SELECT id FROM rtree_pipe_geom WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ? ORDER BY id"
    for (fid,) in edit.ask(statement, place.x - within, place.x + within, place.y - within, place.y + within):
        row: dict[str, Any] = edit.row("pipe", fid)
        course = edit.course(row)[:, :2]
        if row["category"] not in categories or row["lifecycle"] in NOT_IN_USE or len(course) < 2:  # noqa: PLR2004 -- a line
            continue
        distance = float(shapely.LineString(course).distance(place))
        if distance < best[1] or (best[0] is None and distance <= within):
            best = (fid, distance)
    return best
