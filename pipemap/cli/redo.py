"""``pipemap redo FILE``: make the change again that was taken back last."""

from __future__ import annotations

import argparse

from pipemap.cli.words import answer, progress_of, say_notices
from pipemap.texts import _


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("redo", parents=parents, help=_("make the change again that was taken back last"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    return command


def run(args: argparse.Namespace) -> int:
    """Do it again and say what was done."""
    from pipemap.jobs import open_survey
    from pipemap.settings import Settings

    with open_survey(args.file) as survey:
        say_notices(survey)
        number = survey.redo(author=args.author or str(Settings().value("author")), progress=progress_of(args))
        done = survey.history_page(limit=1)[0]
    return answer(args, {"id": number, "undoes": done.undoes, "label": done.label, "rows": done.rows}, [done.label])
