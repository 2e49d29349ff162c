"""What is due again: the pipes of a survey by category, by when tracks last passed them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.passing import Limits, cover
from pipemap.catalog.categories import major_of
from pipemap.catalog.patrols import patrol_cycles
from pipemap.errors import SettingsError
from pipemap.jobs.patrols import list_patrols, list_tracks
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.patrol import Patrol
    from pipemap.store import Survey

CYCLE = "patrol_cycle"
"""Setting of a survey, with a dot and the major category: days between two patrols."""
_LONGEST = 36_500


@dataclass(frozen=True, slots=True)
class Due:
    """One major category: its metres in use, passed within the cycle, passed before, and never.

    ``is_ours``: the cycle is our starting value and not set in the survey.
    """

    category: str
    days: float
    is_ours: bool
    length_m: float
    fresh_m: float
    old_m: float
    never_m: float

    @property
    def overdue_m(self) -> float:
        """Metres that are due again, or were never passed."""
        return self.old_m + self.never_m


def cycles_of(survey: Survey) -> dict[str, tuple[float, bool]]:
    """Return the days between two patrols of each major category, and whether they are our own starting values."""
    found = {}
    for code, cycle in patrol_cycles().items():
        text = survey.setting(f"{CYCLE}.{code}")
        try:
            days = float(text or "")
        except ValueError:
            days = 0.0
        found[code] = (days, False) if 0 < days <= _LONGEST else (cycle.days, True)
    return found


def set_cycle(survey: Survey, category: str, days: float | None, *, author: str = "") -> None:
    """Set the cycle of a major category in a survey as one Change; None: our own starting value again.

    Raises
    ------
    SettingsError
        There is no such category, or it is no number of days.
    """
    if category not in patrol_cycles():
        known = ", ".join(patrol_cycles())
        raise SettingsError(
            _("There is no category “{name}”.").format(name=category), _("Known are {names}.").format(names=known)
        )
    if days is not None and not 0 < days <= _LONGEST:
        raise SettingsError(_("“{value}” is no number of days.").format(value=days))
    label = _("Set the patrol cycle of {category}").format(category=category)
    survey.change_settings({f"{CYCLE}.{category}": None if days is None else f"{days:g}"}, label, author=author)


def due_pipes(
    survey: Survey, *, on: datetime | None = None, limits: Limits | None = None, progress: Progress = SILENT
) -> list[Due]:
    """Add up what is due again at a time, over all tracks of the survey; tracks without times prove no date.

    Parameters
    ----------
    on
        With its zone; None: now.
    """
    network, now = survey.network, (on or datetime.now(UTC)).timestamp()
    pipes = np.flatnonzero(network.in_use_pipes)
    tracks = [one.points for one in list_tracks(survey)]
    found = cover(network, pipes, np.zeros(0, dtype=np.int64), tracks, limits, progress=progress)
    codes = network.pipe_category
    majors = np.array([*(major_of(code) for code in codes.values), ""], dtype=object)[codes.codes[pipes]]
    sums = []
    for code, (days, ours) in cycles_of(survey).items():
        mine = majors == code
        length, passed, last = found.length[mine], found.passed[mine], found.last[mine]
        fresh = np.where(last >= now - days * 86_400, passed, 0.0)
        old = passed - fresh
        total = float(length.sum())
        if mine.any():
            sums.append(Due(code, days, ours, total, float(fresh.sum()), float(old.sum()), float((length - passed).sum())))
    return sums


def overdue_patrols(survey: Survey, *, on: datetime | None = None) -> list[tuple[Patrol, str]]:
    """Return the patrols that should have been walked by now, with the day on which they were due."""
    now = (on or datetime.now(UTC)).astimezone(UTC)
    found = []
    for patrol in list_patrols(survey):
        due = _due(patrol)
        if due is not None and due < now:
            found.append((patrol, f"{due:%Y-%m-%d}"))
    return found


def _due(patrol: Patrol) -> datetime | None:
    """A patrol that waits is due by its date; one that was walked again after its cycle."""
    if patrol.status == "cancelled":
        return None
    if patrol.status != "done":
        due = _day(patrol.due)
        return due + timedelta(days=1) if due else None
    last = _day(patrol.finished)
    return last + timedelta(days=patrol.cycle_days) if last and patrol.cycle_days else None


def due_day(patrol: Patrol) -> date | None:
    """Return the day by which a patrol is to be walked, or walked again; None where it is not."""
    due = _due(patrol)
    if due is None:
        return None
    return due.date() - timedelta(days=1) if patrol.status != "done" else due.date()


def _day(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
