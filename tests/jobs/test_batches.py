"""Batches on their way into a survey, and what their edges join."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipemap.analysis.trace import trace
from pipemap.cli.main import main
from pipemap.errors import EditError, SurveyDataError
from pipemap.jobs.batches import find_edges, list_batches, step
from pipemap.store import Survey, create_survey
from pipemap.store.acceptance import Demands, set_demands
from tests.store.deliveries import Row, delivery

WEST: tuple[Row, ...] = (
    {"id": "A1", "x": 0.0, "y": 0.0, "category": "YS", "ground": 10.0},
    {"id": "A2", "x": 50.0, "y": 0.0, "category": "YS", "ground": 10.0},
)
EAST: tuple[Row, ...] = (
    {"id": "B1", "x": 50.02, "y": 0.0, "category": "YS", "ground": 10.01},
    {"id": "B2", "x": 90.0, "y": 0.0, "category": "YS", "ground": 10.0},
)
PIPE: tuple[Row, ...] = ({"from_fid": 0, "to_fid": 1, "category": "YS", "diameter_mm": 300.0, "material": "PVC"},)


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    """A survey with a batch, and one beside it that waits."""
    with create_survey(tmp_path / "a.gpkg") as made:
        made.store(delivery(WEST, PIPE, batch="west"))
        set_demands(made, Demands(acceptance=True, different_people=True))
        made.store(delivery(EAST, PIPE, batch="east"), author="crew")
        yield made


def pass_on(survey: Survey, *steps: tuple[str, str]) -> None:
    for name, author in steps:
        step(survey, "east", name, author=author)


def test_a_batch_that_waits_is_there_but_in_no_trace(survey: Survey) -> None:
    assert [(one.name, one.state) for one in list_batches(survey)] == [("east", "submitted"), ("west", "stored")]
    assert list_batches(survey)[0].who["submitted"] == "crew"
    assert survey.network.pipe_count == 2
    assert trace(survey.network, "A1", "connected").nodes == ("A1", "A2")


def test_step_by_step_it_comes_into_the_survey_and_its_edge_is_joined(survey: Survey) -> None:
    pass_on(survey, ("check", "Li"), ("approve", "Wang"))
    done = step(survey, "east", "store", author="Zhao")
    assert (done.state, done.joined) == ("stored", 1)
    assert set(trace(survey.network, "A1", "connected").nodes) == {"A1", "A2", "B2"}
    row = list_batches(survey)[0]
    found = next(one for one in list_batches(survey) if one.name == "east")
    assert row.name in {"east", "west"}
    assert found.who == {"submitted": "crew", "checked": "Li", "approved": "Wang", "stored": "Zhao", "returned": ""}
    survey.undo()
    assert survey.network.node_count == 4
    assert list_batches(survey)[0].state == "approved"
    assert survey.verify().intact


def test_a_step_that_does_not_follow_is_refused(survey: Survey) -> None:
    with pytest.raises(EditError, match="Approve") as refused:
        step(survey, "east", "approve", author="Li")
    assert "Check" in refused.value.hint
    with pytest.raises(EditError, match="no batch “eats”") as unknown:
        step(survey, "eats", "check")
    assert "east" in unknown.value.hint


def test_each_step_is_another_persons_where_the_survey_wants_that(survey: Survey) -> None:
    with pytest.raises(EditError, match="crew"):
        step(survey, "east", "check", author="crew")
    step(survey, "east", "check", author="Li")
    with pytest.raises(EditError, match="Li"):
        step(survey, "east", "approve", author="Li")
    set_demands(survey, Demands(acceptance=True, different_people=False))
    assert step(survey, "east", "approve", author="Li").state == "approved"


def test_a_return_needs_a_reason_and_a_new_delivery_submits_it_again(survey: Survey) -> None:
    step(survey, "east", "check", author="Li")
    with pytest.raises(EditError, match="reason"):
        step(survey, "east", "return", author="Wang")
    step(survey, "east", "return", author="Wang", reason="B2 has no depth")
    assert list_batches(survey)[0].reason == "B2 has no depth"
    again = [EAST[0], {**EAST[1], "x": 91.0}]
    survey.store(delivery(again, PIPE, batch="east"), author="crew")
    row = list_batches(survey)[0]
    assert (row.state, row.reason, row.who["checked"]) == ("submitted", "", "")


def test_what_is_in_the_survey_is_not_changed_past_acceptance(survey: Survey) -> None:
    assert survey.store(delivery(WEST, PIPE, batch="west")).change_id is None
    with pytest.raises(SurveyDataError, match="without acceptance"):
        survey.store(delivery([WEST[0], {**WEST[1], "x": 51.0}], PIPE, batch="west"))


def test_edges_say_what_does_not_go_on(survey: Survey) -> None:
    network = survey.network
    east = list_batches(survey)[0].fid
    (edge,) = find_edges(network, east)
    assert (network.node_ids[edge.ours], network.node_ids[edge.beside], edge.joins, edge.remark) == ("B1", "A2", True, "")
    assert (round(edge.distance, 3), round(edge.height, 3)) == (0.02, -0.01)
    (wide,) = find_edges(network, east, tolerance=0.01)
    assert not wide.joins
    with survey.edit("x") as edit:
        edit.update("pipe", "B1-B2", diameter_mm=400.0, material="PE")
    assert find_edges(survey.network, east)[0].remark == "size 400 beside 300 mm; material PE beside PVC"


def test_a_pipe_that_lies_twice_is_replaced_and_the_older_kept_in_the_history(survey: Survey) -> None:
    survey.store(delivery(WEST, PIPE, batch="again"), author="crew")
    for name, author in (("check", "Li"), ("approve", "Wang")):
        step(survey, "again", name, author=author)
    done = step(survey, "again", "store", author="Zhao")
    assert (done.joined, done.replaced) == (2, ("A1-A2",))
    assert survey.network.pipe_count == 2
    assert [one.batch.name for one in survey.batches() if one.pipes] == ["east", "again"]


def test_on_the_command_line(survey: Survey, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    survey.close()
    path = str(tmp_path / "a.gpkg")
    assert main(["batch", path, "check", "east", "--author", "Li", "--json"]) == 0
    assert '"state": "checked"' in capsys.readouterr().out
    assert main(["batch", path, "return", "east", "--author", "Wang"]) == EditError.exit_code
    assert main(["batch", path, "edges", "east", "--json"]) == 0
    assert '"joins": true' in capsys.readouterr().out
    assert main(["batch", path, "--lang", "zh"]) == 0
    assert "east" in capsys.readouterr().out
    assert main(["batch", path, "demand", "--acceptance", "off"]) == 0
