"""A made street: a water main with a valve and a branch, and a storm drain that falls to its outfall."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from pipemap.model.delivery import Batch, Delivery, Lines
from pipemap.store import create_survey

_NODES = (  # id, east, north, ground, category, feature, appurtenance
    ("JS1", 500000.0, 3400000.0, 20.0, "JS", "起点", None),
    ("JS2", 500040.0, 3400000.0, 20.1, "JS", None, "阀门"),
    ("JS3", 500080.0, 3400000.0, 20.2, "JS", "三通", None),
    ("JS4", 500080.0, 3400030.0, 20.2, "JS", None, "消防栓"),
    ("YS1", 500000.0, 3400004.0, 20.0, "YS", None, "检修井"),
    ("YS2", 500040.0, 3400004.0, 20.1, "YS", None, "检修井"),
    ("YS3", 500080.0, 3400004.0, 20.2, "YS", "出水口", None),
)
_PIPES = (  # id, from, to, category, diameter, material, from depth, to depth, reference
    ("JS1-JS2", 0, 1, "JS", 300.0, "铸铁", 1.2, 1.2, "outside_top"),
    ("JS2-JS3", 1, 2, "JS", 300.0, "铸铁", 1.2, 1.2, "outside_top"),
    ("JS3-JS4", 2, 3, "JS", 100.0, "PE", 1.0, 1.0, "outside_top"),
    ("YS1-YS2", 4, 5, "YS", 600.0, "混凝土", 2.0, 2.3, "invert"),
    ("YS2-YS3", 5, 6, "YS", 600.0, "混凝土", 2.3, 2.6, "invert"),
)


def street(*, manholes: bool = False) -> Delivery:
    """Seven nodes and five pipes, in EPSG:4547; told to, it knows which nodes of the drain are manholes and its outfall."""
    ids, east, north, ground, categories, features, appurtenances = zip(*_NODES, strict=True)
    nodes = pa.table(
        {
            "id": list(ids),
            "x": list(east),
            "y": list(north),
            "ground": list(ground),
            "category": list(categories),
            "feature": pa.array(features, pa.string()),
            "appurtenance": pa.array(appurtenances, pa.string()),
        }
    )
    if manholes:
        kinds = [None] * 4 + ["manhole", "manhole", "outfall"]
        nodes = nodes.append_column("kind", pa.array(kinds, pa.string()))
    names, starts, ends, codes, sizes, materials, above, below, references = zip(*_PIPES, strict=True)
    pipes = pa.table(
        {
            "id": list(names),
            "from_fid": pa.array(starts, pa.int64()),
            "to_fid": pa.array(ends, pa.int64()),
            "category": list(codes),
            "diameter_mm": list(sizes),
            "material": list(materials),
            "from_depth": list(above),
            "to_depth": list(below),
            "from_reference": list(references),
            "to_reference": list(references),
        }
    )
    courses = [
        np.array(
            [
                (_NODES[start][1], _NODES[start][2], _NODES[start][3] - from_depth),
                (_NODES[end][1], _NODES[end][2], _NODES[end][3] - to_depth),
            ]
        )
        for _id, start, end, _category, _size, _material, from_depth, to_depth, _reference in _PIPES
    ]
    return Delivery(nodes, pipes, Lines.from_lists(courses), Batch("Street", crs="EPSG:4547"), format="test", crs="EPSG:4547")


def street_file(path: Path, *, manholes: bool = False) -> Path:
    """Store the street as a survey database."""
    with create_survey(path, name="Lake Street") as survey:
        survey.store(street(manholes=manholes))
    return path
