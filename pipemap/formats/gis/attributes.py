"""Values of a layer's columns, as fields of the survey: codes, millimetres, levels; what does not fit is kept and listed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import burial, lifecycle_of, material
from pipemap.formats.gis import words
from pipemap.formats.gis.columns import Columns, dates_of, in_feet, numbers_of
from pipemap.formats.gis.findings import Findings
from pipemap.formats.survey_tables import values as schema_values
from pipemap.formats.survey_tables.sizes import parse_size
from pipemap.model import fields as schema

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

MARKS = (0.0, -1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, 999.0, 9999.0, 99999.0, 999.99, 9999.99, 999999.0)
"""Numbers that stand for unknown in levels and sizes."""

_INCHES = re.compile(r"(\d+(?:\.\d+)?)(?:[ -]+(\d+)/(\d+))?\s*(?:in\b|inch|inches|\"|″|'')", re.IGNORECASE)
_FRACTION = re.compile(r"(\d+)/(\d+)\s*(?:in\b|inch|inches|\"|″|'')", re.IGNORECASE)
_MM_PER_INCH = 25.4
_SIZES_MM = frozenset(
    (13, 15, 16, 20, 25, 32, 38, 40, 50, 63, 65, 75, 80, 90, 100, 110, 125, 140, 150, 160, 180, 200, 225, 250, 280, 300, 315, 350)
)
_SIZES_INCH = frozenset(
    (
        0.5,
        0.75,
        1,
        1.25,
        1.5,
        2,
        2.5,
        3,
        4,
        6,
        8,
        10,
        12,
        14,
        15,
        16,
        18,
        20,
        21,
        24,
        27,
        30,
        33,
        36,
        42,
        48,
        54,
        60,
        66,
        72,
        84,
        96,
    )
)
_ALL, _LARGEST_INCH, _LARGEST_METRE = 0.95, 144, 5.0
_LARGEST_MM = 30_000.0
_LEVELS = (-500.0, 9000.0)
_NEAR_LEVELS = 200.0
_FEW_ODD = 0.02
_FOOT = 0.3048
LEVELS = frozenset({"ground", "invert", "from_invert", "to_invert", "from_level", "to_level"})
LENGTHS = LEVELS | {"depth", "from_depth", "to_depth", "chamber_depth", "length"}
"""Fields in metres, unless their column says feet."""
_OWN = frozenset({
    "id", "map_id", "category", "kind", "batch", "from_node", "to_node", "from_fid", "to_fid", "diameter_mm", "width_mm",
    "height_mm", "length", "appurtenance", "feature",
})  # fmt: skip
"""Fields that have a reader of their own."""

_LOOK_UPS: dict[str, Callable[[str], str | None]] = {
    "material": lambda text: (found.code if (found := material(text)) else None) or words.exact("material", text),
    "burial": lambda text: found.code if (found := burial(text)) else None,
    "flow": schema_values.flow,
    "lifecycle": lambda text: lifecycle_of(text) or words.exact("lifecycle", text),
    "shape": lambda text: words.exact("shape", text),
    "pressurised": lambda text: words.exact("pressurised", text),
}
_ONLY_IF_KNOWN = frozenset({"pressurised"})


def read_attributes(columns: Columns, findings: Findings) -> dict[str, pa.Array]:
    """Read the fields of the schema that the columns of a layer name, sizes, ids and levels of ends apart."""
    found: dict[str, pa.Array] = {}
    notes: list[pa.Array] = []
    for name in columns.fields:
        field = schema.fields(columns.kind).get(name)
        texts = columns.text(name)
        if field is None or texts is None or name in _OWN:
            continue
        if field.type in {"real", "int"}:
            found[name] = _real(columns, name, texts, findings, whole=field.type == "int")
        elif name in _LOOK_UPS or field.values:
            found[name], kept = _looked_up(columns, name, texts, findings)
            notes += [] if kept is None else [kept]
        elif name in {"built", "surveyed", "last_operated"}:
            found[name] = dates_of(texts)
        else:
            found[name] = texts
    if "status_text" in columns.fields:
        notes += _status(columns, found)
    return _with_notes(found, notes)


def _real(columns: Columns, name: str, texts: pa.Array, findings: Findings, *, whole: bool) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    values = numbers(columns, name, texts, findings)
    if name in {"ground", "from_level", "to_level"}:
        values = known_levels(columns, name, values, findings)
    found = pa.array(values, from_pandas=True)
    return pc.cast(pc.round(found), pa.int64(), safe=False) if whole else found


def numbers(columns: Columns, field: str, texts: pa.Array, findings: Findings) -> NDArray[np.float64]:
    """Return the numbers of a column; each text that is none is listed once."""
    values, bad = numbers_of(texts)
    wrong: dict[str, list[int]] = {}
    for row in bad.tolist():
        wrong.setdefault(texts[row].as_py(), []).append(row)
    for text, rows in wrong.items():
        if not words.is_unknown(text):
            told = {"column": columns.fields[field], "value": text, "count": len(rows)}
            findings.add("not-a-number", columns.where(rows[0]), told)
    column = columns.fields[field]
    if field in LENGTHS and in_feet(column):
        findings.add("column-feet", columns.layer.name, {"column": column})
        marks = np.isin(values, MARKS)
        values = np.where(marks, values, values * _FOOT)
    return values


def known_levels(columns: Columns, field: str, values: NDArray[np.float64], findings: Findings) -> NDArray[np.float64]:
    """Return levels in metres; numbers that stand for unknown, and such that no ground has, are NaN and listed."""
    marks = np.isin(values, MARKS) | (np.isfinite(values) & ((values < _LEVELS[0]) | (values > _LEVELS[1])))
    real = values[np.isfinite(values) & ~marks]
    if len(real):
        typical = float(np.median(real))
        marks &= (values <= 0) | (np.abs(values - typical) > _NEAR_LEVELS)
        odd = np.isfinite(values) & ~marks & (np.abs(values - typical) > _NEAR_LEVELS)
        if 0 < odd.sum() <= _FEW_ODD * len(real):
            first = int(np.flatnonzero(odd)[0])
            told = {"column": columns.fields[field], "value": f"{values[first]:g}", "far": _NEAR_LEVELS, "count": int(odd.sum())}
            findings.add("level-odd", columns.where(first), told)
    _list_marks(columns, field, values, marks, findings)
    return np.where(marks, np.nan, values)


def _list_marks(columns: Columns, field: str, values: NDArray[np.float64], marks: NDArray[np.bool_], findings: Findings) -> None:
    for mark, count in zip(*np.unique(values[marks], return_counts=True), strict=True):
        first = int(np.flatnonzero(marks & (values == mark))[0])
        findings.add(
            "unknown-mark", columns.where(first), {"column": columns.fields[field], "value": f"{mark:g}", "count": int(count)}
        )


def _looked_up(columns: Columns, name: str, texts: pa.Array, findings: Findings) -> tuple[pa.Array, pa.Array | None]:
    """Codes of a column's words, and notes of those that a life cycle must not be guessed from."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = schema_values.words_of(schema.fields(columns.kind)[name].values)
    look_up = _LOOK_UPS.get(name) or (lambda text: known.get(text.casefold()))
    encoded = pc.dictionary_encode(texts)
    counts = np.bincount(np.asarray(pc.fill_null(encoded.indices, -1)) + 1, minlength=len(encoded.dictionary) + 1)[1:]
    first = np.asarray(pc.index_in(encoded.dictionary, texts))
    codes: list[str | None] = []
    kept: list[str | None] = []
    for place, text in enumerate(encoded.dictionary.to_pylist()):
        code = None if words.is_unknown(text) else look_up(text)
        strange = code is None and not words.is_unknown(text)
        if strange and name not in _ONLY_IF_KNOWN:
            told = {"column": columns.fields[name], "value": text, "count": int(counts[place])}
            findings.add("unknown-value", columns.where(int(first[place])), told)
        aside = name == "lifecycle"
        codes.append(text if strange and not aside and name not in _ONLY_IF_KNOWN else code)
        kept.append(f"{columns.fields[name]}={text}" if strange and aside else None)
    found = pa.array(codes, pa.string()).take(encoded.indices)
    return found, pa.array(kept, pa.string()).take(encoded.indices) if any(kept) else None


