"""Readings: by form and by table, held against limits, and a hazard raised once beyond one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.catalog.readings import reading_kinds
from pipemap.cli.main import main
from pipemap.errors import EditError, PipemapError, SettingsError, SurveyDataError, UnknownElementError
from pipemap.formats.readings import WrittenReading, moment_of, read_readings
from pipemap.jobs.findings import remove_finding
from pipemap.jobs.hazards import advance_hazard, list_hazards
from pipemap.jobs.readings import (
    enter_reading,
    limits_of,
    list_readings,
    load_readings,
    place_names,
    set_reading_limit,
    value_of,
)
from pipemap.store import Survey, open_survey
from tests.gui.surveys import street_file

WIDE = (
    "物探点号,时间,可燃气体浓度(%LEL),积水深(cm),阴保电位(mV),备注\n"
    "JS2,2026/11/25 8:30,35,10,-900,\n"
    "YS1,2026-11-25 08:40,,55,,深\n"
    "XX9,2026-11-25,3,,,\n"
    "JS4,soon,low,,-700,\n"
)
LONG = "element,kind,value,unit,time\nJS4,hydrant pressure,1.1,bar,2026-11-25T09:00\nJS1-JS2,mood,3,,2026-11-25\n"


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    """The street."""
    with open_survey(street_file(tmp_path / "street.gpkg")) as opened:
        yield opened


@pytest.fixture
def tables(tmp_path: Path) -> list[Path]:
    """A table with a column for each kind, as a Chinese office writes it, and one with a value a row."""
    (tmp_path / "wide.csv").write_bytes(WIDE.encode("gb18030"))
    (tmp_path / "long.csv").write_text(LONG, encoding="utf-8")
    return [tmp_path / "wide.csv", tmp_path / "long.csv"]


def test_tables_of_both_builds_are_read_and_hazards_raised(survey: Survey, tables: list[Path]) -> None:
    done = load_readings(survey, tables)
    assert (done.added, len(done.raised)) == (9, 4)
    told = [(one.code, one.element) for one in list_hazards(survey)]
    assert told == [("leak", "JS2"), ("chamber_water", "YS1"), ("reading", "JS4"), ("reading", "JS4")]
    name = place_names(survey)
    kept = {(name(one), one.kind): one for one in list_readings(survey)}
    assert kept["JS2", "cp_potential"].value == -0.9
    assert kept["YS1", "water_depth"].value == 0.55
    assert kept["JS4", "hydrant_pressure"].value == pytest.approx(0.11)
    assert kept["JS2", "gas_lel"].taken == "2026-11-25T08:30"
    survey.undo()
    assert list_readings(survey) == []
    assert list_hazards(survey) == []


def test_what_cannot_be_understood_is_kept_as_written_and_listed(survey: Survey, tables: list[Path]) -> None:
    done = load_readings(survey, tables)
    assert len(done.remarks) == 5
    odd = {one.written: one for one in list_readings(survey)}
    assert (odd["low %LEL"].value, odd["low %LEL"].taken) == (None, "soon")
    assert (odd["3"].kind, odd["3"].value) == ("mood", None)
    assert (odd["3 %LEL"].element, odd["3 %LEL"].node) == ("XX9", None)


def test_the_same_table_again_records_and_raises_nothing(survey: Survey, tables: list[Path]) -> None:
    load_readings(survey, tables)
    again = load_readings(survey, tables)
    assert (again.added, again.changed, again.again, again.raised, again.change_id) == (0, 0, 9, (), None)
    remove_finding(survey, 1)
    assert load_readings(survey, tables).raised == ()
    tables[0].write_bytes(WIDE.replace("JS2,2026/11/25 8:30,35", "JS2,2026/11/25 8:30,5").encode("gb18030"))
    changed = load_readings(survey, tables)
    assert (changed.changed, changed.raised) == (1, ())
    assert len(list_readings(survey)) == 9


def test_a_second_value_beyond_belongs_to_the_open_hazard_and_a_new_one_comes_after_it_was_closed(survey: Survey) -> None:
    def read(day: str, value: str = "40") -> tuple[int, ...]:
        return enter_reading(survey, WrittenReading("JS2", "gas_lel", value, taken=day)).raised

    (first,) = read("2026-11-01")
    assert read("2026-11-02") == ()
    assert {one.finding for one in list_readings(survey)} == {first}
    for state in ("assigned", "fixed", "rechecked", "closed"):
        advance_hazard(survey, first, state, on="2026-11-03")
    assert read("2026-11-04", "3") == ()
    (second,) = read("2026-11-05")
    assert second != first


def test_limits_are_settings_of_the_survey_in_the_history(survey: Survey) -> None:
    assert limits_of(survey)["gas_lel"].is_ours
    set_reading_limit(survey, "可燃气体浓度", None, 50.0)
    limit = limits_of(survey)["gas_lel"]
    assert (limit.low, limit.high, limit.is_ours) == (None, 50.0, False)
    assert enter_reading(survey, WrittenReading("JS2", "gas_lel", "40")).raised == ()
    set_reading_limit(survey, "gas_lel")
    assert not limits_of(survey)["gas_lel"].is_beyond(1e9)
    set_reading_limit(survey, "gas_lel", ours=True)
    assert limits_of(survey)["gas_lel"] == limits_of(survey)["gas_lel"].__class__(None, 20.0)
    survey.undo()
    assert not limits_of(survey)["gas_lel"].is_ours
    for kind, low, high in (("mood", 0.0, 1.0), ("gas_lel", 2.0, 1.0), ("gas_lel", float("nan"), None)):
        with pytest.raises(SettingsError):
            set_reading_limit(survey, kind, low, high)


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        (WrittenReading("JS2", "mood", "3"), EditError),
        (WrittenReading("JS2", "gas_lel", "much"), EditError),
        (WrittenReading("JS2", "gas_lel", "3", "furlong"), EditError),
        (WrittenReading("JS2", "gas_lel", "nan"), EditError),
        (WrittenReading("JS2", "gas_lel", "3", taken="soon"), EditError),
        (WrittenReading("XX9", "gas_lel", "3"), UnknownElementError),
    ],
)
def test_what_is_typed_wrong_is_refused(survey: Survey, typed: WrittenReading, error: type[PipemapError]) -> None:
    with pytest.raises(error):
        enter_reading(survey, typed)
    assert list_readings(survey) == []


def test_units_are_turned_into_that_of_the_kind() -> None:
    kinds = reading_kinds()
    assert value_of(kinds["cp_potential"], "-870 mV") == -0.87
    assert value_of(kinds["cp_potential"], "−0,87", "V") == -0.87
    assert value_of(kinds["hydrant_pressure"], "20", "m") == pytest.approx(0.196, abs=1e-3)
    assert value_of(kinds["gas_lel"], "12%") == 12.0
    assert value_of(kinds["gas_lel"], "12 apples") is None
    assert value_of(kinds["gas_lel"], "") is None


def test_times_are_read_as_people_write_them() -> None:
    assert moment_of("2026年11月5日 8:30") == "2026-11-05T08:30"
    assert moment_of("2026.1.5") == "2026-01-05"
    assert moment_of("2026-11-25 08:30:15") == "2026-11-25T08:30:15"
    assert moment_of("2026-13-25") is None


def test_readings_go_with_their_element(survey: Survey) -> None:
    enter_reading(survey, WrittenReading("JS2", "gas_lel", "3"))
    enter_reading(survey, WrittenReading("pipe:JS1-JS2", "cp_potential", "-0.9"))
    with survey.edit("join") as edit:
        edit.update("node", "JS2", appurtenance=None)
        edit.join("JS2")
    (joined,) = {place_names(survey)(one) for one in list_readings(survey)}
    with survey.edit("delete") as edit:
        edit.delete("pipe", joined)
    assert [one.pipe for one in list_readings(survey)] == [None, None]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(content=st.binary(max_size=200), based=st.booleans(), ending=st.sampled_from(["csv", "xlsx"]))
def test_any_bytes_give_readings_or_a_message(tmp_path: Path, content: bytes, based: bool, ending: str) -> None:  # noqa: FBT001
    path = tmp_path / f"a.{ending}"
    path.write_bytes(LONG.encode() + content if based else content)
    try:
        assert read_readings(path)
    except PipemapError:
        return


def test_a_table_of_something_else_says_what_is_wanted(survey: Survey, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SurveyDataError, match="no readings"):
        load_readings(survey, [tmp_path / "a.csv"])


def test_the_command_line_records_lists_and_sets_limits(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tables: list[Path]
) -> None:
    file = str(street_file(tmp_path / "street.gpkg"))

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        code = main(["reading", *words, "--json"])
        said = capsys.readouterr().out
        return code, json.loads(said) if said else {}

    assert run("import", file, *map(str, tables))[1]["added"] == 9
    code, answer = run(
        "add", file, "--kind", "水深", "--value", "35 cm", "--element", "YS2", "--taken", "2026-11-25", "--by", "Li"
    )
    assert code == 0
    assert len(answer["findings"]) == 1
    beyond = run("list", file, "--beyond")[1]["readings"]
    assert [one["element"] for one in beyond] == ["YS2", "JS2", "YS1", "JS4", "JS4"]
    assert len(run("list", file, "--element", "JS2", "--kind", "gas_lel")[1]["readings"]) == 1
    limits = run("limit", file, "--set", "water_depth=..0.5", "cp_potential=-1.1..-0.9")[1]["limits"]
    assert {one["kind"]: one["ours"] for one in limits}["water_depth"] is False
    for words, wanted in (
        (("add", file, "--kind", "gas_lel"), 2),
        (("import", file), 2),
        (("list", file, "a.csv"), 2),
        (("list", file, "--kind", "mood"), 2),
        (("limit", file, "--set", "gas_lel"), 2),
        (("add", file, "--kind", "gas_lel", "--value", "3", "--element", "XX"), 4),
    ):
        assert run(*words)[0] == wanted, words
