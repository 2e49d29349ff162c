"""An extract as sheets: one a category, the points in the order of the survey, each with its connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.catalog import categories, category, depth_reference
from pipemap.formats.spreadsheets import CHUNK, Row
from pipemap.formats.survey_sheets.layout import BOTTOMS, COLUMNS, REFERENCES, TOPS, Column
from pipemap.model.columns import Coded
from pipemap.model.fields import values

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.writing import WriteOptions
    from pipemap.model.extract import Extract

UNSORTED = "未分类"
_NONE = -1
_TURNED = {"+": "-", "-": "+"}


@dataclass(frozen=True, slots=True)
class Connections:
    """Rows of the sheets.

    Attributes
    ----------
    node, pipe, end
        A point, and a pipe with the end of it that is here; ``pipe`` is −1 for a point without any.
    first
        Whether the row is the first of its point.
    """

    node: NDArray[np.int64]
    pipe: NDArray[np.int64]
    end: NDArray[np.int64]
    first: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.node)

    def part(self, start: int, stop: int) -> Connections:
        """Return some rows."""
        return Connections(self.node[start:stop], self.pipe[start:stop], self.end[start:stop], self.first[start:stop])


@dataclass(frozen=True, slots=True)
class CategorySheet:
    """One category: its code (empty: unknown) and its rows."""

    code: str
    rows: Connections

    @property
    def name(self) -> str:
        """Code and Chinese name, as a sheet is called."""
        known = category(self.code)
        return f"{self.code}{known.name_zh}" if known else self.code or UNSORTED

    @property
    def title(self) -> str:
        """Title of the table; the category is read from it again."""
        known = category(self.code)
        return f"{known.name_zh if known else self.code}管线点成果表"


def category_sheets(extract: Extract) -> list[CategorySheet]:
    """Return a sheet a category, in the order of the standard; a point stands in the sheets of all its pipes."""
    of_node, of_pipe = (Coded.from_arrow(table["category"]) for table in (extract.nodes, extract.pipes))
    order = {row.code: number for number, row in enumerate(categories())}
    codes = sorted({*of_node.values, *of_pipe.values} - {""}, key=lambda code: (order.get(code, len(order)), code))
    place = {code: number for number, code in enumerate(codes)}
    nodes, pipes = (_renumbered(column, place) for column in (of_node, of_pipe))
    ends = extract.ends()
    alone = np.ones(extract.nodes.num_rows, dtype=np.bool_)
    alone[ends.reshape(-1)] = False
    lonely = np.flatnonzero(alone)
    count = len(ends)
    node = np.concatenate([ends[:, 0], ends[:, 1], lonely])
    pipe = np.concatenate([np.arange(count), np.arange(count), np.full(len(lonely), _NONE)])
    end = np.concatenate([np.zeros(count), np.ones(count), np.zeros(len(lonely))]).astype(np.int64)
    kind = np.concatenate([pipes, pipes, nodes[lonely]])
    order_of_rows = np.lexsort((end, pipe, node, kind))
    node, kind = node[order_of_rows], kind[order_of_rows]
    first = np.ones(len(node), dtype=np.bool_)
    first[1:] = (node[1:] != node[:-1]) | (kind[1:] != kind[:-1])
    ordered = Connections(node, pipe[order_of_rows], end[order_of_rows], first)
    bounds = np.searchsorted(kind, np.arange(len(codes) + 2))
    found = [CategorySheet(code, ordered.part(bounds[at], bounds[at + 1])) for at, code in enumerate([*codes, ""])]
    return [sheet for sheet in found if len(sheet.rows)]


def _renumbered(column: Coded, place: Mapping[str, int]) -> NDArray[np.int64]:
    """Return the place of each row's category; those without one come last."""
    places = np.array([place.get(code, len(place)) for code in column.values] + [len(place)], dtype=np.int64)
    return places[column.codes]


