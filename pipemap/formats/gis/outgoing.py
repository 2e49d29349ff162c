"""Nodes and pipes as GIS layers: chosen attributes as columns, places as WKB, thousands at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.gis.losses import Losses
from pipemap.model.fields import LAYERS, Layer, fields
from pipemap.model.wording import shown
from pipemap.progress import SILENT, Progress

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.writing import WriteOptions
    from pipemap.model.delivery import Lines
    from pipemap.model.extract import Extract

IDENTITY: dict[Layer, tuple[str, ...]] = {
    "node": ("id", "category", "kind"),
    "pipe": ("id", "category", "kind", "from_node", "to_node"),
}
"""Columns that always go out: without them nobody could tell what an element is, and a network could not be read back."""

KEYS: dict[Layer, tuple[str, ...]] = {"node": ("node_key",), "pipe": ("from_key", "to_key")}
"""Columns that tell nodes apart where ids repeat or are missing: a number a node, and those of both ends of each pipe."""

LABEL = "_label"
"""Ending of the columns that say a code in words."""

_KEYS = frozenset({"from_fid", "to_fid"})
_HEAD, _VERTEX = 9, 24
_POINT, _LINE, _Z = 1, 2, 1000
_AT_ONCE = 100_000
"""Features made between two questions whether to go on."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One layer.

    Attributes
    ----------
    layer
        ``node`` or ``pipe``.
    table
        Its columns, named as the fields of the survey.
    xyz, offsets
        float64 (m, 3) places; feature ``i`` has ``xyz[offsets[i]:offsets[i + 1]]``, none where it has no place.
    """

    layer: Layer
    table: pa.Table
    xyz: NDArray[np.float64]
    offsets: NDArray[np.int64]

    def unknown_levels(self) -> int:
        """How many places have no level."""
        return int(np.isnan(self.xyz[:, 2]).sum())

    def geometry(self, *, unknown: float | None = np.nan, told: Callable[[], None] = lambda: None) -> tuple[str, pa.ChunkedArray]:
        """Return the type of the layer's geometries and the WKB of each, null without a place.

        The type has Z when any level is known; ``unknown`` stands for levels that are not. With None, features with such a level
        go out in plan alone. ``told`` is called every now and then.
        """
        import pyarrow as pa

        with_z = bool(np.isfinite(self.xyz[:, 2]).any())
        name = "Point" if self.layer == "node" else "LineString"
        parts: list[pa.Array] = []
        for start in range(0, max(len(self.offsets) - 1, 1), _AT_ONCE):
            told()
            offsets = self.offsets[start : start + _AT_ONCE + 1]
            xyz = self.xyz[offsets[0] : offsets[-1]]
            parts.append(self._shapes(xyz, offsets - offsets[0], with_z=with_z, unknown=unknown))
        return f"{name} Z" if with_z else name, pa.chunked_array(parts)

    def _shapes(self, xyz: NDArray[np.float64], offsets: NDArray[np.int64], *, with_z: bool, unknown: float | None) -> pa.Array:
        point = self.layer == "node"
        if with_z and unknown is None:
            return _mixed(xyz, offsets, point=point)
        filled = xyz[:, :2] if unknown is None or not with_z else np.where(np.isnan(xyz), unknown, xyz)
        return wkb(filled, offsets, point=point)


def _mixed(xyz: NDArray[np.float64], offsets: NDArray[np.int64], *, point: bool) -> pa.Array:
    """Return what has a level everywhere in 3D, everything else in plan."""
    import pyarrow.compute as pc

    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    levelled = np.ones(len(offsets) - 1, dtype=bool)
    levelled[owner[np.isnan(xyz[:, 2])]] = False
    with_z, flat = (wkb(xyz[:, :axes], offsets, point=point) for axes in (3, 2))
    return pc.if_else(levelled, with_z, flat)


def wkb(places: NDArray[np.float64], offsets: NDArray[np.int64], *, point: bool) -> pa.Array:
    """Return points or lines of ``places``, (m, 2) or (m, 3), as ISO WKB, null where there are no vertices; no loop over them."""
    import pyarrow as pa

    counts = np.diff(offsets)
    axes = places.shape[1]
    kind = (_POINT if point else _LINE) + (_Z if axes > 2 else 0)  # noqa: PLR2004 -- the third is Z
    head = _HEAD - 4 if point else _HEAD
    there = counts > 0
    sizes = np.where(there, head + 8 * axes * counts, 0)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    buffer = np.zeros(int(starts[-1]), dtype=np.uint8)
    first = starts[:-1][there]
    buffer[first] = 1
    buffer[first[:, None] + np.arange(1, 5)] = np.frombuffer(np.uint32(kind).tobytes(), dtype=np.uint8)
    if not point:
        numbers = counts[there].astype("<u4").view(np.uint8).reshape(-1, 4)
        buffer[first[:, None] + np.arange(5, 9)] = numbers
    owner = np.repeat(np.arange(len(counts)), counts)
    at = starts[:-1][owner] + head + 8 * axes * (np.arange(len(places)) - offsets[:-1][owner])
    content = np.ascontiguousarray(places, dtype="<f8").view(np.uint8).reshape(len(places), 8 * axes)
    buffer[at[:, None] + np.arange(8 * axes)] = content
    valid = pa.array(there)
    large = pa.Array.from_buffers(
        pa.large_binary(), len(counts), [valid.buffers()[1], pa.py_buffer(starts.tobytes()), pa.py_buffer(buffer)]
    )
    return large.cast(pa.binary()) if len(buffer) < 2**31 else large


def outgoing(extract: Extract, options: WriteOptions, losses: Losses, progress: Progress = SILENT) -> list[Outgoing]:
    """Return the layers of an extract that hold anything, pipes first."""
    found = []
    for layer in reversed(LAYERS):
        table = extract.pipes if layer == "pipe" else extract.nodes
        progress(0)
        if table.num_rows:
            xyz, offsets = _courses(extract.lines) if layer == "pipe" else _points(table)
            progress(0)
            found.append(Outgoing(layer, _columns(extract, layer, options, losses, progress), xyz, offsets))
    return found


def _points(nodes: pa.Table) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    xyz = np.column_stack(
        [np.asarray(nodes[name].to_numpy(zero_copy_only=False), dtype=np.float64) for name in ("x", "y", "ground")]
    )
    placed = np.isfinite(xyz[:, :2]).all(axis=1)
    return xyz[placed], np.concatenate([[0], np.cumsum(placed)]).astype(np.int64)


def _courses(lines: Lines) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Courses of two vertices or more, all of them placed."""
    counts = np.diff(lines.offsets)
    owner = np.repeat(np.arange(len(counts)), counts)
    whole = counts >= 2  # noqa: PLR2004 -- a line has two ends
    whole[owner[~np.isfinite(lines.xyz[:, :2]).all(axis=1)]] = False
    kept = np.where(whole, counts, 0)
    return lines.xyz[whole[owner]], np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)


