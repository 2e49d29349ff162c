"""``pipemap patrol photos|works|visit|due FILE``: hazards from photos, works of others and visits to them, what is due."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.cli.words import UsageError, answer, progress_of, table
from pipemap.model.patrol import VISIT_STATES, WORKS
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.patrol_photos import Candidate
    from pipemap.jobs.works import Works
    from pipemap.store import Survey

ACTIONS = ("photos", "works", "visit", "due")


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare what these actions take."""
    group = command.add_argument_group(_("photos"))
    group.add_argument("--store", action="store_true", help=_("store what was found as hazards; without it they are only shown"))
    group.add_argument(
        "--code", metavar="C", default="other", help=_("what they show: a code or name of the hazards (default: other)")
    )
    group.add_argument("--severity", choices=("general", "major"), default="general", help=_("of the hazards"))
    group.add_argument(
        "--zone", metavar="HOURS", type=_hours, default=8.0, help=_("hours that the phone's clock is before UTC (default: 8)")
    )
    group = command.add_argument_group(_("plan, change: works of others"))
    for name, title in WORKS.items():
        group.add_argument(f"--{name.replace('_', '-')}", metavar="TEXT", help=_(title))
    group = command.add_argument_group(_("visit, due"))
    group.add_argument("--state", choices=tuple(VISIT_STATES), default="sound", help=_("what the visit found"))
    group.add_argument("--days", metavar="N", type=int, default=7, help=_("due: days ahead (default: 7)"))


def works_given(args: argparse.Namespace) -> dict[str, str]:
    """Return what was typed of works."""
    return {name: text for name in WORKS if (text := getattr(args, name)) is not None}


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not abs(hours) <= 14:  # noqa: PLR2004 -- no zone is further; NaN neither
        raise argparse.ArgumentTypeError(_("“{text}” is no number of hours from −14 to 14").format(text=text))
    return hours


def _today(args: argparse.Namespace) -> date:
    try:
        return date.fromisoformat(args.on) if args.on else datetime.now().astimezone().date()
    except ValueError as error:
        raise UsageError(_("“{text}” is no date; write it like 2026-11-25.").format(text=args.on)) from error


# -- photos ----------------------------------------------------------------------------------------------------------------


def photos(args: argparse.Namespace, survey: Survey, author: str) -> int:
    """Show what photos and marked places may become, and store it where that is asked for."""
    from pipemap.catalog.findings import finding_code
    from pipemap.jobs.patrol_photos import WITHIN, find_candidates, store_candidates
    from pipemap.jobs.patrols import find_patrol

    files = _files(args.tracks)
    if not files:
        raise UsageError(_("Name the photos."), "pipemap patrol photos FILE PHOTO …")
    code = finding_code("hazard", args.code)
    if code is None:
        raise UsageError(_("There is no hazard “{code}”.").format(code=args.code), "pipemap finding codes hazard")
    patrol = find_patrol(survey, args.patrol) if args.patrol else None
    found = find_candidates(
        survey,
        files,
        patrol=patrol,
        datum=args.datum,
        within=WITHIN if args.tolerance is None else args.tolerance,
        zone_hours=args.zone,
        progress=progress_of(args),
    )
    good = [replace(one, code=code.code, severity=args.severity) for one in found.rows if one.is_good]
    stored: tuple[int, ...] = ()
    if args.store and good:
        number = patrol.fid if patrol else None
        stored = store_candidates(survey, good, patrol=number, found_by=args.by, zone_hours=args.zone, author=author)
    refused = [one for one in found.rows if not one.is_good]
    record = {
        "candidates": [_record(one, args.zone) for one in good],
        "refused": [{"name": one.name, "problem": one.problem} for one in refused],
        "notes": found.notes,
        "stored": stored,
    }
    return answer(args, record, [*_photo_lines(good, args.zone), *found.notes, *_rest(refused, stored, stores=args.store)])


def _files(given: Sequence[Path]) -> list[Path]:
    """Return the files that are named, and of a folder the photos in it."""
    from pipemap.formats.photos import ENDINGS

    found: list[Path] = []
    for path in given:
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() in ENDINGS) if path.is_dir() else [path]
        found += inside
    return found


