from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pipemap.errors import Cancelled, SurveyDataError, SurveyFileError
from pipemap.formats import read_source
from tests.formats.survey_tables.checks import assert_is_the_town, column, length, only, serious
from tests.formats.survey_tables.town import (
    PIPE_HEADER,
    PIPES,
    POINT_HEADER,
    POINTS,
    ROW_HEADER,
    Row,
    rows_of_one_sheet,
    write_csv,
    write_one_sheet,
    write_pair_of_files,
    write_pair_of_sheets,
    write_workbook,
)


class TestLayouts:
    @pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16"])
    def test_two_files_make_one_network(self, tmp_path: Path, encoding: str) -> None:
        delivery = read_source(write_pair_of_files(tmp_path, encoding=encoding))
        assert_is_the_town(delivery)
        assert column(delivery, "built") == ["2005", "1998", None]
        assert column(delivery, "flow") == [None, None, "+"]
        assert delivery.format == "survey-tables"

    def test_many_rows_that_are_not_understood_are_read_no_more_often_than_a_few(self, tmp_path: Path) -> None:
        def questions(count: int) -> int:
            """How often the reader asks whether to go on: once a column and a piece of rows, whatever stands in them."""
            asked: list[None] = []
            pipes = [("JS1", "JS2", "深", 99999, "奇怪", "大管", "直埋", "给水", "", "") for _row in range(count)]
            points = write_csv(tmp_path / "p.csv", [POINT_HEADER, *POINTS])
            lines = write_csv(tmp_path / "l.csv", [PIPE_HEADER, *pipes])
            found = read_source([points, lines], progress=lambda *_said: asked.append(None))
            assert sum(problem.rule == "unknown-size" for problem in found.problems) == min(count, 1001)
            return len(asked)

        assert questions(1500) < questions(30) + 10

    def test_the_order_of_the_files_does_not_matter(self, tmp_path: Path) -> None:
        assert_is_the_town(read_source(write_pair_of_files(tmp_path)[::-1]))

    def test_two_sheets_with_three_header_rows_and_a_zone_number(self, tmp_path: Path) -> None:
        delivery = read_source([write_pair_of_sheets(tmp_path / "town.xlsx")])
        assert_is_the_town(delivery)
        assert delivery.crs == "EPSG:4547"
        assert only(delivery, "crs-assumed").values["zone"] == 38

    def test_one_sheet_with_blank_numbers_and_each_pipe_twice(self, tmp_path: Path) -> None:
        delivery = read_source([write_one_sheet(tmp_path / "town.xlsx")], batch="crew 3")
        assert_is_the_town(delivery)
        assert delivery.batch.name == "crew 3"
        assert delivery.batch.project == "测试路"
        assert delivery.batch.finished == "2024-05"

    def test_a_workbook_is_known_by_its_inside(self, tmp_path: Path) -> None:
        assert_is_the_town(read_source([write_one_sheet(tmp_path / "town.csv")]))

    @pytest.mark.parametrize("separator", [";", "\t", "|"])
    def test_other_separators(self, tmp_path: Path, separator: str) -> None:
        points = write_csv(tmp_path / "p.txt", [POINT_HEADER, *POINTS], separator=separator)
        pipes = write_csv(tmp_path / "l.txt", [PIPE_HEADER, *PIPES], separator=separator)
        assert_is_the_town(read_source([points, pipes]))

    def test_a_table_for_each_category_pairs_by_name(self, tmp_path: Path) -> None:
        points = ["Exp_No", "Feature", "Subsid", "X", "Y", "Surf_H"]
        lines = ["S_Point", "E_Point", "S_Deep", "E_Deep", "D_S"]
        book = write_workbook(
            tmp_path / "pairs.xlsx",
            {
                "JSPoint": [points, ["1", "三通", "", 100, 10, 5], ["2", "三通", "", 110, 10, 5]],
                "JSLine": [lines, ["1", "2", 1, 1, "300"]],
                "YSPoint": [points, ["1", "", "检查井", 200, 10, 5], ["2", "", "检查井", 220, 10, 5]],
                "YSLine": [lines, ["1", "2", 2, 2.5, "600"]],
            },
        )
        delivery = read_source([book])
        assert column(delivery, "category") == ["JS", "YS"]
        assert column(delivery, "to_fid") == [1, 3]
        assert length(delivery) == pytest.approx(10 + np.hypot(20, 0.5))
        assert not serious(delivery)

    def test_lines_may_name_their_ends_by_map_number(self, tmp_path: Path) -> None:
        points = write_csv(tmp_path / "p.csv", [["物探点号", "图上点号", "X", "Y"], ["W1", "JS1", 1, 2], ["W2", "JS2", 3, 4]])
        lines = write_csv(tmp_path / "l.csv", [["起点点号", "终点点号"], ["JS1", "JS2"]])
        delivery = read_source([points, lines])
        assert column(delivery, "from_node") == ["W1"]
        assert column(delivery, "category") == [None]
        assert not serious(delivery)

    def test_line_tables_with_coordinates_need_no_points(self, tmp_path: Path) -> None:
        header = ["起点点号", "终点点号", "起点X", "起点Y", "终点X", "终点Y", "管线类型", "管径"]
        delivery = read_source(
            [
                write_csv(
                    tmp_path / "lines.csv",
                    [header, ["A", "B", 0, 1, 30, 41, "给水", "DN100"], ["B", "C", 30, 41, 60, 41, "给水", "DN100"]],
                )
            ]
        )
        assert delivery.nodes["id"].to_pylist() == ["A", "B", "C"]
        assert delivery.lines[0][:, :2].tolist() == [[1, 0], [41, 30]]
        assert not serious(delivery)

    def test_a_table_of_points_alone_is_a_survey_without_pipes(self, tmp_path: Path) -> None:
        delivery = read_source([write_csv(tmp_path / "p.csv", [POINT_HEADER, *POINTS])])
        assert delivery.nodes.num_rows == 5
        assert delivery.pipes.num_rows == 0
        assert len(delivery.lines) == 0

    def test_what_was_understood_is_said(self, tmp_path: Path) -> None:
        points = write_csv(tmp_path / "管点.csv", [["点号", "纵坐标(X)", "横坐标(Y)", "心情", "序号"], ["A", 1, 2, "好", 1]])
        delivery = read_source([points])
        assert delivery.understood["管点.csv: 纵坐标(X)"] == "north"
        assert delivery.understood["管点.csv: 心情"] == ""
        assert only(delivery, "unknown-column").values["column"] == "心情"

    def test_a_point_may_name_two_connections_in_its_row(self, tmp_path: Path) -> None:
        header = [
            "现场点号",
            "图上点号",
            "管种",
            "管径",
            "纵坐标(X)",
            "横坐标(Y)",
            "地面\u3000高程",
            "埋深",
            "方向点号",
            "方向点号",
        ]
        rows: list[Row] = [
            ["1", "S1", "上水", "DN300", 100, 200, 4.5, 1.0, 2, 3],
            ["2", "S2", "上水", "DN300", 110, 200, 4.5, 1.0, 1, ""],
            ["3", "S3", "上水", "DN300", 100, 220, 4.5, 1.2, 1, ""],
        ]
        delivery = read_source([write_csv(tmp_path / "t.csv", [header, *rows])])
        assert column(delivery, "id") == ["1-2", "1-3"]
        assert column(delivery, "to_depth") == [1.0, 1.2]
        assert not serious(delivery)


