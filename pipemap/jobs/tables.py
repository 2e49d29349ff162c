"""Tables of elements and of answers, written for a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.trace import REASON_TEXTS
from pipemap.model.fields import Layer, fields
from pipemap.model.wording import heading, shown
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pipemap.analysis.trace import Trace
    from pipemap.store import Survey

_CHUNK = 5000


def export_elements(
    survey: Survey, layer: Layer, fids: NDArray[np.int64], columns: Sequence[str], path: Path, *, progress: Progress = SILENT
) -> Path:
    """Write some fields of some elements, in that order, as XLSX or CSV; the format follows the ending.

    Numbers stay numbers; listed values and categories are written as on screen.
    """
    from pipemap.formats.sheets import write_sheet

    chosen = [fields(layer)[name] for name in columns]

    def rows() -> Iterator[list[object]]:
        for start in range(0, len(fids), _CHUNK):
            progress(start, len(fids), _("Writing {file}").format(file=path.name))
            for record in survey.rows(layer, fids[start : start + _CHUNK], columns):
                yield [
                    value if isinstance(value, (int, float)) else shown(one, value)
                    for one, value in zip(chosen, record, strict=True)
                ]

    write_sheet([heading(one) for one in chosen], rows(), path)
    return path


def export_trace(trace: Trace, path: Path) -> Path:
    """Write what a trace reached and what stopped it, one row an element, as XLSX or CSV."""
    from pipemap.formats.sheets import write_sheet

    network = trace.network
    uncertain = set(trace.indeterminate_rows.tolist())

    def rows() -> Iterator[list[object]]:
        for row in trace.pipe_rows.tolist():
            length = float(network.length[row])
            remark = _("Direction indeterminate") if row in uncertain else ""
            yield [
                _("Pipe"),
                network.pipe_ids[row],
                network.pipe_category[row],
                None if np.isnan(length) else round(length, 3),
                remark,
            ]
        for row in trace.node_rows.tolist():
            yield [_("Node"), network.node_ids[row], network.node_category[row], None, ""]
        for stop in trace.stopped_by:
            yield [_("Stopped by"), stop.id, None, None, _(REASON_TEXTS[stop.reason])]

    write_sheet([_("What"), _("Id"), _("Category"), _("Length (m)"), _("Remark")], rows(), path)
    return path
