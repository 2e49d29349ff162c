from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from pipemap import open_survey
from pipemap.errors import ReportError
from pipemap.jobs.findings import add_finding, store_inspections
from pipemap.jobs.inspection_entry import enter_inspection
from pipemap.jobs.report_condition import gather
from pipemap.jobs.reporting import Asked, make_report
from pipemap.model.finding import Finding, Inspection
from pipemap.reports import read_template
from pipemap.reports.content import Gallery, Heading, Paragraph, Table
from tests.gui.surveys import street_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    photo = tmp_path / "破裂1.jpg"
    Image.new("RGB", (80, 60), "brown").save(photo)
    file = street_file(tmp_path / "street.gpkg")
    with open_survey(file) as survey:
        found = (
            Finding(pipe="YS1-YS2", code="PL", grade=3, station=8.0, clock="0204", photos=(photo,)),
            Finding(pipe="YS1-YS2", code="CJ", grade=4, station=20.0, length=5.0, clock="0507"),
        )
        visit = Inspection(pipe="YS1-YS2", inspected="2026-05-31", inspector="李工", inspected_length=40.0, findings=found)
        store_inspections(survey, [visit])
        add_finding(survey, Finding(pipe="YS2-YS3", code="FS", grade=1, station=12.0))
    return file


def test_every_section_has_its_sheet_and_every_defect_its_picture_or_a_word(path: Path) -> None:
    with open_survey(path) as survey:
        report = gather(Asked(survey, read_template(None, survey=path, language="en"), options={"pictures": False})).report
    headings = [one.text for one in report.sections if isinstance(one, Heading)]
    assert headings[-3:] == ["YS1-YS2", "YS2-YS3", "Pictures"]
    tables = {one.name: one for one in report.sections if isinstance(one, Table)}
    assert [row[0] for row in tables["assessment"].rows] == ["YS1-YS2", "YS2-YS3"]
    assert [row[8] for row in tables["findings YS1-YS2"].rows] == ["1", "missing picture"]
    (gallery,) = (one for one in report.sections if isinstance(one, Gallery))
    assert len(gallery.pictures) == 1
    assert tables["diameters"].total is not None
    assert tables["diameters"].total[-1] == pytest.approx(80.0, abs=0.1)
    assert any("unverified" in one.text.lower() for one in report.sections if isinstance(one, Paragraph))


@pytest.mark.parametrize("ending", ["pdf", "docx", "xlsx", "html"])
def test_it_is_written_in_every_form_and_the_same_twice(path: Path, tmp_path: Path, ending: str) -> None:
    content = []
    for name in ("a", "b"):
        with open_survey(path) as survey:
            done = make_report(survey, "condition", tmp_path / f"{name}.{ending}", options={"pictures": False})
        content.append(done.written.read_bytes())
    assert content[0] == content[1]


def test_secret_sections_stay(path: Path) -> None:
    with open_survey(path) as survey:
        with survey.edit("Mark") as edit:
            edit.update("pipe", "YS1-YS2", secrecy="secret")
        report = gather(Asked(survey, read_template(None, survey=path, language="en"), options={"pictures": False})).report
    assert "YS1-YS2" not in str(report)


def test_without_any_inspection_it_says_so(tmp_path: Path) -> None:
    with open_survey(street_file(tmp_path / "s.gpkg")) as survey, pytest.raises(ReportError, match="Nothing was inspected"):
        make_report(survey, "condition", tmp_path / "a.pdf")


@pytest.fixture
def full(path: Path) -> Path:
    """The street with everything that a report can tell: a manhole, a section that was not inspected, one broken off."""
    with open_survey(path) as survey:
        told = Inspection(
            inspected="2026-06-01", inspector="王工", equipment="CCTV-9", calibration="ZS-7", water_percent=15.0, cleaned=True,
            plugged=True, aborted=True, direction="with", weather="晴",
        )  # fmt: skip
        enter_inspection(survey, told, pipe="YS2-YS3")
        enter_inspection(survey, Inspection(inspected="2026-06-02", not_done="水位过高"), pipe="JS1-JS2")
        enter_inspection(survey, Inspection(kind="person", inspected="2026-06-03"), start="YS2")
        add_finding(survey, Finding(node="YS2", code="PL", grade=3, note="井壁"))
        add_finding(survey, Finding(pipe="YS1-YS2", system="en13508", code="BAB.B.A", station=2.0))
    return path


def tables_of(path: Path) -> dict[str, Table]:
    with open_survey(path) as survey:
        report = gather(Asked(survey, read_template(None, survey=path, language="en"), options={"pictures": False})).report
    return {one.name: one for one in report.sections if isinstance(one, Table)}


def test_the_task_tells_equipment_water_cleaning_and_what_was_not_done(full: Path) -> None:
    tables = tables_of(full)
    assert [row[1:4] for row in tables["equipment"].rows] == [("not recorded", "not recorded", 1), ("CCTV-9", "ZS-7", 1)]
    row = next(row for row in tables["visits"].rows if row[4] == "王工")
    assert (row[3], row[5], row[6], row[7], row[8], row[11]) == ("with the flow", 15.0, "yes", "yes", "晴", "aborted")
    assert [(row[0], row[-1]) for row in tables["not_done"].rows] == [("JS1-JS2", "水位过高"), ("YS2-YS3", "broken off")]


def test_manholes_are_summed_up_with_what_was_found_at_them(full: Path) -> None:
    (row,) = tables_of(full)["manholes"].rows
    assert (row[0], row[4], row[6], row[7]) == ("YS2", "2026-06-03", 1, 3)
    assert "PL" in str(row[5])


def test_the_list_of_pictures_names_each_and_what_has_none(path: Path) -> None:
    rows = tables_of(path)["pictures"].rows
    lacking = "missing picture"
    assert [(row[0], row[3], row[6]) for row in rows] == [(1, "PL", "破裂1.jpg"), (None, "CJ", lacking), (None, "FS", lacking)]


def test_statistics_priorities_and_follow_up_add_up(full: Path) -> None:
    tables = tables_of(full)
    assert tables["codes"].total is not None
    assert tables["codes"].total[7] == 3
    assert [row[1] for row in tables["priorities"].rows] == ["YS1-YS2"]
    assert sum(int(str(row[1])) for row in tables["follow_up"].rows) == 2


def test_maps_show_the_task_and_the_grades(full: Path) -> None:
    with open_survey(full) as survey:
        report = gather(Asked(survey, read_template(None, survey=full, language="en"))).report
    headings = [one.text for one in report.sections if isinstance(one, Heading)]
    assert {"Task and location", "Condition map", "Exceptions"} <= set(headings)
