"""``pipemap reading add|import|list|limit FILE``: gas, potentials, pressures and depths, with what is beyond its limit."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, answer, progress_of, say_notices, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.readings import Recorded
    from pipemap.store import Survey

_ACTIONS = ("add", "import", "list", "limit")


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("reading", parents=parents, help=_("gas, potentials, pressures, depths: record, list, limits"))
    command.add_argument("action", metavar="ACTION", choices=_ACTIONS, help=", ".join(_ACTIONS))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("tables", metavar="TABLE", nargs="*", type=Path, help=_("import: CSV or workbooks of readings"))
    command.add_argument("--kind", metavar="K", default="", help=_("kind of reading, or its name in Chinese or English"))
    command.add_argument("--value", metavar="TEXT", default="", help=_("what was read, with its unit, such as “-870 mV”"))
    command.add_argument("--element", metavar="ID", default="", help=_("node or pipe"))
    command.add_argument("--taken", metavar="TIME", default="", help=_("when (default: now)"))
    command.add_argument("--by", metavar="NAME", default="", help=_("by whom"))
    command.add_argument("--instrument", metavar="TEXT", default="", help=_("with what"))
    command.add_argument("--note", metavar="TEXT", default="", help=_("remarks"))
    command.add_argument("--patrol", metavar="N", default="", help=_("number or name of a patrol"))
    command.add_argument("--beyond", action="store_true", help=_("list: only what is beyond its limit"))
    command.add_argument(
        "--set",
        metavar="KIND=LOW..HIGH",
        dest="limits",
        nargs="+",
        default=[],
        help=_("limits; either side may be blank, or all “ours”"),
    )
    command.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    return command


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    from pipemap.jobs import open_survey
    from pipemap.settings import Settings

    if args.tables and args.action != "import":
        raise UsageError(_("Only “reading import” takes tables."))
    args.author = args.author or str(Settings().value("author"))
    acts = {"add": _add, "import": _import, "list": _list, "limit": _limit}
    with open_survey(args.file, read_only=args.action == "list") as survey:
        say_notices(survey)
        return acts[args.action](args, survey)


def _patrol(args: argparse.Namespace, survey: Survey) -> int | None:
    from pipemap.jobs.patrols import find_patrol

    return find_patrol(survey, args.patrol).fid if args.patrol else None


def _add(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.formats.readings import WrittenReading
    from pipemap.jobs.readings import enter_reading

    if not (args.kind and args.value and args.element):
        raise UsageError(_("Say what was read where."), "--kind --value --element")
    typed = WrittenReading(
        args.element, args.kind, args.value, taken=args.taken, taken_by=args.by, instrument=args.instrument, note=args.note
    )
    done = enter_reading(survey, typed, patrol=_patrol(args, survey), author=args.author)
    return answer(args, _record(done), _lines(done))


def _import(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.readings import load_readings

    if not args.tables:
        raise UsageError(_("Name the tables of readings."), "pipemap reading import FILE TABLE …")
    done = load_readings(survey, args.tables, patrol=_patrol(args, survey), author=args.author, progress=progress_of(args))
    return answer(args, _record(done), _lines(done))


def _record(done: Recorded) -> dict[str, object]:
    return {
        "added": done.added, "changed": done.changed, "again": done.again, "findings": done.raised, "remarks": done.remarks,
        "change": done.change_id,
    }  # fmt: skip


def _lines(done: Recorded) -> list[str]:
    from pipemap.jobs.readings import recorded_words

    return [recorded_words(done), *done.remarks]


def _list(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.catalog.readings import reading_kind
    from pipemap.jobs.readings import limits_of, list_readings, place_names

    limits, names = limits_of(survey), place_names(survey)
    wanted = reading_kind(args.kind) if args.kind else None
    if args.kind and wanted is None:
        raise UsageError(_("There is no reading “{kind}”.").format(kind=args.kind), "pipemap reading limit FILE")
    found = [
        (one, one.kind in limits and limits[one.kind].is_beyond(one.value))
        for one in list_readings(survey)
        if (wanted is None or one.kind == wanted.kind) and (not args.element or names(one) == args.element)
    ]
    found = [(one, beyond) for one, beyond in found if beyond or not args.beyond]
    record = {
        "readings": [
            {
                "reading": one.fid, "kind": one.kind, "value": one.value, "unit": one.unit, "written": one.written,
                "element": names(one), "taken": one.taken, "taken_by": one.taken_by, "patrol": one.patrol, "beyond": beyond,
                "finding": one.finding, "note": one.note,
            }
            for one, beyond in found
        ]
    }  # fmt: skip
    rows = [(one.taken, names(one), one.label, one.words, _("beyond") if beyond else "", one.finding) for one, beyond in found]
    heads = [_("Taken"), _("Element"), _("What was measured"), _("Value"), _("Limit"), _("Hazard")]
    return answer(args, record, table(rows, heads) if rows else [_("The survey has no readings.")])


def _limit(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.catalog.readings import reading_kinds
    from pipemap.jobs.readings import limits_of, set_reading_limit

    for text in args.limits:
        kind, _equals, sides = text.partition("=")
        low, dots, high = sides.partition("..")
        try:
            numbers = [float(side) if side else None for side in (low, high)] if dots else []
        except ValueError:
            numbers = []
        if not numbers and sides != "ours":
            raise UsageError(_("Limits are written like cp_potential=-1.2..-0.85, not “{text}”.").format(text=text))
        set_reading_limit(survey, kind, *numbers, ours=sides == "ours", author=args.author)
    kinds, limits = reading_kinds(), limits_of(survey)
    record = {
        "limits": [
            {"kind": name, "unit": kinds[name].unit, "low": one.low, "high": one.high, "ours": one.is_ours}
            for name, one in limits.items()
        ]
    }
    rows = [
        (name, kinds[name].label, one.words, kinds[name].unit, _("our own") if one.is_ours else _("set here"))
        for name, one in limits.items()
    ]
    heads = [_("Kind"), _("What was measured"), _("Limit"), _("Unit"), _("From")]
    note = _("Our own limits are starting values after common practice, unverified, and not the law's.")
    return answer(args, record, [*table(rows, heads), note])
