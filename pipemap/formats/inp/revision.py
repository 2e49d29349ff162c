"""What every kept model has in common when it goes out again: ids, ends, places, bends and notes that changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.inp.choice import words
from pipemap.formats.inp.kept import Matched, differing, moved_courses
from pipemap.formats.inp.numbers import written
from pipemap.formats.inp.references import Fate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.inp.elements import InpModel
    from pipemap.formats.inp.leaving import Leaving
    from pipemap.model.delivery import Lines
    from pipemap.model.fields import Layer


@dataclass(frozen=True, slots=True)
class Kept:
    """A model as it came, and the rows of the extract that its elements are now."""

    model: InpModel
    nodes: pa.Table
    pipes: pa.Table
    lines: Lines
    matched: Matched

    def changed(self, leaving: Leaving, layer: str, *names: str) -> dict[str, NDArray[np.bool_]]:
        """Say for each column, a value an element of the model, whether the survey holds something else now."""
        if layer == "node":
            return differing(self.nodes, leaving.extract.nodes, self.matched.nodes, names)
        return differing(self.pipes, leaving.extract.pipes, self.matched.pipes, names)


def without_stranded(kept: Kept, leaving: Leaving) -> None:
    """Let go of nodes that had a pipe in the model and have none that goes out."""
    count = len(kept.matched.nodes)
    before = np.zeros(count, dtype=bool)
    for name in ("from_fid", "to_fid"):
        before[kept.pipes[name].to_numpy()] = True
    met = np.zeros(leaving.extract.nodes.num_rows, dtype=bool)
    met[leaving.extract.ends()[leaving.choice.pipes].ravel()] = True
    rows = kept.matched.nodes
    stranded = (rows >= 0) & before & ~met[np.maximum(rows, 0)] if len(met) else np.zeros(count, dtype=bool)
    leaving.fresh_nodes[rows[stranded]] = False
    leaving.choice.nodes[rows[stranded]] = False
    leaving.losses.add("lone-node", count=int(stranded.sum()), layer="node")
    rows[stranded] = -1


def leave_remarks(kept: Kept, leaving: Leaving) -> None:
    """Leave remarks out where something of the model does not go out: they may speak of it, and it may be secret."""
    if (kept.matched.nodes < 0).any() or (kept.matched.pipes < 0).any():
        leaving.losses.add("remarks", count=leaving.draft.drop_remarks())


def name_kept(kept: Kept, leaving: Leaving, fate: Fate) -> None:
    """Give what is still there its id, and say what became of every id of the model."""
    columns, rows, names, known = kept.model.nodes, kept.matched.nodes, leaving.node_ids, leaving.known_nodes
    for id_, row in zip(columns.ids, rows.tolist(), strict=True):
        if row >= 0:
            names[row] = known.keep(id_)
            if names[row] != id_:
                leaving.losses.add("id-changed", f"{id_} → {names[row]}", layer="node")
        fate.put("node", id_, names[row] if row >= 0 else None)
    for id_, row in zip(kept.model.links.ids, kept.matched.pipes.tolist(), strict=True):
        if row >= 0:
            leaving.pipe_ids[row] = leaving.known_pipes.keep(id_)
            if leaving.pipe_ids[row] != id_:
                leaving.losses.add("id-changed", f"{id_} → {leaving.pipe_ids[row]}", layer="pipe")
        fate.put("pipe", id_, leaving.pipe_ids[row] if row >= 0 else None)


def settle_definitions(
    kept: Kept, leaving: Leaving, stays_node: Callable[[int, int], bool], stays_pipe: Callable[[int, int], bool]
) -> None:
    """Drop the lines of what is gone or is something else now; put new ids and ends in those of the rest.

    ``stays_node`` and ``stays_pipe`` get the element of the model and the row of the extract.
    """
    draft, model = leaving.draft, kept.model
    for element, row in enumerate(kept.matched.nodes.tolist()):
        line = model.nodes.lines[element]
        if line is None:
            continue
        if row < 0 or not stays_node(element, row):
            draft.drop(line)
            continue
        leaving.fresh_nodes[row] = False
        if leaving.node_ids[row] != model.nodes.ids[element]:
            draft.put_words(line, {0: leaving.node_ids[row]})
    ends = leaving.extract.ends().tolist()
    for element, row in enumerate(kept.matched.pipes.tolist()):
        line = model.links.lines[element]
        if row < 0 or not stays_pipe(element, row):
            draft.drop(line)
            continue
        leaving.fresh_pipes[row] = False
        names = (leaving.pipe_ids[row], *(leaving.node_ids[end] for end in ends[row]))
        came = (model.links.ids[element], model.links.from_nodes[element], model.links.to_nodes[element])
        if names != came:
            draft.put_words(
                line,
                {
                    i: new
                    for i, (new, old) in enumerate(zip(names, came, strict=True))
                    if new != old and not _same(model, i, new, old)
                },
            )


def _same(model: InpModel, index: int, new: str, old: str) -> bool:
    """Whether two names mean one thing to the program (SWMM does not tell ``a`` from ``A``)."""
    names = model.nodes.names if index else model.links.names
    return names.first(new) is not None and names.first(new) == names.first(old)


def forget(leaving: Leaving, *, nodes: Sequence[str], pipes: Sequence[str]) -> None:
    """Drop, from some sections, the lines about elements of the model that are to be written anew."""
    for sections, fresh, own, ids in (
        (nodes, leaving.fresh_nodes, leaving.choice.own_nodes, leaving.node_ids),
        (pipes, leaving.fresh_pipes, leaving.choice.own_pipes, leaving.pipe_ids),
    ):
        names = {ids[row] for row in np.flatnonzero(fresh & own).tolist() if ids[row]}
        for section in sections:
            _drop_rows(leaving, section, names)


def revise_places(kept: Kept, leaving: Leaving) -> None:
    """Write the new places of nodes that were moved, and the new bends of pipes that run another way."""
    changed = kept.changed(leaving, "node", "x", "y")
    moved = np.flatnonzero(changed["x"] | changed["y"]).tolist()
    rows = [int(kept.matched.nodes[element]) for element in moved]
    _drop_rows(leaving, "COORDINATES", {leaving.node_ids[row] for row in rows})
    leaving.add_places(rows)
    bent = kept.matched.pipes[moved_courses(kept.lines, leaving.extract.lines, kept.matched.pipes)].tolist()
    _drop_rows(leaving, "VERTICES", {leaving.pipe_ids[row] for row in bent})
    leaving.add_bends(bent)


def _drop_rows(leaving: Leaving, section: str, names: set[str]) -> None:
    if not names:
        return
    folded = {name.upper() for name in names}
    for row in list(leaving.draft.rows(section)):
        if row.words[0] in names or (leaving.known_nodes.ignores_case and row.words[0].upper() in folded):
            leaving.draft.drop(row.number)


def changed_notes(kept: Kept, leaving: Leaving, layer: Layer) -> list[tuple[int, str]]:
    """Return the elements of the model whose note is another one now, and that note; empty where notes do not go along."""
    rows = kept.matched.nodes if layer == "node" else kept.matched.pipes
    changed = kept.changed(leaving, layer, "note")["note"]
    if not leaving.takes_notes(layer):
        came = words(kept.nodes if layer == "node" else kept.pipes, "note")
        changed = (rows >= 0) & np.array([bool(note) for note in came], dtype=bool)
    notes = leaving.notes(layer) if changed.any() else []
    return [(element, notes[int(rows[element])]) for element in np.flatnonzero(changed).tolist()]


def put_number(leaving: Leaving, line: int, index: int, value: float | None, factor: float = 1.0) -> None:
    """Put a number of the survey into a line, in the units of the file; an unknown one leaves the line as it is."""
    if value is not None and np.isfinite(value):
        leaving.draft.put_words(line, {index: written(value, factor)})
