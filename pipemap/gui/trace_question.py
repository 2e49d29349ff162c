"""What a trace is asked with in the window, and its answers: by keys, so that it can be asked again of a changed network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.routes import Route, find_routes
from pipemap.analysis.spread import Spread, spread
from pipemap.analysis.trace import Trace
from pipemap.jobs.tracing import ask
from pipemap.model.course import nearest_spot, part_lengths, station_of
from pipemap.model.fields import Layer
from pipemap.model.lookup import Element
from pipemap.model.trace_settings import LEAK, WAYS, TraceSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.explaining import Why
    from pipemap.model.network import Network


@dataclass(frozen=True, slots=True)
class Place:
    """An element by its key, so that it is the same one after a change of the survey; ``station``: metres along a pipe."""

    layer: Layer
    fid: int
    station: float | None = None

    @classmethod
    def of(cls, network: Network, element: Element, point: tuple[float, float, float] | None = None) -> Place:
        """The place of an element of this network; of a pipe that was clicked, the ``point`` on it."""
        fids = network.node_fid if element.layer == "node" else network.pipe_fid
        station = _station(network, element.row, point) if element.layer == "pipe" and point is not None else None
        return cls(element.layer, int(fids[element.row]), station)

    @property
    def name(self) -> str:
        """As :meth:`Network.element` takes it; never ambiguous."""
        return f"{self.layer}:#{self.fid}"

    @property
    def start(self) -> str:
        """As a trace takes it for a start or an end: with the station."""
        return self.name if self.station is None else f"{self.name}@{self.station:.3f}"

    def find(self, network: Network) -> Element | None:
        """The element in this network, if it is still there."""
        fids = network.node_fid if self.layer == "node" else network.pipe_fid
        rows = np.flatnonzero(fids == self.fid)
        return Element(self.layer, int(rows[0])) if len(rows) else None

    def node(self, network: Network) -> str:
        """The node that it is or, of a pipe, the one at its nearer end."""
        found = network.element(self.name)
        if found.layer == "node":
            return self.name
        long = float(network.length[found.row])
        end = int(self.station is not None and self.station > long / 2)
        return f"node:#{network.node_fid[network.pipe_ends[found.row, end]]}"


def _station(network: Network, row: int, point: tuple[float, float, float]) -> float | None:
    """Metres from the first end; where the recorded length is not that of the course, in its proportion."""
    course = network.lines.xyz[network.lines.offsets[row] : network.lines.offsets[row + 1]]
    long = float(network.length[row])
    if len(course) < 2 or not np.isfinite(long) or not np.isfinite(course[:, :2]).all():  # noqa: PLR2004 -- two ends
        return None
    drawn = float(part_lengths(course).sum())
    share = station_of(course, nearest_spot(course, point[0], point[1])) / drawn if drawn > 0 else 0.0
    return min(max(share, 0.0), 1.0) * long


@dataclass(frozen=True, eq=False)
class Ways:
    """Several ways between two nodes, cheapest first, and which of them is shown."""

    network: Network
    starts: tuple[Element, Element]
    routes: tuple[Route, ...]
    cost: str
    chosen: int = 0

    @property
    def node_rows(self) -> NDArray[np.int64]:
        """Nodes of the way that is shown."""
        return self.routes[self.chosen].node_rows if self.routes else np.empty(0, dtype=np.int64)

    @property
    def pipe_rows(self) -> NDArray[np.int64]:
        """Pipes of the way that is shown."""
        return self.routes[self.chosen].pipe_rows if self.routes else np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Explained:
    """A trace, and why one element is in its answer or not: the way to it by rows, empty when it was not reached."""

    trace: Trace
    element: Element
    why: Why
    way_nodes: NDArray[np.int64]
    way_pipes: NDArray[np.int64]

    @property
    def node_rows(self) -> NDArray[np.int64]:
        """Nodes of the trace."""
        return self.trace.node_rows

    @property
    def pipe_rows(self) -> NDArray[np.int64]:
        """Pipes of the trace."""
        return self.trace.pipe_rows


def trace_of(result: object) -> Trace | None:
    """The trace that a result is or explains."""
    if isinstance(result, Explained):
        return result.trace
    return result if isinstance(result, Trace) else None


@dataclass(frozen=True, slots=True)
class Question:
    """All that a trace is asked with; ``type`` is a type of trace, ``ways`` or ``leak``."""

    type: str
    starts: tuple[Place, ...]
    end: Place | None = None
    barriers: tuple[Place, ...] = ()
    settings: TraceSettings = field(default_factory=TraceSettings)

    def __call__(self, network: Network) -> Trace | Ways | Spread:
        """Ask it."""
        barriers = [place.name for place in self.barriers if place.find(network) is not None]
        asked = self.settings
        if self.type == LEAK:
            names = [place.name for place in self.starts]
            return spread(network, names, through_ground=asked.through_ground, along=asked.along)
        if self.type == WAYS and self.end is not None:
            first, last = self.starts[0].node(network), self.end.node(network)
            routes = find_routes(
                network, first, last, asked.alternatives, cost=asked.cost, along_flow=asked.along_flow, barriers=barriers,
                include_not_in_use=asked.all_lifecycles,
            )  # fmt: skip
            return Ways(network, (network.element(first), network.element(last)), routes, asked.cost)
        end = self.end.start if self.end is not None else None
        return ask(network, self.type, [place.start for place in self.starts], asked, end=end, barriers=barriers)
