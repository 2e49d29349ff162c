"""Where a crew was, on the map: walked, driven, gaps and jumps told apart by colour and by stroke, up to a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from pipemap.analysis.passing import DRIVE, GAP, JUMP, WALK, Legs, Limits, legs_of
from pipemap.gui import theme
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.session import Session
    from pipemap.model.network import Network
    from pipemap.model.patrol import TrackPoints
    from pipemap.scene import Scene

MOST_LEGS = 4_000
"""Legs that are painted; of a longer track neighbours of one kind become one."""
COLOURS = {WALK: "#2E86AB", DRIVE: "#C77F3B", GAP: "#8A93A0", JUMP: "#C62839"}
TITLES = {WALK: N_("walked"), DRIVE: N_("driven"), GAP: N_("gap"), JUMP: N_("jump")}
_STROKES = {WALK: Qt.PenStyle.SolidLine, DRIVE: Qt.PenStyle.SolidLine, GAP: Qt.PenStyle.DotLine, JUMP: Qt.PenStyle.DashLine}
_ABOVE = 0.3
"""Metres above the ground at which the line is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackShow:
    """Legs to be painted.

    Attributes
    ----------
    start, end
        float64 (n, 3): east, north, level.
    begins, ends
        float64 (n): seconds since 1970, NaN unknown.
    kind
        int8 (n), as in :mod:`pipemap.analysis.passing`.
    """

    network: Network
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    begins: NDArray[np.float64]
    ends: NDArray[np.float64]
    kind: NDArray[np.int8]

    @property
    def span(self) -> tuple[float, float] | None:
        """First and last moment; None where no point has a time."""
        known = np.concatenate([self.begins, self.ends])
        known = known[np.isfinite(known)]
        return (float(known.min()), float(known.max())) if len(known) else None

    def at(self, moment: float) -> int | None:
        """Return the leg on which the crew was at a moment; the last before it where none was recorded then."""
        before = np.flatnonzero(self.begins <= moment)
        return int(before[np.argmax(self.begins[before])]) if len(before) else None

    def place(self, moment: float) -> NDArray[np.float64] | None:
        """Return where the crew was at a moment."""
        leg = self.at(moment)
        if leg is None:
            return None
        lasted = self.ends[leg] - self.begins[leg]
        share = np.clip((moment - self.begins[leg]) / lasted, 0.0, 1.0) if lasted > 0 else 1.0
        found: NDArray[np.float64] = self.start[leg] + (self.end[leg] - self.start[leg]) * share
        return found

    def words(self, moment: float) -> str:
        """Say how fast the crew was at a moment, and how."""
        leg = self.at(moment)
        if leg is None:
            return ""
        metres = float(np.hypot(*(self.end[leg] - self.start[leg])[:2]))
        seconds = float(self.ends[leg] - self.begins[leg])
        kind = _(TITLES[int(self.kind[leg])])
        if not seconds > 0:
            return kind
        return _("{kind}, {speed} km/h").format(kind=kind, speed=f"{3.6 * metres / seconds:.1f}")