def _status(columns: Columns, found: dict[str, pa.Array]) -> list[pa.Array]:
    """Read a column called status: open or closed is a state, the rest a life cycle or a note."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = columns.text("status_text")
    encoded = pc.dictionary_encode(texts)
    distinct = encoded.dictionary.to_pylist()
    states = [None if words.is_unknown(text) else words.exact("state", text) for text in distinct]
    cycles = [_LOOK_UPS["lifecycle"](text) for text in distinct]
    lives = {text.casefold() for text in distinct} & {"active", "act", "in service", "abandoned"}
    if lives and not {"open", "closed"} & {text.casefold() for text in distinct}:
        states = [None] * len(distinct)
    rest = [
        None if state or cycle or words.is_unknown(text) else f"{columns.fields['status_text']}={text}"
        for text, state, cycle in zip(distinct, states, cycles, strict=True)
    ]
    if any(states):
        found["state"] = pa.array(states, pa.string()).take(encoded.indices)
    if any(cycle and not state for cycle, state in zip(cycles, states, strict=True)):
        cycle_only = [None if state else cycle for cycle, state in zip(cycles, states, strict=True)]
        lifecycle = pa.array(cycle_only, pa.string()).take(encoded.indices)
        found["lifecycle"] = pc.coalesce(found["lifecycle"], lifecycle) if "lifecycle" in found else lifecycle
    return [pa.array(rest, pa.string()).take(encoded.indices)] if any(rest) else []


def _with_notes(found: dict[str, pa.Array], notes: list[pa.Array]) -> dict[str, pa.Array]:
    import pyarrow.compute as pc

    for kept in notes:
        before = found.get("note")
        found["note"] = kept if before is None else pc.coalesce(pc.binary_join_element_wise(before, kept, "; "), before, kept)
    return found


def read_sizes(columns: Columns, findings: Findings) -> dict[str, pa.Array]:
    """Read diameter, width and height in millimetres, and the size as written.

    A number without a unit is millimetres, unless nearly all of them are usual in inches and in inches only, or all are so small
    that they can only be metres.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    inch = columns.text("size_inch")
    texts = columns.text("size_text") if inch is None else inch
    width, height = _plain_mm(columns, "width", findings), _plain_mm(columns, "height", findings)
    found: dict[str, pa.Array] = {}
    diameter = np.full(len(columns), np.nan)
    if texts is not None:
        field = "size_text" if inch is None else "size_inch"
        parsed = _parsed(columns, field, texts, findings)
        diameter, width, height = parsed[0], _first(parsed[1], width), _first(parsed[2], height)
        found["size_text"] = texts
    shape = columns.text("shape")
    box = np.zeros(len(columns), dtype=bool)
    if shape is not None:
        codes = [None if text is None else words.exact("shape", text) for text in shape.to_pylist()]
        box = np.array([code is not None and code != "round" for code in codes], dtype=bool)
    same = np.isnan(height) | (height == width)
    round_ = ~box & same & np.isnan(diameter)
    diameter = np.where(round_, width, diameter)
    sided = np.isnan(diameter) | box
    diameter = np.where(box & np.isfinite(width), np.nan, diameter)
    measures = {
        "diameter_mm": diameter,
        "width_mm": np.where(sided, width, np.nan),
        "height_mm": np.where(sided, height, np.nan),
    }
    for name, values in measures.items():
        if np.isfinite(values).any():
            found[name] = pa.array(values, from_pandas=True)
    if "size_text" in found:
        found["size_text"] = pc.if_else(
            pc.is_in(found["size_text"], pa.array(["0", "-1", "-9999", "-999"])), pa.scalar(None, pa.string()), found["size_text"]
        )
    return found


