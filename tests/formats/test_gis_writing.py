"""What leaves as GIS layers comes back as it was, and GDAL sees what was meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipemap.errors import Cancelled, ReportError
from pipemap.formats import read_source
from pipemap.formats.gis import with_gdal
from pipemap.formats.gis.outgoing import wkb
from pipemap.formats.gis.shapefiles import short_name
from pipemap.formats.gis.writing import EXPORTS
from pipemap.formats.reproject import reproject
from pipemap.formats.writing import ExportFormat, WriteOptions, Written, export_format
from pipemap.model.delivery import Delivery, Lines
from pipemap.model.extract import Extract
from pipemap.model.fields import LAYERS, Layer, fields
from tests.store.deliveries import NODES, PIPES, delivery

CRS = "EPSG:4547"
EXACT = [row for row in EXPORTS if row.name in {"gpkg", "shp", "fgb"}]
NO_VALUE = {"fid", "batch", "from_fid", "to_fid", "from_node", "to_node", "arm_pipe", "x", "y"}


def named(name: str) -> ExportFormat:
    return next(row for row in EXPORTS if row.name == name)


def write(extract: Extract, folder: Path, name: str, **options: Any) -> Written:  # noqa: ANN401 -- fields of the options
    row = named(name)
    return row.write(extract, folder / f"镇{row.extensions[0]}", options=WriteOptions(**options))


def read_back(written: Written, name: str) -> Delivery:
    return read_source([path for path in written.paths if path.suffix == named(name).extensions[0]], format="gis")


def rules(written: Written) -> set[str]:
    return {problem.rule for problem in written.losses}


def records(extract: Extract, layer: Layer) -> list[dict[str, Any]]:
    """Everything that is known of each element, with ends by their ids, and its course or place apart."""
    table = extract.pipes if layer == "pipe" else extract.nodes
    ids = extract.nodes["id"].to_pylist()
    found = []
    for number, row in enumerate(table.to_pylist()):
        ends = tuple(ids[row[end]] for end in ("from_fid", "to_fid")) if layer == "pipe" else ()
        found.append({"ends": ends, **{name: value for name, value in row.items() if name not in NO_VALUE}})
        place = extract.lines[number].ravel() if layer == "pipe" else [row["x"], row["y"]]
        found[-1]["place"] = np.array(place, dtype=np.float64)
    return found


def assert_same(before: Extract, after: Extract, *, within: float = 1e-6) -> None:
    for layer in LAYERS:
        old, new = records(before, layer), records(after, layer)
        assert len(old) == len(new)
        for one, other in zip(old, new, strict=True):
            place, found = one.pop("place"), other.pop("place")
            assert place.shape == found.shape
            np.testing.assert_allclose(found, place, atol=within, rtol=0)
            assert other.pop("ends") == one.pop("ends")
            assert other == pytest.approx(one, abs=1e-9, nan_ok=True)


def hand_made() -> Extract:
    """Four nodes, one without a place, three pipes; levels at some vertices; Chinese texts."""
    made = delivery(pipes=[{**pipe, "id": f"P{number}"} for number, pipe in enumerate(PIPES)])
    xyz = made.lines.xyz.copy()
    xyz[:2, 2] = 11.25, 11.0
    return Extract.from_delivery(replace(made, lines=Lines(made.lines.offsets, xyz)))


_texts = st.one_of(
    st.none(),
    st.sampled_from(["DN300", "0012", "12.0", "人民路", "a,b;\"c'", "=1+1", "-9999", "unknown", "x" * 90]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cn", "Co"]), min_size=1, max_size=8),
)
_numbers = st.none() | st.floats(-9000, 9000, allow_nan=False).map(lambda value: round(value, 4))
_spots = st.tuples(st.integers(0, 40), st.integers(0, 40))
FREE: dict[Layer, tuple[str, ...]] = {
    "node": ("category", "kind", "feature", "appurtenance", "model", "state", "built", "owner", "note", "lifecycle"),
    "pipe": ("category", "kind", "size_text", "material", "burial", "flow", "from_reference", "lifecycle", "road", "circuit"),
}
MEASURED: dict[Layer, tuple[str, ...]] = {
    "node": ("ground", "chamber_depth", "turns", "accuracy_xy"),
    "pipe": ("diameter_mm", "width_mm", "from_depth", "from_level", "to_level", "length", "setting", "wall_mm"),
}


@st.composite
def extracts(draw: st.DrawFn) -> Extract:
    """Draw networks whose ids and places are their own: loops, parallel pipes, bends, unknown levels and values."""
    spots = draw(st.lists(_spots, min_size=1, max_size=5, unique=True))

    def values(layer: Layer) -> dict[str, Any]:
        texts = {name: draw(_texts) for name in draw(st.sets(st.sampled_from(FREE[layer]), max_size=4))}
        return texts | {name: draw(_numbers) for name in draw(st.sets(st.sampled_from(MEASURED[layer]), max_size=3))}

    nodes = [
        {"id": f"JS{row}", "x": 500_000.0 + east, "y": 3_400_000.0 + north, **values("node")}
        for row, (east, north) in enumerate(spots)
    ]
    if draw(st.booleans()):
        nodes.append({"id": "缺", "x": None, "y": None, **values("node")})
    row = st.integers(0, len(nodes) - 1)
    ends = draw(st.lists(st.tuples(row, row), max_size=5))
    pipes = [
        {"id": f"P{number}", "from_fid": first, "to_fid": second, "holes": draw(st.none() | st.integers(-9, 9)),
         "conduit_direction": draw(st.none() | st.booleans()), **values("pipe")}
        for number, (first, second) in enumerate(ends)
    ]  # fmt: skip
    made = delivery(nodes, pipes, crs=CRS)
    levels = draw(st.lists(st.none() | st.integers(1, 30), min_size=len(made.lines.xyz), max_size=len(made.lines.xyz)))
    xyz = made.lines.xyz.copy()
    xyz[:, 2] = [np.nan if level is None else level for level in levels]
    return Extract.from_delivery(replace(made, lines=Lines(made.lines.offsets, xyz)))


@pytest.mark.parametrize("row", EXACT, ids=[row.name for row in EXACT])
@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(extract=extracts())
def test_what_was_written_is_read_back_without_a_difference(tmp_path: Path, row: ExportFormat, extract: Extract) -> None:
    written = row.write(extract, tmp_path / f"net{row.extensions[0]}", options=WriteOptions())
    assert_same(extract, Extract.from_delivery(read_back(written, row.name)))


def test_nodes_of_one_id_are_told_apart(tmp_path: Path) -> None:
    nodes = [{"id": "JS1", "x": 500000.0 + 5 * row, "y": 3400000.0} for row in range(3)] + [
        {"id": None, "x": None, "y": None}
    ] * 2
    pipes = [{"id": f"P{row}", "from_fid": row, "to_fid": row + 1} for row in range(4)]
    extract = Extract.from_delivery(delivery(nodes, pipes))
    back = read_back(write(extract, tmp_path, "shp"), "shp")
    assert back.pipes["from_fid"].to_pylist() == [0, 1, 2, 3]
    assert back.pipes["to_fid"].to_pylist() == [1, 2, 3, 4]
    assert back.nodes["id"].to_pylist() == ["JS1", "JS1", "JS1", None, None]


def test_a_valve_keeps_the_pipe_that_it_stands_on(tmp_path: Path) -> None:
    made = delivery([{**NODES[0], "arm_pipe": 2}, *NODES[1:]], [{**pipe, "id": f"P{row}"} for row, pipe in enumerate(PIPES)])
    back = read_back(write(Extract.from_delivery(made), tmp_path, "gpkg"), "gpkg")
    assert back.nodes["arm_pipe"].to_pylist() == [2, None, None, None]


def test_what_concerns_both_layers_is_told_once(tmp_path: Path) -> None:
    made = Extract.from_delivery(delivery(NODES, PIPES, crs=CRS))
    written = write(made, tmp_path, "kml")
    told = [loss.message for loss in written.losses]
    assert len(told) == len(set(told))


def test_many_elements_written_in_degrees_come_back_within_a_millimetre(tmp_path: Path) -> None:
    from pipemap.sample import make_city

    city = Extract.from_delivery(make_city(60, seed=2).delivery)
    written = write(city, tmp_path, "geojson")
    back = reproject(Extract.from_delivery(read_back(written, "geojson")), city.crs)
    assert_same(city, back, within=1e-3)
    assert {"reprojected", "customers-left-out"} <= rules(written)


def test_kml_has_names_and_words_and_lies_on_the_ground(tmp_path: Path) -> None:
    extract = hand_made()
    written = write(extract, tmp_path, "kml")
    assert [path.name for path in written.paths] == ["镇.kml"]
    assert {"plan-only", "no-place", "reprojected"} <= rules(written)
    text = written.paths[0].read_text(encoding="utf-8")
    assert "<name>JS1</name>" in text
    assert "Diameter: 300 mm" in text
    back = reproject(Extract.from_delivery(read_back(written, "kml")), extract.crs)
    assert back.nodes["id"].to_pylist() == extract.nodes["id"].to_pylist()
    assert back.pipes["diameter_mm"].to_pylist() == [300.0, 200.0, None]
    assert back.pipes["conduit_direction"].to_pylist() == [None, True, None]
    np.testing.assert_allclose(back.lines.xyz[:, :2], extract.lines.xyz[:, :2], atol=1e-3)


def test_gdal_sees_levels_types_and_the_coordinate_system(tmp_path: Path) -> None:
    (path,) = write(hand_made(), tmp_path, "gpkg").paths
    assert pyogrio.list_layers(path).tolist() == [["pipe", "LineString Z"], ["node", "Point Z"]]
    found = pyogrio.read_info(path, layer="pipe")
    assert (found["features"], found["crs"]) == (3, CRS)
    types = dict(zip(found["fields"], found["ogr_types"], strict=True))
    assert (types["id"], types["diameter_mm"], types["holes"]) == ("OFTString", "OFTReal", "OFTInteger64")
    assert "voltage" not in types, "a column that says nothing goes out for nobody"


def test_dates_are_dates(tmp_path: Path) -> None:
    nodes = [{**NODES[0], "surveyed": "2024-05-06"}, {**NODES[1], "surveyed": None}]
    extract = Extract.from_delivery(delivery(nodes, ()))
    written = write(extract, tmp_path, "shp")
    found = pyogrio.read_info(written.paths[0])
    assert dict(zip(found["fields"], found["ogr_types"], strict=True))["surveyed"] == "OFTDate"
    assert read_back(written, "shp").nodes["surveyed"].to_pylist() == ["2024-05-06", None]


def test_a_shapefile_is_two_files_with_short_names_and_chinese_in_utf8(tmp_path: Path) -> None:
    long = "很长" * 60
    nodes = [{**NODES[0], "note": long}, *NODES[1:]]
    written = write(Extract.from_delivery(delivery(nodes, PIPES)), tmp_path, "shp")
    assert [path.name for path in written.paths[:2]] == ["镇_pipe.shp", "镇_node.shp"]
    assert all(path.exists() for path in written.paths)
    assert (tmp_path / "镇_pipe.cpg").read_text(encoding="ascii").strip() == "UTF-8"
    losses = {problem.rule: problem for problem in written.losses}
    assert "diameter_mm → diam_mm" in losses["columns-renamed"].message
    assert losses["texts-cut"].values["count"] == 1
    assert losses["texts-cut"].element == "JS1"
    note = read_back(written, "shp").nodes["note"].to_pylist()[0]
    assert note == long[: 254 // 3], "whole characters, no half ones"
    assert losses["no-place"].values["count"] == 1


def test_names_of_columns_in_a_shapefile_are_short_and_different() -> None:
    for layer in LAYERS:
        names = [short_name(name) for name in fields(layer)] + [
            short_name(f"{name}_label") for name, field in fields(layer).items() if field.values
        ]
        assert all(len(name) <= 10 for name in names)
        assert len({name.casefold() for name in names}) == len(names)


def test_unknown_levels_are_marked_and_said_where_a_file_needs_numbers(tmp_path: Path) -> None:
    extract = hand_made()
    written = write(extract, tmp_path, "shp")
    assert "levels-flat" in rules(written)
    assert_same(extract, Extract.from_delivery(read_back(written, "shp")))


def test_chosen_attributes_and_words_for_codes(tmp_path: Path) -> None:
    written = write(hand_made(), tmp_path, "gpkg", fields={"pipe": ["diameter_mm", "colour"]}, labels=True)
    assert list(pyogrio.read_info(written.paths[0], layer="pipe")["fields"]) == [
        "id", "category", "category_label", "kind", "kind_label", "from_node", "to_node", "diameter_mm",
    ]  # fmt: skip
    assert "unknown-fields" in rules(written)
    assert "road" in pyogrio.read_info(written.paths[0], layer="node")["fields"]
    assert read_back(written, "gpkg").pipes["category"].to_pylist() == ["JS"] * 3, "labels are no fields"


def test_coordinates_are_turned_and_heights_are_not(tmp_path: Path) -> None:
    written = write(hand_made(), tmp_path, "gpkg", crs="EPSG:4326")
    assert pyogrio.read_info(written.paths[0], layer="node")["crs"] == "EPSG:4326"
    moved = reproject(hand_made(), "EPSG:4326")
    assert moved.nodes["ground"].equals(hand_made().nodes["ground"])
    assert moved.nodes["x"].to_pylist()[0] == pytest.approx(114.0)
    assert np.array_equal(moved.lines.xyz[:, 2], hand_made().lines.xyz[:, 2], equal_nan=True)


def test_geojson_in_another_system_is_said(tmp_path: Path) -> None:
    written = write(hand_made(), tmp_path, "geojson", crs=CRS)
    assert "crs-not-wgs84" in rules(written)
    assert "4547" in written.paths[0].read_text(encoding="utf-8")[:300]


def test_a_survey_without_a_system_goes_out_as_it_is_but_not_into_another(tmp_path: Path) -> None:
    bare = replace(hand_made(), crs="")
    assert "crs-unknown" in rules(write(bare, tmp_path, "gpkg"))
    with pytest.raises(ReportError, match="does not say"):
        write(bare, tmp_path, "kml")
    with pytest.raises(ReportError, match="no coordinate system"):
        write(hand_made(), tmp_path, "gpkg", crs="EPSG:nonsense")


def test_nothing_half_written_stays(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="nothing to export"):
        write(Extract.from_delivery(delivery((), ())), tmp_path, "shp")
    with pytest.raises(ReportError):
        named("gpkg").write(hand_made(), tmp_path / "none" / "net.gpkg", options=WriteOptions())
    assert list(tmp_path.iterdir()) == []


def test_formats_are_found_by_name_and_ending() -> None:
    assert export_format(Path("a.SHP")).name == "shp"
    assert export_format(Path("a.anything"), "kml").name == "kml"


@given(
    counts=st.lists(st.sampled_from([0, 2, 3]), max_size=6),
    axes=st.sampled_from([2, 3]),
)
def test_wkb_made_by_arithmetic_is_what_shapely_reads(counts: Sequence[int], axes: int) -> None:
    import shapely

    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    places = np.arange(offsets[-1] * axes, dtype=np.float64).reshape(-1, axes)
    for row, blob in enumerate(wkb(places, offsets, point=False).to_pylist()):
        part = places[offsets[row] : offsets[row + 1]]
        if not len(part):
            assert blob is None
        else:
            assert np.array_equal(shapely.get_coordinates(shapely.from_wkb(blob), include_z=axes == 3), part)


@pytest.mark.parametrize("name", ["gpkg", "geojson"])
def test_what_is_written_beside_is_what_is_written_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    extract = Extract.from_delivery(delivery(crs=CRS))
    kept = []
    for place in ("here", "beside"):
        (tmp_path / place).mkdir()
        kept.append(read_back(write(extract, tmp_path / place, name), name))
        monkeypatch.setattr(with_gdal, "_LARGE", 1)
    assert kept[0].nodes.equals(kept[1].nodes)
    assert kept[0].pipes.equals(kept[1].pipes)
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == sorted(
        path.name for path in (tmp_path / "beside").iterdir()
    )


def test_cancelled_while_gdal_writes_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(with_gdal, "_LARGE", 1)
    told: list[int] = []

    def stop(done: int, total: int | None = None, label: str = "") -> None:
        del total, label
        told.append(done)
        if len(told) > 4:  # the columns are written by then, and the other program has begun
            raise Cancelled

    with pytest.raises(Cancelled):
        named("gpkg").write(Extract.from_delivery(delivery(crs=CRS)), tmp_path / "a.gpkg", options=WriteOptions(), progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_what_gdal_refuses_beside_is_told_as_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(with_gdal, "_LARGE", 1)
    with pytest.raises(ReportError, match="cannot be written"):
        write(Extract.from_delivery(delivery(crs="EPSG:999999")), tmp_path, "gpkg")
    assert list(tmp_path.iterdir()) == []
