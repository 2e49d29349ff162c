"""Water: looped mains from the waterworks and a tower, valves beside junctions, hydrants, services; reclaimed water."""

from __future__ import annotations

import numpy as np

from pipemap.sample import practice
from pipemap.sample.leaves import Leaves
from pipemap.sample.practice import SETTLED, WATER
from pipemap.sample.sheet import Bools, Floats, Ints, Value, Words, choose
from pipemap.sample.strands import AT_JUNCTION, BETWEEN, ON_ARM, Strand, lay
from pipemap.sample.streets import ARTERIAL, COLLECTOR, HALF_WIDTH, LOCAL, Streets
from pipemap.sample.terrain import RIVER_SPACING
from pipemap.sample.town import Town, degrees

_LOCAL_SIZES = np.array([100.0, 150.0, 200.0])
_WORKS_EVERY = 9000


def lay_water(town: Town) -> None:
    """Lay the drinking water network, its sources, and reclaimed water along a riverside road."""
    streets, rng = town.streets, town.rng(20)
    edges = np.arange(streets.edge_count)
    entries = _entries(town, edges)
    parent = _tree(town, entries)
    arms = _valve_arms(streets, edges, rng)
    strand = lay(streets, WATER, edges, arms=arms, from_corners=True)
    size = _sizes(streets, rng)
    values = _node_values(town, strand, parent, size, rng)
    rows = town.add_strand(strand, values)
    depth = town.zone_depth(WATER, strand, rng)
    years = town.years(60)
    town.sheet.add_pipes(
        rows[strand.start],
        rows[strand.end],
        {
            **_main(years, strand.pipe_edge, size[strand.pipe_edge], rng),
            "from_depth": depth[strand.start],
            "to_depth": depth[strand.end],
            "burial": choose(streets.bridge[strand.pipe_edge], "GM", "ZM"),
        },
    )
    _sources(town, strand, rows, depth, entries, rng)
    town.leaves.append(_hydrants(town, strand, rows, depth, rng))
    town.leaves.extend(_services(town, strand, rows, depth, side, rng) for side in (1.0, -1.0))
    _lay_reclaimed(town, town.rng(21))


def _sizes(streets: Streets, rng: np.random.Generator) -> Floats:
    """One size a street, larger on arterials; a lane between two valves keeps it throughout."""
    lines = len(streets.line_at)
    arterial = np.array([400.0, 500.0, 600.0])[rng.integers(0, 3, lines)]
    collector = np.array([200.0, 300.0, 300.0])[rng.integers(0, 3, lines)]
    local = _LOCAL_SIZES[rng.choice(3, lines, p=[0.35, 0.5, 0.15])]
    by_line = np.select([streets.line_class == ARTERIAL, streets.line_class == COLLECTOR], [arterial, collector], local)
    ends = degrees(streets.junction_count, streets.a, streets.b)
    blind = (ends[streets.a] == 1) | (ends[streets.b] == 1)
    found = by_line[streets.line]
    return np.where(
        blind & (streets.edge_class == LOCAL), 100.0, np.minimum(found, np.where(streets.edge_class == LOCAL, 150.0, 600.0))
    )


def _main(years: Ints, edge: Ints, size: Floats, rng: np.random.Generator) -> dict[str, Value]:
    year = years[edge]
    draw = rng.random(len(years))[edge]
    code = np.select(
        [size >= 400, (size <= 150) & (year >= 2004), year >= 1996, (size <= 100) & (draw < 0.4)],
        [np.where(draw < 0.2, 3, 1), np.where(draw < 0.75, 2, 1), 1, 3],
        0,
    )
    return {
        "edge": edge,
        "utility": WATER.name,
        "category": "JP",
        "diameter_mm": size,
        "shape": "round",
        "material": Words(code.astype(np.int64), ("ZT", "QM", "PE", "G")),
        "pressurised": "pressure",
        "pressure": "0.35",
        "year": year,
        "joint": choose(size >= 100, "承插口", "焊接"),
    }


