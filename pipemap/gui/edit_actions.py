"""Operations that need one element and no further place: from the menu of an element, from keys, from clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.gui.editor import editor, key_of
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipemap.gui.editor import Operation
    from pipemap.gui.session import Session
    from pipemap.model.lookup import Element


def _reverse(_element: Element, fid: int) -> Operation:
    return lambda edit: edit.reverse(fid)


def _join(_element: Element, fid: int) -> Operation:
    return lambda edit: edit.join(fid)


def _retire(element: Element, fid: int) -> Operation:
    return lambda edit: edit.retire(element.layer, fid)


def _delete(element: Element, fid: int) -> Operation:
    return lambda edit: edit.delete(element.layer, fid, with_pipes=True)


_ACTIONS: dict[str, Callable[[Element, int], Operation]] = {
    "reverse": _reverse,
    "join": _join,
    "retire": _retire,
    "delete": _delete,
}
_ONLY = {"reverse": "pipe", "join": "node"}


def act(session: Session, operation: str, element: Element) -> None:
    """Do it to one element."""
    network = session.network
    if network is None:
        return
    if _ONLY.get(operation, element.layer) != element.layer:
        wanted = _("Choose a pipe for this.") if _ONLY[operation] == "pipe" else _("Choose a node for this.")
        session.say(wanted)
        return
    name = network.element_id(element)
    editor(session).do(operation, _ACTIONS[operation](element, key_of(session, element)), element=name)
