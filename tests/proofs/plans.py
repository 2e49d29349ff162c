"""Every claim of a shut-off plan checked by brute force on random breaks of a real model.

    python -m tests.proofs.plans benchmark.inp --breaks 1000

Each break is a pipe or a node drawn at random, some with valves that do not turn and some with trusted check valves. The plan's
claims (contained, isolated, lost, still fed, sources inside, customers) are compared with a search that knows nothing of the
planning: what is to be closed is closed, and everything is flooded from the sources, element by element.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipemap.analysis.shutoff import ShutoffPlan, plan_shutoff
from pipemap.analysis.steps import valve_key
from pipemap.analysis.valves import valves_of
from pipemap.formats import read_source
from pipemap.model.network import Network
from tests.brute_force import Walk


@dataclass
class Tally:
    """What was checked, and what was wrong."""

    breaks: int = 0
    to_close: int = 0
    tried_without: int = 0
    lost_something: int = 0
    sources_inside: int = 0
    planning_s: float = 0.0
    checking_s: float = 0.0
    wrong: list[str] = field(default_factory=list)


def with_customers(network: Network, random: np.random.Generator, count: int) -> Network:
    """Return a network with so many customers, each tied to a node or a pipe at random."""
    on_node = random.random(count) < 0.7
    node, pipe = random.integers(0, network.node_count, count), random.integers(0, network.pipe_count, count)
    table = pa.table(
        {
            "id": [f"C{number}" for number in range(count)],
            "node": pa.array(network.node_fid[node], mask=~on_node),
            "pipe": pa.array(network.pipe_fid[pipe], mask=on_node),
        }
    )
    return replace(network, customer_loader=lambda: table)


def check_breaks(network: Network, *, breaks: int, seed: int, every_valve: int = 20) -> Tally:
    """Plan for random breaks and check each; of every so many-th each valve is tried by leaving it out."""
    random, tally, walk = np.random.default_rng(seed), Tally(), Walk(network)
    usable = {"pipe": np.flatnonzero(network.in_use_pipes), "node": np.flatnonzero(network.in_use_nodes)}
    fids = {"pipe": network.pipe_fid, "node": network.node_fid}
    valves = valves_of(network)
    for place in range(breaks):
        layer = "pipe" if random.random() < 0.8 else "node"
        row = int(random.choice(usable[layer]))
        name = f"#{fids[layer][row]}"
        stuck = random.choice(len(valves), min(len(valves), int(random.integers(0, 4))), replace=False).tolist()
        begun = time.process_time()
        words = {"trust_check_valves": bool(random.random() < 0.5)}
        plan = plan_shutoff(network, **{f"{layer}s": [name]}, **words)  # type: ignore[arg-type]
        near = plan.close_valves[: int(random.integers(0, 3))].tolist()  # those that matter fail too
        if stuck or near:
            keys = [valve_key(valves, one) for one in dict.fromkeys([*stuck, *near])]
            plan = plan_shutoff(network, **{f"{layer}s": [name]}, inoperable=keys, **words)  # type: ignore[arg-type]
        tally.planning_s += time.process_time() - begun
        _check(walk, plan, tally, every_valve=place % every_valve == 0, what=f"{layer} {row}")
    return tally


def _check(walk: Walk, plan: ShutoffPlan, tally: Tally, *, every_valve: bool, what: str) -> None:
    begun = time.process_time()
    tally.wrong += [f"{what}: {claim}" for claim in walk.check(plan, every_valve=every_valve)]
    tally.checking_s += time.process_time() - begun
    tally.breaks += 1
    tally.to_close += len(plan.close_valves)
    tally.tried_without += len(plan.close_valves) if every_valve else 0
    tally.lost_something += len(plan.lost) > 0
    tally.sources_inside += len(plan.source_rows) > 0


def main(arguments: list[str]) -> int:
    """Read a model, check breaks, say what was found."""
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("model", type=Path)
    words.add_argument("--breaks", type=int, default=1000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--customers", type=int, default=10_000)
    chosen = words.parse_args(arguments)
    network = Network.from_delivery(read_source([chosen.model]))
    network = with_customers(network, np.random.default_rng(chosen.seed), chosen.customers)
    tally = check_breaks(network, breaks=chosen.breaks, seed=chosen.seed)
    sys.stdout.write(
        f"{chosen.model.name}: {network.node_count:,} nodes, {network.pipe_count:,} pipes, {len(valves_of(network)):,} valves\n"
        f"{tally.breaks:,} breaks; {tally.to_close:,} valves to close, {tally.tried_without:,} of them tried by leaving them out;"
        f" {tally.lost_something:,} plans cut off more than they contain, {tally.sources_inside:,} have a source inside\n"
        f"planning {tally.planning_s:.1f} s, checking {tally.checking_s:.1f} s (processor time)\n"
        f"{len(tally.wrong)} wrong claims\n" + "".join(f"  {one}\n" for one in tally.wrong[:20])
    )
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
