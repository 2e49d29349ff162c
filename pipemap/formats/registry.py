"""Every format that can be read: one row each, found by what is inside the file and not by its name alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

from pipemap.errors import PipemapError, SurveyFileError
from pipemap.model.delivery import Delivery
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

SURE = 0.9
"""A confidence from here on means that the inside of the file leaves no doubt."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person can say about a source; every format takes what concerns it.

    Attributes
    ----------
    crs
        ``EPSG:N`` of the coordinates; empty: what the source says, or what its coordinates look like.
    batch
        Name of the delivery; empty: the name of the first file.
    mapping
        JSON file, ``{table: {column: field}}``, that corrects what is understood of the columns.
    valve_layer
        CSV file, ``link,node``: isolation valves beside a hydraulic model.
    """

    crs: str = ""
    batch: str = ""
    mapping: Path | None = None
    valve_layer: Path | None = None


class Reader(Protocol):
    """Read the files of one delivery."""

    def __call__(self, paths: Sequence[Path], *, options: ReadOptions, progress: Progress = SILENT) -> Delivery:
        """Return everything the files hold; ``SurveyFileError`` or ``SurveyDataError`` when nothing can be built."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes
    ----------
    name
        As typed after ``--format`` and kept in the survey: ``survey-tables``.
    label
        English name for people, marked with ``N_``.
    extensions
        Usual endings with the dot, for file dialogs; a file with another one is read just the same.
    recognizes
        Confidence, 0 to 1, that a file is of this format, from a look inside; never raises for what a file holds.
    read
        Reads one or several files as one delivery.
    takes
        Files of :class:`ReadOptions` that mean something to it.
    """

    name: str
    label: str
    extensions: tuple[str, ...]
    recognizes: Callable[[Path], float] = field(repr=False)
    read: Reader = field(repr=False)
    takes: tuple[str, ...] = ("mapping",)


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """Files of one format: one delivery."""

    format: Format
    paths: tuple[Path, ...]


@cache
def formats() -> tuple[Format, ...]:
    """Return every format that can be read."""
    from pipemap.formats import epanet, gis, survey_tables, swmm

    return (survey_tables.FORMAT, epanet.FORMAT, swmm.FORMAT, gis.FORMAT)


def format_named(name: str) -> Format:
    """Return the format of that name.

    Raises
    ------
    SurveyFileError
        There is none; the hint lists those there are.
    """
    for row in formats():
        if row.name == name.strip().lower():
            return row
    hint = _("Known formats: {names}.").format(names=", ".join(row.name for row in formats()))
    raise SurveyFileError(_("There is no format “{name}”.").format(name=name), hint)


def recognize(path: Path) -> Format | None:
    """Return the format that a file most probably has, or None when none fits."""
    scored = [(row.recognizes(path), row) for row in formats()]
    confidence, best = max(scored, key=lambda pair: pair[0])
    return best if confidence > 0 else None


def group_sources(paths: Sequence[Path]) -> tuple[SourceGroup, ...]:
    """Sort files by format, in the order in which each format first appears.

    Raises
    ------
    SurveyFileError
        A file is missing, empty, or of no known format.
    """
    found: dict[str, tuple[Format, list[Path]]] = {}
    for path in paths:
        check_exists(path)
        row = recognize(path)
        if row is None:
            raise _unknown(path)
        found.setdefault(row.name, (row, []))[1].append(path)
    return tuple(SourceGroup(row, tuple(files)) for row, files in found.values())


def read_source(
    paths: Sequence[Path],
    *,
    format: str | None = None,
    crs: str = "",
    batch: str = "",
    mapping: Path | None = None,
    valve_layer: Path | None = None,
    progress: Progress = SILENT,
) -> Delivery:
    """Read one source, of one or several files (a point and a line table), as one delivery.

    Parameters
    ----------
    paths
        Files of one format.
    format
        Name of the format; None: whichever fits best.
    crs, batch, mapping, valve_layer
        See :class:`ReadOptions`.
    progress
        Told how far the reading is; may raise ``Cancelled``.

    Raises
    ------
    SurveyFileError
        A file is missing, empty, damaged, or of no known format, or the files are of different formats.
    SurveyDataError
        The files can be read, but no network can be built from them.
    """
    files = [Path(path) for path in paths]
    if not files:
        raise SurveyFileError(_("No source was named."))
    options = ReadOptions(crs=crs, batch=batch, mapping=mapping, valve_layer=valve_layer)
    for extra in (mapping, valve_layer):
        if extra is not None:
            check_exists(Path(extra))
    if format is not None:
        for path in files:
            check_exists(path)
        chosen = format_named(format)
    else:
        chosen = _only_format(files)
    _check_takes(chosen, options)
    try:
        return chosen.read(files, options=options, progress=progress)
    except PipemapError:
        raise
    except OSError as error:
        raise SurveyFileError(
            _("{file} cannot be read: {reason}").format(file=files[0].name, reason=error.strerror or error)
        ) from error


def _check_takes(chosen: Format, options: ReadOptions) -> None:
    """Refuse a file that the format would not look at: nothing that a person says is ignored."""
    for name in ("mapping", "valve_layer"):
        if getattr(options, name) is not None and name not in chosen.takes:
            option = f"--{name.replace('_', '-')}"
            raise SurveyFileError(
                _("{option} means nothing to {format}.").format(option=option, format=_(chosen.label)), _("Leave it out.")
            )


def check_exists(path: Path) -> None:
    """Raise a ``SurveyFileError`` when a file is missing, holds nothing, or may not be read."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SurveyFileError(_("{file} does not exist or cannot be opened.").format(file=path)) from error
    except ValueError as error:  # a NUL in the name
        raise SurveyFileError(_("{file} is no file name.").format(file=repr(str(path)))) from error
    if size == 0 and path.is_file():
        raise SurveyFileError(_("{file} is empty.").format(file=path.name))
    if not os.access(path, os.R_OK):
        raise SurveyFileError(_("{file} may not be read.").format(file=path), _("Check its permissions."))


def _only_format(files: Sequence[Path]) -> Format:
    groups = group_sources(files)
    if len(groups) == 1:
        return groups[0].format
    kinds = "; ".join(f"{', '.join(path.name for path in group.paths)}: {_(group.format.label)}" for group in groups)
    raise SurveyFileError(
        _("The files are of different formats: {kinds}.").format(kinds=kinds),
        _("Import them one after another, as batches of one survey."),
    )


def _unknown(path: Path) -> SurveyFileError:
    if path.is_dir():
        return SurveyFileError(_("{file} is a folder.").format(file=path), _("Name the files in it."))
    kinds = ", ".join(f"{_(row.label)} ({' '.join(row.extensions)})" for row in formats())
    return SurveyFileError(
        _("{file} is of no format that pipemap reads.").format(file=path.name),
        _("Looked inside for: {formats}.").format(formats=kinds),
    )
