"""Papers of a shut-off: what the crew reads, what customers read, and what neither may."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from pipemap.analysis.shutoff import plan_shutoff
from pipemap.analysis.tie_points import tie_points
from pipemap.errors import ReportError
from pipemap.jobs.report_shutoff import area_of, households_of, notice_hours, set_notice_hours, trade_of
from pipemap.jobs.reporting import make_report
from pipemap.reports.notice import Notice, check_notice
from pipemap.reports.ticket import Done, PlanRecord
from pipemap.store import Survey, open_survey
from pipemap.texts import set_language
from tests.gui.surveys import street_file

BARE = {"pictures": False, "pipes": ["JS2-JS3"]}
NOTICE = {
    "pipes": ["JS2-JS3"],
    "area": "Lake Street 1 to 9",
    "reason": "repair of a main",
    "starts": "2026-11-27 08:00",
    "ends": "2026-11-27 18:00",
    "phone": "96116",
    "issued": "2026-11-25 03:10",
}


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    """The street, open, its valve fully recorded."""
    survey = open_survey(street_file(tmp_path / "street.gpkg"))
    with survey.edit("facts") as edit:
        for id_, kind in (
            ("JS1", "reservoir"),
            ("JS2", "isolation_valve"),
            ("JS4", "hydrant"),
            ("YS1", "manhole"),
            ("YS2", "manhole"),
        ):
            edit.update("node", id_, kind=kind)
        edit.update(
            "node", "JS2", turns=16.0, turn_direction="clockwise", road="Lake Street", chamber_depth=2.7, size_mm=300.0,
            normal_state="open", last_operated="2025-04-01", state="open",
        )  # fmt: skip
    return survey


@pytest.fixture(autouse=True)
def _closed(survey: Survey) -> object:
    yield
    survey.close()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def rows_of(path: Path) -> list[dict[str, object]]:
    """The table of the ticket, by titles."""
    book = CalamineWorkbook.from_path(path)
    rows = book.get_sheet_by_name(book.sheet_names[1]).to_python()
    return [dict(zip(map(str, rows[1]), row, strict=True)) for row in rows[2:]]


def test_a_ticket_tells_the_crew_all_of_a_valve(survey: Survey, tmp_path: Path) -> None:
    path = make_report(survey, "shutoff", tmp_path / "t.xlsx", options=BARE).written
    valve = next(row for row in rows_of(path) if "JS2" in str(row["Valve, road"]))
    assert valve["Task"] == "Close"
    assert "Lake Street" in str(valve["Valve, road"])
    assert "DN300" in str(valve["Size, type"])
    assert valve["Chamber depth (m)"] == 2.7
    assert valve["Turns, to close"] == "16\nClockwise"
    assert valve["Normally, last operated"] == "Open\n2025-04-01"
    assert "YS2 4.0 m" in str(valve["Distances"])
    assert [valve[title] for title in ("Time", "Turns made", "By", "Result")] == [""] * 4


def test_nobody_enters_the_pit_before_it_is_verified(survey: Survey, tmp_path: Path) -> None:
    tasks = [str(row["Task"]) for row in rows_of(make_report(survey, "shutoff", tmp_path / "t.xlsx", options=BARE).written)]
    close, drain, verify = (
        next(place for place, task in enumerate(tasks) if word in task) for word in ("Close", "Drain", "before anyone")
    )
    assert close < drain < verify
    assert "control room" in tasks[-1]


def test_the_return_ticket_reverses_the_steps(survey: Survey, tmp_path: Path) -> None:
    options = {**BARE, "way": "return"}
    rows = rows_of(make_report(survey, "shutoff", tmp_path / "t.xlsx", options=options).written)
    tasks = [str(row["Task"]) for row in rows]
    assert "repair is done" in tasks[0]
    opened = next(row for row in rows if "JS2" in str(row["Valve, road"]))
    assert opened["Task"] == "Open slowly, to its normal state"
    assert any("Flush" in task for task in tasks)
    assert "normal state" in tasks[-1]


def test_a_record_fills_what_it_knows(survey: Survey, tmp_path: Path) -> None:
    key = f"node:#{survey.network.node_fid[survey.network.element('node:JS2').row]}"
    record = PlanRecord(
        "GF-7", 2, "burst", changes=("JS1 does not turn",), emergency=True, done={key: Done("03:40", "16", "Li", "ok")}
    )
    told = text_of(make_report(survey, "shutoff", tmp_path / "t.html", options={**BARE, "record": record}).written)
    for word in ("GF-7", "burst", "JS1 does not turn", "EMERGENCY", "03:40", "Li"):
        assert word in told


def test_the_ticket_speaks_chinese_on_one_sheet_and_a_map(survey: Survey, tmp_path: Path) -> None:
    set_language("zh")
    path = make_report(survey, "shutoff", tmp_path / "t.pdf", options={"pipes": ["JS2-JS3"]}, printed="2026-11-25 03:10").written
    content = path.read_bytes()
    assert len(re.findall(rb"/Type /Page\b(?!s)", content)) == 2
    sizes = {tuple(round(float(side)) for side in box.split()) for box in re.findall(rb"/MediaBox \[0 0 ([0-9. ]+)\]", content)}
    assert {(842, 595), (1191, 842)} <= sizes
    told = text_of(make_report(survey, "shutoff", tmp_path / "t.html", options=BARE).written)
    assert "关阀单" in told
    assert "人员下坑前核实无流量、零压力" in told


def test_the_same_plan_gives_the_same_ticket(survey: Survey, tmp_path: Path) -> None:
    for ending in ("pdf", "docx", "xlsx", "html"):
        first, second = (make_report(survey, "shutoff", tmp_path / f"{name}.{ending}", options=BARE).written for name in "ab")
        assert first.read_bytes() == second.read_bytes()


def test_a_ticket_that_would_leave_out_a_secret_valve_is_refused(survey: Survey, tmp_path: Path) -> None:
    row = survey.network.element("node:JS2").row
    survey.set_secrecy("secret", node_fids=[int(survey.network.node_fid[row])])
    with pytest.raises(ReportError, match="would be wrong") as told:
        make_report(survey, "shutoff", tmp_path / "t.html", options=BARE)
    assert "JS2" not in str(told.value)
    assert not (tmp_path / "t.html").exists()


def test_secret_points_give_no_distances(survey: Survey, tmp_path: Path) -> None:
    row = survey.network.element("node:YS2").row
    survey.set_secrecy("secret", node_fids=[int(survey.network.node_fid[row])])
    assert "YS2" not in text_of(make_report(survey, "shutoff", tmp_path / "t.html", options=BARE).written)


def test_distances_are_from_what_is_seen_in_directions_that_differ(survey: Survey) -> None:
    network = survey.network
    east, north = network.node_xyz[network.element("node:JS2").row, :2]
    found = tie_points(network, float(east), float(north))
    assert network.node_ids[found[0].row] == "YS2"
    assert found[0].distance == pytest.approx(4.0)
    assert found[0].bearing == pytest.approx(180.0)
    assert [one.distance for one in found] == sorted(one.distance for one in found)
    assert tie_points(network, float(east) + 10_000, float(north)) == ()


# -- notices -------------------------------------------------------------------------------------------------------------


def test_a_notice_tells_what_customers_need_and_nothing_else(survey: Survey, tmp_path: Path) -> None:
    told = text_of(make_report(survey, "notice", tmp_path / "n.html", options=NOTICE).written)
    for word in ("Lake Street 1 to 9", "repair of a main", "2026-11-27 08:00", "2026-11-27 18:00", "96116", "water stoppage"):
        assert word in told
    body = re.sub("<[^>]+>", " ", told.partition("<body>")[2])
    for word in ("JS1", "JS2", "JS2-JS3", "valve", "500040", "3400000"):
        assert word not in body


@pytest.mark.parametrize("words", ["valve JS2 is closed", "at 500040.00, 3400000.00", "the DN300 main", "34.712345, 113.65"])
def test_a_notice_that_would_give_something_away_is_refused(survey: Survey, tmp_path: Path, words: str) -> None:
    with pytest.raises(ReportError, match="names no pipe, valve, level or coordinate"):
        make_report(survey, "notice", tmp_path / "n.html", options={**NOTICE, "reason": words})


def test_a_notice_that_comes_too_late_needs_an_emergency(survey: Survey, tmp_path: Path) -> None:
    late = {**NOTICE, "starts": "2026-11-25 20:00"}
    with pytest.raises(ReportError, match=r"16\.8 h after the notice, and 24 h") as told:
        make_report(survey, "notice", tmp_path / "n.html", options=late)
    assert "--emergency" in told.value.hint
    told_now = text_of(make_report(survey, "notice", tmp_path / "n.html", options={**late, "emergency": True}).written)
    assert "Emergency" in told_now
    for stage, title in (("delay", "comes back later"), ("restore", "water is back")):
        path = make_report(survey, "notice", tmp_path / f"{stage}.html", options={**late, "stage": stage}).written
        assert title in text_of(path)


def test_the_notice_period_is_the_surveys(survey: Survey, tmp_path: Path) -> None:
    assert notice_hours(survey, "water") == 24.0
    set_notice_hours(survey, "water", 72)
    with pytest.raises(ReportError, match="72 h"):
        make_report(survey, "notice", tmp_path / "n.html", options=NOTICE)
    survey.set_setting("notice_hours.water", "soon")
    with pytest.raises(ReportError):
        make_report(survey, "notice", tmp_path / "n.html", options=NOTICE)
    for trade, hours in (("tea", 1.0), ("water", -1.0), ("water", float("nan"))):
        with pytest.raises(ReportError):
            set_notice_hours(survey, trade, hours)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"phone": ""}, "lacks the telephone"),
        ({"reason": " "}, "lacks the reason"),
        ({"starts": "tomorrow"}, "no time"),
        ({"ends": "2026-11-27 07:00"}, "before it begins"),
    ],
)
def test_what_a_notice_lacks_is_told(changed: dict[str, str], said: str) -> None:
    notice = Notice("water", "planned", "A", "B", "2026-11-27 08:00", "2026-11-27 18:00", "1", "2026-11-25 03:10")
    with pytest.raises(ReportError, match=said):
        check_notice(replace(notice, **changed), period=24.0)  # type: ignore[arg-type]


def test_a_plan_says_its_trade_its_roads_and_that_nobody_counted_households(survey: Survey) -> None:
    plan = plan_shutoff(survey.network, pipes=["JS2-JS3"])
    assert trade_of(plan) == "water"
    assert area_of(plan) == ""
    assert households_of(plan) is None
