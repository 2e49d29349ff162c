from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import Cancelled, PipemapError, SurveyDataError, SurveyFileError
from pipemap.formats import read_source, recognize
from pipemap.formats.gis.attributes import _size
from pipemap.formats.gis.recognition import is_survey, recognizes, table_names
from pipemap.formats.gis.topology import TOLERANCE, Ends, Points, join
from pipemap.model.delivery import Delivery

METRES = "EPSG:32650"
E0, N0 = 500_000.0, 4_400_000.0


def line(*places: tuple[float, ...], **properties: object) -> dict[str, Any]:
    course = [[E0 + place[0], N0 + place[1], *place[2:]] for place in places]
    return {"type": "Feature", "geometry": {"type": "LineString", "coordinates": course}, "properties": properties}


def point(east: float, north: float, **properties: object) -> dict[str, Any]:
    shape = {"type": "Point", "coordinates": [E0 + east, N0 + north]}
    return {"type": "Feature", "geometry": shape, "properties": properties}


def write(path: Path, features: Sequence[dict[str, Any]], crs: str = METRES) -> Path:
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    path.write_text(json.dumps({"type": "FeatureCollection", **named, "features": list(features)}), encoding="utf-8")
    return path


def rules(delivery: Delivery) -> set[str]:
    return {problem.rule for problem in delivery.problems}


def column(delivery: Delivery, name: str) -> list[Any]:
    found: list[Any] = delivery.pipes[name].to_pylist()
    return found


def test_lines_that_meet_within_the_tolerance_share_a_node_and_say_how_many_were_moved(tmp_path: Path) -> None:
    path = write(
        tmp_path / "water_mains.geojson",
        [line((0, 0), (50, 0), id="P1"), line((50.06, 0), (90, 0), id="P2"), line((90.4, 0), (99, 0), id="P3")],
    )
    read = read_source([path])
    assert read.format == "gis"
    assert read.crs == METRES
    assert column(read, "to_fid")[0] == column(read, "from_fid")[1]
    assert column(read, "to_fid")[1] != column(read, "from_fid")[2]
    assert column(read, "category") == ["JS", "JS", "JS"]
    snapped = next(problem for problem in read.problems if problem.rule == "snapped")
    assert snapped.values == {"element": "", "count": 1, "largest": "0.060", "tolerance": f"{TOLERANCE:g}"}
    assert read.lines[1][0, :2].tolist() == read.lines[0][-1, :2].tolist()


def test_points_become_the_nodes_where_lines_end_and_cut_the_lines_that_they_lie_on(tmp_path: Path) -> None:
    mains = write(tmp_path / "water_mains.geojson", [line((0, 0), (100, 0), pipe_id="P1", diameter="DN300")])
    valves = write(
        tmp_path / "valves.geojson",
        [
            point(0, 0.05, valve_id="V1", type="Gate Valve"),
            point(40, 0.05, valve_id="V2", status="Closed"),
            point(70, 5, valve_id="V3"),
        ],
    )
    read = read_source([mains, valves])
    assert column(read, "id") == ["P1#1", "P1#2"]
    assert column(read, "from_node") == ["V1", "V2"]
    assert column(read, "to_node") == ["V2", "N1"]
    assert column(read, "diameter_mm") == [300.0, 300.0]
    assert read.nodes["kind"].to_pylist()[:3] == ["isolation_valve"] * 3
    assert read.nodes["state"].to_pylist()[:3] == [None, "closed", None]
    assert {"split", "lone-points"} <= rules(read)


def test_sewage_never_joins_water(tmp_path: Path) -> None:
    features = [line((0, 0), (50, 0), system="water"), line((50, 0), (90, 0), system="sanitary")]
    read = read_source([write(tmp_path / "lines.geojson", features)])
    assert column(read, "category") == ["JS", "WS"]
    assert read.nodes.num_rows == 4


