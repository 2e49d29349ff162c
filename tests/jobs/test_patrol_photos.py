"""Photos and marked places become hazards at the nearest pipe or node: previewed, accepted, each once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from pipemap.cli.main import main
from pipemap.errors import EditError
from pipemap.formats.tracks import degrees_of
from pipemap.jobs.findings import attachments_of, list_findings
from pipemap.jobs.hazards import list_hazards
from pipemap.jobs.patrol_photos import find_candidates, store_candidates
from pipemap.jobs.patrols import find_patrol, load_tracks
from pipemap.store import Survey, open_survey
from tests.gui.surveys import street_file
from tests.jobs.test_patrols import planned, track_file
from tests.photo_files import huge_picture, photo_file


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    """The street."""
    with open_survey(street_file(tmp_path / "street.gpkg")) as opened:
        yield opened


def at(east: float, north: float, *, datum: str = "wgs84") -> tuple[float, float]:
    """Longitude and latitude of a place in the street."""
    ((lon, lat),) = degrees_of(np.array([[500000.0 + east, 3400000.0 + north]]), "EPSG:4547", datum=datum).tolist()
    return lon, lat


def test_a_photo_becomes_a_hazard_at_the_nearest_pipe_or_node(survey: Survey, tmp_path: Path) -> None:
    files = [
        photo_file(tmp_path / "pipe.jpg", place=at(20, -3), clock="2026:11:25 08:30:00"),
        photo_file(tmp_path / "node.jpg", place=at(40.5, -1), clock="2026:11:25 08:31:00", shade=91),
        photo_file(tmp_path / "far.jpg", place=at(20, -400), shade=92),
    ]
    found = find_candidates(survey, files)
    pipe, node, far = found.rows
    assert [one.element for one in (pipe, node, far)] == ["JS1-JS2", "JS2", ""]
    assert pipe.station == pytest.approx(20, abs=0.1)
    assert pipe.distance == pytest.approx(3, abs=0.1)
    assert len(far.remarks) == 1
    keys = store_candidates(survey, found.rows, found_by="Li")
    assert len(keys) == 3
    stored = {one.fid: one for one in list_findings(survey)}
    assert [stored[key].place for key in keys] == ["JS1-JS2", "JS2", ""]
    assert stored[keys[0]].finding.found == "2026-11-25"
    ((attached,),) = (attachments_of(survey, keys[:1])[keys[0]],)
    assert (attached.name, attached.taken, attached.step) == ("pipe.jpg", "2026-11-25T08:30:00", "reported")
    assert [one.problem for one in find_candidates(survey, files).rows] == ["It is in the survey already."] * 3
    survey.undo()
    assert list_hazards(survey) == []


def test_the_datum_is_asked_and_another_one_is_noticed(survey: Survey, tmp_path: Path) -> None:
    files = [photo_file(tmp_path / f"{n}.jpg", place=at(20 * n, 0, datum="gcj02"), shade=n) for n in range(4)]
    found = find_candidates(survey, files)
    assert len(found.notes) == 1
    assert "GCJ-02" in found.notes[0]
    assert [one.element for one in found.rows] == [""] * 4
    moved = find_candidates(survey, files, datum="gcj02")
    assert moved.notes == ()
    assert [one.element for one in moved.rows] == ["JS1", "JS1-JS2", "JS2", "JS2-JS3"]


def test_a_photo_without_a_place_is_put_where_the_track_was(survey: Survey, tmp_path: Path) -> None:
    patrol = find_patrol(survey, planned(survey))
    load_tracks(survey, [track_file(tmp_path / "a.csv")], patrol=patrol)
    during = photo_file(tmp_path / "b.jpg", clock="2026:11:25 08:00:20")
    before = photo_file(tmp_path / "c.jpg", clock="2026:11:24 08:00:20", shade=4)
    one, other = find_candidates(survey, [during, before], patrol=patrol).rows
    assert one.by_track
    assert one.element == "JS1-JS2"
    assert one.x == pytest.approx(500020, abs=0.1)
    assert other.problem == "It does not say where it was taken."


def test_marked_places_of_a_gpx_file_are_candidates_too(survey: Survey, tmp_path: Path) -> None:
    lon, lat = at(60, 1)
    file = tmp_path / "a.gpx"
    file.write_text(
        f'<gpx><wpt lat="{lat:.8f}" lon="{lon:.8f}"><time>2026-11-25T00:00:00Z</time>'
        "<name>Excavator</name></wpt>"
        '<wpt lat="95" lon="3"/></gpx>',
        encoding="utf-8",
    )
    (one,) = find_candidates(survey, [file]).rows
    assert (one.name, one.element, one.note) == ("Excavator", "JS2-JS3", "Excavator")
    store_candidates(survey, [one])
    assert not find_candidates(survey, [file]).rows[0].is_good


def test_what_is_no_photo_is_listed_with_its_reason_and_stops_nothing(survey: Survey, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture", encoding="utf-8")
    whole = photo_file(tmp_path / "whole.jpg", place=at(20, 0)).read_bytes()
    place = whole.index(b"Exif")
    (tmp_path / "exif.jpg").write_bytes(whole[: place + 8] + b"\xff" * 40 + whole[place + 48 :])
    (tmp_path / "cut.gpx").write_text("<gpx><wpt", encoding="utf-8")
    huge_picture(tmp_path / "huge.png")
    names = ["text.jpg", "exif.jpg", "huge.png", "gone.jpg", "cut.gpx", "whole.jpg"]
    rows = find_candidates(survey, [tmp_path / name for name in names]).rows
    assert [one.name for one in rows] == names
    assert [one.is_good for one in rows] == [False, False, False, False, False, True]
    assert "no picture" in rows[0].problem
    assert "million pixels" in rows[2].problem
    assert "no file" in rows[3].problem
    with pytest.raises(EditError, match=r"text\.jpg"):
        store_candidates(survey, rows)
    assert list_hazards(survey) == []
    assert len(store_candidates(survey, [one for one in rows if one.is_good])) == 1


def test_the_clock_of_the_camera_is_read_in_its_zone(tmp_path: Path) -> None:
    from pipemap.formats.photos import read_photo

    expected = datetime(2026, 11, 25, 0, 30, tzinfo=UTC).timestamp()
    own = photo_file(tmp_path / "a.jpg", clock="2026:11:25 09:30:00", offset="+09:00")
    asked = photo_file(tmp_path / "b.jpg", clock="2026:11:25 08:30:00")
    assert read_photo(own).time == read_photo(asked).time == expected
    assert read_photo(asked, zone_hours=0).time == expected + 8 * 3600
    odd = read_photo(photo_file(tmp_path / "c.jpg", clock="yesterday morning"))
    assert "no time that can be read" in odd.notes[0]


def test_the_command_line_previews_and_then_stores(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = str(street_file(tmp_path / "street.gpkg"))
    photo = str(photo_file(tmp_path / "a.jpg", place=at(20, 0)))
    gone = str(tmp_path / "gone.jpg")
    assert main(["patrol", "photos", file, photo, gone, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(one["name"], one["element"]) for one in answer["candidates"]] == [("a.jpg", "JS1-JS2")]
    assert [one["name"] for one in answer["refused"]] == ["gone.jpg"]
    assert answer["stored"] == []
    assert main(["patrol", "photos", file, photo, "--store", "--code", "占压", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["stored"]) == 1
    with open_survey(file) as survey:
        assert [(one.code, one.photos) for one in list_hazards(survey)] == [("built_over", 1)]
