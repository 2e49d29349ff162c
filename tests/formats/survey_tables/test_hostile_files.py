"""Damaged, locked, absurd and foreign files: words, never a crash."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import PipemapError, SurveyDataError, SurveyFileError
from pipemap.formats import read_source
from pipemap.formats.survey_tables import recognizes
from pipemap.formats.survey_tables.workbooks import read_workbook
from tests.formats.survey_tables.old_workbooks import write_old_workbook
from tests.formats.survey_tables.town import write_csv, write_one_sheet, write_pair_of_sheets, write_workbook

HEADERS = [
    "点号,X,Y,类别,地面高程,井深\n",
    "起点,终点,起点埋深,终点埋深,管径,流向\n",
    "点号,连接点号,X,Y,地面,管顶,埋深,管径,流向\n",
]
CELLS = st.sampled_from(
    [
        "A",
        "B",
        "12.0",
        "3379564.058",
        "38501564.126",
        "1e308",
        "nan",
        "-",
        "'1.2/3",
        '"',
        "\n",
        "给水",
        "DN300",
        "+",
        "?",
        "2.5",
        "",
    ]
)


def test_a_truncated_workbook_says_so(tmp_path: Path) -> None:
    whole = write_one_sheet(tmp_path / "whole.xlsx").read_bytes()
    path = tmp_path / "half.xlsx"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SurveyFileError, match=r"half\.xlsx is damaged"):
        read_source([path])


def test_a_locked_workbook_says_so(tmp_path: Path) -> None:
    path = tmp_path / "locked.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500)
    with pytest.raises(SurveyFileError, match="password"):
        read_source([path])


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (100 << 20))
    with pytest.raises(SurveyFileError, match="unpack"):
        read_source([path])


def test_a_cell_at_the_end_of_the_sheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    rows: list[list[object]] = [["点号", "X", "Y"], ["A", 1, 2]]
    write_workbook(path, {"S": rows})
    far = tmp_path / "far2.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(far, "w") as target:
        for entry in source.infolist():
            raw = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                raw = raw.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
            target.writestr(entry, raw)
    with pytest.raises(SurveyFileError, match="1048576 rows"):
        read_source([far])


def test_a_table_of_something_else_says_what_was_looked_for(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "fruit.csv", [["name", "price"], ["apple", 3]])
    with pytest.raises(SurveyDataError, match="No table of points or pipes") as caught:
        read_source([path])
    assert "name, price" in caught.value.hint


def test_sheets_that_are_no_tables_are_left_out_and_listed(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "b.xlsx", {"说明": [["本表由…"]], "点": [["点号", "X", "Y"], ["A", 1, 2]]})
    delivery = read_source([path])
    assert delivery.nodes.num_rows == 1
    assert [problem.where for problem in delivery.problems if problem.rule == "unknown-sheet"] == ["说明"]


def test_a_row_of_a_million_cells_does_not_hurt(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("点号,X,Y\nA,1,2\nB,3,4" + "," * 1_000_000 + "\n", encoding="utf-8")
    delivery = read_source([path])
    assert delivery.nodes.num_rows == 2
    assert [problem.where for problem in delivery.problems if problem.rule == "too-many-columns"] == ["wide.csv:3"]


def test_a_quote_that_never_ends_does_not_swallow_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "quote.csv"
    rows = "".join(f"P{number},{number},{number * 2 + 1},{'x' * 100}\n" for number in range(3000))
    path.write_text(f'点号,X,Y,备注\nA,1,2,"oops\n{rows}', encoding="utf-8")
    assert read_source([path]).nodes.num_rows == 3001


def test_notes_and_pictures_are_not_recognized(tmp_path: Path) -> None:
    for name, raw in (("readme.md", b"# Title\n\nSome words, and more.\n"), ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))):
        path = tmp_path / name
        path.write_bytes(raw)
        assert recognizes(path) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(raw=st.binary(max_size=400), name=st.sampled_from(["x.csv", "x.xlsx", "x.inp"]))
def test_any_bytes_give_a_delivery_or_an_error_in_words(tmp_path: Path, raw: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    for wanted in (None, "survey-tables"):
        with suppress(PipemapError):
            read_source([path], format=wanted)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(header=st.sampled_from(HEADERS), cells=st.lists(CELLS, max_size=80), codec=st.sampled_from(["utf-8", "gbk", "utf-16"]))
def test_any_cells_below_a_header_give_a_whole_delivery(tmp_path: Path, header: str, cells: list[str], codec: str) -> None:
    path = tmp_path / "x.csv"
    text = header + "".join(cell + (",", "\n")[place % 7 == 6] for place, cell in enumerate(cells))
    path.write_bytes(text.encode(codec))
    delivery = read_source([path])
    ends = [*delivery.pipes["from_fid"].to_pylist(), *delivery.pipes["to_fid"].to_pylist()]
    assert all(0 <= row < delivery.nodes.num_rows for row in ends)
    assert len(delivery.lines) == delivery.pipes.num_rows
    assert all(problem.message for problem in delivery.problems)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=40)
@given(places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=20), cut=st.integers(0, 5000))
def test_a_workbook_with_broken_bytes_gives_a_delivery_or_an_error_in_words(
    tmp_path: Path, places: list[tuple[int, int]], cut: int
) -> None:
    path = tmp_path / "x.xlsx"
    raw = bytearray(write_pair_of_sheets(path).read_bytes())
    for place, value in places:
        raw[place % len(raw)] = value
    path.write_bytes(raw[: len(raw) - cut] if cut % 2 else raw)
    with suppress(PipemapError):
        read_source([path])


PAGE = "<html><head><meta charset='gbk'></head><body><p>导出</p><table>{rows}</table></body></html>"
XML = (
    '<?xml version="1.0"?><Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
    '<Worksheet ss:Name="JSP"><Table>{rows}</Table></Worksheet></Workbook>'
)
ROWS = [["点号", "X", "Y", "备注"], ["A", "1", "2", "a &lt; b"], ["B", "3", "4", ""]]


class TestWrongEndings:
    @pytest.mark.parametrize("codec", ["gbk", "utf-8", "utf-16"])
    def test_a_text_file_named_xls(self, tmp_path: Path, codec: str) -> None:
        path = write_csv(tmp_path / "export.xls", ROWS, encoding=codec)
        assert read_source([path]).nodes["id"].to_pylist() == ["A", "B"]

    @pytest.mark.parametrize("cells", [("<tr>", "<td>{}</td>", "</tr>"), ("<TR>", "<th>{}", "")], ids=["tidy", "sloppy"])
    def test_a_web_page_named_xls(self, tmp_path: Path, cells: tuple[str, str, str]) -> None:
        rows = "".join(cells[0] + "".join(cells[1].format(cell) for cell in row) + cells[2] for row in ROWS)
        path = tmp_path / "export.xls"
        path.write_bytes(PAGE.format(rows=rows).encode("gbk"))
        delivery = read_source([path])
        assert delivery.nodes["x"].to_pylist() == [2, 4]
        assert delivery.nodes["note"].to_pylist() == ["a < b", None]

    def test_the_xml_of_old_excel_named_xls(self, tmp_path: Path) -> None:
        rows = "".join(f"<Row>{''.join(f'<Cell><Data>{cell}</Data></Cell>' for cell in row)}</Row>" for row in ROWS[:2])
        rows += '<Row><Cell><Data>B</Data></Cell><Cell ss:Index="3"><Data>4</Data></Cell></Row>'
        path = tmp_path / "export.xls"
        path.write_text(XML.format(rows=rows), encoding="utf-8")
        delivery = read_source([path])
        assert delivery.tables[0].name == "JSP"
        assert delivery.nodes["category"].to_pylist() == ["JS", "JS"]
        assert delivery.nodes["x"].to_pylist() == [2, None]

    def test_an_old_workbook_named_csv_and_one_cut_in_half(self, tmp_path: Path) -> None:
        path = write_old_workbook(tmp_path / "old.csv", {"点": [["点号", "X", "Y"], ["A", 1.0, 2.0]]})
        assert read_source([path]).nodes.num_rows == 1
        path.write_bytes(path.read_bytes()[:3000])
        with pytest.raises(SurveyFileError, match=r"old\.csv is damaged"):
            read_source([path])


def test_three_columns_that_claim_one_field_fill_each_other_and_differences_are_listed(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["点号", "物探点号", "管点编号", "X", "Y"],
        ["A", "A", "A", 1, 2],
        ["B", "", "C", 3, 4],
        ["", "D", "", 5, 6],
    ]
    delivery = read_source([write_csv(tmp_path / "p.csv", rows)])
    assert delivery.nodes["id"].to_pylist() == ["A", "B", "D"]
    (clash,) = [problem for problem in delivery.problems if problem.rule == "column-clash"]
    assert (clash.where, clash.values["column"], clash.values["count"]) == ("p.csv:3", "管点编号", 1)
    (fills,) = [problem for problem in delivery.problems if problem.rule == "column-fills"]
    assert fills.values["column"] == "物探点号"


@pytest.mark.parametrize("columns", ["点号,X,Y", "c" + ",c" * 1_000_000 + "\n点号,X,Y", "点号,X,Y" + ",c" * 1_000_000])
def test_a_million_columns_are_cut_and_listed(tmp_path: Path, columns: str) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(columns + "\nA,1,2\n", encoding="utf-8")
    delivery = read_source([path])
    assert delivery.nodes["id"].to_pylist() == ["A"]
    assert any(problem.rule == "too-many-columns" for problem in delivery.problems) == (len(columns) > 100)


@pytest.mark.parametrize("place", ["{0},{0}", ",", "1,2"])
def test_ten_thousand_times_the_same_number(tmp_path: Path, place: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text("点号,X,Y\n" + "".join(f"A,{place.format(row)}\n" for row in range(10_000)), encoding="utf-8")
    delivery = read_source([path])
    assert delivery.nodes.num_rows == (1 if place == "1,2" else 10_000)
    assert 1001 <= len(delivery.problems) < 3100
    assert any("more problems" in problem.message for problem in delivery.problems)


def test_ten_thousand_times_the_same_pipe(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("起点点号,终点点号,管径\n" + "A,B,300\n" * 5_000 + "B,A,300\n" * 5_000, encoding="utf-8")
    delivery = read_source([path])
    assert delivery.pipes.num_rows == 10_000
    assert delivery.pipes["id"][4999].as_py() == "A-B#5000"
    assert len(set(delivery.pipes["id"].to_pylist())) == 10_000
    assert sum(problem.rule == "duplicate-pipe" for problem in delivery.problems) == 1001


def test_absurd_numbers_are_listed_and_kept_as_text(tmp_path: Path) -> None:
    rows = [
        "起点点号,终点点号,管径,起点埋深",
        "A,B,99999999999999999999,1e308",
        "B,C,1e400,nan",
        f"C,D,{'9' * 5000},inf",
        "D,E,NaN,-1e9",
    ]
    path = tmp_path / "l.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    delivery = read_source([path])
    assert delivery.pipes["diameter_mm"].to_pylist() == [None] * 4
    assert delivery.pipes["from_depth"].to_pylist() == [None] * 4
    assert delivery.pipes["note"][0].as_py() == "起点埋深: 1e308"
    assert {problem.rule for problem in delivery.problems} >= {"unknown-size", "out-of-range"}


def test_a_cell_of_megabytes_is_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text(f"点号,X,Y,{'x' * 300_000}\nA,1,2,{'y' * 200_000}\n", encoding="utf-8")
    delivery = read_source([path])
    assert delivery.nodes["id"].to_pylist() == ["A"]
    assert max(len(one.name) for one in delivery.tables[0].columns) < 200
    assert max(len(problem.message) for problem in delivery.problems) < 500


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(
    parts=st.lists(
        st.sampled_from(
            [
                "<table>",
                "</table>",
                "<tr>",
                "<td>",
                "</td>",
                "点号",
                "X",
                "Y",
                "<td colspan=99999999>",
                "1",
                "&#0;",
                "<!--",
                "<Row ss:Index='9'>",
            ]
        ),
        max_size=40,
    )
)
def test_any_page_gives_a_delivery_or_an_error_in_words(tmp_path: Path, parts: list[str]) -> None:
    path = tmp_path / "x.xls"
    path.write_text("<html><table>" + "".join(parts), encoding="utf-8")
    with suppress(PipemapError):
        read_source([path], format="survey-tables")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=20))
def test_an_old_workbook_with_any_bytes_changed_is_a_delivery_or_an_error_in_words(
    tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    path = write_old_workbook(tmp_path / "old.xls", {"点": [["点号", "X", "Y"], ["A", 1.0, 2.0]]})
    raw = bytearray(path.read_bytes())
    for place, value in changes:
        raw[place % len(raw)] = value
    path.write_bytes(raw)
    with suppress(PipemapError):
        read_source([path])


@pytest.mark.parametrize("place", [40, 44, 64, 72])
def test_an_old_workbook_that_claims_more_sectors_than_it_has_is_refused_before_memory_is_reserved(
    tmp_path: Path, place: int
) -> None:
    path = write_old_workbook(tmp_path / "old.xls", {"点": [["点号", "X", "Y"], ["A", 1.0, 2.0]]})
    raw = bytearray(path.read_bytes())
    raw[place : place + 4] = b"\xff\xff\xff\x7f"
    path.write_bytes(raw)
    with pytest.raises(SurveyFileError, match=r"old\.xls is damaged"):
        read_source([path], format="survey-tables")


def test_an_old_workbook_that_would_end_its_reader_is_a_message(tmp_path: Path) -> None:
    path = write_old_workbook(tmp_path / "far.xls", {"points": [["点号", "X"], ["A", "1"]]})
    content = bytearray(path.read_bytes())
    cell = content.rfind(b"\xfd\x00\x0a\x00") + 4  # a cell of text
    # Moved to the last row and the last column that two bytes can say.
    content[cell : cell + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    with pytest.raises(SurveyFileError, match="damaged"):
        read_workbook(path)
