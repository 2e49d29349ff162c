"""Actors of one layer on a renderer, by piece: shown and hidden from frame to frame, forgotten when there are too many."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer


Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """An actor (``None``: nothing to see) and how many bars or glyphs it holds."""

    actor: vtkActor | None
    size: int


class Shelf(Generic[Key]):
    """Pieces by key. Nothing is seen before :meth:`reveal`.

    Parameters
    ----------
    most
        Bars or glyphs kept in all; beyond that what is not shown is forgotten.
    keeps
        Keys that are never forgotten.
    """

    def __init__(self, renderer: vtkRenderer, most: int, keeps: Callable[[Key], bool]) -> None:
        self._renderer, self._most, self._keeps = renderer, most, keeps
        self._pieces: dict[Key, Piece] = {}
        self._shown: set[Key] = set()
        self._kept = 0
        self._new = False

    def __contains__(self, key: object) -> bool:
        return key in self._pieces

    def size_of(self, key: Key) -> int:
        """How many bars or glyphs a piece holds."""
        return self._pieces[key].size

    def put(self, key: Key, actor: vtkActor | None, size: int) -> None:
        """Keep a piece, hidden."""
        self.drop(key)
        self._pieces[key] = Piece(actor, size)
        self._kept += size
        if actor is not None:
            actor.VisibilityOff()
            self._renderer.AddActor(actor)
            self._new = True

    def reveal(self, keys: set[Key]) -> None:
        """Show these pieces and no others."""
        for key in self._shown - keys:
            self._switch(key, on=False)
        for key in keys - self._shown:
            self._switch(key, on=True)
        self._shown = keys
        if self._kept > self._most:
            for key in [key for key in self._pieces if key not in keys and not self._keeps(key)]:
                self.drop(key)

    def drop(self, key: Key) -> None:
        """Forget a piece, if it is there."""
        piece = self._pieces.pop(key, None)
        if piece is not None:
            self._kept -= piece.size
            self._shown.discard(key)
            if piece.actor is not None:
                self._renderer.RemoveActor(piece.actor)

    def clear(self) -> None:
        """Take everything off the renderer."""
        for key in list(self._pieces):
            self.drop(key)

    def added(self) -> bool:
        """Return whether something came onto the renderer since the last call."""
        new, self._new = self._new, False
        return new

    def _switch(self, key: Key, *, on: bool) -> None:
        piece = self._pieces.get(key)
        if piece is not None and piece.actor is not None:
            piece.actor.SetVisibility(on)