def _columns(extract: Extract, layer: Layer, options: WriteOptions, losses: Losses, progress: Progress) -> pa.Table:
    import pyarrow as pa

    table = extract.pipes if layer == "pipe" else extract.nodes
    names = _chosen(table, layer, options.fields.get(layer), losses)
    held: dict[str, pa.Array] = {}
    for name in names:
        progress(0)
        held[name] = _values(extract, table, name)
        if options.labels and fields(layer)[name].values and name != "batch":
            held[name + LABEL] = labels(layer, name, held[name])
    if len(extract.nodes["id"].unique().drop_null()) < extract.nodes.num_rows:
        ends = extract.ends()
        numbers = [np.arange(extract.nodes.num_rows)] if layer == "node" else [ends[:, 0], ends[:, 1]]
        held |= {name: pa.array(column) for name, column in zip(KEYS[layer], numbers, strict=True)}
    return pa.table(held)


def _chosen(table: pa.Table, layer: Layer, wanted: Sequence[str] | None, losses: Losses) -> list[str]:
    """Fields to write, in the order of the survey: those chosen, else those that say something."""
    known = [name for name in fields(layer) if name not in _KEYS]
    if wanted is None:
        chosen = {name for name in known if table[name].null_count < table.num_rows}
    else:
        chosen = set(wanted)
        strange = [name for name in wanted if name not in known]
        if strange:
            losses.add("unknown-fields", layer, {"columns": ", ".join(strange)})
    return [name for name in known if name in chosen or name in IDENTITY[layer]]


def _values(extract: Extract, table: pa.Table, name: str) -> pa.Array:
    """Values of a field; keys of the survey become what they name."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table[name].combine_chunks()
    if name == "batch":
        keys = pc.dictionary_encode(column)
        return pa.array([_batch(extract, key) for key in keys.dictionary.to_pylist()], pa.string()).take(keys.indices)
    if name == "arm_pipe":
        rows = pc.index_in(column, value_set=extract.pipes["fid"].combine_chunks())
        return extract.pipes["id"].combine_chunks().take(rows)
    if name in {"from_node", "to_node"}:
        rows = extract.pipes["from_fid" if name == "from_node" else "to_fid"].combine_chunks()
        return pc.coalesce(extract.nodes["id"].combine_chunks().take(rows), column)
    return column


def _batch(extract: Extract, key: int | None) -> str | None:
    batch = extract.batches.get(key) if key is not None else None
    return batch.name if batch is not None else None


def labels(layer: Layer, name: str, column: pa.Array) -> pa.Array:
    """Return the words, in the language on screen, for the codes of a column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(column)
    field = fields(layer)[name]
    said = [shown(field, value) or None for value in encoded.dictionary.to_pylist()]
    return pa.array(said, pa.string()).take(encoded.indices)
