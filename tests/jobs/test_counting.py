from __future__ import annotations

import pytest

from pipemap.catalog.kinds import NodeKind
from pipemap.jobs import summarise
from pipemap.jobs.counting import add_up
from pipemap.model.network import Network


def test_a_summary_counts_everything_once() -> None:
    kinds = {"R": NodeKind.RESERVOIR, "V": NodeKind.ISOLATION_VALVE}
    network = Network.from_pipes(("P1", "R", "V", 30.0), ("P2", "V", "B", 20.0), ("P3", "C", "D", 5.0), kinds=kinds)
    counted = summarise(network)
    assert (counted.nodes, counted.pipes, counted.valves, counted.sources, counted.components) == (5, 3, 1, 1, 2)
    assert counted.length_m == 55.0
    assert counted.extent is None


def test_an_empty_network_has_a_summary() -> None:
    counted = summarise(Network.from_pipes())
    assert (counted.nodes, counted.pipes, counted.components, counted.length_m) == (0, 0, 0, 0.0)


def test_summaries_add_up() -> None:
    one = summarise(Network.from_pipes(("P1", "A", "B", 30.0)))
    both = add_up([one, one])
    assert (both.nodes, both.pipes, both.components) == (4, 2, 2)
    assert both.length_m == pytest.approx(60)
    assert both.extent is None
