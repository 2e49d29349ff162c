"""Shut-off plans as records: every step is one Change, a wrong step is refused with a word, and nothing ends half done."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from pipemap.errors import EditError, ReportError
from pipemap.jobs import plans
from pipemap.jobs.plan_answers import asked_for
from pipemap.jobs.plan_overlaps import Span, find_overlaps, groups
from pipemap.jobs.plans import Done, PlanWords
from pipemap.jobs.reporting import make_report
from pipemap.model.plans import Asked, Plan, read_versions, versions_text
from pipemap.store import Survey, create_survey, open_survey

_RING = ("S", "V1", "A", "V2", "B", "V3", "C", "V4", "S")


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    """A ring S–V1–A–V2–B–V3–C–V4–S: what lies between two valves can be taken out, and all else is fed from both sides."""
    path = tmp_path / "ring.gpkg"
    with create_survey(path, name="Ring", crs="EPSG:4547") as survey, survey.edit("ring", author="me") as edit:
        for number, name in enumerate(_RING[:-1]):
            kind = "reservoir" if name == "S" else "isolation_valve" if name[0] == "V" else "junction"
            more = {"state": "open", "normal_state": "open", "turns": 8.0} if name[0] == "V" else {}
            place = {"x": 500000.0 + 10 * number, "y": 3400000.0}
            edit.insert("node", {"id": name, "category": "JS", "kind": kind} | place | more)
        for start, end in pairwise(_RING):
            edit.insert("pipe", {"from_node": start, "to_node": end, "category": "JS", "diameter_mm": 200.0, "road": "Ring road"})
    survey = open_survey(path)
    yield survey
    survey.close()


def keep(survey: Survey, *pipes: str, starts: str = "", ends: str = "") -> Plan:
    words = PlanWords(starts=starts, ends=ends, reason="repair of a main", phone="96116")
    return plans.keep_plan(survey, asked_for(survey.network, pipes=pipes), words, author="An")


def begun(survey: Survey, *pipes: str) -> Plan:
    number = keep(survey, *pipes).number
    plans.approve_plan(survey, number, author="Bo")
    return plans.start_plan(survey, number, author="Cy")


def ids(valves: object) -> list[str]:
    return [one.id for one in valves]  # type: ignore[attr-defined]


def entries(survey: Survey) -> int:
    return len(survey.history())


def test_a_plan_goes_from_draft_to_finished_each_step_one_change(survey: Survey) -> None:
    before = entries(survey)
    plan = keep(survey, "A-V2", starts="2026-11-26 08:00", ends="2026-11-26 18:00")
    assert (plan.state, ids(plan.to_close()), plan.author) == ("draft", ["V1", "V2"], "An")
    assert plan.now.answer.roads == "Ring road"
    plan = plans.approve_plan(survey, plan.number, author="Bo")
    assert (plan.state, plan.approved_by) == ("approved", "Bo")
    plan = plans.start_plan(survey, plan.number, time="2026-11-26 08:10", author="Cy")
    assert (plan.state, plan.started) == ("in_progress", "2026-11-26 08:10")
    for valve in ("V1", "V2"):
        plan = plans.report_valve(survey, plan.number, valve, Done("closed", "2026-11-26 08:20", "Di", 8.0))
    assert not plan.to_close()
    assert ids(plan.to_return()) == ["V2", "V1"]
    for valve in ("V2", "V1"):
        plan = plans.report_valve(survey, plan.number, valve, Done("opened", "2026-11-26 17:00", "Di"))
    plan = plans.finish_plan(survey, plan.number, author="Cy")
    assert plan.state == "finished"
    assert entries(survey) == before + 8  # kept, approved, started, four valves, finished


def test_what_was_done_at_a_valve_stands_in_its_log_and_last_operated_follows(survey: Survey) -> None:
    plan = begun(survey, "A-V2")
    plans.report_valve(survey, plan.number, "V1", Done("closed", "2026-11-26 08:20", "Di", 8.0, "stiff"))
    fid = survey.network.element("V1").row
    key = int(survey.network.node_fid[fid])
    (one,) = survey.operations(node=key)
    assert (one.valve, one.what, one.person, one.turns, one.result, one.plan) == ("V1", "closed", "Di", 8.0, "stiff", plan.number)
    assert survey.record("node", key)["last_operated"] == "2026-11-26"
    survey.undo()
    assert not survey.operations(node=key)
    assert survey.record("node", key)["last_operated"] is None


def test_an_operation_is_entered_by_hand_and_an_older_one_leaves_last_operated(survey: Survey) -> None:
    plans.log_operation(survey, "V3", Done("exercised", "2026-05-01 09:00", "Di", 8.0))
    plans.log_operation(survey, "V3", Done("exercised", "2020-05-01 09:00", "Di", 8.0))
    key = int(survey.network.node_fid[survey.network.element("V3").row])
    assert [one.time[:4] for one in survey.operations(node=key)] == ["2026", "2020"]
    assert survey.record("node", key)["last_operated"] == "2026-05-01"


def test_a_valve_that_does_not_turn_makes_a_version_with_its_differences(survey: Survey) -> None:
    plan = begun(survey, "A-V2")
    plans.report_valve(survey, plan.number, "V1", Done("closed"))
    before = entries(survey)
    plan = plans.report_valve(survey, plan.number, "V2", Done("stuck"))
    assert (plan.now.number, plan.state) == (2, "in_progress")
    assert ids(plan.to_close()) == ["V3"]
    assert any("V3" in text and "to close" in text for text in plan.now.differences)
    assert entries(survey) == before + 1
    survey.undo()
    assert survey.plan(plan.number).now.number == 1


def test_a_valve_of_an_earlier_version_has_to_come_back_too(survey: Survey) -> None:
    plan = begun(survey, "A-V2")
    plans.report_valve(survey, plan.number, "V2", Done("closed", "2026-11-26 08:00"))
    plan = plans.report_valve(survey, plan.number, "V2", Done("passing", "2026-11-26 08:05"))
    assert "V2" not in ids(plan.now.answer.of_task("close"))
    assert ids(plan.to_return()) == ["V2"]
    with pytest.raises(EditError, match="V2"):
        plans.finish_plan(survey, plan.number)


def test_finishing_writes_the_real_states_back_as_one_change(survey: Survey) -> None:
    plan = begun(survey, "A-V2")
    plans.report_valve(survey, plan.number, "V1", Done("closed"))
    plans.report_valve(survey, plan.number, "V2", Done("stuck", result="spindle broken"))
    before = entries(survey)
    with pytest.raises(EditError, match="V1"):
        plans.finish_plan(survey, plan.number)
    assert entries(survey) == before
    plan = plans.finish_plan(survey, plan.number, explained={"V1": "stays closed until the pipe is replaced"})
    assert plan.state == "finished"
    assert entries(survey) == before + 1
    network = survey.network
    one, two = (survey.record("node", int(network.node_fid[network.element(id_).row])) for id_ in ("V1", "V2"))
    assert one["state"] == "closed"
    assert (two["state"], two["operable"]) == ("open", "no")
    assert "spindle broken" in str(two["inoperable_reason"])
    survey.undo()
    assert survey.plan(plan.number).state == "in_progress"
    assert survey.record("node", int(network.node_fid[network.element("V1").row]))["state"] == "open"


def test_a_change_in_what_it_rests_on_makes_a_plan_stale_and_says_what(survey: Survey) -> None:
    plan = keep(survey, "A-V2")
    with survey.edit("Paint a hydrant", author="me") as edit:
        edit.update("node", "C", note="far away")
    assert not plans.staleness(survey, survey.plan(plan.number))
    with survey.edit("V2 is broken", author="me") as edit:
        edit.update("node", "V2", operable="no")
    stale = plans.staleness(survey, survey.plan(plan.number))
    assert any("V3" in text for text in stale.differences)
    assert any("V2 is broken" in text for text in stale.since)
    with pytest.raises(EditError, match="changed"):
        plans.approve_plan(survey, plan.number)


def test_a_stale_plan_is_run_again_and_an_approved_one_is_a_draft_then(survey: Survey) -> None:
    plan = keep(survey, "A-V2")
    plans.approve_plan(survey, plan.number)
    before = entries(survey)
    assert plans.rerun_plan(survey, plan.number).now.number == 1
    assert entries(survey) == before  # nothing has changed, nothing is written
    with survey.edit("V2 is broken") as edit:
        edit.update("node", "V2", operable="no")
    plan = plans.rerun_plan(survey, plan.number)
    assert (plan.now.number, plan.state) == (2, "draft")
    assert ids(plan.to_close()) == ["V1", "V3"]
    assert not plans.staleness(survey, plan)


def test_a_broken_pipe_that_is_split_stays_broken_in_both_pieces(survey: Survey) -> None:
    plan = keep(survey, "A-V2")
    with survey.edit("split") as edit:
        edit.split("A-V2", station=4.0)
    again = plans.rerun_plan(survey, plan.number)
    assert len(again.now.asked.broken) == 2
    assert ids(again.to_close()) == ["V1", "V2"]


def test_what_is_broken_and_gone_is_said(survey: Survey) -> None:
    plan = keep(survey, "A-V2")
    with survey.edit("gone") as edit:
        edit.delete("pipe", "A-V2")
    stale = plans.staleness(survey, survey.plan(plan.number))
    assert "no longer" in stale.differences[0]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (plans.start_plan, "Draft"),
        (plans.finish_plan, "Draft"),
        (lambda survey, number: plans.report_valve(survey, number, "V1", Done("closed")), "in progress"),
        (lambda survey, number: plans.describe_plan(survey, number, PlanWords(starts="soon")), "no time"),
        (
            lambda survey, number: plans.describe_plan(
                survey, number, PlanWords(starts="2026-11-26 08:00", ends="2026-11-26 07:00")
            ),
            "before it begins",
        ),
        (lambda survey, number: survey.plan(number + 7), "no shut-off plan"),
    ],
)
def test_a_step_that_does_not_follow_is_refused_and_changes_nothing(survey: Survey, step: object, words: str) -> None:
    number = keep(survey, "A-V2").number
    before = entries(survey)
    with pytest.raises((EditError, ReportError), match=words):
        step(survey, number)  # type: ignore[operator]
    assert entries(survey) == before


def test_a_valve_that_is_not_in_the_plan_and_a_senseless_report_are_refused(survey: Survey) -> None:
    plan = begun(survey, "A-V2")
    for valve, done, words in (
        ("V4", Done("closed"), "no valve"),
        ("V1", Done("blown up"), "nothing that is done"),
        ("V1", Done("closed", turns=-3.0), "turns"),
        ("V1", Done("closed", time="noon"), "no time"),
    ):
        with pytest.raises((EditError, ReportError), match=words):
            plans.report_valve(survey, plan.number, valve, done)
    assert not survey.plan(plan.number).operations


def test_plans_that_overlap_strand_what_neither_strands_alone(survey: Survey) -> None:
    with survey.edit("customer") as edit:
        fid = int(survey.network.node_fid[survey.network.element("B").row])
        edit.add("customer", {"id": "K1", "name": "Clinic", "class": "hospital", "critical": 1, "node": fid, "households": 1})
    one = keep(survey, "A-V2", starts="2026-11-26 08:00", ends="2026-11-26 18:00")
    two = keep(survey, "C-V4", starts="2026-11-26 12:00", ends="2026-11-26 20:00")
    keep(survey, "C-V4", starts="2026-11-27 12:00", ends="2026-11-27 20:00")
    (found,) = find_overlaps(survey)
    assert found.plans == (one.number, two.number)
    assert (found.starts, found.ends) == ("2026-11-26 12:00", "2026-11-26 18:00")
    assert [(who.name, who.class_) for who in found.customers] == [("Clinic", "hospital")]
    plans.cancel_plan(survey, two.number, reason="put off")
    assert not find_overlaps(survey)


def test_three_plans_at_one_time_are_told_of_in_pairs_and_together() -> None:
    spans = [Span(1, "a", "m"), Span(2, "b", "n"), Span(3, "c", "d"), Span(4, "x", "y")]
    assert [tuple(one.number for one in group) for group in groups(spans)] == [(1, 2), (1, 3), (2, 3), (1, 2, 3)]


def test_the_ticket_of_a_kept_plan_tells_what_was_done_and_a_stale_one_is_refused(survey: Survey, tmp_path: Path) -> None:
    plan = begun(survey, "A-V2")
    plans.report_valve(survey, plan.number, "V1", Done("closed", "2026-11-26 08:20", "Di", 8.0))
    plans.report_valve(survey, plan.number, "V2", Done("stuck", "2026-11-26 08:30", "Di"))
    options = {"kept": plan.number, "pictures": False}
    text = make_report(survey, "shutoff", tmp_path / "t.html", options=options).written.read_text("utf-8")
    assert "version 2" in text
    assert "V3" in text
    assert "11-26 08:20" in text
    back = make_report(survey, "shutoff", tmp_path / "r.html", options=options | {"way": "return"}).written.read_text("utf-8")
    assert "Open slowly" in back
    with survey.edit("V3 is broken") as edit:
        edit.update("node", "V3", operable="no")
    with pytest.raises(ReportError, match="changed"):
        make_report(survey, "shutoff", tmp_path / "u.html", options=options)
    assert make_report(survey, "shutoff", tmp_path / "v.html", options=options | {"way": "return"}).written.exists()


def test_a_notice_takes_its_words_from_the_plan(survey: Survey, tmp_path: Path) -> None:
    plan = keep(survey, "A-V2", starts="2026-11-26 08:00", ends="2026-11-26 18:00")
    options = {"kept": plan.number, "issued": "2026-11-24 08:00"}
    text = make_report(survey, "notice", tmp_path / "n.html", options=options).written.read_text("utf-8")
    assert "repair of a main" in text
    assert "Ring road" in text
    assert "V1" not in text


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"versions":[{}]}', '{"versions":7}', "[" * 5000])
def test_what_another_program_wrote_into_a_plan_is_no_version(text: str | None) -> None:
    assert read_versions(text) == ()


def test_versions_come_back_from_their_text_as_they_were(survey: Survey) -> None:
    plan = begun(survey, "A-V2")
    plan = plans.report_valve(survey, plan.number, "V2", Done("missing"))
    assert read_versions(versions_text(plan.versions)) == plan.versions
    assert isinstance(plan.now.asked, Asked)
