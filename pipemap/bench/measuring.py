"""A clock and a pair of scales for one case."""

from __future__ import annotations

import gc
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.bench.results import Measured

if TYPE_CHECKING:
    from pipemap.bench.case import Case

_LEAST, _MOST = 3, 9
"""Runs of what is quick."""
_PATIENCE = 3.0
"""Seconds after which a case that has run often enough is not run again."""
_TOO_LONG = 5.0
"""Seconds of a single run after which there is no second one."""
_MIB = 1024 * 1024


def measure(case: Case) -> Measured:
    """Run a case until its median can be believed."""
    runs: list[float] = []
    before, peak, held = float("nan"), float("nan"), float("nan")
    began = time.perf_counter()
    while True:
        case.before()
        gc.collect()
        if not runs:
            before = held_mib()
        start = time.perf_counter()
        told = case.run()
        runs.append(told if isinstance(told, float) else time.perf_counter() - start)
        if len(runs) == 1:
            peak, held = peak_mib(), held_mib()
        spent = time.perf_counter() - began
        enough = len(runs) >= _LEAST and (spent > _PATIENCE or len(runs) >= _MOST)
        if case.once or enough or (runs[-1] > _TOO_LONG):
            break
    return Measured(statistics.median(runs), tuple(runs), peak, held, before, case.note())


def held_mib() -> float:
    """Memory that this process holds now; NaN where the system does not say."""
    return _status("VmRSS")


def peak_mib() -> float:
    """Most memory that this process ever held; NaN where the system does not say."""
    found = _status("VmHWM")
    if found == found or sys.platform == "win32":  # noqa: PLR0124 -- not NaN
        return found
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / _MIB if sys.platform == "darwin" else most / 1024


def _status(name: str) -> float:
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return float("nan")
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:")), float("nan"))
