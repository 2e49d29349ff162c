"""From the sheet to a delivery: ids, features by how many pipes meet, levels, what the survey says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap import catalog
from pipemap.model.delivery import Lines
from pipemap.model.fields import Layer, arrow_schema, fields
from pipemap.sample import practice
from pipemap.sample.sheet import Columns, Floats, Ints, Words
from pipemap.sample.terrain import Terrain
from pipemap.sample.town import Town, degrees

_BEND_EVERY = 42.0
_STARTED = date(2024, 3, 4)
_SURVEYORS = ("市勘察测绘研究院", "中原管线探测公司")
_COVERS = ("700", "700", "700", "700", "800", "700", "700", "600X600", "500X500", "1000X600")
_MANHOLES = ("雨水井", "污水井", "检查井", "跌水井", "检修井", "人孔井", "手孔井", "阀门井", "泵站")
_PREFIX = {"JP": "JS", "SS": "JS"}


@dataclass(frozen=True, slots=True)
class Records:
    """The city's columns, as a delivery holds them, and where each node and pipe stands in the plan."""

    nodes: pa.Table
    pipes: pa.Table
    lines: Lines


def make_records(town: Town) -> Records:
    """Write down everything that was built, as crews would."""
    nodes, pipes = town.sheet.nodes, town.sheet.pipes
    start, end = pipes.integers("start"), pipes.integers("end")
    plan = np.column_stack([nodes.numbers("u"), nodes.numbers("v")])
    place = town.terrain.place(plan)
    ground = nodes.integers("ground_cm")
    _name_features(nodes, pipes, start, end)
    ids = _node_ids(nodes.words("category"))
    depth = pipes.numbers("from_depth"), pipes.numbers("to_depth")
    level = tuple(np.round((ground[at] - np.round(100.0 * own)) / 100.0, 2) for at, own in zip((start, end), depth, strict=True))
    lines = _courses(town.terrain, plan, place, start, end, level[0], level[1])
    node_columns = _node_columns(town, ids, place, ground)
    pipe_columns = _pipe_columns(town, ids, start, end, level)
    return Records(_table("node", node_columns, nodes.count), _table("pipe", pipe_columns, pipes.count), lines)


def _table(layer: Layer, columns: dict[str, pa.Array], count: int) -> pa.Table:
    schema = arrow_schema(layer)
    known = [name for name in schema.names if name in columns]
    arrays = [
        columns[name] if columns[name].type == schema.field(name).type else columns[name].cast(schema.field(name).type)
        for name in known
    ]
    table = pa.table(arrays, schema=pa.schema([schema.field(name) for name in known]))
    assert table.num_rows == count  # noqa: S101 -- a column of another length is a mistake in this file
    return table


# -- texts and numbers as Arrow arrays ---------------------------------------------------------------------------------


def text_array(words: Words) -> pa.Array:
    """Return the texts as an Arrow string array."""
    if not words.values:
        return pa.nulls(len(words), pa.string())
    codes = pa.array(words.codes.astype(np.int32), mask=words.codes < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(words.values, pa.string())).cast(pa.string())


def number_array(numbers: Floats) -> pa.Array:
    """Return the numbers as an Arrow array, null where NaN."""
    return pa.array(numbers, mask=np.isnan(numbers))


def _listed(codes: Ints, values: tuple[str, ...]) -> pa.Array:
    return text_array(Words(codes, values))


def _numbered(numbers: Floats, pattern: str) -> pa.Array:
    """Format the few different numbers of a column, null where NaN."""
    different, codes = np.unique(numbers, return_inverse=True)
    texts = tuple(pattern.format(value) for value in different[~np.isnan(different)])
    return _listed(np.where(np.isnan(numbers), -1, codes.ravel()), texts)


# -- features, kinds, ids ----------------------------------------------------------------------------------------------


