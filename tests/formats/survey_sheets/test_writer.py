from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from python_calamine import CalamineWorkbook

from pipemap.errors import Cancelled, ReportError
from pipemap.formats import read_source
from pipemap.formats.survey_sheets import EXPORT, pages
from pipemap.formats.writing import WriteOptions, Written, export_format
from pipemap.model.delivery import Batch, Delivery
from pipemap.model.extract import Extract
from tests.formats.extracts import extracts
from tests.formats.plain_tables.test_round_trip import assert_same
from tests.store.deliveries import delivery

WORDS = WriteOptions(words={"title": "人民路普查", "surveyor": "一队", "drawn": "张三", "checked": "李四", "date": "2026-05-01"})
NODES = (
    {"id": "JS1", "map_id": "1", "category": "JS", "x": 500000.125, "y": 3400000.5, "ground": 12.5, "appurtenance": "阀门"},
    {"id": "JS2", "category": "JS", "x": 500030.0, "y": 3400040.0, "ground": 12.25, "feature": "三通", "note": "=1+1"},
    {"id": "JS3", "category": "JS", "ground": None},
    {"id": "YS1", "category": "YS", "x": 500010.0, "y": 3400010.0, "ground": 12.0, "appurtenance": "检查井", "owner": "市政"},
    {"id": "YS2", "category": "YS", "x": 500020.0, "y": 3400010.0, "ground": 11.9, "appurtenance": "检查井", "owner": "市政"},
)
PIPES = (
    {"from_fid": 0, "to_fid": 1, "category": "JS", "diameter_mm": 300.0, "size_text": "DN300", "material": "PE", "shape": "round",
     "from_depth": 1.5, "to_depth": 1.25, "from_level": 11.0, "to_level": 11.0, "from_reference": "outside_top",
     "to_reference": "outside_top", "pressure": "0.35", "flow": "+", "burial": "ZM", "lifecycle": "in_use", "note": "a,b"},
    {"from_fid": 0, "to_fid": 1, "category": "JS", "diameter_mm": 200.0, "size_text": "DN200", "material": "QT", "shape": "round",
     "from_depth": -0.5, "to_depth": 1.0, "from_level": 13.0, "to_level": 11.25, "from_reference": "outside_top",
     "to_reference": "outside_top"},
    {"from_fid": 1, "to_fid": 2, "category": "JS", "diameter_mm": 100.0, "size_text": "DN100", "shape": "round",
     "from_depth": 1.0, "from_level": 11.25, "from_reference": "outside_top", "to_reference": "outside_top"},
    {"from_fid": 3, "to_fid": 4, "category": "YS", "width_mm": 800.0, "height_mm": 600.0, "size_text": "800X600", "shape": "box",
     "from_depth": 2.0, "to_depth": 2.0, "from_level": 10.0, "to_level": 9.9, "from_reference": "invert",
     "to_reference": "invert", "flow": "+", "owner": "市政"},
)  # fmt: skip


def town() -> Extract:
    return Extract.from_delivery(delivery(NODES, PIPES))


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_each_category_is_a_file_and_each_row_a_point_and_a_connection(tmp_path: Path) -> None:
    written = EXPORT.write(town(), tmp_path / "town.csv", options=WORDS)
    assert [path.name for path in written.paths] == ["town-JS.csv", "town-YS.csv"]
    title, first, second, heading, *found = rows(tmp_path / "town-JS.csv")
    assert title == ["给水管线点成果表"]
    assert first[:2] == ["工程名称：人民路普查", "坐标系统：CGCS2000 3度带 中央子午线114°E（EPSG:4547）"]
    assert second[:2] == ["探测单位：一队", "管线类别：JS给水"]
    assert second[-3:] == ["绘制：张三", "检查：李四", "审核：________"]
    at = {name: heading.index(name) for name in heading}
    assert [row[at["物探点号"]] for row in found] == ["JS1", "", "JS2", "", "", "JS3"]
    assert [row[at["连接点号"]] for row in found] == ["JS2", "JS2", "JS1", "JS1", "JS3", "JS2"]
    assert [row[at["X(北)(m)"]] for row in found[:2]] == ["3400000.5", ""]
    assert [row[at["埋深(m)"]] for row in found[:4]] == ["1.5", "-0.5", "1.25", "1.0"]
    assert [row[at["流向"]] for row in found[:4]] == ["+", "", "-", ""]
    assert found[2][at["备注"]] == "'=1+1; a,b"
    storm = rows(tmp_path / "town-YS.csv")[4]
    assert [storm[at[name]] for name in ("管顶高程(m)", "管底(沟底)高程(m)", "埋深起算")] == ["", "10.0", "管内底"]


