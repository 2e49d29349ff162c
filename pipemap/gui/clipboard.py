"""What is copied leaves the program: nothing that tells of an element which must not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.model.lookup import Element


def copy_of(session: Session, element: Element, text: str) -> bool:
    """Copy a text about one element and say so; refuse, and say that, where the element is marked secret."""
    network = session.network
    if network is None or not network.release.rows(element.layer)[element.row]:
        session.notice(
            _("Nothing was copied: this element is marked secret."), hint=_("Whoever may do so lifts the mark first (menu Edit).")
        )
        return False
    QGuiApplication.clipboard().setText(text)
    session.say(_("{id} copied").format(id=text))
    return True


def left_out(count: int) -> str:
    """How many were left out because they are secret, as the end of a sentence; empty for none."""
    return _("; {n} marked secret are left out").format(n=f"{count:,}") if count else ""
