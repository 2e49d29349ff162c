"""A SWMM model that was kept goes out again: every line as it came, but for what changed in the survey since."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.formats.inp.choice import numbers, words
from pipemap.formats.inp.kept import match
from pipemap.formats.inp.levels import end_levels
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
from pipemap.formats.swmm.elements import divider_depth, read_links, read_nodes
from pipemap.formats.swmm.reader import join_network, open_model
from pipemap.formats.swmm.references import diverts_to_lost, settle
from pipemap.formats.swmm.sections import revise_sections
from pipemap.model.fields import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from pipemap.formats.inp.elements import LinkColumns, NodeColumns
    from pipemap.formats.inp.leaving import Leaving
    from pipemap.formats.inp.text import InpText, Row
    from pipemap.formats.swmm.elements import Model

_SAME = 2e-6
"""Metres: levels of a survey are sums, rounded to a micrometre."""
_OFFSETS = {"CONDUITS": (5, 6), "ORIFICES": (4,), "WEIRS": (4,), "OUTLETS": (3,)}
_NODES: dict[str, str] = {NodeKind.OUTFALL: "OUTFALLS", NodeKind.STORAGE: "STORAGE"}
_DEVICES: dict[str, str] = {
    PipeKind.PUMP: "PUMPS",
    PipeKind.ORIFICE: "ORIFICES",
    PipeKind.WEIR: "WEIRS",
    PipeKind.OUTLET: "OUTLETS",
}


def open_kept(text: InpText) -> Model:
    """Read the elements of a kept model."""
    model = open_model(text)
    read_nodes(model)
    read_links(model)
    return model


def revise(leaving: Leaving, model: Model) -> NDArray[np.float64]:
    """Bring the kept lines up to what the survey holds now; what has no line stays to be written.

    Returns the level of the bottom of each node that has a line, NaN of the others; metres, one a row of the extract.
    """
    nodes, pipes, lines = join_network(model)
    kept = Kept(model, nodes, pipes, lines, match(nodes, pipes, leaving.extract, leaving.choice))
    without_stranded(kept, leaving)
    fate = Fate(ignore_case=True)
    name_kept(kept, leaving, fate)
    settle(leaving.draft, fate, leaving.losses)
    _settle_definitions(kept, leaving, fate)
    leave_remarks(kept, leaving)
    forget(leaving, nodes=("COORDINATES",), pipes=("VERTICES", "XSECTIONS", "LOSSES"))
    revise_places(kept, leaving)
    bottoms, moved = _revise_bottoms(kept, leaving, model)
    _revise_offsets(kept, leaving, model, bottoms, moved)
    _revise_conduits(kept, leaving, model)
    revise_sections(kept, leaving, model)
    _revise_losses(kept, leaving)
    _revise_pumps(kept, leaving)
    _revise_words(kept, leaving, model)
    return bottoms


def node_section(kind: str) -> str:
    """Return the section that a node of a kind stands in; a kind that nobody knows is a junction."""
    return _NODES.get(kind, "JUNCTIONS")


def link_section(kind: str) -> str:
    """Return the section that a link of a kind stands in; a kind that nobody knows is a conduit."""
    return _DEVICES.get(kind, "CONDUITS")


def _settle_definitions(kept: Kept, leaving: Leaving, fate: Fate) -> None:
    node_kinds, pipe_kinds = words(leaving.extract.nodes, "kind"), words(leaving.extract.pipes, "kind")
    came_nodes, came_pipes = kept.model.nodes.kinds, kept.model.links.kinds
    undone = {row.number: row.words[0] for row in leaving.draft.rows("DIVIDERS") if diverts_to_lost(row, fate)}
    dividers = {row.number: row for row in leaving.draft.rows("DIVIDERS")}

    def stays_node(element: int, row: int) -> bool:
        line = kept.model.nodes.lines[element]
        if line in undone:
            leaving.losses.add("divider", undone[line], layer="node")
        return line not in undone and node_section(node_kinds[row]) == node_section(came_nodes[element])

    def stays_pipe(element: int, row: int) -> bool:
        return link_section(pipe_kinds[row]) == link_section(came_pipes[element])

    settle_definitions(kept, leaving, stays_node, stays_pipe)
    for number, row in dividers.items():
        new = fate.changed("pipe", row.words[2]) if row.words[2:] and not leaving.draft.is_dropped(number) else None
        if new is not None:
            leaving.draft.put_words(number, {2: new})


def _revise_bottoms(kept: Kept, leaving: Leaving, model: Model) -> tuple[NDArray[np.float64], set[int]]:
    """Put changed inverts and depths; return the bottom of each node of the extract, and the rows whose bottom moved."""
    ground, depth = (numbers(leaving.extract.nodes, name) for name in ("ground", "chamber_depth"))
    bottoms = np.full(len(ground), np.nan)
    moved: set[int] = set()
    changed = kept.changed(leaving, "node", "ground", "chamber_depth")
    touched = changed["ground"] | changed["chamber_depth"]
    dividers = {row.number: divider_depth(row) for row in leaving.draft.rows("DIVIDERS")}
    outfalls = {row.number for row in leaving.draft.rows("OUTFALLS")}
    for element, row in enumerate(kept.matched.nodes.tolist()):
        line, level = model.nodes.lines[element], model.nodes.level[element]
        if row < 0 or line is None or leaving.draft.is_dropped(line):
            continue
        bottom = np.nan if level is None else level
        if touched[element]:
            new = ground[row] - depth[row] if np.isfinite(ground[row] - depth[row]) else bottom
            if not abs(new - bottom) <= _SAME and np.isfinite(new):
                put_number(leaving, line, 1, round(new, 6), model.units.metre)
                moved.add(row)
                bottom = round(new, 6)
            at = None if line in outfalls else dividers.get(line, 2)
            deep = depth[row] if np.isfinite(depth[row]) else ground[row] - bottom
            if at is not None and abs(deep - model.nodes.depth.get(element, 0.0)) > _SAME:
                put_number(leaving, line, at, round(float(deep), 6), model.units.metre)
        bottoms[row] = bottom
    return bottoms, moved


def _revise_offsets(kept: Kept, leaving: Leaving, model: Model, bottoms: NDArray[np.float64], moved: set[int]) -> None:
    """Put the offsets of ends whose level changed, or whose node's bottom did where offsets are depths."""
    changed = kept.changed(leaving, "pipe", "from_level", "to_level")
    levels, ends = end_levels(leaving.extract, "invert"), leaving.extract.ends()
    for element, row, line in _elements(kept, leaving):
        columns = _OFFSETS.get(link_section(model.links.kinds[element]), ())
        for side, (column, name) in enumerate(zip(columns, ("from_level", "to_level"), strict=False)):
            node = int(ends[row, side])
            if not changed[name][element] and (model.absolute or node not in moved):
                continue
            offset = levels[row, side] - (0.0 if model.absolute else bottoms[node])
            if not np.isfinite(offset):
                continue
            if levels[row, side] < bottoms[node] - _SAME:
                leaving.losses.add("below-node", leaving.pipe_ids[row], layer="pipe")
                offset = bottoms[node] if model.absolute else 0.0
            _put_offset(leaving, line, column, round(float(offset), 6), model.units.metre)


