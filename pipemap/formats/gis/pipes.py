"""The pipe table of a delivery: each piece with the values of its feature, its ends, levels and kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import pipe_kind
from pipemap.catalog.kinds import PipeKind
from pipemap.formats.gis import courses, words
from pipemap.formats.gis.features import Features
from pipemap.model import delivery
from pipemap.model import fields as schema

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_LINK_KINDS = {
    "pump": PipeKind.PUMP,
    "check_valve": PipeKind.CHECK_VALVE,
    "isolation_valve": PipeKind.VALVE,
    "regulator": PipeKind.PRV,
}


def pipe_table(
    features: Features, pieces: courses.Pieces, node: NDArray[np.int64], node_names: Sequence[str | None], ids: Sequence[str]
) -> pa.Table:
    """Return the pipes of the delivery; ``node`` (pieces, 2) are rows of the node table."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = features.table.take(pa.array(pieces.feature))
    columns = {name: table[name].combine_chunks() for name in table.column_names}
    exact = pa.array(features.exact[pieces.feature])
    names = pa.array(node_names, pa.string())
    for side, end in enumerate(("from", "to")):
        level, reference = _end_levels(features, pieces, side, columns)
        stated = columns.get(f"{end}_reference", pa.nulls(len(pieces), pa.string()))
        columns[f"{end}_level"] = level
        columns[f"{end}_reference"] = pc.if_else(exact, stated, reference)
        columns[f"{end}_fid"] = pa.array(node[:, side])
        columns[f"{end}_node"] = names.take(pa.array(node[:, side]))
    columns["id"] = pa.array(ids, pa.string())
    columns["kind"] = _kinds(features, pieces, columns)
    if "length" in columns:
        columns["length"] = pc.if_else(pa.array(pieces.number() > 0), pa.scalar(None, pa.float64()), columns["length"])
    return in_schema(pa.table(columns), "pipe")


def _end_levels(features: Features, pieces: courses.Pieces, side: int, columns: dict[str, pa.Array]) -> tuple[pa.Array, pa.Array]:
    """Levels at one end of each piece, recorded or of its course, and what they refer to."""
    import pyarrow as pa
    import pyarrow.compute as pc

    recorded = levels_of(features, pieces)[:, side]
    level = recorded.copy()
    at = (pieces.offsets[:-1], pieces.offsets[1:] - 1)[side]
    drawn = pieces.drawn & np.isnan(level) & ~features.exact[pieces.feature]
    level[drawn] = pieces.xyz[at[drawn], 2]
    said = columns.get(f"{('from', 'to')[side]}_reference")
    unknown = pa.scalar("unknown")
    stated = pa.repeat(unknown, len(pieces)) if said is None else pc.fill_null(said, unknown)
    stated = pc.if_else(pa.array(np.isfinite(recorded)), stated, unknown)
    return pa.array(level, from_pandas=True), pc.if_else(pa.array(np.isfinite(level)), stated, pa.scalar(None, pa.string()))


def levels_of(features: Features, pieces: courses.Pieces) -> NDArray[np.float64]:
    """Levels of both ends of each piece: recorded, on the straight between recorded ones where a pipe was cut."""
    recorded = features.levels[pieces.feature]
    between = recorded[:, :1] + pieces.share * (recorded[:, 1:] - recorded[:, :1])
    return np.where(pieces.share == 0, recorded[:, :1], np.where(pieces.share == 1, recorded[:, 1:], between))


def course_levels(features: Features, pieces: courses.Pieces) -> delivery.Lines:
    """Courses whose unknown levels lie on the straight between those recorded at the ends."""
    levels = levels_of(features, pieces)
    levels[features.exact[pieces.feature]] = np.nan
    placed = courses.with_levels(pieces, levels)
    return delivery.Lines(placed.offsets, placed.xyz)


def _kinds(features: Features, pieces: courses.Pieces, columns: dict[str, pa.Array]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    nothing = pa.nulls(len(pieces), pa.string())
    three = [pc.dictionary_encode(columns.get(name, nothing)) for name in ("category", "burial", "shape")]
    codes = np.column_stack([np.asarray(pc.fill_null(column.indices, -1), dtype=np.int64) for column in three])
    distinct, which = np.unique(codes, axis=0, return_inverse=True) if len(codes) else (codes, np.empty(0, dtype=np.int64))
    values = [[*column.dictionary.to_pylist(), None] for column in three]
    known = [str(pipe_kind(*(values[place][code] for place, code in enumerate(row))).value) for row in distinct.tolist()]
    found = pa.array(known, pa.string()).take(pa.array(which.reshape(-1)))
    linked = np.flatnonzero(features.linked[pieces.feature])
    if len(linked):
        roles = [
            words.kind_in(None, features.columns[features.layer_of(row)].layer.name) for row in pieces.feature[linked].tolist()
        ]
        kinds = [str(_LINK_KINDS.get(role or "", PipeKind.PIPE).value) for role in roles]
        found = pc.replace_with_mask(found, features.linked[pieces.feature], pa.array(kinds, pa.string()))
    return pc.if_else(pa.array(features.exact[pieces.feature]), columns.get("kind", nothing), found)


def in_schema(table: pa.Table, layer: schema.Layer) -> pa.Table:
    """Return the columns that a layer of a delivery may have, in their order and types."""
    import pyarrow as pa

    described = schema.arrow_schema(layer)
    names = [field.name for field in described if field.name in table.column_names]
    return table.select(names).cast(pa.schema([described.field(name) for name in names]))
