"""Fixes of data problems: looked at first, then done as one Change; each makes its rule find less."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipemap.analysis.checks import checks
from pipemap.errors import PipemapError
from pipemap.jobs import make_sample, open_survey
from pipemap.jobs.checking import check_and_keep, check_survey
from pipemap.jobs.fixes import apply_fix, fix_named, fixes_of, preview_fix
from pipemap.sample.faults import FAULT_KINDS
from pipemap.store import StoredProblem, Survey, create_survey
from tests.gui.surveys import street_file
from tests.store.deliveries import Row, delivery

MENDED = {
    "near-miss": "merge", "node-on-pipe": "split", "crossing-without-node": "cross", "duplicate-pipe": "delete",
    "isolated-node": "delete", "duplicate-id": "renumber", "level-mismatch": "depth-from-level",
    "shallow-chamber": "deepest-pipe",
    "ground-outlier": "ground-beside", "unknown-material": "neighbours", "no-size": "neighbours", "valve-without-arm": "arm",
    "wrong-degree": "degree", "reverse-slope": "flow-by-levels", "depth-out-of-range": "depth-beside",
}  # fmt: skip
"""A fix of each rule that solves some problems of a made city with faults."""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fixes") / "faulty.gpkg"
    make_sample(path, pipes=2500, seed=11, faults=3 * len(FAULT_KINDS))
    with open_survey(path) as survey:
        check_and_keep(survey)
    return path


@pytest.fixture
def city(faulty: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(faulty, tmp_path / "city.gpkg"))


def of_rule(survey: Survey, rule: str) -> list[StoredProblem]:
    return [stored for stored in survey.problems() if stored.problem.rule == rule]


def rows(survey: Survey) -> tuple[object, object]:
    return survey.table("node").drop_columns(["geom"]), survey.table("pipe").drop_columns(["geom"])


def test_each_fix_solves_what_it_says_and_its_undo_brings_everything_back(city: Path) -> None:
    with open_survey(city) as survey:
        for rule, name in MENDED.items():
            fix, problems, before = fix_named(rule, name), of_rule(survey, rule), rows(survey)
            assert problems, rule
            looked = preview_fix(survey, problems, fix)
            assert rows(survey) == before, f"a look at {rule} changed something"
            made = apply_fix(survey, problems, fix)
            assert made.solved, rule
            assert [str(line) for line in made.lines] == [str(line) for line in looked.lines]
            assert len(made.solved) + len(made.refused) == len(problems)
            assert check_survey(survey, [rule]).counts[rule] < len(problems), rule
            survey.undo()
            assert rows(survey) == before, rule


def test_merging_a_near_miss_lets_a_trace_go_on(city: Path) -> None:
    with open_survey(city) as survey:
        problem = of_rule(survey, "near-miss")[0]
        made = apply_fix(survey, [problem], fix_named("near-miss"))
        assert made.change_id is not None
        assert made.courses
        assert survey.history()[-1].label == f"Make one point of the two: {problem.problem.element} (Nearly connected)"
        assert check_survey(survey, ["near-miss"]).counts["near-miss"] < len(of_rule(survey, "near-miss"))


def test_what_cannot_be_mended_is_told_with_its_reason_and_left_as_it_is(tmp_path: Path) -> None:
    street_file(tmp_path / "street.gpkg")
    with open_survey(tmp_path / "street.gpkg") as survey:
        with survey.edit("damage") as edit:
            for pipe, material in (("JS1-JS2", None), ("JS2-JS3", None), ("YS1-YS2", "砼#9")):
                edit.update("pipe", pipe, material=material)
        check_and_keep(survey)
        made = apply_fix(survey, of_rule(survey, "no-material"), fix_named("no-material"))
        assert {stored.problem.element: reason for stored, reason in made.refused} == {"JS1-JS2": "No pipe beside it says more."}
        assert survey.record("pipe", 2)["material"] == "PE"
        assert survey.record("pipe", 1)["material"] is None
        (unknown,) = of_rule(survey, "unknown-material")
        looked = preview_fix(survey, [unknown], fix_named("unknown-material", "nearest"))
        assert looked.change_id is None


def test_neighbours_that_disagree_are_not_followed(tmp_path: Path) -> None:
    street_file(tmp_path / "street.gpkg")
    with open_survey(tmp_path / "street.gpkg") as survey:
        with survey.edit("damage") as edit:
            edit.update("pipe", "JS2-JS3", material=None)
        check_and_keep(survey)
        made = preview_fix(survey, of_rule(survey, "no-material"), fix_named("no-material"))
        ((_stored, reason),) = made.refused
        assert "not of one mind" in reason


def test_fixes_are_named_once_a_rule_and_of_rules_that_exist() -> None:
    for rule in checks():
        names = [fix.name for fix in fixes_of(rule)]
        assert len(names) == len(set(names))
    assert sum(bool(fixes_of(rule)) for rule in checks()) >= 44
    with pytest.raises(PipemapError, match="no such fix"):
        fix_named("drop")
    with pytest.raises(PipemapError) as told:
        fix_named("near-miss", "glue")
    assert "merge" in told.value.hint


# -- one small survey a rule ------------------------------------------------------------------------------------------------


def damaged(tmp_path: Path, nodes: Sequence[Row], pipes: Sequence[Row]) -> Survey:
    path = tmp_path / "damaged.gpkg"
    with create_survey(path) as survey:
        survey.store(delivery(nodes, pipes))
    return open_survey(path)


def mended(survey: Survey, rule: str, name: str = "") -> list[str]:
    """Do a fix to all problems of a rule; return what was refused."""
    check_and_keep(survey, [rule])
    problems, before = of_rule(survey, rule), rows(survey)
    assert problems
    fix = fix_named(rule, name)
    looked = preview_fix(survey, problems, fix)
    assert rows(survey) == before
    made = apply_fix(survey, problems, fix)
    assert made.lines == looked.lines
    assert bool(made.lines) == bool(made.solved)
    if made.solved and rule != "unbound-customer":  # told once, however many there are
        assert check_survey(survey, [rule]).counts[rule] < len(problems)
    return [reason for _stored, reason in made.refused]


LINE: tuple[Row, ...] = (
    {"id": "JS1", "x": 500000.0, "y": 3400000.0, "ground": 10.0, "category": "JS", "feature": "直线点"},
    {"id": "JS2", "x": 500050.0, "y": 3400000.0, "ground": 10.0, "category": "JS", "feature": "直线点"},
    {"id": "JS3", "x": 500100.0, "y": 3400000.0, "ground": 10.0, "category": "JS", "feature": "直线点"},
)
PAIR: tuple[Row, ...] = tuple(
    {"id": f"P{n}", "from_fid": n, "to_fid": n + 1, "category": "JS", "diameter_mm": 200.0} for n in range(2)
)


@pytest.mark.parametrize("written", ["js0003", "JS-3", " JS3", "ＪＳ３"])
def test_an_end_whose_number_is_written_otherwise_is_found(tmp_path: Path, written: str) -> None:
    missing = {"id": written, "category": "JS", "kind": "placeholder"}
    with damaged(tmp_path, [*LINE, missing], [PAIR[0], {**PAIR[1], "from_fid": 1, "to_fid": 3}]) as survey:
        assert mended(survey, "missing-node") == []
        assert survey.network.node_count == 3
        (course,) = [survey.network.lines[row] for row in survey.network.pipe_ids.rows("P1")]
        assert course[-1, 0] == 500100.0


def test_an_end_that_nothing_is_like_is_left(tmp_path: Path) -> None:
    missing = {"id": "JS9", "category": "JS", "kind": "placeholder"}
    with damaged(tmp_path, [*LINE, missing], [PAIR[0], {**PAIR[1], "from_fid": 1, "to_fid": 3}]) as survey:
        (reason,) = mended(survey, "missing-node")
        assert "0 points" in reason
        (reason,) = mended(survey, "missing-node", "course-end")
        assert "course" in reason


def test_a_point_without_a_place_is_put_where_its_pipe_ends(tmp_path: Path) -> None:
    with damaged(tmp_path, LINE, PAIR) as survey:
        with survey.edit("lost") as edit:
            edit.write("node", 3, {"geom": None})
        assert mended(survey, "no-place") == []
        assert survey.network.node_xyz[2, :2].tolist() == [500100.0, 3400000.0]


def test_exchanged_axes_are_put_right(tmp_path: Path) -> None:
    swapped = {**LINE[1], "x": LINE[1]["y"], "y": LINE[1]["x"]}
    zoned = {**LINE[2], "id": "JS4", "x": 39500150.0}
    nodes = [LINE[0], swapped, LINE[2], zoned, *({**LINE[0], "id": f"JS{n}", "y": 3400000.0 + n} for n in range(5, 12))]
    with damaged(tmp_path, nodes, [*PAIR, {**PAIR[1], "id": "P2", "from_fid": 2, "to_fid": 3}]) as survey:
        assert mended(survey, "out-of-area") == []
        assert survey.network.node_xyz[[1, 3], 0].tolist() == [500050.0, 500150.0]


def test_the_steeper_of_two_pipes_takes_the_level_of_the_other(tmp_path: Path) -> None:
    top = {"from_reference": "outside_top", "to_reference": "outside_top"}
    pipes = [
        {**PAIR[0], **top, "from_depth": 1.0, "to_depth": 1.0, "from_level": 9.0, "to_level": 9.0},
        {**PAIR[1], **top, "from_depth": 1.6, "to_depth": 1.0, "from_level": 8.4, "to_level": 9.0},
    ]
    with damaged(tmp_path, LINE, pipes) as survey:
        assert mended(survey, "level-jump") == []
        row = survey.record("pipe", 2)
        assert (row["from_level"], row["from_depth"]) == (9.0, 1.0)


def test_storm_water_and_sewage_are_parted(tmp_path: Path) -> None:
    nodes = [{**row, "category": "WS"} for row in LINE]
    pipes = [{**PAIR[0], "category": "WS"}, {**PAIR[1], "category": "YS"}]
    with damaged(tmp_path, nodes, pipes) as survey:
        with survey.edit("the last is of storm water") as edit:
            edit.update("node", "JS3", category="YS")
        assert mended(survey, "storm-into-sewer", "part") == []
        network = survey.network
        assert network.node_count == 4
        assert network.component[network.pipe_ends[0, 0]] != network.component[network.pipe_ends[1, 0]]


def test_a_storm_drain_between_sewers_is_called_one(tmp_path: Path) -> None:
    nodes = [{**row, "category": "WS"} for row in LINE]
    with damaged(tmp_path, nodes, [{**PAIR[0], "category": "WS"}, {**PAIR[1], "category": "YS"}]) as survey:
        assert mended(survey, "storm-into-sewer") == []
        assert survey.record("pipe", 2)["category"] == "WS"


def test_customers_without_supply_are_tied_to_the_nearest_pipe_that_may(tmp_path: Path) -> None:
    gas = {**PAIR[0], "id": "G", "category": "TR"}
    with damaged(tmp_path, LINE, [*PAIR, gas]) as survey:
        with survey.edit("customers") as edit:
            edit.add("customer", {"id": "C1", "x": 500075.0, "y": 3400009.0, "reason": "too-far"})
            edit.add("customer", {"id": "C2", "x": 500075.0, "y": 3400900.0})
            edit.add("customer", {"id": "C3"})
        assert mended(survey, "unbound-customer") == []
        kept = {row["id"]: (row["pipe"], row["distance"], row["reason"]) for row in survey.table("customer").to_pylist()}
        assert kept == {"C1": (2, 9.0, None), "C2": (None, None, None), "C3": (None, None, None)}
        (reason,) = mended(survey, "unbound-customer")
        assert "50 m" in reason


def test_a_number_of_another_category_is_replaced_and_a_feature_beside_an_appurtenance_goes(tmp_path: Path) -> None:
    odd = {**LINE[1], "id": "YS7", "appurtenance": "阀门"}
    with damaged(tmp_path, [LINE[0], odd, LINE[2]], PAIR) as survey:
        assert mended(survey, "id-of-other-category") == []
        assert survey.record("node", 2)["id"] == "JS4"
        assert mended(survey, "both-named") == []
        assert (survey.record("node", 2)["feature"], survey.record("node", 2)["appurtenance"]) == (None, "阀门")
