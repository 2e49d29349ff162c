"""Tracks of patrols, as phones and receivers write them: GPX, CSV and GeoJSON in, GPX out."""

from __future__ import annotations

from pipemap.formats.tracks.gpx import Marked, marked_places
from pipemap.formats.tracks.placing import DATUMS, DEGREES, degrees_of, placed
from pipemap.formats.tracks.reader import Read, read_track
from pipemap.formats.tracks.writer import Waypoint, write_gpx

__all__ = [
    "DATUMS",
    "DEGREES",
    "Marked",
    "Read",
    "Waypoint",
    "degrees_of",
    "marked_places",
    "placed",
    "read_track",
    "write_gpx",
]
