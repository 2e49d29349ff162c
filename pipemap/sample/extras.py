"""What only some streets have: gases on pipe racks among factories, a deep utility tunnel, lines that nobody knows or uses."""

from __future__ import annotations

import numpy as np

from pipemap.sample.drainage import Drains
from pipemap.sample.practice import INDUSTRY, TUNNEL, Utility
from pipemap.sample.sheet import Bools, Floats, Value, Words, choose
from pipemap.sample.strands import BETWEEN, lay
from pipemap.sample.streets import ARTERIAL, COLLECTOR, INDUSTRIAL, LOCAL
from pipemap.sample.town import Town

_TUNNEL_EDGES = 9
_OXYGEN = Utility("oxygen", "YQ", (10.8, 16.6, 27.6), (-5.6, -5.6, -5.6), 6.3, 30.0, INDUSTRY.owner)


def lay_extras(town: Town, sewers: Drains) -> None:
    """Lay industrial gases, the tunnel below ``sewers``, and what is left of older networks."""
    _lay_racks(town)
    _lay_tunnel(town, sewers)
    _leave_remains(town)


def _lay_racks(town: Town) -> None:
    """Nitrogen and oxygen on racks five metres above the lanes of the industrial quarter, from an air works."""
    streets = town.streets
    edges = np.flatnonzero((streets.quarter == INDUSTRIAL) & (streets.edge_class == LOCAL))
    if not len(edges):
        edges = np.array([streets.edge_count - 1])
    edges = edges[: max(1, streets.edge_count // 12)]
    for utility in (INDUSTRY, _OXYGEN) if streets.edge_count > 12 else (INDUSTRY,):  # a village has one
        strand = lay(streets, utility, edges, spacing=30.0 if streets.edge_count > 6 else 200.0)
        code = np.full(strand.node_count, -1, dtype=np.int64)
        code[strand.role == BETWEEN] = 1
        code[:1] = 0
        values: dict[str, Value] = {
            "utility": INDUSTRY.name,
            "category": utility.prefix,
            "appurtenance": Words(code, ("动力站", "支架")),
            "owner": INDUSTRY.owner,
        }
        rows = town.add_strand(strand, values)
        town.sheet.add_pipes(
            rows[strand.start],
            rows[strand.end],
            {
                "edge": strand.pipe_edge,
                "utility": INDUSTRY.name,
                "category": utility.prefix,
                "diameter_mm": 200.0 if utility is INDUSTRY else 150.0,
                "shape": "round",
                "material": "G",
                "burial": "JK",
                "pressurised": "pressure",
                "pressure": "0.8",
                "from_depth": utility.top[LOCAL],
                "to_depth": utility.top[LOCAL],
                "year": np.maximum(town.years(68)[strand.pipe_edge], 1988),
                "visible": "visible",
            },
        )


def _lay_tunnel(town: Town, sewers: Drains) -> None:
    """Drive a utility tunnel along one arterial, below every drain that crosses it."""
    streets = town.streets
    candidates = np.flatnonzero((streets.edge_class == ARTERIAL) & ~streets.bridge)
    if not len(candidates):
        candidates = np.flatnonzero(streets.edge_class >= COLLECTOR)
    if not len(candidates):
        return
    used = np.bincount(streets.line[candidates], minlength=len(streets.line_at))
    along = candidates[streets.line[candidates] == int(np.argmax(used))]
    edges = along[: min(_TUNNEL_EDGES, max(1, streets.edge_count // 8))]
    near = np.isin(sewers.strand.junction, np.unique(np.concatenate([streets.a[edges], streets.b[edges]])))
    near |= np.isin(sewers.strand.edge, edges)
    depth = sewers.ground_cm[: sewers.strand.node_count][near] - sewers.outlet_cm[: sewers.strand.node_count][near]
    bottom = float(np.round((depth.max() if len(depth) else 600) / 100.0 + 1.2 + 3.0, 1))
    strand = lay(streets, TUNNEL, edges, spacing=TUNNEL.spacing if streets.edge_count > 6 else 300.0)
    turn = np.arange(strand.node_count) % 3
    rows = town.add_strand(
        strand,
        {
            "utility": TUNNEL.name,
            "category": "ZH",
            "appurtenance": Words(turn, ("通风井", "检修井", "投料口")),
            "chamber_depth": bottom,
        },
    )
    town.sheet.add_pipes(
        rows[strand.start],
        rows[strand.end],
        {
            "edge": strand.pipe_edge,
            "utility": TUNNEL.name,
            "category": "ZH",
            "width_mm": 3200.0,
            "height_mm": 3000.0,
            "wall_mm": 350.0,
            "shape": "box",
            "material": "T",
            "burial": "ZH",
            "from_depth": bottom,
            "to_depth": bottom,
            "year": 2018.0,
        },
    )


def _leave_remains(town: Town) -> None:
    """Stretches of abandoned main, and of lines nobody knows, between the junctions of some arterials."""
    streets, rng = town.streets, town.rng(70)
    arterial = (streets.edge_class == ARTERIAL) & ~streets.bridge
    edges = np.flatnonzero(arterial & (streets.length > 110.0) & (rng.random(streets.edge_count) < 0.22))
    if streets.edge_count < 12 or not len(edges):
        return
    unknown = rng.random(len(edges)) < 0.4
    across = np.where(unknown, 21.5, -7.9)
    along_u = streets.along_u[streets.line[edges]]
    axis = np.where(along_u, 0, 1)
    ends = []
    for at, way in ((streets.a[edges], 1.0), (streets.b[edges], -1.0)):
        along = streets.place[at, axis] + way * rng.uniform(33.0, 44.0, len(edges))
        ends.append(_beside(along_u, along, streets.line_at[streets.line[edges]], across))
    depth = np.where(unknown, 1.3, 2.66)
    values: dict[str, Value] = {
        "edge": edges,
        "utility": choose(unknown, "unknown", "water"),
        "category": choose(unknown, "BM", "JP"),
        "feature": choose(unknown, "预留口", "盖堵"),
        "lifecycle": choose(unknown, None, "abandoned"),
    }
    rows = [town.sheet.add_nodes(place, town.terrain.ground_cm(place), values) for place in ends]
    pipes: dict[str, Value] = {
        "edge": edges,
        "utility": choose(unknown, "unknown", "water"),
        "category": choose(unknown, "BM", "JP"),
        "diameter_mm": np.where(unknown, np.nan, 200.0),
        "shape": "round",
        "material": choose(unknown, None, "ZT"),
        "burial": "ZM",
        "pressurised": choose(unknown, None, "pressure"),
        "from_depth": depth,
        "to_depth": depth,
        "year": np.where(unknown, -1, rng.integers(1961, 1986, len(edges))),
        "lifecycle": choose(unknown, None, "abandoned"),
        "note": choose(unknown, "来源不明，待查", "旧管未拆除"),
    }
    town.sheet.add_pipes(rows[0], rows[1], pipes)


def _beside(along_u: Bools, along: Floats, axis: Floats, across: Floats) -> Floats:
    return np.where(along_u[:, None], np.column_stack([along, axis + across]), np.column_stack([axis - across, along]))
