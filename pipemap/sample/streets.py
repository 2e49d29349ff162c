"""The streets: arterials and collectors through the town, a pattern of its own inside each cell between them.

A street runs straight in the plan, along ``u`` or along ``v``; a junction is where two cross or one ends at another. All
streets stand on a lattice of some thirty metres, so that side streets of neighbouring cells meet exactly or stay apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pipemap.sample.names import river_name, street_names
from pipemap.sample.sheet import Bools, Floats, Ints
from pipemap.sample.terrain import RIVER_SPACING, Terrain

LOCAL, COLLECTOR, ARTERIAL = 0, 1, 2
HALF_WIDTH = np.array([10.0, 15.0, 26.0])
"""Metres from a street's axis to where the blocks begin, by class."""
NORMAL, OLD, INDUSTRIAL, PARK = 0, 1, 2, 3
LATTICE = 30.0
_RIVER_CELLS = int(RIVER_SPACING / LATTICE)
_BANK = 2
_PIPES_PER_KM2 = 4200.0


@dataclass(frozen=True, slots=True)
class Streets:
    """What stands of the street plan.

    ``h`` and ``w`` of a junction are the streets along u and along v that meet there. An edge runs from junction ``a`` to
    ``b`` in growing coordinates. ``density`` above one puts nodes closer than usual along them.
    """

    along_u: Bools
    line_at: Floats
    line_class: Ints
    line_name: tuple[str, ...]
    place: Floats
    h: Ints
    w: Ints
    a: Ints
    b: Ints
    line: Ints
    bridge: Bools
    quarter: Ints
    length: Floats
    density: float = 1.0

    @property
    def edge_class(self) -> Ints:
        """Class of each edge's street."""
        return self.line_class[self.line]

    @property
    def junction_class(self) -> Ints:
        """Class of the larger street at each junction."""
        return np.maximum(self.line_class[self.h], self.line_class[self.w])

    @property
    def junction_count(self) -> int:
        """How many junctions."""
        return len(self.place)

    @property
    def edge_count(self) -> int:
        """How many pieces of street from junction to junction."""
        return len(self.a)

    def crossing_class(self, edges: Ints, junctions: Ints) -> Ints:
        """Class of the street that an edge meets at a junction."""
        along_u = self.along_u[self.line[edges]]
        return self.line_class[np.where(along_u, self.w[junctions], self.h[junctions])]

    def first(self, edges: int, *, density: float = 1.0) -> Streets:
        """Return the town as it was when it had that many edges; junctions are numbered anew."""
        a, b = self.a[:edges], self.b[:edges]
        kept = np.zeros(self.junction_count, dtype=np.bool_)
        kept[a] = kept[b] = True
        number = np.cumsum(kept) - 1
        return Streets(
            self.along_u,
            self.line_at,
            self.line_class,
            self.line_name,
            self.place[kept],
            self.h[kept],
            self.w[kept],
            number[a],
            number[b],
            self.line[:edges],
            self.bridge[:edges],
            self.quarter[:edges],
            self.length[:edges],
            density,
        )


@dataclass(slots=True)
class _Plan:
    """Lines and crossings while they are drawn."""

    along_u: list[bool] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    classes: list[int] = field(default_factory=list)
    h: list[Ints] = field(default_factory=list)
    w: list[Ints] = field(default_factory=list)
    quarter: list[int] = field(default_factory=list)

    def line(self, *, along_u: bool, index: int, street_class: int, quarter: int = NORMAL) -> int:
        self.along_u.append(along_u)
        self.index.append(index)
        self.classes.append(street_class)
        self.quarter.append(quarter)
        return len(self.index) - 1

    def cross(self, h: list[int], w: list[int]) -> None:
        if h and w:
            self.h.append(np.repeat(np.asarray(h, dtype=np.int64), len(w)))
            self.w.append(np.tile(np.asarray(w, dtype=np.int64), len(h)))


def plan_streets(pipes: int, terrain: Terrain, rng: np.random.Generator) -> Streets:
    """Draw more streets than a town of that many pipes needs, in the order in which it would grow from its bridge."""
    radius = max(500.0, float(np.sqrt(pipes / _PIPES_PER_KM2 / np.pi)) * 1000.0)
    reach = int((radius * 1.3 + 600.0) / LATTICE)
    plan = _Plan()
    ws = _majors(reach, rng)
    hs = _riverside_and_majors(reach, rng)
    w_lines = [plan.line(along_u=False, index=at, street_class=kind) for at, kind in ws]
    h_lines = [plan.line(along_u=True, index=at, street_class=kind) for at, kind in hs]
    plan.cross(h_lines, w_lines)
    for i, j in np.ndindex(len(ws) - 1, len(hs) - 1):
        if hs[j + 1][0] - hs[j][0] > 2 * _BANK:
            _fill_cell(plan, (w_lines[i], w_lines[i + 1]), (h_lines[j], h_lines[j + 1]), radius, rng)
    return _grow(_edges(plan, terrain, rng), rng)


