"""Where nodes and links of a model are: coordinates, bends, and the level along a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.inp.elements import FAR
from pipemap.formats.inp.text import AFTER_END, HEADER, number_of
from pipemap.model.delivery import Lines
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.formats.inp.elements import InpModel
    from pipemap.formats.inp.text import Row
    from pipemap.model.fields import Layer

COORDINATE = N_("Coordinate")
_FEW = 2


def check_outline(model: InpModel) -> None:
    """Note sections that the program does not have, and text outside all sections."""
    text, findings = model.text, model.findings
    for name, line in text.unknown.items():
        findings.add("unknown-section", line, {"section": name, "text": name})
    if text.has_text(HEADER):
        findings.add("text-outside", text.first_line(HEADER))
    if text.has_text(AFTER_END):
        findings.add("text-after-end", text.first_line(AFTER_END))


def read_coordinates(model: InpModel) -> NDArray[np.float64]:
    """Return east and north of each node, (nodes, 2); NaN where unknown."""
    xy = np.full((len(model.nodes.ids), 2), np.nan)
    for row in model.text.rows("COORDINATES"):
        if model.known_node(row, "COORDINATES") is None:
            continue
        point = _point(model, row, "node", "COORDINATES")
        if point is not None:
            xy[model.nodes.names.rows(row.words[0])] = point
    _check_coordinates(model, xy)
    return xy


def _check_coordinates(model: InpModel, place: NDArray[np.float64]) -> None:
    """Note nodes without a place; a file without any, or with a single one for all, is one problem."""
    findings, nodes = model.findings, model.nodes
    known = np.isfinite(place[:, 0])
    if not known.any():
        findings.add("no-coordinates")
        return
    xy = place[known]
    if (xy == xy[0]).all() and len(xy) > _FEW:
        findings.add("same-coordinates", None, {"nodes": len(xy), "x": f"{xy[0, 0]:g}", "y": f"{xy[0, 1]:g}"})
    for row in np.flatnonzero(~known).tolist():
        if nodes.lines[row] is not None:  # a placeholder has its problem already
            findings.add("missing-coordinates", nodes.lines[row], layer="node", element=nodes.ids[row])


def _point(model: InpModel, row: Row, layer: Layer, section: str) -> tuple[float, float] | None:
    if not row.words[2:]:
        model.too_few_columns(row, section)
        return None
    x, y = number_of(row.words[1]), number_of(row.words[2])
    for word, value in zip(row.words[1:3], (x, y), strict=True):
        if value is None or abs(value) > FAR:
            rule = "not-a-number" if value is None else "out-of-range"
            values = {"column": _(COORDINATE), "text": word}
            model.findings.add(rule, row.number, values, layer=layer, element=row.words[0])
            return None
    return (x, y) if x is not None and y is not None else None


def _read_vertices(model: InpModel) -> dict[int, list[tuple[float, float]]]:
    bends: dict[int, list[tuple[float, float]]] = {}
    for row in model.text.rows("VERTICES"):
        found = model.known_links(row, "VERTICES")
        point = _point(model, row, "pipe", "VERTICES") if found else None
        if point is not None:
            bends.setdefault(found[0], []).append(point)
    return bends


def read_courses(model: InpModel, ends: NDArray[np.int64], place: NDArray[np.float64], level: NDArray[np.float64]) -> Lines:
    """Join ends and vertices; the level runs evenly along the plan length. A link without a place at an end has no course.

    Parameters
    ----------
    ends
        Rows of both nodes of each link, (links, 2).
    place
        East and north of each node, (nodes, 2).
    level
        Level at both ends of each link, (links, 2), metres.
    """
    bends = _read_vertices(model)
    known = np.isfinite(place[:, 0])
    here = known[ends[:, 0]] & known[ends[:, 1]]
    counts = np.where(here, 2, 0)
    for link, bend in bends.items():
        counts[link] += len(bend) if here[link] else 0
    offsets = np.zeros(len(ends) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    xyz = np.empty((offsets[-1], 3))
    for side, at in enumerate((offsets[:-1], offsets[1:] - 1)):
        xyz[at[here], :2] = place[ends[here, side]]
        xyz[at[here], 2] = level[here, side]
    for link, bend in bends.items():
        if here[link]:
            _fill_bends(xyz[offsets[link] : offsets[link + 1]], bend)
    return Lines(offsets, xyz)


def _fill_bends(course: NDArray[np.float64], bend: list[tuple[float, float]]) -> None:
    course[1:-1, :2] = bend
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(course[:, :2], axis=0).T))])
    share = along / along[-1] if along[-1] > 0 else np.linspace(0.0, 1.0, len(along))
    course[1:-1, 2] = course[0, 2] + share[1:-1] * (course[-1, 2] - course[0, 2])
