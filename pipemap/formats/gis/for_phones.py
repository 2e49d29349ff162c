"""Fits a layer to KML: a name and a description to read on a small screen, the values as texts, everything in plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.gis.losses import Losses
from pipemap.formats.gis.outgoing import Outgoing, labels
from pipemap.model.fields import fields
from pipemap.model.wording import heading, with_unit
from pipemap.progress import told_every

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from pipemap.model.fields import Layer

NAME, DESCRIPTION = "Name", "description"
_AT_ONCE = 10_000
_NO_XML = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
"""Characters that no XML file may hold."""
_TOLD = ("category", "kind", "appurtenance", "diameter_mm", "width_mm", "height_mm", "material", "from_depth", "to_depth",
         "chamber_depth", "ground", "state", "lifecycle", "road", "owner", "built", "note")  # fmt: skip
"""Fields of a description, as far as they go out."""


def for_phones(out: Outgoing, losses: Losses, told: Callable[[], None] = lambda: None) -> Outgoing:
    """Return a layer whose ids are names, with a description of a few lines, as KML has them."""
    import pyarrow as pa

    if np.isfinite(out.xyz[:, 2]).any() and not losses.count("plan-only"):
        losses.add("plan-only", out.layer)
    starts = told_every(range(0, max(out.table.num_rows, 1), _AT_ONCE), told, 1)
    parts = [_worded(out.layer, out.table.slice(start, _AT_ONCE)) for start in starts]
    xyz = np.column_stack([out.xyz[:, :2], np.full(len(out.xyz), np.nan)])
    return replace(out, table=pa.concat_tables(parts), xyz=xyz)


def _worded(layer: Layer, table: pa.Table) -> pa.Table:
    import pyarrow as pa

    columns = {NAME: table["id"], DESCRIPTION: _descriptions(layer, table)}
    columns |= {name: table[name] for name in table.column_names if name != "id"}
    return pa.table({name: _text(column) for name, column in columns.items()})


def _text(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return a column as text that XML may hold."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.replace_substring_regex(column.cast(pa.string()), _NO_XML, "\ufffd")
    return pc.replace_substring(texts, "]]>", "]] >")  # GDAL puts texts between marks of which that is the closing one


def _descriptions(layer: Layer, table: pa.Table) -> pa.Array:
    """One line a known value: its heading, and the value with its unit in words."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = fields(layer)
    lines = []
    for name in _TOLD:
        if name not in table.column_names:
            continue
        column = table[name].combine_chunks()
        encoded = pc.dictionary_encode(column)
        if known[name].values:
            said = labels(layer, name, column)
        else:
            said = pa.array([with_unit(known[name], value) or None for value in encoded.dictionary.to_pylist()], pa.string())
            said = said.take(encoded.indices)
        label = heading(known[name]).partition(" (")[0]
        lines.append(pc.binary_join_element_wise(pa.scalar(label), said, ": "))
    blank = pa.array([""] * table.num_rows, pa.string())  # a row of nulls alone would be left out of the result
    return pc.utf8_ltrim(pc.binary_join_element_wise(blank, *lines, "\n", null_handling="skip"), "\n")
