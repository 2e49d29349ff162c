"""What a person is shown of the layers of a source, so that a mapping can correct how they were understood."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.gis.columns import Columns, texts_of
from pipemap.model.delivery import SourceColumn, SourceRow, SourceTable

if TYPE_CHECKING:
    from pipemap.formats.gis.layers import Layer
    from pipemap.model.problem import Problem

FIRST_ROWS = 30
MOST_ROWS = 400
"""Features of a layer that are kept to be shown: the first ones, then those that problems name. Our own figure."""
EXAMPLES = 4
_LOOKED_AT = 2000


def source_tables(understood: Sequence[Columns], layers: Sequence[Layer], problems: Sequence[Problem]) -> tuple[SourceTable, ...]:
    """Describe the layers that became pipes or nodes, then those that were left out."""
    named = _features_named(layers, problems)
    found = [_table(columns, named[columns.layer.name]) for columns in understood]
    used = {columns.layer.name for columns in understood}
    return (*found, *(_left_out(layer, named[layer.name]) for layer in layers if layer.name not in used))


def _features_named(layers: Sequence[Layer], problems: Sequence[Problem]) -> dict[str, set[int]]:
    named: dict[str, set[int]] = {layer.name: set() for layer in layers}
    for problem in problems:
        name, _colon, number = problem.where.rpartition(":")
        if name in named and number.isascii() and number.isdigit() and len(named[name]) < MOST_ROWS:
            named[name].add(int(number))
    return named


def _table(columns: Columns, named: set[int]) -> SourceTable:
    fields = {column: field for field, column in columns.fields.items()}
    return _shown(columns.layer, columns.kind, len(columns), fields, named, columns.left)


def _left_out(layer: Layer, named: set[int]) -> SourceTable:
    return _shown(layer, "", len(layer.geometry), {}, named, layer.table.column_names)


def _shown(
    layer: Layer, kind: str, rows: int, fields: Mapping[str, str], named: set[int], unknown: Collection[str]
) -> SourceTable:
    further = np.flatnonzero(np.isin(layer.features, sorted(named)))
    shown = np.union1d(np.arange(min(FIRST_ROWS, len(layer.features))), further)[:MOST_ROWS].astype(np.int64)
    looked_at = np.arange(min(_LOOKED_AT, len(layer.features)))
    columns, cells = [], []
    for place, name in enumerate(layer.table.column_names):
        cells.append([text or "" for text in texts_of(layer, name, shown).to_pylist()])
        examples = texts_of(layer, name, looked_at).drop_null().unique().slice(0, EXAMPLES).to_pylist()
        columns.append(SourceColumn(name, fields.get(name, ""), float(name not in unknown), tuple(examples), place))
    sample = [
        SourceRow(int(layer.features[row]), tuple(column[number] for column in cells))
        for number, row in enumerate(shown.tolist())
    ]
    return SourceTable(layer.name, kind, rows, tuple(columns), tuple(sample), mark=f"{layer.name}:")
