"""What many rules ask of a network, worked out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipemap import catalog
from pipemap.catalog.kinds import DEVICE_PIPES, NodeKind
from pipemap.model.boundary import PRESSURISED
from pipemap.model.flow import invert_levels, observed_flow

if TYPE_CHECKING:
    from pipemap.model.columns import Coded
    from pipemap.model.fields import Layer
    from pipemap.model.network import Network

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
Metres = NDArray[np.float64]

_MODEL = "axis"
_FURTHER: Mapping[Layer, tuple[str, ...]] = {
    "node": ("built", "surveyed"),
    "pipe": ("built", "surveyed", "holes", "holes_used", "voltage", "pressure"),
}
"""Fields that rules ask for and a network does not hold."""
_ENOUGH = 5_000
"""Points whose middle is that of all of them, for what is asked of it."""


@dataclass(frozen=True, eq=False)
class Facts:
    """A network under check; N nodes, P pipes.

    Attributes
    ----------
    network
        What is checked.
    today
        ISO date.
    whole
        The network of which it is a part, where only a part is checked.
    limits
        What rules tolerate where that is not what the tables say, by rule, or by rule and entry (``flat-drain/300``).
    told
        Called every now and then; may raise, to stop.
    """

    network: Network
    today: str = ""
    whole: Network | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    told: Callable[[], None] = lambda: None

    # -- pipes ------------------------------------------------------------------------------------------------------

    @cached_property
    def live(self) -> Mask:
        """bool (P): in use, and no device drawn as a link."""
        return self.network.in_use_pipes & ~self.network.pipe_kind.is_in(*DEVICE_PIPES)

    @cached_property
    def surveyed(self) -> Mask:
        """bool (P): such pipes that were surveyed and not drawn for a hydraulic model, whose levels are those of the axis."""
        return self.live & ~self.network.from_reference.is_in(_MODEL)

    @cached_property
    def gravity(self) -> Mask:
        """bool (P): surveyed drains that flow by their fall."""
        return self.live & self.network.gravity_pipes

    @cached_property
    def pressure(self) -> Mask:
        """bool (P): carry something under pressure."""
        return self.live & self.carries(*PRESSURISED) & ~self.network.gravity_pipes

    def carries(self, *what: str) -> Mask:
        """Return bool (P): pipes of categories that carry one of these."""

        def carried(code: str) -> bool:
            found = catalog.category(code)
            return found is not None and found.carries in what

        return coded_where(self.network.pipe_category, carried)

    @cached_property
    def major(self) -> NDArray[np.str_]:
        """str (P): major category."""
        return translated(self.network.pipe_category, catalog.major_of)

    @cached_property
    def depth(self) -> Metres:
        """float64 (P, 2): depth at both ends, of the reference recorded there."""
        return np.column_stack([self.network.from_depth, self.network.to_depth])

    @cached_property
    def level(self) -> Metres:
        """float64 (P, 2): level at both ends."""
        return np.column_stack([self.network.from_level, self.network.to_level])

    @cached_property
    def invert(self) -> Metres:
        """float64 (P, 2): invert level at both ends."""
        return invert_levels(self.network)

    @cached_property
    def ground(self) -> Metres:
        """float64 (P, 2): ground level at both ends."""
        found: Metres = self.network.node_xyz[self.network.pipe_ends, 2]
        return found

    @cached_property
    def plan_length(self) -> Metres:
        """float64 (P): distance of the two ends in plan; NaN where one has no place."""
        ends = self.network.node_xyz[self.network.pipe_ends][:, :, :2]
        found: Metres = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
        return found

    @cached_property
    def flow_sign(self) -> NDArray[np.int8]:
        """int8 (P): recorded flow where it can be believed, else the direction that levels or digitising give to a drain."""
        observed = observed_flow(self.network)
        return np.where(observed != 0, observed, self.network.flow.direction).astype(np.int8)

    @cached_property
    def stream(self) -> Rows:
        """int64 (P, 2): node upstream and node downstream of each pipe, by ``flow_sign``; −1 where the direction is unknown."""
        ends = self.network.pipe_ends.astype(np.int64)
        found = np.where((self.flow_sign < 0)[:, None], ends[:, ::-1], ends)
        found[self.flow_sign == 0] = -1
        return found

    def along(self, ends: Metres) -> Metres:
        """Return values of both ends (P, 2) in the order of the flow."""
        found: Metres = np.where((self.flow_sign < 0)[:, None], ends[:, ::-1], ends)
        return found

    # -- nodes ------------------------------------------------------------------------------------------------------

    @cached_property
    def degree(self) -> Rows:
        """int64 (N): how many pipes that are not removed meet there, devices drawn as links included; a self-loop counts once."""
        standing = ~self.network.pipe_lifecycle.is_in("removed", "planned")
        ends = self.network.pipe_ends
        loops = ends[:, 0] == ends[:, 1]
        counts = np.bincount(ends[standing].reshape(-1), minlength=self.network.node_count)
        return (counts - np.bincount(ends[standing & loops, 0], minlength=self.network.node_count)).astype(np.int64)

    @cached_property
    def placed(self) -> Mask:
        """bool (N): has a place."""
        found: Mask = np.asarray(np.isfinite(self.network.node_xyz[:, :2]).all(axis=1))
        return found

    @cached_property
    def middle(self) -> Metres:
        """float64 (2): the middle of the whole survey, of some thousand points of it; NaN where none has a place."""
        places = (self.whole or self.network).node_xyz[:, :2]
        some = places[:: max(1, len(places) // _ENOUGH)]
        some = some[np.isfinite(some).all(axis=1)]
        return np.median(some, axis=0) if len(some) else np.full(2, np.nan)

    @cached_property
    def standing(self) -> Mask:
        """bool (N): a point of the survey, no placeholder, in use."""
        return self.network.in_use_nodes & ~self.network.node_kind.is_in(NodeKind.PLACEHOLDER)

    @cached_property
    def node_major(self) -> NDArray[np.str_]:
        """str (N): major category."""
        return translated(self.network.node_category, catalog.major_of)

    def pairs(self, pipes: Mask) -> tuple[Rows, Rows, Rows, Rows]:
        """Return node, first pipe, second pipe, and their ends (K, 2), for every node at which exactly two of some pipes meet."""
        network = self.network
        adjacency = network.adjacency
        entries = np.flatnonzero(pipes[adjacency.edge])
        tail = adjacency.tail[entries].astype(np.int64)
        two = (np.bincount(tail, minlength=network.node_count) == 2) & (self.degree == 2)  # noqa: PLR2004
        entries = entries[two[tail]]
        first, second = entries[::2], entries[1::2]
        nodes = adjacency.tail[first].astype(np.int64)
        edge, end = adjacency.edge.astype(np.int64), adjacency.end.astype(np.int64)
        return nodes, edge[first], edge[second], np.column_stack([end[first], end[second]])

    # -- further columns ----------------------------------------------------------------------------------------------

    def column(self, layer: Layer, name: str) -> pa.Array:
        """Return any field; those that several rules ask for are read in one walk through the file."""
        if name not in _FURTHER[layer]:
            return self.network.column(layer, name)
        return (self._of_nodes if layer == "node" else self._of_pipes)[name]

    @cached_property
    def _of_nodes(self) -> dict[str, pa.Array]:
        return self.network.columns("node", _FURTHER["node"])

    @cached_property
    def _of_pipes(self) -> dict[str, pa.Array]:
        return self.network.columns("pipe", _FURTHER["pipe"])

    def numbers(self, layer: Layer, name: str) -> Metres:
        """Return a number column; NaN where unknown."""
        column = self.column(layer, name)
        found: Metres = pc.fill_null(column.cast("double"), np.nan).to_numpy(zero_copy_only=False)
        return found

    def texts(self, layer: Layer, name: str) -> NDArray[np.object_]:
        """Return a text column; blank where unknown."""
        column = self.column(layer, name)
        return np.asarray(pc.fill_null(column.cast("string"), "").to_numpy(zero_copy_only=False), dtype=np.object_)

    def is_blank(self, layer: Layer, name: str) -> Mask:
        """Return bool: nothing is recorded."""
        column = self.column(layer, name)
        if str(column.type) == "null":
            return np.ones(len(column), dtype=np.bool_)
        text = pc.fill_null(column.cast("string"), "")
        return np.asarray(pc.equal(pc.utf8_trim_whitespace(text), "").to_numpy(zero_copy_only=False), dtype=np.bool_)


def strangers(facts: Facts, first: Rows, second: Rows) -> Mask:
    """Return whether the pipes of each pair have no point in common."""
    one, two = facts.network.pipe_ends[first], facts.network.pipe_ends[second]
    found: Mask = (one != two).all(axis=1) & (one != two[:, ::-1]).all(axis=1)
    return found


def coded_where(column: Coded, holds: Callable[[str], bool]) -> Mask:
    """Return which rows hold a word of which ``holds`` is true; asked once a word."""
    return column.is_in(*(word for word in column.values if holds(word)))


def translated(column: Coded, translate: Callable[[str], str]) -> NDArray[np.str_]:
    """Return each row's word translated, blank where unknown; asked once a word."""
    words = np.array([*(translate(word) for word in column.values), ""], dtype=np.str_)
    found: NDArray[np.str_] = words[column.codes]
    return found
