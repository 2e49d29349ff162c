"""``pipemap trace`` with ways, limits and reasons, and ``pipemap leak``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipemap.cli.main import main
from pipemap.jobs import make_sample


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("town") / "town.gpkg"
    make_sample(path, pipes=400, seed=3)
    return str(path)


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main([*words, "--json"]) == 0
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


def ends(capsys: pytest.CaptureFixture[str], town: str) -> tuple[str, str]:
    """A source and the node farthest from it."""
    from pipemap.jobs import open_survey

    with open_survey(town, read_only=True) as survey:
        source = survey.network.node_ids[int(survey.network.sources[0])]
    nodes = asked(capsys, "trace", town, "--type", "subnetwork", "--start", f"node:{source}")["nodes"]
    assert isinstance(nodes, list)
    return f"node:{source}", f"node:{nodes[-1]}"


def test_alternatives_come_best_first(capsys: pytest.CaptureFixture[str], town: str) -> None:
    start, end = ends(capsys, town)
    answer = asked(capsys, "trace", town, "--type", "shortest-path", "--start", start, "--end", end, "--alternatives", "3")
    plain = asked(capsys, "trace", town, "--type", "shortest-path", "--start", start, "--end", end)
    routes = answer["routes"]
    assert isinstance(routes, list)
    costs = [route["cost"] for route in routes]
    assert costs == sorted(costs)
    assert answer["length_m"] == pytest.approx(plain["length_m"])
    assert main(["trace", town, "--type", "shortest-path", "--start", start, "--end", end, "--alternatives", "2"]) == 0
    assert "Cost" in capsys.readouterr().out


def test_what_lies_between_holds_the_shortest_way(capsys: pytest.CaptureFixture[str], town: str) -> None:
    start, end = ends(capsys, town)
    way = asked(capsys, "trace", town, "--type", "shortest-path", "--start", start, "--end", end)
    between = asked(capsys, "trace", town, "--type", "between", "--start", start, "--end", end)
    assert set(way["pipes"]) <= set(between["pipes"])  # type: ignore[call-overload]


def test_a_limit_and_a_condition_end_the_trace(capsys: pytest.CaptureFixture[str], town: str) -> None:
    start, end = ends(capsys, town)
    near = asked(capsys, "trace", town, "--start", start, "--limit", "50", "--why", end)
    far = asked(capsys, "trace", town, "--start", start)
    assert set(near["pipes"]) < set(far["pipes"])  # type: ignore[call-overload]
    assert "limit" in {stop["reason"] for stop in near["stopped_by"]}  # type: ignore[attr-defined]
    barred = asked(capsys, "trace", town, "--start", start, "--barrier-where", "diameter_mm > 0")
    assert "barrier" in {stop["reason"] for stop in barred["stopped_by"]}  # type: ignore[attr-defined]


def test_an_element_tells_why_it_is_in(capsys: pytest.CaptureFixture[str], town: str) -> None:
    start, end = ends(capsys, town)
    answer = asked(capsys, "trace", town, "--type", "subnetwork", "--start", start, "--why", end)
    why = answer["why"]
    assert isinstance(why, dict)
    assert why["reached"]
    assert why["nodes"][-1] == end.removeprefix("node:")
    assert start.removeprefix("node:") in str(why["text"])


def test_a_leak_tells_what_it_can_enter(capsys: pytest.CaptureFixture[str], town: str) -> None:
    from pipemap.jobs import open_survey

    with open_survey(town, read_only=True) as survey:
        network = survey.network
        gas = network.pipe_ids.take(network.pipe_category.is_in("TR").nonzero()[0])
    answer = asked(capsys, "leak", town, "--pipe", *(f"pipe:{name}" for name in gas), "--through-ground", "8")
    entries = answer["entries"]
    assert isinstance(entries, list)
    assert entries
    assert all(0 <= entry["metres"] <= 8 for entry in entries)
    assert {entry["to"] for entry in entries} <= set(answer["pipes"])  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "words",
    [
        ["--start", "X", "--alternatives", "3"],
        ["--start", "X", "--type", "between"],
        ["--start", "X", "--type", "loops", "--limit", "3"],
    ],
)
def test_options_that_do_not_go_together_are_said(capsys: pytest.CaptureFixture[str], town: str, words: list[str]) -> None:
    assert main(["trace", town, *words]) == 2
    assert "--" in capsys.readouterr().err