def _put_offset(leaving: Leaving, line: int, column: int, offset: float, metre: float) -> None:
    """Put an offset into a line, which may be too short to have its column, unless it says the same already."""
    before = next((number_of(word) for word in leaving.draft.row(line).words[column : column + 1]), None)
    if before is not None and abs(before * metre - offset) <= _SAME:
        return
    missing = dict.fromkeys(range(len(leaving.draft.row(line).words), column), "0")
    leaving.draft.put_words(line, missing | {column: written(offset, metre)})


def _elements(kept: Kept, leaving: Leaving, *columns: str) -> Iterator[tuple[int, int, int]]:
    """Yield element, row and line of the links that have their line; where columns are named, of those that differ in one."""
    rows = kept.matched.pipes
    chosen = np.any(list(kept.changed(leaving, "pipe", *columns).values()), axis=0) if columns else rows >= 0
    for element in np.flatnonzero(chosen).tolist():
        line = kept.model.links.lines[element]
        if not leaving.draft.is_dropped(line):
            yield element, int(rows[element]), line


def _revise_conduits(kept: Kept, leaving: Leaving, model: Model) -> None:
    length, rough = (numbers(leaving.extract.pipes, name) for name in ("length", "roughness"))
    changed = kept.changed(leaving, "pipe", "length", "roughness")
    for element, row, line in _elements(kept, leaving, "length", "roughness"):
        if link_section(model.links.kinds[element]) != "CONDUITS":
            continue
        if changed["length"][element]:
            put_number(leaving, line, 3, length[row], model.units.metre)
        if changed["roughness"][element] and model.links.pressurised.get(element) is None:
            put_number(leaving, line, 4, rough[row])


