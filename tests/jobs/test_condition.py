from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipemap import open_survey
from pipemap.cli.main import main
from pipemap.jobs.condition import condition, keep_factors, write_condition
from pipemap.jobs.findings import add_finding, store_inspections
from pipemap.model.finding import Finding, Inspection
from pipemap.store import Survey
from tests.gui.surveys import street_file


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    with open_survey(street_file(tmp_path / "street.gpkg")) as opened:
        yield opened


def crack(station: float, grade: int = 2, code: str = "PL", **more: object) -> Finding:
    return Finding(pipe="YS1-YS2", code=code, grade=grade, station=station, **more)  # type: ignore[arg-type]


def test_the_worked_example_in_a_survey(survey: Survey) -> None:
    with survey.edit("Length") as edit:
        edit.update("pipe", "YS1-YS2", length=30.0, diameter_mm=500.0)
    for finding in (crack(3.0), crack(12.0, 3, "CK")):
        add_finding(survey, finding)
    (one,) = condition(survey, area=3.0, soil=0.0).sections
    record = one.record
    assert (record["section"], record["pipes"], record["length_m"]) == ("YS1-YS2", ("YS1-YS2",), 30.0)
    assert (record["S"], record["Smax"], record["F"], record["structural_grade"]) == (3.5, 5.0, 5.0, "III")
    assert record["density"] == pytest.approx(0.0667, abs=5e-5)
    assert (record["RI"], record["repair_grade"]) == (pytest.approx(3.8), "II")
    assert (record["Y"], record["G"], record["functional_grade"], record["MI"], record["maintenance_grade"]) == (
        0,
        0,
        "I",
        0,
        "I",
    )


def test_stations_from_the_other_end_meet_those_from_the_first(survey: Survey) -> None:
    add_finding(survey, crack(10.0))
    length = condition(survey).sections[0].length or 0.0
    add_finding(survey, crack(length - 10.5, 3, "CK", from_node="YS2"))
    (one,) = condition(survey).sections
    assert one.structural is not None
    assert [group.score for group in one.structural.groups] == [7.0]
    assert [round(placed.start, 6) for placed in one.findings] == [10.0, 10.5]


def test_factors_are_kept_and_used(survey: Survey) -> None:
    add_finding(survey, crack(10.0, 4))
    (one,) = condition(survey).sections
    keep_factors(survey, one, area=10.0, soil=8.0)
    (after,) = condition(survey).sections
    assert one.structural is not None
    assert after.structural is not None
    assert one.structural.index == pytest.approx(7.15)
    assert after.structural.index == pytest.approx(9.35)


def test_only_the_newest_inspection_counts_and_closed_findings_do_not(survey: Survey) -> None:
    old = Inspection(pipe="YS1-YS2", inspected="2020-01-01", findings=(crack(3.0, 4),))
    both = (crack(3.0, 2), crack(9.0, 3, status="closed"))
    new = Inspection(pipe="YS1-YS2", inspected="2024-01-01", inspected_length=20.0, findings=both)
    store_inspections(survey, [old, new])
    (one,) = condition(survey).sections
    assert one.structural is not None
    assert one.structural.value == 2.0
    assert any("Inspected are 20.0 m" in note for note in one.notes)


def test_a_quick_view_has_no_index_and_a_sonar_no_structure(survey: Survey) -> None:
    store_inspections(
        survey,
        [
            Inspection(kind="qv", pipe="YS1-YS2", findings=(crack(3.0),)),
            Inspection(kind="sonar", pipe="YS2-YS3", findings=(Finding(pipe="YS2-YS3", code="CJ", grade=2, station=5.0),)),
        ],
    )
    records = {str(one.record["section"]): one.record for one in condition(survey).sections}
    assert (records["YS1-YS2"]["structural_grade"], records["YS1-YS2"]["RI"]) == ("II", None)
    assert (records["YS2-YS3"]["S"], records["YS2-YS3"]["Y"]) == (None, 2.0)


def test_other_systems_stay_apart(survey: Survey) -> None:
    add_finding(survey, Finding(system="pacp", pipe="YS1-YS2", code="FL", grade=3, station=3.0))
    add_finding(survey, Finding(system="pacp", pipe="YS1-YS2", code="CL", grade=2, station=4.0, length=8.0))
    found = condition(survey)
    assert found.sections == ()
    ((pipe, scale),) = found.others
    assert scale.structural is not None
    assert (pipe, scale.worst, scale.structural.pipe_rating, scale.structural.quick) == ("YS1-YS2", 3, 13, "3125")


def test_the_command_line_tells_and_explains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = street_file(tmp_path / "street.gpkg")
    words = ["finding", "add", str(path), "--pipe", "YS1-YS2", "--station", "3", "--code", "PL", "--grade", "3", "--json"]
    assert main(words) == 0
    fid = json.loads(capsys.readouterr().out)["id"]
    out = tmp_path / "c.xlsx"
    assert main(["condition", str(path), "--xlsx", str(out), "--json"]) == 0
    (section,) = json.loads(capsys.readouterr().out)["sections"]
    assert {"S", "Smax", "F", "structural_grade", "density", "RI", "repair_grade", "Y", "Ymax", "G", "functional_grade", "MI",
            "maintenance_grade", "section", "pipes", "length_m"} <= set(section)  # fmt: skip
    assert main(["condition", str(path), "--explain", "YS1-YS2", "--json"]) == 0
    steps = {step["name"]: step for step in json.loads(capsys.readouterr().out)["steps"] if step["side"] == "structural"}
    assert steps["F"]["findings"] == [fid]
    assert main(["condition", str(path), "--explain", "JS", "--json"]) == 4
    assert main(["condition", str(path), "--area", "7"]) == 2


def test_the_workbook_has_numbers_and_no_formulas(survey: Survey, tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    with survey.edit("Name") as edit:
        edit.update("pipe", "YS1-YS2", id="=1+1")
    add_finding(survey, Finding(pipe="=1+1", code="PL", grade=2, station=1.0))
    book = CalamineWorkbook.from_path(write_condition(condition(survey), tmp_path / "c.xlsx"))
    sheets = [book.get_sheet_by_index(number).to_python() for number in range(2)]
    assert (sheets[0][1][1], sheets[0][1][5]) == ("=1+1", 2.0)
    assert len(sheets[1]) > 5
