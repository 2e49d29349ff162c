"""Valve segments beside WNTR's: the same answer on all of its networks under random valve layers, and the time of both.

python -m tests.proofs.segments --layers 10
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipemap.analysis.segments import elements_by_segment, find_segments
from pipemap.analysis.valves import find_valves
from pipemap.formats import read_source
from pipemap.model.network import Network

Parts = set[frozenset[str]]
Links = Sequence[tuple[str, str, str]]
SHARES = (0.05, 0.2, 0.5, 0.8, 0.95)
"""How many of the ends of pipes have a valve, one layer after the other."""


def networks() -> list[Path]:
    """Return the models that come with WNTR."""
    import wntr

    return sorted((Path(wntr.__file__).parent / "library" / "networks").glob("*.inp"))


@dataclass(frozen=True)
class Layered:
    """A model with a valve layer, for both programs."""

    network: Network
    links: Links
    layer: list[tuple[str, str]]

    @classmethod
    def of(cls, network: Network, share: float, random: np.random.Generator) -> Layered:
        """Draw a layer; a valve that the model draws as a link is for WNTR a link with valves at both ends."""
        names = list(network.node_ids)
        links = [
            (id_, names[first], names[second])
            for id_, (first, second) in zip(network.pipe_ids, network.pipe_ends.tolist(), strict=True)
        ]
        own: list[tuple[str, str]] = []
        drawn: list[tuple[str, str]] = []
        for row, (link, *pair) in enumerate(links):
            if network.is_valve_pipe[row]:
                own += [(link, node) for node in pair]
            elif pair[0] != pair[1]:  # of a pipe that returns to its node WNTR knows only one end
                drawn += [(link, node) for node in pair if random.random() < share]
        layered = replace(network, valve_layer=tuple((-1, link, node) for link, node in drawn))
        return cls(layered, links, drawn + own)

    def ours(self) -> tuple[Parts, float]:
        """Return our segments, and the best processor time of several."""
        best = np.inf
        valves = find_valves(self.network)  # WNTR is given its graph and its layer, too
        for _time in range(7):
            begun = time.process_time()
            segments = find_segments(valves)
            best = min(best, time.process_time() - begun)
        names, links = self.network.node_ids, self.network.pipe_ids
        nodes, pipes, _valves = elements_by_segment(segments)
        return {
            frozenset([f"N_{names[one]}" for one in some.tolist()] + [f"L_{links[one]}" for one in other.tolist()])
            for some, other in zip(nodes, pipes, strict=True)
        }, best

    def wntrs(self) -> tuple[Parts, float]:
        """Return WNTR's segments, and its processor time."""
        return wntr_parts(list(self.network.node_ids), self.links, self.layer)


def wntr_parts(nodes: Sequence[str], links: Links, layer: Sequence[tuple[str, str]]) -> tuple[Parts, float]:
    """Return the segments as WNTR finds them, and the processor time that it took."""
    import networkx as nx
    from pandas import DataFrame  # type: ignore[import-untyped]  # comes with WNTR
    from wntr.metrics.topographic import valve_segments

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_nodes_from(nodes)
    for link, first, second in links:
        graph.add_edge(first, second, key=link)
    rows = DataFrame(sorted(set(layer)), columns=["link", "node"])
    begun = time.process_time()
    node_segments, link_segments, _sizes = valve_segments(graph, rows)
    took = time.process_time() - begun
    found: dict[int, set[str]] = {}
    for mark, segments in (("N_", node_segments), ("L_", link_segments)):
        for id_, number in segments.items():
            found.setdefault(int(number), set()).add(f"{mark}{id_}")
    return {frozenset(some) for some in found.values()}, took


def main(arguments: list[str]) -> int:
    """Compare on every network, and say how often both agreed and how long each took."""
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("--layers", type=int, default=len(SHARES))
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", default="", help="a network's name")
    chosen = words.parse_args(arguments)
    random, unlike = np.random.default_rng(chosen.seed), 0
    for path in networks():
        if chosen.only and path.stem != chosen.only:
            continue
        network = Network.from_delivery(read_source([path]))
        for place in range(chosen.layers):
            share = SHARES[place % len(SHARES)]
            drawn = Layered.of(network, share, random)
            (mine, ours), (theirs, wntrs) = drawn.ours(), drawn.wntrs()
            unlike += mine != theirs
            told = "equal" if mine == theirs else "UNLIKE"
            sys.stdout.write(
                f"{path.stem}: {network.pipe_count:,} links, {len(drawn.layer):,} valves, {len(theirs):,} segments: {told};"
                f" ours {ours * 1000:.2f} ms, WNTR {wntrs:.2f} s, {wntrs / ours:,.0f} times\n"
            )
            sys.stdout.flush()
    sys.stdout.write(f"{unlike} unlike\n")
    return 1 if unlike else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