def _record(one: Candidate, zone: float) -> dict[str, object]:
    from pipemap.jobs.patrol_photos import clock_of

    return {
        "name": one.name, "taken": clock_of(one, zone) or None, "x": one.x, "y": one.y, "element": one.element,
        "station": one.station, "distance_m": one.distance if math.isfinite(one.distance) else None, "by_track": one.by_track,
        "remarks": one.remarks,
    }  # fmt: skip


def _photo_lines(good: Sequence[Candidate], zone: float) -> list[str]:
    from pipemap.jobs.patrol_photos import clock_of

    rows = [(one.name, clock_of(one, zone), one.element or _("the ground"), one.station, one.distance) for one in good]
    heads = [_("Photo"), _("Taken"), _("Element"), _("Station (m)"), _("Away (m)")]
    return [*table(rows, heads)] if rows else [_("None of these can become a hazard.")]


def _rest(refused: Sequence[Candidate], stored: Sequence[int], *, stores: bool) -> list[str]:
    lines = [f"{one.name}: {one.problem}" for one in refused]
    if stores:
        return [*lines, _("Hazards stored: {n}").format(n=len(stored))]
    return [*lines, _("Nothing was stored; add --store to store them.")]


# -- works -----------------------------------------------------------------------------------------------------------------


def works(args: argparse.Namespace, survey: Survey) -> int:
    """List works of others near pipes, with what was done and what is overdue."""
    from pipemap.jobs.works import list_works, overdue_words

    today = _today(args)
    found = [one for one in list_works(survey) if args.patrol in {"", str(one.patrol.fid), one.patrol.name}]
    record = {"works": [_works_record(one, today) for one in found]}
    lines = []
    for one in found:
        patrol = one.patrol
        told = [f"{_(WORKS[name])}: {text}" for name, text in patrol.works.items()]
        lines += [f"{patrol.fid} {patrol.name}", *(f"  {line}" for line in told)]
        lines += [
            f"  {visit.visited} {visit.visitor} {_(VISIT_STATES[visit.state])} {visit.note}".rstrip() for visit in one.visits
        ]
        lines += [f"  ! {words}" for words in overdue_words(one, today)]
    return answer(args, record, lines or [_("No works of others are known.")])


def _works_record(one: Works, today: date) -> dict[str, object]:
    visits = [
        {"visit": visit.fid, "visited": visit.visited, "visitor": visit.visitor, "state": visit.state, "note": visit.note}
        for visit in one.visits
    ]
    return {
        "patrol": one.patrol.fid, "name": one.patrol.name, "status": one.patrol.status, **one.patrol.works, "visits": visits,
        "missed_days": [day.isoformat() for day in one.missed(today)], "open_steps": one.open_steps(today),
        "due_today": one.is_due(today),
    }  # fmt: skip


def visit(args: argparse.Namespace, survey: Survey, author: str) -> int:
    """Enter a visit to works."""
    from pipemap.jobs.works import add_visit

    if not args.patrol:
        raise UsageError(_("Name the works."), "--patrol N")
    fid = add_visit(survey, args.patrol, visited=args.on, visitor=args.by, state=args.state, note=args.note or "", author=author)
    return answer(args, {"visit": fid}, [_("Visit {n} is in the survey.").format(n=fid)])


def due(args: argparse.Namespace, survey: Survey) -> int:
    """List what is overdue and what is to be done in the days ahead."""
    from pipemap.jobs.patrol_due import WHATS, due_tasks

    if args.days < 1:
        raise UsageError(_("“{value}” is no number of days.").format(value=args.days), "--days")
    today = _today(args)
    found = due_tasks(survey, on=today, days=args.days)
    record = {
        "on": today.isoformat(),
        "tasks": [
            {
                "what": one.what, "day": one.day, "name": one.name, "patrol": one.patrol, "finding": one.finding,
                "person": one.person, "words": one.words, "overdue": one.is_overdue(today),
            }
            for one in found
        ],
    }  # fmt: skip
    rows = [
        (one.day, _("overdue") if one.is_overdue(today) else "", _(WHATS[one.what]), one.name, one.person, one.words)
        for one in found
    ]
    heads = [_("Day"), "", _("What"), _("Name"), _("Who"), _("Note")]
    return answer(args, record, table(rows, heads) if rows else [_("Nothing is due in these days.")])
