"""Opening, graph and traces, with networkx and WNTR beside them in the same run: ``pytest tests/bench --benchmark-enable``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from pipemap.analysis.trace import trace
from pipemap.model.network import Network
from pipemap.store import open_survey


def water_start(network: Network) -> str:
    """A node of the water network that has neighbours: where a trace goes far."""
    row = int(network.sources[0])
    return f"node:#{network.node_fid[row]}"


def from_dictionaries(network: Network) -> nx.MultiGraph[int]:
    """The same graph as networkx itself would hold it."""
    graph: nx.MultiGraph[int] = nx.MultiGraph()
    graph.add_nodes_from(range(network.node_count))
    for row, ((first, second), metres) in enumerate(zip(network.pipe_ends.tolist(), network.weight.tolist(), strict=True)):
        graph.add_edge(first, second, row, length=metres)
    return graph


def as_wntr_graph(network: Network) -> Any:  # noqa: ANN401 -- WNTR ships no types
    """The same network as WNTR would hold it."""
    import wntr

    model = wntr.network.WaterNetworkModel()
    for row in range(network.node_count):
        model.add_junction(str(row))
    for row, (first, second) in enumerate(network.pipe_ends.tolist()):
        model.add_pipe(str(row), str(first), str(second), length=max(1.0, float(network.weight[row])))
    return model.to_graph()


def test_open_a_survey(benchmark: Any, city: Path) -> None:  # noqa: ANN401 -- the fixture has no type
    def opened() -> Network:
        with open_survey(city, read_only=True) as survey:
            return survey.network

    assert benchmark(opened).pipe_count


def test_networkx_face(benchmark: Any, network: Network) -> None:  # noqa: ANN401
    def face() -> int:
        network.__dict__.pop("graph", None)
        network.__dict__.pop("adjacency", None)
        return network.graph.number_of_edges()

    assert benchmark(face) == network.pipe_count


def test_peer_networkx_from_dictionaries(benchmark: Any, network: Network) -> None:  # noqa: ANN401
    assert benchmark.pedantic(from_dictionaries, args=(network,), rounds=3).number_of_edges() == network.pipe_count


def test_peer_wntr_graph(benchmark: Any, network: Network) -> None:  # noqa: ANN401
    if network.pipe_count > 20_000:
        pytest.skip("WNTR takes minutes for so many pipes")
    assert benchmark.pedantic(as_wntr_graph, args=(network,), rounds=1).number_of_edges() == network.pipe_count


def test_flow_direction(benchmark: Any, network: Network) -> None:  # noqa: ANN401
    def weighed() -> int:
        network.__dict__.pop("flow", None)
        return len(network.flow.direction)

    assert benchmark(weighed) == network.pipe_count


@pytest.mark.parametrize("kind", ["connected", "subnetwork", "downstream"])
def test_trace(benchmark: Any, network: Network, kind: str) -> None:  # noqa: ANN401
    start = water_start(network)
    assert len(benchmark(trace, network, start, kind).pipe_rows)


def test_peer_networkx_trace(benchmark: Any, network: Network) -> None:  # noqa: ANN401
    graph, start = from_dictionaries(network), int(network.sources[0])
    reached = benchmark(lambda: sum(1 for _ in nx.bfs_edges(graph, start)))
    assert reached + 1 == len(trace(network, water_start(network), "connected", include_not_in_use=True).node_rows)


def test_shortest_path(benchmark: Any, network: Network) -> None:  # noqa: ANN401
    start = int(network.sources[0])
    same = np.flatnonzero(network.component == network.component[start])
    end = f"node:#{network.node_fid[same[-1]]}"
    assert benchmark(trace, network, water_start(network), "shortest-path", end=end).pipe_rows is not None
