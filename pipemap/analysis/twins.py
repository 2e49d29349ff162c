"""Supply and return of a heating network lie side by side and are shut together: the twin of each broken pipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipemap import catalog
from pipemap.model.lookup import Element

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

HEATING = "heating"

REACH = 5.0
"""Metres in plan within which a twin lies."""

_PARALLEL = np.cos(np.radians(20.0))
_PLACES = (0.1, 0.5, 0.9)
"""Where along the pipe its twin is looked for: the return may be cut into other pieces than the supply."""

_OTHER = {"supply": "return", "return": "supply"}


def twins_of(network: Network, elements: Sequence[Element]) -> dict[Element, tuple[Element, ...]]:
    """Return the twins of each heating pipe, and of the pipes of each node: same category, other circuit, beside it.

    Only elements of a heating network that say which circuit they belong to are in the answer; those without a twin within
    ``REACH`` have none.
    """
    found = {}
    for element in elements:
        rows = _pipes_of(network, element)
        rows = [row for row in rows if network.pipe_circuit[row] in _OTHER and _carries_heat(network, row)]
        if rows:
            beside = dict.fromkeys(twin for row in rows for twin in _twins(network, row))
            found[element] = tuple(Element("pipe", row) for row in beside)
    return found


def _pipes_of(network: Network, element: Element) -> list[int]:
    if element.layer == "pipe":
        return [element.row]
    rows: list[int] = network.edge[network.indptr[element.row] : network.indptr[element.row + 1]].tolist()
    return [row for row in rows if network.in_use_pipes[row]]


def _carries_heat(network: Network, row: int) -> bool:
    code = network.pipe_category[row]
    known = catalog.category(code) if code else None
    return known is not None and known.carries == HEATING


def _twins(network: Network, row: int) -> list[int]:
    """Pipes of the other circuit that lie beside a pipe, in the order in which they lie along it."""
    other = _OTHER[str(network.pipe_circuit[row])]
    those = (
        network.in_use_pipes & network.pipe_circuit.is_in(other) & network.pipe_category.is_in(str(network.pipe_category[row]))
    )
    rows = np.flatnonzero(those)
    start, along, length = _chords(network, np.array([row]))
    starts, alongs, lengths = _chords(network, rows)
    lies = (lengths > 0) & (np.abs(alongs @ along[0]) > _PARALLEL) if length[0] > 0 else np.zeros(len(rows), dtype=np.bool_)
    rows, starts, alongs, lengths = rows[lies], starts[lies], alongs[lies], lengths[lies]
    if not len(rows):
        return []
    found: dict[int, None] = {}
    for share in _PLACES:
        place = start[0] + along[0] * length[0] * share
        foot = np.clip(((place - starts) * alongs).sum(axis=1), 0.0, lengths)
        away = np.hypot(*(starts + alongs * foot[:, None] - place).T)
        nearest = int(np.argmin(away))
        if away[nearest] <= REACH:
            found[int(rows[nearest])] = None
    return list(found)


def _chords(network: Network, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Start, direction and length in plan of the straight line between the ends of some pipes; length 0 where unknown."""
    ends = network.node_xyz[network.pipe_ends[rows], :2]
    course = ends[:, 1] - ends[:, 0]
    length = np.nan_to_num(np.hypot(course[:, 0], course[:, 1]))
    along = np.divide(course, length[:, None], out=np.zeros_like(course), where=length[:, None] > 0)
    return np.nan_to_num(ends[:, 0], nan=np.inf), along, length