def _first(values: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, others)


def _plain_mm(columns: Columns, field: str, findings: Findings) -> NDArray[np.float64]:
    texts = columns.text(field)
    if texts is None:
        return np.full(len(columns), np.nan)
    values = numbers(columns, field, texts, findings)
    return np.where((values > 0) & (values < _LARGEST_MM) & ~np.isin(values, MARKS), values, np.nan)


def _parsed(columns: Columns, field: str, texts: pa.Array, findings: Findings) -> NDArray[np.float64]:
    """Diameter, width and height of each record, float64 (3, n)."""
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(texts)
    distinct = encoded.dictionary.to_pylist()
    codes = np.asarray(pc.fill_null(encoded.indices, -1), dtype=np.int64)
    counts = np.bincount(codes + 1, minlength=len(distinct) + 1)[1:]
    scale = _scale(columns, field, distinct, counts, findings)
    sizes = np.full((3, len(distinct) + 1), np.nan)
    for place, text in enumerate(distinct):
        sizes[:, place] = _size(text, scale)
        value, _bad = _number(text)
        if np.isnan(sizes[:, place]).all() and not words.is_unknown(text):
            first = columns.where(int(np.flatnonzero(codes == place)[0]))
            if value is not None and (value <= 0 or value in MARKS):
                findings.add("unknown-mark", first, {"column": columns.fields[field], "value": text, "count": int(counts[place])})
            else:
                findings.add("unknown-size", first, {"value": text, "count": int(counts[place])})
    return np.asarray(sizes[:, codes], dtype=np.float64)


