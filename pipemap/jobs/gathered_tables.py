"""Figures at every element of a trace, as a spreadsheet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pipemap.jobs.tables import Sheet, write_sheets
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from pipemap.analysis.trace import Trace


def export_gathered(
    trace: Trace,
    columns: Sequence[str],
    nodes: NDArray[np.float64],
    pipes: NDArray[np.float64],
    words: Sequence[str],
    to: Path,
) -> Path:
    """Write ``nodes`` (N', k) and ``pipes`` (P', k) of a trace, a column each, without what is marked secret.

    Raises
    ------
    ReportError, SurveyFileError
        The file has another ending, or cannot be written.
    """
    network, rows = trace.network, []
    sides = (
        (_("Pipe"), network.pipe_ids, network.release.pipes, trace.pipe_rows, pipes),
        (_("Node"), network.node_ids, network.release.nodes, trace.node_rows, nodes),
    )
    for layer, ids, released, places, values in sides:
        for row, figures in zip(places.tolist(), values.tolist(), strict=True):
            if released[row]:
                rows.append((layer, ids[row], *(value if math.isfinite(value) else None for value in figures)))
    return write_sheets(
        [
            Sheet(_("Along the flow"), [_("Layer"), _("Id"), *columns], rows),
            Sheet(_("Rests on"), [_("What")], [[one] for one in words]),
        ],
        to,
    )