class SheetRows:
    """Makes the rows of sheets, a few thousand at a time."""

    def __init__(self, extract: Extract, options: WriteOptions) -> None:
        self._extract = extract
        self.columns = [column for column in COLUMNS if _is_chosen(column, options)]

    def make(self, sheet: CategorySheet) -> Iterator[list[Row]]:
        """Give the rows of a sheet, with values by :attr:`columns`."""
        for start in range(0, len(sheet.rows), CHUNK):
            rows = sheet.rows.part(start, start + CHUNK)
            yield list(zip(*(self._column(column, rows) for column in self.columns), strict=True))

    def _column(self, column: Column, rows: Connections) -> list[Any]:
        maker = _MAKERS.get(column.name)
        if maker is not None:
            return maker(self, rows)
        points = self._at_points(column.name, rows) if column.of != "connection" else None
        pipes = self._at_pipes(column.name, rows) if column.of != "point" else None
        if points is None or pipes is None:
            return points or pipes or []
        return [mine if pipe >= 0 else other for mine, other, pipe in zip(pipes, points, rows.pipe.tolist(), strict=True)]

    def _at_points(self, name: str, rows: Connections) -> list[Any]:
        import pyarrow as pa

        return self._extract.nodes[name].take(pa.array(rows.node, mask=~rows.first)).to_pylist()  # type: ignore[no-any-return]

    def _at_pipes(self, name: str, rows: Connections) -> list[Any]:
        import pyarrow as pa

        return self._extract.pipes[name].take(pa.array(rows.pipe, mask=rows.pipe < 0)).to_pylist()  # type: ignore[no-any-return]

    @cached_property
    def numbers(self) -> pa.ChunkedArray:
        """What each point is called: its field number, else its map number, else its key."""
        import pyarrow as pa
        import pyarrow.compute as pc

        nodes = self._extract.nodes
        blank = pa.scalar(None, pa.string())
        printed = [pc.if_else(pc.equal(nodes[name], ""), blank, nodes[name]) for name in ("id", "map_id")]
        return pc.coalesce(*printed, pc.binary_join_element_wise("#", nodes["fid"].cast(pa.string()), ""))

    def _ids(self, rows: Connections) -> list[Any]:
        import pyarrow as pa

        return self.numbers.take(pa.array(rows.node, mask=~rows.first)).to_pylist()  # type: ignore[no-any-return]

    def _connected(self, rows: Connections) -> list[Any]:
        import pyarrow as pa

        none = rows.pipe < 0
        others = self._extract.ends()[rows.pipe, 1 - rows.end] if len(self._extract.pipes) else np.zeros(len(rows), np.int64)
        return self.numbers.take(pa.array(others, mask=none)).to_pylist()  # type: ignore[no-any-return]

    def _at_end(self, what: str, rows: Connections) -> list[Any]:
        """Values of a field that each end has of its own."""
        near, far = (self._at_pipes(f"{side}_{what}", rows) for side in ("from", "to"))
        return [two if end else one for one, two, end in zip(near, far, rows.end.tolist(), strict=True)]

    def _references(self, rows: Connections) -> list[str]:
        words = (self._at_pipes(name, rows) for name in ("category", "burial", "pressurised"))
        usual = [depth_reference(code, laid, pressurised=how) for code, laid, how in zip(*words, strict=True)]
        said = self._at_end("reference", rows)
        return [other if word in {None, "", "unknown"} else word for word, other in zip(said, usual, strict=True)]

    def _levels(self, rows: Connections, wanted: Sequence[str]) -> list[float | None]:
        """Levels measured to one of the ``wanted`` references; where only the depth was noted, ground less depth."""
        import pyarrow as pa

        ground = self._extract.nodes["ground"].take(pa.array(rows.node)).to_pylist()
        told = zip(self._at_end("level", rows), self._at_end("depth", rows), ground, self._references(rows), strict=True)
        return [
            None if reference not in wanted else level if level is not None else _less(over, depth)
            for level, depth, over, reference in told
        ]

    def _shown_references(self, rows: Connections) -> list[str | None]:
        told = zip(self._at_end("depth", rows), self._at_end("level", rows), self._references(rows), strict=True)
        return [None if depth is None and level is None else REFERENCES.get(word, "不明") for depth, level, word in told]

    def _flows(self, rows: Connections) -> list[Any]:
        """Flow as seen from the point of the row: plus goes away from it."""
        flows = self._at_pipes("flow", rows)
        return [_TURNED.get(flow, flow) if end else flow for flow, end in zip(flows, rows.end.tolist(), strict=True)]

    def _sizes(self, rows: Connections) -> list[str | None]:
        told = zip(*(self._at_pipes(name, rows) for name in ("size_text", "diameter_mm", "width_mm", "height_mm")), strict=True)
        return [_size(*one) for one in told]

    def _pressures(self, rows: Connections) -> list[str | None]:
        told = zip(*(self._at_pipes(name, rows) for name in ("category", "voltage", "pressure")), strict=True)
        return [voltage if _carries_power(code) else pressure for code, voltage, pressure in told]

    def _lifecycles(self, rows: Connections) -> list[str | None]:
        words = {value.value: value.label_zh for value in values("lifecycle").values()}
        points, pipes = self._at_points("lifecycle", rows), self._at_pipes("lifecycle", rows)
        chosen = (mine if pipe >= 0 else other for mine, other, pipe in zip(pipes, points, rows.pipe.tolist(), strict=True))
        return [words.get(word, word) if word else None for word in chosen]

    def _notes(self, rows: Connections) -> list[str | None]:
        told = zip(self._at_points("note", rows), self._at_pipes("note", rows), strict=True)
        return ["; ".join(note for note in both if note) or None for both in told]


