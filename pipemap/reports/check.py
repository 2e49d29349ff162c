"""What is wrong with the data (数据检查报告): how many problems each check found, the worst of them, what is ignored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipemap.reports.about import About, bound_report, withheld_note
from pipemap.reports.content import (
    Column,
    Facts,
    Heading,
    Paragraph,
    Picture,
    Report,
    Row,
    Section,
    Table,
)
from pipemap.texts import _

KIND = "check"


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: what it is called, how grave it is, what it tolerates here, where it comes from, how much it found."""

    title: str
    severity: str
    limit: str
    source: str
    found: int


@dataclass(frozen=True, slots=True)
class Line:
    """One problem; ``effect`` says what solving it would change."""

    severity: str
    element: str
    message: str
    effect: str
    x: float | None
    y: float | None


@dataclass(frozen=True, slots=True)
class Ignored:
    """One problem that somebody decided to leave."""

    element: str
    message: str
    reason: str
    who: str
    when: str


@dataclass(frozen=True, slots=True)
class CheckContent:
    """What was found.

    Attributes
    ----------
    nodes, pipes
        How much was checked.
    off
        Checks that this survey has switched off, by title.
    lines
        The problems of the largest effect.
    """

    nodes: int
    pipes: int
    rules: Sequence[Rule]
    off: Sequence[str]
    lines: Sequence[Line]
    ignored: Sequence[Ignored]


def check_report(content: CheckContent, about: About, *, picture: Picture | None = None) -> Report:
    """Return the report of what checks found."""
    body: list[Section] = [
        Heading(_("Overview")),
        Facts(_overview(content)),
        *withheld_note(about),
        Heading(_("By check")),
        _by_rule(content),
        *_switched_off(content),
        Heading(_("Problems, by what solving each would change")),
        *_problems(content),
        *_ignored(content),
    ]
    signed_by = (_("Checked"), _("Reviewed"), _("Approved"))
    return bound_report(about, KIND, _("Data check report"), body, signed_by=signed_by, picture=picture)


def _overview(content: CheckContent) -> tuple[tuple[str, str], ...]:
    def of(severity: str) -> int:
        return sum(rule.found for rule in content.rules if rule.severity == severity)

    return (
        (_("Nodes checked"), f"{content.nodes:,}"),
        (_("Pipes checked"), f"{content.pipes:,}"),
        (_("Errors"), f"{of('error'):,}"),
        (_("Warnings"), f"{of('warning'):,}"),
        (_("Remarks"), f"{of('info'):,}"),
        (_("Ignored, with a reason"), f"{len(content.ignored):,}"),
    )


def _severity(word: str) -> str:
    return {"error": _("Error"), "warning": _("Warning")}.get(word, _("Remark"))


def _by_rule(content: CheckContent) -> Table:
    columns = (
        Column("check", _("Check"), weight=3),
        Column("severity", _("Severity"), weight=1),
        Column("limit", _("Limit"), weight=1),
        Column("source", _("Source"), weight=2),
        Column("found", _("Found"), "whole"),
    )
    rows: list[Row] = [(one.title, _severity(one.severity), one.limit, one.source, one.found) for one in content.rules]
    total: Row = (_("Together"), "", "", "", sum(one.found for one in content.rules))
    return Table("rules", _("By check"), columns, rows, total, is_titled=False)


def _switched_off(content: CheckContent) -> list[Section]:
    if not content.off:
        return []
    return [Paragraph(_("Switched off in this survey: {checks}.").format(checks=", ".join(content.off)), "note")]


def _problems(content: CheckContent) -> list[Section]:
    if not content.lines:
        return [Paragraph(_("No problems were found in the data."))]
    columns = (
        Column("severity", _("Severity"), weight=1),
        Column("element", _("Element"), weight=1.6),
        Column("message", _("What is wrong"), weight=4),
        Column("effect", _("What solving it changes"), weight=3),
        Column("x", _("East"), unit="m", weight=1.3),
        Column("y", _("North"), unit="m", weight=1.4),
    )
    rows: list[Row] = [
        (_severity(one.severity), one.element, one.message, one.effect, _place(one.x), _place(one.y)) for one in content.lines
    ]
    left = sum(rule.found for rule in content.rules) - len(rows)
    more: list[Section] = []
    if left > 0:
        words = _("{n} more of smaller effect are not listed here; “pipemap check FILE --xlsx OUT” lists all.")
        more = [Paragraph(words.format(n=f"{left:,}"), "quiet")]
    return [Table("problems", _("Problems"), columns, rows, is_titled=False), *more]


def _place(value: float | None) -> str:
    """Coordinates are never grouped."""
    return "" if value is None else f"{value:.2f}"


def _ignored(content: CheckContent) -> list[Section]:
    if not content.ignored:
        return []
    columns = (
        Column("element", _("Element"), weight=1.5),
        Column("message", _("What is wrong"), weight=4),
        Column("reason", _("Reason"), weight=2.5),
        Column("who", _("Who"), weight=1.2),
        Column("when", _("When"), weight=1.2),
    )
    rows = [(one.element, one.message, one.reason, one.who, one.when[:10]) for one in content.ignored]
    return [Heading(_("Ignored, with a reason")), Table("ignored", _("Ignored, with a reason"), columns, rows, is_titled=False)]
