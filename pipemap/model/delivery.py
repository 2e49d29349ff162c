"""What a reader understood of one source, before it is stored: columns, never a million records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.model.columns import floats
from pipemap.model.problem import Problem

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Turn = Callable[[NDArray[np.float64]], NDArray[np.float64]]
    """East and north (N, 2) of one coordinate system → those of another; NaN where it does not reach."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The course of each pipe: all its vertices, its two ends included.

    Attributes
    ----------
    offsets
        int64, one more than there are pipes; pipe ``i`` owns ``xyz[offsets[i]:offsets[i + 1]]``.
        A pipe with a missing end has no vertices at all.
    xyz
        float64 (m, 3): east, north, level in metres; level NaN where unknown.
        The level is the one measured: of the reference that the pipe's end states (outside top, invert …).
    """

    offsets: NDArray[np.int64]
    xyz: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> NDArray[np.float64]:
        return self.xyz[self.offsets[row] : self.offsets[row + 1]]

    @classmethod
    def from_lists(cls, courses: list[NDArray[np.float64]]) -> Lines:
        """Join one (k, 3) array a pipe."""
        offsets = np.zeros(len(courses) + 1, dtype=np.int64)
        np.cumsum([len(course) for course in courses], out=offsets[1:])
        xyz = np.concatenate([np.empty((0, 3)), *courses])
        return cls(offsets, xyz)

    def turned(self, turn: Turn) -> Lines:
        """Return the courses in another coordinate system; levels are not touched."""
        return Lines(self.offsets, np.column_stack([turn(self.xyz[:, :2]), self.xyz[:, 2]]))


@dataclass(frozen=True, slots=True)
class Batch:
    """One crew's delivery (工程/批次). Unknown is an empty text."""

    name: str
    project: str = ""
    surveyor: str = ""
    supervisor: str = ""
    started: str = ""
    finished: str = ""
    crs: str = ""
    height_system: str = ""
    instruments: str = ""
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ModelText:
    """A section of a model file that the survey has no columns for, kept so that it can go out again."""

    section: str
    lines: tuple[str, ...]


VALVE_LAYER = "VALVE_LAYER"
"""Section of a model's texts that lists isolation valves beside its links, ``link,node`` a line, below a line of headings."""


def layered_valves(batch: int, texts: Iterable[ModelText]) -> tuple[tuple[int, str, str], ...]:
    """Return the rows of valve layers among texts: batch, id of the link, id of the node that the valve protects."""
    rows = [line.partition(",") for text in texts if text.section == VALVE_LAYER for line in text.lines[1:]]
    return tuple((batch, link.strip(), node.strip()) for link, _comma, node in rows)


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """What a reader made of one column of a source.

    Attributes
    ----------
    name
        Header as a mapping names it.
    field
        Field that it means, one that a mapping may name; empty when it is left out.
    confidence
        0 to 1: 1 for a header that is known, or that a mapping names; less for a guess, 0 when nothing is understood.
    examples
        The first few different values, as written.
    place
        Its cell in each row of the table's sample; -1 where it has none.
    """

    name: str
    field: str
    confidence: float
    examples: tuple[str, ...] = ()
    place: int = -1


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of a source as written; ``number`` as its problems name it: a row of a sheet from 1, or a feature."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceTable:
    """What a reader made of one table of a source: a sheet, a file, a layer.

    Attributes
    ----------
    name
        As a mapping names it.
    kind
        ``node``, ``pipe``, ``row`` (a point and one connection a row), ``customer``; empty when it is left out.
    rows
        How many records it has.
    sample
        The first rows, what stands above the header included, and further ones that problems name; never all of many.
    header
        Numbers of the first and the last row of the header; None where names are no row (a GIS layer).
    mark
        What stands before the row's number where a problem says its place: ``管点.csv:``.
    """

    name: str
    kind: str
    rows: int
    columns: tuple[SourceColumn, ...]
    sample: tuple[SourceRow, ...] = ()
    header: tuple[int, int] | None = None
    mark: str = ""

    def row_named(self, where: str) -> int | None:
        """Return the number of the row that a problem's place names, None where it names none of this table."""
        number = where.removeprefix(self.mark)
        return int(number) if self.mark and number != where and number.isascii() and number.isdigit() else None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Everything that one source holds.

    Attributes
    ----------
    nodes, pipes
        Arrow tables by :func:`pipemap.model.fields.arrow_schema`; columns that the source does not have are absent.
        ``pipes["from_fid"]`` and ``pipes["to_fid"]`` are row numbers of ``nodes`` and never null: a missing end is a
        placeholder node without coordinates.
    lines
        One course a pipe.
    crs
        ``EPSG:4547``, or another text that PROJ understands; empty when the source does not say.
    format
        Name of the format that read it.
    understood
        What a person should see before storing: column name in the source → field, sheet → layer, and the like.
    tables
        The source's tables and columns, where a mapping can correct them; empty for models.
    customers
        Who is supplied, or nothing: ``id``, ``name``, ``class``, ``critical``, ``households``, ``own_tank_hours``, ``x``, ``y``,
        ``node_row`` and ``pipe_row`` (row numbers of ``nodes`` and ``pipes``), ``method`` of the tie, ``address``.
    """

    nodes: pa.Table
    pipes: pa.Table
    lines: Lines
    batch: Batch
    format: str
    crs: str = ""
    problems: tuple[Problem, ...] = ()
    model_texts: tuple[ModelText, ...] = ()
    understood: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[SourceTable, ...] = ()
    customers: pa.Table | None = None

    def with_axes_swapped(self) -> Delivery:
        """Return the delivery with east and north exchanged everywhere: for sources that have them the wrong way round."""
        xyz = self.lines.xyz[:, [1, 0, 2]] if len(self.lines.xyz) else self.lines.xyz
        return replace(
            self,
            nodes=_swapped(self.nodes),
            lines=Lines(self.lines.offsets, np.ascontiguousarray(xyz)),
            customers=None if self.customers is None else _swapped(self.customers),
            problems=tuple(replace(problem, x=problem.y, y=problem.x) for problem in self.problems),
        )


def turned(table: pa.Table, turn: Turn) -> pa.Table:
    """Return a table with its columns ``x`` and ``y`` in another coordinate system; one without them as it is."""
    import pyarrow as pa

    if not {"x", "y"} <= set(table.column_names):
        return table
    places = turn(np.column_stack([floats(table, name) for name in ("x", "y")]))
    for column, name in enumerate(("x", "y")):
        table = table.set_column(table.column_names.index(name), name, pa.array(places[:, column], from_pandas=True))
    return table


def _swapped(table: pa.Table) -> pa.Table:
    names = {"x": "y", "y": "x"}
    return table.rename_columns([names.get(name, name) for name in table.column_names])
