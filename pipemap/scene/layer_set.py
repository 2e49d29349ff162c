"""All layers of one composition, which come onto the renderer and leave it together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.scene.glyph_layer import GlyphLayer
from pipemap.scene.layers import PipeLayer, Style
from pipemap.scene.stands import palette

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from pipemap.scene.composing import Composition
    from pipemap.scene.props import Air
    from pipemap.scene.sight import Sight
    from pipemap.scene.stands import Arrows
    from pipemap.scene.workshop import Workshop


class LayerSet:
    """What shows a composition; hidden until :meth:`show`.

    Attributes
    ----------
    is_behind
        Whether its arrows are those of a composition before.
    """

    def __init__(self, renderer: vtkRenderer, composition: Composition, air: Air) -> None:
        self.composition = composition
        self._renderer, self._air, self._palette = renderer, air, palette(composition.look.theme)
        self._pipes, self._glyphs = list[PipeLayer](), list[GlyphLayer]()
        for part in composition.parts:
            style = Style(opacity=part.opacity, line_width=part.width, air=air)
            self._pipes.append(PipeLayer(renderer, composition.drawing, part.bars, part.colours, style))
            self._glyphs.append(GlyphLayer(renderer, part.devices, self._palette, opacity=part.opacity, air=air))
        self._arrows: GlyphLayer | None = None
        self.is_behind = False

    def follow(self, composition: Composition, touched: NDArray[np.int64]) -> None:
        """Show a composition that followed from this one by a small Change; what it touched is made anew when it is looked at."""
        parts = composition.parts
        drawing, pipes, glyphs = composition.drawing, self._pipes, self._glyphs[: len(parts)]
        self._pipes = [
            layer.following(drawing, part.bars, part.colours, touched) for layer, part in zip(pipes, parts, strict=True)
        ]
        self._glyphs[: len(parts)] = [layer.following(part.devices, touched) for layer, part in zip(glyphs, parts, strict=True)]
        self.composition, self.is_behind = composition, self._arrows is not None

    def show(self, sight: Sight, workshop: Workshop, *, hidden: bool = False) -> None:
        """Show what an eye sees, or only ask for it."""
        for layer in self._all():
            layer.show(sight, workshop, hidden=hidden)

    def set_arrows(self, arrows: Arrows | None) -> None:
        """Show which way pipes flow, or no longer."""
        if self._arrows is not None:
            self._glyphs.remove(self._arrows)
            self._arrows.clear()
        self._arrows, self.is_behind = None, False
        if arrows is not None:
            self._arrows = GlyphLayer(self._renderer, arrows, self._palette, air=self._air)
            self._glyphs.append(self._arrows)

    @property
    def has_arrows(self) -> bool:
        """Whether it shows which way pipes flow."""
        return self._arrows is not None

    @property
    def has_something(self) -> bool:
        """Whether the coarsest picture is there, so that there is something to look at."""
        return all(layer.has_something for layer in self._pipes)

    def _all(self) -> list[PipeLayer | GlyphLayer]:
        return [*self._pipes, *self._glyphs]

    def added(self) -> bool:
        """Return whether something came onto the renderer since the last call."""
        return sum(layer.added() for layer in self._all()) > 0

    def clear(self) -> None:
        """Take everything off the renderer."""
        for layer in self._all():
            layer.clear()
