"""A window on a small survey, as a person would have it open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pipemap.gui.app import make_application
from pipemap.gui.appearance import Appearance
from pipemap.gui.recent import Memory
from pipemap.gui.session import Session
from pipemap.gui.window import MainWindow
from pipemap.settings import Settings
from tests.gui.surveys import street_file


@pytest.fixture(scope="session")
def qapp_cls() -> Callable[[list[str]], QApplication]:
    """The application as the program makes it."""
    return lambda _arguments: make_application()


@pytest.fixture
def street_path(tmp_path: Path) -> Path:
    """A survey of seven nodes and five pipes."""
    return street_file(tmp_path / "street.gpkg")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a person who has set nothing."""
    return Settings(tmp_path / "settings" / "settings.json")


@pytest.fixture
def session(qapp: QApplication, settings: Settings) -> Iterator[Session]:
    """A session in which nothing is open."""
    session = Session(settings)
    Appearance(qapp, session, language="en")
    yield session
    session.shut_down()
    session.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def window(qtbot: QtBot, session: Session, tmp_path: Path) -> Iterator[MainWindow]:
    """The window on its start page."""
    window = MainWindow(session, Memory(tmp_path / "memory"))
    window.resize(1366, 768)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def open_window(qtbot: QtBot, window: MainWindow, session: Session, street_path: Path) -> MainWindow:
    """The window on the street, its picture complete."""
    session.open(street_path)
    qtbot.waitUntil(lambda: session.network is not None and session.is_settled, timeout=20_000)
    return window
