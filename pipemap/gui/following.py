"""What a panel lists of a survey: read beside the window, now and after each change, once the panel is in front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEvent, QObject

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance
    from PySide6.QtWidgets import QWidget

    from pipemap.gui.session import Session
    from pipemap.store import Survey

Record = TypeVar("Record")


class InFront(QObject):
    """Puts off what only a panel needs until it is seen.

    Parameters
    ----------
    act
        Called when the panel comes to the front, if it was wanted while it lay behind others.
    """

    def __init__(self, panel: QWidget, act: Callable[[], None]) -> None:
        super().__init__(panel)
        self._panel, self._act, self._is_behind = panel, act, False
        panel.installEventFilter(self)

    def waits(self) -> bool:
        """Whether the panel lies behind others now; it is then called later."""
        self._is_behind = not self._panel.isVisible()
        return self._is_behind

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Do what was put off."""
        if event.type() == QEvent.Type.Show and self._is_behind:
            self._is_behind = False
            self._act()
        return super().eventFilter(watched, event)


def follow(
    panel: QWidget,
    session: Session,
    part: str,
    label: str,
    read: Callable[[Survey], Sequence[Record]],
    show: Callable[[Sequence[Record]], None],
    *,
    also: SignalInstance | None = None,
) -> None:
    """Show what ``read`` finds in the survey, now and after each change; it reads beside the window, once the panel is in front.

    Parameters
    ----------
    part, label
        Name of the part that is busy meanwhile, and what the person is told that it does.
    also
        Tells of changes that leave the network as it is.
    """

    def ask() -> None:
        survey = session.survey
        if survey is None:
            show([])
            return
        if in_front.waits():
            return
        session.mark_busy(part)
        session.run(lambda _progress: read(survey), label, lambda found: arrived(survey, found), failed)

    def arrived(survey: Survey, found: Sequence[Record]) -> None:
        session.mark_ready(part)
        if survey is session.survey:
            show(found)

    def failed(error: Exception) -> None:
        session.mark_ready(part)
        session.complain(error)

    in_front = InFront(panel, ask)
    session.network_changed.connect(ask)
    if also is not None:
        also.connect(ask)
    ask()
