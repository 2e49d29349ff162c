"""``pipemap merge FILE THEIRS [--base BASE]``: what was edited in another copy of a survey, into it."""

from __future__ import annotations

import argparse

from pipemap.cli.words import answer, progress_of, say_notices, table
from pipemap.texts import _

_MOST = 200


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("merge", parents=parents, help=_("merge two surveys that were edited apart"))
    command.add_argument("file", metavar="FILE", help=_("survey database that takes the other's edits"))
    command.add_argument("theirs", metavar="THEIRS", help=_("the other copy; it is not changed"))
    command.add_argument("--base", metavar="BASE", help=_("what both started from (default: the last state that they share)"))
    command.add_argument("--conflicts", choices=("later", "ours", "theirs"), default="later", help=_("what becomes of conflicts"))
    command.add_argument("--keep-removed", action="store_true", help=_("keep what was removed there"))
    command.add_argument("--dry-run", action="store_true", help=_("compare, write nothing"))
    command.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    return command


def run(args: argparse.Namespace) -> int:
    """Compare, and merge."""
    from pipemap.jobs import open_survey
    from pipemap.jobs.merging import merge_plan, plan_merge_of
    from pipemap.model.comparison import STANDINGS, Decisions
    from pipemap.model.comparison_words import records
    from pipemap.settings import Settings

    decisions = Decisions({"conflict": args.conflicts, "missing": "leave" if args.keep_removed else "remove"})
    with open_survey(args.file) as survey:
        say_notices(survey)
        plan = plan_merge_of(survey, args.theirs, args.base, progress=progress_of(args))
        author = args.author or str(Settings().value("author"))
        done = merge_plan(survey, plan, args.theirs, decisions=decisions, author=author, dry_run=args.dry_run)
    counts = {standing: plan.comparison.count(standing) for standing in STANDINGS if standing != "same"}
    record = {
        "base": plan.base, "found": {"removed" if name == "missing" else name: count for name, count in counts.items()},
        "others": plan.others, "added": done.added, "changed": done.changed, "removed": done.removed,
        "conflicts": done.conflicts, "change": done.change_id, "dry_run": args.dry_run,
        "elements": list(records(plan.comparison, most=_MOST)),
    }  # fmt: skip
    lines = [_("Compared with what both started from: {state}.").format(state=plan.base)]
    if plan.is_empty:
        return answer(args, record, [*lines, _("There is nothing to merge.")])
    rows = [(_("Added"), done.added), (_("Changed"), done.changed), (_("Removed"), done.removed)]
    lines += table([*rows, (_("In conflict, kept among the problems"), done.conflicts)])
    return answer(args, record, [*lines, *([_("Nothing was written.")] if args.dry_run else [])])
