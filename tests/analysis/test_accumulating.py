"""What gathers along the flow, against a flood from every element by itself."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.analysis import accumulating
from pipemap.analysis.accumulating import accumulate
from pipemap.analysis.trace import trace
from pipemap.catalog.kinds import PipeKind
from pipemap.errors import PipemapError
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network
from tests.networks import networks


def one_way(*pipes: tuple[str, str, float]) -> Network:
    """Pipes that pass flow from their first node to their second only."""
    names = sorted({name for pipe in pipes for name in pipe[:2]})
    links = pa.table(
        {
            "id": [f"P{number}" for number in range(1, len(pipes) + 1)],
            "from_fid": pa.array([names.index(pipe[0]) for pipe in pipes], pa.int64()),
            "to_fid": pa.array([names.index(pipe[1]) for pipe in pipes], pa.int64()),
            "kind": [PipeKind.CHECK_VALVE] * len(pipes),
            "length": [pipe[2] for pipe in pipes],
        }
    )
    lines = Lines(np.zeros(len(pipes) + 1, dtype=np.int64), np.empty((0, 3)))
    return Network.from_delivery(Delivery(pa.table({"id": names}), links, lines, Batch(""), format=""))


def one_by_one(network: Network, start: int) -> np.ndarray:
    """Pipes upstream of a node, as a trace from there finds them."""
    return trace(network, f"node:#{network.node_fid[start]}", "upstream").pipe_rows


@settings(max_examples=50)
@given(networks(), st.sampled_from(["upstream", "downstream"]), st.booleans())
def test_every_node_gathers_what_a_trace_from_it_finds(network: Network, kind: str, in_small_steps: bool) -> None:  # noqa: FBT001
    if not network.in_use_nodes.all() or len(network.closed_nodes.nonzero()[0]):
        return  # a trace that starts on what is closed answers for both of its sides; one that comes to it does not
    found = trace(network, "n0", kind)
    with pytest.MonkeyPatch.context() as patch:
        if in_small_steps:
            patch.setattr(accumulating, "_AT_ONCE", 3)
            patch.setattr(accumulating, "_BLOCK", 2)
        gathered = accumulate(found, "length")
    for row, (sum_, least, most, count) in zip(gathered.node_rows.tolist(), gathered.nodes.tolist(), strict=True):
        lengths = network.length[one_by_one(network, row)]
        assert count == len(lengths)
        assert sum_ == pytest.approx(float(lengths.sum()))
        if count:
            assert (least, most) == (lengths.min(), lengths.max())
        else:
            assert np.isnan([least, most]).all()


def test_branches_that_join_again_count_once() -> None:
    network = one_way(("A", "B", 10.0), ("B", "C", 20.0), ("B", "D", 30.0), ("C", "E", 1.0), ("D", "E", 2.0))
    found = trace(network, "E", "upstream")
    gathered = accumulate(found, "length")
    at = dict(zip(found.nodes, gathered.nodes[:, 0].tolist(), strict=True))
    assert at == {"E": 63.0, "C": 30.0, "D": 40.0, "B": 10.0, "A": 0.0}
    pipes = dict(zip(found.pipes, gathered.pipes[:, 0].tolist(), strict=True))
    assert pipes == {"P4": 31.0, "P5": 42.0, "P2": 30.0, "P3": 40.0, "P1": 10.0}


def test_what_follows_no_flow_gathers_nothing() -> None:
    network = Network.from_pipes(("P1", "A", "B", 10.0))
    with pytest.raises(PipemapError, match="flow"):
        accumulate(trace(network, "A", "connected"), "length")
