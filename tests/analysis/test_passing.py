"""What tracks pass of pipes and points."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipemap.analysis.passing import DRIVE, GAP, JUMP, WALK, Limits, cover, legs_of
from pipemap.model.network import Network
from pipemap.model.patrol import TrackPoints
from tests.store.deliveries import Row, delivery

NODES: tuple[Row, ...] = tuple({"id": f"N{n}", "x": 100.0 * n, "y": 0.0, "category": "RQ"} for n in range(4))
PIPES: tuple[Row, ...] = tuple({"id": f"P{n}", "from_fid": n, "to_fid": n + 1, "category": "RQ"} for n in range(3))
ALL, NONE = np.arange(3), np.zeros(0, dtype=np.int64)


@pytest.fixture(scope="module")
def street() -> Network:
    """Three pipes of 100 m from west to east."""
    return Network.from_delivery(delivery(NODES, PIPES))


def track(*places: tuple[float, float, float], part: int = 0) -> TrackPoints:
    rows = np.array(places, dtype=np.float64)
    return TrackPoints(rows[:, :2], rows[:, 2], np.full(len(rows), part))


def along(start: float, end: float, speed: float, *, y: float = 0.0, begins: float = 1e9) -> TrackPoints:
    x: NDArray[np.float64] = np.arange(start, end + 0.1, 10.0)
    return track(*[(float(one), y, begins + (float(one) - start) / speed) for one in x])


def test_what_was_walked_is_passed_with_its_time(street: Network) -> None:
    found = cover(street, ALL, np.array([0, 3]), [along(0, 200, 1.0, y=5.0)])
    assert found.is_passed.tolist() == [True, True, False]
    assert found.passed_m == pytest.approx(208, abs=3)
    assert found.missed_m == pytest.approx(92, abs=3)
    assert found.first[1] - 1e9 == pytest.approx(101, abs=1)
    assert found.present.tolist() == [True, False]
    assert found.reason == ("", "", "not-reached")
    assert found.walked_m == pytest.approx(200)


def test_driving_past_counts_only_where_nobody_has_to_walk(street: Network) -> None:
    drive = along(0, 300, 10.0)
    walked = cover(street, ALL, np.array([1]), [drive])
    assert walked.passed_m == 0.0
    assert walked.driven_m == pytest.approx(300)
    assert set(walked.reason) == {"driven"}
    assert not walked.present[0]
    assert cover(street, ALL, NONE, [drive], Limits(on_foot=False)).passed_m == pytest.approx(300)


def test_jumps_and_gaps_pass_nothing(street: Network) -> None:
    gap = track((0, 0, 0), (300, 0, 600))
    jump = track((0, 0, 0), (300, 0, 1))
    untimed = track((0, 0, np.nan), (300, 0, np.nan))
    assert [legs_of(one, Limits()).kind.tolist() for one in (gap, jump, untimed)] == [[GAP], [JUMP], [GAP]]
    for one in (gap, jump, untimed):
        found = cover(street, ALL, NONE, [one])
        assert found.passed_m == 0.0
        assert set(found.reason) == {"gap"}
        assert (found.gaps, found.jumps) in {(1, 0), (0, 1)}


def test_between_two_parts_nothing_was_recorded() -> None:
    one, other = along(0, 20, 1.0), along(40, 60, 1.0)
    both = TrackPoints(np.vstack([one.xy, other.xy]), np.append(one.time, other.time), np.repeat([0, 1], [3, 3]))
    assert len(legs_of(both, Limits())) == 4


def test_without_times_places_alone_count(street: Network) -> None:
    x = np.arange(0, 301, 20.0)
    found = cover(street, ALL, np.array([2]), [track(*[(float(one), 0, np.nan) for one in x])])
    assert found.is_passed.all()
    assert found.present.all()
    assert np.isnan(found.first).all()
    assert found.dwell.tolist() == [0.0]


def test_a_time_that_runs_back_is_no_speed() -> None:
    assert legs_of(track((0, 0, 100), (5, 0, 50)), Limits()).kind.tolist() == [WALK]
    assert legs_of(track((0, 0, 0), (30, 0, 6)), Limits()).kind.tolist() == [DRIVE]


def test_who_stands_at_a_point_stays_there(street: Network) -> None:
    stay = track((100, 2, 0), (100, 2, 60), (101, 2, 90))
    assert cover(street, ALL, np.array([1]), [stay]).dwell.tolist() == [90.0]


def test_points_come_out_of_the_survey_as_they_went_in() -> None:
    points = track((1.5, 2.5, 3.5), (4.0, 5.0, np.nan), part=7)
    again = TrackPoints.unpack(points.pack())
    assert again.xy.tolist() == points.xy.tolist()
    assert again.part.tolist() == [7, 7]
    assert len(TrackPoints.unpack(b"no track at all")) == 0
    assert len(TrackPoints.unpack(None)) == 0