def test_the_files_alone_read_back_with_every_point_and_pipe_as_it_was(tmp_path: Path) -> None:
    wanted = town()
    found = read_source(EXPORT.write(wanted, tmp_path / "town.csv", options=WORDS).paths, format="survey-tables", crs="EPSG:4547")
    again = Extract.from_delivery(found)
    assert found.batch.project == "人民路普查"
    for name in ("id", "x", "y", "ground", "category", "feature", "appurtenance"):
        assert again.nodes[name].to_pylist() == wanted.nodes[name].to_pylist(), name
    for name in ("from_fid", "to_fid", "category", "size_text", "diameter_mm", "width_mm", "height_mm", "material", "flow",
                 "from_depth", "to_depth", "from_level", "to_level", "from_reference", "to_reference", "pressure",
                 "lifecycle"):  # fmt: skip
        assert again.pipes[name].to_pylist() == wanted.pipes[name].to_pylist(), name
    assert [problem.rule for problem in found.problems if problem.severity != "info"] == ["no-coordinates"]


@given(wanted=extracts())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_workbook_reads_back_with_no_difference(wanted: Extract) -> None:
    with TemporaryDirectory() as folder:
        written = EXPORT.write(wanted, Path(folder) / "town.xlsx", options=WORDS)
        assert_same(Extract.from_delivery(read_source(written.paths)), wanted)


@given(wanted=extracts())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_connection_of_any_survey_has_a_row_at_each_of_its_ends(wanted: Extract) -> None:
    with TemporaryDirectory() as folder:
        written = EXPORT.write(wanted, Path(folder) / "town.csv", options=WORDS)
        found = [row for path in written.paths for row in rows(path)[4:]]
        assert sum(bool(row[2]) for row in found) == 2 * wanted.pipes.num_rows
        assert {row[1] for row in found} - {""} >= {id_ for id_ in wanted.nodes["id"].to_pylist() if id_}


