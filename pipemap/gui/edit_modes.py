"""The modes of editing on the map: what clicks, Enter, Backspace and Esc mean in each, and what it shows meanwhile."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pipemap.gui.edit_actions import act
from pipemap.gui.editor import key_of
from pipemap.gui.sketch import Sketch
from pipemap.gui.snapping import Snap, bearing_of
from pipemap.model.lookup import Element
from pipemap.model.wording import metres
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.edit_hand import EditHand
    from pipemap.gui.measure import Spot as Point
    from pipemap.store.edits.splitting import Side

_ON = ("pipe", "perpendicular")
_SAME = 0.001
"""Metres below which two places are one: the second click of a double click."""


class Mode:
    """One mode; a new one stands each time it is entered."""

    def __init__(self, hand: EditHand) -> None:
        self.hand = hand
        self.pointer: Snap | None = None

    @property
    def origin(self) -> Point | None:
        """The place from which distances and right angles count."""
        return None

    @property
    def next_step(self) -> str:
        """What to do next, where the mode's own hint does not say it any more."""
        return ""

    @property
    def category(self) -> str | None:
        """The category to which what attracts must belong; None: any."""
        return None

    @property
    def without(self) -> tuple[Element, ...]:
        """Elements that attract nothing."""
        return ()

    def point(self, snap: Snap | None) -> None:
        """The pointer is there."""
        self.pointer = snap

    def click(self, snap: Snap) -> None:
        """A place was clicked, or typed."""

    def enter(self) -> None:
        """Enter was pressed, or a double click ended."""

    def back(self) -> bool:
        """Take the newest place away. Return whether there was one."""
        return False

    def step_back(self) -> bool:
        """Leave what was begun. Return whether anything was."""
        return False

    def sketch(self) -> Sketch:
        """What is shown over the map: the place that the pointer means."""
        return Sketch(marks=mark_of(self.pointer))

    def _pipe(self, snap: Snap) -> Element | None:
        """The pipe that was clicked; says so where none was."""
        if snap.kind in _ON and snap.element is not None:
            return snap.element
        self.hand.session.say(_("Click a pipe."))
        return None

    def _node(self, snap: Snap) -> Element | None:
        if snap.kind == "node" and snap.element is not None:
            return snap.element
        self.hand.session.say(_("Click a node."))
        return None

    def _category(self, element: Element) -> str | None:
        network = self.hand.session.network
        if network is None:
            return None
        return (network.node_category if element.layer == "node" else network.pipe_category)[element.row]

    def _id(self, element: Element) -> str:
        network = self.hand.session.network
        return network.element_id(element) if network is not None else ""

    def _course(self, element: Element) -> NDArray[Any]:
        network = self.hand.session.network
        assert network is not None  # noqa: S101 -- an element comes from a network
        return network.lines[element.row]


class Line(Mode):
    """Places one after another: what drawing and extending share."""

    def __init__(self, hand: EditHand) -> None:
        super().__init__(hand)
        self.places: list[Snap] = []

    @property
    def origin(self) -> Point | None:
        """The newest place."""
        return self.places[-1].place if self.places else None

    def click(self, snap: Snap) -> None:
        """Go on to a place; a node or a pipe ends the line."""
        if self.places and math.dist(self.places[-1].place[:2], snap.place[:2]) < _SAME:
            return
        self.places.append(snap)
        if len(self.places) > 1 and snap.element is not None:
            self.enter()

    def back(self) -> bool:
        """Take the newest place away."""
        return bool(self.places) and self.places.pop() is not None

    def step_back(self) -> bool:
        """Forget the line."""
        had = bool(self.places)
        self.places = []
        return had

    def sketch(self) -> Sketch:
        """The line so far, and from its end to the pointer, with how far that is."""
        drawn = tuple(one.place for one in self.places)
        marks = tuple((one.place, "vertex") for one in self.places)
        if self.pointer is None or self.origin is None:
            return Sketch((drawn,) if len(drawn) > 1 else (), (), marks + mark_of(self.pointer))
        there = self.pointer.place
        reach = math.dist(self.origin[:2], there[:2])
        told = f"{metres(reach)}  {bearing_of(self.origin, there):.1f}°" if reach > _SAME else ""
        guessed = ((self.origin, there),)
        return Sketch((drawn,) if len(drawn) > 1 else (), guessed, marks + mark_of(self.pointer), told)


class Draw(Line):
    """A new pipe."""

    @property
    def category(self) -> str | None:
        """That of the strip, or of what the pipe began at."""
        begun = self.places[0].element if self.places else None
        return self.hand.strip.values().get("category") or (self._category(begun) if begun is not None else None)

    @property
    def next_step(self) -> str:
        """After the first place others follow."""
        return (
            _("Click or type the next place; a node or a pipe ends the pipe, or Enter; Backspace takes one back.")
            if self.places
            else ""
        )

    def enter(self) -> None:
        """Draw it."""
        if len(self.places) < 2:  # noqa: PLR2004 -- a pipe has two ends
            return
        places, self.places = self.places, []
        hand = self.hand
        course = [place.place[:2] for place in places]
        start, end = (hand.end_of(place) for place in (places[0], places[-1]))
        values = hand.strip.values()
        hand.strip.forget("from_depth", "to_depth")
        hand.editor.do("draw", lambda edit: edit.draw(course, values, start=start, end=end))


