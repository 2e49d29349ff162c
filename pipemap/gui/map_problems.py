"""What the map shows of data problems: a mark each, and how things would lie once a fix is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.model.columns import rows_if_there
from pipemap.scene import ProblemMarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.gui.session import Session
    from pipemap.scene import Scene

MOST = 20_000
"""Problems that are marked, the worst of them."""


def marks_of(session: Session) -> ProblemMarks | None:
    """Return the marks of all open problems of which it is certain what they are about; ``None`` where there are none."""
    problems, network = session.checks.problems, session.network
    if problems is None or network is None or not len(problems):
        return None
    kept = np.flatnonzero((problems.statuses == "open") & (problems.element_fids >= 0))[:MOST]
    is_node, fids = (problems.layers == "node")[kept], problems.element_fids[kept]
    rows = np.empty(len(kept), dtype=np.int64)
    rows[is_node] = rows_if_there(network.node_fid, fids[is_node])
    rows[~is_node] = rows_if_there(network.pipe_fid, fids[~is_node])
    there = rows >= 0
    return ProblemMarks(is_node[there], rows[there], problems.severities[kept][there])


def ghosts_of(session: Session, scene: Scene) -> Sequence[Sequence[tuple[float, float]]]:
    """Return what a fix would change, as pixels."""
    found = []
    for course in session.checks.ghosts:
        level = float(np.nanmean(course[:, 2])) if np.isfinite(course[:, 2]).any() else 0.0
        whole = np.where(np.isfinite(course), course, level)
        pixels = [scene.pixel_of((float(x), float(y), float(z))) for x, y, z in whole]
        if all(pixel is not None for pixel in pixels):
            found.append([pixel for pixel in pixels if pixel is not None])
    return found