class TestOddRows:
    def test_a_pipe_to_a_missing_point_gets_a_placeholder(self, tmp_path: Path) -> None:
        delivery = read_source(
            write_pair_of_files(tmp_path, pipes=[*PIPES, ("JS1", "JS999", 1.0, 1.0, "PE", "200", "直埋", "给水", "", "")])
        )
        assert delivery.nodes["id"].to_pylist()[-1] == "JS999"
        assert delivery.nodes["kind"].to_pylist()[-1] == "placeholder"
        assert delivery.nodes["x"].to_pylist()[-1] is None
        assert len(delivery.lines[3]) == 0
        assert only(delivery, "missing-node").where == "管线.csv:5"
        assert only(delivery, "missing-node").severity == "error"

    def test_a_point_at_two_places_is_kept_twice(self, tmp_path: Path) -> None:
        delivery = read_source(
            write_pair_of_files(tmp_path, more_points=[("JS1", "给水", "三通", "", 3379530.0, 501500.0, 40.0)])
        )
        assert delivery.nodes["id"].to_pylist().count("JS1") == 2
        assert delivery.pipes["from_fid"][0].as_py() == 0
        problem = only(delivery, "duplicate-point")
        assert (problem.where, problem.element, problem.x, problem.y) == ("管点.csv:7", "JS1", 501500.0, 3379530.0)

    def test_a_point_listed_twice_at_one_place_is_one(self, tmp_path: Path) -> None:
        delivery = read_source(write_pair_of_files(tmp_path, more_points=[POINTS[0]]))
        assert delivery.nodes.num_rows == 5
        assert only(delivery, "repeated-point").where == "管点.csv:7"

    def test_a_depth_in_words_is_unknown_and_stays_in_the_note(self, tmp_path: Path) -> None:
        delivery = read_source(write_pair_of_files(tmp_path, pipes=[("JS1", "JS2", "约一米", *PIPES[0][3:]), *PIPES[1:]]))
        assert column(delivery, "from_depth")[0] is None
        assert column(delivery, "note")[0] == "起点埋深: 约一米"
        assert np.isnan(delivery.lines[0][0, 2])
        problem = only(delivery, "not-a-number")
        assert problem.where == "管线.csv:2"
        assert "约一米" in problem.message

    def test_two_depths_in_one_cell_are_those_of_both_ends(self, tmp_path: Path) -> None:
        rows: list[Row] = [
            ["点号", "连接点号", "X", "Y", "地面", "埋深"],
            ["A", "B", 0, 0, 10, "'1.20/1.35"],
            ["B", "", 0, 30, 10, ""],
        ]
        delivery = read_source([write_csv(tmp_path / "给水.csv", rows)])
        assert (column(delivery, "from_depth"), column(delivery, "to_depth")) == ([1.2], [1.35])
        assert only(delivery, "two-depths").where == "给水.csv:2"

    def test_an_unknown_category_is_kept_as_written(self, tmp_path: Path) -> None:
        delivery = read_source(write_pair_of_files(tmp_path, more_points=[("QQ9", "ZZ", "直线点", "", 3379590, 501590, 40)]))
        assert delivery.nodes["category"].to_pylist()[-1] == "ZZ"
        assert only(delivery, "unknown-category").where == "管点.csv:7"

    def test_blank_rows_and_remarks_are_no_records(self, tmp_path: Path) -> None:
        delivery = read_source(
            write_pair_of_files(tmp_path, more_points=[["", ""], ["制表：张三", "", "", "校核：李四"], POINT_HEADER])
        )
        assert delivery.nodes.num_rows == 5
        assert only(delivery, "remark-row").where == "管点.csv:8"

    def test_a_row_with_neither_number_nor_coordinates_is_listed(self, tmp_path: Path) -> None:
        delivery = read_source(write_pair_of_files(tmp_path, more_points=[["", "给水", "三通"]]))
        assert delivery.nodes.num_rows == 5
        assert "三通" in only(delivery, "empty-point").message

    def test_a_point_without_number_is_kept_under_its_row(self, tmp_path: Path) -> None:
        delivery = read_source(write_pair_of_files(tmp_path, more_points=[["", "给水", "三通", "", 3379520, 501520, 40]]))
        assert delivery.nodes["id"].to_pylist()[-1] == "?7"
        assert only(delivery, "no-id").element == "?7"

    def test_a_pipe_with_one_end_keeps_it(self, tmp_path: Path) -> None:
        delivery = read_source(write_pair_of_files(tmp_path, pipes=[*PIPES, ["JS1", "", 1.0], ["", "", 2.0]]))
        assert delivery.pipes.num_rows == 4
        assert only(delivery, "missing-end").where == "管线.csv:5"
        assert only(delivery, "no-ends").where == "管线.csv:6"

    def test_numbers_that_spreadsheets_made_of_ids_fit_together(self, tmp_path: Path) -> None:
        points = write_csv(tmp_path / "p.csv", [["点号", "X", "Y"], ["12.0", 1, 2], ["13", 3, 4]])
        lines = write_csv(tmp_path / "l.csv", [["起点", "终点"], ["12", "13.0"]])
        delivery = read_source([points, lines])
        assert delivery.nodes["id"].to_pylist() == ["12", "13"]
        assert column(delivery, "id") == ["12-13"]

    def test_levels_that_do_not_fit_are_listed_and_kept(self, tmp_path: Path) -> None:
        rows = rows_of_one_sheet("给水")
        wrong = [(*rows[0][:10], 38.5, *rows[0][11:]), *rows[1:]]
        delivery = read_source([write_workbook(tmp_path / "t.xlsx", {"J": [ROW_HEADER, *wrong]})])
        problem = only(delivery, "level-mismatch")
        assert (problem.where, problem.element, problem.values["difference"]) == ("J!2", "JS1-JS2", "0.500")
        assert column(delivery, "from_level")[0] == 38.5

    def test_halves_that_disagree_are_listed(self, tmp_path: Path) -> None:
        rows = rows_of_one_sheet("给水")
        assert rows[1][:2] == ("JS2", "JS1")
        changed = [rows[0], (*rows[1][:4], "De160", *rows[1][5:]), *rows[2:]]
        delivery = read_source([write_workbook(tmp_path / "t.xlsx", {"J": [ROW_HEADER, *changed]})])
        problem = only(delivery, "pair-mismatch")
        assert (problem.values["value"], problem.values["other"], problem.element) == ("De110", "De160", "JS1-JS2")
        assert column(delivery, "size_text")[0] == "De110"

    def test_parallel_pipes_stay_two_and_get_stable_ids(self, tmp_path: Path) -> None:
        def rows(sizes: list[str]) -> list[Row]:
            there = [
                ["A" if place == 0 else "", "B", size, 0 if place == 0 else "", 0 if place == 0 else "", 1.0]
                for place, size in enumerate(sizes)
            ]
            back = [
                ["B" if place == 0 else "", "A", size, 0 if place == 0 else "", 30 if place == 0 else "", 1.2]
                for place, size in enumerate(sizes[::-1])
            ]
            return [["点号", "连接点号", "管径", "X", "Y", "埋深"], *there, *back]

        for sizes in (["100", "200"], ["200", "100"]):
            delivery = read_source([write_csv(tmp_path / "JS.csv", rows(sizes))])
            assert not serious(delivery) or {problem.rule for problem in serious(delivery)} == {"no-coordinates"}
            assert dict(zip(column(delivery, "id"), column(delivery, "size_text"), strict=True)) == {"A-B": "100", "A-B#2": "200"}

    def test_a_pipe_listed_twice_is_kept_twice_and_listed(self, tmp_path: Path) -> None:
        turned = ("JS2", "JS1", 1.1, 1.0, *PIPES[0][4:])
        delivery = read_source(write_pair_of_files(tmp_path, pipes=[*PIPES, turned]))
        assert delivery.pipes.num_rows == 4
        assert only(delivery, "duplicate-pipe").where == "管线.csv:5"

    def test_mixed_encodings_are_usable_and_listed(self, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "p.csv", [POINT_HEADER, *POINTS])
        with path.open("ab") as file:
            file.write("JS9,给水,弯头,检查井,3379520,501520,40\r\n".encode("gbk"))
        delivery = read_source([path])
        assert delivery.nodes["feature"].to_pylist()[-1] == "弯头"
        assert only(delivery, "mixed-encoding").where == "p.csv:7"

    def test_many_problems_of_one_kind_are_counted(self, tmp_path: Path) -> None:
        rows: list[Row] = [["点号", "X", "Y"], *([f"P{number}", "x", "y"] for number in range(1500))]
        delivery = read_source([write_csv(tmp_path / "p.csv", rows)])
        assert delivery.nodes.num_rows == 1500
        assert any("more problems" in problem.message for problem in delivery.problems)
        assert len(delivery.problems) < 3000


