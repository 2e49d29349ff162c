"""Inspections from files into a survey: matched, stored, updated, matched by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from pipemap import open_survey
from pipemap.cli.main import main
from pipemap.errors import EditError
from pipemap.jobs.findings import attachments_of, change_finding, list_findings, list_inspections
from pipemap.jobs.inspections import (
    UNMATCHED,
    ImportedInspections,
    match_stored,
    plan_inspections,
    plan_stored,
    store_inspection_plan,
    store_matches,
)
from pipemap.store import Survey
from tests.formats.inspections.files import CCTV, write_all
from tests.gui.surveys import street_file


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    with open_survey(street_file(tmp_path / "street.gpkg")) as opened:
        yield opened


@pytest.fixture
def cctv(tmp_path: Path) -> Path:
    folder = tmp_path / "delivery"
    folder.mkdir()
    path = folder / "cctv.csv"
    path.write_text(CCTV, encoding="utf-8")
    return path


def bring_in(survey: Survey, *paths: Path) -> ImportedInspections:
    return store_inspection_plan(survey, plan_inspections(survey, paths))


def places(survey: Survey) -> list[tuple[str, str, float | None, str]]:
    return [(one.pipe_id, one.from_id, one.finding.station, one.finding.code) for one in list_findings(survey)]


def test_findings_lie_at_their_pipes_counted_from_where_the_camera_came_in(survey: Survey, cctv: Path) -> None:
    done = bring_in(survey, cctv)
    assert (done.plan.matched, done.plan.unmatched, done.findings) == (3, 0, 5)
    assert places(survey) == [
        ("YS1-YS2", "YS1", 3.5, "PL"),
        ("YS1-YS2", "YS1", 12.0, "CK"),
        ("YS2-YS3", "YS3", 5.0, "CJ"),
        ("YS2-YS3", "YS3", 20.0, "ZZ"),
        ("YS2-YS3", "YS2", 20.0, "SL"),
    ]


def test_all_of_it_is_one_change(survey: Survey, cctv: Path) -> None:
    bring_in(survey, cctv)
    survey.undo()
    assert (list_findings(survey), list_inspections(survey)) == ((), ())


def test_the_same_file_again_changes_nothing(survey: Survey, cctv: Path) -> None:
    cctv.write_text(CCTV + "e.mp4,X1,X2,顺流,9,9,600,2024-05-01,1,PL,1,,,\n", encoding="utf-8")
    bring_in(survey, cctv)
    again = bring_in(survey, cctv)
    assert again.change_id is None
    assert len(list_inspections(survey)) == 4


def test_a_corrected_file_updates_and_leaves_what_was_done_about_a_finding(survey: Survey, cctv: Path) -> None:
    bring_in(survey, cctv)
    first, second, *_rest = list_findings(survey)
    change_finding(survey, first.fid, status="assigned")
    text = CCTV.replace(",3.5,破裂", ",4.5,破裂").replace(",,,,,,,,12,CK,Ⅲ,0507,错口,002\n", "")
    cctv.write_text(text, encoding="utf-8")
    bring_in(survey, cctv)
    found = {one.fid: one for one in list_findings(survey)}
    assert (found[first.fid].finding.station, found[first.fid].finding.status) == (4.5, "assigned")
    assert second.fid not in found
    assert len(list_inspections(survey)) == 3


def test_a_continuous_defect_over_two_pipes_becomes_one_a_pipe(survey: Survey, tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("起始井号,终止井号,距离,缺陷长度,缺陷代码\nYS3,YS1,30,25,CJ\n", encoding="utf-8")
    bring_in(survey, path)
    found = [(one.pipe_id, one.from_id, one.finding.station, one.finding.length) for one in list_findings(survey)]
    assert found == [("YS2-YS3", "YS3", 30.0, 10.0), ("YS1-YS2", "YS2", 0.0, 15.0)]


def test_photos_and_videos_are_linked_by_name(survey: Survey, cctv: Path) -> None:
    media = cctv.parent / "照片"
    media.mkdir()
    Image.new("RGB", (8, 8), "brown").save(media / "001.JPG", "JPEG")
    (media / "a.mp4").write_bytes(b"film")
    bring_in(survey, cctv)
    attached = {one.name: one.there for kept in attachments_of(survey).values() for one in kept}
    assert attached == {"001.JPG": True, "002": False, "003": False}
    assert list_inspections(survey)[0].video == str(media / "a.mp4")


def test_what_is_not_matched_is_kept_and_can_be_matched_by_hand(survey: Survey, tmp_path: Path) -> None:
    path = tmp_path / "cctv.csv"
    path.write_text("起始井号,终止井号,距离,缺陷代码,日期\nX1,X2,60,PL,2024-05-01\n", encoding="utf-8")
    bring_in(survey, path)
    (one,) = list_inspections(survey)
    assert (one.start_name, one.end_name, one.confidence, one.from_node) == ("X1", "X2", 0.0, None)
    assert UNMATCHED in [problem.problem.rule for problem in survey.problems()]
    assert one.fid is not None
    with pytest.raises(EditError):
        match_stored(survey, one.fid, pipe="YS1-YS2", start="JS1")
    match_stored(survey, one.fid, start="YS3", end="YS1")
    assert places(survey) == [("YS1-YS2", "YS2", 20.0, "PL")]
    assert UNMATCHED not in [problem.problem.rule for problem in survey.problems()]
    bring_in(survey, path)
    assert places(survey) == [("YS1-YS2", "YS2", 20.0, "PL")]
    match_stored(survey, one.fid, start="YS1", end="YS3")
    assert places(survey) == [("YS2-YS3", "YS2", 20.0, "PL")]


def test_lengths_stations_and_codes_that_do_not_fit_are_listed(survey: Survey, tmp_path: Path) -> None:
    path = tmp_path / "cctv.csv"
    path.write_text("起始井号,终止井号,管段长度,检测方向,距离,缺陷代码\nYS1,YS2,60,逆流,55,QQ\n", encoding="utf-8")
    plan = plan_inspections(survey, [path])
    assert {"inspected-length", "station-beyond", "unknown-code", "inspection-direction"} <= {one.rule for one in plan.problems}
    store_inspection_plan(survey, plan)
    assert places(survey) == [("YS1-YS2", "YS1", 55.0, "QQ")]


def test_inspections_of_every_format_belong_to_the_same_pipe(survey: Survey, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    files = write_all(folder)
    del files["cctv-tables"]
    done = bring_in(survey, *files.values())
    assert (done.plan.matched, done.plan.unmatched) == (5, 0)
    cracks = [place for place in places(survey) if place[3].startswith("BAB") and place[2] == 10.0]
    assert {place[:2] for place in cracks} == {("YS1-YS2", "YS2")}


def test_the_command_line_tells_before_it_stores(tmp_path: Path, cctv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(street_file(tmp_path / "town.gpkg"))
    assert main(["finding", "import", file, str(cctv), "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [told[name] for name in ("inspections", "findings", "matched", "unmatched", "change")] == [3, 5, 3, 0, None]
    assert [match["reversed"] for match in told["matches"]] == [False, True, False]
    assert main(["finding", "list", file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    assert main(["finding", "import", file, str(cctv)]) == 0
    assert main(["finding", "match", file, "1", "--pipe", "YS2-YS3", "--json"]) == 0
    assert '"findings": 2' in capsys.readouterr().out
    assert main(["finding", "import", file]) == 2
    assert main(["finding", "import", file, str(cctv), "--photos", str(tmp_path / "none")]) == 6


def test_what_was_not_matched_can_be_once_its_pipe_has_its_name(survey: Survey, tmp_path: Path) -> None:
    path = tmp_path / "later.csv"
    path.write_text(CCTV.splitlines()[1] + "\ne.mp4,X1,X2,顺流,40,40,600,2024-05-01,1,PL,1,,,\n", encoding="utf-8")
    bring_in(survey, path)
    with survey.edit("Names") as edit:
        edit.update("node", "YS1", id="X1")
        edit.update("node", "YS2", id="X2")
    plan = plan_stored(survey)
    assert (plan.matched, plan.matches[0].accepted, plan.stored) == (1, True, (1,))
    assert store_matches(survey, plan) == 1
    assert places(survey) == [("YS1-YS2", "X1", 1.0, "PL")]
    assert not [one for one in survey.problem_list() if one.problem.rule == UNMATCHED]
    with pytest.raises(EditError, match="is matched"):
        plan_stored(survey)
    survey.undo()
    assert plan_stored(survey).stored == (1,)


def test_equipment_water_level_and_what_was_not_done_come_with_a_table(survey: Survey, tmp_path: Path) -> None:
    path = tmp_path / "full.csv"
    path.write_text(
        "起始井号,终止井号,检测方向,充满度(%),是否清洗,封堵情况,天气,检测设备,检定证书,未检测原因,缺陷代码,缺陷等级,距离\n"
        "YS1,YS2,顺流,20%,是,已封堵,晴,CCTV-1,ZS-7,,PL,2,3\nYS2,YS3,顺流,,,,,,,井盖打不开,,,\n",
        encoding="utf-8",
    )
    bring_in(survey, path)
    first, second = list_inspections(survey)
    assert (first.water_percent, first.cleaned, first.plugged, first.weather, first.equipment, first.calibration) == (
        20.0, True, True, "晴", "CCTV-1", "ZS-7",
    )  # fmt: skip
    assert (first.is_done, second.is_done, second.not_done) == (True, False, "井盖打不开")
