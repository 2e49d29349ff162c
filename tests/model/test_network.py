"""The network in memory, its networkx face, and lookups by printed id."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipemap.catalog.kinds import NodeKind
from pipemap.errors import AmbiguousElementError, UnknownElementError
from pipemap.model.delivery import Lines
from pipemap.model.network import Network, lengths_3d
from tests.networks import networks


def test_parallel_pipes_and_self_loops_are_all_there() -> None:
    network = Network.from_pipes(("a", "1", "2", 5.0), ("b", "2", "1", 3.0), ("c", "2", "2", 1.0))
    assert network.graph.number_of_edges() == 3
    assert sorted(network.graph.edges(keys=True)) == [(0, 1, 0), (0, 1, 1), (1, 1, 2)]
    assert network.adjacency.degree.tolist() == [2, 3]
    assert network.simple_graph[0][1] == {"length": 3.0, "pipe": 1}


def test_the_graph_is_frozen_and_accepts_numpy_rows() -> None:
    graph = Network.from_pipes(("a", "1", "2", 5.0)).graph
    assert np.int64(1) in graph
    assert nx.is_frozen(graph)
    with pytest.raises(nx.NetworkXError):
        graph.add_edge(0, 1)


@given(networks())
def test_the_graph_equals_one_built_from_dictionaries(network: Network) -> None:
    plain: nx.MultiGraph[int] = nx.MultiGraph()
    plain.add_nodes_from(range(network.node_count))
    for row, (first, second) in enumerate(network.pipe_ends.tolist()):
        plain.add_edge(first, second, key=row, length=float(network.weight[row]))
    assert nx.utils.graphs_equal(nx.MultiGraph(network.graph), plain) or dict(plain.degree()) == dict(network.graph.degree())
    assert sorted(map(sorted, nx.connected_components(network.graph))) == sorted(map(sorted, nx.connected_components(plain)))
    assert network.graph.size() == plain.size()
    assert (
        network.graph.subgraph(range(network.node_count // 2)).number_of_edges()
        == plain.subgraph(range(network.node_count // 2)).number_of_edges()
    )


@given(networks())
def test_every_pipe_is_an_arc_along_its_flow_and_indeterminate_ones_go_both_ways(network: Network) -> None:
    wanted = set()
    for row, (first, second) in enumerate(network.pipe_ends.tolist()):
        direction = network.flow.direction[row]
        wanted |= {(first, second, row)} if direction >= 0 or first == second else set()
        wanted |= {(second, first, row)} if direction <= 0 else set()
    assert sorted(network.flow_graph.edges(keys=True)) == sorted(wanted)
    backwards = network.flow_graph.reverse(copy=False).edges(keys=True)
    assert sorted((head, tail, key) for tail, head, key in backwards) == sorted(wanted)


def test_lengths_are_three_dimensional_and_flat_where_a_level_is_unknown() -> None:
    lines = Lines.from_lists([np.array([[0, 0, 0], [3, 0, 4.0]]), np.empty((0, 3)), np.array([[0, 0, np.nan], [3, 4, 1.0]])])
    assert lengths_3d(lines)[[0, 2]].tolist() == [5.0, 5.0]
    assert np.isnan(lengths_3d(lines)[1])


def test_an_absurd_coordinate_spoils_only_its_own_pipe() -> None:
    lines = Lines.from_lists([np.array([[0, 0, 0], [1e308, 0, 0], [-1e308, 0, 0]]), np.array([[0, 0, 0], [3, 4, 0.0]])])
    assert lengths_3d(lines)[1] == 5.0


def test_an_unknown_id_names_its_neighbours() -> None:
    network = Network.from_pipes(("JS7-JS8", "JS7", "JS8", 1.0))
    with pytest.raises(UnknownElementError, match="JS7"):
        network.element("JS77")


def test_a_misread_character_is_the_first_guess() -> None:
    network = Network.from_pipes(("a", "YS12", "YS102", 1.0), ("b", "YS102", "YS2", 1.0))
    with pytest.raises(UnknownElementError) as caught:
        network.element("ys1O2".upper())
    assert caught.value.similar[0] == "YS102"


def test_an_id_shared_by_node_and_pipe_is_chosen_by_its_prefix() -> None:
    network = Network.from_pipes(("7", "7", "8", 1.0))
    with pytest.raises(AmbiguousElementError, match="node:7, pipe:7"):
        network.element("7")
    assert network.element("pipe:7").layer == "pipe"
    assert network.element("node:#1").row == 1


@given(st.text(max_size=12))
def test_any_text_is_an_element_or_a_clear_error(text: str) -> None:
    network = Network.from_pipes(("p", "a", "b", 1.0), ("node:q", "b", "c", 1.0))
    try:
        element = network.element(text)
    except (UnknownElementError, AmbiguousElementError):
        return
    assert network.element_id(element) in text or "#" in text


def test_only_regulators_that_nothing_else_feeds_are_sources() -> None:
    fed = Network.from_pipes(("a", "plant", "box", 1.0), kinds={"plant": NodeKind.SOURCE, "box": NodeKind.REGULATOR})
    assert fed.node_ids.take(fed.sources) == ["plant"]
    alone = Network.from_pipes(("a", "box", "house", 1.0), kinds={"box": NodeKind.REGULATOR})
    assert alone.node_ids.take(alone.sources) == ["box"]
