"""Layers of a drawing: for each category one of lines, points, texts and annotation, in the colour of the standard."""

from __future__ import annotations

import re
from typing import Literal

from pipemap.catalog import category, major_of

Part = Literal["LINE", "POINT", "TEXT", "MARK"]
PARTS: tuple[Part, ...] = ("LINE", "POINT", "TEXT", "MARK")
"""As the tables of the EPS survey system are called (JSLine, JSPoint, JSText, JSMark); no standard of drawings was seen."""
UNKNOWN = "BM"
"""不明管线: where elements without a category lie."""
BLACK_OR_WHITE = 7
_ILLEGAL = re.compile(r"[<>/\\\":;?*|=,`'\x00-\x1f\x7f\s]+")
_LONGEST = 200
_BASIC = {"#FF0000": 1, "#FFFF00": 2, "#00FF00": 3, "#00FFFF": 4, "#0000FF": 5, "#FF00FF": 6}


def layer_name(code: str, part: Part) -> str:
    """Return the layer of a category's lines, points, texts or annotation; also for a code that nobody knows."""
    return f"{_ILLEGAL.sub('_', code or UNKNOWN)[:_LONGEST]}{part}"


def colour_of_layer(code: str) -> tuple[int, tuple[int, int, int] | None]:
    """Return the colour number and the true colour of a category's layers.

    Black is colour 7, which a drawing shows black on white and white on black, and has no true colour.
    """
    found = category(code) or category(major_of(code)) or category(UNKNOWN)
    text = found.colour if found else "#000000"
    red, green, blue = (int(text[at : at + 2], 16) for at in (1, 3, 5))
    if (red, green, blue) == (0, 0, 0):
        return BLACK_OR_WHITE, None
    return _BASIC.get(text.upper()) or _nearest(red, green, blue), (red, green, blue)


def _nearest(red: int, green: int, blue: int) -> int:
    """Return the number of the palette's colour that is nearest."""
    from ezdxf.colors import DXF_DEFAULT_COLORS, int2rgb

    def distance(number: int) -> int:
        shade = int2rgb(DXF_DEFAULT_COLORS[number])
        return (shade.r - red) ** 2 + (shade.g - green) ** 2 + (shade.b - blue) ** 2

    return min(range(1, 250), key=distance)
