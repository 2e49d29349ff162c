"""DXF drawings, wrong coordinate systems, feet, tolerances: what layers of other programs are like."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipemap.errors import SurveyDataError
from pipemap.formats import read_source, recognize
from pipemap.formats.gis.drawings import _readable
from tests.formats.test_gis import E0, N0, column, line, point, rules, write

DRAWN = "EPSG:4547"


def draw(path: Path) -> Path:
    """A drawing with two networks, a symbol with attributes, a circle, a point, texts and a hatch."""
    from ezdxf.filemanagement import new

    drawing = new("R2010")
    space = drawing.modelspace()
    block = drawing.blocks.new("VALVE")
    block.add_line((-0.5, 0), (0.5, 0))
    for tag in ("ID", "DN"):
        block.add_attdef(tag, (0, 0))
    space.add_lwpolyline([(500000, 3400000), (500200, 3400000)], dxfattribs={"layer": "给水管线", "elevation": 3.25})
    space.add_line((500000, 3400050, 4), (500010, 3400050, 4), dxfattribs={"layer": "给水管线"})
    space.add_polyline3d([(500000, 3400100, 1), (500050, 3400110, 2)], dxfattribs={"layer": "WS_SEWER"})
    symbol = space.add_blockref("VALVE", (500100, 3400000), dxfattribs={"layer": "给水阀门"})
    symbol.add_auto_attribs({"ID": "V17", "DN": "300"})
    space.add_circle((500050, 3400110), 0.35, dxfattribs={"layer": "WS_MANHOLE"})
    space.add_point((500000, 3400100), dxfattribs={"layer": "WS_MANHOLE"})
    space.add_text("DN300", dxfattribs={"layer": "TEXT"}).set_placement((500050, 3400001))
    drawing.saveas(path)
    return path


def test_a_drawing_is_read_layer_by_layer_with_symbols_as_devices(tmp_path: Path) -> None:
    path = draw(tmp_path / "net.dxf")
    found = recognize(path)
    assert found is not None
    assert found.name == "gis"
    read = read_source([path], crs=DRAWN)
    assert column(read, "category") == ["JS", "JS", "JS", "WS"]
    assert column(read, "from_level") == [3.25, 3.25, 4.0, 1.0]
    assert column(read, "to_node")[0] == column(read, "from_node")[1] == "V17"
    kinds = dict(zip(read.nodes["id"].to_pylist(), read.nodes["kind"].to_pylist(), strict=True))
    assert kinds["V17"] == "isolation_valve"
    assert list(kinds.values()).count("manhole") == 2
    assert read.nodes.num_rows == 7, "texts are no nodes"
    assert {"drawing-texts", "drawing-circles"} <= rules(read)


def test_texts_of_drawings_are_read_as_they_were_meant() -> None:
    assert _readable(r"\U+7ED9\U+6C34-JS") == "给水-JS"
    assert _readable("给水".encode("gb18030").decode("latin-1")) == "给水"
    assert _readable("Größe") == "Größe"


def test_a_stated_tolerance_is_kept_and_nonsense_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "water.geojson", [line((0, 0), (50, 0), id="P1"), line((50.6, 0), (90, 0), id="P2")])
    assert column(read_source([path]), "to_fid")[0] != column(read_source([path]), "from_fid")[1]
    joined = read_source([path], snap=1.0)
    assert column(joined, "to_fid")[0] == column(joined, "from_fid")[1]
    assert "0.600" in next(problem.message for problem in joined.problems if problem.rule == "snapped")
    assert column(read_source([path], snap=0), "id") == ["P1", "P2"]
    for senseless in (-1.0, 500.0, float("nan")):
        with pytest.raises(SurveyDataError, match="no sense"):
            read_source([path], snap=senseless)


def test_an_end_on_the_middle_of_a_line_joins_it_when_asked(tmp_path: Path) -> None:
    path = write(tmp_path / "water.geojson", [line((0, 0), (100, 0), id="main"), line((40, 30), (40, 0.05), id="branch")])
    listed = read_source([path])
    assert "end-on-pipe" in rules(listed)
    assert listed.pipes.num_rows == 2
    joined = read_source([path], join_tees=True)
    assert "tees-joined" in rules(joined)
    assert "end-on-pipe" not in rules(joined)
    assert column(joined, "id") == ["main#1", "main#2", "branch"]
    ends = list(zip(column(joined, "from_fid"), column(joined, "to_fid"), strict=True))
    assert ends[0][1] == ends[1][0] == ends[2][1]


def moved(path: Path, move: Callable[[Sequence[float]], Sequence[float]], crs: str) -> Path:
    """The same file with other coordinates and another system."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for feature in document["features"]:
        feature["geometry"]["coordinates"] = [move(place) for place in feature["geometry"]["coordinates"]]
    document["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("crs", "move", "rule"),
    [
        ("EPSG:32650", lambda place: [place[1], place[0]], "crs-exchanged"),
        ("EPSG:4326", lambda _place: [39.7, 117.0], "crs-exchanged"),
        ("EPSG:32650", lambda place: [117 + place[0] / 1e9, 39.7 + place[1] / 1e9], "crs-is-degrees"),
        ("EPSG:4326", lambda place: place, "crs-no-degrees"),
        ("EPSG:4547", lambda place: [place[0] + 2e6, place[1] + 3e6], "crs-outside"),
    ],
)
def test_coordinates_that_cannot_be_in_their_system_are_noticed(
    tmp_path: Path, crs: str, move: Callable[[Any], Any], rule: str
) -> None:
    path = write(tmp_path / "water.geojson", [line((0, 0), (50, 30), id="P1")])
    read = read_source([moved(path, move, crs)])
    assert rule in rules(read)
    if rule == "crs-exchanged" and crs == "EPSG:32650":
        assert read.lines[0][0, :2].tolist() == [E0, N0]


