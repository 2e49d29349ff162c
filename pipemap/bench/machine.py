"""What the figures were measured on."""

from __future__ import annotations

import datetime as dt
import os
import platform
import shutil
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

_LIBRARIES = (
    "numpy",
    "scipy",
    "pyarrow",
    "pyogrio",
    "vtk",
    "PySide6-Essentials",
    "networkx",
    "igraph",
    "pyvista",
    "wntr",
    "shapely",
)
_GIB = 1024**3


def describe() -> dict[str, str]:
    """Return what a person needs to know to compare: the day, the processor, the memory, the versions."""
    from pipemap import __version__

    told = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "pipemap": __version__,
    }
    told |= {name: version for name in _LIBRARIES if (version := _version(name))}
    if qgis := qgis_python():
        told["qgis"] = _asked(qgis, "import qgis.core; print(qgis.core.Qgis.QGIS_VERSION)")
    if ogr := shutil.which("ogr2ogr"):
        told["gdal"] = _output([ogr, "--version"]).split(",")[0].removeprefix("GDAL ")
    return told


@cache
def qgis_python() -> str | None:
    """Return the Python that knows QGIS, if there is one."""
    for name in (shutil.which("python3"), "/usr/bin/python3", shutil.which("python-qgis"), shutil.which("python-qgis-ltr")):
        if name and Path(name).exists() and _asked(name, "import qgis.core; print('here')").endswith("here"):
            return name
    return None


def _asked(python: str, statement: str) -> str:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return _output([python, "-c", statement], bare)


def _output(words: list[str], environment: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False, env=environment)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.machine()


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / _GIB:.0f} GiB"
    except (AttributeError, ValueError, OSError):
        return ""
