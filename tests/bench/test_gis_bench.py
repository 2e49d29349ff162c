"""A shapefile of 100,000 lines, with ``ogr2ogr`` of the same file beside it in the same run: ``pytest tests/bench -k gis -s``."""

from __future__ import annotations

import resource
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyogrio
import pytest

from pipemap.formats import read_source
from pipemap.formats.gis.outgoing import wkb
from pipemap.jobs import import_source

LINES = 100_000
_TIMES = 2


@pytest.fixture(scope="module")
def mains(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Streets of water mains as a contractor exports them: lines that meet, names of ends, sizes as text."""
    path = tmp_path_factory.mktemp("gis") / "water_mains.shp"
    side = int(np.sqrt(LINES / 2)) + 2
    east, north = np.meshgrid(np.arange(side), np.arange(side))
    here = (north * side + east).ravel()
    first = np.concatenate([here.reshape(side, side)[:, :-1].ravel(), here.reshape(side, side)[:-1].ravel()])[:LINES]
    second = np.concatenate([here.reshape(side, side)[:, 1:].ravel(), here.reshape(side, side)[1:].ravel()])[:LINES]
    place = np.column_stack([500_000.0 + 40.0 * east.ravel(), 4_400_000.0 + 40.0 * north.ravel()])
    middle = (place[first] + place[second]) / 2 + 0.5
    course = np.stack([place[first], middle, place[second]], axis=1).reshape(-1, 2)
    geometry = wkb(course, np.arange(0, 3 * len(first) + 1, 3), point=False)
    texts = {
        "PIPEID": [f"W{row}" for row in range(len(first))],
        "STARTID": [f"N{row}" for row in first],
        "ENDID": [f"N{row}" for row in second],
        "DIAMETER": [("100", "150", "200", "300")[row % 4] for row in range(len(first))],
        "MATERIAL": [("PVC", "DI", "AC", "PE")[row % 4] for row in range(len(first))],
    }
    columns = [np.array(values, dtype=object) for values in texts.values()]
    content = np.array(geometry.to_pylist(), dtype=object)
    pyogrio.raw.write(path, content, columns, list(texts), geometry_type="LineString", crs="EPSG:32650")
    return path


def cpu_seconds(work: Callable[[], object]) -> float:
    """The least processor time that it takes, of its children too."""

    def spent() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime

    found = []
    for _time in range(_TIMES):
        start = spent()
        work()
        found.append(spent() - start)
    return min(found)


@pytest.mark.benchmark(group="a shapefile of 100,000 lines")
def test_a_large_shapefile_beside_ogr2ogr(
    benchmark: object, mains: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def convert() -> None:
        target = tmp_path / "peer.gpkg"
        target.unlink(missing_ok=True)
        subprocess.run([str(shutil.which("ogr2ogr")), "-f", "GPKG", str(target), str(mains)], check=True)

    def store() -> None:
        target = tmp_path / "own.gpkg"
        target.unlink(missing_ok=True)
        assert import_source(mains, target).pipes == LINES

    read = cpu_seconds(lambda: read_source([mains]))
    stored = cpu_seconds(store)
    if shutil.which("ogr2ogr") is None:
        pytest.skip("ogr2ogr is not here to be compared with")
    peer = cpu_seconds(convert)
    with capsys.disabled():
        print(
            f"\nCPU seconds: read {read:.2f}, read and stored {stored:.2f}, ogr2ogr {peer:.2f}; "
            f"ratios {read / peer:.1f} and {stored / peer:.1f}"
        )
    benchmark(lambda: None)  # type: ignore[operator]
