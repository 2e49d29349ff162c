"""Power, street lighting, traffic signals and telecom: ducts and cables between manholes, cabinets and lamps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pipemap.sample.leaves import Leaves
from pipemap.sample.practice import LIGHT, POWER, SIGNAL, TELECOM, Utility
from pipemap.sample.sheet import Ints, Value, Words, choose
from pipemap.sample.strands import AT_JUNCTION, BETWEEN, Strand, lay
from pipemap.sample.streets import ARTERIAL, COLLECTOR, HALF_WIDTH, LOCAL, Streets
from pipemap.sample.town import Town
from pipemap.sample.trees import supply_tree

# Columns by rows of holes, and the size of the bank in millimetres, by street class.
_POWER_BANKS = ((4, 1, 640.0, 150.0), (6, 1, 960.0, 150.0), (6, 2, 960.0, 300.0))
_TELECOM_BANKS = ((2, 1, 220.0, 110.0), (3, 2, 330.0, 220.0), (6, 2, 660.0, 220.0))


def lay_cables(town: Town) -> None:
    """Lay everything that is a wire."""
    for utility, stream in ((POWER, 40), (TELECOM, 43)):
        _lay_ducts(town, utility, stream)
    _lay_lighting(town)
    _lay_signals(town)


def _lay_ducts(town: Town, utility: Utility, stream: int) -> None:
    streets, rng = town.streets, town.rng(stream)
    hubs = _hubs(streets, utility)
    tree = supply_tree(streets, hubs)
    served = tree | (rng.random(streets.edge_count) < np.array([0.6, 0.95, 1.0])[streets.edge_class])
    strand = lay(streets, utility, np.flatnonzero(served), from_corners=True)
    large = streets.junction_class[np.maximum(strand.junction, 0)] > LOCAL
    wide = (strand.junction >= 0) & large
    usual = (
        (choose(wide, "人孔井", "手孔井"))
        if utility is TELECOM
        else choose(wide | (rng.random(strand.node_count) < 0.4), "检修井", "手孔井")
    )
    deep = np.round(utility.depth(strand.zone) + np.where(wide, 1.15, 0.75), 2)
    values: dict[str, Value] = {
        "utility": utility.name,
        "category": utility.prefix,
        "appurtenance": usual,
        "chamber_depth": deep,
        "cover": rng.integers(0, 10, strand.node_count),
    }
    rows = town.add_strand(strand, values)
    depth = town.zone_depth(utility, strand, rng)
    town.sheet.add_pipes(
        rows[strand.start],
        rows[strand.end],
        {
            **_bank(town, utility, strand.pipe_edge, rng),
            "from_depth": depth[strand.start],
            "to_depth": depth[strand.end],
            "burial": choose(streets.bridge[strand.pipe_edge], "GM", "GK"),
        },
    )
    _hub_buildings(town, utility, strand, rows, hubs)
    _leaves(town, utility, strand, rows, rng)


def _hubs(streets: Streets, utility: Utility) -> Ints:
    """Junctions beside which a substation or an exchange stands: one in each few square kilometres."""
    used = np.unique(np.concatenate([streets.a, streets.b]))
    shift = 0.0 if utility is POWER else 900.0
    cell = np.floor((streets.place[used] + shift) / 2600.0).astype(np.int64)
    score = streets.junction_class[used] * 1000.0 + (used * 7919 + int(shift)) % 997 * 0.8
    order = np.lexsort((-score, cell[:, 0], cell[:, 1]))
    first = np.append(True, (np.diff(cell[order], axis=0) != 0).any(axis=1))
    return np.asarray(used[order[first]], dtype=np.int64)


def _bank(town: Town, utility: Utility, edge: Ints, rng: np.random.Generator) -> dict[str, Value]:
    street_class = town.streets.edge_class[edge]
    banks = np.asarray(_POWER_BANKS if utility is POWER else _TELECOM_BANKS)
    holes = banks[street_class, 0] * banks[street_class, 1]
    share = rng.uniform(0.3, 0.95, town.streets.edge_count)[edge]
    used = np.maximum(1.0, np.floor(holes * share))
    year = np.maximum(town.years(64 if utility is POWER else 65)[edge], 1982)
    values: dict[str, Value] = {
        "edge": edge,
        "utility": utility.name,
        "category": utility.prefix,
        "width_mm": banks[street_class, 2],
        "height_mm": banks[street_class, 3],
        "shape": "bank",
        "material": choose(year >= 2003, "PVC", "T"),
        "holes": holes,
        "holes_used": used,
        "cables": used,
        "year": year,
    }
    if utility is POWER:
        values["voltage"] = choose(street_class >= COLLECTOR, "10", "0.38")
        values["material"] = choose(year >= 2003, "BLG", "T")
    return values


def _hub_buildings(town: Town, utility: Utility, strand: Strand, rows: Ints, hubs: Ints) -> None:
    node = strand.node_at[hubs]
    away = np.array([[-5.0, 7.0]]) if utility is POWER else np.array([[5.0, -7.0]])
    place = strand.place[node] + away
    values: dict[str, Value] = {
        "edge": strand.edge[node],
        "utility": utility.name,
        "category": utility.prefix,
        "appurtenance": "变电站" if utility is POWER else "交换站",
    }
    ends = town.sheet.add_nodes(place, town.terrain.ground_cm(place), values)
    pipes = _bank(town, utility, strand.edge[node], town.rng(46))
    depth = np.round(utility.depth(strand.zone[node]) + 0.02, 2)
    pipes.update(from_depth=depth, to_depth=depth, burial="GK")
    town.sheet.add_pipes(ends, rows[node], pipes)


def _leaves(town: Town, utility: Utility, strand: Strand, rows: Ints, rng: np.random.Generator) -> None:
    """Cabinets and house lines, outwards from the ducts."""
    at = np.flatnonzero(strand.role == BETWEEN)
    street_class = town.streets.edge_class[strand.edge[at]]
    side = 1.0 if utility is POWER else -1.0
    across = side * (HALF_WIDTH[street_class] + rng.uniform(0.5, 3.5, len(at))) - utility.across(street_class)
    place = strand.place[at] + strand.leave[at] * across[:, None]
    names = ("环网柜", "箱变", "配电箱", "配电室") if utility is POWER else ("交接箱", "分线箱", "接线箱")
    code = rng.integers(0, len(names), len(at))
    house = rng.random(len(at)) < 0.35
    nodes: dict[str, Value] = {
        "edge": strand.edge[at],
        "utility": utility.name,
        "category": utility.prefix,
        "appurtenance": Words(np.where(house, -1, code), names),
        "feature": choose(house, "入户", None),
    }
    depth = np.round(utility.depth(strand.zone[at]) + 0.02, 2)
    pipes: dict[str, Value] = {
        "edge": strand.edge[at],
        "utility": utility.name,
        "category": utility.prefix,
        "diameter_mm": np.where(street_class == LOCAL, 75.0, 110.0),
        "shape": "round",
        "material": choose(rng.random(len(at)) < 0.5, "TZ", "GX") if utility is TELECOM else "TZ",
        "burial": "GM",
        "cables": 1.0,
        "from_depth": depth,
        "to_depth": depth - 0.05,
        "year": np.maximum(town.years(66)[strand.edge[at]], 1985),
    }
    if utility is POWER:
        pipes["voltage"] = choose(street_class >= COLLECTOR, "10", "0.38")
    town.leaves.append(Leaves(rows[at], place, town.terrain.ground_cm(place), nodes, pipes, weight=0.9, first=True))


def _lay_lighting(town: Town) -> None:
    """A lamp about every thirty metres along each street, on one cable."""
    streets, rng = town.streets, town.rng(47)
    lit = rng.random(streets.edge_count) < np.array([0.5, 0.95, 1.0])[streets.edge_class]
    lit[:1] = True
    edges = np.flatnonzero(lit & ~streets.bridge)
    spacing = 31.0
    strand = lay(streets, LIGHT, edges, spacing=spacing)
    corner = strand.role == AT_JUNCTION
    box = corner & (rng.random(strand.node_count) < 0.25)
    box[:1] = True
    code = np.select([box, corner], [0, 1], 2)
    rows = town.add_strand(
        strand, {"utility": LIGHT.name, "category": "LD", "appurtenance": Words(code, ("控制箱", "手孔井", "路灯"))}
    )
    depth = np.full(strand.node_count, 0.5)
    pipes = _wire(town, strand.pipe_edge, LIGHT)
    pipes.update(from_depth=depth[strand.start], to_depth=depth[strand.end])
    town.sheet.add_pipes(rows[strand.start], rows[strand.end], pipes)


def _wire(town: Town, edge: Ints, utility: Utility) -> dict[str, Value]:
    return {
        "edge": edge,
        "utility": utility.name,
        "category": utility.prefix,
        "diameter_mm": 50.0,
        "shape": "round",
        "material": "TZ",
        "burial": "GM",
        "cables": 1.0,
        "casing": "50",
        "casing_material": "聚乙烯",
        "voltage": "0.38" if utility is LIGHT else "0.22",
        "year": np.maximum(town.years(67)[edge], 1992),
    }


def _lay_signals(town: Town) -> None:
    """Signals where larger streets cross: a pole at each corner, chained to a control box."""
    streets = town.streets
    ends = np.bincount(np.concatenate([streets.a, streets.b]), minlength=streets.junction_count)
    small = np.minimum(streets.line_class[streets.h], streets.line_class[streets.w])
    wanted = (ends == 4) & (small >= COLLECTOR) & (streets.junction_class == ARTERIAL)
    at = np.flatnonzero(wanted)
    if streets.edge_count < 20 or not len(at):  # too small for a signal
        return
    half = np.column_stack([HALF_WIDTH[streets.line_class[line[at]]] for line in (streets.w, streets.h)]) - 7.7
    corners = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]])
    places = [streets.place[at] + half * corner for corner in corners]
    places.insert(0, places[0] + np.array([[-1.4, 1.1]]))
    edge = _edge_at(streets)[at]
    rows = []
    for number, place in enumerate(places):
        values: dict[str, Value] = {
            "edge": edge,
            "utility": SIGNAL.name,
            "category": "XH",
            "appurtenance": "信号灯" if number else "控制箱",
        }
        rows.append(town.sheet.add_nodes(place, town.terrain.ground_cm(place), values))
    for start, end in pairwise(rows):
        pipes = _wire(town, edge, SIGNAL)
        pipes.update(from_depth=0.58, to_depth=0.58)
        town.sheet.add_pipes(start, end, pipes)


def _edge_at(streets: Streets) -> Ints:
    """Return some edge that ends at each junction."""
    found = np.zeros(streets.junction_count, dtype=np.int64)
    found[streets.a] = np.arange(streets.edge_count)
    found[streets.b] = np.arange(streets.edge_count)
    return found
