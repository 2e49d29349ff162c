"""Survey tables in, with ogr2ogr beside them in the same run: ``pytest tests/bench --benchmark-enable``."""

from __future__ import annotations

import resource
import shutil
import subprocess
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from pipemap.formats import read_source
from pipemap.jobs import import_source
from pipemap.model.delivery import Delivery
from tests.bench.tables import write_one_sheet, write_pair

ROWS = (10_000, 100_000, 1_000_000)


@pytest.fixture(params=ROWS, ids=lambda rows: f"{rows:,} rows")
def rows(request: pytest.FixtureRequest) -> int:
    """How large the tables are."""
    return int(request.param)


def test_read_a_point_and_a_line_table(benchmark: BenchmarkFixture, tmp_path: Path, rows: int) -> None:
    sources = write_pair(tmp_path, rows)

    def read() -> Delivery:
        return read_source(sources)

    delivery = benchmark.pedantic(read, rounds=2)  # type: ignore[no-untyped-call]
    benchmark.extra_info["peak MB of the process so far"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    assert delivery.pipes.num_rows == rows
    assert {problem.severity for problem in delivery.problems} == {"info"}


def test_read_one_sheet(benchmark: BenchmarkFixture, tmp_path: Path, rows: int) -> None:
    source = write_one_sheet(tmp_path, rows)

    def read() -> Delivery:
        return read_source([source])

    delivery = benchmark.pedantic(read, rounds=2)  # type: ignore[no-untyped-call]
    benchmark.extra_info["peak MB of the process so far"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    assert delivery.pipes.num_rows >= 0.49 * rows


def test_import_a_point_and_a_line_table(benchmark: BenchmarkFixture, tmp_path: Path, rows: int) -> None:
    sources = write_pair(tmp_path, rows)

    def imported() -> int:
        return import_source(sources, tmp_path / "new.gpkg").pipes

    assert benchmark.pedantic(imported, rounds=1) == rows  # type: ignore[no-untyped-call]


def test_peer_ogr2ogr_of_the_line_table(benchmark: BenchmarkFixture, tmp_path: Path, rows: int) -> None:
    if shutil.which("ogr2ogr") is None:
        pytest.skip("ogr2ogr is not here")
    points, lines = write_pair(tmp_path, rows)

    def converted() -> None:
        for number, source in enumerate((points, lines)):
            target = str(tmp_path / f"peer{number}.gpkg")
            subprocess.run(["ogr2ogr", "-f", "GPKG", "-overwrite", target, str(source)], check=True, capture_output=True)  # noqa: S607

    benchmark.pedantic(converted, rounds=1)  # type: ignore[no-untyped-call]
    assert (tmp_path / "peer1.gpkg").stat().st_size
