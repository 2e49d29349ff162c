"""Profiles, segments, trenches and what gathers along a trace, as a script asks for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipemap.cli.main import main
from tests.gui.surveys import street_file


@pytest.fixture
def street(tmp_path: Path) -> str:
    return str(street_file(tmp_path / "street.gpkg"))


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main([*words, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_profile_has_its_nodes_and_pipes(street: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "p.xlsx"
    found = told(capsys, "profile", street, "--start", "YS1", "--end", "YS3", "-o", str(out))
    assert [node["id"] for node in found["nodes"]] == ["YS1", "YS2", "YS3"]  # type: ignore[attr-defined]
    assert found["pipes"][0]["invert_m"] == pytest.approx([18.0, 17.8])  # type: ignore[index]
    assert out.exists()
    assert main(["profile", street, "--start", "YS1", "--end", "JS1"]) == 1
    assert "No way leads" in capsys.readouterr().err


def test_a_segment_and_the_valves_that_matter_most(street: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "segments", street, "--at", "JS1-JS2")["segment"]
    assert set(found["pipes"]) == {"JS1-JS2", "JS2-JS3", "JS3-JS4"}  # type: ignore[index]
    assert told(capsys, "segments", street, "--at", "YS1-YS2") == {"segment": None}
    assert told(capsys, "segments", street, "--critical")["critical_valves"] == []
    assert main(["segments", street, "--critical", "0"]) == 2


def test_a_trench_is_planned_as_one(street: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "shutoff", street, "--trench", "LINESTRING (500010 3399990, 500010 3400010)")
    assert found["trench"] == {"pipes": ["JS1-JS2"], "others": ["YS1-YS2"]}
    assert main(["shutoff", street, "--trench", "LINESTRING (0 0, 1 1)"]) == 1
    assert main(["shutoff", street, "--pipe", "JS1-JS2", "--width", "3"]) == 2


def test_flow_time_and_catchment_come_with_what_they_rest_on(
    street: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outline = tmp_path / "c.wkt"
    asked = (
        "trace",
        street,
        "--type",
        "upstream",
        "--start",
        "YS3",
        "--flow-time",
        "--catchment",
        "10",
        "--outline",
        str(outline),
    )
    found = told(capsys, *asked)
    assert found["flow_time"]["longest_s"] > 0  # type: ignore[index]
    assert {pipe["basis"] for pipe in found["flow_time"]["pipes"]} <= {"slope", "supposed"}  # type: ignore[index]
    assert found["catchment"]["area_m2"] > 1600  # type: ignore[index]
    assert outline.read_text(encoding="utf-8").startswith("POLYGON")
    assert main(["trace", street, "--type", "upstream", "--start", "YS3", "--velocity", "2"]) == 2


def test_a_picture_is_coloured_by_segment(street: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", street, "-o", str(tmp_path / "s.png"), "--colour-by", "segment", "--size", "320x200"]) == 0
    assert main(["render", street, "-o", str(tmp_path / "t.png"), "--colour-by", "beauty", "--size", "320x200"]) != 0
    assert "beauty" in capsys.readouterr().err
