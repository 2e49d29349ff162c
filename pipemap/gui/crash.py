"""What a person sees when the program has a bug: that nothing confirmed is lost, and a text to send."""

from __future__ import annotations

import logging
import platform
import sys
import traceback
from types import TracebackType

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from pipemap import __version__
from pipemap.gui.parts import button, label
from pipemap.gui.session import Session
from pipemap.texts import _

log = logging.getLogger(__name__)


def crash_report(error: BaseException) -> str:
    """Versions and traceback, as plain English text for whoever mends the program."""
    versions = [f"pipemap {__version__}", f"Python {platform.python_version()}", f"Qt {qVersion()}", platform.platform()]
    return "\n".join([" · ".join(versions), "", "".join(traceback.format_exception(error)).strip()])


class CrashDialog(QDialog):
    """Says that it is our mistake, and offers the text."""

    def __init__(self, error: BaseException, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report = crash_report(error)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Something went wrong in pipemap"))
        self.resize(720, 440)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addWidget(label(_("pipemap made a mistake"), "heading"))
        words = _(
            "This is our fault, not yours. Everything that was confirmed is stored in the survey; you can go on working. "
            "The text below helps us to mend it."
        )
        column.addWidget(label(words, "quiet", wrap=True))
        text = QPlainTextEdit(self.report)
        text.setReadOnly(True)
        text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        text.setAccessibleName(_("Text to copy"))
        column.addWidget(text, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(button(_("Copy text"), lambda: QGuiApplication.clipboard().setText(self.report), primary=True))
        foot.addWidget(button(_("Close"), self.close))
        column.addLayout(foot)


def show_crashes(session: Session, window: QWidget) -> None:
    """Show a dialog for each bug: those the session hears of, and those nobody caught. One dialog at a time."""

    def show(error: BaseException) -> None:
        log.error("A bug was met", exc_info=error)
        if window.findChild(CrashDialog) is None:
            CrashDialog(error, window).show()

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        show(error)

    session.crashed.connect(show)
    sys.excepthook = uncaught
