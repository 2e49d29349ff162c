"""Points of all layers: where they are, what they are called, and what they do in the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind
from pipemap.formats.gis import words
from pipemap.formats.gis.attributes import known_levels, numbers, read_attributes
from pipemap.formats.gis.columns import Columns, texts_of
from pipemap.formats.gis.courses import FAR
from pipemap.formats.gis.findings import Findings
from pipemap.formats.gis.own import keys, read_own
from pipemap.formats.gis.sorting import read_categories
from pipemap.formats.survey_tables.sizes import parse_size

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_ENOUGH = 0.2
_FEW = 5
_MM_AS_M = 100.0
_LITRES = 1000.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """Points of the delivery.

    Attributes
    ----------
    columns, starts
        Their layers, and the first point of each.
    rows
        For each point its record in its layer.
    table
        Arrow: fields of the schema.
    place
        float64 (points, 2); NaN where unknown.
    exact
        bool: points that pipemap wrote; nothing is guessed of them.
    join_ids
        By which pipes name them, Arrow; null for none.
    """

    columns: tuple[Columns, ...]
    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    table: pa.Table
    place: NDArray[np.float64]
    join_ids: pa.Array
    exact: NDArray[np.bool_]

    def list_lonely(self, degree: NDArray[np.int64], tolerance: float, findings: Findings) -> None:
        """List the points of each layer that no pipe reaches."""
        ids = self.table["id"]
        borders = [*self.starts.tolist(), len(self.place)]
        for columns, start, end in zip(self.columns, borders, borders[1:], strict=False):
            lonely = np.flatnonzero(degree[start:end] == 0) + start
            if len(lonely):
                examples = ", ".join(ids[row].as_py() or "?" for row in lonely[:_FEW].tolist())
                told = {"count": len(lonely), "tolerance": f"{tolerance:g}", "examples": examples}
                findings.add("lone-points", columns.layer.name, told)


def read_points(layers: Sequence[Columns], named: tuple[pa.Array, pa.Array], findings: Findings) -> Recorded:
    """Read the points of all layers; ``named`` are the texts by which pipes name their ends."""
    import pyarrow as pa

    wanted = pa.concat_arrays(named).unique().drop_null()
    tables, places, joins, rows = [], [], [], []
    for columns in layers:
        row, xyz = _places(columns, findings)
        values = read_own(columns) if columns.own else _values(columns, findings)
        ground = _grounds(xyz, row, values)
        joined = keys(columns, "node_key", "id") if columns.own else _join_ids(columns, wanted)
        if not columns.own:
            values["id"] = _ids(columns, joined)
        table = pa.table(values).take(pa.array(row))
        if ground is not None:
            table = table.drop_columns(["ground"]) if "ground" in table.column_names else table
            table = table.append_column("ground", pa.array(ground, from_pandas=True))
        tables.append(table)
        places.append(xyz[:, :2])
        joins.append(joined.take(pa.array(row)))
        rows.append(row)
    empty = pa.schema([("id", pa.string()), ("category", pa.string()), ("kind", pa.string())]).empty_table()
    table = pa.concat_tables([empty, *tables], promote_options="permissive").combine_chunks()
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])[: len(rows)].astype(np.int64)
    return Recorded(
        tuple(layers),
        starts,
        np.concatenate([np.empty(0, dtype=np.int64), *rows]),
        table,
        np.concatenate([np.empty((0, 2)), *places]),
        pa.concat_arrays([pa.array([], pa.string()), *joins]),
        np.repeat(np.array([columns.own for columns in layers], dtype=bool), [len(row) for row in rows]),
    )


def _places(columns: Columns, findings: Findings) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Record and place of every point; a feature of several points is several, one without any is kept without a place."""
    import shapely

    geometry = columns.layer.geometry[columns.rows]
    xyz, row = shapely.get_coordinates(geometry, include_z=True, return_index=True)
    missing = np.setdiff1d(np.arange(len(geometry)), row)
    for place in missing.tolist():
        findings.add("no-geometry", columns.where(place), layer="node", element=columns.where(place))
    for place, count in zip(*np.unique(row, return_counts=True), strict=True):
        if count > 1:
            findings.add("many-points", columns.where(int(place)), {"count": int(count)})
    xyz = np.concatenate([xyz, np.full((len(missing), 3), np.nan)])
    row = np.concatenate([row, missing]).astype(np.int64)
    order = np.argsort(row, kind="stable")
    xyz, row = xyz[order], row[order]
    usable = (np.abs(np.nan_to_num(xyz[:, :2], nan=np.inf)) < FAR).all(axis=1)
    for place in np.flatnonzero(~usable & ~np.isin(row, missing)).tolist():
        where = columns.where(int(row[place]))
        findings.add("bad-coordinate", where, layer="node", element=where)
    xyz[~usable] = np.nan
    return row, xyz


