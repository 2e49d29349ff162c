"""Tables of points and connections list each pipe twice, A to B and B to A: the two halves become one pipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.survey_tables.ends import TOLERANCE, End
from pipemap.formats.survey_tables.joining import Names
from pipemap.formats.survey_tables.pipes import Lines
from pipemap.formats.survey_tables.sizes import parse_size

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.survey_tables.findings import Findings
    from pipemap.formats.survey_tables.tables import Table

_COMPARED = (
    "size_text",
    "material",
    "burial",
    "voltage",
    "pressure",
    "built",
    "lifecycle",
    "holes",
    "holes_used",
    "cables",
    "casing",
)
_SIGNATURE = ("size_text", "material", "burial")
_ALONE = -1
_FEW = 3
_BOTH = 2


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Rows of the halves that make one pipe: ``first`` gives its direction; ``second`` is −1 where there is none."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]


def merge_halves(halves: Lines, tables: Sequence[Table], names: Names, findings: Findings) -> Lines:
    """Make one pipe of the two halves between the same points; parallel pipes are told apart by size, material and burial.

    The half listed first gives direction and attributes, the other its end's depth and level, and what the first leaves
    blank. Where both say different things the first is kept and the difference listed.
    """
    pairs = _paired(halves)
    both = pairs.second >= 0
    second = np.where(both, pairs.second, pairs.first)
    _list_differences(halves, pairs, tables, names, findings)
    far = End(
        _otherwise(np.where(both, halves.from_end.depth[second], np.nan), halves.to_end.depth[pairs.first]),
        _otherwise(np.where(both, halves.from_end.level[second], np.nan), halves.to_end.level[pairs.first]),
        np.where(both, halves.from_end.said[second], halves.from_end.said[pairs.first]).astype(np.int8),
    )
    near = End(halves.from_end.depth[pairs.first], halves.from_end.level[pairs.first], halves.from_end.said[pairs.first])
    return replace(
        halves,
        table=_merged_table(halves, pairs, tables, names, findings),
        from_node=halves.from_node[pairs.first],
        to_node=halves.to_node[pairs.first],
        from_text=halves.from_text.take(_indices(pairs.first)),
        to_text=halves.to_text.take(_indices(pairs.first)),
        from_end=near,
        to_end=far,
        from_place=halves.from_place[pairs.first],
        to_place=halves.to_place[pairs.first],
    )


def _paired(halves: Lines) -> _Pairs:
    import pyarrow.compute as pc

    low, high = np.minimum(halves.from_node, halves.to_node), np.maximum(halves.from_node, halves.to_node)
    category = pc.dictionary_encode(halves.table["category"].combine_chunks()).indices
    kind = np.asarray(pc.fill_null(category, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
    order = np.lexsort((np.arange(len(halves)), kind, high, low))
    keys = np.column_stack([low, high, kind])[order]
    starts = np.flatnonzero(np.any(keys[1:] != keys[:-1], axis=1)) + 1 if len(keys) > 1 else np.empty(0, dtype=np.int64)
    bounds = np.concatenate([[0], starts, [len(order)]]).astype(np.int64) if len(order) else np.zeros(1, dtype=np.int64)
    begin, size = bounds[:-1], np.diff(bounds)
    one, two = begin[size == 1], begin[size == _BOTH]
    regular = halves.from_node[order[two]] != halves.from_node[order[two + 1]] if len(two) else np.empty(0, dtype=bool)
    first = [order[one], order[two[regular]]]
    second = [np.full(len(one), _ALONE), order[two[regular] + 1]]
    odd = np.concatenate([np.flatnonzero(size == _BOTH)[~regular], np.flatnonzero(size > _BOTH)])
    for start, end in zip(begin[odd].tolist(), (begin + size)[odd].tolist(), strict=True):
        left, right = _matched(halves, order[start:end].tolist())
        first.append(np.array(left, dtype=np.int64))
        second.append(np.array(right, dtype=np.int64))
    joined_first, joined_second = np.concatenate(first), np.concatenate(second)
    by_row = np.argsort(joined_first, kind="stable")
    return _Pairs(joined_first[by_row].astype(np.int64), joined_second[by_row].astype(np.int64))


def _matched(halves: Lines, rows: list[int]) -> tuple[list[int], list[int]]:
    """Match the halves of parallel pipes: those that are alike first, the others in the order of the table."""
    near = halves.from_node[rows[0]]
    forward = [row for row in rows if halves.from_node[row] == near]
    backward = [row for row in rows if halves.from_node[row] != near]
    partner: dict[int, int] = {}
    for alike in (True, False):
        for row in forward:
            fitting = (other for other in backward if not alike or _signature(halves, other) == _signature(halves, row))
            other = next(fitting, None) if row not in partner else None
            if other is not None:
                partner[row] = other
                backward.remove(other)
    left = forward + backward
    return left, [partner.get(row, _ALONE) for row in left]


def _signature(halves: Lines, row: int) -> tuple[object, ...]:
    return tuple(halves.table[name][row].as_py() for name in _SIGNATURE if name in halves.table.column_names)


def _merged_table(halves: Lines, pairs: _Pairs, tables: Sequence[Table], names: Names, findings: Findings) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    other = pa.array(pairs.second, mask=pairs.second < 0)
    columns = {}
    for name in halves.table.column_names:
        column = halves.table[name].combine_chunks()
        mine = column.take(_indices(pairs.first))
        if name == "flow":
            columns[name] = _merged_flow(halves, mine, column.take(other), pairs, tables, names, findings)
        elif name == "note":
            columns[name] = _merged_notes(mine, column.take(other))
        else:
            columns[name] = mine if name.startswith("_") else pc.coalesce(mine, column.take(other))
    return pa.table(columns)


def _merged_notes(mine: pa.Array, other: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    different = pc.fill_null(pc.and_(pc.not_equal(mine, other), pc.is_valid(other)), fill_value=False)
    return pc.if_else(different, pc.binary_join_element_wise(mine, other, "; "), pc.coalesce(mine, other))


def _merged_flow(
    halves: Lines,
    mine: pa.Array,
    other: pa.Array,
    pairs: _Pairs,
    tables: Sequence[Table],
    names: Names,
    findings: Findings,
) -> pa.Array:
    """Flow in the direction of the first half; seen from the other end, plus and minus change places."""
    import pyarrow as pa
    import pyarrow.compute as pc

    seen = pc.if_else(pc.equal(other, "+"), "-", pc.if_else(pc.equal(other, "-"), "+", other))
    unclear = pc.fill_null(pc.not_equal(mine, seen), fill_value=False)
    for place in np.flatnonzero(unclear.to_numpy(zero_copy_only=False)).tolist():
        row = int(pairs.first[place])
        said = {"value": mine[place].as_py(), "other": other[place].as_py()}
        findings.add("flow-unclear", halves.where(row, tables), said, layer="pipe", element=_name(halves, row, names))
    both = pc.binary_join_element_wise(mine, other, "/")
    return pc.if_else(unclear, both, pc.coalesce(mine, seen)).cast(pa.string())


def _list_differences(halves: Lines, pairs: _Pairs, tables: Sequence[Table], names: Names, findings: Findings) -> None:
    alone = pairs.first[pairs.second < 0].tolist()
    if len(alone) > max(_FEW, len(pairs.first) // 2):
        findings.add("one-sided-table", halves.where(alone[0], tables), {"count": len(alone)})
        alone = []
    for row in alone:
        findings.add("one-sided", halves.where(row, tables), layer="pipe", element=_name(halves, row, names))
    both = np.flatnonzero(pairs.second >= 0)
    mine, other = pairs.first[both], pairs.second[both]
    for name in _COMPARED:
        if name in halves.table.column_names:
            _list_different(halves, name, mine, other, tables, names, findings)
    with np.errstate(invalid="ignore"):
        apart = np.abs(halves.to_end.depth[mine] - halves.from_end.depth[other]) > TOLERANCE
    for place in np.flatnonzero(apart).tolist():
        row = int(mine[place])
        said = {
            "column": "to_depth",
            "value": f"{halves.to_end.depth[row]:g}",
            "other": f"{halves.from_end.depth[other[place]]:g}",
        }
        findings.add("pair-mismatch", halves.where(row, tables), said, layer="pipe", element=_name(halves, row, names))


def _list_different(
    halves: Lines,
    name: str,
    mine: NDArray[np.int64],
    other: NDArray[np.int64],
    tables: Sequence[Table],
    names: Names,
    findings: Findings,
) -> None:
    import pyarrow.compute as pc

    column = halves.table[name].combine_chunks()
    different = pc.fill_null(pc.not_equal(column.take(_indices(mine)), column.take(_indices(other))), fill_value=False)
    for place in np.flatnonzero(different.to_numpy(zero_copy_only=False)).tolist():
        row = int(mine[place])
        here, there = column[row].as_py(), column[int(other[place])].as_py()
        if name == "size_text" and parse_size(here) == parse_size(there) and parse_size(here).understood:
            continue
        table = tables[halves.table["_sheet"][row].as_py()]
        said = {"column": table.label(name), "value": here, "other": there}
        findings.add("pair-mismatch", halves.where(row, tables), said, layer="pipe", element=_name(halves, row, names))


def _name(halves: Lines, row: int, names: Names) -> str:
    return f"{names[halves.from_node[row]]}-{names[halves.to_node[row]]}"


def _otherwise(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(first), second, first)


def _indices(rows: NDArray[np.int64]) -> pa.Array:
    import pyarrow as pa

    return pa.array(rows)
