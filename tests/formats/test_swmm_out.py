from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import ReportError
from pipemap.formats.epanet import write_epanet
from pipemap.formats.inp.text import read_text
from pipemap.formats.swmm import read_swmm, write_swmm
from pipemap.formats.swmm.text import DIALECT
from pipemap.formats.writing import WriteOptions
from pipemap.model.delivery import Delivery
from pipemap.model.extract import Extract
from tests.formats.edits import added_pipe, edited, rules, surveyed, without
from tests.formats.test_swmm import TOWN, node, pipe

CONTROLLED = (
    TOWN + "[CONTROLS]\nRULE R1\nIF NODE ST1 DEPTH > 1\nTHEN PUMP P1 STATUS = ON\n"
    "RULE R2\nIF NODE D1 DEPTH > 1\nTHEN ORIFICE OR1 SETTING = 0\n"
    "[DWF]\nD1 FLOW 1\nST1 FLOW 2\n[SUBAREAS]\nS1 0.01 0.1 0 0 25 OUTLET\nS2 0.01 0.1 0 0 25 OUTLET\n"
    '[PROFILES]\n"Main" C1 C2 C3\n[REPORT]\nNODES D1 ST1\nLINKS ALL\n[LABELS]\n1 1 "works" D1\n'
)
RUN = """
import sys
from swmm.toolkit import solver, shared_enum as names
solver.swmm_open(sys.argv[1], sys.argv[2] + ".rpt", sys.argv[2] + ".out")
solver.swmm_start(1)
steps = 0
while solver.swmm_step() > 0 and steps < 2000:
    steps += 1
heads = [solver.node_get_result(row, names.NodeResult.HEAD) for row in range(solver.project_get_count(names.ObjectType.NODE))]
flows = [solver.link_get_result(row, names.LinkResult.FLOW) for row in range(solver.project_get_count(names.ObjectType.LINK))]
solver.swmm_end()
print("result", steps, solver.swmm_get_mass_balance(), heads, flows)
"""


def read(tmp_path: Path, text: str) -> Extract:
    path = tmp_path / "in.inp"
    path.write_text(text, encoding="utf-8")
    return Extract.from_delivery(read_swmm(path))


def write(tmp_path: Path, extract: Extract) -> tuple[Delivery, dict[str, object], str]:
    to = tmp_path / "out.inp"
    result = write_swmm(extract, to, options=WriteOptions())
    assert result.paths == (to,)
    return read_swmm(to), rules(result.losses), to.read_text(encoding="utf-8")


def sections(path: Path) -> dict[str, list[tuple[list[str], str]]]:
    text = read_text(path, DIALECT)
    found = {name: [(row.words, row.comment) for row in text.rows(name)] for name in text.sections}
    return {name: rows for name, rows in found.items() if rows}


def run(path: Path, tmp_path: Path) -> str:
    """Run a model; in a process of its own, since the engine ends one on odd input."""
    pytest.importorskip("swmm.toolkit")
    command = [sys.executable, "-c", RUN, str(path), str(tmp_path / path.stem)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)
    return next((line for line in done.stdout.splitlines() if line.startswith("result")), done.stderr)


def test_what_came_from_a_model_goes_out_word_for_word(tmp_path: Path) -> None:
    _delivery, losses, text = write(tmp_path, read(tmp_path, CONTROLLED))
    assert sections(tmp_path / "out.inp") == sections(tmp_path / "in.inp")
    assert not losses
    assert "[END]" not in text  # which the engine refuses


def test_changed_levels_move_offsets_and_depths(tmp_path: Path) -> None:
    extract = edited(read(tmp_path, TOWN), "node", "J1", ground=103.5, chamber_depth=3.5)
    delivery, losses, text = write(tmp_path, edited(extract, "pipe", "C2", to_level=98.25))
    first = node(delivery, "J1")
    assert (first["ground"], first["chamber_depth"]) == (103.5, 3.5)
    assert "J1  100  3.5  0 0 0" in text
    assert (pipe(delivery, "C1")["from_level"], pipe(delivery, "C1")["to_level"]) == (100.7, 99.1)
    assert pipe(delivery, "C2")["to_level"] == 98.25
    assert not losses


def test_offsets_that_are_levels_stay_levels(tmp_path: Path) -> None:
    text = TOWN.replace("DEPTH\n", "ELEVATION\n").replace("0.2 0.1 0 0", "100.7 * 0 0")
    delivery, _losses, out = write(tmp_path, edited(read(tmp_path, text), "pipe", "C1", to_level=99.5))
    assert pipe(delivery, "C1")["to_level"] == 99.5
    assert "100.7 99.5 0 0" in out


