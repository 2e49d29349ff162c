"""GPX 1.1 out: the way of a round as a route, and its required points as waypoints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SPACE = "http://www.topografix.com/GPX/1/1"
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A place with a name, in degrees."""

    lon: float
    lat: float
    name: str


def write_gpx(to: Path, name: str, way: NDArray[np.float64], points: Sequence[Waypoint] = ()) -> None:
    """Write a way (n, 2: longitude, latitude) and waypoints; the same content gives the same bytes."""
    from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

    root = Element("gpx", {"version": "1.1", "creator": "pipemap", "xmlns": _SPACE})
    SubElement(SubElement(root, "metadata"), "name").text = _NO_XML.sub("\ufffd", name)
    for point in points:
        spot = SubElement(root, "wpt", {"lat": f"{point.lat:.7f}", "lon": f"{point.lon:.7f}"})
        SubElement(spot, "name").text = _NO_XML.sub("\ufffd", point.name)
    route = SubElement(root, "rte")
    SubElement(route, "name").text = _NO_XML.sub("\ufffd", name)
    for lon, lat in way.tolist():
        SubElement(route, "rtept", {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"})
    indent(root)
    ElementTree(root).write(to, encoding="utf-8", xml_declaration=True)
