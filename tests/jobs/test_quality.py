"""Acceptance by sampling on a real survey, and its statistics against a second implementation."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipemap.analysis.quality import Checked, demanded, draw_evenly, judge
from pipemap.cli.main import main
from pipemap.errors import EditError, SurveyDataError
from pipemap.jobs.batches import list_batches, step
from pipemap.jobs.quality import draw, give_verdict, import_measurements, measure, standing, write_sheet
from pipemap.jobs.reporting import make_report
from pipemap.store import Survey, create_survey, open_survey
from pipemap.store.acceptance import FailedAcceptanceError
from pipemap.store.quality import set_levels, verdicts
from tests.store.deliveries import Row, delivery, foreign

NAN = math.nan
NODES: tuple[Row, ...] = tuple(
    {
        "id": f"N{n}", "x": 10.0 * n, "y": float(n % 7), "ground": 10.0, "category": "YS",
        "visible": "visible" if n % 3 == 0 else "hidden",
    }
    for n in range(45)
)  # fmt: skip
PIPES: tuple[Row, ...] = tuple(
    {"from_fid": n, "to_fid": n + 1, "category": "YS", "diameter_mm": 300.0, "from_depth": 2.0, "to_depth": 2.0}
    for n in range(44)
)


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    """A batch of 15 visible and 30 hidden points, 2 m deep."""
    with create_survey(tmp_path / "a.gpkg") as made:
        made.store(delivery(NODES, PIPES, batch="lot"))
        yield made


def check_all(survey: Survey, kind: str, depths: dict[int, float]) -> None:
    """Measure the drawn points of a kind: right in plan, so far off in depth by their place."""
    points = [one for one in standing(survey, "lot").points if one.kind == kind]
    for place, one in enumerate(points):
        values = {"check_x": one.x, "check_y": one.y, "check_depth": one.depth + depths.get(place, 0.0)}
        measure(survey, "lot", one.id, values, kind=kind)


def test_a_batch_is_drawn_measured_and_passes(survey: Survey) -> None:
    for kind in ("visible", "hidden", "excavation"):
        draw(survey, "lot", kind, seed=1)
    now = standing(survey, "lot")
    assert [(one.population, one.demanded, one.drawn) for one in now.judged] == [(15, 1, 1), (30, 2, 2), (30, 3, 3)]
    assert now.outcome == "missing"
    for kind in ("visible", "hidden", "excavation"):
        check_all(survey, kind, {})
    done = give_verdict(survey, "lot", author="Li")
    assert done.outcome == "passed"
    assert [(one.level, one.outcome, one.decided_by) for one in verdicts(survey, done.batch.fid)] == [(2, "passed", "Li")]
    survey.undo()
    assert verdicts(survey, done.batch.fid) == []


def test_a_missing_measurement_blocks_the_verdict(survey: Survey) -> None:
    draw(survey, "lot", "excavation", seed=3)
    with pytest.raises(EditError, match="no verdict") as told:
        give_verdict(survey, "lot")
    assert standing(survey, "lot").points[0].id in told.value.hint


def test_the_same_seed_draws_the_same_points_and_a_draw_is_not_repeated(survey: Survey) -> None:
    first = [one.id for one in draw(survey, "lot", "excavation", seed=5).points]
    with pytest.raises(EditError, match="nothing to draw"):
        draw(survey, "lot", "excavation", seed=6)
    survey.undo()
    assert [one.id for one in draw(survey, "lot", "excavation", seed=5).points] == first


def test_a_small_sample_is_extended_and_fails_when_it_is_large(survey: Survey) -> None:
    draw(survey, "lot", "excavation", seed=2)
    check_all(survey, "excavation", {0: 0.5})
    assert standing(survey, "lot").of("excavation").outcome == "extend"
    draw(survey, "lot", "excavation", seed=2)
    assert standing(survey, "lot").of("excavation").drawn == 11
    check_all(survey, "excavation", {0: 0.5})
    assert standing(survey, "lot").of("excavation").outcome == "passed"
    check_all(survey, "excavation", {0: 0.5, 1: 0.5})
    assert standing(survey, "lot").of("excavation").outcome == "second"
    check_all(survey, "excavation", {0: 0.5, 1: 0.5, 2: 0.5})
    assert standing(survey, "lot").of("excavation").outcome == "failed"


def test_the_second_sample_decides_with_the_first(survey: Survey) -> None:
    draw(survey, "lot", "excavation", seed=2, more=12)
    check_all(survey, "excavation", {0: 0.5, 1: 0.5})
    assert standing(survey, "lot").of("excavation").outcome == "second"
    draw(survey, "lot", "excavation", seed=4, more=4)
    check_all(survey, "excavation", {0: 0.5, 1: 0.5})
    found = standing(survey, "lot").of("excavation")
    assert (found.drawn, found.over, found.outcome) == (22, 2, "passed")


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_the_sheet_goes_out_and_comes_back(survey: Survey, tmp_path: Path, ending: str) -> None:
    now = draw(survey, "lot", "excavation", seed=1)
    sheet = write_sheet(now, tmp_path / f"sheet{ending}")
    assert sheet.stat().st_size > 50
    filled = tmp_path / "filled.csv"
    rows = [f"{one.id},{one.x + 0.03},{one.y + 0.04},{one.depth - 0.1},dug by hand" for one in now.points]
    filled.write_text("点号,检查东坐标,检查北坐标,检查埋深,备注\n" + "\n".join(rows), encoding="utf-8")
    found, count = import_measurements(survey, "lot", filled, author="Wang")
    assert count == 3
    assert [(one.remark, one.measured_by) for one in found.points] == [("dug by hand", "Wang")] * 3
    assert found.of("excavation").mean_plan == pytest.approx(0.05)
    assert found.of("excavation").mean_depth == pytest.approx(0.1)
    again, _count = import_measurements(survey, "lot", write_sheet(found, tmp_path / f"again{ending}"))
    assert [(one.check_x, one.check_depth) for one in again.points] == [(one.check_x, one.check_depth) for one in found.points]


def test_a_sheet_with_a_point_that_was_not_drawn_is_refused_whole(survey: Survey, tmp_path: Path) -> None:
    one = draw(survey, "lot", "excavation", seed=1).points[0]
    file = tmp_path / "m.csv"
    file.write_text(f"点号,检查埋深\n{one.id},1.9\nX9,1.9\n{one.id},deep\n", encoding="utf-8")
    with pytest.raises(SurveyDataError, match="X9"):
        import_measurements(survey, "lot", file)
    assert all(math.isnan(point.check_depth) for point in standing(survey, "lot").points)


def test_levels_are_kept_apart(survey: Survey) -> None:
    draw(survey, "lot", "visible", level=1, seed=1)
    assert standing(survey, "lot").of("visible").drawn == 0
    set_levels(survey, 3)
    assert standing(survey, "lot").level == 3
    assert standing(survey, "lot", level=1).of("visible").drawn == 1
    with pytest.raises(EditError, match="level 4"):
        standing(survey, "lot", level=4)


@pytest.mark.parametrize("kind", ["check-record", "check-problems", "quality"])
@pytest.mark.parametrize("ending", [".xlsx", ".html"])
def test_the_forms_are_written(survey: Survey, tmp_path: Path, kind: str, ending: str) -> None:
    draw(survey, "lot", "excavation", seed=1)
    check_all(survey, "excavation", {0: 0.5})
    made = make_report(survey, kind, tmp_path / f"a{ending}", options={"batch": "lot"})
    assert made.written.stat().st_size > 1000
    if ending == ".html":
        text = made.written.read_text(encoding="utf-8")
        assert standing(survey, "lot").points[0].id in text or kind == "quality"


def test_the_command_line_does_all_of_it(survey: Survey, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = str(survey.path)
    survey.close()
    assert main(["acceptance", file, "draw", "lot", "--kind", "visible", "--seed", "7", "--json"]) == 0
    drawn = json.loads(capsys.readouterr().out)
    point = drawn["points"][0]
    words = ["--point", point["id"], "--east", str(point["x"]), "--north", str(point["y"]), "--depth", "2.2", "--json"]
    assert main(["acceptance", file, "measure", "lot", *words]) == 0
    found = json.loads(capsys.readouterr().out)["points"][0]
    assert (found["over"], found["depth_off_m"]) == (True, pytest.approx(-0.2))
    assert main(["acceptance", file, "verdict", "lot"]) == 6
    assert main(["acceptance", file, "sheet", "lot", "-o", str(tmp_path / "s.csv")]) == 0
    assert main(["acceptance", file, "levels", "3"]) == 0
    assert main(["acceptance", file, "list", "nobody"]) == 6


# -- a second implementation ---------------------------------------------------------------------------------------------


def simple(kind: str, points: list[Checked]) -> tuple[int, float, float]:
    """Count and mean errors with nothing but Python, from the standards' words."""
    over, plan, depth = 0, 0.0, 0.0
    for one in points:
        h = one.surveyed_depth if one.surveyed_depth >= 1 else 1.0
        top, side = (0.05, 0.10) if kind == "visible" else (0.15 * h, 0.10 * h)
        over += one.plan > side + 1e-4 or abs(one.depth) > top + 1e-4
        plan += one.plan * one.plan
        depth += one.depth * one.depth
    pairs = len(points) if kind == "excavation" else 2 * len(points)
    return over, math.sqrt(plan / pairs), math.sqrt(depth / pairs)


