from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from pipemap import open_survey
from pipemap.errors import ReportError
from pipemap.jobs.findings import add_finding, store_inspections
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
    assert headings[-2:] == ["YS1-YS2", "YS2-YS3"]
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
