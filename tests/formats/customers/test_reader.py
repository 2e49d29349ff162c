from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipemap.catalog import customer_class_in, customer_class_of, customer_classes
from pipemap.errors import PipemapError, SurveyDataError
from pipemap.formats import read_source
from pipemap.formats.registry import recognize
from pipemap.model.delivery import Delivery

HEADINGS = "户号,户名,用水性质,户数,水箱可供小时,接户点号,地址,联系电话,X,Y,日用水量"
HOSPITAL = "1001,市第一人民医院,医院,,8,JS2,人民路1号,5550,3400010,500001,864"


def read(folder: Path, *lines: str, name: str = "户表.csv", **options: str) -> Delivery:
    (folder / name).write_text("\n".join((HEADINGS, *lines)), encoding="utf-8")
    return read_source([folder / name], **options)  # type: ignore[arg-type]


def rules(delivery: Delivery) -> list[str]:
    return [problem.rule for problem in delivery.problems]


def test_a_list_of_customers_is_recognised_and_read(tmp_path: Path) -> None:
    found = read(tmp_path, HOSPITAL, crs="EPSG:4547")
    assert found.format == "customers"
    assert (found.nodes.num_rows, found.pipes.num_rows) == (0, 0)
    assert found.customers is not None
    row = found.customers.to_pylist()[0]
    assert (row["id"], row["name"], row["class"], row["critical"]) == ("1001", "市第一人民医院", "hospital", True)
    assert (row["own_tank_hours"], row["demand_lps"], row["node_id"], row["contact"]) == (8.0, 10.0, "JS2", "5550")
    assert (row["x"], row["y"], row["found_in"]) == (500001.0, 3400010.0, "户表.csv:2")
    assert [table.kind for table in found.tables] == ["customer"]
    assert found.tables[0].columns[2].field == "class"
    assert rules(found) == []


def test_no_row_is_left_out_and_what_is_odd_is_listed_with_its_row(tmp_path: Path) -> None:
    found = read(tmp_path, "1,甲苑,别墅,十户,有,,,,,,", "1,乙苑,居民,3,,,,,,,", ",,,5,,,,,,,", ",丙厂,工业,,,,,,,,")
    assert found.customers is not None
    assert found.customers.num_rows == 4
    assert found.customers["note"].to_pylist()[0] == "户数: 十户; 水箱可供小时: 有"
    assert found.customers["class"].to_pylist() == ["别墅", "residential", None, "industry"]
    assert sorted(set(rules(found))) == ["empty-row", "no-id", "not-a-number", "repeated-id", "unknown-class"]
    assert next(problem for problem in found.problems if problem.rule == "repeated-id").where == "户表.csv:3"


def test_a_name_tells_the_class_where_no_column_does(tmp_path: Path) -> None:
    found = read(tmp_path, "1,城东血液透析中心,,,,,,,,,", "2,人民路12号,,,,,,,,,")
    assert found.customers is not None
    assert found.customers["class"].to_pylist() == ["dialysis", None]
    assert found.customers["critical"].to_pylist() == [True, False]
    assert rules(found) == ["class-from-name"]


def test_a_workbook_with_titles_above_its_headings_is_recognised_and_read(tmp_path: Path) -> None:
    path = tmp_path / "用户.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("供水户表")
        sheet.write_row(0, 0, ["某某自来水公司用户表"])
        sheet.write_row(1, 0, HEADINGS.split(","))
        sheet.write_row(2, 0, [1001, "=1+1", "学校", 3, None, "JS2"])
    row = recognize(path)
    assert row is not None
    assert row.name == "customers"
    found = read_source([path]).customers
    assert found is not None
    assert found["id"].to_pylist() == ["1001"]
    assert found["carries"].to_pylist() == ["water"]


def test_a_survey_table_is_not_taken_for_customers(tmp_path: Path) -> None:
    text = "物探点号,连接点号,特征,附属物,X,Y,地面高程,埋深,管径,材质,权属单位,备注\nJS1,JS2,三通,,1,2,3,1,300,PE,,\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    row = recognize(tmp_path / "a.csv")
    assert row is not None
    assert row.name == "survey-tables"


def test_points_of_a_gis_are_customers_when_their_attributes_say_so(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [114.0, 34.7]},
         "properties": {"户号": "7", "户名": "紫荆苑", "户数": 60, "用户类别": "居民"}},
        {"type": "Feature", "geometry": None, "properties": {"户号": "8", "户名": "丁苑", "户数": 2, "用户类别": "居民"}},
    ]  # fmt: skip
    path = tmp_path / "用户.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8")
    found = read_source([path])
    assert found.format == "customers"
    assert found.crs == "EPSG:4326"
    assert found.customers is not None
    assert found.customers["households"].to_pylist() == [60, 2]
    assert found.customers["x"].to_pylist() == [114.0, None]


def test_longitude_and_latitude_are_known(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("customer id,customer name,households,lon,lat\n1,A,5,114.5,34.5\n", encoding="utf-8")
    found = read_source([tmp_path / "c.csv"])
    assert found.crs == "EPSG:4490"
    assert found.customers is not None
    assert (found.customers["x"][0].as_py(), found.customers["y"][0].as_py()) == (114.5, 34.5)


def test_a_mapping_names_columns_that_nobody_knows(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("甲,乙,丙\n1,某医院,JS2\n", encoding="utf-8")
    (tmp_path / "m.json").write_text('{"c.csv": {"甲": "id", "乙": "name", "丙": "node"}}', encoding="utf-8")
    found = read_source([tmp_path / "c.csv"], format="customers", mapping=tmp_path / "m.json")
    assert found.customers is not None
    assert found.customers["node_id"].to_pylist() == ["JS2"]
    (tmp_path / "m.json").write_text('{"c.csv": {"甲": "idd"}}', encoding="utf-8")
    with pytest.raises(SurveyDataError, match="cannot be"):
        read_source([tmp_path / "c.csv"], format="customers", mapping=tmp_path / "m.json")


def test_a_file_without_customers_is_said(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SurveyDataError, match="No table of customers"):
        read_source([tmp_path / "c.csv"], format="customers")


@given(st.one_of(st.binary(max_size=200), st.text(max_size=80).map(lambda text: (HEADINGS + "\n" + text).encode())))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_customers_or_a_clear_error(raw: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(raw or b"x")
        recognize(path)
        try:
            read_source([path], format="customers")
        except PipemapError as error:
            assert error.message  # noqa: PT017 -- either is fine


def test_words_stand_for_one_class_each_and_every_class_has_a_word() -> None:
    assert customer_class_of("居民生活用水") == "residential"
    assert customer_class_of("FIRE STATION") == "fire_station"
    assert customer_class_of("") is None
    assert {code for code, row in customer_classes().items() if row.critical} == {
        "hospital", "dialysis", "nursing_home", "kindergarten", "school", "fire_station",
    }  # fmt: skip
    assert customer_class_in("某大学城小区") is None
