"""Starts the window: ``pipemap``, ``pipemap open FILE``, and pictures of the whole window for the manual and for tests."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSize, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QSurfaceFormat
from PySide6.QtWidgets import QApplication

from pipemap.errors import PipemapError, RenderError
from pipemap.gui.appearance import Appearance
from pipemap.gui.crash import show_crashes
from pipemap.gui.map_view import MapView
from pipemap.gui.photos import window_picture
from pipemap.gui.recent import Memory
from pipemap.gui.session import Message, Session
from pipemap.gui.window import MainWindow
from pipemap.settings import Settings
from pipemap.startup import keep_memory, leave_pandas_out
from pipemap.texts import _

log = logging.getLogger(__name__)
TURN = 0.0005
"""Seconds after which a thread that computes in Python gives way to the window; each of Qt's calls waits for such a turn."""
PATIENCE_MS = 180_000
"""How long a picture may take to be complete."""


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window as the arguments say; return the exit code."""
    if argv is None:
        leave_pandas_out()
        keep_memory()
    parser = argparse.ArgumentParser(prog="pipemap open", description=_("Opens the window."))
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE")
    parser.add_argument("--screenshot", type=Path, metavar="PNG")
    parser.add_argument("--lang", choices=("zh", "en"))
    parser.add_argument("--size", metavar="WxH")
    options = parser.parse_args(argv)
    try:
        size = size_of(options.size) if options.size else None
        return open_window(options.file, screenshot=options.screenshot, size=size, language=options.lang)
    except PipemapError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- the terminal is all there is before the window stands
        return error.exit_code


def size_of(text: str) -> tuple[int, int]:
    """Read ``1366x768``.

    Raises
    ------
    RenderError
        It is not a width and a height.
    """
    width, _x, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 0 < int(width) <= 16384 and 0 < int(height) <= 16384):  # noqa: PLR2004
        raise RenderError(_("“{text}” is not a size.").format(text=text), _("Write width and height in pixels, like 1600x1000."))
    return int(width), int(height)


def open_window(
    file: Path | None,
    *,
    screenshot: Path | None = None,
    size: tuple[int, int] | None = None,
    language: str | None = None,
    settings: Settings | None = None,
) -> int:
    """Open the window, on a survey or on the start page, and stay until it is closed.

    Parameters
    ----------
    file
        A survey to open, or a file to import.
    screenshot
        Wait for the complete picture, save the whole window there, and end.
    size
        Width and height of the window in pixels.
    language
        ``zh`` or ``en``; else as set.
    settings
        Else the user's own.

    Returns
    -------
    int
        Exit code: 0, or that of the error that kept the picture from being taken.

    Raises
    ------
    RenderError
        There is no display.
    """
    _check_display()
    application = make_application()
    settings = settings or Settings()
    session = Session(settings)
    Appearance(application, session, language=language)
    memory = Memory(settings.path.parent, writes=screenshot is None)
    window = MainWindow(session, memory)
    show_crashes(session, window)
    window.resize(QSize(*size) if size else window.first_size())
    load_ahead()
    window.show()
    if settings.set_aside is not None:
        session.notice(
            _("The settings file could not be read; the program starts with its defaults."),
            hint=_("It was kept as {file}.").format(file=settings.set_aside),
        )
    wanted = file or _last_survey(settings, memory)
    if wanted is not None:
        window.open_paths([wanted])
    photographer = Photographer(window, screenshot) if screenshot is not None else None
    code = application.exec()
    window.close()
    window.deleteLater()
    application.processEvents()
    return photographer.exit_code if photographer is not None else code


def make_application() -> QApplication:
    """The application object, with a surface the map can be drawn on, and first among the threads."""
    sys.setswitchinterval(TURN)
    surface = QSurfaceFormat()
    surface.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    surface.setVersion(3, 2)
    surface.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    surface.setDepthBufferSize(24)
    surface.setStencilBufferSize(8)
    surface.setSamples(0)
    QSurfaceFormat.setDefaultFormat(surface)
    qInstallMessageHandler(_log_qt)
    found = QApplication.instance()
    application = found if isinstance(found, QApplication) else QApplication(["pipemap"])
    application.setApplicationName("pipemap")
    application.setApplicationDisplayName("pipemap")
    application.setDesktopFileName("pipemap")
    return application


def load_ahead() -> None:
    """Load what opening a survey needs: a library that is loaded later holds up a window that a person sees."""
    for name in ("pyarrow.compute", "pyogrio.raw", "scipy.ndimage", "scipy.sparse.csgraph"):
        importlib.import_module(name)


class Photographer(QObject):
    """Waits until the window shows everything, saves it, and ends the program."""

    def __init__(self, window: MainWindow, target: Path) -> None:
        super().__init__(window)
        self._window, self._target = window, target
        self._calm = 0
        self._waited = 0
        self.exit_code = 0
        if isinstance(window.map, MapView):
            window.map.is_patient = True
        window.session.message.connect(self._hear)
        window.session.crashed.connect(self._hear)
        self._timer = QTimer(self, interval=60)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        self._waited += self._timer.interval()
        self._calm = self._calm + 1 if self._window.session.is_settled else 0
        if self._calm >= 5 or self._waited > PATIENCE_MS:  # noqa: PLR2004 -- a few turns in which nothing began
            self._timer.stop()
            self._save()
            self._window.close()
            QApplication.quit()

    def _save(self) -> None:
        with contextlib.suppress(OSError):
            self._target.parent.mkdir(parents=True, exist_ok=True)
        if not window_picture(self._window, dialogs=True).save(str(self._target), "PNG"):
            print(_("The picture could not be saved as {file}.").format(file=self._target), file=sys.stderr)  # noqa: T201
            self.exit_code = RenderError.exit_code

    def _hear(self, what: object) -> None:
        if isinstance(what, Message):
            if what.level == "error":
                print(f"{what.text}\n{what.hint}".strip(), file=sys.stderr)  # noqa: T201
                self.exit_code = 1
        else:
            self.exit_code = 70


def _last_survey(settings: Settings, memory: Memory) -> Path | None:
    surveys = memory.surveys
    return Path(surveys[0].path) if settings.value("open_last") and surveys else None


def _check_display() -> None:
    needs = sys.platform.startswith("linux") and not os.environ.get("QT_QPA_PLATFORM")
    if needs and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise RenderError(
            _("There is no display to open a window on."),
            _("Start it with xvfb-run, or use “pipemap render” for a picture without a window."),
        )


def _log_qt(kind: QtMsgType, context: object, text: str) -> None:  # noqa: ARG001 -- Qt's signature
    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
        QtMsgType.QtCriticalMsg: logging.ERROR,
        QtMsgType.QtFatalMsg: logging.CRITICAL,
    }
    log.log(levels.get(kind, logging.WARNING), "%s", text)


if __name__ == "__main__":
    sys.exit(main())
