"""Totals of a condition report: by grade, diameter and code; the table of sections; what comes first; advice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pipemap.catalog.findings import condition_grades
from pipemap.model.finding import STATUSES
from pipemap.reports.condition_content import GRADES
from pipemap.reports.content import Column, Heading, Paragraph, Table
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.analysis.condition import Rating
    from pipemap.reports.condition_content import Sheet
    from pipemap.reports.content import Row, Section

_DIAMETERS = (300.0, 600.0, 1000.0, 1500.0)
_MOST_FIRST = 50


def by_grade(sheets: Sequence[Sheet]) -> list[Section]:
    """Return sections and length by each grade of both sides."""
    columns = (
        Column("scale", _("Scale"), weight=3),
        *(Column(f"grade_{grade}", _("Grade {grade}").format(grade=grade), weight=1.6) for grade in GRADES),
        Column("none", _("Without"), weight=1.6),
    )
    rows: list[Row] = []
    for title, grades in (
        (_("Structural condition (F)"), [_plain_grade(sheet.structural) for sheet in sheets]),
        (_("Repair (RI)"), [sheet.grade("repair") for sheet in sheets]),
        (_("Functional condition (G)"), [_plain_grade(sheet.functional) for sheet in sheets]),
        (_("Maintenance (MI)"), [sheet.grade("maintenance") for sheet in sheets]),
    ):
        rows.append((title, *(_count_and_length(sheets, grades, grade) for grade in (*GRADES, ""))))
    return [Table("grades", _("Sections and length by grade"), columns, rows)]


def _plain_grade(rating: Rating | None) -> str:
    return "" if rating is None else rating.grade.grade


def _count_and_length(sheets: Sequence[Sheet], grades: Sequence[str], wanted: str) -> str:
    metres = [sheet.length or 0.0 for sheet, grade in zip(sheets, grades, strict=True) if grade == wanted]
    return f"{len(metres):,} · {sum(metres):,.0f} m" if metres else "–"


def by_diameter(sheets: Sequence[Sheet]) -> Table:
    """Return the length of each class of diameter by repair grade."""
    columns = (
        Column("diameter", _("Diameter"), weight=2),
        *(Column(f"repair_{grade}", _("Repair grade {grade}").format(grade=grade), "number", "m") for grade in GRADES),
        Column("none", _("Without"), "number", "m"),
        Column("length", _("Together"), "number", "m"),
    )
    sums: dict[str, Counter[str]] = {}
    for sheet in sorted(sheets, key=lambda one: one.diameter_mm or 0.0):
        row = sums.setdefault(_diameter_class(sheet.diameter_mm), Counter())
        row[sheet.grade("repair") or "none"] += sheet.length or 0.0  # type: ignore[assignment]
    rows = [_sum_row(name, counted) for name, counted in sums.items()]
    total: Counter[str] = Counter()
    for counted in sums.values():
        for grade, metres in counted.items():
            total[grade] += metres
    return Table("diameters", _("Length by repair grade and diameter"), columns, rows, _sum_row(_("Together"), total))


def _sum_row(name: str, counted: Counter[str]) -> Row:
    return (name, *(counted[grade] or None for grade in (*GRADES, "none")), sum(counted.values()))


def _diameter_class(diameter: float | None) -> str:
    if diameter is None:
        return _("unknown")
    return next((f"≤ DN{limit:g}" for limit in _DIAMETERS if diameter <= limit), f"> DN{_DIAMETERS[-1]:g}")


def by_code(sheets: Sequence[Sheet]) -> list[Section]:
    """Return how often each code was found at which grade, structural before functional, with the length it covers."""
    counts: dict[tuple[str, str, str], Counter[int]] = {}
    metres: Counter[tuple[str, str, str]] = Counter()
    for sheet in sheets:
        for line in sheet.findings:
            key = (line.side, line.code, line.name)
            counts.setdefault(key, Counter())[line.grade or 0] += 1
            metres[key] += max(line.length or 0.0, 0.0)  # type: ignore[assignment]
    if not counts:
        return []
    columns = (
        Column("side", _("Kind")),
        Column("code", _("Code")),
        Column("name", _("Name"), weight=2),
        *(Column(f"grade_{grade}", _("Grade {grade}").format(grade=grade), "whole") for grade in (1, 2, 3, 4)),
        Column("found", _("Together"), "whole"),
        Column("length", _("Length"), "number", "m"),
    )
    sides = {"structural": _("Structural"), "functional": _("Functional"), "": _("Other")}
    order = {name: place for place, name in enumerate(sides)}
    rows: list[Row] = [
        (
            sides[side],
            code,
            name,
            *(count[grade] or None for grade in (1, 2, 3, 4)),
            count.total(),
            metres[side, code, name] or None,
        )
        for (side, code, name), count in sorted(counts.items(), key=lambda one: (order[one[0][0]], -one[1].total(), one[0][1]))
    ]
    total = ("", "", _("Together"), *(sum(count[grade] for count in counts.values()) or None for grade in (1, 2, 3, 4)),
             sum(count.total() for count in counts.values()), sum(metres.values()) or None)  # fmt: skip
    return [Table("codes", _("Defects by code and grade"), columns, rows, total)]


def assessment(sheets: Sequence[Sheet]) -> Table:
    """Return the table of sections: every number of both sides."""
    columns = (
        Column("section", _("Section"), weight=2.6),
        Column("diameter", _("Diameter"), "whole", "mm", weight=1.2),
        Column("length", _("Length"), "number", "m", weight=1.1),
        *(Column(name, name, "number", decimals=2, weight=1.0) for name in ("S", "Smax", "F")),
        Column("structural_grade", _("Structural grade"), weight=1.2),
        Column("density", _("Density"), "number", decimals=3, weight=1.1),
        Column("RI", "RI", "number", decimals=2, weight=1.0),
        Column("repair_grade", _("Repair grade"), weight=1.1),
        *(Column(name, name, "number", decimals=2, weight=1.0) for name in ("Y", "Ymax", "G")),
        Column("functional_grade", _("Functional grade"), weight=1.2),
        Column("functional_density", _("Density"), "number", decimals=3, weight=1.1),
        Column("MI", "MI", "number", decimals=2, weight=1.0),
        Column("maintenance_grade", _("Maintenance grade"), weight=1.4),
    )
    rows: list[Row] = []
    for sheet in sheets:
        diameter = None if sheet.diameter_mm is None else round(sheet.diameter_mm)
        sides = (*_figures(sheet.structural), sheet.grade("repair"), *_figures(sheet.functional), sheet.grade("maintenance"))
        rows.append((sheet.name, diameter, sheet.length, *sides))
    return Table("assessment", _("Assessment of sections"), columns, rows, is_titled=False)


def _figures(rating: Rating | None) -> tuple[str | float | None, ...]:
    """Return mean, worst, value, grade, density and index of one side."""
    if rating is None:
        return (None,) * 6
    return (rating.mean, rating.worst, rating.value, rating.grade.grade, rating.density, rating.index)


def priorities(sheets: Sequence[Sheet]) -> list[Section]:
    """Return what comes first: condition, then who and what hangs on the section."""
    urgent = [sheet for sheet in sheets if {sheet.grade("repair"), sheet.grade("maintenance")} & {"II", "III", "IV"}]
    if not urgent:
        return []
    columns = (
        Column("rank", _("No."), "whole", weight=0.7),
        Column("section", _("Section"), weight=2.4),
        Column("road", _("Road"), weight=2),
        Column("RI", "RI", "number", decimals=2, weight=1.0),
        Column("repair", _("Repair grade"), weight=1.2),
        Column("MI", "MI", "number", decimals=2, weight=1.0),
        Column("maintenance", _("Maintenance grade"), weight=1.4),
        Column("customers", _("Customers"), "whole", weight=1.2),
        Column("depth", _("Depth"), "number", "m", decimals=2, weight=1.1),
        Column("diameter", _("Diameter"), "whole", "mm", weight=1.3),
    )
    rows: list[Row] = [
        (number, sheet.name, sheet.road, _figures(sheet.structural)[5], sheet.grade("repair"), _figures(sheet.functional)[5],
         sheet.grade("maintenance"), sheet.customers, sheet.depth,
         None if sheet.diameter_mm is None else round(sheet.diameter_mm))
        for number, sheet in enumerate(urgent[:_MOST_FIRST], start=1)
    ]  # fmt: skip
    order = Paragraph(_("The worse of repair and maintenance first; equal ones by RI and MI, then customers and depth."), "quiet")
    return [Heading(_("Priorities")), Table("priorities", _("Priorities"), columns, rows, is_titled=False), order]


def advice(sheets: Sequence[Sheet]) -> list[Section]:
    """Return what is advised for which sections, repair and maintenance."""
    found: list[Section] = []
    for scale, title in (("repair", _("Repair")), ("maintenance", _("Maintenance"))):
        rows: list[Row] = []
        for row in reversed(condition_grades(scale)):
            named = [sheet for sheet in sheets if sheet.grade(scale) == row.grade]
            if named and row.grade != "I":
                metres = sum(sheet.length or 0.0 for sheet in named)
                rows.append((row.grade, row.label, len(named), metres, ", ".join(sheet.name for sheet in named)))
        if rows:
            columns = (
                Column("grade", _("Grade"), weight=1),
                Column("advice", _("Advice"), weight=3),
                Column("sections", _("Sections"), "whole", weight=1.2),
                Column("length", _("Length"), "number", "m", weight=1.4),
                Column("named", _("Which"), weight=6),
            )
            found.append(Table(f"advice_{scale}", title, columns, rows))
    return found or [Paragraph(_("No section needs repair or cleaning that cannot wait."))]


def follow_up(sheets: Sequence[Sheet]) -> list[Section]:
    """Return how far the defects of grade 3 and 4 are on their way from reported to closed."""
    counts = Counter((line.status or "reported") for sheet in sheets for line in sheet.findings if (line.grade or 0) >= 3)  # noqa: PLR2004 -- serious
    if not counts:
        return []
    columns = (Column("status", _("Status"), weight=3), Column("count", _("Defects of grade 3 and 4"), "whole", weight=2))
    rows: list[Row] = [(_(title), counts[name]) for name, title in STATUSES.items() if counts[name]]
    return [Heading(_("Follow-up")), Table("follow_up", _("Follow-up"), columns, rows, is_titled=False)]
