"""``pipemap acceptance FILE list|draw|sheet|measure|verdict|levels``: the acceptance of a batch by sampling."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, answer, table
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.quality import Standing
    from pipemap.store import Survey

_ACTIONS = ("list", "draw", "sheet", "measure", "verdict", "levels")
_VALUES = {"east": "check_x", "north": "check_y", "depth": "check_depth"}
_WORDS = ("remark", "handling", "handled_by", "recheck")


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("acceptance", parents=parents, help=_("accept a batch by sampling"))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument("action", metavar="ACTION", choices=_ACTIONS, help=", ".join(_ACTIONS))
    command.add_argument("batch", metavar="BATCH", nargs="?", default="", help=_("name of the batch; levels: 2 or 3"))
    command.add_argument("measurements", metavar="SHEET", nargs="?", type=Path, help=_("measure: table of check measurements"))
    command.add_argument("--level", metavar="N", type=int, help=_("level of checks (default: the last)"))
    command.add_argument("--kind", metavar="KIND", default="", help=_("visible, hidden or excavation"))
    command.add_argument("--seed", metavar="N", type=int, help=_("draw: by which it can be repeated"))
    command.add_argument("--more", metavar="N", type=int, default=0, help=_("draw: points beyond what is demanded"))
    command.add_argument("-o", "--out", metavar="OUT", type=Path, help=_("sheet: file to write, .xlsx or .csv"))
    command.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    one = command.add_argument_group(_("measure one point"))
    one.add_argument("--point", metavar="ID", default="", help=_("the point"))
    for name in _VALUES:
        one.add_argument(f"--{name}", metavar="M", type=float, help=_("measured, in metres"))
    for name in _WORDS:
        one.add_argument(f"--{name.replace('_', '-')}", metavar="TEXT", default=None, help=_("what stands in the forms"))
    return command


def run(args: argparse.Namespace) -> int:
    """Tell how far it is, or take the next step."""
    from pipemap.jobs import open_survey

    if not args.batch:
        raise UsageError(_("Name the batch."), f"pipemap acceptance FILE {args.action} BATCH")
    with open_survey(args.file, read_only=args.action in {"list", "sheet"}) as survey:
        if args.action == "levels":
            return _levels(args, survey)
        return _shown(args, _done(args, survey))


def _done(args: argparse.Namespace, survey: Survey) -> Standing:
    from pipemap.jobs import quality

    author = _author(args)
    if args.action == "draw":
        if not args.kind:
            raise UsageError(_("Name the kind of check with --kind."), "visible, hidden, excavation")
        if args.more < 0 or (args.seed or 0) < 0:
            raise UsageError(_("--more and --seed are whole numbers from 0 on."))
        kind = quality.kind_named(args.kind)
        return quality.draw(survey, args.batch, kind, level=args.level, seed=args.seed, more=args.more, author=author)
    if args.action == "measure":
        return _measure(args, survey, author)
    if args.action == "verdict":
        return quality.give_verdict(survey, args.batch, level=args.level, author=author)
    now = quality.standing(survey, args.batch, level=args.level)
    if args.action == "sheet":
        if args.out is None:
            raise UsageError(_("Say where the sheet goes with -o."))
        quality.write_sheet(now, args.out)
    return now


def _measure(args: argparse.Namespace, survey: Survey, author: str) -> Standing:
    from pipemap.jobs import quality

    if args.measurements is not None:
        return quality.import_measurements(survey, args.batch, args.measurements, level=args.level, author=author)[0]
    values = {column: getattr(args, name) for name, column in _VALUES.items()} | {name: getattr(args, name) for name in _WORDS}
    given = {name: value for name, value in values.items() if value is not None}
    if not args.point or not given:
        raise UsageError(_("Name a table of check measurements, or a point and what was measured."), "--point P1 --depth 1.2")
    return quality.measure(survey, args.batch, args.point, given, kind=args.kind, level=args.level, author=author)


def _author(args: argparse.Namespace) -> str:
    from pipemap.settings import Settings

    return args.author or str(Settings().value("author"))


def _levels(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.store.quality import levels, set_levels

    if not args.batch.isdecimal():
        raise UsageError(_("Levels of checks are a number: 2 or 3."))
    set_levels(survey, int(args.batch), author=_author(args))
    count = levels(survey)
    return answer(args, {"levels": count}, [_("Levels of checks: {n}").format(n=count)])


def _shown(args: argparse.Namespace, now: Standing) -> int:
    from pipemap.analysis.quality import KINDS, OUTCOMES
    from pipemap.jobs.quality import record_of

    lines = [
        _("Batch “{name}”, level {level} of {levels}: {state}").format(
            name=now.batch.name, level=now.level, levels=now.levels, state=_(OUTCOMES[now.outcome])
        )
    ]
    titles = (_("Kind of check"), _("Points"), _("Demanded"), _("Drawn"), _("Measured"), _("Over"), _("State"))
    rows = [
        (_(KINDS[one.kind]), one.population, one.demanded, one.drawn, one.measured, one.over, _(OUTCOMES[one.outcome]))
        for one in now.judged
    ]
    return answer(args, record_of(now), [*lines, *table(rows, titles)])
