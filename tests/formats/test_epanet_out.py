from __future__ import annotations

import math
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.errors import Cancelled, ReportError
from pipemap.formats import read_source
from pipemap.formats.epanet import read_epanet, write_epanet
from pipemap.formats.epanet.text import DIALECT
from pipemap.formats.inp.numbers import written
from pipemap.formats.inp.text import read_text
from pipemap.formats.writing import WriteOptions, export_format
from pipemap.model.delivery import Delivery
from pipemap.model.extract import Extract
from tests.formats.edits import added_pipe, edited, joined, rules, surveyed, without
from tests.formats.test_epanet import TOWN, node, pipe

CONTROLLED = TOWN.replace(
    "[RULES]",
    "[CONTROLS]\n;ID heads of columns stay\nLINK PU1 CLOSED IF NODE T1 ABOVE 5\nLINK P1 OPEN AT TIME 3\n;the tank is secret\n"
    '[TAGS]\nNODE J3 old\nLINK P2 steel\n[LABELS]\n5 5 "The tank" T1\n[ENERGY]\nPUMP PU1 PRICE 1\n'
    "[REACTIONS]\nGLOBAL BULK 0\nBULK P2 -0.1\n[BACKDROP]\nDIMENSIONS 0 0 1 1\n[RULES]",
)


def read(tmp_path: Path, text: str) -> Extract:
    path = tmp_path / "in.inp"
    path.write_text(text, encoding="utf-8")
    return Extract.from_delivery(read_epanet(path))


def write(tmp_path: Path, extract: Extract) -> tuple[Delivery, dict[str, object], str]:
    to = tmp_path / "out.inp"
    result = write_epanet(extract, to, options=WriteOptions())
    assert result.paths[0] == to
    text = to.read_text(encoding="utf-8")
    return read_epanet(to), rules(result.losses), text


def sections(path: Path) -> dict[str, list[tuple[list[str], str]]]:
    text = read_text(path, DIALECT)
    found = {name: [(row.words, row.comment) for row in text.rows(name)] for name in text.sections}
    return {name: rows for name, rows in found.items() if rows}


def networks() -> list[Path]:
    wntr = pytest.importorskip("wntr")
    return sorted(Path(wntr.__file__).parent.rglob("*.inp"))


def test_what_came_from_a_model_goes_out_word_for_word(tmp_path: Path) -> None:
    extract = read(tmp_path, TOWN)
    _delivery, losses, text = write(tmp_path, extract)
    assert sections(tmp_path / "out.inp") == sections(tmp_path / "in.inp")
    assert not losses
    assert " J1  100  5  day ; corner of Main Street" in text
    assert text.rstrip().endswith("[END]")


@pytest.mark.parametrize("name", ["Net1", "Net3", "ky4", "io", "times", "latin1", "Anytown_multipointcurves"])
def test_wntr_reads_the_same_model(tmp_path: Path, name: str) -> None:
    wntr = pytest.importorskip("wntr")
    source = next(path for path in networks() if path.stem == name)
    write_epanet(Extract.from_delivery(read_epanet(source)), tmp_path / "out.inp", options=WriteOptions())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # wntr warns of what EPANET lets pass
        models = [wntr.network.WaterNetworkModel(str(path)).to_dict() for path in (source, tmp_path / "out.inp")]
    for model in models:
        model.pop("name")
    assert models[0] == models[1]


def hydraulics(path: Path, tmp_path: Path) -> tuple[np.ndarray, np.ndarray]:
    toolkit = pytest.importorskip("epanet.toolkit")
    project = toolkit.createproject()
    toolkit.open(project, str(path), str(tmp_path / "report.txt"), "")
    toolkit.openH(project)
    toolkit.initH(project, 0)
    nodes, links = (toolkit.getcount(project, what) for what in (toolkit.NODECOUNT, toolkit.LINKCOUNT))
    heads, flows = [], []
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pressures below 0 and parts without water are no errors here
            toolkit.runH(project)
        heads.append([toolkit.getnodevalue(project, row, toolkit.HEAD) for row in range(1, nodes + 1)])
        flows.append([toolkit.getlinkvalue(project, row, toolkit.FLOW) for row in range(1, links + 1)])
        if toolkit.nextH(project) <= 0:
            break
    toolkit.close(project)
    toolkit.deleteproject(project)
    return np.array(heads), np.array(flows)


