from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from pipemap.analysis.checks import boxes, check_network
from pipemap.analysis.checks.boxes import meeting
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network

SMALL = np.array([[10.0 * row, 0.0, 10.0 * row + 12.0, 1.0] for row in range(60)])
"""Boxes in a row, each of which meets the next."""
WIDE = np.array([[-1e6, -1e6, 1e6, 1e6]] * 60)
"""Boxes across the whole country."""


def pairs(some: NDArray[np.float64], others: NDArray[np.float64]) -> set[tuple[int, int]]:
    return set(zip(*(rows.tolist() for rows in meeting(some, others)), strict=True))


def heap(count: int) -> Network:
    """Points of one category in one place."""
    columns = {"id": [f"JS{row}" for row in range(count)], "category": ["JS"] * count}
    nodes = pa.table(columns | {name: [value] * count for name, value in (("x", 5.0), ("y", 6.0), ("ground", 7.0))})
    pipes = pa.table({"id": pa.array([], pa.string()), "from_fid": pa.array([], pa.int64()), "to_fid": pa.array([], pa.int64())})
    lines = Lines(np.zeros(1, dtype=np.int64), np.empty((0, 3)))
    return Network.from_delivery(Delivery(nodes, pipes, lines, Batch("heap"), format="made"))


def test_every_pair_of_boxes_that_meet_is_found() -> None:
    assert pairs(SMALL, SMALL) == {(row, other) for row in range(60) for other in range(60) if abs(row - other) <= 1}
    assert pairs(SMALL[:2], WIDE) == {(row, other) for row in range(2) for other in range(60)}
    assert pairs(SMALL[:0], WIDE) == set()


def test_boxes_that_meet_nearly_everything_are_left_out_and_the_others_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "_MOST_PAIRS", 1000)
    monkeypatch.setattr(boxes, "_MOST_EACH", 10)
    together = np.concatenate([WIDE, SMALL])
    found = pairs(together, together)
    assert {(60 + row, 60 + row + 1) for row in range(59)} <= found
    assert len(found) < 3000 < len(together) ** 2 - 60 * 57
    assert len(pairs(together, SMALL)) < 2000
    assert len(pairs(SMALL, together)) < 2000


def test_thousands_of_points_in_one_place_are_a_problem_each_and_not_a_pair_each() -> None:
    count = 5000
    found = check_network(heap(count), ["duplicate-place"])
    assert found.counts["duplicate-place"] == count - 1
    assert len(found.problems) == 1001