@pytest.mark.parametrize(
    ("id_", "fields"),
    [
        ("C1", {"diameter_mm": 400.0}),
        ("C2", {"height_mm": 1200.0, "width_mm": 800.0, "barrels": None}),
        ("C3", {"height_mm": 900.0, "width_mm": 1800.0}),
        ("C4", {"height_mm": 1000.0, "width_mm": 4500.0}),
        ("C6", {"diameter_mm": 315.0, "roughness": 0.2}),
        ("C1", {"length": 61.25, "roughness": 0.015, "minor_loss": 0.5}),
        ("C2", {"minor_loss": 0.75}),
        ("C1", {"shape": "box", "diameter_mm": None, "width_mm": 500.0, "height_mm": 400.0, "kind": "channel"}),
    ],
)
def test_changed_measures_are_read_back(tmp_path: Path, id_: str, fields: dict[str, object]) -> None:
    for units in ("CMS", "CFS"):
        extract = edited(read(tmp_path, TOWN.replace("CMS", units)), "pipe", id_, **fields)
        after = pipe(write(tmp_path, extract)[0], id_)
        for name, value in fields.items():
            assert after[name] == (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value), (units, name)


def test_a_size_that_a_table_says_stays_and_is_told(tmp_path: Path) -> None:
    text = (
        TOWN.replace("C4 TRAPEZOIDAL 1 2 1.5 0.5 1", "C4 IRREGULAR river")
        + "[TRANSECTS]\nX1 river 2 0 4 0 0 0 0 0 0\nGR 3 0 0 4\n"
    )
    _delivery, losses, out = write(tmp_path, edited(read(tmp_path, text), "pipe", "C4", width_mm=5000.0))
    assert losses == {"size-by-table": 1}
    assert "C4 IRREGULAR river" in out


def test_notes_and_categories_that_changed_are_read_back(tmp_path: Path) -> None:
    extract = edited(read(tmp_path, TOWN), "node", "J1", note="new words; Brick chamber")
    extract = edited(edited(extract, "node", "J4", note="a\n[END]"), "pipe", "C2", category="WS")
    delivery, _losses, text = write(tmp_path, extract)
    assert node(delivery, "J1")["note"] == "new words; Brick chamber"
    assert node(delivery, "J4")["note"] == "a [END]"
    assert (pipe(delivery, "C2")["category"], pipe(delivery, "C2")["note"]) == ("WS", None)
    assert "Main Street" not in text


def test_closed_links_are_closed_by_a_rule(tmp_path: Path) -> None:
    extract = edited(edited(read(tmp_path, TOWN), "pipe", "C1", state="closed"), "pipe", "P2", state="closed")
    _delivery, losses, text = write(tmp_path, extract)
    assert "THEN\tCONDUIT\tC1\tSTATUS\t=\tCLOSED" in text
    assert "P2 ST1 J4 curve OFF" in text
    assert losses == {"closed-by-rule": 1}


def test_what_speaks_of_an_element_that_is_gone_is_left_out_and_counted(tmp_path: Path) -> None:
    delivery, losses, text = write(tmp_path, without(read(tmp_path, CONTROLLED), nodes=("D1",)))
    assert {"C3", "C4"}.isdisjoint(delivery.pipes["id"].to_pylist())
    assert "D1" not in text
    assert "C3" not in text
    assert "RULE R1" in text
    assert node(delivery, "D2")["chamber_depth"] == 1.75
    assert losses == {"line-gone": 5, "name-gone": 2, "rule-gone": 1, "divider": 1}
    assert not [problem for problem in delivery.problems if problem.severity == "error"]


def test_subcatchments_go_with_the_manhole_that_they_drain_to(tmp_path: Path) -> None:
    delivery, losses, text = write(tmp_path, without(read(tmp_path, CONTROLLED), nodes=("J1",)))
    assert "S1" not in text
    assert "S2" not in text
    assert losses["area-gone"] == 2
    assert not [problem for problem in delivery.problems if problem.rule == "unknown-outlet"]


def test_a_new_conduit_is_written_in_the_units_and_offsets_of_the_file(tmp_path: Path) -> None:
    extract = added_pipe(
        read(tmp_path, TOWN.replace("CMS", "CFS")), "新", "J1", "J4", category="PS", shape="round", diameter_mm=304.8,
        length=30.48, from_level=31.0, to_level=30.0, material="T",
    )  # fmt: skip
    delivery, losses, _text = write(tmp_path, extract)
    new = delivery.pipes.to_pylist()[6]
    assert (new["diameter_mm"], new["length"], new["roughness"]) == (304.8, 30.48, 0.013)
    assert (new["from_level"], new["to_level"]) == (31.0, 30.0)
    assert losses == {"id-changed": 1, "material-roughness": 1}


