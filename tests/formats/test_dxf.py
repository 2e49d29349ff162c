from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ezdxf.document import Drawing
from ezdxf.filemanagement import readfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.catalog import categories
from pipemap.errors import Cancelled, ReportError
from pipemap.formats.dxf import write_dxf
from pipemap.formats.dxf.layers import PARTS, colour_of_layer, layer_name
from pipemap.formats.dxf.symbols import SHAPES, block_name
from pipemap.formats.dxf.writer import annotation
from pipemap.formats.swmm import read_swmm
from pipemap.formats.writing import WriteOptions, export_format
from pipemap.model.delivery import Lines
from pipemap.model.extract import Extract
from pipemap.model.fields import Layer
from tests.formats.edits import rules, surveyed
from tests.formats.test_swmm import TOWN

NODES: list[dict[str, Any]] = [
    {
        "id": "JS1",
        "x": 1000.125,
        "y": 2000.5,
        "kind": "isolation_valve",
        "category": "JS",
        "ground": 21.53,
        "appurtenance": "阀门",
    },
    {"id": "JS2", "x": 1040.0, "y": 2000.5, "kind": "hydrant", "category": "JS"},
    {"id": "YS1", "x": 1000.0, "y": 2040.0, "kind": "manhole", "category": "YS", "ground": 21.4},
    {"id": "YS2", "x": 960.0, "y": 2040.0, "kind": "outfall", "category": "YS", "ground": 21.3},
]
PIPES: list[dict[str, Any]] = [
    {"id": "JS1-JS2", "from": "JS1", "to": "JS2", "category": "JS", "diameter_mm": 300.0, "material": "球墨铸铁",
     "from_level": 20.25},
    {"id": "YS1-YS2", "from": "YS1", "to": "YS2", "category": "YS", "width_mm": 800.0, "height_mm": 600.0, "material": "T",
     "from_level": 19.5, "to_level": 19.25},
]  # fmt: skip


def write(tmp_path: Path, extract: Extract, fields: dict[Layer, list[str]] | None = None) -> tuple[Drawing, dict[str, object]]:
    to = tmp_path / "town.dxf"
    result = write_dxf(extract, to, options=WriteOptions(fields=fields or {}))
    drawing = readfile(to)
    audit = drawing.audit()
    assert not audit.errors
    assert not audit.fixes
    return drawing, rules(result.losses)


def test_pipes_are_polylines_with_their_levels_on_the_layer_of_their_category(tmp_path: Path) -> None:
    drawing, losses = write(tmp_path, surveyed(NODES, PIPES))
    line: Any = drawing.modelspace().query('POLYLINE[layer=="YSLINE"]').first
    assert [tuple(vertex.dxf.location) for vertex in line.vertices] == [(1000.0, 2040.0, 19.5), (960.0, 2040.0, 19.25)]
    assert losses == {"level-unknown": 1, "ground-unknown": 1}


def test_a_course_of_unknown_level_is_drawn_in_plan_and_told(tmp_path: Path) -> None:
    drawing, _losses = write(tmp_path, surveyed(NODES, PIPES))
    line: Any = drawing.modelspace().query('LWPOLYLINE[layer=="JSLINE"]').first
    assert [point[:2] for point in line.get_points()] == [(1000.125, 2000.5), (1040.0, 2000.5)]


def test_points_are_blocks_by_their_kind_with_number_and_attributes(tmp_path: Path) -> None:
    drawing, _losses = write(tmp_path, surveyed(NODES, PIPES))
    space = drawing.modelspace()
    valve, hydrant = space.query('INSERT[layer=="JSPOINT"]')
    assert (valve.dxf.name, hydrant.dxf.name) == ("PIPEMAP_ISOLATION_VALVE", "PIPEMAP_HYDRANT")
    assert tuple(valve.dxf.insert) == (1000.125, 2000.5, 21.53)
    said = [tag.value for tag in valve.get_xdata("PIPEMAP")]
    assert {"id=JS1", "appurtenance=阀门", "ground=21.53"} <= set(said)
    assert [text.dxf.text for text in space.query('TEXT[layer=="JSTEXT"]')] == ["JS1", "JS2"]
    assert {text.dxf.style for text in space.query("TEXT")} == {"PIPEMAP"}


def test_the_text_along_a_pipe_says_what_it_is_and_can_be_read(tmp_path: Path) -> None:
    drawing, _losses = write(tmp_path, surveyed(NODES, PIPES))
    water, storm = drawing.modelspace().query('TEXT[layer=="JSMARK" | layer=="YSMARK"]')
    assert (water.dxf.text, storm.dxf.text) == ("给水 DN300 QM", "雨水 800X600 T")
    assert storm.dxf.rotation == 0.0  # drawn to the left, written to the right


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"diameter_mm": 300.0, "barrels": 2}, "给水 2×DN300"),
        ({"size_text": "12孔"}, "给水 12孔"),
        ({"material": "something"}, "给水 something"),
        ({}, "给水"),
    ],
)
def test_what_is_written_along_a_pipe(row: dict[str, Any], said: str) -> None:
    names = ("diameter_mm", "width_mm", "height_mm", "barrels", "size_text", "material")
    assert annotation("JS", dict.fromkeys(names) | row) == said


def test_short_pipes_have_no_text_and_are_counted(tmp_path: Path) -> None:
    nodes = [{**NODES[2], "x": 960.5}, NODES[3]]
    drawing, losses = write(tmp_path, surveyed(nodes, [PIPES[1]]))
    assert not drawing.modelspace().query('TEXT[layer=="YSMARK"]')
    assert losses == {"short-for-text": 1}


