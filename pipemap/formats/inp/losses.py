"""What no model file can carry: the wording of each kind."""

from __future__ import annotations

from pipemap.model.problem import Severity
from pipemap.texts import N_

COMMON_LOSSES: dict[str, tuple[Severity, str]] = {
    "not-in-use": ("info", N_("{count} pipes are not in use and are left out.")),
    "lone-node": ("info", N_("{count} nodes that no pipe meets are left out.")),
    "other-model": (
        "warning",
        N_("A file holds one model: curves, patterns, controls and options of {count} other models stay behind ({examples})."),
    ),
    "id-changed": (
        "info",
        N_("{count} ids are written otherwise, because they are not unique or not legal in a model: {examples}"),
    ),
    "line-gone": ("warning", N_("{count} lines of the model speak of what does not go out and are left out: {examples}")),
    "control-gone": ("warning", N_("{count} controls speak of what does not go out and are left out.")),
    "rule-gone": ("warning", N_("{count} rules speak of what does not go out and are left out.")),
    "name-gone": ("info", N_("{count} names of what does not go out are taken out of lists.")),
    "remarks": (
        "info",
        N_("{count} lines of remarks are left out, since something of the model does not go out and they may speak of it."),
    ),
    "foreign-text": ("info", N_("{count} sections that the program does not know go out as remarks: {examples}")),
    "placeholder": (
        "warning",
        N_("{count} nodes that a pipe ends at were never delivered; they go out as plain nodes: {examples}"),
    ),
    "no-place": ("info", N_("{count} nodes have no coordinates.")),
    "only-attributes": (
        "info",
        N_("Materials, depths, owners and what else a model has no columns for stay behind."),
    ),
}
