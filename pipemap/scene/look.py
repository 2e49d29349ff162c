"""What a person has chosen to see, and what is emphasised."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.scene.colours import DARK, LIGHT, Theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.scene.problem_marks import ProblemMarks
    from pipemap.scene.results import Result

Labels = Literal["none", "nodes", "pipes", "all"]


@dataclass(slots=True)
class Look:
    """What the person has chosen to see."""

    dark: bool = False
    pixel_ratio: float = 1.0
    hidden: frozenset[str] = frozenset()
    ground_opacity: float = 0.3
    exaggeration: float = 1.0
    labels: Labels = "none"
    arrows: bool = False
    column: str | None = None
    legend: bool = False
    compass: bool = True

    @property
    def theme(self) -> Theme:
        """Colours of everything that is no pipe."""
        return DARK if self.dark else LIGHT

    def draws_like(self, other: Look) -> bool:
        """Whether pipes and glyphs look the same as with another one."""
        parts = ("dark", "pixel_ratio", "hidden", "exaggeration", "column")
        return all(getattr(self, part) == getattr(other, part) for part in parts)


@dataclass(slots=True, eq=False)
class Chosen:
    """What is emphasised: selection, hover, result, problems of the data."""

    nodes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    pipes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    hover: tuple[str, int] | None = None
    result: Result | None = None
    problems: ProblemMarks | None = None
