"""An EPANET model that was kept goes out again: every line as it came, but for what changed in the survey since."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import DEVICE_PIPES, NodeKind, PipeKind
from pipemap.formats.epanet.elements import read_links, read_nodes, setting_factor
from pipemap.formats.epanet.reader import join_network, open_model
from pipemap.formats.epanet.references import settle
from pipemap.formats.inp.choice import numbers, words
from pipemap.formats.inp.kept import match
from pipemap.formats.inp.levels import end_levels, mean_by_node
from pipemap.formats.inp.numbers import written
from pipemap.formats.inp.references import Fate
from pipemap.formats.inp.revision import (
    Kept,
    changed_notes,
    forget,
    leave_remarks,
    name_kept,
    put_number,
    revise_places,
    settle_definitions,
    without_stranded,
)
from pipemap.formats.inp.text import number_of
from pipemap.model.fields import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipemap.formats.epanet.elements import Model
    from pipemap.formats.inp.elements import LinkColumns, NodeColumns
    from pipemap.formats.inp.leaving import Leaving
    from pipemap.formats.inp.text import InpText

_CLOSED = "closed"
_APART = 1e-3
_TYPES = {PipeKind.PRV: "PRV", PipeKind.PSV: "PSV", PipeKind.PBV: "PBV", PipeKind.FCV: "FCV", PipeKind.GPV: "GPV"}


def open_kept(text: InpText) -> Model:
    """Read the elements of a kept model."""
    model = open_model(text)
    read_nodes(model)
    read_links(model)
    return model


def revise(leaving: Leaving, model: Model) -> None:
    """Bring the kept lines up to what the survey holds now; what has no line stays to be written."""
    nodes, pipes, lines = join_network(model)
    kept = Kept(model, nodes, pipes, lines, match(nodes, pipes, leaving.extract, leaving.choice))
    without_stranded(kept, leaving)
    fate = Fate()
    name_kept(kept, leaving, fate)
    settle(leaving.draft, fate, leaving.losses)
    _settle_definitions(kept, leaving)
    leave_remarks(kept, leaving)
    forget(leaving, nodes=("COORDINATES", "DEMANDS"), pipes=("VERTICES", "STATUS"))
    revise_places(kept, leaving)
    _revise_elevations(kept, leaving, model)
    _revise_heads(kept, leaving, model)
    _revise_demands(kept, leaving, model)
    _revise_links(kept, leaving, model)
    columns: tuple[NodeColumns | LinkColumns, ...] = (model.nodes, model.links)
    for layer, elements in zip(LAYERS, columns, strict=True):
        for element, note in changed_notes(kept, leaving, layer):
            line = elements.lines[element]
            if line is not None and not leaving.draft.is_dropped(line):
                leaving.draft.put_comment(line, note)


def node_section(kind: str) -> str:
    """Return the section that a node of a kind stands in."""
    if kind in {NodeKind.RESERVOIR, NodeKind.SOURCE, NodeKind.WELL}:
        return "RESERVOIRS"
    return "TANKS" if kind == NodeKind.TANK else "JUNCTIONS"


def link_section(kind: str) -> str:
    """Return the section, and for valves the type, that a link of a kind stands in."""
    if kind == PipeKind.PUMP:
        return "PUMPS"
    if kind not in DEVICE_PIPES or kind == PipeKind.CHECK_VALVE:
        return "PIPES"
    return _TYPES.get(PipeKind(kind), "TCV")


def _settle_definitions(kept: Kept, leaving: Leaving) -> None:
    node_kinds, pipe_kinds = words(leaving.extract.nodes, "kind"), words(leaving.extract.pipes, "kind")
    came_nodes, came_pipes = kept.model.nodes.kinds, kept.model.links.kinds

    def stays_node(element: int, row: int) -> bool:
        return node_section(node_kinds[row]) == node_section(came_nodes[element])

    def stays_pipe(element: int, row: int) -> bool:
        return link_section(pipe_kinds[row]) == link_section(came_pipes[element])

    settle_definitions(kept, leaving, stays_node, stays_pipe)


def _lines_of(kept: Kept, leaving: Leaving, layer: str, *names: str) -> Iterator[tuple[int, int, int]]:
    """Yield element, row and line of what differs in one of some columns and still has its line."""
    changed = kept.changed(leaving, layer, *names)
    rows, elements = (kept.matched.nodes, kept.model.nodes) if layer == "node" else (kept.matched.pipes, kept.model.links)
    for element in np.flatnonzero(np.any(list(changed.values()), axis=0)).tolist():
        line = elements.lines[element]
        if line is not None and not leaving.draft.is_dropped(line):
            yield element, int(rows[element]), line


def _revise_elevations(kept: Kept, leaving: Leaving, model: Model) -> None:
    """EPANET has one level a node, the survey one a pipe end: what was changed at the ends becomes that of the node."""
    changed = kept.changed(leaving, "pipe", "from_level", "to_level")
    if not (changed["from_level"] | changed["to_level"]).any():
        return
    levels = np.full((leaving.extract.pipes.num_rows, 2), np.nan)
    now = end_levels(leaving.extract, "axis")
    for side, name in enumerate(("from_level", "to_level")):
        rows = kept.matched.pipes[changed[name]]
        levels[rows, side] = now[rows, side]
    ends, count = leaving.extract.ends(), leaving.extract.nodes.num_rows
    mean, square = mean_by_node(levels, ends, count), mean_by_node(levels**2, ends, count)
    for element, row in enumerate(kept.matched.nodes.tolist()):
        line = model.nodes.lines[element]
        if row < 0 or line is None or not np.isfinite(mean[row]) or leaving.draft.is_dropped(line):
            continue
        if square[row] - mean[row] ** 2 > _APART**2:
            leaving.losses.add("kept-level", model.nodes.ids[element], layer="node")
        if node_section(model.nodes.kinds[element]) != "RESERVOIRS":
            put_number(leaving, line, 1, mean[row], model.units.metre)


def _revise_heads(kept: Kept, leaving: Leaving, model: Model) -> None:
    heads = numbers(leaving.extract.nodes, "head")
    for element, row, line in _lines_of(kept, leaving, "node", "head"):
        if model.nodes.kinds[element] in {NodeKind.RESERVOIR, NodeKind.TANK}:
            at = 2 if model.nodes.kinds[element] == NodeKind.TANK else 1
            put_number(leaving, line, at, heads[row], model.units.metre)


def _revise_demands(kept: Kept, leaving: Leaving, model: Model) -> None:
    """A demand of several categories keeps their shares."""
    found = list(_lines_of(kept, leaving, "node", "demand_lps"))
    if not found:
        return
    split = defaultdict(list)
    for part in leaving.draft.rows("DEMANDS"):
        split[part.words[0]].append(part)
    demands = np.nan_to_num(numbers(leaving.extract.nodes, "demand_lps"))
    for element, row, line in found:
        if node_section(model.nodes.kinds[element]) != "JUNCTIONS":
            continue
        parts = split.get(leaving.node_ids[row])
        if not parts:
            put_number(leaving, line, 2, demands[row], model.units.lps)
            continue
        before = model.nodes.demand[element] or 0.0
        for number, part in enumerate(parts):
            share = float(part.words[1]) * demands[row] / before if before else (0.0, demands[row] / model.units.lps)[number == 0]
            leaving.draft.put_words(part.number, {1: written(share)})


def _revise_links(kept: Kept, leaving: Leaving, model: Model) -> None:
    columns = ("kind", "diameter_mm", "length", "roughness", "minor_loss", "state", "setting")
    now = {name: numbers(leaving.extract.pipes, name) for name in columns[1:5] + columns[6:]}
    kinds, states = words(leaving.extract.pipes, "kind"), words(leaving.extract.pipes, "state")
    status = defaultdict(list)
    for line_ in leaving.draft.rows("STATUS"):
        status[line_.words[0]].append(line_.number)
    for element, row, line in _lines_of(kept, leaving, "pipe", *columns):
        values = {name: float(column[row]) for name, column in now.items()}
        section = link_section(kinds[row])
        closed = states[row] == _CLOSED
        if section == "PIPES":
            _put_pipe(
                leaving, model, line, values, "CV" if kinds[row] == PipeKind.CHECK_VALVE else "Closed" if closed else "Open"
            )
        elif section != "PUMPS":
            _put_valve(leaving, model, line, values, kinds[row])
        came = (model.links.state[element], model.links.setting[element])
        if came == (states[row] or None, _or_none(values["setting"])) and model.links.kinds[element] == kinds[row]:
            continue
        for number in status.get(leaving.pipe_ids[row], ()):
            leaving.draft.drop(number)
        if section != "PIPES":
            _put_status(leaving, row, section, values["setting"], closed=closed)


def _put_pipe(leaving: Leaving, model: Model, line: int, values: dict[str, float], status: str) -> None:
    units = model.units
    row = leaving.draft.row(line)
    factors = {"length": units.metre, "diameter_mm": units.mm, "roughness": units.roughness}
    at = dict(zip(factors, (3, 4, 5), strict=True))
    parts = [*row.words[:3]]
    for name, factor in factors.items():
        old = row.words[at[name]] if row.words[at[name] :] else ""
        parts.append(_number(values[name], factor, old))
    old = next((word for word in row.words[6:7] if word.upper() not in {"OPEN", "CLOSED", "CV"}), "0")
    parts += [_number(values["minor_loss"], 1.0, old), status]
    leaving.draft.put_line(line, parts, row.comment)


def _put_valve(leaving: Leaving, model: Model, line: int, values: dict[str, float], kind: str) -> None:
    row = leaving.draft.row(line)
    parts = [*row.words, *["0"] * 7][:7]
    parts[3] = _number(values["diameter_mm"], model.units.mm, parts[3])
    if kind != PipeKind.GPV:
        parts[5] = _number(values["setting"], setting_factor(model, kind), parts[5])
    parts[6] = _number(values["minor_loss"], 1.0, parts[6])
    leaving.draft.put_line(line, [*parts, *row.words[7:]], row.comment)


def _put_status(leaving: Leaving, row: int, section: str, setting: float, *, closed: bool) -> None:
    if closed:
        leaving.draft.add("STATUS", (leaving.pipe_ids[row], "Closed"))
    elif section == "PUMPS" and np.isfinite(setting):
        leaving.draft.add("STATUS", (leaving.pipe_ids[row], written(setting)))


def _number(value: float, factor: float, old: str) -> str:
    """Return a number of the survey in the units of the file; as it stood where it is the same, or where it is not known."""
    before = number_of(old) if old else None
    if not np.isfinite(value) or (before is not None and before * factor == value):
        return old or "0"
    return written(value, factor)


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None
