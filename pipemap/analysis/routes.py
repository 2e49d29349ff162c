"""Ways between two places: the shortest, and the next ones, by any cost.

The alternatives are Yen's (1971), each loopless, found from the branchings of those before (Lawler 1972). One Dijkstra from the
end tells how far every node is from it at least: with that as its compass, each search looks at little more than the way itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.costs import LENGTH, cost_of_pipes
from pipemap.analysis.flood import Passable, price_matrix
from pipemap.analysis.trace import TraceType, passable_for
from pipemap.errors import PipemapError
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.lookup import Element
    from pipemap.model.network import Network


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One way: nodes from start to end (one more than pipes), its cost, and its metres (unknown lengths count 0)."""

    network: Network
    node_rows: NDArray[np.int64]
    pipe_rows: NDArray[np.int64]
    cost: float

    @property
    def nodes(self) -> tuple[str, ...]:
        """Ids along the way."""
        return tuple(self.network.node_ids.take(self.node_rows))

    @property
    def pipes(self) -> tuple[str, ...]:
        """Ids along the way."""
        return tuple(self.network.pipe_ids.take(self.pipe_rows))

    @property
    def length(self) -> float:
        """Metres."""
        return float(self.network.weight[self.pipe_rows].sum())


def find_routes(  # noqa: PLR0913 -- the options of the question, each by its name
    network: Network,
    start: str,
    end: str,
    count: int = 3,
    *,
    cost: str = LENGTH,
    along_flow: bool = False,
    barriers: Collection[str] = (),
    include_not_in_use: bool = False,
    progress: Progress = SILENT,
) -> tuple[Route, ...]:
    """Find the cheapest ways from one node to another, best first; ways that differ only between parallel pipes count as two.

    Parameters
    ----------
    count
        How many at most; there may be fewer, or none.
    cost
        ``length``, ``pipes`` (each counts one), or a number field of pipes. A pipe that does not know it is not walked.
    along_flow
        Only along the flow; pipes of indeterminate direction both ways.

    Returns
    -------
    tuple of Route
        Empty when no way leads there.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        As :meth:`Network.element`.
    PipemapError
        An end is a pipe, the field holds no numbers, or a cost is negative.
    Cancelled
        ``progress`` was told to stop.
    """
    if count < 1:
        raise PipemapError(_("At least one way is to be found."))
    first, last = (_node(network, text) for text in (start, end))
    kind = TraceType.DOWNSTREAM if along_flow else TraceType.SHORTEST_PATH
    stops = [network.element(text) for text in barriers]
    passable, _walls = passable_for(network, kind, stops, include_not_in_use=include_not_in_use)
    price = cost_of_pipes(network, cost)
    known = np.isfinite(price)
    open_to = Passable(passable.node, passable.pipe & known, passable.direction).opened_at([first])
    search = _Search(network, open_to, np.where(known, price, np.inf), last)
    return tuple(_best_first(search, first, count, progress))


def _node(network: Network, text: str) -> int:
    element: Element = network.element(text)
    if element.layer == "pipe":
        raise PipemapError(
            _("“{text}” is a pipe; a way leads from node to node.").format(text=text), _("Name the node at one of its ends.")
        )
    return element.row


class _Search:
    """A* towards one end, where every step is weighed and some are forbidden."""

    def __init__(self, network: Network, passable: Passable, price: NDArray[np.float64], end: int) -> None:
        ways = passable.ways(network)
        self.network, self.end = network, end
        self._ways = ways
        self.price = price
        self._left = self._from_everywhere(end)

    def _from_everywhere(self, end: int) -> NDArray[np.float64]:
        """Cost from every node to the end, over the same ways turned round."""
        from scipy.sparse.csgraph import dijkstra

        distance: NDArray[np.float64] = dijkstra(price_matrix(self._ways, self.price, turned=True), indices=np.array([end]))[0]
        return distance

    def way(self, start: int, *, without_nodes: set[int], without_pipes: set[int]) -> tuple[float, list[int], list[int]] | None:
        """Return cost, nodes and pipes of the cheapest way, by the lowest rows among equals; None when there is none."""
        if not np.isfinite(self._left[start]):
            return None
        best = {start: 0.0}
        came: dict[int, tuple[int, int]] = {}
        done: set[int] = set()
        queue = [(float(self._left[start]), start)]
        while queue:
            _guess, node = heapq.heappop(queue)
            if node == self.end:
                return best[node], *_walked_back(came, start, node)
            if node in done:
                continue
            done.add(node)
            for other, pipe, price in self._steps(node):
                reached = best[node] + price
                if other in without_nodes or pipe in without_pipes or reached >= best.get(other, np.inf):
                    continue
                best[other], came[other] = reached, (node, pipe)
                heapq.heappush(queue, (reached + float(self._left[other]), other))
        return None

    def _steps(self, node: int) -> Iterator[tuple[int, int, float]]:
        entries = slice(self._ways.starting[node], self._ways.starting[node + 1])
        heads, pipes = self._ways.head[entries].tolist(), self._ways.pipe[entries].tolist()
        for other, pipe in zip(heads, pipes, strict=True):
            if np.isfinite(self._left[other]):
                yield other, pipe, float(self.price[pipe])


def _walked_back(came: dict[int, tuple[int, int]], start: int, end: int) -> tuple[list[int], list[int]]:
    nodes, pipes = [end], []
    while nodes[-1] != start:
        before, pipe = came[nodes[-1]]
        nodes.append(before)
        pipes.append(pipe)
    return nodes[::-1], pipes[::-1]


@dataclass(frozen=True, slots=True, order=True)
class _Candidate:
    cost: float
    pipes: tuple[int, ...]
    nodes: tuple[int, ...]
    branched_at: int


def _best_first(search: _Search, start: int, count: int, progress: Progress) -> Iterator[Route]:
    """Yen's algorithm: each next way leaves one of those before at some node and never repeats one."""
    found = search.way(start, without_nodes=set(), without_pipes=set())
    queue = [] if found is None else [_Candidate(found[0], tuple(found[2]), tuple(found[1]), 0)]
    taken: list[_Candidate] = []
    seen = {candidate.pipes for candidate in queue}
    while queue and len(taken) < count:
        best = heapq.heappop(queue)
        taken.append(best)
        yield Route(search.network, np.array(best.nodes, dtype=np.int64), np.array(best.pipes, dtype=np.int64), best.cost)
        for place in range(best.branched_at, len(best.pipes) if len(taken) < count else 0):
            progress(len(taken), count, _("Looking for other ways"))
            other = _leaving(search, taken, best, place)
            if other is not None and other.pipes not in seen:
                seen.add(other.pipes)
                heapq.heappush(queue, other)


def _leaving(search: _Search, taken: list[_Candidate], way: _Candidate, place: int) -> _Candidate | None:
    """The cheapest way that follows ``way`` up to a place and there takes a pipe that no way taken so far took."""
    head = way.pipes[:place]
    used = {other.pipes[place] for other in taken if other.pipes[:place] == head and len(other.pipes) > place}
    rest = search.way(way.nodes[place], without_nodes=set(way.nodes[:place]), without_pipes=used)
    if rest is None:
        return None
    cost, nodes, pipes = rest
    before = float(search.price[list(head)].sum())
    return _Candidate(before + cost, head + tuple(pipes), way.nodes[:place] + tuple(nodes), place)
