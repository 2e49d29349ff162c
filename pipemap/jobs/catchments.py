"""A catchment on its way out: as GeoJSON in degrees, or as well-known text in the survey's own coordinates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipemap.errors import ReportError
from pipemap.jobs.writing import written_whole
from pipemap.texts import _

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from pipemap.analysis.catchment import Catchment


def export_catchment(found: Catchment, to: Path) -> Path:
    """Write the outline: ``.geojson`` (WGS 84), or ``.wkt``.

    Raises
    ------
    ReportError
        Nothing upstream has a place, the ending is neither, or the file cannot be written.
    SurveyDataError
        The survey does not say which coordinate system it is in, so it has no degrees.
    """
    ending = to.suffix.lower()
    if ending not in {".geojson", ".wkt"}:
        raise ReportError(_("“{file}” ends neither with .geojson nor with .wkt.").format(file=to.name))
    if found.area.is_empty:
        raise ReportError(_("Nothing upstream has a place on the map, so there is no outline."))
    text = found.wkt + "\n" if ending == ".wkt" else json.dumps(_feature(found), ensure_ascii=False, indent=1) + "\n"
    with written_whole(to, error=ReportError) as part:
        part.write_text(text, encoding="utf-8")
    return to


def _feature(found: Catchment) -> dict[str, object]:
    from pipemap.formats.tracks.placing import degrees_of

    crs = found.trace.network.crs
    rings = [[_ring(degrees_of(outline, crs))] for outline in found.outlines]
    facts = {
        "area_m2": round(found.square_metres, 1),
        "reach_m": found.reach,
        "pipes": len(found.pipes),
        "inlets": len(found.inlets),
    }
    geometry = {"type": "MultiPolygon", "coordinates": rings}
    feature = {"type": "Feature", "properties": facts, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}


def _ring(degrees: NDArray[np.float64]) -> list[list[float]]:
    """Counter-clockwise, as RFC 7946 wants it: shapely gives exteriors clockwise."""
    turned = degrees[::-1] if _area(degrees) < 0 else degrees
    return [[round(lon, 7), round(lat, 7)] for lon, lat in turned.tolist()]


def _area(ring: NDArray[np.float64]) -> float:
    x, y = (ring - ring[0]).T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)
