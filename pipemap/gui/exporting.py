"""Where a table is written to, and that it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QFileDialog, QWidget

from pipemap.gui.clipboard import left_out
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Rows, Session
    from pipemap.progress import Progress

KINDS = {"XLSX (*.xlsx)": ".xlsx", "CSV (*.csv)": ".csv"}
GEOJSON = ".geojson"


def ask_for_export(parent: QWidget, title: str, name: str) -> Path | None:
    """The same, where nodes and pipes can also be written with their places."""
    kinds = KINDS | {"GeoJSON (*.geojson)": GEOJSON}
    text, kind = QFileDialog.getSaveFileName(parent, title, f"{name}.xlsx", ";;".join(kinds))
    if not text:
        return None
    path = Path(text)
    return path if path.suffix.lower() in kinds.values() else path.with_name(path.name + kinds.get(kind, ".xlsx"))


def write_rows(session: Session, nodes: Sequence[Rows], pipes: Sequence[Rows], target: Path) -> None:
    """Write nodes and pipes, each once, where the name of the file says how; what is secret stays, and is counted."""
    survey, network = session.survey, session.network
    if survey is None or network is None:
        return
    every = [np.unique(np.concatenate(rows)) for rows in (nodes, pipes)]
    author = str(session.settings.value("author"))

    def write(progress: Progress) -> tuple[int, int]:
        from pipemap.jobs.tracing import export_rows

        return export_rows(survey, every[0], every[1], target, author=author, progress=progress)

    def done(counts: tuple[int, int]) -> None:
        _say(session, target, *counts)
        session.registered.emit()

    session.run(write, _label(target), done)


def ask_for_table(parent: QWidget, title: str, name: str) -> Path | None:
    """Let the person say where to write a spreadsheet; a name without an ending takes that of the kind chosen."""
    text, kind = QFileDialog.getSaveFileName(parent, title, f"{name}.xlsx", ";;".join(KINDS))
    if not text:
        return None
    path = Path(text)
    return path if path.suffix.lower() in KINDS.values() else path.with_name(path.name + KINDS.get(kind, ".xlsx"))


def write_table(session: Session, write: Callable[[Progress], Path], target: Path, *, rows: int) -> None:
    """Write on another thread, then say how many rows went where."""
    session.run(write, _label(target), lambda _written: _say(session, target, rows, 0))


def write_released(session: Session, write: Callable[[Progress], tuple[int, int]], target: Path) -> None:
    """The same, where the work itself finds how many rows may leave, and how many stay because they are secret."""
    session.run(write, _label(target), lambda counts: _say(session, target, *counts))


def _label(target: Path) -> str:
    return _("Writing {file}").format(file=target.name)


def _say(session: Session, target: Path, rows: int, withheld: int) -> None:
    session.say(_("{n} rows written to {file}").format(n=f"{rows:,}", file=target.name) + left_out(withheld))
