from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipemap import catalog
from pipemap.errors import Cancelled
from pipemap.model.delivery import Delivery
from pipemap.model.fields import arrow_schema
from pipemap.model.network import Network
from pipemap.sample import City, make_city

GRAVITY = ("YS", "WS", "HS")
MAIN = {"JP", "YS", "WS", "TR", "RS", "GD", "LD", "DH", "DQ", "ZH"}

cities = given(pipes=st.integers(60, 3000), seed=st.integers(0, 10_000))
modest = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def column(table: pa.Table, name: str) -> NDArray[np.object_]:
    return np.asarray(table[name].to_pylist(), dtype=object)


def whole(table: pa.Table, name: str) -> NDArray[np.int64]:
    return np.asarray(table[name].combine_chunks().to_numpy(zero_copy_only=False), dtype=np.int64)


def numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(table[name].combine_chunks().to_numpy(zero_copy_only=False), dtype=np.float64)


@dataclass
class Falls:
    """Drains in the direction of their recorded flow."""

    upper: NDArray[np.int64]
    lower: NDArray[np.int64]
    fall: NDArray[np.float64]
    free: NDArray[np.bool_]


def drains(delivery: Delivery) -> Falls:
    pipes = delivery.pipes
    ours = np.isin(column(pipes, "category"), GRAVITY)
    against = column(pipes, "flow")[ours] == "-"
    start, end = (pipes[name].to_numpy()[ours] for name in ("from_fid", "to_fid"))
    first, second = (numbers(pipes, name)[ours] for name in ("from_level", "to_level"))
    upper, lower = np.where(against, end, start), np.where(against, start, end)
    fall = np.where(against, second - first, first - second)
    return Falls(upper, lower, fall, column(pipes, "pressurised")[ours] == "gravity")


@pytest.mark.parametrize("pipes", [60, 61, 74, 97, 180, 300, 1234, 20_000])
@pytest.mark.parametrize("seed", [1, 8])
def test_city_has_about_as_many_pipes_as_asked(pipes: int, seed: int) -> None:
    made = make_city(pipes, seed=seed).delivery
    assert 0.97 * pipes <= made.pipes.num_rows <= 1.03 * pipes
    assert len(made.lines) == made.pipes.num_rows


def test_same_seed_makes_the_same_city_and_another_seed_another() -> None:
    one, same, other = make_city(700, seed=5, faults=9), make_city(700, seed=5, faults=9), make_city(700, seed=6, faults=9)
    assert one.delivery.nodes.equals(same.delivery.nodes)
    assert one.delivery.pipes.equals(same.delivery.pipes)
    assert np.array_equal(one.delivery.lines.xyz, same.delivery.lines.xyz, equal_nan=True)
    assert one.faults == same.faults
    assert one.customers.equals(same.customers)
    assert not one.delivery.nodes.equals(other.delivery.nodes)


@pytest.mark.parametrize("seed", range(6))
def test_smallest_city_has_every_main_category_a_valve_a_source_and_an_outfall(seed: int) -> None:
    made = make_city(60, seed=seed).delivery
    assert set(column(made.pipes, "category")) >= MAIN
    assert set(column(made.nodes, "kind")) >= {"isolation_valve", "source", "outfall", "manhole"}


@modest
@cities
def test_every_drain_falls_and_leads_to_an_outfall(pipes: int, seed: int) -> None:
    made = make_city(pipes, seed=seed).delivery
    found = drains(made)
    assert (found.fall[found.free] >= 0.02).all()
    following = np.arange(made.nodes.num_rows)
    following[found.upper] = found.lower
    assert len(np.unique(found.upper)) == len(found.upper)
    for _step in range(16):
        following = following[following]
    ends = following[np.unique(np.concatenate([found.upper, found.lower]))]
    assert set(column(made.nodes, "kind")[ends]) == {"outfall"}


