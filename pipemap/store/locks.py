"""One writer at a time: a lock file beside the survey, which names who holds it.

The lock itself is the operating system's, so that it goes when its program dies; the text in the file is for people, and for
computers that share a folder without sharing locks.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_LOCKED_BYTE = 1 << 30
"""Windows locks bytes and lets nobody read them; this one lies far behind the text."""
_FORGOTTEN = 14 * 24 * 3600.0
"""Seconds after which the lock of another computer counts as left behind by a crash."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who writes into a survey."""

    user: str
    host: str
    pid: int
    time: float

    def __str__(self) -> str:
        return f"{self.user}@{self.host} ({self.pid})"

    @classmethod
    def me(cls) -> Holder:
        """Return this program."""
        try:
            user = getpass.getuser()
        except (OSError, KeyError):
            user = "?"
        return cls(user, socket.gethostname(), os.getpid(), time.time())


class WriterLock:
    """Holds, or fails to hold, the right to write; ``holder`` names the other program when it failed."""

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(path.name + ".lock")
        self.holder: Holder | None = None
        self._file: int | None = None

    @property
    def held(self) -> bool:
        """Whether we may write."""
        return self._file is not None

    def acquire(self) -> bool:
        """Try to become the writer; False leaves the other's name in ``holder``.

        Raises
        ------
        OSError
            The folder takes no files.
        """
        for _attempt in range(5):
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            there = _read(file)
            if not _lock(file) or (there is not None and _held_elsewhere(there)):
                self.holder = there or Holder("?", "?", 0, 0.0)
                os.close(file)
                return False
            if self._still_there(file):
                os.ftruncate(file, 0)
                os.lseek(file, 0, os.SEEK_SET)
                os.write(file, json.dumps(asdict(Holder.me())).encode())
                self._file = file
                return True
            os.close(file)
        return False

    def release(self) -> None:
        """Let others write."""
        if self._file is not None:
            file, self._file = self._file, None
            if sys.platform == "win32":
                os.close(file)
            with contextlib.suppress(OSError):
                self.path.unlink()
            if sys.platform != "win32":
                os.close(file)

    def _still_there(self, file: int) -> bool:
        """Whether the file we locked is the one that others see: its former holder deletes it when it ends."""
        try:
            return os.path.samestat(os.fstat(file), self.path.stat())
        except OSError:
            return False


def who_writes(path: Path) -> Holder | None:
    """Return who holds the lock of a survey right now, without taking it; ``None`` when nobody does."""
    lock = path.with_name(path.name + ".lock")
    try:
        file = os.open(lock, os.O_RDWR)
    except OSError:
        return None
    try:
        there = _read(file)
        if _lock(file) and (there is None or not _held_elsewhere(there)):
            return None
        return there or Holder("?", "?", 0, 0.0)
    finally:
        os.close(file)


def _held_elsewhere(there: Holder) -> bool:
    return there.host != socket.gethostname() and time.time() - there.time < _FORGOTTEN


def _read(file: int) -> Holder | None:
    try:
        os.lseek(file, 0, os.SEEK_SET)
        words = json.loads(os.read(file, 4096))
        return Holder(str(words["user"]), str(words["host"]), int(words["pid"]), float(words["time"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> bool:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
