"""The sheet of one section: facts, ratings, its sketch, defects and their pictures; and the list of all pictures."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

from pipemap.reports.content import Column, Facts, Gallery, Heading, PageBreak, Paragraph, Table
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipemap.reports.condition_content import FindingLine, Sheet
    from pipemap.reports.content import Picture, Row, Section


def picture_numbers(sheets: Sequence[Sheet]) -> list[int]:
    """Return the number of the first picture of each sheet; they are counted through."""
    counts = [sum(len(line.pictures) for line in sheet.findings) for sheet in sheets]
    return [1 + before for before in accumulate([0, *counts])][: len(sheets)]


def _numbered(sheet: Sheet, first: int) -> Iterator[tuple[FindingLine, list[tuple[int, Picture]]]]:
    """Give each line its pictures with their numbers."""
    number = first
    for line in sheet.findings:
        yield line, list(enumerate(line.pictures, start=number))
        number += len(line.pictures)


def section_sheet(sheet: Sheet, first: int) -> list[Section]:
    """Return the page of one section, whose pictures are counted from ``first``."""
    found: list[Section] = [PageBreak(), Heading(sheet.name, 2), Facts((*sheet.facts, *_rated(sheet)))]
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
    rows: list[Row] = []
    pictures: list[Picture] = []
    for place, (line, held) in enumerate(_numbered(sheet, first), start=1):
        shown = _("missing picture") if line.has_no_picture else ", ".join(str(number) for number, _picture in held)
        rows.append(
            (place, line.station, line.length, line.code, line.name, line.grade, line.score, line.clock, shown, line.remark)
        )
        pictures += [replace(one, caption=f"{number}: {one.caption}") for number, one in held]
    found.append(Table(f"findings {sheet.name}"[:31], _("Defects"), columns, rows))
    if pictures:
        found.append(Gallery(tuple(pictures), 2, 62.0))
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


def pictures_list(sheets: Sequence[Sheet], numbers: Sequence[int]) -> list[Section]:
    """Return every picture, and every scored defect that has none."""
    rows: list[Row] = []
    for sheet, first in zip(sheets, numbers, strict=True):
        for line, held in _numbered(sheet, first):
            what = (sheet.name, line.station, line.code, line.name, line.grade)
            rows += [(number, *what, one.name) for number, one in held]
            rows += [(None, *what, _("missing picture"))] if line.has_no_picture else []
    if not rows:
        return []
    columns = (
        Column("number", _("No."), "whole", weight=0.7),
        Column("section", _("Section"), weight=2.2),
        Column("station", _("Station"), "number", "m", decimals=2, weight=1),
        Column("code", _("Code"), weight=0.8),
        Column("name", _("Name"), weight=2),
        Column("grade", _("Grade"), "whole", weight=0.7),
        Column("file", _("Picture"), weight=2.6),
    )
    return [PageBreak(), Heading(_("Pictures")), Table("pictures", _("Pictures"), columns, rows, is_titled=False)]
