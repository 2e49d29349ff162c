"""Writes GeoPackages, shapefiles, GeoJSON, FlatGeobuf and KML: a layer of pipes and a layer of nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import ReportError
from pipemap.formats.gis.for_phones import for_phones
from pipemap.formats.gis.losses import Losses
from pipemap.formats.gis.outgoing import Outgoing, outgoing
from pipemap.formats.gis.shapefiles import for_dbf
from pipemap.formats.gis.with_gdal import write_with_gdal
from pipemap.formats.reproject import DEGREES, in_degrees, reproject
from pipemap.formats.writing import ExportFormat, WriteOptions, Written, whole_files
from pipemap.model.fields import fields
from pipemap.progress import SILENT, Progress, Told
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.model.extract import Extract

UNKNOWN_Z = -9999.0
"""Stands for an unknown level where a file can hold only numbers; our reader, and many others, take it so."""


@dataclass(frozen=True, slots=True)
class Driver:
    """How GDAL writes one kind of file.

    Attributes
    ----------
    name
        GDAL's.
    layers
        Whether one file holds several layers; else each has a file of its own, ``town_pipe.shp``.
    crs
        The system it goes out in unless another is asked for; empty: as the survey has it.
    only
        It can be in no other.
    unknown_z
        What stands for an unknown level; None: a feature with one goes out in plan.
    options
        Of the layer, as GDAL names them.
    prepare
        Fits the columns to what the format can hold, and calls what it is given last every now and then.
    """

    name: str
    layers: bool = False
    crs: str = ""
    only: bool = False
    unknown_z: float | None = float("nan")
    options: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Outgoing, Losses, Callable[[], None]], Outgoing] = lambda out, _losses, _told: out

    def write(self, extract: Extract, to: Path, *, options: WriteOptions, progress: Progress = SILENT) -> Written:
        """Write the layers of an extract.

        Raises
        ------
        ReportError
            There is nothing to write, the coordinate system is unknown, or GDAL or the disk refuses.
        """
        losses, told = Losses(), Told(progress)
        told(0, None, _("Writing {file}").format(file=to.name))
        extract = self._placed(extract, options.crs, losses, told.again)
        layers = [
            self.prepare(_dated(layer, told.again), losses, told.again) for layer in outgoing(extract, options, losses, told)
        ]
        if not layers:
            raise ReportError(_("There is nothing to export."))
        _list_left(extract, layers, losses)
        with whole_files(to) as part:
            for done, layer in enumerate(layers):
                told(done, len(layers), _("Writing {file}").format(file=to.name))
                self._write(
                    layer, part / self._file(layer, to), extract.crs, losses, append=done > 0 and self.layers, progress=told
                )
            written = [to.parent / path.name for path in sorted(part.iterdir())]
        names = list(dict.fromkeys(self._file(layer, to) for layer in layers))
        first = [to.parent / name for name in names]
        return Written((*first, *(path for path in written if path not in first)), losses.problems)

    def _placed(self, extract: Extract, wanted: str, losses: Losses, told: Callable[[], None]) -> Extract:
        """Bring an extract into the system that it goes out in."""
        target = self.crs if self.only or not wanted else wanted
        if self.only and not extract.crs:
            target = self.crs  # no way around it: reproject says so
        elif not extract.crs and not wanted:
            losses.add("crs-unknown")
            return extract
        moved = reproject(extract, target, told)
        if moved is not extract:
            losses.add("reprojected", values={"crs": extract.crs[:80], "target": target})
        if self.name == "GeoJSON" and moved.crs != DEGREES:
            losses.add("crs-not-wgs84", values={"crs": moved.crs[:80]})
        return moved

    def _file(self, layer: Outgoing, to: Path) -> str:
        return to.name if self.layers else f"{to.stem}_{layer.layer}{to.suffix}"

    def _write(self, layer: Outgoing, path: Path, crs: str, losses: Losses, *, append: bool, progress: Told) -> None:
        kind, geometry = layer.geometry(unknown=self.unknown_z, told=progress.again)
        progress.again()
        flat = layer.unknown_levels()
        if flat and (self.unknown_z is None or np.isfinite(self.unknown_z)) and kind.endswith("Z"):
            told = _("those go out in plan") if self.unknown_z is None else _("{z} stands there").format(z=f"{self.unknown_z:g}")
            what = _("nodes") if layer.layer == "node" else _("courses of pipes")
            losses.add("levels-flat", layer.layer, {"count": flat, "what": what, "instead": told})
        options = {
            "layer": layer.layer if self.layers else path.stem,
            "driver": self.name,
            "geometry_name": "geometry",
            "geometry_type": kind,
            "crs": crs or None,
            "encoding": "UTF-8",
            "append": append,
            **self._layer_options(crs),
        }
        # Without the setting a device's model would be taken as a 3D one.
        config = {"LIBKML_MODEL_FIELD": "-"} if self.name == "LIBKML" else {}
        write_with_gdal(layer.table.append_column("geometry", geometry), path, options, config=config, progress=progress)

    def _layer_options(self, crs: str) -> dict[str, str]:
        more = {"RFC7946": "YES" if crs == DEGREES else "NO"} if self.name == "GeoJSON" else {}
        if self.name == "GeoJSON":
            more["COORDINATE_PRECISION"] = "9" if crs and in_degrees(crs) else "4"
        return {**self.options, **more}


def _dated(out: Outgoing, told: Callable[[], None]) -> Outgoing:
    """Make dates of the columns that hold nothing else."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = out.table
    for number, name in enumerate(table.column_names):
        known = fields(out.layer).get(name)
        if known is not None and known.type == "date" and pa.types.is_string(table[name].type):
            told()
            texts = table[name]
            whole = pc.match_substring_regex(texts, r"^\d{4}-\d{2}-\d{2}$")
            if pc.all(pc.fill_null(whole, fill_value=True)).as_py():
                try:
                    table = table.set_column(number, name, texts.cast(pa.date32()))
                except pa.ArrowInvalid:  # the 31st of a short month
                    continue
    return replace(out, table=table)


