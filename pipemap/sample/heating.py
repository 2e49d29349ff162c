"""Heating: hot water in pairs of pipes from the boiler house along the larger streets to exchange stations."""

from __future__ import annotations

import numpy as np

from pipemap.sample.practice import RETURN, SUPPLY, Utility
from pipemap.sample.sheet import Bools, Floats, Ints, Value, Words, choose
from pipemap.sample.strands import AT_JUNCTION, BETWEEN, ON_ARM, Strand, lay
from pipemap.sample.streets import COLLECTOR, HALF_WIDTH, Streets
from pipemap.sample.town import Town, degrees
from pipemap.sample.trees import tree_from

_REACH = 3200.0
_CLEAR_OF_CROSSINGS = 45.0
_SIZES = np.array([100.0, 200.0, 300.0])
_CASINGS = np.array([200.0, 315.0, 450.0])


def lay_heating(town: Town) -> None:
    """Lay supply and return side by side; where one branches, the return passes over the supply."""
    streets, rng = town.streets, town.rng(35)
    plants = _plants(streets)
    large = streets.edge_class >= COLLECTOR
    tree, far = tree_from(streets, plants, edges=large & ~streets.bridge)
    if not tree.any():
        tree, far = tree_from(streets, plants)
    reached = np.maximum(far[streets.a], far[streets.b]) < _REACH
    edges = np.flatnonzero(tree & reached)
    if not len(edges):
        edges = np.arange(min(1, streets.edge_count))
    chosen = rng.random(streets.edge_count) < 0.8
    pairs = [_lay(town, utility, edges, plants) for utility in (SUPPLY, RETURN)]
    stations = _station_nodes(pairs[0][0], chosen, rng)
    depths = [
        _depths(town, pair[0], utility, edges, plants, stations) for pair, utility in zip(pairs, (SUPPLY, RETURN), strict=True)
    ]
    for (strand, rows), utility, depth in zip(pairs, (SUPPLY, RETURN), depths, strict=True):
        _write_pipes(town, strand, rows, utility, depth)
    _stations(town, pairs, depths, stations, rng)
    _boilers(town, pairs, depths, plants)


def _plants(streets: Streets) -> Ints:
    """Junctions of larger streets that a boiler house stands at: one at the north-west, more every few kilometres."""
    used = np.unique(np.concatenate([streets.a, streets.b]))
    large = used[streets.junction_class[used] >= COLLECTOR]
    large = large if len(large) else used
    place = streets.place[large]
    cell = np.floor((place + np.array([[900.0, 700.0]])) / 3600.0).astype(np.int64)
    middle = (cell[:, 0] + 0.5) * 3600.0 - 900.0
    score = place[:, 1] - 0.8 * np.abs(place[:, 0] - middle)
    order = np.lexsort((-score, cell[:, 0], cell[:, 1]))
    first = np.append(True, (np.diff(cell[order], axis=0) != 0).any(axis=1))
    found = large[order[first]]
    sizes = np.diff(np.append(np.flatnonzero(first), len(order)))
    big = sizes >= 0.2 * sizes.max()  # no plant of its own for a corner of the town
    return np.asarray(found[big], dtype=np.int64)


def _lay(town: Town, utility: Utility, edges: Ints, plants: Ints) -> tuple[Strand, Ints]:
    streets, rng = town.streets, town.rng(36)
    ends = degrees(streets.junction_count, streets.a[edges], streets.b[edges])
    hops = _branches(streets, edges, plants)
    arms = [((rng.random(len(edges)) < 0.6) & (ends[at] > 1)) | hops[at] for at in (streets.a[edges], streets.b[edges])]
    strand = lay(streets, utility, edges, arms=(arms[0], arms[1]), from_corners=True)
    # The same draws for supply and return, so that both have their valves and compensators at the same places.
    draw = town.rng(37).random(strand.node_count)
    arm, between = strand.role == ON_ARM, strand.role == BETWEEN
    valve = arm & (draw < 0.7)
    code = np.select([valve, between & (draw < 0.16), between & (draw > 0.93)], [0, 1, 2], -1)
    values: dict[str, Value] = {
        "utility": utility.name,
        "category": "RS",
        "appurtenance": Words(code, ("阀门井", "补偿器", "检修井")),
        "feature": choose(arm & ~valve, "变深点", None),
        "state": choose(valve, "open", None),
        "normal_state": choose(valve, "open", None),
        "operable": choose(valve, "yes", None),
        "turns": np.where(valve, 18.0, np.nan),
        "turn_direction": choose(valve, "clockwise", None),
        "size_mm": np.where(valve, _SIZES[streets.edge_class[strand.edge]], np.nan),
        "cover": np.where(valve | (code == 2), 3, -1),
    }
    return strand, town.add_strand(strand, values)


def _branches(streets: Streets, edges: Ints, plants: Ints) -> Bools:
    """Return bool a junction: heating comes there from two sides of a corner, so that supply and return cross."""
    found = np.zeros((2, streets.junction_count), dtype=np.bool_)
    for number, along_u in enumerate((True, False)):
        used = edges[streets.along_u[streets.line[edges]] == along_u]
        found[number, streets.a[used]] = found[number, streets.b[used]] = True
    crossing = found[0] & found[1]
    crossing[plants] = True
    return np.asarray(crossing)


