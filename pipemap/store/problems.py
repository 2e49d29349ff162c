"""The problems that a survey keeps, as many as there are: columns in memory, objects only for those that are looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.problem import SEVERITIES, Problem


@dataclass(frozen=True, slots=True)
class StoredProblem:
    """A problem with its key, its batch, the key of the element where that is certain, and what was decided about it."""

    fid: int
    batch: int | None
    problem: Problem
    element_fid: int | None
    status: str


class StoredProblems(Sequence[StoredProblem]):
    """Problems in the order of their weight, errors first; within one severity as they came."""

    def __init__(self, table: pa.Table) -> None:
        rank = pc.fill_null(pc.index_in(table["severity"], value_set=pa.array(SEVERITIES)), SEVERITIES.index("info"))
        self._rows = np.argsort(rank.to_numpy().astype(np.int8), kind="stable")
        self._columns = {name: _repeated_once(table[name]) for name in table.column_names}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> StoredProblem: ...
    @overload
    def __getitem__(self, place: slice) -> list[StoredProblem]: ...
    def __getitem__(self, place: int | slice) -> StoredProblem | list[StoredProblem]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        row = int(self._rows[place])
        return _problem({name: column[row].as_py() for name, column in self._columns.items()})


def _repeated_once(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece, words that repeat kept once."""
    whole = column.combine_chunks()
    whole = pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole
    return pc.dictionary_encode(whole) if pa.types.is_string(whole.type) else whole


def _problem(row: dict[str, Any]) -> StoredProblem:
    problem = Problem(
        row["rule"] or "",
        row["severity"] or "info",
        row["found_in"] or "",
        row["text"] or "",
        json.loads(row["arguments"] or "{}"),
        row["layer"] or "",
        row["element"] or "",
        row["x"],
        row["y"],
    )
    return StoredProblem(row["fid"], row["batch"], problem, row["element_fid"], row["status"] or "open")
