"""Patrols: planned, tracks loaded, coverage, cycles, hazards, papers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from pipemap.cli.main import main
from pipemap.errors import EditError, ReportError, SettingsError, SurveyDataError
from pipemap.formats.tracks import degrees_of
from pipemap.jobs.findings import add_finding
from pipemap.jobs.hazards import advance_hazard, list_hazards
from pipemap.jobs.patrol_cycles import cycles_of, due_pipes, overdue_patrols, set_cycle
from pipemap.jobs.patrols import (
    Asked,
    by_column,
    change_patrol,
    coverage_of,
    find_patrol,
    list_patrols,
    list_tracks,
    load_tracks,
    plan_patrol,
    write_round,
)
from pipemap.jobs.reporting import make_report
from pipemap.model.finding import Finding
from pipemap.store import Survey, open_survey
from tests.gui.surveys import street_file

BEGINS = datetime(2026, 11, 25, tzinfo=UTC).timestamp()
WATER = np.array([0, 1, 2])


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    """The street."""
    with open_survey(street_file(tmp_path / "street.gpkg")) as opened:
        yield opened


def track_file(path: Path, *, metres: float = 80.0, datum: str = "wgs84") -> Path:
    """A walk along the water main from its west end, a point each five seconds."""
    east = np.arange(0.0, metres + 0.1, 5.0)
    way = np.column_stack([500000.0 + east, np.full(len(east), 3400001.0)])
    lines = [f"{lon:.8f},{lat:.8f},{BEGINS + 5 * n}" for n, (lon, lat) in enumerate(degrees_of(way, "EPSG:4547", datum=datum))]
    path.write_text("\n".join(["lon,lat,time", *lines]), encoding="utf-8")
    return path


def planned(survey: Survey, *, cycle: float | None = 7.0) -> int:
    asked = Asked("Water", WATER, np.array([1, 3]), crew="Li", cycle_days=cycle)
    return plan_patrol(survey, asked).patrol.fid


def test_a_patrol_is_one_change_and_knows_its_way(survey: Survey) -> None:
    made = plan_patrol(survey, Asked("Water", WATER, np.array([1]), crew="Li"))
    patrol = made.patrol
    assert sorted(patrol.elements) == ["pipe:JS1-JS2", "pipe:JS2-JS3", "pipe:JS3-JS4"]
    assert patrol.required == ("node:JS2",)
    assert patrol.length == pytest.approx(110, abs=0.5)
    assert made.way.between == 0.0
    assert find_patrol(survey, "Water") == find_patrol(survey, patrol.fid) == patrol
    survey.undo()
    assert list_patrols(survey) == []


def test_elements_of_a_plan_follow_when_a_pipe_is_parted(survey: Survey) -> None:
    number = planned(survey)
    with survey.edit("part") as edit:
        edit.split("JS3-JS4", station=15.0)
    patrol = find_patrol(survey, number)
    assert len(patrol.elements) == 4
    assert len(coverage_of(survey, patrol).pipes) == 4


def test_what_makes_no_patrol_is_refused(survey: Survey) -> None:
    nothing = np.zeros(0, dtype=np.int64)
    for asked in (Asked(" ", WATER, nothing), Asked("A", nothing, nothing), Asked("A", WATER, nothing, mode="swim")):
        with pytest.raises(EditError):
            plan_patrol(survey, asked)
    with pytest.raises(EditError, match="no patrol"):
        find_patrol(survey, "nowhere")
    assert list_patrols(survey) == []


def test_tracks_tell_what_was_passed_and_the_same_file_counts_once(survey: Survey, tmp_path: Path) -> None:
    patrol = find_patrol(survey, planned(survey))
    file = track_file(tmp_path / "a.csv")
    loaded = load_tracks(survey, [file], patrol=patrol)
    assert (len(loaded.tracks), loaded.notes, loaded.again) == (1, (), ())
    assert load_tracks(survey, [file], patrol=patrol).again == ("a.csv",)
    assert len(list_tracks(survey, patrol.fid)) == 1
    after = find_patrol(survey, patrol.fid)
    assert (after.status, after.started) == ("done", "2026-11-25T00:00:00+00:00")
    found = coverage_of(survey, after)
    by_id = dict(zip(found.network.pipe_ids.take(found.pipes), found.is_passed.tolist(), strict=True))
    assert by_id == {"JS1-JS2": True, "JS2-JS3": True, "JS3-JS4": False}
    assert dict(zip(found.network.node_ids.take(found.nodes), found.present.tolist(), strict=True)) == {"JS2": True, "JS4": False}
    (water,) = by_column(found, "category")
    assert (water.name, water.pipes) == ("JS", 3)
    assert water.missed_m == pytest.approx(found.missed_m)


def test_gcj_02_is_noticed_and_said_and_never_corrected_by_itself(survey: Survey, tmp_path: Path) -> None:
    patrol = find_patrol(survey, planned(survey))
    file = track_file(tmp_path / "phone.csv", datum="gcj02")
    loaded = load_tracks(survey, [file], patrol=patrol)
    assert len(loaded.notes) == 1
    assert "--datum gcj02" in loaded.notes[0]
    assert coverage_of(survey, patrol).passed_m == 0.0
    survey.undo()
    assert load_tracks(survey, [file], patrol=patrol, datum="gcj02").notes == ()
    assert coverage_of(survey, patrol).passed_m == pytest.approx(88, abs=4)


def test_nothing_is_stored_when_one_file_is_no_track(survey: Survey, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SurveyDataError):
        load_tracks(survey, [track_file(tmp_path / "a.csv"), bad])
    assert list_tracks(survey) == []


def test_what_is_due_again_follows_the_cycle_of_the_category(survey: Survey, tmp_path: Path) -> None:
    patrol = find_patrol(survey, planned(survey))
    load_tracks(survey, [track_file(tmp_path / "a.csv")], patrol=patrol)
    soon, late = datetime(2026, 11, 26, tzinfo=UTC), datetime(2026, 12, 20, tzinfo=UTC)
    water = next(one for one in due_pipes(survey, on=soon) if one.category == "JS")
    assert (water.days, water.is_ours) == (7.0, True)
    assert water.fresh_m == pytest.approx(88, abs=4)
    water = next(one for one in due_pipes(survey, on=late) if one.category == "JS")
    assert water.fresh_m == 0.0
    assert water.overdue_m == pytest.approx(water.length_m)
    assert overdue_patrols(survey, on=soon) == []
    assert [(one.name, day) for one, day in overdue_patrols(survey, on=late)] == [("Water", "2026-12-02")]
    set_cycle(survey, "JS", 60)
    assert cycles_of(survey)["JS"] == (60.0, False)
    water = next(one for one in due_pipes(survey, on=late) if one.category == "JS")
    assert water.old_m == 0.0
    for code, days in (("XX", 7), ("JS", 0)):
        with pytest.raises(SettingsError):
            set_cycle(survey, code, days)


def test_the_way_goes_out_as_gpx_and_into_the_register(survey: Survey, tmp_path: Path) -> None:
    from pipemap.formats.tracks import read_track

    patrol = find_patrol(survey, planned(survey))
    entry = write_round(survey, patrol, tmp_path / "a.gpx", author="Li")
    assert (entry.content, entry.pipes, entry.file) == ("patrol", 3, "a.gpx")
    assert read_track(tmp_path / "a.gpx").counts["route"] >= 4
    with pytest.raises(ReportError):
        write_round(survey, patrol, tmp_path / "a.gpx")


def test_a_hazard_goes_its_way_step_by_step(survey: Survey) -> None:
    number = planned(survey)
    code = "占压"
    fid = add_finding(
        survey, Finding("hazard", code, kind="hazard", pipe="JS1-JS2", severity="major", patrol=number, found="2026-11-20")
    )
    with pytest.raises(EditError, match="cannot become"):
        advance_hazard(survey, fid, "closed")
    advance_hazard(survey, fid, "assigned", by="Wang", on="2026-11-21", due="2026-11-24")
    (hazard,) = list_hazards(survey, patrol=number)
    assert (hazard.status, hazard.element, hazard.due) == ("assigned", "JS1-JS2", "2026-11-24")
    assert hazard.is_overdue("2026-11-25")
    assert not hazard.is_overdue("2026-11-24")
    for state in ("fixed", "rechecked", "closed"):
        advance_hazard(survey, fid, state, by="Zhao", on="2026-11-25")
    (hazard,) = list_hazards(survey)
    assert hazard.steps["closed"] == ("2026-11-25", "Zhao")
    assert not hazard.is_overdue("2027-01-01")
    survey.undo()
    assert list_hazards(survey)[0].status == "rechecked"
    with pytest.raises(EditError, match="no date"):
        advance_hazard(survey, fid, "closed", on="soon")


def test_the_report_tells_planned_passed_missed_points_and_hazards(survey: Survey, tmp_path: Path) -> None:
    with pytest.raises(ReportError):
        make_report(survey, "patrol", tmp_path / "none.html", options={"pictures": False})
    number = planned(survey)
    change_patrol(survey, number, weather="sunny")
    load_tracks(survey, [track_file(tmp_path / "a.csv")], patrol=find_patrol(survey, number))
    fid = add_finding(survey, Finding("hazard", "占压", kind="hazard", pipe="JS1-JS2", patrol=number, found="2026-11-20"))
    advance_hazard(survey, fid, "assigned", by="Wang", on="2026-11-21", due="2026-11-24")
    options = {"pictures": False, "patrol": number}
    make_report(survey, "patrol", tmp_path / "a.html", options=options, printed="2026-11-25 10:00")
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    for wanted in ("sunny", "JS3-JS4", "Not reached", "Rectification notice", "Wang", "1 / 2", "overdue"):
        assert wanted in text
    for ending in ("pdf", "docx", "xlsx"):
        make_report(survey, "patrol", tmp_path / f"a.{ending}", options=options | {"way": "sheet"})


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    code = main(["patrol", *words, "--json"])
    said = capsys.readouterr().out
    return code, json.loads(said) if said else {}


def test_the_command_line_plans_loads_and_tells(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file, track = str(street_file(tmp_path / "street.gpkg")), str(track_file(tmp_path / "a.csv"))
    words = ("plan", file, "--name", "Water", "--category", "JS", "--cycle", "7", "--points", "appurtenance = 阀门")
    code, answer = run(capsys, *words, "--gpx", str(tmp_path / "w.gpx"), "--sheet", str(tmp_path / "w.html"))
    assert code == 0
    assert (answer["patrol"], answer["required"]) == (1, ["node:JS2"])
    assert answer["length_m"] == pytest.approx(110, abs=0.5)
    assert len(answer["written"]) == 2  # type: ignore[arg-type]
    code, answer = run(capsys, "track", file, track, "--patrol", "1")
    assert [one["pipe"] for one in answer["passed"]] == ["JS1-JS2", "JS2-JS3"]  # type: ignore[attr-defined]
    assert [(one["pipe"], one["reason"]) for one in answer["missed"]] == [("JS3-JS4", "not-reached")]  # type: ignore[attr-defined]
    assert {"passed_m", "missed_m"} <= set(answer)
    code, answer = run(capsys, "coverage", file, "--on", "2026-12-20")
    assert [one["patrol"] for one in answer["overdue"]] == [1]  # type: ignore[attr-defined]
    assert run(capsys, "coverage", file, "--patrol", "1")[0] == 0
    assert run(capsys, "list", file)[1]["patrols"][0]["status"] == "done"  # type: ignore[index]
    assert run(capsys, "change", file, "--patrol", "1", "--status", "cancelled", "--weather", "rain")[0] == 0
    assert run(capsys, "cycle", file, "--set", "RQ=3")[0] == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("plan", "F", "--category", "JS"), 2),
        (("plan", "F", "--name", "A"), 2),
        (("plan", "F", "--name", "A", "--where", "diameter_mm > 9000"), 6),
        (("track", "F"), 2),
        (("track", "F", "none.gpx"), 5),
        (("coverage", "F", "--patrol", "9"), 6),
        (("coverage", "F", "--on", "soon"), 2),
        (("change", "F"), 2),
        (("cycle", "F", "--set", "RQ"), 2),
        (("list", "F", "a.gpx"), 2),
    ],
)
def test_what_cannot_be_is_one_message(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    file = str(street_file(tmp_path / "street.gpkg"))
    assert run(capsys, *(file if word == "F" else word for word in words))[0] == code


def test_hazards_are_listed_and_brought_further_on_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = str(street_file(tmp_path / "street.gpkg"))
    with open_survey(file) as survey:
        fid = add_finding(survey, Finding("hazard", "占压", kind="hazard", pipe="JS1-JS2", found="2026-11-20"))
    words = ("hazard", file, "--finding", str(fid), "--status", "assigned", "--by", "Wang", "--due", "2026-11-24")
    assert run(capsys, *words, "--on", "2026-11-25")[1]["hazards"][0]["overdue"] is True  # type: ignore[index]
    assert run(capsys, "hazard", file)[1]["hazards"][0]["steps"]["assigned"]["by"] == "Wang"  # type: ignore[index]
    assert run(capsys, "hazard", file, "--finding", str(fid))[0] == 2
    assert run(capsys, "hazard", file, "--finding", "99", "--status", "fixed")[0] == 6
