from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from pipemap.analysis.profile import profile_along, profile_between, profile_of_trace
from pipemap.analysis.trace import trace
from pipemap.catalog.kinds import NodeKind
from pipemap.errors import PipemapError
from pipemap.model.network import Network
from tests.analysis.test_flow_time import drains
from tests.gui.surveys import street
from tests.networks import networks


def test_a_profile_goes_from_end_to_end_with_levels_where_each_pipe_begins_and_ends() -> None:
    found = profile_between(drains(3.0, 2.0, 1.5), "M0", "M2")
    assert found.station.tolist() == [0.0, 100.0, 200.0]
    assert found.invert.tolist() == [[3.0, 2.0], [2.0, 1.5]]
    assert found.crown.tolist() == [[3.5, 2.5], [2.5, 2.0]]
    assert found.length == 200.0


def test_against_the_digitising_levels_are_turned_round() -> None:
    found = profile_between(drains(3.0, 2.0, 1.5), "M2", "M0")
    assert found.invert.tolist() == [[1.5, 2.0], [2.0, 3.0]]


def test_ground_is_that_of_the_nodes() -> None:
    network = Network.from_delivery(street())
    found = profile_between(network, "YS1", "YS3")
    assert found.ground.tolist() == pytest.approx([20.0, 20.1, 20.2])


def test_a_closed_valve_does_not_end_it() -> None:
    network = Network.from_pipes(("a", "1", "V", 10.0), ("b", "V", "3", 20.0), kinds={"V": NodeKind.ISOLATION_VALVE})
    assert profile_between(network, "1", "3").length == 30.0
    with pytest.raises(PipemapError, match="No way"):
        profile_between(Network.from_pipes(("a", "1", "2", 1.0), ("b", "3", "4", 1.0)), "1", "4")


def test_pipes_in_any_order_are_one_run_or_are_refused() -> None:
    network = Network.from_pipes(("a", "1", "2", 10.0), ("b", "2", "3", 20.0), ("c", "3", "4", 5.0), ("d", "2", "5", 1.0))
    found = profile_along(network, np.array([2, 0, 1]))
    assert list(network.pipe_ids.take(found.pipes)) == ["c", "b", "a"]
    assert found.length == 35.0
    for rows in ([0, 2], [0, 1, 3], []):
        with pytest.raises(PipemapError, match="run"):
            profile_along(network, np.array(rows, dtype=np.int64))


def test_rings_and_parallel_pipes_are_no_run() -> None:
    network = Network.from_pipes(("a", "1", "2", 10.0), ("b", "1", "2", 10.0))
    with pytest.raises(PipemapError, match="run"):
        profile_along(network, np.array([0, 1]))


def test_of_a_trace_with_branches_it_is_the_way_to_what_lies_farthest() -> None:
    network = Network.from_pipes(("a", "1", "2", 10.0), ("b", "2", "3", 20.0), ("d", "2", "5", 1.0))
    found = profile_of_trace(trace(network, "1", "connected"))
    assert len(found.pipes) == 2
    assert network.pipe_ids[int(found.pipes[0])] == "a"
    with pytest.raises(PipemapError, match="no pipe"):
        profile_of_trace(
            trace(Network.from_pipes(("a", "1", "2", 1.0), ("b", "3", "4", 1.0)), "1", "connected", barriers=["pipe:a"])
        )


@given(networks())
def test_every_shortest_way_has_a_profile_as_long_as_it_is(network: Network) -> None:
    first, last = network.node_ids[0], network.node_ids[network.node_count - 1]
    way = trace(network, first, "shortest-path", end=last, include_not_in_use=True)
    if not len(way.pipe_rows):
        return
    found = profile_between(network, first, last)
    assert len(found.nodes) == len(found.pipes) + 1
    assert found.length <= way.length + 1e-6
    assert (np.diff(found.station) >= 0).all()
