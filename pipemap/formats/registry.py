"""Every format that can be read: one row each, found by what is inside the file and not by its name alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

from pipemap.errors import PipemapError, SurveyDataError, SurveyFileError
from pipemap.model.delivery import Delivery
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

Corrections = Mapping[str, object]
"""What a mapping file holds, as JSON has it: ``{"profile": name, table: {column: field, "@kind": kind, "@header": row}}``."""

MOST_FILES = 2000
"""Files of a folder that are looked into. Our own figure."""

OPTIONS = ("mapping", "valve_layer", "snap", "join_tees")
"""Fields of :class:`ReadOptions` that not every format takes."""

LARGEST_SNAP = 10.0
"""Metres: with more, pipes of one street would run together."""

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
        Corrects what is understood of the columns: a JSON file, or what such a file holds.
    valve_layer
        CSV file, ``link,node``: isolation valves beside a hydraulic model.
    snap
        Metres within which ends of lines, and points, are one node; None: what the format takes by itself.
    join_tees
        Whether a line that ends on the middle of another one joins it there, though no point says so.
    """

    crs: str = ""
    batch: str = ""
    mapping: Path | Corrections | None = None
    valve_layer: Path | None = None
    snap: float | None = None
    join_tees: bool = False


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
        Those of :class:`ReadOptions` that mean something to it, beside ``crs`` and ``batch``, which mean something to all.
    alone
        Each file is a delivery of its own, as models are.
    """

    name: str
    label: str
    extensions: tuple[str, ...]
    recognizes: Callable[[Path], float] = field(repr=False)
    read: Reader = field(repr=False)
    takes: tuple[str, ...] = ("mapping",)
    alone: bool = False


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """Files of one delivery."""

    format: Format
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that nothing can be made of, and why."""

    path: Path
    error: PipemapError


@dataclass(frozen=True, slots=True)
class SortedSources:
    """Files by format, and those of none."""

    groups: tuple[SourceGroup, ...]
    unreadable: tuple[Unreadable, ...]


@cache
def formats() -> tuple[Format, ...]:
    """Return every format that can be read."""
    from pipemap.formats import customers, epanet, gis, isybau, pandapipes, plain_tables, stanet, survey_tables, swmm

    return (
        plain_tables.FORMAT,
        customers.FORMAT,
        survey_tables.FORMAT,
        epanet.FORMAT,
        swmm.FORMAT,
        stanet.FORMAT,
        pandapipes.FORMAT,
        isybau.FORMAT,
        gis.FORMAT,
    )


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
    """Sort files by format, in the order in which each format first appears; a model is a group of its own.

    Raises
    ------
    SurveyFileError
        A file is missing, empty, or of no known format.
    """
    found = sort_sources(paths)
    if found.unreadable:
        raise found.unreadable[0].error
    return found.groups


def sort_sources(paths: Sequence[Path], *, progress: Progress = SILENT) -> SortedSources:
    """Sort files by format like :func:`group_sources`, and list those that are of none instead of refusing all."""
    found: dict[tuple[str, Path | None], tuple[Format, list[Path]]] = {}
    unreadable = []
    for number, path in enumerate(paths):
        progress(number, len(paths), _("Looking into {file}").format(file=path.name))
        try:
            check_exists(path)
            row = recognize(path)
            if row is None:
                raise _unknown(path)
        except SurveyFileError as error:
            unreadable.append(Unreadable(path, error))
        else:
            found.setdefault((row.name, path if row.alone else None), (row, []))[1].append(path)
    groups = tuple(SourceGroup(row, tuple(files)) for row, files in found.values())
    return SortedSources(groups, tuple(unreadable))


def files_in(paths: Sequence[Path], *, progress: Progress = SILENT) -> list[Path]:
    """Return the files that people mean by files and folders: of a folder all that lie in it, each once.

    A folder that is itself a source (a file geodatabase) stays one; hidden files, links and files that only belong to another
    one (the .dbf of a shapefile) are left out.

    Raises
    ------
    SurveyFileError
        A folder holds more files than anyone delivers.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir() and recognize(path) is None:
            found |= dict.fromkeys(_files_below(path, progress))
        else:
            found[path] = None
    return [path for path in found if not _belongs_to_other(path, found)]


def _files_below(folder: Path, progress: Progress) -> Iterator[Path]:
    count = 0
    for place, folders, names in os.walk(folder):
        sources = [name for name in folders if recognize(Path(place) / name) is not None]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in sources)
        for name in sorted([*names, *sources]):
            path = Path(place) / name
            if name.startswith((".", "~$")) or path.is_symlink():
                continue
            count += 1
            progress(count, None, _("Looking into {file}").format(file=folder.name))
            if count > MOST_FILES:
                raise SurveyFileError(
                    _("{file} holds more than {n} files.").format(file=folder.name, n=f"{MOST_FILES:,}"),
                    _("Choose the folder of one delivery."),
                )
            yield path


def _belongs_to_other(path: Path, among: Collection[Path]) -> bool:
    from pipemap.formats.gis.recognition import main_file

    main = main_file(path)
    return main is not None and main in among


def read_source(  # noqa: PLR0913 -- the options of a person, each by its name
    paths: Sequence[Path],
    *,
    format: str | None = None,
    crs: str = "",
    batch: str = "",
    mapping: Path | Corrections | None = None,
    valve_layer: Path | None = None,
    snap: float | None = None,
    join_tees: bool = False,
    progress: Progress = SILENT,
) -> Delivery:
    """Read one source, of one or several files (a point and a line table), as one delivery.

    Parameters
    ----------
    paths
        Files of one format.
    format
        Name of the format; None: whichever fits best.
    crs, batch, mapping, valve_layer, snap, join_tees
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
    options = ReadOptions(crs=crs, batch=batch, mapping=mapping, valve_layer=valve_layer, snap=snap, join_tees=join_tees)
    for extra in (mapping, valve_layer):
        if isinstance(extra, (str, Path)):
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
    """Refuse what the format would not look at: nothing that a person says is ignored."""
    if options.snap is not None and not 0 <= options.snap <= LARGEST_SNAP:
        raise SurveyDataError(
            _("A tolerance of {snap} m makes no sense.").format(snap=options.snap),
            _("Between 0 and {most} m do.").format(most=f"{LARGEST_SNAP:g}"),
        )
    for name in OPTIONS:
        said = getattr(options, name)
        if said is not None and said is not False and name not in chosen.takes:
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
    if len({group.format.name for group in groups}) == 1:
        return groups[0].format
    kinds = "; ".join(f"{', '.join(path.name for path in group.paths)}: {_(group.format.label)}" for group in groups)
    raise SurveyFileError(
        _("The files are of different formats: {kinds}.").format(kinds=kinds),
        _("Import them one after another, as batches of one survey."),
    )


def _unknown(path: Path) -> SurveyFileError:
    if path.is_dir():
        return SurveyFileError(_("{file} is a folder.").format(file=path), _("Name the files in it."))
    from pipemap.formats.gis.recognition import is_survey

    if is_survey(path):
        return SurveyFileError(
            _("{file} is a survey database of pipemap.").format(file=path.name), _("Open it; it needs no import.")
        )
    kinds = ", ".join(f"{_(row.label)} ({' '.join(row.extensions)})" for row in formats())
    return SurveyFileError(
        _("{file} is of no format that pipemap reads.").format(file=path.name),
        _("Looked inside for: {formats}.").format(formats=kinds),
    )
