"""Edits of cells before they are stored: what would change, what is refused and why, what follows. Nothing here writes.

The attribute table, the property panel and the command line make a :class:`Proposal`, show it, and store it as one Change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.errors import EditError
from pipemap.model.cells import Cells
from pipemap.model.entry import Entry, entered, refusal_of
from pipemap.model.fields import Field, Layer, fields
from pipemap.model.wording import shown
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.store import Survey
    from pipemap.store.change import Change

_ENDS = frozenset({"from_node", "to_node"})
_MOST_NAMED = 3
REPORT_EVERY = 5_000
"""Cells between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A cell that cannot hold what was meant for it; ``fid`` is None where there is no such row."""

    fid: int | None
    field: str
    text: str
    reason: str


@dataclass(frozen=True, eq=False)
class Proposal:
    """Cells with their new values, what is refused, and what a person should know before storing.

    ``same``: how many of the cells hold their value already.
    """

    label: str
    cells: Cells
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()
    same: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One cell before and after, as a person reads it."""

    layer: Layer
    fid: int
    id: str
    field: str
    before: str
    after: str


@dataclass(slots=True)
class Reader:
    """Turns typed texts into values, each different one once."""

    network: Network
    layer: Layer
    _known: dict[tuple[str, str], Entry | EditError] = field(default_factory=dict)

    def read(self, name: str, text: str) -> Entry:
        """Return the value of a text; raises :class:`EditError` where the field cannot hold it."""
        found = self._known.get((name, text), self)
        if found is self:
            try:
                found = self._read(name, text)
            except EditError as error:
                found = error
            self._known[name, text] = found
        if isinstance(found, EditError):
            raise found
        return found  # type: ignore[return-value]

    def _read(self, name: str, text: str) -> Entry:
        known = fields(self.layer)[name]
        value = entered(known, text)
        if name in _ENDS:
            self._check_end(known, value)
        return value

    def _check_end(self, known: Field, value: Entry) -> None:
        """An end is the id of one node."""
        if value is None:
            raise EditError(_("A pipe needs a node at each end."))
        there = self.network.node_ids.rows(str(value))
        if len(there) == 1 or str(value).startswith("#") or "/" in str(value):
            return  # a key, or an id of one batch: the survey resolves it
        if not len(there):
            near = self.network.node_ids.similar(str(value))
            hint = _("Did you mean {ids}?").format(ids=", ".join(near)) if near else ""
            raise EditError(_("“{name}”: there is no node {id}.").format(name=known.label, id=value), hint)
        raise EditError(
            _("“{name}”: {n} nodes are called {id}.").format(name=known.label, n=len(there), id=value),
            _("Write BATCH/ID, or connect the pipe on the map."),
        )


def propose_texts(
    survey: Survey, layer: Layer, cells: Iterable[tuple[int, str, str]], label: str, *, progress: Progress = SILENT
) -> Proposal:
    """Propose typed or pasted texts for cells ``(fid, field, text)``; a cell that shows the text already is left alone."""
    wanted = list(cells)
    now = Present(survey, layer, [fid for fid, _name, _text in wanted], [name for _fid, name, _text in wanted])
    reader = Reader(survey.network, layer)
    taken: list[tuple[int, str, Entry]] = []
    refused, same = [], 0
    for number, (fid, name, text) in enumerate(wanted):
        if number % REPORT_EVERY == 0:
            progress(number, len(wanted), _("Reading what was typed"))
        if text.strip() == now.text(fid, name):
            same += 1
            continue
        try:
            taken.append((fid, name, reader.read(name, text)))
        except EditError as error:
            refused.append(Refused(fid, name, text, str(error)))
    return noted(survey, Proposal(label, Cells.of(layer, taken), tuple(refused), same=same))


def propose_fill(survey: Survey, layer: Layer, fids: Sequence[int], names: Sequence[str], label: str) -> Proposal:
    """Propose what the first of the elements holds for all the others."""
    first = dict(zip(names, survey.rows(layer, [fids[0]], names)[0], strict=True))
    return propose_same(survey, layer, fids[1:], first, label)


def propose_same(
    survey: Survey, layer: Layer, fids: Sequence[int] | NDArray[np.int64], values: Mapping[str, Any], label: str
) -> Proposal:
    """Propose the same values for many elements; fields that are not typed are refused."""
    refused = tuple(
        Refused(None, name, shown(fields(layer)[name], value), reason)
        for name, value in values.items()
        if (reason := refusal_of(fields(layer)[name]))
    )
    plain = {
        name: _native(fields(layer)[name], value) for name, value in values.items() if name not in {r.field for r in refused}
    }
    return noted(survey, Proposal(label, Cells.same(layer, np.asarray(fids, dtype=np.int64), plain), refused))


