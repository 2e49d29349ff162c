"""Old workbooks (XLS), tried in a process of their own: over some damaged ones the library that reads them ends the process."""

from __future__ import annotations

import sys
import tempfile
from functools import lru_cache
from pathlib import Path

from pipemap.formats.watching import run_watched
from pipemap.progress import SILENT

_PATIENCE_S = 300.0
_MOST_MEMORY = 4 << 30
"""Bytes; the largest old workbook, 65,536 rows of 256 columns a sheet, needs a part of it."""
_TOO_MUCH = 3


def survives_reading(path: Path) -> bool:
    """Whether a process that reads every cell of an old workbook comes to its end, whatever it finds there.

    Raises
    ------
    SurveyFileError
        Reading takes far too long.
    """
    about = path.stat()
    return _tried(path, about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=64)
def _tried(path: Path, _size: int, _changed: int) -> bool:
    with tempfile.TemporaryDirectory(prefix="pipemap-xls-") as folder:
        command = [sys.executable, "-m", __name__, str(path)]
        output = Path(folder) / "said"
        ended = run_watched(command, output=output, source=path, patience_s=_PATIENCE_S, progress=SILENT, label="")
    return ended.status == 0


def main(path: str) -> int:
    """Read every cell; an error in words is for the reader proper to tell."""
    from python_calamine import CalamineWorkbook

    _limit_memory()
    try:
        workbook = CalamineWorkbook.from_path(path)
        for name in workbook.sheet_names:
            for _row in workbook.get_sheet_by_name(name).iter_rows():
                pass
    except MemoryError:
        return _TOO_MUCH
    except BaseException:  # noqa: BLE001 -- panics of the reader's own language too
        return 0
    return 0


def _limit_memory() -> None:
    """Let no more be reserved than a workbook can need, where the system knows how."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _MOST_MEMORY if hard == resource.RLIM_INFINITY else min(_MOST_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
