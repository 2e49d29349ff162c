"""How much there is of what: counted once, and after a small Change only what it touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.columns import Coded
    from pipemap.model.network import Network
    from pipemap.model.steps import Changed

Word = TypeVar("Word")
_ALL = slice(None)


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Figures by the words of a column; what has no word is counted under the blank one.

    Attributes
    ----------
    pipes, nodes
        How many of each category.
    metres
        Length of the pipes of each category; unknown lengths count 0. Of a network that followed from another one it is summed up
        in another order, which may show in the last decimals of a double.
    flows
        How many pipes of a batch have their flow recorded, by batch and sign.
    """

    pipes: Mapping[str, int]
    nodes: Mapping[str, int]
    metres: Mapping[str, float]
    flows: Mapping[tuple[int, str], int]


def tally(network: Network) -> Tally:
    """Count everything."""
    return _of(network, _ALL, _ALL)


def mended_tally(before: Network, network: Network, changed: Changed) -> Tally:
    """Count what became of a network by a small Change, given the count of the one before."""
    whole = before.tally
    gone, come = _of(before, changed.nodes.was, changed.pipes.was), _of(network, changed.nodes.now, changed.pipes.now)
    pipes = _count(whole.pipes, gone.pipes, come.pipes)
    metres = {word: whole.metres.get(word, 0.0) - gone.metres.get(word, 0.0) + come.metres.get(word, 0.0) for word in pipes}
    return Tally(
        pipes,
        _count(whole.nodes, gone.nodes, come.nodes),
        metres,
        _count(whole.flows, gone.flows, come.flows),
    )


def _count(whole: Mapping[Word, int], gone: Mapping[Word, int], come: Mapping[Word, int]) -> dict[Word, int]:
    found = Counter(dict(whole))
    found.subtract(gone)
    found.update(come)
    return {word: count for word, count in found.items() if count}


def _of(network: Network, nodes: NDArray[np.int64] | slice, pipes: NDArray[np.int64] | slice) -> Tally:
    weight = network.weight[pipes]
    counts, metres = _by_word(network.pipe_category, pipes, None), _by_word(network.pipe_category, pipes, weight)
    return Tally(
        {word: int(count) for word, count in counts.items()},
        {word: int(count) for word, count in _by_word(network.node_category, nodes, None).items()},
        {word: metres.get(word, 0.0) for word in counts},
        _flows(network, pipes),
    )


def _by_word(column: Coded, rows: NDArray[np.int64] | slice, weights: NDArray[np.float64] | None) -> dict[str, float]:
    found = np.bincount(column.codes[rows].astype(np.intp) + 1, weights=weights, minlength=len(column.values) + 1)
    return {word: float(figure) for word, figure in zip(("", *column.values), found.tolist(), strict=True) if figure}


def _flows(network: Network, pipes: NDArray[np.int64] | slice) -> dict[tuple[int, str], int]:
    codes, batches = network.pipe_flow.codes[pipes], network.pipe_batch[pipes]
    found: dict[tuple[int, str], int] = {}
    for code, word in enumerate(network.pipe_flow.values):
        if word in ("+", "-"):
            chosen = batches[codes == code]
            low = int(chosen.min()) if len(chosen) else 0
            if len(chosen) and int(chosen.max()) - low <= len(chosen):
                counts = np.bincount(chosen - low)
                found |= {(low + batch, word): int(counts[batch]) for batch in np.flatnonzero(counts).tolist()}
            else:
                found |= {(batch, word): count for batch, count in Counter(chosen.tolist()).items()}
    return found
