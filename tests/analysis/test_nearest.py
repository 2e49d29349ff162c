from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.analysis.nearest import nearest_pipes
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network
from tests.store.deliveries import table

_metres = st.floats(-200, 200)
_courses = st.lists(st.lists(st.tuples(_metres, _metres), min_size=2, max_size=4), min_size=1, max_size=12)


def network_of(courses: list[list[tuple[float, float]]]) -> Network:
    nodes = [
        {"id": str(number), "x": x, "y": y} for number, (x, y) in enumerate(end for one in courses for end in (one[0], one[-1]))
    ]
    pipes = [{"id": f"P{row}", "from_fid": 2 * row, "to_fid": 2 * row + 1} for row in range(len(courses))]
    lines = Lines.from_lists([np.array([[x, y, 0.0] for x, y in one]) for one in courses])
    return Network.from_delivery(Delivery(table("node", nodes), table("pipe", pipes), lines, Batch("x"), "drawn"))


def to_stretch(place: tuple[float, float], one: tuple[float, float], other: tuple[float, float]) -> float:
    start, along = np.array(one), np.array(other) - np.array(one)
    share = np.clip(np.dot(np.array(place) - start, along) / max(float(np.dot(along, along)), 1e-300), 0, 1)
    return float(np.linalg.norm(np.array(place) - start - share * along))


@given(_courses, st.lists(st.tuples(_metres, _metres), min_size=1, max_size=6), st.floats(0, 150))
@settings(max_examples=60, deadline=None)
def test_the_nearest_pipe_is_the_one_that_every_distance_says(
    courses: list[list[tuple[float, float]]], places: list[tuple[float, float]], within: float
) -> None:
    network = network_of(courses)
    found = nearest_pipes(network, np.array(places), np.ones(len(courses), dtype=np.bool_), within=within)
    for place, row, distance in zip(places, found.rows.tolist(), found.distance.tolist(), strict=True):
        each = [min(to_stretch(place, *ends) for ends in pairwise(one)) for one in courses]
        if row < 0:
            assert min(each) > within - 1e-6
        else:
            assert abs(distance - min(each)) < 1e-6
            assert abs(each[row] - min(each)) < 1e-6


def test_a_long_pipe_is_near_along_its_whole_course() -> None:
    network = network_of([[(0.0, 0.0), (5000.0, 0.0)], [(0.0, 30.0), (10.0, 30.0)]])
    found = nearest_pipes(network, np.array([[2500.0, 7.0], [3.0, 28.0], [np.nan, 0.0]]), np.array([True, True]), within=10.0)
    assert found.rows.tolist() == [0, 1, -1]
    assert found.distance.tolist()[:2] == [7.0, 2.0]


def test_only_the_pipes_that_count_are_taken() -> None:
    network = network_of([[(0.0, 0.0), (10.0, 0.0)], [(0.0, 5.0), (10.0, 5.0)]])
    assert nearest_pipes(network, np.array([[5.0, 1.0]]), np.array([False, True]), within=50.0).rows.tolist() == [1]
    assert nearest_pipes(network, np.array([[5.0, 1.0]]), np.array([False, False]), within=50.0).rows.tolist() == [-1]
