"""The ground that drains to a place: what lies near the pipes and inlets upstream of it, as an outline with an area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.trace import TraceType
from pipemap.catalog.kinds import NodeKind
from pipemap.errors import PipemapError
from pipemap.model.release import lines_of
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry as Area

    from pipemap.analysis.trace import Trace
    from pipemap.model.network import Network

REACH = 30.0
"""Metres on either side of a drain, and around an inlet, from which water is taken to run to it: half a block. Our own figure."""
FARTHEST = 10_000.0
_AT_ONCE = 20_000
_ROUNDNESS = 4


@dataclass(frozen=True, eq=False)
class Catchment:
    """An outline around what lies upstream.

    Attributes
    ----------
    reach
        Metres around each pipe and inlet.
    area
        One polygon, or several where parts lie apart, without holes; empty where nothing upstream has a place.
    pipes, inlets
        int64: rows of what it was drawn around.
    """

    trace: Trace
    reach: float
    area: Area
    pipes: NDArray[np.int64]
    inlets: NDArray[np.int64]

    @property
    def square_metres(self) -> float:
        """Its area."""
        return float(self.area.area)

    @property
    def wkt(self) -> str:
        """As well-known text, east before north, to the centimetre."""
        import shapely

        return str(shapely.to_wkt(self.area, rounding_precision=2))

    @property
    def outlines(self) -> list[NDArray[np.float64]]:
        """Corners (k, 2) of each part, the first again at the end."""
        import shapely

        return [shapely.get_coordinates(part.exterior) for part in shapely.get_parts(self.area).tolist() if not part.is_empty]


def catchment(trace: Trace, reach: float = REACH, *, progress: Progress = SILENT) -> Catchment:
    """Draw the outline around the drains and inlets of an upstream trace, without what is marked secret.

    What lies near a drain is taken to drain to it; the fall of the ground is not known. Without drains among it, pipes of any
    kind count.

    Raises
    ------
    PipemapError
        The trace does not go upstream, or ``reach`` is no distance.
    Cancelled
        ``progress`` was told to stop.
    """
    if trace.type is not TraceType.UPSTREAM:
        raise PipemapError(_("A catchment lies upstream: trace upstream first."))
    if not 0 < reach <= FARTHEST:
        raise PipemapError(_("“{value}” is no distance in metres up to {most}.").format(value=reach, most=f"{FARTHEST:,.0f}"))
    network = trace.network
    pipes = network.release.only("pipe", trace.pipe_rows)
    drains = pipes[network.gravity_pipes[pipes]]
    pipes = drains if len(drains) else pipes
    nodes = network.release.only("node", trace.node_rows)
    inlets = nodes[network.node_kind.is_in(NodeKind.GULLY)[nodes]]
    return Catchment(trace, reach, _around(network, pipes, inlets, reach, progress), pipes, inlets)


def _around(network: Network, pipes: NDArray[np.int64], inlets: NDArray[np.int64], reach: float, progress: Progress) -> Area:
    import shapely

    parts = []
    for start in range(0, len(pipes), _AT_ONCE):
        progress(start, len(pipes), _("Drawing the catchment"))
        lines = _lines(network, pipes[start : start + _AT_ONCE])
        parts.append(shapely.union_all(shapely.buffer(lines, reach, quad_segs=_ROUNDNESS)))
    places = network.node_xyz[inlets, :2]
    places = places[np.isfinite(places).all(axis=1)]
    if len(places):
        parts.append(shapely.union_all(shapely.buffer(shapely.points(places), reach, quad_segs=_ROUNDNESS)))
    whole = shapely.union_all(np.array(parts, dtype=object)) if parts else shapely.from_wkt("POLYGON EMPTY")
    filled = [shapely.polygons(part.exterior) for part in shapely.get_parts(whole).tolist() if not part.is_empty]
    return shapely.union_all(np.array(filled, dtype=object)) if filled else shapely.from_wkt("POLYGON EMPTY")


def _lines(network: Network, pipes: NDArray[np.int64]) -> NDArray[np.object_]:
    """Courses in plan; what has fewer than two known places is left out."""
    import shapely

    found = lines_of(network.lines, pipes)
    at = np.repeat(np.arange(len(pipes)), np.diff(found.offsets))
    known = np.isfinite(found.xyz[:, :2]).all(axis=1)
    at, places = at[known], found.xyz[known, :2]
    counts = np.bincount(at, minlength=len(pipes))
    several = (counts > 1)[at]
    number = np.cumsum(counts > 1) - 1
    return np.asarray(shapely.linestrings(places[several], indices=number[at[several]]), dtype=np.object_)
