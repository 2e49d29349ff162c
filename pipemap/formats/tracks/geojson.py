"""GeoJSON: lines with times beside them (``coordTimes``, ``times``), or points with a time each."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipemap.errors import SurveyFileError
from pipemap.formats.tracks.reader import Point, number, seconds
from pipemap.texts import _

_TIMES = ("coordTimes", "times", "coordinateProperties")
_TIME = ("time", "timestamp", "datetime", "时间")


def points(file: Path, counts: Counter[str]) -> Iterator[Point]:
    """Yield the points of all lines and point features, in their order."""
    try:
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise SurveyFileError(_("{file} cannot be read: {reason}").format(file=file.name, reason=error)) from error
    for part, (line, times) in enumerate(_lines(content)):
        for place, spot in enumerate(line):
            if not isinstance(spot, list) or len(spot) < 2:  # noqa: PLR2004 -- longitude and latitude
                counts["rows"] += 1
                continue
            time = seconds(times[place]) if place < len(times) else math.nan
            yield number(spot[0]), number(spot[1]), time, part


def _lines(content: Any) -> Iterator[tuple[list[Any], list[Any]]]:  # noqa: ANN401 -- whatever the file has
    loose: tuple[list[Any], list[Any]] = ([], [])
    for geometry, properties in _geometries(content):
        kind, spots = geometry.get("type"), geometry.get("coordinates")
        if not isinstance(spots, list):
            continue
        if kind == "Point":
            loose[0].append(spots)
            loose[1].append(next((properties[name] for name in _TIME if name in properties), None))
        elif kind in {"LineString", "MultiPoint"}:
            yield spots, _times(properties)
        elif kind == "MultiLineString":
            times = _times(properties)
            for number_, line in enumerate(spots):
                if isinstance(line, list):
                    of_line = times[number_] if number_ < len(times) else []
                    yield line, of_line if isinstance(of_line, list) else []
    if loose[0]:
        yield loose


def _times(properties: dict[str, Any]) -> list[Any]:
    for name in _TIMES:
        found = properties.get(name)
        if isinstance(found, dict):
            found = found.get("times")
        if isinstance(found, list):
            return found
    return []


def _geometries(content: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:  # noqa: ANN401 -- whatever the file has
    if not isinstance(content, dict):
        return
    features = content.get("features") if content.get("type") == "FeatureCollection" else [content]
    for feature in features if isinstance(features, list) else []:
        if not isinstance(feature, dict):
            continue
        geometry = feature.get("geometry") if feature.get("type") == "Feature" else feature
        properties = feature.get("properties")
        if isinstance(geometry, dict):
            yield geometry, properties if isinstance(properties, dict) else {}
