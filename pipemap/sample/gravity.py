"""Storm, sewage and combined drains as they are surveyed: manholes, gullies, house drains, outfalls, pumps."""

from __future__ import annotations

import numpy as np

from pipemap.sample import practice
from pipemap.sample.drainage import Drains, drain_sewage, drain_storm, is_combined
from pipemap.sample.leaves import Leaves
from pipemap.sample.practice import Utility
from pipemap.sample.sheet import Bools, Floats, Ints, Value, Words, choose
from pipemap.sample.strands import BETWEEN
from pipemap.sample.streets import ARTERIAL, HALF_WIDTH
from pipemap.sample.town import Town

_BANK_EARTH_CM = 45


def lay_drains(town: Town) -> Drains:
    """Lay the storm drains, then the sewers below them; returns the sewers, the deepest of all."""
    storm = drain_storm(town.streets, town.terrain, town.rng(10))
    sewage = drain_sewage(town.streets, town.terrain, storm, town.rng(11))
    for drains, utility, stream in ((storm, practice.STORM, 12), (sewage, practice.SEWAGE, 13)):
        _write(town, drains, utility, stream)
    return sewage


def _write(town: Town, drains: Drains, utility: Utility, stream: int) -> None:
    rng = town.rng(stream)
    rows = _write_nodes(town, drains, utility, rng)
    years = town.years(stream + 40)[drains.edge]
    round_pipe = ~np.isnan(drains.size_mm)
    size = np.where(drains.lifted, np.maximum(100.0 * np.round(0.006 * drains.size_mm), 200.0), drains.size_mm)
    upper_depth, lower_depth = _depths(drains)
    against = rng.random(len(drains.upper)) < 0.06  # a crew that walked uphill
    start, end = np.where(against, drains.lower, drains.upper), np.where(against, drains.upper, drains.lower)
    values: dict[str, Value] = {
        "edge": drains.edge,
        "utility": utility.name,
        "category": _categories(town, drains.edge, utility),
        "diameter_mm": size,
        "width_mm": np.where(round_pipe, np.nan, drains.width_mm),
        "height_mm": np.where(round_pipe, np.nan, drains.height_mm),
        "wall_mm": np.where(round_pipe, np.round(np.nan_to_num(size) / 12.0), 250.0),
        "shape": choose(round_pipe, "round", "box"),
        "material": _materials(years, drains.height_mm, round_pipe=round_pipe, lifted=drains.lifted, rng=rng),
        "burial": _burials(round_pipe, drains, rng),
        "from_depth": np.where(against, lower_depth, upper_depth),
        "to_depth": np.where(against, upper_depth, lower_depth),
        "flow": choose(against, "-", "+"),
        "pressurised": choose(drains.lifted, "pressure", "gravity"),
        "year": years,
        "joint": choose(round_pipe & (years > 1990), "承插口", "平口"),
        "visible": "visible",
    }
    town.sheet.add_pipes(rows[start], rows[end], values)
    town.leaves.extend(_gullies(town, drains, utility, rows, rng))
    if utility is practice.SEWAGE:
        town.leaves.extend(_house_drains(town, drains, rows, side, rng) for side in (-1.0, 1.0))


def _depths(drains: Drains) -> tuple[Floats, Floats]:
    """Depth to the invert at the upper and the lower end; of rising mains to the outside top, as deep as where they end."""
    upper_ground, lower_ground = drains.ground_cm[drains.upper], _lower_ground(drains)
    crown = drains.lower_cm + np.nan_to_num(drains.height_mm) / 10.0
    upper = np.where(drains.lifted, upper_ground - crown, upper_ground - drains.upper_cm)
    lower = np.where(drains.lifted, lower_ground - crown, lower_ground - drains.lower_cm)
    return np.asarray(np.round(upper) / 100.0), np.asarray(np.round(lower) / 100.0)


def _lower_ground(drains: Drains) -> Ints:
    return _ground(drains)[drains.lower]


def _ground(drains: Drains) -> Ints:
    """Ground at each node; at a mouth, the slope of the bank just above the pipe."""
    ground = drains.ground_cm.copy()
    ends = len(drains.upper) - len(drains.mouths)
    height = (drains.height_mm[ends:] / 10.0).astype(np.int64)
    ground[drains.mouths] = np.minimum(ground[drains.mouths], drains.lower_cm[ends:] + height + _BANK_EARTH_CM)
    return ground


