"""Every format that can be written: one row each, chosen by name or by the ending of the file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

from pipemap.errors import ReportError
from pipemap.model.extract import Extract
from pipemap.model.fields import Layer
from pipemap.model.problem import Problem
from pipemap.progress import SILENT, Progress
from pipemap.texts import N_, _


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What a person can say about an export; every format takes what concerns it.

    Attributes
    ----------
    crs
        ``EPSG:N`` that coordinates go out in; empty: as the survey has them.
    fields
        Attributes chosen, by layer; a layer that is not in it goes out with everything that its format carries.
    labels
        Whether a column of words, in the language on screen, goes out beside each column of codes, where the format has columns.
    words
        What is printed beside the data, each where it is known: ``title``, ``surveyor``, ``drawn``, ``checked``, ``approved``,
        ``date``.
    encoding
        Of text tables; empty: UTF-8 with the mark that Excel wants.
    """

    crs: str = ""
    fields: Mapping[Layer, Sequence[str]] = field(default_factory=dict)
    labels: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What an export came to.

    Attributes
    ----------
    paths
        The files, the one that was asked for first.
    losses
        What the format could not carry: one problem of severity ``info`` or ``warning`` a kind, with how much of it there is.
    """

    paths: tuple[Path, ...]
    losses: tuple[Problem, ...] = ()


FORMAT_LIMITS: dict[str, str] = {
    "survey-tables": N_("As crews fill them in: bends between points become points; what only models know stays."),
    "plain-tables": N_("Everything known of nodes, pipes and customers, read back as it was; history and findings stay."),
    "gpkg": N_("Nodes and pipes with all attributes; customers, findings and history stay in the survey."),
    "shp": N_("Names of ten letters, texts of 254 bytes, no difference between empty and unknown; two layers are two files."),
    "geojson": N_("Always in WGS 84 degrees; two layers are two files."),
    "fgb": N_("Two layers are two files; customers, findings and history stay in the survey."),
    "kml": N_("Always in WGS 84 degrees and in plan: viewers hide what lies under the ground."),
    "epanet": N_("Water supply only; materials, depths, owners and the like have no place in a model."),
    "swmm": N_("Drainage only; materials, owners and the like have no place in a model."),
    "glb": N_("A model to look at, in metres: ids and categories alone."),
    "dxf": N_("A drawing: lines, symbols and texts on the layers of survey offices; attributes stay in the survey."),
}
"""What each format cannot carry, in a sentence that stands beside its name before anything is written; by name."""


class Writer(Protocol):
    """Write an extract."""

    def __call__(self, extract: Extract, to: Path, *, options: WriteOptions, progress: Progress = SILENT) -> Written:
        """Write to a name whose folder exists and say what was lost; ``ReportError`` when nothing sensible can be written."""
        ...


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format to write.

    Attributes
    ----------
    name
        As typed after ``--format``: ``survey-tables``, ``gpkg``, ``shp``, ``dxf`` …
    label
        English name for people, marked with ``N_``.
    extensions
        Endings with the dot; the first is given to a name without one.
    write
        Writes it.
    """

    name: str
    label: str
    extensions: tuple[str, ...]
    write: Writer = field(repr=False)


@cache
def export_formats() -> tuple[ExportFormat, ...]:
    """Return every format that can be written; where two share an ending, the earlier is meant unless named."""
    from pipemap.formats import dxf, epanet, gis, plain_tables, survey_sheets, swmm

    return (survey_sheets.EXPORT, plain_tables.EXPORT, *gis.EXPORTS, epanet.EXPORT, swmm.EXPORT, dxf.EXPORT)


def export_format(to: Path, name: str = "", rows: Sequence[ExportFormat] = ()) -> ExportFormat:
    """Return the format of that name, or the one that the ending of ``to`` says; of ``rows``, or else of all here.

    Raises
    ------
    ReportError
        There is none; the hint lists those there are.
    """
    rows = rows or export_formats()
    wanted = name.strip().lower()
    for row in rows:
        if row.name == wanted or (not wanted and to.suffix.lower() in row.extensions):
            return row
    hint = _("Known formats: {names}.").format(names=", ".join(f"{row.name} ({' '.join(row.extensions)})" for row in rows))
    if wanted:
        raise ReportError(_("There is no format “{name}”.").format(name=name), hint)
    raise ReportError(_("“{file}” does not say which format is meant.").format(file=to.name), hint)


@contextmanager
def whole_files(to: Path) -> Iterator[Path]:
    """Give an empty folder beside ``to``; what is in it when the block ends well is put beside ``to``.

    Raises
    ------
    ReportError
        A file cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".pipemap-", dir=to.parent) as name:
            folder = Path(name)
            yield folder
            for path in sorted(folder.iterdir()):
                path.replace(to.parent / path.name)
    except OSError as error:
        raise ReportError(
            _("{file} cannot be written: {reason}").format(file=to, reason=error.strerror or error),
            _("Close the file if another program has it open, and check its permissions and the space on the disk."),
        ) from error
