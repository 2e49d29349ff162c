"""Inspections written down by hand: placed by pipe, by both ends, or at a manhole; made or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipemap import open_survey
from pipemap.cli.main import main
from pipemap.errors import EditError, UnknownElementError
from pipemap.jobs.condition import condition
from pipemap.jobs.findings import add_finding, list_findings, list_inspections, store_inspections
from pipemap.jobs.inspection_entry import enter_inspection, listed_inspections, remove_inspections
from pipemap.model.finding import Finding, Inspection
from pipemap.store import Survey
from tests.gui.surveys import street_file


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    with open_survey(street_file(tmp_path / "street.gpkg")) as opened:
        yield opened


def test_the_direction_tells_where_the_camera_set_out(survey: Survey) -> None:
    enter_inspection(survey, Inspection(direction="with"), pipe="YS1-YS2")
    enter_inspection(survey, Inspection(direction="against"), pipe="YS1-YS2")
    assert [(one.start, one.end) for one in listed_inspections(survey)] == [("YS1", "YS2"), ("YS2", "YS1")]


def test_what_is_written_stays_as_written(survey: Survey) -> None:
    said = Inspection(
        kind="qv", inspected="2026-05-31", inspector="李工", equipment="QV-1", calibration="ZS-7, 2027-01", weather="晴",
        water_percent=15.0, cleaned=True, plugged=True, inspected_length=38.5, note="x",
    )  # fmt: skip
    fid = enter_inspection(survey, said, pipe="YS1-YS2", start="YS2")
    (one,) = listed_inspections(survey)
    stored = one.inspection
    assert (one.fid, one.name, one.ids) == (fid, "YS2-YS1", ("YS1-YS2",))
    assert one.length == pytest.approx(40.0, abs=0.1)
    names = (
        "kind",
        "inspector",
        "equipment",
        "calibration",
        "weather",
        "water_percent",
        "cleaned",
        "plugged",
        "inspected_length",
    )
    assert [getattr(stored, name) for name in names] == [getattr(said, name) for name in names]


def test_a_run_of_several_pipes_and_a_manhole_have_their_places(survey: Survey) -> None:
    enter_inspection(survey, Inspection(), start="YS1", end="YS3")
    enter_inspection(survey, Inspection(kind="person"), start="YS2")
    run, manhole = listed_inspections(survey)
    assert (run.ids, run.name, run.is_manhole) == (("YS1-YS2", "YS2-YS3"), "YS1-YS3", False)
    assert (manhole.ids, manhole.name, manhole.is_manhole, manhole.is_matched) == ((), "YS2", True, True)


def test_changing_one_keeps_its_findings_and_is_undone_at_once(survey: Survey) -> None:
    fid = enter_inspection(survey, Inspection(), pipe="YS1-YS2")
    add_finding(survey, Finding(pipe="YS1-YS2", code="PL", grade=2, station=3.0, inspection=fid))
    enter_inspection(survey, Inspection(weather="雨", fid=fid), pipe="YS1-YS2")
    (one,) = listed_inspections(survey)
    assert (one.fid, one.inspection.weather, one.findings) == (fid, "雨", 1)
    survey.undo()
    assert listed_inspections(survey)[0].inspection.weather == ""


def test_deleting_one_leaves_its_findings_unless_they_are_to_go(survey: Survey) -> None:
    fids = [enter_inspection(survey, Inspection(), pipe="YS1-YS2") for _time in range(2)]
    for fid in fids:
        add_finding(survey, Finding(pipe="YS1-YS2", code="PL", grade=2, station=3.0, inspection=fid))
    remove_inspections(survey, fids[:1])
    remove_inspections(survey, fids[1:], with_findings=True)
    assert [one.finding.inspection for one in list_findings(survey)] == [None]
    assert list_inspections(survey) == ()
    with pytest.raises(EditError, match="no inspection 99"):
        remove_inspections(survey, [99])


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Inspection(kind="radar"), "Method"),
        (Inspection(direction="up"), "Direction"),
        (Inspection(water_percent=130.0), "0 to 100"),
        (Inspection(inspected_length=-1.0), "negative"),
    ],
)
def test_what_cannot_stand_is_refused(survey: Survey, one: Inspection, words: str) -> None:
    with pytest.raises(EditError, match=words):
        enter_inspection(survey, one, pipe="YS1-YS2")
    assert list_inspections(survey) == ()


def test_ids_that_lead_nowhere_are_named(survey: Survey) -> None:
    with pytest.raises(UnknownElementError, match="YS9"):
        enter_inspection(survey, Inspection(), pipe="YS9")
    with pytest.raises(EditError, match="No pipes lead"):
        enter_inspection(survey, Inspection(), start="JS1", end="YS2")


def test_a_section_that_was_not_inspected_has_no_grade(survey: Survey) -> None:
    enter_inspection(survey, Inspection(not_done="井盖被车压住"), pipe="YS1-YS2")
    assert condition(survey).sections == ()
    enter_inspection(survey, Inspection(), pipe="YS1-YS2")
    assert [one.section for one in condition(survey).sections] == ["YS1-YS2"]


def test_a_clean_run_of_several_pipes_is_rated_too(survey: Survey) -> None:
    enter_inspection(survey, Inspection(), start="YS1", end="YS3")
    assert {name for one in condition(survey).sections for name in one.pipes} == {"YS1-YS2", "YS2-YS3"}


def test_an_inspection_coded_in_another_system_gives_no_grade_here(survey: Survey) -> None:
    found = (Finding(pipe="YS1-YS2", system="en13508", code="BAB.B.A", station=3.0),)
    store_inspections(survey, [Inspection(pipe="YS1-YS2", inspected="2026-01-01", findings=found)])
    rated = condition(survey)
    assert rated.sections == ()
    assert [pipe for pipe, _scale in rated.others] == ["YS1-YS2"]


def test_the_command_line_enters_changes_lists_and_deletes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(street_file(tmp_path / "street.gpkg"))

    def run(*words: str) -> Any:  # noqa: ANN401 -- JSON
        assert main(["inspection", *words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    words = ("--direction", "against", "--date", "2026-05-31", "--water", "20", "--cleaned")
    added = run("add", file, "--pipe", "YS1-YS2", *words)
    assert added == {"id": 1}
    run("change", file, "1", "--not-done", "水位过高", "--no-cleaned")
    (one,) = run("list", file)["inspections"]
    assert (one["pipes"], one["from_node"], one["water_percent"], one["cleaned"], one["not_done"], one["done"]) == (
        ["YS1-YS2"], "YS2", 20.0, False, "水位过高", False,
    )  # fmt: skip
    run("remove", file, "1")
    assert run("list", file) == {"inspections": []}
