"""Checking what an edit touched says what checking everything would: of what lies around it, and nothing else has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from pipemap.analysis.checks import Touched, check_network, check_touched, checks
from pipemap.analysis.checks import touched as touching
from pipemap.jobs import make_sample, open_survey
from pipemap.model.network import Network
from pipemap.model.problem import Problem
from pipemap.sample.faults import FAULT_KINDS
from pipemap.store import Survey
from pipemap.store.edits import Edit

Told = Counter[tuple[str, str, str, str]]


@pytest.fixture
def survey(tmp_path: Path, faulty: Path) -> Iterator[Survey]:
    (tmp_path / "city.gpkg").write_bytes(faulty.read_bytes())
    with open_survey(tmp_path / "city.gpkg") as opened:
        yield opened


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("touched") / "city.gpkg"
    make_sample(path, pipes=1500, seed=7, faults=2 * len(FAULT_KINDS))
    return path


def told(problems: tuple[Problem, ...]) -> Told:
    return Counter((problem.rule, problem.layer, problem.element, problem.message) for problem in problems)


def whole(network: Network) -> Told:
    return told(check_network(network, most=10**6).problems)


def followed(before: Told, network: Network, then: Network, found: Touched) -> Told:
    """Problems as they were; those of what is gone left out, those out of date replaced."""
    now = before.copy()
    for looked in found.looked:
        for layer, rows, fids, then_fids, then_ids in (
            ("node", looked.nodes, network.node_fid, then.node_fid, then.node_ids),
            ("pipe", looked.pipes, network.pipe_fid, then.pipe_fid, then.pipe_ids),
        ):
            names = set(then_ids.take(np.flatnonzero(np.isin(then_fids, fids[rows]) | ~np.isin(then_fids, fids))))
            for key in [key for key in now if key[0] in looked.rules and key[1] == layer and key[2] in names]:
                del now[key]
    return now + told(found.problems)


def without(rules: set[str], problems: Told) -> Told:
    return Counter({key: count for key, count in problems.items() if key[0] not in rules})


def move(edit: Edit, network: Network, row: int) -> None:
    x, y = network.node_xyz[row, :2]
    if np.isfinite([x, y]).all():
        edit.update("node", int(network.node_fid[row]), x=x + 0.3, y=y - 0.1)


def raise_ground(edit: Edit, network: Network, row: int) -> None:
    edit.update("node", int(network.node_fid[row]), ground=3.0)


def rename(edit: Edit, network: Network, row: int) -> None:
    edit.update("node", int(network.node_fid[row]), id=network.node_ids[row // 2])


def turn_over(edit: Edit, network: Network, row: int) -> None:
    fid = int(network.pipe_fid[row])
    edit.update("pipe", fid, from_depth=float(row % 4), diameter_mm=float(50 * (row % 30)))


def join(edit: Edit, network: Network, row: int) -> None:
    near = np.argsort(np.hypot(*(network.node_xyz[:, :2] - network.node_xyz[row, :2]).T))[1 + row % 3]
    edit.insert("pipe", {"from_fid": int(network.node_fid[row]), "to_fid": int(network.node_fid[near]), "category": "YS"})


def take_out(edit: Edit, network: Network, row: int) -> None:
    edit.delete("pipe", int(network.pipe_fid[row]))


def recategorise(edit: Edit, network: Network, row: int) -> None:
    edit.update("pipe", int(network.pipe_fid[row]), category="WS" if row % 2 else "JS", material="?")


@pytest.mark.parametrize("act", [move, raise_ground, rename, turn_over, join, take_out, recategorise])
def test_touched_says_what_everything_would(survey: Survey, act: Callable[[Edit, Network, int], None]) -> None:
    random = np.random.default_rng(11)
    known = whole(survey.network)
    for _time in range(3):
        before = survey.network
        with survey.edit("test") as edit:
            act(edit, before, int(random.integers(before.pipe_count * 3 // 4)))
        assert edit.change_id is not None
        change = survey.change(edit.change_id)
        keys = {table: [key for part in change.parts if part.table == table for key in part.keys] for table in ("node", "pipe")}
        found = check_touched(survey.network, keys["node"], keys["pipe"], before=before)
        expected, left_out = whole(survey.network), set(found.left_out)
        assert without(left_out, followed(known, survey.network, before, found)) == without(left_out, expected)
        assert set(found.counts) | left_out == set(checks())
        known = expected


def test_a_small_edit_is_answered_from_a_small_part(survey: Survey) -> None:
    network = survey.network
    (found, *_others) = check_touched(network, [int(network.node_fid[200])], []).looked
    assert 0 < len(found.nodes) < network.node_count / 10
    assert 0 < len(found.pipes) < network.pipe_count / 10


def test_an_edit_all_over_the_town_is_answered_by_checking_everything(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touching, "_MOST", 10)
    network = survey.network
    found = check_touched(network, network.node_fid[::20].tolist(), [])
    assert found.left_out == ()
    assert told(found.problems) == told(check_network(network).problems)


def test_only_the_rules_that_were_asked_for_are_run(survey: Survey) -> None:
    network = survey.network
    found = check_touched(network, [int(network.node_fid[3])], [], rules=["near-miss", "no-source"])
    assert set(found.counts) == {"near-miss"}
    assert found.left_out == ("no-source",)


def test_every_rule_that_is_treated_apart_exists() -> None:
    assert {*touching._NUMBERS, *touching._BY_PARTS, *touching._OF_ALL} <= set(checks())


def test_an_edit_that_left_nothing_behind_has_no_problems() -> None:
    network = Network.from_pipes(("P1", "A", "B", 1.0))
    found = check_touched(network, [99], [98])
    assert found.problems == ()
    assert check_touched(Network.from_pipes(), [1], [2]).problems == ()
