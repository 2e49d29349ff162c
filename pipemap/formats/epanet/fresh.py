"""Elements that have no line in a kept model yet: junctions, sources, pipes, valves and pumps as EPANET has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.formats.epanet.elements import setting_factor
from pipemap.formats.epanet.revised import link_section, node_section
from pipemap.formats.epanet.supplied import Supplied
from pipemap.formats.inp.choice import numbers, words
from pipemap.formats.inp.numbers import written

if TYPE_CHECKING:
    from pipemap.formats.epanet.elements import Model
    from pipemap.formats.inp.leaving import Leaving

_CLOSED = "closed"
_PLAIN_DEVICES = frozenset({NodeKind.PUMP, NodeKind.CHECK_VALVE, NodeKind.REGULATOR})
_ENDS = 2


@dataclass
class Splits:
    """Valves that were surveyed as points: the pipe end that moves to a second node.

    Attributes
    ----------
    second
        Row of the valve → id of the second node.
    moved
        ``(pipe row, side)`` → id of the node that the end hangs on now.
    """

    second: dict[int, str] = field(default_factory=dict)
    moved: dict[tuple[int, int], str] = field(default_factory=dict)


def add_fresh(leaving: Leaving, model: Model, supplied: Supplied) -> None:
    """Write the lines of everything that has none."""
    splits = _split_valves(leaving)
    _add_nodes(leaving, model, supplied)
    _add_links(leaving, model, supplied, splits)
    leaving.add_places(np.flatnonzero(leaving.fresh_nodes).tolist())
    _add_valves(leaving, model, supplied, splits)


def _add_nodes(leaving: Leaving, model: Model, supplied: Supplied) -> None:
    nodes, units = leaving.extract.nodes, model.units
    kinds, notes = words(nodes, "kind"), leaving.remarks("node")
    demand, head = numbers(nodes, "demand_lps"), numbers(nodes, "head")
    for row in np.flatnonzero(leaving.fresh_nodes).tolist():
        name, level = leaving.node_ids[row], float(supplied.elevation[row])
        section = node_section(kinds[row])
        if section == "JUNCTIONS":
            flow = float(demand[row]) if np.isfinite(demand[row]) else 0.0
            leaving.losses.add("no-demand", count=int(not np.isfinite(demand[row])), layer="node")
            leaving.losses.add("placeholder", name, count=int(kinds[row] == NodeKind.PLACEHOLDER), layer="node")
            if kinds[row] in _PLAIN_DEVICES:
                leaving.losses.add("device-as-node", name, layer="node")
            leaving.draft.add(section, (name, written(level, units.metre), written(flow, units.lps)), notes[row])
            continue
        if section == "TANKS":
            leaving.losses.add("tank-as-reservoir", name, layer="node")
            level += float(np.nan_to_num(head[row]))
        elif np.isfinite(head[row]):
            level = float(head[row])
        else:
            leaving.losses.add("no-head", name, layer="node")
        leaving.draft.add("RESERVOIRS", (name, written(level, units.metre)), notes[row])


def _add_links(leaving: Leaving, model: Model, supplied: Supplied, splits: Splits) -> None:
    pipes = leaving.extract.pipes
    kinds, states, notes = words(pipes, "kind"), words(pipes, "state"), leaving.remarks("pipe")
    minor, setting = np.nan_to_num(numbers(pipes, "minor_loss")), numbers(pipes, "setting")
    ends = leaving.extract.ends().tolist()
    for row in np.flatnonzero(leaving.fresh_pipes).tolist():
        name = leaving.pipe_ids[row]
        first, second = (splits.moved.get((row, side), leaving.node_ids[end]) for side, end in enumerate(ends[row]))
        kind, section = kinds[row], link_section(kinds[row])
        across = written(float(supplied.diameter[row]), model.units.mm)
        closed, loss = states[row] == _CLOSED, written(float(minor[row]))
        if section == "PUMPS":
            leaving.losses.add("pump-without-curve", name, layer="pipe")
        if section in {"PIPES", "PUMPS"}:
            status = "CV" if section == "PUMPS" or kind == PipeKind.CHECK_VALVE else "Closed" if closed else "Open"
            length = written(float(supplied.length[row]), model.units.metre)
            rough = written(float(supplied.roughness[row]), model.units.roughness)
            leaving.draft.add("PIPES", (name, first, second, length, across, rough, loss, status), notes[row])
            continue
        if section == "GPV" or (section != "TCV" and not np.isfinite(setting[row])):
            leaving.losses.add("valve-without-setting", name, layer="pipe")
            section, kind = "TCV", PipeKind.VALVE
        value = written(_setting(setting[row], section), setting_factor(model, kind))
        leaving.draft.add("VALVES", (name, first, second, across, section, value, loss), notes[row])
        if closed:
            leaving.draft.add("STATUS", (name, "Closed"))
    leaving.add_bends(np.flatnonzero(leaving.fresh_pipes).tolist())


def _setting(value: float, section: str) -> float:
    return float(value) if np.isfinite(value) and section != "GPV" else 0.0


def _split_valves(leaving: Leaving) -> Splits:
    """Part the network at each valve point: between its two pipes, or at the arm that is recorded."""
    extract, splits = leaving.extract, Splits()
    kinds = words(extract.nodes, "kind")
    valves = [
        row
        for row in np.flatnonzero(leaving.choice.nodes).tolist()
        if kinds[row] == NodeKind.ISOLATION_VALVE and leaving.fresh_nodes[row]
    ]
    if not valves:
        return splits
    met = _ends_at(leaving, set(valves))
    fids = dict(zip(extract.pipes["fid"].to_pylist(), range(extract.pipes.num_rows), strict=True))
    arms = extract.nodes["arm_pipe"].to_pylist()
    for row in valves:
        here = met.get(row, [])
        arm = fids.get(arms[row]) if arms[row] is not None else None
        chosen = next((end for end in here if end[0] == arm), here[-1] if len(here) == _ENDS else None)
        if chosen is None:
            leaving.losses.add("valve-without-arm", leaving.node_ids[row], layer="node")
            continue
        splits.second[row] = splits.moved[chosen] = leaving.known_nodes.legal(f"{leaving.node_ids[row]}~2")
        leaving.losses.add("valve-split", leaving.node_ids[row], layer="node")
    return splits


def _ends_at(leaving: Leaving, wanted: set[int]) -> dict[int, list[tuple[int, int]]]:
    met: dict[int, list[tuple[int, int]]] = {}
    ends = leaving.extract.ends()
    for row in np.flatnonzero(leaving.fresh_pipes & np.isin(ends, list(wanted)).any(axis=1)).tolist():
        for side, end in enumerate(ends[row].tolist()):
            if end in wanted:
                met.setdefault(end, []).append((row, side))
    return met


def _add_valves(leaving: Leaving, model: Model, supplied: Supplied, splits: Splits) -> None:
    if not splits.second:
        return
    nodes = leaving.extract.nodes
    x, y, states = nodes["x"].to_pylist(), nodes["y"].to_pylist(), words(nodes, "state")
    sizes = numbers(nodes, "size_mm")
    beside = {leaving_id: row for (row, _side), leaving_id in splits.moved.items()}
    for row, second in splits.second.items():
        name = leaving.known_pipes.legal(leaving.node_ids[row])
        level = written(float(supplied.elevation[row]), model.units.metre)
        leaving.draft.add("JUNCTIONS", (second, level, "0"))
        if x[row] is not None and y[row] is not None:
            leaving.draft.add("COORDINATES", (second, written(x[row]), written(y[row])))
        size = sizes[row] if sizes[row] > 0 else supplied.diameter[beside[second]]
        across = written(float(size), model.units.mm)
        leaving.draft.add("VALVES", (name, leaving.node_ids[row], second, across, "TCV", "0", "0"))
        if states[row] == _CLOSED:
            leaving.draft.add("STATUS", (name, "Closed"))