@modest
@cities
def test_water_gas_and_heating_are_joined_to_their_sources(pipes: int, seed: int) -> None:
    made = make_city(pipes, seed=seed).delivery
    network = Network.from_delivery(made)
    used = network.in_use_pipes
    for codes in (("JP", "SS"), ("TR",), ("RS",), ("GD",)):
        ends = network.pipe_ends[network.pipe_category.is_in(*codes) & used]
        fed = np.unique(network.component[network.sources])
        assert np.isin(network.component[ends], fed).all(), codes


@modest
@cities
def test_records_agree_with_the_standards_and_with_themselves(pipes: int, seed: int) -> None:
    made = make_city(pipes, seed=seed).delivery
    nodes, links = made.nodes, made.pipes
    for table, layer in ((nodes, "node"), (links, "pipe")):
        schema = arrow_schema(layer)
        assert all(schema.field(field.name).type == field.type for field in table.schema)
        assert all(catalog.category(code) for code in set(column(table, "category")))
        assert len(pc.unique(table["id"])) == table.num_rows
    named = zip(*(column(nodes, name) for name in ("category", "feature", "appurtenance", "kind")), strict=True)
    assert all(catalog.node_kind(*texts) == kind for *texts, kind in set(named))
    assert all(catalog.material(code) for code in set(column(links, "material")) - {None})
    assert all(catalog.burial(code) for code in set(column(links, "burial")))
    told = {name: column(links, name) for name in ("category", "burial", "pressurised", "from_reference")}
    for category, burial, pressurised, reference in set(zip(*told.values(), strict=True)):
        assert catalog.depth_reference(category, burial, pressurised=pressurised) == reference


@modest
@cities
def test_level_is_ground_less_depth_and_courses_end_at_their_nodes(pipes: int, seed: int) -> None:
    made = make_city(pipes, seed=seed).delivery
    place = np.column_stack([numbers(made.nodes, name) for name in ("x", "y")])
    ground = numbers(made.nodes, "ground")
    for end, at in (("from", made.lines.offsets[:-1]), ("to", made.lines.offsets[1:] - 1)):
        node = made.pipes[f"{end}_fid"].to_numpy()
        level = numbers(made.pipes, f"{end}_level")
        assert np.allclose(level, ground[node] - numbers(made.pipes, f"{end}_depth"), atol=0.006)
        assert np.array_equal(made.lines.xyz[at, :2], place[node])
        assert np.allclose(made.lines.xyz[at, 2], level)


@modest
@cities
def test_valves_stand_on_two_pipes_and_features_fit_the_number_of_pipes(pipes: int, seed: int) -> None:
    made = make_city(pipes, seed=seed).delivery
    ends = np.concatenate([made.pipes["from_fid"].to_numpy(), made.pipes["to_fid"].to_numpy()])
    degree = np.bincount(ends, minlength=made.nodes.num_rows)
    assert (degree > 0).all()
    assert (degree[column(made.nodes, "kind") == "isolation_valve"] == 2).all()
    for category, feature, count in set(zip(column(made.nodes, "category"), column(made.nodes, "feature"), degree, strict=True)):
        expected = catalog.expected_degree(category, feature)
        assert expected is None or expected == count, (category, feature, count)


def test_sizes_grow_along_the_drains() -> None:
    made = make_city(4000, seed=3).delivery
    pipes = made.pipes
    size = np.where(np.isnan(numbers(pipes, "diameter_mm")), numbers(pipes, "width_mm"), numbers(pipes, "diameter_mm"))
    ours = np.isin(column(pipes, "category"), GRAVITY)
    found = drains(made)
    into = np.zeros(made.nodes.num_rows)
    np.maximum.at(into, found.lower[found.free], size[ours][found.free])
    assert (size[ours][found.free] >= into[found.upper][found.free]).all()


def test_pipes_of_different_networks_do_not_meet() -> None:
    for seed in range(1, 5):
        assert len(clashes(make_city(3000, seed=seed).delivery)) <= 1


