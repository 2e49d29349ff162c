"""What every report of a survey has in common: cover, contents, what stays because it is secret, signatures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipemap.reports.content import Contents, Cover, Page, Paragraph, Picture, Report, Section, Signatures
from pipemap.reports.text import UNKNOWN
from pipemap.texts import _, language


@dataclass(frozen=True, slots=True)
class About:
    """What a report says of the survey itself.

    Attributes
    ----------
    state, as_of
        Hash and time of the newest entry of its history.
    crs
        Coordinate system, for people.
    batches
        Key of each batch → surveyor and dates, for the table of batches.
    withheld
        How many elements are marked secret, and not counted.
    """

    name: str
    state: str
    as_of: str
    printed: str = ""
    crs: str = ""
    batches: tuple[tuple[int, str, str], ...] = ()
    withheld: int = 0

    def report(
        self, kind: str, title: str, sections: Iterable[Section], *, subject: str = "", page: Page | None = None
    ) -> Report:
        """Return a report of these sections; its subject is the survey unless it is told, its paper A4."""
        state = (self.name, self.state, self.as_of, self.printed)
        return Report(kind, title, tuple(sections), language(), *state, subject or self.name, page or Page())


def bound_report(  # noqa: PLR0913 -- what a binding has
    about: About,
    kind: str,
    title: str,
    body: Iterable[Section],
    *,
    signed_by: tuple[str, ...],
    subject: str = "",
    facts: tuple[tuple[str, str], ...] = (),
    picture: Picture | None = None,
    annex: Iterable[Section] = (),
) -> Report:
    """Return a report as it is bound: cover, table of contents, what it has to say, signatures, annex.

    Parameters
    ----------
    facts
        Stand on the cover before those of the survey.
    annex
        Sheets that are signed by themselves, such as notices.
    """
    cover = Cover(title, subject or about.name, (*facts, *cover_facts(about)), picture)
    sections = (cover, Contents(_("Table of contents")), *body, Signatures(signed_by), *annex)
    return about.report(kind, title, sections, subject=subject)


def cover_facts(about: About) -> tuple[tuple[str, str], ...]:
    """Return what stands on the cover: which survey, in which state."""
    facts = (
        (_("Survey database"), about.name),
        (_("Coordinate system"), about.crs or UNKNOWN),
        (_("Data as of"), about.as_of[:16].replace("T", " ") + " UTC" if about.as_of else UNKNOWN),
        (_("State of the data"), about.state or UNKNOWN),
        (_("Printed"), about.printed),
    )
    return tuple((name, value) for name, value in facts if value)


def withheld_note(about: About) -> list[Section]:
    """Say how much is left out because it is secret; nothing where nothing is."""
    if not about.withheld:
        return []
    return [Paragraph(_("Elements marked secret, and not counted here: {n}.").format(n=f"{about.withheld:,}"), "note")]
