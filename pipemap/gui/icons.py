"""Icons of one family and one stroke: Phosphor, regular weight, in the theme's colours."""

from __future__ import annotations

import qtawesome
from PySide6.QtGui import QIcon

from pipemap.gui import theme


def icon(name: str, *, token: str = "text_2", active: str = "text", on: str = "accent") -> QIcon:
    """An icon by its Phosphor name (``folder-open``), in the colours of the theme shown now.

    Parameters
    ----------
    name
        As https://phosphoricons.com names it.
    token, active, on
        Colours (:data:`pipemap.gui.theme.TOKENS`) at rest, under the pointer, and while pressed in.
    """
    tokens = theme.colours(theme.is_dark())
    made: QIcon = qtawesome.icon(
        f"ph.{name}",
        color=tokens[token],
        color_active=tokens[active],
        color_disabled=tokens["text_off"],
        color_on=tokens[on],
        color_on_active=tokens[on],
    )
    return made
