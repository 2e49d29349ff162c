"""Numbers that stand at several places: which of them the end of a pipe means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.survey_tables.network import Nodes, floats
from pipemap.formats.survey_tables.points import SAME_PLACE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.formats.survey_tables.findings import Findings
    from pipemap.formats.survey_tables.pipes import Lines
    from pipemap.formats.survey_tables.tables import Table

_MOST_PLACES = 16
"""A number that stands at more places than this says nothing; the first is taken."""
_MUCH_NEARER = 5.0
"""Another place counts when the first listed is more than this many times further. Our own figure."""


def nearest(lines: Lines, nodes: Nodes, tables: Sequence[Table], findings: Findings, *, start_known: bool = False) -> Lines:
    """Take ends to another place of their number than the first listed, where that is far nearer to the other end.

    ``start_known``: the start is the point of the row itself, beyond doubt.
    """
    group, first, count = _groups(nodes)
    several = (count > 1) & (count <= _MOST_PLACES)
    start, end = lines.from_node, lines.to_node
    known = (start >= 0) & (end >= 0)
    doubtful = np.zeros(len(start), dtype=bool)
    for rows, fixed in ((start, start_known), (end, False)):
        doubtful |= known & (not fixed) & (several[group[rows]] if len(group) else False)
    if not doubtful.any():
        return lines
    members = np.argsort(group, kind="stable")
    place = np.column_stack([floats(nodes.table["x"]), floats(nodes.table["y"])])
    new_start, new_end = start.copy(), end.copy()

    def candidates(row: int) -> NDArray[np.int64]:
        mine = group[row]
        return members[first[mine] : first[mine] + count[mine]] if several[mine] else np.array([row])

    for line in np.flatnonzero(doubtful).tolist():
        ours = np.array([start[line]]) if start_known else candidates(start[line])
        theirs = candidates(end[line])
        far = np.hypot(*(place[ours][:, None, :] - place[theirs][None, :, :]).transpose(2, 0, 1))
        far[far <= SAME_PLACE] = np.nan  # no pipe ends where it starts
        if not np.isfinite(far).any():
            continue
        best = np.unravel_index(int(np.nanargmin(far)), far.shape)
        usual = float(np.hypot(*(place[start[line]] - place[end[line]])))
        if SAME_PLACE < usual <= _MUCH_NEARER * far[best]:
            continue
        new_start[line], new_end[line] = ours[best[0]], theirs[best[1]]
        name = f"{nodes.names[new_start[line]]}-{nodes.names[new_end[line]]}"
        findings.add("nearest-taken", lines.where(line, tables), layer="pipe", element=name)
    return replace(lines, from_node=new_start, to_node=new_end)


def _groups(nodes: Nodes) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Group of each point with the same number and category, and where each group begins among sorted points, and its size."""
    import pyarrow.compute as pc

    code = np.asarray(pc.dictionary_encode(nodes.table["id"].combine_chunks(), null_encoding="encode").indices, dtype=np.int64)
    kind = pc.fill_null(pc.dictionary_encode(nodes.table["category"].combine_chunks()).indices, -1)
    keys = code * 1_000_003 + np.asarray(kind, dtype=np.int64) + 1
    _keys, group, count = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(group, dtype=np.int64), np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64), count
