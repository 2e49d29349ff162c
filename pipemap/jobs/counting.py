"""What is in a survey, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from pipemap.model.network import Network
    from pipemap.store import Survey


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything counted once.

    Attributes
    ----------
    nodes, pipes
        All of them, device links included.
    valves
        Isolation valves, whether surveyed as nodes or drawn as links.
    sources, possible_sources
        Nodes that feed a network; nodes where it goes on beyond the survey.
    findings
        Defects and hazards noted on pipes.
    customers, customers_bound, customers_unbound
        Who is supplied; how many of them are tied to a node or a pipe, and how many to nothing.
    length_m
        Metres of all pipes: a model's own length where it has one, else 3D; unknown lengths count 0.
    by_category
        Pipes by most specific category code, most first; pipes without one are not in it.
    crs
        Coordinate system, empty when unknown.
    extent
        East and north minimum, east and north maximum; ``None`` when nothing has a place.
    components
        Parts that are not connected with each other, single nodes included.
    """

    nodes: int
    pipes: int
    valves: int
    sources: int
    possible_sources: int
    findings: int
    length_m: float
    by_category: Mapping[str, int]
    crs: str
    extent: tuple[float, float, float, float] | None
    components: int
    customers: int = 0
    customers_bound: int = 0
    customers_unbound: int = 0


def summary(survey: Survey, progress: Progress = SILENT) -> Summary:
    """Count what is in an open survey."""
    counted = summarise(survey.load(progress), progress=progress, findings=survey.table("finding").num_rows)
    return with_customers(counted, survey.table("customer", ("node", "pipe")))


def with_customers(counted: Summary, customers: pa.Table | None) -> Summary:
    """Return numbers with those of customers: all, and those whom a column says a node or pipe of."""
    import pyarrow.compute as pc

    if customers is None:
        return counted
    bound = np.zeros(customers.num_rows, dtype=np.bool_)
    for name in ("node", "pipe", "node_row", "pipe_row"):
        if name in customers.column_names:
            bound |= pc.fill_null(pc.greater_equal(customers[name], 0), fill_value=False).to_numpy(zero_copy_only=False)
    there = int(bound.sum())
    return replace(counted, customers=len(bound), customers_bound=there, customers_unbound=len(bound) - there)


def summarise(network: Network, *, findings: int = 0, progress: Progress = SILENT) -> Summary:
    """Count what is in a network."""
    from pipemap.store import crs_label

    for what in ("component", "sources", "possible_sources", "weight", "extent"):  # each is worked out once, and takes a while
        progress(0, None, _("Counting"))
        getattr(network, what)
    progress(0, None)
    return Summary(
        nodes=network.node_count,
        pipes=network.pipe_count,
        valves=int(network.is_valve_node.sum()) + int(network.is_valve_pipe.sum()),
        sources=len(network.sources),
        possible_sources=len(network.possible_sources),
        findings=findings,
        length_m=float(network.weight.sum()),
        by_category=network.pipe_category.count(),
        crs=crs_label(network.crs) if network.crs else "",
        extent=network.extent,
        components=int(network.component.max()) + 1 if network.node_count else 0,
    )


def add_up(parts: Sequence[Summary]) -> Summary:
    """Join the numbers of networks that have nothing to do with each other."""
    categories: dict[str, int] = {}
    for part in parts:
        for code, count in part.by_category.items():
            categories[code] = categories.get(code, 0) + count
    extents = np.array([part.extent for part in parts if part.extent is not None]).reshape(-1, 4)
    low, high = (extents.min(axis=0), extents.max(axis=0)) if len(extents) else (None, None)
    return Summary(
        nodes=sum(part.nodes for part in parts),
        pipes=sum(part.pipes for part in parts),
        valves=sum(part.valves for part in parts),
        sources=sum(part.sources for part in parts),
        possible_sources=sum(part.possible_sources for part in parts),
        findings=sum(part.findings for part in parts),
        length_m=sum(part.length_m for part in parts),
        by_category=dict(sorted(categories.items(), key=lambda item: -item[1])),
        crs=next((part.crs for part in parts if part.crs), ""),
        extent=None if low is None or high is None else (float(low[0]), float(low[1]), float(high[2]), float(high[3])),
        components=sum(part.components for part in parts),
        customers=sum(part.customers for part in parts),
        customers_bound=sum(part.customers_bound for part in parts),
        customers_unbound=sum(part.customers_unbound for part in parts),
    )
