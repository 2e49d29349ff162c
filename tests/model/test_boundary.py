"""Mains cut by the survey's edge are possible sources; other open ends are not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network


def street(category: str, *, first: str | None = None) -> Network:
    """One main of four nodes along a street, 300 m long, with a side branch that ends in the middle of the town."""
    places = [(0.0, 0.0), (100.0, 100.0), (200.0, 0.0), (100.0, 60.0), (100.0, 200.0)]
    ends = [(0, 3), (3, 2), (3, 1), (1, 4)]
    nodes = pa.table(
        {
            "id": [f"{category}{number}" for number in range(5)],
            "x": [east for east, _north in places],
            "y": [north for _east, north in places],
            "kind": pa.array([first, None, None, None, None], pa.string()),
        }
    )
    pipes = pa.table(
        {
            "id": [f"p{number}" for number in range(4)],
            "from_fid": [pair[0] for pair in ends],
            "to_fid": [pair[1] for pair in ends],
            "category": [category] * 4,
        }
    )
    lines = Lines.from_lists([np.array([(*places[first], 0.0), (*places[second], 0.0)]) for first, second in ends])
    return Network.from_delivery(Delivery(nodes, pipes, lines, Batch(""), format=""))


def test_open_ends_of_a_main_at_the_edge_are_possible_sources() -> None:
    network = street("JS")
    assert network.node_ids.take(network.possible_sources) == ["JS0", "JS2", "JS4"]


def test_a_cap_at_the_edge_is_the_end_of_the_main() -> None:
    network = street("JS", first="dead_end")
    assert network.node_ids.take(network.possible_sources) == ["JS2", "JS4"]


def test_cables_and_sewers_feed_nobody() -> None:
    assert not len(street("GD").possible_sources)
    assert not len(street("WS").possible_sources)
