"""How severities look and are called: shape and colour, in lists and beside words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.gui.icons import icon
from pipemap.model.problem import Severity
from pipemap.texts import N_

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

SEVERITY_TEXTS: dict[str, str] = {"error": N_("Error"), "warning": N_("Warning"), "info": N_("Remark")}
_ICONS: dict[Severity, tuple[str, str]] = {
    "error": ("x-circle", "error"),
    "warning": ("warning", "warning"),
    "info": ("info", "text_2"),
}


def severity_icon(severity: Severity) -> QIcon:
    """Shape and colour of a severity."""
    name, token = _ICONS[severity]
    return icon(name, tint=token, active=token, on=token)
