"""``pipemap diff FILE FROM [TO]``: what is different between two dates."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipemap.cli.words import answer, progress_of, say_notices
from pipemap.texts import _


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("diff", parents=parents, help=_("what is different between two dates"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("first", metavar="FROM", help=_("a date, a time, or #N for after change N"))
    command.add_argument("last", metavar="TO", nargs="?", default="now", help=_("the same, or now (default)"))
    command.add_argument("--xlsx", metavar="OUT", type=Path, help=_("write the list as a spreadsheet too (.xlsx or .csv)"))
    return command


def run(args: argparse.Namespace) -> int:
    """Compare and list."""
    from pipemap.cli.history import told_lines, told_record
    from pipemap.jobs import open_survey
    from pipemap.jobs.told import export_difference, told

    with open_survey(args.file, read_only=True) as survey:
        say_notices(survey)
        found = survey.difference(args.first, args.last, progress=progress_of(args))
        written = export_difference(survey, found, args.xlsx) if args.xlsx is not None else None
    lines = told(found)
    record: dict[str, object] = {
        "from": found.first.entry,
        "to": found.last.entry,
        "added": _ids(found.added),
        "removed": _ids(found.removed),
        "changed": [told_record(one) for one in lines if one.what == "changed"],
    }
    counts = [
        (_("Nodes"), len(found.added["node"]), len(found.removed["node"]), _altered(found.altered, "node")),
        (_("Pipes"), len(found.added["pipe"]), len(found.removed["pipe"]), _altered(found.altered, "pipe")),
    ]
    from pipemap.cli.words import table

    shown = table(counts, ["", _("Added"), _("Removed"), _("Changed")])
    shown += ["", *told_lines(lines)] if lines else [_("Nothing is different.")]
    if written is not None:
        record["written"] = str(written)
        shown.append(_("Written: {file}").format(file=written))
    return answer(args, record, shown)


def _ids(rows: dict[str, dict[int, str]]) -> dict[str, list[str]]:
    return {f"{layer}s": [name or f"#{key}" for key, name in rows[layer].items()] for layer in ("node", "pipe")}


def _altered(altered: tuple[object, ...], layer: str) -> int:
    return sum(getattr(one, "table", "") == layer for one in altered)
