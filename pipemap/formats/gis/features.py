"""Line features of all layers in one run: their values, the levels and names of their ends, their courses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.gis import courses, words
from pipemap.formats.gis.attributes import read_attributes, read_levels, read_sizes
from pipemap.formats.gis.columns import Columns, numbers_of, texts_of
from pipemap.formats.gis.findings import Findings
from pipemap.formats.gis.own import keys, levels_of_ends, read_own
from pipemap.formats.gis.sorting import Sorted, read_categories

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_NO_NAMES = frozenset({"0", "-1", "-9999"})


@dataclass(frozen=True, slots=True)
class Features:
    """Line features of all layers in one run.

    Attributes
    ----------
    columns, starts
        The layers, and the first feature of each.
    table
        Arrow: fields of the schema, ``id`` null where none is printed.
    levels
        float64 (features, 2): levels of the ends that columns record.
    named
        Texts that name the ends, Arrow, one a side; null for none.
    linked
        bool: features that are devices drawn as points.
    exact
        bool: features that pipemap wrote; nothing is guessed of them.
    """

    columns: tuple[Columns, ...]
    starts: NDArray[np.int64]
    table: pa.Table
    levels: NDArray[np.float64]
    named: tuple[pa.Array, pa.Array]
    linked: NDArray[np.bool_]
    exact: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.linked)

    def where(self, feature: int) -> str:
        """Place of a feature, for a person."""
        layer = self.layer_of(feature)
        return self.columns[layer].where(feature - int(self.starts[layer]))

    def layer_of(self, feature: int) -> int:
        """Row of ``columns`` that a feature belongs to."""
        return int(np.searchsorted(self.starts, feature, side="right")) - 1

    def name(self, feature: int) -> str:
        """Printed id of a feature, else its place."""
        return self.table["id"][feature].as_py() or self.where(feature)


def read_features(found: Sorted, around: str | None, findings: Findings) -> Features:
    """Read the values of all pipes and links; what does not fit is listed."""
    import pyarrow as pa

    every = (*found.pipes, *found.links)
    tables, levels, named = [], [], []
    for columns in every:
        values, of_ends = _values(columns, around, findings)
        tables.append(pa.table(values))
        levels.append(of_ends)
        named.append([_end_names(columns, field) for field in ("from_node", "to_node")])
    empty = pa.schema([("id", pa.string()), ("category", pa.string())]).empty_table()
    table = pa.concat_tables([empty, *tables], promote_options="permissive").combine_chunks()
    counts = [len(columns) for columns in every]
    starts = np.concatenate([[0], np.cumsum(counts)])[: len(counts)].astype(np.int64)

    def of_each(chosen: list[bool]) -> NDArray[np.bool_]:
        return np.repeat(np.array(chosen, dtype=bool), counts) if counts else np.zeros(0, dtype=bool)

    first, second = (pa.concat_arrays([pa.array([], pa.string()), *(pair[side] for pair in named)]) for side in (0, 1))
    return Features(
        every,
        starts,
        table,
        np.concatenate([np.empty((0, 2)), *levels]),
        (first, second),
        of_each([columns in found.links for columns in every]),
        of_each([columns.own for columns in every]),
    )


def _values(columns: Columns, around: str | None, findings: Findings) -> tuple[dict[str, pa.Array], NDArray[np.float64]]:
    """Fields of a layer, and the levels that it records at the ends."""
    import pyarrow as pa

    if columns.own:
        values = read_own(columns)
        return values, levels_of_ends(columns, values)
    of_ends = read_levels(columns, findings)
    values = read_attributes(columns, findings) | read_sizes(columns, findings)
    values = {name: value for name, value in values.items() if name not in {"from_level", "to_level"}}
    values["category"] = read_categories(columns, around, findings)
    values["id"] = _printed_ids(columns, findings)
    for end in ("from", "to"):
        if f"{end}_invert" in columns.fields and f"{end}_reference" not in values:
            values[f"{end}_reference"] = pa.repeat(pa.scalar("invert"), len(columns))
    if "roughness" in columns.fields and "length" in columns.layer.table.column_names:
        values["length"] = _model_length(columns)
    unknown = np.full(len(columns), np.nan)
    return values, np.column_stack([of_ends.get("from_level", unknown), of_ends.get("to_level", unknown)])


def _model_length(columns: Columns) -> pa.Array:
    import pyarrow as pa

    values, _bad = numbers_of(texts_of(columns.layer, "length", columns.rows))
    return pa.array(np.where(values >= 0, values, np.nan), from_pandas=True)


def _end_names(columns: Columns, field: str) -> pa.Array:
    """Names of ends; texts that only say that nothing is known are null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = columns.text(field)
    if texts is None:
        return pa.nulls(len(columns), pa.string())
    if columns.own:
        return keys(columns, field.replace("_node", "_key"), field)
    encoded = pc.dictionary_encode(texts)
    named = [None if text in _NO_NAMES or words.is_unknown(text) else text for text in encoded.dictionary.to_pylist()]
    return pa.array(named, pa.string()).take(encoded.indices)


def _printed_ids(columns: Columns, findings: Findings) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = columns.text("id")
    if texts is None:
        return pa.nulls(len(columns), pa.string())
    counts = pc.value_counts(texts.drop_null())
    often = pc.greater(counts.field("counts"), 1)
    for row in counts.filter(often).to_pylist():
        first = pc.index(texts, row["values"]).as_py()
        findings.add("duplicate-id", columns.where(first), {"count": row["counts"]}, layer=columns.kind, element=row["values"])
    return texts


def read_pieces(found: Sorted, features: Features, findings: Findings) -> courses.Pieces:
    """Take the lines of all features apart; a device drawn as a point is a piece without a course."""
    parts = []
    ids = features.table["id"]
    for columns, start in zip(features.columns, features.starts.tolist(), strict=True):
        geometry = columns.layer.geometry[columns.rows]
        if columns in found.links:
            count = len(columns)
            share = np.tile([0.0, 1.0], (count, 1))
            parts.append(courses.Pieces(np.zeros(count + 1, dtype=np.int64), np.empty((0, 3)), np.arange(count), share))
            continue

        def name(row: int, start: int = start, columns: Columns = columns) -> str:
            return ids[start + row].as_py() or columns.where(row)

        read = courses.read_courses(geometry, columns.where, name, findings)
        parts.append(courses.without_flat_levels(read, columns.layer.name, findings, exact=columns.own))
    return courses.joined(parts, features.starts.tolist())
