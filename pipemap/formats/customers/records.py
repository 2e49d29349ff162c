"""Records of customers, from sheets and from layers of a GIS alike: texts by field, and places where a layer has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.customers.columns import match_headings
from pipemap.formats.survey_tables.headers import plain_header
from pipemap.formats.survey_tables.mapping import ColumnMapping
from pipemap.model.delivery import SourceColumn, SourceTable
from pipemap.progress import Progress

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.customers.findings import Findings
    from pipemap.formats.gis.layers import Layer
    from pipemap.formats.survey_tables.sheets import Sheet

_TABLES = frozenset({".csv", ".txt", ".tsv", ".xlsx", ".xls", ".xlsm", ""})
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Records:
    """Customers of one sheet or layer.

    Attributes
    ----------
    name
        As a mapping names it.
    columns
        Field → texts, null where blank.
    where
        Place of a record, for a person.
    headings
        Field → heading as written.
    left
        Headings that nothing is known of.
    xy
        float64 (n, 2) east and north where they come with the layer, else None.
    crs
        Coordinate system of ``xy``.
    """

    name: str
    columns: dict[str, pa.Array]
    where: Callable[[int], str]
    headings: dict[str, str]
    left: tuple[str, ...]
    rows: int
    xy: NDArray[np.float64] | None = None
    crs: str = ""

    def text(self, field: str) -> pa.Array:
        """Texts of a field; unknown throughout where no column means it."""
        import pyarrow as pa

        return self.columns[field] if field in self.columns else pa.nulls(self.rows, pa.string())

    def described(self) -> SourceTable:
        """Say what was made of the table, where a mapping can correct it."""
        known = [
            SourceColumn(
                self.headings[field], field, 1.0, tuple(self.columns[field].unique().drop_null()[:_EXAMPLES].to_pylist())
            )
            for field in self.columns
        ]
        return SourceTable(self.name, "customer", self.rows, (*known, *(SourceColumn(name, "", 0.0) for name in self.left)))


def read_records(paths: Sequence[Path], mapping: ColumnMapping, findings: Findings, *, progress: Progress) -> list[Records]:
    """Read every table of customers that the files hold; sheets without any are listed."""
    tables = [path for path in paths if path.suffix.lower() in _TABLES]
    vectors = [path for path in paths if path not in tables]
    found: list[Records] = []
    if tables:
        from pipemap.formats.survey_tables.reader import read_sheets

        for sheet in read_sheets(tables, progress=progress):
            one = _of_sheet(sheet, mapping)
            if one is None:
                findings.add("unknown-sheet", sheet.mark.rstrip(":!"))
            else:
                found.append(one)
    if vectors:
        from pipemap.formats.gis.layers import read_layers
        from pipemap.formats.gis.recognition import is_companion

        main = [path for path in vectors if not is_companion(path)]
        found += [_of_layer(layer, mapping) for layer in read_layers(main or vectors, progress=progress).layers]
    return found


def _of_sheet(sheet: Sheet, mapping: ColumnMapping) -> Records | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    matched = match_headings(sheet.head, mapping.of(sheet.stem, sheet.name))
    if matched is None:
        return None
    filled = np.zeros(sheet.height, dtype=np.bool_)
    for column in sheet.columns:
        filled |= pc.is_valid(column).to_numpy()
    filled[: matched.row + 1] = False
    rows = np.flatnonzero(filled)
    columns = {
        field: pa.array(sheet.columns[column].take(pa.array(rows)).to_pylist(), pa.string())
        for field, column in matched.fields.items()
    }
    headings = {field: sheet.head[matched.row][column] for field, column in matched.fields.items()}
    return Records(sheet.name, columns, lambda record: sheet.where(int(rows[record])), headings, matched.left, len(rows))


def _of_layer(layer: Layer, mapping: ColumnMapping) -> Records:
    """Take a layer's attributes and, of each shape, the middle."""
    import shapely

    from pipemap.formats.gis.columns import texts_of

    names = layer.table.column_names
    matched = match_headings([names], mapping.of(layer.path.stem, layer.path.name, layer.name))
    taken = {} if matched is None else {field: names[column] for field, column in matched.fields.items()}
    rows = np.arange(len(layer.geometry))
    columns = {field: texts_of(layer, name, rows) for field, name in taken.items()}
    middle = shapely.centroid(layer.geometry)
    xy = np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])
    left = tuple(name for name in names if name not in taken.values() and plain_header(name))
    return Records(layer.name, columns, layer.where, dict(taken), left, len(rows), xy, layer.crs)
