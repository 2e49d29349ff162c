"""The proof of plans in small: a made water network with valves of every origin; the full run goes through a real model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from pipemap.analysis.shutoff import plan_shutoff
from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network
from tests.brute_force import Walk
from tests.proofs.plans import check_breaks, with_customers


def grid(seed: int, side: int = 12) -> Network:
    """Streets in a grid, some left out, with pumps, check valves, closed pipes, and valves as nodes, as links and as rows."""
    random = np.random.default_rng(seed)
    corners = side * side
    pairs = [(row, row + 1) for row in range(corners) if (row + 1) % side] + [(row, row + side) for row in range(corners - side)]
    pairs = [pair for pair in pairs if random.random() < 0.85]
    ends: list[tuple[int, int]] = []
    kinds: list[str | None] = [None] * corners
    for first, second in pairs:
        if random.random() < 0.5:  # a valve in the middle
            kinds.append(NodeKind.ISOLATION_VALVE)
            ends += [(first, len(kinds) - 1), (len(kinds) - 1, second)]
        else:
            ends.append((first, second))
    for row in random.choice(corners, 3, replace=False).tolist():
        kinds[row] = NodeKind.RESERVOIR
    count = len(ends)
    words = [PipeKind.VALVE, PipeKind.CHECK_VALVE, PipeKind.PUMP, PipeKind.PRV, None]
    link_kinds = [words[one] for one in random.choice(5, count, p=(0.1, 0.02, 0.01, 0.01, 0.86))]
    some = (None, "open", "closed")
    nodes = pa.table(
        {
            "id": [f"n{row}" for row in range(len(kinds))],
            "kind": pa.array(kinds, pa.string()),
            "state": pa.array([some[one] for one in random.choice(3, len(kinds), p=(0.3, 0.6, 0.1))], pa.string()),
            "operable": pa.array(["no" if random.random() < 0.05 else None for _row in kinds], pa.string()),
        }
    )
    pipes = pa.table(
        {
            "id": [f"p{row}" for row in range(count)],
            "from_fid": pa.array([pair[0] for pair in ends], pa.int64()),
            "to_fid": pa.array([pair[1] for pair in ends], pa.int64()),
            "category": ["JS"] * count,
            "kind": pa.array(link_kinds, pa.string()),
            "state": pa.array([some[one] for one in random.choice(3, count, p=(0.5, 0.46, 0.04))], pa.string()),
            "length": pa.array(random.uniform(5, 90, count)),
        }
    )
    lines = Lines(np.zeros(count + 1, dtype=np.int64), np.empty((0, 3)))
    network = Network.from_delivery(Delivery(nodes, pipes, lines, Batch("grid"), format="made"))
    rows = [
        (-1, f"p{pipe}", f"n{node}")  # where a valve was surveyed already, none is listed besides
        for pipe in range(count)
        for node in ends[pipe]
        if kinds[node] != NodeKind.ISOLATION_VALVE and random.random() < 0.1
    ]
    return replace(network, valve_layer=tuple(rows))


@pytest.mark.parametrize("seed", [1, 2])
def test_every_claim_of_every_plan_holds_when_what_is_closed_is_closed(seed: int) -> None:
    network = with_customers(grid(seed), np.random.default_rng(seed), 300)
    tally = check_breaks(network, breaks=60, seed=seed, every_valve=6)
    assert not tally.wrong
    assert tally.breaks == 60
    assert tally.to_close > 60
    assert tally.tried_without
    assert tally.lost_something


def test_the_proof_finds_a_plan_that_is_wrong() -> None:
    network = grid(1)
    walk = Walk(network)
    plan = next(
        plan
        for row in range(network.pipe_count)
        if (plan := plan_shutoff(network, pipes=[f"#{row}"])).supply_known and len(plan.close_valves) > 1 and len(plan.lost)
    )
    assert not walk.check(plan, every_valve=True)
    assert "isolated" in walk.check(replace(plan, close_valves=plan.close_valves[1:]))
    nothing = replace(plan.lost, node_rows=plan.lost.node_rows[:0], pipe_rows=plan.lost.pipe_rows[:0])
    assert "lost" in walk.check(replace(plan, lost=nothing))
