"""Each figure beside its peer, in one run: ``pytest tests/bench/test_ratios_bench.py --benchmark-enable``."""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from pipemap.bench import Bench, run_bench
from pipemap.bench.report import ratio
from pipemap.bench.results import growth
from pipemap.bench.rows import row

SIZES = (10_000, 100_000)
LEAST = [
    ("open", "sqlite3 + shapely", 1.2),
    ("open", "QGIS", 3.0),
    ("open-memory", "sqlite3 + shapely", 1.2),
    ("face", "networkx", 40.0),
    ("face", "igraph", 8.0),
    ("face-memory", "networkx", 3.0),
    ("face-small", "WNTR", 30.0),
    ("trace-whole", "networkx", 4.0),
    ("trace-local", "networkx", 4.0),
    ("frame-city", "PyVista", 5.0),
    ("frame-street", "PyVista", 3.0),
    ("frame-plan", "PyVista", 5.0),
    ("pick", "PyVista", 5.0),
    ("table-open", "QGIS", 5.0),
    ("table-sort", "sqlite3", 1.0),
    ("table-filter", "sqlite3", 1.0),
    ("table-page", "sqlite3", 20.0),
    ("search", "sqlite3", 2.0),
    ("export", "ogr2ogr", 0.4),
    ("import", "ogr2ogr", 0.15),
]
"""Row, peer, and how many times ours the peer must need at least: about half of what was seen."""


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Everything, once."""
    return run_bench(SIZES, tmp_path_factory.mktemp("cities"))


@pytest.mark.parametrize(("name", "peer", "least"), LEAST, ids=[f"{name} / {peer}" for name, peer, _least in LEAST])
def test_ratio(benchmark: BenchmarkFixture, measured: Bench, name: str, peer: str, least: float) -> None:
    figure = measured.of(name)[-1]
    if figure.peers[peer].missing:
        pytest.skip(figure.peers[peer].missing)
    seen = benchmark.pedantic(ratio, args=(row(name), figure, peer), rounds=1)  # type: ignore[no-untyped-call]
    benchmark.extra_info["ratio"] = seen
    assert seen >= least


@pytest.mark.parametrize("name", ["open", "trace-first", "export", "import"])
def test_growth_is_about_linear(benchmark: BenchmarkFixture, measured: Bench, name: str) -> None:
    points = {figure.pipes: figure.ours.seconds for figure in measured.of(name)}
    slope = benchmark.pedantic(growth, args=(points,), rounds=1)  # type: ignore[no-untyped-call]
    assert slope <= 1.25
