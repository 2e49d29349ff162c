"""What solving a problem would change: how much pipe, and how many customers, would get another answer.

Each rule has a measure of its own, worked out for all its problems at once. Where two parts of a network do not meet although
they should, it is the part that gains: the one without a source (or, of drains, without an outfall), else the smaller one. Where
a drain runs the wrong way, it is all that drains through it. Where a valve is not known, it is the zone that it would divide.
Anything else concerns the element alone: its own length, and who hangs on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.analysis.checks.upstream import upstream_sums
from pipemap.catalog.kinds import NodeKind
from pipemap.model.problem import CUSTOMER_METRES
from pipemap.texts import N_

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.checks.facts import Facts, Mask, Metres, Rows
    from pipemap.analysis.checks.registry import Found

_CONCERNS = N_("Concerns {extent}.")
_TO_SOURCE = N_("Connects {extent} with a source.")
_TO_OUTFALL = N_("Leads {extent} to an outfall.")
_JOINS = N_("Joins {extent} with the rest of the network.")
_RING = N_("Closes a way that exists elsewhere already; {extent} meet here.")
_TURNS = N_("Changes where {extent} drain to.")
_FLOW_THROUGH = N_("What drains from {extent} comes through here.")
_DEAD_END = N_("What drains from {extent} ends here, and would run on.")
_SOURCELESS = N_("Nobody knows what feeds {extent}; a plan would tell who loses supply.")
_OUTFALL_UNKNOWN = N_("Nobody knows where {extent} drain to.")
_BEYOND = N_("{extent} hang on this end, and on no source.")
_PART = N_("{extent} stand by themselves.")
_DIVIDES = N_("Divides a zone of {extent} that a break now shuts off whole.")
_SHUTS = N_("Decides whether {extent} beside it can be shut off alone.")
_TWICE = N_("Takes {extent} out of the totals, where they count twice.")
_ONE_NETWORK = N_("Parts {extent} from a network of another kind.")
_AGAIN = N_("Lets a trace go on into {extent}.")
_NOTICES = N_("Puts {extent} into the notices.")


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """What solving each of some problems would change; one entry a problem.

    ``texts`` are English sentences with ``{extent}``, ``metres`` float64, ``customers`` int64.
    """

    texts: NDArray[np.object_]
    metres: Metres
    customers: Rows

    def taken(self, chosen: Rows) -> Effects:
        """Return those of some of the problems."""
        return Effects(self.texts[chosen], self.metres[chosen], self.customers[chosen])

    @property
    def weight(self) -> Metres:
        """float64: what the problems are ranked by."""
        found: Metres = self.metres + CUSTOMER_METRES * self.customers
        return found


def _summed(places: NDArray[Any], values: Metres, count: int) -> Metres:
    """Sum rows of values (n, 2) that go to the same of so many places."""
    return np.column_stack([np.bincount(places, weights=values[:, side], minlength=count) for side in (0, 1)])


@dataclass(frozen=True, eq=False)
class Measures:
    """Sums over a network that the measures need, each worked out once."""

    facts: Facts

    def effects(self, rule: str, found: Found) -> Effects:
        """Return what solving the problems that a rule found would change."""
        if not len(found.rows):
            return _effects(_CONCERNS, np.empty(0), np.empty(0))
        return _MEASURES.get(rule, _concerned)(self, found)

    # -- what hangs on an element --------------------------------------------------------------------------------------

    @cached_property
    def pipe(self) -> Metres:
        """float64 (P, 2): metres of each pipe and customers tied to it."""
        customers = self.facts.network.customers
        tied = customers.pipe[(customers.pipe >= 0) & (customers.node < 0)]
        count = np.bincount(tied, minlength=self.facts.network.pipe_count)
        return np.column_stack([np.nan_to_num(self.facts.network.weight), count])

    @cached_property
    def node(self) -> Metres:
        """float64 (N, 2): nothing, and customers tied to each node."""
        customers = self.facts.network.customers
        count = np.bincount(customers.node[customers.node >= 0], minlength=self.facts.network.node_count)
        return np.column_stack([np.zeros(len(count)), count])

    @cached_property
    def around(self) -> Metres:
        """float64 (N, 2): metres of the pipes that meet at each node, and customers of these and of the node."""
        ends, count = self.facts.network.pipe_ends, self.facts.network.node_count
        other = self.pipe * (ends[:, 0] != ends[:, 1])[:, None]
        return self.node + _summed(ends[:, 0], self.pipe, count) + _summed(ends[:, 1], other, count)

    # -- parts of the network ------------------------------------------------------------------------------------------

    @cached_property
    def parts(self) -> Metres:
        """float64 (C, 2): metres and customers of each connected part."""
        network = self.facts.network
        count = int(network.component.max(initial=-1)) + 1
        of_pipe = network.component[network.pipe_ends[:, 0]]
        return _summed(network.component, self.node, count) + _summed(of_pipe, self.pipe, count)

    @cached_property
    def is_fed(self) -> Mask:
        """bool (C): the part has what it needs: a source or a place where supply may come in, a drain an outfall."""
        network = self.facts.network
        found = np.zeros(len(self.parts), dtype=np.bool_)
        for nodes in (network.sources, network.possible_sources, np.flatnonzero(network.is_boundary)):
            found[network.component[nodes]] = True
        ends = network.node_kind.is_in(NodeKind.OUTFALL, NodeKind.STORAGE, NodeKind.PUMP)
        found[network.component[ends]] = True
        return found

    @cached_property
    def drains(self) -> Mask:
        """bool (C): the part holds drains that flow by their fall."""
        found = np.zeros(len(self.parts), dtype=np.bool_)
        network = self.facts.network
        found[network.component[network.pipe_ends[self.facts.gravity, 0]]] = True
        return found

    def part_of(self, found: Found) -> Rows:
        """Return the connected part in which each element lies."""
        network = self.facts.network
        nodes = found.rows if found.layer == "node" else network.pipe_ends[found.rows, 0]
        return network.component[nodes].astype(np.int64)

    @cached_property
    def upstream(self) -> Metres:
        """float64 (N, 2): metres and customers that drain through each node, its own included."""
        facts = self.facts
        rows = np.flatnonzero(facts.gravity & (facts.flow_sign != 0))
        return upstream_sums(facts.stream[rows], self.pipe[rows], self.node)


Measure = Callable[[Measures, "Found"], Effects]


def _effects(text: str | NDArray[np.object_], metres: NDArray[np.floating], customers: NDArray[np.floating]) -> Effects:
    texts = text if isinstance(text, np.ndarray) else np.full(len(metres), text, dtype=np.object_)
    return Effects(texts, np.asarray(metres, dtype=np.float64), np.asarray(customers).round().astype(np.int64))


def _own(measures: Measures, found: Found) -> Metres:
    return (measures.around if found.layer == "node" else measures.pipe)[found.rows]


def _concerned(measures: Measures, found: Found) -> Effects:
    return _effects(_CONCERNS, *_own(measures, found).T)


def _joined(measures: Measures, found: Found) -> Effects:
    """Two elements that should meet: the part that gains, or what meets here where they hang together already."""
    network = measures.facts.network
    here = measures.part_of(found)
    others = np.empty(0, np.int64) if found.others is None else found.others
    beyond = network.component[others if found.other_layer == "node" else network.pipe_ends[others, 0]].astype(np.int64)
    size = measures.parts[:, 0] + CUSTOMER_METRES * measures.parts[:, 1]
    fed = measures.is_fed
    gains = np.where(
        fed[here] == fed[beyond], np.where(size[here] <= size[beyond], here, beyond), np.where(fed[here], beyond, here)
    )
    needs = fed[here] != fed[beyond]
    texts = np.full(len(here), _JOINS, dtype=np.object_)
    texts[needs] = np.where(measures.drains[gains[needs]], _TO_OUTFALL, _TO_SOURCE)
    extent = measures.parts[gains]
    same = here == beyond
    texts[same] = _RING
    extent[same] = _own(measures, found)[same]
    return _effects(texts, *extent.T)


def _through(text: str) -> Measure:
    """All that drains through the beginning of a pipe, with the pipe; through the point itself."""

    def measure(measures: Measures, found: Found) -> Effects:
        if found.layer == "node":
            return _effects(text, *measures.upstream[found.rows].T)
        start = measures.facts.stream[found.rows, 0]
        above = np.where((start >= 0)[:, None], measures.upstream[np.maximum(start, 0)], 0.0)
        return _effects(text, *(above + measures.pipe[found.rows]).T)

    return measure


def _whole(text: str, *, where_unfed: bool = False) -> Measure:
    """The connected part; with ``where_unfed`` only where nothing feeds it, else the element alone."""

    def measure(measures: Measures, found: Found) -> Effects:
        part = measures.part_of(found)
        extent, texts = measures.parts[part], np.full(len(part), text, dtype=np.object_)
        if where_unfed:
            fed = measures.is_fed[part]
            extent[fed], texts[fed] = _own(measures, found)[fed], _CONCERNS
        return _effects(texts, *extent.T)

    return measure


def _zone(measures: Measures, found: Found) -> Effects:
    """The zone in the middle of which a valve stands that isolates nothing."""
    from pipemap.analysis.segments import segments_of

    segments = segments_of(measures.facts.network)
    zone = segments.node[found.rows]
    inside = zone >= 0
    extent = np.where(inside[:, None], np.column_stack([segments.length, segments.customers])[zone * inside], 0.0)
    return _effects(_DIVIDES, *extent.T)


def _beside(measures: Measures, found: Found) -> Effects:
    """The smaller of the zones beside a valve."""
    from pipemap.analysis.segments import segments_of

    network = measures.facts.network
    segments = segments_of(network)
    extent = np.column_stack([segments.length, segments.customers])
    weight = extent[:, 0] + CUSTOMER_METRES * extent[:, 1]
    best = np.full(network.node_count, np.inf)
    zone = np.full(network.node_count, -1, dtype=np.int64)
    for end in (0, 1):
        known = np.flatnonzero(segments.pipe >= 0)
        at, which = network.pipe_ends[known, end], segments.pipe[known]
        order = np.argsort(-weight[which], kind="stable")
        at, which = at[order], which[order]  # the lightest last: that is the one that stays
        lighter = weight[which] < best[at]
        zone[at[lighter]] = which[lighter]
        best[at[lighter]] = weight[which[lighter]]
    chosen = zone[found.rows]
    return _effects(_SHUTS, *np.where((chosen >= 0)[:, None], extent[np.maximum(chosen, 0)], 0.0).T)


def _mixed(measures: Measures, found: Found) -> Effects:
    """What of the smaller of the two kinds lies in a part in which they are mixed up."""
    facts, pipes = measures.facts, found.rows
    names, major = np.unique(np.append(facts.major, facts.node_major), return_inverse=True)
    own, part = major[: len(facts.major)], facts.network.component[facts.network.pipe_ends[:, 0]].astype(np.int64)
    sums = np.zeros((len(measures.parts) * len(names), 2))
    np.add.at(sums, part * len(names) + own, measures.pipe)
    others = np.zeros(len(pipes), np.int64) if found.others is None else found.others
    sides = np.stack([sums[part[pipes] * len(names) + kind] for kind in (own[pipes], major[len(own) + others])])
    smaller = (sides @ [1.0, CUSTOMER_METRES]).argmin(axis=0)
    return _effects(_ONE_NETWORK, *sides[smaller, np.arange(len(pipes))].T)


def _again(measures: Measures, found: Found) -> Effects:
    """What lies beyond points at which every trace stops: all parts around each but the largest."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    network = measures.facts.network
    stops = np.zeros(network.node_count, dtype=np.bool_)
    stops[found.rows] = True
    ends = network.pipe_ends.astype(np.int64)
    kept = ~stops[ends].any(axis=1)
    shape = (network.node_count, network.node_count)
    matrix = csr_array((np.ones(int(kept.sum()), dtype=np.int8), (ends[kept, 0], ends[kept, 1])), shape=shape)
    part = connected_components(matrix, directed=False)[1]
    sums = np.zeros((int(part.max(initial=-1)) + 1, 2))
    np.add.at(sums, part, measures.node)
    np.add.at(sums, part[ends[kept, 0]], measures.pipe[kept])
    extent = np.zeros((len(found.rows), 2))
    for place, row in enumerate(found.rows.tolist()):
        around = np.unique(part[network.neighbour[network.indptr[row] : network.indptr[row + 1]]])
        beyond = sums[around][np.argsort(sums[around] @ [1.0, CUSTOMER_METRES])[:-1]]
        extent[place] = beyond.sum(axis=0)
    return _effects(_AGAIN, *extent.T)


