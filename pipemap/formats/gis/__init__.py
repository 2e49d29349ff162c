"""GIS vector files of any kind that GDAL reads: lines become pipes, points become nodes."""

from __future__ import annotations

from pipemap.formats.gis.reader import NAME, read_gis
from pipemap.formats.gis.recognition import recognizes
from pipemap.formats.gis.writing import EXPORTS
from pipemap.formats.registry import Format
from pipemap.texts import N_

__all__ = ["EXPORTS", "FORMAT", "read_gis", "recognizes"]

FORMAT = Format(
    NAME,
    N_("GIS vectors"),
    (".gpkg", ".shp", ".geojson", ".json", ".gdb", ".tab", ".mif", ".fgb", ".gml", ".kml", ".dxf"),
    recognizes,
    read_gis,
    takes=("mapping", "snap", "join_tees"),
)
"""GIS vectors to a delivery."""
