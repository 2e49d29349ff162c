from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipemap import open_survey
from pipemap.cli.edit import OPERATIONS
from pipemap.cli.main import main
from pipemap.jobs.editing import LABELS
from tests.gui.surveys import street_file

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def street(tmp_path: Path) -> Path:
    return street_file(tmp_path / "street.gpkg")


@pytest.fixture
def edit(street: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def ask(*words: str, code: int = 0) -> dict[str, Any]:
        capsys.readouterr()
        assert main(["edit", str(street), *words, "--json"]) == code
        captured = capsys.readouterr()
        if code:
            assert captured.out == ""
            return {"message": captured.err}
        found: dict[str, Any] = json.loads(captured.out)
        return found

    return ask


def test_every_operation_has_a_label_in_the_history() -> None:
    assert set(OPERATIONS) == set(LABELS)


def test_an_operation_says_what_it_did(edit: Ask, street: Path) -> None:
    found = edit("insert", "JS1-JS2", "--station", "10", "--set", "appurtenance=阀门", "state=closed", "--author", "李工")
    assert (found["nodes"], found["pipes"], found["label"]) == (["JS5"], ["JS1-JS5", "JS5-JS2"], "Insert into JS1-JS2")
    assert [(row["element"], row["what"]) for row in found["follows"]] == [
        ("JS5", "added"), ("JS5-JS2", "added"), ("JS1-JS5", "changed"),
    ]  # fmt: skip
    assert found["follows"][2]["after"]["geom"][1][:2] == [500010.0, 3400000.0]
    with open_survey(street) as survey:
        entry = survey.history()[-1]
        assert (entry.id, entry.label, entry.author) == (found["change"], "Insert into JS1-JS2", "李工")


def test_a_dry_run_shows_the_same_and_changes_nothing(edit: Ask, street: Path) -> None:
    before = street.read_bytes()
    found = edit("split", "JS1-JS2", "--at", "500010,3400001", "--dry-run")
    assert found["change"] is None
    assert len(found["follows"]) == 3
    with open_survey(street) as survey:
        assert survey.network.pipe_count == 5
        assert len(survey.history()) == 1
    assert len(before) == len(street.read_bytes())


@pytest.mark.parametrize(
    "words",
    [
        ("set", "JS1", "JS2", "--set", "road=人民路"),
        ("add-node", "--at", "500000,3400050", "--set", "category=JS"),
        ("move-node", "JS1", "--at", "500001,3400001", "--ground", "20.5"),
        ("draw", "--course", "0,0", "500000,3400050,19", "500020,3400001", "--from-node", "JS4", "--to-node", "pipe:JS1-JS2"),
        ("extend", "JS3-JS4", "--end", "to", "--course", "500080,3400060"),
        ("add-vertex", "JS1-JS2", "--at", "500010,3400002,18.9"),
        ("split", "JS1-JS2", "--station", "10", "--counted-from", "to"),
        ("join", "JS3", "--keep", "JS2-JS3"),
        ("merge", "YS1", "JS1"),
        ("reverse", "JS1-JS2", "--turn-flow"),
        ("reconnect", "JS3-JS4", "--end", "to", "--node", "JS1"),
        ("replace", "JS1-JS2", "--set", "material=PE", "--start", "10", "--lifecycle", "removed"),
        ("change-type", "JS3", "--set", "appurtenance=阀门"),
        ("retire", "JS3-JS4"),
        ("delete", "JS3", "--with-pipes"),
    ],
    ids=lambda words: words[0],
)
def test_each_operation_is_one_change_that_can_be_undone(edit: Ask, street: Path, words: tuple[str, ...]) -> None:
    found = edit(*words)
    assert found["change"] == 2
    assert found["follows"]
    with open_survey(street) as survey:
        survey.undo()
        assert (survey.network.node_count, survey.network.pipe_count) == (7, 5)


def test_vertices_are_moved_and_taken_away(edit: Ask) -> None:
    edit("add-vertex", "JS1-JS2", "--at", "500010,3400002")
    edit("move-vertex", "JS1-JS2", "--vertex", "1", "--at", "500012,3400003")
    assert len(edit("delete-vertex", "JS1-JS2", "--vertex", "1")["follows"]) == 1


def test_conflicts_are_told(edit: Ask) -> None:
    found = edit("join", "JS3")
    assert {row["field"] for row in found["conflicts"]} >= {"diameter_mm", "material"}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("split", "JS1-JS2"), 6, "Say where"),
        (("split", "JS9", "--station", "1"), 4, "no element “JS9”"),
        (("split", "JS1-JS2", "--station", "99"), 6, "between its ends"),
        (("split", "JS1-JS2", "--keep", "JS1"), 2, "takes no --keep"),
        (("reverse",), 2, "takes 1 id"),
        (("set", "--set", "road=x"), 2, "takes one or more ids"),
        (("move-node", "JS1"), 2, "needs --at"),
        (("move-node", "JS1", "--at", "here"), 2, "a place is written"),
        (("set", "JS1", "--set", "road"), 2, "a field is set like"),
        (("set", "JS1", "--set", "rode=x"), 6, "Did you mean road"),
        (("split", "JS1-JS2", "--station", "nan"), 2, "is no number"),
        (("fly", "JS1"), 2, "fly"),
        (("delete", "JS3"), 6, "Pipes end at this node"),
        (("retire", "JS1", "--lifecycle", "lost"), 6, "no way of being out of use"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_message(edit: Ask, words: tuple[str, ...], code: int, message: str) -> None:
    assert message in edit(*words, code=code)["message"]


def test_text_for_a_person(street: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["edit", str(street), "split", "JS1-JS2", "--station", "10", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "Would do: Split JS1-JS2" in told
    assert "JS1-JS5  changed  to_node   JS2" in told
    assert main(["edit", str(street), "set", "JS1", "--set", "category=JS"]) == 0
    assert capsys.readouterr().out == "Nothing changes.\n"
