"""``pipemap plan``: a shut-off from the telephone call to its end, by commands alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipemap.cli.main import main
from pipemap.store import open_survey
from tests.gui.surveys import street_file


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The street, its valve known as one and its start as a source."""
    path = street_file(tmp_path / "street.gpkg")
    with open_survey(path) as survey, survey.edit("facts") as edit:
        edit.update("node", "JS1", kind="reservoir")
        edit.update("node", "JS2", kind="isolation_valve", state="open", normal_state="open")
    return str(path)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What a command answers as JSON."""
    capsys.readouterr()
    assert main(["plan", *words, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_plan_is_kept_carried_out_and_ended_by_commands(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    kept = told(capsys, file, "add", "--pipe", "JS2-JS3", "--from", "2026-11-26 08:00", "--to", "2026-11-26 18:00")
    assert (kept["number"], kept["state"], kept["to_close"]) == (1, "draft", ["JS2"])
    assert told(capsys, file, "edit", "1", "--crew", "three", "--emergency")["emergency"] is True
    assert told(capsys, file, "approve", "1", "--author", "Bo")["approved_by"] == "Bo"
    assert told(capsys, file, "start", "1", "--time", "2026-11-26 08:05")["started"] == "2026-11-26 08:05"
    done = told(capsys, file, "valve", "1", "JS2", "--what", "closed", "--turns", "16", "--by", "Di")
    assert (done["to_close"], done["to_return"]) == ([], ["JS2"])
    assert main(["plan", file, "finish", "1"]) == 6
    assert "JS2" in capsys.readouterr().err
    ended = told(capsys, file, "finish", "1", "--explain", "JS2=stays closed until spring")
    assert ended["state"] == "finished"
    (row,) = told(capsys, file, "list")["plans"]
    assert (row["number"], row["state"], row["crew"]) == (1, "finished", "three")
    assert [one["what"] for one in told(capsys, file, "log", "JS2")["operations"]] == ["explained", "closed"]


def test_a_valve_that_fails_is_told_as_the_next_version(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, file, "add", "--pipe", "JS2-JS3")
    told(capsys, file, "approve", "1")
    told(capsys, file, "start", "1")
    failed = told(capsys, file, "valve", "1", "JS2", "--what", "stuck")
    assert failed["version"] == 2
    assert failed["versions"][1]["differences"]
    assert main(["plan", file, "show", "1"]) == 0
    assert "JS2" in capsys.readouterr().out


def test_operations_are_entered_by_hand(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, file, "operate", "JS4", "--what", "flushed", "--time", "2026-03-01 10:00", "--result", "clear")
    (one,) = told(capsys, file, "log")["operations"]
    assert (one["valve"], one["what"], one["result"], one["plan"]) == ("JS4", "flushed", "clear", None)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add",), 2),
        (("approve",), 2),
        (("approve", "one"), 2),
        (("valve", "1"), 2),
        (("operate",), 2),
        (("finish", "1", "--explain", "JS2"), 2),
        (("show", "7"), 6),
        (("add", "--pipe", "JS9"), 4),
        (("add", "--pipe", "JS2-JS3", "--from", "soon"), 7),
        (("operate", "JS4", "--what", "flushed", "--turns", "nan"), 6),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    file: str, words: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", file, *words]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_plans_that_overlap_are_told(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    for start in ("08:00", "12:00"):
        told(capsys, file, "add", "--pipe", "JS2-JS3", "--from", f"2026-11-26 {start}", "--to", "2026-11-26 18:00")
    (one,) = told(capsys, file, "overlaps")["overlaps"]
    assert (one["plans"], one["from"], one["customers"]) == ([1, 2], "2026-11-26 12:00", [])
