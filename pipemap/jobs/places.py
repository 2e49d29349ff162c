"""Where on earth a delivery may lie, and whether that is where the survey is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.model.delivery import Delivery
from pipemap.model.problem import Problem
from pipemap.texts import N_

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.formats.crs_candidates import CrsCandidate, Place
    from pipemap.model.network import Network

_PREFIX_RULES = frozenset({"crs-assumed", "zone-removed"})
_SAMPLED = 100_000
TURNED = N_("Degrees ({crs}) were turned into metres of {target}.")


def middle_of(delivery: Delivery) -> tuple[float, float]:
    """Return east and north of the middle of a delivery; NaN where nothing has a place. Strays do not move it."""
    if {"x", "y"} <= set(delivery.nodes.column_names):
        places = np.column_stack([delivery.nodes[name].to_numpy().astype(np.float64) for name in ("x", "y")])
    else:
        places = np.empty((0, 2))
    found = _middle(places)
    return found if np.isfinite(found).all() else _middle(delivery.lines.xyz[:, :2])


def _middle(places: NDArray[np.float64]) -> tuple[float, float]:
    few = places[:: max(1, len(places) // _SAMPLED)]
    known = few[np.isfinite(few).all(axis=1)]
    if not len(known):
        return np.nan, np.nan
    east, north = np.median(known, axis=0)
    return float(east), float(north)


def place_of_network(network: Network) -> Place | None:
    """Return where the middle of a survey lies; None where its coordinate system is unknown or nothing has a place."""
    from pipemap.formats.crs_candidates import place_in

    east, north = _middle(network.node_xyz[:, :2])
    return place_in(network.crs, east, north) if network.crs and np.isfinite(east + north) else None


def crs_candidates(delivery: Delivery, near: Place | None = None) -> tuple[CrsCandidate, ...]:
    """List the coordinate systems that a delivery can be in, the one it says first; see :func:`propose_crs`.

    A zone number that the reader took from the eastings counts: it names the zone.
    """
    from pipemap.formats.crs_candidates import propose_crs

    east, north = middle_of(delivery)
    prefix = next((one.values.get("zone") for one in delivery.problems if one.rule in _PREFIX_RULES), None)
    found = propose_crs(east, north, near=near, said=delivery.crs)
    if not isinstance(prefix, int):
        return found
    said = [one for one in found if one.certainty == "said"]
    return (*said, *propose_crs(east + prefix * 1e6, north, near=near))


def in_metres(delivery: Delivery) -> Delivery:
    """Turn a delivery in degrees into metres; any other is returned as it is."""
    from pipemap.formats.crs_candidates import metric_crs
    from pipemap.store.storing import into_crs

    east, north = middle_of(delivery)
    target = metric_crs(delivery.crs, east, north) if delivery.crs and np.isfinite(east + north) else None
    if target is None:
        return delivery
    turned = into_crs(delivery, target)
    values = {"crs": delivery.crs, "target": target}
    said = Problem("crs-projected", "info", "", TURNED, values)
    return replace(turned, batch=replace(turned.batch, crs=target), problems=(*turned.problems, said))