def test_layers_have_the_colours_of_the_standard(tmp_path: Path) -> None:
    drawing, _losses = write(tmp_path, surveyed(NODES, PIPES))
    assert {f"{code}{part}" for code in ("JS", "YS") for part in PARTS} <= {layer.dxf.name for layer in drawing.layers}
    assert (drawing.layers.get("JSLINE").color, drawing.layers.get("JSLINE").rgb) == (4, (0, 255, 255))
    assert colour_of_layer("RQ") == (6, (255, 0, 255))
    assert colour_of_layer("GY") == (7, None)
    assert colour_of_layer("XX-nobody-knows") == colour_of_layer("BM")
    assert all(1 <= colour_of_layer(row.code)[0] <= 249 for row in categories())


def test_units_extents_and_coordinate_system_are_said(tmp_path: Path) -> None:
    extract = surveyed(NODES, PIPES)
    drawing, _losses = write(tmp_path, Extract(extract.nodes, extract.pipes, extract.lines, crs="EPSG:4547"))
    assert (drawing.header["$INSUNITS"], drawing.header["$ACADVER"]) == (6, "AC1024")
    assert tuple(drawing.header["$EXTMAX"])[:2] == (1040.0, 2040.0)
    assert drawing.header.custom_vars.get("CRS") == "EPSG:4547"


def test_chosen_attributes_alone_go_along(tmp_path: Path) -> None:
    drawing, _losses = write(tmp_path, surveyed(NODES, PIPES), fields={"node": ["id"], "pipe": []})
    space = drawing.modelspace()
    assert [tag.value for tag in space.query("INSERT").first.get_xdata("PIPEMAP")] == ["id=JS1"]
    assert not space.query("POLYLINE").first.has_xdata("PIPEMAP")


def test_devices_of_a_model_have_their_symbol_on_the_line(tmp_path: Path) -> None:
    drawing, _losses = write(tmp_path, surveyed(NODES, [{**PIPES[1], "kind": "pump"}]))
    (pump,) = drawing.modelspace().query('INSERT[name=="PIPEMAP_PUMP"]')
    assert tuple(pump.dxf.insert) == (980.0, 2040.0, 19.5)


def test_what_has_no_place_is_counted_and_nothing_at_all_is_an_error(tmp_path: Path) -> None:
    nodes = [*NODES, {"id": "lost", "category": None, "x": None, "y": None}]
    extract = surveyed(nodes, PIPES)
    courses = [extract.lines[0], np.empty((0, 3))]
    _drawing, losses = write(tmp_path, Extract(extract.nodes, extract.pipes, Lines.from_lists(courses)))
    assert (losses["node-without-place"], losses["pipe-without-place"]) == (1, 1)
    with pytest.raises(ReportError):
        write_dxf(surveyed([nodes[-1]], []), tmp_path / "none.dxf", options=WriteOptions())


def test_gdal_reads_the_lines_as_they_are(tmp_path: Path) -> None:
    import shapely
    from pyogrio import raw

    source = tmp_path / "in.inp"
    source.write_text(TOWN, encoding="utf-8")
    delivery = read_swmm(source)
    write_dxf(Extract.from_delivery(delivery), tmp_path / "town.dxf", options=WriteOptions())
    _meta, _fids, shapes, columns = raw.read(tmp_path / "town.dxf", columns=["Layer", "SubClasses"])
    drawn = shapely.from_wkb([shape for shape, layer in zip(shapes, columns[0], strict=True) if layer.endswith("LINE")])
    assert len(drawn) == delivery.pipes.num_rows
    for row, line in enumerate(drawn):
        course = shapely.get_coordinates(line, include_z=True)
        known = np.isfinite(delivery.lines[row]).all()
        np.testing.assert_array_equal(course[:, : 3 if known else 2], delivery.lines[row][:, : 3 if known else 2])


def test_every_kind_has_a_symbol() -> None:
    from pipemap.catalog import NodeKind

    assert set(SHAPES) == set(NodeKind)
    assert block_name("nonsense") == block_name("") == "PIPEMAP_POINT"


def test_cancelling_leaves_no_open_file(tmp_path: Path) -> None:
    def stop(done: int, total: int | None = None, label: str = "") -> None:
        if label == "Drawing points" and total and not done:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_dxf(surveyed(NODES, PIPES), tmp_path / "town.dxf", options=WriteOptions(), progress=stop)
    with pytest.raises(ReportError):
        write_dxf(surveyed(NODES, PIPES), tmp_path / "no folder" / "town.dxf", options=WriteOptions())


def test_the_format_is_chosen_by_its_ending() -> None:
    assert export_format(Path("a.DXF")).name == "dxf"


_HOSTILE = st.text(st.sampled_from('a%^\n\r\\"|<>{};*水\x00\u2028~ '), max_size=8) | st.just("x" * 400) | st.just("水" * 300)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(_HOSTILE, min_size=5, max_size=5))
def test_any_text_makes_a_drawing_that_is_whole(tmp_path: Path, texts: list[str]) -> None:
    nodes = [{**NODES[0], "id": texts[0], "category": texts[1], "note": texts[2]}, {**NODES[2], "kind": texts[3]}]
    pipes = [{"id": texts[1], "from": texts[0], "to": "YS1", "category": texts[4], "size_text": texts[2], "material": texts[3],
              "from_level": 1.0, "to_level": 2.0}]  # fmt: skip
    drawing, _losses = write(tmp_path, surveyed(nodes, pipes))
    space = drawing.modelspace()
    assert len(space.query("POLYLINE")) == 1
    assert len(space.query("INSERT")) == 2
    assert all(re.fullmatch(r"[^\x00-\x1f]*", text.dxf.text) for text in space.query("TEXT"))
    assert layer_name(texts[4], "LINE") in drawing.layers