def _station_nodes(strand: Strand, chosen: Bools, rng: np.random.Generator) -> Ints:
    """Nodes from which an exchange station is fed: about every second one between; at least one."""
    between = np.flatnonzero((strand.role == BETWEEN) & (strand.room > _CLEAR_OF_CROSSINGS))
    wanted = between[chosen[strand.edge[between]] & (rng.random(len(between)) < 0.75)]
    if len(wanted):
        return wanted
    return np.argsort(-np.where(strand.role == BETWEEN, strand.room, 0.0), kind="stable")[:1]


def _depths(town: Town, strand: Strand, utility: Utility, edges: Ints, plants: Ints, stations: Ints) -> Floats:
    """Depth of the casing's top; the return is lifted over the supply where either branches."""
    depth = town.zone_depth(utility, strand, town.rng(38))
    if utility is RETURN:
        hop = _CASINGS[strand.zone] / 1000.0 + 0.1
        lifted = (strand.role == AT_JUNCTION) & _branches(town.streets, edges, plants)[np.maximum(strand.junction, 0)]
        lifted[stations] = True
        depth = np.where(lifted, np.round(depth - hop, 2), depth)
    return depth


def _write_pipes(town: Town, strand: Strand, rows: Ints, utility: Utility, depth: Floats) -> None:
    values = _pipe(town, strand.pipe_edge, utility, _SIZES[town.streets.edge_class[strand.pipe_edge]])
    values.update(from_depth=depth[strand.start], to_depth=depth[strand.end])
    town.sheet.add_pipes(rows[strand.start], rows[strand.end], values)


def _pipe(town: Town, edge: Ints, utility: Utility, size: Floats) -> dict[str, Value]:
    casing = _CASINGS[np.searchsorted(_SIZES, size)]
    return {
        "edge": edge,
        "utility": utility.name,
        "category": "RS",
        "diameter_mm": size,
        "shape": "round",
        "material": "G",
        "burial": "ZM",
        "pressurised": "pressure",
        "pressure": "1.6",
        "temperature": 130.0 if utility is SUPPLY else 70.0,
        "circuit": "supply" if utility is SUPPLY else "return",
        "casing_mm": casing,
        "casing_material": "高密度聚乙烯",
        "joint": "焊接",
        "year": np.maximum(town.years(63)[edge], 1988),
    }


def _stations(town: Town, pairs: list[tuple[Strand, Ints]], depths: list[Floats], at: Ints, rng: np.random.Generator) -> None:
    """Exchange stations on the side of the pair; each takes a branch from supply and one from return."""
    strand = pairs[0][0]
    street_class = np.maximum(town.streets.edge_class[strand.edge[at]], COLLECTOR)
    across = HALF_WIDTH[street_class] + rng.uniform(4.0, 7.0, len(at)) - SUPPLY.across(street_class)
    place = strand.place[at] + strand.leave[at] * across[:, None]
    values: dict[str, Value] = {
        "edge": strand.edge[at],
        "utility": SUPPLY.name,
        "category": "RS",
        "appurtenance": "换热站",
    }
    ends = town.sheet.add_nodes(place, town.terrain.ground_cm(place), values)
    for (_strand, rows), utility, depth in zip(pairs, (SUPPLY, RETURN), depths, strict=True):
        pipes = _pipe(town, strand.edge[at], utility, np.full(len(at), 100.0))
        level = np.round(utility.depth(strand.zone[at]) - 0.02, 2)
        pipes.update(from_depth=depth[at], to_depth=level)
        town.sheet.add_pipes(rows[at], ends, pipes)


def _boilers(town: Town, pairs: list[tuple[Strand, Ints]], depths: list[Floats], plants: Ints) -> None:
    """Boiler houses beside their junctions, joined to supply and return."""
    strand = pairs[0][0]
    plants = plants[strand.node_at[plants] >= 0]
    if not len(plants):
        plants = strand.junction[strand.role == AT_JUNCTION][:1]
    node = strand.node_at[plants]
    place = strand.place[node] + np.array([[-33.0, 9.0]])
    values: dict[str, Value] = {"edge": strand.edge[node], "utility": SUPPLY.name, "category": "RS", "appurtenance": "锅炉房"}
    ends = town.sheet.add_nodes(place, town.terrain.ground_cm(place), values)
    for number, (own, rows) in enumerate(pairs):
        utility = (SUPPLY, RETURN)[number]
        pipes = _pipe(town, strand.edge[node], utility, _SIZES[own.zone[own.node_at[plants]]])
        at_main, usual = depths[number][own.node_at[plants]], utility.depth(own.zone[own.node_at[plants]])
        near = rows[own.node_at[plants]]
        # The supply leaves the boilers, the return comes back to them.
        start, end = (ends, near) if utility is SUPPLY else (near, ends)
        pipes["from_depth"], pipes["to_depth"] = (usual, at_main) if utility is SUPPLY else (at_main, usual)
        town.sheet.add_pipes(start, end, pipes)
