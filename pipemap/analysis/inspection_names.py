"""Which rows of a network the names in a delivery of inspections mean, looked up all at once."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from pipemap.model.network import Network

_MOST = 20
"""Elements of one name that are looked at."""


class ElementNames:
    """Nodes, pipes and sections by the names that a delivery uses: as printed, else as they read without signs and case."""

    def __init__(self, network: Network, wanted: Collection[str]) -> None:
        self._network = network
        self._wanted = sorted(name for name in wanted if name)
        self._exact = {layer: self._found(self._ids(layer), self._wanted) for layer in ("node", "pipe")}

    def nodes(self, name: str) -> tuple[list[int], bool]:
        """Return rows of nodes, and whether their name is only alike."""
        return self._rows("node", name)

    def pipes(self, name: str) -> tuple[list[int], bool]:
        """Return rows of pipes, and whether their name is only alike."""
        return self._rows("pipe", name)

    def section(self, name: str) -> list[int]:
        """Return rows of the pipes of a section; none where the survey knows none of that name."""
        return self._sections.get(name, [])

    def nearest(self, place: tuple[float, float] | None, *, within: float) -> int:
        """Return the row of the node nearest to a place, −1 where none is so near."""
        if place is None or not all(map(math.isfinite, place)) or self._tree is None:
            return -1
        tree, rows = self._tree
        distance, found = tree.query(place)
        return int(rows[found]) if distance <= within else -1

    def _rows(self, layer: str, name: str) -> tuple[list[int], bool]:
        if not name:
            return [], False
        exact = self._exact[layer].get(name)
        if exact:
            return exact[:_MOST], False
        return self._alike[layer].get(plain_name(name), [])[:_MOST], True

    def _ids(self, layer: str) -> pa.Array:
        ids = self._network.node_ids if layer == "node" else self._network.pipe_ids
        return ids.arrow

    @staticmethod
    def _found(ids: pa.Array, wanted: Collection[str]) -> dict[str, list[int]]:
        if not wanted or not len(ids):
            return {}
        mask = pc.fill_null(pc.is_in(ids, pa.array(sorted(wanted), pa.string())), fill_value=False)
        rows = np.flatnonzero(mask.to_numpy(zero_copy_only=False))
        found: dict[str, list[int]] = {}
        for row, name in zip(rows.tolist(), ids.take(pa.array(rows)).to_pylist(), strict=True):
            found.setdefault(name, []).append(row)
        return found

    @cached_property
    def _alike(self) -> dict[str, dict[str, list[int]]]:
        missing = {plain_name(name) for name in self._wanted} - {""}
        return {layer: self._found(_plain_column(self._ids(layer)), missing) for layer in ("node", "pipe")}

    @cached_property
    def _sections(self) -> dict[str, list[int]]:
        if not self._wanted or self._network.column_loader is None:
            return {}
        column = self._network.column_loader("pipe", "section_id")
        return {} if column.null_count == len(column) else self._found(column.cast(pa.string()), self._wanted)

    @cached_property
    def _tree(self) -> tuple[Any, np.ndarray[Any, Any]] | None:
        from scipy.spatial import cKDTree

        xy = self._network.node_xyz[:, :2]
        rows = np.flatnonzero(np.isfinite(xy).all(axis=1))
        return (cKDTree(xy[rows]), rows) if len(rows) else None


def plain_name(text: str) -> str:
    """Return a name without signs, case and leading zeros of its numbers.

    Examples
    --------
    >>> plain_name("WS-012"), plain_name("ｗｓ 12"), plain_name("YS_7#")
    ('WS12', 'WS12', 'YS7')
    """
    narrowed = re.sub(r"[^\w]|_", "", re.sub(r"(^|\D)0+(\d)", r"\1\2", unicodedata.normalize("NFKC", text)))
    return narrowed.upper()


def _plain_column(ids: pa.Array) -> pa.Array:
    narrowed = pc.utf8_normalize(pc.fill_null(ids, ""), form="NFKC")
    narrowed = pc.replace_substring_regex(narrowed, r"(^|[^0-9])0+([0-9])", r"\1\2")
    return pc.utf8_upper(pc.replace_substring_regex(narrowed, r"[^\pL\pN]", ""))
