"""Tracks from files: everything that programs write, and everything that is no track."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import PipemapError, SurveyDataError, SurveyFileError
from pipemap.formats.gcj02 import from_gcj02, to_gcj02
from pipemap.formats.tracks import Waypoint, degrees_of, placed, read_track, write_gpx

GPX = """<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1"><trk>
<trkseg><trkpt lat="30.1" lon="114.1"><time>2026-11-25T08:00:00Z</time></trkpt>
<trkpt lat="30.2" lon="nan"/><trkpt lat="30.2" lon="114.2"/></trkseg>
<trkseg><trkpt lat="30.3" lon="114.3"><time>soon</time></trkpt></trkseg></trk></gpx>"""


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_gpx_gives_points_times_and_parts_and_says_what_it_left_out(tmp_path: Path) -> None:
    read = read_track(written(tmp_path, "a.gpx", GPX))
    assert read.places.tolist() == [[114.1, 30.1], [114.2, 30.2], [114.3, 30.3]]
    assert read.part.tolist() == [0, 0, 1]
    assert np.isnan(read.time).tolist() == [False, True, True]
    assert (read.counts["no-place"], read.counts["no-time"]) == (1, 2)
    assert len(read.notes) == 2


def test_tables_are_read_by_the_names_of_their_columns_in_chinese_too(tmp_path: Path) -> None:
    text = "点号,经度,纬度,定位时间\n1,114.1,30.1,2026-11-25 08:00:00\n2,,30.2,\n3,114.3,30.3,1795564800000\n"
    read = read_track(written(tmp_path, "a.csv", text.encode("gb18030")))
    assert read.places.tolist() == [[114.1, 30.1], [114.3, 30.3]]
    assert read.time.tolist() == [1795593600.0, 1795564800.0]
    assert (read.counts["rows"], read.counts["order"]) == (1, 1)


def test_geojson_lines_carry_times_and_points_make_one_line(tmp_path: Path) -> None:
    line = '{"type":"Feature","properties":{"coordTimes":["2026-11-25T00:00:00Z"]},"geometry":{"type":"LineString",'
    line += '"coordinates":[[114.1,30.1,5],[114.2,30.2],"x"]}}'
    point = '{"type":"Feature","properties":{"time":1795564800},"geometry":{"type":"Point","coordinates":[114.3,30.3]}}'
    read = read_track(written(tmp_path, "a.geojson", f'{{"type":"FeatureCollection","features":[{line},{point}]}}'))
    assert read.places.tolist() == [[114.1, 30.1], [114.2, 30.2], [114.3, 30.3]]
    assert read.time[0] == read.time[2] == 1795564800.0
    assert read.counts["rows"] == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.gpx", "<gpx><trk>"),
        ("a.gpx", '<!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><gpx><trk>&b;</trk></gpx>'),
        ("a.gpx", "<gpx/>"),
        ("a.csv", "name;value\n1;2\n"),
        ("a.csv", b""),
        ("a.geojson", "[" * 100_000),
        ("a.kml", "<kml/>"),
        ("none.gpx", None),
    ],
)
def test_what_is_no_track_is_refused_with_a_message(tmp_path: Path, name: str, content: str | bytes | None) -> None:
    path = tmp_path / name if content is None else written(tmp_path, name, content)
    with pytest.raises((SurveyFileError, SurveyDataError)):
        read_track(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(content=st.binary(max_size=300), ending=st.sampled_from(["gpx", "csv", "geojson"]), based=st.booleans())
def test_any_bytes_give_a_track_or_a_message(tmp_path: Path, content: bytes, ending: str, based: bool) -> None:  # noqa: FBT001
    start = {"gpx": GPX.encode()[:200], "csv": b"lon,lat\n", "geojson": b'{"type":"LineString","coordinates":[[1,2],'}[ending]
    path = written(tmp_path, f"a.{ending}", start + content if based else content)
    try:
        read = read_track(path)
    except PipemapError:
        return
    assert len(read.places) == len(read.time) == len(read.part) > 0


def test_gcj_02_shifts_as_others_do_and_comes_back() -> None:
    """Figures of the public library eviltransform for a place in Shanghai."""
    place = np.array([[121.5272106, 31.1774276], [2.35, 48.85]])
    shifted = to_gcj02(place)
    assert shifted[0] == pytest.approx([121.531541859215, 31.17530398364597], abs=1e-9)
    assert shifted[1].tolist() == place[1].tolist()
    assert from_gcj02(shifted) == pytest.approx(place, abs=1e-9)


def test_what_is_written_as_gpx_is_read_again_in_its_place(tmp_path: Path) -> None:
    way = np.array([[500000.0, 3400000.0], [500080.0, 3400030.0]])
    for datum in ("wgs84", "gcj02"):
        write_gpx(
            tmp_path / "a.gpx", "东 \x01 & west", degrees_of(way, "EPSG:4547", datum=datum), [Waypoint(114.0, 30.0, "V<1>")]
        )
        read = read_track(tmp_path / "a.gpx")
        assert placed(read.places, "EPSG:4547", datum=datum) == pytest.approx(way, abs=0.02)
        assert read.counts["route"] == 2
