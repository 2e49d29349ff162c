"""GCJ-02 (火星坐标), the shifted longitude and latitude of maps and phones in China, and back.

The shift has never been published by those who made it. The formula is the one that has been in public use since 2010 and that
open libraries of many languages repeat (eviltransform, coordtransform, PROJ's discussions); against maps it is right to a metre
or two. Outside the box of China nothing is shifted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AXIS, _ECCENTRICITY = 6378245.0, 0.00669342162296594323
"""Half axis in metres and squared eccentricity of Krasovsky's ellipsoid."""
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_ROUNDS = 8
"""Rounds of the way back; each makes the rest a hundred times smaller or more."""


def is_shifted(places: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each longitude and latitude (n, 2) whether it lies where GCJ-02 is another than WGS 84."""
    lon, lat = places.T
    inside: NDArray[np.bool_] = (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
    return inside


def to_gcj02(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shift WGS 84 longitudes and latitudes (n, 2)."""
    return places + _shift(places)


def from_gcj02(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the WGS 84 longitudes and latitudes (n, 2) that :func:`to_gcj02` shifts to these, to a tenth of a millimetre."""
    found = places.copy()
    for _round in range(_ROUNDS):
        found = places - _shift(found)
    return found


def _shift(places: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = places[:, 0] - 105.0, places[:, 1] - 35.0
    waves = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    root = np.sqrt(np.abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root + waves
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y)) * 2 / 3
    north += (160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * root + waves
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x)) * 2 / 3
    east += (150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)) * 2 / 3
    latitude = np.radians(places[:, 1])
    magic = 1 - _ECCENTRICITY * np.sin(latitude) ** 2
    with np.errstate(all="ignore"):
        north = np.degrees(north / (_AXIS * (1 - _ECCENTRICITY) / (magic * np.sqrt(magic))))
        east = np.degrees(east / (_AXIS / np.sqrt(magic) * np.cos(latitude)))
    moved: NDArray[np.float64] = np.where(is_shifted(places)[:, None], np.column_stack([east, north]), 0.0)
    return moved
