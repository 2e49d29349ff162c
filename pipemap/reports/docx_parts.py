"""What the library for Word documents has no quick or no direct way for: fields, long tables, many pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.shape import CT_Inline
from docx.parts.image import ImagePart
from docx.shared import Mm

from pipemap.progress import told_every
from pipemap.reports.content import Cell, Column, Picture, Row, Table, Wide
from pipemap.reports.layout import column_widths
from pipemap.reports.pictures import prepared
from pipemap.reports.text import line, spans, told
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

    from pipemap.reports.docx import Document

_TWIPS_PER_MM = 1440 / 25.4
_SAMPLED = 200
_WIDE = 0x2E80
_UNIT_MM = 1.95
_MARGINS_MM = 4.2
_LEAST_MM = 14.0
_MOST_UNITS = 40
_ROWS_AT_ONCE = 100


def _element(name: str, **attributes: str) -> Any:  # noqa: ANN401 -- an element of lxml
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def add_field(paragraph: Paragraph, code: str, shown_before: Sequence[str] = ()) -> None:
    """Add a field that Word works out; what it shows until then is given, one line each."""

    def part(kind: str) -> None:
        mark = _element("w:fldChar", fldCharType=kind)
        if kind == "begin" and shown_before:
            mark.set(qn("w:dirty"), "true")
        paragraph.add_run()._r.append(mark)

    part("begin")
    asked = _element("w:instrText")
    asked.set(qn("xml:space"), "preserve")
    asked.text = f" {code} "
    paragraph.add_run()._r.append(asked)
    part("separate")
    for place, text in enumerate(shown_before or ("1",)):
        run = paragraph.add_run(text)
        if place < len(shown_before) - 1:
            run.add_break()
    part("end")


def tab_to(paragraph: Paragraph, width_mm: float) -> None:
    """Let two tabs lead to the middle and to the right of a line."""
    properties = paragraph._p.get_or_add_pPr()
    tabs = _element("w:tabs")
    for kind, place in (("center", width_mm / 2), ("right", width_mm)):
        tabs.append(_element("w:tab", val=kind, pos=str(round(place * _TWIPS_PER_MM))))
    properties.append(tabs)


def shade(part: Paragraph | Run, colour: str) -> None:
    """Give a paragraph or a run a ground."""
    element: Any = part._element
    properties = element.get_or_add_pPr() if hasattr(element, "get_or_add_pPr") else element.get_or_add_rPr()
    properties.append(_element("w:shd", val="clear", color="auto", fill=colour))


def add_picture(document: Document, paragraph: Paragraph, picture: Picture, width_mm: float, height_mm: float) -> None:
    """Put a picture into a paragraph; where it is missing, words say so."""
    made = prepared(picture, width_mm, height_mm)
    if made is None:
        run = paragraph.add_run(f"[{_('Picture missing: {name}').format(name=line(picture.name) or '?')}]")
        run.italic = True
        return
    document.pictures += 1
    part = document.word.part
    name = PackURI(f"/word/media/picture{document.pictures}.{made.format}")
    image = ImagePart(name, f"image/{made.format}", made.content, None)  # by itself: the library compares it with all before
    image._package = part.package
    relation = part.relate_to(image, RELATIONSHIP_TYPE.IMAGE)
    wide, high = made.fitted(width_mm, height_mm)
    inline = CT_Inline.new_pic_inline(document.pictures, relation, f"picture{document.pictures}", Mm(wide), Mm(high))
    inline.docPr.set("descr", line(picture.caption or picture.name))
    paragraph.add_run()._r.add_drawing(inline)


def add_table(document: Document, table: Table, *, head: bool = True, picture_mm: float = 16.0) -> None:
    """Add a real table; its head is repeated on each page, its rows do not break."""
    widths = [round(width * _TWIPS_PER_MM) for width in _widths(table, document.room_mm)]
    body = document.word.element.body
    made = _element("w:tbl")
    made.append(_table_properties(sum(widths), framed=head))
    grid = _element("w:tblGrid")
    for width in widths:
        grid.append(_element("w:gridCol", w=str(width)))
    made.append(grid)
    look = _Look(document, table, widths, picture_mm)
    if head:
        made.append(look.head())
    for number, row in enumerate(told_every(table.rows, document.told, _ROWS_AT_ONCE)):
        strong = number in table.strong
        made.append(look.row(row, bold=strong, fill="F2F4F7" if strong else ""))
    if table.total is not None:
        made.append(look.row(table.total, bold=True, fill="E6EBF1"))
    body.insert_element_before(made, "w:sectPr")
    document.word.add_paragraph()


class _Look:
    """How the rows of one table are written."""

    def __init__(self, document: Document, table: Table, widths: list[int], picture_mm: float) -> None:
        self.document, self.table, self.widths, self.picture_mm = document, table, widths, picture_mm

    def head(self) -> Any:  # noqa: ANN401 -- an element of lxml
        made = self._row(height_mm=0)
        made.trPr.append(_element("w:tblHeader"))
        for column, width in zip(self.table.columns, self.widths, strict=True):
            fill = self.document.template.accent[1:].upper()
            made.append(self._cell(column, column.heading, width, bold=True, fill=fill, colour="FFFFFF"))
        return made

    def row(self, row: Row, *, bold: bool = False, fill: str = "") -> Any:  # noqa: ANN401 -- an element of lxml
        made = self._row(height_mm=self.table.row_mm)
        for start, after, cell in spans(row):
            width = sum(self.widths[start:after])
            made.append(self._cell(self.table.columns[start], cell, width, bold=bold, fill=fill))
            if after - start > 1:
                made[-1].tcPr.append(_element("w:gridSpan", val=str(after - start)))
        return made

    def _row(self, *, height_mm: float) -> Any:  # noqa: ANN401 -- an element of lxml
        made = _element("w:tr")
        properties = made.get_or_add_trPr()
        properties.append(_element("w:cantSplit"))
        if height_mm:
            properties.append(_element("w:trHeight", val=str(round(height_mm * _TWIPS_PER_MM)), hRule="atLeast"))
        return made

    def _cell(self, column: Column, cell: Cell, width: int, *, bold: bool, fill: str, colour: str = "") -> Any:  # noqa: ANN401 -- an element of lxml; how it looks
        made = _element("w:tc")
        properties = made.get_or_add_tcPr()
        properties.append(_element("w:tcW", w=str(width), type="dxa"))
        if fill:
            properties.append(_element("w:shd", val="clear", color="auto", fill=fill))
        paragraph = _element("w:p")
        setting = paragraph.get_or_add_pPr()
        setting.append(_element("w:spacing", before="20", after="20"))
        if column.is_number and not self.table.is_form:
            setting.append(_element("w:jc", val="right"))
        made.append(paragraph)
        if isinstance(cell, Picture):
            from docx.text.paragraph import Paragraph as Wrapped

            mm = width / _TWIPS_PER_MM - 4
            add_picture(self.document, Wrapped(paragraph, self.document.word._body), cell, mm, self.picture_mm)
        else:
            place = self.table.columns.index(column)
            _write(paragraph, told(self.table, place, cell), bold=bold, colour=colour)
        return made


def _write(paragraph: Any, text: str, *, bold: bool, colour: str) -> None:  # noqa: ANN401 -- an element of lxml
    for number, words in enumerate(text.split("\n")):
        run = paragraph.add_r()
        properties = run.get_or_add_rPr()
        if bold:
            properties.append(_element("w:b"))
        if colour:
            properties.append(_element("w:color", val=colour))
        properties.append(_element("w:sz", val="17"))
        if number:
            run.append(_element("w:br"))
        run.add_t(words)


def _table_properties(width: int, *, framed: bool) -> Any:  # noqa: ANN401 -- an element of lxml
    made = _element("w:tblPr")
    made.append(_element("w:tblW", w=str(width), type="dxa"))
    borders = _element("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        sort = "single" if framed or side in ("insideH", "bottom") else "nil"
        borders.append(_element(f"w:{side}", val=sort, sz="4", space="0", color="C9CFD6"))
    made.append(borders)
    made.append(_element("w:tblLayout", type="fixed"))
    return made


def _widths(table: Table, room: float) -> list[float]:
    """Share the room: as weighted, else by how long the texts are."""
    weights = [column.weight for column in table.columns]
    if not all(weights):
        found = column_widths(*_sizes(table), room)
        return found or [room / len(weights)] * len(weights)
    total = sum(weights)
    return [room * weight / total for weight in weights]


def least_mm(table: Table) -> float:
    """Return the width that a table needs at least: numbers do not break, words may."""
    return 0.0 if all(column.weight for column in table.columns) else sum(_sizes(table)[1])


def _sizes(table: Table) -> tuple[list[float], list[float]]:
    """Return how wide each column wants to be, and at least has to be, in millimetres."""
    natural, least = [], []
    for place, column in enumerate(table.columns):
        rows = [*table.rows[:_SAMPLED], *([table.total] if table.total else [])]
        values = max((_wide(told(table, place, row[place])) for row in rows if not isinstance(row[place], Wide)), default=0)
        words = max((_wide(word) for word in column.heading.split()), default=0)
        natural.append(_mm(max(values, _wide(column.heading))))
        least.append(_mm(max(values, words)) if column.is_number else min(natural[-1], max(_mm(words), _LEAST_MM)))
    return natural, least


def _wide(text: str) -> int:
    return sum(2 if ord(letter) > _WIDE else 1 for letter in text)


def _mm(units: float) -> float:
    return min(units, _MOST_UNITS) * _UNIT_MM + _MARGINS_MM
