"""``pipemap history FILE``: what was changed, when and by whom; edits made by other programs; taking them in."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipemap.cli.words import answer, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.told import Told
    from pipemap.store import Asked, Entry, Survey

_SHOWN = 200


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("history", parents=parents, help=_("what was changed, when and by whom"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("--entry", metavar="N", type=int, help=_("what this change did, field by field"))
    command.add_argument("--element", metavar="ID", nargs="+", action="extend", default=[], help=_("only changes of these"))
    command.add_argument("--author", metavar="NAME", default="", help=_("only by this person (a part of the name will do)"))
    command.add_argument("--text", metavar="TEXT", default="", help=_("only with this in the label"))
    command.add_argument("--since", metavar="DATE", default="", help=_("only on this day (or at this time) and later"))
    command.add_argument("--until", metavar="DATE", default="", help=_("only up to the end of this day (or this time)"))
    command.add_argument("--kind", choices=("node", "pipe", "other"), default="", help=_("only changes of nodes, pipes, others"))
    command.add_argument("--limit", metavar="N", type=int, default=_SHOWN, help=_("newest entries to list (default: 200)"))
    command.add_argument(
        "--take-in-foreign", action="store_true", help=_("take what other programs edited into the history, as one change")
    )
    command.add_argument("--by", metavar="NAME", default="", help=_("who takes it in (default: your name in the settings)"))
    return command


def run(args: argparse.Namespace) -> int:
    """List, tell or take in."""
    from pipemap.jobs import open_survey
    from pipemap.jobs.told import told, told_foreign
    from pipemap.settings import Settings

    with open_survey(args.file, read_only=not args.take_in_foreign) as survey:
        say_notices(survey)
        taken = survey.take_in_foreign(author=args.by or str(Settings().value("author"))) if args.take_in_foreign else None
        foreign = told_foreign(survey.foreign_edits())
        if args.entry is not None:
            lines = told(survey.told(args.entry))
            record: dict[str, object] = {"entry": args.entry, "changes": [told_record(one) for one in lines]}
            return answer(args, record, told_lines(lines))
        asked = _asked(survey, args)
        entries, count = survey.history_look(asked, limit=max(0, args.limit))
    record = {
        "entries": [entry_record(entry) for entry in entries],
        "count": count,
        "foreign": [told_record(one) for one in foreign],
        "taken_in": taken,
    }
    return answer(args, record, _lines(entries, count, foreign))


def _asked(survey: Survey, args: argparse.Namespace) -> Asked:
    from pipemap.store import Asked

    network = survey.network if args.element else None
    keys: dict[str, list[int]] = {}
    for text in args.element:
        assert network is not None  # noqa: S101 -- read because there are elements
        one = network.element(text)
        fids = network.node_fid if one.layer == "node" else network.pipe_fid
        keys.setdefault(one.layer, []).append(int(fids[one.row]))
    since, until = survey.span(args.since, args.until)
    return Asked(text=args.text, author=args.author, since=since, until=until, kind=args.kind, elements=keys)


def entry_record(entry: Entry) -> dict[str, object]:
    """Return an entry in the words of JSON."""
    return {
        "id": entry.id,
        "label": entry.label,
        "author": entry.author,
        "time": entry.time,
        "rows": entry.rows,
        "undoes": entry.undoes,
        "undone": entry.undone,
        "hash": entry.hash,
    }


def told_record(one: Told) -> dict[str, object]:
    """Return one thing that changed in the words of JSON."""
    record: dict[str, object] = {"layer": one.table, "key": one.key, "id": one.id, "what": one.what}
    if one.what == "changed":
        record |= {"field": one.name, "before": one.before, "after": one.after}
    return record


def told_lines(lines: list[Told], *, most: int = _SHOWN) -> list[str]:
    """Lay what changed out for reading."""
    from pipemap.jobs.told import WHATS

    rows = [(one.element, one.field or _(WHATS[one.what]), f"{one.old} → {one.new}" if one.field else "") for one in lines[:most]]
    shown = table(rows)
    if len(lines) > most:
        shown.append(_("… and {n} more; --json lists all").format(n=len(lines) - most))
    return shown


def _lines(entries: list[Entry], count: int, foreign: list[Told]) -> list[str]:
    def state(entry: Entry) -> str:
        if entry.undoes is not None:
            return _("takes back {n}").format(n=entry.undoes)
        return _("taken back") if entry.undone else ""

    rows = [
        (entry.id, entry.time[:19], entry.label, entry.author, entry.rows, state(entry), entry.hash[:12]) for entry in entries
    ]
    heads = [_("No."), _("Time (UTC)"), _("What"), _("Who"), _("Rows"), _("State"), _("Hash")]
    lines = table(rows, heads) if rows else [_("No change fits.")]
    if count > len(entries):
        lines.append(_("… and {n} older ones; --limit lists more").format(n=count - len(entries)))
    if foreign:
        lines += ["", _("Edited by another program, not in the history yet:"), *told_lines(foreign)]
        lines.append(_("To take it in: pipemap history FILE --take-in-foreign"))
    return lines