def test_recorded_ends_are_used_where_they_fit_the_places(tmp_path: Path) -> None:
    mains = write(
        tmp_path / "sewer.geojson",
        [
            line((1, 0), (50, 0), FROM_MH="A", TO_MH="B", UP_INVERT=10.5, DN_INVERT=10.0),
            line((52, 0), (90, 0), FROM_MH="B", TO_MH="C", UP_INVERT=-9999, DN_INVERT=9.0),
        ],
    )
    manholes = write(
        tmp_path / "manholes.geojson", [point(0, 0, code="A", rim=12.0), point(51, 0, code="B"), point(90, 0, code="C")]
    )
    read = read_source([mains, manholes])
    assert column(read, "from_node") == ["A", "B"]
    assert column(read, "to_node") == ["B", "C"]
    assert column(read, "from_level") == [10.5, None]
    assert column(read, "from_reference") == ["invert", None]
    assert read.nodes["ground"].to_pylist() == [12.0, None, None]
    assert {"end-ids-used", "unknown-mark"} <= rules(read)
    assert read.lines[0][:, 2].tolist() == [10.5, 10.0]


def test_recorded_ends_that_do_not_fit_are_left_and_said(tmp_path: Path) -> None:
    mains = write(
        tmp_path / "sewer.geojson",
        [line((0, 0), (50, 0), FROM_MH="C", TO_MH="A"), line((50, 0), (90, 0), FROM_MH="A", TO_MH="C")],
    )
    manholes = write(tmp_path / "manholes.geojson", [point(0, 0, code="A"), point(50, 0, code="B"), point(90, 0, code="C")])
    read = read_source([mains, manholes])
    assert column(read, "from_node") == ["A", "B"]
    assert "end-ids-ignored" in rules(read)


def test_z_is_the_level_and_flat_z_is_none(tmp_path: Path) -> None:
    read = read_source([write(tmp_path / "a.geojson", [line((0, 0, 3.5), (50, 0, 3.0), id="P1")])])
    assert read.lines[0][:, 2].tolist() == [3.5, 3.0]
    assert column(read, "from_reference") == ["unknown"]
    flat = read_source([write(tmp_path / "b.geojson", [line((0, 0, 0), (50, 0, 0), id="P1")])])
    assert np.isnan(flat.lines[0][:, 2]).all()
    assert "z-flat" in rules(flat)


def test_parts_of_a_line_are_pipes_of_their_own(tmp_path: Path) -> None:
    feature = line((0, 0), (50, 0), id="P1")
    feature["geometry"] = {"type": "MultiLineString", "coordinates": [[[E0, N0], [E0 + 5, N0]], [[E0 + 9, N0], [E0 + 12, N0]]]}
    joined = line((0, 9), (5, 9), id="P2")
    joined["geometry"] = {
        "type": "MultiLineString",
        "coordinates": [[[E0, N0 + 9], [E0 + 5, N0 + 9]], [[E0 + 5, N0 + 9], [E0 + 12, N0 + 9]]],
    }
    read = read_source([write(tmp_path / "gas.geojson", [feature, joined])])
    assert column(read, "id") == ["P1#1", "P1#2", "P2"]
    assert "several-parts" in rules(read)


@pytest.mark.parametrize(
    ("text", "scale", "diameter"),
    [
        ("12 in", 1.0, 304.8),
        ('6"', 1.0, 152.4),
        ("300mm", 1.0, 300.0),
        ("DN63", 1.0, 63.0),
        ("1 1/2 in", 1.0, 38.1),
        ("200", 1.0, 200.0),
        ("0.3", 1000.0, 300.0),
        ("0", 1.0, None),
        ("-9999", 1.0, None),
        ("999", 1.0, None),
        ("1/0 in", 1.0, None),
    ],
)
def test_sizes_of_any_spelling_are_millimetres(text: str, scale: float, diameter: float | None) -> None:
    found = _size(text, scale)[0]
    assert np.isnan(found) if diameter is None else found == pytest.approx(diameter)


def test_bare_inches_are_seen_and_said(tmp_path: Path) -> None:
    features = [line((0, n), (50, n), id=f"P{n}", diameter=size) for n, size in enumerate([6, 8, 12, 24])]
    read = read_source([write(tmp_path / "water.geojson", features)])
    assert column(read, "diameter_mm") == pytest.approx([152.4, 203.2, 304.8, 609.6])
    assert "size-unit" in rules(read)


