"""Plugs in drains: where they go, what dams up behind them, and what is said where something is unknown."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given

from pipemap.analysis.damming import dammed_behind
from pipemap.analysis.plugs import is_drain, plan_plugs
from pipemap.catalog.roughness import roughness_of
from pipemap.errors import PipemapError, UnknownElementError
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.lookup import Element
from pipemap.model.network import Network
from tests.networks import networks

Drain = tuple[str, str, str, float, float]


def drains(*pipes: Drain, covers: dict[str, float] | None = None, plain: tuple[str, ...] = (), **columns: object) -> Network:
    """Pipes ``(id, first, second, invert there, invert here)``, DN300, 50 m; nodes are manholes under a cover at 10 m."""
    names = list(dict.fromkeys(name for pipe in pipes for name in pipe[1:3]))
    row = {name: number for number, name in enumerate(names)}
    count = len(pipes)
    nodes = pa.table(
        {
            "id": names,
            "kind": pa.array([None if name in plain else "manhole" for name in names], pa.string()),
            "ground": pa.array([(covers or {}).get(name, 10.0) for name in names], pa.float64()),
        }
    )
    lines = {
        "id": [pipe[0] for pipe in pipes],
        "from_fid": pa.array([row[pipe[1]] for pipe in pipes], pa.int64()),
        "to_fid": pa.array([row[pipe[2]] for pipe in pipes], pa.int64()),
        "category": ["WS"] * count,
        "from_level": pa.array([pipe[3] for pipe in pipes], pa.float64()),
        "to_level": pa.array([pipe[4] for pipe in pipes], pa.float64()),
        "diameter_mm": [300.0] * count,
        "material": ["PVC"] * count,
        "length": [50.0] * count,
    } | columns
    courses = Lines(np.zeros(count + 1, dtype=np.int64), np.empty((0, 3)))
    return Network.from_delivery(Delivery(nodes, pa.table(lines), courses, Batch("drains"), format="made"))


STREET: tuple[Drain, ...] = (
    ("p1", "A", "B", 8.0, 7.5),
    ("p2", "B", "C", 7.5, 7.0),
    ("p3", "C", "D", 7.0, 6.5),
    ("s1", "E", "B", 8.2, 7.6),
    ("s2", "F", "C", 8.1, 7.1),
)


def ids(network: Network, rows: object) -> list[str]:
    return list(network.pipe_ids.take(np.array(list(rows), dtype=np.int64)))  # type: ignore[call-overload]


def test_everything_that_flows_into_the_manholes_of_the_run_is_plugged_and_the_way_down_last() -> None:
    network = drains(*STREET)
    plan = plan_plugs(network, pipes=["p2"])
    assert plan.contained.pipes == ("p2",)
    assert set(plan.contained.nodes) == {"B", "C"}
    assert sorted(ids(network, (one.pipe for one in plan.of_role("inflow")))) == ["p1", "s1", "s2"]
    assert [(ids(network, [one.pipe]), one.role) for one in plan.plugs][-1] == (["p3"], "outflow")
    assert set(network.node_ids.take(np.array(plan.pump_from))) == {"A", "E", "F"}
    assert list(network.node_ids.take(np.array(plan.pump_to))) == ["D"]


def test_a_run_goes_on_through_points_without_a_manhole_and_takes_in_what_joins_there() -> None:
    network = drains(*STREET, plain=("B",))
    plan = plan_plugs(network, pipes=["p2"])
    assert set(plan.contained.pipes) == {"p1", "p2", "s1"}
    assert set(plan.contained.nodes) == {"A", "B", "C", "E"}


def test_a_broken_manhole_is_plugged_off_from_all_of_its_pipes() -> None:
    plan = plan_plugs(drains(*STREET), nodes=["B"])
    assert plan.contained.pipes == ()
    assert [one.role for one in plan.plugs] == ["inflow", "inflow", "outflow"]


def test_nothing_comes_back_from_a_cover_that_lies_lower_than_the_run() -> None:
    network = drains(*STREET, covers={"D": 6.9})
    plan = plan_plugs(network, pipes=["p2"])
    assert ids(network, plan.open_ways) == ["p3"]
    assert not plan.of_role("outflow")
    assert list(network.node_ids.take(np.array(plan.pump_to))) == ["D"]


def test_a_pipe_of_unknown_direction_counts_as_one_that_flows_in() -> None:
    network = drains(*STREET, ("x", "G", "B", math.nan, math.nan))
    flat = replace(network, pipe_flow=network.pipe_flow)
    flat.flow.direction[list(network.pipe_ids).index("x")] = 0
    plan = plan_plugs(flat, pipes=["p2"])
    assert ids(flat, (one.pipe for one in plan.of_role("unsure"))) == ["x"]


def test_water_leaves_by_the_lowest_cover_above_the_plug_and_the_room_until_then_is_known() -> None:
    network = drains(("p0", "Z", "A", 8.5, 8.0), *STREET, covers={"A": 9.0, "Z": 9.5})
    plug = next(one for one in plan_plugs(network, pipes=["p2"]).plugs if ids(network, [one.pipe]) == ["p1"])
    dammed = plug.dammed
    assert dammed is not None
    assert (dammed.level, network.node_ids[dammed.leaves_at], dammed.way) == (9.0, "A", "cover")
    assert dammed.length == 100.0
    assert set(network.node_ids.take(dammed.wet_nodes)) == {"A", "Z"}
    full = math.pi * 0.15**2 * 50
    assert dammed.volume == pytest.approx(2 * full, rel=1e-3)  # both lie below 9.0 with their crowns
    assert dammed.unknown_levels == 0


def test_the_room_of_a_pipe_that_is_half_full_is_half_of_it() -> None:
    network = drains(("p", "A", "B", 7.0, 7.0), ("d", "B", "C", 7.0, 6.0), covers={"A": 7.15})
    dammed = dammed_behind(network, 0, list(network.node_ids).index("B"))
    assert dammed.level == 7.15
    assert dammed.volume == pytest.approx(math.pi * 0.15**2 * 50 / 2, rel=1e-6)


def test_water_leaves_by_another_pipe_where_that_lies_lower_than_every_cover() -> None:
    network = drains(*STREET, ("relief", "A", "R", 8.4, 8.0))
    plug = next(one for one in plan_plugs(network, pipes=["p2"]).plugs if ids(network, [one.pipe]) == ["p1"])
    assert plug.dammed is not None
    assert (plug.dammed.way, plug.dammed.level) == ("other-way", 8.4)


def test_without_levels_nothing_is_said_of_level_room_and_time() -> None:
    none = [math.nan] * len(STREET)
    network = drains(*STREET, covers=dict.fromkeys("ABCDEF", math.nan), from_level=none, to_level=none)
    plan = plan_plugs(network, pipes=["p2"], inflow=10.0)
    dammed = [one.dammed for one in plan.plugs if one.dammed is not None]
    assert dammed
    assert all(math.isnan(one.level) and one.volume is None and one.at_most is None for one in dammed)
    assert all(one.unknown_levels for one in dammed)
    assert plan.hours is None


def test_the_time_is_unknown_until_somebody_says_how_much_arrives() -> None:
    network = drains(*STREET, covers={"A": 9.0, "E": 9.0, "F": 9.0})
    assert plan_plugs(network, pipes=["p2"]).hours is None
    plan = plan_plugs(network, pipes=["p2"], inflow=10.0)
    least = min(one.dammed.volume or 0.0 for one in plan.plugs if one.dammed is not None)
    assert plan.hours == pytest.approx(least / 0.010 / 3600)


def test_a_pumped_inflow_is_stopped_and_not_plugged() -> None:
    network = drains(*STREET, pressurised=pa.array([None, None, None, "pressure", None], pa.string()))
    plan = plan_plugs(network, pipes=["p2"])
    assert [network.element_id(one) for one in plan.pumped] == ["s1"]
    assert "s1" not in ids(network, (one.pipe for one in plan.plugs))


def test_what_a_pipe_brings_at_most_is_its_full_bore_flow() -> None:
    network = drains(("p", "A", "B", 8.0, 7.5))
    dammed = dammed_behind(network, 0, list(network.node_ids).index("B"))
    rough = roughness_of("PVC")
    assert rough is not None
    expected = math.pi * 0.15**2 * (0.3 / 4) ** (2 / 3) * math.sqrt(0.5 / 50) / rough.manning * 1000
    assert dammed.at_most == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("words", "error", "text"),
    [
        ({"pipes": ["nix"]}, UnknownElementError, "no element “nix”"),
        ({}, PipemapError, "needs a broken"),
        ({"pipes": ["p2"], "inflow": math.nan}, PipemapError, "no flow"),
    ],
)
def test_what_cannot_be_planned_is_said(words: dict[str, object], error: type[PipemapError], text: str) -> None:
    with pytest.raises(error, match=text):
        plan_plugs(drains(*STREET), **words)  # type: ignore[arg-type]


def test_a_main_under_pressure_is_no_matter_of_plugs() -> None:
    network = drains(*STREET, pressurised=["pressure"] * len(STREET))
    with pytest.raises(PipemapError, match="by valves"):
        plan_plugs(network, pipes=["p2"])


@given(networks())
def test_no_water_reaches_a_run_on_any_way_but_through_a_plug_or_a_pump(network: Network) -> None:
    rows = [row for row in np.flatnonzero(network.in_use_pipes).tolist() if is_drain(network, Element("pipe", row))]
    assume(rows)
    plan = plan_plugs(network, pipes=[f"#{rows[0]}"])
    run, inside = set(plan.contained.pipe_rows.tolist()), set(plan.contained.node_rows.tolist())
    held = {one.pipe for one in plan.plugs} | {one.row for one in plan.pumped if one.layer == "pipe"} | set(plan.open_ways)
    assert rows[0] in run
    assert not run & held
    for pipe in np.flatnonzero(network.in_use_pipes).tolist():
        beside = inside & set(network.pipe_ends[pipe].tolist())
        if beside and pipe not in run and pipe not in held:
            assert not network.gravity_pipes[pipe]  # a main under pressure that passes a point of the run
    for plug in plan.plugs:
        assert plug.node in inside
        if plug.dammed is not None:
            assert not run & set(plug.dammed.pipe_rows.tolist())
