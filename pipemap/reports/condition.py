"""The condition of sewer sections (管道检测与评估报告): method, totals, assessment table, one sheet a section, advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipemap.analysis.condition import FORMULAS
from pipemap.catalog.findings import condition_grades
from pipemap.reports.content import (
    Column,
    Contents,
    Cover,
    Facts,
    Gallery,
    Heading,
    Page,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    Row,
    Section,
    Signatures,
    Table,
)
from pipemap.reports.inventory import About, cover_facts, withheld_note
from pipemap.texts import _, language

if TYPE_CHECKING:
    from pipemap.analysis.condition import Rating

KIND = "condition"
_GRADES = ("I", "II", "III", "IV")
_DIAMETERS = (300.0, 600.0, 1000.0, 1500.0)


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding of a section; ``pictures`` are those that are there, ``has_no_picture`` says 缺图 where one should be."""

    station: float
    length: float | None
    code: str
    name: str
    grade: int | None
    score: float | None
    clock: str
    remark: str
    pictures: tuple[Picture, ...] = ()
    has_no_picture: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One section.

    Attributes
    ----------
    facts
        What is known of it: pipes, diameter, material, date, crew.
    strip
        Its sketch with the defects where they lie.
    """

    name: str
    length: float | None
    diameter_mm: float | None
    structural: Rating | None
    functional: Rating | None
    findings: tuple[FindingLine, ...]
    facts: tuple[tuple[str, str], ...] = ()
    strip: Picture | None = None
    notes: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ConditionContent:
    """What was found.

    Attributes
    ----------
    sheets
        The most urgent section first.
    visits
        Section, how, when, who, inspected length, what was unusual: one row an inspection.
    systems
        Coding systems that were used, by their titles; those that are not rated here with how much they hold.
    """

    sheets: Sequence[Sheet]
    visits: Sequence[Row] = ()
    systems: Sequence[str] = ()


def condition_report(content: ConditionContent, about: About, *, picture: Picture | None = None) -> Report:
    """Return the report of what was inspected, and how it stands."""
    title = _("Pipe condition report")
    sections: list[Section] = [
        Cover(title, about.name, cover_facts(about), picture),
        Contents(_("Table of contents")),
        Heading(_("Overview")),
        Facts(_overview(content)),
        *withheld_note(about),
        *_method(content),
        *_visits(content),
        Heading(_("Totals")),
        _by_diameter(content.sheets),
        *_by_code(content.sheets),
        PageBreak(Page(landscape=True)),
        Heading(_("Assessment of sections")),
        _assessment(content.sheets),
        PageBreak(Page()),
        Heading(_("Advice")),
        *_advice(content.sheets),
    ]
    for sheet in content.sheets:
        sections += _sheet(sheet)
    sections.append(Signatures((_("Inspected"), _("Assessed"), _("Reviewed"), _("Approved"))))
    state = (about.name, about.state, about.as_of, about.printed, about.name)
    return Report(KIND, title, tuple(sections), language(), *state)


def _overview(content: ConditionContent) -> tuple[tuple[str, str], ...]:
    known = [sheet.length for sheet in content.sheets if sheet.length is not None]
    findings = [line for sheet in content.sheets for line in sheet.findings]
    urgent = sum(_grade(sheet, "repair") in ("III", "IV") for sheet in content.sheets)
    return (
        (_("Sections"), f"{len(content.sheets):,}"),
        (_("Length of sections"), f"{sum(known):,.1f} m"),
        (_("Defects"), f"{len(findings):,}"),
        (_("Defects with a score"), f"{sum(line.score is not None for line in findings):,}"),
        (_("Defects without a picture"), f"{sum(line.has_no_picture for line in findings):,}"),
        (
            _("Sections to repair soon or at once"),
            f"{urgent:,}",
        ),
    )


def _method(content: ConditionContent) -> list[Section]:
    formulas = "\n".join(f"{text}" for side in FORMULAS.values() for text in side.values())
    near = _(
        "Defects up to 1.0 m apart count as one, their scores added up to 10; above 1.0 and up to 1.5 m the later takes the "
        "factor 1.1. A point counts as 1 m."
    )
    told = _(
        "Scores and formulas are those of several public implementations of CJJ 181-2012; the standard itself was not seen. "
        "Unverified are the cap of 10 and the use of K and E in MI."
    )
    used = Paragraph(_("Coding systems used: {names}.").format(names=", ".join(content.systems)))
    return [Heading(_("Method and codes")), used, Paragraph(formulas, "quiet"), Paragraph(near), Paragraph(told, "note")]


def _visits(content: ConditionContent) -> list[Section]:
    if not content.visits:
        return []
    columns = (
        Column("section", _("Section"), weight=2),
        Column("kind", _("Method"), weight=1.4),
        Column("date", _("Date"), weight=1.2),
        Column("inspector", _("Inspector"), weight=1.2),
        Column("company", _("Company"), weight=1.6),
        Column("length", _("Inspected"), "number", "m"),
        Column("remark", _("Remark"), weight=2),
    )
    return [Heading(_("Inspections")), Table("visits", _("Inspections"), columns, tuple(content.visits), is_titled=False)]


def _by_diameter(sheets: Sequence[Sheet]) -> Table:
    columns = (
        Column("diameter", _("Diameter"), weight=2),
        *(Column(f"repair_{grade}", _("Repair grade {grade}").format(grade=grade), "number", "m") for grade in _GRADES),
        Column("none", _("Without"), "number", "m"),
        Column("length", _("Together"), "number", "m"),
    )
    sums: dict[str, Counter[str]] = {}
    for sheet in sorted(sheets, key=lambda one: one.diameter_mm or 0.0):
        row = sums.setdefault(_diameter_class(sheet.diameter_mm), Counter())
        row[_grade(sheet, "repair") or "none"] += sheet.length or 0.0  # type: ignore[assignment]
    rows = [_sum_row(name, counted) for name, counted in sums.items()]
    total: Counter[str] = Counter()
    for counted in sums.values():
        for grade, metres in counted.items():
            total[grade] += metres
    return Table("diameters", _("Length by repair grade and diameter"), columns, rows, _sum_row(_("Together"), total))


def _sum_row(name: str, counted: Counter[str]) -> Row:
    return (name, *(counted[grade] or None for grade in (*_GRADES, "none")), sum(counted.values()))


def _diameter_class(diameter: float | None) -> str:
    if diameter is None:
        return _("unknown")
    return next((f"≤ DN{limit:g}" for limit in _DIAMETERS if diameter <= limit), f"> DN{_DIAMETERS[-1]:g}")


def _by_code(sheets: Sequence[Sheet]) -> list[Section]:
    counts: dict[tuple[str, str], Counter[int]] = {}
    for sheet in sheets:
        for line in sheet.findings:
            counts.setdefault((line.code, line.name), Counter())[line.grade or 0] += 1
    if not counts:
        return []
    columns = (
        Column("code", _("Code")),
        Column("name", _("Name"), weight=2),
        *(Column(f"grade_{grade}", _("Grade {grade}").format(grade=grade), "whole") for grade in (1, 2, 3, 4)),
        Column("found", _("Together"), "whole"),
    )
    rows: list[Row] = [
        (code, name, *(count[grade] or None for grade in (1, 2, 3, 4)), count.total()) for (code, name), count in counts.items()
    ]
    return [Table("codes", _("Defects by code and grade"), columns, rows)]


def _assessment(sheets: Sequence[Sheet]) -> Table:
    numbers = ("S", "Smax", "F", "RI"), ("Y", "Ymax", "G", "MI")
    columns = (
        Column("section", _("Section"), weight=2.4),
        Column("diameter", _("Diameter"), "whole", "mm"),
        Column("length", _("Length"), "number", "m"),
        *(Column(name, name, "number", decimals=2) for name in numbers[0][:3]),
        Column("structural_grade", _("Structural grade")),
        Column("density", _("Density"), "number", decimals=3),
        Column("RI", "RI", "number", decimals=2),
        Column("repair_grade", _("Repair grade")),
        *(Column(name, name, "number", decimals=2) for name in numbers[1][:3]),
        Column("functional_grade", _("Functional grade")),
        Column("MI", "MI", "number", decimals=2),
        Column("maintenance_grade", _("Maintenance grade")),
    )
    rows: list[Row] = []
    for sheet in sheets:
        diameter = None if sheet.diameter_mm is None else round(sheet.diameter_mm)
        one, other = _figures(sheet.structural), _figures(sheet.functional)
        rows.append(
            (
                sheet.name,
                diameter,
                sheet.length,
                *one,
                _grade(sheet, "repair"),
                *other[:4],
                other[5],
                _grade(sheet, "maintenance"),
            )
        )
    return Table("assessment", _("Assessment of sections"), columns, rows, is_titled=False)


def _figures(rating: Rating | None) -> tuple[str | float | None, ...]:
    """Return mean, worst, value, grade, density and index of one side."""
    if rating is None:
        return (None,) * 6
    return (rating.mean, rating.worst, rating.value, rating.grade.grade, rating.density, rating.index)


def _grade(sheet: Sheet, scale: str) -> str:
    rating = sheet.structural if scale == "repair" else sheet.functional
    return rating.index_grade.grade if rating is not None and rating.index_grade is not None else ""


def _advice(sheets: Sequence[Sheet]) -> list[Section]:
    found: list[Section] = []
    for scale, title in (("repair", _("Repair")), ("maintenance", _("Maintenance"))):
        rows: list[Row] = []
        for row in reversed(condition_grades(scale)):
            named = [sheet.name for sheet in sheets if _grade(sheet, scale) == row.grade]
            if named and row.grade != "I":
                rows.append((row.grade, row.label, len(named), ", ".join(named)))
        if rows:
            columns = (
                Column("grade", _("Grade")),
                Column("advice", _("Advice"), weight=3),
                Column("sections", _("Sections"), "whole"),
                Column("named", _("Which"), weight=4),
            )
            found.append(Table(f"advice_{scale}", title, columns, rows))
    return found or [Paragraph(_("No section needs repair or cleaning that cannot wait."))]


def _sheet(sheet: Sheet) -> list[Section]:
    """Return the page of one section."""
    facts = [*sheet.facts, *_rated(sheet)]
    found: list[Section] = [PageBreak(), Heading(sheet.name, 2), Facts(tuple(facts))]
    found += [Paragraph(note, "note") for note in sheet.notes]
    if sheet.strip is not None:
        found.append(sheet.strip)
    if not sheet.findings:
        return [*found, Paragraph(_("Nothing was found."))]
    columns = (
        Column("number", _("No."), "whole"),
        Column("station", _("Station"), "number", "m", decimals=2),
        Column("length", _("Length"), "number", "m", decimals=2),
        Column("code", _("Code")),
        Column("name", _("Name"), weight=2),
        Column("grade", _("Grade"), "whole"),
        Column("score", _("Score"), "number"),
        Column("clock", _("Clock")),
        Column("picture", _("Picture")),
        Column("remark", _("Remark"), weight=2),
    )
    rows: list[Row] = [
        (number, line.station, line.length, line.code, line.name, line.grade, line.score, line.clock,
         _("missing picture") if line.has_no_picture else f"{number}" if line.pictures else "", line.remark)
        for number, line in enumerate(sheet.findings, start=1)
    ]  # fmt: skip
    found.append(Table(f"findings {sheet.name}"[:31], _("Defects"), columns, rows))
    pictures = tuple(one for line in sheet.findings for one in line.pictures)
    if pictures:
        found.append(Gallery(pictures, 2, 62.0))
    return found


def _rated(sheet: Sheet) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for rating, title, index, words in (
        (sheet.structural, _("Structural"), "RI", _("Repair")),
        (sheet.functional, _("Functional"), "MI", _("Maintenance")),
    ):
        if rating is None:
            rows.append((title, _("not inspected")))
            continue
        name = "F" if rating.side == "structural" else "G"
        rows.append((title, f"{name} = {rating.value:.2f}, {rating.grade.grade}: {rating.grade.label}"))
        if rating.index is not None and rating.index_grade is not None:
            rows.append((words, f"{index} = {rating.index:.2f}, {rating.index_grade.grade}: {rating.index_grade.label}"))
    return rows
