"""Our side of the rows about changing one's mind: how long nobody asks whether to go on, and how long it takes to stop."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from pipemap.bench.case import Case, Ground
from pipemap.bench.ours import export_pipes, import_again
from pipemap.errors import Cancelled
from pipemap.progress import Progress

_CANCELLED = 2
"""Places at which work is cancelled, chosen by chance."""


class _Clock:
    """A progress that notes how long each silence lasts, and may cancel after a number of reports."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.longest, self.reports, self._stop_at = 0.0, 0, stop_at
        self.last = time.perf_counter()

    def __call__(self, done: int, total: int | None = None, label: str = "") -> None:
        del done, total, label
        now = time.perf_counter()
        self.longest, self.last = max(self.longest, now - self.last), now
        self.reports += 1
        if self._stop_at is not None and self.reports > self._stop_at:
            raise Cancelled


def cancelled(work: Callable[[Progress], object], scratch: Path) -> Case:
    """The longest silence of the whole work plus the longest way out of it: nobody waits longer after a click on Cancel.

    It is done on another thread than the main one, as the window does it.
    """

    def on_a_thread(clock: _Clock) -> float:
        """Return when it was over."""
        with ThreadPoolExecutor(1) as pool:
            pool.submit(work, clock).result()
        return time.perf_counter()

    def run() -> float:
        whole = _Clock()
        end = on_a_thread(whole) - whole.last
        way_out, before = 0.0, sorted(scratch.glob("*"))
        for place in random.Random(whole.reports).sample(range(whole.reports), min(_CANCELLED, whole.reports)):  # noqa: S311
            stopped = _Clock(place)
            try:
                on_a_thread(stopped)
            except Cancelled:
                way_out = max(way_out, time.perf_counter() - stopped.last)
        left = [file.name for file in scratch.glob("*") if file not in before]
        if left:
            raise AssertionError(left)
        return max(whole.longest, end) + way_out

    return Case(run, once=True)


def opening(ground: Ground) -> Case:
    """While a survey is read."""
    from pipemap.store import open_survey

    def work(progress: Progress) -> None:
        with open_survey(ground.path, read_only=True) as survey:
            survey.load(progress)

    return cancelled(work, ground.scratch)


def importing(ground: Ground) -> Case:
    """While tables are read and stored."""
    return cancelled(partial(import_again, ground), ground.scratch)


def table(ground: Ground, *, ending: str) -> Case:
    """While a table is written."""
    return cancelled(partial(export_pipes, ground, ending), ground.scratch)


def handing_out(ground: Ground, *, format: str, ending: str) -> Case:
    """While a survey is handed out."""
    from pipemap.jobs.exporting import HandOutWords, export_survey
    from pipemap.store import open_survey

    copy = Path(shutil.copy(ground.path, ground.scratch / "handed-out.gpkg"))
    words, target = HandOutWords(recipient="bench", approver="bench"), ground.scratch / f"out{ending}"

    def work(progress: Progress) -> None:
        with open_survey(copy) as survey:
            export_survey(survey, target, format=format, hand_out=words, overwrite=True, progress=progress)

    return cancelled(work, ground.scratch)


def checks(ground: Ground) -> Case:
    """While everything is checked, and what is found is kept."""
    from pipemap.jobs.checking import check_and_keep
    from pipemap.store import open_survey

    copy = Path(shutil.copy(ground.path, ground.scratch / "checked.gpkg"))

    def work(progress: Progress) -> None:
        with open_survey(copy) as survey:
            survey.load(progress)
            check_and_keep(survey, progress=progress)

    return cancelled(work, ground.scratch)


def report(ground: Ground) -> Case:
    """While the inventory is written as a PDF, with its picture."""
    from pipemap.jobs.reporting import make_report
    from pipemap.store import open_survey

    copy = Path(shutil.copy(ground.path, ground.scratch / "reported.gpkg"))

    def work(progress: Progress) -> None:
        with open_survey(copy) as survey:
            survey.load(progress)
            make_report(survey, "inventory", ground.scratch / "inventory.pdf", overwrite=True, progress=progress)

    return cancelled(work, ground.scratch)


def trace(ground: Ground) -> Case:
    """While the largest part is traced along the flow, and the answer written to a workbook."""
    from pipemap.analysis.trace import trace as traced
    from pipemap.jobs.tables import export_trace
    from pipemap.progress import Told, beside
    from pipemap.store import open_survey

    def work(progress: Progress) -> None:
        told = Told(progress)
        with open_survey(ground.path, read_only=True) as survey:
            network = survey.load(told)
            name = f"node:#{network.node_fid[ground.start()]}"
            found = beside(lambda: traced(network, name, "connected"), told.again)
            beside(lambda: network.flow, told.again)
            export_trace(found, ground.scratch / "trace.xlsx", progress=told)

    ground.start()  # which part that is, is no part of the work
    return cancelled(work, ground.scratch)


CASES: dict[str, Callable[[Ground], Case]] = {
    "cancel_open": opening,
    "cancel_import": importing,
    "cancel_export": partial(table, ending=".csv"),
    "cancel_table": partial(table, ending=".xlsx"),
    "cancel_gpkg": partial(handing_out, format="gpkg", ending=".gpkg"),
    "cancel_xlsx": partial(handing_out, format="survey-tables", ending=".xlsx"),
    "cancel_dxf": partial(handing_out, format="dxf", ending=".dxf"),
    "cancel_inp": partial(handing_out, format="epanet", ending=".inp"),
    "cancel_checks": checks,
    "cancel_report": report,
    "cancel_trace": trace,
}
