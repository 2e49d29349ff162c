"""A point on a pipe as start or end: it never changes what is reached, only what counts of the pipe that is cut."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.analysis.flood import Passable
from pipemap.analysis.trace import trace
from pipemap.errors import PipemapError
from pipemap.model.network import Network
from tests.networks import networks


def line() -> Network:
    return Network.from_pipes(("P1", "A", "B", 30.0), ("P2", "B", "C", 20.0), ("P3", "A", "C", 100.0))


def test_a_shortest_path_is_measured_from_the_point() -> None:
    found = trace(line(), "P1@25", "shortest-path", end="P2@4")
    assert found.pipes == ("P1", "P2")
    assert found.nodes == ("B",)
    assert found.length == pytest.approx(5 + 4)


def test_two_points_on_one_pipe_are_joined_along_it_unless_round_it_is_shorter() -> None:
    found = trace(line(), "P3@10", "shortest-path", end="P3@30")
    assert (found.pipes, found.nodes) == (("P3",), ())
    assert found.length == pytest.approx(20.0)
    assert found.note == ""
    round_ = trace(line(), "P3@0", "shortest-path", end="P3@100")
    assert round_.length == pytest.approx(50.0)
    assert set(round_.pipes) == {"P1", "P2", "P3"}


def test_the_end_of_a_limit_is_measured_from_the_point() -> None:
    assert trace(line(), "P1@25", limit=4.0).pipes == ("P1",)
    assert set(trace(line(), "P1@25", limit=6.0).pipes) == {"P1", "P2"}


@pytest.mark.parametrize("text", ["P1@31", "P1@-1", "P1@x", "P1@nan", "A@3"])
def test_what_is_no_station_is_told(text: str) -> None:
    with pytest.raises(PipemapError):
        trace(line(), text)


@settings(max_examples=40)
@given(networks(), st.data())
def test_where_on_the_pipe_changes_only_the_piece_that_is_cut(network: Network, data: st.DataObject) -> None:
    if not network.pipe_count:
        return
    row = data.draw(st.integers(0, network.pipe_count - 1))
    station = data.draw(st.floats(0, float(network.length[row])))
    name = f"pipe:#{network.pipe_fid[row]}"
    for kind in ("connected", "upstream", "downstream", "subnetwork"):
        whole, cut = trace(network, name, kind), trace(network, f"{name}@{station!r}", kind)
        assert np.array_equal(whole.pipe_rows, cut.pipe_rows)
        assert np.array_equal(whole.node_rows, cut.node_rows)
    ahead = int(network.flow.direction[row])
    if ahead:
        down, up = (trace(network, f"{name}@{station!r}", kind) for kind in ("downstream", "upstream"))
        both = down.parts[row] + up.parts[row]
        assert both == pytest.approx(float(network.length[row]))


def open_graph(network: Network, passable: Passable) -> nx.MultiDiGraph[int]:
    """Every step that a way may take, with its metres."""
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_nodes_from(range(network.node_count))
    for pipe, (one, other) in enumerate(network.pipe_ends.tolist()):
        for tail, head in ((one, other), (other, one)):
            if passable.pipe[pipe] and passable.node[tail]:
                graph.add_edge(tail, head, weight=float(network.weight[pipe]))
    return graph


@settings(max_examples=40)
@given(networks(), st.data())
def test_a_way_from_point_to_point_is_as_short_as_networkx_says(network: Network, data: st.DataObject) -> None:
    if not network.pipe_count:
        return
    rows = [data.draw(st.integers(0, network.pipe_count - 1)) for _ in range(2)]
    at = [data.draw(st.floats(0, float(network.length[row]))) for row in rows]
    names = [f"pipe:#{network.pipe_fid[row]}@{station!r}" for row, station in zip(rows, at, strict=True)]
    found = trace(network, names[0], "shortest-path", end=names[1])
    graph = open_graph(network, found.passable)
    sides = [
        list(zip(network.pipe_ends[row].tolist(), (station, float(network.length[row]) - station), strict=True))
        for row, station in zip(rows, at, strict=True)
    ]
    ways = [
        far + nx.shortest_path_length(graph, one, other, weight="weight") + rest
        for (one, far), (other, rest) in itertools.product(*sides)
        if nx.has_path(graph, one, other)
    ]
    best = min([*ways, abs(at[0] - at[1])] if rows[0] == rows[1] else ways, default=None)
    assert found.note.startswith("No way") == (best is None)
    if best is not None:
        assert found.length == pytest.approx(best, abs=1e-6)