CHECKED = st.builds(Checked, st.floats(0, 0.6), st.floats(-0.6, 0.6), st.floats(0.1, 6))


@given(st.sampled_from(["visible", "hidden", "excavation"]), st.lists(CHECKED, min_size=11, max_size=20), st.booleans())
def test_the_statistics_agree_with_a_second_implementation(kind: str, points: list[Checked], second: bool) -> None:  # noqa: FBT001
    found = judge(kind, points, len(points) + 40, second_taken=second)  # type: ignore[arg-type]
    over, plan, depth = simple(kind, points)
    assert found.over == over
    assert found.mean_plan == pytest.approx(plan)
    assert found.mean_depth == pytest.approx(depth)
    share = over / len(points)
    wanted = "passed" if share <= 0.1 else "second" if share <= 0.2 and not second else "failed"
    assert found.outcome == wanted


def test_large_samples_are_judged_by_their_mean_errors_too() -> None:
    good = Checked(0.0, 0.05, 2.0)
    bad = Checked(0.0, 0.29, 2.0)
    assert judge("hidden", [good] * 25, 500).outcome == "passed"
    assert judge("hidden", [bad] * 25, 500).outcome == "failed"
    assert judge("hidden", [bad] * 20, 400).outcome == "passed"


@pytest.mark.parametrize(
    ("kind", "population", "wanted"),
    [
        ("visible", 0, 0),
        ("visible", 1, 1),
        ("hidden", 100, 5),
        ("hidden", 101, 6),
        ("excavation", 2, 2),
        ("excavation", 1000, 10),
    ],
)
def test_the_demanded_share(kind: str, population: int, wanted: int) -> None:
    assert demanded(kind, population) == wanted  # type: ignore[arg-type]