def clashes(delivery: Delivery) -> list[tuple[int, int]]:
    """Pairs of pipes, not joined to each other, whose bodies overlap where they are nearest in plan."""
    import shapely

    pipes, lines = delivery.pipes, delivery.lines
    round_mm = numbers(pipes, "diameter_mm")
    width, height = (np.where(np.isnan(round_mm), numbers(pipes, name), round_mm) / 1000 for name in ("width_mm", "height_mm"))
    width, height = np.nan_to_num(width, nan=0.2), np.nan_to_num(height, nan=0.2)
    axis = np.where(column(pipes, "from_reference") == "outside_top", -height / 2, height / 2)
    start, end = lines.xyz[lines.offsets[:-1]], lines.xyz[lines.offsets[1:] - 1]
    courses = np.asarray(shapely.linestrings(np.stack([start[:, :2], end[:, :2]], axis=1)))
    one, other = shapely.STRtree(courses.tolist()).query(courses, predicate="dwithin", distance=1.5)
    nodes = [pipes[name].to_numpy() for name in ("from_fid", "to_fid")]
    apart = one < other
    for at in nodes:
        for there in nodes:
            apart &= at[one] != there[other]
    one, other = one[apart], other[apart]
    nearest = shapely.get_coordinates(shapely.shortest_line(courses[one], courses[other])).reshape(-1, 2, 2)
    level = []
    for pipe, point in ((one, nearest[:, 0]), (other, nearest[:, 1])):
        step = end[pipe, :2] - start[pipe, :2]
        share = ((point - start[pipe, :2]) * step).sum(axis=1) / (step**2).sum(axis=1)
        level.append(start[pipe, 2] + share * (end[pipe, 2] - start[pipe, 2]) + axis[pipe])
    beside = np.hypot(*(nearest[:, 0] - nearest[:, 1]).T) < (width[one] + width[other]) / 2
    above = np.abs(level[0] - level[1]) < (height[one] + height[other]) / 2
    return [(int(a), int(b)) for a, b in zip(one[beside & above], other[beside & above], strict=True)]


@pytest.fixture(scope="module")
def town() -> City:
    return make_city(6000, seed=2)


def test_town_has_what_a_town_has(town: City) -> None:
    nodes, pipes = town.delivery.nodes, town.delivery.pipes
    kinds = set(column(nodes, "kind"))
    assert kinds >= {"hydrant", "gully", "meter", "regulator", "exchanger", "transformer", "cabinet", "pole", "tank", "air_valve"}
    assert {"HS", "XH", "ZS", "YQ", "SS"} <= set(column(pipes, "category"))
    assert {"closed", "open", "unknown"} == set(column(nodes, "state")) - {None}
    assert {"yes", "no", "unknown"} == set(column(nodes, "operable")) - {None}
    assert {"supply", "return"} == set(column(pipes, "circuit")) - {None}
    assert {"bank", "round", "box"} == set(column(pipes, "shape"))
    assert len(set(column(nodes, "road"))) > 20
    assert "abandoned" in set(column(make_city(20_000, seed=2).delivery.pipes, "lifecycle"))


def test_customers_are_tied_to_meters_and_some_are_critical(town: City) -> None:
    customers, nodes = town.customers, town.delivery.nodes
    surveyed = pc.equal(customers["method"], "surveyed").to_numpy()
    rows = customers["node_row"].to_pylist()
    assert all((row is not None) == known for row, known in zip(rows, surveyed, strict=True))
    meters = np.asarray([row for row in rows if row is not None])
    assert set(column(nodes, "kind")[meters]) == {"meter"}
    ends = town.delivery.pipes["to_fid"].to_numpy()[customers["pipe_row"].to_numpy()][surveyed]
    assert np.array_equal(ends, meters)
    assert {"hospital", "dialysis", "school", "fire_station", "residential"} <= set(column(customers, "class"))
    critical = column(customers, "critical").astype(bool)
    assert 0 < critical.sum() < 0.1 * len(critical)
    assert town.delivery.customers is customers


def test_making_a_city_can_be_cancelled() -> None:
    def stop(*_told: object, **_more: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        make_city(300, progress=stop)
