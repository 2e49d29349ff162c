"""Valve segments, equal to WNTR's on any network and valve layer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipemap.analysis.segments import NONE, elements_by_segment, pipe_volumes, segment_colours, segments_of
from pipemap.analysis.valves import valves_of
from pipemap.catalog.kinds import NodeKind
from pipemap.cli.main import main
from pipemap.errors import PipemapError, UnknownElementError
from pipemap.formats import read_source
from pipemap.jobs import import_survey
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network
from tests.networks import networks
from tests.proofs.segments import Layered, wntr_parts
from tests.proofs.segments import networks as models

VALVE = NodeKind.ISOLATION_VALVE


def parts(network: Network) -> set[frozenset[str]]:
    """The segments as sets of ids, nodes and pipes marked."""
    segments = segments_of(network)
    nodes, pipes, _valves = elements_by_segment(segments)
    found = [
        frozenset([f"N_{id_}" for id_ in network.node_ids.take(some)] + [f"L_{id_}" for id_ in network.pipe_ids.take(others)])
        for some, others in zip(nodes, pipes, strict=True)
    ]
    assert len(set(found)) == segments.count == len(found)
    return set(found)


@st.composite
def layered(draw: st.DrawFn) -> tuple[Network, list[tuple[str, str]]]:
    """Any multigraph of plain pipes with any valve layer; self-loops have no valve, for WNTR knows only one of their ends."""
    count = draw(st.integers(1, 8))
    row = st.integers(0, count - 1)
    pipes = draw(st.lists(st.tuples(row, row), max_size=12))
    ends = [(link, end) for link, pair in enumerate(pipes) for end in (0, 1) if pair[0] != pair[1]]
    chosen = draw(st.lists(st.sampled_from(ends), unique=True)) if ends else []
    layer = [(f"p{link}", f"n{pipes[link][end]}") for link, end in chosen]
    nodes = pa.table({"id": [f"n{number}" for number in range(count)]})
    links = pa.table(
        {
            "id": pa.array([f"p{number}" for number in range(len(pipes))], pa.string()),
            "from_fid": pa.array([pair[0] for pair in pipes], pa.int64()),
            "to_fid": pa.array([pair[1] for pair in pipes], pa.int64()),
        }
    )
    lines = Lines(np.zeros(len(pipes) + 1, dtype=np.int64), np.empty((0, 3)))
    network = Network.from_delivery(Delivery(nodes, links, lines, Batch("drawn"), format="drawn"))
    return replace(network, valve_layer=tuple((-1, link, node) for link, node in layer)), layer


@given(layered())
def test_segments_are_those_of_wntr(drawn: tuple[Network, list[tuple[str, str]]]) -> None:
    network, layer = drawn
    names = list(network.node_ids)
    links = [
        (id_, names[first], names[second])
        for id_, (first, second) in zip(network.pipe_ids, network.pipe_ends.tolist(), strict=True)
    ]
    assert parts(network) == wntr_parts(names, links, layer)[0]


@pytest.mark.parametrize("name", ["Net1", "Net2", "Net3"])
def test_segments_of_wntrs_own_networks_are_those_of_wntr(name: str) -> None:
    path = next(path for path in models() if path.stem == name)
    network, random = Network.from_delivery(read_source([path])), np.random.default_rng(7)
    for share in (0.1, 0.5, 0.9):
        drawn = Layered.of(network, share, random)
        assert parts(drawn.network) == drawn.wntrs()[0]


@given(networks())
def test_every_pipe_in_use_under_pressure_has_one_segment(network: Network) -> None:
    segments = segments_of(network)
    dry = ~network.in_use_pipes | network.pipe_category.is_in("YS") | network.gravity_pipes
    assert ((segments.pipe == NONE) == dry).all()
    assert segments.length.sum() == pytest.approx(network.weight[~dry].sum())


@given(networks())
def test_a_pipe_without_a_valve_at_an_end_is_in_the_segment_of_that_node(network: Network) -> None:
    segments = segments_of(network)
    for pipe in np.flatnonzero(segments.pipe >= 0).tolist():
        for end in (0, 1):
            joined = segments.valves.cut[pipe, end] < 0
            same = segments.pipe[pipe] == segments.node[network.pipe_ends[pipe, end]]
            assert same or not joined


def street(*, arm: str | None = None, third: bool = False) -> Network:
    """A – V – B in a row, with a third pipe at V if asked for, and an arm of V."""
    pipes = [("P1", "A", "V", 30.0), ("P2", "V", "B", 20.0)] + ([("P3", "V", "C", 10.0)] if third else [])
    network = Network.from_pipes(*pipes, kinds={"V": VALVE})
    if arm is None:
        return network
    arms = np.full(network.node_count, -1, dtype=np.int64)
    arms[list(network.node_ids).index("V")] = list(network.pipe_ids).index(arm)
    return replace(network, node_arm=arms)


def test_a_valve_between_two_pipes_parts_them_and_stands_by_itself() -> None:
    assert parts(street()) == {frozenset({"N_A", "L_P1"}), frozenset({"N_V"}), frozenset({"N_B", "L_P2"})}


def test_a_valve_on_three_pipes_parts_nothing_until_its_arm_is_known() -> None:
    network = street(third=True)
    assert segments_of(network).count == 1
    assert list(network.node_ids.take(valves_of(network).unplaced)) == ["V"]
    known = street(third=True, arm="P3")
    assert parts(known) == {frozenset({"N_A", "N_V", "N_B", "L_P1", "L_P2"}), frozenset({"N_C", "L_P3"})}
    assert not len(valves_of(known).unplaced)


def test_a_segment_knows_its_valves_its_length_and_its_volume() -> None:
    network = replace(street(), width=np.array([0.2, 0.1], dtype=np.float32), height=np.array([0.2, 0.1], dtype=np.float32))
    segments = segments_of(network)
    first = int(segments.node[0])
    assert segments.valves.ids(segments.valves_of(first)) == ("V",)
    assert segments.valves_around.tolist() == [1, 1, 1]
    assert segments.length[first] == 30.0
    assert segments.volume[first] == pytest.approx(np.pi * 0.1**2 * 30, rel=1e-6)
    assert pipe_volumes(network).sum() == pytest.approx(segments.volume.sum())


def test_a_valve_is_named_by_its_id_and_what_is_none_says_why() -> None:
    valves = valves_of(street(third=True))
    with pytest.raises(PipemapError, match="no valve") as told:
        valves.number("V")
    assert "three or more" in told.value.hint
    with pytest.raises(UnknownElementError):
        valves.number("W")
    assert valves_of(street()).id(valves_of(street()).number("V")) == "V"


MODEL = """[JUNCTIONS]
a 10 1
b 10 1
c 10 1
[RESERVOIRS]
S 50
[PIPES]
p S a 100 300 100 0 Open
q a b 100 300 100 0 Open
r b c 100 300 100 0 Open
[OPTIONS]
Units LPS
[END]
"""


def test_segments_of_a_model_with_a_valve_layer_come_out_of_the_survey(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "town.inp").write_text(MODEL, encoding="utf-8")
    (tmp_path / "valves.csv").write_text("link,node\nq,a\nq,b\n", encoding="utf-8")
    survey = import_survey(tmp_path / "town.inp", tmp_path / "town.gpkg", valve_layer=tmp_path / "valves.csv")
    with survey.edit("a pipe gets another diameter") as edit:
        edit.update("pipe", "r", diameter_mm=200.0)
    assert len(valves_of(survey.network)) == 2
    (tmp_path / "fewer.csv").write_text("link,node\nq,a\n", encoding="utf-8")
    again = read_source([tmp_path / "town.inp"], valve_layer=tmp_path / "fewer.csv")
    survey.store(again)
    assert len(valves_of(survey.network)) == 1
    survey.undo()
    assert len(valves_of(survey.network)) == 2
    survey.close()
    capsys.readouterr()
    assert main(["segments", str(tmp_path / "town.gpkg"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["count"] == 3
    assert [one["pipes"] for one in answer["segments"]] == [["p"], ["r"], ["q"]]
    assert answer["segments"][2]["valves"] == ["q@a", "q@b"]
    assert main(["segments", str(tmp_path / "town.gpkg")]) == 0
    assert "3 valve segments" in capsys.readouterr().out


@given(networks())
def test_segments_that_meet_at_a_valve_differ_in_colour_while_the_colours_suffice(network: Network) -> None:
    segments = segments_of(network)
    colours = segment_colours(segments, 64)
    sides = segments.sides
    meet = sides[(sides[:, 1] != sides[:, 2]) & (sides[:, 1] >= 0)]
    assert len(colours) == segments.count
    assert (colours[meet[:, 1]] != colours[meet[:, 2]]).all()
