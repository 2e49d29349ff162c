"""CJJ 181: the worked example, and random sections against a plain second implementation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipemap.analysis.condition import Defect, Factors, group_defects, rate, score_of
from pipemap.analysis.sections import find_runs
from pipemap.catalog.kinds import NodeKind
from pipemap.model.network import Network


def defect(number: int, at: float, score: float, long: float = 0.0) -> Defect:
    return Defect(number, "PL", 2, score, at, at + long)


def test_the_worked_example() -> None:
    found = score_of("cjj181", "PL", 2), score_of("cjj181", "CK", 3)
    assert found == (("structural", 2.0), ("structural", 5.0))
    rating = rate("structural", [defect(1, 3.0, 2.0), defect(2, 12.0, 5.0)], 30.0, Factors(area=3.0, diameter_mm=500.0, soil=0.0))
    assert (rating.mean, rating.worst, rating.value, rating.grade.grade) == (3.5, 5.0, 5.0, "III")
    assert rating.density == pytest.approx(0.0667, abs=5e-5)
    assert rating.index == pytest.approx(3.8)
    assert rating.index_grade is not None
    assert rating.index_grade.grade == "II"
    steps = {step.name: step for step in rating.steps}
    assert steps["S"].inserted == "(2 + 5) / 2"
    assert steps["S"].findings == (1, 2)
    assert steps["Smax"].findings == (2,)
    assert steps["RI"].inserted == "0.7 × 5 + 0.1 × 3 + 0.05 × 0 + 0.15 × 0"


def plainly(defects: list[Defect], length: float, area: float, diameter: float, soil: float) -> tuple[float, ...]:
    """The same by hand: a list of [score, length, end, factor], one after the other."""
    rows: list[list[float]] = []
    for one in sorted(defects, key=lambda d: d.start):
        long = max(one.end - one.start, 1.0)
        gap = one.start - max(row[2] for row in rows) if rows else 99.0
        if gap <= 1.0 + 1e-9:
            rows[-1] = [rows[-1][0] + one.score, rows[-1][1] + long, max(rows[-1][2], one.end), rows[-1][3]]
        else:
            rows.append([one.score, long, one.end, 1.1 if gap <= 1.5 + 1e-9 else 1.0])
    if not rows:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    scores = [min(row[0], 10.0) for row in rows]
    mean = sum(score * row[3] for score, row in zip(scores, rows, strict=True)) / len(rows)
    value = max(*scores, mean)
    density = sum(score * row[3] * row[1] for score, row in zip(scores, rows, strict=True)) / (mean * length)
    if value < 4:
        area = size = 0.0
    elif diameter < 600:
        size = 0.0
    else:
        size = 3.0 if diameter <= 1000 else 6.0 if diameter <= 1500 else 10.0
    return mean, max(scores), value, density, 0.7 * value + 0.1 * area + 0.05 * size + 0.15 * soil


defects = st.lists(st.tuples(st.integers(0, 60), st.sampled_from([0.5, 1.0, 2.0, 3.0, 5.0, 10.0]), st.integers(0, 6)), max_size=8)


@given(
    defects,
    st.sampled_from([10.0, 30.0, 55.5]),
    st.sampled_from([0.0, 3.0, 6.0, 10.0]),
    st.sampled_from([300.0, 600.0, 1000.0, 1001.0, 1500.0, 1600.0]),
    st.sampled_from([0.0, 6.0, 8.0, 10.0]),
)
def test_any_section_is_rated_as_by_hand(
    drawn: list[tuple[int, float, int]], length: float, area: float, diameter: float, soil: float
) -> None:
    found = [defect(number, quarter / 4, score, long / 2) for number, (quarter, score, long) in enumerate(drawn)]
    rating = rate("structural", found, length, Factors(area, diameter, soil))
    ours = (rating.mean, rating.worst, rating.value, rating.density, rating.index)
    assert ours == pytest.approx(plainly(found, length, area, diameter, soil))
    assert sum(len(group.defects) for group in rating.groups) == len(found)
    assert all(step.value is not None for step in rating.steps)


@pytest.mark.parametrize(
    ("apart", "groups", "factor"), [(0.0, 1, 1.0), (1.0, 1, 1.0), (1.01, 2, 1.1), (1.5, 2, 1.1), (1.51, 2, 1.0)]
)
def test_spacing_decides_what_counts_as_one(apart: float, groups: int, factor: float) -> None:
    found = group_defects([defect(1, 2.0, 2.0, 1.0), defect(2, 3.0 + apart, 5.0)])
    assert (len(found), found[-1].factor) == (groups, factor)


def test_a_merged_score_is_capped_and_says_so() -> None:
    rating = rate("structural", [defect(1, 2.0, 10.0), defect(2, 2.5, 5.0)], 30.0, Factors())
    assert (rating.worst, rating.steps[0].value) == (10.0, 10.0)
    assert "unverified" in rating.steps[0].note


def test_a_quick_view_gives_a_grade_and_nothing_more() -> None:
    rating = rate("structural", [defect(1, 2.0, 5.0)], 30.0, Factors(), preliminary=True)
    assert (rating.grade.grade, rating.density, rating.index) == ("III", None, None)


def test_floating_scum_is_recorded_and_not_scored() -> None:
    assert score_of("cjj181", "FZ", 2) is None
    assert score_of("cjj181", "YJ", None) is None
    assert score_of("pacp", "C", 4) is None


def test_a_section_runs_from_manhole_to_manhole() -> None:
    network = Network.from_pipes(
        ("a", "M1", "x", 10.0), ("b", "M2", "x", 20.0), ("c", "M2", "M3", 5.0),
        kinds={"M1": NodeKind.MANHOLE, "M2": NodeKind.MANHOLE, "M3": NodeKind.MANHOLE},
    )  # fmt: skip
    (run,) = find_runs(network, [1, 0])
    assert (run.length, set(run.pipes)) == (30.0, {0, 1})
    place = run.pipes.index(0)
    assert run.station(place, 4.0) in (4.0, 26.0)
    assert [len(one.pipes) for one in find_runs(network, [0, 2])] == [2, 1]


def test_a_ring_of_plain_points_ends() -> None:
    network = Network.from_pipes(("a", "1", "2", 1.0), ("b", "2", "3", 1.0), ("c", "3", "1", 1.0))
    (run,) = find_runs(network, [0])
    assert sorted(run.pipes) == [0, 1, 2]
