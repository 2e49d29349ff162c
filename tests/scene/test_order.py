from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipemap.scene.order import order_of

keys = st.lists(st.integers(0, 9), max_size=200)


@given(keys)
def test_equal_keys_stay_as_they_were(numbers: list[int]) -> None:
    key = np.array(numbers, dtype=np.int64)
    assert order_of(key, 9).tolist() == np.argsort(key, kind="stable").tolist()


@given(keys)
def test_mixed_is_an_order_too_and_always_the_same(numbers: list[int]) -> None:
    key = np.array(numbers, dtype=np.int64)
    found = order_of(key, 9, mixed=True)
    assert sorted(found.tolist()) == list(range(len(key)))
    assert (np.diff(key[found]) >= 0).all()
    assert found.tolist() == order_of(key, 9, mixed=True).tolist()


def test_mixed_keys_do_not_lie_row_by_row() -> None:
    assert (np.diff(order_of(np.zeros(1000, dtype=np.int64), 0, mixed=True)) != 1).mean() > 0.9
