"""How long water is on its way: to the start of an upstream trace, or from the start of a downstream one.

Drains flow as Manning's formula has it, full and by the fall of their inverts; mains by a velocity that was computed, by a flow
that is given, or by a velocity that is given. What had to be supposed is counted and told with every answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.inverts import inverts
from pipemap.analysis.reach import flood_within
from pipemap.analysis.trace import TraceType
from pipemap.catalog.roughness import roughness_of
from pipemap.errors import PipemapError
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.trace import Trace
    from pipemap.model.network import Network

    Values = NDArray[np.float64]

SUPPOSED_VELOCITY = 0.6
"""Metres a second in a drain whose fall, size or length is not known, or that does not fall. Our own figure."""
SUPPOSED_ROUGHNESS = 0.013
"""Manning's n of a drain whose material is not known: concrete. Our own choice."""
STILL = 0.001
"""Metres a second below which computed water stands. Our own figure."""


class Basis(IntEnum):
    """Where the velocity in a pipe comes from."""

    NONE = 0
    SLOPE = 1
    SLOPE_OTHER_MATERIAL = 2
    SUPPOSED = 3
    COMPUTED = 4
    FLOW = 5
    GIVEN = 6


BASIS_TEXTS = {
    Basis.NONE: N_("Velocity not known"),
    Basis.SLOPE: N_("Manning, full, by fall and size"),
    Basis.SLOPE_OTHER_MATERIAL: N_("Manning, roughness supposed"),
    Basis.SUPPOSED: N_("Supposed, 0.6 m/s"),
    Basis.COMPUTED: N_("Computed by the engine"),
    Basis.FLOW: N_("The flow that was given"),
    Basis.GIVEN: N_("The velocity that was given"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """How fast water under pressure flows; without any of these, mains have no flow time.

    Attributes
    ----------
    velocity
        Metres a second everywhere under pressure.
    flow_lps
        Litres a second through every main: with its size this is a velocity.
    computed
        float64 (P): metres a second by row of the network, NaN where nothing was computed; goes before the other two.
    """

    velocity: float | None = None
    flow_lps: float | None = None
    computed: Values | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FlowTime:
    """When water arrives by the quickest way.

    Attributes
    ----------
    nodes, pipes
        float64: seconds for each of the trace's nodes; for each of its pipes, to its farther end. NaN where it never arrives.
    velocity
        float64: metres a second in each of the trace's pipes; NaN where it is not known.
    basis
        int8: :class:`Basis` of each of them.
    """

    trace: Trace
    nodes: Values
    pipes: Values
    velocity: Values
    basis: NDArray[np.int8]

    @property
    def longest(self) -> float:
        """Seconds of the farthest element that water arrives from, or at; NaN where nothing is known."""
        known = self.pipes[np.isfinite(self.pipes)]
        return float(known.max()) if len(known) else float("nan")

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the answer rests on, in sentences."""
        counts = np.bincount(self.basis, minlength=len(Basis))
        said = [_("By the quickest way; drains run full, and nothing waits in manholes or tanks.")]
        said += [
            _("{what}: {n} pipes").format(what=_(text), n=f"{counts[basis]:,}")
            for basis, text in BASIS_TEXTS.items()
            if counts[basis]
        ]
        if counts[Basis.NONE]:
            said.append(_("Where the velocity is not known the way ends: compute the pressures, or give a flow or a velocity."))
        return tuple(said)


def flow_time(trace: Trace, pace: Pace = Pace()) -> FlowTime:
    """Return how long water is on its way along an upstream or downstream trace.

    Raises
    ------
    PipemapError
        The trace follows no flow, or what was given is no velocity or flow.
    """
    if trace.type not in {TraceType.UPSTREAM, TraceType.DOWNSTREAM}:
        raise PipemapError(_("Only along the flow water takes time: trace upstream or downstream."))
    for value in (pace.velocity, pace.flow_lps):
        if value is not None and not 0 < value < 1e6:  # noqa: PLR2004 -- beyond any main
            raise PipemapError(_("“{value}” is no velocity and no flow: these are numbers above 0.").format(value=value))
    network, rows = trace.network, trace.pipe_rows
    velocity, basis = velocities(network, pace)
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds = network.weight / velocity
    found, spent = flood_within(network, trace.passable, trace.starts, seconds, np.inf)
    at_node = np.full(network.node_count, np.nan)
    at_node[found.node_rows] = spent
    ends = at_node[network.pipe_ends[rows]]
    nearer = np.fmin(ends[:, 0], ends[:, 1])
    return FlowTime(trace, at_node[trace.node_rows], nearer + seconds[rows], velocity[rows], basis[rows])


def velocities(network: Network, pace: Pace = Pace()) -> tuple[Values, NDArray[np.int8]]:
    """Return metres a second in each pipe (P), NaN where unknown, and :class:`Basis` of each (int8)."""
    velocity = np.full(network.pipe_count, np.nan)
    basis = np.zeros(network.pipe_count, dtype=np.int8)
    gravity = network.gravity_pipes

    def take(values: Values, where: NDArray[np.bool_], why: Basis) -> None:
        at = where & (basis == Basis.NONE) & np.isfinite(values) & (values > 0)
        velocity[at], basis[at] = values[at], why

    if pace.computed is not None:
        take(np.where(pace.computed > STILL, pace.computed, np.nan), np.ones_like(gravity), Basis.COMPUTED)
    by_fall, known_material = manning(network)
    take(by_fall, gravity & known_material, Basis.SLOPE)
    take(by_fall, gravity & ~known_material, Basis.SLOPE_OTHER_MATERIAL)
    take(np.full(network.pipe_count, SUPPOSED_VELOCITY), gravity, Basis.SUPPOSED)
    if pace.flow_lps is not None:
        take(pace.flow_lps / 1000 / _area(network), ~gravity, Basis.FLOW)
    if pace.velocity is not None:
        take(np.full(network.pipe_count, pace.velocity), ~gravity, Basis.GIVEN)
    return velocity, basis


def manning(network: Network) -> tuple[Values, NDArray[np.bool_]]:
    """Return the velocity of each pipe run full (P), metres a second by Manning: ``R^(2/3) S^(1/2) / n``.

    NaN where size, length or fall is unknown or the inverts do not fall; and whether the material has a roughness of its own.
    """
    levels = inverts(network)
    words = network.pipe_material.values
    known = [roughness_of(word) for word in words]
    table = np.array([*(one.manning if one is not None else np.nan for one in known), np.nan])
    own = table[network.pipe_material.codes]
    roughness = np.where(np.isfinite(own), own, SUPPOSED_ROUGHNESS)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.abs(levels[:, 0] - levels[:, 1]) / np.where(network.weight > 0, network.weight, np.nan)
        found = _hydraulic_radius(network) ** (2 / 3) * np.sqrt(slope) / roughness
    return np.where(found > 0, found, np.nan), np.isfinite(own)


def _hydraulic_radius(network: Network) -> Values:
    """Area by wetted perimeter of a full pipe, metres: a quarter of the diameter; of a box as its four sides say."""
    width, height = network.width.astype(np.float64), network.height.astype(np.float64)
    box = network.pipe_shape.is_in("box")
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Values = np.where(box, width * height / (2 * (width + height)), np.minimum(width, height) / 4)
    return found


def _area(network: Network) -> Values:
    width, height = network.width.astype(np.float64), network.height.astype(np.float64)
    found: Values = np.where(network.pipe_shape.is_in("box"), 1.0, np.pi / 4) * width * height
    return np.where(found > 0, found, np.nan)
