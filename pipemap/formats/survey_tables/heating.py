"""Heating: two pipes written as one, ``2×DN300``, are a supply and a return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import categories
from pipemap.formats.survey_tables.pipes import Lines, taken

if TYPE_CHECKING:
    from pipemap.formats.survey_tables.findings import Findings
    from pipemap.formats.survey_tables.tables import Table

SUPPLY, RETURN = "supply", "return"
_PAIR = 2


def with_supply_and_return(lines: Lines, tables: Sequence[Table], findings: Findings) -> Lines:
    """Make two pipes of each pair in heating that says nothing else of its circuit; each keeps the size as written."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = lines.table.column_names
    if "barrels" not in names:
        return lines
    heating = pa.array([row.code for row in categories() if row.carries == "heating"])
    pair = pc.and_(
        pc.is_in(lines.table["category"], heating), pc.fill_null(pc.equal(lines.table["barrels"], _PAIR), fill_value=False)
    )
    if "circuit" in names:
        pair = pc.and_(pair, pc.is_null(lines.table["circuit"]))
    rows = np.flatnonzero(pair.to_numpy())
    if not len(rows):
        return lines
    for row in rows.tolist():
        findings.add("supply-return", lines.where(row, tables), {"value": lines.table["size_text"][row].as_py()})
    order = np.sort(np.concatenate([np.arange(len(lines)), rows]))
    again = np.concatenate([[False], order[1:] == order[:-1]])
    both = taken(lines, order)
    split = pa.array(again | np.concatenate([again[1:], [False]]))
    said = pa.array(np.where(again, RETURN, SUPPLY))
    nothing = pa.nulls(len(order), pa.string())
    columns = {name: both.table[name].combine_chunks() for name in names}
    columns["circuit"] = pc.if_else(split, said, columns.get("circuit", nothing))
    columns["barrels"] = pc.if_else(split, pa.scalar(None, pa.int64()), columns["barrels"])
    if "id" in names:
        columns["id"] = pc.if_else(pa.array(again), pc.binary_join_element_wise(columns["id"], "#2", ""), columns["id"])
    return replace(both, table=pa.table(columns))