def _write_nodes(town: Town, drains: Drains, utility: Utility, rng: np.random.Generator) -> Ints:
    count = len(drains.place)
    edge = np.concatenate([drains.strand.edge, drains.edge[len(drains.upper) - len(drains.mouths) :]])
    outgoing = np.full(count, -1, dtype=np.int64)
    outgoing[drains.upper] = drains.edge
    edge = np.where(outgoing >= 0, outgoing, edge)
    ground = _ground(drains)
    mouth = np.zeros(count, dtype=np.bool_)
    mouth[drains.mouths] = True
    drop, pump = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    drop[drains.lower[drains.dropped]] = True
    pump[drains.upper[drains.lifted]] = True
    usual = _categories(town, edge, utility)
    sump = np.where(rng.random(count) < 0.3, 30, 0)  # three in ten have a silt trap
    depth = (ground - drains.outlet_cm + sump) / 100.0
    shaft = np.clip(np.ceil((_out_height(drains) + 400.0) / 100.0) * 100.0, 700.0, 2500.0)
    values: dict[str, Value] = {
        "edge": edge,
        "utility": utility.name,
        "category": usual,
        "appurtenance": _appurtenances(usual, mouth, drop, pump, utility),
        "feature": choose(mouth & (utility is practice.STORM), "出水口", None),
        "chamber_depth": np.where(mouth, np.nan, depth),
        "chamber_mm": np.where(mouth, np.nan, shaft),
        "cover": np.where(mouth, -1, rng.integers(0, 10, count)),
        "silt_depth": np.where(mouth | (rng.random(count) < 0.6), np.nan, np.round(rng.random(count) * 0.25, 2)),
    }
    return town.sheet.add_nodes(drains.place, ground, values)


def _out_height(drains: Drains) -> Floats:
    height = np.full(len(drains.place), 300.0)
    height[drains.upper] = drains.height_mm
    return height


def _appurtenances(category: Words, mouth: Bools, drop: Bools, pump: Bools, utility: Utility) -> Words:
    values = ("雨水井", "污水井", "检查井", "跌水井", "泵站", "污水处理场")
    code = np.select([category.is_in("YS"), category.is_in("WS")], [0, 1], 2)
    code = np.where(drop, 3, code)
    code = np.where(pump, 4, code)
    return Words(np.where(mouth, -1 if utility is practice.STORM else 5, code).astype(np.int64), values)


def _categories(town: Town, edge: Ints, utility: Utility) -> Words:
    if utility is practice.STORM:
        return choose(np.ones(len(edge), dtype=np.bool_), "YS", None)
    return choose(is_combined(town.streets)[edge], "HS", "WS")


def _materials(years: Ints, height: Floats, *, round_pipe: Bools, lifted: Bools, rng: np.random.Generator) -> Words:
    values = ("T", "PE", "PVC", "ZS", "QM", "TC")
    draw = rng.random(len(years))
    small = height <= 600
    code = np.where(small & (years >= 2006) & (draw < 0.8), 1, 0)
    code = np.where((height <= 300) & (years >= 1999) & (draw > 0.85), 2, code)
    code = np.where((height <= 300) & (years < 1975) & (draw < 0.25), 5, code)
    code = np.where(~round_pipe & (years < 1990), 3, code)
    return Words(np.where(lifted, 4, code).astype(np.int64), values)


def _burials(round_pipe: Bools, drains: Drains, rng: np.random.Generator) -> Words:
    deep = drains.ground_cm[drains.upper] - drains.upper_cm > 620  # too deep to dig
    code = np.where(~round_pipe, 1, np.where(deep & (rng.random(len(deep)) < 0.5), 2, 0))
    return Words(code.astype(np.int64), ("ZM", "GG", "DG"))


