"""``pipemap info FILE``: what is in a survey."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipemap.cli.words import add_as_of, answer, plain, progress_of, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs import Summary


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("info", parents=parents, help=_("what is in a survey"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    add_as_of(command)
    return command


def run(args: argparse.Namespace) -> int:
    """Count and print."""
    from pipemap.jobs import summary
    from pipemap.jobs.looking_back import opened

    with opened(args.file, args.as_of, progress=progress_of(args)) as survey:
        counted = summary(survey)
        say_notices(survey)
    record = plain(counted)
    assert isinstance(record, dict)  # noqa: S101 -- a record is an object of JSON
    return answer(args, record, summary_lines(counted))


def summary_lines(counted: Summary) -> list[str]:
    """Lay a summary out for reading."""
    from pipemap.catalog import category

    rows: list[list[object]] = [
        [_("Nodes"), counted.nodes],
        [_("Pipes"), counted.pipes],
        [_("Isolation valves"), counted.valves],
        [_("Sources"), counted.sources],
        [_("Possible sources"), counted.possible_sources],
        [_("Findings"), counted.findings],
        [_("Length (km)"), counted.length_m / 1000],
        [_("Connected parts"), counted.components],
    ]
    if counted.customers:
        rows += [[_("Customers"), counted.customers], [_("Customers without supply"), counted.customers_unbound]]
    lines = table(rows)
    lines.append(_("Coordinate system: {crs}").format(crs=counted.crs or _("unknown")))
    if counted.extent is not None:
        west, south, east, north = (f"{value:.1f}" for value in counted.extent)
        lines.append(_("East {west} to {east}, north {south} to {north}").format(west=west, east=east, south=south, north=north))
    if counted.by_category:
        named = [(code, known.label if (known := category(code)) else "", pipes) for code, pipes in counted.by_category.items()]
        lines += ["", *table(named, [_("Code"), _("Category"), _("Pipes")])]
    return lines