def test_degrees_become_metres_of_the_zone(tmp_path: Path) -> None:
    feature = {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [[117.0, 39.0], [117.001, 39.0]]},
        "properties": {},
    }
    read = read_source([write(tmp_path / "storm.geojson", [feature], "")])
    assert read.crs == "EPSG:32650"
    assert np.hypot(*np.diff(read.lines[0][:, :2], axis=0)[0]) == pytest.approx(86.6, abs=0.3)
    assert "crs-projected" in rules(read)
    assert column(read, "category") == ["YS"]


def test_a_shapefile_without_its_system_and_table_is_read(tmp_path: Path) -> None:
    import shapely
    from pyogrio.raw import write as write_vectors

    path = tmp_path / "pipes.shp"
    geometry = shapely.to_wkb(np.array([shapely.LineString([(E0, N0), (E0 + 9, N0)])], dtype=object))
    write_vectors(path, geometry, [np.array(["PVC"], dtype=object)], ["MATERIAL"], geometry_type="LineString", crs=METRES)
    path.with_suffix(".prj").unlink()
    read = read_source([path, path.with_suffix(".dbf")])
    assert read.pipes.num_rows == 1
    assert read.crs == ""
    assert {"crs-unknown", "crs-suggested"} & rules(read)
    for ending in (".dbf", ".shx"):
        path.with_suffix(ending).unlink()
    bare = read_source([path], crs="EPSG:4547")
    assert bare.pipes.num_rows == 1
    assert bare.crs == "EPSG:4547"
    assert "no-attributes" in rules(bare)


def _shapefile(path: Path, count: int) -> Path:
    import shapely
    from pyogrio.raw import write as write_vectors

    lines = [shapely.LineString([(E0 + 9 * n, N0), (E0 + 9 * n + 9, N0)]) for n in range(count)]
    names = np.array([f"P{n}" for n in range(count)], dtype=object)
    geometry = shapely.to_wkb(np.array(lines, dtype=object))
    write_vectors(path, geometry, [names], ["ID"], geometry_type="LineString", crs=METRES)
    return path


