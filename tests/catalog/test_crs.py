from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.catalog import chinese_zones, suggest_crs


def test_a_zone_prefix_names_the_zone_and_the_newest_datum_comes_first() -> None:
    found = suggest_crs(38_501_548.7, 3_379_503.3)
    assert [crs.epsg for crs in found] == [4526, 2362, 2414]
    assert [crs.certainty for crs in found] == ["likely", "possible", "possible"]
    assert found[0].central_meridian == 114
    assert found[0].authority_code == "EPSG:4526"


def test_a_six_degree_prefix_names_a_six_degree_zone() -> None:
    found, *older = suggest_crs(20_701_548.7, 3_379_503.3)
    assert (found.epsg, found.band_deg, found.zone) == (4498, 6, 20)
    assert [(crs.epsg, crs.zone) for crs in older] == [(2334, 20), (21420, 20)]


def test_without_a_prefix_every_three_degree_zone_is_possible() -> None:
    found = suggest_crs(501_548.7, 3_379_503.3)
    assert len(found) == 21
    assert {crs.datum for crs in found} == {"CGCS2000"}
    assert {crs.certainty for crs in found} == {"possible"}
    assert found[0].central_meridian == 114
    assert sorted(crs.central_meridian for crs in found) == list(range(75, 136, 3))


def test_an_easting_too_wide_for_three_degrees_is_in_a_six_degree_zone() -> None:
    found = suggest_crs(730_000.0, 3_379_503.3)
    assert {crs.band_deg for crs in found} == {6}


@pytest.mark.parametrize(
    ("easting", "northing"),
    [
        (3_379_503.3, 501_548.7),
        (1000.0, 2000.0),
        (38_990_000.0, 3_379_503.3),
        (math.nan, 3e6),
        (5e5, math.nan),
        (math.inf, 3e6),
        (0, 0),
    ],
)
def test_numbers_that_fit_no_zone_suggest_nothing(easting: float, northing: float) -> None:
    assert suggest_crs(easting, northing) == []


def test_every_zone_with_a_prefix_has_it_in_its_name() -> None:
    assert len({crs.epsg for crs in chinese_zones()}) == len(chinese_zones()) == 192
    for crs in chinese_zones():
        assert crs.zone is None or str(crs.zone) in crs.name_zh
        assert crs.zone is None or crs.central_meridian == (crs.zone * 3 if crs.band_deg == 3 else crs.zone * 6 - 3)


@settings(max_examples=100)
@given(st.floats(), st.floats())
def test_any_two_numbers_give_a_list(easting: float, northing: float) -> None:
    assert isinstance(suggest_crs(easting, northing), list)
