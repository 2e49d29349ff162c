"""What a panel lists of a survey: read beside the window, now and after each change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from pipemap.gui.session import Session
    from pipemap.store import Survey

Record = TypeVar("Record")


def follow(
    session: Session,
    part: str,
    label: str,
    read: Callable[[Survey], list[Record]],
    show: Callable[[list[Record]], None],
    *,
    also: SignalInstance | None = None,
) -> None:
    """Show what ``read`` finds in the survey, now and after each change; it reads beside the window.

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
        session.mark_busy(part)
        session.run(lambda _progress: read(survey), label, lambda found: arrived(survey, found), failed)

    def arrived(survey: Survey, found: list[Record]) -> None:
        session.mark_ready(part)
        if survey is session.survey:
            show(found)

    def failed(error: Exception) -> None:
        session.mark_ready(part)
        session.complain(error)

    session.network_changed.connect(ask)
    if also is not None:
        also.connect(ask)
    ask()
