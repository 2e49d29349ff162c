"""Elements that have no line in a kept model yet: manholes, outfalls, conduits and devices as SWMM has them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.formats.inp.choice import numbers, words
from pipemap.formats.inp.levels import end_levels, spread
from pipemap.formats.inp.numbers import written
from pipemap.formats.inp.supplied import known_lengths, known_roughness
from pipemap.formats.swmm.revised import close_by_rule, link_section, node_section
from pipemap.formats.swmm.sections import has_size, section_words
from pipemap.progress import told_every

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.formats.inp.leaving import Leaving
    from pipemap.formats.swmm.elements import Model

_MM = 1000.0
_DN300 = 300.0
_DISCHARGE = "0.65"
_DIGITS = 6


def add_fresh(leaving: Leaving, model: Model, kept_bottoms: NDArray[np.float64]) -> None:
    """Write the lines of everything that has none.

    ``kept_bottoms`` are the bottoms of nodes that have a line, metres, one a row of the extract, NaN of the others.
    """
    levels = end_levels(leaving.extract, "invert")
    leaving.told()
    bottoms = _bottoms(leaving, levels, kept_bottoms)
    leaving.told()
    outfalls = _split_outfalls(leaving)
    _add_nodes(leaving, model, bottoms, outfalls)
    _add_links(leaving, model, levels, bottoms)
    _add_tags(leaving, model)


def _bottoms(leaving: Leaving, levels: NDArray[np.float64], kept: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bottom of each node: as measured, else its lowest pipe end, else that of the nearest node that has one."""
    nodes, fresh, losses = leaving.extract.nodes, leaving.fresh_nodes, leaving.losses
    measured = numbers(nodes, "ground") - numbers(nodes, "chamber_depth")
    lowest = np.full(nodes.num_rows, np.inf)
    known = np.isfinite(levels)
    np.minimum.at(lowest, leaving.extract.ends()[known], levels[known])
    found = np.where(np.isfinite(kept), kept, measured)
    by_pipes = ~np.isfinite(found) & np.isfinite(lowest)
    losses.add("invert-of-pipes", count=int((fresh & by_pipes).sum()), layer="node")
    found = np.where(by_pipes, lowest, found)
    missing = ~np.isfinite(found)
    found = spread(found, leaving.extract.ends()[leaving.choice.pipes])
    lost = ~np.isfinite(found)
    for rule, mask in (("no-invert", fresh & missing & ~lost), ("no-invert-at-all", fresh & lost)):
        losses.add_all(rule, (leaving.node_ids[row] for row in np.flatnonzero(mask).tolist()), layer="node")
    return np.nan_to_num(found).round(_DIGITS)


def _split_outfalls(leaving: Leaving) -> dict[int, str]:
    """Return the outfalls that more than one pipe meets, and the id of the outfall behind each."""
    kinds = words(leaving.extract.nodes, "kind")
    met = Counter(leaving.extract.ends()[leaving.choice.pipes].ravel().tolist())
    rows = [row for row in np.flatnonzero(leaving.fresh_nodes).tolist() if kinds[row] == NodeKind.OUTFALL and met[row] > 1]
    leaving.losses.add_all("outfall-split", (leaving.node_ids[row] for row in rows), layer="node")
    return {row: leaving.known_nodes.legal(f"{leaving.node_ids[row]}~2") for row in rows}


def _add_nodes(leaving: Leaving, model: Model, bottoms: NDArray[np.float64], outfalls: dict[int, str]) -> None:
    nodes, metre = leaving.extract.nodes, model.units.metre
    kinds, notes = words(nodes, "kind"), leaving.remarks("node")
    ground, chamber = numbers(nodes, "ground"), numbers(nodes, "chamber_depth")
    for row in np.flatnonzero(leaving.fresh_nodes).tolist():
        name, bottom = leaving.node_ids[row], float(bottoms[row])
        section = node_section(kinds[row])
        if section == "OUTFALLS" and row not in outfalls:
            leaving.draft.add(section, (name, written(bottom, metre), "FREE", "NO"), notes[row])
            continue
        leaving.losses.add("storage-as-junction", name, count=int(section == "STORAGE"), layer="node")
        leaving.losses.add("placeholder", name, count=int(kinds[row] == NodeKind.PLACEHOLDER), layer="node")
        depth = float(ground[row]) - bottom if np.isfinite(ground[row]) else float(chamber[row])
        leaving.losses.add("no-depth", name, count=int(not np.isfinite(depth)), layer="node")
        deep = written(max(round(depth, _DIGITS), 0.0) if np.isfinite(depth) else 0.0, metre)
        leaving.draft.add("JUNCTIONS", (name, written(bottom, metre), deep, "0", "0", "0"), notes[row])
    leaving.add_places(np.flatnonzero(leaving.fresh_nodes).tolist())
    for row, behind in outfalls.items():
        link = leaving.known_pipes.legal(behind)
        level = written(float(bottoms[row]), metre)
        leaving.draft.add("OUTFALLS", (behind, level, "FREE", "NO"))
        offset = level if model.absolute else "0"
        leaving.draft.add("CONDUITS", (link, leaving.node_ids[row], behind, "1", "0.01", offset, offset, "0", "0"))
        leaving.draft.add("XSECTIONS", (link, "DUMMY", "0", "0", "0", "0", "1"))


