from __future__ import annotations

import csv
from collections import Counter

import pytest

from pipemap import assets
from pipemap.formats.survey_tables.headers import Said, find_header, known_fields, plain_header


def meanings(*rows: list[str]) -> dict[str, str]:
    header = find_header(rows)
    assert header is not None
    return {match.header: match.field for match in header.matches}


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("终点\xa0埋深", "终点埋深"),
        ("地面\u3000高程", "地面高程"),
        ("地面\n高程（m）", "地面高程"),
        ("管径[mm]", "管径"),
        ("Exp_No", "expno"),
        ("纵坐标（Ｘ）", "纵坐标(x)"),
        ("电压(kV)", "电压"),
        ("\ufeff序号", "序号"),
    ],
)
def test_headers_are_compared_without_space_case_and_units(text: str, plain: str) -> None:
    assert plain_header(text) == plain


def test_x_is_the_northing_axis_and_spelled_out_names_say_so() -> None:
    assert meanings(["点号", "X", "Y"]) == {"点号": "id", "X": "x_axis", "Y": "y_axis"}
    assert meanings(["图上点号", "纵坐标(X)", "横坐标(Y)"]) == {"图上点号": "map_id", "纵坐标(X)": "north", "横坐标(Y)": "east"}


def test_units_stuck_to_a_header_do_not_matter() -> None:
    found = meanings(["图上点号", "连接点号", "X_m", "Y_m", "地面高程m", "管顶(沟底)高程m", "管径mm", "埋深m"])
    assert list(found.values()) == ["map_id", "connect", "x_axis", "y_axis", "ground", "level", "size_text", "depth"]


def test_english_tables_are_read_by_the_same_aliases() -> None:
    header = find_header([["Prj_No", "S_Exp", "E_Exp", "S_Deep", "E_Deep", "Material", "PSize", "FlowDir", "EmBed"]])
    assert header is not None
    assert header.layout == "pipe"
    assert header.column("from_node") == 1
    assert header.column("burial") == 8


def test_pinyin_initials_are_read() -> None:
    assert meanings(["QDDH", "ZDDH", "QDMS", "ZDMS", "CZ", "GJ", "MSFS"])["MSFS"] == "burial"


def test_a_header_of_three_rows_ends_above_the_records() -> None:
    rows = [["起点点号", "终点点号", "起点埋深"], ["S_Exp", "E_Exp", "S_Deep"], ["", "", "m"], ["JS1", "JS2", "1.0"]]
    header = find_header(rows)
    assert header is not None
    assert (header.first, header.last) == (0, 2)


def test_two_rows_can_name_a_column_together() -> None:
    found = meanings(["起点", "", "终点", "", "材质"], ["点号", "埋深", "点号", "埋深", ""], ["JS1", "1.0", "JS2", "1.2", "PE"])
    assert sorted(found.values()) == ["from_depth", "from_node", "material", "to_depth", "to_node"]


def test_the_header_is_searched_below_titles() -> None:
    rows = [
        ["给水管线成果表"],
        ["工程名称：某路", "", "2024"],
        [],
        ["点号", "连接点号", "X", "Y"],
        ["JS1", "JS2", "3", "4"],
    ]
    header = find_header(rows)
    assert header is not None
    assert (header.layout, header.first, header.last) == ("row", 3, 3)


def test_a_row_that_numbers_the_columns_belongs_to_the_header() -> None:
    header = find_header([["点号", "连接点号", "X", "Y"], ["1", "2", "3", "4"], ["JS1", "JS2", "3.5", "4"]])
    assert header is not None
    assert header.last == 1


def test_an_unusual_header_is_taken_by_its_beginning_and_says_how_sure_it_is() -> None:
    header = find_header([["点号", "X", "Y", "权属单位及联系电话", "心情"]])
    assert header is not None
    owner = next(match for match in header.matches if match.field == "owner")
    assert owner.confidence < 0.9
    assert header.unknown == ((4, "心情"),)


def test_a_mapping_is_stronger_than_the_aliases() -> None:
    said = Said({plain_header("A"): "north", plain_header("B"): "east"})
    header = find_header([["点号", "A", "B", "地面高程"]], said)
    assert header is not None
    assert [match.field for match in header.matches] == ["id", "north", "east", "ground"]


def test_other_tables_have_no_such_header() -> None:
    assert find_header([["name", "price"], ["apple", "3"]]) is None
    assert find_header([]) is None


def test_every_alias_means_a_known_field_and_only_one() -> None:
    with assets.resource("standards", "header_aliases.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["field"] for row in rows} <= known_fields()
    assert {row["layer"] for row in rows} == {"node", "pipe", "row", "any"}
    assert {row["certainty"] for row in rows} <= {"found", "own"}
    twice = [place for place, times in Counter((row["layer"], plain_header(row["alias"])) for row in rows).items() if times > 1]
    assert not twice


def test_rows_of_codes_and_units_belong_to_the_header() -> None:
    rows = [["起点号", "终点号", "管径", "起点埋深"], ["S", "E", "D", ""], ["", "", "mm", "m"], ["YS1", "YS2", "300", "1.5"]]
    header = find_header(rows)
    assert header is not None
    assert (header.first, header.last) == (0, 2)


def test_a_record_without_numbers_is_no_header() -> None:
    header = find_header([["起点号", "终点号", "管径", "起点埋深"], ["甲", "乙", "管径不详", ""], ["A", "B", "", ""]])
    assert header is not None
    assert header.last == 0
