"""A report as a Word document: real headings, tables and fields, so that an office can go on writing in it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from pipemap.progress import SILENT, Progress, Told, beside
from pipemap.reports.content import (
    Contents,
    Cover,
    Facts,
    Gallery,
    Heading,
    Legend,
    Page,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    Signatures,
    Table,
)
from pipemap.reports.dates import ZIP_TIME, moment
from pipemap.reports.docx_parts import add_field, add_picture, add_table, least_mm, shade, tab_to
from pipemap.reports.text import clean, line, state_words
from pipemap.texts import _

if TYPE_CHECKING:
    from docx.section import Section as PageSection
    from docx.text.paragraph import Paragraph as WordParagraph

    from pipemap.reports.template import Template

LATIN, CHINESE = "Calibri", "Microsoft YaHei"
QUIET = RGBColor(0x5B, 0x64, 0x70)
_PAGE_MARK, _PAGES_MARK = "\ufff0", "\ufff1"
_COPIED_AT_ONCE = 1 << 20


class Document:
    """A Word document that sections are added to."""

    def __init__(self, report: Report, template: Template, told: Callable[[], None]) -> None:
        self.report, self.template, self.told = report, template, told
        self.word = docx.Document()
        self.page = report.page
        self.pictures = 0
        self.accent = RGBColor.from_string(template.accent[1:].upper())
        self._set_styles()
        self._set_properties()
        self.lay(self.word.sections[0])
        self._around()

    @property
    def room_mm(self) -> float:
        """Width between the margins."""
        return self.page.size_mm[0] - 2 * self.template.margin_mm

    def _set_styles(self) -> None:
        for name, size in (("Normal", 10), ("Title", 26), ("Heading 1", 15), ("Heading 2", 12.5), ("Heading 3", 11)):
            style: Any = self.word.styles[name]
            style.font.name, style.font.size = LATIN, Pt(size)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for face in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                fonts.attrib.pop(qn(face), None)
            fonts.set(qn("w:eastAsia"), CHINESE)
            if name != "Normal":
                style.font.color.rgb = self.accent
        normal: Any = self.word.styles["Normal"]
        normal.paragraph_format.space_after = Pt(4)

    def _set_properties(self) -> None:
        told, report = self.word.core_properties, self.report
        told.title, told.subject = line(report.title)[:250], line(report.subject or report.survey)[:250]
        told.author = told.last_modified_by = line(self.template.text("office", "name"))[:250]
        told.keywords = state_words(report.state)
        told.language = "zh-CN" if report.language == "zh" else "en"
        told.comments, told.revision = "", 1
        told.created = told.modified = told.last_printed = moment(report.as_of).replace(tzinfo=None)

    def lay(self, section: PageSection) -> None:
        """Give a section its paper."""
        width, height = self.page.size_mm
        section.orientation = WD_ORIENT.LANDSCAPE if self.page.landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(width), Mm(height)
        margin = Mm(self.template.margin_mm)
        section.left_margin = section.right_margin = margin
        section.top_margin = section.bottom_margin = Mm(self.template.margin_mm + 7)
        section.header_distance = section.footer_distance = margin

    def _around(self) -> None:
        """Write head and foot; numbers of pages are fields."""
        section = self.word.sections[-1]
        section.different_first_page_header_footer = any(isinstance(one, Cover) for one in self.report.sections)
        places = [("header", section.header), ("footer", section.footer), ("footer", section.first_page_footer)]
        for where, place in places:
            place.is_linked_to_previous = False
            paragraph = place.paragraphs[0]
            paragraph.style = self.word.styles["Normal"]  # that of headers has tabs of its own
            told = self.template.around(where, self.report, page=_PAGE_MARK, pages=_PAGES_MARK)
            tab_to(paragraph, self.room_mm)
            for number, text in enumerate(told):
                if number:
                    paragraph.add_run("\t")
                _with_fields(paragraph, text)
            for run in paragraph.runs:
                run.font.size, run.font.color.rgb = Pt(8), QUIET

    def say(self, text: str, style: str = "Normal", *, size: float = 0.0, colour: RGBColor | None = None) -> WordParagraph:
        """Add a paragraph."""
        paragraph = self.word.add_paragraph(style=style)
        run = paragraph.add_run(clean(text))
        if size:
            run.font.size = Pt(size)
        if colour is not None:
            run.font.color.rgb = colour
        return paragraph

    def turn(self, page: Page) -> None:
        """Go on with another paper; head and foot stay."""
        self.page = page
        made = self.word.add_section()
        made.different_first_page_header_footer = False
        self.lay(made)
        made.header.is_linked_to_previous = made.footer.is_linked_to_previous = False
        self._around()


def _with_fields(paragraph: WordParagraph, text: str) -> None:
    piece = ""
    for letter in text:
        if letter in (_PAGE_MARK, _PAGES_MARK):
            paragraph.add_run(piece)
            piece = ""
            add_field(paragraph, "PAGE" if letter == _PAGE_MARK else "NUMPAGES")
        else:
            piece += letter
    if piece:
        paragraph.add_run(piece)


def write_docx(report: Report, to: Path, template: Template, *, progress: Progress = SILENT) -> int:
    """Write a report as a Word document; Word chooses its own fonts, so nothing is unreadable."""
    told = Told(progress)
    document = Document(report, template, told.again)
    for place, section in enumerate(report.sections):
        told(place, len(report.sections), _("Writing {file}").format(file=to.name))
        _PARTS[type(section)](document, section)
    told(len(report.sections), len(report.sections))
    to.write_bytes(beside(lambda: _packed(document), told.again))
    return 0


def _packed(document: Document) -> bytes:
    """Pack what was packed with the time of the machine once more without it: the same content, the same bytes."""
    draft, content = io.BytesIO(), io.BytesIO()
    document.word.save(draft)
    with zipfile.ZipFile(draft) as packed, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as again:
        for name in sorted(packed.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith((".jpeg", ".png")) else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            with packed.open(name) as source, again.open(entry, "w") as goal:
                while piece := source.read(_COPIED_AT_ONCE):
                    goal.write(piece)
    return content.getvalue()


# -- sections --------------------------------------------------------------------------------------------------------------


def _cover(document: Document, section: Cover) -> None:
    template = document.template
    if template.logo:
        _image(document, Picture(template.logo), 60, 24, centred=False)
    document.say(template.text("office", "name"), colour=QUIET)
    document.say("")
    document.say(section.title, "Title")
    document.say(section.subtitle, size=13)
    for told in template.texts("cover", "lines"):
        document.say(told, colour=QUIET)
    if section.picture is not None:
        room = document.page.size_mm[1] - 150 - 7 * len(section.facts)
        _image(document, section.picture, document.room_mm, room)
    _facts(document, Facts(section.facts, 1))
    _turn_page(document)


def _contents(document: Document, section: Contents) -> None:
    document.say(section.title, size=15, colour=document.accent)
    headings = [one for one in document.report.sections if isinstance(one, Heading) and one.level <= 3]  # noqa: PLR2004
    add_field(document.word.add_paragraph(), 'TOC \\o "1-3" \\h \\z \\u', [line(one.text) for one in headings])
    _turn_page(document)


def _heading(document: Document, section: Heading) -> None:
    document.word.add_heading(clean(section.text), min(section.level, 3))


def _paragraph(document: Document, section: Paragraph) -> None:
    colour = QUIET if section.style == "quiet" else None
    made = document.say(section.text, size={"quiet": 9, "large": 14}.get(section.style, 0), colour=colour)
    if section.style == "strong":
        made.runs[0].bold = True
    if section.style == "note":
        shade(made, "FFF4DC")


def _facts(document: Document, section: Facts) -> None:
    from pipemap.reports.content import Column

    if not section.rows:
        return
    columns = tuple(
        Column(f"{kind}{place}", "", weight=weight)
        for place in range(section.columns)
        for kind, weight in (("name", 2.0), ("value", 3.0))
    )
    rows = []
    for start in range(0, len(section.rows), section.columns):
        part = section.rows[start : start + section.columns]
        cells = [text for pair in part for text in pair]
        rows.append(tuple(cells + [""] * (len(columns) - len(cells))))
    add_table(document, Table("facts", "", columns, rows), head=False)


def _table(document: Document, section: Table) -> None:
    before = document.page
    pages = (before, Page(before.paper, landscape=True), Page("A3", landscape=True))
    least = least_mm(section)
    page = next((page for page in pages if least <= page.size_mm[0] - 2 * document.template.margin_mm), pages[-1])
    if page != before:
        document.turn(page)
    if section.title and section.is_titled:
        title = document.say(section.title)
        title.runs[0].bold = True
        title.paragraph_format.keep_with_next = True
    add_table(document, section)
    if document.page != before:
        document.turn(before)


def _picture(document: Document, section: Picture) -> None:
    height = section.height_mm or document.page.size_mm[1] - 2 * document.template.margin_mm - 52
    _image(document, section, document.room_mm * section.share, height)
    if section.caption:
        made = document.say(line(section.caption), size=8.5, colour=QUIET)
        made.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _image(document: Document, picture: Picture, width: float, height: float, *, centred: bool = True) -> None:
    paragraph = document.word.add_paragraph()
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    add_picture(document, paragraph, picture, width, height)


def _gallery(document: Document, section: Gallery) -> None:
    from pipemap.reports.content import Column

    columns = tuple(Column(f"picture{place}", "", weight=1.0) for place in range(section.columns))
    rows: list[tuple[str | Picture, ...]] = []
    for start in range(0, len(section.pictures), section.columns):
        part = list(section.pictures[start : start + section.columns])
        blank = [""] * (section.columns - len(part))
        rows += [(*part, *blank), (*(line(one.caption) for one in part), *blank)]
    add_table(document, Table("pictures", "", columns, rows), head=False, picture_mm=section.height_mm)


def _legend(document: Document, section: Legend) -> None:
    paragraph = document.word.add_paragraph()
    for key in section.keys:
        run = paragraph.add_run(f" {line(key.sign) or ' '} ")
        run.font.bold, run.font.color.rgb = True, RGBColor(0xFF, 0xFF, 0xFF)
        shade(run, key.colour[1:].upper())
        paragraph.add_run(f" {line(key.text)}    ")


def _signatures(document: Document, section: Signatures) -> None:
    paragraph = document.say("")
    paragraph.paragraph_format.space_before = Pt(18)
    for role in section.roles:
        paragraph.add_run(f"{line(role)}: ____________________    ")


def _turn_page(document: Document) -> None:
    document.word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _break(document: Document, section: PageBreak) -> None:
    if section.page is not None and section.page != document.page:
        document.turn(section.page)
    else:
        _turn_page(document)


_PARTS: dict[type, Callable[[Document, Any], None]] = {
    Cover: _cover,
    Contents: _contents,
    Heading: _heading,
    Paragraph: _paragraph,
    Facts: _facts,
    Table: _table,
    Picture: _picture,
    Gallery: _gallery,
    Legend: _legend,
    Signatures: _signatures,
    PageBreak: _break,
}
