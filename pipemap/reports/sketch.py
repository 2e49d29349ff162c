"""A small drawing of where a valve lies: distances from what can be seen near it, north up."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipemap.fonts import chinese_faces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.ImageDraw import ImageDraw

SIZE = (430, 230)
_VALVE, _SEEN, _LINE = "#D1495B", "#1F4E79", "#5B6470"
_TEXT = 27
_ROOM = (90, 48)


@dataclass(frozen=True, slots=True)
class Offset:
    """What is seen near, with its distance, and the compass bearing from there to the valve in degrees."""

    name: str
    distance: float
    bearing: float


def sketch(offsets: Sequence[Offset]) -> bytes | None:
    """Draw distances as a PNG; ``None`` where there is nothing to draw them from, or no font to write with."""
    faces = chinese_faces()
    if not offsets or faces is None:
        return None
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(faces[0].path), _TEXT, index=faces[0].number, layout_engine=ImageFont.Layout.BASIC)
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    places = [
        (-math.sin(math.radians(one.bearing)) * one.distance, math.cos(math.radians(one.bearing)) * one.distance)
        for one in offsets
    ]
    xs, ys = [0.0, *(x for x, _y in places)], [0.0, *(-y for _x, y in places)]
    scale = min((SIZE[0] - 2 * _ROOM[0]) / max(max(xs) - min(xs), 1.0), (SIZE[1] - 2 * _ROOM[1]) / max(max(ys) - min(ys), 1.0))
    left, top = SIZE[0] / 2 - scale * (max(xs) + min(xs)) / 2, SIZE[1] / 2 - scale * (max(ys) + min(ys)) / 2
    for one, x, y in zip(offsets, xs[1:], ys[1:], strict=True):
        at = (left + x * scale, top + y * scale)
        draw.line([(left, top), at], fill=_LINE, width=3)
        draw.rectangle([at[0] - 8, at[1] - 8, at[0] + 8, at[1] + 8], fill=_SEEN)
        told = f"{one.name} {one.distance:.1f} m"
        _write(draw, font, told, at, above=y < 0)
    draw.ellipse([left - 13, top - 13, left + 13, top + 13], fill=_VALVE, outline="white", width=3)
    _north(draw, font)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _write(draw: ImageDraw, font: Any, text: str, at: tuple[float, float], *, above: bool) -> None:  # noqa: ANN401 -- Pillow's
    wide = draw.textlength(text, font=font)
    x = min(max(at[0] - wide / 2, 2), SIZE[0] - wide - 46)
    y = at[1] - _TEXT - 16 if above else at[1] + 8
    draw.text((x, min(max(y, 0), SIZE[1] - _TEXT - 8)), text, fill="black", font=font, stroke_width=4, stroke_fill="white")


def _north(draw: ImageDraw, font: Any) -> None:  # noqa: ANN401 -- Pillow's
    x = SIZE[0] - 26
    draw.polygon([(x, 8), (x - 9, 34), (x + 9, 34)], fill=_LINE)
    draw.text((x - 10, 34), "N", fill=_LINE, font=font)