def _entries(town: Town, edges: Ints) -> Ints:
    """Junctions where a waterworks feeds the town: at its upper edge, one for every so many streets."""
    streets = town.streets
    used = np.unique(np.concatenate([streets.a[edges], streets.b[edges]]))
    best = streets.junction_class[used] * 4.0 + town.terrain.ground_cm(streets.place[used]) / 250.0
    wanted = max(1, min(len(used) // 3, round(streets.edge_count / _WORKS_EVERY)))
    found: list[int] = []
    apart = 0.9 * (np.ptp(streets.place[used, 0]) + np.ptp(streets.place[used, 1])) / (2 * wanted)
    for at in used[np.argsort(-best, kind="stable")]:
        if all(np.abs(streets.place[at] - streets.place[other]).sum() > apart for other in found):
            found.append(int(at))
        if len(found) == wanted:
            break
    return np.asarray(found, dtype=np.int64)


def _tree(town: Town, entries: Ints) -> Bools:
    """Return bool a street edge: one of those by which every junction has a way to a waterworks."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    streets = town.streets
    count = streets.junction_count
    cost = streets.length * np.array([1.4, 1.0, 0.8])[streets.edge_class]
    matrix = csr_array((cost, (streets.a, streets.b)), shape=(count, count))
    _far, before, _root = dijkstra(matrix, directed=False, indices=entries, min_only=True, return_predecessors=True)
    return np.asarray((before[streets.a] == streets.b) | (before[streets.b] == streets.a))


def _valve_arms(streets: Streets, edges: Ints, rng: np.random.Generator) -> tuple[Bools, Bools]:
    """Where a valve stands beside a junction: on most arms of large ones, on half of those between lanes."""
    likely = np.array([0.55, 0.75, 0.8])
    ends = degrees(streets.junction_count, streets.a, streets.b)
    found = [
        (rng.random(len(edges)) < likely[streets.junction_class[at]]) & (ends[at] > 1)
        for at in (streets.a[edges], streets.b[edges])
    ]
    if len(edges) and not (found[0].any() or found[1].any()):
        found[0][0] = True
    return found[0], found[1]


def _node_values(town: Town, strand: Strand, tree: Bools, size: Floats, rng: np.random.Generator) -> dict[str, Value]:
    count = strand.node_count
    arm = strand.role == ON_ARM
    valve = arm & (rng.random(count) < 0.9)
    if arm.any() and not valve.any():
        valve |= arm
    air, scour = _high_and_low(town, strand, rng)
    appurtenance = Words(
        np.select([valve, air, scour], [np.where(rng.random(count) < 0.7, 0, 1), 2, 3], -1),
        ("阀门", "阀门井", "排气阀", "排污阀"),
    )
    spare = ~tree[strand.edge] & (town.streets.edge_class[strand.edge] < ARTERIAL)
    draw = rng.random(count)
    closed = valve & spare & (draw < 0.03)
    stuck = valve & (rng.random(count) < 0.025)
    unsure = valve & ~closed & (draw > 0.985)
    bore = size[strand.edge]
    return {
        "utility": WATER.name,
        "category": "JP",
        "appurtenance": appurtenance,
        "feature": _plain_features(strand, valve | air | scour),
        "size_mm": np.where(valve, bore, np.nan),
        "state": _among(valve, closed, unsure, ("open", "closed", "unknown")),
        "normal_state": _among(valve, closed, unsure & False, ("open", "closed", "unknown")),
        "operable": _among(valve, stuck, unsure, ("yes", "no", "unknown")),
        "inoperable_reason": Words(np.where(stuck, rng.integers(0, 3, count), -1), ("锈死", "井室积水", "阀杆折断")),
        "turns": np.where(valve, np.round(bore / 25.0 + 4.0), np.nan),
        "turn_direction": _among(valve, rng.random(count) < 0.04, valve & False, ("clockwise", "anticlockwise", "")),
        "operated": np.where(valve & (rng.random(count) < 0.5), rng.integers(0, 1500, count), -1),
        "chamber_depth": np.where(valve | air | scour, np.round(WATER.depth(strand.zone) + bore / 1000.0 + 0.4, 2), np.nan),
        "cover": np.where(valve | air | scour, rng.integers(0, 10, count), -1),
        "zone": choose(town.terrain.ground_cm(strand.place) > 5400, "高区", "低区"),
        "model": choose(valve & (bore >= 300), "D341X-10", None),
    }


def _among(shown: Bools, second: Bools, third: Bools, values: tuple[str, str, str]) -> Words:
    code = np.where(third, 2, np.where(second, 1, 0))
    return Words(np.where(shown, code, -1).astype(np.int64), values)


def _plain_features(strand: Strand, taken: Bools) -> Words:
    """A node on an arm without a valve changes its depth; others are named later by how many pipes meet there."""
    return choose((strand.role == ON_ARM) & ~taken, "变深点", None)


def _high_and_low(town: Town, strand: Strand, rng: np.random.Generator) -> tuple[Bools, Bools]:
    """Nodes of the larger mains that stand higher, or lower, than both their neighbours; some where the street is flat."""
    ground = town.terrain.ground_cm(strand.place)
    top = np.full(strand.node_count, -(10**9), dtype=np.int64)
    low = np.full(strand.node_count, 10**9, dtype=np.int64)
    for one, other in ((strand.start, strand.end), (strand.end, strand.start)):
        np.maximum.at(top, one, ground[other])
        np.minimum.at(low, one, ground[other])
    between = (strand.role == BETWEEN) & (town.streets.edge_class[strand.edge] >= COLLECTOR)
    flat = np.where(rng.random(strand.node_count) < 0.25, 8, 0)
    high = between & (ground + flat > top)
    return high, between & (ground - flat < low) & ~high


def _sources(town: Town, strand: Strand, rows: Ints, depth: Floats, entries: Ints, rng: np.random.Generator) -> None:
    """A waterworks beside each entry, joined by a trunk main; a tower on the highest ground but one."""
    streets = town.streets
    at = np.concatenate([entries, _towers(town, entries)])
    works = np.arange(len(at)) < len(entries)
    node = strand.node_at[at]
    # Diagonally out of the junction, between its streets: nothing else is laid there.
    away = np.where(works, 46.0, 40.0)[:, None] * np.array([[-0.72, 0.69]])
    place = strand.place[node] + away
    values: dict[str, Value] = {
        "edge": strand.edge[node],
        "utility": WATER.name,
        "category": choose(works, "SS", "JP"),
        "appurtenance": choose(works, "水厂出水", "水塔"),
        "head": np.where(works, np.round(town.terrain.ground_cm(place) / 100.0 + 38.0, 1), 24.0),
    }
    ends = town.sheet.add_nodes(place, town.terrain.ground_cm(place), values)
    size = np.where(works, 800.0 if streets.edge_count > 40 else 600.0, 300.0)
    year = np.full(len(at), 1984)
    town.sheet.add_pipes(
        ends,
        rows[node],
        {
            "edge": strand.edge[node],
            "utility": WATER.name,
            "category": choose(works, "SS", "JP"),
            "diameter_mm": size,
            "shape": "round",
            "material": choose(works, "G", "QM"),
            "burial": "ZM",
            "pressurised": "pressure",
            "pressure": "0.45",
            "from_depth": depth[node],
            "to_depth": depth[node],
            "year": year + rng.integers(0, 20, len(at)),
        },
    )


def _towers(town: Town, entries: Ints) -> Ints:
    """High junctions far from every waterworks."""
    place = town.streets.place
    apart = np.min([np.abs(place - place[entry]).sum(axis=1) for entry in entries], axis=0)
    far = np.flatnonzero(apart > max(float(np.median(apart)), 1.0))
    high = far[np.argsort(-town.terrain.ground_cm(place[far]), kind="stable")]
    return np.asarray(high[: max(1, len(entries) // 2)], dtype=np.int64)


def _hydrants(town: Town, strand: Strand, rows: Ints, depth: Floats, rng: np.random.Generator) -> Leaves:
    """A hydrant on every other node between, at the edge of the street."""
    at = np.flatnonzero((strand.role == BETWEEN) & (rng.random(strand.node_count) < 0.6))
    street_class = town.streets.edge_class[strand.edge[at]]
    place = strand.place[at] + strand.leave[at] * np.full((len(at), 1), -0.95)
    ground = town.terrain.ground_cm(place)
    nodes: dict[str, Value] = {
        "edge": strand.edge[at],
        "utility": WATER.name,
        "category": "JP",
        "appurtenance": choose(rng.random(len(at)) < 0.8, "消防栓", "地下消防栓"),
        "model": "SS100/65-1.6",
        "size_mm": 100.0,
    }
    pipes = _branch(town, strand.edge[at], np.where(street_class == LOCAL, 100.0, 150.0), "QM")
    pipes["from_depth"] = depth[at]
    pipes["to_depth"] = depth[at]
    return Leaves(rows[at], place, ground, nodes, pipes, weight=1.3, first=True)


def _services(town: Town, strand: Strand, rows: Ints, depth: Floats, side: float, rng: np.random.Generator) -> Leaves:
    """House services with their meters; those to the south and east cross the street."""
    # Those that cross the street keep away from where the heating above them still changes its depth.
    at = np.flatnonzero((strand.role == BETWEEN) & ((side > 0) | (strand.change > SETTLED)))
    street_class = town.streets.edge_class[strand.edge[at]]
    across = side * (HALF_WIDTH[street_class] + rng.uniform(0.8, 3.4, len(at))) - WATER.across(street_class)
    place = strand.place[at] + strand.leave[at] * across[:, None]
    ground = town.terrain.ground_cm(place)
    size = np.array([40.0, 50.0, 80.0, 100.0])[rng.choice(4, len(at), p=[0.3, 0.4, 0.2, 0.1])]
    nodes: dict[str, Value] = {
        "edge": strand.edge[at],
        "utility": WATER.name,
        "category": "JP",
        "appurtenance": choose(rng.random(len(at)) < 0.5, "水表", "水表井"),
        "size_mm": size,
        "customer": np.round(size),
    }
    pipes = _branch(town, strand.edge[at], size, "PE")
    pipes["kind"] = "service"
    pipes["from_depth"] = depth[at]
    pipes["to_depth"] = np.full(len(at), 1.15) if side > 0 else np.round(depth[at] - 0.02, 2)
    return Leaves(rows[at], place, ground, nodes, pipes, weight=1.2, first=side > 0)


def _branch(town: Town, edge: Ints, size: Floats, material: str) -> dict[str, Value]:
    return {
        "edge": edge,
        "utility": WATER.name,
        "category": "JP",
        "diameter_mm": size,
        "shape": "round",
        "material": material,
        "burial": "ZM",
        "pressurised": "pressure",
        "pressure": "0.35",
        "year": np.minimum(town.years(60)[edge] + 3, 2024),
    }


def _lay_reclaimed(town: Town, rng: np.random.Generator) -> None:
    """Reclaimed water along the north bank of each river, for its gardens."""
    streets = town.streets
    off = streets.line_at - RIVER_SPACING * np.round(streets.line_at / RIVER_SPACING)
    riverside = streets.along_u & (off > 0) & (off < 66.0)
    edges = np.flatnonzero(riverside[streets.line])
    if streets.edge_count < 12 or not len(edges):  # too small a town
        return
    utility = practice.RECLAIMED
    strand = lay(streets, utility, edges, from_corners=True)
    corner = strand.role == AT_JUNCTION
    source = np.zeros(strand.node_count, dtype=np.bool_)
    source[np.flatnonzero(corner)[np.argmax(strand.place[corner, 0])]] = True
    values: dict[str, Value] = {
        "utility": utility.name,
        "category": "ZS",
        "appurtenance": Words(
            np.where(source, 0, np.where(strand.role == BETWEEN, rng.integers(1, 4, len(source)), -1)),
            ("增压站出水", "绿化栓", "洒水栓", "阀门"),
        ),
        "feature": choose(strand.role == ON_ARM, "变深点", None),
    }
    rows = town.add_strand(strand, values)
    depth = town.zone_depth(utility, strand, rng)
    town.sheet.add_pipes(
        rows[strand.start],
        rows[strand.end],
        {
            "edge": strand.pipe_edge,
            "utility": utility.name,
            "category": "ZS",
            "diameter_mm": 100.0,
            "shape": "round",
            "material": "PE",
            "burial": "ZM",
            "pressurised": "pressure",
            "pressure": "0.30",
            "from_depth": depth[strand.start],
            "to_depth": depth[strand.end],
            "year": np.maximum(town.years(61)[strand.pipe_edge], 2009),
        },
    )
