"""A large condition report: a sewer of many inspected sections, with a photo of each defect."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.bench.case import Case, Ground

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipemap.model.delivery import Delivery
    from pipemap.model.finding import Inspection
    from pipemap.store import Survey

SECTIONS, PHOTOS = 500, 2000
SHORTEST, LONGEST = 24.0, 60.0
_FRAME = (1280, 960)
_DIFFERENT = 12
"""Pictures that are made; each photo is one of them with a counter of its own."""
_CODES = (("PL", 3), ("CK", 2), ("CJ", 3), ("FS", 1), ("SL", 2), ("JG", 1), ("ZW", 4), ("TJ", 2))
_SEED = 1


def inspected_sewer(path: Path, *, sections: int = SECTIONS, photos: int = PHOTOS) -> Path:
    """Store a sewer with so many sections, each inspected, and so many defects with a photo each."""
    from pipemap.jobs.findings import set_attachment_place, store_inspections
    from pipemap.store import create_survey

    with create_survey(path, name="Bench sewer") as survey:
        survey.store(_sewer(sections))
        set_attachment_place(survey, "folder")
        folder = path.with_suffix(".photos")
        folder.mkdir(exist_ok=True)
        store_inspections(survey, _inspections(sections, _photos(folder, photos)))
    return path


def _sewer(sections: int) -> Delivery:
    import pyarrow as pa

    from pipemap.model.delivery import Batch, Delivery, Lines

    drawn = random.Random(_SEED)  # noqa: S311 -- the same sewer each time
    along = np.cumsum([0.0, *(drawn.uniform(SHORTEST, LONGEST) for _number in range(sections))])
    x, y, ground = 500000.0 + along % 2000.0, 3400000.0 + along // 2000.0 * 60.0, 20.0 - along * 0.002
    count = sections + 1
    nodes = pa.table(
        {"id": [f"WS{number}" for number in range(1, count + 1)], "x": x, "y": y, "ground": ground,
         "category": ["WS"] * count, "feature": pa.nulls(count, pa.string()), "appurtenance": ["检修井"] * count}
    )  # fmt: skip
    pipes = pa.table(
        {"id": [f"WS{number}-WS{number + 1}" for number in range(1, count)],
         "from_fid": np.arange(sections), "to_fid": np.arange(1, count), "category": ["WS"] * sections,
         "diameter_mm": [float(drawn.choice((300, 400, 600, 800, 1200))) for _number in range(sections)],
         "material": ["混凝土"] * sections, "from_depth": [2.5] * sections, "to_depth": [2.6] * sections,
         "from_reference": ["invert"] * sections, "to_reference": ["invert"] * sections}
    )  # fmt: skip
    level = np.column_stack([x, y, ground - 2.5])
    courses = [level[[number, number + 1]] for number in range(sections)]
    return Delivery(nodes, pipes, Lines.from_lists(courses), Batch("Bench", crs="EPSG:4547"), format="bench", crs="EPSG:4547")


def _photos(folder: Path, photos: int) -> list[Path]:
    """Write frames as a camera makes them: a round pipe, grain, and a counter in the corner, so that no two are the same."""
    from PIL import Image, ImageDraw

    noise = np.random.default_rng(_SEED)
    rows, columns = np.mgrid[0 : _FRAME[1], 0 : _FRAME[0]].astype(np.float32)
    round_pipe = np.hypot(rows - _FRAME[1] / 2, columns - _FRAME[0] / 2) / 3
    made = []
    for number in range(_DIFFERENT):
        grain = noise.normal(0, 9, (*round_pipe.shape, 3))
        pixels = 60 + 14 * number + 70 * np.sin(round_pipe / 30 + number)[..., None] + grain
        made.append(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)))
    paths = []
    for number in range(photos):
        frame = made[number % _DIFFERENT].copy()
        ImageDraw.Draw(frame).text((40, 40), f"{number:05d}", fill="white", font_size=64)
        paths.append(folder / f"F{number + 1:04d}.jpg")
        frame.save(paths[-1], "JPEG", quality=88)
    return paths


def _inspections(sections: int, photos: list[Path]) -> list[Inspection]:
    from pipemap.model.finding import Finding, Inspection

    drawn = random.Random(_SEED)  # noqa: S311 -- as above
    of_each = [photos[number::sections] for number in range(sections)]
    found = []
    for number, mine in enumerate(of_each, start=1):
        pipe = f"WS{number}-WS{number + 1}"
        lines = []
        for photo in mine:
            code, grade = drawn.choice(_CODES)
            station = round(drawn.uniform(0.5, SHORTEST - 1), 2)
            lines.append(Finding(pipe=pipe, code=code, grade=grade, station=station, clock="0204", photos=(photo,)))
        found.append(
            Inspection(pipe=pipe, from_node=f"WS{number}", to_node=f"WS{number + 1}", section=pipe, inspected="2026-05-31",
                       inspector="李工", direction="with", equipment="CCTV-300", water_percent=10.0, cleaned=True,
                       findings=tuple(lines))
        )  # fmt: skip
    return found


def report(form: str, ground: Ground) -> Case:
    """Gather and write the condition report of the sewer in one form, without maps."""
    survey: list[Survey] = []

    def before() -> None:
        from pipemap.store import open_survey

        path = ground.scratch / "sewer.gpkg"
        if not path.exists():
            inspected_sewer(path)
        survey[:] = [open_survey(path)]

    def run() -> float:
        from pipemap.jobs.reporting import make_report

        start = time.perf_counter()
        make_report(survey[0], "condition", ground.scratch / f"report.{form}", options={"pictures": False}, overwrite=True)
        survey[0].close()
        return time.perf_counter() - start

    return Case(run, before=before, note=lambda: f"{SECTIONS}, {PHOTOS:,}", once=True)


CASES: dict[str, Callable[[Ground], Case]] = {f"report_{form}": partial(report, form) for form in ("pdf", "docx", "xlsx", "html")}