def _native(known: Field, value: object) -> object:
    """A value as Arrow takes it, from what SQLite gives."""
    return bool(value) if known.type == "bool" and value is not None else value


class Present:
    """What cells show now, read in one go."""

    def __init__(self, survey: Survey, layer: Layer, fids: Iterable[int], names: Iterable[str]) -> None:
        self._layer: Layer = layer
        self._names = list(dict.fromkeys(names))
        keys = list(dict.fromkeys(int(fid) for fid in fids))
        rows = survey.rows(layer, keys, self._names) if self._names else []
        self._rows = dict(zip(keys, rows, strict=False))
        self._batches = survey.network.batch_names
        self._at = {name: number for number, name in enumerate(self._names)}

    def text(self, fid: int, name: str) -> str:
        """What a cell shows."""
        return self.words(name, self._rows[int(fid)][self._at[name]])

    def words(self, name: str, value: object) -> str:
        """What a cell of a field shows for a value."""
        known = fields(self._layer)[name]
        return self._batches.get(value, "") if known.values == "batch" and isinstance(value, int) else shown(known, value)


def noted(survey: Survey, proposal: Proposal) -> Proposal:
    """Add what a person should know: ids that would repeat."""
    cells = proposal.cells
    if "id" not in cells.values:
        return proposal
    network = survey.network
    known, keys = (network.node_ids, network.node_fid) if cells.layer == "node" else (network.pipe_ids, network.pipe_fid)
    new = cells.values["id"].filter(pa.array(cells.given["id"])).drop_null()
    counted = {row["values"]: row["counts"] for row in pc.value_counts(new).to_pylist()}
    inside = pc.is_in(known.arrow, value_set=pa.array(list(counted), pa.string())).to_numpy(zero_copy_only=False)
    others = np.flatnonzero(inside & ~np.isin(keys, cells.fids[cells.given["id"]]))
    repeated = dict.fromkeys([*(text for text, count in counted.items() if count > 1), *known.take(others)])
    if not repeated:
        return proposal
    names = ", ".join(list(repeated)[:_MOST_NAMED]) + (" …" if len(repeated) > _MOST_NAMED else "")
    words = _("Ids that will stand more than once: {ids}. They are stored so, and listed as a problem.").format(ids=names)
    return replace(proposal, notes=(*proposal.notes, words))


def lines_of(survey: Survey, cells: Cells, most: int) -> list[Line]:
    """Return the first of the cells that would change, before and after."""
    names = list(cells.values)
    meant = np.zeros(len(cells.fids), dtype=np.bool_)
    for mask in cells.given.values():
        meant |= mask
    found: list[Line] = []
    rows = np.flatnonzero(meant)
    for start in range(0, len(rows), max(1, most)):
        some = rows[start : start + max(1, most)]
        found += _lines(survey, cells, some, names)
        if len(found) >= most:
            break
    return found[:most]


def _lines(survey: Survey, cells: Cells, rows: NDArray[np.int64], names: Sequence[str]) -> Iterator[Line]:
    now = Present(survey, cells.layer, cells.fids[rows].tolist(), ["id", *names])
    for row in rows.tolist():
        fid = int(cells.fids[row])
        for name in names:
            if not cells.given[name][row]:
                continue
            before, after = now.text(fid, name), now.words(name, cells.values[name][row].as_py())
            if before != after:
                yield Line(cells.layer, fid, now.text(fid, "id"), name, before, after)


def followers(survey: Survey, change: Change, cells: Cells, *, most: int = 200) -> list[Line]:
    """Return what else a planned Change does: fields that nobody typed, of these elements and of pipes that hang on them."""
    found: list[Line] = []
    meant = {name: set(cells.fids[mask].tolist()) for name, mask in cells.given.items()}
    for part in change.parts:
        layer: Layer = "node" if part.table == "node" else "pipe"
        names = [name for name in part.after.column_names if name in fields(layer) and name not in {"from_fid", "to_fid"}]
        some = part.after.slice(0, most)
        before = part.before.slice(0, most)
        keys = some["fid"].to_pylist()
        now = Present(survey, layer, keys, ["id"])
        for row, fid in enumerate(keys):
            for name in names:
                old, new = now.words(name, before[name][row].as_py()), now.words(name, some[name][row].as_py())
                typed_here = layer == cells.layer and fid in meant.get(name, ())
                if old != new and not typed_here:
                    found.append(Line(layer, fid, now.text(fid, "id"), name, old, new))
    return found[:most]
