"""``pipemap bench``: how fast this program is on this machine, beside what else could be used."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.words import Bar, UsageError, answer, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.bench import Bench
    from pipemap.progress import Progress

PIPES = 100_000


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("bench", parents=parents, help=_("measure how fast it is here, beside its peers"))
    command.add_argument("--pipes", metavar="N", type=int, help=_("size of the made city (default: {n})").format(n=PIPES))
    command.add_argument("--sizes", metavar="N", type=int, nargs="+", help=_("several sizes, to see how cost grows"))
    command.add_argument(
        "--only", metavar="FIGURE", nargs="+", action="extend", default=[], help=_("measure these figures alone")
    )
    command.add_argument("--window", action="store_true", help=_("drive the window and say what held it up, and for how long"))
    command.add_argument("--cities", metavar="DIR", type=Path, help=_("where made cities are kept from one run to the next"))
    command.add_argument("--output", metavar="DIR", type=Path, help=_("write figures as JSON and a chart into this folder"))
    command.add_argument("--manual", action="store_true", help=_("write the manual's page, chart and JSON anew (in a checkout)"))
    return command


def run(args: argparse.Namespace) -> int:
    """Measure and report."""
    sizes = _sizes(args)
    folder = args.cities or _kept_cities()
    if args.window:
        return _window(args, max(sizes), folder)
    from pipemap.bench import report, run_bench

    bench = run_bench(sizes, folder, only=args.only, progress=_progress())
    written = []
    if args.output is not None:
        written += report.write(bench, args.output)
    if args.manual:
        from pipemap.assets import resource

        written += report.write(bench, resource("manual"), manual=True)
    return answer(args, report.record(bench), [*_lines(bench), *(_("Written: {file}").format(file=path) for path in written)])


def _sizes(args: argparse.Namespace) -> list[int]:
    if args.pipes is not None and args.sizes:
        raise UsageError(_("--pipes and --sizes say the same thing; use one of them."))
    sizes = args.sizes or [args.pipes if args.pipes is not None else PIPES]
    if min(sizes) < 1:
        raise UsageError(_("A city has at least one pipe."))
    return sorted(set(sizes))


def _kept_cities() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("pipemap", appauthor=False) / "bench"


def _progress() -> Progress:
    """A bar where a person looks on, else a line a step: a run of minutes is never silent."""
    if sys.stderr.isatty():
        return Bar()
    said: list[str] = []

    def tell(done: int, total: int | None = None, label: str = "") -> None:
        if label and label not in said[-1:]:
            said.append(label)
            print(f"[{done}/{total}] {label}" if total else label, file=sys.stderr, flush=True)

    return tell


def _window(args: argparse.Namespace, size: int, folder: Path) -> int:
    from pipemap.bench.cities import city_of
    from pipemap.bench.walk import walk

    city = city_of(size, folder, _progress())
    found = walk(city)
    rows = [(_(step.title), round(step.seconds, 2), round(step.slowest * 1000), step.culprit) for step in found]
    record = {"city": city.name, "steps": found}
    heads = (_("Step"), _("seconds"), _("longest block, ms"), _("what held the window up"))
    return answer(args, record, table(rows, heads))


def _lines(bench: Bench) -> list[str]:
    from pipemap.bench import report

    machine = bench.machine
    lines = [", ".join(f"{name} {told}" for name, told in machine.items()), ""]
    for size in report.sizes_of(bench):
        lines += [_("{n} pipes").format(n=f"{size:,}"), *table(report.table_rows(bench, size), report.headings()), ""]
    return lines
