"""Small changes to the finished records of a city: single cells, further nodes and pipes, other courses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.delivery import Lines
from pipemap.model.fields import Layer
from pipemap.sample.records import Records
from pipemap.sample.sheet import Bools, Floats, Ints

Cell = str | float | int | None


@dataclass(slots=True)
class Edits:
    """Changes gathered over records, applied all at once."""

    records: Records
    start: Ints
    end: Ints
    _cells: dict[tuple[Layer, str], dict[int, Cell]] = field(default_factory=dict)
    _copies: dict[Layer, list[int]] = field(default_factory=lambda: {"node": [], "pipe": []})
    _courses: dict[int, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Records) -> Edits:
        """Start with no changes."""
        ends = [records.pipes[name].combine_chunks().to_numpy() for name in ("from_fid", "to_fid")]
        return cls(records, ends[0], ends[1])

    def table(self, layer: Layer) -> pa.Table:
        """Return the layer as it was."""
        return self.records.nodes if layer == "node" else self.records.pipes

    def cell(self, layer: Layer, row: int, name: str) -> Cell:
        """Return one value as it was."""
        found: Cell = self.table(layer)[name][row].as_py()
        return found

    def number(self, layer: Layer, row: int, name: str) -> float:
        """Return one number as it was, NaN where unknown."""
        found = self.table(layer)[name][row].as_py()
        return np.nan if found is None else float(found)

    def text(self, layer: Layer, row: int, name: str) -> str:
        """Return one text as it was, empty where unknown."""
        return str(self.table(layer)[name][row].as_py() or "")

    def course(self, pipe: int) -> Floats:
        """Return a copy of a pipe's course as it was."""
        return self.records.lines[pipe].copy()

    def place(self, node: int) -> Floats:
        """East and north of a node."""
        return np.array([self.number("node", node, "x"), self.number("node", node, "y")])

    def put(self, layer: Layer, row: int, values: Mapping[str, Cell]) -> None:
        """Change cells of one row, old or added."""
        for name, value in values.items():
            self._cells.setdefault((layer, name), {})[row] = value

    def lay(self, pipe: int, course: Floats) -> None:
        """Give a pipe another course."""
        self._courses[pipe] = course

    def copy(self, layer: Layer, row: int, values: Mapping[str, Cell]) -> int:
        """Add a copy of a row with other values; a pipe needs a course of its own. Returns the new row."""
        self._copies[layer].append(row)
        added = int(self.table(layer).num_rows) + len(self._copies[layer]) - 1
        self.put(layer, added, values)
        return added

    def apply(self) -> Records:
        """Return the records with all changes."""
        tables = {}
        for layer in ("node", "pipe"):
            table = self.table(layer)
            if self._copies[layer]:
                table = pa.concat_tables([table, table.take(pa.array(self._copies[layer]))])
            for (of, name), cells in self._cells.items():
                if of == layer:
                    at = table.schema.get_field_index(name)
                    table = table.set_column(at, table.schema.field(name), _replaced(table[name], cells))
            tables[layer] = table
        return Records(tables["node"], tables["pipe"], self._lines())

    def _lines(self) -> Lines:
        old = self.records.lines
        count = len(old) + len(self._copies["pipe"])
        sizes = np.zeros(count, dtype=np.int64)
        sizes[: len(old)] = np.diff(old.offsets)
        for row, course in self._courses.items():
            sizes[row] = len(course)
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        xyz = np.empty((int(offsets[-1]), 3))
        kept: Bools = np.ones(count, dtype=np.bool_)
        kept[list(self._courses)] = False
        kept[len(old) :] = False
        source = np.repeat(kept[: len(old)], np.diff(old.offsets))
        target = np.repeat(kept, sizes)
        xyz[target] = old.xyz[source]
        for row, course in self._courses.items():
            xyz[offsets[row] : offsets[row + 1]] = course
        return Lines(offsets, xyz)


def _replaced(column: pa.ChunkedArray, cells: dict[int, Cell]) -> pa.ChunkedArray:
    rows = np.asarray(sorted(cells), dtype=np.int64)
    mask = np.zeros(len(column), dtype=np.bool_)
    mask[rows] = True
    values = pa.array([cells[int(row)] for row in rows], column.type)
    whole = column.combine_chunks()
    return pa.chunked_array([pc.replace_with_mask(whole, pa.array(mask), values)])
