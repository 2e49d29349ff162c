"""Works of others near pipes: notice, briefing and protection before they begin, and a visit each day while they last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pipemap.errors import EditError
from pipemap.jobs.patrols import find_patrol, list_patrols
from pipemap.model.patrol import VISIT_STATES, WORKS_STEPS, Patrol, Visit
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store import Survey

KIND = "works"
_LONGEST = 3_650
"""Days that are counted at most: ten years."""


@dataclass(frozen=True, slots=True)
class Works:
    """Works near pipes with the visits to them, oldest first."""

    patrol: Patrol
    visits: tuple[Visit, ...] = ()

    @property
    def is_running(self) -> bool:
        """Whether somebody still has to look after them."""
        return self.patrol.status not in {"done", "cancelled"}

    def days(self, on: date) -> list[date]:
        """Return the days up to ``on`` on which somebody has to be there: from their beginning to their end, by their cycle."""
        begins = _day(self.patrol.works.get("begins", "")) or _day(self.patrol.planned)
        if begins is None:
            return []
        ends = min(_day(self.patrol.works.get("ends", "")) or on, on)
        if not self.is_running:
            ends = min(ends, _day(self.patrol.finished) or (self._last or begins))
        step = max(1, round(self.patrol.cycle_days or 1))
        return [begins + timedelta(days=number) for number in range(0, min((ends - begins).days + 1, _LONGEST), step)]

    @property
    def _last(self) -> date | None:
        return max((day for visit in self.visits if (day := _day(visit.visited))), default=None)

    def missed(self, on: date) -> list[date]:
        """Return the days before ``on`` on which somebody had to be there and nobody was."""
        step = max(1, round(self.patrol.cycle_days or 1))
        visited = {day for visit in self.visits if (day := _day(visit.visited))}
        return [day for day in self.days(on) if day < on and not any(day + timedelta(days=n) in visited for n in range(step))]

    def is_due(self, on: date) -> bool:
        """Whether somebody has to be there on a day, and nobody was yet."""
        return on in self.days(on) and all(_day(visit.visited) != on for visit in self.visits)

    def open_steps(self, on: date) -> tuple[str, ...]:
        """Return what had to be done before the works began, and was not: words of :data:`WORKS_STEPS`."""
        begins = _day(self.patrol.works.get("begins", ""))
        if not self.is_running or begins is None or begins > on:
            return ()
        return tuple(step for step in WORKS_STEPS if not self.patrol.works.get(step))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def list_works(survey: Survey) -> list[Works]:
    """Return the works near pipes that the survey knows, newest first, with their visits."""
    visits = list_visits(survey)
    return [
        Works(one, tuple(visit for visit in visits if visit.patrol == one.fid))
        for one in list_patrols(survey)
        if one.kind == KIND
    ]


def works_of(survey: Survey, patrol: Patrol) -> Works:
    """Return a patrol with the visits to it."""
    return Works(patrol, tuple(visit for visit in list_visits(survey) if visit.patrol == patrol.fid))


def list_visits(survey: Survey) -> list[Visit]:
    """Return every visit, oldest first."""
    rows = survey.table("visit").to_pylist()
    found = [
        Visit(
            row["fid"],
            row["patrol"],
            row["visited"] or "",
            row["visitor"] or "",
            row["state"] if row["state"] in VISIT_STATES else "sound",
            row["note"] or "",
        )
        for row in rows
        if row["patrol"] is not None
    ]
    return sorted(found, key=lambda visit: (visit.visited, visit.fid))


def add_visit(
    survey: Survey,
    patrol: int | str,
    *,
    visited: str = "",
    visitor: str = "",
    state: str = "sound",
    note: str = "",
    author: str = "",
) -> int:
    """Enter that somebody was at works, as one Change; return its key. The first one says that the works are under way.

    Parameters
    ----------
    visited
        A day or a time; without it now.

    Raises
    ------
    EditError
        There is no such patrol, it is no works, or a day or a state is none.
    """
    found = find_patrol(survey, patrol)
    if found.kind != KIND:
        raise EditError(_("“{name}” is a round; visits are entered for works of others.").format(name=found.name))
    if state not in VISIT_STATES:
        known = ", ".join(VISIT_STATES)
        raise EditError(_("“{word}” is not known here.").format(word=state), _("Known are {names}.").format(names=known))
    when = visited.strip() or datetime.now().astimezone().replace(tzinfo=None).isoformat(timespec="minutes")
    if _day(when) is None:
        raise EditError(_("“{text}” is no date; write it like 2026-11-25.").format(text=visited))
    values = {"patrol": found.fid, "visited": when, "visitor": visitor or None, "state": state, "note": note or None}
    with survey.edit(_("Visit to “{name}” on {day}").format(name=found.name, day=when[:10]), author=author) as edit:
        fid = edit.add("visit", values)
        if found.status == "planned":
            edit.write("patrol", found.fid, {"status": "under_way", "started": found.started or when})
    return fid


def overdue_words(works: Works, on: date) -> list[str]:
    """Say what is overdue of works: steps before they began, and days without a visit."""
    from pipemap.model.patrol import WORKS

    steps = [_("Not done before the works began: {step}").format(step=_(WORKS[step])) for step in works.open_steps(on)]
    missed = works.missed(on) if works.is_running else []
    return steps + ([_("Days without a visit: {days}").format(days=_days(missed))] if missed else [])


def _days(days: Sequence[date], most: int = 10) -> str:
    shown = ", ".join(f"{day:%Y-%m-%d}" for day in days[-most:])
    return shown if len(days) <= most else _("{n}, the last of them {days}").format(n=len(days), days=shown)
