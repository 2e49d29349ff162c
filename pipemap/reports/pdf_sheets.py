"""The pages of a PDF: paper, head and foot, an embedded font, and text that is measured before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpdf import FPDF, XPos, YPos
from fpdf.fonts import TTFFont

from pipemap.errors import ReportError
from pipemap.fonts import chinese_faces
from pipemap.reports.content import Page, Picture, Report
from pipemap.reports.dates import moment
from pipemap.reports.layout import wrapped
from pipemap.reports.pictures import prepared
from pipemap.reports.text import clean, line, state_words
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipemap.reports.template import Template

FAMILY = "main"
TEXT = "#1B1F24"
QUIET = "#5B6470"
RULE = "#C9CFD6"
PANEL = "#F2F4F7"
_PT = 25.4 / 72
_LEADING = 1.42
_HEAD_MM = 9.0
_MISSING = "□"
_PAGES = "{pages…}"
"""Stands for their number until it is known, and is as wide as that may get."""


class Sheets(FPDF):
    """The pages of one report; sections are put on them one after the other."""

    def __init__(self, report: Report, template: Template) -> None:
        super().__init__(unit="mm", format=report.page.paper)
        self.report, self.template = report, template
        self.sheet = self.base = report.page
        self.unreadable = 0
        self.told: Callable[[], None] = lambda: None  # called every now and then; raises when the person asked to stop
        self._bare = False
        self._widths: dict[tuple[str, str], float] = {}
        self.logo = prepared(Picture(template.logo), 60, 24) if template.logo else None
        faces = chinese_faces()
        if faces is None:
            raise ReportError(
                _("No font with Chinese characters was found on this machine, and a PDF needs one."),
                _("Install Noto Sans CJK (Debian, Ubuntu: fonts-noto-cjk), or write .docx, .xlsx or .html."),
            )
        for style, face in zip(("", "B"), faces, strict=True):
            self.add_font(FAMILY, style, face.path, collection_font_number=face.number)
        self.known = frozenset(getattr(self.fonts[FAMILY], "cmap", ()))
        self.set_auto_page_break(auto=False)
        self.set_margin(template.margin_mm)
        self.c_margin = 0.0
        self.alias_nb_pages(_PAGES)
        self._note()

    def let_go(self) -> None:
        """Close the files of the fonts, which stay open for as long as characters may be asked for."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def _note(self) -> None:
        """Write who, what and when into the file; every date is that of the data."""
        report = self.report
        self.set_creation_date(moment(report.as_of))
        self.set_title(line(report.title))
        self.set_subject(line(report.subject or report.survey))
        self.set_author(line(self.template.text("office", "name")))
        self.set_creator("pipemap")
        self.set_producer("pipemap")
        self.set_keywords(state_words(report.state))
        self.set_lang("zh-CN" if report.language == "zh" else "en")

    # -- pages -------------------------------------------------------------------------------------------------------

    @property
    def top(self) -> float:
        """Where the content of a page begins."""
        return float(self.t_margin) + _HEAD_MM

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return float(self.h - self.template.margin_mm - _HEAD_MM + 2)

    @property
    def room(self) -> float:
        """Width between the margins."""
        return float(self.epw)

    def turn(self, page: Page | None = None, *, bare: bool = False) -> None:
        """Begin a new page, of another paper where one is given; a bare one has no head."""
        self.sheet = self.base = page or self.sheet
        self._bare = bare
        self.add_page("L" if self.sheet.landscape else "P", format=self.sheet.paper)
        self.set_y(self.top)

    def lay(self, page: Page) -> None:
        """Go on with another paper for a while; :attr:`base` stays what the rest is printed on."""
        base = self.base
        self.turn(page)
        self.base = base

    def room_on(self, page: Page) -> float:
        """Width between the margins of a paper."""
        return page.size_mm[0] - 2 * self.template.margin_mm

    def ensure(self, height: float) -> None:
        """Turn the page unless so much room is left on it."""
        if self.page == 0 or self.get_y() + height > self.bottom:
            self.turn()

    def header(self) -> None:
        """Put the head on a page."""
        if self._bare:
            return
        self._around("header", self.t_margin)
        self.rule(self.t_margin + 5.6)

    def footer(self) -> None:
        """Put the foot on a page."""
        self._around("footer", self.h - self.template.margin_mm - 2.5)

    def _around(self, where: str, y: float) -> None:
        parts = self.template.around(where, self.report, page=str(self.page_no()), pages=_PAGES)
        share = self.room / 3
        for place, (text, align) in enumerate(zip(parts, "LCR", strict=True)):
            if not text:
                continue
            wide = self.room if not any(parts[:place] + parts[place + 1 :]) else share if parts[1] else self.room / 2
            x = self.l_margin + (0 if align == "L" else self.room - wide if align == "R" else (self.room - wide) / 2)
            told = self._cut(text, wide, 7.5)
            taken = self.wide(told.replace(_PAGES, "00"), 7.5)  # the number of pages is written in at the end
            self.look(7.5, QUIET)
            self.set_xy(x + {"L": 0.0, "C": (wide - taken) / 2, "R": wide - taken}[align], y)
            self.cell(taken, 4, told, new_x=XPos.LEFT, new_y=YPos.TOP)

    def _cut(self, text: str, width: float, size: float) -> str:
        """Shorten a line that is too long."""
        if self.wide(text.replace(_PAGES, "000"), size) <= width - 2:
            return self.readable(text)
        return self.readable(wrapped(text, width - 4, lambda piece: self.wide(piece, size))[0] + "…")

    def rule(self, y: float, colour: str = RULE, width: float = 0.2) -> None:
        """Draw a line across the page."""
        self.set_draw_color(colour)
        self.set_line_width(width)
        self.line(self.l_margin, y, self.w - self.r_margin, y)

    # -- text --------------------------------------------------------------------------------------------------------

    def look(self, size: float, colour: str = TEXT, style: str = "") -> None:
        """Choose size (points), colour and weight of what is written next."""
        self.set_font(FAMILY, style, size)
        self.set_text_color(colour)

    def wide(self, text: str, size: float, style: str = "") -> float:
        """Width of a text in millimetres."""
        known, total = self._widths, 0.0
        for letter in text:
            found = known.get((style, letter))
            if found is None:
                self.set_font(FAMILY, style, 10)
                found = known[style, letter] = self.get_string_width(letter if ord(letter) in self.known else _MISSING) / 10
            total += found
        return total * size

    def readable(self, text: str) -> str:
        """Return a text in which characters that the font does not have are boxes; they are counted."""
        if all(ord(letter) in self.known for letter in text):
            return text
        lacking = sum(ord(letter) not in self.known for letter in text)
        self.unreadable += lacking
        return "".join(letter if ord(letter) in self.known else _MISSING for letter in text)

    def lines(self, text: str, width: float, size: float, style: str = "") -> list[str]:
        """Break a text to a width."""
        return wrapped(clean(text).replace("\t", " "), width, lambda piece: self.wide(piece, size, style))

    def put(self, x: float, y: float, text: str, size: float, *, align: str = "L", style: str = "") -> None:
        """Write one line whose top left, or top right, is there."""
        if text:
            left = x - self.wide(text, size, style) * {"L": 0.0, "C": 0.5, "R": 1.0}[align]
            self.set_font(FAMILY, style, size)
            self.text(left, y + size * _PT * 1.05, self.readable(text))

    def block(self, text: str, size: float, colour: str = TEXT, *, style: str = "", indent: float = 0.0) -> None:
        """Write running text from here down, over as many pages as it takes."""
        for told in self.lines(text, self.room - indent, size, style):
            self.ensure(height_of(size))
            self.look(size, colour, style)
            self.put(self.l_margin + indent, self.get_y(), told, size, style=style)
            self.set_y(self.get_y() + height_of(size))


def height_of(size: float) -> float:
    """Height of a line of text of so many points, in millimetres."""
    return size * _PT * _LEADING
