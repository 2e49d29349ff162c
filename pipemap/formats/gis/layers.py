"""Layers of vector files, read by a child process and taken over as Arrow columns."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.errors import SurveyFileError
from pipemap.formats.gis import child
from pipemap.formats.watching import run_watched
from pipemap.progress import Progress
from pipemap.texts import _

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_PATIENCE_S, _PATIENCE_S_PER_MB = 120.0, 5.0
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of one file.

    Attributes
    ----------
    name
        Of the layer, as a mapping names it.
    path
        The file that it was read from.
    crs
        As the file says; empty when it does not.
    table
        Its columns, without the geometry.
    geometry
        Shapely geometries, one a feature; None where there is none, or none that can be read.
    features
        int64: number of each feature in its file.
    declared
        Type of geometry that the layer says to hold, as GDAL names it; empty when it does not.
    """

    name: str
    path: Path
    crs: str
    table: pa.Table
    geometry: NDArray[np.object_]
    features: NDArray[np.int64]
    declared: str = ""

    def where(self, row: int) -> str:
        """Place of a feature, for a person: ``mains:17``."""
        return f"{self.name}:{self.features[row]}"


@dataclass(frozen=True, slots=True)
class Complaint:
    """A layer, or with no name a whole file, that GDAL could not read, and why."""

    path: Path
    layer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Read:
    """What the files hold: layers with geometry, names of tables without, what could not be read, and which files are cut off.

    ``cut`` has the file and the bytes that it lacks.
    """

    layers: tuple[Layer, ...]
    tables: tuple[str, ...]
    complaints: tuple[Complaint, ...]
    cut: tuple[tuple[str, int], ...] = ()


def read_layers(paths: Sequence[Path], *, progress: Progress) -> Read:
    """Read every layer of the files in a child process.

    Raises
    ------
    SurveyFileError
        The child died of what a file holds, took far too long, or no file could be read at all.
    """
    with tempfile.TemporaryDirectory(prefix="pipemap-gis-") as name:
        folder = Path(name)
        _run_child(paths, folder, progress)
        entries = json.loads((folder / child.LAYERS).read_text(encoding="utf-8"))
        layers, tables, complaints = [], [], []
        for entry in entries:
            path = paths[entry["source"]]
            if "error" in entry:
                complaints.append(Complaint(path, entry["layer"], _short(entry["error"])))
            elif "file" in entry:
                layers.append(_layer(entry, path, folder))
            else:
                tables.append(entry["layer"])
    if not layers and complaints:
        first = complaints[0]
        raise SurveyFileError(_("{file} cannot be read: {reason}").format(file=first.path.name, reason=first.reason))
    cut = {path.with_suffix(ending).name: lacks for path, ending, lacks in _cut(entries, paths)}
    return Read(tuple(layers), tuple(tables), tuple(complaints), tuple(cut.items()))


def _cut(entries: Sequence[dict[str, Any]], paths: Sequence[Path]) -> list[tuple[Path, str, int]]:
    return [(paths[entry["source"]], ending, lacks) for entry in entries for ending, lacks in entry.get("lacks", {}).items()]


def _run_child(paths: Sequence[Path], folder: Path, progress: Progress) -> None:
    megabytes = sum(path.stat().st_size for path in paths) / 1e6
    names = ", ".join(path.name for path in paths)
    ended = run_watched(
        [sys.executable, "-P", str(Path(child.__file__)), str(folder), *(str(path.absolute()) for path in paths)],
        output=folder / "output.txt",
        source=paths[0],
        patience_s=_PATIENCE_S + _PATIENCE_S_PER_MB * megabytes,
        progress=progress,
        label=_("Reading {file}").format(file=names),
        environment={"CPL_LOG_ERRORS": "OFF"},
    )
    if ended.status or not (folder / child.LAYERS).exists():
        raise SurveyFileError(
            _("{file} cannot be read: GDAL stopped on what it holds ({reason}).").format(
                file=names, reason=ended.said or ended.status
            ),
            _("Try to open it in a GIS and save it again, as GeoPackage."),
        )


def _short(text: str) -> str:
    return " ".join(str(text).split())[:_LONGEST_REASON]


def _layer(entry: dict[str, Any], path: Path, folder: Path) -> Layer:
    import pyarrow as pa

    with pa.OSFile(str(folder / entry["file"])) as file:
        table = pa.ipc.open_file(file).read_all()
    geometry, features = None, None
    keep = []
    for number, name in enumerate(table.column_names):
        if name == child.GEOMETRY:
            geometry = _geometries(table.column(number))
        elif name == child.FEATURE:
            features = table.column(number).to_numpy().astype(np.int64)
        else:
            keep.append(number)
    count = table.num_rows
    names = [table.column_names[number] for number in keep]
    columns = {name: table.column(number) for name, number in zip(names, keep, strict=True)}
    return Layer(
        entry["layer"],
        path,
        entry["crs"],
        pa.table(columns) if columns else pa.table({}),
        np.full(count, None, dtype=object) if geometry is None else geometry,
        np.arange(count) if features is None else features,
        entry.get("kind") or "",
    )


def _geometries(column: pa.ChunkedArray) -> NDArray[np.object_]:
    import shapely

    wkb = np.array(column.to_numpy(), dtype=object)
    return np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
