from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_main import answer, message


def test_sample_makes_a_city_with_known_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "city.gpkg"
    found = answer(capsys, "sample", out, "--pipes", 120, "--seed", 7, "--faults", 3)
    assert set(found) >= {"nodes", "pipes", "faults"}
    assert found["faults"] == json.loads((tmp_path / "city.faults.json").read_text(encoding="utf-8"))
    assert "city.gpkg" in message(capsys, 5, "sample", out)
    assert answer(capsys, "sample", out, "--pipes", 60, "--replace")["faults"] == []


@pytest.mark.parametrize("words", [("--pipes", "5"), ("--pipes", "99999999999"), ("--faults", "-1")])
def test_a_city_that_cannot_be_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, str]) -> None:
    assert "4,000,000" in message(capsys, 1, "sample", tmp_path / "city.gpkg", *words)
    assert not list(tmp_path.iterdir())