def _number(text: str) -> tuple[float | None, bool]:
    try:
        value = float(text)
    except ValueError:
        return None, True
    return (value, False) if np.isfinite(value) else (None, True)


def _scale(columns: Columns, field: str, distinct: list[str], counts: NDArray[np.int64], findings: Findings) -> float:
    """Millimetres of one unit of the plain numbers in a column."""
    if field == "size_inch":
        return _MM_PER_INCH
    plain = [
        (value, int(count)) for text, count in zip(distinct, counts, strict=True) if (value := _number(text)[0]) and value > 0
    ]
    plain = [(value, count) for value, count in plain if value not in MARKS]
    total = sum(count for _value, count in plain)
    if not total:
        return 1.0
    largest = max(value for value, _count in plain)
    inches = sum(count for value, count in plain if value in _SIZES_INCH) / total
    metric = sum(count for value, count in plain if value in _SIZES_MM) / total
    column = columns.fields[field]
    if largest <= _LARGEST_METRE and inches < _ALL:
        findings.add("size-unit", columns.layer.name, {"column": column, "unit": "m"})
        return 1000.0
    if largest <= _LARGEST_INCH and inches >= _ALL and metric < _ALL / 2:
        findings.add("size-unit", columns.layer.name, {"column": column, "unit": "inch"})
        return _MM_PER_INCH
    return 1.0


def _size(text: str, scale: float) -> tuple[float, float, float]:
    nothing = (np.nan, np.nan, np.nan)
    value, _bad = _number(text)
    if value is not None:
        mm = value * scale
        return (mm, np.nan, np.nan) if 0 < mm <= _LARGEST_MM and value not in MARKS else nothing
    fraction, inches = _FRACTION.fullmatch(text.strip()), _INCHES.fullmatch(text.strip())
    if fraction and int(fraction[2]):
        return (int(fraction[1]) / int(fraction[2]) * _MM_PER_INCH, np.nan, np.nan)
    if inches and not (inches[3] and not int(inches[3])):
        more = int(inches[2]) / int(inches[3]) if inches[2] else 0.0
        mm = (float(inches[1]) + more) * _MM_PER_INCH
        return (mm, np.nan, np.nan) if 0 < mm <= _LARGEST_MM else nothing
    size = parse_size(text)
    return tuple(np.nan if part is None else part for part in (size.diameter_mm, size.width_mm, size.height_mm))  # type: ignore[return-value]


def read_levels(columns: Columns, findings: Findings) -> Mapping[str, NDArray[np.float64]]:
    """Return ``from_level`` and ``to_level``, float64 metres, NaN where unknown, of inverts or of no named reference."""
    found = {}
    for end in ("from", "to"):
        for field in (f"{end}_invert", f"{end}_level"):
            texts = columns.text(field)
            if texts is not None:
                found[f"{end}_level"] = known_levels(columns, field, numbers(columns, field, texts, findings), findings)
                break
    return found
