"""What was computed along a profile, and the profile as a spreadsheet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.jobs.computed import clock
from pipemap.jobs.simulating import WaterAnswer
from pipemap.jobs.tables import Sheet, write_sheets
from pipemap.model.wording import size_label
from pipemap.texts import _

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pipemap.analysis.profile import Profile
    from pipemap.jobs.simulating_drainage import DrainageAnswer
    from pipemap.model.simulation import Simulation

    Values = NDArray[np.float64]

FULL = 0.999
"""Share of its height from which a drain runs full."""


@dataclass(frozen=True, eq=False)
class Along:
    """What was computed along a profile, at all moments of the run.

    Attributes
    ----------
    times
        float64 (T,): seconds.
    head
        float64 (T, k + 1): level to which the water stands or would rise at each node, metres; NaN where not computed.
    before
        The same without the plan; None where there is no plan.
    floods
        bool (T, k + 1): water comes out of the manhole.
    full
        bool (T, k): the drain runs full; False for mains.
    flow
        float64 (T, k): litres a second, positive along the profile.
    """

    times: Values
    head: Values
    before: Values | None
    floods: NDArray[np.bool_]
    full: NDArray[np.bool_]
    flow: Values


def along(profile: Profile, answer: WaterAnswer | DrainageAnswer) -> Along | None:
    """Return what was computed along a profile; None where nothing of it was, or of another network."""
    run = answer.shown.run
    if run.network is not profile.network or not np.isin(profile.nodes, run.node_rows).any() or not len(run.times):
        return None
    before = None
    if isinstance(answer, WaterAnswer) and answer.after is not None:
        before = _same_times(answer.before.run, run, _column(answer.before.run, "node", "head", profile.nodes))
    turned = profile.network.pipe_ends[profile.pipes, 0] != profile.nodes[:-1]
    flow = _column(run, "pipe", "flow", profile.pipes) * np.where(turned, -1.0, 1.0)
    floods = _column(run, "node", "flooding", profile.nodes) > 0
    full = _column(run, "pipe", "filling", profile.pipes) >= FULL
    return Along(run.times, _column(run, "node", "head", profile.nodes), before, floods, full, flow)


def _column(run: Simulation, layer: str, name: str, rows: NDArray[np.int64]) -> Values:
    """Float64 (T, rows): NaN for what was not computed, or where the run has no such column."""
    columns, computed = (run.nodes, run.node_rows) if layer == "node" else (run.pipes, run.pipe_rows)
    count = run.network.node_count if layer == "node" else run.network.pipe_count
    found = np.full((len(run.times), len(rows)), np.nan)
    if name not in columns:
        return found
    place = np.full(count, -1, dtype=np.int64)
    place[computed] = np.arange(len(computed))
    at = place[rows]
    found[:, at >= 0] = columns[name][:, at[at >= 0]]
    return found


def _same_times(run: Simulation, like: Simulation, values: Values) -> Values:
    """The values of a run at the moments of another: those of the moment that is nearest."""
    nearest = np.abs(run.times[None] - like.times[:, None]).argmin(axis=1)
    found: Values = values[nearest]
    return found


def export_profile(profile: Profile, found: Along | None, to: Path) -> Path:
    """Write a profile to a spreadsheet: nodes with ground and levels, pipes with inverts and crowns; without what is secret.

    Raises
    ------
    ReportError, SurveyFileError
        The file has another ending, or cannot be written.
    """
    network, released = profile.network, profile.network.release
    nodes = [
        (network.node_ids[row], float(station), _known(ground), *_heads(found, place))
        for place, (row, station, ground) in enumerate(zip(profile.nodes.tolist(), profile.station, profile.ground, strict=True))
        if released.nodes[row]
    ]
    pipes = [
        (
            network.pipe_ids[row], size_label(network, row), float(profile.station[place + 1] - profile.station[place]),
            *map(_known, (*profile.invert[place], *profile.crown[place])),
        )
        for place, row in enumerate(profile.pipes.tolist())
        if released.pipes[row]
    ]  # fmt: skip
    times = [_("Water level at {time} (m)").format(time=clock(time)) for time in found.times] if found is not None else []
    names = [_("Pipe"), _("Size"), _("Length (m)"), _("Invert at its beginning"), _("Invert at its end")]
    names += [_("Crown at its beginning"), _("Crown at its end")]
    return write_sheets(
        [
            Sheet(_("Nodes"), [_("Node"), _("Station (m)"), _("Ground level"), *times], nodes),
            Sheet(_("Pipes"), names, pipes),
        ],
        to,
    )


def _heads(found: Along | None, place: int) -> list[float | None]:
    return [_known(value) for value in found.head[:, place]] if found is not None else []


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
