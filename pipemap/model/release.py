"""What may leave a survey. Everything that leaves (exports, pictures, tables, copies) asks here, and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from dataclasses import fields as record_fields
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipemap.model.columns import Coded, Ids
from pipemap.model.delivery import Lines
from pipemap.model.fields import Layer, values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from pipemap.model.network import CustomerLoader, Network

OPEN_LEVELS = ("", "public", "internal")
"""Values of the list ``secrecy`` that let an element leave. Every other value keeps it, one that nobody knows as well."""

_WORD = re.compile(r"[^\s,;:，；：、“”\"'()（）…]+")
"""What stands between spaces and marks in a sentence, such as an id."""

_OPEN_AS_WRITTEN = ("非密", "不涉密", "无密级")
"""How crews write that there is nothing to keep."""


def may_leave(level: object) -> bool:
    """Whether what has this secrecy may leave: it is not marked, or marked as public or internal."""
    return level is None or str(level).strip().casefold() in _open_words()


@cache
def _open_words() -> frozenset[str]:
    rows = [row for row in values("secrecy").values() if row.value in OPEN_LEVELS]
    words = {word for row in rows for word in (row.value, row.label_en, row.label_zh)}
    return frozenset(word.casefold() for word in (*words, *_OPEN_AS_WRITTEN, ""))


@dataclass(frozen=True, eq=False, slots=True)
class Release:
    """Which rows of a network may leave.

    A pipe stays when it is marked, when its batch or the whole survey is, or when one of its ends stays: its course would
    give the end away.

    Attributes
    ----------
    nodes, pipes
        bool (N), bool (P): may leave.
    """

    nodes: NDArray[np.bool_]
    pipes: NDArray[np.bool_]

    @property
    def withheld(self) -> int:
        """How many nodes and pipes stay."""
        return int((~self.nodes).sum() + (~self.pipes).sum())

    @property
    def is_whole(self) -> bool:
        """Whether everything may leave."""
        return self.withheld == 0

    def rows(self, layer: Layer) -> NDArray[np.bool_]:
        """Return the mask of one layer."""
        return self.nodes if layer == "node" else self.pipes

    def only(self, layer: Layer, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return those of some rows that may leave."""
        return rows[self.rows(layer)[rows]]


def release(
    nodes: tuple[Coded, NDArray[np.int64]],
    pipes: tuple[Coded, NDArray[np.int64]],
    ends: NDArray[np.integer[Any]],
    *,
    secret_batches: Iterable[int] = (),
    is_secret: bool = False,
) -> Release:
    """Work out what may leave.

    Parameters
    ----------
    nodes, pipes
        Secrecy as marked and key of the batch, by row.
    ends
        (P, 2): rows of the nodes of each pipe.
    secret_batches
        Keys of batches of which nothing leaves.
    is_secret
        Nothing of the survey leaves.
    """
    secret = list(secret_batches)
    kept = []
    for marks, batch in (nodes, pipes):
        kept.append(np.full(len(batch), not is_secret, dtype=np.bool_))
        if words := [word for word in marks.values if not may_leave(word)]:
            kept[-1] &= ~marks.is_in(*words)
        if secret:
            kept[-1] &= ~np.isin(batch, secret)
    if not kept[0].all():
        kept[1] &= kept[0][ends].reshape(-1, 2).all(axis=1)
    return Release(kept[0], kept[1])


def public(network: Network) -> Network:
    """Return the network without what must not leave: rows are numbered anew, keys and ids are as they were."""
    released = network.release
    if released.is_whole:
        return network
    masks = {"node": released.nodes, "pipe": released.pipes}
    held: dict[str, Any] = {}
    for field in record_fields(network):
        value = getattr(network, field.name)
        side = "node" if field.name.startswith("node_") or field.name == "chamber_depth" else "pipe"
        if isinstance(value, (np.ndarray, Coded, Ids, Lines)):
            held[field.name] = _kept(value, masks[side])
    held["pipe_ends"] = _renumbered(held["pipe_ends"], released.nodes)
    held["node_arm"] = _renumbered(held["node_arm"], released.pipes)
    kept = withheld_ids(network)
    return replace(
        network,
        **held,
        valve_layer=tuple(row for row in network.valve_layer if kept.isdisjoint(row[1:])),
        column_loader=_loader(network, masks),
        customer_loader=_customers(network),
        is_secret=False,
        secret_batches=frozenset(),
    )


def _kept(column: Any, mask: NDArray[np.bool_]) -> Any:  # noqa: ANN401 -- whatever kind of column a network has
    if isinstance(column, Coded):
        codes = column.codes[mask]
        used = np.zeros(len(column.values) + 1, dtype=np.bool_)
        used[codes] = True
        number: NDArray[Any] = np.append(np.cumsum(used[:-1]) - 1, -1).astype(codes.dtype)
        return Coded(number[codes], tuple(word for word, is_used in zip(column.values, used[:-1], strict=True) if is_used))
    if isinstance(column, Ids):
        return Ids(column.arrow.filter(pa.array(mask)))
    return lines_of(column, np.flatnonzero(mask)) if isinstance(column, Lines) else column[mask]


def _renumbered(rows: NDArray[Any], mask: NDArray[np.bool_]) -> NDArray[Any]:
    """Return row numbers after rows were taken out; −1 for those that are gone."""
    number = np.append(np.where(mask, np.cumsum(mask) - 1, -1), -1)
    found: NDArray[Any] = number[rows].astype(rows.dtype)
    return found


def _loader(network: Network, masks: dict[str, NDArray[np.bool_]]) -> Any:  # noqa: ANN401 -- a ColumnLoader
    def load(layer: Layer, name: str, rows: NDArray[np.int64] | None = None) -> pa.Array:
        mine = np.flatnonzero(masks[layer])
        return network.column(layer, name, mine if rows is None else mine[rows])

    return load if network.column_loader is not None else None


def _customers(network: Network) -> CustomerLoader | None:
    """Customers without those whom something secret supplies."""
    if network.customer_loader is None:
        return None

    def load() -> pa.Table:
        customers, released = network.customers, network.release
        tied = [
            np.append(mask, True)[rows] for mask, rows in ((released.nodes, customers.node), (released.pipes, customers.pipe))
        ]
        return customers.table.filter(pa.array(tied[0] & tied[1])) if len(customers) else customers.table

    return load


def lines_of(lines: Lines, rows: NDArray[np.int64]) -> Lines:
    """Return the courses of some pipes, in the order of ``rows``."""
    counts = lines.offsets[rows + 1] - lines.offsets[rows]
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    at = np.repeat(lines.offsets[rows] - offsets[:-1], counts) + np.arange(offsets[-1])
    return Lines(offsets, lines.xyz[at])


def withheld_ids(network: Network) -> frozenset[str]:
    """Return the printed ids of what must not leave."""
    released = network.release
    if released.is_whole:
        return frozenset()
    nodes = network.node_ids.take(np.flatnonzero(~released.nodes))
    pipes = network.pipe_ids.take(np.flatnonzero(~released.pipes))
    return frozenset(text for text in (*nodes, *pipes) if text)


def tells_of(texts: Iterable[str], ids: frozenset[str]) -> bool:
    """Whether one of some texts names one of some ids: as a word of its own, or anywhere where the id is several words."""
    if not ids:
        return False
    texts = list(texts)
    return any(not ids.isdisjoint(_WORD.findall(text)) or text in ids for text in texts) or any(
        one in text for one in ids if len(_WORD.findall(one)) != 1 for text in texts
    )
