from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pipemap.analysis.shutoff import plan_shutoff
from pipemap.analysis.twins import REACH, twins_of
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.lookup import Element
from pipemap.model.network import Network

Pipe = tuple[str, tuple[float, float], tuple[float, float], str]


def heating(*pipes: Pipe, category: str = "RS") -> Network:
    """Pipes ``(id, start, end, circuit)`` in plan; nodes at the same place are one of a circuit."""
    names: dict[tuple[float, float, str], int] = {}
    for _id, start, end, circuit in pipes:
        for place in (start, end):
            names.setdefault((*place, circuit), len(names))
    nodes = pa.table(
        {
            "id": [f"N{number}" for number in range(len(names))],
            "x": [key[0] for key in names],
            "y": [key[1] for key in names],
            "ground": [10.0] * len(names),
        }
    )
    lines = pa.table(
        {
            "id": [pipe[0] for pipe in pipes],
            "from_fid": pa.array([names[*pipe[1], pipe[3]] for pipe in pipes], pa.int64()),
            "to_fid": pa.array([names[*pipe[2], pipe[3]] for pipe in pipes], pa.int64()),
            "category": [category] * len(pipes),
            "circuit": pa.array([pipe[3] or None for pipe in pipes], pa.string()),
        }
    )
    courses = [np.array([(*pipe[1], 9.0), (*pipe[2], 9.0)]) for pipe in pipes]
    return Network.from_delivery(Delivery(nodes, lines, Lines.from_lists(courses), Batch("heat"), format="made"))


PAIR: tuple[Pipe, ...] = (
    ("S1", (0.0, 0.0), (100.0, 0.0), "supply"),
    ("R1", (100.0, 1.0), (0.0, 1.0), "return"),
    ("R9", (0.0, 60.0), (100.0, 60.0), "return"),
)


def _ids(network: Network, name: str) -> set[str]:
    found = twins_of(network, [network.element(name)])
    return {network.element_id(twin) for twins in found.values() for twin in twins}


def test_the_return_beside_a_supply_is_its_twin_whichever_way_it_was_drawn() -> None:
    assert _ids(heating(*PAIR), "pipe:S1") == {"R1"}
    assert _ids(heating(*PAIR), "pipe:R1") == {"S1"}


def test_a_return_cut_in_two_is_a_twin_with_both_pieces() -> None:
    pieces: tuple[Pipe, ...] = (("Ra", (0.0, 1.0), (55.0, 1.0), "return"), ("Rb", (55.0, 1.0), (100.0, 1.0), "return"))
    assert _ids(heating(PAIR[0], *pieces), "pipe:S1") == {"Ra", "Rb"}


@pytest.mark.parametrize("other", [(0.0, REACH + 1.0), (0.0, 60.0)])
def test_what_lies_farther_off_is_no_twin(other: tuple[float, float]) -> None:
    network = heating(PAIR[0], ("R1", other, (100.0, other[1]), "return"))
    assert twins_of(network, [Element("pipe", 0)]) == {Element("pipe", 0): ()}


def test_a_return_that_crosses_is_no_twin() -> None:
    assert _ids(heating(PAIR[0], ("R1", (50.0, -40.0), (50.0, 40.0), "return")), "pipe:S1") == set()


def test_water_has_no_twins() -> None:
    network = heating(*PAIR, category="JS")
    assert twins_of(network, [Element("pipe", 0)]) == {}


def test_a_plan_shuts_the_twin_too_and_says_so() -> None:
    network = heating(*PAIR)
    plan = plan_shutoff(network, pipes=["S1"])
    assert plan.twins == ("R1",)
    assert set(plan.contained.pipes) == {"S1", "R1"}
    assert any("R1" in note for note in plan.notes)
    assert not any("name the broken pipe's twin" in note for note in plan.notes)


def test_a_plan_whose_twins_were_named_asks_for_nothing() -> None:
    plan = plan_shutoff(heating(*PAIR), pipes=["S1", "R1"])
    assert plan.twins == ()
    assert not any("twin" in note for note in plan.notes)


def test_a_plan_without_a_twin_asks_for_it() -> None:
    plan = plan_shutoff(heating(PAIR[0]), pipes=["S1"])
    assert any("name the broken pipe's twin" in note for note in plan.notes)
