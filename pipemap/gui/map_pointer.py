"""Mouse, wheel and keys over the map, turned into what they mean: click, band, orbit, pan, zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent

from pipemap.gui.tools import tool

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from pipemap.gui.map_view import MapView

Gesture = Literal["band", "orbit", "pan", "zoom", "grab"]

SLACK = 4
"""Pixels that a click may move."""

HOVER_MS = 80
"""How long the pointer rests before the map says what is under it."""

QUICK_MS = 25
"""The same where the map answers for it: the answer itself shall be there in a tenth of a second."""

REST_MS = 140
LONGEST_REST_MS = 1200
"""How long the eye rests before the fine picture is drawn: at least, and where frames are slow."""

STEP = 60.0
"""Pixels, or tenths of degrees of a turn, that an arrow key moves."""

_MODIFIERS = Qt.KeyboardModifier
_BUTTONS = Qt.MouseButton


class Pointer(QObject):
    """Watches one widget and tells the map what a person means."""

    def __init__(self, watched: QWidget, view: MapView) -> None:
        super().__init__(view)
        self._watched, self._view = watched, view
        self._pressed: QPoint | None = None
        self._button = _BUTTONS.NoButton
        self._last = QPoint()
        self._gesture: Gesture | None = None
        self._hand = False
        self._hover = QTimer(self, singleShot=True, interval=HOVER_MS)
        self._hover.timeout.connect(self._look)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(view.eye.come_to_rest)
        watched.installEventFilter(self)

    def stop(self) -> None:
        """Watch no longer."""
        self._watched.removeEventFilter(self)
        self._hover.stop()
        self._rest.stop()

    @property
    def is_dragging(self) -> bool:
        """Whether a drag is under way."""
        return self._gesture is not None

    def show_cursor(self) -> None:
        """Give the pointer the shape of what it would do."""
        shape = Qt.CursorShape.ArrowCursor
        if self._gesture in {"pan", "orbit"}:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._gesture == "zoom":
            shape = Qt.CursorShape.SizeVerCursor
        elif self._hand:
            shape = Qt.CursorShape.OpenHandCursor
        elif tool(self._view.session.tool).cross:
            shape = Qt.CursorShape.CrossCursor
        elif tool(self._view.session.tool).drag == "orbit":
            shape = Qt.CursorShape.OpenHandCursor
        self._watched.setCursor(shape)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take what is meant for the map."""
        react = _REACTIONS.get(event.type())
        return bool(react(self, event)) if react is not None else False

    # -- mouse -----------------------------------------------------------------------------------------------------

    def _press(self, event: QEvent) -> bool:
        mouse = cast("QMouseEvent", event)
        self._forget_hover()
        if self._pressed is None:
            self._pressed = self._last = mouse.position().toPoint()
            self._button = mouse.button()
        return True

    def _move(self, event: QEvent) -> bool:
        mouse = cast("QMouseEvent", event)
        at = mouse.position().toPoint()
        self._view.show_place(at)
        if self._pressed is None:
            self._view.hand.edits.point(at, mouse.modifiers())
            if (at - self._last).manhattanLength() > SLACK:
                self._view.hide_card()
            self._last = at
            if not self._hover.isActive():
                self._hover.start(QUICK_MS if tool(self._view.session.tool).click == "shutoff" else HOVER_MS)
            return True
        if self._gesture is None:
            if (at - self._pressed).manhattanLength() <= SLACK:
                return True
            self._gesture = self._meant(mouse.modifiers())
            self.show_cursor()
        self._drag(at, mouse.modifiers())
        self._last = at
        return True

    def _release(self, event: QEvent) -> bool:
        mouse = cast("QMouseEvent", event)
        if mouse.button() != self._button or self._pressed is None:
            return True
        at, gesture, button, pressed = mouse.position().toPoint(), self._gesture, self._button, self._pressed
        self._pressed, self._gesture, self._button = None, None, _BUTTONS.NoButton
        self._last = at
        self.show_cursor()
        if gesture == "band":
            self._view.hand.end_band(QRect(pressed, at).normalized(), add=bool(mouse.modifiers() & _MODIFIERS.ControlModifier))
        elif gesture == "grab":
            self._view.hand.edits.drop()
        elif gesture is None and button == _BUTTONS.LeftButton and not self._hand:
            self._view.hand.click(pressed, mouse.modifiers())
        elif gesture is None and button == _BUTTONS.RightButton:
            self._view.hand.open_menu(pressed, mouse.globalPosition().toPoint())
        return True

    def _double(self, event: QEvent) -> bool:
        mouse = cast("QMouseEvent", event)
        self._forget_hover()
        self._pressed = None
        if mouse.button() == _BUTTONS.LeftButton:
            self._view.hand.double_click(mouse.position().toPoint())
        return True

    def _meant(self, modifiers: Qt.KeyboardModifier) -> Gesture:
        if self._button == _BUTTONS.MiddleButton:
            return "orbit" if modifiers & _MODIFIERS.ShiftModifier else "pan"
        if self._button == _BUTTONS.RightButton:
            return "zoom"
        if self._hand:
            return "pan"
        if modifiers & _MODIFIERS.AltModifier:
            return "orbit"
        drag = tool(self._view.session.tool).drag
        if drag == "grab" and not (self._pressed is not None and self._view.hand.edits.grab(self._pressed)):
            return "orbit"
        return drag

    def _drag(self, at: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        step = QPointF(at - self._last)
        start = self._pressed if self._pressed is not None else at
        if self._gesture == "band":
            self._view.hand.show_band(QRect(start, at).normalized())
            return
        if self._gesture == "grab":
            self._view.hand.edits.drag(at, modifiers)
            return
        if self._gesture == "orbit":
            self._view.eye.orbit(step.x(), step.y())
        elif self._gesture == "pan":
            self._view.eye.pan(step.x(), step.y())
        else:
            self._view.eye.zoom(1.012 ** -step.y(), start)
        self._rest_soon()

    def _rest_soon(self) -> None:
        """Draw the fine picture once the eye rests: later where a frame takes long, or every other would be a fine one."""
        self._rest.start(int(min(max(REST_MS, 4000 * self._view.frame_seconds), LONGEST_REST_MS)))

    def _wheel(self, event: QEvent) -> bool:
        wheel = cast("QWheelEvent", event)
        turn = wheel.angleDelta().y() or wheel.angleDelta().x()  # Alt turns a wheel sideways
        self._forget_hover()
        if turn:
            self._view.eye.zoom(1.0016**turn, wheel.position().toPoint())
            self._rest_soon()
        wheel.accept()
        return True

    def _pinch(self, event: QEvent) -> bool:
        gesture = cast("QNativeGestureEvent", event)
        if gesture.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._view.eye.zoom(1.0 + gesture.value(), gesture.position().toPoint())
        self._rest_soon()
        return True

    def _leave(self, _event: QEvent) -> bool:
        self._forget_hover()
        self._view.leave()
        return False

    def _menu_key(self, event: QEvent) -> bool:
        menu = cast("QContextMenuEvent", event)
        if menu.reason() == QContextMenuEvent.Reason.Keyboard:
            self._view.hand.open_menu_of_selection()
        return True  # the mouse opens it on release, unless it was dragged

    # -- hover -----------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if self._pressed is None and self._watched.underMouse():
            self._view.look_at(self._last)

    def _forget_hover(self) -> None:
        self._hover.stop()
        self._view.hide_card()

    # -- keys ------------------------------------------------------------------------------------------------------

    def _key(self, event: QEvent) -> bool:
        key = cast("QKeyEvent", event)
        if key.key() == Qt.Key.Key_Space:
            if not key.isAutoRepeat():
                self._hold_hand(on=True)
            return True
        if key.key() == Qt.Key.Key_Escape:
            return self._escape()
        if self._view.hand.edits.key(key):
            return True
        if key.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._view.hand.fly_to_selection()
            return True
        if key.key() in _ARROWS:
            across, up = _ARROWS[Qt.Key(key.key())]
            if key.modifiers() & _MODIFIERS.ShiftModifier:
                self._view.eye.orbit(across * STEP / 2, up * STEP / 2)
            else:
                self._view.eye.pan(-across * STEP, -up * STEP)
            self._rest_soon()
            return True
        if key.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self._view.eye.zoom(1 / 1.25 if key.key() == Qt.Key.Key_Minus else 1.25, self._watched.rect().center())
            self._rest_soon()
            return True
        return False

    def _override(self, event: QEvent) -> bool:
        """Keep keys from being shortcuts while they begin a place that is typed."""
        key = cast("QKeyEvent", event)
        if self._view.hand.edits.wants(key):
            event.accept()
            return True
        return False

    def _key_up(self, event: QEvent) -> bool:
        key = cast("QKeyEvent", event)
        if key.key() == Qt.Key.Key_Space and not key.isAutoRepeat():
            self._hold_hand(on=False)
            return True
        return False

    def _hold_hand(self, *, on: bool) -> None:
        self._hand = on
        self.show_cursor()

    def _escape(self) -> bool:
        if self._gesture == "band":
            self._pressed, self._gesture = None, None
            self._view.hand.end_band(None, add=False)
            return True
        if self._gesture == "grab":
            self._pressed, self._gesture = None, None
            self.show_cursor()
        return self._view.hand.step_back()

    def _lose_focus(self, _event: QEvent) -> bool:
        self._hold_hand(on=False)
        return False


_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}

_REACTIONS = {
    QEvent.Type.MouseButtonPress: Pointer._press,  # noqa: SLF001 -- this class's own table
    QEvent.Type.MouseMove: Pointer._move,  # noqa: SLF001
    QEvent.Type.MouseButtonRelease: Pointer._release,  # noqa: SLF001
    QEvent.Type.MouseButtonDblClick: Pointer._double,  # noqa: SLF001
    QEvent.Type.Wheel: Pointer._wheel,  # noqa: SLF001
    QEvent.Type.NativeGesture: Pointer._pinch,  # noqa: SLF001
    QEvent.Type.Leave: Pointer._leave,  # noqa: SLF001
    QEvent.Type.ContextMenu: Pointer._menu_key,  # noqa: SLF001
    QEvent.Type.ShortcutOverride: Pointer._override,  # noqa: SLF001
    QEvent.Type.KeyPress: Pointer._key,  # noqa: SLF001
    QEvent.Type.KeyRelease: Pointer._key_up,  # noqa: SLF001
    QEvent.Type.FocusOut: Pointer._lose_focus,  # noqa: SLF001
}
