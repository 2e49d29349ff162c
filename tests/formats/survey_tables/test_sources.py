"""What a person sees of the tables and columns of a source, and what a mapping may name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipemap.errors import PipemapError, SurveyDataError
from pipemap.formats import read_source
from pipemap.formats.survey_tables import ColumnMapping, mappable_fields, read_mapping, write_mapping
from pipemap.formats.survey_tables.headers import known_fields
from pipemap.model.delivery import SourceColumn
from pipemap.texts import set_language
from tests.formats.survey_tables.checks import column, only, serious
from tests.formats.survey_tables.town import Row, write_csv, write_one_sheet, write_workbook

POINTS: list[Row] = [["点号", "纵坐标(X)", "横坐标(Y)", "权属单位及电话", "Materail_x", "心情", "序号"]]
POINTS += [["A", 1.5, 2.5, "水务 1", "", "好", 1], ["B", 3.5, 4.5, "水务 2", "", "好", 2]]


def test_every_column_says_its_field_how_sure_that_is_and_examples(tmp_path: Path) -> None:
    delivery = read_source([write_csv(tmp_path / "管点.csv", POINTS)])
    (table,) = delivery.tables
    assert (table.name, table.kind, table.rows) == ("管点.csv", "node", 2)
    assert table.columns[0] == SourceColumn("点号", "id", 1.0, ("A", "B"), 0)
    assert table.columns[1] == SourceColumn("纵坐标(X)", "north", 1.0, ("1.5", "3.5"), 1)
    assert (table.columns[3].field, table.columns[3].confidence) == ("owner", 0.6)
    assert table.columns[5] == SourceColumn("心情", "", 0.0, ("好",), 5)
    assert (table.columns[6].name, table.columns[6].field) == ("序号", "")


@pytest.mark.parametrize(
    ("header", "meant"),
    [("Materail", "material"), ("Materials", "material"), ("终点管内底高成", "to_level"), ("S_Deeep", "from_depth")],
)
def test_a_misspelled_header_is_taken_with_little_confidence(tmp_path: Path, header: str, meant: str) -> None:
    delivery = read_source([write_csv(tmp_path / "l.csv", [["起点点号", "终点点号", header], ["A", "B", "1"]])])
    (table,) = delivery.tables
    assert (table.columns[2].field, table.columns[2].confidence < 0.9) == (meant, True)
    assert only(delivery, "unsure-column").values["field"] == meant


@pytest.mark.parametrize("header", ["XDepth", "N_Deep", "沟顶面高程差", "abcde"])
def test_an_opposite_or_a_stranger_is_not_taken(tmp_path: Path, header: str) -> None:
    delivery = read_source([write_csv(tmp_path / "l.csv", [["起点点号", "终点点号", header], ["A", "B", "1"]])])
    assert delivery.tables[0].columns[2].field == ""


def test_sheets_that_are_left_out_are_there_with_their_columns(tmp_path: Path) -> None:
    book = write_workbook(
        tmp_path / "b.xlsx", {"点": [["点号", "X", "Y"], ["A", 1, 2]], "甲": [["标题"], ["a", "b"], ["1", "2"]]}
    )
    left = read_source([book]).tables[1]
    assert (left.name, left.kind, left.rows) == ("甲", "", 1)
    assert [(one.name, one.field, one.confidence, one.examples) for one in left.columns] == [
        ("a", "", 0.0, ("1",)),
        ("b", "", 0.0, ("2",)),
    ]


def test_a_table_of_connections_is_of_the_kind_row(tmp_path: Path) -> None:
    assert {table.kind for table in read_source([write_one_sheet(tmp_path / "t.xlsx")]).tables} == {"row"}


class TestMapping:
    def test_what_was_seen_can_be_corrected_by_the_names_that_were_shown(self, tmp_path: Path) -> None:
        rows: list[Row] = [["甲", "乙", "丙"], ["A", "B", "DN300"], ["B", "C", "DN200"]]
        source = write_csv(tmp_path / "什么.csv", rows)
        with pytest.raises(SurveyDataError):
            read_source([source])
        mapping = tmp_path / "m.json"
        write_mapping(ColumnMapping({"什么.csv": {"甲": "from_node", "乙": "to_node", "丙": "size_text"}}), mapping)
        delivery = read_source([source], mapping=mapping)
        assert column(delivery, "diameter_mm") == [300, 200]

    def test_a_person_says_the_kind_of_a_table_and_leaves_another_out(self, tmp_path: Path) -> None:
        rows: list[Row] = [["点号", "连接点号", "X", "Y"], ["A", "B", 1.0, 2.0], ["B", "", 1.0, 32.0]]
        book = write_workbook(tmp_path / "b.xlsx", {"一": rows, "二": rows})
        mapping = tmp_path / "m.json"
        write_mapping(ColumnMapping({}, kinds={"一": "node", "二": ""}), mapping)
        delivery = read_source([book], mapping=mapping)
        assert delivery.nodes.num_rows == 2
        assert delivery.pipes.num_rows == 0
        assert [table.kind for table in delivery.tables] == ["node", ""]
        assert only(delivery, "table-not-wanted").where == "二"

    def test_columns_go_by_place_where_there_is_no_header(self, tmp_path: Path) -> None:
        source = write_csv(tmp_path / "p.csv", [["A", 1.0, 2.0, 5.0], ["B", 3.0, 4.0, 6.0]])
        mapping = tmp_path / "m.json"
        places = {"#1": "id", "#2": "north", "#3": "east", "#4": "ground"}
        write_mapping(ColumnMapping({"p.csv": places}, headers={"p.csv": 0}), mapping)
        delivery = read_source([source], mapping=mapping)
        assert delivery.nodes["id"].to_pylist() == ["A", "B"]
        assert delivery.nodes["y"].to_pylist() == [1.0, 3.0]
        assert [one.name for one in delivery.tables[0].columns] == ["#1", "#2", "#3", "#4"]
        assert not serious(delivery)

    def test_numbers_of_a_size_may_have_columns_of_their_own(self, tmp_path: Path) -> None:
        source = write_csv(tmp_path / "l.csv", [["起点点号", "终点点号", "宽mm", "高mm"], ["A", "B", "800", "600"]])
        mapping = tmp_path / "m.json"
        write_mapping(ColumnMapping({"*": {"宽mm": "width_mm", "高mm": "height_mm"}}), mapping)
        delivery = read_source([source], mapping=mapping)
        assert (column(delivery, "width_mm"), column(delivery, "height_mm")) == ([800], [600])

    def test_a_citys_headers_hold_where_its_profile_is_chosen(self, tmp_path: Path) -> None:
        (tmp_path / "本市.csv").write_text(
            "profile,list,text,code\n本市,header,头,from_node\n本市,header,尾,to_node\n本市,category,YQ,YH\n", encoding="utf-8"
        )
        (tmp_path / "m.json").write_text('{"profile": "本市.csv"}', encoding="utf-8")
        source = write_csv(tmp_path / "l.csv", [["头", "尾", "管线类型"], ["A", "B", "YQ"]])
        delivery = read_source([source], mapping=tmp_path / "m.json")
        assert column(delivery, "category") == ["YH"]
        elsewhere = tmp_path / "saved"
        elsewhere.mkdir()
        write_mapping(read_mapping(tmp_path / "m.json"), elsewhere / "m.json")
        again = read_source([source], mapping=elsewhere / "m.json")
        assert column(again, "category") == ["YH"]

    def test_a_profile_that_names_no_field_is_an_error_in_words(self, tmp_path: Path) -> None:
        (tmp_path / "c.csv").write_text("profile,list,text,code\nc,header,头,fromnode\n", encoding="utf-8")
        (tmp_path / "m.json").write_text('{"profile": "c.csv"}', encoding="utf-8")
        with pytest.raises(SurveyDataError, match="1 mistake"):
            read_mapping(tmp_path / "m.json")

    @pytest.mark.parametrize(
        "said", ['{"a": {"@kind": "pipes"}}', '{"a": {"@header": -1}}', '{"a": {"@header": "x"}}', '{"a": {"@kind": 3}}']
    )
    def test_a_kind_or_a_row_that_cannot_be_is_an_error_in_words(self, tmp_path: Path, said: str) -> None:
        (tmp_path / "m.json").write_text(said, encoding="utf-8")
        with pytest.raises(PipemapError, match=r"m\.json"):
            read_mapping(tmp_path / "m.json")

    def test_what_is_written_is_read_back_the_same(self, tmp_path: Path) -> None:
        (tmp_path / "m.json").write_text(
            json.dumps({"profile": "eps", "*": {"材质": "material"}, "甲": {"#2": "", "@kind": "row", "@header": 4}}),
            encoding="utf-8",
        )
        mapping = read_mapping(tmp_path / "m.json")
        write_mapping(mapping, tmp_path / "again.json")
        assert read_mapping(tmp_path / "again.json") == mapping

    def test_a_folder_that_is_not_there_is_an_error_in_words(self, tmp_path: Path) -> None:
        with pytest.raises(PipemapError, match="cannot be written"):
            write_mapping(ColumnMapping({}), tmp_path / "nowhere" / "m.json")


@pytest.mark.parametrize("kind", ["node", "pipe", "row"])
def test_fields_to_choose_from_are_those_that_a_mapping_may_name(kind: str) -> None:
    offered = mappable_fields(kind)  # type: ignore[arg-type]
    assert set(offered) <= known_fields()
    assert all(offered.values())
    assert len(set(offered.values())) == len(offered)


def test_each_kind_offers_what_its_tables_hold() -> None:
    assert {"from_node", "to_node", "size_text", "from_x_axis"} <= set(mappable_fields("pipe"))
    assert {"id", "north", "east", "ground"} <= set(mappable_fields("node"))
    assert {"id", "connect", "depth", "level_top", "material"} <= set(mappable_fields("row"))
    assert "connect" not in mappable_fields("node")


def test_labels_are_in_the_language_on_screen() -> None:
    set_language("zh")
    try:
        assert mappable_fields("pipe")["material"] == "材质"
    finally:
        set_language("en")
