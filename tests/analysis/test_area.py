"""What lies in an area: inside, on its border, and pipes that only touch it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pipemap.analysis.area import AreaError, covered, elements_within, read_area
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network


def town(courses: list[list[tuple[float, float]]]) -> Network:
    """Pipes with their own two nodes each."""
    places = [place for course in courses for place in (course[0], course[-1])] if courses else []
    return Network.from_delivery(
        Delivery(
            pa.table(
                {"x": pa.array([x for x, _y in places], pa.float64()), "y": pa.array([y for _x, y in places], pa.float64())}
            ),
            pa.table(
                {
                    "from_fid": pa.array(range(0, len(places), 2), pa.int64()),
                    "to_fid": pa.array(range(1, len(places), 2), pa.int64()),
                }
            ),
            Lines.from_lists([np.column_stack([np.array(course), np.zeros(len(course))]) for course in courses]),
            Batch("town"),
            format="test",
        )
    )


SQUARE = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"


def test_a_pipe_that_crosses_the_border_is_in_and_uncut() -> None:
    network = town([[(2, 2), (8, 8)], [(5, 5), (50, 5)], [(-5, 5), (50, 5)], [(20, 0), (20, 10)], [(-1, 11), (5, 11)]])
    found = elements_within(network, read_area(SQUARE))
    assert found.pipes.tolist() == [0, 1, 2]
    assert found.nodes.tolist() == [0, 1, 2]


def test_the_border_belongs_to_the_area() -> None:
    found = elements_within(town([[(10, 0), (20, 0)]]), read_area(SQUARE))
    assert (found.nodes.tolist(), found.pipes.tolist()) == ([0], [0])


def test_a_bend_around_a_corner_of_the_area_is_not_in_it() -> None:
    network = town([[(-1, 5), (-1, 11), (5, 11)]])
    assert elements_within(network, read_area(SQUARE)).pipes.tolist() == []


def test_what_has_no_place_is_in_no_area() -> None:
    network = town([[(1, 1), (2, 2)]])
    network.lines.xyz[:] = np.nan
    assert elements_within(network, read_area(SQUARE)).pipes.tolist() == []
    assert elements_within(town([]), read_area(SQUARE)).pipes.tolist() == []


@pytest.mark.parametrize(
    "text",
    [
        *("", "here", "POINT (1 1)", "LINESTRING (0 0, 1 1)", "POLYGON EMPTY", "POLYGON ((0 0, 1 1))"),
        *("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))", "POLYGON ((0 0, 1 0, nan 1, 0 0))", "POLYGON ((0 0, 1 0, 1e400 1, 0 0))"),
        *("GEOMETRYCOLLECTION EMPTY", "\x00"),
    ],
)
def test_what_is_no_area_is_told_in_words(text: str) -> None:
    with pytest.raises(AreaError) as told:
        read_area(text)
    assert told.value.message


coordinate = st.integers(-15, 25)
course = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=4)


@given(st.lists(course, max_size=6))
def test_the_answer_is_that_of_asking_one_by_one(courses: list[list[tuple[float, float]]]) -> None:
    network, area = town(courses), read_area(SQUARE)
    found = elements_within(network, area)
    assert found.pipes.tolist() == [at for at, one in enumerate(courses) if area.intersects(shapely.LineString(one))]
    places = [place for one in courses for place in (one[0], one[-1])]
    assert found.nodes.tolist() == [at for at, place in enumerate(places) if area.intersects(shapely.Point(place))]


def test_what_is_covered_leaves_unknown_places_out() -> None:
    assert covered(np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [np.nan, 9.0]])).area == 8.0
    assert covered(np.empty((0, 2))).is_empty
