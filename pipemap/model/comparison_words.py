"""A comparison in words: what window and command line show of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.model.comparison import PLACE, STANDINGS, Choice, Comparison, Difference, LayerComparison, Standing
from pipemap.model.fields import LAYERS, fields
from pipemap.model.records import record_field
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDING_TITLES: dict[Standing, str] = {
    "conflict": N_("In conflict"),
    "changed": N_("Changed"),
    "added": N_("Added"),
    "missing": N_("Missing in the delivery"),
    "same": N_("The same"),
}
CHOICE_TITLES: dict[Choice, str] = {
    "theirs": N_("Take theirs"),
    "ours": N_("Keep ours"),
    "later": N_("Decide later"),
    "leave": N_("Leave in use"),
    "retire": N_("Retire"),
    "remove": N_("Remove here too"),
}
ADDED_TITLES: dict[Choice, str] = {"theirs": N_("Add"), "ours": N_("Leave out")}


def choice_title(standing: Standing, choice: Choice) -> str:
    """Return what a choice is called for elements that stand so."""
    return _((ADDED_TITLES if standing == "added" else CHOICE_TITLES)[choice])


def field_title(difference: Difference, layer: LayerComparison) -> str:
    """Return what the field is called on screen."""
    if difference.name == PLACE:
        return _("Place") if layer.layer == "node" else _("Course")
    names = {"from_fid": "from_node", "to_fid": "to_node"}
    known = fields("node" if layer.layer == "node" else "pipe") if layer.layer in LAYERS else {}
    found = known.get(names.get(difference.name, difference.name))
    return found.label if found is not None else record_field(difference.name)


def value_text(value: object, difference: Difference, comparison: Comparison) -> str:
    """Return a value as it is shown; an empty text where there is none."""
    if value is None:
        return ""
    if difference.name == PLACE:
        return _place(bytes(value)) if isinstance(value, (bytes, bytearray)) else str(value)
    if difference.name in {"from_fid", "to_fid"} and isinstance(value, int):
        return _node_id(comparison, value)
    if isinstance(value, (bytes, bytearray)):
        return _("{n} bytes").format(n=f"{len(value):,}")
    if isinstance(value, float):
        return f"{value:.10g}"
    return _("yes") if value is True else _("no") if value is False else str(value)


def _node_id(comparison: Comparison, fid: int) -> str:
    nodes = comparison.layers[0]
    at = np.flatnonzero(nodes.fid == fid)
    return str(nodes.ids[int(at[0])].as_py() or f"#{fid}") if len(at) else f"#{fid}"


def _place(blob: bytes) -> str:
    """Return east and north of a point, or how many vertices a line has and where it begins."""
    import shapely

    shape = shapely.from_wkb(blob[8 + (0, 32, 48, 48, 64)[(blob[3] >> 1) & 7] :] if blob[:2] == b"GP" else blob)
    xyz = shapely.get_coordinates(shape, include_z=True)
    if len(xyz) == 1:
        return ", ".join(f"{value:.3f}" for value in xyz[0, :2])
    words, last = (", ".join(f"{value:.3f}" for value in xyz[end] if np.isfinite(value)) for end in (0, -1))
    return f"{words} → {last}" + (f" ({len(xyz)})" if len(xyz) > 2 else "")  # noqa: PLR2004 -- a line of more than its ends


def records(comparison: Comparison, *, most: int) -> Iterator[dict[str, Any]]:
    """Give what is not the same as JSON has it, conflicts first; at most so many."""
    left = most
    for standing in STANDINGS[:-1]:
        for layer in comparison.layers:
            for row in layer.rows_of(standing)[: max(0, left)].tolist():
                left -= 1
                yield _record(comparison, layer, row, standing)


def _record(comparison: Comparison, layer: LayerComparison, row: int, standing: Standing) -> dict[str, Any]:
    from pipemap.model.comparison import REASONS

    return {
        "layer": layer.layer,
        "id": layer.ids[row].as_py(),
        "standing": standing,
        "reason": REASONS[layer.reason[row]],
        "confidence": round(float(layer.confidence[row]), 2),
        "deleted": bool(layer.deleted[row]),
        "fields": [
            {
                "field": {"from_fid": "from_node", "to_fid": "to_node"}.get(one.name, one.name),
                "base": value_text(one.base[0].as_py(), one, comparison),
                "ours": value_text(one.ours[0].as_py(), one, comparison),
                "theirs": value_text(one.theirs[0].as_py(), one, comparison),
                "conflict": bool(one.in_conflict[0]),
            }
            for one in layer.of(row)
        ],
    }
