"""Ways between two places, what lies between, and how far: beside plain searches through everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipemap.analysis.explaining import explain
from pipemap.analysis.reach import way_to
from pipemap.analysis.routes import find_routes
from pipemap.analysis.trace import StopReason, TraceType, trace
from pipemap.errors import PipemapError
from pipemap.model.lookup import Element
from pipemap.model.network import Network
from tests.networks import networks


def ways(network: Network, start: int, end: int) -> list[list[int]]:
    """Pipes of every way from start to end that passes no node twice, by trying them all."""
    node = network.in_use_nodes & ~network.closed_nodes
    node[[start, end]] = True
    pipe = network.in_use_pipes & ~network.closed_pipes
    found: list[list[int]] = []

    def go(at: int, seen: set[int], walked: list[int]) -> None:
        if at == end:
            found.append(walked)
            return
        for place in range(network.indptr[at], network.indptr[at + 1]) if node[at] else ():
            other, row = int(network.neighbour[place]), int(network.edge[place])
            if pipe[row] and other not in seen:
                go(other, seen | {other}, [*walked, row])

    go(start, {start}, [])
    return found


@given(networks(most_nodes=7, most_pipes=10), st.data())
def test_alternatives_are_all_ways_in_the_order_of_their_cost(network: Network, data: st.DataObject) -> None:
    first, last = (data.draw(st.integers(0, network.node_count - 1)) for _ in range(2))
    assume(first != last)
    every = ways(network, first, last)
    found = find_routes(network, f"node:n{first}", f"node:n{last}", 40)
    assert len({route.pipe_rows.tobytes() for route in found}) == len(found) == min(40, len(every))
    costs = sorted(float(network.weight[way].sum()) for way in every)
    assert [route.cost for route in found] == pytest.approx(costs[:40], abs=1e-6)
    assert [route.length for route in found] == pytest.approx([route.cost for route in found])
    for route in found:
        assert route.node_rows[0] == first
        assert route.node_rows[-1] == last
        assert sorted(route.pipe_rows.tolist()) in [sorted(way) for way in every]


@given(networks(most_nodes=7, most_pipes=10), st.data())
def test_between_is_what_lies_on_some_way(network: Network, data: st.DataObject) -> None:
    first, last = (data.draw(st.integers(0, network.node_count - 1)) for _ in range(2))
    assume(first != last)
    every = ways(network, first, last)
    found = trace(network, f"node:n{first}", "between", end=f"node:n{last}")
    assert set(found.pipe_rows.tolist()) == {row for way in every for row in way}
    assert found.note.startswith("No way") == (not every)


def lattice() -> Network:
    return Network.from_pipes(
        ("in", "S", "a", 5.0), ("ab", "a", "b", 10.0), ("ac", "a", "c", 4.0), ("cb", "c", "b", 4.0), ("out", "b", "T", 5.0),
        ("dead", "b", "x", 1.0), ("l1", "c", "y", 1.0), ("l2", "c", "y", 1.0),
    )  # fmt: skip


def test_dead_ends_and_loops_on_one_node_are_not_between() -> None:
    assert set(trace(lattice(), "S", "between", end="T").pipes) == {"in", "ab", "ac", "cb", "out"}


def test_a_pipe_is_a_start_of_what_lies_between() -> None:
    assert set(trace(lattice(), "ab", "between", end="T").pipes) == {"ab", "ac", "cb", "out"}
    assert trace(lattice(), "dead", "between", end="dead").pipes == ("dead",)


def test_the_cost_decides_which_way_is_best() -> None:
    assert find_routes(lattice(), "S", "T", 1)[0].pipes == ("in", "ac", "cb", "out")
    assert find_routes(lattice(), "S", "T", 1, cost="pipes")[0].pipes == ("in", "ab", "out")
    assert find_routes(lattice(), "S", "T", 1)[0].cost == 18.0


def test_a_pipe_that_does_not_know_its_cost_is_not_walked_by_it() -> None:
    assert find_routes(lattice(), "S", "T", 1, cost="diameter_mm") == ()


@pytest.mark.parametrize("words", [{"cost": "material"}, {"cost": "nonsense"}, {"count": 0}])
def test_what_cannot_be_weighed_is_said(words: dict[str, object]) -> None:
    with pytest.raises(PipemapError):
        find_routes(lattice(), "S", "T", **words)  # type: ignore[arg-type]
    with pytest.raises(PipemapError, match="node to node"):
        find_routes(lattice(), "in", "T")


def test_a_limit_ends_the_trace_and_says_where() -> None:
    found = trace(lattice(), "S", limit=9.0)
    assert found.nodes == ("S", "a", "c")
    assert found.spent.tolist() == pytest.approx([0.0, 5.0, 9.0], abs=1e-6)
    assert set(found.pipes) == {"in", "ab", "ac"}
    assert [(stop.id, stop.reason) for stop in found.stopped_by] == [("ab", StopReason.LIMIT)]
    assert set(trace(lattice(), "S", limit=1, limit_by="pipes").pipes) == {"in"}
    with pytest.raises(PipemapError):
        trace(lattice(), "S", limit=-1)


@given(networks(), st.data(), st.sampled_from(["connected", "upstream", "downstream"]))
def test_a_limit_that_is_never_met_changes_nothing(network: Network, data: st.DataObject, kind: str) -> None:
    start = f"node:n{data.draw(st.integers(0, network.node_count - 1))}"
    free, limited = trace(network, start, kind), trace(network, start, kind, limit=1e6)
    assert set(free.node_rows.tolist()) == set(limited.node_rows.tolist())
    assert set(free.pipe_rows.tolist()) == set(limited.pipe_rows.tolist())
    assert {(stop.element, stop.reason) for stop in free.stopped_by} == {
        (stop.element, stop.reason) for stop in limited.stopped_by
    }


def test_pipes_that_fit_a_condition_are_barriers() -> None:
    network = lattice()
    found = trace(network, "S", barred=network.weight > 6)
    assert "ab" not in found.pipes
    assert (StopReason.BARRIER, "ab") in [(stop.reason, stop.id) for stop in found.stopped_by]


@given(networks(), st.data(), st.sampled_from([TraceType.CONNECTED, TraceType.UPSTREAM, TraceType.DOWNSTREAM]))
def test_every_element_of_an_answer_tells_how_it_was_reached(network: Network, data: st.DataObject, kind: TraceType) -> None:
    start = data.draw(st.integers(0, network.node_count - 1))
    found = trace(network, f"node:n{start}", kind)
    for row in found.node_rows.tolist():
        nodes, pipes = way_to(found, Element("node", row))
        assert (nodes[0], nodes[-1], len(nodes)) == (start, row, len(pipes) + 1)
        for tail, head, pipe in zip(nodes[:-1], nodes[1:], pipes, strict=True):
            assert {tail, head} == set(network.pipe_ends[pipe].tolist())
    for row in found.pipe_rows.tolist():
        nodes, pipes = way_to(found, Element("pipe", row))
        assert pipes[-1] == row
        assert nodes[-1] in network.pipe_ends[row]
    beyond = set(range(network.node_count)) - set(found.node_rows.tolist())
    assert all(not len(way_to(found, Element("node", row))[0]) for row in beyond)


def test_ways_along_the_flow_follow_it() -> None:
    network = replace(lattice(), conduit_direction=np.ones(8, dtype=np.bool_))
    assert find_routes(network, "S", "T", along_flow=True)[0].pipes == ("in", "ac", "cb", "out")
    assert find_routes(network, "T", "S", along_flow=True) == ()


def test_what_was_not_reached_tells_what_stopped_the_trace_before_it() -> None:
    network = lattice()
    found = trace(network, "S", barriers=["ac", "ab"])
    why = explain(found, network.element("T"))
    assert not why.reached
    assert "ab" in why.text
    assert "ac" in why.text
    downstream = trace(replace(network, conduit_direction=np.ones(8, dtype=np.bool_)), "a", "downstream")
    assert "does not flow that way" in explain(downstream, network.element("S")).text
    assert "P2" in explain(trace(islands(), "A"), islands().element("P2")).text
    assert not explain(trace(islands(), "A"), islands().element("P2")).reached


def islands() -> Network:
    return Network.from_pipes(("P1", "A", "B", 1.0), ("P2", "C", "D", 1.0))


def test_what_was_reached_tells_its_way() -> None:
    why = explain(trace(lattice(), "S"), lattice().element("T"))
    assert why.reached
    assert why.pipes == ("in", "ab", "out")
    assert "20.0 m" in why.text
    assert "starts" in explain(trace(lattice(), "S"), lattice().element("S")).text
