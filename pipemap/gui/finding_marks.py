"""Marks of findings: shape and colour by grade, the same on the map and on the unrolled wall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from pipemap.gui.findings import colour_of, findings_of
from pipemap.model.finding import clock_of

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.model.finding import Finding
    from pipemap.model.network import Network
    from pipemap.scene import Scene

MOST = 600
"""Findings that are marked in one picture, the newest."""
_CORNERS = {1: 0, 2: 3, 3: 4, 4: 8, 5: 8}
"""What the mark of a grade looks like: a disc, a triangle, a diamond (4), a square on its side (8)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One finding on the map: its pixel, its colour, and the corners of its shape."""

    x: float
    y: float
    colour: str
    corners: int
    is_open: bool = False


class WallPlaces:
    """Where the findings of a survey lie on the walls: worked out once for each list and network."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._places: list[tuple[tuple[float, float, float], Finding, int]] = []

    def marks(self, session: Session, scene: Scene) -> list[Mark]:
        """Return what is to be marked, as pixels."""
        network, known = session.network, findings_of(session)
        if network is None or session.workspace != "inspection":
            return []
        state = (network, known.stored, session.look.exaggeration)
        if (
            not self._of
            or any(one is not other for one, other in zip(state[:2], self._of[:2], strict=True))
            or state[2] != self._of[2]
        ):
            self._of = state
            self._places = _places(network, known, scene)
        opened = known.draft.fid if known.draft is not None else 0
        found = []
        for place, finding, fid in self._places:
            pixel = scene.pixel_of(place)
            if pixel is not None:
                found.append(Mark(*pixel, colour_of(finding), corners_of(finding), is_open=fid == opened and fid > 0))
        if known.draft is not None and not known.draft.fid:
            place_now = place_of(network, known.draft.finding, scene)
            pixel = scene.pixel_of(place_now) if place_now is not None else None
            if pixel is not None:
                found.append(Mark(*pixel, colour_of(known.draft.finding), corners_of(known.draft.finding), is_open=True))
        return found


def _places(network: Network, known: object, scene: Scene) -> list[tuple[tuple[float, float, float], Finding, int]]:
    stored = known.stored[-MOST:]  # type: ignore[attr-defined]
    found = []
    for one in stored:
        place = place_of(network, one.finding, scene)
        if place is not None:
            found.append((place, one.finding, one.fid))
    return found


def place_of(network: Network, finding: Finding, scene: Scene) -> tuple[float, float, float] | None:
    """Return east, north and level of a finding: on the wall at its clock position, at a node, or on the ground."""
    if finding.pipe is not None:
        rows = np.flatnonzero(network.pipe_fid == finding.pipe)
        if not len(rows) or finding.station is None:
            return None
        row = int(rows[0])
        first, second = (int(network.node_fid[end]) for end in network.pipe_ends[row])
        far = finding.from_node == second and first != second
        share = finding.station / float(network.weight[row] or 1.0)
        clock = clock_of(finding.clock)
        degrees = None if clock is None else clock.angle
        return scene.wall_place(row, 1 - share if far else share, -degrees if far and degrees is not None else degrees)
    if finding.node is not None:
        rows = np.flatnonzero(network.node_fid == finding.node)
        xyz = network.node_xyz[rows[0]] if len(rows) else np.full(3, np.nan)
        return (float(xyz[0]), float(xyz[1]), float(np.nan_to_num(xyz[2]))) if np.isfinite(xyz[:2]).all() else None
    return None if finding.x is None or finding.y is None else (finding.x, finding.y, _ground(network))


def _ground(network: Network) -> float:
    levels = network.node_xyz[:, 2]
    return float(np.nanmedian(levels)) if np.isfinite(levels).any() else 0.0


def corners_of(finding: Finding) -> int:
    """Return the corners of the mark of a finding; 0 is a disc."""
    if finding.severity:
        return 8 if finding.severity == "major" else 3
    grade = finding.grade or 1
    return _CORNERS.get(5 - grade if finding.system == "en13508" else grade, 0)


def paint_mark(painter: QPainter, at: QPointF, colour: str, corners: int, *, size: float = 6.5, ring: bool = False) -> None:
    """Draw one mark; ``ring`` around the one that is open."""
    painter.setPen(QPen(QColor("#ffffff"), 1.6))
    painter.setBrush(QColor(colour))
    if corners < 3:  # noqa: PLR2004 -- nothing has fewer
        painter.drawEllipse(at, size, size)
    else:
        begin, count = (-45.0, 4) if corners == 8 else (-90.0, corners)  # noqa: PLR2004 -- a square lies on its side
        turn = np.radians(begin + 360.0 / count * np.arange(count))
        grown = size * 1.35
        points = [at + QPointF(grown * x, grown * y) for x, y in zip(np.cos(turn), np.sin(turn), strict=True)]
        painter.drawPolygon(QPolygonF(points))
    if ring:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor("#1B6FD0"), 2.2))
        painter.drawEllipse(at, size + 5.5, size + 5.5)
