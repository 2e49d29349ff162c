from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest

from pipemap.analysis.shutoff import plan_shutoff
from pipemap.cli.main import main
from pipemap.errors import Cancelled, PipemapError
from pipemap.formats.epanet import read_epanet
from pipemap.formats.inp.engine import SimulationError
from pipemap.formats.swmm import read_swmm
from pipemap.jobs.computed import sentences
from pipemap.jobs.simulating import SERVICE_PRESSURE_SETTING, Conditions, simulate_water
from pipemap.jobs.simulating_drainage import simulate_drainage
from pipemap.model.delivery import Delivery
from pipemap.store import Survey, create_survey

pytest.importorskip("epanet.toolkit")

LOOP = """
[JUNCTIONS]
 A 10 5
 B 10 5
 C 12 5
 D 20 1
[RESERVOIRS]
 R 40
[PIPES]
 RA R A 100 200 120 0 Open
 AB A B 100 150 120 0 Open
 AC A C 300 100 120 0 Open
 BC B C 100 100 120 0 Open
 CD C D 200 100 120 0 Open
[OPTIONS]
 Units LPS
 Headloss H-W
[TIMES]
 Duration 2:00
 Hydraulic Timestep 1:00
[END]
"""
ISLAND = LOOP.replace("[RESERVOIRS]", " X 5 1\n Y 5 1\n[RESERVOIRS]").replace("[OPTIONS]", " XY X Y 50 100 120 0 Open\n[OPTIONS]")
DRAIN = """
[OPTIONS]
FLOW_UNITS CMS
FLOW_ROUTING DYNWAVE
START_DATE 01/01/2020
END_DATE 01/01/2020
START_TIME 00:00
END_TIME 02:00
REPORT_STEP 00:15:00
ROUTING_STEP 5
[JUNCTIONS]
M1 10 2 0 0 0
M2 9.5 1 0 0 0
[OUTFALLS]
O 9 FREE
[CONDUITS]
C1 M1 M2 100 0.013 0 0
C2 M2 O 100 0.013 0 0
[XSECTIONS]
C1 CIRCULAR 0.5 0 0 0
C2 CIRCULAR 0.2 0 0 0
[INFLOWS]
M1 FLOW "" FLOW 1 1 0.15
[REPORT]
NODES M1
"""


def survey_of(tmp_path: Path, text: str, *, swmm: bool = False) -> Survey:
    source = tmp_path / "in.inp"
    source.write_text(text, encoding="utf-8")
    survey = create_survey(tmp_path / "town.gpkg")
    survey.store(read(source, swmm=swmm))
    return survey


def read(source: Path, *, swmm: bool) -> Delivery:
    return read_swmm(source) if swmm else read_epanet(source)


