from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pipemap.cli.main import COMMANDS, _parser, main

TOWN = """\
[JUNCTIONS]
 J1 10 1
 J2 9 2
 J3 8 3
 J4 7 0
[RESERVOIRS]
 R1 50
[PIPES]
 P1 R1 J1 100 300 100 0 Open
 P2 J1 J2 200 200 100 0 Open
 P3 J3 J4 50 100 100 0 Open
[VALVES]
 V1 J2 J3 100 TCV 0 0
[STATUS]
 V1 Closed
[OPTIONS]
 Units LPS
[COORDINATES]
 R1 0 0
 J1 100 0
 J2 300 0
 J3 301 0
 J4 351 0
[END]
"""


@pytest.fixture
def town(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    source = tmp_path / "town.inp"
    source.write_text(TOWN)
    out = tmp_path / "town.gpkg"
    assert main(["import", str(source), "--to", str(out), "--json"]) == 0
    capsys.readouterr()
    return out


def answer(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, object]:
    capsys.readouterr()
    assert main([*map(str, words), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def message(capsys: pytest.CaptureFixture[str], code: int, *words: object) -> str:
    capsys.readouterr()
    assert main([str(word) for word in words]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


def test_import_answers_with_counts_and_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "town.inp"
    source.write_text(TOWN.replace("P3 J3 J4", "P3 J3 J9"))
    found = answer(capsys, "import", source, "--to", tmp_path / "x.gpkg")
    assert (found["nodes"], found["pipes"], found["valves"], found["sources"]) == (6, 4, 1, 1)
    assert found["length_m"] == 350.0
    assert found["by_category"] == {"JS": 4}
    problems = found["problems"]
    assert isinstance(problems, list)
    missing = next(problem for problem in problems if problem["rule"] == "missing-node")
    assert missing["severity"] == "error"
    assert missing["where"] == "town.inp:11"
    assert "J9" in missing["message"]


def test_a_dry_run_tells_tables_and_candidates_and_saves_a_mapping(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, kept = tmp_path / "点.csv", tmp_path / "kept.json"
    source.write_text("点号,X坐标,Y坐标,神秘\nP1,3400000,500000,甲\n", encoding="utf-8")
    found = answer(capsys, "import", source, "--dry-run", "--save-mapping", kept)
    tables = found["tables"]
    assert isinstance(tables, list)
    assert [(table["name"], table["kind"], table["rows"]) for table in tables] == [("点.csv", "node", 1)]
    assert tables[0]["columns"][3] == {"name": "神秘", "field": "", "confidence": 0.0, "examples": ["甲"]}
    first = found["crs_candidates"][0]  # type: ignore[index]
    assert (first["crs"], first["central_meridian"], first["zone"]) == ("EPSG:4547", 114.0, None)
    assert json.loads(kept.read_text(encoding="utf-8"))["点.csv"] == {
        "@kind": "node", "点号": "id", "X坐标": "x_axis", "Y坐标": "y_axis", "神秘": "",
    }  # fmt: skip
    assert main(["import", str(source), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "神秘" in shown
    assert "EPSG:4547" in shown


def test_what_nobody_understands_can_be_mapped_and_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, kept = tmp_path / "odd.csv", tmp_path / "kept.json"
    source.write_text("a,b,c\nP1,3400000,500000\n", encoding="utf-8")
    assert "kept.json" in message(capsys, 5, "import", source, "--dry-run", "--save-mapping", kept)
    mapping = json.loads(kept.read_text(encoding="utf-8"))
    mapping["odd.csv"] = {"@kind": "node", "a": "id", "b": "north", "c": "east"}
    kept.write_text(json.dumps(mapping), encoding="utf-8")
    assert answer(capsys, "import", source, "--dry-run", "--mapping", kept)["nodes"] == 1


def test_import_again_changes_nothing(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "import", town.with_suffix(".inp"), "--to", town)
    assert (found["nodes"], found["pipes"]) == (5, 4)
    assert found["added"] == {"nodes": 0, "pipes": 0}
    assert found["changed"] == 0


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "town.inp"
    source.write_text(TOWN)
    found = answer(capsys, "import", source, "--to", tmp_path / "x.gpkg", "--dry-run")
    assert (found["nodes"], found["pipes"]) == (5, 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["town.inp"]


def test_a_source_that_cannot_be_read_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "town.inp"
    source.write_text("[PIPES]\n")
    assert "town.inp" in message(capsys, 5, "import", source, "--to", tmp_path / "x.gpkg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["town.inp"]


def test_info_has_exactly_the_promised_keys(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "info", town)
    keys = "nodes pipes valves sources possible_sources findings length_m by_category crs extent components"
    keys += " customers customers_bound customers_unbound"
    assert list(found) == keys.split()
    assert found["extent"] == [0.0, 0.0, 351.0, 0.0]
    assert found["components"] == 1


def test_trace_stops_at_the_closed_valve(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "trace", town, "--type", "subnetwork", "--start", "R1")
    assert found["pipes"] == ["P1", "P2"]
    assert found["length_m"] == 300.0
    assert found["stopped_by"] == [{"element": "V1", "reason": "closed"}]
    assert found["sources"] == ["R1"]
    assert found["indeterminate"] == []


def test_trace_takes_barriers_conditions_and_sums(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        "trace",
        town,
        "--type",
        "connected",
        "--start",
        "R1",
        "--barrier",
        "J3",
        "--where",
        "diameter_mm >= 150",
        "--sum",
        "length",
    )
    found = answer(capsys, *words)
    assert found["pipes"] == ["P1", "P2"]
    assert found["sums"] == {"length": {"sum": 300.0, "min": 100.0, "max": 200.0, "count": 2, "unknown": 0}}


def test_shortest_path_has_the_way_in_order(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "trace", town, "--type", "shortest-path", "--start", "J2", "--end", "R1")
    assert found["pipes"] == ["P2", "P1"]


def test_find_says_where_the_text_stands(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hits = answer(capsys, "find", town, "V1")["hits"]
    assert isinstance(hits, list)
    assert hits[0]["id"] == "V1"
    assert hits[0]["layer"] == "pipe"


def test_answers_are_readable_without_json(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["info"], ["trace", "--start", "R1", "--sum", "diameter_mm"], ["find", "J1"], ["find", "nothing here"]):
        assert main([words[0], str(town), *words[1:]]) == 0
        assert capsys.readouterr().out.strip()


def test_an_unknown_id_is_an_error_that_names_similar_ones(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "J1" in message(capsys, 4, "trace", town, "--start", "J11")
    assert "P9" in message(capsys, 4, "trace", town, "--start", "R1", "--barrier", "P9")


def test_similar_ids_are_found_behind_a_layer_or_a_batch(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "P1" in message(capsys, 4, "trace", town, "--start", "pipe:P11").splitlines()[1]
    assert "J1" in message(capsys, 4, "trace", town, "--start", "town/J11").splitlines()[1]


def test_an_end_goes_with_a_shortest_path(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--end" in message(capsys, 2, "trace", town, "--type", "shortest-path", "--start", "J1")
    assert "--end" in message(capsys, 2, "trace", town, "--type", "connected", "--start", "J1", "--end", "J2")


def test_options_may_stand_before_the_command(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--lang", "zh", "info", str(town)]) == 0
    assert json.loads(capsys.readouterr().out)["nodes"] == 5


def test_pipes_that_end_nowhere_are_told_of(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(town)) as connection:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            connection.create_function(name, 1, lambda _blob: 0.0)
        connection.execute("UPDATE pipe SET to_fid = 99 WHERE id = 'P3'")
        connection.commit()
    assert main(["info", str(town), "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["pipes"] == 3
    assert captured.err.startswith("1 ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_answer_that_finds_no_room_is_an_error_and_no_bug(town: Path) -> None:
    words = [sys.executable, "-m", "pipemap", "info", str(town)]
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1


def test_a_condition_that_cannot_be_read_is_an_error(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "diameter" in message(capsys, 1, "trace", town, "--start", "R1", "--where", "diametre > 3")


def test_a_missing_file_and_a_foreign_file_are_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    foreign = tmp_path / "foreign.gpkg"
    foreign.write_text("not a survey")
    assert "none.gpkg" in message(capsys, 5, "info", tmp_path / "none.gpkg")
    assert "foreign.gpkg" in message(capsys, 5, "info", foreign)
    assert foreign.read_text() == "not a survey"
    assert "none.inp" in message(capsys, 5, "import", tmp_path / "none.inp", "--to", tmp_path / "x.gpkg")


def test_wrong_use_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "info" in message(capsys, 2, "infoo")
    assert "FILE" in message(capsys, 2, "info")
    assert "--to" in message(capsys, 2, "import", tmp_path / "a.inp")
    assert "1280x800" in message(capsys, 2, "render", "a.gpkg", "-o", "a.png", "--size", "big")


def test_messages_come_in_the_chosen_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message(capsys, 5, "info", tmp_path / "none.gpkg", "--lang", "zh")
    message(capsys, 5, "info", tmp_path / "none.gpkg", "--lang=en")


def _commands_of(parser: argparse.ArgumentParser) -> list[argparse._SubParsersAction[argparse.ArgumentParser]]:
    return [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_json(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert capsys.readouterr().out
    (commands,) = _commands_of(_parser(command))
    own = commands.choices[command]
    parts = [part for inner in _commands_of(own) for part in inner.choices.values()]
    assert all("--json" in part.format_help() for part in parts or [own])


def test_the_program_runs_as_a_module_and_starts_light() -> None:
    run = subprocess.run([sys.executable, "-m", "pipemap", "--version"], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("pipemap ")
    heavy = "PySide6 vtkmodules pandas pyogrio sqlite_utils scipy networkx numpy"
    code = (
        f"import sys, pipemap, pipemap.cli.main as m; m._parser(None); print([n for n in '{heavy}'.split() if n in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_program_leaves_pandas_out() -> None:
    code = "import sys; from pipemap.startup import leave_pandas_out as out; out(); import pyarrow; pyarrow.array([1.5]); "
    run = subprocess.run(
        [sys.executable, "-c", code + "print('pandas' in sys.modules)"], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"
