"""The network in 3D: VTK without Qt. :class:`Scene` is what the window and ``pipemap render`` drive; it works off screen."""

from __future__ import annotations

from pipemap.scene.camera import Viewpoint
from pipemap.scene.colours import Colouring, Legend, LegendEntry
from pipemap.scene.composing import Composition, coloured
from pipemap.scene.drawing import Drawing, draw
from pipemap.scene.picking import Pick, Selection
from pipemap.scene.problem_marks import ProblemMarks
from pipemap.scene.recomposing import Following, follow
from pipemap.scene.results import Group, Mark, Result
from pipemap.scene.scene import Scene

__all__ = [
    "Colouring",
    "Composition",
    "Drawing",
    "Following",
    "Group",
    "Legend",
    "LegendEntry",
    "Mark",
    "Pick",
    "ProblemMarks",
    "Result",
    "Scene",
    "Selection",
    "Viewpoint",
    "coloured",
    "draw",
    "follow",
]
