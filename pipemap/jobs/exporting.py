"""What a survey hands out: chosen, freed of what is secret, written whole, and entered into its register in the same breath."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import ReportError
from pipemap.jobs.writing import draft_folder, in_place
from pipemap.model.fields import LAYERS, Layer, fields
from pipemap.model.problem import Problem
from pipemap.progress import SILENT, Progress, Told
from pipemap.settings import setting
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from pipemap.formats.writing import ExportFormat, WriteOptions, Written
    from pipemap.model.extract import Extract
    from pipemap.model.network import Network
    from pipemap.store import HandOut, Survey


def _write_glb(extract: Extract, to: Path, *, options: WriteOptions, progress: Progress = SILENT) -> Written:
    from pipemap.scene.gltf import write_gltf  # loads VTK

    return write_gltf(extract, to, options=options, progress=progress)


@cache
def writable_formats() -> tuple[ExportFormat, ...]:
    """Return every format that a survey can be written in: those of other programs' files, and the 3D model."""
    from pipemap.formats.writing import ExportFormat, export_formats

    return (*export_formats(), ExportFormat("glb", N_("3D model (GLB)"), (".glb",), _write_glb))


AREA_LIMIT = "hand_out_area_km2"
"""Setting of a survey: an export that covers more asks for a recipient and an approver. Goes before the person's own setting."""

_BESIDE = (".shx", ".dbf", ".prj", ".cpg", ".qix", ".qpj", ".sbn", ".sbx", ".shp.xml")
"""Files of a shapefile: those of an older one would be taken for the new one's."""
_HASHED_AT_ONCE = 1 << 20
_DECIMALS = 6
"""Of the corners of an area: enough for degrees."""


class TargetTakenError(ReportError):
    """A file of that name exists, and nobody has said that it may be replaced."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of a survey is to leave; nothing named: all of it. Several conditions hold together.

    Attributes
    ----------
    nodes, pipes
        Keys of elements; with one of them given, the other is none unless given too. Ends go along with their pipes.
    area
        Polygon as well-known text: what lies inside or crosses its border, uncut.
    area_crs
        Coordinate system of ``area``; empty: the survey's.
    categories
        Codes; a major one means all of its sub-categories.
    """

    nodes: Collection[int] | NDArray[np.int64] | None = None
    pipes: Collection[int] | NDArray[np.int64] | None = None
    area: str = ""
    area_crs: str = ""
    categories: Sequence[str] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing was chosen."""
        return self.nodes is None and self.pipes is None and not self.area and not self.categories

    @property
    def content(self) -> str:
        """What the register calls it."""
        parts = ["selection"] if self.nodes is not None or self.pipes is not None else []
        parts += ["area"] if self.area else []
        parts += [f"categories {','.join(self.categories)}"] if self.categories else []
        return "; ".join(parts) or "whole"


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export came to.

    Attributes
    ----------
    written
        The files, the one that was asked for first.
    losses
        What the format could not carry.
    nodes, pipes
        How many left.
    withheld
        How many nodes and pipes were asked for and stayed, because they are marked secret; never which.
    format
        Name of the format.
    hand_out
        The entry of the register.
    """

    written: tuple[Path, ...]
    losses: tuple[Problem, ...]
    nodes: int
    pipes: int
    withheld: int
    format: str
    hand_out: HandOut


@dataclass(frozen=True, slots=True)
class HandOutWords:
    """What a person says for the register."""

    recipient: str = ""
    purpose: str = ""
    approver: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class _Covered:
    """What leaves covers so much; ``area`` as well-known text in the survey's own coordinates."""

    area: str = ""
    square_metres: float | None = None
    losses: tuple[Problem, ...] = field(default=())


