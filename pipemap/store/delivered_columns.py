"""Columns of delivered rows, as storing needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.store.reading import arrow_types

if TYPE_CHECKING:
    from numpy.typing import NDArray


def texts(table: pa.Table, name: str) -> pa.ChunkedArray:
    """Return a column of texts, unknown where there is none."""
    return table[name] if name in table.column_names else pa.chunked_array([pa.nulls(table.num_rows, pa.string())])


def numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    """Return a column as float64; NaN where it is unknown or not finite."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    values: NDArray[np.float64] = pc.fill_null(table[name].cast(pa.float64()), np.nan).to_numpy().copy()
    values[~np.isfinite(values)] = np.nan
    return values


def whole(table: pa.Table, name: str) -> NDArray[np.int64]:
    """Return a column of whole numbers; −1 where it is unknown."""
    if name not in table.column_names:
        return np.full(table.num_rows, -1, dtype=np.int64)
    return pc.fill_null(table[name].cast(pa.int64()), -1).to_numpy()  # type: ignore[no-any-return]


def finite(value: float | None) -> float | None:
    """Return a number, None where it is none."""
    return float(value) if value is not None and np.isfinite(value) else None


def put(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    """Return a table with this column, in its place or at the end."""
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, column)
    return table.append_column(name, column)


def rows_table(table: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows as columns of a table of the survey."""
    return pa.table({name: pa.array([row.get(name) for row in rows], type=kind) for name, kind in arrow_types(table).items()})
