"""Every format that can be written: one row each, chosen by name or by the ending of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

from pipemap.errors import ReportError
from pipemap.model.extract import Extract
from pipemap.model.fields import Layer
from pipemap.model.problem import Problem
from pipemap.progress import SILENT, Progress
from pipemap.texts import _


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What a person can say about an export; every format takes what concerns it.

    Attributes
    ----------
    crs
        ``EPSG:N`` that coordinates go out in; empty: as the survey has them.
    fields
        Attributes chosen, by layer; a layer that is not in it goes out with everything that its format carries.
    words
        What is printed beside the data, each where it is known: ``title``, ``surveyor``, ``drawn``, ``checked``, ``approved``,
        ``date``.
    """

    crs: str = ""
    fields: Mapping[Layer, Sequence[str]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


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
    from pipemap.formats import dxf, epanet, swmm

    return (epanet.EXPORT, swmm.EXPORT, dxf.EXPORT)


def export_format(to: Path, name: str = "") -> ExportFormat:
    """Return the format of that name, or the one that the ending of ``to`` says.

    Raises
    ------
    ReportError
        There is none; the hint lists those there are.
    """
    rows = export_formats()
    wanted = name.strip().lower()
    for row in rows:
        if row.name == wanted or (not wanted and to.suffix.lower() in row.extensions):
            return row
    hint = _("Known formats: {names}.").format(names=", ".join(f"{row.name} ({' '.join(row.extensions)})" for row in rows))
    if wanted:
        raise ReportError(_("There is no format “{name}”.").format(name=name), hint)
    raise ReportError(_("“{file}” does not say which format is meant.").format(file=to.name), hint)
