"""Places where a trace starts or ends: a node, a pipe, or a point on a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import PipemapError, UnknownElementError
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.lookup import Element
    from pipemap.model.network import Network


@dataclass(frozen=True, slots=True)
class Spot:
    """An element and, of a pipe, how many metres from its first end; None for the pipe as a whole."""

    element: Element
    station: float | None = None


def find_spot(network: Network, text: str) -> Spot:
    """Return the place that a text names: an id as :meth:`Network.element` takes it, or ``ID@STATION`` on a pipe.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        As :meth:`Network.element`.
    PipemapError
        The station is no number, lies outside the pipe, or the length of the pipe is not known.
    """
    name, at, station = text.rpartition("@")
    if not at:
        return Spot(network.element(text))
    try:
        return Spot(network.element(text))
    except UnknownElementError:
        element = network.element(name)
    return Spot(element, _station(network, element, name, station))


def _station(network: Network, element: Element, name: str, text: str) -> float:
    if element.layer == "node":
        raise PipemapError(_("“{name}” is a node, so there is no station on it.").format(name=name))
    long = float(network.length[element.row])
    if not np.isfinite(long):
        raise PipemapError(_("The length of “{name}” is not known, so no station on it can be found.").format(name=name))
    try:
        station = float(text)
    except ValueError:
        station = np.nan
    if not -_SLACK <= station <= long + _SLACK:
        raise PipemapError(
            _("“{text}” is no station on “{name}”.").format(text=text, name=name),
            _("A station is a number of metres from 0 to {length}.").format(length=f"{long:.3f}"),
        )
    return min(max(station, 0.0), long)


_SLACK = 0.001
"""Metres by which a station that was rounded may lie outside."""


def pieces(network: Network, spots: Sequence[Spot], direction: NDArray[np.int8]) -> dict[int, float]:
    """Return metres that count of each pipe on which a place lies, by row: what lies on the side to which the trace goes.

    Parameters
    ----------
    direction
        int8 (P): +1 where a trace leaves by the second end, −1 by the first, 0 by both: then the pipe counts as a whole.
    """
    counted: dict[int, float] = {}
    for row in dict.fromkeys(spot.element.row for spot in spots if spot.element.layer == "pipe"):
        mine = [spot.station for spot in spots if spot.element.layer == "pipe" and spot.element.row == row]
        known = [station for station in mine if station is not None]
        if len(known) == len(mine) and direction[row]:
            counted[row] = float(network.length[row]) - min(known) if direction[row] > 0 else max(known)
    return counted
