"""Starts a fresh process for each group of cases, and gathers what they measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipemap.bench import machine
from pipemap.bench.cities import city_of, tables_of
from pipemap.bench.results import Bench, Figure, Measured
from pipemap.bench.rows import ROWS, Row
from pipemap.bench.walk import CASES as WALKED
from pipemap.errors import PipemapError
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

TOGETHER: tuple[tuple[str, ...], ...] = (
    ("face", "trace_whole", "trace_local", "trace_first"),
    ("networkx_build", "networkx_whole", "networkx_local"),
    ("igraph_build", "igraph_whole"),
    ("frame_city", "frame_street", "frame_plan", "pick"),
    ("tubes_picture", "tubes_city", "tubes_street", "tubes_plan", "tubes_pick"),
    ("table_open", "table_sort", "table_filter", "table_page", "search"),
    ("history_panel", "history_undo", "history_verify"),
    ("plain_open", "plain_sort", "plain_filter", "plain_page", "plain_search"),
    tuple(WALKED),
)
"""Cases that may share a process, because what the first of them builds the others stand on; each other case has its own."""

_LISTENS_EVERY = 0.2
_NAMED = 5
"""Cases of a group that are named while it runs."""


def run_bench(
    sizes: Sequence[int],
    folder: Path,
    *,
    only: Collection[str] = (),
    city: Path | None = None,
    progress: Progress = SILENT,
) -> Bench:
    """Measure every row at every size.

    Parameters
    ----------
    sizes
        Pipes of the cities.
    folder
        Where cities are kept from one run to the next.
    only
        Names of rows; empty for all of them.
    city
        Measure on this survey instead of a made city; ``sizes`` then names its size alone.
    progress
        Told before each process starts; may cancel, and the process under way is ended.

    Raises
    ------
    PipemapError
        There is no row of that name.
    """
    rows = _chosen(only)
    figures: list[Figure] = []
    groups = {size: list(_groups(_cases(rows, size, sizes))) for size in _all_sizes(rows, sizes)}
    total, done = sum(map(len, groups.values())), 0
    for size, work in groups.items():
        path = city if city is not None and size in sizes else city_of(size, folder, progress)
        tables = tables_of(path, progress) if any("import" in case for group in work for case in group) else path.parent
        told: dict[str, Measured] = {}
        for group in work:
            told_of = ", ".join([*group[:_NAMED], *(["…"] if len(group) > _NAMED else [])])
            progress(done, total, _("{n} pipes: {cases}").format(n=f"{size:,}", cases=told_of))
            told |= _run_child(group, path, tables, lambda: progress(done, total))  # noqa: B023 -- called at once
            done += 1
        figures += [_figure(row, size, told) for row in rows if row.ours in told and _belongs(row, size, sizes)]
    return Bench(machine.describe(), tuple(sizes), tuple(figures))


def _chosen(only: Collection[str]) -> list[Row]:
    known = {row.name for row in ROWS}
    for name in only:
        if name not in known:
            raise PipemapError(
                _("There is no figure “{name}”.").format(name=name),
                _("Use one of {names}.").format(names=", ".join(sorted(known))),
            )
    return [row for row in ROWS if not only or row.name in only]


def _all_sizes(rows: Iterable[Row], sizes: Sequence[int]) -> list[int]:
    own = {row.pipes for row in rows if row.pipes is not None}
    return sorted({*sizes, *own}) if any(row.pipes is None for row in rows) else sorted(own)


def _belongs(row: Row, size: int, sizes: Sequence[int]) -> bool:
    return size == row.pipes if row.pipes is not None else size in sizes


def _cases(rows: Iterable[Row], size: int, sizes: Sequence[int]) -> list[str]:
    """Each case once, in the order of the rows."""
    mine = [row for row in rows if _belongs(row, size, sizes)]
    return list(dict.fromkeys(case for row in mine for case in (row.ours, *row.peers.values())))


def _groups(cases: Sequence[str]) -> Iterable[tuple[str, ...]]:
    left = list(cases)
    while left:
        group = next((names for names in TOGETHER if left[0] in names), None)
        if group is None and left[0].startswith("qgis_"):
            group = tuple(case for case in cases if case.startswith("qgis_"))
        together = tuple(case for case in group if case in left) if group else (left[0],)
        yield together
        left = [case for case in left if case not in together]


def _run_child(group: Sequence[str], city: Path, tables: Path, listen: Any) -> dict[str, Measured]:  # noqa: ANN401
    """Run cases in a process of their own; a process that dies leaves its reason instead of figures."""
    words, environment = _command(group)
    if not words:
        return dict.fromkeys(group, Measured(missing=_("{name} is not installed").format(name="QGIS")))
    with subprocess.Popen(  # noqa: S603 -- our own program
        [*words, str(city), str(tables), *group],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
    ) as child:
        try:
            said, complained = _spoken(child, listen)
        except BaseException:
            child.kill()
            raise
    told = {line["case"]: _measured(line) for line in map(json.loads, said.splitlines())}
    reason = (complained.strip().splitlines() or [f"exit code {child.returncode}"])[-1]
    return dict.fromkeys(group, Measured(missing=_("ended: {reason}").format(reason=reason[:120]))) | told


def _spoken(child: subprocess.Popen[str], listen: Any) -> tuple[str, str]:  # noqa: ANN401 -- a callable
    """Wait for a child, and let a person stop meanwhile."""
    while True:
        try:
            return child.communicate(timeout=_LISTENS_EVERY)
        except subprocess.TimeoutExpired:
            listen()


def _command(group: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    environment = dict(os.environ)
    if not group[0].startswith("qgis_"):
        root = str(Path(__file__).parents[2])
        environment["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [environment.get("PYTHONPATH")])])
        return [sys.executable, "-m", "pipemap.bench.child"], environment
    python = machine.qgis_python()
    bare = {name: value for name, value in environment.items() if not name.startswith("PYTHON")}
    return ([python, str(Path(__file__).with_name("qgis_peer.py"))] if python else []), bare


def _measured(line: Mapping[str, Any]) -> Measured:
    held = {name: value for name, value in line.items() if name != "case"}
    return Measured(**{**held, "runs": tuple(held.get("runs", ()))})


def _figure(row: Row, size: int, told: Mapping[str, Measured]) -> Figure:
    return Figure(row.name, size, told[row.ours], {name: told[case] for name, case in row.peers.items() if case in told})
