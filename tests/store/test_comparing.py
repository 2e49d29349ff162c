"""A delivery into a survey that was edited by hand: what comes, what stays, what has to be decided."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.model.comparison import REASONS, Comparison, Decisions
from pipemap.store import Survey, create_survey
from pipemap.store.conflicts import CONFLICT
from tests.store.deliveries import NODES, PIPES, Row, delivery


@pytest.fixture
def survey(tmp_path: Path) -> Any:  # noqa: ANN401 -- a fixture that closes what it gives
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery())
        yield survey


def nodes_with(row: int, **values: object) -> list[Row]:
    """The nodes of the delivery, one of them otherwise."""
    return [{**node, **(values if at == row else {})} for at, node in enumerate(NODES)]


def edit(survey: Survey, layer: Any, element: str, **values: object) -> None:  # noqa: ANN401
    with survey.edit("by hand") as change:
        change.update(layer, element, **values)


def standing(comparison: Comparison, layer: int = 0) -> list[str]:
    from pipemap.model.comparison import STANDINGS

    return [STANDINGS[code] for code in comparison.layers[layer].standing.tolist()]


def reasons(comparison: Comparison, layer: int = 0) -> list[str]:
    return [REASONS[code] for code in comparison.layers[layer].reason.tolist()]


def conflicts(survey: Survey) -> list[tuple[str, str]]:
    return [(one.problem.element, one.problem.message) for one in survey.problems() if one.problem.rule == CONFLICT]


def test_an_edit_by_hand_stays_when_the_same_file_comes_again(survey: Survey) -> None:
    edit(survey, "node", "JS2", owner="市政")
    entries = len(survey.history())
    stored = survey.store(delivery())
    assert (stored.changed, stored.conflicts, stored.change_id) == (0, 0, None)
    assert survey.record("node", 2)["owner"] == "市政"
    assert len(survey.history()) == entries


def test_a_node_moved_by_hand_stays_with_its_pipes_when_the_same_file_comes_again(survey: Survey) -> None:
    edit(survey, "node", "JS2", x=500031.0, ground=12.75)
    edit(survey, "pipe", "P1", from_depth=1.75)
    assert survey.store(delivery()).change_id is None
    survey.store(delivery(nodes_with(0, road="中山路")))
    record = survey.record("node", 2)
    assert (record["x"], record["ground"]) == (500031.0, 12.75)
    assert survey.network.lines[0][-1, 0] == 500031.0
    assert survey.record("pipe", 1)["from_depth"] == 1.75


def test_what_only_the_file_changed_comes_beside_an_edit_of_another_field(survey: Survey) -> None:
    edit(survey, "node", "JS2", owner="市政")
    stored = survey.store(delivery(nodes_with(1, road="中山路")))
    assert (stored.changed, stored.conflicts) == (1, 0)
    assert (survey.record("node", 2)["owner"], survey.record("node", 2)["road"]) == ("市政", "中山路")


def test_what_both_changed_is_a_conflict_that_stays_until_somebody_decides(survey: Survey) -> None:
    edit(survey, "node", "JS2", owner="市政")
    again = delivery(nodes_with(1, owner="水司"))
    (difference,) = survey.compare(again).comparison.layers[0].differences
    assert [column[0].as_py() for column in (difference.base, difference.ours, difference.theirs)] == ["水务集团", "市政", "水司"]
    assert standing(survey.compare(again).comparison)[1] == "conflict"
    stored = survey.store(again)
    assert (stored.changed, stored.conflicts) == (0, 1)
    assert survey.record("node", 2)["owner"] == "市政"
    ((element, message),) = conflicts(survey)
    assert element == "JS2"
    assert "市政" in message
    assert "水司" in message
    entries = len(survey.history())
    assert survey.store(again).conflicts == 1
    assert len(survey.history()) == entries
    survey.store(again, decisions=Decisions(groups={"conflict": "theirs"}))
    assert survey.record("node", 2)["owner"] == "水司"
    assert conflicts(survey) == []
    assert survey.store(again).change_id is None


def test_a_conflict_decided_for_ours_is_not_asked_again(survey: Survey) -> None:
    edit(survey, "node", "JS2", owner="市政")
    again = delivery(nodes_with(1, owner="水司"))
    stored = survey.store(again, decisions=Decisions(groups={"conflict": "ours"}))
    assert stored.change_id is not None
    assert survey.compare(again).comparison.count("conflict") == 0
    assert survey.store(again).change_id is None
    assert conflicts(survey) == []
    third = survey.compare(delivery(nodes_with(1, owner="自来水"))).comparison
    (difference,) = third.layers[0].differences
    assert (difference.base[0].as_py(), bool(difference.in_conflict[0])) == ("水司", True)


def test_an_edit_before_the_last_but_one_delivery_is_still_known(survey: Survey) -> None:
    edit(survey, "node", "JS2", owner="市政")
    survey.store(delivery(nodes_with(0, road="中山路")))
    assert survey.store(delivery(nodes_with(0, road="中山路"))).change_id is None
    survey.store(delivery(nodes_with(0, road="解放路")))
    assert survey.record("node", 2)["owner"] == "市政"


def test_an_edit_that_was_undone_is_no_conflict(survey: Survey) -> None:
    edit(survey, "node", "JS2", owner="市政")
    survey.undo()
    assert survey.store(delivery(nodes_with(1, owner="水司"))).changed == 1
    assert survey.record("node", 2)["owner"] == "水司"


def test_what_was_deleted_by_hand_stays_deleted(survey: Survey) -> None:
    with survey.edit("by hand") as change:
        change.delete("pipe", "P3")
        change.delete("node", "JS4")
    assert survey.store(delivery()).change_id is None
    survey.store(delivery(nodes_with(0, road="中山路")))
    assert survey.store(delivery(nodes_with(0, road="中山路"))).change_id is None
    assert (survey.network.node_count, survey.network.pipe_count) == (3, 2)
    pipes = [*PIPES[:2], {**PIPES[2], "holes": 6}]
    changed = delivery(nodes_with(0, road="中山路"), pipes)
    assert survey.compare(changed).comparison.count("conflict") == 1
    survey.store(changed)
    assert survey.network.pipe_count == 2
    assert [element for element, _message in conflicts(survey)] == ["P3"]
    survey.store(changed, decisions=Decisions(groups={"conflict": "theirs"}))
    assert survey.network.pipe_count == 3
    assert survey.record("pipe", 3)["holes"] == 6
    assert survey.network.node_count == 4
    assert survey.store(changed).change_id is None


def test_an_element_added_by_hand_is_not_missing(survey: Survey) -> None:
    with survey.edit("by hand") as change:
        change.insert("node", {"id": "N1", "x": 500010.0, "y": 3400010.0, "batch": 1})
    assert survey.store(delivery()).missing == 0


def test_a_point_with_another_number_at_the_same_place_keeps_its_key(survey: Survey) -> None:
    again = delivery(nodes_with(1, id="新2"))
    plan = survey.compare(again)
    assert reasons(plan.comparison)[1] == "Same place, other id"
    assert (plan.stored.added_nodes, plan.stored.missing) == (0, 0)
    survey.store(again)
    assert survey.record("node", 2)["id"] == "新2"
    assert (survey.record("pipe", 1)["to_node"], survey.record("pipe", 2)["from_node"]) == ("新2", "新2")
    assert survey.store(again).change_id is None


def test_a_point_of_another_category_at_the_same_place_is_another_point(survey: Survey) -> None:
    plan = survey.compare(delivery(nodes_with(1, id="X", category="WS")))
    assert (plan.stored.added_nodes, standing(plan.comparison)[1]) == (1, "added")


def test_a_point_that_moved_far_is_a_conflict(survey: Survey) -> None:
    plan = survey.compare(delivery(nodes_with(1, x=500330.0)))
    layer = plan.comparison.layers[0]
    assert (reasons(plan.comparison)[1], standing(plan.comparison)[1]) == ("Same id, moved", "conflict")
    assert layer.confidence[1] == np.float32(0.3)
    near = survey.compare(delivery(nodes_with(1, x=500030.5)))
    assert (standing(near.comparison)[1], near.comparison.layers[0].confidence[1]) == ("changed", np.float32(0.95))


def test_keeping_our_place_keeps_the_ends_of_its_pipes(survey: Survey) -> None:
    again = delivery(nodes_with(1, x=500030.5))
    survey.store(again, decisions=Decisions(fields={(("node", 2), "geom"): "ours"}))
    assert survey.record("node", 2)["x"] == 500030.0
    assert [survey.network.lines[0][-1, 0], survey.network.lines[1][0, 0]] == [500030.0, 500030.0]
    assert survey.store(again).change_id is None


def test_a_pipe_of_another_batch_follows_the_node_that_moves(survey: Survey) -> None:
    with survey.edit("join") as change:
        other = change.insert("node", {"id": "N1", "x": 500010.0, "y": 3400010.0})
        change.insert("pipe", {"from_fid": other, "to_fid": 2})
    survey.store(delivery(nodes_with(1, x=500030.5)))
    assert survey.network.lines[3][-1, 0] == 500030.5


def test_reversed_and_renamed_pipes_are_recognised(survey: Survey) -> None:
    turned = {**PIPES[0], "from_fid": 1, "to_fid": 0}
    plan = survey.compare(delivery(pipes=[turned, *PIPES[1:]]))
    assert reasons(plan.comparison, 1)[0] == "Same ends, the other way round"
    renamed = {**PIPES[0], "id": "新P"}
    plan = survey.compare(delivery(pipes=[renamed, *PIPES[1:]]))
    assert reasons(plan.comparison, 1)[0] == "Same ends, other id"
    assert (plan.stored.added_pipes, plan.stored.missing) == (0, 0)


def test_parallel_pipes_with_other_ids_are_told_apart_by_size(tmp_path: Path) -> None:
    twins = [
        {"id": name, "from_fid": 0, "to_fid": 1, "category": "JS", "diameter_mm": size}
        for name, size in (("A", 300.0), ("B", 600.0))
    ]
    with create_survey(tmp_path / "a.gpkg") as survey:
        survey.store(delivery(NODES[:2], twins))
        again = [{**twins[1], "id": "X"}, {**twins[0], "id": "Y"}]
        plan = survey.compare(delivery(NODES[:2], again))
        layer = plan.comparison.layers[1]
        assert layer.fid.tolist() == [2, 1]
        assert set(reasons(plan.comparison, 1)) == {"Side by side: told apart by size and material"}
        survey.store(delivery(NODES[:2], again))
        assert [survey.record("pipe", fid)["id"] for fid in (1, 2)] == ["Y", "X"]


def test_what_is_missing_is_retired_only_when_asked(survey: Survey) -> None:
    less = delivery(NODES[:3], PIPES[:2])
    plan = survey.compare(less)
    assert plan.comparison.count("missing") == 2
    stored = survey.store(less, decisions=Decisions(groups={"missing": "retire"}))
    assert stored.retired == 2
    assert survey.record("pipe", 3)["lifecycle"] == "abandoned"
    assert survey.network.pipe_count == 3
    assert survey.store(less, decisions=Decisions(groups={"missing": "retire"})).change_id is None


def test_an_added_element_can_be_left_out_and_a_node_comes_with_its_pipe(survey: Survey) -> None:
    nodes = [*NODES, {"id": "N5", "x": 500070.0, "y": 3400040.0}, {"id": "N6", "x": 500080.0, "y": 3400040.0}]
    pipes = [*PIPES, {"id": "P9", "from_fid": 2, "to_fid": 4}]
    survey.store(delivery(nodes, pipes), decisions=Decisions(groups={"added": "ours"}, elements={("pipe", -4): "theirs"}))
    assert list(survey.network.node_ids) == ["JS1", "JS2", "JS3", "JS4", "N5"]
    assert survey.network.pipe_count == 4


def test_one_field_is_taken_and_another_kept(survey: Survey) -> None:
    again = delivery(nodes_with(1, owner="水司", road="中山路"))
    survey.store(again, decisions=Decisions(fields={(("node", 2), "owner"): "ours"}))
    assert (survey.record("node", 2)["owner"], survey.record("node", 2)["road"]) == ("水务集团", "中山路")
    assert survey.store(again).change_id is None


def test_an_import_with_decisions_is_one_change_and_goes_with_one_undo(survey: Survey) -> None:
    edit(survey, "node", "JS2", owner="市政")
    before = [survey.record("node", fid) for fid in range(1, 5)]
    again = delivery(nodes_with(1, owner="水司", x=500030.5, id="新2"))
    survey.store(again)
    survey.undo()
    assert [survey.record("node", fid) for fid in range(1, 5)] == before
    assert conflicts(survey) == []
    assert survey.table("not_taken").num_rows == 0
    assert survey.verify().intact


_EDITS = st.lists(
    st.sampled_from(
        [
            ("node", "JS2", {"owner": "市政"}),
            ("node", "JS2", {"x": 500031.0}),
            ("node", "JS2", {"ground": 13.0}),
            ("node", "JS1", {"id": "新1"}),
            ("node", "JS3", {"ground": 11.0, "y": 3400041.0}),
            ("pipe", "P1", {"from_depth": 2.0}),
            ("pipe", "P1", {"to_level": 9.0}),
            ("pipe", "JS2-JS3", {"road": None}),
            ("pipe", "P3", {"to_node": "JS1"}),
        ]
    ),
    max_size=5,
)


@settings(max_examples=12, deadline=None)
@given(_EDITS, st.booleans())
def test_whatever_was_edited_by_hand_stays_and_the_same_file_changes_nothing(
    edits: list[tuple[Any, str, dict[str, Any]]],
    between: bool,  # noqa: FBT001 -- drawn
) -> None:
    with tempfile.TemporaryDirectory() as folder, create_survey(Path(folder) / "a.gpkg") as survey:
        survey.store(delivery())
        if between:
            survey.store(delivery(nodes_with(3, note="x")))
        last = delivery(nodes_with(3, note="x")) if between else delivery()
        keys = {"JS1": 1, "JS2": 2, "JS3": 3, "P1": 1, "JS2-JS3": 2, "P3": 3}
        for layer, element, values in edits:
            with survey.edit("by hand") as change:
                given = {**values, **({"to_node": "#1"} if "to_node" in values else {})}
                change.update(layer, keys[element], **given)
        before = [[survey.record(layer, fid) for fid in (1, 2, 3)] for layer in ("node", "pipe")]
        entries = len(survey.history())
        stored = survey.store(last)
        assert (stored.change_id, stored.conflicts) == (None, 0)
        other = delivery(nodes_with(3, note="y"))
        survey.store(other)
        assert survey.store(other).change_id is None
        assert [[survey.record(layer, fid) for fid in (1, 2, 3)] for layer in ("node", "pipe")] == before
        survey.undo()
        assert survey.store(last).change_id is None
        assert len(survey.history()) == entries + 2
        assert survey.verify().intact
