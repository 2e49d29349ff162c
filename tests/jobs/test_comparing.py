"""Importing again on the command line: what differs is listed, and the groups are chosen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipemap import open_survey
from pipemap.cli.main import main
from tests.gui.test_comparison_page import PIPES, POINTS, written


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A survey of which one point was edited by hand."""
    target = tmp_path / "town.gpkg"
    assert main(["import", *map(str, written(tmp_path / "a", POINTS, PIPES)), "--to", str(target), "--batch", "一标"]) == 0
    with open_survey(target) as survey, survey.edit("by hand") as edit:
        edit.update("node", "YS2", owner="水务")
    return target


def again(town: Path, capsys: pytest.CaptureFixture[str], points: str, *options: str) -> dict[str, object]:
    capsys.readouterr()
    paths = map(str, written(town.parent / "b", points, PIPES))
    assert main(["import", *paths, "--to", str(town), "--batch", "一标", "--json", *options]) == 0
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


OTHER = POINTS.replace("20.10,YS,检修井,市政", "20.50,YS,检修井,排水公司")


def test_a_dry_run_lists_old_and_new(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = again(town, capsys, OTHER, "--dry-run")
    (node,) = [one for one in found["differences"] if one["layer"] == "node"]  # type: ignore[attr-defined]
    assert (node["id"], node["standing"], node["confidence"]) == ("YS2", "conflict", 1.0)
    owner = next(one for one in node["fields"] if one["field"] == "owner")
    assert (owner["base"], owner["ours"], owner["theirs"], owner["conflict"]) == ("市政", "水务", "排水公司", True)
    assert found["conflicts"] == 1


def test_conflicts_are_kept_unless_chosen(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert again(town, capsys, OTHER)["conflicts"] == 1
    with open_survey(town) as survey:
        assert (survey.record("node", 2)["owner"], survey.record("node", 2)["ground"]) == ("水务", 20.5)
    assert again(town, capsys, OTHER, "--conflicts", "theirs")["changed"] == 1
    with open_survey(town) as survey:
        assert survey.record("node", 2)["owner"] == "排水公司"
        entries = len(survey.history())
    again(town, capsys, OTHER)
    with open_survey(town) as survey:
        assert len(survey.history()) == entries


def test_the_same_file_again_leaves_the_edit_and_the_history(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = again(town, capsys, POINTS)
    assert (found["changed"], found["same"], found["conflicts"]) == (0, 5, 0)
    with open_survey(town) as survey:
        assert survey.record("node", 2)["owner"] == "水务"
        assert len(survey.history()) == 2