class TestCoordinates:
    def points(self, path: Path, rows: list[Row], header: tuple[str, str] = ("X", "Y")) -> Path:
        return write_csv(path, [["点号", *header], *rows])

    def test_a_zone_number_stays_where_the_system_has_it(self, tmp_path: Path) -> None:
        delivery = read_source([self.points(tmp_path / "p.csv", [["A", 3379500, 38501500.5]])], crs="EPSG:4526")
        assert delivery.nodes["x"].to_pylist() == [38501500.5]
        assert delivery.crs == "EPSG:4526"

    def test_a_zone_number_goes_where_the_system_has_none(self, tmp_path: Path) -> None:
        delivery = read_source([self.points(tmp_path / "p.csv", [["A", 3379500, 38501500.5]])], crs="EPSG:4547")
        assert delivery.nodes["x"].to_pylist() == [501500.5]

    def test_a_missing_zone_number_is_added_where_the_system_has_it(self, tmp_path: Path) -> None:
        delivery = read_source([self.points(tmp_path / "p.csv", [["A", 3379500, 501500.5]])], crs="EPSG:4526")
        assert delivery.nodes["x"].to_pylist() == [38501500.5]
        assert only(delivery, "zone-added").values["zone"] == 38

    def test_a_zone_of_another_system_is_a_problem_and_changes_nothing(self, tmp_path: Path) -> None:
        delivery = read_source([self.points(tmp_path / "p.csv", [["A", 3379500, 39501500.5]])], crs="EPSG:4547")
        assert delivery.nodes["x"].to_pylist() == [39501500.5]
        assert only(delivery, "zone-mismatch").severity == "error"

    def test_six_degree_zones_are_known_by_their_number(self, tmp_path: Path) -> None:
        assert read_source([self.points(tmp_path / "p.csv", [["A", 3379500, 20501500.5]])]).crs == "EPSG:4509"

    def test_bare_x_and_y_that_look_swapped_are_taken_so_and_said(self, tmp_path: Path) -> None:
        delivery = read_source([self.points(tmp_path / "p.csv", [["A", 501500, 3379500], ["B", 501510, 3379510]])])
        assert delivery.nodes["x"].to_pylist() == [501500, 501510]
        assert only(delivery, "axes-taken-swapped").where == "p.csv"

    def test_spelled_out_axes_are_believed_with_a_problem(self, tmp_path: Path) -> None:
        delivery = read_source([self.points(tmp_path / "p.csv", [["A", 501500, 3379500]], ("纵坐标(X)", "横坐标(Y)"))])
        assert delivery.nodes["y"].to_pylist() == [501500]
        assert only(delivery, "axes-swapped").severity == "error"

    def test_one_swapped_row_is_listed_and_kept(self, tmp_path: Path) -> None:
        rows: list[Row] = [["A", 3379500, 501500], ["B", 501510, 3379510], ["C", 3379520, 501520]]
        delivery = read_source([self.points(tmp_path / "p.csv", rows)])
        assert only(delivery, "row-swapped").element == "B"
        assert delivery.nodes["y"].to_pylist() == [3379500, 501510, 3379520]

    @pytest.mark.parametrize("text", ["1e308", "nan", "inf", "9999999999"])
    def test_absurd_coordinates_are_unknown(self, tmp_path: Path, text: str) -> None:
        delivery = read_source([self.points(tmp_path / "p.csv", [["A", text, 501500], ["B", 3379500, 501500]])])
        assert delivery.nodes["x"].to_pylist() == [None, 501500]
        assert only(delivery, "no-coordinates").element == "A"

    def test_an_unknown_system_is_an_error_in_words(self, tmp_path: Path) -> None:
        with pytest.raises(SurveyDataError, match="EPSG:1"):
            read_source([self.points(tmp_path / "p.csv", [["A", 1, 2]])], crs="EPSG:1")