def xml(path: Path, part: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(part).decode("utf-8")


def test_a_workbook_is_ready_for_the_printer(tmp_path: Path) -> None:
    EXPORT.write(town(), tmp_path / "town.xlsx", options=WORDS)
    book = CalamineWorkbook.from_path(str(tmp_path / "town.xlsx"))
    assert book.sheet_names[:2] == ["JS给水", "YS雨水"]
    page = book.get_sheet_by_name("JS给水").to_python()
    assert page[0][0] == "给水管线点成果表"
    assert page[4][5] == 3400000.5
    text = xml(tmp_path / "town.xlsx", "xl/worksheets/sheet1.xml")
    assert '<pageSetup paperSize="8"' in text
    assert 'fitToHeight="0" orientation="landscape"' in text
    assert "绘制：张三　　检查：李四　　审核：________&amp;C第 &amp;P 页 共 &amp;N 页&amp;R日期：2026-05-01" in text
    names = xml(tmp_path / "town.xlsx", "xl/workbook.xml")
    assert "JS给水!$1:$4</definedName>" in names
    assert names.count('state="hidden"') == 3


def test_coordinates_keep_every_digit(tmp_path: Path) -> None:
    nodes = ({"id": "A", "category": "JS", "x": 0.1 + 0.2, "y": 3379503.3380000003},)
    EXPORT.write(Extract.from_delivery(delivery(nodes, ())), tmp_path / "a.xlsx", options=WORDS)
    page = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx")).get_sheet_by_index(0).to_python()
    assert page[4][5:7] == [3379503.3380000003, 0.1 + 0.2]


def test_a_long_table_goes_on_in_another_sheet_at_a_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_ROWS", pages.HEAD_ROWS + 4)
    written = EXPORT.write(town(), tmp_path / "town.xlsx", options=WORDS)
    book = CalamineWorkbook.from_path(str(tmp_path / "town.xlsx"))
    assert book.sheet_names[:3] == ["JS给水", "JS给水(2)", "YS雨水"]
    assert book.get_sheet_by_name("JS给水(2)").to_python()[4][1] == "JS2"
    assert_same(Extract.from_delivery(read_source(written.paths)), town())


def test_what_the_layout_cannot_carry_is_said(tmp_path: Path) -> None:
    given = delivery(
        (*NODES, {"id": "JS1", "category": "JS", "x": 1.0, "y": 2.0, "state": "open"}), (PIPES[0] | {"id": "P7"}, *PIPES[1:])
    )
    losses = EXPORT.write(Extract.from_delivery(given), tmp_path / "town.csv", options=WORDS).losses
    assert {loss.rule: loss.values.get("count") for loss in losses} == {
        "lost-fields": 1, "lost-ids": 2, "lost-pipe-ids": 1, "lost-direction": None,
    }  # fmt: skip


def test_only_chosen_attributes_go_out(tmp_path: Path) -> None:
    options = WriteOptions(fields={"node": ["ground"], "pipe": ["material"]})
    EXPORT.write(town(), tmp_path / "town.csv", options=options)
    assert rows(tmp_path / "town-JS.csv")[3] == [
        "图上点号", "物探点号", "连接点号", "X(北)(m)", "Y(东)(m)", "地面高程(m)", "材质",
    ]  # fmt: skip


def test_one_category_keeps_the_name_that_was_asked_for_and_gbk_is_written(tmp_path: Path) -> None:
    written = EXPORT.write(Extract.from_delivery(delivery()), tmp_path / "town.csv", options=WriteOptions(encoding="GBK"))
    assert written.paths == (tmp_path / "town.csv",)
    assert (tmp_path / "town.csv").read_bytes().decode("gbk").startswith("给水管线点成果表")


def test_the_head_takes_what_the_batch_says(tmp_path: Path) -> None:
    said = Batch("一标", project="新区", surveyor="二队", height_system="1985国家高程基准", finished="2026-04")
    given = delivery(NODES, PIPES)
    EXPORT.write(
        Extract.from_delivery(Delivery(given.nodes, given.pipes, given.lines, said, "hand")),
        tmp_path / "a.csv",
        options=WriteOptions(),
    )
    assert rows(tmp_path / "a-JS.csv")[1:3] == [
        ["工程名称：新区", "坐标系统：________", "高程系统：1985国家高程基准", "图幅号：________"],
        ["探测单位：二队", "管线类别：JS给水", "日期：2026-04", "绘制：________", "检查：________", "审核：________"],
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_cancelled_export_leaves_nothing(tmp_path: Path, name: str) -> None:
    def stop(done: int, total: int | None = None, label: str = "") -> None:  # noqa: ARG001
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        EXPORT.write(town(), tmp_path / name, options=WORDS, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_nothing_chosen_and_other_endings_are_said(tmp_path: Path) -> None:
    nothing = Extract.from_delivery(delivery(({"id": "A"},), ()))
    empty = Extract(nothing.nodes.slice(0, 0), nothing.pipes, nothing.lines)
    with pytest.raises(ReportError, match="nothing to write"):
        EXPORT.write(empty, tmp_path / "a.xlsx", options=WORDS)
    with pytest.raises(ReportError, match="xlsx"):
        EXPORT.write(town(), tmp_path / "a.pdf", options=WORDS)


def test_the_ending_alone_means_the_layout_of_the_standard(tmp_path: Path) -> None:
    assert export_format(tmp_path / "a.xlsx") is EXPORT
    assert isinstance(EXPORT.write(town(), tmp_path / "a.xlsx", options=WORDS), Written)


def test_a_category_that_nobody_knows_has_a_sheet(tmp_path: Path) -> None:
    nodes = ({"id": "A", "category": "a/b:c[1]"}, {"id": "B"})
    table = delivery(nodes, ()).nodes
    made = Extract.from_delivery(Delivery(table, delivery(nodes, ()).pipes, delivery(nodes, ()).lines, Batch("x"), "hand"))
    EXPORT.write(made, tmp_path / "a.xlsx", options=WORDS)
    assert CalamineWorkbook.from_path(str(tmp_path / "a.xlsx")).sheet_names[:2] == ["a b c 1", "未分类"]
    assert isinstance(made.nodes, pa.Table)
