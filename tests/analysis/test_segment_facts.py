from __future__ import annotations

import pytest
from hypothesis import given

from pipemap.analysis.criticality import criticality_of, known_criticality
from pipemap.analysis.segment_facts import segment_at
from pipemap.analysis.segments import segment_colours, segments_of
from pipemap.model.lookup import Element
from pipemap.model.network import Network
from tests.analysis.test_shutoff import DEAD_END, town
from tests.networks import networks


def test_a_segment_tells_what_it_holds_and_the_valves_around_it() -> None:
    network = town(*DEAD_END)
    found = segment_at(network, Element("pipe", 1))
    assert found is not None
    assert found.length == pytest.approx(float(network.weight[found.pipes].sum()))
    assert sorted(found.segments.valves.ids(found.valves)) == ["V1", "V2"]
    assert 1 in found.pipes.tolist()


def test_what_its_loss_costs_is_told_once_it_was_worked_out() -> None:
    network = town(*DEAD_END)
    assert known_criticality(network) is None
    first = segment_at(network, Element("pipe", 1))
    assert first is not None
    assert first.cost is None
    costs = criticality_of(network).of_pipes()
    assert criticality_of(network) is known_criticality(network)
    again = segment_at(network, Element("pipe", 1))
    assert again is not None
    assert again.cost is not None
    assert again.cost == pytest.approx(costs[1].tolist())


def test_what_no_valve_shuts_off_lies_in_no_segment() -> None:
    network = Network.from_pipes(("P1", "A", "B", 10.0))
    found = segment_at(network, Element("pipe", 0))
    assert found is not None
    assert len(found.valves) == 0


@given(networks())
def test_each_element_lies_in_the_segment_that_holds_it_and_neighbours_differ(network: Network) -> None:
    segments = segments_of(network)
    for row in range(network.pipe_count):
        found = segment_at(network, Element("pipe", row))
        assert (found is None) == (segments.pipe[row] < 0)
        if found is not None:
            assert row in found.pipes.tolist()
    colours = segment_colours(segments, 40)
    for valve, one, other in segments.sides.tolist():
        if one != other and min(one, other) >= 0:
            assert colours[one] != colours[other], valve
