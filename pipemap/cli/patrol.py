"""``pipemap patrol plan|list|track|coverage|change|cycle FILE``: rounds, planned, handed out, and what was passed of them."""

from __future__ import annotations

import argparse
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.cli import patrol_tasks
from pipemap.cli.words import UsageError, answer, listing, metres_of, progress_of, say_notices, table
from pipemap.model.patrol import KINDS, MODES, STATUSES
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.passing import Coverage
    from pipemap.jobs.patrol_cycles import Due
    from pipemap.jobs.patrols import Planned
    from pipemap.model.patrol import Patrol
    from pipemap.store import Survey

_ACTIONS = ("plan", "list", "track", "coverage", "change", "cycle", "hazard", *patrol_tasks.ACTIONS)
_DATUMS = ("wgs84", "gcj02")


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], parents: list[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """Declare the command."""
    command = commands.add_parser("patrol", parents=parents, help=_("plan rounds, load tracks, tell what was passed"))
    command.add_argument("action", metavar="ACTION", choices=_ACTIONS, help=", ".join(_ACTIONS))
    command.add_argument("file", metavar="FILE", help=_("survey database"))
    command.add_argument(
        "tracks",
        metavar="TRACK",
        nargs="*",
        type=Path,
        help=_("track: GPX, CSV or GeoJSON files; photos: photos, folders of them, GPX"),
    )
    command.add_argument("--patrol", metavar="N", default="", help=_("number or name of a patrol"))
    command.add_argument("--author", metavar="NAME", default="", help=_("who does it (default: your name in the settings)"))
    _add_plan(command)
    group = command.add_argument_group(_("track, coverage"))
    group.add_argument(
        "--tolerance",
        metavar="M",
        type=metres_of,
        default=None,
        help=_("metres from a track within which something was passed (default: 10)"),
    )
    group.add_argument(
        "--datum", choices=_DATUMS, default="wgs84", help=_("in what longitudes and latitudes are (default: wgs84)")
    )
    group.add_argument("--on", metavar="DATE", default="", help=_("coverage: what is due on that day (default: today)"))
    group = command.add_argument_group(_("change, cycle, hazard"))
    group.add_argument("--status", metavar="WORD", help=_("how far the patrol is, or the hazard"))
    group.add_argument("--finding", metavar="N", type=int, help=_("hazard: its number; without one all are listed"))
    group.add_argument("--by", metavar="NAME", default="", help=_("hazard: who did it, or is to do it; photos, visit: who"))
    group.add_argument("--photo", metavar="P", nargs="+", type=Path, default=[], help=_("hazard: photos of this step"))
    group.add_argument("--weather", metavar="TEXT", help=_("weather"))
    group.add_argument(
        "--set", metavar="CODE=DAYS", dest="cycles", nargs="+", default=[], help=_("days between two patrols of a category")
    )
    patrol_tasks.add_options(command)
    return command


def _add_plan(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(_("plan"))
    group.add_argument("--name", metavar="TEXT", default="", help=_("what the patrol is called"))
    group.add_argument("--where", metavar="EXPR", default="", help=_("pipes that fit a condition, such as “diameter_mm >= 300”"))
    group.add_argument("--area", metavar="WKT", default="", help=_("pipes in a polygon, or crossing its border"))
    group.add_argument("--category", metavar="C", nargs="+", action="extend", default=[], help=_("categories by their codes"))
    group.add_argument("--points", metavar="EXPR", default="", help=_("nodes at which somebody has to be, of those at the pipes"))
    group.add_argument("--cycle", metavar="DAYS", type=_days, help=_("due again after so many days"))
    group.add_argument("--crew", metavar="NAMES", default=None, help=_("who walks it"))
    group.add_argument("--mode", choices=tuple(MODES), default=None, help=_("how the crew goes"))
    group.add_argument("--kind", choices=tuple(KINDS), default="round", help=_("a round, or watching works of others"))
    group.add_argument("--due", metavar="DATE", default=None, help=_("by when"))
    group.add_argument("--note", metavar="TEXT", default=None, help=_("remarks"))
    group.add_argument("--gpx", metavar="OUT", type=Path, help=_("write the way as GPX for phones"))
    group.add_argument("--sheet", metavar="OUT", type=Path, help=_("write the sheet for the crew: .pdf, .docx, .xlsx or .html"))
    group.add_argument("--overwrite", action="store_true", help=_("replace files of that name; a survey is never replaced"))


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = math.nan
    if not 0 < days < math.inf:
        raise argparse.ArgumentTypeError(_("“{text}” is no number of days").format(text=text))
    return days


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    from pipemap.jobs import open_survey

    if args.tracks and args.action not in {"track", "photos"}:
        raise UsageError(_("Only “patrol track” and “patrol photos” take files."))
    acts = {
        "plan": _plan,
        "list": _list,
        "track": _track,
        "coverage": _coverage,
        "change": _change,
        "cycle": _cycle,
        "hazard": _hazard,
        "photos": lambda args, survey: patrol_tasks.photos(args, survey, _author(args)),
        "visit": lambda args, survey: patrol_tasks.visit(args, survey, _author(args)),
        "works": patrol_tasks.works,
        "due": patrol_tasks.due,
    }
    reads = {"list", "coverage", "works", "due"} | ({"photos"} if not args.store else set())
    with open_survey(args.file, read_only=args.action in reads) as survey:
        say_notices(survey)
        return acts[args.action](args, survey)


def _author(args: argparse.Namespace) -> str:
    from pipemap.settings import Settings

    return args.author or str(Settings().value("author"))


# -- plan ------------------------------------------------------------------------------------------------------------------


def _plan(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.patrols import Asked, plan_patrol, write_round

    if not args.name:
        raise UsageError(_("A patrol needs a name."), "--name")
    if not (args.where or args.area or args.category):
        raise UsageError(_("Say what is to be patrolled."), _("Use --where, --area or --category."))
    pipes, points = _chosen(args, survey)
    asked = Asked(
        args.name,
        pipes,
        points,
        args.kind,
        args.mode or "walk",
        args.crew or "",
        args.due or "",
        args.cycle,
        args.note or "",
        patrol_tasks.works_given(args),
    )
    planned = plan_patrol(survey, asked, author=_author(args), progress=progress_of(args))
    written = []
    if args.gpx:
        write_round(survey, planned.patrol, args.gpx, datum=args.datum, author=_author(args), overwrite=args.overwrite)
        written.append(str(args.gpx))
    if args.sheet:
        written.append(_sheet(args, survey, planned.patrol))
    return answer(args, _plan_record(planned, written), _plan_lines(planned, written))


def _chosen(args: argparse.Namespace, survey: Survey) -> tuple[Any, Any]:
    import numpy as np

    from pipemap.analysis.where import pipes_where, rows_where
    from pipemap.jobs.exporting import Chosen, chosen_rows
    from pipemap.model.columns import rows_of

    network = survey.network
    _nodes, fids = chosen_rows(network, Chosen(categories=tuple(args.category), area=args.area), network.crs)
    chosen = np.zeros(network.pipe_count, dtype=np.bool_)
    chosen[rows_of(network.pipe_fid, fids)] = True
    chosen &= network.in_use_pipes
    if args.where:
        chosen &= pipes_where(network, args.where)
    pipes = np.flatnonzero(chosen)
    points = np.zeros(0, dtype=np.int64)
    if args.points:
        at = np.unique(network.pipe_ends[pipes]).astype(np.int64)
        points = at[rows_where(network, "node", args.points)[at]]
    return pipes, points


def _sheet(args: argparse.Namespace, survey: Survey, patrol: Patrol) -> str:
    from pipemap.jobs.exporting import HandOutWords
    from pipemap.jobs.reporting import make_report

    words = HandOutWords("", patrol.name, "", _author(args))
    options = {"patrol": patrol.fid, "way": "sheet"}
    done = make_report(
        survey, "patrol", args.sheet, options=options, hand_out=words, overwrite=args.overwrite, progress=progress_of(args)
    )
    return str(done.written)


def _plan_record(planned: Planned, written: list[str]) -> dict[str, object]:
    patrol, way = planned.patrol, planned.way
    return {
        "patrol": patrol.fid, "name": patrol.name, "elements": patrol.elements, "required": patrol.required,
        "length_m": patrol.length, "walk_m": way.walk, "between_m": way.between, "least_m": way.least, "trails": way.trails,
        "unplaced": len(way.unplaced), "method": "euler trails, nearest neighbour, 2-opt", "written": written,
        "change": planned.change_id,
    }  # fmt: skip


def _plan_lines(planned: Planned, written: list[str]) -> list[str]:
    patrol, way = planned.patrol, planned.way
    lines = [
        _("Patrol {n} “{name}”: {pipes} pipes, {length} m, {points} required points").format(
            n=patrol.fid,
            name=patrol.name,
            pipes=f"{len(patrol.elements):,}",
            length=f"{patrol.length:,.0f}",
            points=f"{len(patrol.required):,}",
        ),
        _("Way: {walk} m, of which {between} m straight between {trails} stretches; no way is shorter than {least} m.").format(
            walk=f"{way.walk:,.0f}", between=f"{way.between:,.0f}", trails=f"{way.trails:,}", least=f"{way.least:,.0f}"
        ),
    ]
    if len(way.unplaced):
        lines.append(_("Pipes without a course, at the end of the list: {n}").format(n=f"{len(way.unplaced):,}"))
    return lines + [_("Written: {file}").format(file=one) for one in written]


# -- list, change ----------------------------------------------------------------------------------------------------------


def _list(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.patrol_cycles import overdue_patrols
    from pipemap.jobs.patrols import list_patrols

    late = {patrol.fid: day for patrol, day in overdue_patrols(survey, on=_on(args))}
    patrols = list_patrols(survey)
    rows = [
        (
            one.fid,
            one.name,
            _(STATUSES[one.status]),
            one.crew,
            len(one.elements),
            one.length,
            one.finished[:10],
            late.get(one.fid, ""),
        )
        for one in patrols
    ]
    heads = [_("No."), _("Patrol"), _("State"), _("Crew"), _("Pipes"), _("Length (m)"), _("Walked"), _("Overdue since")]
    record = {
        "patrols": [
            {
                "patrol": one.fid, "name": one.name, "kind": one.kind, "mode": one.mode, "status": one.status, "crew": one.crew,
                "elements": len(one.elements), "required": len(one.required), "length_m": one.length, "walk_m": one.walk,
                "planned": one.planned, "due": one.due, "started": one.started, "finished": one.finished,
                "cycle_days": one.cycle_days, "overdue_since": late.get(one.fid),
            }
            for one in patrols
        ]
    }  # fmt: skip
    return answer(args, record, table(rows, heads) if rows else [_("The survey has no patrols.")])


def _change(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.patrols import change_patrol, find_patrol

    patrol = find_patrol(survey, _named(args))
    names = ("status", "crew", "weather", "mode", "due", "note")
    fields = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    fields |= patrol_tasks.works_given(args)
    if args.cycle is not None:
        fields["cycle_days"] = args.cycle
    if not fields:
        raise UsageError(_("Say what is to be changed."), "--status --crew --weather --mode --due --cycle --note --builder …")
    change_patrol(survey, patrol.fid, author=_author(args), **fields)
    return answer(args, {"patrol": patrol.fid, "changed": fields}, [_("Changed: {names}").format(names=", ".join(fields))])


def _hazard(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.hazards import advance_hazard, list_hazards

    if args.finding is not None:
        if not args.status:
            raise UsageError(_("Say what became of the hazard."), "--status assigned, fixed, rechecked, closed")
        advance_hazard(
            survey, args.finding, args.status, by=args.by, on=args.on, due=args.due, photos=args.photo, author=_author(args)
        )
    day = f"{_on(args) or datetime.now(UTC):%Y-%m-%d}"
    found = [one for one in list_hazards(survey) if args.finding in {None, one.fid}]
    record = {
        "hazards": [
            {
                "finding": one.fid, "code": one.code, "severity": one.severity, "status": one.status, "element": one.element,
                "patrol": one.patrol, "due": one.due, "overdue": one.is_overdue(day),
                "steps": {state: {"on": when, "by": who} for state, (when, who) in one.steps.items()},
            }
            for one in found
        ]
    }  # fmt: skip
    rows = [(one.fid, one.code, one.severity, one.element, one.status, one.due, one.is_overdue(day)) for one in found]
    heads = [_("No."), _("Hazard"), _("Severity"), _("Where"), _("State"), _("Due"), _("overdue")]
    return answer(args, record, table(rows, heads) if rows else [_("No hazards were recorded.")])


def _named(args: argparse.Namespace) -> str:
    if not args.patrol:
        raise UsageError(_("Name the patrol."), "--patrol N")
    return str(args.patrol)


def _cycle(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.patrol_cycles import cycles_of, set_cycle
    from pipemap.model.wording import category_label

    for text in args.cycles:
        code, _equals, days = text.partition("=")
        try:
            set_cycle(survey, code, None if days == "ours" else float(days), author=_author(args))
        except ValueError as error:
            raise UsageError(_("Cycles are written like RQ=7, not “{text}”.").format(text=text)) from error
    found = cycles_of(survey)
    rows = [(category_label(code), days, _("our own") if ours else _("set here")) for code, (days, ours) in found.items()]
    record = {"cycles": [{"category": code, "days": days, "ours": ours} for code, (days, ours) in found.items()]}
    return answer(args, record, [*table(rows, [_("Category"), _("Days"), _("From")]), _cycle_note()])


def _cycle_note() -> str:
    return _("Our own cycles are starting values after common practice, unverified, and not the law's.")


# -- track, coverage ---------------------------------------------------------------------------------------------------------


def _track(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.patrols import find_patrol, load_tracks

    if not args.tracks:
        raise UsageError(_("Name the files of the tracks."), "pipemap patrol track FILE TRACK …")
    patrol = find_patrol(survey, args.patrol) if args.patrol else None
    limits = _limits(args)
    loaded = load_tracks(
        survey,
        args.tracks,
        patrol=patrol,
        datum=args.datum,
        tolerance=limits.tolerance,
        author=_author(args),
        progress=progress_of(args),
    )
    record: dict[str, object] = {
        "tracks": [
            {"track": one.fid, "source": one.source, "points": len(one.points), "started": one.started, "finished": one.finished}
            for one in loaded.tracks
        ],
        "notes": loaded.notes, "again": loaded.again, "change": loaded.change_id,
    }  # fmt: skip
    lines = [
        _("{file}: {n} points, {start} – {end}").format(
            file=one.source, n=f"{len(one.points):,}", start=one.started or "?", end=one.finished or "?"
        )
        for one in loaded.tracks
    ]
    lines += [_("{file} is there already, and was not stored again.").format(file=name) for name in loaded.again]
    found = _passed(args, survey, patrol.fid if patrol else None)
    return answer(args, record | _coverage_record(found), [*lines, *loaded.notes, *_coverage_lines(found)])


def _limits(args: argparse.Namespace) -> Any:  # noqa: ANN401 -- Limits, imported late
    from pipemap.analysis.passing import Limits

    return Limits() if args.tolerance is None else Limits(tolerance=args.tolerance)


def _passed(args: argparse.Namespace, survey: Survey, patrol: int | None) -> Coverage:
    """Of a patrol what its tracks passed; of none, what all tracks passed of everything in use."""
    import numpy as np

    from pipemap.analysis.passing import cover
    from pipemap.jobs.patrols import coverage_of, find_patrol, list_tracks

    if patrol is not None:
        return coverage_of(survey, find_patrol(survey, patrol), limits=_limits(args), progress=progress_of(args))
    network = survey.network
    tracks = [one.points for one in list_tracks(survey)]
    nothing = np.zeros(0, dtype=np.int64)
    return cover(network, np.flatnonzero(network.in_use_pipes), nothing, tracks, _limits(args), progress=progress_of(args))


def _coverage(args: argparse.Namespace, survey: Survey) -> int:
    from pipemap.jobs.patrol_cycles import due_pipes, overdue_patrols
    from pipemap.jobs.patrols import by_column, find_patrol

    patrol = find_patrol(survey, args.patrol) if args.patrol else None
    found = _passed(args, survey, patrol.fid if patrol else None)
    groups = {name: by_column(found, name) for name in ("category", "road")}
    record = _coverage_record(found) | {
        f"by_{name}": [
            {name: one.name, "pipes": one.pipes, "planned_m": one.planned_m, "passed_m": one.passed_m, "missed_m": one.missed_m}
            for one in rows
        ]
        for name, rows in groups.items()
    }
    lines = _coverage_lines(found)
    for title, rows in ((_("Category"), groups["category"]), (_("Road"), groups["road"])):
        heads = [title, _("Pipes"), _("Planned (m)"), _("Passed (m)"), _("Missed (m)"), "%"]
        shown = [(one.name or None, one.pipes, one.planned_m, one.passed_m, one.missed_m, 100 * one.share) for one in rows[:30]]
        lines += ["", *table(shown, heads)]
    if patrol is None:
        due, late = due_pipes(survey, on=_on(args), limits=_limits(args)), overdue_patrols(survey, on=_on(args))
        record |= {"cycles": due, "overdue": [{"patrol": one.fid, "name": one.name, "since": day} for one, day in late]}
        lines += ["", *_due_lines(due)]
        lines += [_("Overdue since {day}: {n} {name}").format(day=day, n=one.fid, name=one.name) for one, day in late]
    return answer(args, record, lines)


def _on(args: argparse.Namespace) -> datetime | None:
    if not args.on:
        return None
    try:
        found = datetime.fromisoformat(args.on)
    except ValueError as error:
        raise UsageError(_("“{text}” is no date; write it like 2026-11-25.").format(text=args.on)) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _due_lines(due: list[Due]) -> list[str]:
    from pipemap.model.wording import category_label

    rows = [(category_label(one.category), one.days, one.length_m, one.fresh_m, one.old_m, one.never_m) for one in due]
    heads = [_("Category"), _("Cycle (days)"), _("Length (m)"), _("In time (m)"), _("Too long ago (m)"), _("Never (m)")]
    return [*table(rows, heads), _cycle_note()] if rows else []


def _coverage_record(found: Coverage) -> dict[str, object]:
    network, passed = found.network, found.is_passed
    ids = network.pipe_ids.take(found.pipes)
    points = network.node_ids.take(found.nodes)
    return {
        "planned_m": found.planned_m, "passed_m": found.passed_m, "missed_m": found.missed_m, "share": found.share,
        "passed": [
            {"pipe": ids[row], "first": _time(found.first[row]), "last": _time(found.last[row])}
            for row in passed.nonzero()[0].tolist()
        ],
        "missed": [
            {"pipe": ids[row], "missed_m": found.length[row] - found.passed[row], "reason": found.reason[row]}
            for row in (~passed).nonzero()[0].tolist()
        ],
        "points": [
            {"node": name, "present": bool(found.present[row]), "at": _time(found.present_at[row]), "dwell_s": found.dwell[row]}
            for row, name in enumerate(points)
        ],
        "walked_m": found.walked_m, "driven_m": found.driven_m, "gaps": found.gaps, "jumps": found.jumps,
        "tolerance_m": found.limits.tolerance,
    }  # fmt: skip


def _time(seconds: float) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if math.isfinite(seconds) else None


def _coverage_lines(found: Coverage) -> list[str]:
    missed = found.network.pipe_ids.take(found.pipes[~found.is_passed])
    lines = [
        _("Passed: {passed} of {planned} m ({share}); missed: {missed} m").format(
            passed=f"{found.passed_m:,.0f}",
            planned=f"{found.planned_m:,.0f}",
            share=f"{found.share:.1%}",
            missed=f"{found.missed_m:,.0f}",
        ),
        _("Tracks: {walked} m walked, {driven} m driven; not counted: {gaps} gaps, {jumps} jumps").format(
            walked=f"{found.walked_m:,.0f}", driven=f"{found.driven_m:,.0f}", gaps=found.gaps, jumps=found.jumps
        ),
    ]
    if len(found.nodes):
        lines.append(_("Required points with presence: {n} of {all}").format(n=int(found.present.sum()), all=len(found.nodes)))
    if missed:
        lines.append(_("Missed: {ids}").format(ids=listing(missed, most=30)))
    return lines