def _loose(_measures: Measures, found: Found) -> Effects:
    count = np.array([int(str(value)) for value in found.values["count"]])
    return _effects(_NOTICES, np.zeros(len(found.rows)), count)


_MEASURES: dict[str, Measure] = {
    **dict.fromkeys(("near-miss", "duplicate-place", "node-on-pipe", "crossing-without-node"), _joined),
    **dict.fromkeys(("reverse-slope", "gravity-loop"), _through(_TURNS)),
    "no-way-in": lambda measures, found: _effects(_TURNS, *_own(measures, found).T),
    "no-way-out": _through(_DEAD_END),
    **dict.fromkeys(("narrower-downstream", "storm-into-sewer", "flat-drain"), _through(_FLOW_THROUGH)),
    "no-outfall": _whole(_OUTFALL_UNKNOWN),
    "no-source": _whole(_SOURCELESS),
    "island": _whole(_PART),
    "category-mismatch": _mixed,
    **dict.fromkeys(("missing-node", "dangling-end", "valve-at-end"), _whole(_BEYOND, where_unfed=True)),
    "valve-without-arm": _zone,
    "valve-without-state": _beside,
    "out-of-use-between": _again,
    "duplicate-pipe": lambda measures, found: _effects(_TWICE, *_own(measures, found).T),
    "unbound-customer": _loose,
}
