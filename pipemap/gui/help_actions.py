"""What the commands of the Help menu do."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout

from pipemap import __version__
from pipemap.gui.commands import Context
from pipemap.gui.icons import icon
from pipemap.gui.manual import ManualWindow
from pipemap.gui.parts import button, label
from pipemap.texts import _


def show_manual(context: Context, page: str = "") -> None:
    """Open the manual, at a page."""
    manual = context.window.findChild(ManualWindow) or ManualWindow(context.window)
    manual.show_page(page)
    manual.show()
    manual.raise_()
    manual.activateWindow()


def show_commands(context: Context) -> None:
    """Open the manual at the table of commands."""
    show_manual(context, "commands")


def show_about(context: Context) -> None:
    """Say what this is, which version, and under which licence."""
    dialog = QDialog(context.window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(_("About pipemap"))
    row = QHBoxLayout(dialog)
    row.setContentsMargins(24, 24, 24, 16)
    row.setSpacing(20)
    picture = QLabel()
    picture.setPixmap(icon("tree-structure", tint="accent").pixmap(QSize(56, 56)))
    row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(8)
    words.addWidget(label("pipemap", "heading"))
    words.addWidget(label(_("Version {version}").format(version=__version__), "quiet", selectable=True))
    words.addWidget(label(_("See, trace and inspect the buried pipes of a town in 3D, from one survey database.")))
    words.addWidget(label(_("MIT licence · the pipemap authors"), "quiet"))
    words.addWidget(label(_("Built on VTK, Qt, networkx, NumPy, GDAL and PROJ. Icons: Phosphor."), "small"))
    words.addSpacing(8)
    words.addWidget(button(_("Close"), dialog.close), 0, Qt.AlignmentFlag.AlignRight)
    row.addLayout(words)
    dialog.show()