def test_a_depth_that_the_survey_does_not_have_is_not_compared() -> None:
    assert judge("hidden", [Checked(0.05, NAN, NAN)], 1).outcome == "passed"
    assert judge("hidden", [Checked(0.05, NAN, 1.5)], 1).outcome == "missing"


@given(st.integers(1, 200), st.integers(0, 2**31 - 1), st.data())
def test_a_draw_is_without_repeats_and_spread(count: int, seed: int, data: st.DataObject) -> None:
    wanted = data.draw(st.integers(1, count))
    places = np.random.default_rng(seed).random((count, 2)) * 1000
    rows = draw_evenly(places, wanted, seed)
    assert len(set(rows.tolist())) == wanted
    assert (rows == draw_evenly(places, wanted, seed)).all()


def test_a_survey_of_before_there_was_sampling_is_read_and_looked_back_into(survey: Survey) -> None:
    path = survey.path
    survey.close()
    with foreign(path) as connection:
        for table in ("acceptance_draw", "acceptance_point", "acceptance_verdict"):
            connection.execute(f"DROP TABLE {table}")
            connection.execute("DELETE FROM gpkg_contents WHERE table_name = ?", (table,))
    with open_survey(path, read_only=True) as older:
        assert standing(older, "lot").outcome == "draw"
        with older.as_of("#1") as past:
            assert past.network.node_count == 45


