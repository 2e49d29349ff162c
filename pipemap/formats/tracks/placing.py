"""Longitudes and latitudes of a track ↔ coordinates of a survey, from whichever datum the phone has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import SurveyDataError
from pipemap.formats.gcj02 import from_gcj02, is_shifted, to_gcj02
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEGREES = "EPSG:4326"
DATUMS = {"wgs84": N_("WGS 84 (as GPS gives it)"), "gcj02": N_("GCJ-02 (as maps and phones in China give it)")}
"""In what longitudes and latitudes may be."""


def placed(degrees: NDArray[np.float64], crs: str, *, datum: str = "wgs84") -> NDArray[np.float64]:
    """Return east and north (n, 2) in the system of a survey; NaN where it does not reach.

    Raises
    ------
    SurveyDataError
        The survey does not say which system it is in.
    """
    return _turned(from_gcj02(degrees) if datum == "gcj02" else degrees, DEGREES, crs)


def degrees_of(xy: NDArray[np.float64], crs: str, *, datum: str = "wgs84") -> NDArray[np.float64]:
    """Return longitude and latitude (n, 2) of places of a survey; raises as :func:`placed`."""
    found = _turned(xy, crs, DEGREES)
    return to_gcj02(found) if datum == "gcj02" else found


def in_china(degrees: NDArray[np.float64]) -> bool:
    """Whether most of the places lie where GCJ-02 differs from WGS 84."""
    return len(degrees) > 0 and bool(is_shifted(degrees).mean() > 0.5)  # noqa: PLR2004 -- most


def _turned(places: NDArray[np.float64], source: str, target: str) -> NDArray[np.float64]:
    from pyproj import Transformer
    from pyproj.exceptions import CRSError, ProjError

    if not (source and target):
        raise SurveyDataError(
            _("The survey does not say which coordinate system it is in, so longitudes and latitudes have no place in it."),
            _("Import it with --crs."),
        )
    try:
        transformer = Transformer.from_crs(source, target, always_xy=True)
        with np.errstate(all="ignore"):
            found = np.column_stack(transformer.transform(places[:, 0], places[:, 1]))
    except (CRSError, ProjError) as error:
        message = _("Coordinates in {source} cannot be turned into {target}.").format(source=source, target=target)
        raise SurveyDataError(message) from error
    found[~np.isfinite(found).all(axis=1)] = np.nan
    return found
