"""What an EPANET file cannot carry, or what had to be supplied for it: the wording of each kind."""

from __future__ import annotations

from pipemap.formats.inp.losses import COMMON_LOSSES
from pipemap.model.problem import Severity
from pipemap.texts import N_

RULES: dict[str, tuple[Severity, str]] = COMMON_LOSSES | {
    "other-category": ("info", N_("{count} pipes of other categories than water supply are left out.")),
    "no-elevation": (
        "warning",
        N_(
            "{count} nodes have no level; that of the nearest node that has one is taken, pressures there are a guess: {examples}"
        ),
    ),
    "no-elevation-at-all": (
        "warning",
        N_("{count} nodes are in parts where no level is known; 0 is written, pressures there mean nothing: {examples}"),
    ),
    "ground-as-elevation": ("info", N_("{count} nodes have no pipe level; the level of the ground is taken: {examples}")),
    "no-demand": ("info", N_("{count} nodes have no demand; 0 is written.")),
    "no-head": (
        "warning",
        N_("{count} sources have no head; the level at their place is taken, so nothing computed is right yet: {examples}"),
    ),
    "tank-as-reservoir": (
        "warning",
        N_("{count} tanks have no diameter that a model needs; they go out as reservoirs of a fixed head: {examples}"),
    ),
    "no-diameter": (
        "warning",
        N_("{count} pipes have no diameter; that of their neighbours is taken: {examples}"),
    ),
    "no-diameter-at-all": (
        "warning",
        N_("{count} pipes have no diameter and no neighbour with one; 100 mm are written: {examples}"),
    ),
    "box-diameter": ("info", N_("{count} pipes are not round; a diameter of the same area is written: {examples}")),
    "nominal-diameter": (
        "info",
        N_("Diameters go out as the survey has them, nominal or outside ({count} pipes); a model wants inner ones."),
    ),
    "no-length": ("warning", N_("{count} pipes have no length; the distance of their ends is taken: {examples}")),
    "short-length": ("warning", N_("{count} pipes have a length of 0; 0.01 m are written: {examples}")),
    "material-roughness": (
        "info",
        N_("{count} pipes have no roughness; that of a new pipe of their material is taken (see Standards, roughness)."),
    ),
    "unverified-roughness": (
        "warning",
        N_("{count} of the roughnesses taken from the table are unverified: {examples}"),
    ),
    "usual-roughness": (
        "warning",
        N_("{count} pipes have neither roughness nor a known material; EPANET's own default is taken: {examples}"),
    ),
    "valve-split": ("info", N_("{count} valves surveyed as points become throttle valves between two nodes: {examples}")),
    "valve-without-arm": (
        "warning",
        N_("{count} valves stand where not two pipes meet and their arm is not recorded; they close nothing: {examples}"),
    ),
    "device-as-node": (
        "warning",
        N_("{count} pumps, check valves and regulators surveyed as points go out as plain junctions: {examples}"),
    ),
    "pump-without-curve": (
        "warning",
        N_("{count} pumps have no curve; they go out as check valves, without lift: {examples}"),
    ),
    "valve-without-setting": (
        "warning",
        N_("{count} control valves have no setting, or a curve that stays behind; they become open throttle valves: {examples}"),
    ),
    "self-loop": ("warning", N_("{count} pipes start and end at one node, which EPANET refuses; they are left out: {examples}")),
    "no-source": (
        "warning",
        N_("{count} parts of the network hold no source; EPANET cannot supply them. One node of each: {examples}"),
    ),
    "kept-level": (
        "info",
        N_("{count} nodes of the model have pipe ends at several levels now; their mean is written: {examples}"),
    ),
    "valve-layer": ("info", N_("{count} valves of the valve layer stand at what does not go out.")),
}
