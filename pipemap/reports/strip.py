"""A section as a long section: manholes with their levels, stations below, defects where they lie by grade, flow and camera."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pipemap.fonts import chinese_faces
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.ImageDraw import ImageDraw

SIZE = (1250, 240)
"""As many pixels as paper shows of it, so that it is taken as it is."""
GRADE_COLOURS = {1: "#3C9D6E", 2: "#E3C565", 3: "#E0713A", 4: "#C62839"}
_NONE, _LINE, _PIPE, _GROUND, _FLOW = "#4B7BA6", "#5B6470", "#D9DEE3", "#8A7458", "#2E86AB"
_LEFT, _RIGHT, _TOP, _THICK = 108, 1142, 93, 36
_TILT = 20
_TEXT = 20
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_MOST_STEPS = 10
_ROWS = 3


@dataclass(frozen=True, slots=True)
class StripMark:
    """One defect: from where to where, its number in the table, code and grade."""

    start: float
    end: float
    text: str
    grade: int | None


@dataclass(frozen=True, slots=True)
class StripEnd:
    """The manhole at an end: its id, and the levels of ground and invert; NaN where unknown."""

    name: str
    ground: float = math.nan
    invert: float = math.nan


def strip(
    length: float, ends: tuple[StripEnd, StripEnd], marks: Sequence[StripMark], *, flow: int = 0, camera: int = 0
) -> bytes | None:
    """Draw a section as a PNG; ``None`` without a length, or where there is no font to write with.

    Parameters
    ----------
    flow, camera
        Which way water and camera went: +1 from the first end to the second, −1 back, 0 where unknown.
    """
    font = _font()
    if length <= 0 or font is None:
        return None
    from PIL import Image, ImageDraw

    image = Image.new("RGB", SIZE, "white")
    drawing = _Drawing(ImageDraw.Draw(image), font, length, ends)
    drawing.pipe()
    drawing.stations()
    drawing.ways(flow, camera)
    drawing.marks(marks)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=4)
    return out.getvalue()


@cache
def _font() -> Any:  # noqa: ANN401 -- Pillow's
    from PIL import ImageFont

    faces = chinese_faces()
    if faces is None:
        return None
    return ImageFont.truetype(str(faces[0].path), _TEXT, index=faces[0].number, layout_engine=ImageFont.Layout.BASIC)


class _Drawing:
    """One sketch while it is drawn."""

    def __init__(self, draw: ImageDraw, font: Any, length: float, ends: tuple[StripEnd, StripEnd]) -> None:  # noqa: ANN401 -- Pillow's
        self._draw, self._font, self._length, self._ends = draw, font, length, ends
        fall = ends[0].invert - ends[1].invert
        self._tilt = 0.0 if not math.isfinite(fall) else math.copysign(_TILT, fall) if abs(fall) > 0.005 else 0.0  # noqa: PLR2004 -- half a centimetre

    def _x(self, station: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * min(max(station / self._length, 0.0), 1.0)

    def _y(self, x: float) -> float:
        """Return the crown of the pipe, which falls as its invert does, and no steeper than it has room."""
        share = (x - _LEFT) / (_RIGHT - _LEFT)
        return _TOP + (_TILT - self._tilt) / 2 + share * self._tilt

    def _text(self, x: float, y: float, words: str, *, fill: str = "black", centred: bool = True) -> None:
        wide = self._draw.textlength(words, font=self._font)
        left = x - wide / 2 if centred else x
        self._draw.text((min(max(left, 2), SIZE[0] - wide - 2), y), words, fill=fill, font=self._font)

    def pipe(self) -> None:
        """Draw ground, pipe and manholes with their levels."""
        draw = self._draw
        corners = [
            (_LEFT, self._y(_LEFT)),
            (_RIGHT, self._y(_RIGHT)),
            (_RIGHT, self._y(_RIGHT) + _THICK),
            (_LEFT, self._y(_LEFT) + _THICK),
        ]
        draw.polygon(corners, fill=_PIPE, outline=_LINE, width=2)
        for x, end in zip((_LEFT, _RIGHT), self._ends, strict=True):
            top = self._y(x)
            draw.rectangle([x - 14, top - 22, x + 14, top + _THICK + 8], fill="white", outline=_LINE, width=3)
            draw.line([x - 34, top - 22, x + 34, top - 22], fill=_GROUND, width=4)
            self._text(x, SIZE[1] - 56, end.name)
            levels = " / ".join(f"{level:.2f}" for level in (end.ground, end.invert) if math.isfinite(level))
            self._text(x, SIZE[1] - 31, levels, fill=_LINE)

    def stations(self) -> None:
        """Draw the scale below the pipe."""
        step = next((one for one in _STEPS if self._length / one <= _MOST_STEPS), _STEPS[-1])
        for number in range(int(self._length // step) + 1):
            x = self._x(number * step)
            bottom = self._y(x) + _THICK
            self._draw.line([(x, bottom), (x, bottom + 8)], fill=_LINE, width=2)
            if number and self._length - number * step > step / 3:
                self._text(x, bottom + 9, f"{number * step}", fill=_LINE)

    def ways(self, flow: int, camera: int) -> None:
        """Draw which way water and camera went, and the length."""
        told = [(flow, _("Flow"), _FLOW), (camera, _("Camera"), _LINE)]
        x = _LEFT + 110.0
        for way, words, colour in told:
            if way:
                self._arrow(x, SIZE[1] - 21, way, colour)
                self._text(x + 68, SIZE[1] - 34, words, fill=colour, centred=False)
                x += 220
        fall = self._ends[0].invert - self._ends[1].invert
        slope = f"   {abs(fall) / self._length * 1000:.1f} ‰" if math.isfinite(fall) else ""
        self._text(_RIGHT - 300, SIZE[1] - 34, f"L = {self._length:.2f} m{slope}", fill=_LINE, centred=False)

    def _arrow(self, x: float, y: float, way: int, colour: str) -> None:
        start, end = (x, x + 54) if way > 0 else (x + 54, x)
        self._draw.line([(start, y), (end, y)], fill=colour, width=4)
        self._draw.polygon([(end, y), (end - way * 14, y - 8), (end - way * 14, y + 8)], fill=colour)

    def marks(self, marks: Sequence[StripMark]) -> None:
        """Draw the defects, and above them as many of their words as there is room for."""
        row_ends = [-1e9] * _ROWS
        for mark in marks:
            left, right = self._x(mark.start), max(self._x(mark.end), self._x(mark.start) + 6)
            top = self._y(left)
            colour = GRADE_COLOURS.get(mark.grade or 0, _NONE)
            self._draw.rectangle([left - 3, top + 5, right, top + _THICK - 5], fill=colour)
            row = next((place for place, taken in enumerate(row_ends) if left - 8 > taken), None)
            if row is not None:
                self._text(left - 3, top - 30 - 23 * row, mark.text, centred=False)
                row_ends[row] = left + self._draw.textlength(mark.text, font=self._font)
