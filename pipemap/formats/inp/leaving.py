"""A model file on its way out: what every step of writing works on, whichever program it is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import ReportError
from pipemap.formats.inp.choice import words
from pipemap.formats.inp.numbers import written
from pipemap.formats.inp.text import AFTER_END, HEADER
from pipemap.progress import told_every
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from pipemap.formats.inp.choice import Choice
    from pipemap.formats.inp.draft import Draft
    from pipemap.formats.inp.ids import LegalIds
    from pipemap.formats.losses import Losses
    from pipemap.formats.writing import WriteOptions
    from pipemap.model.extract import Extract
    from pipemap.model.fields import Layer


@dataclass(kw_only=True)
class Leaving:
    """An extract, the file that is made of it, and what could not be carried.

    Attributes
    ----------
    told
        Called every now and then; raises when the person asked to stop.
    node_ids, pipe_ids
        What each row of the extract is called in the file; empty for what does not go out.
    fresh_nodes, fresh_pipes
        bool, one a row of the extract: goes out and has no line in the kept model.
    """

    extract: Extract
    options: WriteOptions
    choice: Choice
    draft: Draft
    losses: Losses
    known_nodes: LegalIds
    known_pipes: LegalIds
    told: Callable[[], None]
    node_ids: list[str] = field(init=False)
    pipe_ids: list[str] = field(init=False)
    fresh_nodes: NDArray[np.bool_] = field(init=False)
    fresh_pipes: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.node_ids = [""] * self.extract.nodes.num_rows
        self.pipe_ids = [""] * self.extract.pipes.num_rows
        self.fresh_nodes, self.fresh_pipes = self.choice.nodes.copy(), self.choice.pipes.copy()

    def notes(self, layer: Layer) -> list[str]:
        """Return the note of each node or pipe, as far as notes were chosen to go along."""
        table = self.extract.nodes if layer == "node" else self.extract.pipes
        return words(table, "note") if self.takes_notes(layer) else [""] * table.num_rows

    def remarks(self, layer: Layer) -> list[str]:
        """Return what is written beside each new element: its id where the file has another one, and its note."""
        table, names = (self.extract.nodes, self.node_ids) if layer == "node" else (self.extract.pipes, self.pipe_ids)
        rows = zip(words(table, "id"), names, self.notes(layer), strict=True)
        return [note if not name or id_ == name else "; ".join(filter(None, (id_, note))) for id_, name, note in rows]

    def takes_notes(self, layer: Layer) -> bool:
        """Whether notes go along."""
        return "note" in self.options.fields.get(layer, ("note",))

    def name_fresh(self) -> None:
        """Give everything that has no id in the file one, in the order of the survey."""
        for table, layer, mask, names, known, letter in (
            (self.extract.nodes, "node", self.fresh_nodes, self.node_ids, self.known_nodes, "N"),
            (self.extract.pipes, "pipe", self.fresh_pipes, self.pipe_ids, self.known_pipes, "P"),
        ):
            ids, fids = words(table, "id"), table["fid"].to_pylist()
            for row in told_every(np.flatnonzero(mask).tolist(), self.told):
                if names[row]:
                    continue
                wanted = ids[row] or f"{letter}{fids[row]}"
                names[row] = known.legal(wanted)
                if names[row] != ids[row]:
                    self.losses.add(
                        "id-changed", f"{ids[row] or '–'} → {names[row]}", layer="node" if layer == "node" else "pipe"
                    )

    def add_places(self, rows: Iterable[int]) -> None:
        """Write where nodes are; a node without a place is counted."""
        x, y = (self.extract.nodes[name].to_pylist() for name in ("x", "y"))
        for row in rows:
            east, north = x[row], y[row]
            if east is None or north is None:
                self.losses.add("no-place", layer="node")
            else:
                self.draft.add("COORDINATES", (self.node_ids[row], written(east), written(north)))

    def add_bends(self, rows: Iterable[int]) -> None:
        """Write the vertices between the ends of pipes."""
        for row in told_every(rows, self.told):
            for east, north in self.extract.lines[row][1:-1, :2].tolist():
                self.draft.add("VERTICES", (self.pipe_ids[row], written(east), written(north)))

    def leave_loops(self) -> None:
        """Leave out new pipes that start and end at one node, which models refuse, and nodes that nothing meets then.

        Raises
        ------
        ReportError
            Nothing is left.
        """
        ends = self.extract.ends()
        loops = self.fresh_pipes & (ends[:, 0] == ends[:, 1])
        ids = words(self.extract.pipes, "id")
        self.losses.add_all("self-loop", (ids[row] or "–" for row in np.flatnonzero(loops).tolist()), layer="pipe")
        self.fresh_pipes &= ~loops
        self.choice.pipes[loops] = False
        met = np.zeros(len(self.fresh_nodes), dtype=bool)
        met[ends[self.choice.pipes].ravel()] = True
        alone = self.fresh_nodes & ~met
        self.losses.add("lone-node", count=int(alone.sum()), layer="node")
        self.fresh_nodes &= ~alone
        self.choice.nodes[alone] = False
        if not self.choice.nodes.any():
            raise ReportError(
                _("No pipe is left that a model could hold."), _("A model takes no pipe that starts and ends at one node.")
            )

    def count_parts(self, rule: str, anchors: Sequence[bool]) -> None:
        """Name one node of each part of the network that holds no anchor (a source, an outfall); one bool a node."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        count, ends = self.extract.nodes.num_rows, self.extract.ends()[self.choice.pipes]
        graph = coo_array((np.ones(len(ends), dtype=np.int8), (ends[:, 0], ends[:, 1])), shape=(count, count))
        _parts, label = connected_components(graph, directed=False)
        rows = np.flatnonzero(self.choice.nodes)
        held = set(label[rows[np.array(anchors, dtype=bool)[rows]]].tolist())
        first: dict[int, str] = {}
        for row, part in zip(rows.tolist(), label[rows].tolist(), strict=True):
            if part not in held:
                first.setdefault(part, self.node_ids[row])
        self.losses.add_all(rule, first.values(), layer="node")

    def count_texts(self, leave_out: Collection[str] = ()) -> None:
        """Count the sections that the program does not know, and say that a model has few columns."""
        text = self.draft.text
        names = [name for name in text.sections if name in text.unknown and name not in leave_out]
        foreign = [name for name in (*names, HEADER, AFTER_END) if text.has_text(name)]
        self.losses.add_all("foreign-text", (f"[{name}]" for name in foreign))
        self.losses.add("only-attributes")
