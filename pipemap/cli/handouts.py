"""``pipemap handouts FILE``: what left a survey, to whom, and who approved it."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipemap.cli.words import answer, table
from pipemap.texts import _


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("handouts", parents=parents, help=_("the register of what left a survey"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("--to", metavar="OUT", type=Path, help=_("write the register as .xlsx or .csv"))
    command.add_argument(
        "--limit", metavar="KM2", type=float, help=_("from now on, more square kilometres ask for a recipient and an approver")
    )
    return command


def run(args: argparse.Namespace) -> int:
    """List the register."""
    from pipemap.jobs import open_survey
    from pipemap.jobs.exporting import area_limit, set_area_limit
    from pipemap.jobs.tables import export_hand_outs
    from pipemap.settings import Settings

    with open_survey(args.file, read_only=args.limit is None) as survey:
        if args.limit is not None:
            set_area_limit(survey, args.limit)
        entries, altered = survey.hand_outs(), survey.altered_hand_out()
        limit = area_limit(survey, float(Settings().value("hand_out_area")))
        written = export_hand_outs(survey, args.to) if args.to else None
    record = {"hand_outs": entries, "intact": altered is None, "altered": altered, "limit_km2": limit, "written": written}
    rows = [
        (one.number, one.time[:16], one.format, one.nodes, one.pipes, one.recipient, one.purpose, one.approver, _first(one.file))
        for one in entries
    ]
    headings = [_("No."), _("Time (UTC)"), _("Format"), _("Nodes"), _("Pipes")]
    headings += [_("Recipient"), _("Purpose"), _("Approver"), _("File")]
    lines = table(rows, headings) if entries else [_("Nothing has left this survey.")]
    if altered is not None:
        lines.append(_("Entry {n} is not as it was written, or one before it is missing.").format(n=altered))
    lines.append(_("More than {limit} km² asks for a recipient and an approver.").format(limit=f"{limit:,g}"))
    if written:
        lines.append(_("Written: {file}").format(file=written))
    return answer(args, record, lines)


def _first(files: str) -> str:
    """Return the first of several names, and how many more there are."""
    first, *others = files.split("\n")
    return f"{first} (+{len(others)})" if others else first
