"""Where lines are cut: at points that lie on them and, when asked, at ends of other lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.gis import courses, topology
from pipemap.formats.gis.features import Features
from pipemap.formats.gis.findings import Findings

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEW = 5


@dataclass(frozen=True, slots=True)
class Cutting:
    """How the pieces of one delivery are cut.

    Attributes
    ----------
    features, groups
        The line features, and the number of the major category of each.
    whole
        bool: features that name both their ends; that is believed, and they are not cut.
    tolerance
        Metres.
    """

    features: Features
    groups: NDArray[np.int64]
    whole: NDArray[np.bool_]
    tolerance: float

    def at_points(self, pieces: courses.Pieces, points: topology.Points, findings: Findings) -> courses.Pieces:
        """Cut pieces at the points that lie on them."""
        cuts = topology.cuts(pieces, self.groups[pieces.feature], points, self.tolerance)
        kept: NDArray[np.bool_] = self.whole[pieces.feature[cuts.piece]]
        if kept.any():
            told = {"count": int(kept.sum()), "examples": self._examples(pieces.feature[cuts.piece[kept]])}
            findings.add("point-on-pipe", values=told)
        piece, along, point = cuts.piece[~kept], cuts.along[~kept], cuts.point[~kept]
        for row, count in zip(*np.unique(pieces.feature[piece], return_counts=True), strict=True):
            feature = int(row)
            told = {"count": int(count)}
            findings.add("split", self.features.where(feature), told, layer="pipe", element=self.features.name(feature))
        return courses.split(pieces, piece, along, points.place[point])

    def at_ends(self, pieces: courses.Pieces, findings: Findings) -> courses.Pieces:
        """Cut pieces where another one ends on their middle, so that the two meet there."""
        place = pieces.ends().reshape(-1, 2)
        groups = self.groups[pieces.feature]
        ends = topology.Points(place, np.repeat(groups, 2), np.empty(0, dtype=np.int64))
        cuts = topology.cuts(pieces, groups, ends, self.tolerance)
        free = ~self.whole[pieces.feature[cuts.piece]] & (cuts.point // 2 != cuts.piece)
        piece, along, end = cuts.piece[free], cuts.along[free], cuts.point[free]
        if len(piece):
            told = {"count": len(piece), "examples": self._examples(pieces.feature[end // 2])}
            findings.add("tees-joined", values=told)
        return courses.split(pieces, piece, along, place[end])

    def _examples(self, features: NDArray[np.int64]) -> str:
        return ", ".join(self.features.name(row) for row in features[:_FEW].tolist())
