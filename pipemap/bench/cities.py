"""The cities that are measured on: made once, kept, and the same on every machine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from pipemap.jobs import make_sample, open_survey
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

SEED = 1


def city_of(pipes: int, folder: Path, progress: Progress = SILENT) -> Path:
    """Return a stored city of about so many pipes; made where it is not there yet."""
    path = folder / f"city-{pipes}.gpkg"
    if not path.exists():
        progress(0, None, _("Making a city of {n} pipes").format(n=f"{pipes:,}"))
        folder.mkdir(parents=True, exist_ok=True)
        make_sample(path, pipes=pipes, seed=SEED, progress=progress)
    return path


def tables_of(city: Path, progress: Progress = SILENT) -> Path:
    """Return a folder with the same city as two survey tables, points and lines, as a crew hands them over."""
    folder = city.with_suffix(".tables")
    if (folder / "2-lines.csv").exists():
        return folder
    from pyarrow import csv

    progress(0, None, _("Writing survey tables"))
    folder.mkdir(exist_ok=True)
    with open_survey(city, read_only=True) as survey:
        points = survey.columns("node", ("fid", "id", "category", "feature", "appurtenance", "y", "x", "ground"))
        lines = survey.columns("pipe", ("from_fid", "to_fid", "from_depth", "to_depth", "material", "diameter_mm", "category"))
    # A number a point of its own: what is imported is the same whether or not printed ids repeat in the city.
    names = pa.array(np.char.add("P", points["fid"].to_numpy().astype(str)))
    first, second = (pa.array(np.char.add("P", lines[end].to_numpy().astype(str))) for end in ("from_fid", "to_fid"))
    placed = points["x"].is_valid()
    heads = ("物探点号", "管线类型", "特征", "附属物", "X坐标", "Y坐标", "地面高程")
    columns = (names, *(points[name] for name in ("category", "feature", "appurtenance", "y", "x", "ground")))
    csv.write_csv(pa.table(dict(zip(heads, columns, strict=True))).filter(placed), folder / "1-points.csv")
    heads = ("起点点号", "终点点号", "起点埋深", "终点埋深", "材质", "管径", "管线类型")
    columns = (first, second, *(lines[name] for name in ("from_depth", "to_depth", "material", "diameter_mm", "category")))
    known = pa.array(
        np.isin(lines["from_fid"], points["fid"].filter(placed)) & np.isin(lines["to_fid"], points["fid"].filter(placed))
    )
    csv.write_csv(pa.table(dict(zip(heads, columns, strict=True))).filter(known), folder / "2-lines.csv")
    return folder
