"""Editing on one map: gives clicks, drags and keys to the mode that runs, and shows its sketch, hint and strip."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPoint, Qt

from pipemap.gui.edit_actions import act
from pipemap.gui.edit_modes import (
    AddNode,
    ChangeType,
    Draw,
    Extend,
    Insert,
    Join,
    Mode,
    Reverse,
    Split,
)
from pipemap.gui.edit_move import Move
from pipemap.gui.edit_pairs import Merge, Reconnect, Replace
from pipemap.gui.edit_strip import EditStrip
from pipemap.gui.editor import editor, key_of
from pipemap.gui.sketch import OnScreen, on_screen
from pipemap.gui.snapping import Snap, of_category, snap, typed_place
from pipemap.gui.tools import tool
from pipemap.gui.trace_tools import selected
from pipemap.texts import _

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from pipemap.gui.map_view import MapView
    from pipemap.gui.measure import Spot as Point
    from pipemap.model.lookup import Element
    from pipemap.model.network import Network
    from pipemap.scene import Scene
    from pipemap.scene.picking import Shown
    from pipemap.store.edits.drawing import End

MODES: dict[str, type[Mode]] = {
    "draw": Draw,
    "node": AddNode,
    "move": Move,
    "extend": Extend,
    "split": Split,
    "insert": Insert,
    "join": Join,
    "merge": Merge,
    "reverse": Reverse,
    "reconnect": Reconnect,
    "replace": Replace,
    "type": ChangeType,
}
"""What stands behind ``edit:`` in the id of a tool → its mode."""

_TYPED = "0123456789+-."


class EditHand(QObject):
    """Runs the mode of editing on one map, if one is chosen."""

    def __init__(self, view: MapView) -> None:
        super().__init__(view)
        self._view, self.session = view, view.session
        self.editor = editor(view.session)
        self.mode: Mode | None = None
        self._attracts: tuple[object, Shown | None] = (None, None)
        self.strip = EditStrip(view.session, self.editor, view)
        self.strip.typed.connect(self._take_typed)
        self.strip.entered.connect(self.enter)
        view.session.tool_changed.connect(self._follow_tool)
        view.session.network_changed.connect(self._follow_network)
        view.session.language_changed.connect(self._follow_tool)
        self.editor.asked.connect(self._begin)

    @property
    def scene(self) -> Scene:
        """The picture."""
        return self._view.scene

    @property
    def network(self) -> Network | None:
        """The network that is drawn."""
        return self._view.drawn

    @property
    def hint(self) -> str:
        """What to do next, and what the pointer was attracted by; empty: the mode's own hint."""
        if self.mode is None:
            return ""
        row = tool(self.session.tool)
        told = self.mode.pointer.told if self.mode.pointer is not None else ""
        words = self.mode.next_step or _(row.hint)
        return _("{told}. {words}").format(told=told, words=words) if told and told != "typed" else words

    def sketch(self) -> OnScreen:
        """What is shown over the map, in pixels."""
        if self.mode is None or self.network is None:
            return OnScreen()
        return on_screen(self.mode.sketch(), self.scene.pixel_of)

    # -- what a person does ----------------------------------------------------------------------------------------------

    def point(self, at: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """The pointer moves."""
        if self.mode is None or self.network is None:
            return
        self.mode.point(self._snap(at, modifiers))
        if isinstance(self.mode, Move):
            self.mode.look(at)
        self._show()

    def click(self, at: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """A click on the map."""
        found = self._snap(at, modifiers)
        if self.mode is None or found is None:
            return
        if self.editor.is_busy:
            self.session.say(_("The change before is still being made."))
            return
        self.mode.click(found)
        self._show()

    def double_click(self, at: QPoint) -> None:
        """A double click ends a line, or bends a pipe."""
        if isinstance(self.mode, Move):
            self.mode.double(self._snap(at, Qt.KeyboardModifier.NoModifier))
        elif self.mode is not None:
            self.mode.enter()
        self._show()

    def enter(self) -> None:
        """Enter ends what is being drawn."""
        if self.mode is not None:
            self.mode.enter()
            self._show()

    def step_back(self) -> bool:
        """Esc leaves what was begun. Return whether anything was."""
        if self.mode is None or not self.mode.step_back():
            return False
        self._show()
        return True

    def grab(self, at: QPoint) -> bool:
        """A drag begins. Return whether it moves something of the survey."""
        return isinstance(self.mode, Move) and not self.editor.is_busy and self.mode.grab(at)

    def drag(self, at: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """The drag goes on."""
        if isinstance(self.mode, Move):
            self.mode.drag(at, steps=_steps(modifiers))
            self._show()

    def drop(self) -> None:
        """The drag ends."""
        if isinstance(self.mode, Move):
            self.mode.drop()
            self._show()

    def key(self, event: QKeyEvent) -> bool:
        """Take a key that means something to the mode. Return whether it did."""
        if event.key() == Qt.Key.Key_Delete and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            return self._delete()
        if self.mode is None:
            return False
        if event.key() == Qt.Key.Key_Backspace:
            taken = self.mode.back()
            self._show()
            return taken
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enter()
            return True
        return self.wants(event) and self.strip.begin_typing(event.text())

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key begins a place that is typed, though it is a shortcut elsewhere."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        return self.mode is not None and self.mode.origin is not None and plain and bool(event.text()) and event.text() in _TYPED

    def _delete(self) -> bool:
        if isinstance(self.mode, Move) and self.mode.back():
            return True
        chosen = selected(self.session)
        if len(chosen) != 1:
            return False
        if self.editor.may_edit():
            act(self.session, "delete", chosen[0])
        return True

    # -- what modes ask for ------------------------------------------------------------------------------------------------

    def end_of(self, place: Snap) -> End:
        """What a drawn pipe ends at: a node, a place on a pipe, or the ground of a new node."""
        if place.kind == "node" and place.element is not None:
            return key_of(self.session, place.element)
        if place.element is not None:
            return f"pipe:#{key_of(self.session, place.element)}"
        ground = self.ground_of(place)
        return {} if ground is None else {"ground": ground}

    def ground_of(self, place: Snap) -> float | None:
        """Ground at a place on the open ground, in centimetres; None where the survey knows none."""
        network = self.network
        level = place.place[2]
        if network is None or not math.isfinite(level) or not np.isfinite(network.node_xyz[:, 2]).any():
            return None
        return round(level, 2)

    # -- how -----------------------------------------------------------------------------------------------------------------

    def _snap(self, at: QPoint, modifiers: Qt.KeyboardModifier) -> Snap | None:
        if self.mode is None or self.network is None:
            return None
        mode = self.mode
        return snap(
            self.scene,
            self.network,
            at,
            origin=mode.origin,
            steps=_steps(modifiers),
            without=mode.without,
            only=self.attracts(mode),
        )

    def attracts(self, mode: Mode) -> Shown | None:
        """What can be snapped to in a mode: pipes of other categories cross everywhere, and join nowhere."""
        wanted = (self.network, mode.category)
        if wanted != self._attracts[0]:
            found = of_category(self.network, mode.category) if self.network is not None else None
            self._attracts = (wanted, found)
        return self._attracts[1]

    def _take_typed(self, text: str) -> None:
        if self.mode is None:
            return
        toward = self.mode.pointer.place if self.mode.pointer is not None else None
        place = typed_place(text, self.mode.origin, toward)
        if place is None:
            self.session.say(_("“{text}” is no place: 12.5 towards the pointer, 12.5@90, or east,north.").format(text=text))
            return
        self.strip.clear_place()
        self.mode.click(Snap("place", self._on_ground(place, toward), told="typed"))
        self._show()

    def _on_ground(self, place: Point, near: Point | None) -> Point:
        """Give a place that was typed without a level that of the ground there."""
        if math.isfinite(place[2]):
            return place
        pixel = self.scene.pixel_of((place[0], place[1], near[2] if near is not None else 0.0))
        ground = self.scene.world_at(*pixel) if pixel is not None else None
        return place[0], place[1], ground[2] if ground is not None else math.nan

    def _follow_tool(self) -> None:
        row = tool(self.session.tool)
        name = row.id.partition(":")[2] if row.click == "edit" else ""
        self.mode = MODES[name](self) if name else None
        self.strip.show_mode(name)
        self._show()

    def _follow_network(self) -> None:
        """Rows are others now: what was begun on the old ones is forgotten."""
        if self.mode is not None:
            self.mode = type(self.mode)(self)
            self._show()

    def _begin(self, mode: str, at: tuple[Element, Point | None]) -> None:
        """Enter a mode with what an element's menu was opened on."""
        self.session.set_tool(f"edit:{mode}")
        begin = getattr(self.mode, "begin", None)
        if begin is not None:
            begin(*at)
            self._show()

    def _show(self) -> None:
        self._view.show_edit()


def _steps(modifiers: Qt.KeyboardModifier) -> bool:
    return bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
