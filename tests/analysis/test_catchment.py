from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from pipemap.analysis.catchment import catchment
from pipemap.analysis.trace import trace
from pipemap.errors import PipemapError, ReportError
from pipemap.jobs.catchments import export_catchment
from pipemap.model.network import Network
from tests.analysis.test_flow_time import drains
from tests.gui.surveys import street


def test_the_catchment_is_what_lies_near_the_drains_upstream() -> None:
    found = catchment(trace(drains(3.0, 2.0, 1.0, 0.0), "M2", "upstream"), 10.0)
    assert found.area.geom_type == "Polygon"
    assert 200 * 20 < found.square_metres < 200 * 20 + np.pi * 100
    assert shapely.from_wkt(found.wkt).contains(shapely.Point(100.0, 9.0))
    assert not shapely.from_wkt(found.wkt).contains(shapely.Point(215.0, 0.0))
    assert len(found.outlines) == 1


def test_a_catchment_lies_upstream_and_has_a_reach() -> None:
    network = drains(1.0, 0.0)
    with pytest.raises(PipemapError, match="upstream"):
        catchment(trace(network, "M0", "downstream"))
    for bad in (0.0, -3.0, float("nan"), 1e9):
        with pytest.raises(PipemapError, match="distance"):
            catchment(trace(network, "M1", "upstream"), bad)


def test_it_goes_out_as_an_outline_in_degrees_or_in_the_surveys_own_metres(tmp_path: Path) -> None:
    network = Network.from_delivery(street())
    found = catchment(trace(network, "YS3", "upstream"), 15.0)
    written = json.loads(export_catchment(found, tmp_path / "c.geojson").read_text(encoding="utf-8"))
    feature = written["features"][0]
    assert feature["properties"]["pipes"] == 2
    lon, lat = feature["geometry"]["coordinates"][0][0][0]
    assert (round(lon), round(lat)) == (114, 31)
    shape = shapely.from_geojson(json.dumps(feature["geometry"]))
    assert shape.is_valid
    assert shapely.get_parts(shape)[0].exterior.is_ccw
    own = shapely.from_wkt(export_catchment(found, tmp_path / "c.wkt").read_text(encoding="utf-8"))
    assert own.area == pytest.approx(found.square_metres, rel=1e-3)
    with pytest.raises(ReportError, match="ends neither"):
        export_catchment(found, tmp_path / "c.dxf")


def test_without_places_there_is_no_outline(tmp_path: Path) -> None:
    network = Network.from_pipes(("P1", "A", "B", 10.0))
    found = catchment(trace(network, "B", "upstream"))
    assert found.square_metres == 0
    with pytest.raises(ReportError, match="no outline"):
        export_catchment(found, tmp_path / "c.wkt")