def _gullies(town: Town, drains: Drains, utility: Utility, rows: Ints, rng: np.random.Generator) -> list[Leaves]:
    """A gully at each kerb beside the manholes between junctions: of the storm drain, or of the combined sewer."""
    strand = drains.strand
    rained = np.ones(strand.node_count, dtype=np.bool_) if utility is practice.STORM else is_combined(town.streets)[strand.edge]
    outgoing = np.full(len(drains.place), -1, dtype=np.int64)
    outgoing[drains.upper] = np.arange(len(drains.upper))
    at = np.flatnonzero((strand.role == BETWEEN) & rained & (outgoing[: strand.node_count] >= 0))
    at = at[~drains.lifted[outgoing[at]]]
    street_class = town.streets.edge_class[strand.edge[at]]
    found = []
    for side in (1.0, -1.0):
        across = side * practice.KERB[street_class] - utility.across(street_class)
        place = strand.place[at] + strand.leave[at] * across[:, None]
        ground = town.terrain.ground_cm(place) - 4
        start = ground - 90 - rng.integers(0, 15, len(at))
        inlet = drains.outlet_cm[at] + np.maximum(drains.height_mm[outgoing[at]] / 10.0 - 20.0, 0.0)
        fall = np.round(np.abs(across) * 4.0).astype(np.int64) + rng.integers(6, 30, len(at))
        end = np.maximum(inlet.astype(np.int64), start - fall)
        nodes: dict[str, Value] = {
            "edge": strand.edge[at],
            "utility": utility.name,
            "category": _categories(town, strand.edge[at], utility),
            "appurtenance": "雨水箅",
            "chamber_depth": (ground - start) / 100.0 + 0.1,
            "cover": 12.0,
        }
        pipes = _drain_branch(town, utility, strand.edge[at], np.where(street_class == ARTERIAL, 300.0, 200.0))
        pipes["from_depth"] = (ground - start) / 100.0
        pipes["to_depth"] = (drains.ground_cm[at] - end) / 100.0
        found.append(Leaves(rows[at], place, ground, nodes, pipes, inward=True, weight=1.6, first=side > 0))
    return found


def _house_drains(town: Town, drains: Drains, rows: Ints, side: float, rng: np.random.Generator) -> Leaves:
    """House drains: from the south and east above the storm drain, from the north and west below the water main."""
    strand = drains.strand
    street_class = town.streets.edge_class[strand.edge]
    # Where mains are still on their way down below a larger street, a house drain would meet them.
    wanted = (strand.role == BETWEEN) & ((side < 0) | (street_class < ARTERIAL)) & (strand.change > practice.SETTLED)
    at = np.flatnonzero(wanted)
    outgoing = np.full(len(drains.place), -1, dtype=np.int64)
    outgoing[drains.upper] = np.arange(len(drains.upper))
    at = at[(outgoing[at] >= 0)]
    at = at[~drains.lifted[outgoing[at]]]
    street_class = street_class[at]
    across = side * (HALF_WIDTH[street_class] + rng.uniform(1.5, 4.0, len(at))) - practice.SEWAGE.across(street_class)
    place = strand.place[at] + strand.leave[at] * across[:, None]
    ground = town.terrain.ground_cm(place)
    above = practice.GAS_BOTTOM if side < 0 else practice.WATER_BOTTOM
    start = ground - np.round(100.0 * (above[street_class] + 0.1)).astype(np.int64) - 20
    inlet = drains.outlet_cm[at]
    end = np.maximum(start - np.maximum(np.round(np.abs(across) * 1.0), 8.0).astype(np.int64), np.minimum(inlet, start - 4))
    nodes: dict[str, Value] = {
        "edge": strand.edge[at],
        "utility": practice.SEWAGE.name,
        "category": _categories(town, strand.edge[at], practice.SEWAGE),
        "feature": "户出",
    }
    pipes = _drain_branch(town, practice.SEWAGE, strand.edge[at], np.full(len(at), 200.0))
    pipes["from_depth"] = (ground - start) / 100.0
    pipes["to_depth"] = (drains.ground_cm[at] - end) / 100.0
    return Leaves(rows[at], place, ground, nodes, pipes, inward=True, weight=0.9, first=side < 0)


def _drain_branch(town: Town, utility: Utility, edge: Ints, size: Floats) -> dict[str, Value]:
    years = town.years(52)[edge]
    return {
        "edge": edge,
        "utility": utility.name,
        "category": _categories(town, edge, utility),
        "diameter_mm": size,
        "wall_mm": np.full(len(edge), 8.0),
        "shape": "round",
        "material": choose(years > 2002, "PVC", "T"),
        "burial": "ZM",
        "flow": "+",
        "pressurised": "gravity",
        "year": years,
        "visible": "visible",
    }
