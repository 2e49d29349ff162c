"""SWMM INP files, in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.errors import SurveyFileError
from pipemap.formats.registry import Format, ReadOptions
from pipemap.formats.swmm.reader import NAME, read_swmm
from pipemap.formats.swmm.recognition import recognizes
from pipemap.formats.swmm.writer import write_swmm
from pipemap.formats.writing import ExportFormat
from pipemap.progress import SILENT, Progress
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipemap.model.delivery import Delivery

__all__ = ["EXPORT", "FORMAT", "read_swmm", "recognizes", "write_swmm"]


def _read(paths: Sequence[Path], *, options: ReadOptions, progress: Progress = SILENT) -> Delivery:
    if len(paths) != 1:
        names = ", ".join(path.name for path in paths)
        raise SurveyFileError(
            _("A SWMM model is one file, and these are {count}: {files}.").format(count=len(paths), files=names),
            _("Import them one after another, as batches of one survey."),
        )
    return read_swmm(paths[0], crs=options.crs, batch=options.batch, progress=progress)


FORMAT = Format(NAME, N_("SWMM model"), (".inp",), recognizes, _read, takes=(), alone=True)
EXPORT = ExportFormat(NAME, N_("SWMM model"), (".inp",), write_swmm)
