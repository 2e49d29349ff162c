"""What a drawing cannot carry: the wording of each kind."""

from __future__ import annotations

from pipemap.model.problem import Severity
from pipemap.texts import N_

RULES: dict[str, tuple[Severity, str]] = {
    "level-unknown": (
        "warning",
        N_("{count} pipes have a level that is unknown; they are drawn in plan, at height 0: {examples}"),
    ),
    "ground-unknown": ("info", N_("{count} points have no ground level; they are drawn at height 0.")),
    "pipe-without-place": ("warning", N_("{count} pipes have an end without coordinates and are not drawn: {examples}")),
    "node-without-place": ("warning", N_("{count} points have no coordinates and are not drawn: {examples}")),
    "no-category": ("info", N_("{count} elements have no category; they lie on the layers of unknown lines (BM…).")),
    "short-for-text": ("info", N_("{count} pipes are too short for the text along them.")),
    "shortened": ("info", N_("{count} texts were too long for a drawing and are cut.")),
    "customers": ("info", N_("Customers stay behind.")),
    "model": ("info", N_("What was kept of hydraulic and drainage models stays behind.")),
}