def _majors(reach: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Streets along v: an arterial at 0, then every second or third."""
    found = [(0, ARTERIAL)]
    for way in (1, -1):
        at, since = 0, 0
        while abs(at) < reach:
            at += way * int(rng.integers(7, 13))
            since += 1
            arterial = since >= int(rng.integers(2, 4))
            since = 0 if arterial else since
            found.append((at, ARTERIAL if arterial else COLLECTOR))
    return sorted(found)


def _riverside_and_majors(reach: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Streets along u: a road on each bank of each river, majors between."""
    found: list[tuple[int, int]] = []
    last = max(1, -(-reach // _RIVER_CELLS))
    for river in range(-last, last):
        low, high = river * _RIVER_CELLS + _BANK, (river + 1) * _RIVER_CELLS - _BANK
        found.append((low, COLLECTOR))
        for number, at in enumerate(_between(low, high, rng)):
            found.append((at, ARTERIAL if number % 2 else COLLECTOR))
        found.append((high, COLLECTOR))
    return [entry for entry in found if -reach <= entry[0] <= reach + _BANK]


def _between(low: int, high: int, rng: np.random.Generator) -> list[int]:
    pieces = max(1, round((high - low) / 10))
    spare = (high - low) - 7 * pieces
    gaps = 7 + np.bincount(rng.integers(0, pieces, spare), minlength=pieces)
    return [int(at) for at in low + np.cumsum(gaps)[:-1]]


def _fill_cell(plan: _Plan, sides_w: tuple[int, int], sides_h: tuple[int, int], radius: float, rng: np.random.Generator) -> None:
    """Draw the streets inside a cell: many in the old quarter, few among factories, none in a park."""
    west, east = (plan.index[line] for line in sides_w)
    south, north = (plan.index[line] for line in sides_h)
    quarter = _quarter((west + east) * LATTICE / 2, (south + north) * LATTICE / 2, radius, rng)
    if quarter == PARK:
        return
    w = [plan.line(along_u=False, index=at, street_class=LOCAL, quarter=quarter) for at in _inside(west, east, quarter, rng)]
    h = [plan.line(along_u=True, index=at, street_class=LOCAL, quarter=quarter) for at in _inside(south, north, quarter, rng)]
    plan.cross(h, [sides_w[0], *w, sides_w[1]])
    plan.cross([sides_h[0], sides_h[1]], w)


def _quarter(u: float, v: float, radius: float, rng: np.random.Generator) -> int:
    old = min(max(0.24 * radius, 200.0), 1100.0)
    if np.hypot(u + 1.15 * old, v - 1.3 * old) < old:
        return OLD
    if np.hypot(u - 0.66 * radius, v - 0.52 * radius) < 0.3 * radius:
        return INDUSTRIAL
    return PARK if rng.random() < 0.035 else NORMAL  # one cell in thirty is green


def _inside(low: int, high: int, quarter: int, rng: np.random.Generator) -> list[int]:
    """Lattice places of the streets between two others, two steps (60 m) or more apart."""
    span = high - low
    most = span // 2 - 1
    wanted = {OLD: span // 2 - 1, INDUSTRIAL: span // 7 - int(rng.integers(0, 2))}.get(quarter)
    if wanted is None:
        wanted = int(rng.integers(max(0, span // 5 - 1), span // 3))
    wanted = max(0, min(wanted, most))
    if not wanted:
        return []
    # Whole gaps of two or more: spread what is over at random.
    spare = span - 2 * (wanted + 1)
    gaps = 2 + np.bincount(rng.integers(0, wanted + 1, spare), minlength=wanted + 1)
    if quarter != OLD:
        gaps = np.diff(np.concatenate([[0], np.round(np.arange(1, wanted + 1) * span / (wanted + 1)), [span]])).astype(np.int64)
        if wanted > 1 and rng.random() < 0.5:  # half of the cells are uneven
            gaps[0], gaps[1] = max(2, gaps[0] - 1), gaps[1] + min(1, gaps[0] - 2)
    return [int(at) for at in low + np.cumsum(gaps)[:-1]]


def _edges(plan: _Plan, terrain: Terrain, rng: np.random.Generator) -> Streets:
    along_u = np.asarray(plan.along_u)
    index = np.asarray(plan.index, dtype=np.int64)
    line_class = np.asarray(plan.classes, dtype=np.int64)
    quarter = np.asarray(plan.quarter, dtype=np.int64)
    line_at = index * LATTICE + _jitter(index, along_u=along_u, rng=rng)
    h, w = np.concatenate(plan.h), np.concatenate(plan.w)
    place = np.column_stack([line_at[w], line_at[h]])
    found = []
    for line, along in ((h, place[:, 0]), (w, place[:, 1])):
        order = np.lexsort((along, line))
        same = line[order[1:]] == line[order[:-1]]
        found.append((order[:-1][same], order[1:][same], line[order[1:]][same]))
    a, b, line = (np.concatenate(parts) for parts in zip(*found, strict=True))
    # Streets of two cells that meet a third street at the same place make one crossing.
    _places, first, same_place = np.unique(place, axis=0, return_index=True, return_inverse=True)
    place, h, w = place[first], h[first], w[first]
    a, b = same_place.ravel()[a], same_place.ravel()[b]
    apart = a != b
    a, b, line = a[apart], b[apart], line[apart]
    middle = (place[a, 1] + place[b, 1]) / 2
    over = (~along_u[line]) & (np.abs(middle - RIVER_SPACING * np.round(middle / RIVER_SPACING)) < 1.0)
    dropped = rng.random(len(a)) < np.array([0.12, 0.03, 0.0])[line_class[line]]
    central = (along_u[line] == 0) & (index[line] == 0)
    no_bridge = over & ~central & ((line_class[line] != ARTERIAL) | (rng.random(len(a)) < 0.25))
    keep = ~dropped & ~no_bridge | (over & central)
    a, b, line, over = a[keep], b[keep], line[keep], over[keep]
    names = _names(plan, rng)
    length = terrain.length(place[a], place[b])
    return Streets(along_u, line_at, line_class, names, place, h, w, a, b, line, over, quarter[line], length)


def _jitter(index: Ints, *, along_u: Bools, rng: np.random.Generator) -> Floats:
    """Some metres off the lattice, the same wherever the lattice place is the same; none for the riverside roads."""
    low = int(index.min())
    shifts = np.round(rng.uniform(-3.4, 3.4, (2, int(index.max()) - low + 1)), 2)
    riverside = along_u & (np.abs((index + _BANK) % _RIVER_CELLS - _BANK) == _BANK)
    found = shifts[along_u.astype(np.int64), index - low]
    found[riverside | ((index == 0) & ~along_u)] = 0.0
    return np.asarray(found, dtype=np.float64)


def _names(plan: _Plan, rng: np.random.Generator) -> tuple[str, ...]:
    names = list(street_names(plan.classes, rng))
    for line, (along_u, index) in enumerate(zip(plan.along_u, plan.index, strict=True)):
        side = (index + _BANK) % _RIVER_CELLS - _BANK
        if along_u and abs(side) == _BANK:
            names[line] = f"{river_name(round(index / _RIVER_CELLS))}{'北' if side > 0 else '南'}路"
    return tuple(names)


def _grow(streets: Streets, rng: np.random.Generator) -> Streets:
    """Put the edges in the order in which the town reaches them from its first bridge; leave out what it never does."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    distance = _wanted_late(streets.place, rng)
    rise = distance[streets.b] - distance[streets.a]
    slow = np.array([0.16, 0.08, 0.04])[streets.edge_class] * streets.length * rng.uniform(0.7, 1.3, streets.edge_count)
    cost = np.concatenate([np.maximum(rise, 0.0), np.maximum(-rise, 0.0)]) + np.tile(slow, 2) + 1.0
    count = streets.junction_count
    ends = np.concatenate([streets.a, streets.b]), np.concatenate([streets.b, streets.a])
    start = np.argmin(np.hypot(streets.place[:, 0], streets.place[:, 1] - _BANK * LATTICE))
    reached = dijkstra(csr_array((cost, ends), shape=(count, count)), directed=True, indices=np.array([start]))[0]
    when = np.maximum(reached[streets.a], reached[streets.b])
    order = np.argsort(when, kind="stable")
    order = order[np.isfinite(when[order])]
    return Streets(
        streets.along_u,
        streets.line_at,
        streets.line_class,
        streets.line_name,
        streets.place,
        streets.h,
        streets.w,
        streets.a[order],
        streets.b[order],
        streets.line[order],
        streets.bridge[order],
        streets.quarter[order],
        streets.length[order],
    )


def _wanted_late(place: Floats, rng: np.random.Generator) -> Floats:
    """How far a place is from the old bridge, more so in some directions and across the river: a town is no circle."""
    u, v = place[:, 0], place[:, 1] - _BANK * LATTICE
    heading = np.arctan2(v, u)
    shape = np.ones(len(place))
    for lobes, depth in ((2, 0.08), (3, 0.1), (5, 0.07), (9, 0.04)):
        shape += depth * np.sin(lobes * heading + rng.uniform(0.0, 2 * np.pi))
    far_side = np.where(v < -1.0, 1.15, 1.0)
    return np.asarray(np.hypot(0.82 * u, 1.12 * v) * shape * far_side, dtype=np.float64)
