from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipemap.cli.main import main
from pipemap.store import open_survey
from tests.gui.surveys import street_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return street_file(tmp_path / "street.gpkg")


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["table", *words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def values(path: Path, layer: str, name: str) -> list[Any]:
    with open_survey(path, read_only=True) as survey:
        found: list[Any] = survey.columns("node" if layer == "node" else "pipe", [name])[name].to_pylist()
        return found


def test_fields_are_set_by_condition_and_by_id_in_the_words_of_either_language(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(capsys, str(path), "set", "--layer", "pipe", "--where", "material = PE", "使用状况=在建", "Diameter=DN110")
    assert (found["changed"], found["stored"]) == (2, True)
    assert values(path, "pipe", "lifecycle") == [None, None, "under_construction", None, None]
    assert values(path, "pipe", "diameter_mm")[2] == 110
    found = answer(capsys, str(path), "set", "--layer", "node", "--id", "JS2", "--id", "JS1", "ground=21")
    assert [one["id"] for one in found["cells"]] == ["JS1", "JS2"]
    assert {one["field"] for one in found["follows"]} == {"from_level", "to_level"}


def test_nodes_are_chosen_by_a_condition_on_their_own_fields(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, str(path), "set", "--layer", "node", "--where", "ground > 20.1 and category = JS", "road=湖滨路")
    assert [one["id"] for one in found["cells"]] == ["JS3", "JS4"]


def test_a_dry_run_stores_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, str(path), "calculate", "--layer", "pipe", "--all", "wall_mm=diameter_mm / 20", "--dry-run")
    assert [one["after"] for one in found["cells"]] == ["15", "15", "5", "30", "30"]
    assert not found["stored"]
    assert values(path, "pipe", "wall_mm") == [None] * 5


def test_refused_rows_hold_all_back_until_they_are_to_be_skipped(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (str(path), "calculate", "--layer", "pipe", "--all", "wall_mm=100 / (diameter_mm - 300)")
    found = answer(capsys, *words)
    assert [(one["id"], one["reason"]) for one in found["refused"]] == [
        ("JS1-JS2", "Division by zero."),
        ("JS2-JS3", "Division by zero."),
    ]
    assert values(path, "pipe", "wall_mm") == [None] * 5
    assert answer(capsys, *words, "--skip-refused")["stored"]
    assert values(path, "pipe", "wall_mm")[2] == -0.5


def test_replacing_an_id_takes_the_pipes_along_and_is_one_change(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(
        capsys, str(path), "replace", "^JS(\\d)$", "WS\\1", "--regex", "--case", "--layer", "node", "--all", "--field", "id"
    )
    assert found["changed"] == 4
    assert values(path, "pipe", "from_node")[:3] == ["WS1", "WS2", "WS3"]
    with open_survey(path) as survey:
        survey.undo()
    assert values(path, "pipe", "from_node")[:3] == ["JS1", "JS2", "JS3"]


@pytest.mark.parametrize(
    "words",
    [
        ("set", "--layer", "pipe", "--all", "diameter_mm=wide"),
        ("set", "--layer", "pipe", "--all", "nothing=1"),
        ("set", "--layer", "pipe", "--id", "nowhere", "note=x"),
        ("set", "--layer", "pipe", "--all", "note"),
        ("calculate", "--layer", "pipe", "--all", "wall_mm=exec(1)"),
        ("calculate", "--layer", "pipe", "--all", "material=1 + 1"),
        ("replace", "(", "x", "--regex", "--layer", "pipe", "--all", "--field", "id"),
        ("set", "--layer", "pipe", "note=x"),
    ],
)
def test_what_cannot_be_done_is_one_message(path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert main(["table", str(path), *words]) != 0
    said = capsys.readouterr()
    assert said.err
    assert "Traceback" not in said.err
    assert values(path, "pipe", "note") == [None] * 5


def test_without_json_a_person_reads_what_was_done(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", str(path), "set", "--layer", "node", "--id", "JS2", "ground=21"]) == 0
    said = capsys.readouterr().out
    assert "What follows:" in said
    assert "Stored as change 2." in said
