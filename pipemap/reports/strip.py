"""A section as a strip: manholes at its ends, stations below, defects where they lie, by grade."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipemap.fonts import chinese_faces

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE = (1500, 250)
GRADE_COLOURS = {1: "#3C9D6E", 2: "#E3C565", 3: "#E0713A", 4: "#C62839"}
_NONE, _LINE, _PIPE = "#4B7BA6", "#5B6470", "#D9DEE3"
_LEFT, _RIGHT, _TOP, _BOTTOM = 110, 1390, 90, 150
_TEXT = 24
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class StripMark:
    """One defect: from where to where, its number in the table, code and grade."""

    start: float
    end: float
    text: str
    grade: int | None


def strip(length: float, ends: tuple[str, str], marks: Sequence[StripMark]) -> bytes | None:
    """Draw a section as a PNG; ``None`` without a length, or where there is no font to write with."""
    faces = chinese_faces()
    if length <= 0 or faces is None:
        return None
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(faces[0].path), _TEXT, index=faces[0].number, layout_engine=ImageFont.Layout.BASIC)
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)

    def x(station: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * min(max(station / length, 0.0), 1.0)

    draw.rectangle([_LEFT, _TOP, _RIGHT, _BOTTOM], fill=_PIPE, outline=_LINE, width=2)
    for at, name in ((_LEFT, ends[0]), (_RIGHT, ends[1])):
        draw.rectangle([at - 16, _TOP - 24, at + 16, _BOTTOM + 10], fill="white", outline=_LINE, width=3)
        wide = draw.textlength(name, font=font)
        draw.text((min(max(at - wide / 2, 2), SIZE[0] - wide - 2), _BOTTOM + 44), name, fill="black", font=font)
    step = next((one for one in _STEPS if length / one <= 10), _STEPS[-1])  # noqa: PLR2004 -- numbers that have room
    for number in range(int(length // step) + 1):
        place = x(number * step)
        draw.line([(place, _BOTTOM), (place, _BOTTOM + 10)], fill=_LINE, width=2)
        text = f"{number * step}"
        draw.text((place - draw.textlength(text, font=font) / 2, _BOTTOM + 12), text, fill=_LINE, font=font)
    row_ends = [-1e9, -1e9, -1e9]
    for mark in marks:
        left, right = x(mark.start), max(x(mark.end), x(mark.start) + 6)
        colour = GRADE_COLOURS.get(mark.grade or 0, _NONE)
        draw.rectangle([left - 3, _TOP + 4, right, _BOTTOM - 4], fill=colour)
        row = next((place for place, taken in enumerate(row_ends) if left - 8 > taken), None)
        if row is not None:
            draw.text((left - 3, _TOP - 30 - 28 * row), mark.text, fill="black", font=font)
            row_ends[row] = left + draw.textlength(mark.text, font=font)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
