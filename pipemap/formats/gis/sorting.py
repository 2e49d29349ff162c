"""Which features are pipes and which are points, and what each layer carries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import major_of
from pipemap.formats.gis import words
from pipemap.formats.gis.columns import Columns, understand
from pipemap.formats.gis.findings import Findings
from pipemap.formats.gis.layers import Layer
from pipemap.formats.survey_tables.mapping import LEFT_OUT, ColumnMapping
from pipemap.texts import _

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_LINES, _POINTS, _AREAS = (1, 2, 5), (0, 4), (3, 6)
_COLLECTION = 7
_NAMES = {3: "Polygon", 6: "MultiPolygon", 7: "GeometryCollection", -1: "none"}


@dataclass(frozen=True, slots=True)
class Sorted:
    """Layers by what their features become; links are points that name both their ends (pumps of a model)."""

    pipes: tuple[Columns, ...]
    nodes: tuple[Columns, ...]
    links: tuple[Columns, ...]


def sort_features(layers: Sequence[Layer], mapping: ColumnMapping, findings: Findings) -> Sorted:
    """Tell lines from points; features that are neither are listed."""
    import shapely

    pipes, nodes, links = [], [], []
    for layer in layers:
        said = mapping.kind_of(layer.path.stem, layer.path.name, layer.name)
        if said == LEFT_OUT:
            continue
        shape = _as_said(layer, said, findings)
        kinds = shapely.get_type_id(shape.geometry)
        lines, points = _lines_and_points(shape, kinds)
        _list_others(layer, kinds, ~(lines | points), findings)
        if not layer.table.num_columns and (lines | points).any():
            findings.add("no-attributes", layer.name)
        if lines.any():
            pipes.append(understand(shape, np.flatnonzero(lines), "pipe", mapping))
        if points.any():
            as_links = understand(shape, np.flatnonzero(points), "pipe", mapping)
            if {"from_node", "to_node"} <= set(as_links.fields) and said != "node":
                links.append(as_links)
            elif said == "pipe":
                findings.add("links-unnamed", layer.name)
            else:
                nodes.append(understand(shape, np.flatnonzero(points), "node", mapping))
    for columns in (*pipes, *links, *nodes):
        if columns.left:
            findings.add("columns-left-out", columns.layer.name, {"columns": ", ".join(columns.left)})
    return Sorted(tuple(pipes), tuple(nodes), tuple(links))


def _lines_and_points(layer: Layer, kinds: NDArray[np.int32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which features are lines and which points; those without geometry go with the more frequent, else as the layer says."""
    import shapely

    geometry = layer.geometry

    lines, points = np.isin(kinds, _LINES), np.isin(kinds, _POINTS)
    gathered = np.flatnonzero(kinds == _COLLECTION)
    lines[gathered] = [bool(np.isin(shapely.get_type_id(shapely.get_parts(geometry[row])), _LINES).any()) for row in gathered]
    nothing = kinds < 0
    if not (lines.any() or points.any()):
        lines |= nothing & ("LineString" in layer.declared)
        points |= nothing & ("Point" in layer.declared)
    elif lines.sum() >= points.sum():
        lines |= nothing
    else:
        points |= nothing
    return lines, points


def _as_said(layer: Layer, said: str | None, findings: Findings) -> Layer:
    """A layer whose lines and areas are points at their middle, where a person says that it holds nodes, or its name does."""
    import shapely

    kinds = shapely.get_type_id(layer.geometry)
    areas = np.isin(kinds, _AREAS)
    wanted = said == "node" or (said is None and areas.any() and areas.all() and words.kind_in(None, layer.name) is not None)
    rows = np.flatnonzero((areas | np.isin(kinds, _LINES)) if wanted else np.zeros(len(kinds), dtype=bool))
    if not len(rows):
        return layer
    geometry = layer.geometry.copy()
    shapes = geometry[rows]
    flat = np.isin(kinds[rows], _LINES)
    geometry[rows[flat]] = shapely.line_interpolate_point(shapely.line_merge(shapes[flat]), 0.5, normalized=True)
    geometry[rows[~flat]] = shapely.point_on_surface(shapely.force_2d(shapes[~flat]))
    findings.add("areas-as-points", layer.name, {"count": len(rows)})
    return replace(layer, geometry=geometry)