def _grounds(xyz: NDArray[np.float64], row: NDArray[np.int64], values: dict[str, pa.Array]) -> NDArray[np.float64] | None:
    """Levels of the points' own geometry, where no column tells the ground; None when there are none."""
    if (
        "ground" in values
        or not np.isfinite(xyz[:, 2]).any()
        or len(np.unique(xyz[np.isfinite(xyz[:, 2]), 2])) < min(2, len(row))
    ):
        return None
    level = xyz[:, 2]
    return np.where((np.abs(level) < 9000) & (level != 0), level, np.nan)  # noqa: PLR2004 -- no ground is higher


def _values(columns: Columns, findings: Findings) -> dict[str, pa.Array]:
    import pyarrow as pa

    values = read_attributes(columns, findings)
    values["category"] = read_categories(columns, None, findings)
    layer = columns.layer.name
    texts = columns.text("appurtenance")
    texts = pa.nulls(len(columns), pa.string()) if texts is None else texts
    values["appurtenance"] = _appurtenances(texts, layer)
    categories = values["category"].to_pylist()
    named = [(code, text) for code, text in zip(categories, texts.to_pylist(), strict=True)]
    known = {pair: _kind(pair[0], pair[1], layer) for pair in set(named)}
    values["kind"] = pa.array([known[pair] for pair in named], pa.string())
    size = columns.text("size_text")
    if size is not None:
        found = {text: _nominal(text) for text in set(size.drop_null().to_pylist())}
        values["size_mm"] = pa.array([found.get(text) for text in size.to_pylist()], pa.float64())
    _depths(columns, values, findings)
    _model_values(columns, values, findings)
    return values


def _appurtenances(texts: pa.Array, layer: str) -> pa.Array:
    """What a point is, as its layer says in words; a code that says nothing gives way to the layer's name."""
    import pyarrow as pa

    name = layer if words.kind_in(None, layer) else None
    found = {text: text if words.kind_in(None, text) or name is None else name for text in set(texts.drop_null().to_pylist())}
    return pa.array([found.get(text, name) if text else name for text in texts.to_pylist()], pa.string())


def _kind(category: str | None, text: str | None, layer: str) -> str:
    own = None if text is None or words.is_unknown(text) else words.kind_in(category, text)
    by_layer = words.kind_in(category, layer)
    if own in {None, str(NodeKind.CHAMBER), str(NodeKind.JUNCTION), str(NodeKind.DEAD_END)} and by_layer is not None:
        return by_layer
    return own or str(NodeKind.POINT.value)


