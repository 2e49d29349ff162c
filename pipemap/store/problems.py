"""The problems that a survey keeps, as many as there are: columns in memory, objects only for those that are looked at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipemap.model.problem import CUSTOMER_METRES, SEVERITIES, Effect, Problem

if TYPE_CHECKING:
    from pipemap.store.checking import FoundProblem


@dataclass(frozen=True, slots=True)
class StoredProblem:
    """A problem with its key, its batch, the keys of what it is about where these are certain, and what was decided about it.

    Attributes
    ----------
    status
        ``open``, ``ignored`` or ``solved``.
    reason, decided_by, decided
        Why it is ignored, who said so, and when.
    is_checked
        Whether a check found it, which will find that it is solved; else a reader told of it.
    """

    fid: int
    batch: int | None
    problem: Problem
    element_fid: int | None
    status: str
    reason: str = ""
    decided_by: str = ""
    decided: str = ""
    is_checked: bool = False
    other_layer: str = ""
    other_fid: int | None = None

    @property
    def is_decided(self) -> bool:
        """Whether a person said something of it that can be taken back."""
        return bool(self.decided) and self.status != "open"


class StoredProblems(Sequence[StoredProblem]):
    """Problems in the order of their weight: by what solving each would change, errors before warnings where that is equal.

    Remarks come last, since they are no faults. What a reader told and a check found again is there once.
    """

    def __init__(self, table: pa.Table) -> None:
        table = table.filter(pa.array(_first_told(table)))
        self._columns = {name: _repeated_once(table[name]) for name in table.column_names}
        self._words = {name: _words(table, name) for name in ("rule", "severity", "layer")}
        self._status = _status(table)
        metres, customers = (_numbers(table, name) for name in ("effect_metres", "effect_customers"))
        rank = np.array(
            [SEVERITIES.index(word) if word in SEVERITIES else len(SEVERITIES) - 1 for word in self._words["severity"]]
        )
        rank = rank.astype(np.int64)
        last = len(SEVERITIES) - 1
        self._rows = np.lexsort((rank, -(metres + CUSTOMER_METRES * customers), rank == last))
        self._rank, self._metres, self._customers = rank, metres, customers

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
        return _problem({name: column[row].as_py() for name, column in self._columns.items()}, str(self._status[row]))

    # -- whole columns, in the order of the sequence -------------------------------------------------------------------

    @property
    def fids(self) -> NDArray[np.int64]:
        """int64: the key of each."""
        return self._columns["fid"].to_numpy()[self._rows]  # type: ignore[no-any-return]

    @property
    def rules(self) -> NDArray[np.object_]:
        """The rule of each."""
        return self._words["rule"][self._rows]

    @property
    def severities(self) -> NDArray[np.object_]:
        """The severity of each."""
        return self._words["severity"][self._rows]

    @property
    def layers(self) -> NDArray[np.object_]:
        """``node``, ``pipe`` or blank."""
        return self._words["layer"][self._rows]

    @property
    def statuses(self) -> NDArray[np.object_]:
        """``open``, ``ignored`` or ``solved``."""
        return self._status[self._rows]

    @property
    def element_fids(self) -> NDArray[np.int64]:
        """int64: the key of the element, −1 where it is not certain."""
        return pc.fill_null(self._columns["element_fid"], -1).to_numpy()[self._rows]  # type: ignore[no-any-return]

    @property
    def places(self) -> NDArray[np.float64]:
        """float64 (K, 2): where; NaN where unknown."""
        columns = [pc.fill_null(self._columns[name], np.nan).to_numpy() for name in ("x", "y")]
        return np.column_stack(columns)[self._rows]

    @property
    def is_checked(self) -> NDArray[np.bool_]:
        """bool: a check found it."""
        return np.asarray(pc.is_valid(self._columns["found"]).to_numpy(zero_copy_only=False), dtype=np.bool_)[self._rows]

    @property
    def weights(self) -> NDArray[np.float64]:
        """float64: what they are ranked by; see :class:`~pipemap.model.problem.Effect`."""
        found: NDArray[np.float64] = (self._metres + CUSTOMER_METRES * self._customers)[self._rows]
        return found


def _repeated_once(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece, words that repeat kept once."""
    whole = column.combine_chunks()
    whole = pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole
    return pc.dictionary_encode(whole) if pa.types.is_string(whole.type) else whole


def _words(table: pa.Table, name: str) -> NDArray[np.object_]:
    return np.asarray(pc.fill_null(table[name], "").to_pylist(), dtype=np.object_)


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(pc.fill_null(table[name].cast(pa.float64()), 0.0).to_numpy(), dtype=np.float64)


def _status(table: pa.Table) -> NDArray[np.object_]:
    """Return what is so of each: solved where a check says so or a person did, else what was decided."""
    said = _words(table, "status")
    said[said == ""] = "open"
    said[np.asarray(pc.is_valid(table["solved"]).to_numpy(), dtype=np.bool_)] = "solved"
    return said


def _first_told(table: pa.Table) -> NDArray[np.bool_]:
    """Whether to list each: not what a reader told where a check found the same of the same element."""
    checked = np.asarray(pc.is_valid(table["found"]).to_numpy(), dtype=np.bool_)
    told = np.ones(table.num_rows, dtype=np.bool_)
    if not checked.any() or checked.all():
        return told
    keys = [tuple(row.values()) for row in table.select(["rule", "layer", "element"]).to_pylist()]
    known = {key for key, found in zip(keys, checked.tolist(), strict=True) if found and key[2]}
    for place in np.flatnonzero(~checked).tolist():
        told[place] = keys[place] not in known
    return told


def _problem(row: dict[str, Any], status: str) -> StoredProblem:
    effect = None
    if row["effect"]:
        effect = Effect(row["effect"], row["effect_metres"] or 0.0, row["effect_customers"] or 0)
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
        effect,
    )
    return StoredProblem(
        row["fid"],
        row["batch"],
        problem,
        row["element_fid"],
        status,
        row["reason"] or "",
        row["decided_by"] or "",
        row["decided"] or "",
        row["found"] is not None,
        row["other_layer"] or "",
        row["other_fid"],
    )


def unkept(found: Iterable[FoundProblem]) -> list[StoredProblem]:
    """Return what a check found as if it were kept, for a look at what a fix would do."""
    return [
        StoredProblem(
            0, None, one.problem, one.fid, "open", is_checked=True, other_layer=one.other_layer or "", other_fid=one.other_fid
        )
        for one in found
    ]
