"""Columns of a layer, and the fields that they mean: by a mapping, then by name.

Names are those of ``resources/standards/gis_columns.csv``, then those of survey tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pipemap import assets
from pipemap.formats.gis import words
from pipemap.formats.gis.layers import Layer
from pipemap.formats.gis.own import own_fields
from pipemap.formats.survey_tables.headers import IGNORED, plain_header
from pipemap.formats.survey_tables.mapping import ColumnMapping
from pipemap.model import fields as schema
from pipemap.model.fields import Layer as Kind

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_NEARLY_UNIQUE, _MOSTLY_THERE = 0.9, 0.5
_OF_SURVEYS, _OF_SCHEMA = 100_000, 200_000
_NO_ALIAS = frozenset({"length", "batch", "from_fid", "to_fid", "arm_pipe"})
_NO_FIELD_HERE = frozenset({"x_axis", "y_axis", "north", "east", "from_x_axis", "from_y_axis", "to_x_axis", "to_y_axis"})
_EPOCH_MS = 1e8
FEET = frozenset({"ft", "feet", "foot", "usft", "ftus"})
_LENGTH_UNITS = FEET | {"m", "metre", "metres", "meter", "meters"}
_WHOLE = r"^(-?\d+)\.0+$"


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a layer mean.

    Attributes
    ----------
    layer
        The layer; ``rows`` are those of its features that are meant.
    kind
        ``pipe`` or ``node``.
    fields
        Field to column; a field may be one of the schema or one that becomes such (``from_invert``).
    left
        Columns that nothing is known of.
    own
        pipemap wrote the layer: its columns are fields of the survey, and nothing is guessed.
    """

    layer: Layer
    rows: NDArray[np.int64]
    kind: Kind
    fields: Mapping[str, str]
    left: tuple[str, ...]
    own: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, field: str) -> pa.Array | None:
        """Texts of a field, blanks null; None when no column means it."""
        column = self.fields.get(field)
        return None if column is None else texts_of(self.layer, column, self.rows)

    def where(self, row: int) -> str:
        """Place of a record, for a person."""
        return self.layer.where(int(self.rows[row]))


def texts_of(layer: Layer, column: str, rows: NDArray[np.int64]) -> pa.Array:
    """Return a column as text: trimmed, blanks null, whole numbers without a point, dates as ISO."""
    import pyarrow as pa

    return as_text(layer.table[column].combine_chunks().take(pa.array(rows)))


