"""Shut-off plans: hand-made cases, the rules that hold on any network, and an independent search through it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipemap.analysis.backup import backups, without
from pipemap.analysis.reopening import reopenings
from pipemap.analysis.shutoff import ShutoffPlan, plan_shutoff
from pipemap.analysis.valves import NODE, valves_of
from pipemap.catalog.kinds import ONE_WAY_PIPES, NodeKind
from pipemap.cli.main import main
from pipemap.errors import PipemapError, UnknownElementError
from pipemap.jobs import import_survey
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network
from tests.brute_force import Walk
from tests.networks import networks

SOURCE, VALVE, METER = NodeKind.RESERVOIR, NodeKind.ISOLATION_VALVE, NodeKind.METER


def town(*pipes: tuple[str, str, str], states: dict[str, str] | None = None, **kinds: str) -> Network:
    """A network of pipes ``(id, first, second)``; nodes called S… are sources, V… open valves; ``kinds`` are of pipes."""
    return Network.from_delivery(delivered(*pipes, states=states, **kinds))


def delivered(*pipes: tuple[str, str, str], states: dict[str, str] | None = None, **kinds: str) -> Delivery:
    """The same as a delivery that can be stored."""
    names = list(dict.fromkeys(name for pipe in pipes for name in pipe[1:]))
    row = {name: number for number, name in enumerate(names)}
    states = {name: "open" for name in names if name.startswith("V")} | (states or {})
    nodes = pa.table(
        {
            "id": names,
            "kind": pa.array([{"S": SOURCE, "V": VALVE, "M": METER}.get(name[0]) for name in names], pa.string()),
            "state": pa.array([states.get(name) for name in names], pa.string()),
        }
    )
    links = pa.table(
        {
            "id": [pipe[0] for pipe in pipes],
            "from_fid": pa.array([row[pipe[1]] for pipe in pipes], pa.int64()),
            "to_fid": pa.array([row[pipe[2]] for pipe in pipes], pa.int64()),
            "category": ["JS"] * len(pipes),
            "kind": pa.array([kinds.get(pipe[0]) for pipe in pipes], pa.string()),
            "state": pa.array([states.get(pipe[0]) for pipe in pipes], pa.string()),
            "length": pa.array([100.0] * len(pipes)),
            "diameter_mm": pa.array([200.0] * len(pipes)),
        }
    )
    lines = Lines(np.zeros(len(pipes) + 1, dtype=np.int64), np.empty((0, 3)))
    return Delivery(nodes, links, lines, Batch("town"), format="made")


DEAD_END = (("p1", "S", "V1"), ("p2", "V1", "a"), ("p3", "a", "V2"), ("p4", "V2", "c"))


def test_the_valve_towards_the_source_is_closed_and_the_one_beyond_is_not_needed() -> None:
    plan = plan_shutoff(town(*DEAD_END), pipes=["p2"])
    assert (plan.close, plan.not_needed, plan.already_closed) == (("V1",), ("V2",), ())
    assert plan.contained.nodes == ("a",)
    assert plan.contained.pipes == ("p2", "p3")
    assert plan.lost.nodes == ("c",)
    assert plan.lost.pipes == ("p4",)
    assert plan.volume == pytest.approx(2 * 100 * np.pi * 0.1**2, rel=1e-6)
    assert plan.reasons["V1"] == "The network beyond it is fed."
    assert plan.notes == ()


def test_a_valve_that_does_not_turn_lets_the_zone_grow() -> None:
    plan = plan_shutoff(
        town(("p0", "S", "V0"), ("p", "V0", "b"), *DEAD_END[1:], ("q", "b", "V1")), pipes=["p2"], inoperable=["V1"]
    )
    assert plan.close == ("V0",)
    assert set(plan.contained.nodes) == {"a", "b", "V1"}
    assert plan.reasons["V1"].startswith("Cannot be operated")


def test_a_valve_recorded_as_inoperable_is_one() -> None:
    network = town(("p0", "S", "V0"), ("q", "V0", "V1"), *DEAD_END[1:])
    words = np.array([0 if name == "V1" else -1 for name in network.node_ids], dtype=np.int16)
    stuck = replace(network, node_operable=replace(network.node_operable, codes=words, values=("no",)))
    assert plan_shutoff(stuck, pipes=["p2"]).close == ("V0",)


def test_a_closed_valve_bounds_the_zone_and_is_not_closed_again() -> None:
    network = town(*DEAD_END, ("p5", "c", "S2"), states={"V2": "closed"})
    plan = plan_shutoff(network, pipes=["p2"])
    assert (plan.close, plan.already_closed) == (("V1",), ("V2",))
    assert plan_shutoff(network, pipes=["p2"], opened=["V2"]).close == ("V1",)
    assert set(plan_shutoff(network, pipes=["p2"], opened=["V2"]).sources_in_zone) == {"S2"}


def test_a_source_in_the_zone_is_named() -> None:
    plan = plan_shutoff(town(("p", "S", "V1"), ("q", "V1", "S2")), pipes=["p"])
    assert plan.sources_in_zone == ("S",)
    assert plan.close == ("V1",)
    assert any("source lies inside" in note for note in plan.notes)


def test_without_any_source_every_valve_is_closed_and_the_loss_is_unknown() -> None:
    plan = plan_shutoff(town(*DEAD_END[1:], ("x", "V1", "b")), pipes=["p2"])
    assert plan.close == ("V1", "V2")
    assert not plan.supply_known
    assert len(plan.lost) == 0
    assert any("unknown" in note for note in plan.notes)


def test_a_valve_of_unknown_state_is_always_closed_and_flagged() -> None:
    network = town(*DEAD_END, states={"V2": ""})
    plan = plan_shutoff(network, pipes=["p2"])
    assert plan.close == ("V1", "V2")
    assert plan.cells.valves.ids(plan.unknown_valves) == ("V2",)
    assert "not recorded" in plan.reasons["V2"]


@pytest.mark.parametrize(
    ("category", "text", "hint"),
    [
        ("GD", "a power line", "Take it as live"),
        ("DH", "a telecom line", "not recorded"),
        ("BM", "nothing that valves", "Plans are"),
    ],
)
def test_what_no_valve_shuts_off_is_refused_with_a_word(category: str, text: str, hint: str) -> None:
    network = town(*DEAD_END)
    cable = replace(network, pipe_category=replace(network.pipe_category, values=(category,)))
    with pytest.raises(PipemapError, match=text) as told:
        plan_shutoff(cable, pipes=["p2"])
    assert hint in told.value.hint


def test_a_check_valve_is_trusted_only_when_asked() -> None:
    network = town(("p", "S", "V1"), ("q", "V1", "a"), ("k", "a", "b"), ("r", "b", "V2"), ("t", "V2", "S2"), k="check_valve")
    assert plan_shutoff(network, pipes=["q"]).close == ("V1", "V2")
    trusting = plan_shutoff(network, pipes=["q"], trust_check_valves=True)
    assert trusting.close == ("V1",)
    assert trusting.contained.nodes == ("a",)


def test_control_valves_are_shut_only_when_asked() -> None:
    network = town(("p", "S", "V1"), ("q", "V1", "a"), ("r", "a", "b"), ("t", "b", "c"), r="prv")
    assert plan_shutoff(network, pipes=["t"]).close == ("V1",)
    assert plan_shutoff(network, pipes=["t"], close_control_valves=True).close == ("r",)


def test_a_closed_pipe_bounds_the_zone_and_is_not_listed() -> None:
    network = town(("p", "S", "V1"), ("q", "V1", "a"), ("r", "a", "b"), ("t", "b", "S2"), states={"r": "closed"})
    plan = plan_shutoff(network, pipes=["q"])
    assert (plan.close, plan.already_closed, plan.contained.nodes) == (("V1",), (), ("a",))
    assert plan_shutoff(network, pipes=["q"], opened=["r"]).sources_in_zone == ("S2",)


def test_a_closed_valve_drawn_between_two_surveyed_ones_holds_all_the_same() -> None:
    pipes = (("p", "S", "V1"), ("link", "V1", "V2"), ("q", "V2", "a"), ("r", "a", "Vo"), ("t", "Vo", "S2"))
    network = town(*pipes, states={"link": "closed"}, link="valve")
    plan = plan_shutoff(network, pipes=["t"])
    assert (plan.close, plan.not_needed) == ((), ("Vo",))
    assert "a" in plan.lost.nodes
    assert not Walk(network).check(plan)


def test_a_break_at_a_valve_empties_both_of_its_sides() -> None:
    network = town(("p0", "S", "V0"), ("p1", "V0", "V1"), ("p2", "V1", "V2"), ("p3", "V2", "c"))
    plan = plan_shutoff(network, nodes=["V1"])
    assert (plan.close, plan.not_needed) == (("V0",), ("V2",))
    assert plan.contained.pipes == ("p1", "p2")


def test_house_valves_are_candidates_only_for_their_own_service() -> None:
    pipes = (("m1", "S", "V1"), ("m2", "V1", "a"), ("m3", "a", "b"))
    services = (("s1", "a", "Va"), ("s2", "Va", "Ma"), ("t1", "b", "Vb"), ("t2", "Vb", "Mb"))
    network = town(*pipes, *services, s1="service", s2="service", t1="service", t2="service")
    main_break = plan_shutoff(network, pipes=["m2"])
    assert (main_break.close, main_break.not_needed) == (("V1",), ())
    assert {"Ma", "Va", "Mb", "Vb"} <= set(main_break.contained.nodes)
    assert plan_shutoff(network, pipes=["s2"]).close == ("Va",)
    assert plan_shutoff(network, pipes=["s2"]).contained.nodes == ("Ma",)
    before_it = plan_shutoff(network, pipes=["s1"])
    assert (before_it.close, before_it.not_needed) == (("V1",), ("Va",))
    assert "Mb" in before_it.contained.nodes


def test_what_was_without_supply_before_is_not_lost() -> None:
    network = town(*DEAD_END, ("p5", "c", "V3"), ("p6", "V3", "d"), states={"V3": "closed"})
    assert plan_shutoff(network, pipes=["p2"]).lost.nodes == ("c",)


def test_a_closed_valve_towards_a_fed_part_can_be_reopened_for_those_cut_off() -> None:
    network = town(*DEAD_END, ("p5", "c", "V3"), ("p6", "V3", "d"), ("p7", "d", "S2"), states={"V3": "closed"})
    plan = plan_shutoff(network, pipes=["p2"])
    again = reopenings(plan)
    assert [plan.cells.valves.id(one.valve) for one in again] == ["V3"]
    assert again[0].restored.nodes == ("c",)
    assert reopenings(plan_shutoff(network, pipes=["p2"], inoperable=["V3"])) == ()


def test_gas_closes_every_valve_around_the_break() -> None:
    network = town(*DEAD_END)
    gas = replace(network, pipe_category=replace(network.pipe_category, values=("TR",)))
    plan = plan_shutoff(gas, pipes=["p2"])
    assert plan.close == ("V1", "V2")
    assert "gas" in plan.reasons["V2"]


def test_backup_is_the_plan_for_when_a_valve_does_not_turn() -> None:
    plan = plan_shutoff(town(("p0", "S", "V0"), ("q", "V0", "V1"), *DEAD_END[1:]), pipes=["p2"])
    (one,) = backups(plan)
    assert plan.close == ("V1",)
    assert one.plan.close == ("V0",)


@pytest.mark.parametrize(
    ("words", "error", "text"),
    [
        ({"pipes": ["nix"]}, UnknownElementError, "no element “nix”"),
        ({"pipes": ["p2"], "inoperable": ["nix"]}, UnknownElementError, "no element"),
        ({"pipes": ["p2"], "inoperable": ["p1"]}, PipemapError, "no valve"),
        ({"pipes": ["p2"], "opened": ["V1"]}, PipemapError, "not recorded as closed"),
        ({"pipes": ["p2"], "opened": ["p1"]}, PipemapError, "not recorded as closed"),
        ({}, PipemapError, "needs a broken"),
    ],
)
def test_what_cannot_be_planned_is_said(words: dict[str, list[str]], error: type[PipemapError], text: str) -> None:
    with pytest.raises(error, match=text):
        plan_shutoff(town(*DEAD_END), **words)  # type: ignore[arg-type]


def test_a_drain_is_no_matter_of_valves() -> None:
    network = town(*DEAD_END)
    drain = replace(network, pipe_category=replace(network.pipe_category, values=("YS",)))
    with pytest.raises(PipemapError, match="gravity"):
        plan_shutoff(drain, pipes=["p2"])


# -- any network -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Case:
    """A network, a broken pipe, and the valves that do not turn."""

    network: Network
    pipe: int
    stuck: tuple[int, ...]
    trust: bool

    def __repr__(self) -> str:
        network = self.network
        nodes = [
            (network.node_ids[row], network.node_kind[row], network.node_state[row], network.node_lifecycle[row])
            for row in range(network.node_count)
        ]
        pipes = [
            (network.pipe_ids[row], *network.pipe_ends[row].tolist(), network.pipe_kind[row], network.pipe_state[row])
            for row in range(network.pipe_count)
        ]
        return f"{nodes} {pipes} {self.pipe} {self.stuck} {self.trust}"

    def plan(self, **changed: object) -> ShutoffPlan:
        """The plan of it."""
        valves = valves_of(self.network)
        words = {"inoperable": [named(self.network, valves, one) for one in self.stuck], "trust_check_valves": self.trust}
        return plan_shutoff(self.network, pipes=[f"#{self.network.pipe_fid[self.pipe]}"], **(words | changed))  # type: ignore[arg-type]


def named(network: Network, valves: object, number: int) -> str:
    """The valve so that it cannot be mistaken."""
    del valves
    found = valves_of(network)
    layer = "node" if found.origin[number] == NODE else "pipe"
    fids = network.node_fid if layer == "node" else network.pipe_fid
    return f"{layer}:#{fids[found.row[number]]}"


@st.composite
def cases(draw: st.DrawFn, *, one_way: bool = True, fed: bool = False) -> Case:
    """Any network of water pipes with a break in it; without one-way devices, or surely with a source, where asked for."""
    network = draw(networks())
    if not one_way:
        kinds = network.pipe_kind
        codes = np.where(kinds.is_in(*ONE_WAY_PIPES), -1, kinds.codes).astype(np.int16)
        network = replace(network, pipe_kind=replace(kinds, codes=codes))
    codes = np.where(network.pipe_category.codes < 0, -1, 0).astype(np.int16)
    network = replace(network, pipe_category=replace(network.pipe_category, codes=codes, values=("JS",)))
    usable = np.flatnonzero(network.in_use_pipes)
    assume(len(usable))
    pipe = int(draw(st.sampled_from(usable.tolist())))
    if fed:
        near = np.flatnonzero(network.component == network.component[network.pipe_ends[pipe, 0]])
        codes = network.node_kind.codes.astype(np.int16)
        codes[draw(st.sampled_from(near.tolist()))] = len(network.node_kind.values)
        network = replace(network, node_kind=replace(network.node_kind, codes=codes, values=(*network.node_kind.values, SOURCE)))
    count = len(valves_of(network))
    stuck = draw(st.lists(st.integers(0, count - 1), unique=True, max_size=3)) if count else []
    return Case(network, pipe, tuple(stuck), draw(st.booleans()))


@given(cases())
def test_the_plan_is_that_of_a_search_element_by_element(case: Case) -> None:
    plan, walk = case.plan(), Walk(case.network)
    claims_that_fail = walk.check(plan)
    assert not claims_that_fail


@given(cases())
def test_one_more_valve_that_does_not_turn_never_shrinks_the_zone(case: Case) -> None:
    plan = case.plan()
    for valve in range(len(plan.cells.valves)):
        grown = without(plan, [valve])
        assert not (plan.zone.inside & ~grown.zone.inside).any()


@given(cases())
def test_what_is_closed_parts_the_zone_from_every_source_and_each_valve_is_needed(case: Case) -> None:
    plan = case.plan()
    cells, zone = plan.cells, plan.zone.inside
    outside = cells.node[np.union1d(case.network.sources, case.network.possible_sources)]
    outside = outside[~zone[outside]]

    def reaches(shut: np.ndarray) -> bool:
        closed = np.append(np.zeros(len(cells.valves), dtype=np.bool_), False)
        closed[shut] = True
        water = cells.water_passes() & ~np.repeat(closed[cells.valve], 2)
        return bool((cells.reach(outside, water) & zone).any())

    if case.trust:  # an untrusted check valve is closed against although no water comes through it
        assert not reaches(plan.close_valves)
    for valve in plan.close_valves:
        if plan.why[cells.valves.id(int(valve))] in {"close", "close-possible"}:
            assert reaches(np.setdiff1d(plan.close_valves, [valve]))


@given(cases())
def test_zone_lost_supplied_and_dry_are_parts_without_overlap(case: Case) -> None:
    plan = case.plan()
    inside, lost = set(plan.contained.node_rows.tolist()), set(plan.lost.node_rows.tolist())
    supplied = set(np.flatnonzero(plan.supplied[plan.cells.node]).tolist())
    assert not inside & lost
    assert not inside & supplied
    assert not lost & supplied


@given(cases())
def test_direction_of_drawing_changes_nothing_where_no_device_is_one_way(case: Case) -> None:
    network = case.network
    assume(not network.pipe_kind.is_in(*ONE_WAY_PIPES).any())
    turned = replace(network, pipe_ends=network.pipe_ends[:, ::-1].copy())
    again = replace(case, network=turned).plan()
    plan = case.plan()
    assert plan.close == again.close
    assert plan.contained.nodes == again.contained.nodes
    assert plan.lost.nodes == again.lost.nodes


# -- the command -------------------------------------------------------------------------------------------------------

MODEL = """[JUNCTIONS]
a 10 1
b 10 1
c 10 1
[RESERVOIRS]
S 50
[PIPES]
p a b 100 300 100 0 Open
[VALVES]
V1 S a 300 TCV 0 0
V2 b c 300 TCV 0 0
[OPTIONS]
Units LPS
[END]
"""


@pytest.fixture
def survey_path(tmp_path: Path) -> Path:
    (tmp_path / "town.inp").write_text(MODEL, encoding="utf-8")
    import_survey(tmp_path / "town.inp", tmp_path / "town.gpkg").close()
    return tmp_path / "town.gpkg"


def test_the_command_answers_in_the_words_of_the_interface(survey_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["shutoff", str(survey_path), "--pipe", "p", "--backup", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["close"] == ["V1"]
    assert answer["not_needed"] == ["V2"]
    assert answer["contained"] == {"nodes": ["a", "b"], "pipes": ["p"]}
    assert answer["lost"] == {"nodes": ["c"], "pipes": []}
    assert answer["supply_known"] is True
    assert answer["volume_m3"] == pytest.approx(7.0686, rel=1e-3)
    assert answer["backup"]["V1"]["close"] == []
    assert answer["customers"]["contained"]["count"] == 0
    assert main(["shutoff", str(survey_path), "--node", "a"]) == 0
    assert "Close: V1" in capsys.readouterr().out


def test_the_command_says_what_is_wrong(survey_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shutoff", str(survey_path)]) == 2
    assert main(["shutoff", str(survey_path), "--pipe", "P"]) == 4
    assert "Did you mean" in capsys.readouterr().err
