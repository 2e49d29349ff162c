"""Made cities to measure on; the same seed, so the same city on every machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipemap.jobs import make_sample
from pipemap.model.network import Network
from pipemap.store import open_survey

SIZES = (1_000, 10_000, 100_000)


@pytest.fixture(scope="session", params=SIZES, ids=lambda size: f"{size:,} pipes")
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored city of about that many pipes."""
    path = tmp_path_factory.mktemp("city") / "city.gpkg"
    make_sample(path, pipes=request.param, seed=1)
    return path


@pytest.fixture
def network(city: Path) -> Network:
    """Its network, just read, so that nothing is computed yet."""
    with open_survey(city, read_only=True) as survey:
        return survey.network