def failing(survey: Survey) -> None:
    draw(survey, "lot", "excavation", seed=2, more=8)
    check_all(survey, "excavation", dict.fromkeys(range(4), 0.5))


def waiting(survey: Survey) -> None:
    with survey.edit("as if it were approved") as edit:
        edit.write("batch", 1, {"state": "approved", "submitted": "2020-01-01T00:00:00+00:00"})


def test_a_batch_that_failed_is_not_taken_in_without_a_reason_and_a_name(survey: Survey) -> None:
    waiting(survey)
    failing(survey)
    with pytest.raises(FailedAcceptanceError, match="dug up"):  # before anybody gave the verdict, too
        step(survey, "lot", "store", author="Zhao")
    for kind in ("visible", "hidden"):
        draw(survey, "lot", kind, seed=1)
        check_all(survey, kind, {})
    assert give_verdict(survey, "lot", author="Li").outcome == "failed"
    with pytest.raises(FailedAcceptanceError, match=r"level 2.*dug up"):
        step(survey, "lot", "store", author="Zhao")
    with pytest.raises(FailedAcceptanceError, match="needs the name"):
        step(survey, "lot", "store", override="flood relief starts on Monday")
    assert step(survey, "lot", "store", override="flood relief starts on Monday", author="Zhao").state == "stored"
    newest = survey.newest_entry()
    assert newest is not None
    assert (newest.author, "flood relief starts on Monday" in newest.label) == ("Zhao", True)
    (row,) = list_batches(survey)
    assert (row.override, row.who["stored"]) == ("flood relief starts on Monday", "Zhao")
    survey.undo()
    assert list_batches(survey)[0].override == ""


def test_a_batch_that_is_submitted_again_is_sampled_anew(survey: Survey) -> None:
    waiting(survey)
    failing(survey)
    step(survey, "lot", "return", reason="four depths", author="Li")
    step(survey, "lot", "submit", author="crew")
    with survey.edit("a day later") as edit:
        edit.write("batch", 1, {"submitted": "2999-01-01T00:00:00+00:00"})
    now = standing(survey, "lot")
    assert (now.outcome, now.points) == ("draw", ())
    for name in ("check", "approve", "store"):
        assert step(survey, "lot", name, author="Wang").change_id


def test_an_override_on_the_command_line(survey: Survey, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    waiting(survey)
    failing(survey)
    survey.close()
    path = str(tmp_path / "a.gpkg")
    assert main(["batch", path, "store", "lot", "--author", "Zhao"]) == EditError.exit_code
    assert "Return it" in capsys.readouterr().err
    assert main(["batch", path, "store", "lot", "--author", "Zhao", "--override", "flood relief"]) == 0
    assert main(["report", "metadata", path, "-o", str(tmp_path / "m.html"), "--lang", "en"]) == 0
    assert "flood relief" in (tmp_path / "m.html").read_text(encoding="utf-8")
