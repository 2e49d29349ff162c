"""What a person sees of the tables of a source before storing, and what a mapping can name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from pipemap.formats.survey_tables.headers import IGNORED, Layout
from pipemap.model import fields as schema
from pipemap.model.delivery import SourceColumn, SourceTable
from pipemap.texts import N_, _

if TYPE_CHECKING:
    import pyarrow as pa

    from pipemap.formats.survey_tables.sheets import Sheet
    from pipemap.formats.survey_tables.tables import Table

_EXAMPLES = 4
_LOOKED_AT = 2000
_LONGEST_NAME = 100
_NOT_READ = frozenset({
    "batch", "kind", "from_fid", "to_fid", "from_reference", "to_reference", "arm_pipe", "conduit_direction", "section_id",
    "size_mm", "demand_lps", "head", "roughness", "minor_loss", "setting",
})  # fmt: skip
"""Fields of the survey that follow from others, or that only models have."""

_OF_THE_READER: Mapping[str, tuple[tuple[Layout, ...], str]] = {
    "x_axis": (("node", "row"), N_("X (northing, as surveyed)")),
    "y_axis": (("node", "row"), N_("Y (easting, as surveyed)")),
    "north": (("node", "row"), N_("Northing")),
    "east": (("node", "row"), N_("Easting")),
    "connect": (("row",), N_("Connected point")),
    "depth": (("row",), N_("Depth at the point")),
    "depth_top": (("row",), N_("Depth of the top")),
    "depth_bottom": (("row",), N_("Depth of the bottom")),
    "level": (("row",), N_("Pipe level at the point")),
    "level_top": (("row",), N_("Level of the top")),
    "level_bottom": (("row",), N_("Level of the bottom")),
    "from_x_axis": (("pipe",), N_("X of the start")),
    "from_y_axis": (("pipe",), N_("Y of the start")),
    "to_x_axis": (("pipe",), N_("X of the end")),
    "to_y_axis": (("pipe",), N_("Y of the end")),
    "holes_pair": (("pipe", "row"), N_("Ducts used / ducts")),
    "pressure_or_voltage": (("pipe", "row"), N_("Pressure or voltage")),
    "project": (("node", "pipe", "row"), N_("Project")),
}
_NOT_OF_A_ROW = frozenset({"from_node", "to_node", "from_level"})
"""Fields of a pipe that a table of points and connections tells otherwise."""


def mappable_fields(kind: Literal["node", "pipe", "row"]) -> dict[str, str]:
    """Return the fields that a mapping may name for a table of a kind, in the order of a list to choose from, with their labels.

    Examples
    --------
    >>> list(mappable_fields("row"))[:3]
    ['id', 'map_id', 'connect']
    """
    layers: tuple[schema.Layer, ...] = ("node", "pipe") if kind == "row" else (kind,)
    found: dict[str, str] = {}
    of_reader = {name: _(label) for name, (kinds, label) in _OF_THE_READER.items() if kind in kinds}
    for layer in layers:
        for name, described in schema.fields(layer).items():
            if name in _NOT_READ or (kind == "row" and name in _NOT_OF_A_ROW):
                continue
            found.setdefault(name, described.label)
            if name in {"map_id", "to_node"}:
                found |= of_reader
    return found | of_reader


def source_of(table: Table) -> SourceTable:
    """Return what was made of a table: each of its columns, in their order."""
    header = table.header
    found = [
        _column(table, match.column, match.header, _meaning(match.field), match.confidence)
        for match in (*header.matches, *header.more)
    ]
    found += [_column(table, place, text, "", 0.0) for place, text in header.unknown]
    known = {column.place for column in found}
    places = [place for place in range(len(table.sheet.columns)) if place not in known]
    found += [column for place in places if (column := _column(table, place, f"#{place + 1}", "", 0.0)).examples]
    ordered = tuple(sorted(found, key=lambda column: column.place))
    first = table.sheet.first + 1
    rows = (first + header.first, first + header.last) if header.last >= header.first >= 0 else None
    return SourceTable(table.sheet.title, header.layout, len(table), ordered, header=rows)


def _column(table: Table, place: int, name: str, meant: str, confidence: float) -> SourceColumn:
    return SourceColumn(_name(name, place), meant, confidence, _examples(table, place), place)


def source_left_out(sheet: Sheet) -> SourceTable:
    """Return a table that was not read, with its columns by what looks like their names, so that a mapping can name them."""
    row, names = _likely_names(sheet.head)
    examples = [_first_different(column.slice(row + 1, _LOOKED_AT)) for column in sheet.columns]
    columns = tuple(
        SourceColumn(_name(name, place), "", 0.0, seen, place)
        for place, (name, seen) in enumerate(zip(names, examples, strict=False))
        if name or seen
    )
    number = sheet.first + row + 1
    return SourceTable(sheet.title, "", max(0, sheet.height - row - 1), columns, header=(number, number))


def describe(table: Table) -> dict[str, str]:
    """Say what was understood of a table: itself, then ``table: column`` → field; unsure ones carry their confidence."""
    name = table.sheet.title
    layer = {"node": "node", "pipe": "pipe", "row": "node + pipe"}[table.header.layout]
    parts = [layer, f"{len(table)}", table.category or "", table.sheet.encoding]
    said = {name: ", ".join(part for part in parts if part)}
    for match in (*table.header.matches, *table.header.more):
        meaning = _meaning(match.field)
        said[f"{name}: {_name(match.header, match.column)}"] = (
            meaning if match.confidence == 1 else f"{meaning} ({match.confidence:.0%})"
        )
    for column, text in table.header.unknown:
        said[f"{name}: {_name(text, column)}"] = ""
    return said


def _likely_names(head: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """The first of the rows with the most cells that are no numbers, and its cells; they are filled up to the widest row."""
    width = max(map(len, head), default=0)
    counts = [sum(bool(cell) and not cell.replace(".", "", 1).isdigit() for cell in row) for row in head[:20]]
    row = counts.index(max(counts)) if counts else 0
    cells = list(head[row]) if counts else []
    return row, cells + [""] * (width - len(cells))


def _meaning(meant: str) -> str:
    return "" if meant == IGNORED else meant


def _examples(table: Table, column: int) -> tuple[str, ...]:
    import pyarrow as pa

    return _first_different(table.sheet.columns[column].take(pa.array(table.rows[:_LOOKED_AT])))


def _first_different(texts: pa.ChunkedArray) -> tuple[str, ...]:
    return tuple(text[:_LONGEST_NAME] for text in texts.unique().drop_null()[:_EXAMPLES].to_pylist())


def _name(header: str, column: int) -> str:
    """Name of a column for a mapping: its header, or its place where it has none, or an endless one."""
    clean = _clean(header)
    return clean if 0 < len(clean) <= _LONGEST_NAME else f"#{column + 1}"


def _clean(header: str) -> str:
    return " ".join(header.split())