@pytest.mark.parametrize("name", ["Net1", "Net3"])
def test_the_engine_computes_the_same(tmp_path: Path, name: str) -> None:
    source = next(path for path in networks() if path.stem == name)
    write_epanet(Extract.from_delivery(read_epanet(source)), tmp_path / "out.inp", options=WriteOptions())
    for before, after in zip(hydraulics(source, tmp_path), hydraulics(tmp_path / "out.inp", tmp_path), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_closed_pipe_and_a_new_size_appear_and_the_rest_stays(tmp_path: Path) -> None:
    extract = edited(read(tmp_path, TOWN), "pipe", "P2", diameter_mm=300.0, state="closed", kind="pipe")
    extract = edited(edited(extract, "pipe", "P1", state=None), "pipe", "V1", state="open")
    delivery, losses, text = write(tmp_path, extract)
    assert (pipe(delivery, "P2")["diameter_mm"], pipe(delivery, "P2")["state"]) == (300.0, "closed")
    assert (pipe(delivery, "P2")["length"], pipe(delivery, "P2")["roughness"]) == (500 * 0.3048, 100)
    assert (pipe(delivery, "P1")["state"], pipe(delivery, "V1")["state"]) == (None, "open")
    assert pipe(delivery, "V2")["setting"] == pipe(read_epanet(tmp_path / "in.inp"), "V2")["setting"]
    assert " P3 J3 T1 200 8 100 0 Closed" in text
    assert not losses


def test_settings_heads_and_levels_that_changed_appear(tmp_path: Path) -> None:
    extract = edited(read(tmp_path, TOWN.replace("GPM", "LPS")), "pipe", "V2", setting=33.5)
    extract = edited(edited(extract, "pipe", "PU1", setting=0.9), "node", "R1", head=151.0)
    extract = edited(edited(extract, "node", "T1", head=2.5), "node", "J1", note="moved", x=5.0)
    for name, side in (("P1", "to_level"), ("P2", "from_level"), ("V2", "from_level"), ("V3", "from_level")):
        extract = edited(extract, "pipe", name, **{side: 91.25})
    delivery, losses, _text = write(tmp_path, extract)
    assert (pipe(delivery, "V2")["setting"], pipe(delivery, "PU1")["setting"]) == (33.5, 0.9)
    assert (node(delivery, "R1")["head"], node(delivery, "T1")["head"]) == (151.0, 2.5)
    assert (pipe(delivery, "P1")["to_level"], pipe(delivery, "P1")["from_level"]) == (91.25, 100)
    assert (node(delivery, "J1")["note"], node(delivery, "J1")["x"]) == ("moved", 5.0)
    assert not losses


def test_several_demands_of_a_junction_are_one_sum_and_keep_their_shares(tmp_path: Path) -> None:
    extract = read(tmp_path, TOWN.replace("GPM", "LPS"))
    assert extract.nodes["demand_lps"].to_pylist()[:3] == [5, 5, 1]
    delivery, _losses, text = write(
        tmp_path, edited(edited(extract, "node", "J2", demand_lps=10.0), "node", "J3", demand_lps=2.0)
    )
    assert " J2 4 day\n J2 6 night" in text
    assert (node(delivery, "J2")["demand_lps"], node(delivery, "J3")["demand_lps"]) == (10, 2)


def test_what_speaks_of_an_element_that_is_gone_is_left_out_and_counted(tmp_path: Path) -> None:
    delivery, losses, text = write(tmp_path, without(read(tmp_path, CONTROLLED), nodes=("T1",)))
    assert "T1" not in delivery.nodes["id"].to_pylist()
    assert "P3" not in delivery.pipes["id"].to_pylist()
    assert "T1" not in text
    assert "LINK P1 OPEN AT TIME 3" in text
    assert "The tank" not in text
    assert "secret" not in text
    assert ";ID heads of columns stay" in text
    assert losses == {"line-gone": 2, "control-gone": 1, "rule-gone": 1, "remarks": 1}


def test_notes_stay_behind_where_they_were_not_chosen(tmp_path: Path) -> None:
    extract = added_pipe(read(tmp_path, TOWN), "P9", "J1", "J3", category="JS", diameter_mm=100.0, note="by the church")
    write_epanet(extract, tmp_path / "out.inp", options=WriteOptions(fields={"pipe": ["id"], "node": []}))
    delivery = read_epanet(tmp_path / "out.inp")
    assert set(delivery.nodes["note"].to_pylist() + delivery.pipes["note"].to_pylist()) == {None}


def test_a_pump_that_is_gone_takes_its_rule_and_energy_along(tmp_path: Path) -> None:
    delivery, losses, text = write(tmp_path, without(read(tmp_path, CONTROLLED), pipes=("PU1",)))
    assert "PU1" not in text
    assert "R1" not in delivery.nodes["id"].to_pylist()  # nothing meets it any more
    assert losses["rule-gone"] == losses["control-gone"] == losses["lone-node"] == 1


def test_a_new_pipe_is_written_in_the_units_of_the_file(tmp_path: Path) -> None:
    extract = added_pipe(read(tmp_path, TOWN), "新管", "J1", "J3", category="JS", diameter_mm=254.0, length=304.8, material="PE")
    delivery, losses, text = write(tmp_path, extract)
    new = delivery.pipes.to_pylist()[3]
    assert "\t1000\t10\t140\t" in text
    assert (new["diameter_mm"], new["length"], new["from_node"]) == (254.0, 304.8, "J1")
    assert losses == {"id-changed": 1, "nominal-diameter": 1, "material-roughness": 1}


def test_of_two_models_the_larger_goes_on_and_the_other_gives_its_elements(tmp_path: Path) -> None:
    small = read(tmp_path, TOWN.replace(" V3 J2 J3 6 GPV C1 0\n", "").replace("GPM", "LPS"))
    delivery, losses, text = write(tmp_path, joined(small, read(tmp_path, TOWN)))
    assert "Units GPM" in text
    assert delivery.pipes.num_rows == 13
    assert (pipe(delivery, "P1")["diameter_mm"], pipe(delivery, "P1#2")["diameter_mm"]) == (12 * 25.4, 12.0)
    assert (pipe(delivery, "PU1")["kind"], pipe(delivery, "PU1#2")["kind"]) == ("pump", "check_valve")
    assert node(delivery, "J1#2")["demand_lps"] == pytest.approx(5.0)
    assert pipe(delivery, "V2#2")["setting"] == pytest.approx(40.0)
    assert (losses["other-model"], losses["pump-without-curve"], losses["tank-as-reservoir"], losses["id-changed"]) == (
        1,
        1,
        1,
        11,
    )
    assert hydraulics(tmp_path / "out.inp", tmp_path)[0].shape[1] == 10


def test_other_categories_and_what_is_not_in_use_stay_behind(tmp_path: Path) -> None:
    extract = added_pipe(read(tmp_path, TOWN), "S1", "J1", "J3", category="WS", diameter_mm=300.0)
    extract = added_pipe(extract, "O1", "J1", "J3", category="JS", diameter_mm=300.0, lifecycle="abandoned")
    delivery, losses, _text = write(tmp_path, edited(extract, "pipe", "P2", lifecycle="removed"))
    assert {"S1", "O1", "P2"}.isdisjoint(delivery.pipes["id"].to_pylist())
    assert (losses["other-category"], losses["not-in-use"]) == (1, 2)
    with pytest.raises(ReportError):
        write(tmp_path, surveyed([{"id": "a", "x": 0.0, "y": 0.0, "category": "WS"}], []))


NODES: list[dict[str, Any]] = [
    {"id": "S", "x": 0.0, "y": 0.0, "kind": "source", "category": "JS", "ground": 30.0},
    {"id": "A", "x": 100.0, "y": 0.0, "kind": "junction", "category": "JS", "ground": 21.0},
    {"id": "V", "x": 200.0, "y": 0.0, "kind": "isolation_valve", "category": "JS", "ground": 20.0, "state": "closed"},
    {"id": "B", "x": 300.0, "y": 0.0, "kind": "dead_end", "category": "JS", "ground": 20.0},
]
PIPES: list[dict[str, Any]] = [
    {"id": "S-A", "from": "S", "to": "A", "category": "JS", "diameter_mm": 300.0, "material": "球墨铸铁",
     "from_level": 19.0, "to_level": 18.0, "from_reference": "outside_top", "to_reference": "outside_top"},
    {"id": "A-V", "from": "A", "to": "V", "category": "JS", "diameter_mm": 200.0, "material": "砖石"},
    {"id": "V-B", "from": "V", "to": "B", "category": "JS"},
]  # fmt: skip


def test_a_survey_becomes_a_model_that_the_engine_runs_and_says_what_it_lacked(tmp_path: Path) -> None:
    delivery, losses, text = write(tmp_path, surveyed(NODES, PIPES))
    assert {row["id"]: row["kind"] for row in delivery.nodes.to_pylist()} == {
        "S": "reservoir", "A": "junction", "V": "junction", "V~2": "junction", "B": "junction",
    }  # fmt: skip
    assert pipe(delivery, "S-A")["roughness"] == 130
    assert pipe(delivery, "S-A")["length"] == pytest.approx(math.hypot(100, 1))
    assert pipe(delivery, "V-B")["diameter_mm"] == 200
    assert (pipe(delivery, "V")["kind"], pipe(delivery, "V")["state"]) == ("valve", "closed")
    assert pipe(delivery, "S-A")["to_level"] == pytest.approx(18.0 - 0.15)
    assert "Units\tLPS" in text
    assert losses == {
        "ground-as-elevation": 2, "nominal-diameter": 2, "no-diameter": 1, "material-roughness": 2, "unverified-roughness": 1,
        "usual-roughness": 1, "valve-split": 1, "no-demand": 3, "no-head": 1,
    }  # fmt: skip
    heads, _flows = hydraulics(tmp_path / "out.inp", tmp_path)
    assert heads.shape == (1, 5)


def test_parts_without_a_source_are_named(tmp_path: Path) -> None:
    apart = [{"id": name, "x": 0.0, "y": y, "category": "JS"} for name, y in (("X", 50.0), ("Y", 90.0))]
    result = write_epanet(
        surveyed([*NODES, *apart], [*PIPES, {"id": "X-Y", "from": "X", "to": "Y", "category": "JS"}]),
        tmp_path / "out.inp",
        options=WriteOptions(),
    )
    (problem,) = (loss for loss in result.losses if loss.rule == "no-source")
    assert problem.values["examples"] == "X"
    assert rules(result.losses)["no-elevation-at-all"] == 2


def test_ids_become_legal_unique_and_the_same_each_time(tmp_path: Path) -> None:
    hostile = ["a b", "a;b", "[PIPES]", "x" * 40, "x" * 41, "新1", "新2", "same", "same", "line\nbreak", '"', ""]
    nodes = [{"id": id_, "x": float(at), "y": 0.0, "category": "JS", "note": "n\n[END]\n;"} for at, id_ in enumerate(hostile)]
    extract = surveyed(nodes, [])
    pipes = [
        {
            "id": f"[VALVES]\n{at}",
            "from": hostile[at],
            "to": hostile[at + 1],
            "category": "JS",
            "diameter_mm": 100.0,
            "note": "\r[X]",
        }
        for at in range(6)
    ]
    extract = surveyed(nodes, pipes)
    first, losses, text = write(tmp_path, extract)
    again, _losses, same = write(tmp_path, extract)
    assert text == same
    ids = first.nodes["id"].to_pylist()
    assert len(set(ids)) == len(ids) == 7
    assert all(len(id_.encode()) <= 31 and not set(id_) & set(' ;"[]\n') for id_ in ids)
    assert first.pipes.num_rows == again.pipes.num_rows == 6
    assert set(sections(tmp_path / "out.inp")) == {"TITLE", "JUNCTIONS", "PIPES", "TIMES", "OPTIONS", "COORDINATES"}
    assert losses["id-changed"] == 13
    assert losses["lone-node"] == 5


def test_text_of_a_kept_model_opens_no_section(tmp_path: Path) -> None:
    extract = read(tmp_path, TOWN)
    kept = tuple(replace(text, lines=(*text.lines, "x\n[PIPES]\nP9 J1 J2 1 1 1")) for text in extract.model_texts[1])
    to = tmp_path / "out.inp"
    write_epanet(replace(extract, model_texts={1: kept}), to, options=WriteOptions())
    assert "P9" not in read_epanet(to).pipes["id"].to_pylist()


def test_sections_that_epanet_does_not_know_go_out_as_remarks(tmp_path: Path) -> None:
    delivery, losses, text = write(
        tmp_path, read(tmp_path, "before\n" + TOWN.replace("[RULES]", "[FOO]\nbar\n[RULES]") + "after\n")
    )
    assert losses == {"foreign-text": 3}
    assert {";before", ";bar", ";after"} <= set(text.splitlines())
    assert [problem.rule for problem in delivery.problems] == ["text-outside"]


def test_a_valve_layer_lies_beside_the_model(tmp_path: Path) -> None:
    source, layer = tmp_path / "in.inp", tmp_path / "layer.csv"
    source.write_text(CONTROLLED)
    layer.write_text("link,node\nP2,J2\nP3,J3\n")
    extract = without(Extract.from_delivery(read_epanet(source, valve_layer=layer)), pipes=("P3",))
    result = write_epanet(extract, tmp_path / "out.inp", options=WriteOptions())
    assert rules(result.losses)["valve-layer"] == 1
    assert [path.name for path in result.paths] == ["out.inp", "out_valves.csv"]
    delivery = read_epanet(result.paths[0], valve_layer=result.paths[1])
    assert delivery.model_texts[-1].lines == ("link,node", "P2,J2")


def test_cancelling_leaves_no_open_file(tmp_path: Path) -> None:
    def stop(done: int, total: int | None = None, label: str = "") -> None:
        if label == "Writing" and total is None and done == 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_epanet(read(tmp_path, TOWN), tmp_path / "out.inp", options=WriteOptions(), progress=stop)
    with pytest.raises(ReportError):
        write_epanet(read(tmp_path, TOWN), tmp_path / "no folder" / "out.inp", options=WriteOptions())


def test_the_format_is_chosen_by_its_name() -> None:
    assert export_format(Path("x.inp")).name == "epanet"
    assert export_format(Path("x.inp"), "swmm").name == "swmm"


@given(value=st.floats(-1e8, 1e8), factor=st.sampled_from([1.0, 0.3048, 25.4, 3.785411784 / 60, 0.3048 / 0.4333]))
def test_a_number_is_read_back_as_it_was(value: float, factor: float) -> None:
    read_back = float(written(value * factor, factor)) * factor
    assert read_back == value * factor or read_back == pytest.approx(value * factor, rel=4e-16)


_NAMES = st.text(st.sampled_from('abAB1 _;[]"\n水'), min_size=1, max_size=6)
_SIZE = st.none() | st.floats(1, 3000)


@st.composite
def towns(draw: st.DrawFn) -> Extract:
    names = draw(st.lists(_NAMES, min_size=2, max_size=6, unique=True))
    level = st.none() | st.floats(-100, 5000)
    nodes: list[dict[str, Any]] = [
        {"id": name, "x": float(at), "y": draw(st.floats(-1e6, 1e6)), "category": "JS", "ground": draw(level),
         "kind": draw(st.sampled_from(["junction", "reservoir", "tank", "isolation_valve", "pump", "point"])),
         "head": draw(level), "demand_lps": draw(st.none() | st.floats(0, 100)), "note": draw(_NAMES)}
        for at, name in enumerate(names)
    ]  # fmt: skip
    pipes: list[dict[str, Any]] = [
        {"id": draw(_NAMES), "from": draw(st.sampled_from(names)), "to": draw(st.sampled_from(names)), "category": "JS",
         "kind": draw(st.sampled_from(["pipe", "valve", "prv", "fcv", "pump", "check_valve", "gpv"])), "diameter_mm": draw(_SIZE),
         "length": draw(st.none() | st.floats(0.01, 1e5)), "setting": draw(_SIZE),
         "state": draw(st.sampled_from([None, "closed"])),
         "from_level": draw(level), "to_level": draw(level), "roughness": draw(_SIZE)}
        for _row in range(draw(st.integers(1, 6)))
    ]  # fmt: skip
    return surveyed(nodes, pipes)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(extract=towns())
def test_any_network_is_written_read_and_written_the_same(tmp_path: Path, extract: Extract) -> None:
    first, second = tmp_path / "first.inp", tmp_path / "second.inp"
    try:
        write_epanet(extract, first, options=WriteOptions())
    except ReportError:  # nothing is connected
        return
    delivery = read_source([first], format="epanet")
    assert not [problem for problem in delivery.problems if problem.severity != "info" and "coordinates" not in problem.rule]
    write_epanet(Extract.from_delivery(delivery), second, options=WriteOptions())
    assert sections(first) == sections(second)
    again = read_source([second], format="epanet")
    assert delivery.nodes.equals(again.nodes)
    assert delivery.pipes.equals(again.pipes)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_edit_of_a_model_is_read_back(tmp_path: Path, data: st.DataObject) -> None:
    extract = read(tmp_path, data.draw(st.sampled_from([TOWN, TOWN.replace("GPM", "CMH").replace("H-W", "D-W")])))
    for _turn in range(data.draw(st.integers(1, 4))):
        id_ = data.draw(st.sampled_from(["P1", "P2", "P3", "V1", "V2"]))
        name = data.draw(
            st.sampled_from(["diameter_mm", "minor_loss"] + (["length", "roughness"] if id_[0] == "P" else ["setting"]))
        )
        extract = edited(extract, "pipe", id_, **{name: data.draw(st.floats(0.5, 1e4))})
        extract = edited(extract, "pipe", id_, state=data.draw(st.sampled_from(["open" if id_[0] == "V" else None, "closed"])))
    write_epanet(extract, tmp_path / "out.inp", options=WriteOptions())
    delivery = read_epanet(tmp_path / "out.inp")
    for name in ("diameter_mm", "length", "roughness", "minor_loss", "setting"):
        before, after = (np.array(table[name].to_pylist(), dtype=float) for table in (extract.pipes, delivery.pipes))
        np.testing.assert_allclose(after, before, rtol=4e-16)
    states = [
        (kind, before, after)
        for kind, before, after in zip(
            extract.pipes["kind"].to_pylist(),
            extract.pipes["state"].to_pylist(),
            delivery.pipes["state"].to_pylist(),
            strict=True,
        )
        if before != after and kind != "check_valve"  # which cannot be closed as well
    ]
    assert not states