def track_show(network: Network, tracks: Sequence[TrackPoints], limits: Limits | None = None) -> TrackShow:
    """Return what is painted of tracks, on the ground of the network."""
    found = [thinned(legs_of(one, limits or Limits()), MOST_LEGS // max(len(tracks), 1)) for one in tracks]
    start, end = (np.concatenate([getattr(one, name) for one in found] or [np.zeros((0, 2))]) for name in ("start", "end"))
    begins, ends, kind = (
        np.concatenate([getattr(one, name) for one in found] or [np.zeros(0)]) for name in ("begins", "ends", "kind")
    )
    ground = _grounds(network, np.concatenate([start, end]))
    half = len(start)
    return TrackShow(
        network,
        np.column_stack([start, ground[:half]]),
        np.column_stack([end, ground[half:]]),
        begins,
        ends,
        kind.astype(np.int8),
    )


def thinned(legs: Legs, most: int) -> Legs:
    """Return about as many legs: neighbours that go on from each other and are of one kind become one."""
    if len(legs) <= most:
        return legs
    many = -(-len(legs) // max(most, 1))
    breaks = np.flatnonzero((np.diff(legs.kind) != 0) | (legs.start[1:] != legs.end[:-1]).any(axis=1)) + 1
    first = np.concatenate([[0], breaks])
    run = np.repeat(first, np.diff(np.append(first, len(legs))))
    place = np.arange(len(legs)) - run
    begin = np.flatnonzero((place % many) == 0)
    last = np.append(begin[1:], len(legs)) - 1
    return Legs(legs.start[begin], legs.end[last], legs.begins[begin], legs.ends[last], legs.kind[begin])


def _grounds(network: Network, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the level of the nearest node with one, for each place; 0 where none has."""
    from scipy.spatial import cKDTree

    known = np.flatnonzero(np.isfinite(network.node_xyz).all(axis=1))
    if not len(known) or not len(places):
        return np.zeros(len(places))
    _distance, at = cKDTree(network.node_xyz[known, :2]).query(places)
    found: NDArray[np.float64] = network.node_xyz[known[np.asarray(at)], 2] + _ABOVE
    return found


class TrackLines(QObject):
    """The track that the map shows; there is one such object a session."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.shown: TrackShow | None = None
        self.moment = float("inf")
        session.network_changed.connect(self.clear)
        session.result_changed.connect(self._follow)

    def show(self, shown: TrackShow, moment: float = float("inf")) -> None:
        """Show a track up to a moment."""
        self.shown, self.moment = shown, moment
        self.changed.emit()

    def clear(self) -> None:
        """Show none."""
        if self.shown is not None:
            self.shown = None
            self.changed.emit()

    def _follow(self) -> None:
        if self._session.result is None:
            self.clear()

    def on_screen(self, scene: Scene) -> TracksOnScreen:
        """Return the lines as pixels."""
        shown = self.shown
        if shown is None or shown.network is not self._session.network:
            return TracksOnScreen()
        gone = ~(shown.begins > self.moment)
        start, end = scene.pixels_of(shown.start[gone]), scene.pixels_of(shown.end[gone])
        kinds, seen = shown.kind[gone], np.isfinite(start + end).all(axis=1)
        lines = {
            kind: [QLineF(*one, *other) for one, other in zip(start[rows].tolist(), end[rows].tolist(), strict=True)]
            for kind in COLOURS
            if len(rows := np.flatnonzero(seen & (kinds == kind)))
        }
        place = shown.place(self.moment) if np.isfinite(self.moment) else None
        at = scene.pixels_of(place[None, :])[0] if place is not None else np.full(2, np.nan)
        return TracksOnScreen(lines, QPointF(*at.tolist()) if np.isfinite(at).all() else None)


@dataclass(frozen=True, slots=True)
class TracksOnScreen:
    """Lines of each kind of leg in pixels, and where the crew is."""

    lines: dict[int, list[QLineF]] | None = None
    at: QPointF | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to paint."""
        return not self.lines and self.at is None

    def paint(self, painter: QPainter) -> None:
        """Paint them."""
        for kind, lines in (self.lines or {}).items():
            for colour, width in ((theme.colour("halo"), 5.0), (QColor(COLOURS[kind]), 2.4)):
                painter.setPen(QPen(colour, width, s=_STROKES[kind], c=Qt.PenCapStyle.RoundCap))
                painter.drawLines(lines)
        if self.at is not None:
            painter.setPen(QPen(QColor("#ffffff"), 2.0))
            painter.setBrush(theme.colour("selection"))
            painter.drawEllipse(self.at, 7.0, 7.0)


def track_lines(session: Session) -> TrackLines:
    """The track lines of a session; there is one such object."""
    found: TrackLines | None = session.findChild(TrackLines)
    return found if found is not None else TrackLines(session)


def moment_words(seconds: float) -> str:
    """A moment for a person, in UTC as tracks have it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