def engine_alone(source: Path, folder: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Heads and flows by id of the original file, demand-driven, as it says itself."""
    import epanet.toolkit as engine

    project = engine.createproject()
    engine.open(project, str(source), str(folder / "alone.txt"), "")
    engine.openH(project)
    engine.initH(project, 0)
    nodes, links = (range(1, engine.getcount(project, what) + 1) for what in (engine.NODECOUNT, engine.LINKCOUNT))
    heads, flows, times = [], [], []
    every = engine.gettimeparam(project, engine.REPORTSTEP)
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            engine.runH(project)
        times.append(engine.gettimeparam(project, engine.HTIME))
        heads.append([engine.getnodevalue(project, row, engine.HEAD) for row in nodes])
        flows.append([engine.getlinkvalue(project, row, engine.FLOW) for row in links])
        if engine.nextH(project) <= 0:
            break
    ids = [engine.getnodeid(project, row) for row in nodes], [engine.getlinkid(project, row) for row in links]
    engine.close(project)
    engine.deleteproject(project)
    told = np.array(times) % every == 0
    values = [dict(zip(names, np.array(rows)[told].T, strict=True)) for names, rows in zip(ids, (heads, flows), strict=True)]
    return values[0], values[1]


def networks(*names: str) -> list[Path]:
    wntr = pytest.importorskip("wntr")
    return [path for path in sorted(Path(wntr.__file__).parent.rglob("*.inp")) if path.stem in names]


def test_a_survey_that_came_from_a_model_is_computed_like_the_model(tmp_path: Path) -> None:
    for source in networks("Net1", "Net3"):
        folder = tmp_path / source.stem
        folder.mkdir()
        with survey_of(folder, source.read_text(encoding="utf-8")) as survey:
            run = simulate_water(survey, conditions=Conditions(pressure_driven=False)).before.run
            network = survey.network
        heads, flows = engine_alone(source, folder)
        gpm = 3.785411784 / 60
        assert len(run.node_rows) == len(heads)
        assert len(run.pipe_rows) == len(flows)
        for column, row in enumerate(run.node_rows.tolist()):
            np.testing.assert_allclose(run.nodes["head"][:, column], heads[network.node_ids[row]] * 0.3048, rtol=1e-12)
        for column, row in enumerate(run.pipe_rows.tolist()):
            np.testing.assert_allclose(run.pipes["flow"][:, column], flows[network.pipe_ids[row]] * gpm, rtol=1e-9, atol=1e-12)


def test_pressures_below_the_service_pressure_are_listed_lowest_first(tmp_path: Path) -> None:
    with survey_of(tmp_path, LOOP) as survey:
        found = simulate_water(survey, conditions=Conditions(service_pressure=28.0)).before
        ids = [survey.network.node_ids[row] for row in found.low.rows.tolist()]
        assert ids == ["D", "C"]
        assert found.low.values[0] < found.low.values[1] < 28.0
        assert found.run.times.tolist() == [0.0, 3600.0, 7200.0]
        survey.set_setting(SERVICE_PRESSURE_SETTING, "5")
        again = simulate_water(survey)
        assert not len(again.before.low)
        assert again.before.service_pressure == 5.0
        assert sentences(again)[-1] == "Every node keeps the service pressure of 5 m."


def test_a_plan_tells_who_falls_below_outside_of_it_and_where_the_water_turns_round(tmp_path: Path) -> None:
    with survey_of(tmp_path, valved(LOOP)) as survey:
        plan = plan_shutoff(survey.network, pipes=["AB"])
        assert plan.close == ("V1", "V2")
        answer = simulate_water(survey, plan=plan, conditions=Conditions(service_pressure=25.0))
        names = survey.network.node_ids, survey.network.pipe_ids
        assert [names[0][row] for row in answer.before.low.rows.tolist()] == ["D"]
        assert {names[0][row] for row in answer.falls_below.rows.tolist()} == {"B", "C"}
        assert [names[1][row] for row in answer.reversed.rows.tolist()] == ["BC"]
        gone = {names[0][row] for row in plan.contained.node_rows.tolist()}
        assert gone.isdisjoint(names[0][row] for row in answer.shown.run.node_rows.tolist())


def valved(text: str) -> str:
    """Put a valve at both ends of AB."""
    text = text.replace(" AB A B 100 150 120 0 Open", " AB A1 B1 100 150 120 0 Open")
    text = text.replace("[RESERVOIRS]", " A1 10 0\n B1 10 0\n[RESERVOIRS]")
    return text.replace("[OPTIONS]", "[VALVES]\n V1 A A1 150 TCV 0 0\n V2 B1 B 150 TCV 0 0\n[OPTIONS]")


def test_parts_without_a_source_are_set_aside_and_named(tmp_path: Path) -> None:
    with survey_of(tmp_path, ISLAND) as survey:
        run = simulate_water(survey).before.run
        assert [[survey.network.node_ids[row] for row in rows.tolist()] for rows in run.aside] == [["X", "Y"]]
        told = [one.message for one in run.assumed if one.rule == "set-aside"]
        assert told == ["Parts of the network hold no source and were set aside (1, 2 nodes). One node of each: X"]
        assert len(run.node_rows) == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LOOP.replace("R 40", "").replace("RA R A", "RA D A"), "No part of the water network holds a source"),
        (LOOP.replace("100 200 120", "100 200 -5"), "a number has a value that it cannot have"),
    ],
)
def test_what_cannot_be_computed_is_said_in_words(tmp_path: Path, text: str, words: str) -> None:
    with survey_of(tmp_path, text) as survey, pytest.raises(SimulationError, match=words):
        simulate_water(survey)


def test_drains_are_no_water_network_and_the_other_way(tmp_path: Path) -> None:
    with survey_of(tmp_path, DRAIN, swmm=True) as survey, pytest.raises(PipemapError, match="no water supply"):
        simulate_water(survey)
    (tmp_path / "town.gpkg").unlink()
    with survey_of(tmp_path, LOOP) as survey, pytest.raises(PipemapError, match="no drainage"):
        simulate_drainage(survey)


def test_absurd_conditions_are_refused(tmp_path: Path) -> None:
    with survey_of(tmp_path, LOOP) as survey:
        for wrong in (Conditions(hours=-1), Conditions(hours=float("nan")), Conditions(service_pressure=0)):
            with pytest.raises(SimulationError):
                simulate_water(survey, conditions=wrong)


def test_a_model_that_wants_to_write_elsewhere_does_not(tmp_path: Path) -> None:
    outside = tmp_path / "outside.hyd"
    text = LOOP.replace(" Headloss H-W", f" Headloss H-W\n HYDRAULICS SAVE {outside}\n[REPORT]\n FILE {outside}")
    with survey_of(tmp_path, text) as survey:
        simulate_water(survey)
    assert not outside.exists()


def test_cancelling_ends_the_child_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def stop(done: int, total: int | None = None, label: str = "") -> None:
        del done, total
        if "EPANET" in label:
            raise Cancelled

    with survey_of(tmp_path, LOOP) as survey, pytest.raises(Cancelled):
        simulate_water(survey, conditions=Conditions(hours=8000), progress=stop)
    assert not list(tmp_path.glob("pipemap-*"))


def test_an_engine_that_dies_is_an_error_in_words(tmp_path: Path) -> None:
    from pipemap.formats.inp.engine import run_engine
    from pipemap.progress import SILENT

    child = tmp_path / "child.py"
    child.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", encoding="utf-8")
    with pytest.raises(SimulationError, match="stopped in the middle"):
        run_engine(str(child), tmp_path, {}, program="EPANET", progress=SILENT)


def test_a_run_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    from pipemap.formats.inp.engine import run_engine
    from pipemap.progress import SILENT

    child = tmp_path / "child.py"
    child.write_text("import time\ntime.sleep(60)\n", encoding="utf-8")
    with pytest.raises(SimulationError, match="far too long"):
        run_engine(str(child), tmp_path, {}, program="EPANET", progress=SILENT, patience_s=0.1)


def test_the_child_knows_nothing_of_pipemap(tmp_path: Path) -> None:
    from pipemap.formats.epanet import engine_child

    (tmp_path / "model.inp").write_text(LOOP, encoding="utf-8")
    task = {"seconds": None, "pressure_driven": False, "service_pressure": 1.0, "pressure_metres": [1.0] * 5}
    (tmp_path / "task.json").write_text(json.dumps(task), encoding="utf-8")
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-P", str(engine_child.__file__), str(tmp_path)], env=bare, check=False)
    assert done.returncode == 0
    assert json.loads((tmp_path / "said.json").read_text(encoding="utf-8"))["error"] == ""


def test_what_floods_and_runs_full_is_listed_with_volume_and_time(tmp_path: Path) -> None:
    with survey_of(tmp_path, DRAIN, swmm=True) as survey:
        answer = simulate_drainage(survey)
        network = survey.network
        assert {network.node_ids[row] for row in answer.flooding.rows.tolist()} == {"M2"}
        assert answer.flooding.values[0] == pytest.approx(alone_flooding(tmp_path), rel=1e-9)
        assert "C1" in [network.pipe_ids[row] for row in answer.surcharged.rows.tolist()]
        assert len(answer.shown.run.times) == 8
        assert answer.carries_water


def alone_flooding(folder: Path) -> float:
    """Cubic metres that the second manhole loses when SWMM runs the original file."""
    from swmm.toolkit import solver

    solver.swmm_open(*(str(folder / name) for name in ("in.inp", "alone.rpt", "alone.out")))
    solver.swmm_start(0)
    while solver.swmm_stride(300) > 0:
        pass
    volume = float(solver.node_get_stats(1).volFlooded)
    solver.swmm_end()
    solver.swmm_close()
    return volume


def test_a_drain_without_inflow_says_that_nothing_is_right(tmp_path: Path) -> None:
    with survey_of(tmp_path, DRAIN.replace('M1 FLOW "" FLOW 1 1 0.15', ""), swmm=True) as survey:
        answer = simulate_drainage(survey)
        assert not answer.carries_water
        assert "neither rain nor inflow" in sentences(answer)[1]


def test_what_swmm_refuses_is_said_in_words(tmp_path: Path) -> None:
    text = DRAIN.replace("[REPORT]", "[CONTROLS]\nRULE R\nIF NODE NOWHERE DEPTH > 1\nTHEN CONDUIT C1 STATUS = CLOSED\n[REPORT]")
    with survey_of(tmp_path, text, swmm=True) as survey, pytest.raises(SimulationError, match="SWMM cannot compute"):
        simulate_drainage(survey)


def test_the_command_line_and_the_spreadsheet_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with survey_of(tmp_path, valved(LOOP)) as survey:
        path = str(survey.path)
    sheet = tmp_path / "out.xlsx"
    assert main(["simulate", path, "--plan-pipe", "AB", "--service-pressure", "25", "--xlsx", str(sheet), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {one["id"] for one in told["below_service_pressure"]} == {"B", "C"}
    assert [one["id"] for one in told["reversed"]] == ["BC"]
    assert sheet.stat().st_size > 0
    assert main(["shutoff", path, "--pipe", "AB", "--hydraulics", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["close"] == ["V1", "V2"]
    assert told["hydraulics"]["program"] == "EPANET"
    assert main(["simulate", path, "--plan-pipe", "AB", "--drainage"]) == 2
    assert main(["simulate", path, "--hours", "nan"]) == 1
