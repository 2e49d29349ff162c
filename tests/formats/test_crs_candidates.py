from __future__ import annotations

import math

import pytest

from pipemap.formats.crs_candidates import Place, metric_crs, place_in, propose_crs, search_crs

SHENZHEN = Place(114.0, 22.6)


def test_numbers_with_a_zone_in_front_are_of_that_zone() -> None:
    found = propose_crs(38_506_000, 2_500_000)
    assert [(one.crs, one.zone, one.central_meridian) for one in found] == [
        ("EPSG:4526", 38, 114.0),
        ("EPSG:2362", 38, 114.0),
        ("EPSG:2414", 38, 114.0),
    ]
    assert found[0].certainty == "likely"


def test_each_candidate_says_where_it_would_put_the_delivery_as_proj_does() -> None:
    for one in propose_crs(506_000, 2_500_000):
        assert one.place is not None
        there = place_in(one.crs, 506_000, 2_500_000)
        assert there is not None
        assert one.place.metres_to(there) < 200


def test_those_beside_the_survey_come_first() -> None:
    found = propose_crs(506_000, 2_500_000, near=SHENZHEN)
    assert [one.crs for one in found if one.is_near] == ["EPSG:4547", "EPSG:2383", "EPSG:2435"]
    assert found[0].crs == "EPSG:4547"
    assert found[0].distance_m == pytest.approx(6000, rel=0.01)
    assert len(found) > 60


def test_all_datums_and_both_widths_are_offered_where_numbers_fit_them() -> None:
    families = {one.short for one in propose_crs(506_000, 2_500_000)}
    assert families >= {f"{datum}, {band}°" for datum in ("CGCS2000", "Xian 1980", "Beijing 1954") for band in (3, 6)}
    assert "WGS 84 / UTM zone 49N" in families


def test_exchanged_numbers_are_recognised() -> None:
    found = propose_crs(2_500_000, 506_000, near=SHENZHEN)
    assert found[0].swapped
    assert found[0].is_near


def test_degrees_are_recognised_either_way_round() -> None:
    assert [(one.crs, one.swapped) for one in propose_crs(114.06, 22.54)] == [("EPSG:4326", False)]
    assert [(one.crs, one.swapped) for one in propose_crs(22.54, 114.06)] == [("EPSG:4326", True)]


def test_what_is_said_comes_first_and_once() -> None:
    found = propose_crs(506_000, 2_500_000, near=SHENZHEN, said="EPSG:4548")
    assert (found[0].crs, found[0].certainty) == ("EPSG:4548", "said")
    assert [one.crs for one in found].count("EPSG:4548") == 1
    assert not found[0].is_near


@pytest.mark.parametrize("place", [(math.nan, 1.0), (1e308, 1e308), (0.0, 0.0), (math.inf, 2_500_000.0)])
def test_numbers_of_no_system_have_no_candidates(place: tuple[float, float]) -> None:
    assert [one for one in propose_crs(*place) if one.certainty != "possible"] == []


def test_a_system_that_proj_does_not_know_has_no_place() -> None:
    assert place_in("no such thing", 1, 2) is None
    assert propose_crs(1, 2, said="no such thing")[0].label == "no such thing"


def test_degrees_become_metres_of_the_zone_they_lie_in() -> None:
    assert metric_crs("EPSG:4326", 114.06, 22.54) == "EPSG:4547"
    assert metric_crs("EPSG:4490", 121.4, 31.2) == "EPSG:4549"
    assert metric_crs("EPSG:4326", -123.4, 48.4) == "EPSG:32610"
    assert metric_crs("EPSG:4326", 151.2, -33.9) == "EPSG:32756"
    assert metric_crs("EPSG:4547", 506_000, 2_500_000) is None


def test_the_register_is_searched_by_number_name_and_place_in_either_language() -> None:
    assert search_crs("epsg:4547")[0].crs == "EPSG:4547"
    assert "EPSG:4547" in [one.crs for one in search_crs("cgcs2000 114e")]
    assert "EPSG:2362" in [one.crs for one in search_crs("西安80 第38带")]
    assert search_crs("  ") == ()
    assert search_crs("no such system") == ()