NODES: list[dict[str, Any]] = [
    {"id": "W1", "x": 0.0, "y": 0.0, "kind": "manhole", "category": "WS", "ground": 21.0, "chamber_depth": 2.0},
    {"id": "W2", "x": 40.0, "y": 0.0, "kind": "manhole", "category": "WS", "ground": 20.8},
    {"id": "Y1", "x": 40.0, "y": 30.0, "kind": "gully", "category": "YS"},
    {"id": "O", "x": 90.0, "y": 0.0, "kind": "outfall", "category": "WS"},
]
PIPES: list[dict[str, Any]] = [
    {"id": "W1-W2", "from": "W1", "to": "W2", "category": "WS", "diameter_mm": 300.0, "material": "混凝土",
     "from_level": 19.1, "to_level": 18.9, "from_reference": "invert", "to_reference": "invert"},
    {"id": "Y1-W2", "from": "Y1", "to": "W2", "category": "YS", "kind": "channel", "shape": "box", "width_mm": 800.0,
     "height_mm": 600.0, "from_level": 19.5, "to_level": 19.2,
     "from_reference": "channel_bottom", "to_reference": "channel_bottom"},
    {"id": "O-W2", "from": "O", "to": "W2", "category": "WS", "flow": "-"},
]  # fmt: skip


def test_a_survey_becomes_a_model_that_the_engine_runs_and_says_what_it_lacked(tmp_path: Path) -> None:
    delivery, losses, _text = write(tmp_path, surveyed(NODES, PIPES))
    kinds = dict(zip(delivery.nodes["id"].to_pylist(), delivery.nodes["kind"].to_pylist(), strict=True))
    assert kinds == {"W1": "manhole", "W2": "manhole", "Y1": "manhole", "O": "outfall"}
    assert (node(delivery, "W1")["ground"], node(delivery, "W1")["chamber_depth"]) == (21.0, 2.0)
    assert (node(delivery, "W2")["ground"], node(delivery, "W2")["chamber_depth"]) == (20.8, 1.9)
    first, box, last = delivery.pipes.to_pylist()
    assert (first["from_level"], first["to_level"], first["diameter_mm"]) == (19.1, 18.9, 300.0)
    assert (box["width_mm"], box["height_mm"], box["category"], box["shape"]) == (800.0, 600.0, "YS", "box")
    assert (last["from_node"], last["to_node"], last["category"]) == ("W2", "O", "WS")
    assert losses == {
        "invert-of-pipes": 2, "no-invert": 1, "no-depth": 1, "no-end-level": 2, "material-roughness": 1, "usual-roughness": 2,
        "no-size": 1, "reversed": 1,
    }  # fmt: skip
    assert not delivery.problems
    assert run(tmp_path / "out.inp", tmp_path).startswith("result")


def test_an_outfall_of_two_pipes_gets_a_junction_before_it(tmp_path: Path) -> None:
    pipes = [*PIPES, {"id": "W1-O", "from": "W1", "to": "O", "category": "WS", "diameter_mm": 300.0}]
    delivery, losses, _text = write(tmp_path, surveyed(NODES, pipes))
    assert (node(delivery, "O")["kind"], node(delivery, "O~2")["kind"]) == ("manhole", "outfall")
    assert losses["outfall-split"] == 1
    assert run(tmp_path / "out.inp", tmp_path).startswith("result")


def test_parts_without_an_outfall_are_named_and_other_categories_counted(tmp_path: Path) -> None:
    water = {"id": "w", "from": "W1", "to": "W2", "category": "JS"}
    extract = without(surveyed(NODES, [*PIPES, water]), nodes=("O",))
    _delivery, losses, _text = write(tmp_path, extract)
    assert (losses["no-outfall"], losses["other-category"]) == (1, 1)


def test_ids_that_differ_by_case_alone_become_two(tmp_path: Path) -> None:
    nodes = [{**NODES[0], "id": "a"}, {**NODES[1], "id": "A"}, {**NODES[3], "id": "[OUTFALLS]\nx;"}]
    pipes = [{"id": "p q", "from": "a", "to": "A", "category": "WS", "diameter_mm": 300.0, "note": ";\n[CONDUITS]"},
             {"id": "P q", "from": "A", "to": "[OUTFALLS]\nx;", "category": "WS", "diameter_mm": 300.0}]  # fmt: skip
    delivery, losses, _text = write(tmp_path, surveyed(nodes, pipes))
    assert delivery.nodes["id"].to_pylist()[:2] == ["a", "A#2"]
    assert delivery.pipes.num_rows == 2
    assert losses["id-changed"] == 4
    assert not delivery.problems


def test_drainage_goes_into_no_epanet_model(tmp_path: Path) -> None:
    with pytest.raises(ReportError):
        write_epanet(read(tmp_path, TOWN), tmp_path / "out.inp", options=WriteOptions())


