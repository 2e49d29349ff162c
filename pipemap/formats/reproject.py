"""An extract in another coordinate system: plan coordinates are turned, heights stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import ReportError
from pipemap.model.delivery import Lines
from pipemap.texts import _

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray
    from pyproj import CRS

    from pipemap.model.extract import Extract

    Turn = Callable[[NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]

DEGREES = "EPSG:4326"
"""Longitude and latitude of WGS 84, as GeoJSON, KML and phones have them."""


def reproject(extract: Extract, crs: str) -> Extract:
    """Return an extract whose nodes, courses and customers lie in another system; levels are not touched.

    Parameters
    ----------
    crs
        ``EPSG:N`` or another text that PROJ understands; empty: as it is.

    Returns
    -------
    Extract
        East (longitude) before north (latitude) whatever the axes of the system; the same object where nothing changes.
        A place that the system does not reach becomes unknown.

    Raises
    ------
    ReportError
        There is no such system, or the extract does not say which one it is in.
    """
    if not crs or crs == extract.crs:
        return extract
    target = _system(crs)
    if not extract.crs:
        raise ReportError(
            _("The survey does not say which coordinate system it is in, so it cannot go out in {crs}.").format(crs=crs),
            _("Export it without a coordinate system, or import it with --crs."),
        )
    turn = _turn(_system(extract.crs), target)
    xyz = extract.lines.xyz.copy()
    xyz[:, 0], xyz[:, 1] = turn(xyz[:, 0], xyz[:, 1])
    customers = extract.customers if extract.customers is None else _turned(extract.customers, turn)
    return replace(
        extract, nodes=_turned(extract.nodes, turn), lines=Lines(extract.lines.offsets, xyz), crs=crs, customers=customers
    )


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


def _turn(source: CRS, target: CRS) -> Turn:
    from pyproj import Transformer

    transformer = Transformer.from_crs(source, target, always_xy=True)

    def turn(east: NDArray[np.float64], north: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        placed = np.isfinite(east) & np.isfinite(north)
        turned = np.full((2, len(east)), np.nan)
        turned[:, placed] = transformer.transform(east[placed], north[placed])
        turned[:, ~np.isfinite(turned).all(axis=0)] = np.nan
        return turned[0], turned[1]

    return turn


def _turned(table: pa.Table, turn: Turn) -> pa.Table:
    import pyarrow as pa

    east, north = (np.asarray(table[axis].to_numpy(zero_copy_only=False), dtype=np.float64) for axis in ("x", "y"))
    for name, values in zip(("x", "y"), turn(east, north), strict=True):
        table = table.set_column(table.column_names.index(name), name, pa.array(values, from_pandas=True))
    return table
