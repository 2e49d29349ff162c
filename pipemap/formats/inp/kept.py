"""A model that was kept as text, beside what the survey holds of it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.inp.choice import numbers, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.inp.choice import Choice
    from pipemap.model.delivery import Lines
    from pipemap.model.extract import Extract

_NONE = -1


@dataclass(frozen=True, slots=True)
class Matched:
    """Elements of a kept model and the rows of the extract that they are now, −1 for what does not go out."""

    nodes: NDArray[np.int64]
    pipes: NDArray[np.int64]


def match(came_nodes: pa.Table, came_pipes: pa.Table, extract: Extract, choice: Choice) -> Matched:
    """Find each element of a kept model in the extract by its id; of several with one id the first is the first."""
    pairs = (
        (came_nodes, extract.nodes, choice.own_nodes & choice.nodes),
        (came_pipes, extract.pipes, choice.own_pipes & choice.pipes),
    )
    return Matched(*(_rows(came, now, np.flatnonzero(mask)) for came, now, mask in pairs))


def _rows(came: pa.Table, now: pa.Table, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    waiting: dict[str, list[int]] = {}
    ids = words(now.select(["id"]).take(rows), "id")
    for row, id_ in zip(rows[::-1].tolist(), reversed(ids), strict=True):
        waiting.setdefault(id_, []).append(row)
    return np.array([found.pop() if (found := waiting.get(id_)) else _NONE for id_ in words(came, "id")], dtype=np.int64)


def differing(came: pa.Table, now: pa.Table, rows: NDArray[np.int64], names: Iterable[str]) -> dict[str, NDArray[np.bool_]]:
    """Say for each named column, a value a row of ``came``, whether the survey holds something else now.

    ``rows`` are rows of ``now``; where it is −1 nothing differs. A column that the model does not fill differs where it is
    filled now.
    """
    here = rows >= 0
    at = np.where(here, rows, 0)
    return (
        {name: here & _unequal(came, now, at, name) for name in names}
        if now.num_rows
        else {name: np.zeros(len(rows), dtype=bool) for name in names}
    )


def _unequal(came: pa.Table, now: pa.Table, at: NDArray[np.int64], name: str) -> NDArray[np.bool_]:
    import pyarrow as pa

    if pa.types.is_string(now[name].type):
        after = np.array(words(now, name), dtype=object)[at]
        before = np.array(words(came, name) if name in came.column_names else [""] * len(at), dtype=object)
        return np.asarray(before != after, dtype=bool)
    after_ = numbers(now, name)[at]
    before_ = numbers(came, name) if name in came.column_names else np.full(len(at), np.nan)
    return np.asarray((before_ != after_) & ~(np.isnan(before_) & np.isnan(after_)), dtype=bool)


def moved_courses(came: Lines, now: Lines, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which pipes run another way in plan than they came."""
    moved = np.zeros(len(rows), dtype=bool)
    for row, new in enumerate(rows.tolist()):
        if new >= 0:
            before, after = came[row], now[new]
            moved[row] = len(before) != len(after) or not np.array_equal(before[1:-1, :2], after[1:-1, :2])
    return moved