def _revise_losses(kept: Kept, leaving: Leaving) -> None:
    found = list(_elements(kept, leaving, "minor_loss"))
    if not found:
        return
    lines = {row.words[0].upper(): row for row in leaving.draft.rows("LOSSES")}
    minor = np.nan_to_num(numbers(leaving.extract.pipes, "minor_loss"))
    for _element, row, _line in found:
        old = lines.get(leaving.pipe_ids[row].upper())
        value = written(float(minor[row]))
        if old is not None:
            leaving.draft.put_words(old.number, {1: "0", 2: "0", 3: value})
        else:
            leaving.draft.add("LOSSES", (leaving.pipe_ids[row], "0", "0", value, "NO"))


def _revise_pumps(kept: Kept, leaving: Leaving) -> None:
    states, kinds = words(leaving.extract.pipes, "state"), words(leaving.extract.pipes, "kind")
    for _element, row, line in _elements(kept, leaving, "state"):
        if kinds[row] == PipeKind.PUMP:
            leaving.draft.put_words(line, {4: "ON" if states[row] == "open" else "OFF"})
        elif states[row] == "closed":
            close_by_rule(leaving, row, link_section(kinds[row]))


def close_by_rule(leaving: Leaving, row: int, section: str) -> None:
    """Close a link for good: SWMM has control rules for that, and nothing else."""
    name = leaving.pipe_ids[row]
    leaving.losses.add("closed-by-rule", name, layer="pipe")
    for line in (("RULE", f"closed_{name}"), ("IF", "SIMULATION", "TIME", ">=", "0")):
        leaving.draft.add("CONTROLS", line)
    what = ("CONDUIT", name, "STATUS", "=", "CLOSED") if section == "CONDUITS" else (section[:-1], name, "SETTING", "=", "0")
    leaving.draft.add("CONTROLS", ("THEN", *what))


def _revise_words(kept: Kept, leaving: Leaving, model: Model) -> None:
    """Put changed notes above their elements and changed categories into the tags."""
    tags = defaultdict(list)
    for tag in leaving.draft.rows("TAGS"):
        if tag.words[2:]:
            tags[tag.words[0].upper(), tag.words[1].upper()].append(tag)
    columns: tuple[NodeColumns | LinkColumns, ...] = (model.nodes, model.links)
    for layer, kind, elements, ids in zip(LAYERS, ("NODE", "LINK"), columns, (leaving.node_ids, leaving.pipe_ids), strict=True):
        rows = kept.matched.nodes if layer == "node" else kept.matched.pipes
        for element, note in changed_notes(kept, leaving, layer):
            line, name = elements.lines[element], ids[int(rows[element])]
            if line is not None and not leaving.draft.is_dropped(line):
                own = _without_tags(leaving, tags[kind, name.upper()], note, elements.notes[element] or "")
                leaving.draft.describe(line, own)
        table = leaving.extract.nodes if layer == "node" else leaving.extract.pipes
        codes = words(table, "category")
        for element in np.flatnonzero(kept.changed(leaving, layer, "category")["category"]).tolist():
            row = int(rows[element])
            if codes[row]:
                leaving.draft.add("TAGS", (kind.title(), ids[row], codes[row]))


def _without_tags(leaving: Leaving, tags: Sequence[Row], note: str, before: str) -> str:
    """Return what of a note is not said by tags that are kept; a tag that the note says no more is left out."""
    for tag in tags:
        said = " ".join(tag.words[2:])
        if note.endswith(said):
            note = note.removesuffix(said).removesuffix("; ")
        elif said in before:
            leaving.draft.drop(tag.number)
    return note
