"""Data checks: each fault that a made city was given is found by its rule, and a faultless one has hardly anything to find."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipemap.analysis.checks import GROUPS, check_named, check_network, checks
from pipemap.analysis.checks.registry import _finders
from pipemap.analysis.gaps import segment_distances
from pipemap.cli.main import main
from pipemap.errors import PipemapError
from pipemap.jobs import make_sample, open_survey
from pipemap.model.network import Network
from pipemap.sample.faults import FAULT_KINDS

RULE_OF = {kind: kind for kind in FAULT_KINDS} | {"wrong-flow": "reverse-slope", "impossible-depth": "depth-out-of-range"} | {
    "isolated-pipe": "island"
}  # fmt: skip
"""The rule that finds each kind of fault."""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[tuple[str, ...]]]]:
    path = tmp_path_factory.mktemp("checks") / "faulty.gpkg"
    made = make_sample(path, pipes=3000, seed=5, faults=3 * len(FAULT_KINDS))
    faults: dict[str, list[tuple[str, ...]]] = {}
    for fault in made.faults:
        faults.setdefault(fault.kind, []).append(fault.elements)
    return path, faults


def test_every_fault_of_the_sample_city_is_found_by_its_rule(faulty: tuple[Path, dict[str, list[tuple[str, ...]]]]) -> None:
    path, faults = faulty
    with open_survey(path, read_only=True) as survey:
        found = check_network(survey.network, most=10**6)
    by_rule: dict[str, set[str]] = {}
    for problem in found.problems:
        by_rule.setdefault(problem.rule, set()).add(problem.element)
    missed = {
        kind: [elements for elements in listed if not by_rule.get(RULE_OF[kind], set()) & set(elements)]
        for kind, listed in faults.items()
    }
    assert {kind: listed for kind, listed in missed.items() if listed} == {}
    assert set(faults) == set(FAULT_KINDS)


def test_a_faultless_city_has_no_error_in_it(tmp_path: Path) -> None:
    make_sample(tmp_path / "city.gpkg", pipes=2000, seed=1)
    with open_survey(tmp_path / "city.gpkg", read_only=True) as survey:
        found = check_network(survey.network)
    assert [problem.message for problem in found.problems if problem.severity == "error"] == []
    assert sum(problem.severity == "warning" for problem in found.problems) < 40


def test_every_rule_has_a_row_a_function_and_a_group() -> None:
    assert set(checks()) == set(_finders)
    assert len(checks()) >= 60
    for check in checks().values():
        assert check.group in GROUPS
        assert check.severity in {"error", "warning", "info"}
        assert check.certainty in {"found", "unverified", "own"}
        assert check.title_en
        assert check.title_zh
        assert check.why_en
        assert check.why_zh
        assert not (np.isnan(check.limit) and check.unit)


def test_an_empty_network_has_no_problems() -> None:
    assert check_network(Network.from_pipes()).problems == ()


def test_very_many_problems_are_counted_and_only_the_first_listed() -> None:
    network = Network.from_pipes(*((f"P{number}", f"A{number}", f"B{number}", 1.0) for number in range(9)))
    found = check_network(network, ["no-category"], most=4)
    assert found.counts == {"no-category": 9}
    assert len(found.problems) == 5
    assert "5 more" in found.problems[-1].message


def test_only_what_lies_within_is_told() -> None:
    network = Network.from_pipes(("P1", "A", "A", 1.0), ("P2", "B", "B", 1.0))
    within = (np.zeros(2, dtype=np.bool_), np.array([False, True]))
    found = check_network(network, ["self-loop"], within=within)
    assert [problem.message for problem in found.problems] == ["P2 begins and ends at B."]


def test_customers_tied_to_nothing_are_told_of_where_no_source_is_known_too() -> None:
    network = replace(
        Network.from_pipes(("P1", "A", "B", 1.0)),
        customer_loader=lambda: pa.table({"node": pa.array([None, 0], pa.int64()), "pipe": pa.nulls(2, pa.int64())}),
    )
    (problem,) = check_network(network, ["unbound-customer"]).problems
    assert problem.message.startswith("A: 1 customer of the survey is")


def test_a_rule_that_does_not_exist_names_similar_ones() -> None:
    with pytest.raises(PipemapError, match="no check") as told:
        check_named("near-mis")
    assert "near-miss" in told.value.hint


def test_the_distance_of_two_lines_in_space_is_that_of_their_nearest_points() -> None:
    one = np.array([[[0.0, 0, 0], [10, 0, 0]], [[0, 0, 0], [1, 0, 0]], [[0, 0, 0], [0, 0, 0]]])
    two = np.array([[[5.0, -5, 3], [5, 5, 3]], [[3, 0, 0], [4, 0, 0]], [[3, 4, 0], [3, 4, 0]]])
    assert segment_distances(one, two).tolist() == [3.0, 2.0, 5.0]
    random = np.random.default_rng(1)
    one, two = random.uniform(-1, 1, (2, 200, 2, 3))
    steps = np.linspace(0, 1, 41)
    first = one[:, 0, None] + steps[None, :, None] * (one[:, 1] - one[:, 0])[:, None]
    second = two[:, 0, None] + steps[None, :, None] * (two[:, 1] - two[:, 0])[:, None]
    sampled = np.sqrt(((first[:, :, None] - second[:, None]) ** 2).sum(-1)).min(axis=(1, 2))
    exact = segment_distances(one, two)
    assert (exact <= sampled + 1e-9).all()
    assert (sampled - exact < 0.08).all()


def test_the_command_answers_counts_and_problems(
    faulty: tuple[Path, dict[str, list[tuple[str, ...]]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, faults = faulty
    assert main(["check", str(path), "--rule", "near-miss", "self-loop", "--xlsx", str(tmp_path / "list.xlsx"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["counts"] == {"near-miss": len(faults["near-miss"]), "self-loop": 0}
    assert {problem["rule"] for problem in answer["problems"]} == {"near-miss"}
    assert all(problem["x"] and problem["severity"] == "error" for problem in answer["problems"])
    assert (tmp_path / "list.xlsx").stat().st_size > 1000
    assert main(["check", str(path), "--rule", "near-miss", "--limit", "near-miss=0.1"]) == 0
    assert "No problems" in capsys.readouterr().out


def test_the_command_says_what_it_does_not_understand(faulty: tuple[Path, object], capsys: pytest.CaptureFixture[str]) -> None:
    path, _faults = faulty
    assert main(["check"]) == 2
    assert main(["check", str(path), "--rule", "nix"]) == 1
    assert main(["check", str(path), "--limit", "near-miss"]) == 2
    assert main(["check", "--list"]) == 0
    assert "near-miss" in capsys.readouterr().out
