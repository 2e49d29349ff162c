"""The background: a soft vertical gradient, laid in bands of one colour.

A picture has eight bits a channel, so between two near colours there are a dozen steps or two. Clearing bands costs a
fraction of a shaded rectangle over the whole window, and looks the same to the bit.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkCommonCore import vtkCommand

from pipemap.scene.colours import rgb

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

_COLOUR, _DEPTH, _SCISSOR = 0x4000, 0x100, 0x0C11


class Backdrop:
    """Clears the window before a renderer draws."""

    def __init__(self, window: vtkRenderWindow, renderer: vtkRenderer) -> None:
        self._window, self._renderer = window, renderer
        self._ends = (np.zeros(3), np.zeros(3))
        self._bands: list[tuple[int, int, tuple[float, ...]]] = []
        self._height = 0
        renderer.EraseOff()
        self._observer = renderer.AddObserver(vtkCommand.StartEvent, self._clear)

    def paint(self, top: str, bottom: str) -> None:
        """Choose the colours of both edges."""
        self._ends = np.array(rgb(bottom), dtype=float), np.array(rgb(top), dtype=float)
        self._height = 0

    def close(self) -> None:
        """Let go of the renderer."""
        self._renderer.RemoveObserver(self._observer)

    def _clear(self, *__: object) -> None:
        width, height = self._window.GetSize()
        if height != self._height:
            self._height, self._bands = height, self._laid(height)
        state = self._window.GetState()  # type: ignore[attr-defined]
        state.vtkglColorMask(True, True, True, True)
        state.vtkglDepthMask(True)
        state.vtkglEnable(_SCISSOR)
        for foot, head, colour in self._bands:
            state.vtkglScissor(0, foot, width, head - foot)
            state.vtkglClearColor(*colour, 1.0)
            state.vtkglClear(_COLOUR)
        state.vtkglScissor(0, 0, width, height)
        state.vtkglClearDepth(1.0)
        state.vtkglClear(_DEPTH)

    def _laid(self, height: int) -> list[tuple[int, int, tuple[float, ...]]]:
        """Rows of pixels with one colour each, from below."""
        share = (np.arange(height) + 0.5)[:, None] / height
        rows = np.rint(self._ends[0] * (1 - share) + self._ends[1] * share)
        starts = np.flatnonzero(np.concatenate([[True], (np.diff(rows, axis=0) != 0).any(axis=1), [True]]))
        return [(int(a), int(b), tuple(rows[a] / 255)) for a, b in pairwise(starts)]
