"""Branches that end a network: services, gullies, house drains; as many of them are built as the town may have pipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.sample.sheet import Bools, Floats, Ints, Sheet, Value, Words

if TYPE_CHECKING:
    from pipemap.sample.town import Town


@dataclass(frozen=True, slots=True)
class Leaves:
    """Branches that could be built: one node and one pipe each, joined to the node row ``parent``.

    ``inward`` says that the pipe is drawn towards the main; ``weight`` how much likelier than others it is built; with
    ``first`` at least one always is.
    """

    parent: Ints
    place: Floats
    ground_cm: Ints
    nodes: Mapping[str, Value]
    pipes: Mapping[str, Value]
    inward: bool = False
    weight: float = 1.0
    first: bool = False

    def __len__(self) -> int:
        return len(self.parent)


def build_leaves(sheet: Sheet, sets: Sequence[Leaves], wanted: int, rng: np.random.Generator) -> None:
    """Build ``wanted`` of the branches, or all of them when there are fewer."""
    sets = [leaves for leaves in sets if len(leaves)]
    if not sets or wanted <= 0:
        return
    priorities = []
    for leaves in sets:
        priority = rng.random(len(leaves)) / leaves.weight
        if leaves.first:
            priority[int(np.argmin(priority))] = -1.0
        priorities.append(priority)
    whole = np.concatenate(priorities)
    order = np.argsort(whole, kind="stable")[:wanted]
    chosen = np.zeros(len(whole), dtype=np.bool_)
    chosen[order] = True
    at = 0
    for leaves in sets:
        _build(sheet, leaves, chosen[at : at + len(leaves)])
        at += len(leaves)


def _build(sheet: Sheet, leaves: Leaves, chosen: Bools) -> None:
    if not chosen.any():
        return
    ends = sheet.add_nodes(leaves.place[chosen], leaves.ground_cm[chosen], _pick(leaves.nodes, chosen))
    parents = leaves.parent[chosen]
    start, end = (ends, parents) if leaves.inward else (parents, ends)
    sheet.add_pipes(start, end, _pick(leaves.pipes, chosen))


def _pick(values: Mapping[str, Value], chosen: Bools) -> dict[str, Value]:
    return {name: value[chosen] if isinstance(value, np.ndarray | Words) else value for name, value in values.items()}


def split_longest(town: Town, wanted: int) -> None:
    """Put a point into the middle of the ``wanted`` longest mains: in a hamlet there is little else to add."""
    pipes, nodes = town.sheet.pipes, town.sheet.nodes
    start, end = pipes.integers("start"), pipes.integers("end")
    place = np.column_stack([nodes.numbers("u"), nodes.numbers("v")])
    length = np.hypot(*(place[end] - place[start]).T)
    whole = pipes.words("utility").is_in("water", "gas", "light", "power", "telecom") & (pipes.words("kind").codes < 0)
    rows = np.argsort(-np.where(whole, length, 0.0), kind="stable")[:wanted]
    rows = rows[whole[rows]]
    middle = (place[start[rows]] + place[end[rows]]) / 2
    ground = town.terrain.ground_cm(middle)
    edge = pipes.integers("edge")[rows]
    named: dict[str, Value] = {"edge": edge, "utility": pipes.words("utility")[rows], "category": pipes.words("category")[rows]}
    added = town.sheet.add_nodes(middle, ground, {**named, "feature": "直线点"})
    depth = np.round((pipes.numbers("from_depth")[rows] + pipes.numbers("to_depth")[rows]) / 2, 2)
    copies = pipes.add_copies(rows)
    for name, at, value in (
        ("end", rows, added),
        ("start", copies, added),
        ("to_depth", rows, depth),
        ("from_depth", copies, depth),
    ):
        pipes.put(name, at, value)
