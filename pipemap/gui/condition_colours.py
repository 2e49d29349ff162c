"""The map coloured by condition: each inspected section by its advice, the rest grey, with what there is of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.gui.findings import GRADE_COLOURS
from pipemap.jobs.condition import GRADE_NUMBERS, URGENCIES, condition
from pipemap.model.wording import metres
from pipemap.scene.colours import MISSING, Colouring, Legend, LegendEntry, rgb
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.progress import Progress
    from pipemap.store import Survey

CONDITION = "condition"
"""What a look is coloured by then, where else the name of a field stands."""


def condition_colouring(survey: Survey, network: Network, *, dark: bool, progress: Progress) -> Colouring:
    """Colour the pipes of a network by the condition of their sections, and tell number and length of each grade."""
    worst = np.zeros(network.pipe_count, dtype=np.int64)
    for one in condition(survey, progress=progress).sections:
        rows = [row for row in one.run.pipes if row < network.pipe_count]
        worst[rows] = np.maximum(worst[rows], int(one.urgency[0]))
    table = np.array([rgb(MISSING[dark]), *(rgb(GRADE_COLOURS[number]) for number in GRADE_NUMBERS.values())], dtype=np.uint8)
    grey = np.array(rgb(MISSING[dark]), dtype=np.uint8)
    legend = Legend(_("Condition by CJJ 181-2012"), "", _entries(network, worst, dark=dark))
    return Colouring(table.take(worst, axis=0), np.broadcast_to(grey, (network.node_count, 3)), legend)


def _entries(network: Network, worst: NDArray[np.int64], *, dark: bool) -> tuple[LegendEntry, ...]:
    found = []
    for grade, number in reversed(GRADE_NUMBERS.items()):
        mask = worst == number
        if mask.any():
            words = f"{grade} · {_(URGENCIES[grade])} · {metres(float(network.weight[mask].sum()))}"
            found.append(LegendEntry(words, GRADE_COLOURS[number], int(mask.sum()), grade))
    left = int((worst == 0).sum())
    return (*found, LegendEntry(_("Not inspected"), MISSING[dark], left, None)) if left else tuple(found)
