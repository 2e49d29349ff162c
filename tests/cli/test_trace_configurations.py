from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipemap.cli.main import main
from tests.gui.surveys import street_file


@pytest.fixture
def street(tmp_path: Path) -> Path:
    return street_file(tmp_path / "street.gpkg")


def asked(capsys: pytest.CaptureFixture[str], street: Path, *words: str) -> dict[str, Any]:
    assert main(["trace", str(street), *words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_configuration_is_saved_listed_and_used(street: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = asked(capsys, street, "--type", "connected", "--barrier-where", "diameter_mm < 200", "--save", "mains")
    assert saved["saved"] == "mains"
    assert asked(capsys, street, "--configurations")["configurations"] == [
        {"name": "mains", "type": "connected", "barrier_where": "diameter_mm < 200"}
    ]
    assert asked(capsys, street, "--use", "mains", "--start", "JS1")["pipes"] == ["JS1-JS2", "JS2-JS3"]
    assert asked(capsys, street, "--use", "mains", "--start", "JS1", "--limit", "10")["pipes"] == ["JS1-JS2"]


def test_several_ways_are_a_configuration_too(street: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, street, "--type", "shortest-path", "--cost", "pipes", "--alternatives", "2", "--save", "fewest")
    found = asked(capsys, street, "--use", "fewest", "--start", "JS1", "--end", "JS4")
    assert [route["cost"] for route in found["routes"]] == [3.0]


def test_one_that_is_not_there_is_told_with_those_that_are(street: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, street, "--type", "upstream", "--save", "up")
    assert main(["trace", str(street), "--use", "down", "--start", "JS1"]) == 1
    assert "up" in capsys.readouterr().err


def test_saving_is_a_change_that_can_be_undone(street: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, street, "--save", "all", "--start", "JS1")
    assert main(["undo", str(street)]) == 0
    capsys.readouterr()
    assert asked(capsys, street, "--configurations")["configurations"] == []


def test_a_trace_without_a_start_is_a_wrong_use(street: Path) -> None:
    assert main(["trace", str(street)]) == 2


def test_a_point_on_a_pipe_starts_a_trace(street: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = asked(capsys, street, "--type", "downstream", "--start", "YS1-YS2")
    part = asked(capsys, street, "--type", "downstream", "--start", "YS1-YS2@30")
    assert whole["pipes"] == part["pipes"]
    assert part["length_m"] == pytest.approx(whole["length_m"] - 30)
