"""Customer tables to a delivery: who is supplied, and what each row says of the node or pipe that does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import category, customer_class_in, customer_class_of, customer_classes, resolve_category
from pipemap.errors import SurveyDataError
from pipemap.formats.customers.columns import FIELDS, TIES
from pipemap.formats.customers.findings import Findings
from pipemap.formats.customers.records import Records, read_records
from pipemap.formats.survey_tables import values
from pipemap.formats.survey_tables.coordinates import Placed, Written, place
from pipemap.formats.survey_tables.joining import Names
from pipemap.formats.survey_tables.mapping import read_mapping
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.fields import arrow_schema
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.registry import ReadOptions

NAME = "customers"
GEOGRAPHIC = "EPSG:4490"
"""Longitudes and latitudes without another word are of CGCS2000."""
_DEMANDS = {"demand_lps": 1.0, "demand_m3d": 1 / 86.4, "demand_m3h": 1 / 3.6}
_YES, _NO = ("是", "yes", "y", "true", "1", "重要", "重点", "有"), ("否", "no", "n", "false", "0", "一般", "普通")
_TEXTS = ("id", "name", "address", "contact", "note")


def read_customers(paths: Sequence[Path], *, options: ReadOptions, progress: Progress = SILENT) -> Delivery:
    """Read tables or points of customers as one delivery without nodes and pipes.

    Its customers carry what the rows say of their connection: ``node_id``, ``meter_id``, ``pipe_id``, ``element_id``, and
    ``carries``, the kind of supply; :func:`pipemap.jobs.customers.tie_to_network` ties them to a survey's network by that.
    ``found_in`` is the place of each row.

    Raises
    ------
    SurveyFileError
        A file is damaged or locked.
    SurveyDataError
        No table names customers, or the mapping or coordinate system is unknown.
    """
    findings = Findings()
    mapping = read_mapping(options.mapping, known=FIELDS)
    records = read_records(paths, mapping, findings, progress=progress)
    records = [one for one in records if one.columns]
    if not records:
        raise SurveyDataError(
            _("No table of customers was found in {files}.").format(files=", ".join(path.name for path in paths)),
            _("Wanted: number or name of each customer, and its class, households or meter. Name the columns in a mapping."),
        )
    placed = _places(records, options.crs, findings)
    tables = [_customers(one, findings) for one in records]
    customers = _joined(tables, placed)
    _list_repeated(customers, findings)
    batch = Batch(options.batch or paths[0].stem, crs=placed.crs, source=", ".join(path.name for path in paths))
    nothing = Lines(np.zeros(1, dtype=np.int64), np.empty((0, 3)))
    return Delivery(
        arrow_schema("node").empty_table().select(["id"]),
        arrow_schema("pipe").empty_table().select(["id", "from_fid", "to_fid"]),
        nothing,
        batch,
        NAME,
        placed.crs,
        findings.problems,
        understood={key: said for one in records for key, said in _described(one).items()},
        tables=tuple(one.described() for one in records),
        customers=customers,
    )


def _described(records: Records) -> dict[str, str]:
    said = {records.name: f"customer, {records.rows}"}
    said |= {f"{records.name}: {records.headings[field]}": field for field in records.columns}
    return said | {f"{records.name}: {heading}": "" for heading in records.left}


def _joined(tables: Sequence[pa.Table], placed: Placed) -> pa.Table:
    import pyarrow as pa

    customers = pa.concat_tables(tables).combine_chunks()
    known = np.isfinite(placed.east) & np.isfinite(placed.north)
    for name, numbers in (("x", placed.east), ("y", placed.north)):
        customers = customers.append_column(name, pa.array(numbers, mask=~known))
    return customers


# -- places ------------------------------------------------------------------------------------------------------------------


def _places(records: Sequence[Records], crs: str, findings: Findings) -> Placed:
    """Return where the customers of all tables are, in one coordinate system."""
    import pyarrow as pa

    layers = {one.crs for one in records if one.xy is not None}
    degrees = any("longitude" in one.columns for one in records)
    if layers or degrees:
        xy = np.concatenate([_as_given(one, findings) for one in records])
        told = crs or (GEOGRAPHIC if degrees else next(iter(sorted(layers))))
        return Placed(xy[:, 0], xy[:, 1], told)
    north, east, explicit, sheet = [], [], [], []
    for number, one in enumerate(records):
        axes = ("north", "east") if {"north", "east"} <= set(one.columns) else ("x_axis", "y_axis")
        north.append(numbers_of(one, axes[0], findings))
        east.append(numbers_of(one, axes[1], findings))
        explicit.append(np.full(one.rows, axes[0] == "north"))
        sheet.append(np.full(one.rows, number, dtype=np.int32))
    starts = np.cumsum([0, *(one.rows for one in records)])

    def where(row: int) -> str:
        part = int(np.searchsorted(starts, row, side="right")) - 1
        return records[part].where(row - int(starts[part]))

    written = Written(
        np.concatenate(north),
        np.concatenate(east),
        np.concatenate(explicit),
        np.concatenate(sheet),
        Names(pa.concat_arrays([values.ids(one.text("id")) for one in records])),
        where,
        lambda row: records[int(np.searchsorted(starts, row, side="right")) - 1].name,
    )
    if not np.isfinite(written.north + written.east).any():
        return Placed(written.east, written.north, crs)
    return place(written, crs, findings)  # type: ignore[arg-type]


def _as_given(records: Records, findings: Findings) -> NDArray[np.float64]:
    if records.xy is not None:
        return records.xy
    return np.column_stack([numbers_of(records, name, findings) for name in ("longitude", "latitude")])


def numbers_of(records: Records, field: str, findings: Findings, kept: dict[int, list[str]] | None = None) -> NDArray[np.float64]:
    """Return numbers of a field, NaN where unknown; what is none is listed, and goes into ``kept`` with its heading."""
    texts = records.text(field)
    read = values.numbers(texts)
    for row in read.bad:
        heading, text = records.headings[field], texts[row].as_py()
        findings.add("not-a-number", records.where(row), {"column": heading, "value": text, "name": _name(records, row)})
        if kept is not None:
            kept.setdefault(row, []).append(f"{heading}: {text}")
    return read.values


def _name(records: Records, row: int) -> str:
    said = (records.text(field)[row].as_py() for field in ("name", "id", "address"))
    return next((text for text in said if text), "?")


# -- who they are ------------------------------------------------------------------------------------------------------------


def _customers(records: Records, findings: Findings) -> pa.Table:
    """Return one row a record: nothing is left out."""
    import pyarrow as pa

    kept: dict[int, list[str]] = {}
    if records.left:
        findings.add("columns-left-out", records.name, {"columns": ", ".join(records.left)})
    columns: dict[str, pa.Array] = {name: records.text(name) for name in _TEXTS}
    columns["id"] = values.ids(columns["id"])
    columns["class"] = _classes(records, findings)
    columns["critical"] = _critical(records, columns["class"])
    homes = numbers_of(records, "households", findings, kept)
    whole = np.isfinite(homes) & (np.abs(homes) < 1 << 31)
    columns["households"] = pa.array(np.where(whole, np.round(homes), 0).astype(np.int64), mask=~whole)
    columns["own_tank_hours"] = pa.array(numbers_of(records, "own_tank_hours", findings, kept), from_pandas=True)
    columns["demand_lps"] = _demand(records, findings, kept)
    for field in TIES:
        columns[f"{field}_id"] = values.ids(records.text(field))
    columns["carries"] = _supplies(records, findings)
    columns["found_in"] = pa.array([records.where(row) for row in range(records.rows)], pa.string())
    columns["note"] = _notes(columns["note"], kept)
    _list_unnamed(records, columns["id"], findings)
    return pa.table(columns)


def _notes(notes: pa.Array, kept: dict[int, list[str]]) -> pa.Array:
    import pyarrow as pa

    if not kept:
        return notes
    said = notes.to_pylist()
    for row, texts in kept.items():
        said[row] = "; ".join([*([said[row]] if said[row] else []), *texts])
    return pa.array(said, pa.string())


def _list_unnamed(records: Records, ids: pa.Array, findings: Findings) -> None:
    import pyarrow.compute as pc

    for row in np.flatnonzero(pc.is_null(ids).to_numpy(zero_copy_only=False)).tolist():
        name = _name(records, row)
        if name == "?":
            text = " | ".join(said for column in records.columns.values() if (said := column[row].as_py()))
            findings.add("empty-row", records.where(row), {"text": text[:120]})
        else:
            findings.add("no-id", records.where(row), {"name": name})


def _classes(records: Records, findings: Findings) -> pa.Array:
    """Return classes by code; words that nobody knows as written; a blank one as the name tells."""
    import pyarrow as pa

    mapped = values.map_texts(records.text("class"), customer_class_of)
    for row in mapped.unknown:
        findings.add("unknown-class", records.where(row), {"value": mapped.column[row].as_py(), "name": _name(records, row)})
    found = mapped.column.to_pylist()
    names = records.text("name").to_pylist()
    for row, (given, name) in enumerate(zip(found, names, strict=True)):
        told = customer_class_in(name) if given is None else None
        if told is not None:
            found[row] = told
            findings.add("class-from-name", records.where(row), {"name": name, "value": customer_classes()[told].label})
    return pa.array(found, pa.string())


def _critical(records: Records, classes: pa.Array) -> pa.Array:
    """Whether each must not be cut off: as the table says, else by its class."""
    import pyarrow as pa

    known = customer_classes()
    by_class = [(one := known.get(code)) is not None and one.critical for code in classes.to_pylist()]
    said = [None if text is None else _truth(text) for text in records.text("critical").to_pylist()]
    return pa.array([usual if word is None else word for word, usual in zip(said, by_class, strict=True)], pa.bool_())


def _truth(text: str) -> bool | None:
    plain = text.strip().casefold()
    return True if plain in _YES else False if plain in _NO else None


def _demand(records: Records, findings: Findings, kept: dict[int, list[str]]) -> pa.Array:
    import pyarrow as pa

    found = np.full(records.rows, np.nan)
    for field, factor in _DEMANDS.items():
        if field in records.columns:
            told = numbers_of(records, field, findings, kept) * factor
            found = np.where(np.isfinite(found), found, told)
    return pa.array(found, from_pandas=True)


def _supplies(records: Records, findings: Findings) -> pa.Array:
    """What supplies each customer: as its column says, else as the name of the table does; null where nothing is said."""
    import pyarrow as pa

    usual = _carries(records.name) or next((told for part in records.name.split(":") if (told := _carries(part))), None)
    mapped = values.map_texts(records.text("category"), _carries)
    unknown = set(mapped.unknown)
    for row in mapped.unknown:
        findings.add("unknown-supply", records.where(row), {"value": mapped.column[row].as_py(), "name": _name(records, row)})
    return pa.array(
        ["water" if row in unknown else told or usual for row, told in enumerate(mapped.column.to_pylist())], pa.string()
    )


_SUPPLIES: dict[str, str] = {"水": "water", "自来水": "water", "气": "gas", "热": "heating", "暖": "heating", "供暖": "heating"}


def _carries(text: str) -> str | None:
    found = category(resolve_category(text))
    if found is not None:
        return found.carries
    words: Callable[[str], bool] = text.__contains__
    plain = _SUPPLIES.get(text.strip()) or next((told for word, told in _IN_NAMES.items() if words(word)), None)
    return plain or (text.strip().casefold() if text.strip().casefold() in {"water", "gas", "heating"} else None)


_IN_NAMES = {
    "供水": "water",
    "自来水": "water",
    "用水": "water",
    "燃气": "gas",
    "供热": "heating",
    "热力": "heating",
    "采暖": "heating",
}
"""Words in the names of tables that tell what is supplied."""


def _list_repeated(customers: pa.Table, findings: Findings) -> None:
    import pyarrow.compute as pc

    ids = customers["id"].combine_chunks()
    counted = pc.value_counts(ids.drop_null())
    again = {entry["values"] for entry in counted.to_pylist() if entry["counts"] > 1}
    if not again:
        return
    first: dict[str, str] = {}
    for name, found_in in zip(ids.to_pylist(), customers["found_in"].to_pylist(), strict=True):
        if name in first:
            findings.add("repeated-id", found_in, {"name": name, "first": first[name]})
        elif name in again:
            first[name] = found_in
