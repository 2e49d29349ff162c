"""What every test stands on: nothing of the person's own is touched, and nothing goes wrong unnoticed."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pipemap.settings import FOLDER_VARIABLE
from pipemap.texts import set_language

settings.register_profile(
    "ci",
    deadline=None,  # a busy machine is no reason to fail
    derandomize=True,  # the same examples on every machine
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("long", parent=settings.get_profile("ci"), derandomize=False, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")  # one renderer everywhere: pictures do not depend on the card
os.environ.pop("WAYLAND_DISPLAY", None)  # windows open in the virtual display, not on the desk


@pytest.fixture(autouse=True, scope="session")
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings, recent files and whatever else a program keeps go to a folder that is thrown away."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(home / "settings"))
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "LOCALAPPDATA", "APPDATA"):
            patch.setenv(name, str(home / name.lower()))
        for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
            patch.setenv(name, "C.UTF-8")
        runtime = home / "runtime"  # Qt warns where there is none, or others may read it
        runtime.mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        yield


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Each test starts in English, whatever the one before it chose."""
    set_language("en")
    yield
    set_language("en")


@pytest.fixture(autouse=True)
def _settings_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts from default settings."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "settings"))


@pytest.fixture(autouse=True)
def _nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning in the log fails the test; one that is expected is looked at, then taken away with ``caplog.clear()``."""
    yield
    said = [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert not said, "\n".join(f"{record.levelname} {record.name}: {record.getMessage()}" for record in said)


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    """A thread that outlives its test fails it. Threads of Qt's pool are Python's dummies, and Qt's to keep."""
    before = set(threading.enumerate())
    yield
    ours = [thread for thread in threading.enumerate() if thread not in before and not isinstance(thread, threading._DummyThread)]
    for thread in ours:
        thread.join(timeout=5)
    alive = [thread.name for thread in ours if thread.is_alive() and not thread.daemon]
    assert not alive, f"still running: {', '.join(alive)}"
