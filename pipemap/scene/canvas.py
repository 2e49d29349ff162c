"""A flat sheet over the picture: shapes and texts in pixels, drawn by VTK so that pictures contain them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D, vtkTextActor

from pipemap.fonts import chinese_font
from pipemap.scene.arrays import cells_of, points_of, to_vtk
from pipemap.scene.colours import rgb, rgb1

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from vtkmodules.vtkRenderingCore import vtkRenderer

VTK_FONT_FILE = 4
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text.

    ``x`` is its ``left``, ``centre`` or ``right`` as ``anchor`` says, ``y`` its middle; the colour ``halo`` lies behind it.
    """

    text: str
    x: float
    y: float
    size: float
    colour: str
    anchor: str = "left"
    bold: bool = False
    halo: str = ""


class Canvas:
    """Collects shapes and texts of one frame, counted from the top left in device pixels, then shows them.

    Text actors are kept from frame to frame, since drawing letters is what costs.
    """

    def __init__(self, renderer: vtkRenderer, *, layer: int) -> None:
        self._renderer, self._layer = renderer, layer
        self._height = 0
        self._points: list[NDArray[np.float64]] = []
        self._faces: list[NDArray[np.int64]] = []
        self._colours: list[NDArray[np.uint8]] = []
        self._count = 0
        self._texts: list[Text] = []
        self._pool: dict[tuple[str, float, str, str, bool, str], list[vtkTextActor]] = {}
        self._shape = vtkPolyData()
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self._shape)
        mapper.SetScalarModeToUseCellData()
        self._actor = vtkActor2D()
        self._actor.SetMapper(mapper)
        self._actor.SetLayerNumber(layer)
        renderer.AddViewProp(self._actor)

    def begin(self, height: int) -> None:
        """Start an empty sheet of a picture that is ``height`` pixels high."""
        self._height = height
        self._points, self._faces, self._colours, self._texts = [], [], [], []
        self._count = 0

    def polygon(self, points: Sequence[Point] | NDArray[np.float64], colour: str, opacity: float = 1.0) -> None:
        """Add a filled convex polygon."""
        corners = np.asarray(points, dtype=np.float64)
        number = np.arange(1, len(corners) - 1)
        self._take(corners, np.column_stack([np.zeros_like(number), number, number + 1]), colour, opacity)

    def rectangle(
        self, x: float, y: float, width: float, height: float, colour: str, opacity: float = 1.0, *, radius: float = 0.0
    ) -> None:
        """Add a filled rectangle with round corners."""
        if radius <= 0:
            self.polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], colour, opacity)
            return
        turn = np.linspace(0, np.pi / 2, 6)
        corners = []
        for cx, cy, start in (
            (x + width - radius, y + height - radius, 0.0),
            (x + radius, y + height - radius, np.pi / 2),
            (x + radius, y + radius, np.pi),
            (x + width - radius, y + radius, 3 * np.pi / 2),
        ):
            corners.append(np.column_stack([cx + radius * np.cos(turn + start), cy + radius * np.sin(turn + start)]))
        self.polygon(np.concatenate(corners), colour, opacity)

    def disc(self, x: float, y: float, radius: float, colour: str, opacity: float = 1.0, *, corners: int = 24) -> None:
        """Add a filled circle (or regular polygon)."""
        turn = np.linspace(0, 2 * np.pi, corners, endpoint=False) + np.pi / corners
        self.polygon(np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)]), colour, opacity)

    def line(self, points: Sequence[Point] | NDArray[np.float64], width: float, colour: str, opacity: float = 1.0) -> None:
        """Add an open line of straight pieces."""
        places = np.asarray(points, dtype=np.float64)
        along = np.diff(places, axis=0)
        length = np.hypot(along[:, 0], along[:, 1])
        drawn = np.flatnonzero(length > 0)
        if not len(drawn):
            return
        side = np.column_stack([-along[drawn, 1], along[drawn, 0]]) / length[drawn, None] * width / 2
        a, b = places[drawn], places[drawn + 1]
        quads = np.stack([a + side, b + side, b - side, a - side], axis=1)
        first = np.arange(len(drawn))[:, None] * 4
        faces = np.concatenate([first + np.array(corners) for corners in ((0, 1, 2), (0, 2, 3))])
        self._take(quads.reshape(-1, 2), faces, colour, opacity)

    def _take(self, corners: NDArray[np.float64], faces: NDArray[np.int64], colour: str, opacity: float) -> None:
        self._points.append(corners)
        self._faces.append(faces + self._count)
        self._colours.append(np.full((len(faces), 4), (*rgb(colour), round(255 * opacity)), dtype=np.uint8))
        self._count += len(corners)

    def text(self, text: Text) -> None:
        """Add a text."""
        self._texts.append(text)

    def show(self) -> None:
        """Put the sheet on the picture."""
        if self._count or self._shape.GetNumberOfCells():
            self._show_shapes()
        self._show_texts()

    def _show_shapes(self) -> None:
        points = np.zeros((self._count, 3), dtype=np.float32)
        if self._count:
            flat = np.concatenate(self._points)
            points[:, 0], points[:, 1] = flat[:, 0], self._height - flat[:, 1]
        faces = np.concatenate(self._faces) if self._faces else np.empty((0, 3), dtype=np.int64)
        colours = np.concatenate(self._colours) if self._colours else np.empty((0, 4), dtype=np.uint8)
        self._shape.SetPoints(points_of(points))
        self._shape.SetPolys(cells_of(faces))
        self._shape.GetCellData().SetScalars(to_vtk(colours))
        self._shape.Modified()

    def clear(self) -> None:
        """Take everything off the renderer."""
        self._renderer.RemoveViewProp(self._actor)
        for actors in self._pool.values():
            for actor in actors:
                self._renderer.RemoveViewProp(actor)
        self._pool.clear()

    def _show_texts(self) -> None:
        used: dict[tuple[str, float, str, str, bool, str], int] = {}
        for text in self._texts:
            key = (text.text, text.size, text.colour, text.anchor, text.bold, text.halo)
            place = used.get(key, 0)
            used[key] = place + 1
            actors = self._pool.setdefault(key, [])
            if place == len(actors):
                actors.append(self._letters(text))
            actors[place].SetPosition(round(text.x), round(self._height - text.y))
            actors[place].VisibilityOn()
        for key, actors in list(self._pool.items()):
            for actor in actors[used.get(key, 0) :]:
                self._renderer.RemoveViewProp(actor)
            del actors[used.get(key, 0) :]
            if not actors:
                del self._pool[key]

    def _letters(self, text: Text) -> vtkTextActor:
        actor = vtkTextActor()
        actor.SetInput(text.text)
        look = actor.GetTextProperty()
        font = chinese_font()
        if font is not None:
            look.SetFontFamily(VTK_FONT_FILE)
            look.SetFontFile(str(font))
        look.SetFontSize(max(6, round(text.size)))
        look.SetColor(*rgb1(text.colour))
        look.SetBold(text.bold and font is None)
        look.SetJustification({"left": 0, "centre": 1, "right": 2}[text.anchor])
        look.SetVerticalJustificationToCentered()
        if text.halo:
            look.SetBackgroundColor(*rgb1(text.halo))
            look.SetBackgroundOpacity(0.72)
        actor.SetLayerNumber(self._layer + 1)
        self._renderer.AddViewProp(actor)
        return actor


def text_width(text: str, size: float) -> float:
    """Return about how many pixels wide a text is: Chinese characters are square, others a bit over half as wide."""
    return size * sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.58 for letter in text)
