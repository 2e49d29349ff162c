from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from pipemap.formats.survey_tables.columnar import csv_rows, text_columns
from pipemap.formats.survey_tables.sheets import HEAD, Columns, gather

TITLES = "点号,X,Y\n" * HEAD
CELLS = st.sampled_from(
    ["a", "", '"', '""', '"b"', ' "c"', '"d" ', '"e\n,f"', 'g"h', " i ", "\xa0", "给水", "\r", "1.0", "-", "\x00"]
)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=12)


def read(columns: Columns) -> list[list[str | None]]:
    return [column.to_pylist() for column in columns.columns]


def row_by_row(text: str) -> list[list[str | None]]:
    return read(gather(csv_rows(text, ",")))


@given(rows=ROWS, end=st.sampled_from(["\n", "\r\n"]))
@example(rows=[["a", "b", "c"], ["", "", ""], [" "], ["a", "b", "c"]], end="\n")
@example(rows=[['"b"', "", "c"], ['"x', 'y"', "z"], ["a", "b", "c"]], end="\r\n")
def test_columns_are_those_of_reading_row_by_row(rows: list[list[str]], end: str) -> None:
    text = TITLES + end.join(",".join(row) for row in rows) + end
    found = text_columns(text, ",", piece=8)
    assert read(found) == row_by_row(text)
    assert found.height == len(found.columns[0])


@given(st.text(alphabet='a," \n\r;', max_size=60))
def test_any_text_has_the_same_cells_whatever_its_quotes(rest: str) -> None:
    text = TITLES + rest
    assert read(text_columns(text, ",", piece=4)) == row_by_row(text)


def test_a_row_of_another_width_makes_only_its_own_piece_slow() -> None:
    rows = "".join(f"P{number},{number},2\n" for number in range(5000))
    text = TITLES + rows + "odd,1\n" + rows + ",,,,much,too,wide\n"
    found = text_columns(text, ",", piece=1 << 12)
    assert found.height == HEAD + 10_002
    assert found.columns[0][HEAD + 5000].as_py() == "odd"
    assert found.columns[6][HEAD + 10_001].as_py() == "wide"
    assert found.columns[0].null_count == 1


def test_a_quote_that_never_ends_takes_nothing_with_it() -> None:
    rows = "".join(f"P{number},{number},{'x' * 100}\n" for number in range(3000))
    found = text_columns(TITLES + 'A,1,"oops\n' + rows, ",", piece=1 << 12)
    assert found.height == HEAD + 3001