def export_survey(  # noqa: PLR0913 -- the options of the command, each by its name
    survey: Survey,
    to: Path | str,
    *,
    format: str | ExportFormat = "",
    chosen: Chosen = Chosen(),
    options: WriteOptions | None = None,
    hand_out: HandOutWords = HandOutWords(),
    limit_km2: float | None = None,
    overwrite: bool = False,
    progress: Progress = SILENT,
) -> ExportResult:
    """Write a survey, or a part of it, as another program wants it.

    What is marked secret is not in it. The files appear under their names when all of them are whole and the hand-out stands in
    the register of the survey; if anything goes wrong nothing has left.

    Parameters
    ----------
    to
        File to write; without an ending it gets that of the format.
    format
        Name of a format, or one itself; empty: what the ending says.
    chosen
        What of the survey.
    options
        Coordinate system, attributes, words beside the data and the like; every format takes what concerns it.
    hand_out
        For the register.
    limit_km2
        Area above which a recipient and an approver must be named, where the survey does not say.
    overwrite
        Replace files of that name; a survey is never replaced.

    Raises
    ------
    ReportError
        Nothing is left to write, the file may not be written there, or the area asks for names that are missing.
    AreaError
        ``chosen.area`` is no polygon.
    SurveyFileError
        The register of the survey cannot be written.
    """
    from pipemap.formats.writing import WriteOptions, export_format

    row = export_format(Path(to), format, writable_formats()) if isinstance(format, str) else format
    target = Path(to) if Path(to).suffix else Path(to).with_suffix(row.extensions[0])
    options = options or WriteOptions()
    survey.check_register()
    check_target(survey, target, overwrite=overwrite)
    _check_ending(row, target)
    _check_attributes(options.fields)
    extract = _extract(survey, chosen, progress)
    covered = _covered(survey, extract, progress)
    _check_names(survey, covered.square_metres, hand_out, limit_km2)
    extract = _in_crs(survey, extract, options.crs, progress)
    entry = _entry(chosen, row.name, extract, covered, options, hand_out)
    with draft_folder(target) as draft:
        progress(0, None, _("Writing {file}").format(file=target.name))
        written = row.write(extract, draft / target.name, options=options, progress=progress)
        names = _names(draft, written.paths)
        told = Told(progress)
        told(0, None, _("Reading {file} again").format(file=target.name))
        entry = replace(entry, file="\n".join(names), sha256="\n".join(sha256_of(draft / name, told.again) for name in names))
        for name in names:
            check_target(survey, target.with_name(name), overwrite=overwrite)
        superseded = _superseded(target.parent, names)
        with in_place(names, draft, target.parent, superseded=superseded), survey.handing_out(entry) as registered:
            pass
    return ExportResult(
        written=tuple(target.with_name(name) for name in names),
        losses=(*covered.losses, *written.losses),
        nodes=extract.nodes.num_rows,
        pipes=extract.pipes.num_rows,
        withheld=extract.withheld_nodes + extract.withheld_pipes,
        format=row.name,
        hand_out=registered,
    )


# -- what leaves ---------------------------------------------------------------------------------------------------------


