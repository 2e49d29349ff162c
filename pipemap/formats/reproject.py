"""An extract in another coordinate system: plan coordinates are turned, heights stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import ReportError
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from pyproj import CRS

    from pipemap.model.delivery import Turn
    from pipemap.model.extract import Extract

DEGREES = "EPSG:4326"
"""Longitude and latitude of WGS 84, as GeoJSON, KML and phones have them."""
_AT_ONCE = 100_000
"""Places turned between two questions whether to go on."""


def reproject(extract: Extract, crs: str, told: Callable[[], None] = lambda: None) -> Extract:
    """Return an extract whose nodes, courses and customers lie in another system; levels are not touched.

    Parameters
    ----------
    crs
        ``EPSG:N`` or another text that PROJ understands; empty: as it is.
    told
        Called every now and then.

    Returns
    -------
    Extract
        East (longitude) before north (latitude) whatever the axes of the system; the same object where nothing changes.
        A place that the system does not reach becomes unknown.

    Raises
    ------
    ReportError
        There is no such system, no way into it, or the extract does not say which one it is in.
    """
    if not crs or crs == extract.crs:
        return extract
    target = _system(crs)
    if not extract.crs:
        raise ReportError(
            _("The survey does not say which coordinate system it is in, so it cannot go out in {crs}.").format(crs=crs),
            _("Export it without a coordinate system, or import it with --crs."),
        )
    return extract.turned(_turn(_system(extract.crs), target, told), crs)


def in_degrees(crs: str) -> bool:
    """Whether a system counts in degrees; False when it is unknown."""
    return bool(crs) and bool(_system(crs).is_geographic)


def _system(crs: str) -> CRS:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(crs).to_2d()
    except CRSError as error:
        raise ReportError(_("There is no coordinate system “{crs}”.").format(crs=crs), _("Write it like EPSG:4547.")) from error


def _turn(source: CRS, target: CRS, told: Callable[[], None]) -> Turn:
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    def turn(places: NDArray[np.float64]) -> NDArray[np.float64]:
        placed = np.flatnonzero(np.isfinite(places).all(axis=1))
        found = np.full(places.shape, np.nan)
        try:
            transformer = Transformer.from_crs(source, target, always_xy=True)
            for start in range(0, len(placed), _AT_ONCE):
                told()
                some = placed[start : start + _AT_ONCE]
                found[some] = np.column_stack(transformer.transform(*places[some].T))
        except ProjError as error:
            raise ReportError(
                _("Coordinates in {source} cannot be turned into {target}.").format(source=source.name, target=target.name)
            ) from error
        found[~np.isfinite(found).all(axis=1)] = np.nan
        return found

    return turn
