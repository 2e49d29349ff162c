"""Hazards on paper: the ledger (隐患台账), and a rectification notice (整改通知书) each, with its re-check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipemap.reports.about import About
from pipemap.reports.content import (
    Column,
    Facts,
    Gallery,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    Row,
    Section,
    Signatures,
    Table,
)
from pipemap.reports.text import UNKNOWN
from pipemap.texts import _

KIND = "patrol"


@dataclass(frozen=True, slots=True)
class HazardLine:
    """One hazard of the ledger.

    Attributes
    ----------
    photos, after
        As it was found, and as it was when it was fixed, checked again or closed.
    overdue
        It should have been fixed by now.
    """

    number: int
    kind: str
    severity: str
    status: str
    where: str
    found: str
    due: str
    assignee: str
    fixed: str
    rechecked: str
    note: str
    photos: Sequence[Picture] = ()
    overdue: bool = False
    after: Sequence[Picture] = ()
    closed: str = ""


def ledger(hazards: Sequence[HazardLine]) -> list[Section]:
    """Return the table of hazards; what is overdue stands out."""
    if not hazards:
        return [Paragraph(_("No hazards were recorded."))]
    columns = (
        Column("number", _("No."), "whole"),
        Column("kind", _("Hazard"), weight=1.8),
        Column("severity", _("Severity"), weight=1),
        Column("where", _("Where"), weight=1.8),
        Column("found", _("Found on"), weight=1.6),
        Column("status", _("State"), weight=1),
        Column("assignee", _("Assigned to"), weight=1.2),
        Column("due", _("Due"), weight=1.1),
        Column("fixed", _("Fixed"), weight=1.6),
        Column("rechecked", _("Checked again"), weight=1.6),
    )
    rows: list[Row] = [
        (one.number, one.kind, one.severity, one.where, one.found, one.status, one.assignee, one.due, one.fixed, one.rechecked)
        for one in hazards
    ]
    strong = frozenset(place for place, one in enumerate(hazards) if one.overdue)
    return [Table("ledger", _("Hazard ledger"), columns, rows, strong=strong, is_titled=False)]


def notices(hazards: Sequence[HazardLine]) -> list[Section]:
    """Return a notice for each hazard that is to be fixed or was, each on a sheet of its own."""
    return [section for one in hazards for section in (PageBreak(), *notice(one))]


def notice(one: HazardLine) -> list[Section]:
    """Return one notice: what, where, who and by when; its photos as found and after; lines to sign on."""
    facts = (
        (_("Hazard"), one.kind),
        (_("Severity"), one.severity or UNKNOWN),
        (_("Where"), one.where or UNKNOWN),
        (_("Found on"), one.found or UNKNOWN),
        (_("Assigned to"), one.assignee or UNKNOWN),
        (_("To be fixed by"), (f"{one.due} – {_('overdue')}" if one.overdue else one.due) or UNKNOWN),
        (_("Fixed"), one.fixed or UNKNOWN),
        (_("Checked again"), one.rechecked or UNKNOWN),
        (_("Closed"), one.closed or UNKNOWN),
        (_("State"), one.status),
    )
    sections: list[Section] = [Heading(_("Rectification notice {n}").format(n=one.number)), Facts(facts)]
    sections += [Paragraph(one.note)] if one.note else []
    for title, pictures, missing in (
        (_("As it was found"), one.photos, _("No photo of it")),
        (_("Re-check, with photo"), one.after, _("No photo of the re-check yet")),
    ):
        sections.append(Heading(title, 2))
        sections.append(Gallery(tuple(pictures), 2, 75.0) if pictures else Paragraph(missing, "note"))
    sections.append(Signatures((_("Issued by"), _("Fixed by"), _("Checked again by"))))
    return sections


def notice_report(one: HazardLine, about: About) -> Report:
    """Return the notice of one hazard as a paper of its own."""
    title = _("Rectification notice {n}").format(n=one.number)
    return about.report(KIND, title, notice(one), subject=one.kind)