def _name_features(nodes: Columns, pipes: Columns, start: Ints, end: Ints) -> None:
    """Name the nodes that are neither appurtenance nor feature yet by how many pipes meet there."""
    degree = degrees(nodes.count, start, end)
    bare = (nodes.words("appurtenance").codes < 0) & (nodes.words("feature").codes < 0)
    category = nodes.words("category")
    cable = category.is_in("GD", "LD", "XH", "DH", "ZH")
    size = pipes.numbers("diameter_mm")
    low, high = np.full(nodes.count, np.inf), np.zeros(nodes.count)
    for at in (start, end):
        np.minimum.at(low, at, np.nan_to_num(size))
        np.maximum.at(high, at, np.nan_to_num(size))
    changes = bare & (degree == 2) & (low != high) & ~cable
    values = ("预留口", "直线点", "变径", "三通", "四通", "五通", "多通", "三分支", "四分支", "多分支")
    piped = np.array([0, 0, 1, 3, 4, 5, 6])[np.minimum(degree, 6)]
    wired = np.array([0, 0, 1, 7, 8, 9, 9])[np.minimum(degree, 6)]
    code = np.where(changes, 2, np.where(cable, wired, piped))
    rows = np.flatnonzero(bare)
    nodes.put("feature", rows, Words(code[rows], values))


def _node_ids(category: Words) -> pa.Array:
    """Number the nodes of each prefix: ``JS1``, ``JS2`` and so on."""
    prefixes = tuple(dict.fromkeys(_PREFIX.get(code, code) for code in category.values))
    lookup = np.asarray([prefixes.index(_PREFIX.get(code, code)) for code in category.values], dtype=np.int64)
    prefix = lookup[category.codes]
    number = np.empty(len(prefix), dtype=np.int64)
    for code in range(len(prefixes)):
        at = np.flatnonzero(prefix == code)
        number[at] = np.arange(1, len(at) + 1)
    return pc.binary_join_element_wise(_listed(prefix, prefixes), pc.cast(pa.array(number), pa.string()), "")