def test_degrees_that_a_person_names_for_metres_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SurveyDataError, match="no degrees"):
        read_source([write(tmp_path / "water.geojson", [line((0, 0), (50, 0))])], crs="EPSG:4326")


def test_a_layer_a_zone_away_from_the_others_is_said(tmp_path: Path) -> None:
    here = write(tmp_path / "water.geojson", [line((0, 0), (50, 0), id="P1")])
    there = write(tmp_path / "water2.geojson", [line((0, 9), (50, 9), id="P2")], "EPSG:32651")
    assert "layer-far" in rules(read_source([here, there]))


def test_levels_in_feet_become_metres_and_that_is_said(tmp_path: Path) -> None:
    features = [line((0, 0, 100.0), (50, 0, 99.0), id="P1", up_invert_ft=1000.0, dn_invert_ft=998.0)]
    read = read_source([write(tmp_path / "sewer.geojson", features)])
    assert column(read, "from_level") == pytest.approx([304.8])
    assert "column-feet" in rules(read)
    course = [[5_200_000.0, 3_900_000.0, 1000.0], [5_200_100.0, 3_900_000.0, 990.0]]
    feet = {"type": "Feature", "properties": {"id": "P"}, "geometry": {"type": "LineString", "coordinates": course}}
    read = read_source([write(tmp_path / "sewer2.geojson", [feet], "EPSG:3547")])
    assert column(read, "from_level") == pytest.approx([304.8006], abs=1e-4)
    assert "z-unit-of-plan" in rules(read)


def test_a_level_far_from_all_others_is_kept_and_listed(tmp_path: Path) -> None:
    features = [line((0, n), (9, n), id=f"P{n}", up_invert=250.0 + n / 100, dn_invert=250.0) for n in range(60)]
    features[7]["properties"]["up_invert"] = 958.9
    read = read_source([write(tmp_path / "sewer.geojson", features)])
    odd = next(problem for problem in read.problems if problem.rule == "level-odd")
    assert odd.where == "sewer:7"
    assert column(read, "from_level")[7] == 958.9


def test_areas_of_devices_are_points_at_their_middle(tmp_path: Path) -> None:
    ring = [[E0 + e, N0 + n] for e, n in ((48, -2), (52, -2), (52, 2), (48, 2), (48, -2))]
    area = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": {"name": "T1"}}
    mains = write(tmp_path / "water.geojson", [line((0, 0), (50, 0), id="P1")])
    read = read_source([mains, write(tmp_path / "tank.geojson", [area])])
    assert read.nodes["kind"].to_pylist()[0] == "tank"
    assert column(read, "to_fid") == [0]
    assert "areas-as-points" in rules(read)


def test_a_mapping_says_what_a_layer_holds_and_names_fields_of_layers(tmp_path: Path) -> None:
    mains = write(tmp_path / "sewer.geojson", [line((0, 0), (50, 0), id="P1", oben=7.5)])
    symbols = write(tmp_path / "dots.geojson", [line((-1, 0), (1, 0), art="manhole"), point(50, 0, art="manhole")])
    read = read_source([mains, symbols], mapping={"dots": {"@kind": "node"}, "sewer": {"oben": "from_invert"}})
    assert read.pipes.num_rows == 1
    assert read.nodes.num_rows == 2
    assert column(read, "from_level") == [7.5]
    left = read_source([mains, symbols], mapping={"dots": {"@kind": ""}})
    assert left.nodes.num_rows == 2
    assert "areas-as-points" not in rules(left)


def test_ten_thousand_ends_that_name_nodes_far_away_take_no_time(tmp_path: Path) -> None:
    count = 3000
    features = [line((n, 0), (n, 5), id=f"P{n}", FROM_MH=f"M{n}", TO_MH=f"M{n + 1}") for n in range(count)]
    far = [point(n, 900, code=f"M{n}") for n in range(0, count, 6)]
    near = [point(n, 0, code=f"M{n}") for n in range(count + 1) if n % 6]
    read = read_source([write(tmp_path / "sewer.geojson", features), write(tmp_path / "manholes.geojson", [*far, *near])])
    assert read.pipes.num_rows == count
    assert np.isfinite(read.lines.xyz[:, :2]).all()
