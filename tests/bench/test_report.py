"""What measuring came to, shown; and that each row can be measured at all."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from pipemap.assets import resource
from pipemap.bench import (
    ROWS,
    Bench,
    Figure,
    Measured,
    cancelling,
    editing,
    inspecting,
    ours,
    peers,
    remembered,
    report,
    run_bench,
    walk,
)
from pipemap.bench.case import Ground
from pipemap.bench.chart import chart
from pipemap.bench.cities import city_of
from pipemap.bench.results import growth
from pipemap.cli.main import main
from pipemap.errors import Cancelled
from pipemap.gui.columns import FIRST_COLUMNS
from pipemap.store import open_survey
from pipemap.texts import set_language

BENCH = Bench(
    {"date": "2026-01-02", "processor": "any", "cores": "2", "memory": "8 GiB", "system": "Linux", "python": "3.11"},
    (1000, 1_000_000),
    (
        Figure("open", 1000, Measured(0.01, (0.01,), peak_mib=150.0, before_mib=100.0), {"sqlite3 + shapely": Measured(0.05)}),
        Figure(
            "open",
            1_000_000,
            Measured(10.0, (10.0,), peak_mib=500.0, before_mib=100.0),
            {"sqlite3 + shapely": Measured(40.0), "QGIS": Measured(missing="QGIS is not installed")},
        ),
        Figure(
            "open-memory",
            1_000_000,
            Measured(10.0, (10.0,), peak_mib=500.0, before_mib=100.0),
            {"sqlite3 + shapely": Measured(40.0)},
        ),
    ),
)


def test_every_row_names_work_that_there_is() -> None:
    parts = (ours, editing, cancelling, inspecting, remembered, walk)
    assert {row.ours for row in ROWS} <= {case for part in parts for case in part.CASES}
    assert {case for row in ROWS for case in row.peers.values()} <= set(peers.CASES) | {
        "qgis_read",
        "qgis_draw",
        "qgis_build",
        "qgis_trace",
        "qgis_table",
    }
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("page", ["50-command-line.md", "50-command-line.zh-CN.md"])
def test_every_row_is_told_in_the_manual(page: str) -> None:
    told = (resource("manual") / page).read_text(encoding="utf-8")
    assert [row.name for row in ROWS if f"`{row.name}`" not in told] == []


def test_a_step_of_the_walk_stands_under_the_whole_of_it_and_names_what_held_it_up() -> None:
    measured = Measured(0.15, (0.15,), note="store/reading.py:125 _fetch")
    bench = Bench({}, (1000,), (Figure("stall", 1000, measured), Figure("stall-open", 1000, measured)))
    whole, step = report.table_rows(bench, 1000)
    assert whole[0] == "Longest time in which the window did not answer: store/reading.py:125 _fetch"
    assert step[:4] == ("– Open the survey: store/reading.py:125 _fetch", "150 ms", "", "≤ 100 ms ✗")
    assert chart(bench).count("<g ") == 1


def test_the_table_measured_is_the_one_that_is_shown() -> None:
    assert FIRST_COLUMNS["pipe"] == ours.COLUMNS


def test_a_row_tells_ratio_target_and_growth_and_says_which_peer_is_missing() -> None:
    title, mine, beside, target, slope = report.table_rows(BENCH, 1_000_000)[0]
    assert title == "Survey → network in memory"
    assert mine == "10.0 s"
    assert beside == "sqlite3 + shapely 40.0 s (4.0×) · QGIS: QGIS is not installed"
    assert target == "≤ 2.5 s ✗"
    assert slope == "1.00"
    memory = report.table_rows(BENCH, 1_000_000)[1]
    assert memory[1:4] == ("400 MiB", "sqlite3 + shapely –", "≤ 600 MiB ✓")


def test_json_holds_everything_and_no_nan() -> None:
    told = json.loads(json.dumps(report.record(BENCH), allow_nan=False))
    assert told["figures"][1]["ratio"] == {"sqlite3 + shapely": 4.0, "QGIS": None}
    assert told["figures"][1]["ours"]["value"] == 10.0


def test_growth_is_a_slope() -> None:
    assert growth({10: 1.0, 1000: 100.0}) == 1.0
    assert growth({10: 1.0, 1000: 1.0}) == 0.0
    assert math.isnan(growth({10: 1.0}))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_chart_is_a_picture_and_the_page_shows_it(language: str, tmp_path: Path) -> None:
    set_language(language)
    assert ET.fromstring(chart(BENCH)).tag.endswith("svg")  # noqa: S314 -- our own
    written = report.write(BENCH, tmp_path, manual=True)
    assert sorted(path.name for path in written) == [
        "85-performance.json",
        "85-performance.md",
        "85-performance.zh-CN.md",
        "performance-zh.svg",
        "performance.svg",
    ]
    english, chinese = (next(path for path in written if path.name.endswith(ending)) for ending in ("ce.md", "zh-CN.md"))
    assert "pictures/performance.svg" in english.read_text(encoding="utf-8")
    assert "pictures/performance-zh.svg" in chinese.read_text(encoding="utf-8")


def test_rows_are_measured_in_processes_of_their_own(tmp_path: Path) -> None:
    bench = run_bench([1000], tmp_path, only=["open", "table-sort"])
    assert [figure.row for figure in bench.figures] == ["open", "table-sort"]
    for figure in bench.figures:
        assert figure.ours.seconds > 0, figure.ours.missing
        assert figure.peers["sqlite3 + shapely" if figure.row == "open" else "sqlite3"].seconds > 0
    assert bench.machine["pipemap"]


def test_a_long_history_is_made_as_the_survey_would_write_it(tmp_path: Path) -> None:
    ground = Ground(city_of(200, tmp_path), tmp_path)
    path = remembered.aged(ground)
    with open_survey(path) as survey:
        pipes = survey.network.pipe_count
        assert survey.verify().intact
        assert survey.disagreements() == ()
        assert survey.history_count() > pipes
        assert survey.foreign_edits() == []
        survey.undo()
        assert survey.disagreements() == ()
    ground.close()


def test_stopping_ends_the_process_under_way(tmp_path: Path) -> None:
    run_bench([1000], tmp_path, only=["table-open"])  # the city is there

    def stop(done: int, total: int | None = None, label: str = "") -> None:
        del done, total
        if label == "":
            raise Cancelled

    with pytest.raises(Cancelled):
        run_bench([1000], tmp_path, only=["open"], progress=stop)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_an_unknown_figure_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["bench", "--only", "nonsense", "--cities", str(tmp_path)]) == 1
    assert "nonsense" in capsys.readouterr().err
    assert main(["bench", "--pipes", "5", "--sizes", "6", "--lang", "en"]) == 2
    assert main(["bench", "--pipes", "0"]) == 2
