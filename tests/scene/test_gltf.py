"""A 3D model that other programs open: what VTK reads of it is what was drawn."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipemap.errors import ReportError
from pipemap.formats.writing import WriteOptions
from pipemap.model.extract import Extract
from pipemap.scene.gltf import FORMAT, network_of, write_gltf
from tests.store.deliveries import delivery

NODES = (
    {"id": "YS1", "x": 500000.0, "y": 3400000.0, "ground": 12.0, "category": "YS", "kind": "manhole"},
    {"id": "YS2", "x": 500040.0, "y": 3400000.0, "ground": 12.0, "category": "YS", "kind": "manhole"},
    {"id": "JS1", "x": 500000.0, "y": 3400010.0, "ground": 12.0, "category": "JS"},
    {"id": "JS2", "x": 500040.0, "y": 3400030.0, "ground": 12.0, "category": "JS", "kind": "isolation_valve"},
    {"id": "JS3", "x": None, "y": None, "category": "JS"},
)
PIPES = (
    {"id": "沟", "from_fid": 0, "to_fid": 1, "category": "YS", "shape": "box", "width_mm": 1000.0, "height_mm": 800.0,
     "from_level": 10.0, "to_level": 9.8, "from_reference": "invert", "to_reference": "invert"},
    {"id": "P1", "from_fid": 2, "to_fid": 3, "category": "JS", "diameter_mm": 300.0},
    {"id": "P2", "from_fid": 3, "to_fid": 4, "category": "JS"},
)  # fmt: skip


def model(path: Path) -> tuple[dict[str, Any], bytes]:
    """The two parts of a GLB file."""
    content = path.read_bytes()
    magic, version, total, size, kind = struct.unpack("<IIIII", content[:20])
    assert (magic, version, total, kind) == (0x46546C67, 2, len(content), 0x4E4F534A)
    return json.loads(content[20 : 20 + size]), content[28 + size :]


def array(document: dict[str, Any], binary: bytes, number: int) -> np.ndarray[Any, Any]:
    accessor = document["accessors"][number]
    view = document["bufferViews"][accessor["bufferView"]]
    kind = {5126: "<f4", 5125: "<u4", 5121: "u1"}[accessor["componentType"]]
    part = binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
    return np.frombuffer(part, kind).reshape(accessor["count"], -1)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "street.glb"
    found = write_gltf(Extract.from_delivery(delivery(NODES, PIPES)), path, options=WriteOptions())
    assert {"no-place", "level-estimated", "values-left-out"} == {problem.rule for problem in found.losses}
    assert found.paths == (path,)
    return path


def test_vtk_reads_every_triangle_of_the_model(written: Path) -> None:
    from vtkmodules.vtkIOGeometry import vtkGLTFReader

    document, _binary = model(written)
    expected = sum(
        document["accessors"][primitive["indices"]]["count"] // 3
        for mesh in document["meshes"]
        for primitive in mesh["primitives"]
    )
    reader = vtkGLTFReader()
    reader.SetFileName(str(written))
    reader.Update()
    assert expected > 100
    assert reader.GetOutput().GetNumberOfCells() == expected


def test_each_category_is_a_node_and_the_origin_is_stated(written: Path) -> None:
    document, _binary = model(written)
    root = document["nodes"][0]
    assert [document["nodes"][child]["extras"]["category"] for child in root["children"]] == ["JS", "YS"]
    assert root["extras"]["crs"] == "EPSG:4547"
    assert 499_990 < root["extras"]["origin"]["east"] < 500_050


@pytest.mark.parametrize(("name", "category"), [("沟", 1), ("P1", 0)])
def test_the_triangles_of_an_id_lie_along_its_pipe_with_up_as_y(written: Path, name: str, category: int) -> None:
    document, binary = model(written)
    group = document["nodes"][document["nodes"][0]["children"][category]]
    mesh = document["meshes"][document["nodes"][group["children"][0]]["mesh"]]
    place = mesh["extras"]["ids"].index(name)
    first = [*mesh["extras"]["first_triangle"], None][place : place + 2]
    primitive = mesh["primitives"][0]
    triangles = array(document, binary, primitive["indices"]).reshape(-1, 3)[slice(*first)]
    points = array(document, binary, primitive["attributes"]["POSITION"])[np.unique(triangles)]
    origin = document["asset"]["extras"]["origin"]
    east, north = points[:, 0] + origin["east"], origin["north"] - points[:, 2]
    pipe = next(row for row in PIPES if row["id"] == name)
    ends = [NODES[int(str(pipe[end]))] for end in ("from_fid", "to_fid")]
    assert (east.min(), east.max()) == pytest.approx([end["x"] for end in ends], abs=0.6)
    assert (north.min(), north.max()) == pytest.approx([end["y"] for end in ends], abs=0.6)
    if name == "沟":
        assert points[:, 1].max() + origin["height"] == pytest.approx(10.8, abs=0.01)


def test_only_metres_make_a_model(tmp_path: Path) -> None:
    extract = Extract.from_delivery(delivery(NODES, PIPES))
    with pytest.raises(ReportError, match="counts in metres"):
        FORMAT.write(extract, tmp_path / "a.glb", options=WriteOptions(crs="EPSG:4326"))
    with pytest.raises(ReportError, match="Nothing of it has a place"):
        FORMAT.write(Extract.from_delivery(delivery((), ())), tmp_path / "a.glb", options=WriteOptions())
    assert not list(tmp_path.iterdir())


def test_the_network_of_an_extract_joins_what_its_rows_say() -> None:
    network = network_of(Extract.from_delivery(delivery(NODES, PIPES)))
    assert network.pipe_ends.tolist() == [[0, 1], [2, 3], [3, 4]]
