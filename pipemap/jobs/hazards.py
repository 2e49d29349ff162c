"""Hazards found on patrol on their way: reported, assigned, fixed, checked again, closed; each step with its day and person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.catalog.findings import finding_code
from pipemap.errors import EditError
from pipemap.model.finding import STATUSES
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store import Survey

SYSTEM = "hazard"
_PEOPLE = {"assigned": "assignee", "fixed": "fixed_by", "rechecked": "rechecked_by", "closed": "closed_by"}
"""State → column of who brought it there, or is to bring it further."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """A hazard with its days and people, for ledgers.

    Attributes
    ----------
    element
        Id of the pipe or node; empty on open ground.
    steps
        State → day and person.
    photos
        How many belong to it.
    """

    fid: int
    patrol: int | None
    code: str
    severity: str
    status: str
    element: str
    x: float | None
    y: float | None
    due: str
    note: str
    steps: dict[str, tuple[str, str]]
    photos: int

    @property
    def label(self) -> str:
        """Name of what it is; its code where nobody knows that."""
        known = finding_code(SYSTEM, self.code)
        return known.label if known is not None else self.code

    def is_overdue(self, on: str) -> bool:
        """Whether it was to be fixed before a day (ISO text), and is not."""
        return bool(self.due) and self.status in {"reported", "assigned"} and self.due[:10] < on[:10]


def list_hazards(survey: Survey, *, patrol: int | None = None) -> list[Hazard]:
    """Return the hazards of a survey, or of one patrol, oldest first; what is at secret elements is the caller's to leave out."""
    from pipemap.jobs.findings import list_findings

    named = {one.fid: one for one in list_findings(survey)}
    found = []
    for row in survey.table("finding").to_pylist():
        one = named.get(row["fid"])
        if row["system"] == SYSTEM and (patrol is None or row["patrol"] == patrol):
            found.append(_hazard(row, one.place if one else "", one.photos if one else 0))
    return found


def _hazard(row: dict[str, Any], element: str, photos: int) -> Hazard:
    steps = {"reported": (row["found"] or "", row["found_by"] or "")}
    steps |= {state: (row[state] or "", row[who] or "") for state, who in _PEOPLE.items() if row[state] or row[who]}
    return Hazard(
        row["fid"], row["patrol"], row["code"] or "", row["severity"] or "", row["status"] or "reported", element,
        row["x"], row["y"], row["due"] or "", row["note"] or "", steps, photos,
    )  # fmt: skip


def steps_from(status: str) -> tuple[str, ...]:
    """Return the states that a hazard can come to from one: the next, or assigned again when it was not fixed well.

    Examples
    --------
    >>> steps_from("fixed"), steps_from("closed")
    (('assigned', 'rechecked'), ())
    """
    order = list(STATUSES)
    may = {order[min(order.index(status) + 1, len(order) - 1)]} if status in order else {"assigned"}
    may |= {"assigned"} if status in {"assigned", "fixed", "rechecked"} else set()
    may -= {status} - {"assigned"}
    return tuple(state for state in order if state in may)


def advance_hazard(
    survey: Survey,
    finding: int,
    to: str,
    *,
    by: str = "",
    on: str = "",
    due: str | None = None,
    photos: Sequence[Path] = (),
    author: str = "",
) -> None:
    """Bring a hazard one state further, or back to assigned when it was not fixed well, as one Change.

    Parameters
    ----------
    by, on
        Who, and which day (default: today); of ``assigned`` who is to fix it.
    due
        By when it is to be fixed.
    photos
        What shows it as it is now; they are kept as photos of this step.

    Raises
    ------
    EditError
        There is no such hazard, the state does not follow on its own, or a photo is none.
    """
    hazard = next((one for one in list_hazards(survey) if one.fid == finding), None)
    if hazard is None:
        raise EditError(_("The survey has no hazard {n}.").format(n=finding))
    may = steps_from(hazard.status)
    if to not in may:
        raise EditError(
            _("A hazard that is “{state}” cannot become “{to}”.").format(
                state=_(STATUSES.get(hazard.status, hazard.status)), to=_(STATUSES.get(to, to))
            ),
            _("It can become: {states}.").format(states=", ".join(_(STATUSES[one]) for one in may) or "–"),
        )
    day = on or date.today().isoformat()  # noqa: DTZ011 -- the day on the wall
    try:
        days = [date.fromisoformat(text[:10]) for text in (day, due) if text]
    except ValueError as error:
        raise EditError(_("“{text}” is no date; write it like 2026-11-25.").format(text=due or on)) from error
    values: dict[str, object] = {"status": to, to: day, _PEOPLE[to]: by or None}
    values |= {"due": days[-1].isoformat()} if due else {}
    with survey.edit(_("Hazard {n}: {state}").format(n=finding, state=_(STATUSES[to])), author=author) as edit:
        edit.write("finding", finding, values)
        for photo in photos:
            edit.write("attachment", edit.attach(finding, photo), {"step": to})
