from __future__ import annotations

import math

import pytest

from pipemap.model.network import Network
from pipemap.sample import FAULT_KINDS, City, make_city


@pytest.fixture(scope="module")
def damaged() -> City:
    return make_city(3000, seed=4, faults=2 * len(FAULT_KINDS))


def row(city: City, layer: str, element: str) -> dict[str, object]:
    table = city.delivery.nodes if layer == "node" else city.delivery.pipes
    at = table["id"].to_pylist().index(element)
    found: dict[str, object] = table.slice(at, 1).to_pylist()[0]
    return found


def first(city: City, kind: str) -> tuple[str, ...]:
    return next(fault.elements for fault in city.faults if fault.kind == kind)


def test_each_kind_is_put_in_as_often_as_asked(damaged: City) -> None:
    kinds = [fault.kind for fault in damaged.faults]
    assert len(kinds) == 2 * len(FAULT_KINDS)
    assert {kinds.count(kind) for kind in FAULT_KINDS} == {2}


def test_every_element_named_is_in_the_data(damaged: City) -> None:
    known = set(damaged.delivery.nodes["id"].to_pylist()) | set(damaged.delivery.pipes["id"].to_pylist())
    assert all(element in known for fault in damaged.faults for element in fault.elements)


def test_only_the_damaged_elements_differ_from_the_sound_city(damaged: City) -> None:
    sound = make_city(3000, seed=4).delivery
    changed = 0
    for layer in ("nodes", "pipes"):
        before, after = getattr(sound, layer), getattr(damaged.delivery, layer)
        assert after.num_rows >= before.num_rows
        pairs = zip(before.to_pylist(), after.slice(0, before.num_rows).to_pylist(), strict=True)
        changed += sum(one != other for one, other in pairs)
    assert 0 < changed < 4 * len(damaged.faults)


def test_damaged_city_is_a_network(damaged: City) -> None:
    network = Network.from_delivery(damaged.delivery)
    assert network.pipe_count == damaged.delivery.pipes.num_rows
    assert network.graph.number_of_edges() == network.pipe_count


def test_faults_are_what_they_are_called(damaged: City) -> None:
    missing, name = first(damaged, "missing-node")
    assert row(damaged, "node", name)["x"] is None
    number = damaged.delivery.pipes["id"].to_pylist().index(missing)
    assert not len(damaged.delivery.lines[number])
    assert damaged.delivery.nodes["id"].to_pylist().count(first(damaged, "duplicate-id")[0]) == 2
    assert row(damaged, "pipe", first(damaged, "unknown-category")[0])["category"] == "XQ"
    valve = first(damaged, "valve-without-arm")[0]
    assert row(damaged, "node", valve)["kind"] == "isolation_valve"
    near, true = (row(damaged, "node", name) for name in first(damaged, "near-miss"))
    gap = math.hypot(*(float(str(near[axis])) - float(str(true[axis])) for axis in "xy"))
    assert abs(gap - 0.3) < 0.01
    rising = row(damaged, "pipe", first(damaged, "reverse-slope")[0])
    fall = float(str(rising["from_level"])) - float(str(rising["to_level"]))
    assert (fall < 0) == (rising["flow"] == "+")


def test_small_city_takes_what_faults_it_can() -> None:
    assert 10 < len(make_city(60, faults=500).faults) < 500
    assert make_city(60).faults == ()
