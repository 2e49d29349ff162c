"""Telling a SWMM model from other files that are called ``.inp``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.formats.inp.recognition import marks

if TYPE_CHECKING:
    from pathlib import Path


def recognizes(path: Path) -> float:
    """Return how sure it is that a file is a SWMM model, 0 to 1, by the sections inside it."""
    return marks(path).swmm