RUNNING = """\
[OPTIONS]
FLOW_UNITS CFS
FLOW_ROUTING DYNWAVE
START_DATE 01/01/2000
END_DATE 01/01/2000
END_TIME 02:00:00
ROUTING_STEP 10
[JUNCTIONS]
J1 100 6 0 0 0
J2 99 6 0 0 0
[OUTFALLS]
O1 98 FREE NO
[CONDUITS]
C1 J1 J2 300 0.013 0 0.5 0 0
C2 J2 O1 300 0.013 0.25 0 0 0
[XSECTIONS]
C1 CIRCULAR 1.5 0 0 0 1
C2 EGG 2 0 0 0 1
[INFLOWS]
J1 FLOW "" FLOW 1 1 2.5
[COORDINATES]
J1 0 0
J2 300 0
O1 600 0
"""


def test_the_engine_computes_the_same_also_from_lines_that_were_put_anew(tmp_path: Path) -> None:
    before = run_of(tmp_path, RUNNING)
    extract = read(tmp_path, RUNNING)
    write(tmp_path, extract)
    assert run(tmp_path / "out.inp", tmp_path) == before
    there = edited(edited(extract, "pipe", "C1", to_level=30.5, length=95.0), "node", "J2", ground=32.0, chamber_depth=2.0)
    write(tmp_path, there)
    assert run(tmp_path / "out.inp", tmp_path) not in {before, ""}
    changed = Extract.from_delivery(read_swmm(tmp_path / "out.inp"))
    back = {name: extract.pipes["id"].to_pylist().index("C1") for name in ("to_level", "length")}
    for name, row in back.items():
        changed = edited(changed, "pipe", "C1", **{name: extract.pipes[name][row].as_py()})
    row = extract.nodes["id"].to_pylist().index("J2")
    changed = edited(changed, "node", "J2", **{name: extract.nodes[name][row].as_py() for name in ("ground", "chamber_depth")})
    write(tmp_path, changed)
    assert run(tmp_path / "out.inp", tmp_path) == before


def run_of(tmp_path: Path, text: str) -> str:
    path = tmp_path / "source.inp"
    path.write_text(text)
    found = run(path, tmp_path)
    assert found.startswith("result")
    return found


_NAMES = st.text(st.sampled_from('abAB1 _;[]"\n水'), min_size=1, max_size=5)
_SIZE = st.none() | st.floats(50, 3000)


@st.composite
def towns(draw: st.DrawFn) -> Extract:
    names = draw(st.lists(_NAMES, min_size=2, max_size=6, unique=True))
    level = st.none() | st.floats(-100, 5000)
    nodes: list[dict[str, Any]] = [
        {"id": name, "x": float(at), "y": draw(st.floats(-1e6, 1e6)), "category": draw(st.sampled_from(["YS", "WS", "PS"])),
         "ground": draw(level), "chamber_depth": draw(st.none() | st.floats(0.5, 9)), "note": draw(_NAMES),
         "kind": draw(st.sampled_from(["manhole", "outfall", "storage", "gully", "point"]))}
        for at, name in enumerate(names)
    ]  # fmt: skip
    pipes: list[dict[str, Any]] = [
        {"id": draw(_NAMES), "from": draw(st.sampled_from(names)), "to": draw(st.sampled_from(names)), "category": "YS",
         "kind": draw(st.sampled_from(["pipe", "channel", "weir", "pump", "orifice", "outlet", "check_valve"])),
         "shape": draw(st.sampled_from([None, "round", "box", "egg", "other"])), "barrels": draw(st.sampled_from([None, 1, 2])),
         "diameter_mm": draw(_SIZE), "width_mm": draw(_SIZE), "height_mm": draw(_SIZE),
         "flow": draw(st.sampled_from(["+", "-", None])),
         "length": draw(st.none() | st.floats(0.01, 1e5)), "from_level": draw(level), "to_level": draw(level)}
        for _row in range(draw(st.integers(1, 6)))
    ]  # fmt: skip
    return surveyed(nodes, pipes)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(extract=towns())
def test_any_network_is_written_read_and_written_the_same(tmp_path: Path, extract: Extract) -> None:
    first, second = tmp_path / "first.inp", tmp_path / "second.inp"
    try:
        write_swmm(extract, first, options=WriteOptions())
    except ReportError:  # nothing is connected
        return
    delivery = read_swmm(first)
    assert not [problem for problem in delivery.problems if "coordinates" not in problem.rule]
    write_swmm(Extract.from_delivery(delivery), second, options=WriteOptions())
    assert sections(first) == sections(second)
    again = read_swmm(second)
    assert delivery.nodes.equals(again.nodes)
    assert delivery.pipes.equals(again.pipes)
    np.testing.assert_array_equal(delivery.lines.xyz, again.lines.xyz)
