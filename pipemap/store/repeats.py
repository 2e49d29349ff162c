"""Whether a delivery under a new name is one that the survey has already: a crew's file sent, or chosen, twice."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipemap.store import geometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAMPLE = 100
_SAME_PLACE = 0.001


def batch_repeated(connection: sqlite3.Connection, nodes: pa.Table, batch: int) -> str:
    """Return the name of another batch that has most of these nodes already, with the same ids at the same places.

    A sample of the nodes is looked up, which need ``id`` and ``geom``; the name is empty when there is no such batch.
    """
    if "id" not in nodes.column_names:
        return ""
    sample = nodes.take(np.arange(0, nodes.num_rows, max(1, nodes.num_rows // _SAMPLE)))
    places = geometry.decode_points(sample["geom"])[:, :2]
    found: Counter[str] = Counter()
    for name, place in zip(sample["id"].to_pylist(), places, strict=True):
        if name is not None and np.isfinite(place).all():
            found.update(_batches_with(connection, name, place, batch))
    name, count = max(found.items(), key=lambda one: one[1], default=("", 0))
    return name if 2 * count > sample.num_rows else ""


def _batches_with(connection: sqlite3.Connection, name: str, place: NDArray[np.float64], batch: int) -> set[str]:
    """Names of the other batches that have a node of this id at this place."""
    rows = connection.execute(
        "SELECT batch.name, node.geom FROM node JOIN batch ON batch.fid = node.batch WHERE node.id = ? AND node.batch != ?",
        (name, batch),
    ).fetchall()
    if not rows:
        return set()
    there = geometry.decode_points(pa.array([row[1] for row in rows], pa.binary()))[:, :2]
    return {rows[at][0] for at in np.flatnonzero(np.hypot(*(there - place).T) < _SAME_PLACE)}
