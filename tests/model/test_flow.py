"""Flow direction: what counts as evidence, what outweighs what, and what stays indeterminate."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.model.bridges import find_bridges
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.flow import Evidence
from pipemap.model.network import Network
from tests.networks import networks


def gravity(
    pipes: list[tuple[str, str, str, float, float]], *, flow: list[str | None] | None = None, kinds: dict[str, str] | None = None
) -> Network:
    """Sewers as (id, from, to, invert there, invert here)."""
    names = list(dict.fromkeys(name for pipe in pipes for name in pipe[1:3]))
    nodes = pa.table({"id": names, "kind": pa.array([(kinds or {}).get(name) for name in names], pa.string())})
    links = pa.table(
        {
            "id": [pipe[0] for pipe in pipes],
            "from_fid": [names.index(pipe[1]) for pipe in pipes],
            "to_fid": [names.index(pipe[2]) for pipe in pipes],
            "category": ["WS"] * len(pipes),
            "from_level": [pipe[3] for pipe in pipes],
            "to_level": [pipe[4] for pipe in pipes],
            "from_reference": ["invert"] * len(pipes),
            "to_reference": ["invert"] * len(pipes),
            "flow": pa.array(flow or [None] * len(pipes), pa.string()),
        }
    )
    lines = Lines(np.zeros(len(pipes) + 1, dtype=np.int64), np.empty((0, 3)))
    return Network.from_delivery(Delivery(nodes, links, lines, Batch(""), format=""))


def evidence(network: Network, pipe: str) -> tuple[int, Evidence]:
    row = network.element(f"pipe:{pipe}").row
    return int(network.flow.direction[row]), Evidence(network.flow.evidence[row])


def test_a_sewer_falls_whichever_way_it_was_drawn() -> None:
    network = gravity([("a", "1", "2", 10.0, 9.0), ("b", "3", "2", 8.0, 9.0)])
    assert evidence(network, "a") == (1, Evidence.LEVELS)
    assert evidence(network, "b") == (-1, Evidence.LEVELS)


def test_a_flat_sewer_follows_its_digitising() -> None:
    assert evidence(gravity([("a", "1", "2", 10.0, 10.0)]), "a") == (1, Evidence.DIGITISED)


def test_recorded_flow_outweighs_levels_and_the_conflict_is_listed() -> None:
    network = gravity([("a", "1", "2", 9.0, 10.0), ("b", "3", "2", 8.0, 9.0)], flow=["+", "-"])
    assert evidence(network, "a") == (1, Evidence.OBSERVED)
    assert network.flow.conflicts.tolist() == [0]


def test_a_flow_column_with_one_value_throughout_says_nothing() -> None:
    network = gravity([("a", "1", "2", 9.0, 10.0), ("b", "3", "2", 9.5, 9.0)], flow=["+", "+"])
    assert evidence(network, "a") == (-1, Evidence.LEVELS)


def test_the_only_way_to_an_outfall_outweighs_levels() -> None:
    network = gravity([("a", "1", "2", 9.0, 10.0)], kinds={"2": NodeKind.OUTFALL})
    assert evidence(network, "a") == (1, Evidence.ONLY_WAY)
    assert network.flow.conflicts.tolist() == [0]


def test_outside_tops_are_brought_to_inverts_before_they_are_compared() -> None:
    nodes = pa.table({"id": ["1", "2"]})
    links = pa.table(
        {
            "id": ["a"],
            "from_fid": [0],
            "to_fid": [1],
            "category": ["YS"],
            "diameter_mm": [500.0],
            "from_level": [10.4],
            "from_reference": ["outside_top"],
            "to_level": [10.0],
            "to_reference": ["invert"],
        }
    )
    network = Network.from_delivery(Delivery(nodes, links, Lines(np.zeros(2, dtype=np.int64), np.empty((0, 3))), Batch(""), ""))
    assert evidence(network, "a") == (-1, Evidence.LEVELS)


def test_a_tree_that_hangs_from_a_loop_is_determinate_and_the_loop_is_not() -> None:
    network = Network.from_pipes(
        ("in", "S", "a", 1.0),
        ("l", "a", "b", 1.0),
        ("r", "b", "a", 1.0),
        ("out", "c", "b", 1.0),
        kinds={"S": NodeKind.RESERVOIR},
    )
    assert evidence(network, "in") == (1, Evidence.ONLY_WAY)
    assert evidence(network, "out") == (-1, Evidence.ONLY_WAY)
    assert evidence(network, "l") == (0, Evidence.NONE)
    assert evidence(network, "r") == (0, Evidence.NONE)


def test_a_pipe_between_two_sources_is_indeterminate() -> None:
    kinds = {"S": NodeKind.RESERVOIR, "T": NodeKind.TANK}
    network = Network.from_pipes(("a", "S", "m", 1.0), ("b", "m", "T", 1.0), kinds=kinds)
    assert evidence(network, "a") == (0, Evidence.NONE)


def test_a_boundary_point_makes_the_other_way_unsure() -> None:
    kinds = {"S": NodeKind.RESERVOIR, "B": NodeKind.BOUNDARY}
    network = Network.from_pipes(("a", "S", "m", 1.0), ("b", "m", "B", 1.0), ("c", "m", "d", 1.0), kinds=kinds)
    assert evidence(network, "a") == (0, Evidence.NONE)
    assert evidence(network, "c") == (1, Evidence.ONLY_WAY)
    alone = Network.from_pipes(("c", "B", "d", 1.0), kinds={"B": NodeKind.BOUNDARY})
    assert evidence(alone, "c") == (1, Evidence.ONLY_WAY_POSSIBLE)


@pytest.mark.parametrize("kind", [PipeKind.PUMP, PipeKind.CHECK_VALVE, PipeKind.PRV])
def test_one_way_devices_pass_flow_from_first_to_second_node(kind: PipeKind) -> None:
    nodes = pa.table({"id": ["1", "2"]})
    links = pa.table({"id": ["a"], "from_fid": [0], "to_fid": [1], "kind": [str(kind)]})
    network = Network.from_delivery(Delivery(nodes, links, Lines(np.zeros(2, dtype=np.int64), np.empty((0, 3))), Batch(""), ""))
    assert evidence(network, "a") == (1, Evidence.DEVICE)


@given(networks())
def test_bridges_are_those_that_networkx_finds(network: Network) -> None:
    found = find_bridges(network.node_count, network.pipe_ends, np.ones(network.pipe_count, dtype=np.bool_))
    wanted = set()
    for row in range(network.pipe_count):
        graph: nx.MultiGraph[int] = nx.MultiGraph(network.graph)
        first, second = network.pipe_ends[row].tolist()
        graph.remove_edge(first, second, row)
        if not nx.has_path(graph, first, second):
            wanted.add(row)
            ones = np.ones(network.node_count, dtype=np.int64)
            sides = [len(nx.node_connected_component(graph, end)) for end in (first, second)]
            assert found.sides(ones)[row].tolist() == sides
    assert set(np.flatnonzero(found.is_bridge).tolist()) == wanted
