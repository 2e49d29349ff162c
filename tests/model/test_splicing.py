"""Columns put together from runs of an old one and fresh rows are what taking them row by row gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipemap.model.splicing import Splice, ranges


@given(st.integers(0, 12), st.integers(0, 6), st.data())
def test_a_splice_takes_each_row_from_where_it_says(count: int, fresh: int, data: st.DataObject) -> None:
    source = np.array(data.draw(st.permutations(range(count + fresh))), dtype=np.int64)
    source = source[: data.draw(st.integers(0, len(source)))]
    named = np.unique(source[source >= count])  # each fresh row has a place
    source[source >= count] = count + np.searchsorted(named, source[source >= count])
    fresh = len(named)
    old, new = np.arange(count) * 10.0, np.arange(fresh) * -7.0
    splice = Splice.from_source(source, count)
    np.testing.assert_array_equal(Splice.from_source(source, count).of(old, new), np.append(old, new)[source])
    moved = splice.moved()
    assert moved[-1] == -1
    for place, row in enumerate(source.tolist()):
        if row < count:
            assert moved[row] == place


def test_where_nothing_differs_the_old_column_is_the_new_one() -> None:
    old = np.array([1.0, np.nan, 3.0])
    splice = Splice.from_source(np.array([0, 3, 2]), 3)
    assert splice.of(old, np.array([np.nan])) is old
    np.testing.assert_array_equal(splice.of(old, np.array([2.0])), [1.0, 2.0, 3.0])
    assert np.isnan(old[1])


def test_an_appended_row_follows_the_last_old_one() -> None:
    np.testing.assert_array_equal(Splice.from_source(np.array([0, 1, 2]), 2).of(np.array([5, 6]), np.array([7])), [5, 6, 7])


def test_ranges_follow_one_another() -> None:
    assert ranges(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]
