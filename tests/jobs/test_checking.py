"""Checks of a survey: its limits, what is kept of what was found, what follows an edit, and what a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipemap.analysis.checks import check_named
from pipemap.errors import EditError, SettingsError
from pipemap.jobs import open_survey
from pipemap.jobs.checking import check_and_keep, check_survey, follow_up, limits_of, recheck, rows_within_area, set_limits
from pipemap.store import Survey
from tests.gui.surveys import street_file


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    """The street, with a pipe that ends 0.3 m beside the tee, a missing material, and a point on no pipe."""
    street_file(tmp_path / "street.gpkg")
    with open_survey(tmp_path / "street.gpkg") as survey:
        with survey.edit("damage") as edit:
            edit.insert("node", {"id": "JS9", "x": 500080.2, "y": 3399999.8, "ground": 20.2, "category": "JS", "feature": "三通"})
            edit.update("pipe", "JS3-JS4", from_node="JS9")
            edit.update("pipe", "YS1-YS2", material=None)
            edit.insert("node", {"id": "JS8", "x": 500020.0, "y": 3400020.0, "ground": 20.2, "category": "JS", "feature": "三通"})
        yield survey


def open_rules(survey: Survey) -> set[str]:
    return {stored.problem.rule for stored in survey.problems()}


def edited(survey: Survey, **fields: object) -> None:
    """Change a pipe as the window does, and check what that touched."""
    before, entry = survey.network, survey.touched_since(2**62).newest
    with survey.edit("mend") as edit:
        edit.update("pipe", "YS1-YS2", **fields)
    touched = survey.touched_since(entry)
    said = recheck(survey, survey.network, touched.nodes, touched.pipes, before=before)
    follow_up(survey, survey.network, said)


def test_what_was_found_is_kept_with_its_effect_and_survives_reopening(survey: Survey) -> None:
    found, kept = check_and_keep(survey)
    assert kept.new == sum(found.counts.values()) > 0
    survey.close()
    with open_survey(survey.path) as again:
        (near,) = [stored for stored in again.problems() if stored.problem.rule == "near-miss"]
        assert near.problem.effect is not None
        assert near.problem.effect.metres == pytest.approx(30.0, abs=0.5)
        other = again.network.node_ids[int(np.flatnonzero(again.network.node_fid == near.other_fid)[0])]
        assert {near.problem.element, other} == {"JS3", "JS9"}
        assert (near.other_layer, near.is_checked) == ("node", True)


def test_checking_again_changes_nothing_in_the_list(survey: Survey) -> None:
    check_and_keep(survey)
    before = [(stored.fid, stored.status) for stored in survey.problem_list()]
    _found, kept = check_and_keep(survey)
    assert (kept.new, kept.solved) == (0, 0)
    assert [(stored.fid, stored.status) for stored in survey.problem_list()] == before


def test_a_solved_problem_disappears_by_the_edit_that_solves_it_and_comes_back_with_its_undo(survey: Survey) -> None:
    check_and_keep(survey)
    assert "no-material" in open_rules(survey)
    edited(survey, material="混凝土")
    assert "no-material" not in open_rules(survey)
    (solved,) = [stored for stored in survey.problem_list() if stored.status == "solved"]
    before, entry = survey.network, survey.touched_since(2**62).newest
    survey.undo()
    touched = survey.touched_since(entry)
    recheck(survey, survey.network, touched.nodes, touched.pipes, before=before)
    assert solved.fid in {stored.fid for stored in survey.problems()}


def test_an_edit_that_makes_a_problem_shows_it_with_its_effect(survey: Survey) -> None:
    edited(survey, diameter_mm=9000.0)
    (absurd,) = [stored for stored in survey.problems() if stored.problem.rule == "absurd-size"]
    assert absurd.problem.effect is not None
    assert absurd.problem.effect.metres == pytest.approx(40.0, abs=0.5)


def test_problems_of_deleted_elements_are_solved(survey: Survey) -> None:
    check_and_keep(survey)
    assert "isolated-node" in open_rules(survey)
    before, entry = survey.network, survey.touched_since(2**62).newest
    with survey.edit("delete") as edit:
        edit.delete("node", "JS8")
    touched = survey.touched_since(entry)
    recheck(survey, survey.network, touched.nodes, touched.pipes, before=before)
    assert "isolated-node" not in open_rules(survey)


def test_what_is_ignored_stays_so_with_reason_and_name_and_can_be_undone(survey: Survey) -> None:
    check_and_keep(survey)
    fids = [stored.fid for stored in survey.problems() if stored.problem.rule == "near-miss"]
    survey.decide_problems(fids, "ignored", reason="measured again", author="Li Na")
    check_and_keep(survey)
    (ignored,) = [stored for stored in survey.problem_list() if stored.fid in fids]
    assert (ignored.status, ignored.reason, ignored.decided_by) == ("ignored", "measured again", "Li Na")
    assert "near-miss" not in open_rules(survey)
    survey.undo()
    assert "near-miss" in open_rules(survey)


def test_deciding_about_problems_leaves_the_network_as_it_is(survey: Survey) -> None:
    check_and_keep(survey)
    network = survey.network
    survey.decide_problems([survey.problem_list()[0].fid], "ignored", reason="so")
    assert survey.network is network


def test_nothing_is_ignored_without_a_reason(survey: Survey) -> None:
    check_and_keep(survey)
    with pytest.raises(EditError, match="reason"):
        survey.decide_problems([survey.problem_list()[0].fid], "ignored", reason="  ")
    with pytest.raises(EditError, match="status"):
        survey.decide_problems([1], "forgotten")


def test_limits_are_settings_of_the_survey(survey: Survey) -> None:
    assert check_survey(survey, ["near-miss"]).counts == {"near-miss": 1}
    change = set_limits(survey, {"near-miss": "0.1", "both-named": "off"})
    assert "near-miss" in change.label
    assert check_survey(survey, ["near-miss"]).counts == {"near-miss": 0}
    assert check_survey(survey, ["near-miss"], limits={"near-miss": 0.5}).counts == {"near-miss": 1}
    limits = limits_of(survey)
    assert "both-named" not in limits.rules()
    assert limits.of(check_named("near-miss")) == 0.1
    set_limits(survey, {"near-miss": "", "both-named": "on"})
    assert limits_of(survey).set_to == {}
    survey.undo()
    assert limits_of(survey).set_to == {"near-miss": "0.1", "both-named": "off"}


@pytest.mark.parametrize("limits", [{"near-miss": "wide"}, {"near-miss": "-1"}, {"near-miss": "nan"}, {"no-id": "3"}])
def test_a_limit_that_is_none_is_refused(survey: Survey, limits: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        set_limits(survey, limits)
    assert limits_of(survey).set_to == {}


def test_only_what_lies_in_an_area_is_checked_and_kept(survey: Survey) -> None:
    area = np.array([[499990.0, 3400003.0], [500050.0, 3400003.0], [500050.0, 3400006.0], [499990.0, 3400006.0]])
    within = rows_within_area(survey.network, area)
    assert set(np.array(survey.network.node_ids.take(np.flatnonzero(within[0])))) == {"YS1", "YS2"}
    check_and_keep(survey, within=within)
    assert {stored.problem.element for stored in survey.problems()} <= {"YS1", "YS2", "YS1-YS2", "YS2-YS3"}
    check_and_keep(survey)
    _found, kept = check_and_keep(survey, within=within)
    assert kept.solved == 0


def test_what_a_reader_told_is_listed_once_when_a_check_finds_it_again(tmp_path: Path) -> None:
    from dataclasses import replace

    from pipemap.model.problem import Problem
    from pipemap.store import create_survey
    from tests.gui.surveys import street

    told = (
        Problem("no-feature", "warning", "street.csv:1", "Nothing says what {element} is.", {"element": "JS1"}, "node", "JS1"),
        Problem("remark", "info", "street.csv:1", "A remark."),
    )
    with create_survey(tmp_path / "told.gpkg") as survey:
        survey.store(replace(street(), problems=told))
        with survey.edit("damage") as edit:
            edit.update("node", "JS1", feature=None, kind=None)
        assert [stored.problem.rule for stored in survey.problems()] == ["no-feature", "remark"]
        check_and_keep(survey, ["no-feature"])
        (one,) = [stored for stored in survey.problems() if stored.problem.rule == "no-feature"]
        assert one.is_checked
        survey.undo()
        survey.undo()


def test_the_check_report_tells_counts_problems_and_what_is_ignored_but_nothing_secret(survey: Survey, tmp_path: Path) -> None:
    from pipemap.jobs.reporting import make_report

    check_and_keep(survey)
    set_limits(survey, {"both-named": "off"})
    ignored = [stored.fid for stored in survey.problems() if stored.problem.rule == "no-material"]
    survey.decide_problems(ignored, "ignored", reason="measured again", author="Li Na")
    hidden = survey.network.node_fid[survey.network.element("JS8").row]
    survey.set_secrecy("secret", node_fids=[int(hidden)])
    make_report(survey, "check", tmp_path / "checks.html", options={"pictures": False})
    told = (tmp_path / "checks.html").read_text(encoding="utf-8")
    for words in ("Nearly connected", "Joins 30 m of pipe", "measured again", "Li Na", "Feature and appurtenance"):
        assert words in told, words
    assert "JS8" not in told
    assert "YS1-YS2 has no material" in told


def test_entries_of_tables_are_settings_of_the_survey_too(survey: Survey) -> None:
    def found() -> dict[str, int]:
        return dict(check_survey(survey, ["shallow-cover", "manhole-spacing", "long-pipe", "flat-drain"]).counts)

    before = found()
    set_limits(
        survey, {"shallow-cover/water": "50", "manhole-spacing/DN600": "1", "long-pipe/drainage": "5", "flat-drain/more": "9"}
    )
    assert limits_of(survey).set_to == {
        "shallow-cover/water": "50", "manhole-spacing/600": "1", "long-pipe/drainage": "5", "flat-drain/more": "9",
    }  # fmt: skip
    after = found()
    drains = pressed = 2
    assert after["manhole-spacing"] - before["manhole-spacing"] == drains
    assert after["long-pipe"] - before["long-pipe"] == drains
    assert after["shallow-cover"] - before["shallow-cover"] >= pressed
    assert after["flat-drain"] == before["flat-drain"]  # 600 mm is no more than 1000
    set_limits(survey, dict.fromkeys(limits_of(survey).set_to, ""))
    assert found() == before
    survey.undo()
    assert found() == after


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("flat-drain/wide", "1"),
        ("flat-drain/300", "off"),
        ("shallow-cover/beer", "1"),
        ("near-miss/300", "1"),
        ("long-pipe/gas", "x"),
    ],
)
def test_an_entry_that_is_none_is_refused(survey: Survey, name: str, text: str) -> None:
    with pytest.raises(SettingsError):
        set_limits(survey, {name: text})
    assert limits_of(survey).set_to == {}


def test_what_an_edit_touched_is_checked_by_the_table_of_the_survey(survey: Survey) -> None:
    set_limits(survey, {"manhole-spacing/600": "1"})
    edited(survey, note="looked at")
    assert "manhole-spacing" in open_rules(survey)
