"""The forms of acceptance by sampling: 检查记录表, 问题处理及复查, 质量检查报告."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipemap.reports.content import Column, Facts, Heading, Page, Paragraph, Report, Row, Section, Signatures, Table
from pipemap.reports.text import UNKNOWN
from pipemap.texts import N_, _, language

CERTAINTIES = {
    "found": N_("found"),
    "found-secondary": N_("found in secondary sources"),
    "unverified": N_("unverified"),
    "own": N_("our own"),
}
LEVEL_TITLES = {
    2: (N_("Process check"), N_("Final check")),
    3: (N_("Check by the crew"), N_("Check by the project"), N_("Check by the company")),
}
"""Levels of checks, by how many a survey demands (两级检查, 三级检查)."""


@dataclass(frozen=True, slots=True)
class PointWords:
    """One point of a sample; metres, None where unknown."""

    kind: str
    id: str
    surveyed: tuple[float | None, float | None, float | None]
    checked: tuple[float | None, float | None, float | None]
    plan_off: float | None
    depth_off: float | None
    plan_limit: float
    depth_limit: float
    over_plan: bool
    over_depth: bool
    measured: str
    measured_by: str
    remark: str
    handling: str
    handled_by: str
    recheck: str

    @property
    def is_over(self) -> bool:
        """Over either limit."""
        return self.over_plan or self.over_depth


@dataclass(frozen=True, slots=True)
class KindWords:
    """What one kind of check came to, outcome in words."""

    title: str
    outcome: str
    population: int
    demanded: int
    drawn: int
    measured: int
    over: int
    mean_plan: float | None
    allowed_plan: float | None
    mean_depth: float | None
    allowed_depth: float | None


@dataclass(frozen=True, slots=True)
class QualityWords:
    """Everything that the forms say of a batch at one level of checks.

    Attributes
    ----------
    draws
        Kind, purpose and seed of each draw, in words.
    figures
        Figures of the standards: what, value with unit, certainty, source.
    verdicts
        Level, verdict, when and by whom.
    """

    batch: str
    surveyor: str
    level: int
    levels: int
    outcome: str
    kinds: tuple[KindWords, ...]
    points: tuple[PointWords, ...]
    draws: tuple[tuple[str, str, int], ...]
    verdicts: tuple[tuple[int, str, str, str], ...]
    figures: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every form."""

    survey: str
    state: str
    as_of: str
    printed: str


def record_report(words: QualityWords, frame: Frame) -> Report:
    """Put the record of check measurements together; what is not measured yet has room to be written."""
    sections: list[Section] = [_about(words), _record(words.points), _signatures()]
    return _report("check-record", _("Record of check measurements"), words, frame, sections)


def problems_report(words: QualityWords, frame: Frame) -> Report:
    """Put the list of points over their limits together."""
    over = [one for one in words.points if one.is_over]
    sections: list[Section] = [_about(words), _problems(over)]
    if not over:
        sections.insert(1, Paragraph(_("No point that was measured is over its limits.")))
    return _report("check-problems", _("Problems found, and their recheck"), words, frame, [*sections, _signatures()])


def quality_report(words: QualityWords, frame: Frame) -> Report:
    """Put the report with mean errors and verdict together."""
    sections: list[Section] = [
        _about(words),
        Paragraph(_("Verdict: {verdict}").format(verdict=words.outcome), "large"),
        _statistics(words.kinds),
        _errors(words.kinds),
        _draws(words),
        _verdicts(words),
        _figures(words),
        Paragraph(
            _("Figures that are not found in a standard itself are marked; compare them with the one that binds you."), "note"
        ),
        _signatures(),
    ]
    return _report("quality", _("Quality inspection report"), words, frame, sections)


def level_title(level: int, levels: int) -> str:
    """Return what a level of checks is called."""
    titles = LEVEL_TITLES[3 if levels == 3 else 2]  # noqa: PLR2004 -- two or three
    return _(titles[level - 1]) if 1 <= level <= len(titles) else str(level)


def _report(kind: str, title: str, words: QualityWords, frame: Frame, sections: Sequence[Section]) -> Report:
    head = Heading(_("{title}: batch “{name}”").format(title=title, name=words.batch))
    page = Page(landscape=True)
    about = (frame.survey, frame.state, frame.as_of, frame.printed, words.batch)
    return Report(kind, title, (head, *sections), language(), *about, page)


def _about(words: QualityWords) -> Facts:
    return Facts(
        (
            (_("Batch"), words.batch),
            (_("Surveyed by"), words.surveyor or UNKNOWN),
            (_("Level of checks"), f"{level_title(words.level, words.levels)} ({words.level}/{words.levels})"),
            (_("State"), words.outcome),
        )
    )


def _signatures() -> Signatures:
    return Signatures((_("Inspector"), _("Checked"), _("Approved")))


def _metres(name: str, title: str) -> Column:
    return Column(name, title, "number", "m", 3, 1)


