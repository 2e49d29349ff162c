"""``pipemap find FILE TEXT``: search codes, roads, owners, notes."""

from __future__ import annotations

import argparse

from pipemap.cli.words import add_as_of, answer, progress_of, table
from pipemap.texts import _


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("find", parents=parents, help=_("search codes, roads, owners, notes"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    add_as_of(command)
    command.add_argument("text", metavar="TEXT", help=_("what to look for"))
    command.add_argument("--limit", metavar="N", type=int, default=100, help=_("at most so many hits (default: 100)"))
    return command


def run(args: argparse.Namespace) -> int:
    """Search and print."""
    from pipemap.jobs.looking_back import opened
    from pipemap.model.fields import fields

    with opened(args.file, args.as_of, progress=progress_of(args)) as survey:
        hits = survey.find(args.text, limit=args.limit)
    layers = {"node": _("Node"), "pipe": _("Pipe")}
    rows = [(layers[hit.layer], hit.id, fields(hit.layer)[hit.field].label, hit.text) for hit in hits]
    lines = table(rows, [_("Layer"), _("Id"), _("Field"), _("Text")])
    return answer(args, {"hits": hits}, lines if hits else [_("Nothing holds “{text}”.").format(text=args.text)])
