"""GIS vector files of any kind that GDAL reads: lines become pipes, points become nodes."""

from __future__ import annotations

from pipemap.formats.gis.reader import NAME, read_gis
from pipemap.formats.gis.recognition import recognizes
from pipemap.formats.registry import Format
from pipemap.texts import N_

__all__ = ["FORMAT", "read_gis", "recognizes"]

FORMAT = Format(
    NAME,
    N_("GIS vectors"),
    (".gpkg", ".shp", ".geojson", ".json", ".gdb", ".tab", ".mif", ".fgb", ".gml", ".kml"),
    recognizes,
    read_gis,
)
"""GIS vectors to a delivery."""
