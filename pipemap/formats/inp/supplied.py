"""What a model needs and a survey often lacks, whatever the program: lengths and roughness; supplied, and said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.catalog.kinds import DEVICE_PIPES, PipeKind
from pipemap.catalog.roughness import roughness_of, roughnesses
from pipemap.formats.inp.choice import numbers, words
from pipemap.formats.inp.levels import lengths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pipemap.formats.inp.leaving import Leaving

SHORTEST = 0.01
_LENGTHLESS = DEVICE_PIPES - {PipeKind.CHECK_VALVE}


def pipe_names(leaving: Leaving, mask: NDArray[np.bool_]) -> Iterator[str]:
    """Yield what some pipes are called in the file."""
    return (leaving.pipe_ids[row] for row in np.flatnonzero(mask).tolist())


def node_names(leaving: Leaving, mask: NDArray[np.bool_]) -> Iterator[str]:
    """Yield what some nodes are called in the file."""
    return (leaving.node_ids[row] for row in np.flatnonzero(mask).tolist())


def known_lengths(leaving: Leaving) -> NDArray[np.float64]:
    """Return a length for each pipe, metres: its own, along its course, else between its ends; never 0."""
    extract, fresh = leaving.extract, leaving.fresh_pipes & _has_length(leaving)
    length, ends = lengths(extract), extract.ends()
    x, y = (numbers(extract.nodes, name) for name in ("x", "y"))
    missing = ~np.isfinite(length)
    straight = np.hypot(x[ends[:, 1]] - x[ends[:, 0]], y[ends[:, 1]] - y[ends[:, 0]])
    leaving.losses.add_all("no-length", pipe_names(leaving, fresh & missing & np.isfinite(straight)), layer="pipe")
    length = np.nan_to_num(np.where(missing, straight, length))
    leaving.losses.add_all("short-length", pipe_names(leaving, fresh & (length < SHORTEST)), layer="pipe")
    return np.maximum(length, SHORTEST)


def known_roughness(leaving: Leaving, column: Literal["hazen_williams", "darcy_weisbach_mm", "manning"]) -> NDArray[np.float64]:
    """Return a coefficient for each new pipe: its own, else that of its material, else the usual one."""
    rough = numbers(leaving.extract.pipes, "roughness").copy()
    usual = float(getattr(roughnesses()[""], column))
    materials = words(leaving.extract.pipes, "material")
    for row in np.flatnonzero(leaving.fresh_pipes & ~(rough > 0) & _has_length(leaving)).tolist():
        found = roughness_of(materials[row])
        if found is None:
            leaving.losses.add("usual-roughness", leaving.pipe_ids[row], layer="pipe")
        else:
            leaving.losses.add("material-roughness", layer="pipe")
            if found.certainty == "unverified":
                leaving.losses.add("unverified-roughness", materials[row], layer="pipe")
        rough[row] = usual if found is None else float(getattr(found, column))
    return np.where(rough > 0, rough, usual)


def _has_length(leaving: Leaving) -> NDArray[np.bool_]:
    return np.array([kind not in _LENGTHLESS for kind in words(leaving.extract.pipes, "kind")], dtype=bool)
