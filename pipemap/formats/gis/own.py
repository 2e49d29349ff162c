"""Layers that pipemap wrote itself: every column is a field of the survey and is taken as it stands."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.gis.layers import Layer
from pipemap.formats.gis.outgoing import IDENTITY, KEYS, LABEL
from pipemap.formats.gis.shapefiles import short_name
from pipemap.model import fields as schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.gis.columns import Columns

_NAMED = re.compile(r"(?:^|_)(?:node|pipe)$")
_OF_KML = frozenset({
    "description", "timestamp", "begin", "end", "altitudemode", "tessellate", "extrude", "visibility", "draworder", "icon",
    "snippet",
})  # fmt: skip
_YES, _NO = ("1", "true", "yes", "t"), ("0", "false", "no", "f")


def own_fields(layer: Layer, kind: schema.Layer) -> Mapping[str, str] | None:
    """Return field → column of a layer that pipemap wrote; None for any other layer."""
    of_kml = layer.path.suffix.lower() == ".kml"
    found: dict[str, str] = {}
    for column in layer.table.column_names:
        name = "id" if of_kml and column == "Name" else column
        if of_kml and name.lower() in _OF_KML:
            continue
        field = _names(kind).get(name)
        if field is None:
            return None
        if field:
            found[field] = column
    needed = set(IDENTITY[kind]) - {"kind"}
    return found if needed <= found.keys() and (_NAMED.search(layer.name) or "kind" in found) else None


@cache
def _names(kind: schema.Layer) -> dict[str, str]:
    """Every name that a column of ours can have, and its field; none for columns of labels."""
    found: dict[str, str] = {name: name for name in KEYS[kind]}
    for field, row in schema.fields(kind).items():
        found |= {field: field, short_name(field): field}
        if row.values:
            found |= {field + LABEL: "", short_name(field + LABEL): ""}
    return found


def read_own(columns: Columns) -> dict[str, pa.Array]:
    """Return the fields of a layer of ours, nothing interpreted but numbers and truth values."""
    found: dict[str, pa.Array] = {}
    for name in columns.fields:
        if name != "batch" and name not in KEYS[columns.kind]:
            field = schema.fields(columns.kind)[name]
            found[name] = _typed(written(columns, name), field.type if name != "arm_pipe" else "text")
    return found


def keys(columns: Columns, key: str, field: str) -> pa.Array:
    """Return the texts that tell nodes apart: of the column of keys where there is one, else of a field."""
    import pyarrow as pa

    found = written(columns, key if key in columns.fields else field)
    return found.cast(pa.string())


def written(columns: Columns, field: str) -> pa.Array:
    """Return a column of ours as it stands in the file, empty texts null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = columns.layer.table[columns.fields[field]].combine_chunks().take(pa.array(columns.rows))
    if pa.types.is_dictionary(found.type):
        found = found.dictionary_decode()
    if not (pa.types.is_string(found.type) or pa.types.is_large_string(found.type)):
        return found
    return pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.string()), found.cast(pa.string()))


def _typed(column: pa.Array, kind: str) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    from pipemap.formats.gis.columns import as_text, numbers_of

    numeric = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    if kind in {"real", "int"}:
        found = column.cast(pa.float64(), safe=False) if numeric else pa.array(numbers_of(as_text(column))[0], from_pandas=True)
        return pc.cast(pc.round(found), pa.int64(), safe=False) if kind == "int" else found
    texts = column if pa.types.is_string(column.type) else as_text(column)
    if kind != "bool":
        return texts
    yes, no = (pc.is_in(pc.utf8_lower(texts), pa.array(words)) for words in (_YES, _NO))
    return pc.if_else(yes, pa.scalar(value=True), pc.if_else(no, pa.scalar(value=False), pa.scalar(None, pa.bool_())))


def levels_of_ends(columns: Columns, values: Mapping[str, pa.Array]) -> NDArray[np.float64]:
    """Return the levels recorded at both ends, float64 (n, 2), NaN where there are none."""
    found = np.full((len(columns), 2), np.nan)
    for side, end in enumerate(("from", "to")):
        if f"{end}_level" in values:
            found[:, side] = values[f"{end}_level"].to_numpy(zero_copy_only=False)
    return found
