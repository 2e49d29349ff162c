"""The columns of a SWMM model as the tables of a delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pipemap.catalog.kinds import PipeKind
from pipemap.formats.inp.elements import column_of
from pipemap.formats.swmm.elements import GRAVITY, Model

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_T = TypeVar("_T")
_DIGITS = 6
"""Of sums and differences of what the file says: a micrometre, so that 2.23 comes back as 2.23."""


def node_table(model: Model, place: NDArray[np.float64]) -> pa.Table:
    """Return the nodes: a manhole reaches from its bottom to the ground."""
    import pyarrow as pa

    nodes, count = model.nodes, len(model.nodes.ids)
    return pa.table(
        {
            "x": pa.array(place[:, 0], from_pandas=True),
            "y": pa.array(place[:, 1], from_pandas=True),
            "id": pa.array(nodes.ids, type=pa.string()),
            "category": pa.array([nodes.category.get(row, model.category) for row in range(count)], type=pa.string()),
            "kind": pa.array(nodes.kinds, type=pa.string()),
            "ground": pa.array(_ground(model), from_pandas=True),
            "chamber_depth": pa.array(_column(nodes.depth, count), type=pa.float64()),
            "note": pa.array(nodes.notes, type=pa.string()),
        }
    )


def pipe_table(model: Model, ends: NDArray[np.int64], level: NDArray[np.float64]) -> pa.Table:
    """Return the links, with the levels of their ends, (links, 2)."""
    import pyarrow as pa

    links, count = model.links, len(model.links.ids)
    rows = range(count)
    level = level.round(_DIGITS)
    depth = (_ground(model)[ends] - level).round(_DIGITS)
    reference = ["channel_bottom" if kind == PipeKind.CHANNEL else "invert" for kind in links.kinds]
    texts = {"id": links.ids, "kind": links.kinds, "from_node": links.from_nodes, "to_node": links.to_nodes}
    texts |= {"from_reference": reference, "to_reference": reference}
    blanks = {"state": links.state, "note": links.notes}
    blanks |= {"shape": _column(links.shape, count), "size_text": _column(links.size_text, count)}
    numbers = {"diameter_mm": links.diameter, "length": links.length, "roughness": links.roughness}
    numbers |= {"minor_loss": links.minor_loss}
    numbers |= {"width_mm": _column(links.width, count), "height_mm": _column(links.height, count)}
    levels = {"from_level": level[:, 0], "to_level": level[:, 1], "from_depth": depth[:, 0], "to_depth": depth[:, 1]}
    return pa.table(
        {name: pa.array(column, type=pa.string()) for name, column in (texts | blanks).items()}
        | {name: pa.array(column, type=pa.float64()) for name, column in numbers.items()}
        | {name: pa.array(column, from_pandas=True) for name, column in levels.items()}
        | {
            "category": pa.array([links.category.get(row, model.category) for row in rows], type=pa.string()),
            "pressurised": pa.array([links.pressurised.get(row, GRAVITY) for row in rows], type=pa.string()),
            "barrels": pa.array(_column(links.barrels, count), type=pa.int64()),
            "conduit_direction": pa.array([True] * count, type=pa.bool_()),
            "from_fid": pa.array(ends[:, 0]),
            "to_fid": pa.array(ends[:, 1]),
        }
    )


def _ground(model: Model) -> NDArray[np.float64]:
    ground = column_of(model.nodes.level) + column_of(_column(model.nodes.depth, len(model.nodes.ids)))
    return ground.round(_DIGITS)


def _column(known: Mapping[int, _T], count: int) -> list[_T | None]:
    return [known.get(row) for row in range(count)]
