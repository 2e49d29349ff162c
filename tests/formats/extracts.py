"""Extracts for round trips: parallel pipes, loops, placeholders, repeated ids, boxes, ducts, odd texts, several batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.model.extract import Extract
from pipemap.model.fields import arrow_schema

_ids = st.sampled_from(["JS1", "JS2", "JS3", "12", "1.0", None, "一/JS1"])
_texts = st.one_of(
    st.none(),
    st.sampled_from(
        ["=1+1", "'=1", "'", "-", "+", "-5", "a,b;c\td", '"', "第一行\n第二行", "x\r\ny", " blank ", "@x", "无", "TRUE", "0012"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=5),
)  # fmt: skip
_metres = st.one_of(st.none(), st.floats(-1e7, 1e7), st.sampled_from([0.1 + 0.2, 3379503.338, 501548.722, -0.35]))
_sizes: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"diameter_mm": 300.0, "size_text": "DN300", "shape": "round"},
        {"width_mm": 800.0, "height_mm": 600.0, "size_text": "800X600", "shape": "box"},
        {"holes": 12, "holes_used": 3, "cables": 2, "size_text": "400X300", "shape": "bank"},
        {"diameter_mm": 110.5},
        {},
    ]
)


@st.composite
def extracts(draw: st.DrawFn) -> Extract:
    """Draw any extract of one to three batches."""
    nodes: list[dict[str, Any]] = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "id": _ids, "map_id": _ids, "x": _metres, "y": _metres, "ground": _metres, "note": _texts, "feature": _texts,
                    "category": st.sampled_from(["JS", "YS", "DL", None, "QQ"]), "owner": _texts, "surveyed": _texts,
                }
            ),
            min_size=1,
            max_size=6,
        )
    )  # fmt: skip
    row = st.integers(0, len(nodes) - 1)
    ends = st.fixed_dictionaries(
        {
            "id": _ids, "from_fid": row, "to_fid": row, "from_depth": _metres, "to_depth": _metres, "from_level": _metres,
            "from_reference": st.sampled_from(["outside_top", "invert", "channel_bottom", "axis", "unknown", None]),
            "category": st.sampled_from(["JS", "YS", "DL", None, "QQ"]), "material": _texts, "note": _texts,
            "flow": st.sampled_from(["+", "-", "1", None]), "conduit_direction": st.sampled_from([True, False, None]),
        }
    )  # fmt: skip
    pipes: list[dict[str, Any]] = [one | draw(_sizes) for one in draw(st.lists(ends, max_size=8))]
    vertex = st.tuples(*[st.floats(-1e6, 1e6)] * 2, st.one_of(st.just(np.nan), st.floats(-100, 100)))
    courses = [np.array(draw(st.lists(vertex, max_size=3)), dtype=np.float64).reshape(-1, 3) for _pipe in pipes]
    for number, pipe in enumerate(pipes):
        first, last = (nodes[pipe[name]] for name in ("from_fid", "to_fid"))
        if draw(st.booleans()) and None not in (first["x"], first["y"], last["x"], last["y"]):
            level = np.nan if pipe["from_level"] is None else pipe["from_level"]
            courses[number] = np.array([[first["x"], first["y"], level], [last["x"], last["y"], np.nan]])
    return _extract(nodes, pipes, courses, draw(st.integers(1, 3)))


def _extract(nodes: list[dict[str, Any]], pipes: list[dict[str, Any]], courses: list[Any], batches: int) -> Extract:
    held = [pa.Table.from_pylist(rows, schema=arrow_schema(layer)) for layer, rows in (("node", nodes), ("pipe", pipes))]
    made = Extract.from_delivery(Delivery(held[0], held[1], Lines.from_lists(courses), Batch("一标"), "drawn", "EPSG:4547"))
    keys = pa.array(np.arange(len(nodes)) % batches + 1, pa.int64())
    return Extract(
        made.nodes.set_column(made.nodes.column_names.index("batch"), "batch", keys),
        made.pipes,
        made.lines,
        made.crs,
        "town",
        {key: Batch(f"{key}标") for key in range(1, batches + 1)},
    )
