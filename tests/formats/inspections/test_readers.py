"""Files of inspections of every format, and what is wrong with them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import PipemapError, SurveyDataError, SurveyFileError
from pipemap.formats.inspections import FORMATS, read_inspections, recognize_inspections
from pipemap.model.inspected import Inspected, InspectionDelivery
from tests.formats.inspections.files import CCTV, EN_TEXT, EN_XML, ISYBAU, M150, write_all, write_wincan


def read(path: Path, content: str | bytes, **options: str) -> InspectionDelivery:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_inspections([path], **options)  # type: ignore[arg-type]


def rules(delivery: InspectionDelivery) -> list[str]:
    return [problem.rule for problem in delivery.problems]


def test_every_format_is_recognised_by_its_inside(tmp_path: Path) -> None:
    for name, path in write_all(tmp_path).items():
        renamed = path.rename(path.with_suffix(path.suffix if name == "cctv-tables" else ".dat"))
        found = recognize_inspections(renamed)
        assert found is not None
        assert found.name == name


def test_a_survey_table_is_no_table_of_inspections(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("点号,X,Y,备注\nA,1,2,\n", encoding="utf-8")
    assert recognize_inspections(path) is None
    with pytest.raises(SurveyFileError, match="no inspections"):
        read_inspections([path])


# -- tables ------------------------------------------------------------------------------------------------------------


def test_a_table_with_one_line_a_defect_becomes_inspections(tmp_path: Path) -> None:
    found = read(tmp_path / "cctv.csv", CCTV.encode("gb18030"))
    assert [(one.start, one.end, one.direction, len(one.observed)) for one in found.inspections] == [
        ("YS1", "YS2", "with", 2),
        ("YS3", "YS2", "against", 2),
        ("YS1", "YS3", "with", 1),
    ]
    crack, joint = found.inspections[0].observed
    assert (crack.code, crack.grade, crack.station, crack.clock, crack.photos) == ("PL", 2, 3.5, "0012", ("001",))
    assert (joint.code, joint.grade, joint.clock) == ("CK", 3, "0507")
    assert found.inspections[1].aborted
    assert found.inspections[0].system == "cjj181"
    assert found.inspections[0].video == "a.mp4"


def test_the_table_with_facility_numbers_is_understood_in_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "检测.xlsx"
    rows = [
        [
            *("起始设施编号", "终止设施编号", "检测长度", "流向", "充满度(%)", "管材"),
            *("管渠规格(mm)", "管类", "缺陷距离", "缺陷代码"),
            *("缺陷等级", "雨污混接情况", "检查井问题", "雨水井问题", "照片编号", "位置", "备注"),
        ],
        ["W1", "W2", 30.5, "顺流", 10, "混凝土", "600", "WS", 4.2, "PL", 2, "污水混入", "", "", "1、2", "人民路", "见图"],
        ["W2", "W3", 12, "顺流", 10, "混凝土", "600X800", "WS", "", "", "", "", "", "", "", "", ""],
    ]  # fmt: skip
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    found = read_inspections([path])
    one, other = found.inspections
    assert (one.start, one.inspected_length, one.diameter_mm, one.observed[0].photos) == ("W1", 30.5, 600.0, ("1", "2"))
    assert "污水混入" in one.observed[0].note
    assert (other.observed, other.diameter_mm) == ((), 600.0)


def test_what_no_cell_can_hold_is_kept_and_listed(tmp_path: Path) -> None:
    head = "起始井号,终止井号,距离,缺陷代码,缺陷等级,时钟\n"
    text = head + "A,B,很远,PL,九级,2561\nA,B,NaN,PL,,\nA,B,1e99,PL,,\nA,B,-3,PL,,\n,,1,,2,\n"
    found = read(tmp_path / "cctv.csv", text)
    assert [one.station for one in found.inspections[0].observed] == [None, None, None, None, 1.0]
    assert "很远" in found.inspections[0].observed[0].note
    assert {"not-a-number", "no-clock", "out-of-range", "no-code"} <= set(rules(found))


def test_lines_above_the_first_inspection_are_listed(tmp_path: Path) -> None:
    found = read(tmp_path / "cctv.csv", "起始井号,终止井号,距离,缺陷代码\n,,3,PL\nA,B,4,CK\n")
    assert rules(found) == ["no-inspection"]


# -- EN 13508-2 --------------------------------------------------------------------------------------------------------


def check_reversed(one: Inspected) -> None:
    assert (one.name, one.start, one.end, one.direction) == ("YS1-YS2", "YS2", "YS1", "against")
    assert one.inspected[:10] == "2024-05-01"


def test_the_text_format_takes_its_own_separators(tmp_path: Path) -> None:
    found = read(tmp_path / "en.txt", EN_TEXT.encode("cp1252"))
    (one,) = found.inspections
    check_reversed(one)
    assert (one.inspector, one.length, one.diameter_mm, one.inspected) == ("Müller; Anna", 40.0, 600.0, "2024-05-01T09:05")
    codes = [(seen.code, seen.station, seen.length) for seen in one.observed]
    assert codes == [("BCD.XP", 0.0, None), ("BAB.B.A", 3.4, None), ("BBA.B", 10.0, 12.5)]
    assert (one.observed[2].clock, one.observed[2].photos) == ("0408", ("6",))
    assert found.problems == ()


def test_a_continuous_defect_without_an_end_reaches_to_the_last_station(tmp_path: Path) -> None:
    found = read(tmp_path / "en.txt", EN_TEXT.replace("22,50;B1", "22,50;"))
    assert rules(found) == ["not-closed"]
    assert found.inspections[0].observed[2].length == 12.5


def test_the_same_fields_come_as_xml(tmp_path: Path) -> None:
    (one,) = read(tmp_path / "en.xml", EN_XML).inspections
    assert (one.start, one.end, one.direction, one.aborted) == ("YS1", "YS2", "with", True)
    assert [seen.code for seen in one.observed] == ["BAB.B.A", "BDC.A"]


# -- XML of Germany, WinCan --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("file", "content"), [("isy.xml", ISYBAU), ("m150.xml", M150)])
def test_an_inspection_against_the_flow_sets_out_at_the_lower_end(tmp_path: Path, file: str, content: str) -> None:
    one = read(tmp_path / file, content).inspections[0]
    check_reversed(one)
    (seen,) = one.observed
    assert (seen.code, seen.station, seen.clock, seen.photos) == ("BAB.B.A", 10.0, "0012", ("1.jpg",))


def test_a_manhole_is_inspected_too(tmp_path: Path) -> None:
    manhole = read(tmp_path / "m150.xml", M150).inspections[1]
    assert (manhole.kind, manhole.name, manhole.observed[0].code) == ("node", "YS2", "DAB.B")


def test_a_wincan_database_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    path = write_wincan(tmp_path / "wincan.db3")
    before = path.read_bytes()
    (one,) = read_inspections([path]).inspections
    check_reversed(one)
    assert [(seen.code, seen.station) for seen in one.observed] == [("BAB.B", 10.0), ("BBA.B", 12.5)]
    assert (one.observed[0].photos, one.video) == (("1.jpg",), "film.mpg")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["wincan.db3"]


def test_entities_and_broken_xml_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY x "y">]>' + M150.partition("?>")[2].replace("Mueller", "&x;")
    for content in (bomb, M150[:-40]):
        with pytest.raises(SurveyFileError):
            read(tmp_path / "m150.xml", content)


def test_xml_in_another_encoding_than_it_says_is_read(tmp_path: Path) -> None:
    found = read(tmp_path / "m150.xml", M150.replace("ISO-8859-1", "utf-8").replace("Mueller", "Müller").encode("cp1252"))
    assert found.inspections[0].inspector == "Müller"
    assert rules(found)[0] == "mended"


def test_of_several_files_the_broken_one_is_listed(tmp_path: Path) -> None:
    paths = write_all(tmp_path)
    paths["isybau"].write_text(ISYBAU[:-30])
    found = read_inspections([paths["isybau"], paths["en13508"]])
    assert (len(found.inspections), rules(found)) == (1, ["unreadable"])


def test_a_file_without_inspections_says_so(tmp_path: Path) -> None:
    with pytest.raises(SurveyDataError, match="no inspections"):
        read(tmp_path / "m150.xml", "<DATA><HG><HG001>1</HG001></HG></DATA>")


# -- anything ----------------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
@pytest.mark.parametrize("name", [row.name for row in FORMATS])
def test_damaged_files_are_read_or_refused_in_words(name: str, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = write_all(Path(folder))[name]
        content = bytearray(path.read_bytes())
        for _time in range(data.draw(st.integers(1, 6))):
            at = data.draw(st.integers(0, len(content) - 1))
            content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12))
            content = content or bytearray(b"x")
        path.write_bytes(content)
        try:
            found = read_inspections([path], format=name)
        except PipemapError:
            pass
        else:
            assert all(problem.message for problem in found.problems)
            assert all(seen.station is None or 0 <= seen.station <= 1e5 for one in found.inspections for seen in one.observed)


@settings(max_examples=25, deadline=None)
@given(content=st.one_of(st.binary(max_size=200), st.text(alphabet='#ABCZ=,;"\n0123456789.', max_size=120).map(str.encode)))
@pytest.mark.parametrize("name", ["en13508", "cctv-tables", "wincan"])
def test_any_bytes_are_read_or_refused_in_words(name: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(content)
        with suppress(PipemapError):
            read_inspections([path], format=name)