def _nominal(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return parse_size(text).diameter_mm
    return value if 0 < value < 10_000 else None  # noqa: PLR2004 -- ten metres


def _depths(columns: Columns, values: dict[str, pa.Array], findings: Findings) -> None:
    """Depth of chambers, from a column or as ground less invert."""
    import pyarrow as pa

    depth = np.full(len(columns), np.nan)
    texts = columns.text("depth")
    if texts is not None:
        depth = numbers(columns, "depth", texts, findings)
        if np.nanmedian(depth) > _MM_AS_M if np.isfinite(depth).any() else False:
            findings.add("size-unit", columns.layer.name, {"column": columns.fields["depth"], "unit": "mm"})
            depth /= 1000.0
    texts = columns.text("invert")
    if texts is not None and "ground" in values:
        invert = known_levels(columns, "invert", numbers(columns, "invert", texts, findings), findings)
        ground = np.asarray(values["ground"].to_numpy(zero_copy_only=False), dtype=np.float64)
        depth = np.where(np.isfinite(depth), depth, ground - invert)
    usable = (depth > 0) & (depth < _MM_AS_M)
    if usable.any():
        values["chamber_depth"] = pa.array(np.where(usable, depth, np.nan), from_pandas=True)


def _model_values(columns: Columns, values: dict[str, pa.Array], findings: Findings) -> None:
    import pyarrow as pa

    texts = columns.text("demand_m3s")
    if texts is not None:
        values["demand_lps"] = pa.array(numbers(columns, "demand_m3s", texts, findings) * _LITRES, from_pandas=True)


def _join_ids(columns: Columns, wanted: pa.Array) -> pa.Array:
    """Texts of the column that most of the names of ends are found in, else of the column of ids."""
    import pyarrow as pa
    import pyarrow.compute as pc

    best, most = columns.text("id"), 0
    if len(wanted):
        for column in columns.layer.table.column_names:
            texts = texts_of(columns.layer, column, columns.rows)
            hits = pc.sum(pc.is_in(wanted, texts)).as_py() or 0
            if hits > most and hits >= _ENOUGH * min(len(wanted), len(texts)):
                best, most = texts, hits
    return pa.nulls(len(columns), pa.string()) if best is None else best


def _ids(columns: Columns, joined: pa.Array) -> pa.Array:
    """Ids as printed; a point without one is called by its layer and number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    own = columns.text("id")
    numbers = pa.array(columns.layer.features[columns.rows]).cast(pa.string())
    made = pc.binary_join_element_wise(pa.scalar(columns.layer.name), numbers, "-")
    return pc.coalesce(joined, made) if own is None else pc.coalesce(joined, own, made)


def name_points(
    recorded: Recorded,
    added: Sequence[str],
    place: NDArray[np.float64],
    node: NDArray[np.int64],
    categories: pa.Array,
    modelled: bool,  # noqa: FBT001 -- of the delivery
) -> pa.Table:
    """Return the nodes of the delivery: recorded points, then those added where pipes end."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known: NDArray[np.bool_] = np.asarray(np.isfinite(place).all(axis=1))
    kinds = [None if known[len(recorded.place) + row] else NodeKind.PLACEHOLDER.value for row in range(len(added))]
    more = pa.table({"id": pa.array(added, pa.string()), "kind": pa.array(kinds, pa.string())})
    table = pa.concat_tables([recorded.table, more], promote_options="permissive").combine_chunks()
    of_pipe: list[str | None] = [None] * len(place)
    codes = categories.to_pylist()
    for side in (1, 0):
        rows, first = np.unique(node[:, side], return_index=True)
        for row, piece in zip(rows.tolist(), first.tolist(), strict=True):
            of_pipe[row] = codes[piece]
    category = pc.coalesce(
        pa.array(of_pipe, pa.string()) if modelled else table["category"].combine_chunks(), pa.array(of_pipe, pa.string())
    )
    exact = pa.array(np.concatenate([recorded.exact, np.zeros(len(added), dtype=bool)]))
    category = pc.if_else(exact, table["category"].combine_chunks(), category)
    columns = {name: table[name] for name in table.column_names} | {
        "category": category,
        "x": pa.array(np.where(known, place[:, 0], np.nan), from_pandas=True),
        "y": pa.array(np.where(known, place[:, 1], np.nan), from_pandas=True),
    }
    return pa.table(columns)