def _record(points: Sequence[PointWords]) -> Table:
    columns = (
        Column("kind", _("Kind of check"), weight=1.6),
        Column("id", _("Point"), weight=1.2),
        *(_metres(name, title) for name, title in (("x", _("East")), ("y", _("North")), ("depth", _("Depth")))),
        *(
            _metres(n, t)
            for n, t in (("check_x", _("Check east")), ("check_y", _("Check north")), ("check_depth", _("Check depth")))
        ),
        *(_metres(n, t) for n, t in (("plan_off", _("Off in plan")), ("plan_limit", _("Allowed deviation")))),
        *(_metres(n, t) for n, t in (("depth_off", _("Off in depth")), ("depth_limit", _("Allowed deviation")))),
        Column("over", _("Over"), weight=0.7),
        Column("by", _("Measured by"), weight=1.4),
        Column("remark", _("Comment"), weight=1.2),
    )
    rows: list[Row] = [
        (
            one.kind, one.id, *one.surveyed, *one.checked, one.plan_off, one.plan_limit, one.depth_off, one.depth_limit,
            _("yes") if one.is_over else "", f"{one.measured_by} {one.measured[:10]}".strip(), one.remark,
        )
        for one in points
    ]  # fmt: skip
    return Table("points", _("Check measurements"), columns, rows, row_mm=8, is_form=True)


def _problems(points: Sequence[PointWords]) -> Table:
    columns = (
        Column("id", _("Point"), weight=1),
        Column("kind", _("Kind of check"), weight=1.5),
        Column("problem", _("Problem"), weight=3),
        Column("handling", _("What was done"), weight=2),
        Column("handled_by", _("Done by"), weight=1),
        Column("recheck", _("Result of the recheck"), weight=2),
        Column("signature", _("Signature"), weight=1),
    )
    rows: list[Row] = [(one.id, one.kind, _problem(one), one.handling, one.handled_by, one.recheck, "") for one in points]
    return Table("problems", _("Points over their limits"), columns, rows, row_mm=10, is_form=True)


def _problem(one: PointWords) -> str:
    words = []
    if one.over_plan and one.plan_off is not None:
        words.append(_("{off} m off in plan, limit {limit} m").format(off=f"{one.plan_off:.3f}", limit=f"{one.plan_limit:.3f}"))
    if one.over_depth and one.depth_off is not None:
        words.append(
            _("{off} m off in depth, limit {limit} m").format(off=f"{one.depth_off:+.3f}", limit=f"{one.depth_limit:.3f}")
        )
    return "; ".join(words)


def _statistics(kinds: Sequence[KindWords]) -> Table:
    columns = (
        Column("kind", _("Kind of check"), weight=2),
        *(Column(name, title, "whole", weight=1) for name, title in (
            ("population", _("Points")), ("demanded", _("Demanded")), ("drawn", _("Drawn")), ("measured", _("Measured")),
            ("over", _("Over")),
        )),
        Column("share", _("Share over"), "number", "%", 1, 1),
        Column("outcome", _("Result"), weight=1.5),
    )  # fmt: skip
    rows: list[Row] = [
        (
            one.title, one.population, one.demanded, one.drawn, one.measured, one.over,
            100 * one.over / one.measured if one.measured else None, one.outcome,
        )
        for one in kinds
    ]  # fmt: skip
    return Table("samples", _("Samples"), columns, rows)


def _errors(kinds: Sequence[KindWords]) -> Table:
    columns = (
        Column("kind", _("Kind of check"), weight=2),
        *(_metres(name, title) for name, title in (
            ("mean_plan", _("Mean error in plan")), ("allowed_plan", _("Allowed")),
            ("mean_depth", _("Mean error in depth")), ("allowed_depth", _("Allowed")),
        )),
    )  # fmt: skip
    rows: list[Row] = [(one.title, one.mean_plan, one.allowed_plan, one.mean_depth, one.allowed_depth) for one in kinds]
    return Table("errors", _("Mean errors"), columns, rows)


def _draws(words: QualityWords) -> Table:
    columns = (
        Column("kind", _("Kind of check"), weight=2),
        Column("purpose", _("Draw"), weight=1),
        Column("seed", _("Seed"), "whole"),
    )
    return Table("draws", _("Draws"), columns, list(words.draws))


def _verdicts(words: QualityWords) -> Table:
    columns = (
        Column("level", _("Level of checks"), weight=1.5),
        Column("verdict", _("Verdict"), weight=1),
        Column("time", _("When"), weight=1.2),
        Column("person", _("Who"), weight=1),
    )
    given = {level: rest for level, *rest in words.verdicts}
    rows: list[Row] = [
        (level_title(level, words.levels), *given.get(level, (_("not given yet"), "", "")))
        for level in range(1, words.levels + 1)
    ]
    return Table("verdicts", _("Verdicts"), columns, rows, row_mm=9, is_form=True)


def _figures(words: QualityWords) -> Table:
    columns = (
        Column("what", _("Figure"), weight=3),
        Column("value", _("Value"), weight=0.8),
        Column("certainty", _("How sure"), weight=1),
        Column("source", _("Source"), weight=3),
    )
    return Table("figures", _("Figures of the standards"), columns, list(words.figures))
