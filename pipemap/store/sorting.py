"""Lists in order, from columns that are in memory: what SQLite would answer, without looking at a million rows of the file.

Texts are compared by their bytes, unknown values come last either way, and equal ones stand in the order of their keys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.store.query import Condition

_WORD = 8
"""Bytes of a text that are compared as one number."""
_TESTS: dict[str, Callable[..., Any]] = {
    "=": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


def order_of(column: pa.Array, *, descending: bool) -> NDArray[np.int64]:
    """Return the rows of a column, sorted."""
    unknown = column.is_null().to_numpy(zero_copy_only=False)
    known = np.flatnonzero(~unknown)
    values = column.take(pa.array(known)) if unknown.any() else column
    if not descending:
        order = _ascending(values)
    else:  # from the end, so that equal ones keep the order of their keys
        last = len(values) - 1
        order = last - _ascending(values.take(pa.array(np.arange(last, -1, -1))))[::-1]
    return np.concatenate([known[order], np.flatnonzero(unknown)])


def _ascending(values: pa.Array) -> NDArray[np.int64]:
    if pa.types.is_dictionary(values.type):
        place = np.empty(len(values.dictionary), dtype=np.int32)
        place[order_of_texts(values.dictionary)] = np.arange(len(place))
        narrow = place.astype(np.int16) if len(place) < np.iinfo(np.int16).max else place  # sorted by counting
        found: NDArray[np.int64] = np.argsort(narrow[values.indices.to_numpy(zero_copy_only=False)], kind="stable")
        return found
    if pa.types.is_string(values.type):
        return order_of_texts(values)
    return np.argsort(values.to_numpy(zero_copy_only=False), kind="stable")


def order_of_texts(texts: pa.Array) -> NDArray[np.int64]:
    """Return the rows of a text column without nulls, sorted by bytes; equal ones in the order of their rows."""
    words = _as_numbers(texts) if len(texts) else None
    if words is None:
        found: NDArray[np.int64] = pc.sort_indices(texts).to_numpy().astype(np.int64)
        return found
    return np.lexsort(words) if len(words) > 1 else np.argsort(words[0], kind="stable")


def _as_numbers(texts: pa.Array) -> list[NDArray[np.uint64]] | None:
    """Return texts of up to sixteen bytes as two numbers each, the second first; ``None`` for longer ones or NULs."""
    _validity, offsets, content = texts.buffers()
    if content is None:
        return None
    ends = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    held = np.frombuffer(content, dtype=np.uint8)[: ends[-1]]
    longest = int(np.diff(ends).max())
    if longest > 2 * _WORD or not held.all():
        return None
    room = np.concatenate([held, np.zeros(2 * _WORD, dtype=np.uint8)])
    at_every_byte = np.ndarray((len(room) - _WORD + 1,), ">u8", room.data, 0, (1,))
    found = []
    for first in range(0, max(1, longest), _WORD):
        left = np.clip(np.diff(ends) - first, 0, _WORD).astype(np.uint64) * np.uint64(8)
        number = at_every_byte[np.minimum(ends[:-1] + first, len(room) - _WORD)].astype(np.uint64)
        cut = np.uint64(64) - left
        found.append(np.where(left > 0, (number >> np.minimum(cut, np.uint64(63))) << np.minimum(cut, np.uint64(63)), 0))
    return found[::-1]


def meets(column: pa.Array, condition: Condition, value: object) -> NDArray[np.bool_]:
    """Return which rows fulfil a condition; ``value`` is in the type of the column."""
    if pa.types.is_dictionary(column.type):
        words = np.append(meets(column.dictionary, condition, value), meets(pa.nulls(1, pa.string()), condition, value))
        found: NDArray[np.bool_] = words[pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False)]
        return found
    if condition.op in {"is-empty", "not-empty"}:
        blank = column.is_null() if not pa.types.is_string(column.type) else pc.equal(pc.fill_null(column, ""), "")
        held = blank if condition.op == "is-empty" else pc.invert(blank)
    elif condition.op == "contains":
        held = holds(column, str(value))
    elif value is None:  # SQL: equal to nothing is unknown, larger than nothing is never true
        held = {"=": column.is_null(), "!=": column.is_valid()}.get(condition.op, pa.array(np.zeros(len(column), dtype=np.bool_)))
    elif pa.types.is_integer(column.type):
        return meets(column.cast(pa.float64()), condition, value)
    else:
        held = pc.fill_null(_TESTS[condition.op](column, pa.scalar(value, column.type)), condition.op == "!=")
    return held.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def holds(texts: pa.Array, wanted: str, *, begins: bool = False) -> pa.Array:
    """Return which texts hold another one, or begin with it, letters of ASCII alike as LIKE compares; unknown ones do not."""
    compare = pc.starts_with if begins else pc.match_substring
    return pc.fill_null(compare(pc.ascii_lower(texts), ascii_lower(wanted)), False)  # noqa: FBT003


def ascii_lower(text: str) -> str:
    """Return a text with the capital letters of ASCII made small, and no others."""
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)


def all_of(rows: int, parts: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Return which of so many rows fulfil everything."""
    kept = np.ones(rows, dtype=np.bool_)
    for part in parts:
        kept &= part
    return kept
