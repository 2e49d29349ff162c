"""What the program does before it does anything, to start quickly."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


def leave_pandas_out() -> None:
    """Make ``import pandas`` fail as if it were not installed.

    pipemap does not use it, but Arrow loads it at the first array wherever it is installed, and that takes two seconds.
    Only for a process that is the program itself: scripts that use pipemap as a library keep their pandas.
    """
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NotInstalled())


_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Names of glibc's settings, as its <malloc.h> has them."""
_LARGE, _LEFT_OVER = 32 << 20, 256 << 20


def keep_memory() -> None:
    """Let all threads share one heap, and keep what they free for what they ask for next.

    Work on columns of a million rows asks for arrays of megabytes and lets them go a moment later. By default glibc gives each of
    them back to the system, from which the next one comes zeroed, page by page: a third of the time that opening took. Other
    systems have other ways and are left alone.
    """
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        for setting, value in ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _LEFT_OVER)):
            mallopt(setting, value)


class _NotInstalled(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        return ModuleSpec(fullname, self) if fullname == "pandas" else None

    def exec_module(self, module: ModuleType) -> None:
        raise ModuleNotFoundError(f"{module.__name__} is left out for speed", name=module.__name__)
