"""``pipemap verify FILE [--head HASH]``: whether the history is as it was written, and the tables are what it says."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipemap.cli.words import answer, listing, progress_of, say_notices
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store import Verification
    from pipemap.store.proof import Disagreement

_NAMED = 20


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("verify", parents=parents, help=_("prove that nothing was altered behind the history's back"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument(
        "--head", metavar="HASH", default="", help=_("hash that a report printed: shows whether newer entries were taken away")
    )
    command.add_argument("--chain-only", action="store_true", help=_("leave the tables out: quicker"))
    return command


def run(args: argparse.Namespace) -> int:
    """Recompute, do everything again, compare."""
    from pipemap.jobs import open_survey

    with open_survey(args.file, read_only=True) as survey:
        say_notices(survey)
        chain = survey.verify(args.head)
        rows = () if args.chain_only else survey.disagreements(progress=progress_of(args))
        foreign = len(survey.foreign_edits())
    record = {
        "intact": chain.intact and not rows,
        "chain_intact": chain.intact,
        "entries": chain.entries,
        "head": chain.head,
        "broken": chain.broken,
        "reason": chain.reason,
        "tables_agree": None if args.chain_only else not rows,
        "disagreeing": rows,
        "foreign": foreign,
    }
    return answer(args, record, _lines(chain, rows, foreign, tables=not args.chain_only))


def _lines(chain: Verification, rows: tuple[Disagreement, ...], foreign: int, *, tables: bool) -> list[str]:
    from pipemap.model.records import TABLES

    lines = [_("{n} changes in the history").format(n=chain.entries)]
    if chain.intact:
        lines.append(_("The history is as it was written. Newest hash: {hash}").format(hash=chain.head))
    elif chain.broken is not None:
        lines.append(_("The history was altered at entry {n}: {reason}").format(n=chain.broken, reason=chain.reason))
    else:
        lines.append(_("The history was altered: {reason}").format(reason=chain.reason))
    if tables and not rows:
        lines.append(_("Every row is what the history says."))
    for one in rows:
        keys = listing([f"#{key}" for key in one.keys], most=_NAMED)
        lines.append(
            _("{table}: {n} rows are not what the history says ({keys})").format(
                table=_(TABLES[one.table]), n=one.count, keys=keys
            )
        )
    if foreign:
        lines.append(_("Another program edited {n} rows: pipemap history FILE shows them and takes them in.").format(n=foreign))
    return lines
