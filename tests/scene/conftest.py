"""Streets of a few pipes to look at, and scenes that are closed again."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from pipemap.model.delivery import Lines
from pipemap.model.network import Network
from pipemap.scene import Scene

EAST, NORTH = 500_000.0, 3_300_000.0


def network_of(nodes: list[dict[str, object]], pipes: list[dict[str, object]], courses: list[list[tuple[float, ...]]]) -> Network:
    """Build a network; nodes are named by row, places are metres from ``EAST``, ``NORTH``."""
    moved = [
        {**node, "x": float(node["x"]) + EAST, "y": float(node["y"]) + NORTH} if node.get("x") is not None else node  # type: ignore[arg-type]
        for node in nodes
    ]
    names = {"id": pa.string(), "x": pa.float64(), "y": pa.float64(), "ground": pa.float64()}
    names |= {name: pa.string() for name in ("category", "kind", "state")}
    table = pa.table({name: pa.array([node.get(name) for node in moved], kind) for name, kind in names.items()})
    links = {
        name: pa.string() for name in ("id", "category", "kind", "shape", "from_reference", "to_reference", "flow", "material")
    }
    numbers = {name: pa.float64() for name in ("diameter_mm", "width_mm", "height_mm", "from_depth", "to_depth")}
    ends = {"from_fid": pa.int64(), "to_fid": pa.int64()}
    columns = {name: pa.array([pipe.get(name) for pipe in pipes], kind) for name, kind in {**links, **numbers, **ends}.items()}
    link_table = pa.table(columns)
    fids = [pa.array(np.arange(part.num_rows)) for part in (table, link_table)]
    shift = np.array([EAST, NORTH, 0.0])
    lines = Lines.from_lists([np.array(course, dtype=float).reshape(-1, 3) + shift for course in courses])

    def load(layer: str, name: str, rows: NDArray[np.int64] | None = None) -> pa.Array:
        source = table if layer == "node" else link_table
        column = source[name].combine_chunks() if name in source.column_names else pa.nulls(source.num_rows)
        return column if rows is None else column.take(pa.array(rows))

    return Network.from_tables(
        table.append_column("fid", fids[0]), link_table.append_column("fid", fids[1]), lines, column_loader=load
    )


def street() -> Network:
    """Side by side: a water main with a closed valve, a storm drain between manholes, a duct bank. Ground at 50."""
    nodes: list[dict[str, object]] = [
        {"id": "JS1", "x": 0, "y": 0, "ground": 50, "category": "JS"},
        {"id": "阀门2", "x": 20, "y": 0, "ground": 50, "category": "JS", "kind": "isolation_valve", "state": "closed"},
        {"id": "JS3", "x": 40, "y": 0, "ground": 50, "category": "JS"},
        {"id": "YS1", "x": 0, "y": 8, "ground": 50, "category": "YS", "kind": "manhole"},
        {"id": "YS2", "x": 40, "y": 8, "ground": 50, "category": "YS", "kind": "manhole"},
        {"id": "DL1", "x": 0, "y": -8, "ground": 50, "category": "DL"},
        {"id": "DL2", "x": 40, "y": -8, "ground": 50, "category": "DL"},
    ]
    top = {"from_reference": "outside_top", "to_reference": "outside_top"}
    pipes: list[dict[str, object]] = [
        {"id": "W1", "from_fid": 0, "to_fid": 1, "category": "JS", "diameter_mm": 600, "shape": "round", "material": "DI", **top},
        {"id": "W2", "from_fid": 1, "to_fid": 2, "category": "JS", "diameter_mm": 600, "shape": "round", "material": "PE", **top},
        {"id": "S1", "from_fid": 3, "to_fid": 4, "category": "YS", "diameter_mm": 1000, "shape": "round", "flow": "+"}
        | {"from_reference": "invert", "to_reference": "invert"},
        {"id": "D1", "from_fid": 5, "to_fid": 6, "category": "DL", "width_mm": 1000, "height_mm": 500, "shape": "box", **top},
    ]
    courses: list[list[tuple[float, ...]]] = [
        [(0, 0, 49), (20, 0, 49)],
        [(20, 0, 49), (40, 0, 49)],
        [(0, 8, 47), (40, 8, 46.8)],
        [(0, -8, 49.2), (40, -8, 49.2)],
    ]
    return network_of(nodes, pipes, courses)


@pytest.fixture
def town() -> Network:
    """A street of four pipes."""
    return street()


@pytest.fixture
def scene(town: Network) -> Iterator[Scene]:
    """The street from above, without ground, compass and legend: nothing but the network."""
    with Scene(town) as made:
        made.resize(400, 300)
        made.set_legend_visible(False)
        made.set_compass_visible(False)
        made.set_ground_opacity(0)
        made.set_view("top")
        yield made
    gc.collect()
