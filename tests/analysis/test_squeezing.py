"""Gas: where a pressure zone ends, what is asked beside the valves, and pipes that are squeezed where no valve is near."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipemap.analysis.measures import band_named, bands_of, inventory, measures_of
from pipemap.analysis.shutoff import ShutoffPlan, plan_shutoff
from pipemap.analysis.squeezing import SqueezeLimits, plan_squeeze
from pipemap.analysis.steps import steps_of
from pipemap.analysis.valves import valves_of
from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.network import Network

Pipe = tuple[str, str, str, float]
KINDS = {"S": "source", "V": "isolation_valve", "R": "regulator", "A": "air_valve", "D": "drain_valve"}


def gas(*pipes: Pipe, category: str = "TR", **columns: Any) -> Network:  # noqa: ANN401 -- whatever a column holds
    """Pipes ``(id, first, second, metres)`` of PE, 160 mm, medium pressure B; nodes are what their first letter says."""
    names = list(dict.fromkeys(name for pipe in pipes for name in pipe[1:3]))
    row = {name: number for number, name in enumerate(names)}
    nodes = pa.table(
        {
            "id": names,
            "kind": pa.array([KINDS.get(name[0]) for name in names], pa.string()),
            "state": pa.array(["open" if name[0] == "V" else None for name in names], pa.string()),
        }
    )
    lines = {
        "id": [pipe[0] for pipe in pipes],
        "from_fid": pa.array([row[pipe[1]] for pipe in pipes], pa.int64()),
        "to_fid": pa.array([row[pipe[2]] for pipe in pipes], pa.int64()),
        "category": [category] * len(pipes),
        "length": [pipe[3] for pipe in pipes],
        "diameter_mm": [160.0] * len(pipes),
        "material": ["PE"] * len(pipes),
        "pressure": ["中压B"] * len(pipes),
    } | columns
    courses = Lines(np.zeros(len(pipes) + 1, dtype=np.int64), np.empty((0, 3)))
    return Network.from_delivery(Delivery(nodes, pa.table(lines), courses, Batch("gas"), format="made"))


TWO_ZONES: tuple[Pipe, ...] = (
    ("m1", "S", "V1", 100.0),
    ("m2", "V1", "a", 100.0),
    ("m3", "a", "R1", 100.0),
    ("l1", "R1", "b", 100.0),
    ("l2", "b", "V2", 100.0),
    ("l3", "V2", "c", 100.0),
)


def test_a_regulator_ends_the_pressure_zone_of_a_break_on_either_side() -> None:
    network = gas(*TWO_ZONES)
    behind, before = (plan_shutoff(network, pipes=[name]) for name in ("l1", "m2"))
    assert (set(behind.close), set(before.close)) == ({"R1", "V2"}, {"V1", "R1"})
    assert set(behind.contained.pipes) == {"l1", "l2"}
    assert set(before.contained.pipes) == {"m2", "m3"}
    assert before.lost.pipes == ("l1", "l2", "l3")
    assert "inlet and outlet" in behind.reasons["R1"]


def test_what_gas_comes_through_is_closed_before_what_only_keeps_it_in() -> None:
    plan = plan_shutoff(gas(*TWO_ZONES), pipes=["l1"])
    assert [one.id for one in steps_of(plan)] == ["R1", "V2"]


def test_a_regulator_that_cannot_be_shut_lets_the_zone_grow() -> None:
    plan = plan_shutoff(gas(*TWO_ZONES), pipes=["l1"], inoperable=["R1"])
    assert set(plan.close) == {"V1", "V2"}
    assert any(one.stage == "stop" and "R1" in one.text for one in measures_of(plan))


def test_a_regulator_is_no_valve_of_segments_nor_of_a_water_plan() -> None:
    assert valves_of(gas(*TWO_ZONES)).ids(range(len(valves_of(gas(*TWO_ZONES))))) == ("V1", "V2")
    water = plan_shutoff(gas(*TWO_ZONES, category="JS"), pipes=["l1"])
    assert "R1" in water.contained.nodes


def said(plan: ShutoffPlan, stage: str) -> str:
    return "\n".join(one.text for one in measures_of(plan) if one.stage == stage)


def test_pressure_is_lowered_before_a_medium_pressure_main_is_closed_and_the_stations_are_named() -> None:
    plan = plan_shutoff(gas(*TWO_ZONES), pipes=["m2"])
    assert "Medium B" in said(plan, "reduce")
    assert "S" in said(plan, "reduce")
    low = plan_shutoff(gas(*TWO_ZONES, pressure=["低压"] * 6), pipes=["m2"])
    assert said(low, "reduce") == ""
    unknown = plan_shutoff(gas(*TWO_ZONES, pressure=pa.nulls(6, pa.string())), pipes=["m2"])
    assert "band not recorded" in said(unknown, "reduce")


def test_vents_and_drip_pots_of_the_zone_are_named_for_purging_else_the_place_is_to_be_chosen() -> None:
    network = gas(*TWO_ZONES, ("v", "a", "A7", 2.0), ("d", "a", "D3", 2.0))
    plan = plan_shutoff(network, pipes=["m2"])
    assert "A7, D3" in said(plan, "empty")
    assert "A7, D3" in said(plan, "fill")
    assert "to be chosen on site" in said(plan_shutoff(gas(*TWO_ZONES), pipes=["m2"]), "empty")
    assert "house by house" in said(plan, "assure")


def test_the_gas_in_the_zone_is_told_at_the_upper_end_of_its_band_and_not_at_all_where_one_is_unknown() -> None:
    plan = plan_shutoff(gas(*TWO_ZONES), pipes=["m2"])
    room = np.pi * 0.08**2 * 200
    assert inventory(plan) == pytest.approx(room * 3, rel=1e-6)  # medium B ends at 0.2 MPa over that of the air
    assert [band.name_en for band in bands_of(plan)[0]] == ["Medium B"]
    words = pa.array([None, "中压B", None, "中压B", "中压B", "中压B"], pa.string())
    some = plan_shutoff(gas(*TWO_ZONES, pressure=words), pipes=["m2"])
    assert inventory(some) is None
    assert "not known" in said(some, "empty")


@pytest.mark.parametrize(("text", "name"), [("中压B", "Medium B"), ("0.3", "Medium A"), (" 0.3MPa", "Medium A"), ("?", None)])
def test_a_band_is_read_from_its_name_or_from_a_pressure(text: str, name: str | None) -> None:
    band = band_named(text)
    assert (band.name_en if band else None) == name


# -- squeeze-off -------------------------------------------------------------------------------------------------------

LONG: tuple[Pipe, ...] = (
    ("s", "S", "V1", 10.0),
    ("g1", "V1", "a", 400.0),
    ("g2", "a", "b", 50.0),
    ("broken", "b", "c", 60.0),
    ("g3", "c", "d", 50.0),
    ("g4", "d", "V2", 400.0),
    ("t", "V2", "e", 10.0),
)


def test_pipes_on_both_sides_of_the_break_are_squeezed_where_valves_are_far() -> None:
    network = gas(*LONG)
    plan = plan_shutoff(network, pipes=["broken"])
    found = plan_squeeze(plan)
    assert found is not None
    assert sorted(network.pipe_ids[one.pipe] for one in found.squeezes) == ["g2", "g3"]
    assert all(one.station == 1.0 and one.away == 1.0 and one.valve == 450.0 for one in found.squeezes)
    assert found.close == ()
    assert set(found.contained.pipes) == {"g2", "broken", "g3"}
    assert set(plan.contained.pipes) == {"g1", "g2", "broken", "g3", "g4"}
    assert set(found.lost.nodes) == {"d", "V2", "e"}
    assert set(found.lost.pipes) == {"g4", "t"}


def test_a_valve_that_is_near_is_closed_instead() -> None:
    near = (*LONG[:1], ("g1", "V1", "a", 20.0), *LONG[2:])
    found = plan_squeeze(plan_shutoff(gas(*near), pipes=["broken"]))
    assert found is not None
    assert found.close == ("V1",)
    assert [gas(*near).pipe_ids[one.pipe] for one in found.squeezes] == ["g3"]


@pytest.mark.parametrize(
    "columns",
    [
        {"material": ["G"] * 7},
        {"material": pa.nulls(7, pa.string())},
        {"diameter_mm": [315.0] * 7},
        {"diameter_mm": pa.nulls(7, pa.float64())},
        {"kind": ["valve"] * 7},
    ],
)
def test_only_polyethylene_of_a_size_that_can_be_squeezed_is(columns: dict[str, Any]) -> None:
    assert plan_squeeze(plan_shutoff(gas(*LONG, **columns), pipes=["broken"])) is None


def test_a_pipe_too_short_to_keep_clear_of_its_joints_is_passed() -> None:
    found = plan_squeeze(plan_shutoff(gas(*LONG), pipes=["broken"]), SqueezeLimits(clear=30.0))
    assert found is not None
    assert sorted(gas(*LONG).pipe_ids[one.pipe] for one in found.squeezes) == ["g1", "g4"]


def test_a_pipe_with_both_ends_inside_is_not_squeezed() -> None:
    ring = (*LONG, ("loop", "b", "c", 80.0))
    found = plan_squeeze(plan_shutoff(gas(*ring), pipes=["broken"]))
    assert found is not None
    assert "loop" not in {gas(*ring).pipe_ids[one.pipe] for one in found.squeezes}
    assert "loop" in found.contained.pipes


def test_what_another_way_feeds_keeps_its_gas_behind_a_squeeze() -> None:
    fed = (*LONG, ("u", "e", "S2", 10.0))
    found = plan_squeeze(plan_shutoff(gas(*fed), pipes=["broken"]))
    assert found is not None
    assert len(found.lost) == 0


def test_water_and_heat_are_not_squeezed() -> None:
    for category in ("JS", "RS"):
        assert plan_squeeze(plan_shutoff(gas(*LONG, category=category), pipes=["broken"])) is None
