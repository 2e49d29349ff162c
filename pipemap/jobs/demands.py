"""What a water model asks of each node, where the survey says who is supplied and not how much they take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipemap.model.columns import floats, integers
from pipemap.model.problem import Problem
from pipemap.texts import N_

if TYPE_CHECKING:
    from pipemap.model.extract import Extract

HOUSEHOLD_LPS = 0.0042
"""Litres a second of a household, on average: 3 people at 120 litres a day. Our own figure."""


def with_demands(extract: Extract) -> tuple[Extract, tuple[Problem, ...]]:
    """Return the extract with the demand of its customers at the nodes that have none, and what was assumed for it.

    A customer counts with the demand that is recorded, else with its households, else as one; one that hangs on a pipe takes at
    the pipe's second node.
    """
    customers = extract.customers
    if customers is None or not customers.num_rows:
        return extract, ()
    node, pipe = (integers(customers, name, unknown=-1) for name in ("node_row", "pipe_row"))
    ends = extract.ends()
    at = np.where(node >= 0, node, -1)
    tied = (at < 0) & (pipe >= 0)
    at[tied] = ends[pipe[tied], 1]
    asked, households = floats(customers, "demand_lps"), floats(customers, "households")
    usual = HOUSEHOLD_LPS * np.nan_to_num(households, nan=1.0)
    known = np.isfinite(asked)
    taken = np.where(known, asked, usual)
    there = at >= 0
    total = np.bincount(at[there], weights=taken[there], minlength=extract.nodes.num_rows)
    own = floats(extract.nodes, "demand_lps")
    fills = ~np.isfinite(own) & (total > 0)
    if not fills.any():
        return extract, ()
    demand = pa.array(np.where(fills, total, own), from_pandas=True)
    place = extract.nodes.column_names.index("demand_lps")
    return replace(extract, nodes=extract.nodes.set_column(place, "demand_lps", demand)), _told(
        fills=int(fills.sum()), guessed=int((there & ~known & fills[np.maximum(at, 0)]).sum()), apart=int((~there).sum())
    )


def _told(*, fills: int, guessed: int, apart: int) -> tuple[Problem, ...]:
    texts = {
        N_("{count} nodes have no demand of their own; that of the customers who hang on them is taken."): fills,
        N_("{count} customers have no recorded demand; {lps} L/s a household are taken, our own figure."): guessed,
        N_("{count} customers are not tied to the network; they take nothing."): apart,
    }
    return tuple(
        Problem("customer-demand", "info", "", text, {"count": count, "lps": HOUSEHOLD_LPS})
        for text, count in texts.items()
        if count
    )
