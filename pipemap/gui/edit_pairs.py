"""Modes of editing that take two clicks: two nodes, an end and its node, the two ends of a stretch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pipemap.gui.edit_modes import Mode, mark_of, nearer_end
from pipemap.gui.editor import key_of
from pipemap.gui.sketch import Sketch
from pipemap.gui.snapping import Snap
from pipemap.model.course import length_of, nearest_spot, point_at, station_of
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.edit_hand import EditHand
    from pipemap.gui.measure import Spot as Point
    from pipemap.model.lookup import Element


class Two(Mode):
    """Two clicks: something first, then a node."""

    def __init__(self, hand: EditHand) -> None:
        super().__init__(hand)
        self.first: Snap | None = None

    @property
    def category(self) -> str | None:
        """That of the first."""
        return self._category(self.first.element) if self.first is not None and self.first.element is not None else None

    @property
    def origin(self) -> Point | None:
        """The first place."""
        return self.first.place if self.first is not None else None

    def step_back(self) -> bool:
        """Forget the first."""
        had = self.first is not None
        self.first = None
        return had

    def sketch(self) -> Sketch:
        """From the first to the pointer."""
        if self.first is None:
            return super().sketch()
        there = self.pointer.place if self.pointer is not None else self.first.place
        return Sketch((), ((self.first.place, there),), ((self.first.place, "chosen"), *mark_of(self.pointer)))


class Merge(Two):
    """Two nodes into one: first the one that goes."""

    @property
    def next_step(self) -> str:
        """The second is the one that stays."""
        return _("Click the node that it becomes one with: that one stays.") if self.first is not None else ""

    def begin(self, node: Element, place: Point | None) -> None:
        """Start with a node."""
        self.first = Snap("node", place or (0.0, 0.0, 0.0), node)

    def click(self, snap: Snap) -> None:
        """The node that goes, then the one that stays."""
        node = self._node(snap)
        if node is None:
            return
        if self.first is None:
            self.first = snap
            return
        gone, self.first = self.first.element, None
        assert gone is not None  # noqa: S101 -- it is a node
        one, other, name = (*(key_of(self.hand.session, element) for element in (gone, node)), self._id(gone))
        self.hand.editor.do("merge", lambda edit: edit.merge(one, other), element=name)


class Reconnect(Two):
    """An end of a pipe to another node."""

    @property
    def next_step(self) -> str:
        """The node follows."""
        return _("Click the node where this end shall be.") if self.first is not None else ""

    def begin(self, pipe: Element, place: Point | None) -> None:
        """Start with the end of a pipe that is nearer to a place."""
        course = self._course(pipe)
        if len(course):
            corner = course[0 if nearer_end(course, place) == "from" else -1].tolist()
            level = corner[2] if math.isfinite(corner[2]) else place[2] if place is not None else 0.0
            self.first = Snap("pipe", (corner[0], corner[1], level), pipe)

    def click(self, snap: Snap) -> None:
        """The pipe, near the end that moves; then the node."""
        if self.first is None:
            if (pipe := self._pipe(snap)) is not None:
                self.begin(pipe, snap.place)
            return
        node, pipe = self._node(snap), self.first.element
        if node is None or pipe is None:
            return
        end = nearer_end(self._course(pipe), self.first.place)
        fid, there, name = key_of(self.hand.session, pipe), key_of(self.hand.session, node), self._id(pipe)
        self.first = None
        self.hand.editor.do("reconnect", lambda edit: edit.reconnect(fid, end, there), element=name)


class Replace(Mode):
    """A stretch of a pipe by a new one: where it begins, where it ends."""

    def __init__(self, hand: EditHand) -> None:
        super().__init__(hand)
        self.pipe: Element | None = None
        self.start: Point | None = None

    @property
    def category(self) -> str | None:
        """That of the pipe."""
        return self._category(self.pipe) if self.pipe is not None else None

    @property
    def next_step(self) -> str:
        """The end follows."""
        return _("Click where the stretch ends, or Enter for the whole pipe.") if self.pipe is not None else ""

    def begin(self, pipe: Element, place: Point | None) -> None:
        """Start on a pipe."""
        self.pipe, self.start = pipe, place

    def click(self, snap: Snap) -> None:
        """Where it begins, then where it ends on the same pipe."""
        if self.pipe is None:
            if (pipe := self._pipe(snap)) is not None:
                self.begin(pipe, snap.place)
            return
        course = self._course(self.pipe)
        ends = self.hand.session.network
        on_it = snap.element == self.pipe
        if not on_it and snap.element is not None and ends is not None and snap.kind == "node":
            on_it = snap.element.row in ends.pipe_ends[self.pipe.row]
        if not on_it or self.start is None:
            self.hand.session.say(_("Click the same pipe."))
            return
        stations = sorted(self._station(course, place) for place in (self.start, snap.place))
        self._replace(stations[0], stations[1])

    def enter(self) -> None:
        """Replace the whole pipe."""
        if self.pipe is not None:
            self._replace(None, None)

    def step_back(self) -> bool:
        """Forget the pipe."""
        had, self.pipe = self.pipe is not None, None
        return had

    def sketch(self) -> Sketch:
        """The stretch between its beginning and the pointer."""
        if self.pipe is None or self.start is None:
            return super().sketch()
        course = self._course(self.pipe)
        there = self.pointer.place if self.pointer is not None and self.pointer.element == self.pipe else self.start
        spots = sorted((nearest_spot(course, *place[:2]) for place in (self.start, there)), key=lambda one: (one.part, one.share))
        line = [_finite(point_at(course, spots[0]), self.start), *(_finite(vertex, self.start) for vertex in
                course[spots[0].part + 1 : spots[1].part + 1]), _finite(point_at(course, spots[1]), self.start)]  # fmt: skip
        return Sketch((tuple(line),), (), ((self.start, "chosen"), *mark_of(self.pointer)))

    def _station(self, course: NDArray[Any], place: Point) -> float:
        network = self.hand.session.network
        assert network is not None  # noqa: S101 -- there is a pipe
        assert self.pipe is not None  # noqa: S101 -- it was clicked
        along = station_of(course, nearest_spot(course, *place[:2])) / (length_of(course) or 1.0)
        return along * float(network.length[self.pipe.row])

    def _replace(self, start: float | None, end: float | None) -> None:
        values = self.hand.strip.values()
        pipe = self.pipe
        if not values or pipe is None:
            self.hand.session.say(_("Say in the strip what is new: diameter, material, year."))
            return
        fid, name = key_of(self.hand.session, pipe), self._id(pipe)
        self.pipe = None
        self.hand.editor.do("replace", lambda edit: edit.replace(fid, values, start=start, end=end), element=name)


def _finite(vertex: NDArray[Any], like: Point) -> Point:
    east, north, level = (float(part) for part in vertex)
    return east, north, level if math.isfinite(level) else like[2]
