"""What can be changed of one element: the part of its menu that edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.gui.edit_actions import act
from pipemap.gui.editor import editor, key_of
from pipemap.gui.icons import icon
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMenu

    from pipemap.gui.session import Session
    from pipemap.model.fields import Layer
    from pipemap.model.lookup import Element

    Place = tuple[float, float, float] | None

_ROWS: tuple[tuple[str, str, str, Layer | None], ...] = (
    ("split", N_("Split here"), "scissors", "pipe"),
    ("bend", N_("Bend here"), "line-segments", "pipe"),
    ("reverse", N_("Reverse"), "swap", "pipe"),
    ("extend", N_("Extend from the nearer end"), "arrow-line-right", "pipe"),
    ("reconnect", N_("Reconnect the nearer end"), "git-branch", "pipe"),
    ("replace", N_("Replace from here"), "arrows-left-right", "pipe"),
    ("join", N_("Join the two pipes here"), "link", "node"),
    ("merge", N_("Merge with another node"), "intersect", "node"),
    ("retire", N_("Retire: out of use"), "archive-box", None),
    ("delete", N_("Delete"), "trash", None),
)
"""What it does, its title, its icon, and the layer that it is for."""

_AT_PLACE = ("split", "bend")


def add_edits(menu: QMenu, session: Session, element: Element, place: Place) -> None:
    """Add what can be done to an element; what needs a place on it only where there is one."""
    part = menu.addMenu(icon("pencil-simple"), _("Change the network"))
    part.setObjectName("edit")
    for name, title, picture, layer in _ROWS:
        if layer not in {None, element.layer} or (name in _AT_PLACE and place is None):
            continue
        action = part.addAction(icon(picture), _(title))
        action.setObjectName(f"edit.{name}")
        action.triggered.connect(_run(session, name, element, place))


def _run(session: Session, name: str, element: Element, place: Place) -> Callable[[], None]:
    def run() -> None:
        if not editor(session).may_edit():
            return
        if name in _AT_PLACE and place is not None:
            _at_place(session, name, element, place)
        elif name in {"extend", "reconnect", "replace", "merge"}:
            editor(session).asked.emit(name, (element, place))
        else:
            act(session, name, element)

    return run


def _at_place(session: Session, name: str, element: Element, place: tuple[float, float, float]) -> None:
    network = session.network
    if network is None:
        return
    fid, printed, (east, north) = key_of(session, element), network.element_id(element), place[:2]
    if name == "split":
        editor(session).do("split", lambda edit: edit.split(fid, at=(east, north)), element=printed)
    else:
        editor(session).do("add-vertex", lambda edit: edit.add_vertex(fid, east, north), element=printed)
