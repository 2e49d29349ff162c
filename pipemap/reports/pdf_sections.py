"""Each kind of section on the pages of a PDF."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from pipemap.reports.content import (
    Contents,
    Cover,
    Facts,
    Gallery,
    Heading,
    Legend,
    PageBreak,
    Paragraph,
    Picture,
    Signatures,
    Table,
)
from pipemap.reports.pdf_pictures import put_picture_at
from pipemap.reports.pdf_sheets import QUIET, TEXT, Sheets, height_of
from pipemap.reports.pdf_table import put_table
from pipemap.reports.text import line

if TYPE_CHECKING:
    from collections.abc import Callable

    from fpdf import FPDF
    from fpdf.outline import OutlineSection

_HEADINGS = {1: 15.0, 2: 12.0, 3: 10.5}
_CONTENTS_SIZES = (10.0, 9.0)
"""Points of a line of the table of contents: of a heading of the first level, and of those below."""
_STYLES = {
    "normal": (9.5, TEXT, ""),
    "strong": (9.5, TEXT, "B"),
    "quiet": (8.5, QUIET, ""),
    "note": (9.5, TEXT, ""),
    "large": (14.0, TEXT, ""),
}


def _put_cover(sheets: Sheets, section: Cover) -> None:
    sheets.turn(bare=True)
    accent, y = sheets.template.accent, sheets.t_margin + 4
    if sheets.logo is not None:
        width, height = sheets.logo.fitted(60, 24)
        sheets.image(io.BytesIO(sheets.logo.content), sheets.l_margin, y, width, height)
    sheets.look(11, QUIET)
    sheets.put(sheets.w - sheets.r_margin, y, line(sheets.template.text("office", "name")), 11, align="R")
    sheets.set_y(sheets.h * 0.17)
    sheets.block(section.title, 27, accent, style="B")
    sheets.block(section.subtitle, 13, TEXT)
    for further in sheets.template.texts("cover", "lines"):
        sheets.block(further, 10.5, QUIET)
    sheets.rule(sheets.get_y() + 3, accent, 0.8)
    sheets.set_y(sheets.get_y() + 9)
    facts_height = len(section.facts) * 6.6
    if section.picture is not None:
        _put_image(sheets, section.picture, sheets.room, sheets.bottom - sheets.get_y() - facts_height - 10)
    sheets.set_y(max(sheets.get_y() + 5, sheets.bottom - facts_height - 3))
    for name, value in section.facts:
        sheets.look(9, QUIET)
        sheets.put(sheets.l_margin, sheets.get_y(), line(name), 9)
        sheets.look(9)
        told = sheets.lines(line(value), sheets.room - 48, 9)
        sheets.put(sheets.l_margin + 48, sheets.get_y(), told[0], 9)
        sheets.set_y(sheets.get_y() + 6.6)
    sheets.set_y(sheets.h)


def _put_contents(sheets: Sheets, section: Contents) -> None:
    sheets.turn()
    sheets.look(_HEADINGS[1], sheets.template.accent, "B")
    sheets.put(sheets.l_margin, sheets.get_y(), section.title, _HEADINGS[1], style="B")
    sheets.set_y(sheets.get_y() + 11)
    sheets.insert_toc_placeholder(_fill_contents, pages=_pages_of_contents(sheets))
    sheets.set_y(sheets.top)  # the page after it has begun


def _pages_of_contents(sheets: Sheets) -> int:
    """Return how many pages the table of contents takes from here: later ones are numbered before it is filled."""
    pages, y = 1, sheets.get_y()
    for one in sheets.report.sections:
        if not isinstance(one, Heading) or one.level not in _HEADINGS:
            continue
        high = _line_of_contents(one.level - 1)
        if y + high > sheets.bottom:
            pages, y = pages + 1, sheets.top
        y += high
    return pages


def _line_of_contents(level: int) -> float:
    return height_of(_CONTENTS_SIZES[min(level, 1)]) + 1


def _put_heading(sheets: Sheets, section: Heading) -> None:
    size = _HEADINGS.get(section.level, 10.0)
    sheets.ensure(height_of(size) + 24)
    if sheets.get_y() > sheets.top + 1:
        sheets.set_y(sheets.get_y() + (5 if section.level == 1 else 3))
    if section.level in _HEADINGS:
        sheets.look(size)
        sheets.start_section(sheets.readable(line(section.text)), level=section.level - 1, strict=False)
    sheets.block(section.text, size, sheets.template.accent, style="B")
    sheets.set_y(sheets.get_y() + 1.5)


def _put_paragraph(sheets: Sheets, section: Paragraph) -> None:
    size, colour, style = _STYLES[section.style]
    if section.style == "note":
        _put_note(sheets, section.text, size)
    else:
        sheets.block(section.text, size, colour, style=style)
    sheets.set_y(sheets.get_y() + 1.8)


def _put_note(sheets: Sheets, text: str, size: float) -> None:
    told = sheets.lines(text, sheets.room - 8, size)
    height = len(told) * height_of(size) + 3.6
    if height < sheets.bottom - sheets.top:
        sheets.ensure(height)
        sheets.set_fill_color("#FFF4DC")
        sheets.rect(sheets.l_margin, sheets.get_y(), sheets.room, height, "F")
        sheets.set_fill_color("#EDAE49")
        sheets.rect(sheets.l_margin, sheets.get_y(), 1.2, height, "F")
    sheets.set_y(sheets.get_y() + 1.8)
    sheets.block(text, size, indent=4)
    sheets.set_y(sheets.get_y() + 1.8)


def _put_facts(sheets: Sheets, section: Facts) -> None:
    size = 14.0 if section.large else 9.0
    share = sheets.room / section.columns
    name_width = min(share * 0.42, max((sheets.wide(line(name), size) for name, _value in section.rows), default=0.0) + 4)
    for start in range(0, len(section.rows), section.columns):
        row = section.rows[start : start + section.columns]
        cells = [(line(name), sheets.lines(value, share - name_width - 3, size)) for name, value in row]
        height = max(len(told) for _name, told in cells) * height_of(size) + 1.6
        sheets.ensure(height)
        for place, (name, told) in enumerate(cells):
            x, y = sheets.l_margin + place * share, sheets.get_y() + 0.8
            sheets.look(9, QUIET)
            sheets.put(x, y, sheets.lines(name, name_width, size)[0], size)
            sheets.look(size)
            for number, words in enumerate(told):
                sheets.put(x + name_width, y + number * height_of(size), words, size)
        sheets.set_y(sheets.get_y() + height)
        sheets.rule(sheets.get_y(), "#E4E8EC", 0.15)
    sheets.set_y(sheets.get_y() + 3)


def _put_picture(sheets: Sheets, section: Picture) -> None:
    least = min(section.height_mm or 60.0, 60.0)
    sheets.ensure(least + 8)
    room = sheets.bottom - sheets.get_y() - (7 if section.caption else 1)
    _put_image(sheets, section, sheets.room * section.share, min(section.height_mm or room, room))
    _put_caption(sheets, section.caption, sheets.l_margin, sheets.room)
    sheets.set_y(sheets.get_y() + 3)


def _put_image(sheets: Sheets, picture: Picture, width: float, height: float) -> None:
    wide, high = put_picture_at(sheets, picture, x=sheets.l_margin, y=sheets.get_y(), room=sheets.room, box=(width, height))
    del wide
    sheets.set_y(sheets.get_y() + high)


def _put_caption(sheets: Sheets, text: str, x: float, room: float) -> None:
    if text:
        told = sheets.lines(line(text), room, 8)[0]
        sheets.look(8, QUIET)
        sheets.put(x + room / 2, sheets.get_y() + 1, told, 8, align="C")
        sheets.set_y(sheets.get_y() + 5)


def _put_gallery(sheets: Sheets, section: Gallery) -> None:
    gap = 4.0
    share = (sheets.room - gap * (section.columns - 1)) / section.columns
    for start in range(0, len(section.pictures), section.columns):
        sheets.ensure(section.height_mm + 7)
        y = sheets.get_y()
        for place, picture in enumerate(section.pictures[start : start + section.columns]):
            x = sheets.l_margin + place * (share + gap)
            __, high = put_picture_at(sheets, picture, x=x, y=y, room=share, box=(share, section.height_mm))
            sheets.set_y(y + high)
            _put_caption(sheets, picture.caption, x, share)
        sheets.set_y(y + section.height_mm + 7)


def _put_legend(sheets: Sheets, section: Legend) -> None:
    sheets.ensure(8)
    x, y = sheets.l_margin, sheets.get_y()
    for key in section.keys:
        wide = 7 + sheets.wide(line(key.text), 8.5) + 6
        if x + wide > sheets.w - sheets.r_margin and x > sheets.l_margin:
            x, y = sheets.l_margin, y + 6
        sheets.set_fill_color(key.colour)
        sheets.rect(x, y + 0.4, 5, 3.6, "F")
        sheets.look(7, "#FFFFFF", "B")
        sheets.put(x + 2.5, y + 0.75, line(key.sign), 7, align="C", style="B")
        sheets.look(8.5)
        sheets.put(x + 7, y + 0.5, line(key.text), 8.5)
        x += wide
    sheets.set_y(y + 7)


def _put_signatures(sheets: Sheets, section: Signatures) -> None:
    sheets.ensure(16)
    y, share = sheets.get_y() + 5, sheets.room / max(len(section.roles), 1)
    sheets.set_draw_color(TEXT)
    sheets.set_line_width(0.2)
    for place, role in enumerate(section.roles):
        x = sheets.l_margin + place * share
        sheets.look(9)
        told = f"{line(role)}: "
        sheets.put(x, y, told, 9)
        sheets.line(x + sheets.wide(told, 9), y + 4.6, x + share - 6, y + 4.6)
    sheets.set_y(y + 10)


def _put_break(sheets: Sheets, section: PageBreak) -> None:
    if section.page is not None or sheets.get_y() > sheets.top + 1:
        sheets.turn(section.page)


def _fill_contents(pdf: FPDF, outline: list[OutlineSection]) -> None:
    """Fill the table of contents once every page is known."""
    assert isinstance(pdf, Sheets)  # noqa: S101 -- it is ours that asked for it
    for one in outline:
        size = _CONTENTS_SIZES[min(one.level, 1)]
        pdf.ensure(_line_of_contents(one.level))
        x, y, link = pdf.l_margin + one.level * 6, pdf.get_y(), pdf.add_link(page=one.page_number)
        pdf.look(size, TEXT, "B" if one.level == 0 else "")
        told = pdf.lines(one.name, pdf.room - one.level * 6 - 14, size)[0]
        pdf.put(x, y, told, size, style="B" if one.level == 0 else "")
        pdf.put(pdf.w - pdf.r_margin, y, str(one.page_number), size, align="R")
        pdf.link(x, y, pdf.room - one.level * 6, height_of(size), link)
        pdf.set_y(y + _line_of_contents(one.level))


PUT: dict[type, Callable[[Sheets, Any], None]] = {
    Cover: _put_cover,
    Contents: _put_contents,
    Heading: _put_heading,
    Paragraph: _put_paragraph,
    Facts: _put_facts,
    Table: put_table,
    Picture: _put_picture,
    Gallery: _put_gallery,
    Legend: _put_legend,
    Signatures: _put_signatures,
    PageBreak: _put_break,
}
"""Section → what puts it on paper."""
