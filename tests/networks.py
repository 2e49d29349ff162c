"""Networks for property tests: small, with loops, parallel pipes, islands, devices and closed ends."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network

NODE_KINDS = (None, None, None, NodeKind.ISOLATION_VALVE, NodeKind.RESERVOIR, NodeKind.BOUNDARY, NodeKind.OUTFALL)
PIPE_KINDS = (None, None, None, None, PipeKind.CHECK_VALVE, PipeKind.VALVE, PipeKind.PUMP)
STATES = (None, None, None, "closed", "open")
LIFECYCLES = (None, None, None, None, None, "abandoned")


@st.composite
def networks(draw: st.DrawFn, *, most_nodes: int = 9, most_pipes: int = 14) -> Network:
    """Draw any multigraph, with devices, closed ends and pipes out of use."""
    count = draw(st.integers(1, most_nodes))
    row = st.integers(0, count - 1)
    pipes = draw(st.lists(st.tuples(row, row), max_size=most_pipes))

    def column(options: tuple[object, ...], size: int) -> list[object]:
        return draw(st.lists(st.sampled_from(options), min_size=size, max_size=size))

    nodes = pa.table(
        {
            "id": [f"n{number}" for number in range(count)],
            "kind": pa.array(column(NODE_KINDS, count), pa.string()),
            "state": pa.array(column(STATES, count), pa.string()),
            "lifecycle": pa.array(column(LIFECYCLES, count), pa.string()),
        }
    )
    size = len(pipes)
    links = pa.table(
        {
            "id": pa.array([f"p{number}" for number in range(size)], pa.string()),
            "from_fid": pa.array([pipe[0] for pipe in pipes], pa.int64()),
            "to_fid": pa.array([pipe[1] for pipe in pipes], pa.int64()),
            "category": pa.array(column(("JS", "YS", None), size), pa.string()),
            "kind": pa.array(column(PIPE_KINDS, size), pa.string()),
            "state": pa.array(column(STATES, size), pa.string()),
            "lifecycle": pa.array(column(LIFECYCLES, size), pa.string()),
            "flow": pa.array(column(("+", "-", None), size), pa.string()),
            "length": pa.array(draw(st.lists(st.integers(0, 9), min_size=size, max_size=size)), pa.float64()),
        }
    )
    lines = Lines(np.zeros(size + 1, dtype=np.int64), np.empty((0, 3)))
    return Network.from_delivery(Delivery(nodes, links, lines, Batch("drawn"), format="drawn"))
