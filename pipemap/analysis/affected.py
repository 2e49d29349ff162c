"""Who is without supply in a part of the network."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pipemap.model.network import Network

GUESSED = "nearest"
"""Method of a tie that is a guess by place; such customers are counted apart."""


@dataclass(frozen=True, eq=False)
class Affected:
    """Customers of a part of the network.

    Attributes
    ----------
    rows
        int64: their rows in ``network.customers``.
    count, households
        How many customers, and how many households behind them; a customer without a number counts one.
    by_class
        Customers by class as recorded; blank for none.
    critical
        Names, or ids, of those who need supply most, each with the hours that an own tank lasts (NaN without one).
    guessed
        How many are tied to the network by a guess and not by survey.
    """

    rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    count: int = 0
    households: int = 0
    by_class: Mapping[str, int] = field(default_factory=dict)
    critical: tuple[tuple[str, float], ...] = ()
    guessed: int = 0


def affected(network: Network, node_rows: NDArray[np.int64], pipe_rows: NDArray[np.int64]) -> Affected:
    """Return who hangs on some nodes and pipes, each customer once."""
    customers = network.customers
    if not len(customers):
        return Affected()
    rows = np.flatnonzero(
        _among(customers.node, node_rows, network.node_count) | _among(customers.pipe, pipe_rows, network.pipe_count)
    )
    classes, names, ids = (customers.words(name) for name in ("class", "name", "id"))
    methods, flags = customers.words("method"), customers.words("critical")
    households = customers.numbers("households")[rows]
    tanks = customers.numbers("own_tank_hours")
    return Affected(
        rows,
        len(rows),
        households=int(np.nan_to_num(households, nan=1.0).sum()),
        by_class=dict(Counter(classes[row] for row in rows.tolist()).most_common()),
        critical=tuple((names[row] or ids[row], float(tanks[row])) for row in rows.tolist() if flags[row] == "true"),
        guessed=sum(methods[row] == GUESSED for row in rows.tolist()),
    )


def _among(tied: NDArray[np.int64], rows: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    there = np.zeros(count + 1, dtype=np.bool_)
    there[rows] = True
    there[-1] = False  # −1: not tied
    return there[tied]
