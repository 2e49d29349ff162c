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