class TestMapping:
    def test_a_mapping_corrects_columns(self, tmp_path: Path) -> None:
        source = write_csv(tmp_path / "p.csv", [["点号", "alpha", "beta", "地面高程"], ["A", 10, 20, 5]])
        mapping = tmp_path / "mapping.json"
        mapping.write_text(json.dumps({"p.csv": {"alpha": "north", "beta": "east", "地面高程": ""}}), encoding="utf-8")
        delivery = read_source([source], mapping=mapping)
        assert (delivery.nodes["x"].to_pylist(), delivery.nodes["y"].to_pylist()) == ([20], [10])
        assert delivery.nodes["ground"].to_pylist() == [None]

    def test_a_field_that_does_not_exist_is_named_with_its_neighbours(self, tmp_path: Path) -> None:
        mapping = tmp_path / "mapping.json"
        mapping.write_text('{"*": {"alpha": "nroth"}}', encoding="utf-8")
        with pytest.raises(SurveyDataError, match="north"):
            read_source([write_csv(tmp_path / "p.csv", [POINT_HEADER, *POINTS])], mapping=mapping)

    @pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', "\x00"])
    def test_a_mapping_of_another_shape_is_an_error_in_words(self, tmp_path: Path, text: str) -> None:
        mapping = tmp_path / "mapping.json"
        mapping.write_text(text, encoding="utf-8")
        with pytest.raises(SurveyFileError, match=r"mapping\.json"):
            read_source([write_csv(tmp_path / "p.csv", [POINT_HEADER, *POINTS])], mapping=mapping)


@pytest.mark.parametrize("call", [0, 1, 5, 20, 40])
def test_a_person_can_stop_the_reading_at_any_time(tmp_path: Path, call: int) -> None:
    asked = 0

    def stop(done: int, total: int | None = None, label: str = "") -> None:
        nonlocal asked
        del done, total, label
        asked += 1
        if asked > call:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_source(write_pair_of_files(tmp_path), progress=stop)
    assert asked == call + 1


def test_reading_again_gives_the_same(tmp_path: Path) -> None:
    paths = write_pair_of_files(tmp_path)
    first, again = read_source(paths), read_source(paths)
    assert first.nodes.equals(again.nodes)
    assert first.pipes.equals(again.pipes)
    assert first.problems == again.problems
