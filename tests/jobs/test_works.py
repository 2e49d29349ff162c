"""Works of others near pipes: steps before they begin, a visit each day, and what is due."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipemap.cli.main import main
from pipemap.errors import EditError
from pipemap.jobs.findings import add_finding
from pipemap.jobs.hazards import advance_hazard
from pipemap.jobs.patrol_due import due_tasks
from pipemap.jobs.patrols import Asked, change_patrol, find_patrol, plan_patrol
from pipemap.jobs.works import add_visit, list_works, overdue_words, works_of
from pipemap.model.finding import Finding
from pipemap.store import Survey, open_survey
from tests.gui.surveys import street_file
from tests.jobs.test_patrols import WATER, planned

NOTHING = np.zeros(0, dtype=np.int64)
TOLD = {"builder": "Metro line 4", "begins": "2026-11-20", "ends": "2026-11-30", "notified": "2026-11-18", "notified_by": "Li"}


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    """The street."""
    with open_survey(street_file(tmp_path / "street.gpkg")) as opened:
        yield opened


def works(survey: Survey, **told: str) -> int:
    asked = Asked("Metro", WATER, NOTHING, "works", crew="Wang", cycle_days=1.0, works=TOLD | told)
    return plan_patrol(survey, asked).patrol.fid


def test_works_want_their_steps_before_they_begin_and_a_visit_each_day(survey: Survey) -> None:
    number = works(survey)
    for day in ("2026-11-20", "2026-11-21T09:30", "2026-11-23"):
        add_visit(survey, number, visited=day, visitor="Wang", state="odd" if day.endswith("23") else "sound")
    (found,) = list_works(survey)
    assert (found.patrol.status, found.patrol.works["builder"]) == ("under_way", "Metro line 4")
    today = date(2026, 11, 25)
    assert [f"{day}" for day in found.missed(today)] == ["2026-11-22", "2026-11-24"]
    assert found.is_due(today)
    assert found.open_steps(today) == ("briefed", "protected")
    assert found.open_steps(date(2026, 11, 19)) == ()
    assert len(overdue_words(found, today)) == 3
    change_patrol(survey, number, briefed="2026-11-19", briefed_by="Li", protected="2026-11-19", protection="Steel plates")
    found = works_of(survey, find_patrol(survey, number))
    assert found.open_steps(today) == ()
    assert [f"{day}" for day in found.missed(date(2027, 1, 1))][-1] == "2026-11-30"
    change_patrol(survey, number, status="done", finished="2026-11-24")
    assert overdue_words(works_of(survey, find_patrol(survey, number)), today) == []


def test_a_visit_is_one_change_and_what_is_none_is_refused(survey: Survey) -> None:
    number = works(survey)
    add_visit(survey, number, visited="2026-11-20")
    survey.undo()
    (found,) = list_works(survey)
    assert (found.visits, found.patrol.status) == ((), "planned")
    other = planned(survey)
    for patrol, day, state in ((number, "soon", "sound"), (number, "2026-11-20", "fine"), (other, "2026-11-20", "sound")):
        with pytest.raises(EditError):
            add_visit(survey, patrol, visited=day, state=state)
    with pytest.raises(EditError, match="no date"):
        change_patrol(survey, number, begins="in spring")
    with pytest.raises(EditError, match="no date"):
        works(survey, ends="soon")


def test_the_week_lists_rounds_visits_works_and_hazards_overdue_first(survey: Survey) -> None:
    works(survey)
    plan_patrol(survey, Asked("North", WATER, NOTHING, due="2026-11-28"))
    plan_patrol(survey, Asked("Later", WATER, NOTHING, due="2026-12-28"))
    fid = add_finding(survey, Finding("hazard", "占压", kind="hazard", pipe="JS1-JS2", found="2026-11-20"))
    advance_hazard(survey, fid, "assigned", by="Zhao", on="2026-11-21", due="2026-11-24")
    today = date(2026, 11, 25)
    found = due_tasks(survey, on=today)
    told = [(one.what, one.day, one.name) for one in found]
    assert told == [
        ("works", "2026-11-20", "Metro"),
        ("hazard", "2026-11-24", "Built over"),
        ("visit", "2026-11-25", "Metro"),
        ("round", "2026-11-28", "North"),
    ]
    assert [one.is_overdue(today) for one in found] == [True, True, False, False]
    assert [one.name for one in due_tasks(survey, on=today, days=2) if one.what == "round"] == []


def test_a_round_that_was_walked_is_due_again_after_its_cycle(survey: Survey) -> None:
    number = planned(survey)
    change_patrol(survey, number, status="done", finished="2026-11-20T10:00:00+00:00")
    assert [(one.name, one.day) for one in due_tasks(survey, on=date(2026, 11, 25))] == [("Water", "2026-11-27")]


def test_the_command_line_tells_of_works_visits_and_the_week(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = str(street_file(tmp_path / "street.gpkg"))

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        code = main(["patrol", *words, "--json"])
        said = capsys.readouterr().out
        return code, json.loads(said) if said else {}

    words = ("plan", file, "--name", "Metro", "--kind", "works", "--category", "JS", "--cycle", "1", "--builder", "Metro line 4")
    assert run(*words, "--begins", "2026-11-20", "--ends", "2026-11-30", "--notified", "2026-11-18")[0] == 0
    assert (
        run("visit", file, "--patrol", "1", "--on", "2026-11-20", "--by", "Wang", "--state", "odd", "--note", "Plates moved")[0]
        == 0
    )
    assert run("change", file, "--patrol", "1", "--briefed", "2026-11-19", "--briefed-by", "Li")[0] == 0
    (one,) = run("works", file, "--on", "2026-11-22")[1]["works"]
    assert (one["builder"], one["missed_days"], one["open_steps"]) == ("Metro line 4", ["2026-11-21"], ["protected"])
    assert [one["what"] for one in run("due", file, "--on", "2026-11-22")[1]["tasks"]] == ["works", "visit"]
    assert run("visit", file)[0] == 2
    assert run("visit", file, "--patrol", "1", "--on", "soon")[0] == 6
    assert run("due", file, "--on", "soon")[0] == 2
    assert run("due", file, "--days", "0")[0] == 2
