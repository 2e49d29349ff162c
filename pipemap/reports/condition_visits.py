"""The task of an inspection on paper: what was planned and done, with which equipment, how it stood in the pipe, manholes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.reports.content import Column, Facts, Heading, Paragraph, Table
from pipemap.reports.text import UNKNOWN
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipemap.reports.condition_content import ConditionContent, VisitLine
    from pipemap.reports.content import Row, Section


def task(content: ConditionContent) -> list[Section]:
    """Return what was to be done, by whom and when, and how much of it is."""
    done, left = _by_section(content.done), _by_section(content.not_done)
    sections = len(done) + len([name for name in left if name not in done])
    planned = sum(done.values()) + sum(metres for name, metres in left.items() if name not in done)
    seen = sum(one.inspected or 0.0 for one in content.done)
    dates = sorted(one.date[:10] for one in content.done if one.date)
    period = UNKNOWN if not dates else dates[0] if dates[0] == dates[-1] else f"{dates[0]} – {dates[-1]}"
    lines = [line for sheet in content.sheets for line in sheet.findings]
    urgent = sum(sheet.grade("repair") in ("III", "IV") for sheet in content.sheets)
    rows = (
        (_("Period"), period),
        (_("Company"), _words(one.company for one in content.visits)),
        (_("Inspected by"), _words(one.inspector for one in content.visits)),
        (_("Method"), _words(one.kind for one in content.done)),
        (_("Sections planned"), f"{sections:,}"),
        (_("Length planned"), f"{planned:,.1f} m"),
        (_("Sections inspected"), f"{len(done):,} ({_percent(len(done), sections)})"),
        (_("Length of inspected sections"), f"{sum(done.values()):,.1f} m ({_percent(sum(done.values()), planned)})"),
        (_("Length seen by the camera"), f"{seen:,.1f} m" if seen else UNKNOWN),
        (_("Sections assessed"), f"{len(content.sheets):,}"),
        (_("Defects"), f"{len(lines):,}"),
        (_("Defects with a score"), f"{sum(line.score is not None for line in lines):,}"),
        (_("Defects without a picture"), f"{sum(line.has_no_picture for line in lines):,}"),
        (_("Sections to repair soon or at once"), f"{urgent:,}"),
    )
    return [Facts(rows)]


def _by_section(visits: Iterable[VisitLine]) -> dict[str, float]:
    """Return the length of each section that was visited, once."""
    return {one.section: one.length or one.inspected or 0.0 for one in visits}


def _words(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(word for word in words if word)) or UNKNOWN


def _percent(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole > 0 else UNKNOWN


def equipment(content: ConditionContent) -> list[Section]:
    """Return what it was inspected with, and until when that is calibrated."""
    groups: dict[tuple[str, str, str], list[VisitLine]] = {}
    for one in content.done:
        groups.setdefault((one.kind, one.equipment, one.calibration), []).append(one)
    if not groups:
        return []
    columns = (
        Column("method", _("Method"), weight=1.4),
        Column("equipment", _("Equipment"), weight=3),
        Column("calibration", _("Calibration"), weight=3),
        Column("sections", _("Sections"), "whole", weight=1),
        Column("first", _("First day"), weight=1.3),
        Column("last", _("Last day"), weight=1.3),
    )
    rows: list[Row] = []
    for (kind, name, calibration), visits in groups.items():
        days = sorted(one.date[:10] for one in visits if one.date) or [""]
        sections = len({one.section for one in visits})
        rows.append((kind, name or _("not recorded"), calibration or _("not recorded"), sections, days[0], days[-1]))
    return [Heading(_("Equipment")), Table("equipment", _("Equipment"), columns, rows, is_titled=False)]


def inspections(content: ConditionContent) -> list[Section]:
    """Return every inspection that was made, with water level, cleaning and plugging."""
    if not content.done:
        return []
    columns = (
        Column("section", _("Section"), weight=2.2),
        Column("kind", _("Method"), weight=1.35),
        Column("date", _("Date"), weight=1.5),
        Column("direction", _("Direction"), weight=1.0),
        Column("inspector", _("Operator"), weight=1.2),
        Column("water", _("Water level"), "number", "%", decimals=0, weight=0.9),
        Column("cleaned", _("Cleaned"), weight=0.9),
        Column("plugged", _("Plugged"), weight=0.9),
        Column("weather", _("Weather"), weight=0.9),
        Column("length", _("Length"), "number", "m", weight=1),
        Column("inspected", _("Inspected length"), "number", "m", weight=1.1),
        Column("remark", _("Remark"), weight=1.6),
    )
    rows: list[Row] = [_inspection_row(one) for one in content.done]
    return [Heading(_("Inspections")), Table("visits", _("Inspections"), columns, rows, is_titled=False)]


def _inspection_row(one: VisitLine) -> Row:
    remark = ", ".join(filter(None, (_("aborted") if one.aborted else "", one.remark)))
    prepared = (one.water_percent, _yes(one.cleaned), _yes(one.plugged), one.weather)
    return (one.section, one.kind, one.date[:10], one.direction, one.inspector, *prepared, one.length, one.inspected, remark)


def _yes(said: bool) -> str:  # noqa: FBT001 -- a cell
    return _("yes") if said else _("no")


def not_done(content: ConditionContent) -> list[Section]:
    """Return what was planned and not inspected, or only in part, each with its reason."""
    columns = (
        Column("section", _("Section"), weight=2.2),
        Column("road", _("Road"), weight=1.6),
        Column("date", _("Date"), weight=1.2),
        Column("length", _("Length"), "number", "m", weight=1),
        Column("inspected", _("Inspected length"), "number", "m", weight=1),
        Column("reason", _("Reason"), weight=3),
    )
    rows: list[Row] = [(one.section, one.road, one.date[:10], one.length, 0.0, one.not_done) for one in content.not_done]
    rows += [
        (one.section, one.road, one.date[:10], one.length, one.inspected, " ".join(filter(None, (_("broken off"), one.remark))))
        for one in content.done
        if one.aborted
    ]
    title = _("Not inspected, or in part")
    if not rows:
        return [Heading(title), Paragraph(_("Everything that was planned was inspected to its end."))]
    return [Heading(title), Table("not_done", title, columns, rows, is_titled=False)]


def manholes(content: ConditionContent) -> list[Section]:
    """Return the manholes that were inspected, or at which something was found."""
    title = _("Manholes")
    if not content.manholes:
        return [Heading(title), Paragraph(_("Nothing was recorded of manholes."))]
    columns = (
        Column("manhole", _("Manhole"), weight=1.6),
        Column("kind", _("Kind"), weight=1.4),
        Column("road", _("Road"), weight=1.6),
        Column("depth", _("Depth"), "number", "m", decimals=2, weight=0.9),
        Column("date", _("Date"), weight=1.2),
        Column("found", _("Found"), weight=3.4),
        Column("count", _("Defects"), "whole", weight=1.1),
        Column("worst", _("Worst grade"), "whole", weight=0.9),
    )
    rows: list[Row] = [
        (one.name, one.kind, one.road, one.depth, one.date, one.found or _("nothing"), one.count, one.worst)
        for one in content.manholes
    ]
    return [Heading(title), Table("manholes", title, columns, rows, is_titled=False), *_manhole_pictures(content)]


def _manhole_pictures(content: ConditionContent) -> list[Section]:
    from pipemap.reports.content import Gallery

    found: Sequence[object] = [picture for one in content.manholes for picture in one.pictures]
    return [Gallery(tuple(found), 3, 45.0)] if found else []  # type: ignore[arg-type]
