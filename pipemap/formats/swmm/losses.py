"""What a SWMM file cannot carry, or what had to be supplied for it: the wording of each kind."""

from __future__ import annotations

from pipemap.formats.inp.losses import COMMON_LOSSES
from pipemap.model.problem import Severity
from pipemap.texts import N_

RULES: dict[str, tuple[Severity, str]] = COMMON_LOSSES | {
    "other-category": ("info", N_("{count} pipes of other categories than drainage are left out.")),
    "area-gone": (
        "warning",
        N_("{count} subcatchments drain to what does not go out; they are left out with all that is said of them."),
    ),
    "divider": ("warning", N_("{count} dividers lead into a link that does not go out; they become junctions: {examples}")),
    "no-invert": (
        "warning",
        N_("{count} nodes have no bottom and no pipe level; that of the nearest node that has one is taken: {examples}"),
    ),
    "no-invert-at-all": (
        "warning",
        N_("{count} nodes are in parts where no level is known; 0 is written, nothing computed there is right: {examples}"),
    ),
    "invert-of-pipes": ("info", N_("{count} nodes have no measured bottom; the lowest pipe end there is taken.")),
    "no-depth": (
        "info",
        N_("{count} nodes have no ground level; SWMM takes them to reach the top of their highest pipe: {examples}"),
    ),
    "no-end-level": ("info", N_("{count} pipe ends have no level; they are put at the bottom of their node.")),
    "below-node": ("warning", N_("{count} pipe ends lie below the bottom of their node; they are put at it: {examples}")),
    "no-size": ("warning", N_("{count} conduits have no size; that of their neighbours is taken: {examples}")),
    "no-size-at-all": (
        "warning",
        N_("{count} conduits have no size and no neighbour with one; DN300 is written, the least of a sewer main: {examples}"),
    ),
    "shape-as-box": ("info", N_("{count} conduits have a shape that is not described; they go out as boxes: {examples}")),
    "size-by-table": (
        "warning",
        N_("{count} conduits take their size from a table of the model, which stays as it was: {examples}"),
    ),
    "no-length": ("warning", N_("{count} conduits have no length; the distance of their ends is taken: {examples}")),
    "short-length": ("warning", N_("{count} conduits have a length of 0; 0.01 m are written: {examples}")),
    "material-roughness": (
        "info",
        N_("{count} conduits have no roughness; that of a new pipe of their material is taken (see Standards, roughness)."),
    ),
    "unverified-roughness": ("warning", N_("{count} of the roughnesses taken from the table are unverified: {examples}")),
    "usual-roughness": (
        "warning",
        N_("{count} conduits have neither roughness nor a known material; EPANET's own default is taken: {examples}"),
    ),
    "reversed": ("info", N_("{count} conduits are drawn in the direction of their recorded flow, against their digitising.")),
    "storage-as-junction": (
        "warning",
        N_("{count} storages have no surface that a model needs; they go out as junctions: {examples}"),
    ),
    "outfall-split": (
        "info",
        N_(
            "{count} outfalls have more than one pipe, which SWMM refuses; each becomes a junction before its outfall: {examples}"
        ),
    ),
    "ideal-pump": ("warning", N_("{count} pumps have no curve; they go out as ideal pumps: {examples}")),
    "usual-orifice": (
        "warning",
        N_("{count} orifices, weirs and outlets have no coefficients; they go out as orifices with the usual 0.65: {examples}"),
    ),
    "closed-by-rule": ("info", N_("{count} closed pipes are closed by a control rule, as SWMM has no other way: {examples}")),
    "self-loop": ("warning", N_("{count} pipes start and end at one node, which SWMM refuses; they are left out: {examples}")),
    "no-outfall": (
        "warning",
        N_("{count} parts of the network hold no outfall; SWMM cannot drain them. One node of each: {examples}"),
    ),
}
