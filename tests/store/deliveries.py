"""Small deliveries, made by hand or drawn."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.fields import Layer, arrow_schema
from pipemap.store.geometry import FUNCTIONS

Row = dict[str, Any]


def names(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return sorted(file.name for file in folder.iterdir())


@contextmanager
def foreign(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a survey behind our back, as another program that knows the functions of the spatial index."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name, function in FUNCTIONS.items():
            connection.create_function(name, 1, function)
        yield connection


NODES: tuple[Row, ...] = (
    {"id": "JS1", "x": 500000.0, "y": 3400000.0, "ground": 12.5, "category": "JS", "road": "人民路", "kind": "isolation_valve"},
    {"id": "JS2", "x": 500030.0, "y": 3400040.0, "ground": 12.25, "category": "JS", "road": "人民路", "owner": "水务集团"},
    {"id": "JS3", "x": 500060.0, "y": 3400040.0, "ground": None, "category": "JS", "note": "50%_旧\\管"},
    {"id": "JS4", "x": None, "y": None, "category": "JS", "kind": "placeholder"},
)
PIPES: tuple[Row, ...] = (
    {"id": "P1", "from_fid": 0, "to_fid": 1, "category": "JS", "diameter_mm": 300.0, "from_depth": 1.5, "to_depth": 1.25},
    {"from_fid": 1, "to_fid": 2, "category": "JS", "diameter_mm": 200.0, "road": "解放路", "conduit_direction": True},
    {"id": "P3", "from_fid": 2, "to_fid": 3, "category": "JS", "holes": 4},
)


def table(layer: Layer, rows: Sequence[Row]) -> pa.Table:
    """Build an Arrow table of the columns that some row has."""
    schema = arrow_schema(layer)
    names = [name for name in schema.names if any(name in row for row in rows)]
    return pa.table({name: pa.array([row.get(name) for row in rows], type=schema.field(name).type) for name in names})


def delivery(
    nodes: Sequence[Row] = NODES,
    pipes: Sequence[Row] = PIPES,
    *,
    batch: str = "一标",
    crs: str = "EPSG:4547",
    **more: Any,  # noqa: ANN401 -- further fields of a delivery
) -> Delivery:
    """Build a delivery whose pipes are straight, without a course where an end has no place."""
    courses = []
    for pipe in pipes:
        ends = [nodes[pipe[end]] for end in ("from_fid", "to_fid")]
        placed = all(end.get("x") is not None for end in ends)
        level = [pipe.get("from_level"), pipe.get("to_level")]
        course = [[end["x"], end["y"], np.nan if z is None else z] for end, z in zip(ends, level, strict=True)] if placed else []
        courses.append(np.array(course, dtype=np.float64).reshape(-1, 3))
    held = table("pipe", pipes) if pipes else table("pipe", [{"from_fid": 0, "to_fid": 0}]).slice(0, 0)
    return Delivery(table("node", nodes), held, Lines.from_lists(courses), Batch(batch), "hand", crs, **more)


_texts = st.one_of(
    st.none(),
    st.sampled_from(["JS1", "JS2", "a'b", '"', "管", "", "x\0y"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
)
_places = st.one_of(st.none(), st.sampled_from([0.0, 1.5, -7.25, 500000.001]), st.floats(allow_nan=True, allow_infinity=True))
_numbers = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    """Draw any delivery: repeated and missing ids, absurd places, loops and parallel pipes, unknown values."""
    nodes = draw(
        st.lists(
            st.fixed_dictionaries(
                {"id": _texts, "x": _places, "y": _places, "ground": _numbers, "note": _texts, "state": _texts}
            ),
            min_size=1,
            max_size=5,
        )
    )
    row = st.integers(0, len(nodes) - 1)
    pipes = draw(
        st.lists(
            st.fixed_dictionaries(
                {"id": _texts, "from_fid": row, "to_fid": row, "diameter_mm": _numbers, "holes": st.none() | st.integers(-9, 9)}
            ),
            max_size=6,
        )
    )
    return delivery(nodes, pipes, crs="", batch=draw(st.sampled_from(["a", "b"])))
