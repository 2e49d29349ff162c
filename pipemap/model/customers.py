"""Who is supplied: customers beside the network that supplies them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.columns import floats, integers, rows_if_there

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.delivery import Delivery
    from pipemap.model.network import Network


@dataclass(frozen=True, eq=False)
class Customers:
    """One row a customer.

    Attributes
    ----------
    table
        Everything recorded of them; see the customer table of the survey.
    node, pipe
        int64: row of the node and of the pipe that supplies each; −1 where it is not tied to one.
    """

    table: pa.Table
    node: NDArray[np.int64]
    pipe: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.node)

    @classmethod
    def of(cls, network: Network, table: pa.Table | None) -> Self:
        """Tie a customer table, whose ``node`` and ``pipe`` are fids, to the rows of a network."""
        held = pa.table({}) if table is None else table
        rows = [
            rows_if_there(fids, integers(held, name, unknown=-1))
            for fids, name in ((network.node_fid, "node"), (network.pipe_fid, "pipe"))
        ]
        return cls(held, *rows)

    def words(self, name: str) -> list[str]:
        """Return a text column; blank where unknown."""
        if name not in self.table.column_names:
            return [""] * len(self)
        return pc.fill_null(self.table[name].cast(pa.string()), "").to_pylist()  # type: ignore[no-any-return]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a number column; NaN where unknown."""
        return floats(self.table, name)


def customers_of(delivery: Delivery) -> pa.Table:
    """Return the customers of a source that is not stored; fids are row numbers."""
    given = delivery.customers
    if given is None:
        return pa.table({})
    held = {name: given[name] for name in given.column_names if name not in {"node_row", "pipe_row"}}
    for name in ("node", "pipe"):
        held[name] = given[f"{name}_row"] if f"{name}_row" in given.column_names else pa.nulls(given.num_rows, pa.int64())
    return pa.table(held)