def _add_links(leaving: Leaving, model: Model, levels: NDArray[np.float64], bottoms: NDArray[np.float64]) -> None:
    pipes = leaving.extract.pipes
    kinds, states, flows = (words(pipes, name) for name in ("kind", "state", "flow"))
    notes = leaving.remarks("pipe")
    leaving.told()
    length = known_lengths(leaving)
    leaving.told()
    rough = known_roughness(leaving, "manning")
    leaving.told()
    minor = np.nan_to_num(numbers(pipes, "minor_loss"))
    offsets = _offsets(leaving, model, levels, bottoms)
    sizes = _sizes(leaving, model)
    ends = leaving.extract.ends().tolist()
    for row in np.flatnonzero(leaving.fresh_pipes).tolist():
        name, section = leaving.pipe_ids[row], link_section(kinds[row])
        backwards = flows[row] == "-"
        leaving.losses.add("reversed", count=int(backwards), layer="pipe")
        order = slice(None, None, -1) if backwards else slice(None)
        first, second = (leaving.node_ids[end] for end in ends[row][order])
        if section == "PUMPS":
            leaving.losses.add("ideal-pump", name, layer="pipe")
            status = "OFF" if states[row] == "closed" else "ON"
            leaving.draft.add(section, (name, first, second, "*", status, "0", "0"), notes[row])
        elif section != "CONDUITS":
            leaving.losses.add("usual-orifice", name, layer="pipe")
            words_ = (name, first, second, "SIDE", offsets[row][order][0], _DISCHARGE, "NO", "0")
            leaving.draft.add("ORIFICES", words_, notes[row])
            leaving.draft.add("XSECTIONS", _orifice(leaving, row, sizes[row]))
        else:
            long = written(float(length[row]), model.units.metre)
            put = (name, first, second, long, written(float(rough[row])), *offsets[row][order], "0", "0")
            leaving.draft.add(section, put, notes[row])
            leaving.draft.add("XSECTIONS", sizes[row])
            _add_losses(leaving, row, float(minor[row]), kinds[row])
        if states[row] == "closed" and section != "PUMPS":
            close_by_rule(leaving, row, "CONDUITS" if section == "CONDUITS" else "ORIFICES")
        _add_bends(leaving, row, backwards=backwards)


def _orifice(leaving: Leaving, row: int, size: tuple[str, ...]) -> tuple[str, ...]:
    return size if size[1] in {"CIRCULAR", "RECT_CLOSED"} else (leaving.pipe_ids[row], "CIRCULAR", size[2], "0", "0", "0")


def _add_losses(leaving: Leaving, row: int, minor: float, kind: str) -> None:
    if minor or kind == PipeKind.CHECK_VALVE:
        gate = "YES" if kind == PipeKind.CHECK_VALVE else "NO"
        leaving.draft.add("LOSSES", (leaving.pipe_ids[row], "0", "0", written(minor), gate))


def _add_bends(leaving: Leaving, row: int, *, backwards: bool) -> None:
    inner = leaving.extract.lines[row][1:-1, :2]
    for east, north in (inner[::-1] if backwards else inner).tolist():
        leaving.draft.add("VERTICES", (leaving.pipe_ids[row], written(east), written(north)))


def _offsets(leaving: Leaving, model: Model, levels: NDArray[np.float64], bottoms: NDArray[np.float64]) -> list[tuple[str, ...]]:
    """Return both offsets of each pipe as the file has them: levels, or heights above the bottom of the node."""
    at = bottoms[leaving.extract.ends()]
    fresh = leaving.fresh_pipes[:, None]
    unknown = ~np.isfinite(levels)
    leaving.losses.add("no-end-level", count=int((fresh & unknown).sum()), layer="pipe")
    levels = np.where(unknown, at, levels).round(_DIGITS)
    below = fresh & (levels < at - 1e-6)
    names = (leaving.pipe_ids[row] for row in np.flatnonzero(below.any(axis=1)).tolist())
    leaving.losses.add_all("below-node", names, layer="pipe")
    levels = np.maximum(levels, at)
    values = levels if model.absolute else (levels - at).round(_DIGITS)
    pairs = told_every(values.tolist(), leaving.told)
    return [tuple(written(value, model.units.metre) for value in pair) for pair in pairs]


def _sizes(leaving: Leaving, model: Model) -> dict[int, tuple[str, ...]]:
    """Return the line of the cross-section of each new pipe; where there is no size, that of a neighbour."""
    factor = model.units.metre * _MM
    rows = np.flatnonzero(leaving.fresh_pipes)
    known = has_size(leaving)
    found = {row: section_words(leaving, row, factor) for row in told_every(rows[known[rows]].tolist(), leaving.told)}
    ends, count = leaving.extract.ends(), leaving.extract.nodes.num_rows
    source = np.full(count, np.nan)
    for side in (0, 1):
        source[ends[known & leaving.choice.pipes, side]] = np.flatnonzero(known & leaving.choice.pipes)
    leaving.told()
    near = spread(source, ends[leaving.choice.pipes])
    for row in rows[~known[rows]].tolist():
        name, beside = leaving.pipe_ids[row], near[ends[row]]
        if np.isfinite(beside).any():
            leaving.losses.add("no-size", name, layer="pipe")
            found[row] = (name, *section_words(leaving, int(beside[np.isfinite(beside)][0]), factor)[1:])
        else:
            leaving.losses.add("no-size-at-all", name, layer="pipe")
            found[row] = (name, "CIRCULAR", written(_DN300, factor), "0", "0", "0", "1")
    return found


def _add_tags(leaving: Leaving, model: Model) -> None:
    """Tag what is of another category than the title speaks of, so that it is the same when the file is read."""
    for table, kind, fresh, ids in (
        (leaving.extract.nodes, "Node", leaving.fresh_nodes, leaving.node_ids),
        (leaving.extract.pipes, "Link", leaving.fresh_pipes, leaving.pipe_ids),
    ):
        codes = words(table, "category")
        for row in np.flatnonzero(fresh).tolist():
            if codes[row] and codes[row] != model.category:
                leaving.draft.add("TAGS", (kind, ids[row], codes[row]))