def _by_group(columns: tuple[Words, ...], name: object) -> tuple[Ints, tuple[str, ...]]:
    """Ask ``name`` once for each different combination of texts; returns codes and values."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for words in columns:
        key = key * (len(words.values) + 1) + words.codes + 1
    _different, first, code = np.unique(key, return_index=True, return_inverse=True)
    assert callable(name)  # noqa: S101
    answers = [name(*(words[np.array([row])].to_list()[0] for words in columns)) for row in first]
    values = tuple(dict.fromkeys(str(answer) for answer in answers))
    lookup = np.asarray([values.index(str(answer)) for answer in answers], dtype=np.int64)
    return lookup[code.ravel()], values


# -- columns -----------------------------------------------------------------------------------------------------------


def _node_columns(town: Town, ids: pa.Array, place: Floats, ground: Ints) -> dict[str, pa.Array]:
    nodes = town.sheet.nodes
    category, feature, appurtenance = (nodes.words(name) for name in ("category", "feature", "appurtenance"))
    kind = _by_group((category, feature, appurtenance), catalog.node_kind)
    edge = nodes.integers("edge")
    seen = appurtenance.codes >= 0
    found = {
        "id": ids,
        "map_id": ids,
        "x": number_array(place[:, 0]),
        "y": number_array(place[:, 1]),
        "ground": number_array(ground / 100.0),
        "category": text_array(category),
        "kind": _listed(*kind),
        "feature": text_array(feature),
        "appurtenance": text_array(appurtenance),
        "chamber_depth": number_array(np.round(nodes.numbers("chamber_depth"), 2)),
        "turn_direction": _closing(nodes.words("turn_direction")),
        "lifecycle": _lifecycle(nodes.words("lifecycle")),
    }
    for name in ("size_mm", "silt_depth", "turns", "head"):
        found[name] = number_array(nodes.numbers(name))
    for name in ("state", "normal_state", "operable", "inoperable_reason", "zone", "model"):
        found[name] = text_array(nodes.words(name))
    found |= _shafts(nodes, appurtenance)
    found |= _operated(nodes)
    found |= _common(town, nodes, edge, seen)
    return found


def _closing(words: Words) -> pa.Array:
    return text_array(Words(np.where(words.codes >= 0, words.codes, -1), words.values))


def _shafts(nodes: Columns, appurtenance: Words) -> dict[str, pa.Array]:
    """Covers and chambers of what has one."""
    cover = nodes.numbers("cover")
    cover = np.where(np.isnan(cover) | (cover < 0), -1, cover).astype(np.int64)
    gully = appurtenance.is_in("雨水箅")
    small = appurtenance.is_in("手孔井")
    manhole = appurtenance.is_in(*_MANHOLES) | (cover >= 0)
    size = np.where(small, 7, np.minimum(cover, len(_COVERS) - 1))
    size = np.where(gully, len(_COVERS), size)
    square = gully | (size >= 7)
    material = np.where(gully, 1, np.where(cover % 5 == 4, 2, 0))
    blank = ~(manhole & (cover >= 0))
    chamber = nodes.numbers("chamber_mm")
    return {
        "cover_size": _listed(np.where(blank, -1, size), (*_COVERS, "750X450")),
        "cover_shape": _listed(np.where(blank, -1, square.astype(np.int64)), ("圆形", "矩形")),
        "cover_material": _listed(np.where(blank, -1, material), ("铸铁", "钢格栅", "复合材料")),
        "chamber_size": _numbered(chamber, "{:.0f}"),
    }


def _operated(nodes: Columns) -> dict[str, pa.Array]:
    days = nodes.numbers("operated")
    return {"last_operated": _dates(np.where(np.isnan(days) | (days < 0), -1, days).astype(np.int64), date(2020, 1, 6))}


def _dates(days: Ints, first: date) -> pa.Array:
    most = int(days.max(initial=0))
    return _listed(days, tuple((first + timedelta(days=day)).isoformat() for day in range(most + 1)))


def _lifecycle(words: Words) -> pa.Array:
    used = text_array(words)
    return pc.fill_null(used, "in_use")


def _common(town: Town, layer: Columns, edge: Ints, seen: object) -> dict[str, pa.Array]:
    """Road, owner and provenance, for nodes and pipes alike."""
    streets = town.streets
    visible = np.asarray(seen, dtype=np.bool_)
    line = streets.line[edge]
    week = (np.arange(streets.edge_count) // 7 % 75)[edge] * 3 + (edge % 3)
    utility = layer.words("utility")
    owners = {own.name: own.owner for own in vars(practice).values() if isinstance(own, practice.Utility)}
    owner = tuple(owners.get(name, "") for name in utility.values)
    owner_codes = np.where(np.asarray([not text for text in owner])[utility.codes], -1, utility.codes)
    buried = np.where(utility.is_in("power", "telecom", "light", "signal"), 2, np.where(edge % 4 == 0, 3, 1))
    year = layer.numbers("year")
    year = np.where(np.isnan(year) | (year < 0), np.nan, year)
    return {
        "road": _listed(line, streets.line_name),
        "owner": _listed(owner_codes, owner),
        "built": _numbered(year, "{:.0f}"),
        "visible": _listed((~visible).astype(np.int64), ("visible", "hidden")),
        "method": _listed(np.where(visible, 0, buried), ("明显点调查", "电磁感应法", "夹钳法", "探地雷达法")),
        "source_of_data": _listed(np.zeros(layer.count, dtype=np.int64), ("探测",)),
        "accuracy_xy": number_array(np.where(visible, 0.05, 0.1)),
        "accuracy_z": number_array(np.where(visible, 0.03, 0.15)),
        "surveyed": _dates(week, _STARTED),
        "surveyor": _listed((streets.place[streets.a[edge], 0] > 0).astype(np.int64), _SURVEYORS),
    }


def _pipe_columns(town: Town, ids: pa.Array, start: Ints, end: Ints, level: tuple[Floats, ...]) -> dict[str, pa.Array]:
    pipes = town.sheet.pipes
    category, burial, shape, pressurised = (pipes.words(name) for name in ("category", "burial", "shape", "pressurised"))
    reference = _by_group((category, burial, pressurised), _reference)
    usual_codes, usual = _by_group((category, burial, shape), catalog.pipe_kind)
    named = pipes.words("kind")
    edge = pipes.integers("edge")
    from_id, to_id = ids.take(pa.array(start)), ids.take(pa.array(end))
    found = {
        "id": pc.binary_join_element_wise(from_id, to_id, "-"),
        "from_fid": pa.array(start),
        "to_fid": pa.array(end),
        "from_node": from_id,
        "to_node": to_id,
        "category": text_array(category),
        "kind": pc.coalesce(text_array(named), _listed(usual_codes, usual)),
        "from_reference": _listed(*reference),
        "to_reference": _listed(*reference),
        "from_level": number_array(level[0]),
        "to_level": number_array(level[1]),
        "size_text": _size_text(pipes),
        "lifecycle": _lifecycle(pipes.words("lifecycle")),
        "casing": pc.coalesce(text_array(pipes.words("casing")), _numbered(pipes.numbers("casing_mm"), "{:.0f}")),
    }
    for name in ("diameter_mm", "width_mm", "height_mm", "wall_mm", "from_depth", "to_depth", "temperature"):
        found[name] = number_array(np.round(pipes.numbers(name), 2))
    for name in ("holes", "holes_used", "cables"):
        numbers = pipes.numbers(name)
        found[name] = pa.array(np.nan_to_num(numbers).astype(np.int64), mask=np.isnan(numbers))
    for name in (
        *("shape", "material", "burial", "flow", "pressurised", "pressure", "voltage", "joint", "casing_material"),
        *("circuit", "note"),
    ):
        found[name] = text_array(pipes.words(name))
    seen = pipes.words("visible").is_in("visible")
    found |= _common(town, pipes, edge, seen)
    return {name: array for name, array in found.items() if name in fields("pipe")}


def _reference(category: str | None, burial: str | None, pressurised: str | None) -> str:
    return catalog.depth_reference(category, burial, pressurised=pressurised)


def _size_text(pipes: Columns) -> pa.Array:
    """The size as crews print it: ``DN300``, ``2000X1600``."""
    width, height = pipes.numbers("width_mm"), pipes.numbers("height_mm")
    joined = np.where(np.isnan(width), np.nan, np.nan_to_num(width) * 100_000 + np.nan_to_num(height))
    different, codes = np.unique(joined, return_inverse=True)
    boxes = tuple(f"{int(value) // 100_000}X{int(value) % 100_000}" for value in different[~np.isnan(different)])
    round_text = _numbered(pipes.numbers("diameter_mm"), "DN{:.0f}")
    return pc.coalesce(round_text, _listed(np.where(np.isnan(joined), -1, codes.ravel()), boxes))


# -- courses -----------------------------------------------------------------------------------------------------------


def _courses(
    terrain: Terrain, plan: Floats, place: Floats, start: Ints, end: Ints, from_level: Floats, to_level: Floats
) -> Lines:
    """Straight in the plan, so bent on the map: long pipes get a vertex about every forty metres."""
    span = np.abs(plan[end] - plan[start]).sum(axis=1)
    inner = np.minimum(span / _BEND_EVERY, 12.0).astype(np.int64)
    offsets = np.zeros(len(start) + 1, dtype=np.int64)
    np.cumsum(inner + 2, out=offsets[1:])
    xyz = np.empty((int(offsets[-1]), 3))
    xyz[offsets[:-1], :2], xyz[offsets[:-1], 2] = place[start], from_level
    xyz[offsets[1:] - 1, :2], xyz[offsets[1:] - 1, 2] = place[end], to_level
    pipe = np.repeat(np.arange(len(start)), inner)
    nth = np.arange(len(pipe)) - np.repeat(np.cumsum(inner) - inner, inner)
    share = (nth + 1.0) / (inner[pipe] + 1.0)
    between = plan[start[pipe]] + share[:, None] * (plan[end[pipe]] - plan[start[pipe]])
    at = offsets[pipe] + 1 + nth
    xyz[at, :2] = terrain.place(between)
    xyz[at, 2] = np.round(from_level[pipe] + share * (to_level[pipe] - from_level[pipe]), 3)
    return Lines(offsets, xyz)
