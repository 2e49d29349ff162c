"""GIS vectors to a delivery."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import SurveyDataError, SurveyFileError
from pipemap.formats.gis.assembly import Joining, assemble
from pipemap.formats.gis.attributes import LEVELS
from pipemap.formats.gis.columns import Columns, says_unit
from pipemap.formats.gis.coordinates import place
from pipemap.formats.gis.drawings import from_drawings
from pipemap.formats.gis.findings import Findings
from pipemap.formats.gis.layers import Read, read_layers
from pipemap.formats.gis.recognition import is_companion, is_survey
from pipemap.formats.gis.sorting import Sorted, sort_features
from pipemap.formats.gis.source_tables import source_tables
from pipemap.formats.gis.topology import TOLERANCE
from pipemap.formats.survey_tables.mapping import read_mapping
from pipemap.model.delivery import Batch, Delivery
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.registry import ReadOptions

NAME = "gis"
_SAME_PLACE = 1e-4
"""Metres: no tolerance at all still joins what is written alike."""


def read_gis(paths: Sequence[Path], *, options: ReadOptions, progress: Progress = SILENT) -> Delivery:
    """Read vector files as one delivery: lines as pipes, points as nodes, joined where they meet.

    Raises
    ------
    SurveyFileError
        GDAL cannot read a file or dies of it, or the file is a survey database of our own.
    SurveyDataError
        No layer holds lines or points, or the mapping or coordinate system is unknown.
    """
    mapping = read_mapping(options.mapping)
    findings = Findings()
    read = read_layers(_main_files(paths), progress=progress)
    _list_unread(read, findings)
    progress(0, None, _("Joining points and pipes"))
    layers = from_drawings(read.layers, findings)
    placed = place([layer for layer in layers if len(layer.geometry)], options.crs, findings)
    found = sort_features(placed.layers, mapping, findings)
    if not (found.pipes or found.nodes or found.links):
        raise SurveyDataError(
            _("{files} hold no lines and no points.").format(files=", ".join(path.name for path in paths)),
            _("Layers found: {layers}.").format(layers=", ".join([*(layer.name for layer in layers), *read.tables]) or _("none")),
            findings.problems,
            tables=source_tables([], layers, findings.problems),
        )
    _list_units(found, placed.feet, findings)
    network = assemble(found, findings, _joining(options), progress=progress)
    batch = Batch(options.batch or paths[0].stem, crs=placed.crs, source=", ".join(path.name for path in paths))
    understood = {
        key: value for columns in (*found.pipes, *found.links, *found.nodes) for key, value in _describe(columns).items()
    }
    shown = source_tables([*found.pipes, *found.links, *found.nodes], layers, findings.problems)
    return Delivery(
        network.nodes, network.pipes, network.courses, batch, NAME, placed.crs, findings.problems, (), understood, shown
    )


def _list_units(found: Sorted, feet: frozenset[str], findings: Findings) -> None:
    """List columns of levels without a unit in layers whose plan is in feet: nobody can tell what they are in."""
    for columns in (*found.pipes, *found.links, *found.nodes):
        bare = [column for field, column in columns.fields.items() if field in LEVELS and not says_unit(column)]
        if bare and columns.layer.name in feet and not columns.own:
            findings.add("levels-unit-unknown", columns.layer.name, {"columns": ", ".join(bare)})


def _joining(options: ReadOptions) -> Joining:
    tolerance = TOLERANCE if options.snap is None else max(options.snap, _SAME_PLACE)
    return Joining(tolerance, options.join_tees)


def _main_files(paths: Sequence[Path]) -> list[Path]:
    """Files to read, without those that only belong to them."""
    for path in paths:
        if is_survey(path):
            raise SurveyFileError(
                _("{file} is a survey database of pipemap.").format(file=path.name), _("Open it; it needs no import.")
            )
    main = [path for path in paths if not is_companion(path)]
    beside = [path.with_suffix(ending) for path in paths if path not in main for ending in (".shp", ".SHP", ".tab", ".mif")]
    found = dict.fromkeys([*main, *(path for path in beside if path.exists())])
    return list(found)


def _list_unread(read: Read, findings: Findings) -> None:
    for complaint in read.complaints:
        findings.add("layer-unreadable", complaint.layer or complaint.path.name, {"reason": complaint.reason})
    for name, lacks in read.cut:
        findings.add("file-cut-off", name, {"bytes": f"{lacks:,}"})
    for table in read.tables:
        findings.add("table-left-out", table)


def _describe(columns: Columns) -> dict[str, str]:
    name = columns.layer.name
    said = {name: f"{columns.kind}, {len(columns)}"}
    said |= {f"{name}: {column}": field for field, column in columns.fields.items()}
    return said | {f"{name}: {column}": "" for column in columns.left}
