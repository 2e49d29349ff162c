"""Moving nodes and vertices by dragging; the pipes that follow are seen before anything is changed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.gui.edit_modes import Mode
from pipemap.gui.editor import key_of
from pipemap.gui.sketch import Sketch
from pipemap.gui.snapping import REACH, Snap, snap
from pipemap.model.lookup import Element
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtCore import QPoint

    from pipemap.gui.measure import Spot as Point

MOST_VERTICES = 200
"""Vertices of a pipe that can be taken hold of at a time."""

MOST_FOLLOWING = 60
"""Pipes that are shown following a node."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is being dragged: a node, or a vertex of a pipe; where it was, and the ground where it was taken hold of."""

    element: Element
    vertex: int | None
    was: Point
    taken_at: Point


class Move(Mode):
    """Nodes and vertices are dragged; a double click bends a pipe, Backspace straightens it."""

    def __init__(self, hand: Any) -> None:  # noqa: ANN401 -- an EditHand, which imports this
        super().__init__(hand)
        self.held: Held | None = None
        self.near: tuple[Element, int] | None = None

    @property
    def origin(self) -> Point | None:
        """Where what is dragged was; else the one node that is selected."""
        if self.held is not None:
            return self.held.was
        node = self._selected()
        return None if node is None else self._place(node)

    @property
    def next_step(self) -> str:
        """What dropping does, where it does more than move."""
        if self.held is None or self.pointer is None or self.pointer.element is None or self.held.vertex is not None:
            return ""
        if self.pointer.kind == "node":
            return _("Dropped here, both become one node.")
        return _("Dropped here, the node is put into this pipe.")

    @property
    def category(self) -> str | None:
        """That of what is dragged."""
        return self._category(self.held.element) if self.held is not None else None

    @property
    def without(self) -> tuple[Element, ...]:
        """The node that moves, and the pipes at it."""
        if self.held is None:
            return ()
        if self.held.element.layer == "pipe":
            return (self.held.element,)
        return self.held.element, *(Element("pipe", row) for row in self._pipes_at(self.held.element.row))

    # -- dragging ------------------------------------------------------------------------------------------------------

    def grab(self, at: QPoint) -> bool:
        """Take hold of what lies at a pixel. Return whether it can be moved."""
        scene, network = self.hand.scene, self.hand.network
        ground = scene.world_at(at.x(), at.y())
        if network is None or ground is None:
            return False
        if (vertex := self._vertex_at(at)) is not None:
            pipe, index = vertex
            east, north, level = (float(part) for part in network.lines[pipe.row][index])
            self.held = Held(pipe, index, (east, north, level if math.isfinite(level) else ground[2]), ground)
            return True
        found = scene.pick(at.x(), at.y(), tolerance=REACH)
        if found is None or found.layer != "node":
            return False
        node = Element("node", found.row)
        place = self._place(node)
        if place is None:
            return False
        self.held = Held(node, None, place, ground)
        return True

    def drag(self, at: QPoint, *, steps: bool) -> None:
        """Follow the pointer."""
        if self.held is None or self.hand.network is None:
            return
        self.pointer = snap(
            self.hand.scene,
            self.hand.network,
            at,
            origin=self.held.was,
            steps=steps,
            without=self.without,
            only=self.hand.attracts(self),
        )
        if self.pointer is not None and self.pointer.element is None and self.pointer.kind == "place":
            held, there = self.held, self.pointer.place
            shift = [there[axis] - held.taken_at[axis] for axis in (0, 1)]
            place = (round(held.was[0] + shift[0], 3), round(held.was[1] + shift[1], 3), held.was[2])
            self.pointer = Snap("place", place)

    def drop(self) -> None:
        """Let go: what was dragged stays there."""
        held, there = self.held, self.pointer
        self.held = None
        if held is None or there is None or math.dist(held.was[:2], there.place[:2]) < 0.0005:  # noqa: PLR2004 -- half a millimetre
            return
        if held.vertex is not None:
            self._put_vertex(held, there)
        else:
            self._put_node(held.element, there)

    def _put_vertex(self, held: Held, there: Snap) -> None:
        fid, vertex, place = key_of(self.hand.session, held.element), held.vertex or 0, there.place
        act = lambda edit: edit.move_vertex(fid, vertex, place[0], place[1])  # noqa: E731 -- as all operations
        self.hand.editor.do("move-vertex", act, element=self._id(held.element))

    def _put_node(self, node: Element, there: Snap) -> None:
        fid, name, (east, north) = key_of(self.hand.session, node), self._id(node), there.place[:2]
        editor = self.hand.editor
        if there.element is None:
            editor.do("move-node", lambda edit: edit.move_node(fid, east, north), element=name)
            return
        other = key_of(self.hand.session, there.element)
        if there.kind == "node":
            editor.do("merge", lambda edit: edit.merge(fid, other), element=name)
            return

        def into_pipe(edit: Any) -> Any:  # noqa: ANN401 -- an edit and its outcome
            edit.move_node(fid, east, north)
            return edit.split(other, node=fid)

        editor.do("split", into_pipe, element=self._id(there.element))

    def click(self, snap: Snap) -> None:
        """A click selects; a typed place moves the node that is selected."""
        if snap.told == "typed" and (node := self._selected()) is not None:
            self._put_node(node, Snap("place", snap.place))
        elif snap.element is not None:
            self.hand.session.select_element(snap.element.layer, snap.element.row)

    def double(self, snap: Snap | None) -> None:
        """Bend the pipe that was clicked."""
        if snap is None or snap.element is None or snap.element.layer != "pipe":
            return
        fid, (east, north, level) = key_of(self.hand.session, snap.element), snap.place
        known = bool(np.isfinite(self._course(snap.element)[:, 2]).all())
        act = lambda edit: edit.add_vertex(fid, east, north, level=round(level, 3) if known else None)  # noqa: E731
        self.hand.editor.do("add-vertex", act, element=self._id(snap.element))

    def back(self) -> bool:
        """Take the vertex under the pointer away."""
        if self.near is None:
            return False
        (pipe, index), self.near = self.near, None
        fid = key_of(self.hand.session, pipe)
        self.hand.editor.do("delete-vertex", lambda edit: edit.delete_vertex(fid, index), element=self._id(pipe))
        return True

    def step_back(self) -> bool:
        """Give up the drag."""
        had, self.held = self.held is not None, None
        return had

    def look(self, at: QPoint) -> None:
        """Remember which vertex is under the pointer."""
        self.near = self._vertex_at(at)

    # -- what is shown ---------------------------------------------------------------------------------------------------

    def sketch(self) -> Sketch:
        """Vertices of the pipe under the pointer or selected; while something is dragged, what follows it."""
        if self.held is None or self.pointer is None:
            marks = tuple((place, "vertex") for pipe in self._shown() for _index, place in self._vertices(pipe))
            return Sketch(marks=marks)
        there = self.pointer.place
        told = f"{math.dist(self.held.was[:2], there[:2]):.2f} m"
        marks = ((self.held.was, "vertex"), (there, self.pointer.kind))
        return Sketch((), self._following(there), marks, told)

    def _following(self, there: Point) -> tuple[tuple[Point, ...], ...]:
        held, network = self.held, self.hand.network
        if held is None or network is None:
            return ()
        if held.vertex is not None:
            places = self._places(held.element)
            return ((places[held.vertex - 1], there, places[held.vertex + 1]),)
        found = []
        for row in self._pipes_at(held.element.row):
            places = self._places(Element("pipe", row))
            if places:
                at_start = network.pipe_ends[row][0] == held.element.row
                found.append((there, *places[1:]) if at_start else (*places[:-1], there))
        return tuple(found)

    def _shown(self) -> list[Element]:
        rows = [int(row) for row in self.hand.session.selection.pipes[:3]]
        if self.pointer is not None and self.pointer.element is not None and self.pointer.element.layer == "pipe":
            rows.append(self.pointer.element.row)
        return [Element("pipe", row) for row in dict.fromkeys(rows)]

    def _vertices(self, pipe: Element) -> list[tuple[int, Point]]:
        """Vertices between the ends of a pipe with their numbers; of very many those nearest to the pointer."""
        places = self._places(pipe)
        rows = list(range(1, len(places) - 1))
        if len(rows) > MOST_VERTICES and self.pointer is not None:
            there = self.pointer.place
            apart = np.hypot(*(self._course(pipe)[1:-1, :2] - [there[0], there[1]]).T)
            rows = (np.argsort(apart)[:MOST_VERTICES] + 1).tolist()
        return [(row, places[row]) for row in rows[:MOST_VERTICES]]

    def _places(self, pipe: Element) -> list[Point]:
        course: NDArray[np.float64] = self._course(pipe)
        levels = np.nan_to_num(course[:, 2], nan=float(np.nanmean(course[:, 2])) if np.isfinite(course[:, 2]).any() else 0.0)
        return [(float(x), float(y), float(z)) for (x, y, _z), z in zip(course, levels, strict=True)]

    def _vertex_at(self, at: QPoint) -> tuple[Element, int] | None:
        """The vertex between the ends of a pipe that lies at a pixel."""
        found = self.hand.scene.pick(at.x(), at.y(), tolerance=REACH)
        pipes = self._shown() + ([Element("pipe", found.row)] if found is not None and found.layer == "pipe" else [])
        best, nearest = None, REACH
        for pipe in pipes:
            for index, place in self._vertices(pipe):
                pixel = self.hand.scene.pixel_of(place)
                apart = math.dist(pixel, (at.x(), at.y())) if pixel is not None else math.inf
                if apart < nearest:
                    best, nearest = (pipe, index), apart
        return best

    def _pipes_at(self, node: int) -> list[int]:
        network = self.hand.network
        if network is None:
            return []
        rows = network.edge[network.indptr[node] : network.indptr[node + 1]]
        return [int(row) for row in np.unique(rows)[:MOST_FOLLOWING]]

    def _selected(self) -> Element | None:
        chosen = self.hand.session.selection
        return Element("node", int(chosen.nodes[0])) if len(chosen.nodes) == 1 and not len(chosen.pipes) else None

    def _place(self, node: Element) -> Point | None:
        network = self.hand.network
        if network is None:
            return None
        east, north, ground = (float(part) for part in network.node_xyz[node.row])
        if not math.isfinite(east):
            return None
        return east, north, ground if math.isfinite(ground) else 0.0
