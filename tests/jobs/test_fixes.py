"""Fixes of data problems: looked at first, then done as one Change; each makes its rule find less."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipemap.analysis.checks import checks
from pipemap.errors import PipemapError
from pipemap.jobs import make_sample, open_survey
from pipemap.jobs.checking import check_and_keep, check_survey
from pipemap.jobs.fixes import apply_fix, fix_named, fixes_of, preview_fix
from pipemap.sample.faults import FAULT_KINDS
from pipemap.store import StoredProblem, Survey
from tests.gui.surveys import street_file

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
    assert sum(bool(fixes_of(rule)) for rule in checks()) >= 35
    with pytest.raises(PipemapError, match="no such fix"):
        fix_named("drop")
    with pytest.raises(PipemapError) as told:
        fix_named("near-miss", "glue")
    assert "merge" in told.value.hint
