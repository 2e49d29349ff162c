from __future__ import annotations

from pathlib import Path

import pytest

from pipemap.formats import read_source
from tests.formats.survey_tables.town import Row, write_csv

HEADER: Row = ["图上点号", "连接点号", "附属物", "X_m", "Y_m", "地面高程m", "管径mm", "压力/电压", "埋深m"]
WATER: list[Row] = [
    ["J-给水"],
    HEADER,
    ["1", "2", "阀门", "3379503.3", "501500.0", "50.0", "300", "0.4", "'1.20/1.35"],
    ["2", "", "", "3379603.3", "501500.0", "50.1", "", "", ""],
]
POWER: list[Row] = [
    ["L-电力"],
    HEADER,
    ["1", "2", "人孔", "3379503.3", "501510.0", "50.0", "600X400", "10kV", "'1.20/1.35"],
    ["2", "", "人孔", "3379603.3", "501510.0", "50.1", "", "", ""],
]


@pytest.mark.parametrize("between", [[], [["", "", ""]]], ids=["close", "blank row"])
def test_each_block_has_its_own_category_and_points(tmp_path: Path, between: list[Row]) -> None:
    delivery = read_source([write_csv(tmp_path / "all.csv", [*WATER, *between, *POWER], encoding="gbk")])
    assert delivery.nodes["id"].to_pylist() == ["1", "2", "1", "2"]
    assert delivery.nodes["category"].to_pylist() == ["JS", "JS", "DL", "DL"]
    assert delivery.pipes["category"].to_pylist() == ["JS", "DL"]
    assert delivery.pipes["to_fid"].to_pylist() == [1, 3]
    assert delivery.pipes["from_reference"].to_pylist() == ["outside_top", "outside_top"]
    assert delivery.pipes["voltage"].to_pylist() == [None, "10kV"]
    assert not [problem for problem in delivery.problems if problem.severity != "info"]


def test_rows_of_a_later_block_count_from_the_top_of_the_file(tmp_path: Path) -> None:
    odd = [*POWER[:3], ["2", "", "人孔", "?", "501510.0", "50.1", "", "", ""]]
    delivery = read_source([write_csv(tmp_path / "all.csv", [*WATER, *odd], encoding="utf-8")])
    assert "all.csv:8" in {problem.where for problem in delivery.problems if problem.severity != "info"}
    assert [problem.values["value"] for problem in delivery.problems if problem.rule == "category-from-title"] == [
        "J-给水",
        "L-电力",
    ]


def test_files_called_points_and_lines_in_pinyin_are_not_electricity(tmp_path: Path) -> None:
    points = write_csv(
        tmp_path / "gd.csv", [["点号", "X", "Y", "地面高程"], ["1", "3000", "2000", "5"], ["2", "3050", "2000", "5"]]
    )
    pipes = write_csv(tmp_path / "gx.csv", [["起点点号", "终点点号", "管径"], ["1", "2", "300"]])
    delivery = read_source([points, pipes])
    assert delivery.pipes.column("category").null_count == 1


def test_pressure_in_words_decides_what_a_sewers_depth_is_measured_to(tmp_path: Path) -> None:
    header: Row = ["起点点号", "终点点号", "起点埋深", "终点埋深", "管线类型", "压力类型"]
    rows: list[Row] = [header, ["1", "2", "1", "1", "污水", "压力"], ["2", "3", "1", "1", "污水", ""]]
    delivery = read_source([write_csv(tmp_path / "lines.csv", rows)])
    assert delivery.pipes["pressurised"].to_pylist() == ["pressure", None]
    assert delivery.pipes["from_reference"].to_pylist() == ["outside_top", "invert"]
