"""What is done to a network: topology, levels and all that hangs on an element follow in one Change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipemap.analysis.trace import trace
from pipemap.errors import EditError
from pipemap.store import Survey, create_survey
from pipemap.store.edits import Edit
from tests.store.deliveries import delivery

NODES = (
    {"id": "WS1", "x": 0.0, "y": 0.0, "ground": 10.0, "category": "WS", "kind": "manhole"},
    {"id": "WS2", "x": 30.0, "y": 40.0, "ground": 11.0, "category": "WS"},
    {"id": "WS3", "x": 60.0, "y": 80.0, "ground": 12.0, "category": "WS", "kind": "manhole"},
    {"id": "WS10", "x": 60.0, "y": 0.0, "ground": 10.0, "category": "WS"},
)
_DEEP = {"from_reference": "invert", "to_reference": "invert", "category": "WS"}
PIPES = (
    _DEEP | {"id": "P1", "from_fid": 0, "to_fid": 1, "diameter_mm": 300.0, "material": "PE", "flow": "+", "section_id": "S1",
             "from_depth": 2.0, "to_depth": 2.5, "from_level": 8.0, "to_level": 8.5},
    _DEEP | {"id": "P2", "from_fid": 2, "to_fid": 1, "diameter_mm": 300.0, "material": "砼", "flow": "-", "section_id": "S1",
             "from_depth": 3.0, "to_depth": 2.5, "from_level": 9.0, "to_level": 8.5},
    _DEEP | {"id": "P3", "from_fid": 1, "to_fid": 3, "diameter_mm": 200.0, "flow": "+", "from_depth": 2.0, "to_depth": 2.0,
             "from_level": 9.0, "to_level": 8.0},
)  # fmt: skip


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    with create_survey(tmp_path / "a.gpkg") as made:
        made.store(delivery(NODES, PIPES))
        with made.edit("around") as edit:
            edit.add("finding", {"pipe": 1, "from_node": 1, "station": 10.0, "code": "PL"})
            edit.add("finding", {"pipe": 1, "from_node": 2, "station": 5.0, "code": "CJ"})
            edit.add("finding", {"pipe": 1, "station": 15.0, "length": 20.0, "code": "FS"})
            edit.add("customer", {"id": "C1", "pipe": 1, "x": 29.0, "y": 38.0})
            edit.add("patrol", {"name": "Monday", "elements": json.dumps(["P1", "pipe:P2"])})
            edit.add("patrol", {"name": "Sunday", "elements": json.dumps(["P1"]), "finished": "2024-05-05"})
        yield made


def rows(survey: Survey, table: str, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in survey.table(table, ["fid", *names]).to_pylist()]


def pipe(survey: Survey, name: str) -> dict[str, object]:
    return survey.record("pipe", int(survey.network.pipe_fid[survey.network.element(f"pipe:{name}").row]))


def test_a_split_carries_attributes_and_interpolates_levels(survey: Survey) -> None:
    with survey.edit("split") as edit:
        done = edit.split("P1", station=20.0)
    first, second = (survey.record("pipe", fid) for fid in done.pipes)
    assert (first["id"], second["id"]) == ("P1", "P4")
    assert (first["to_node"], second["from_node"]) == ("WS11", "WS11")
    assert {row["material"] for row in (first, second)} == {"PE"}
    assert {row["section_id"] for row in (first, second)} == {"S1"}
    share = 20 / np.hypot(50, 0.5)
    assert first["to_level"] == second["from_level"] == pytest.approx(8 + 0.5 * share, abs=1e-4)
    assert first["to_depth"] == pytest.approx(10 + share - (8 + 0.5 * share), abs=1e-3)
    node = survey.record("node", done.nodes[0])
    assert (node["ground"], node["category"], node["kind"]) == (pytest.approx(10 + share, abs=1e-3), "WS", "point")
    assert sum(survey.network.length[[0, 3]]) == pytest.approx(np.hypot(50, 0.5))


def test_what_hangs_on_a_pipe_goes_to_its_piece(survey: Survey) -> None:
    with survey.edit("split") as edit:
        done = edit.split("P1", at=(12.0, 16.0))
    (node,), (first, second) = done.nodes, done.pipes
    found = rows(survey, "finding", "pipe", "from_node", "station", "length", "code")
    near = 20 * np.hypot(50, 0.5) / 50
    assert found == [
        (first, 1, 10.0, None, "PL"),
        (second, 2, 5.0, None, "CJ"),
        (first, None, 15.0, pytest.approx(near - 15, abs=1e-4), "FS"),
        (second, node, 0.0, pytest.approx(35 - near, abs=1e-4), "FS"),
    ]
    assert rows(survey, "customer", "pipe") == [(second,)]
    assert rows(survey, "patrol", "elements") == [('["P1", "P4", "pipe:P2"]',), ('["P1"]',)]


def test_joining_takes_a_split_back(survey: Survey) -> None:
    before = pipe(survey, "P1"), rows(survey, "finding", "pipe", "station", "code")[:2], rows(survey, "customer", "pipe")
    with survey.edit("split") as edit:
        node = edit.split("P1", station=20.0).nodes[0]
    with survey.edit("join") as edit:
        done = edit.join(node, keep="P1")
    assert done.conflicts == ()
    after = pipe(survey, "P1")
    assert {name for name in after if after[name] != before[0][name]} == set()
    assert rows(survey, "finding", "pipe", "station", "code")[:2] == [(1, 10.0, "PL"), (1, 5.0, "CJ")] == before[1]
    assert rows(survey, "customer", "pipe") == before[2]
    assert len(survey.network.lines[0]) == 3


def test_a_valve_is_put_into_a_pipe(survey: Survey) -> None:
    with survey.edit("valve") as edit:
        done = edit.insert_fitting("P3", {"appurtenance": "阀门", "state": "closed"}, station=5.0, counted_from="to")
    node = survey.record("node", done.nodes[0])
    assert (node["kind"], node["state"], node["x"]) == ("isolation_valve", "closed", pytest.approx(57.0, abs=0.01))
    stops = trace(survey.network, "WS10", "subnetwork").stopped_by
    assert [stop.id for stop in stops] == [node["id"]]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"station": 0.0}, "between its ends"),
        ({"station": 60.0}, "between its ends"),
        ({"at": (-5.0, -5.0)}, "between its ends"),
        ({"node": "WS2"}, "already"),
        ({}, "Say where"),
        ({"station": float("nan")}, "between its ends"),
    ],
)
def test_a_pipe_is_not_parted_at_its_end_or_nowhere(survey: Survey, where: dict[str, Any], message: str) -> None:
    with pytest.raises(EditError, match=message), survey.edit("split") as edit:
        edit.split("P1", **where)


def test_pipes_that_run_against_each_other_are_joined(survey: Survey) -> None:
    with survey.edit("free") as edit:
        edit.delete("pipe", "P3")
        done = edit.join("WS2", keep="P1")
    assert [(one.field, one.kept, one.dropped) for one in done.conflicts] == [("material", "PE", "砼")]
    row = pipe(survey, "P1")
    assert (row["from_node"], row["to_node"], row["to_depth"], row["to_level"], row["flow"]) == ("WS1", "WS3", 3.0, 9.0, "+")
    assert survey.network.lines[0][:, 2].tolist() == [8.0, 8.5, 9.0]
    assert rows(survey, "finding", "from_node", "station")[1] == (3, pytest.approx(55.0, abs=0.01))
    assert "WS2" not in survey.network.node_ids
    assert rows(survey, "patrol", "elements")[0] == ('["P1", "pipe:P1"]',)


@pytest.mark.parametrize(("node", "message"), [("WS2", "but 3 meet"), ("WS3", "but 1 meet"), ("WS1", "but 1 meet")])
def test_only_two_pipes_are_joined(survey: Survey, node: str, message: str) -> None:
    with pytest.raises(EditError, match=message), survey.edit("join") as edit:
        edit.join(node)


def test_joining_loses_no_valve(survey: Survey) -> None:
    with survey.edit("valve") as edit:
        edit.delete("pipe", "P3")
        edit.update("node", "WS2", kind="isolation_valve")
    with pytest.raises(EditError, match="more than a point"), survey.edit("join") as edit:
        edit.join("WS2")


def test_merging_moves_everything_to_the_node_that_stays(survey: Survey) -> None:
    with survey.edit("near") as edit:
        near = edit.add_node(30.2, 40.0, {"category": "WS", "ground": 11.5, "road": "湖滨路"}).nodes[0]
        edit.draw([(30.2, 40), (90, 40)], {"from_depth": 1.0, "to_depth": 1.0}, start=near)
        edit.add("customer", {"id": "C2", "node": near})
    with survey.edit("merge") as edit:
        done = edit.merge(near, "WS2")
    assert [(one.field, one.kept, one.dropped) for one in done.conflicts] == [("ground", 11.0, 11.5)]
    assert survey.record("node", 2)["road"] == "湖滨路"
    assert rows(survey, "customer", "node")[1] == (2,)
    row = survey.record("pipe", done.pipes[0])
    assert (row["from_node"], row["from_depth"], row["from_level"]) == ("WS2", 1.0, 10.0)
    assert survey.network.lines[3][0].tolist() == [30.0, 40.0, 10.0]


def test_a_pipe_between_two_nodes_that_become_one_goes(survey: Survey) -> None:
    with survey.edit("merge") as edit:
        done = edit.merge("WS10", "WS2")
    assert done.notes == ("P3 led from one to the other and is gone.",)
    assert list(survey.network.pipe_ids) == ["P1", "P2"]


def test_a_reversed_pipe_lies_and_flows_as_before(survey: Survey) -> None:
    flows, finding = survey.network.flow.direction[0], rows(survey, "finding", "from_node", "station")
    with survey.edit("reverse") as edit:
        edit.reverse("P1")
    row = pipe(survey, "P1")
    assert (row["from_node"], row["to_node"], row["from_depth"], row["to_level"], row["flow"]) == ("WS2", "WS1", 2.5, 8.0, "-")
    assert survey.network.lines[0][0].tolist() == [30.0, 40.0, 8.5]
    assert survey.network.flow.direction[0] == -flows
    assert rows(survey, "finding", "from_node", "station") == [*finding[:2], (1, 15.0)]
    with survey.edit("flow too") as edit:
        edit.reverse("P1", turn_flow=True)
    assert pipe(survey, "P1")["flow"] == "-"


def test_an_end_gets_another_node(survey: Survey) -> None:
    with survey.edit("reconnect") as edit:
        edit.update("node", "WS2", arm_pipe=1)
        done = edit.reconnect("P1", "to", "WS10")
    row = pipe(survey, "P1")
    assert (row["to_node"], row["to_depth"], row["to_level"]) == ("WS10", 2.5, 7.5)
    assert survey.record("node", 2)["arm_pipe"] is None
    assert rows(survey, "finding", "from_node")[1] == (done.nodes[1],)
    assert set(trace(survey.network, "WS1", "connected").pipes) == {"P1", "P2", "P3"}


def test_a_drawn_pipe_takes_levels_from_its_neighbours_and_parts_what_it_ends_on(survey: Survey) -> None:
    with survey.edit("draw") as edit:
        done = edit.draw([(60, 0), (60, 20), (15, 20)], {"diameter_mm": 200}, start="WS10", end="pipe:P1")
    row = survey.record("pipe", done.pipes[0])
    assert (row["id"], row["category"], row["from_node"], row["to_node"]) == ("P5", "WS", "WS10", "WS11")
    assert (row["from_depth"], row["from_level"], row["from_reference"]) == (2.0, 8.0, "invert")
    assert row["to_level"] == pytest.approx(8.25, abs=0.01)
    course = survey.network.lines[int(survey.network.element("P5").row)]
    assert 8.0 < course[1, 2] < 8.25
    assert len(done.notes) == 2
    assert set(trace(survey.network, "P5", "connected").pipes) == {"P1", "P2", "P3", "P4", "P5"}


def test_a_pipe_drawn_into_the_open_gets_nodes_after_the_habit(survey: Survey) -> None:
    with survey.edit("draw") as edit:
        done = edit.draw(
            [(200, 0), (250, 0)], {"category": "WS", "from_depth": 1.5}, start={"ground": 9.0}, end={"id": "X", "ground": 8.5}
        )
    ids = [survey.record("node", node)["id"] for node in done.nodes]
    assert ids == ["WS11", "X"]
    row = survey.record("pipe", done.pipes[0])
    assert (row["id"], row["from_level"], row["to_depth"], row["to_level"]) == ("WS11-X", 7.5, 1.5, 7.0)


def test_ids_follow_the_habit_of_those_around(survey: Survey) -> None:
    with survey.edit("ids") as edit:
        found = [
            edit.suggest_id("node", category="WS"),
            edit.suggest_id("pipe", like="P2"),
            edit.suggest_id("node", category="JS"),
            edit.suggest_id("node", like="A-009"),
            edit.suggest_id("node", like="井"),
            edit.suggest_id("node"),
        ]
    assert found == ["WS11", "P4", "JS1", "A-001", "井", "N1"]


def test_vertices_bend_and_straighten_a_pipe(survey: Survey) -> None:
    with survey.edit("bend") as edit:
        edit.add_vertex("P1", 10.0, 20.0)
        edit.move_vertex("P1", 1, 12.0, 20.0, level=8.1)
    assert survey.network.lines[0].tolist() == [[0.0, 0.0, 8.0], [12.0, 20.0, 8.1], [30.0, 40.0, 8.5]]
    with pytest.raises(EditError, match="no vertex 0"), survey.edit("end") as edit:
        edit.move_vertex("P1", 0, 1.0, 1.0)
    with survey.edit("straight") as edit:
        edit.delete_vertex("P1", 1)
    assert len(survey.network.lines[0]) == 2


def test_a_pipe_is_led_further(survey: Survey) -> None:
    with survey.edit("further") as edit:
        edit.add("finding", {"pipe": 3, "from_node": 4, "station": 1.0})
        edit.extend("P3", "to", [(60, -10)], ground=9.5)
    row = pipe(survey, "P3")
    assert (row["to_depth"], row["to_level"]) == (2.0, 7.5)
    assert survey.network.lines[2][:, 1].tolist() == [40.0, 0.0, -10.0]
    assert rows(survey, "finding", "from_node", "station")[3] == (4, pytest.approx(11.0, abs=0.05))
    with survey.edit("to a node") as edit:
        edit.extend("P3", "to", [(0, 0)], to="WS1")
    assert "WS10" not in survey.network.node_ids
    assert pipe(survey, "P3")["to_node"] == "WS1"
    with pytest.raises(EditError, match="Other pipes"), survey.edit("not there") as edit:
        edit.extend("P1", "to", [(0, 0)])


def test_a_stretch_is_replaced_and_the_old_pipe_kept_out_of_use(survey: Survey) -> None:
    with survey.edit("replace") as edit:
        done = edit.replace("P1", {"material": "球墨铸铁", "built": "2024"}, start=10.0, end=40.0)
    new, old, first, last = (survey.record("pipe", fid) for fid in done.pipes)
    assert (new["material"], new["lifecycle"], new["diameter_mm"]) == ("球墨铸铁", None, 300.0)
    assert (old["material"], old["lifecycle"]) == ("PE", "abandoned")
    assert (new["from_fid"], new["to_fid"]) == (old["from_fid"], old["to_fid"]) == (first["to_fid"], last["from_fid"])
    found = set(trace(survey.network, "WS1", "connected").pipes)
    assert new["id"] in found
    assert old["id"] not in found
    assert rows(survey, "finding", "pipe")[2] == (done.pipes[1],)


def test_what_is_retired_is_followed_no_more(survey: Survey) -> None:
    with survey.edit("retire") as edit:
        done = edit.retire("pipe", "P3", "removed")
    assert done.nodes == (4,)
    assert survey.record("node", 4)["lifecycle"] == "removed"
    assert set(trace(survey.network, "WS1", "connected").pipes) == {"P1", "P2"}
    with pytest.raises(EditError, match="no way"), survey.edit("retire") as edit:
        edit.retire("pipe", "P1", "in_use")


def test_another_type_under_the_same_id(survey: Survey) -> None:
    with survey.edit("valve") as edit:
        edit.change_type("node", "WS2", appurtenance="阀门", state="open")
    assert survey.record("node", 2)["kind"] == "isolation_valve"
    with survey.edit("none") as edit:
        edit.change_type("node", "WS2", appurtenance=None, feature="三通")
    row = survey.record("node", 2)
    assert (row["id"], row["kind"], row["state"]) == ("WS2", "junction", None)


def test_deleting_says_what_would_be_lost(survey: Survey) -> None:
    with pytest.raises(EditError, match="findings at P1: 3"), survey.edit("gone") as edit:
        edit.delete("pipe", "P1")
    with survey.edit("gone") as edit:
        edit.delete("node", "WS2", with_pipes=True, with_findings=True)
    assert survey.network.pipe_count == 0
    assert rows(survey, "finding", "code") == []
    assert rows(survey, "customer", "pipe") == [(None,)]
    survey.undo()
    assert len(rows(survey, "finding", "code")) == 3
    assert rows(survey, "customer", "pipe") == [(1,)]


def test_a_dry_run_shows_what_would_follow_and_does_nothing(survey: Survey) -> None:
    before = survey.network
    with survey.edit("try", dry_run=True) as edit:
        edit.update("node", "WS2", ground=12.0)
        found = [(one.table, one.id, one.before, one.after) for one in edit.effects()]
    assert [(table, name) for table, name, _before, _after in found] == [
        ("node", "WS2"), ("pipe", "P3"), ("pipe", "P1"), ("pipe", "P2"),
    ]  # fmt: skip
    assert ((found[1][2] or {})["from_level"], (found[1][3] or {})["from_level"]) == (9.0, 10.0)
    assert survey.network is before
    assert edit.change_id is None
    assert survey.record("node", 2)["ground"] == 11.0


def test_the_valve_layer_of_a_model_follows(survey: Survey) -> None:
    with survey.edit("layer") as edit:
        lines = json.dumps(["link,node", "P1,WS2", "P2,WS3"])
        edit.add("model_text", {"batch": 1, "section": "VALVE_LAYER", "lines": lines})
    with survey.edit("split") as edit:
        edit.split("P1", station=20.0)
    assert survey.network.valve_layer == ((1, "P4", "WS2"), (1, "P2", "WS3"))
    with survey.edit("reconnect") as edit:
        edit.reconnect("P2", "from", "WS10")
    assert survey.network.valve_layer == ((1, "P4", "WS2"), (1, "P2", "WS10"))


def test_every_operation_is_a_method_that_says_what_it_does() -> None:
    own = {name for name in vars(Edit) if not name.startswith("_")}
    assert {name for name in own if not (getattr(Edit, name).__doc__ or "").strip()} == set()
