"""What the program does before it does anything, to start quickly."""

from __future__ import annotations

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


class _NotInstalled(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        return ModuleSpec(fullname, self) if fullname == "pandas" else None

    def exec_module(self, module: ModuleType) -> None:
        raise ModuleNotFoundError(f"{module.__name__} is left out for speed", name=module.__name__)
