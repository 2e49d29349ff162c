from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from pipemap.analysis.shutoff import plan_shutoff
from pipemap.analysis.steps import steps_of
from pipemap.model.columns import Coded
from tests.analysis.test_shutoff import DEAD_END, town

TWO_SOURCES = (("p1", "S", "V1"), ("p2", "V1", "a"), ("p3", "a", "V2"), ("p4", "V2", "S2"))


def test_each_valve_of_a_plan_is_a_step_with_what_is_recorded() -> None:
    steps = steps_of(plan_shutoff(town(*DEAD_END), pipes=["p2"]))
    assert [(one.task, one.id, one.state) for one in steps] == [("close", "V1", "open"), ("not_needed", "V2", "open")]
    assert steps[0].size == pytest.approx(0.2)
    assert math.isnan(steps[0].turns)
    assert steps[0].reason == "close"


def test_a_key_names_its_valve_again() -> None:
    network = town(*DEAD_END)
    steps = steps_of(plan_shutoff(network, pipes=["p2"]))
    grown = plan_shutoff(network, pipes=["p2"], inoperable=[steps[0].key])
    assert grown.close == ()
    assert grown.sources_in_zone == ("S",)


def test_a_valve_drawn_as_a_link_is_a_step_too() -> None:
    network = town(("p1", "S", "a"), ("w", "a", "b"), ("p2", "b", "c"), w="valve")
    steps = steps_of(plan_shutoff(network, pipes=["p2"]))
    assert [(one.id, one.element.layer) for one in steps] == [("w", "pipe")]


def test_of_a_heating_network_the_supply_is_closed_before_the_return() -> None:
    network = town(*TWO_SOURCES)
    circuit = Coded(np.array([1, 1, 0, 0], dtype=np.int16), ("supply", "return"))
    plan = plan_shutoff(replace(network, pipe_circuit=circuit), pipes=["p2"])
    assert [one.id for one in steps_of(plan)] == ["V2", "V1"]


def test_valves_that_surely_hold_something_back_come_first() -> None:
    network = town(("p1", "V1", "a"), ("p2", "a", "V2"), ("p3", "V2", "S"), ("p0", "c", "V1"), states={"V1": ""})
    assert [one.id for one in steps_of(plan_shutoff(network, pipes=["p1"]))] == ["V2", "V1"]
