"""Gas: medium pressure from the city gate in most streets, low pressure behind regulators in the old quarter."""

from __future__ import annotations

import numpy as np

from pipemap.sample.leaves import Leaves
from pipemap.sample.practice import GAS, SETTLED
from pipemap.sample.sheet import Bools, Floats, Ints, Value, Words, choose
from pipemap.sample.strands import BETWEEN, ON_ARM, Strand, lay
from pipemap.sample.streets import ARTERIAL, COLLECTOR, HALF_WIDTH, LOCAL, OLD, Streets
from pipemap.sample.town import Town, degrees
from pipemap.sample.trees import supply_tree

_MAIN_SIZES = np.array([110.0, 160.0, 250.0])


def lay_gas(town: Town) -> None:
    """Lay the gas network and its gate stations."""
    streets, rng = town.streets, town.rng(30)
    gate = _gates(streets)
    tree = supply_tree(streets, gate)
    served = tree | (rng.random(streets.edge_count) < np.array([0.72, 0.95, 1.0])[streets.edge_class])
    edges = np.flatnonzero(served)
    strand = lay(streets, GAS, edges, arms=_arms(streets, edges, rng), from_corners=True)
    low = (streets.quarter == OLD) & (streets.edge_class == LOCAL)
    rows = town.add_strand(strand, _node_values(streets, strand, low, rng))
    depth = town.zone_depth(GAS, strand, rng)
    town.sheet.add_pipes(
        rows[strand.start],
        rows[strand.end],
        {
            **_main(town, strand.pipe_edge, _MAIN_SIZES[streets.edge_class[strand.pipe_edge]], low),
            "from_depth": depth[strand.start],
            "to_depth": depth[strand.end],
            "burial": choose(streets.bridge[strand.pipe_edge], "GM", "ZM"),
        },
    )
    _gate_stations(town, strand, rows, depth, gate)
    town.leaves.extend(_services(town, strand, rows, depth, low, side, rng) for side in (-1.0, 1.0))


def _gates(streets: Streets) -> Ints:
    """Junctions that a gate station feeds: at the town's south-east, a second one far from it in a large town."""
    used = np.unique(np.concatenate([streets.a, streets.b]))
    place = streets.place[used]
    score = place[:, 0] - 0.6 * place[:, 1] + 120.0 * streets.junction_class[used]
    found = [int(used[np.argmax(score)])]
    if streets.edge_count > 1500:
        found.append(int(used[np.argmin(score)]))
    return np.asarray(found, dtype=np.int64)


def _arms(streets: Streets, edges: Ints, rng: np.random.Generator) -> tuple[Bools, Bools]:
    ends = degrees(streets.junction_count, streets.a, streets.b)
    likely = np.array([0.25, 0.5, 0.7])
    found = [
        (rng.random(len(edges)) < likely[streets.junction_class[at]]) & (ends[at] > 1)
        for at in (streets.a[edges], streets.b[edges])
    ]
    if len(edges) and not (found[0].any() or found[1].any()):
        found[1][0] = True
    return found[0], found[1]


