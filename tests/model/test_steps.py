"""What became of rows between two networks: where each stands now, where it stood, and how columns come about."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipemap.model.steps import Rows, rows_between

keys = st.sets(st.integers(0, 20), max_size=12)


def between(before: set[int], after: set[int], touched: set[int]) -> tuple[Rows, list[int], list[int]]:
    was, now = sorted(before), sorted(after)
    named = (before ^ after) | touched
    return rows_between(np.array(was, dtype=np.int64), np.array(now, dtype=np.int64), named), was, now


@given(keys, keys, keys)
def test_each_row_is_found_where_its_key_stands(before: set[int], after: set[int], touched: set[int]) -> None:
    rows, was, now = between(before, after, touched)
    place, source = ({key: row for row, key in enumerate(held)} for held in (now, was))
    expected = [place.get(key, -1) for key in was]
    assert rows.renumbered(np.arange(len(was))).tolist() == expected
    assert [int(rows.renumbered(np.array([row]))[0]) for row in range(len(was))] == expected
    assert rows.renumbered(np.array([-1])).tolist() == [-1]
    assert rows.moved(np.arange(len(was))).tolist() == [row for row in expected if row >= 0]
    assert rows.earlier(np.arange(len(now))).tolist() == rows.source.tolist() == [source.get(key, -1) for key in now]
    assert rows.numbers.tolist() == [*expected, -1]
    assert rows.gone.tolist() == [row for row, key in enumerate(was) if key not in after]
    assert rows.added.tolist() == [row for row, key in enumerate(now) if key not in before]
    assert rows.stays == (was == now)
    assert rows.grows == (now[: len(was)] == was)


@given(keys, keys, keys)
def test_a_column_holds_what_its_rows_held_and_what_is_new(before: set[int], after: set[int], touched: set[int]) -> None:
    rows, was, now = between(before, after, touched)
    column = np.array(was, dtype=np.float64) * 10.0
    carried = rows.carried(column, -5.0)
    assert carried.tolist() == [key * 10.0 if key in before else -5.0 for key in now]
    assert carried is not column
    fresh = np.array([now[row] * 7.0 for row in rows.now.tolist()])
    expected = [key * 7.0 if row in rows.now else key * 10.0 for row, key in enumerate(now)]
    assert rows.mended(column, rows.now, fresh).tolist() == expected
    assert rows.splice(rows.now).of(column, fresh).tolist() == expected
    assert column.tolist() == [key * 10.0 for key in was]
