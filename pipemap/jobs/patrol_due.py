"""What is to be done in the days ahead: rounds, visits to works, hazards to be fixed; what is overdue comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pipemap.jobs.hazards import list_hazards
from pipemap.jobs.patrol_cycles import due_day
from pipemap.jobs.patrols import list_patrols
from pipemap.jobs.works import list_works, overdue_words
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.store import Survey

WHATS = {"round": N_("Round"), "visit": N_("Visit to works"), "works": N_("Works of others"), "hazard": N_("Hazard to be fixed")}
"""What can be due."""


@dataclass(frozen=True, slots=True)
class DueTask:
    """One thing to do.

    Attributes
    ----------
    what
        A word of :data:`WHATS`.
    day
        By when, ISO text.
    patrol, finding
        Which patrol or hazard; None where it is none.
    words
        What there is to say of it.
    """

    what: str
    day: str
    name: str
    patrol: int | None = None
    finding: int | None = None
    person: str = ""
    words: str = ""

    def is_overdue(self, on: date) -> bool:
        """Whether its day has passed."""
        return self.day < on.isoformat()


def due_tasks(survey: Survey, *, on: date | None = None, days: int = 7) -> list[DueTask]:
    """Return what is overdue on a day, and what is to be done in the days from it on; earliest first.

    Parameters
    ----------
    on
        None: today.
    """
    today = on or datetime.now().astimezone().date()
    last = today + timedelta(days=days - 1)
    found = [*_rounds(survey, last), *_works(survey, today), *_hazards(survey, last)]
    return sorted(found, key=lambda one: (one.day, one.what, one.name))


def _rounds(survey: Survey, last: date) -> list[DueTask]:
    found = []
    for one in list_patrols(survey):
        day = due_day(one)
        if one.kind == "round" and day is not None and day <= last:
            again = one.status == "done"
            words = _("Due again, last walked {day}").format(day=one.finished[:10]) if again else ""
            found.append(DueTask("round", day.isoformat(), one.name, one.fid, None, one.crew, words))
    return found


def _works(survey: Survey, today: date) -> list[DueTask]:
    found = []
    for one in list_works(survey):
        if not one.is_running:
            continue
        name, number, crew = one.patrol.name, one.patrol.fid, one.patrol.crew
        late = overdue_words(one, today)
        if late:
            day = min([*one.missed(today), date.fromisoformat((one.patrol.works.get("begins") or today.isoformat())[:10])])
            found.append(DueTask("works", min(day, today).isoformat(), name, number, None, crew, "; ".join(late)))
        if one.is_due(today):
            found.append(DueTask("visit", today.isoformat(), name, number, None, crew))
    return found


def _hazards(survey: Survey, last: date) -> list[DueTask]:
    return [
        DueTask("hazard", one.due[:10], one.label, one.patrol, one.fid, one.steps.get("assigned", ("", ""))[1], one.element)
        for one in list_hazards(survey)
        if one.due and one.status in {"reported", "assigned"} and one.due[:10] <= last.isoformat()
    ]
