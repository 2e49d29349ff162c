"""Cells of a table that shall hold other values: some columns of some elements, and which of those cells are meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipemap.model.fields import Layer, arrow_schema

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Cells:
    """New values of some cells of one layer.

    Attributes
    ----------
    fids
        int64 (R): keys of the elements, ascending, each once.
    values
        By field, one value an element, in the field's own type; null is unknown. ``x`` and ``y`` of nodes may be among them.
    given
        By field, bool (R): which of the values count; the others stay as they are.
    """

    layer: Layer
    fids: NDArray[np.int64]
    values: Mapping[str, pa.Array]
    given: Mapping[str, NDArray[np.bool_]]

    def __len__(self) -> int:
        return int(sum(meant.sum() for meant in self.given.values()))

    @classmethod
    def of(cls, layer: Layer, cells: Iterable[tuple[int, str, Any]]) -> Cells:
        """From ``(fid, field, value)``; of two values for one cell the last counts."""
        wanted = {(int(fid), name): value for fid, name, value in cells}
        fids = np.array(sorted({fid for fid, _name in wanted}), dtype=np.int64)
        place = {fid: at for at, fid in enumerate(fids.tolist())}
        names = dict.fromkeys(name for _fid, name in wanted)
        lists: dict[str, list[Any]] = {name: [None] * len(fids) for name in names}
        given = {name: np.zeros(len(fids), dtype=np.bool_) for name in names}
        for (fid, name), value in wanted.items():
            lists[name][place[fid]] = value
            given[name][place[fid]] = True
        schema = arrow_schema(layer)
        return cls(layer, fids, {name: pa.array(lists[name], schema.field(name).type) for name in names}, given)

    @classmethod
    def same(cls, layer: Layer, fids: Iterable[int] | NDArray[np.int64], values: Mapping[str, Any]) -> Cells:
        """Give the same values to many elements."""
        keys = np.unique(np.fromiter(fids, dtype=np.int64))
        schema = arrow_schema(layer)
        columns = {name: _repeated(value, schema.field(name).type, len(keys)) for name, value in values.items()}
        return cls(layer, keys, columns, {name: np.ones(len(keys), dtype=np.bool_) for name in values})


def _repeated(value: object, kind: pa.DataType, rows: int) -> pa.Array:
    return pa.nulls(rows, kind) if value is None else pa.repeat(pa.scalar(value, kind), rows)
