"""What lies over every picture: compass, scale bar, legend, and the marks of a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.scene.canvas import Canvas, Text, text_width
from pipemap.scene.colours import RESULT_COLOURS

if TYPE_CHECKING:
    from pipemap.scene.camera import Projection
    from pipemap.scene.colours import Legend, Theme

_ROUND = (1.0, 2.0, 5.0)
LEGEND_ROWS = 18


@dataclass(frozen=True, slots=True)
class Pin:
    """One mark on the picture, in pixels: shape, text inside, and where it points."""

    shape: str
    x: float
    y: float
    text: str = ""


def compass(canvas: Canvas, projection: Projection, theme: Theme, *, ratio: float, bottom: float = 0.0) -> None:
    """Draw a ring that lies on the ground, with its needle north and, in 3D, a stick upwards: orientation at a glance."""
    radius = 26.0 * ratio
    x, y = projection.width - 44 * ratio, projection.height - 46 * ratio - bottom

    def at(east: float, north: float, up: float) -> tuple[float, float]:
        vector = np.array([east, north, up])
        return x + float(vector @ projection.right) * radius, y - float(vector @ projection.up) * radius

    turn = np.linspace(0, 2 * np.pi, 49)
    ring = np.array([at(np.cos(angle), np.sin(angle), 0) for angle in turn])
    canvas.polygon(ring[:-1], theme.panel, 0.55)
    canvas.line(ring, 1.4 * ratio, theme.quiet, 0.9)
    canvas.polygon([at(0, 0.86, 0), at(0.2, 0, 0), at(-0.2, 0, 0)], "#D1495B")
    canvas.polygon([at(0, -0.86, 0), at(0.2, 0, 0), at(-0.2, 0, 0)], theme.quiet, 0.85)
    if not projection.eye.plan:
        canvas.line([at(0, 0, 0), at(0, 0, 0.95)], 2.2 * ratio, "#2E86AB")
    tip = at(0, 1.28, 0)
    canvas.text(Text("N", *tip, 12 * ratio, theme.text, anchor="centre", bold=True))


def scale_bar(canvas: Canvas, projection: Projection, theme: Theme, *, ratio: float, unit_factor: float = 1.0) -> None:
    """Draw a bar of round metres, true at the middle of the picture."""
    per_metre = projection.focal_scale * unit_factor
    metres = round_length(120 * ratio / per_metre)
    width = metres * per_metre
    x, y = projection.width - 100 * ratio - width, projection.height - 24 * ratio
    for start, end, colour in ((0.0, 0.5, theme.text), (0.5, 1.0, theme.panel)):
        canvas.rectangle(x + start * width, y, (end - start) * width, 5 * ratio, colour, 0.9)
    edge = [(x, y), (x + width, y), (x + width, y + 5 * ratio), (x, y + 5 * ratio), (x, y)]
    canvas.line(edge, 1.0 * ratio, theme.text, 0.9)
    told = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"  # noqa: PLR2004 -- a kilometre
    canvas.text(Text("0", x, y - 9 * ratio, 11 * ratio, theme.text, anchor="centre"))
    canvas.text(Text(told, x + width, y - 9 * ratio, 11 * ratio, theme.text, anchor="centre"))


def round_length(metres: float) -> float:
    """Return the largest of 1, 2, 5 × 10ⁿ that is not longer."""
    power = 10.0 ** np.floor(np.log10(max(metres, 1e-9)))
    return float(max((step * power for step in _ROUND if step * power <= metres * 1.0001), default=power))


def legend_panel(canvas: Canvas, legend: Legend, theme: Theme, *, ratio: float) -> None:
    """Draw the legend into the top left corner; what does not fit is counted."""
    size, row = 12 * ratio, 20 * ratio
    shown = legend.entries[:LEGEND_ROWS]
    title = f"{legend.title} ({legend.unit})" if legend.unit else legend.title
    counts = [f"{entry.count:,}" for entry in shown]
    label_width = max([text_width(entry.label, size) for entry in shown] + [text_width(title, size)], default=0.0)
    count_width = max([text_width(count, size) for count in counts], default=0.0)
    x, y, pad = 14 * ratio, 14 * ratio, 12 * ratio
    width = pad * 2 + 24 * ratio + label_width + 14 * ratio + count_width
    more = len(legend.entries) - len(shown)
    height = pad * 2 + row * (len(shown) + 1 + bool(more)) - 4 * ratio
    canvas.rectangle(x, y, width, height, theme.panel, 0.82, radius=7 * ratio)
    canvas.text(Text(title, x + pad, y + pad + row * 0.35, size, theme.text, bold=True))
    for number, (entry, count) in enumerate(zip(shown, counts, strict=True), start=1):
        middle = y + pad + row * (number + 0.35)
        canvas.rectangle(x + pad, middle - 5 * ratio, 15 * ratio, 10 * ratio, entry.colour, radius=2.5 * ratio)
        canvas.text(Text(entry.label, x + pad + 24 * ratio, middle, size, theme.text))
        canvas.text(Text(count, x + width - pad, middle, size, theme.quiet, anchor="right"))
    if more:
        canvas.text(Text(f"+ {more}", x + pad + 24 * ratio, y + pad + row * (len(shown) + 1.35), size, theme.quiet))


def pin(canvas: Canvas, mark: Pin, theme: Theme, *, ratio: float) -> None:
    """Draw one mark; each meaning has its own shape, so that it is told apart without colour."""
    draw = _SHAPES.get(mark.shape, _stop)
    draw(canvas, mark, theme, ratio)


def _start(canvas: Canvas, mark: Pin, _theme: Theme, ratio: float) -> None:
    """A drop that points at the place."""
    _drop(canvas, mark, "#0B6FE8", ratio)
    canvas.disc(mark.x, mark.y - 19 * ratio, 4.2 * ratio, "#ffffff")


def _numbered(canvas: Canvas, mark: Pin, _theme: Theme, ratio: float) -> None:
    """A drop with the place in the order of closing."""
    _drop(canvas, mark, RESULT_COLOURS["contained"], ratio)
    canvas.text(Text(mark.text, mark.x, mark.y - 19 * ratio, 11 * ratio, "#ffffff", anchor="centre", bold=True))


def _hollow(canvas: Canvas, mark: Pin, theme: Theme, ratio: float) -> None:
    """A drop without filling: not needed."""
    _drop(canvas, mark, theme.quiet, ratio)
    canvas.disc(mark.x, mark.y - 19 * ratio, 7 * ratio, theme.panel)


def _reopen(canvas: Canvas, mark: Pin, _theme: Theme, ratio: float) -> None:
    """A green drop with a plus."""
    _drop(canvas, mark, RESULT_COLOURS["reopen"], ratio)
    canvas.rectangle(mark.x - 5 * ratio, mark.y - 20.2 * ratio, 10 * ratio, 2.4 * ratio, "#ffffff")
    canvas.rectangle(mark.x - 1.2 * ratio, mark.y - 24 * ratio, 2.4 * ratio, 10 * ratio, "#ffffff")


def _source(canvas: Canvas, mark: Pin, _theme: Theme, ratio: float) -> None:
    """A blue square with a drop of water."""
    canvas.rectangle(mark.x - 9 * ratio, mark.y - 27 * ratio, 18 * ratio, 18 * ratio, RESULT_COLOURS["source"], radius=4 * ratio)
    _wedge(canvas, mark, ratio, half=3.0, base=-10.0, tip=0.0, colour=RESULT_COLOURS["source"])
    canvas.disc(mark.x, mark.y - 16.5 * ratio, 4 * ratio, "#ffffff")
    _wedge(canvas, mark, ratio, half=3.4, base=-18.5, tip=-25.0, colour="#ffffff")


def _padlock(canvas: Canvas, mark: Pin, theme: Theme, ratio: float) -> None:
    """Already closed."""
    turn = np.linspace(np.pi, 2 * np.pi, 11)
    bow = np.column_stack([mark.x + 4.6 * ratio * np.cos(turn), mark.y - 17 * ratio + 5.5 * ratio * np.sin(turn)])
    canvas.line(bow, 2.4 * ratio, theme.text)
    canvas.rectangle(mark.x - 8 * ratio, mark.y - 17 * ratio, 16 * ratio, 12 * ratio, theme.text, radius=2.5 * ratio)
    canvas.disc(mark.x, mark.y - 11 * ratio, 2.2 * ratio, theme.panel)


def _stop(canvas: Canvas, mark: Pin, _theme: Theme, ratio: float) -> None:
    """A red octagon with a bar: the trace ends here."""
    canvas.disc(mark.x, mark.y, 8.6 * ratio, "#ffffff", corners=8)
    canvas.disc(mark.x, mark.y, 7.4 * ratio, RESULT_COLOURS["barrier"], corners=8)
    canvas.rectangle(mark.x - 4.4 * ratio, mark.y - 1.4 * ratio, 8.8 * ratio, 2.8 * ratio, "#ffffff")


def _drop(canvas: Canvas, mark: Pin, colour: str, ratio: float) -> None:
    for grow, fill in ((1.6 * ratio, "#ffffff"), (0.0, colour)):
        canvas.disc(mark.x, mark.y - 19 * ratio, 10 * ratio + grow, fill, corners=28)
        _wedge(canvas, mark, 1.0, half=8.2 * ratio + grow, base=-14 * ratio, tip=grow, colour=fill)


def _wedge(canvas: Canvas, mark: Pin, ratio: float, *, half: float, base: float, tip: float, colour: str) -> None:
    """A triangle under or over the mark's place."""
    foot = mark.y + base * ratio
    canvas.polygon([(mark.x - half * ratio, foot), (mark.x + half * ratio, foot), (mark.x, mark.y + tip * ratio)], colour)


_SHAPES = {
    "start": _start,
    "close": _numbered,
    "not_needed": _hollow,
    "reopen": _reopen,
    "source": _source,
    "already_closed": _padlock,
    "stop": _stop,
}
