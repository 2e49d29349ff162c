"""What going through a pipe costs: metres, one each, or any number that the survey holds of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipemap.analysis.where import pipe_column
from pipemap.errors import PipemapError
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

LENGTH, PIPES = "length", "pipes"
"""Costs that are no fields of the survey: metres, and each pipe the same."""


def cost_of_pipes(network: Network, cost: str) -> NDArray[np.float64]:
    """Return float64 (P): what walking each pipe costs; NaN where its field is empty.

    Raises
    ------
    PipemapError
        The field does not exist, holds no numbers, or a number below 0.
    """
    if cost == PIPES:
        return np.ones(network.pipe_count)
    if cost == LENGTH:
        return network.weight
    column = pipe_column(network, cost)
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise PipemapError(_("{field} holds no numbers, so no way can be weighed by it.").format(field=cost))
    price: NDArray[np.float64] = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    if (price < 0).any():
        raise PipemapError(_("{field} is below 0 in places; a way is weighed by what it costs, from 0 on.").format(field=cost))
    return np.where(np.isfinite(price), price, np.nan)
