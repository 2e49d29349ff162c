"""Ways along the streets from a plant to everywhere."""

from __future__ import annotations

import numpy as np

from pipemap.sample.sheet import Bools, Floats, Ints
from pipemap.sample.streets import Streets


def supply_tree(streets: Streets, plants: Ints, *, edges: Bools | None = None) -> Bools:
    """Return bool a street edge: part of the nearest way from a plant to some junction, over ``edges`` (all)."""
    return tree_from(streets, plants, edges=edges)[0]


def tree_from(streets: Streets, plants: Ints, *, edges: Bools | None = None) -> tuple[Bools, Floats]:
    """Return the tree, and the metres from the nearest plant to each junction (infinite where there is no way)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    used = np.arange(streets.edge_count) if edges is None else np.flatnonzero(edges)
    a, b = streets.a[used], streets.b[used]
    count = streets.junction_count
    matrix = csr_array(
        (streets.length[used] * np.array([1.3, 1.0, 0.85])[streets.edge_class[used]], (a, b)), shape=(count, count)
    )
    far, before, _root = dijkstra(matrix, directed=False, indices=plants, min_only=True, return_predecessors=True)
    found = np.zeros(streets.edge_count, dtype=np.bool_)
    found[used] = (before[a] == b) | (before[b] == a)
    return found, far
