"""Sums over the pipes of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.analysis.where import pipe_column
from pipemap.errors import PipemapError
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network


@dataclass(frozen=True, slots=True)
class Total:
    """A number field over some pipes; ``sum``, ``min`` and ``max`` are None where no pipe knows its value.

    Attributes
    ----------
    field
        Name of the field.
    count, unknown
        How many pipes have a value, and how many have none.
    """

    field: str
    sum: float | None
    min: float | None
    max: float | None
    count: int
    unknown: int


def total(network: Network, pipe_rows: NDArray[np.int64], field: str) -> Total:
    """Return sum, least and most of a number field over pipes.

    Raises
    ------
    PipemapError
        Pipes have no such field, or it holds no numbers.

    Examples
    --------
    >>> from pipemap.model.network import Network
    >>> network = Network.from_pipes(("P1", "M1", "M3", 30.0), ("P2", "M3", "M4", 20.0))
    >>> total(network, np.array([0, 1]), "length").sum
    50.0
    """
    column = pipe_column(network, field)
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise PipemapError(_("{field} holds no numbers, so it has no sum.").format(field=field))
    chosen = pc.drop_null(column.take(pa.array(pipe_rows))).to_numpy(zero_copy_only=False).astype(np.float64)
    known = chosen[np.isfinite(chosen)]
    if not len(known):
        return Total(field, None, None, None, 0, len(pipe_rows))
    return Total(field, float(known.sum()), float(known.min()), float(known.max()), len(known), len(pipe_rows) - len(known))
