"""Networks under pressure: that something feeds them, and that their valves can be counted on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipemap.analysis.checks.facts import Facts
from pipemap.analysis.checks.registry import Found, finds
from pipemap.analysis.valves import NODE, valves_of
from pipemap.texts import N_


@finds("valve-without-arm", N_("{element} is a valve on {count} pipes; as its arm is not recorded, it isolates nothing."))
def valve_without_arm(facts: Facts, _limit: float) -> Sequence[Found]:
    """Valves on three or more pipes whose arm nobody recorded."""
    rows = valves_of(facts.network).unplaced
    return [Found("node", rows, {"count": facts.degree[rows].tolist()})]


@finds("valve-without-state", N_("{element} is a valve, and nobody recorded whether it is open."))
def valve_without_state(facts: Facts, _limit: float) -> Sequence[Found]:
    """Valves of unknown state: a shut-off plan counts them as open and always closes them."""
    valves = valves_of(facts.network)
    nodes = valves.row[(valves.origin == NODE) & valves.unknown & ~valves.house]
    return [Found("node", np.sort(nodes))]


@finds("valve-at-end", N_("{element} is a valve on one pipe: what it parts is not in the survey."))
def valve_at_end(facts: Facts, _limit: float) -> Sequence[Found]:
    """Valves that join fewer than two pipes."""
    return [Found("node", np.flatnonzero(facts.network.is_valve_node & (facts.degree == 1) & facts.standing))]


@finds("no-source", N_("{element} and {count} pipes joined with it are under pressure, and nothing is known to feed them."))
def no_source(facts: Facts, limit: float) -> Sequence[Found]:
    """Parts under pressure without a source, and without a place where supply may come in; one problem a part."""
    network = facts.network
    parts = int(network.component.max(initial=-1)) + 1
    fed = np.zeros(parts, dtype=np.bool_)
    fed[network.component[network.sources]] = True
    fed[network.component[network.possible_sources]] = True
    part = network.component[network.pipe_ends[:, 0]] if network.pipe_count else np.empty(0, np.int64)
    rows = np.flatnonzero(facts.pressure & ~fed[part]) if network.pipe_count else np.empty(0, np.int64)
    _parts, first, count = np.unique(part[rows], return_index=True, return_counts=True)
    large = count > limit
    return [Found("pipe", rows[first[large]], {"count": (count[large] - 1).tolist()})]


@finds("unbound-customer", N_("{element}: {count} customers of the survey are tied to no node and to no pipe."))
def unbound_customer(facts: Facts, _limit: float) -> Sequence[Found]:
    """Customers of whom nobody knows what supplies them; told once, at the first source, or else at the first node."""
    customers = facts.network.customers
    loose = int(((customers.node < 0) & (customers.pipe < 0)).sum())
    rows = (
        np.append(facts.network.sources[:1], np.arange(min(1, facts.network.node_count)))[:1] if loose else np.empty(0, np.int64)
    )
    return [Found("node", rows.astype(np.int64), {"count": [loose] * len(rows)})]


@finds("out-of-use-between", N_("{element} is not in use, and lies between pipes that are."))
def out_of_use_between(facts: Facts, _limit: float) -> Sequence[Found]:
    """Points that are out of use although pipes in use end there: every trace stops at them."""
    network = facts.network
    used = np.bincount(network.pipe_ends[network.in_use_pipes].reshape(-1), minlength=network.node_count)
    pending = np.isin(network.node_batch, list(network.pending_batches))
    return [Found("node", np.flatnonzero(~network.in_use_nodes & ~pending & (used > 0)))]