_MAKERS: dict[str, Callable[[SheetRows, Connections], list[Any]]] = {
    "id": SheetRows._ids,  # noqa: SLF001 -- of this module
    "connect": SheetRows._connected,  # noqa: SLF001
    "north": lambda maker, rows: maker._at_points("y", rows),  # noqa: SLF001
    "east": lambda maker, rows: maker._at_points("x", rows),  # noqa: SLF001
    "level_top": lambda maker, rows: maker._levels(rows, TOPS),  # noqa: SLF001
    "level_bottom": lambda maker, rows: maker._levels(rows, BOTTOMS),  # noqa: SLF001
    "depth": lambda maker, rows: maker._at_end("depth", rows),  # noqa: SLF001
    "reference": SheetRows._shown_references,  # noqa: SLF001
    "size": SheetRows._sizes,  # noqa: SLF001
    "flow": SheetRows._flows,  # noqa: SLF001
    "pressure": SheetRows._pressures,  # noqa: SLF001
    "lifecycle": SheetRows._lifecycles,  # noqa: SLF001
    "note": SheetRows._notes,  # noqa: SLF001
}
"""Columns that are not simply a field of the point or of the pipe."""


def _is_chosen(column: Column, options: WriteOptions) -> bool:
    """Whether a column goes out: numbers and places always, others where one of their fields was chosen."""
    layers = {"point": ("node",), "connection": ("pipe",), "both": ("node", "pipe")}[column.of]
    chosen = [options.fields.get(layer) for layer in layers]  # type: ignore[call-overload]
    always = not column.fields or column.name in {"id", "map_id"}
    return always or any(some is None or set(column.fields) & set(some) for some in chosen)


def _less(ground: float | None, depth: float | None) -> float | None:
    return None if ground is None or depth is None else round(ground - depth, 6)


def _size(text: str | None, diameter: float | None, width: float | None, height: float | None) -> str | None:
    if text:
        return text
    if diameter is not None:
        return f"{diameter:g}"
    return None if width is None or height is None else f"{width:g}X{height:g}"


def _carries_power(code: str | None) -> bool:
    found = category(code)
    return found is not None and found.carries == "power"
