"""Ways of rounds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.analysis.rounds import plan_round
from pipemap.model.network import Network
from tests.store.deliveries import Row, delivery

NONE = np.zeros(0, dtype=np.int64)


def grid(places: list[tuple[float, float]], pipes: list[tuple[int, int]]) -> Network:
    nodes: list[Row] = [{"id": f"N{n}", "x": x, "y": y, "category": "JS"} for n, (x, y) in enumerate(places)]
    rows: list[Row] = [{"id": f"P{n}", "from_fid": a, "to_fid": b, "category": "JS"} for n, (a, b) in enumerate(pipes)]
    return Network.from_delivery(delivery(nodes, rows))


def test_a_square_is_walked_round_without_a_step_between() -> None:
    network = grid([(0, 0), (10, 0), (10, 10), (0, 10)], [(0, 1), (2, 1), (2, 3), (3, 0)])
    way = plan_round(network, np.arange(4), NONE)
    assert (way.trails, way.between, way.length) == (1, 0.0, 40.0)
    assert sorted(way.pipes.tolist()) == [0, 1, 2, 3]


def test_loops_are_walked_where_the_way_comes_by() -> None:
    """A line with a triangle at its middle needs no step between, as Euler says."""
    network = grid([(0, 0), (10, 0), (20, 0), (5, 8), (15, 8)], [(0, 1), (1, 2), (1, 3), (3, 4), (4, 1)])
    way = plan_round(network, np.arange(5), NONE)
    assert (way.trails, way.between) == (1, 0.0)


def test_two_streets_far_apart_are_walked_from_their_near_ends() -> None:
    network = grid([(0, 0), (10, 0), (30, 0), (50, 0)], [(0, 1), (3, 2)])
    way = plan_round(network, np.arange(2), NONE)
    assert (way.trails, way.between, way.walk) == (2, 20.0, 50.0)


def test_a_point_apart_from_the_pipes_is_visited() -> None:
    network = grid([(0, 0), (10, 0), (12, 0)], [(0, 1)])
    way = plan_round(network, np.array([0]), np.array([1, 2]))
    assert way.nodes.tolist() == [2]
    assert way.between == 2.0


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_pipe_is_walked_once_and_the_way_is_as_long_as_told(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 8))
    place = st.integers(0, 50).map(float)
    places = data.draw(st.lists(st.tuples(place, place), min_size=count, max_size=count))
    row = st.integers(0, count - 1)
    pipes = data.draw(st.lists(st.tuples(row, row), min_size=1, max_size=14))
    network = grid(places, pipes)
    way = plan_round(network, np.arange(len(pipes)), NONE)
    assert sorted([*way.pipes.tolist(), *way.unplaced.tolist()]) == list(range(len(pipes)))
    told = sum(float(np.hypot(*(other - one))) for one, other in pairwise(way.way))
    assert told == pytest.approx(way.walk)
