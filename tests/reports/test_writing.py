from __future__ import annotations

import re
import time
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from defusedxml.ElementTree import fromstring
from python_calamine import CalamineWorkbook

from pipemap.errors import ReportError
from pipemap.reports import FORMS, form_of, read_template, state_of, write_report
from pipemap.reports.content import (
    Cell,
    Column,
    Contents,
    Cover,
    Gallery,
    Heading,
    Page,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    Table,
)
from tests.reports.samples import HOSTILE, STATE, everything, photo, report, table

ENDINGS = [form.ending for form in FORMS]


def written(made: Report, to: Path) -> Path:
    write_report(made, to, read_template(language=made.language))
    return to


def page_count(pdf: Path) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf.read_bytes()))


@pytest.fixture(params=ENDINGS)
def ending(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_same_data_give_the_same_bytes(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(everything(), tmp_path / f"a{ending}")
    later = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    assert first.read_bytes() == written(everything(), tmp_path / f"b{ending}").read_bytes()


def test_every_form_carries_the_state_of_the_survey(ending: str, tmp_path: Path) -> None:
    assert state_of(written(report(Paragraph("x")), tmp_path / f"a{ending}")) == STATE


def test_what_is_no_report_has_no_state(tmp_path: Path) -> None:
    for name, content in (("a.pdf", b"%PDF-1.3"), ("a.docx", b"PK\x03\x04broken"), ("a.html", b"pipemap-state:xyz")):
        (tmp_path / name).write_bytes(content)
        assert state_of(tmp_path / name) is None
    with pytest.raises(ReportError, match="cannot be read"):
        state_of(tmp_path / "nowhere.pdf")


def test_hostile_texts_stand_in_every_form(ending: str, tmp_path: Path) -> None:
    columns = (Column("a", HOSTILE[0]), Column("b", HOSTILE[3]))
    rows = tuple((text, text) for text in HOSTILE)
    paragraphs = [Paragraph(text) for text in HOSTILE]
    path = written(report(Heading(HOSTILE[6]), *paragraphs, Table("t", HOSTILE[4], columns, rows)), tmp_path / f"a{ending}")
    content = path.read_bytes()
    if ending == ".html":
        text = content.decode()
        assert "<script" not in text
        assert "&lt;script&gt;" in text
        assert "\u202e" not in text
        assert re.search("[\x00-\x08\x0b-\x1f]", text) is None
    elif ending != ".pdf":
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                if name.endswith(".xml"):
                    fromstring(packed.read(name))


def test_formulas_are_text_in_a_workbook_and_marked_so(tmp_path: Path) -> None:
    rows: tuple[tuple[Cell, ...], ...] = (("=1+1", 5.0), ("+A1", None), ("plain", -2.5))
    columns = (Column("a", "Text"), Column("b", "Number", "number", decimals=1))
    path = written(report(Table("t", "T", columns, rows)), tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as packed:
        sheets = [packed.read(name).decode() for name in packed.namelist() if name.startswith("xl/worksheets/sheet")]
        styles = packed.read("xl/styles.xml").decode()
        tables = [name for name in packed.namelist() if name.startswith("xl/tables/")]
    assert not any("<f>" in sheet for sheet in sheets)
    assert 'quotePrefix="1"' in styles
    assert len(tables) == 1
    values = CalamineWorkbook.from_path(path).get_sheet_by_name("T").to_python()
    assert values[2:] == [["=1+1", 5.0], ["+A1", ""], ["plain", -2.5]]


def test_chinese_characters_are_in_the_font_of_a_pdf(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    assert write_report(report(Paragraph("关阀单、工作量统计、囗彊")), path, read_template()) == 0
    content = path.read_bytes()
    assert b"/FontFile" in content
    assert b"CJK" in content


def test_characters_that_no_font_has_are_counted(tmp_path: Path) -> None:
    assert write_report(report(Paragraph("a😀b\U0001f6b0")), tmp_path / "a.pdf", read_template()) == 2


def test_a_machine_without_such_a_font_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipemap.reports import pdf_sheets

    monkeypatch.setattr(pdf_sheets, "chinese_faces", lambda: None)
    with pytest.raises(ReportError, match="No font with Chinese") as told:
        written(report(Paragraph("x")), tmp_path / "a.pdf")
    assert "fonts-noto-cjk" in told.value.hint


def test_a_long_table_goes_over_pages_with_its_head(tmp_path: Path) -> None:
    path = written(report(table(rows=200)), tmp_path / "a.pdf")
    assert page_count(path) > 3
    document: Any = docx.Document(str(written(report(table(rows=200)), tmp_path / "a.docx")))
    assert document.tables[0].rows[0]._tr.trPr.xpath("w:tblHeader")
    assert len(document.tables[0].rows) == 202


def test_a_wide_table_gets_wider_paper_and_what_follows_does_not(tmp_path: Path) -> None:
    made = report(Heading("宽"), table(rows=2, columns=26), Paragraph("after"))
    content = written(made, tmp_path / "a.pdf").read_bytes()
    sizes = [tuple(round(float(side)) for side in box.split()) for box in re.findall(rb"/MediaBox \[0 0 ([0-9. ]+)\]", content)]
    assert sizes == [(595, 842), (842, 595)]  # of all pages but the one that has its own
    assert page_count(tmp_path / "a.pdf") == 2
    document = docx.Document(str(written(made, tmp_path / "a.docx")))
    assert [round(section.page_width.mm) for section in document.sections if section.page_width is not None][-2:] == [420, 210]


def test_a_row_longer_than_a_page_is_broken(tmp_path: Path) -> None:
    columns = (Column("a", "A"), Column("b", "B"))
    path = written(report(Table("t", "", columns, (("字" * 9000, "x"),))), tmp_path / "a.pdf")
    assert page_count(path) >= 2


def test_missing_and_broken_pictures_leave_their_names(ending: str, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(photo()[:200])
    pictures = (
        Picture(tmp_path / "gone.jpg", "1", name="gone.jpg"),
        Picture(tmp_path / "broken.jpg", "2", name="broken.jpg"),
        Picture(b"no picture", "3", name="none.png"),
    )
    path = written(report(Gallery(pictures), pictures[0]), tmp_path / f"a{ending}")
    if ending == ".html":
        assert path.read_text(encoding="utf-8").count("gone.jpg") == 2
    if ending == ".docx":
        told = "".join(cell.text for row in docx.Document(str(path)).tables[0].rows for cell in row.cells)
        assert "gone.jpg" in told


def test_large_photos_are_scaled_down(ending: str, tmp_path: Path) -> None:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.effect_noise((3000, 2000), 90).convert("RGB").save(out, "JPEG", quality=95)
    path = written(report(Gallery((Picture(out.getvalue(), "x"),))), tmp_path / f"a{ending}")
    assert path.stat().st_size < len(out.getvalue()) / 4


def test_many_photos_stay_apart_in_a_document(tmp_path: Path) -> None:
    pictures = tuple(Picture(photo(colour=f"#{place:02x}4040"), str(place)) for place in range(40))
    path = written(report(Gallery(pictures)), tmp_path / "a.docx")
    with zipfile.ZipFile(path) as packed:
        assert len([name for name in packed.namelist() if name.startswith("word/media/")]) == 40


def test_a_document_has_real_headings_fields_and_paper(tmp_path: Path) -> None:
    document: Any = docx.Document(str(written(everything(), tmp_path / "a.docx")))
    assert [one.text for one in document.paragraphs if one.style.name.startswith("Heading")] == ["概况", "明细"]
    xml = document.element.xml
    assert "TOC \\o" in xml
    footer = document.sections[0].footer._element.xml
    assert "PAGE" in footer
    assert "NUMPAGES" in footer
    assert round(document.sections[-1].page_width.mm) == 420
    assert document.core_properties.created.isoformat().startswith("2026-03-04T05:06:07")


def test_landscape_and_a3_are_obeyed(tmp_path: Path) -> None:
    content = written(report(Paragraph("x"), page=Page("A3", landscape=True)), tmp_path / "a.pdf").read_bytes()
    assert b"1190.55 841.89" in content


def test_other_endings_are_refused() -> None:
    with pytest.raises(ReportError, match="no ending") as told:
        form_of(Path("a.odt"))
    assert ".pdf" in told.value.hint


def test_a_table_of_contents_over_several_pages_leads_to_the_pages_that_it_names(tmp_path: Path) -> None:
    headings = [one for number in range(120) for one in (PageBreak(), Heading(f"S{number}", 1 + number % 3))]
    path = written(report(Cover("T"), Contents("Contents"), *headings, language="en"), tmp_path / "long.pdf")
    # a cover, three pages of contents, and a page for each heading: the first stands on the page after the contents
    assert page_count(path) == 1 + 3 + 120
    leads = [int(found) for found in re.findall(rb"/Dest \[(\d+) 0 R", path.read_bytes())]
    kids = [int(found) for found in re.findall(rb"(\d+) 0 R", re.search(rb"/Kids \[([^\]]*)\]", path.read_bytes())[1])]  # type: ignore[index]
    assert {kids.index(one) for one in leads} == set(range(4, 124))