def _node_values(streets: Streets, strand: Strand, low: Bools, rng: np.random.Generator) -> dict[str, Value]:
    count = strand.node_count
    arm = strand.role == ON_ARM
    larger = streets.junction_class[np.maximum(strand.junction, 0)] > LOCAL
    regulator = arm & low[strand.edge] & larger
    valve = arm & ~regulator & (rng.random(count) < 0.75)
    if (arm & ~regulator).any() and not valve.any():
        valve = arm & ~regulator
    drip = (strand.role == BETWEEN) & (rng.random(count) < 0.05) & (streets.edge_class[strand.edge] >= COLLECTOR)
    post = (strand.role == BETWEEN) & ~drip & (rng.random(count) < 0.04)
    code = np.select([regulator, valve, drip, post], [0, np.where(rng.random(count) < 0.6, 1, 2), 3, 4], -1)
    named = code >= 0
    return {
        "utility": GAS.name,
        "category": "TR",
        "appurtenance": Words(code, ("调压箱", "阀门井", "阀门", "凝水缸", "阴保测试桩")),
        "feature": choose(arm & ~named, "变深点", None),
        "state": choose(valve, "open", None),
        "normal_state": choose(valve, "open", None),
        "operable": Words(np.where(valve, (rng.random(count) < 0.02).astype(np.int64), -1), ("yes", "no")),
        "size_mm": np.where(valve, _MAIN_SIZES[streets.edge_class[strand.edge]], np.nan),
        "turns": np.where(valve, 0.25, np.nan),
        "turn_direction": choose(valve, "clockwise", None),
        "operated": np.where(valve, rng.integers(0, 1500, count), -1),
        "cover": np.where(valve, rng.integers(0, 10, count), -1),
    }


def _main(town: Town, edge: Ints, size: Floats, low: Bools) -> dict[str, Value]:
    year = np.maximum(town.years(62)[edge], 1986)
    arterial = town.streets.edge_class[edge] == ARTERIAL
    pressure = np.select([low[edge], arterial], [0, 2], 1)
    return {
        "edge": edge,
        "utility": GAS.name,
        "category": "TR",
        "diameter_mm": size,
        "shape": "round",
        "material": choose((year >= 2001) | low[edge], "PE", "G"),
        "pressurised": "pressure",
        "pressure": Words(pressure, ("低压", "中压B", "中压A")),
        "year": year,
        "joint": choose(year >= 2001, "热熔", "焊接"),
    }


def _gate_stations(town: Town, strand: Strand, rows: Ints, depth: Floats, gate: Ints) -> None:
    node = strand.node_at[gate]
    place = strand.place[node] + np.array([[33.0, -31.0]])
    values: dict[str, Value] = {"edge": strand.edge[node], "utility": GAS.name, "category": "TR", "appurtenance": "门站"}
    ends = town.sheet.add_nodes(place, town.terrain.ground_cm(place), values)
    low = np.zeros(town.streets.edge_count, dtype=np.bool_)
    pipes = _main(town, strand.edge[node], np.full(len(node), 250.0), low)
    pipes.update(from_depth=depth[node], to_depth=depth[node], burial="ZM", pressure="次高压B", material="G")
    town.sheet.add_pipes(ends, rows[node], pipes)


def _services(town: Town, strand: Strand, rows: Ints, depth: Floats, low: Bools, side: float, rng: np.random.Generator) -> Leaves:
    """Branches to blocks: through a regulator box where the street's main has medium pressure."""
    # Across the larger streets it would meet the return of the heating where that passes over the supply.
    local = town.streets.edge_class[strand.edge] == LOCAL
    crossable = (side < 0) | (local & (strand.change > SETTLED))
    at = np.flatnonzero((strand.role == BETWEEN) & crossable)
    street_class = town.streets.edge_class[strand.edge[at]]
    across = side * (HALF_WIDTH[street_class] + rng.uniform(0.6, 3.2, len(at))) - GAS.across(street_class)
    place = strand.place[at] + strand.leave[at] * across[:, None]
    behind = low[strand.edge[at]]
    nodes: dict[str, Value] = {
        "edge": strand.edge[at],
        "utility": GAS.name,
        "category": "TR",
        "appurtenance": choose(behind, None, "调压箱"),
        "feature": choose(behind, "入户", None),
    }
    pipes = _main(town, strand.edge[at], np.full(len(at), 63.0), low)
    pipes.update(kind="service", material="PE", burial="ZM", from_depth=depth[at])
    pipes["to_depth"] = np.full(len(at), 1.05) if side < 0 else depth[at]
    return Leaves(rows[at], place, town.terrain.ground_cm(place), nodes, pipes, weight=0.8, first=side < 0)
