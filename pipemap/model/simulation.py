"""What an engine computed for a network: pressures, flows and depths over time, beside the network and never in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.model.problem import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.fields import Layer
    from pipemap.model.network import Network

    Rows = NDArray[np.int64]
    Values = NDArray[np.float64]

ProgramName = Literal["EPANET", "SWMM"]


@dataclass(frozen=True, eq=False)
class Simulation:
    """One run.

    Attributes
    ----------
    program
        Whose engine computed it.
    times
        float64 (T,): seconds since the beginning, ascending.
    node_rows, pipe_rows
        Rows of the network that the columns of ``nodes`` and ``pipes`` belong to.
    nodes, pipes
        Name → float64 (T, n). EPANET: ``pressure`` (m of water), ``head`` (m), ``demand`` (L/s); ``flow`` (L/s, from first to
        second node) and ``velocity`` (m/s). SWMM: ``depth`` (m), ``head`` (m), ``flooding`` (L/s); ``flow``, ``velocity`` and
        ``filling`` (share of the height, 1 is full).
    node_facts, pipe_facts
        Name → one value a column of ``nodes`` or ``pipes``: EPANET ``is_tank``, ``is_fixed`` (reservoirs), ``lowest`` (m, level
        of a tank below which it is empty), ``is_pump``; SWMM ``flooded_m3``, ``flooded_h``, ``surcharged_h``.
    suction
        int64, one a pipe: column of ``nodes`` at which it draws; −1 where the survey has no such node.
    aside
        Node rows of the parts that were set aside because nothing feeds them, one array a part.
    assumed
        What had to be supplied, and what does not count.
    warnings
        What the engine warned of, in words.
    """

    network: Network
    program: ProgramName
    times: Values
    node_rows: Rows
    pipe_rows: Rows
    nodes: Mapping[str, Values]
    pipes: Mapping[str, Values]
    node_facts: Mapping[str, Values]
    pipe_facts: Mapping[str, Values]
    suction: Rows
    aside: tuple[Rows, ...] = ()
    assumed: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def rows(self, layer: Layer) -> Rows:
        """Rows of the network that were computed."""
        return self.node_rows if layer == "node" else self.pipe_rows

    def values(self, layer: Layer, name: str) -> Values:
        """Return (T, n) of one quantity."""
        return (self.nodes if layer == "node" else self.pipes)[name]

    def series(self, layer: Layer, row: int, name: str) -> Values | None:
        """Return (T,) of one element of the network; None where it was not computed."""
        found = np.flatnonzero(self.rows(layer) == row)
        held = self.nodes if layer == "node" else self.pipes
        return held[name][:, found[0]] if len(found) and name in held else None

    def spread(self, layer: Layer, name: str, moment: int) -> Values:
        """Return one value a row of the network at a moment; NaN where nothing was computed."""
        count = self.network.node_count if layer == "node" else self.network.pipe_count
        made = np.full(count, np.nan)
        made[self.rows(layer)] = self.values(layer, name)[moment]
        return made