def _list_left(extract: Extract, layers: list[Outgoing], losses: Losses) -> None:
    for layer in layers:
        bare = int((np.diff(layer.offsets) == 0).sum())
        if bare:
            losses.add("no-place", layer.layer, {"count": bare, "what": _("nodes") if layer.layer == "node" else _("pipes")})
    sections = sum(len(texts) for texts in extract.model_texts.values())
    if sections:
        losses.add("model-left-out", values={"count": sections})
    if extract.customers is not None and extract.customers.num_rows:
        losses.add("customers-left-out", values={"count": extract.customers.num_rows})


def _format(name: str, label: str, ending: str, driver: Driver) -> ExportFormat:
    return ExportFormat(name, label, (ending,), driver.write)


EXPORTS: tuple[ExportFormat, ...] = (
    _format("gpkg", N_("GeoPackage"), ".gpkg", Driver("GPKG", layers=True)),
    _format(
        "shp",
        N_("Shapefile"),
        ".shp",
        Driver(
            "ESRI Shapefile",
            unknown_z=UNKNOWN_Z,
            options={"RESIZE": "YES", "2GB_LIMIT": "YES"},
            prepare=for_dbf,
        ),
    ),
    _format("geojson", N_("GeoJSON"), ".geojson", Driver("GeoJSON", crs=DEGREES, unknown_z=None)),
    _format("fgb", N_("FlatGeobuf"), ".fgb", Driver("FlatGeobuf", options={"SPATIAL_INDEX": "NO"})),
    _format(
        "kml",
        N_("KML for phones and Google Earth"),
        ".kml",
        Driver("LIBKML", layers=True, crs=DEGREES, only=True, prepare=for_phones),
    ),
)
"""GIS formats that can be written."""
