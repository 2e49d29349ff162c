"""Sums over the pipes or nodes of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipemap.analysis.where import node_column, pipe_column
from pipemap.errors import PipemapError
from pipemap.model.fields import Layer, fields
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network


@dataclass(frozen=True, slots=True)
class Total:
    """A number field over some pipes or nodes; ``sum``, ``min`` and ``max`` are None where none knows its value.

    Attributes
    ----------
    field
        Name of the field.
    count, unknown
        How many of them have a value, and how many have none.
    """

    field: str
    sum: float | None
    min: float | None
    max: float | None
    count: int
    unknown: int


def number_column(network: Network, field: str) -> tuple[Layer, NDArray[np.float64]]:
    """Return whose number field it is, and its values by row, NaN where unknown; a field of pipes, else of nodes.

    Parameters
    ----------
    field
        ``node:`` before it asks for the field of nodes where pipes have one of that name too.

    Raises
    ------
    PipemapError
        Neither have such a field, or it holds no numbers.
    """
    prefix, colon, rest = field.partition(":")
    layer: Layer = "node" if (colon and prefix == "node") or (field not in fields("pipe") and field in fields("node")) else "pipe"
    name = rest if colon and prefix in {"node", "pipe"} else field
    column = pipe_column(network, name) if layer == "pipe" else node_column(network, name)
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise PipemapError(_("{field} holds no numbers, so it has no sum.").format(field=field))
    values: NDArray[np.float64] = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return layer, np.where(np.isfinite(values), values, np.nan)


def total(network: Network, pipe_rows: NDArray[np.int64], field: str, *, node_rows: NDArray[np.int64] | None = None) -> Total:
    """Return sum, least and most of a number field over pipes; of one that nodes have, over ``node_rows``.

    Raises
    ------
    PipemapError
        There is no such field, or it holds no numbers.

    Examples
    --------
    >>> from pipemap.model.network import Network
    >>> network = Network.from_pipes(("P1", "M1", "M3", 30.0), ("P2", "M3", "M4", 20.0))
    >>> total(network, np.array([0, 1]), "length").sum
    50.0
    """
    layer, values = number_column(network, field)
    rows = pipe_rows if layer == "pipe" else node_rows if node_rows is not None else pipe_rows[:0]
    known = values[rows][np.isfinite(values[rows])]
    if not len(known):
        return Total(field, None, None, None, 0, len(rows))
    return Total(field, float(known.sum()), float(known.min()), float(known.max()), len(known), len(rows) - len(known))
