"""Who is without supply in a part of the network."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipemap import catalog
from pipemap.model.lookup import Element

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


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer as lists show them; ``element`` is what supplies them, ``tank_hours`` NaN without a tank of their own."""

    name: str
    id: str
    class_: str
    critical: bool
    households: int
    tank_hours: float
    guessed: bool
    address: str
    contact: str
    element: Element | None


def customers_by_need(network: Network, rows: NDArray[np.int64]) -> tuple[Customer, ...]:
    """Return customers, given by their rows, those who need supply most first; of a class those whose own tank lasts least."""
    customers = network.customers
    columns = {name: customers.words(name) for name in ("name", "id", "class", "critical", "method", "address", "contact")}
    households, tanks = customers.numbers("households"), customers.numbers("own_tank_hours")

    def one(row: int) -> Customer:
        word = {name: column[row] for name, column in columns.items()}
        node, pipe = int(customers.node[row]), int(customers.pipe[row])
        element = Element("node", node) if node >= 0 else Element("pipe", pipe) if pipe >= 0 else None
        return Customer(
            word["name"] or word["id"], word["id"], word["class"], word["critical"] == "true",
            int(np.nan_to_num(households[row], nan=1.0)), float(tanks[row]), word["method"] == GUESSED,
            word["address"], word["contact"], element,
        )  # fmt: skip

    return tuple(sorted((one(row) for row in rows.tolist()), key=_need))


def _need(customer: Customer) -> tuple[bool, int, float, str]:
    """Critical ones first, and those in the order of the catalog's classes."""
    classes = [name for name, known in catalog.customer_classes().items() if known.critical]
    rank = classes.index(customer.class_) if customer.class_ in classes else len(classes)
    return not (customer.critical or rank < len(classes)), rank, float(np.nan_to_num(customer.tank_hours)), customer.name


def _among(tied: NDArray[np.int64], rows: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    there = np.zeros(count + 1, dtype=np.bool_)
    there[rows] = True
    there[-1] = False  # −1: not tied
    return there[tied]