def as_text(found: pa.Array) -> pa.Array:
    """Return values as text, as :func:`texts_of` does."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(found.type):
        found = found.dictionary_decode()
    if pa.types.is_temporal(found.type) and not pa.types.is_time(found.type):
        found = pc.strftime(found.cast(pa.timestamp("ms")), "%Y-%m-%d")
    elif pa.types.is_boolean(found.type):
        found = pc.if_else(found, "yes", "no")
    elif not (pa.types.is_string(found.type) or pa.types.is_large_string(found.type)):
        try:
            found = found.cast(pa.string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            found = pa.array([None if value is None else str(value) for value in found.to_pylist()], pa.string())
    found = pc.utf8_trim_whitespace(pc.replace_substring_regex(found.cast(pa.string()), _WHOLE, r"\1"))
    return pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.string()), found)


def understand(layer: Layer, rows: NDArray[np.int64], kind: Kind, mapping: ColumnMapping) -> Columns:
    """Find what the columns of a layer mean, for the features of one kind in it."""
    corrections = mapping.of(layer.path.stem, layer.path.name, layer.name)
    own = None if corrections else own_fields(layer, kind)
    if own is not None:
        return Columns(layer, rows, kind, own, (), own=True)
    candidates: dict[str, list[tuple[int, str]]] = {}
    left = []
    for column in layer.table.column_names:
        plain = plain_header(column)
        corrected = corrections.get(plain)
        found = _known(column, kind) if corrected is None else (corrected or IGNORED, -1)
        if found is None:
            left.append(column)
        elif found[0] != IGNORED:
            candidates.setdefault(found[0], []).append((found[1], column))
    fields = {}
    for field, named in candidates.items():
        best = _best(layer, rows, field, [column for _rank, column in sorted(named)], corrected=min(named)[0] < 0)
        if best is not None:
            fields[field] = best
        left += [column for _rank, column in named if column != best]
    return Columns(layer, rows, kind, fields, tuple(left))


def _known(column: str, kind: Kind) -> tuple[str, int] | None:
    """Field that a name means, with or without a unit of length at its end, and its rank."""
    aliases = _aliases(kind)
    found = aliases.get(plain_header(column))
    *name, unit = words.plain(column).split() or [""]
    return aliases.get(plain_header(" ".join(name))) if found is None and name and unit in _LENGTH_UNITS else found


def in_feet(column: str) -> bool:
    """Whether the name of a column says that its numbers are feet."""
    return words.plain(column).split()[-1:] in ([unit] for unit in FEET)


def says_unit(column: str) -> bool:
    """Whether the name of a column ends with a unit of length."""
    return words.plain(column).split()[-1:] in ([unit] for unit in _LENGTH_UNITS)


def _best(layer: Layer, rows: NDArray[np.int64], field: str, columns: list[str], *, corrected: bool) -> str | None:
    """The first column that says something; of ids, the first that tells features apart."""
    if corrected or not len(rows):
        return columns[0]
    for column in columns:
        found = texts_of(layer, column, rows)
        there = len(found) - found.null_count
        if field != "id" and there:
            return column
        if there >= _MOSTLY_THERE * len(rows) and len(found.unique()) >= _NEARLY_UNIQUE * there:
            return column
    return None


@cache
def _aliases(kind: Kind) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for layers in ({kind}, {"any"}):
        for rank, row in enumerate(assets.read_rows("standards", "gis_columns.csv")):
            if row["layer"] in layers:
                found.setdefault(plain_header(row["alias"]), (row["field"], rank))
    for layers in ({kind}, {"any"}):
        for rank, row in enumerate(assets.read_rows("standards", "header_aliases.csv")):
            if row["layer"] in layers and row["field"] not in _NO_FIELD_HERE:
                found.setdefault(plain_header(row["alias"]), (row["field"], _OF_SURVEYS + rank))
    for rank, field in enumerate(schema.fields(kind)):
        if field not in _NO_ALIAS:
            found.setdefault(plain_header(field), (field, _OF_SCHEMA + rank))
    return found


def numbers_of(texts: pa.Array) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return numbers, NaN where there is none, and the places of texts that are no numbers."""
    from pipemap.formats.survey_tables.values import numbers

    found = numbers(texts)
    return found.values, np.array(found.bad, dtype=np.int64)


def dates_of(texts: pa.Array) -> pa.Array:
    """Return dates or years as text; milliseconds since 1970, as web services have them, become dates, and 0 is unknown."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers, _bad = numbers_of(texts)
    since = np.isfinite(numbers) & (np.abs(numbers) >= _EPOCH_MS) & (np.abs(numbers) < 1e14)  # noqa: PLR2004
    unknown = np.isfinite(numbers) & (numbers <= 0) & ~since
    days = np.where(since, numbers, 0).astype("datetime64[ms]").astype("datetime64[D]").astype(str)
    digits = pc.match_substring_regex(texts, r"^\d{8}$")
    written = pc.if_else(digits, texts, pc.replace_substring_regex(texts, r"^(\d{4}-\d{2}-\d{2})[T ].*$", r"\1"))
    keep = pa.array(unknown | since & ~np.asarray(pc.fill_null(digits, fill_value=False)))
    since_arrow = pa.array(since & ~np.asarray(pc.fill_null(digits, fill_value=False)))
    return pc.if_else(since_arrow, pa.array(days), pc.if_else(keep, pa.scalar(None, pa.string()), written))