def _list_others(layer: Layer, kinds: NDArray[np.int32], others: NDArray[np.bool_], findings: Findings) -> None:
    for kind, count in Counter(kinds[others].tolist()).items():
        findings.add("layer-left-out", layer.name, {"count": count, "kind": _NAMES.get(kind, str(kind))})


def read_categories(columns: Columns, around: str | None, findings: Findings) -> pa.Array:
    """Category code of each feature: by a column that says so, else by the layer; a word nobody knows stays as written."""
    import pyarrow as pa
    import pyarrow.compute as pc

    usual, origin = category_of_layer(columns)
    found: pa.Array = pa.nulls(len(columns), pa.string())
    for field, strict in (("category", True), ("weak_category", False)):
        texts = columns.text(field)
        if texts is not None:
            found = pc.coalesce(found, _resolved(columns, texts, findings, strict=strict))
    if not found.null_count:
        return found
    if usual is None and columns.kind == "pipe":
        usual, origin = around, _("the other layers or the folder")
    if usual is not None:
        if columns.kind == "pipe":
            findings.add("category-assumed", columns.layer.name, {"category": usual, "origin": origin})
    elif columns.kind == "pipe":
        findings.add("no-category", columns.layer.name, {"count": found.null_count})
    return pc.fill_null(found, pa.scalar(usual, pa.string())) if usual else found


def _resolved(columns: Columns, texts: pa.Array, findings: Findings, *, strict: bool) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(texts)
    distinct = encoded.dictionary.to_pylist()
    codes = [None if words.is_unknown(text) else words.category_in(text) for text in distinct]
    if strict and any(codes):
        for place, (text, code) in enumerate(zip(distinct, codes, strict=True)):
            if code is None and not words.is_unknown(text):
                rows = np.flatnonzero(np.asarray(pc.equal(encoded.indices, place).fill_null(fill_value=False)))
                findings.add("unknown-category", columns.where(int(rows[0])), {"value": text, "count": len(rows)})
                codes[place] = text
    elif strict:
        findings.add(
            "unknown-category", columns.layer.name, {"value": ", ".join(distinct[:5]), "count": len(texts) - texts.null_count}
        )
        codes = list(distinct)
    return pa.array(codes, pa.string()).take(encoded.indices)


def category_of_layer(columns: Columns) -> tuple[str | None, str]:
    """Return the category that a layer's name, its file's or its columns speak of, and which of them does."""
    layer = columns.layer
    if layer.path.suffix.lower() == ".dxf" and (drawn := words.code_in(layer.name)) is not None:
        return drawn, _("the name of the layer")
    for text, origin in ((layer.name, _("the name of the layer")), (layer.path.stem, _("the name of the file"))):
        code = words.category_in(text)
        if code is not None:
            return code, origin
    if columns.kind == "pipe" and {"from_invert", "to_invert"} & set(columns.fields):
        return "PS", _("its invert levels")
    return None, ""


def category_around(found: Sequence[Columns]) -> str | None:
    """Return the one major category that layers of points, else the folder, speak of and no other layer of pipes has."""
    pipes = {major_of(code) for columns in found if columns.kind == "pipe" and (code := category_of_layer(columns)[0])}
    points = {major_of(code) for columns in found if columns.kind == "node" and (code := category_of_layer(columns)[0])} - pipes
    folders = {part for columns in found for part in columns.layer.path.absolute().parts[-3:-1]}
    named = {major_of(code) for part in folders if (code := words.contained("category", part))}
    for majors in (points, named, pipes):
        if len(majors) == 1:
            return majors.pop()
    return None
