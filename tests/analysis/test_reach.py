"""How far a limited trace goes: by steps near by, and by a matrix where it reaches far; both must say the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.analysis import reach
from pipemap.analysis.trace import trace
from pipemap.model.network import Network
from tests.networks import networks


@settings(max_examples=40)
@given(networks(), st.integers(0, 30).map(lambda whole: whole + 0.5), st.sampled_from(["connected", "upstream", "downstream"]))
def test_near_and_far_searches_agree(network: Network, limit: float, kind: str) -> None:
    near = trace(network, "n0", kind, limit=limit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reach, "_AT_HAND", 0)
        far = trace(network, "n0", kind, limit=limit)
    assert near.nodes == far.nodes
    assert near.pipes == far.pipes
    assert near.spent == pytest.approx(far.spent, abs=1e-6)


@settings(max_examples=40)
@given(networks(), st.sampled_from(["connected", "upstream", "downstream"]))
def test_a_limit_that_nothing_meets_finds_what_no_limit_finds(network: Network, kind: str) -> None:
    limited, free = trace(network, "n0", kind, limit=1e9), trace(network, "n0", kind)
    assert set(limited.pipes) == set(free.pipes)
    assert set(limited.nodes) == set(free.nodes)
    assert {stop.element for stop in limited.stopped_by} == {stop.element for stop in free.stopped_by}


@settings(max_examples=40)
@given(networks(), st.floats(0, 20))
def test_every_node_lies_as_far_as_relaxing_every_pipe_says(network: Network, limit: float) -> None:
    found = trace(network, "n0", limit=limit)
    far = np.full(network.node_count, np.inf)
    far[0] = 0.0
    passable = found.passable.opened_at([0])
    for _round in range(network.node_count):
        for pipe, (one, other) in enumerate(network.pipe_ends.tolist()):
            for tail, head in ((one, other), (other, one)):
                if passable.pipe[pipe] and passable.node[tail]:
                    far[head] = min(far[head], far[tail] + float(network.weight[pipe]))
    assert set(found.node_rows.tolist()) == set(np.flatnonzero(far <= limit + 1e-6).tolist())
    assert found.spent == pytest.approx(far[found.node_rows], abs=1e-6)
