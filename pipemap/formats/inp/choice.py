"""Which elements of an extract a model file can hold, and whose kept model it goes on from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from pipemap.catalog import major_of
from pipemap.catalog.kinds import PipeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.losses import Losses
    from pipemap.model.delivery import ModelText
    from pipemap.model.extract import Extract

_IN_USE = ("", "in_use")


@dataclass(frozen=True, slots=True)
class Choice:
    """What goes out.

    Attributes
    ----------
    base
        Key of the batch whose kept model the file goes on from; None when the network never was such a model.
    nodes, pipes
        bool, one a row of the extract: goes out.
    own_nodes, own_pipes
        bool: belongs to the base (whether it goes out or not).
    """

    base: int | None
    nodes: NDArray[np.bool_]
    pipes: NDArray[np.bool_]
    own_nodes: NDArray[np.bool_]
    own_pipes: NDArray[np.bool_]


def numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    """Return a column as float64, NaN where unknown."""
    return np.asarray(table[name].cast("float64", safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def words(table: pa.Table, name: str) -> list[str]:
    """Return a column of texts, empty where unknown."""
    return [value or "" for value in table[name].to_pylist()]


def choose(extract: Extract, major: str, is_model: Callable[[tuple[ModelText, ...]], bool], losses: Losses) -> Choice:
    """Choose what a model of one major category holds: everything of the kept model, and what is in use of that category."""
    base = _base(extract, is_model, losses)
    own_nodes, own_pipes = (_of_batch(table, base) for table in (extract.nodes, extract.pipes))
    kinds = np.array(words(extract.pipes, "kind"), dtype=object)
    fits = _of_major(extract.pipes, major) & (kinds != PipeKind.CABLE) & (kinds != PipeKind.DUCT) | own_pipes
    used = _in_use(extract.pipes)
    pipes = fits & used
    losses.add("other-category", count=int((~fits).sum()), layer="pipe")
    losses.add("not-in-use", count=int((fits & ~used).sum()), layer="pipe")
    met = np.zeros(extract.nodes.num_rows, dtype=bool)
    met[extract.ends()[pipes].ravel()] = True
    alone = _of_major(extract.nodes, major) & ~met & ~own_nodes
    losses.add("lone-node", count=int(alone.sum()), layer="node")
    return Choice(base, met | (own_nodes & _in_use(extract.nodes)), pipes, own_nodes, own_pipes)


def _base(extract: Extract, is_model: Callable[[tuple[ModelText, ...]], bool], losses: Losses) -> int | None:
    models = [key for key, texts in extract.model_texts.items() if is_model(texts)]
    counts = {key: int(_of_batch(extract.pipes, key).sum()) + int(_of_batch(extract.nodes, key).sum()) for key in models}
    found = max((key for key in models if counts[key]), key=lambda key: counts[key], default=None)
    for key in models:
        if key != found and counts[key]:
            losses.add("other-model", extract.batches[key].name if key in extract.batches else str(key))
    return found


def _of_batch(table: pa.Table, key: int | None) -> NDArray[np.bool_]:
    if key is None:
        return np.zeros(table.num_rows, dtype=bool)
    return np.asarray(pc.fill_null(pc.equal(table["batch"], key), fill_value=False).to_numpy(zero_copy_only=False), dtype=bool)


def _of_major(table: pa.Table, major: str) -> NDArray[np.bool_]:
    codes = words(table, "category")
    fitting = {code for code in set(codes) if major_of(code) == major}
    return np.array([code in fitting for code in codes], dtype=bool)


def _in_use(table: pa.Table) -> NDArray[np.bool_]:
    return np.array([state in _IN_USE for state in words(table, "lifecycle")], dtype=bool)
