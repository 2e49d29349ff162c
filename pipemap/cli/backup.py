"""``pipemap backup FILE``: make a backup, list them, bring one back."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipemap.cli.words import UsageError, answer, progress_of, say_notices, table
from pipemap.texts import _


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("backup", parents=parents, help=_("make a backup, list them, bring one back"))
    command.add_argument("file", metavar="FILE", type=Path, help=_("survey database"))
    act = command.add_mutually_exclusive_group()
    act.add_argument("--list", action="store_true", help=_("list the backups there are"))
    act.add_argument(
        "--restore", metavar="WHICH", help=_("bring one back: its number in the list, or its file; what is there now is kept too")
    )
    act.add_argument("--to", metavar="OUT.gpkg", type=Path, help=_("write one compact copy under another name instead"))
    return command


def run(args: argparse.Namespace) -> int:
    """Do it."""
    from pipemap.jobs import open_survey
    from pipemap.settings import Settings
    from pipemap.store import backups_of

    if args.list:
        return _list(args)
    if args.restore is not None:
        return _restore(args)
    with open_survey(args.file, read_only=True) as survey:
        say_notices(survey)
        if args.to is not None:
            written = survey.save_copy(args.to, progress=progress_of(args))
        else:
            keep = max(1, int(float(Settings().value("backups_kept"))))
            written = survey.back_up(keep=keep, progress=progress_of(args)).path
    return answer(args, {"written": written, "kept": len(backups_of(args.file))}, [_("Written: {file}").format(file=written)])


def _list(args: argparse.Namespace) -> int:
    from pipemap.store import backups_of

    found = backups_of(args.file)
    rows = [(at, f"{one.time:%Y-%m-%d %H:%M:%S}", one.size / 1e6, one.path) for at, one in enumerate(found, start=1)]
    lines = (
        table(rows, [_("No."), _("Time"), "MB", _("File")])
        if rows
        else [_("There is no backup of {path}.").format(path=args.file)]
    )
    record = [
        {"number": at, "time": one.time.isoformat(), "bytes": one.size, "file": one.path} for at, one in enumerate(found, 1)
    ]
    return answer(args, {"backups": record}, lines)


def _restore(args: argparse.Namespace) -> int:
    from pipemap.store import backups_of, restore

    found = backups_of(args.file)
    chosen = Path(args.restore)
    if args.restore.isdecimal():
        if not 1 <= int(args.restore) <= len(found):
            raise UsageError(_("There is no backup number {n}.").format(n=args.restore), "pipemap backup FILE --list")
        chosen = found[int(args.restore) - 1].path
    kept = restore(args.file, chosen, progress=progress_of(args))
    lines = [_("{file} is again as it was in {backup}.").format(file=args.file, backup=chosen.name)]
    if kept is not None:
        lines.append(_("What was there before is kept as {backup}.").format(backup=kept.name))
    return answer(args, {"restored": chosen, "kept": kept}, lines)