def test_reading_a_shapefile_leaves_its_folder_as_it_was(tmp_path: Path) -> None:
    path = _shapefile(tmp_path / "pipes.shp", 3)
    path.with_suffix(".shx").unlink()
    before = {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    assert read_source([path]).pipes.num_rows == 3
    assert {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize(("ending", "kept", "known"), [(".dbf", 4, 1), (".shp", 1, 1)])
def test_a_shapefile_cut_off_gives_what_is_whole_and_says_so(tmp_path: Path, ending: str, kept: int, known: int) -> None:
    path = _shapefile(tmp_path / "pipes.shp", 4)
    part = path.with_suffix(ending)
    content = part.read_bytes()
    part.write_bytes(content[: -2 * len(content) // 5])
    read = read_source([path])
    assert read.pipes.num_rows == kept
    assert sum(name in {"P0", "P1", "P2", "P3"} for name in column(read, "id")) >= known
    assert [problem.where for problem in read.problems if problem.rule == "file-cut-off"] == [part.name]


def test_odd_shapes_are_kept_and_listed_with_layer_and_number(tmp_path: Path) -> None:
    empty = line((0, 0), (1, 0), id="E")
    empty["geometry"] = None
    features = [
        line((0, 0), (9, 0), id="P1"),
        line((0, 0), (1e308, 0), id="B"),
        line((5, 5), (5, 5), id="Z"),
        line((0, 0), (9, 9), (9, 0), (0, 9), id="S"),
        empty,
    ]
    read = read_source([write(tmp_path / "water.geojson", features)])
    assert column(read, "id") == ["P1", "B", "Z", "S", "E"]
    found = {problem.rule: (problem.where, problem.element) for problem in read.problems}
    assert found["bad-coordinate"] == ("water:1", "B")
    assert found["zero-length"] == ("water:2", "Z")
    assert found["self-touching"] == ("water:3", "S")
    assert found["no-geometry"] == ("water:4", "E")
    assert np.isfinite(read.lines.xyz[:, :2]).all()


def test_a_mapping_says_what_columns_mean(tmp_path: Path) -> None:
    path = write(tmp_path / "net.geojson", [line((0, 0), (9, 0), foo="ductile iron", bar="gas")])
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps({"net": {"foo": "material", "bar": "category"}}), encoding="utf-8")
    read = read_source([path], mapping=mapping)
    assert column(read, "material") == ["QM"]
    assert column(read, "category") == ["RQ"]
    assert read.understood["net: foo"] == "material"


def test_what_is_not_understood_is_kept_as_written_and_listed(tmp_path: Path) -> None:
    features = [line((0, 0), (9, 0), system="water", material="moon rock", size="wide"), line((0, 5), (9, 5), system="chocolate")]
    read = read_source([write(tmp_path / "net.geojson", features)])
    assert column(read, "category") == ["JS", "chocolate"]
    assert column(read, "material") == ["moon rock", None]
    assert column(read, "size_text") == ["wide", None]
    assert {"unknown-category", "unknown-value", "unknown-size"} <= rules(read)


def test_a_survey_of_ours_is_no_gis_file(tmp_path: Path) -> None:
    from pipemap.store import create_survey

    path = tmp_path / "town.gpkg"
    create_survey(path).close()
    assert "gpkg_contents" in set(table_names(path))
    assert is_survey(path)
    assert recognizes(path) == 0
    with pytest.raises(SurveyFileError, match="survey database"):
        read_source([path], format="gis")


def test_a_geopackage_of_others_is_read_layer_by_layer(tmp_path: Path) -> None:
    import shapely
    from pyogrio.raw import write as write_vectors

    path = tmp_path / "net.gpkg"
    lines = shapely.to_wkb(np.array([shapely.LineString([(E0, N0), (E0 + 9, N0)])], dtype=object))
    points = shapely.to_wkb(np.array([shapely.Point(E0, N0)], dtype=object))
    area = shapely.to_wkb(np.array([shapely.box(E0, N0, E0 + 1, N0 + 1)], dtype=object))
    for layer, geometry, kind in (("water_main", lines, "LineString"), ("hydrant", points, "Point"), ("zone", area, "Polygon")):
        write_vectors(
            path,
            geometry,
            [np.array(["x"], dtype=object)],
            ["name"],
            layer=layer,
            geometry_type=kind,
            crs=METRES,
            append=path.exists(),
        )
    found = recognize(path)
    assert found is not None
    assert found.name == "gis"
    read = read_source([path])
    assert (read.nodes.num_rows, read.pipes.num_rows) == (2, 1)
    assert read.nodes["kind"].to_pylist()[0] == "hydrant"
    assert "layer-left-out" in rules(read)


def test_a_file_without_lines_or_points_says_so(tmp_path: Path) -> None:
    area = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        "properties": {},
    }
    with pytest.raises(SurveyDataError, match="no lines and no points"):
        read_source([write(tmp_path / "areas.geojson", [area])])


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    def stop(done: int, total: int | None = None, label: str = "") -> None:  # noqa: ARG001
        raise Cancelled

    with pytest.raises(Cancelled):
        read_source([write(tmp_path / "water.geojson", [line((0, 0), (9, 0))])], progress=stop)


def test_thousands_of_ends_at_one_place_are_one_node() -> None:
    count = 20_000
    place = np.random.default_rng(1).uniform(-0.02, 0.02, (count, 2))
    ends = Ends(place, np.zeros(count, dtype=np.int64), np.full(count, -1))
    joined = join(ends, Points(np.empty((0, 2)), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)))
    assert len(joined.place) == 1


def test_a_child_that_dies_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipemap.formats.gis import child

    dying = tmp_path / "dying.py"
    dying.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", encoding="utf-8")
    monkeypatch.setattr(child, "__file__", str(dying))
    with pytest.raises(SurveyFileError, match="GDAL stopped"):
        read_source([write(tmp_path / "water.geojson", [line((0, 0), (9, 0))])])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.sampled_from(
        [
            b'{"type": "FeatureCollection", "features": [',
            b"\x00\x00\x27\x0a" + bytes(24) + b"\xe8\x03\x00\x00",
            b"SQLite format 3\x00\x10\x00",
            b"fgb\x03fgb\x01",
            b"!table\n",
        ]
    ),
    rest=st.binary(max_size=300),
)
def test_any_bytes_are_a_delivery_or_a_message(tmp_path: Path, head: bytes, rest: bytes) -> None:
    path = tmp_path / "any.shp"
    path.write_bytes(head + rest)
    recognize(path)
    try:
        read_source([path], format="gis")
    except PipemapError as error:
        said = error.message
    else:
        said = "read"
    assert said
