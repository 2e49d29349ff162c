"""The shut-off command on networks that lack something: words, never a confident wrong plan; drains and gas in words too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipemap.cli.main import main
from pipemap.model.delivery import Delivery
from pipemap.store import create_survey
from tests.analysis.test_shutoff import DEAD_END, delivered
from tests.gui.surveys import street_file

ISLANDS = [(f"i{number}", f"a{number}", f"b{number}") for number in range(1000)]


def stored(tmp_path: Path, delivery: Delivery) -> str:
    with create_survey(tmp_path / "town.gpkg", name="Town") as survey:
        survey.store(delivery)
    return str(tmp_path / "town.gpkg")


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["shutoff", *words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def told(answer: dict[str, Any]) -> str:
    return "\n".join(answer["notes"])


def test_a_network_without_sources_closes_every_valve_and_says_that_the_loss_is_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = asked(capsys, stored(tmp_path, delivered(*DEAD_END[1:], ("x", "V1", "b"))), "--pipe", "p2")
    assert (answer["close"], answer["supply_known"]) == (["V1", "V2"], False)
    assert "who loses supply is unknown" in told(answer)


def test_a_network_without_valves_says_that_valves_cannot_shut_it_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(capsys, stored(tmp_path, delivered(("p1", "S", "a"), ("p2", "a", "b"))), "--pipe", "p2")
    assert (answer["close"], answer["sources_in_zone"]) == ([], ["S"])
    assert "valves cannot shut it off" in told(answer)
    assert "A source lies inside" in told(answer)


def test_unknown_states_are_closed_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(capsys, stored(tmp_path, delivered(*DEAD_END, states={"V1": "", "V2": ""})), "--pipe", "p2")
    assert answer["close"] == answer["unknown_state"] == ["V1", "V2"]
    assert "state of some valves is not recorded" in told(answer)


def test_of_a_thousand_islands_the_plan_is_of_the_one_that_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = stored(tmp_path, delivered(*DEAD_END, *ISLANDS))
    answer = asked(capsys, path, "--pipe", "i500")
    assert answer["contained"] == {"nodes": ["a500", "b500"], "pipes": ["i500"]}
    assert not answer["supply_known"]
    assert asked(capsys, path, "--pipe", "p2")["close"] == ["V1"]


def test_a_start_that_does_not_exist_is_an_error_with_what_is_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = stored(tmp_path, delivered(*DEAD_END))
    capsys.readouterr()
    assert main(["shutoff", path, "--pipe", "p22"]) == 4
    assert "Did you mean" in (said := capsys.readouterr().err)
    assert "Traceback" not in said


def test_a_drain_is_answered_with_plugs_and_an_unknown_time_said_to_be_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(street_file(tmp_path / "street.gpkg", manholes=True))
    answer = asked(capsys, path, "--pipe", "YS2-YS3")
    assert [(one["pipe"], one["node"], one["role"]) for one in answer["plugs"]] == [("YS1-YS2", "YS2", "inflow")]
    assert answer["close"] == []
    assert (answer["hours"], answer["pump_from"]) == (None, ["YS1"])
    assert "nobody recorded how much arrives" in told(answer)
    assert asked(capsys, path, "--pipe", "YS2-YS3", "--inflow", "5")["hours"] > 0
    capsys.readouterr()
    assert main(["shutoff", path, "--pipe", "YS2-YS3"]) == 0
    assert "1. Plug what flows in: YS1-YS2 at YS2" in capsys.readouterr().out
    assert main(["shutoff", path, "--pipe", "YS2-YS3", "JS1-JS2"]) == 1
    assert "Plan it by itself" in capsys.readouterr().err


def test_gas_says_what_is_asked_beside_the_valves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town = delivered(*DEAD_END)
    gas = replace(town, pipes=town.pipes.set_column(3, "category", [["TR"] * 4]))
    answer = asked(capsys, stored(tmp_path, gas), "--pipe", "p2")
    stages = {one["stage"] for one in answer["measures"]}
    assert {"reduce", "empty", "fill", "assure"} <= stages
    assert answer["squeeze"] is None