class Extend(Line):
    """A pipe that is led further: its end first, then places."""

    def __init__(self, hand: EditHand) -> None:
        super().__init__(hand)
        self.pipe: Element | None = None
        self.end: Side = "to"

    @property
    def category(self) -> str | None:
        """That of the pipe."""
        return self._category(self.pipe) if self.pipe is not None else None

    @property
    def next_step(self) -> str:
        """After the end the places follow."""
        return _("Click or type where the pipe goes on; a node ends it, or Enter.") if self.pipe is not None else ""

    def begin(self, pipe: Element, place: Point | None) -> None:
        """Start at the end of a pipe that is nearer to a place."""
        course = self._course(pipe)
        if not len(course):
            return
        self.pipe, self.end = pipe, nearer_end(course, place)
        corner = course[0 if self.end == "from" else -1].tolist()
        level = place[2] if place is not None else 0.0
        self.places = [Snap("place", (corner[0], corner[1], corner[2] if math.isfinite(corner[2]) else level))]

    def click(self, snap: Snap) -> None:
        """The pipe, then its further places."""
        if self.pipe is None:
            if (pipe := self._pipe(snap)) is not None:
                self.begin(pipe, snap.place)
        elif snap.kind == "node" or snap.element is None:
            super().click(snap)

    def step_back(self) -> bool:
        """Forget the pipe too."""
        self.pipe = None
        return super().step_back()

    def enter(self) -> None:
        """Extend it."""
        if self.pipe is None or len(self.places) < 2:  # noqa: PLR2004 -- the old end and a new one
            return
        hand, end, last = self.hand, self.end, self.places[-1]
        fid, name = key_of(hand.session, self.pipe), self._id(self.pipe)
        course = [place.place[:2] for place in self.places[1:]]
        node = key_of(hand.session, last.element) if last.kind == "node" and last.element is not None else None
        ground = hand.ground_of(last) if node is None else None
        self.pipe, self.places = None, []
        hand.editor.do("extend", lambda edit: edit.extend(fid, end, course, to=node, ground=ground), element=name)


class AddNode(Mode):
    """A new node; on a pipe it is put into it."""

    def click(self, snap: Snap) -> None:
        """Put it there."""
        hand, values = self.hand, dict(self.hand.strip.values())
        if snap.kind == "node":
            hand.session.say(_("A node is here already."))
        elif (pipe := snap.element) is not None:
            values.pop("category", None)
            _insert(hand, pipe, snap.place, values, "split")
        else:
            east, north = snap.place[:2]
            ground = hand.ground_of(snap)
            if "ground" not in values and ground is not None:
                values["ground"] = str(ground)
            hand.editor.do("add-node", lambda edit: edit.add_node(east, north, values))


class Split(Mode):
    """A pipe in two, where it is clicked."""

    def click(self, snap: Snap) -> None:
        """Part it there."""
        if (pipe := self._pipe(snap)) is not None:
            _insert(self.hand, pipe, snap.place, {}, "split")


class Insert(Mode):
    """A valve or a fitting into a pipe, where it is clicked."""

    def click(self, snap: Snap) -> None:
        """Put it there."""
        if (pipe := self._pipe(snap)) is not None:
            values = self.hand.strip.values()
            if not (values.get("appurtenance") or values.get("feature")):
                self.hand.session.say(_("Say in the strip what is put in: an appurtenance or a feature."))
                return
            _insert(self.hand, pipe, snap.place, values, "insert")


def _insert(hand: EditHand, pipe: Element, place: Point, values: dict[str, str], operation: str) -> None:
    fid, network = key_of(hand.session, pipe), hand.session.network
    name = network.element_id(pipe) if network is not None else ""
    at = place[:2]
    hand.editor.do(operation, lambda edit: edit.split(fid, at=at, values=values), element=name)


class OneClick(Mode):
    """An operation that needs one element and nothing more."""

    operation = ""
    wants = ""

    def click(self, snap: Snap) -> None:
        """Do it to what was clicked."""
        element = self._node(snap) if self.wants == "node" else self._pipe(snap)
        if element is not None:
            act(self.hand.session, self.operation, element)


class Join(OneClick):
    """Two pipes into one, at a node."""

    operation, wants = "join", "node"


class Reverse(OneClick):
    """A pipe turned round."""

    operation, wants = "reverse", "pipe"


class ChangeType(Mode):
    """What a node is, under the same id."""

    def click(self, snap: Snap) -> None:
        """Give it the feature and appurtenance of the strip."""
        node = self._node(snap)
        values = self.hand.strip.values()
        if node is None:
            return
        if not values:
            self.hand.session.say(_("Say in the strip what it is."))
            return
        given = dict.fromkeys(("feature", "appurtenance")) | values
        fid, name = key_of(self.hand.session, node), self._id(node)
        self.hand.editor.do("change-type", lambda edit: edit.change_type("node", fid, **given), element=name)


def mark_of(snap: Snap | None) -> tuple[tuple[Point, str], ...]:
    """The mark of a snap, if there is one."""
    return ((snap.place, snap.kind),) if snap is not None else ()


def nearer_end(course: NDArray[Any], place: Point | None) -> Side:
    """Which end of a course is nearer to a place; the second where there is none."""
    if place is None:
        return "to"
    ends = [math.dist(course[end, :2].tolist(), place[:2]) for end in (0, -1)]
    return "from" if ends[0] < ends[1] else "to"
