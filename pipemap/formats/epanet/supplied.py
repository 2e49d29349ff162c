"""What a hydraulic model needs and a survey often lacks: levels, diameters, lengths, roughness; supplied, and said."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.formats.inp.choice import numbers
from pipemap.formats.inp.levels import end_levels, mean_by_node, spread
from pipemap.formats.inp.supplied import known_lengths, known_roughness, node_names, pipe_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.formats.inp.leaving import Leaving

USUAL_DIAMETER = 100.0
_COLUMNS: dict[str, Literal["hazen_williams", "darcy_weisbach_mm", "manning"]] = {"D-W": "darcy_weisbach_mm", "C-M": "manning"}


@dataclass(frozen=True, slots=True)
class Supplied:
    """A value for everything that goes out: metres a node; millimetres, metres and the formula's coefficient a pipe."""

    elevation: NDArray[np.float64]
    diameter: NDArray[np.float64]
    length: NDArray[np.float64]
    roughness: NDArray[np.float64]


def supply(leaving: Leaving, formula: str, known_elevation: NDArray[np.float64]) -> Supplied:
    """Work out what goes into the lines of new elements.

    Parameters
    ----------
    formula
        ``H-W``, ``D-W`` or ``C-M``, as the file's options have it.
    known_elevation
        Metres a node where the kept model says it, else NaN.
    """
    column = _COLUMNS.get(formula, "hazen_williams")
    elevation = _elevations(leaving, known_elevation)
    leaving.told()
    diameter = _diameters(leaving)
    leaving.told()
    length = known_lengths(leaving)
    leaving.told()
    return Supplied(elevation, diameter, length, known_roughness(leaving, column))


def _elevations(leaving: Leaving, known: NDArray[np.float64]) -> NDArray[np.float64]:
    extract, fresh = leaving.extract, leaving.fresh_nodes
    ends = extract.ends()
    measured = mean_by_node(end_levels(extract, "axis"), ends, extract.nodes.num_rows)
    level = np.where(np.isfinite(known), known, measured)
    ground = numbers(extract.nodes, "ground")
    from_ground = ~np.isfinite(level) & np.isfinite(ground)
    leaving.losses.add_all("ground-as-elevation", node_names(leaving, fresh & from_ground), layer="node")
    level = np.where(from_ground, ground, level)
    missing = ~np.isfinite(level)
    leaving.told()
    level = spread(level, ends[leaving.choice.pipes])
    leaving.told()
    lost = ~np.isfinite(level)
    leaving.losses.add_all("no-elevation", node_names(leaving, fresh & missing & ~lost), layer="node")
    leaving.losses.add_all("no-elevation-at-all", node_names(leaving, fresh & lost), layer="node")
    return np.nan_to_num(level)


def _diameters(leaving: Leaving) -> NDArray[np.float64]:
    extract, fresh = leaving.extract, leaving.fresh_pipes
    across, wide, tall = (numbers(extract.pipes, name) for name in ("diameter_mm", "width_mm", "height_mm"))
    with np.errstate(invalid="ignore"):
        across = np.where(across > 0, across, np.nan)
        box = ~np.isfinite(across) & (wide * tall > 0)
        across = np.where(box, 2 * np.sqrt(wide * tall / math.pi), across)
    leaving.losses.add_all("box-diameter", pipe_names(leaving, fresh & box), layer="pipe")
    leaving.losses.add("nominal-diameter", count=int((fresh & np.isfinite(across) & ~box).sum()), layer="pipe")
    missing = ~np.isfinite(across)
    ends = extract.ends()
    here = leaving.choice.pipes
    leaving.told()
    near = spread(
        mean_by_node(np.where(here, across, np.nan)[:, None].repeat(2, axis=1), ends, extract.nodes.num_rows), ends[here]
    )
    found = near[ends].min(axis=1, initial=np.inf, where=np.isfinite(near[ends])) if len(ends) else np.empty(0)
    lost = missing & ~np.isfinite(found)
    leaving.losses.add_all("no-diameter", pipe_names(leaving, fresh & missing & ~lost), layer="pipe")
    leaving.losses.add_all("no-diameter-at-all", pipe_names(leaving, fresh & lost), layer="pipe")
    return np.where(lost, USUAL_DIAMETER, np.where(missing, np.round(found), across))
