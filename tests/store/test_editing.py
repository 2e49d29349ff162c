"""Edits: checked, complete, and with everything that hangs on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipemap.errors import AmbiguousElementError, EditError, PipemapError, UnknownElementError
from pipemap.store import Survey, create_survey, open_survey
from tests.store.deliveries import delivery


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    with create_survey(tmp_path / "a.gpkg") as made:
        made.store(delivery())
        yield made


def test_an_edit_is_one_change_and_the_network_follows(survey: Survey) -> None:
    before = survey.network
    with survey.edit("replace valve", author="李工") as edit:
        edit.update("node", "JS1", state="closed")
        edit.update("pipe", "P1", material="球墨铸铁", built="2024")
    entry = survey.history()[-1]
    assert (entry.label, entry.author, entry.rows, edit.change_id) == ("replace valve", "李工", 2, entry.id)
    assert survey.network.node_state[0] == "closed"
    assert survey.network.pipe_material[0] == "球墨铸铁"
    assert before.node_state[0] is None


def test_an_edit_that_fails_changes_nothing(survey: Survey) -> None:
    before = survey.network

    def fail() -> None:
        with survey.edit("half") as edit:
            edit.update("node", "JS1", state="closed")
            edit.update("node", "JS2", state="ajar")

    with pytest.raises(EditError, match="ajar"):
        fail()
    assert survey.record("node", 1)["state"] is None
    assert survey.network is before
    assert len(survey.history()) == 1


def test_an_edit_that_does_nothing_leaves_no_trace(survey: Survey) -> None:
    with survey.edit("nothing") as edit:
        edit.update("node", "JS1", road="人民路", x=500000.0)
        fid = edit.insert("node", {"id": "brief"})
        edit.delete("node", fid)
    assert edit.change_id is None
    assert len(survey.history()) == 1


@pytest.mark.parametrize(
    ("layer", "fields", "message"),
    [
        ("node", {"stat": "open"}, "Did you mean state"),
        ("node", {"state": "half"}, "open, closed, unknown"),
        ("node", {"ground": "high"}, "takes a number"),
        ("node", {"ground": float("nan")}, "takes a number"),
        ("node", {"ground": True}, "takes a number"),
        ("node", {"kind": "wizard"}, "isolation_valve"),
        ("node", {"last_operated": "2024-13-01"}, "takes a date"),
        ("node", {"batch": 99}, "not there"),
        ("node", {"note": "a\0b"}, "cannot be stored"),
        ("node", {"note": "\ud800"}, "cannot be stored"),
        ("node", {'id" = 1; --': 1}, "no field"),
        ("node", {"geom": b""}, "no field"),
        ("pipe", {"holes": 1.5}, "whole number"),
        ("pipe", {"holes": 2**63}, "whole number"),
        ("pipe", {"conduit_direction": "maybe"}, "yes or no"),
        ("pipe", {"to_fid": 99}, "not there"),
        ("pipe", {"to_fid": None}, "needs a node"),
        ("pipe", {"x": 1.0}, "no field"),
    ],
)
def test_a_field_takes_only_what_it_can_hold(survey: Survey, layer: str, fields: dict[str, object], message: str) -> None:
    def change() -> None:
        with survey.edit("wrong") as edit:
            edit.update(layer, 1, **fields)  # type: ignore[arg-type]

    with pytest.raises(EditError, match=message):
        change()


def test_text_as_typed_is_taken_in_the_type_of_its_field(survey: Survey) -> None:
    with survey.edit("typed") as edit:
        edit.update("node", 1, ground="13.5", turns=" 12 ", surveyed="2024-05", owner="", road=None)
        edit.update("pipe", 1, holes="4", conduit_direction="yes", flow="0")
    node, pipe = survey.record("node", 1), survey.record("pipe", 1)
    assert (node["ground"], node["turns"], node["surveyed"], node["owner"], node["road"]) == (13.5, 12.0, "2024-05", None, None)
    assert (pipe["holes"], bool(pipe["conduit_direction"]), pipe["flow"]) == (4, True, "0")


def test_pipes_follow_a_node_that_moves(survey: Survey) -> None:
    with survey.edit("move") as edit:
        edit.update("node", "JS2", x=500031.0, y=3400041.0)
    network = survey.network
    assert network.node_xyz[1].tolist() == [500031.0, 3400041.0, 12.25]
    assert network.lines[0][-1, :2].tolist() == [500031.0, 3400041.0]
    assert network.lines[1][0, :2].tolist() == [500031.0, 3400041.0]


def test_a_node_that_gets_a_place_gives_its_pipes_a_course(survey: Survey) -> None:
    with survey.edit("found") as edit:
        edit.update("node", "JS4", x=500090.0, y=3400040.0, kind="point")
    assert survey.network.lines[2][:, 0].tolist() == [500060.0, 500090.0]
    assert survey.network.length[2] == pytest.approx(30.0)


def test_depth_is_kept_when_the_ground_changes(survey: Survey) -> None:
    with survey.edit("levelled again") as edit:
        edit.update("node", "JS1", ground=13.0)
    assert survey.record("pipe", 1)["from_level"] == 11.5
    assert survey.network.lines[0][0, 2] == 11.5
    assert np.isnan(survey.network.lines[0][1, 2])


def test_depth_and_level_follow_each_other(survey: Survey) -> None:
    with survey.edit("measured") as edit:
        edit.update("pipe", "P1", from_depth=2.0)
        edit.update("pipe", "P1", to_level=11.0)
    record = survey.record("pipe", 1)
    assert (record["from_level"], record["to_depth"]) == (10.5, 1.25)
    assert survey.network.lines[0][:, 2].tolist() == [10.5, 11.0]


def test_a_new_id_of_a_node_reaches_its_pipes(survey: Survey) -> None:
    with survey.edit("renamed") as edit:
        edit.update("node", "JS2", id="JS2A")
    assert survey.rows("pipe", [1, 2], ["from_node", "to_node"]) == [("JS1", "JS2A"), ("JS2A", "JS3")]


def test_an_end_is_connected_elsewhere_by_id_or_key(survey: Survey) -> None:
    with survey.edit("reconnected") as edit:
        edit.update("pipe", "P1", to_node="JS3")
    assert survey.record("pipe", 1)["to_fid"] == 3
    assert survey.network.pipe_ends[0].tolist() == [0, 2]
    assert survey.network.lines[0][-1, :2].tolist() == [500060.0, 3400040.0]
    with survey.edit("back") as edit:
        edit.update("pipe", "P1", to_fid=2)
    assert survey.record("pipe", 1)["to_node"] == "JS2"


def test_a_new_pipe_is_straight_and_gets_an_id(survey: Survey) -> None:
    with survey.edit("drawn") as edit:
        node = edit.insert("node", {"id": "JS9", "x": 500000.0, "y": 3400100.0, "ground": 14.0})
        first = edit.insert("pipe", {"from_node": "JS1", "to_fid": node, "from_depth": 1.0, "to_depth": 2.0, "category": "JS"})
        edit.insert("pipe", {"from_fid": 1, "to_fid": node}, course=[[500000, 3400000], [500010, 3400050], [500000, 3400100]])
        assert edit.record("pipe", first)["to_node"] == "JS9"
    network = survey.network
    assert list(network.pipe_ids)[3:] == ["JS1-JS9", "JS1-JS9#2"]
    assert network.lines[3].tolist() == [[500000.0, 3400000.0, 11.5], [500000.0, 3400100.0, 12.0]]
    assert len(network.lines[4]) == 3
    assert network.pipe_ends[3:].tolist() == [[0, 4], [0, 4]]


@pytest.mark.parametrize(
    ("values", "course"),
    [({"from_node": "JS1"}, None), ({"from_fid": 1, "to_fid": 2}, [[0, 0]]), ({"from_fid": 1, "to_fid": 2}, "line")],
)
def test_a_pipe_without_ends_or_course_is_refused(survey: Survey, values: dict[str, object], course: object) -> None:
    def draw() -> None:
        with survey.edit("drawn") as edit:
            edit.insert("pipe", values, course=course)  # type: ignore[arg-type]

    with pytest.raises(EditError):
        draw()


def test_a_node_with_pipes_is_not_deleted(survey: Survey) -> None:
    def remove() -> None:
        with survey.edit("gone") as edit:
            edit.delete("node", "JS2")

    with pytest.raises(EditError, match="P1, JS2-JS3"):
        remove()


def test_a_pipe_and_then_its_node_are_deleted(survey: Survey) -> None:
    with survey.edit("arm") as edit:
        edit.update("node", "JS1", arm_pipe=1)
    with survey.edit("gone") as edit:
        edit.delete("pipe", "P1")
        edit.delete("node", "JS1")
    assert list(survey.network.node_ids) == ["JS2", "JS3", "JS4"]
    assert survey.network.pipe_ends.tolist() == [[0, 1], [1, 2]]
    survey.undo()
    assert survey.record("node", 1)["arm_pipe"] == 1
    assert survey.network.node_arm.tolist() == [0, -1, -1, -1]


def test_elements_are_named_by_id_batch_or_key(survey: Survey) -> None:
    survey.store(delivery(batch="二标"))
    with survey.edit("named") as edit:
        edit.update("node", "二标/JS1", note="a")
        edit.update("node", "#2", note="b")
        edit.update("node", 3, note="c")
        edit.update("pipe", "pipe:一标/P1", note="d")
    assert [row[0] for row in survey.rows("node", [5, 2, 3], ["note"])] == ["a", "b", "c"]
    assert survey.record("pipe", 1)["note"] == "d"


@pytest.mark.parametrize(
    ("name", "error"), [("JS9", UnknownElementError), ("JS1", AmbiguousElementError), (99, UnknownElementError)]
)
def test_a_name_that_means_none_or_several_is_refused(survey: Survey, name: str | int, error: type[PipemapError]) -> None:
    survey.store(delivery(batch="二标"))

    def change() -> None:
        with survey.edit("named") as edit:
            edit.update("node", name, note="x")

    with pytest.raises(error) as raised:
        change()
    assert name != "JS9" or "JS4" in raised.value.hint


def test_edits_survive_closing(tmp_path: Path) -> None:
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery())
        with survey.edit("closed") as edit:
            edit.update("node", "JS1", state="closed")
    with open_survey(tmp_path / "a.gpkg") as survey:
        seen = [survey.network.node_state[0]]
        for step in (survey.undo, survey.redo):
            step()
            seen.append(survey.network.node_state[0])
        assert seen == ["closed", None, "closed"]
