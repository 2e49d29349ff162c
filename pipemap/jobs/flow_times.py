"""How fast water flows in each pipe of a computed network, for flow times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.simulation import Simulation


def computed_velocities(run: Simulation) -> NDArray[np.float64]:
    """Return the mean velocity of each pipe over the hours of a run (P), metres a second, whichever way it flows; else NaN."""
    found = np.full(run.network.pipe_count, np.nan)
    if len(run.times):
        found[run.pipe_rows] = np.abs(run.pipes["velocity"]).mean(axis=0)
    return found