def chosen_rows(network: Network, chosen: Chosen, crs: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the keys of the nodes and pipes that are chosen, those that must not leave among them.

    Parameters
    ----------
    crs
        Coordinate system of the network, for an area in another one.

    Raises
    ------
    AreaError
        The area is no polygon.
    """
    nodes, pipes = np.ones(network.node_count, dtype=np.bool_), np.ones(network.pipe_count, dtype=np.bool_)
    if chosen.nodes is not None or chosen.pipes is not None:
        nodes &= _are_in(network.node_fid, chosen.nodes)
        pipes &= _are_in(network.pipe_fid, chosen.pipes)
    if chosen.categories:
        codes = _codes(network, chosen.categories)
        nodes &= network.node_category.is_in(*codes)
        pipes &= network.pipe_category.is_in(*codes)
    if chosen.area:
        from pipemap.analysis.area import elements_within

        within = elements_within(network, _area_in(chosen, crs))
        nodes &= np.isin(np.arange(len(nodes)), within.nodes)
        pipes &= np.isin(np.arange(len(pipes)), within.pipes)
    return network.node_fid[nodes], network.pipe_fid[pipes]


def _are_in(fids: NDArray[np.int64], wanted: Iterable[int] | NDArray[np.int64] | None) -> NDArray[np.bool_]:
    keys = np.asarray(wanted if isinstance(wanted, np.ndarray) else list(wanted or ()), dtype=np.int64)
    return np.isin(fids, keys)


def _codes(network: Network, wanted: Sequence[str]) -> list[str]:
    """Return the codes of a network that some codes mean: themselves, and the sub-categories of major ones."""
    from pipemap import catalog

    known = {*network.node_category.values, *network.pipe_category.values}
    return [code for code in known if code in wanted or catalog.major_of(code) in wanted]


def _area_in(chosen: Chosen, crs: str) -> BaseGeometry:
    """Return the area in the survey's coordinates."""
    import shapely

    from pipemap.analysis.area import read_area
    from pipemap.store import transformed

    area = read_area(chosen.area)
    if not chosen.area_crs or chosen.area_crs == crs:
        return area
    if not crs:
        raise ReportError(
            _("The survey does not say in which coordinate system it is; the area cannot be turned into it."),
            _("Give the area in the survey's own coordinates."),
        )
    return shapely.transform(area, lambda places: transformed(places, chosen.area_crs, crs))


def _extract(survey: Survey, chosen: Chosen, progress: Progress) -> Extract:
    if chosen.is_whole:
        found = survey.extract(progress=progress)
    else:
        nodes, pipes = chosen_rows(survey.network, chosen, survey.crs)
        found = survey.extract(nodes, pipes, progress=progress)
    if found.nodes.num_rows:
        return found
    if found.withheld_nodes + found.withheld_pipes:
        raise ReportError(
            _("Nothing of it may leave: it is marked secret."), _("Whoever may do so lifts the mark first (pipemap secrecy).")
        )
    raise ReportError(_("There is nothing to export."), _("Choose another area, other categories or other elements."))


def _covered(survey: Survey, extract: Extract, progress: Progress) -> _Covered:
    """Work out how much of the country what leaves covers."""
    import shapely

    from pipemap.analysis.area import covered
    from pipemap.model.columns import floats
    from pipemap.store import area_m2

    nodes = np.column_stack([floats(extract.nodes, name) for name in ("x", "y")])
    hull = covered(np.concatenate([nodes, extract.lines.xyz[:, :2]]), lambda: progress(0))
    losses: tuple[Problem, ...] = ()
    if survey.crs and not extract.crs:
        text = N_("The survey is in a local grid of its own; its parameters do not leave, and the file does not name it.")
        losses = (Problem("local-grid", "info", "", text),)
    if hull.is_empty:
        return _Covered(losses=losses)
    text = shapely.to_wkt(hull, rounding_precision=_DECIMALS)
    return _Covered(text, area_m2(hull, survey.crs), losses)


def _in_crs(survey: Survey, extract: Extract, crs: str, progress: Progress) -> Extract:
    from pipemap.store import public_crs, reprojected

    if not crs:
        return extract
    if not public_crs(crs):
        raise ReportError(
            _("What leaves is in a coordinate system that has a number, or in the survey's own."),
            _("Name one such as EPSG:4547."),
        )
    return reprojected(extract, survey.crs, crs, progress)


def _entry(
    chosen: Chosen, name: str, extract: Extract, covered: _Covered, options: WriteOptions, hand_out: HandOutWords
) -> HandOut:
    from pipemap.store import HandOut

    return HandOut(
        author=hand_out.author,
        content=chosen.content,
        format=name,
        area=covered.area,
        area_m2=covered.square_metres,
        crs=extract.crs,
        fields=",".join(f"{layer}:{attribute}" for layer, names in options.fields.items() for attribute in names),
        nodes=extract.nodes.num_rows,
        pipes=extract.pipes.num_rows,
        withheld=extract.withheld_nodes + extract.withheld_pipes,
        recipient=hand_out.recipient.strip(),
        purpose=hand_out.purpose.strip(),
        approver=hand_out.approver.strip(),
    )


# -- what must be in order -------------------------------------------------------------------------------------------------


def area_limit(survey: Survey, otherwise: float | None = None) -> float:
    """Return the square kilometres above which a hand-out asks for a recipient and an approver."""
    own = survey.setting(AREA_LIMIT)
    try:
        return float(own) if own is not None else float(setting("hand_out_area").default if otherwise is None else otherwise)
    except ValueError:
        return 0.0  # a limit that nobody can read lets nothing pass unasked


def set_area_limit(survey: Survey, km2: float) -> None:
    """Give a survey a limit of its own.

    Raises
    ------
    ReportError
        It is no area.
    """
    if not np.isfinite(km2) or km2 < 0:
        raise ReportError(_("“{value}” is no area in square kilometres.").format(value=km2))
    survey.set_setting(AREA_LIMIT, f"{km2:g}")


def _check_names(survey: Survey, square_metres: float | None, given: HandOutWords, limit_km2: float | None) -> None:
    limit = area_limit(survey, limit_km2)
    if square_metres is None or square_metres <= limit * 1e6:
        return
    missing = [
        name
        for name, value in ((_("a recipient (--recipient)"), given.recipient), (_("an approver (--approver)"), given.approver))
        if not value.strip()
    ]
    if missing:
        raise ReportError(
            _("What would leave covers {area} km², and above {limit} km² that asks for {missing}.").format(
                area=f"{square_metres / 1e6:,.2f}", limit=f"{limit:,g}", missing=_(" and ").join(missing)
            ),
            _("Both are written into the hand-out register of the survey."),
        )


def _check_ending(row: ExportFormat, target: Path) -> None:
    """Refuse a name that would make other programs take the file for what it is not."""
    if target.suffix.lower() not in row.extensions:
        raise ReportError(
            _("“{file}” does not end with {endings}, as files of this format do: {format}.").format(
                file=target.name, endings=_(" or ").join(row.extensions), format=_(row.label)
            ),
            _("Choose another name, or another format."),
        )


def check_target(survey: Survey, target: Path, *, overwrite: bool) -> None:
    """Refuse to write over a survey, and over anything else unless that was asked for."""
    from pipemap.store import is_survey

    if target.resolve() == survey.path.resolve():
        raise ReportError(_("{file} is the survey itself.").format(file=target.name), _("Choose another name."))
    if target.is_dir():
        raise ReportError(_("{file} is a folder.").format(file=target), _("Name a file in it."))
    if not target.exists():
        return
    try:
        taken = is_survey(target)
    except OSError as error:
        raise ReportError(_("{file} cannot be read: {reason}.").format(file=target, reason=error.strerror or error)) from error
    if taken:
        raise ReportError(_("{file} is a survey; no export replaces it.").format(file=target.name), _("Choose another name."))
    if not overwrite:
        raise TargetTakenError(
            _("{file} exists already.").format(file=target),
            _("Choose another name, or say that it may be replaced (--overwrite)."),
        )


def _check_attributes(attributes: Mapping[Layer, Sequence[str]]) -> None:
    for layer, names in attributes.items():
        known = {*fields(layer), "x", "y"} if layer in LAYERS else set()
        unknown = [name for name in names if name not in known]
        if unknown or not known:
            import difflib

            near = difflib.get_close_matches(unknown[0] if unknown else "", known, n=3)
            hint = _("Did you mean {ids}?").format(ids=", ".join(near)) if near else ""
            raise ReportError(_("{layer} has no field “{name}”.").format(layer=layer, name=unknown[0] if unknown else ""), hint)


# -- files -----------------------------------------------------------------------------------------------------------------


def _names(draft: Path, paths: Sequence[Path]) -> list[str]:
    """Return the names of everything that was written, what the writer put first in front."""
    there = sorted(path.name for path in draft.iterdir())
    first = [path.name for path in paths if path.parent == draft and path.name in there]
    return [*first, *(name for name in there if name not in first)]


def _superseded(folder: Path, names: Sequence[str]) -> list[str]:
    """Return the files of a shapefile that is replaced which the new one does not have."""
    stems = [name[: -len(".shp")] for name in names if name.lower().endswith(".shp")]
    return [name for stem in stems for name in (stem + end for end in _BESIDE) if name not in names and (folder / name).is_file()]


def sha256_of(path: Path, told: Callable[[], None] = lambda: None) -> str:
    """Return the sum over a file, or over all files of a folder; ``told`` is called every now and then."""
    total = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb") as content:
                while piece := content.read(_HASHED_AT_ONCE):
                    told()
                    total.update(piece)
    return total.hexdigest()
