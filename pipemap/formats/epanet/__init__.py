"""EPANET INP files, in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.errors import SurveyFileError
from pipemap.formats.epanet.reader import NAME, read_epanet
from pipemap.formats.epanet.recognition import recognizes
from pipemap.formats.epanet.writer import write_epanet
from pipemap.formats.registry import Format, ReadOptions
from pipemap.formats.writing import ExportFormat
from pipemap.progress import SILENT, Progress
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipemap.model.delivery import Delivery

__all__ = ["EXPORT", "FORMAT", "read_epanet", "recognizes", "write_epanet"]


def _read(paths: Sequence[Path], *, options: ReadOptions, progress: Progress = SILENT) -> Delivery:
    if len(paths) != 1:
        names = ", ".join(path.name for path in paths)
        raise SurveyFileError(
            _("An EPANET model is one file, and these are {count}: {files}.").format(count=len(paths), files=names),
            _("Import them one after another, as batches of one survey."),
        )
    return read_epanet(paths[0], crs=options.crs, batch=options.batch, valve_layer=options.valve_layer, progress=progress)


FORMAT = Format(NAME, N_("EPANET model"), (".inp",), recognizes, _read, takes=("valve_layer",), alone=True)
EXPORT = ExportFormat(NAME, N_("EPANET model"), (".inp",), write_epanet)
