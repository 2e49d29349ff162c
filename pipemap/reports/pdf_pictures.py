"""Pictures on the pages of a PDF."""

from __future__ import annotations

import io

from pipemap.reports.content import Picture
from pipemap.reports.pdf_sheets import PANEL, QUIET, RULE, Sheets
from pipemap.reports.pictures import prepared
from pipemap.reports.text import line
from pipemap.texts import _


def put_picture_at(
    sheets: Sheets, picture: Picture, *, x: float, y: float, room: float, box: tuple[float, float]
) -> tuple[float, float]:
    """Put a picture into the middle of a room; one that is missing leaves a frame with its name. Return its size."""
    width, height = box
    made = prepared(picture, width, height)
    if made is None:
        height = min(height, width * 0.6)
        sheets.set_draw_color(RULE)
        sheets.set_fill_color(PANEL)
        sheets.rect(x + (room - width) / 2, y, width, height, "DF")
        told = sheets.lines(_("Picture missing: {name}").format(name=line(picture.name) or "?"), width - 4, 8)
        sheets.look(8, QUIET)
        sheets.put(x + room / 2, y + height / 2 - 2, told[0], 8, align="C")
        return width, height
    wide, high = made.fitted(width, height)
    sheets.image(io.BytesIO(made.content), x + (room - wide) / 2, y, wide, high)
    return wide, high
