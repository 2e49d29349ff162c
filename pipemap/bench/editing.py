"""Our side of the rows about changing a survey."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from pipemap.bench.case import Case, Ground

_PART = 10
"""One row in so many is imported and taken back."""


def touched_checks(ground: Ground) -> Case:
    """What lies around one moved node, in places all over the city."""
    from pipemap.analysis.checks import check_touched

    network = ground.network
    places = cycle(network.node_fid[:: max(1, network.node_count // 50)].tolist())
    found = list[int]()

    def run() -> None:
        found[:] = [len(check_touched(network, [next(places)], [], before=network).problems)]

    run()  # boxes and adjacency belong to the network
    return Case(run)


def undo_import(ground: Ground) -> Case:
    """Take back an import into a city that has everything else already."""
    from pipemap.jobs import import_source
    from pipemap.store import open_survey

    tables, added = _part_of(ground.tables, ground.scratch), list[int]()
    copy = Path(shutil.copy(ground.path, ground.scratch / "undone.gpkg"))
    with open_survey(copy, read_only=True) as survey:
        crs = survey.crs

    def run() -> float:
        done = import_source(tables, copy, crs=crs, batch="bench")
        added[:] = [done.added_nodes + done.added_pipes]
        with open_survey(copy) as survey:
            start = time.perf_counter()
            survey.undo()
            return time.perf_counter() - start

    return Case(run, note=lambda: f"{added[0]:,}", once=True)


def _part_of(tables: Path, folder: Path) -> list[Path]:
    """Write survey tables of a part of the city: its first points, and the pipes between them."""
    points = (tables / "1-points.csv").read_text(encoding="utf-8-sig").splitlines()
    head, rows = points[0], points[1 : 1 + len(points) // _PART]
    names = {row.split(",", 1)[0] for row in rows}
    pipes = (tables / "2-lines.csv").read_text(encoding="utf-8-sig").splitlines()
    kept = [row for row in pipes[1:] if names.issuperset(row.split(",", 2)[:2])]
    target = folder / "part"
    target.mkdir()
    written = [target / "1-points.csv", target / "2-lines.csv"]
    written[0].write_text("\n".join([head, *rows]), encoding="utf-8")
    written[1].write_text("\n".join([pipes[0], *kept]), encoding="utf-8")
    return written


CASES: dict[str, Callable[[Ground], Case]] = {
    "touched_checks": touched_checks,
    "undo_import": undo_import,
}
