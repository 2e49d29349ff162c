"""Two copies of a survey, edited apart and merged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipemap.cli.main import main
from pipemap.errors import EditError
from pipemap.jobs.merging import merge_surveys, plan_merge_of
from pipemap.model.comparison import Decisions
from pipemap.store import Survey, create_survey, open_survey
from tests.store.deliveries import Row, delivery

NODES: tuple[Row, ...] = tuple({"id": f"N{n}", "x": 50.0 * n, "y": 0.0, "ground": 10.0, "category": "YS"} for n in range(4))
PIPES: tuple[Row, ...] = tuple(
    {"id": f"P{n}", "from_fid": n, "to_fid": n + 1, "category": "YS", "diameter_mm": 300.0} for n in range(3)
)
Pair = tuple[Survey, Survey]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """A survey and a copy of it, both open."""
    with create_survey(tmp_path / "a.gpkg") as made:
        made.store(delivery(NODES, PIPES, batch="lot"))
    shutil.copyfile(tmp_path / "a.gpkg", tmp_path / "b.gpkg")
    shutil.copyfile(tmp_path / "a.gpkg", tmp_path / "base.gpkg")
    with open_survey(tmp_path / "a.gpkg") as ours, open_survey(tmp_path / "b.gpkg") as theirs:
        yield ours, theirs


def values(survey: Survey, layer: str, name: str) -> dict[str, object]:
    rows = survey.table(layer, ["id", name]).to_pylist()
    return {row["id"]: row[name] for row in rows}


def edit(survey: Survey, layer: str, element: str, **fields: object) -> None:
    with survey.edit("by hand") as one:
        one.update(layer, element, **fields)  # type: ignore[arg-type]


def told(survey: Survey) -> list[str]:
    return [one.problem.message for one in survey.problems() if one.problem.rule == "merge-conflict"]


def test_what_each_side_edited_comes_together_as_one_change(pair: Pair) -> None:
    ours, theirs = pair
    edit(ours, "pipe", "P0", diameter_mm=400.0)
    edit(theirs, "pipe", "P0", material="PVC")
    edit(theirs, "pipe", "P1", diameter_mm=500.0)
    before = len(ours.history())
    done = merge_surveys(ours, theirs.path)
    assert (done.changed, done.conflicts) == (2, 0)
    assert values(ours, "pipe", "diameter_mm") == {"P0": 400.0, "P1": 500.0, "P2": 300.0}
    assert values(ours, "pipe", "material")["P0"] == "PVC"
    assert len(ours.history()) == before + 1
    ours.undo()
    assert values(ours, "pipe", "diameter_mm")["P1"] == 300.0


def test_what_both_edited_is_a_conflict_and_neither_value_is_lost(pair: Pair) -> None:
    ours, theirs = pair
    edit(ours, "pipe", "P0", diameter_mm=400.0)
    edit(theirs, "pipe", "P0", diameter_mm=600.0)
    assert merge_surveys(ours, theirs.path).conflicts == 1
    assert values(ours, "pipe", "diameter_mm")["P0"] == 400.0
    (words,) = told(ours)
    assert "400" in words
    assert "600" in words
    merge_surveys(ours, theirs.path)
    assert len(told(ours)) == 1
    merge_surveys(ours, theirs.path, decisions=Decisions({"conflict": "theirs"}))
    assert values(ours, "pipe", "diameter_mm")["P0"] == 600.0


def test_what_both_added_gets_keys_of_its_own_and_comes_once(pair: Pair) -> None:
    ours, theirs = pair
    for survey, name in ((ours, "A"), (theirs, "B")):
        with survey.edit("draw") as one:
            one.insert("node", {"id": name, "x": 200.0, "y": 10.0 if name == "A" else 20.0, "category": "YS"})
            one.insert("pipe", {"id": f"P{name}", "from_node": "N3", "to_node": name, "category": "YS"})
    done = merge_surveys(ours, theirs.path)
    assert done.added == 2
    rows = {row["id"]: row for row in ours.table("pipe", ["id", "from_node", "to_node"]).to_pylist()}
    assert rows["PB"] == {"id": "PB", "from_node": "N3", "to_node": "B"}
    assert rows["PA"]["to_node"] == "A"
    network = ours.network
    assert network.pipe_count == 5
    assert plan_merge_of(ours, theirs.path).is_empty
    assert merge_surveys(ours, theirs.path).change_id is None


def test_what_was_removed_there_goes_unless_it_was_edited_here(pair: Pair) -> None:
    ours, theirs = pair
    with theirs.edit("delete") as one:
        one.delete("pipe", "P2")
        one.delete("node", "N3")
        one.delete("pipe", "P0")
    edit(ours, "pipe", "P0", diameter_mm=400.0)
    done = merge_surveys(ours, theirs.path)
    assert (done.removed, done.conflicts) == (2, 1)
    assert set(values(ours, "pipe", "id")) == {"P0", "P1"}
    assert set(values(ours, "node", "id")) == {"N0", "N1", "N2"}
    assert told(ours) == ["Edited here, and removed in the merged survey."]


def test_what_was_removed_here_and_edited_there_can_come_back(pair: Pair) -> None:
    ours, theirs = pair
    with ours.edit("delete") as one:
        one.delete("pipe", "P2")
        one.delete("node", "N3")
    edit(theirs, "pipe", "P2", diameter_mm=700.0)
    assert merge_surveys(ours, theirs.path).conflicts == 1
    assert any("700" in words for words in told(ours))
    done = merge_surveys(ours, theirs.path, decisions=Decisions({"conflict": "theirs"}))
    assert done.added == 2
    assert values(ours, "pipe", "diameter_mm")["P2"] == 700.0
    assert ours.network.pipe_count == 3


def test_pipes_follow_nodes_that_each_side_moved(pair: Pair) -> None:
    ours, theirs = pair
    edit(ours, "node", "N0", y=5.0)
    edit(theirs, "node", "N1", y=7.0)
    merge_surveys(ours, theirs.path)
    network = ours.network
    for pipe in range(network.pipe_count):
        first, last = network.lines.offsets[pipe], network.lines.offsets[pipe + 1] - 1
        for vertex, node in ((first, network.pipe_ends[pipe, 0]), (last, network.pipe_ends[pipe, 1])):
            assert np.allclose(network.lines.xyz[vertex, :2], network.node_xyz[node, :2])


RECORDS: tuple[tuple[str, Row, Row, Row], ...] = (
    ("finding", {"pipe": 1, "station": 5.0, "code": "PL", "grade": 2}, {"grade": 3}, {"grade": 4}),
    ("customer", {"id": "C1", "node": 1, "households": 3}, {"households": 4}, {"households": 5}),
    ("section", {"id": "S1", "from_node": 1, "to_node": 2}, {"soil": 1.0}, {"soil": 2.0}),
    ("shutoff_plan", {"name": "Main St", "status": "draft"}, {"reason": "leak"}, {"reason": "valve"}),
    ("attachment", {"layer": "pipe", "element_fid": 1, "name": "a.jpg"}, {"note": "left"}, {"note": "right"}),
    ("inspection", {"section_id": "S1", "pipe": 1}, {"inspector": "Li"}, {"inspector": "Wang"}),
    ("patrol", {"name": "Monday"}, {"crew": "A"}, {"crew": "B"}),
    ("problem", {"rule": "no-size", "severity": "info", "text": "x", "status": "open"}, {"status": "ignored"}, {"reason": "a"}),
    ("acceptance_point", {"id": "N1", "node": 1}, {"check_depth": 1.0}, {"check_depth": 2.0}),
)
"""A table, a row that both start from, and what each side writes into it."""


def record(survey: Survey, table: str, fid: int = 1) -> Row:
    return next((row for row in survey.table(table).to_pylist() if row["fid"] == fid), {})


def write(survey: Survey, table: str, values: Row, fid: int = 1) -> None:
    with survey.edit("by hand") as one:
        one.write(table, fid, values)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Pair]:
    """The pair with one row in each table beside nodes and pipes."""
    with create_survey(tmp_path / "a.gpkg") as made:
        made.store(delivery(NODES, PIPES, batch="lot"))
        with made.edit("around") as one:
            for table, row, _ours, _theirs in RECORDS:
                one.add(table, row)
    shutil.copyfile(tmp_path / "a.gpkg", tmp_path / "b.gpkg")
    with open_survey(tmp_path / "a.gpkg") as ours, open_survey(tmp_path / "b.gpkg") as theirs:
        yield ours, theirs


@pytest.mark.parametrize(("table", "row", "mine", "other"), RECORDS, ids=[one[0] for one in RECORDS])
@pytest.mark.parametrize("choice", ["later", "theirs"])
def test_conflicts_of_every_table_are_shown_and_chosen_from(
    records: Pair, table: str, row: Row, mine: Row, other: Row, choice: str
) -> None:
    ours, theirs = records
    if table == "problem":  # each decided otherwise
        other = mine | {"status": "solved"}
    write(ours, table, mine)
    write(theirs, table, other)
    plan = plan_merge_of(ours, theirs.path)
    (layer,) = [one for one in plan.comparison.layers if one.layer == table]
    (difference, *_more) = layer.of(0)
    name = difference.name
    assert (difference.base[0].as_py(), difference.ours[0].as_py(), difference.theirs[0].as_py()) == (
        row.get(name), mine[name], other[name]
    )  # fmt: skip
    assert difference.in_conflict[0]
    done = merge_surveys(ours, theirs.path, decisions=Decisions({"conflict": choice}))  # type: ignore[dict-item]
    assert record(ours, table)[name] == (mine if choice == "later" else other)[name]
    assert done.conflicts == (1 if choice == "later" else 0)
    assert len([words for words in told(ours) if str(other[name]) in words]) == done.conflicts
    ours.undo()
    assert record(ours, table)[name] == mine[name]


def test_what_only_they_wrote_of_a_finding_comes_and_can_be_left_out(records: Pair) -> None:
    ours, theirs = records
    write(theirs, "finding", {"grade": 4})
    plan = plan_merge_of(ours, theirs.path)
    assert plan.comparison.count("changed") == 1
    assert merge_surveys(ours, theirs.path, decisions=Decisions({"changed": "ours"})).change_id is None
    assert merge_surveys(ours, theirs.path).changed == 1
    assert record(ours, "finding")["grade"] == 4


def test_a_finding_removed_here_and_edited_there_can_come_back(records: Pair) -> None:
    ours, theirs = records
    with ours.edit("delete") as one:
        one.remove("finding", 1)
    write(theirs, "finding", {"grade": 4})
    assert merge_surveys(ours, theirs.path).conflicts == 1
    assert any("grade = 4" in words for words in told(ours))
    assert merge_surveys(ours, theirs.path, decisions=Decisions({"conflict": "theirs"})).added == 1
    assert [row["grade"] for row in ours.table("finding").to_pylist()] == [4]


def test_a_finding_removed_there_and_edited_here_stays(records: Pair) -> None:
    ours, theirs = records
    with theirs.edit("delete") as one:
        one.remove("finding", 1)
        one.remove("customer", 1)
    write(ours, "finding", {"grade": 4})
    done = merge_surveys(ours, theirs.path)
    assert (done.removed, done.conflicts) == (1, 1)
    assert record(ours, "finding")["grade"] == 4
    assert not record(ours, "customer")


def test_alike_findings_at_different_pipes_are_two(records: Pair) -> None:
    ours, theirs = records
    for survey, pipe in ((ours, 2), (theirs, 3)):
        with survey.edit("find") as one:
            one.add("finding", {"pipe": pipe, "station": 1.0, "code": "CJ"})
    merge_surveys(ours, theirs.path)
    assert sorted(row["pipe"] for row in ours.table("finding").to_pylist() if row["code"] == "CJ") == [2, 3]
    assert plan_merge_of(ours, theirs.path).is_empty


def test_a_finding_of_a_pipe_that_only_they_drew_hangs_on_it(records: Pair) -> None:
    ours, theirs = records
    for survey, name in ((ours, "A"), (theirs, "B")):
        with survey.edit("draw") as one:
            pipe = one.insert("pipe", {"id": f"P{name}", "from_node": "N0", "to_node": "N3", "category": "YS"})
            one.write("finding", 1, {"pipe": pipe})
            one.add("finding", {"pipe": pipe, "station": 1.0, "code": "CJ"})
    done = merge_surveys(ours, theirs.path)
    assert done.conflicts == 1  # both hung it on a pipe of their own, of the same key
    pipes = {row["fid"]: row["id"] for row in ours.table("pipe", ["fid", "id"]).to_pylist()}
    assert sorted(pipes[row["pipe"]] for row in ours.table("finding").to_pylist()) == ["PA", "PA", "PB"]


def test_surveys_of_different_origin_need_a_base(pair: Pair, tmp_path: Path) -> None:
    ours, _theirs = pair
    with create_survey(tmp_path / "c.gpkg") as other:
        other.store(delivery(NODES, PIPES, batch="lot"))
        edit(other, "pipe", "P1", material="PE")
    with pytest.raises(EditError, match="share nothing"):
        merge_surveys(ours, tmp_path / "c.gpkg")
    merge_surveys(ours, tmp_path / "c.gpkg", base=tmp_path / "base.gpkg")
    assert values(ours, "pipe", "material")["P1"] == "PE"
    with pytest.raises(EditError, match="itself"):
        merge_surveys(ours, ours.path)


def test_the_command_line_compares_and_merges(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = pair
    edit(theirs, "pipe", "P1", diameter_mm=500.0)
    file = str(ours.path)
    ours.close()
    assert main(["merge", file, str(theirs.path), "--dry-run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["changed"], found["change"], found["found"]["changed"]) == (1, None, 1)
    assert main(["merge", file, str(theirs.path)]) == 0
    capsys.readouterr()
    assert main(["merge", file, str(theirs.path)]) == 0
    assert "nothing to merge" in capsys.readouterr().out
