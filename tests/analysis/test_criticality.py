"""What breaks cost, by articulation, equal to planning each of them; and the valves that matter most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import assume, given

from pipemap.analysis.criticality import critical_valves, criticality_of
from pipemap.analysis.shutoff import plan_shutoff
from pipemap.analysis.valves import valves_of
from tests.analysis.test_shutoff import Case, cases, town


@given(cases(one_way=False, fed=True))
def test_what_a_break_costs_is_what_its_plan_says(case: Case) -> None:
    valves = valves_of(case.network)
    # A valve drawn as a link runs dry with what lies beside it, and is no pipe of a plan.
    metres = np.where(np.isin(np.arange(case.network.pipe_count), valves.link_rows), 0.0, 10.0)
    network = replace(case.network, own_length=metres)
    plan = plan_shutoff(network, pipes=[f"#{network.pipe_fid[case.pipe]}"])
    assume(plan.supply_known and not network.closed_pipes[case.pipe] and valves.places("pipe")[case.pipe] < 0)
    assert criticality_of(network).of_pipes()[case.pipe, 1] == plan.contained.length + plan.lost.length


def test_pipes_of_a_loop_cost_less_than_the_only_way() -> None:
    network = town(
        ("p1", "S", "V1"), ("p2", "V1", "a"), ("p3", "a", "V2"), ("p4", "V2", "b"), ("p5", "b", "V3"), ("p6", "V3", "c"),
        ("p7", "c", "V4"), ("p8", "V4", "a"),
    )  # fmt: skip
    metres = dict(zip(network.pipe_ids, criticality_of(network).of_pipes()[:, 1].tolist(), strict=True))
    assert metres["p2"] == 700.0
    assert metres["p5"] == 200.0


def test_the_valve_whose_failure_costs_most_comes_first() -> None:
    network = town(
        ("p1", "S", "V1"), ("p2", "V1", "a"), ("p3", "a", "V2"), ("p4", "V2", "b"), ("p5", "b", "V3"), ("p6", "V3", "c"),
        ("q1", "a", "d"), ("q2", "d", "e"), ("q3", "e", "f"),
    )  # fmt: skip
    worst = critical_valves(network, most=2)
    names = [one.plan.cells.valves.id(one.valve) for one in worst]
    assert names[0] == "V2"
    assert worst[0].metres == worst[0].failed.contained.length + worst[0].failed.lost.length - (
        worst[0].plan.contained.length + worst[0].plan.lost.length
    )
    assert worst[0].metres >= worst[1].metres


def test_a_network_without_sources_or_pipes_costs_nothing() -> None:
    assert critical_valves(town(("p", "a", "b"))) == ()
    assert criticality_of(town(("p", "a", "b"))).total.tolist() == [[0.0, 100.0]]
