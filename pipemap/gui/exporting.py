"""Where a table is written to, and that it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from pipemap.gui.clipboard import left_out
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.progress import Progress

KINDS = {"XLSX (*.xlsx)": ".xlsx", "CSV (*.csv)": ".csv"}


def ask_for_table(parent: QWidget, title: str, name: str) -> Path | None:
    """Let the person say where to write a spreadsheet; a name without an ending takes that of the kind chosen."""
    text, kind = QFileDialog.getSaveFileName(parent, title, f"{name}.xlsx", ";;".join(KINDS))
    if not text:
        return None
    path = Path(text)
    return path if path.suffix.lower() in KINDS.values() else path.with_name(path.name + KINDS.get(kind, ".xlsx"))


def write_table(session: Session, write: Callable[[Progress], Path], target: Path, *, rows: int, withheld: int = 0) -> None:
    """Write on another thread, then say how many rows went where, and how many stayed because they are secret."""

    def done(written: Path) -> None:
        session.say(_("{n} rows written to {file}").format(n=f"{rows:,}", file=written.name) + left_out(withheld))

    session.run(write, _("Writing {file}").format(file=target.name), done)
