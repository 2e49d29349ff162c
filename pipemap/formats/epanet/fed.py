"""What of an extract a hydraulic model can supply: the parts of the water network that hold a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.epanet.losses import RULES
from pipemap.formats.epanet.revised import node_section
from pipemap.formats.epanet.writer import PROGRAM, is_epanet
from pipemap.formats.inp.choice import choose, words
from pipemap.formats.inp.engine import SimulationError
from pipemap.formats.losses import Losses
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.extract import Extract


@dataclass(frozen=True, eq=False, slots=True)
class Fed:
    """The parts with a source, and rows of the nodes of each part without one, largest part first."""

    extract: Extract
    aside: tuple[NDArray[np.int64], ...]


def fed_parts(extract: Extract) -> Fed:
    """Set aside the parts of the water network that hold no source; everything else of the extract is left out too.

    Raises
    ------
    SimulationError
        No part of it holds a source, or it holds no water supply.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    choice = choose(extract, PROGRAM.major, is_epanet, Losses(RULES))
    if not choice.pipes.any():
        raise SimulationError(_(PROGRAM.nothing), _("Pressures are computed for water supply alone."))
    count, ends = extract.nodes.num_rows, extract.ends()[choice.pipes]
    graph = coo_array((np.ones(len(ends), dtype=np.int8), (ends[:, 0], ends[:, 1])), shape=(count, count))
    parts, label = connected_components(graph, directed=False)
    sources = np.array([node_section(kind) != "JUNCTIONS" for kind in words(extract.nodes, "kind")], dtype=np.bool_)
    sources &= choice.nodes & np.isin(np.arange(count), ends)
    if not sources.any():
        raise SimulationError(
            _("No part of the water network holds a source, so no pressure can be computed."),
            _("Survey the works, wells and tanks that feed it, or give a node the kind of a source, with its head."),
        )
    fed = np.zeros(parts, dtype=np.bool_)
    fed[label[sources]] = True
    here = choice.nodes & fed[label]
    apart = np.flatnonzero(choice.nodes & ~fed[label] & np.isin(np.arange(count), ends))
    order = np.argsort(label[apart], kind="stable")
    cuts = np.flatnonzero(np.diff(label[apart][order])) + 1
    aside = sorted(np.split(apart[order], cuts), key=len, reverse=True) if len(apart) else []
    return Fed(extract.part(here, choice.pipes & here[extract.ends()].all(axis=1)), tuple(aside))
