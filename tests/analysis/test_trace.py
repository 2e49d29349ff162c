"""Traces answer as networkx does on the network's own graph, and as a person would on small networks."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipemap.analysis.trace import StopReason, TraceType, trace
from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.errors import PipemapError, UnknownElementError
from pipemap.model.columns import Coded
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network
from tests.networks import networks


def open_graph(network: Network, *, closed_too: bool) -> nx.MultiDiGraph[int]:
    """The part that flow may pass, as a plain networkx graph: no arc leaves a node that stops, or enters a pipe that does."""
    node, pipe = network.in_use_nodes.copy(), network.in_use_pipes.copy()
    if closed_too:
        node &= ~network.closed_nodes
        pipe &= ~network.closed_pipes
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_nodes_from(range(network.node_count))
    for row, (first, second) in enumerate(network.pipe_ends.tolist()):
        if pipe[row]:
            for tail, head in ((first, second), (second, first)):
                if node[tail]:
                    graph.add_edge(tail, head, row)
    return graph


def with_open_start(network: Network, graph: nx.MultiDiGraph[int], start: int, pipe_ok: np.ndarray) -> None:
    row = slice(network.indptr[start], network.indptr[start + 1])
    for other, pipe in zip(network.neighbour[row].tolist(), network.edge[row].tolist(), strict=True):
        if pipe_ok[pipe]:
            graph.add_edge(start, other, pipe)


@given(networks(), st.data(), st.sampled_from([TraceType.CONNECTED, TraceType.SUBNETWORK]))
def test_undirected_traces_equal_networkx(network: Network, data: st.DataObject, kind: TraceType) -> None:
    start = data.draw(st.integers(0, network.node_count - 1))
    closed_too = kind is TraceType.SUBNETWORK
    graph = open_graph(network, closed_too=closed_too)
    with_open_start(network, graph, start, network.in_use_pipes & (~network.closed_pipes if closed_too else True))
    reached = {start} | nx.descendants(graph, start)
    found = trace(network, f"node:n{start}", kind)
    assert set(found.node_rows.tolist()) == reached
    assert set(found.pipe_rows.tolist()) == {key for tail, _head, key in graph.edges(keys=True) if tail in reached}


@given(networks(), st.data(), st.sampled_from([TraceType.UPSTREAM, TraceType.DOWNSTREAM]))
def test_directed_traces_equal_networkx_on_the_flow_graph(network: Network, data: st.DataObject, kind: TraceType) -> None:
    start = data.draw(st.integers(0, network.node_count - 1))
    node = network.in_use_nodes & ~network.closed_nodes
    node[start] = True
    pipe = network.in_use_pipes & ~network.closed_pipes
    flow = network.flow_graph if kind is TraceType.DOWNSTREAM else network.flow_graph.reverse(copy=False)
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph((a, b, key) for a, b, key in flow.edges(keys=True) if node[a] and pipe[key])
    graph.add_node(start)
    reached = {start} | nx.descendants(graph, start)
    found = trace(network, f"node:n{start}", kind)
    assert set(found.node_rows.tolist()) == reached
    assert set(found.pipe_rows.tolist()) >= {
        key for tail, head, key in graph.edges(keys=True) if tail in reached and head != tail
    }
    assert set(found.indeterminate_rows.tolist()) == {row for row in found.pipe_rows.tolist() if network.flow.direction[row] == 0}


@given(networks(), st.data(), st.sampled_from(list(TraceType)[:4]))
def test_what_a_trace_stopped_at_lies_beside_what_it_passed(network: Network, data: st.DataObject, kind: TraceType) -> None:
    start = data.draw(st.integers(0, network.node_count - 1))
    found = trace(network, f"node:n{start}", kind)
    closed_too = kind is not TraceType.CONNECTED
    node, pipe = network.in_use_nodes.copy(), network.in_use_pipes.copy()
    if closed_too:
        node &= ~network.closed_nodes
        pipe &= ~network.closed_pipes
    passed = {row for row in found.node_rows.tolist() if node[row] or row == start}
    reached = set(found.pipe_rows.tolist())
    shut = {
        row for row, ends in enumerate(network.pipe_ends.tolist()) if not pipe[row] and row not in reached and passed & set(ends)
    }
    stopped = {stop.element.row for stop in found.stopped_by if stop.element.layer == "pipe" and stop.reason != "one-way"}
    assert stopped == shut
    nodes = {stop.element.row for stop in found.stopped_by if stop.element.layer == "node"}
    assert nodes == {row for row in found.node_rows.tolist() if not node[row] and row != start}


@given(networks(), st.data())
def test_a_shortest_path_is_as_short_as_networkx_says(network: Network, data: st.DataObject) -> None:
    first, last = (data.draw(st.integers(0, network.node_count - 1)) for _ in range(2))
    graph = open_graph(network, closed_too=True)
    with_open_start(network, graph, first, network.in_use_pipes & ~network.closed_pipes)
    found = trace(network, f"node:n{first}", "shortest-path", end=f"node:n{last}")
    for a, b, key in graph.edges(keys=True):
        graph[a][b][key]["length"] = network.weight[key]
    if nx.has_path(graph, first, last):
        assert found.length == pytest.approx(nx.shortest_path_length(graph, first, last, weight="length"))
        assert found.node_rows[0] == first
        assert found.node_rows[-1] == last
    else:
        assert found.note
        assert not len(found.pipe_rows)


@given(networks(), st.data())
def test_loops_are_a_basis(network: Network, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, network.node_count - 1))
    whole = trace(network, f"node:n{start}", "subnetwork")
    found = trace(network, f"node:n{start}", "loops")
    touched = set(network.pipe_ends[whole.pipe_rows].reshape(-1).tolist()) | {start}
    graph: nx.MultiGraph[int] = nx.MultiGraph(
        [(a, b, int(row)) for row in whole.pipe_rows for a, b in [network.pipe_ends[row].tolist()]]
    )
    graph.add_nodes_from(touched)
    assert len(found.loops) == graph.number_of_edges() - graph.number_of_nodes() + nx.number_connected_components(graph)
    for loop in found.loops:
        degree = np.bincount(network.pipe_ends[loop].reshape(-1), minlength=network.node_count)
        assert set(degree[degree > 0].tolist()) == {2}


@given(networks(), st.data())
def test_an_answer_is_the_same_twice_and_contains_its_start(network: Network, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["connected", "subnetwork", "upstream", "downstream"]))
    elements = [f"node:{name}" for name in network.node_ids] + [f"pipe:{name}" for name in network.pipe_ids]
    start = data.draw(st.sampled_from(elements))
    first, second = trace(network, start, kind), trace(network, start, kind)
    assert first.nodes == second.nodes
    assert first.pipes == second.pipes
    assert start.split(":")[1] in first.nodes + first.pipes
    assert len(set(first.pipe_rows.tolist())) == len(first.pipe_rows)


def chain() -> Network:
    return Network.from_pipes(
        ("P1", "S", "V", 10.0), ("P2", "V", "B", 20.0), ("P3", "B", "C", 30.0), kinds={"S": NodeKind.RESERVOIR}
    )


def test_water_flows_away_from_the_only_source() -> None:
    found = trace(chain(), "V", "downstream")
    assert found.pipes == ("P2", "P3")
    assert found.nodes == ("V", "B", "C")
    assert found.length == 50.0
    assert found.indeterminate == ()
    assert trace(chain(), "V", "upstream").pipes == ("P1",)


def test_a_barrier_stops_the_trace_and_says_so() -> None:
    found = trace(chain(), "S", "connected", barriers=["B"])
    assert found.pipes == ("P1", "P2")
    assert [(stop.id, stop.reason) for stop in found.stopped_by] == [("B", StopReason.BARRIER)]
    found = trace(chain(), "S", "connected", barriers=["P2"])
    assert found.pipes == ("P1",)
    assert [(stop.id, stop.reason) for stop in found.stopped_by] == [("P2", StopReason.BARRIER)]


def test_a_start_that_is_a_barrier_answers_for_both_sides_and_says_so() -> None:
    found = trace(chain(), "V", "connected", barriers=["V"])
    assert set(found.pipes) == {"P1", "P2", "P3"}
    assert found.note


def test_a_pipe_as_start_is_in_the_answer_of_each_type() -> None:
    assert trace(chain(), "P2", "downstream").pipes == ("P2", "P3")
    assert trace(chain(), "P2", "upstream").pipes == ("P2", "P1")
    assert set(trace(chain(), "P2", "connected").pipes) == {"P1", "P2", "P3"}


def test_a_pipe_that_returns_to_its_node_lies_upstream_and_downstream_of_it() -> None:
    network = Network.from_pipes(("P1", "S", "V", 10.0), ("P2", "V", "V", 5.0), kinds={"S": NodeKind.RESERVOIR})
    pumped = replace(network, pipe_kind=Coded(np.array([-1, 0], dtype=np.int16), (PipeKind.PUMP,)))
    assert trace(pumped, "V", "upstream").pipes == ("P1", "P2")
    assert trace(pumped, "V", "downstream").pipes == ("P2",)


def test_a_filter_limits_the_result_and_not_the_way() -> None:
    only = np.array([True, False, True])
    assert trace(chain(), "S", "downstream", only=only).pipes == ("P1", "P3")


def test_a_loop_without_evidence_is_followed_and_listed() -> None:
    network = Network.from_pipes(
        ("in", "S", "a", 1.0),
        ("l", "a", "b", 1.0),
        ("r", "b", "a", 1.0),
        ("out", "c", "b", 1.0),
        kinds={"S": NodeKind.RESERVOIR},
    )
    found = trace(network, "a", "downstream")
    assert set(found.pipes) == {"l", "r", "out"}
    assert set(found.indeterminate) == {"l", "r"}
    assert found.source_rows.tolist() == []


def test_an_unknown_start_type_or_missing_end_is_said_in_words() -> None:
    with pytest.raises(UnknownElementError):
        trace(chain(), "P9")
    with pytest.raises(PipemapError, match="sideways"):
        trace(chain(), "P1", "sideways")
    with pytest.raises(PipemapError, match="end"):
        trace(chain(), "P1", "shortest-path")


def valve_on(*states: str | None, arm: int | None = None) -> Network:
    """A closed valve ``V`` on as many pipes as there are life cycles; the first pipe comes from the source."""
    count = len(states)
    nodes = pa.table(
        {
            "id": ["S", "V", *(f"n{number}" for number in range(1, count))],
            "kind": ["reservoir", "isolation_valve", *["point"] * (count - 1)],
            "state": pa.array([None, "closed", *[None] * (count - 1)], pa.string()),
            "arm_pipe": pa.array([None, arm, *[None] * (count - 1)], pa.int64()),
        }
    )
    pipes = pa.table(
        {
            "id": [f"p{number}" for number in range(count)],
            "from_fid": [0, *[1] * (count - 1)],
            "to_fid": [1, *range(2, count + 1)],
            "lifecycle": pa.array(list(states), pa.string()),
        }
    )
    lines = Lines(np.zeros(count + 1, dtype=np.int64), np.empty((0, 3)))
    return Network.from_delivery(Delivery(nodes, pipes, lines, Batch(""), format=""))


def test_a_closed_valve_between_two_pipes_stops_the_trace_and_says_so() -> None:
    found = trace(valve_on(None, None), "S", "subnetwork")
    assert found.pipes == ("p0",)
    assert [(stop.id, stop.reason) for stop in found.stopped_by] == [("V", StopReason.CLOSED)]
    assert set(trace(valve_on(None, None), "S", "connected").pipes) == {"p0", "p1"}


def test_a_closed_valve_on_three_pipes_isolates_only_once_its_arm_is_recorded() -> None:
    assert len(trace(valve_on(None, None, None), "S", "subnetwork").pipes) == 3
    assert trace(valve_on(None, None, None, arm=1), "S", "subnetwork").pipes == ("p0", "p2")


def test_an_abandoned_pipe_beside_a_closed_valve_does_not_count() -> None:
    assert trace(valve_on(None, None, "abandoned"), "S", "subnetwork").pipes == ("p0",)
