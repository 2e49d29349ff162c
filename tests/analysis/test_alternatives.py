"""The fewest valves, against every choice of valves; bounds for valves that fail."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import assume, given

from pipemap.analysis.alternatives import bounds, cost, fewest_valves
from pipemap.analysis.shutoff import ShutoffPlan, plan_shutoff
from tests.analysis.test_shutoff import DEAD_END, Case, cases, town


def is_parted(plan: ShutoffPlan, shut: set[int]) -> bool:
    """Whether closing these valves parts the break from every source."""
    cells = plan.cells
    closed = np.zeros(len(cells.valves) + 1, dtype=np.bool_)
    closed[list(shut)] = True
    leaking = (cells.flows | (cells.checked & (not plan.request.trust_check_valves))[:, None]).reshape(-1)
    water = leaking & ~np.repeat(cells.wall | cells.closed_passage() | closed[cells.valve], 2)
    broken = [int((cells.pipe if one.layer == "pipe" else cells.node)[one.row]) for one in plan.request.broken]
    return not cells.reach(cells.node[plan.network.sources], water)[broken].any()


@given(cases(fed=True))
def test_no_choice_of_fewer_valves_parts_the_break_from_the_sources(case: Case) -> None:
    plan = case.plan()
    assume(plan.supply_known)
    valves = plan.cells.valves
    never = {*case.stuck, int(valves.places("pipe")[case.pipe])}
    usable = [valve for valve in range(len(valves)) if valve not in never and not (valves.closed | valves.house)[valve]]
    found = fewest_valves(plan)
    if found is None:
        assert not is_parted(plan, set(usable))
        return
    chosen = set(found.zone.border.tolist()) & set(usable)
    for size in range(len(usable) + 1):
        if any(is_parted(plan, set(some)) for some in combinations(usable, size)):
            break
    assert is_parted(plan, chosen)
    assert sum(found.why[valves.id(one)] == "close" for one in found.close_valves.tolist()) <= max(size, 0)


def test_one_valve_at_the_source_may_do_for_two_near_the_break() -> None:
    network = town(
        ("p0", "S", "V0"), ("p1", "V0", "a"), ("p2", "a", "V1"), ("p3", "V1", "b"), ("p4", "b", "V2"), ("p5", "V2", "a"),
    )  # fmt: skip
    plan = plan_shutoff(network, pipes=["p3"])
    assert plan.close == ("V1", "V2")
    fewest = fewest_valves(plan)
    assert fewest is not None
    assert fewest.close == ("V0",)
    assert fewest.request == plan.request
    assert cost(fewest) >= cost(plan)


def test_effort_decides_between_valves() -> None:
    network = town(("p0", "S", "V0"), ("p1", "V0", "V1"), ("p2", "V1", "a"))
    plan = plan_shutoff(network, pipes=["p2"])
    cheap = fewest_valves(plan, effort={plan.cells.valves.number("V1"): 5})
    assert cheap is not None
    assert cheap.close == ("V0",)


def test_a_source_beside_the_break_cannot_be_shut_off() -> None:
    assert fewest_valves(plan_shutoff(town(("p", "S", "a")), pipes=["p"])) is None


def test_bounds_grow_with_each_valve_that_fails() -> None:
    network = town(("p0", "S", "V0"), ("q", "V0", "V1"), *DEAD_END[1:])
    plan = plan_shutoff(network, pipes=["p2"])
    found = bounds(plan)
    assert found.two is not None
    assert cost(plan) <= cost(found.one) <= cost(found.two)
    assert found.one.close == ("V0",)
    assert found.two.sources_in_zone == ("S",)
    assert found.worth_checking == tuple(plan.close_valves.tolist())
