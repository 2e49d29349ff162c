"""``pipemap undo FILE [N]``: take a change back, whole or in part."""

from __future__ import annotations

import argparse

from pipemap.cli.words import UsageError, answer, progress_of, say_notices
from pipemap.texts import _


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("undo", parents=parents, help=_("take back the newest change, or the one named"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("entry", metavar="N", nargs="?", type=int, help=_("number of the change in the history"))
    command.add_argument(
        "--only", metavar="ID", nargs="+", action="extend", default=[], help=_("only what it did to these nodes and pipes")
    )
    command.add_argument("--what-can-be", action="store_true", help=_("all of it that no later change builds on"))
    command.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    return command


def run(args: argparse.Namespace) -> int:
    """Take back and say what was done."""
    from pipemap.jobs import open_survey
    from pipemap.jobs.safety import back_up_when_due
    from pipemap.settings import Settings

    if (args.only or args.what_can_be) and args.entry is None:
        raise UsageError(_("A part is taken back of one change: name its number."), "pipemap history FILE")
    author, progress = args.author or str(Settings().value("author")), progress_of(args)
    with open_survey(args.file) as survey:
        back_up_when_due(survey, progress=progress)
        say_notices(survey)
        if args.only or args.what_can_be:
            wanted = survey.keys_in(args.entry, args.only) if args.only else None
            number = survey.undo_part(args.entry, wanted, author=author, progress=progress)
        else:
            number = survey.undo(args.entry, author=author, progress=progress)
        done = survey.history_page(limit=1)[0]
    return answer(args, {"id": number, "undoes": done.undoes, "label": done.label, "rows": done.rows}, [done.label])
