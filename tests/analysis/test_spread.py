"""Where a leak can spread: through the ground in space, then along what is hollow."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipemap.analysis.gaps import segment_distances
from pipemap.analysis.spread import spread
from pipemap.errors import PipemapError, UnknownElementError
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network

Course = tuple[str, str, float, float, float]


def street(*, drain_level: float = -2.0) -> Network:
    """A gas main along y = 0; a drain of three runs along y = 3, a full water main and a cable beside it, a duct far off."""
    courses = {
        "gas": ("TR", "ZM", 0.0, 0.0, -1.0, 100.0), "d1": ("YS", None, 3.0, 0.0, drain_level, 50.0),
        "d2": ("YS", None, 3.0, 50.0, drain_level, 80.0), "d3": ("YS", None, 3.0, 130.0, drain_level, 40.0),
        "main": ("JS", None, 2.0, 0.0, -1.0, 100.0), "cable": ("GD", "ZM", 1.0, 0.0, -1.0, 100.0),
        "duct": ("GD", "GK", 40.0, 0.0, -1.0, 100.0),
    }  # fmt: skip
    names: list[str] = []
    places: list[tuple[float, float, float]] = []
    ends: list[tuple[int, int]] = []
    for _code, _laid, north, east, level, long in courses.values():
        pair = []
        for x in (east, east + long):
            name = f"{north:g}/{x:g}"
            if name not in names:
                names.append(name)
                places.append((x, north, level))
            pair.append(names.index(name))
        ends.append((pair[0], pair[1]))
    nodes = pa.table({"id": names, "x": [place[0] for place in places], "y": [place[1] for place in places]})
    pipes = pa.table(
        {
            "id": list(courses), "category": [row[0] for row in courses.values()],
            "burial": pa.array([row[1] for row in courses.values()], pa.string()),
            "from_fid": [pair[0] for pair in ends], "to_fid": [pair[1] for pair in ends],
            "diameter_mm": [200.0] * len(courses),
        }
    )  # fmt: skip
    lines = Lines(np.arange(0, 2 * len(ends) + 1, 2), np.array([places[row] for pair in ends for row in pair]))
    return Network.from_delivery(Delivery(nodes, pipes, lines, Batch(""), format=""))


def test_gas_enters_the_drain_and_goes_along_it_but_into_no_full_main_or_cable() -> None:
    found = spread(street(), ["gas"], through_ground=5.0, along=1000.0)
    assert found.pipes == ("d1", "d2", "d3")
    assert found.entries[0].metres == pytest.approx(np.hypot(3, 1) - 0.2)
    assert not found.entries[0].in_plan
    assert set(found.nodes) == {"3/0", "3/50", "3/130", "3/170"}


def test_distance_is_in_space_and_not_in_plan() -> None:
    assert spread(street(drain_level=-9.0), ["gas"], through_ground=5.0).pipes == ()


def test_an_unknown_level_counts_as_near_and_is_said() -> None:
    found = spread(street(drain_level=np.nan), ["gas"], through_ground=3.0)
    assert found.pipes[0] == "d1"
    assert found.entries[0].in_plan
    assert found.entries[0].metres == pytest.approx(2.8)


def test_it_is_followed_no_farther_than_asked() -> None:
    assert spread(street(), ["gas"], through_ground=5.0, along=20.0).pipes == ("d1", "d2", "d3")  # d2 reaches x = 130 by itself
    assert spread(street(), ["gas"], through_ground=0.5, along=20.0).pipes == ()


def test_bad_questions_are_said_in_words() -> None:
    with pytest.raises(UnknownElementError):
        spread(street(), ["nothing"])
    with pytest.raises(PipemapError, match="metres"):
        spread(street(), ["gas"], through_ground=float("nan"))
    with pytest.raises(PipemapError, match="leak"):
        spread(street(), [])


PLACES = arrays(np.float64, (2, 3), elements=st.integers(-4, 4).map(float))


@given(PLACES, PLACES)
def test_distances_of_segments_are_the_least_over_many_points(one: np.ndarray, two: np.ndarray) -> None:
    at = np.linspace(0, 1, 101)[:, None]
    a, b = one[0] + (one[1] - one[0]) * at, two[0] + (two[1] - two[0]) * at
    least = np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1)).min()
    found = segment_distances(one[None], two[None])[0]
    assert least - 0.15 <= found <= least + 1e-9
