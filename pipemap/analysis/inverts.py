"""Inner bottoms of pipes where they begin and end: as recorded, else as the course was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.model.flow import invert_levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network


def inverts(network: Network) -> NDArray[np.float64]:
    """Return float64 (P, 2), metres: recorded levels, else those of the course at its ends; NaN where neither is known.

    A course holds the level as it was measured, to what each end says that it was measured to; without such a word it counts as
    the invert. What is measured to its outside top is brought down by height and wall, as far as these are known. Of one network
    they are worked out once.
    """
    if "inverts" not in network.worked_out:
        network.worked_out["inverts"] = _work_out(network)
    found: NDArray[np.float64] = network.worked_out["inverts"]
    return found


def _work_out(network: Network) -> NDArray[np.float64]:
    found = invert_levels(network)
    if np.isfinite(found).all() or not len(network.lines.xyz):
        return found
    offsets = network.lines.offsets
    drawn = np.diff(offsets) > 1
    height = np.nan_to_num(network.height.astype(np.float64), nan=0.0)
    wall = np.nan_to_num(network.wall, nan=0.0)
    sides = ((offsets[:-1], network.from_reference), (offsets[1:] - 1, network.to_reference))
    for end, (at, reference) in enumerate(sides):
        level = np.full(network.pipe_count, np.nan)
        level[drawn] = network.lines.xyz[at[drawn], 2]
        level = np.where(reference.is_in("outside_top"), level - height - wall, level)
        level = np.where(reference.is_in("axis"), level - height / 2, level)
        found[:, end] = np.where(np.isfinite(found[:, end]), found[:, end], level)
    return found
