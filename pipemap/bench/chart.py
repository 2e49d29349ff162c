"""One picture of all figures: cost over size, a small panel a row, ours and the peers', both axes logarithmic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

from pipemap.bench.results import Bench, Figure
from pipemap.bench.rows import ROWS, Row
from pipemap.texts import _

OURS, PEERS = "#1668C7", ("#D9730D", "#6B7A89", "#8A63D2")
_WIDTH, _HEIGHT, _ACROSS = 300, 190, 3
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 34, 30
_INK, _QUIET, _RULE, _GROUND = "#1F2933", "#5C6B7A", "#D5DCE3", "#FFFFFF"
_FONT = "font-family='Noto Sans, Noto Sans CJK SC, Microsoft YaHei, sans-serif'"


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a figure to pixels, on a logarithmic axis."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - math.log10(self.low)) / max(1e-9, math.log10(self.high) - math.log10(self.low))
        return self.start + share * (self.end - self.start)

    def tens(self) -> list[float]:
        """Return the powers of ten inside."""
        return [
            10.0**power for power in range(math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9) + 1)
        ]


def chart(bench: Bench) -> str:
    """Return the picture as SVG."""
    panels = [(line, figures) for line in ROWS if line.unit == "s" and not line.part_of and (figures := _known(bench, line))]
    down = max(1, math.ceil(len(panels) / _ACROSS))
    width, height = _WIDTH * _ACROSS, _HEIGHT * down + 34
    parts = [f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}'>"]
    parts.append(f"<rect width='{width}' height='{height}' fill='{_GROUND}'/>")
    parts += _key(bench, height)
    for number, (line, figures) in enumerate(panels):
        x, y = (number % _ACROSS) * _WIDTH, (number // _ACROSS) * _HEIGHT
        parts.append(f"<g transform='translate({x},{y})'>{_panel(line, figures)}</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _known(bench: Bench, line: Row) -> list[Figure]:
    return [figure for figure in bench.of(line.name) if figure.ours.seconds > 0]


def _key(bench: Bench, height: int) -> list[str]:
    words = [(OURS, "pipemap"), (PEERS[0], _("first peer named in the table")), (PEERS[1], _("second")), (PEERS[2], _("third"))]
    parts, x = [], 12.0
    for colour, text in words:
        parts.append(f"<circle cx='{x + 4}' cy='{height - 16}' r='4' fill='{colour}'/>")
        parts.append(_text(x + 14, height - 12, text, _INK))
        x += 34 + 7.0 * sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)  # noqa: PLR2004 -- Chinese is twice as wide
    told = _("seconds over pipes, both logarithmic; dashed: to reach. {date}").format(date=bench.machine.get("date", ""))
    parts.append(_text(x + 10, height - 12, told, _QUIET))
    return parts


def _panel(line: Row, figures: list[Figure]) -> str:
    series = {OURS: {figure.pipes: figure.ours.seconds for figure in figures}}
    for colour, name in zip(PEERS, line.peers, strict=False):
        seen = [(figure.pipes, figure.peers[name].seconds) for figure in figures if name in figure.peers]
        series[colour] = {size: seconds for size, seconds in seen if seconds > 0}
    costs = [cost for told in series.values() for cost in told.values()] + ([line.target] if line.target > 0 else [])
    across = _Scale(figures[0].pipes / 1.6, figures[-1].pipes * 1.6, _LEFT, _WIDTH - _RIGHT)
    up = _Scale(10 ** math.floor(math.log10(min(costs))), 10 ** math.ceil(math.log10(max(costs) * 1.01)), _HEIGHT - _BOTTOM, _TOP)
    parts = [_text(_LEFT, 20, _(line.title), _INK, weight="600"), *_axes(across, up, figures)]
    if line.target > 0 and line.pipes is None:
        y = up(line.target)
        parts.append(f"<path d='M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}' stroke='{_QUIET}' stroke-dasharray='4 3' fill='none'/>")
    for colour, told in reversed(series.items()):
        parts += _points(colour, [(across(size), up(cost)) for size, cost in sorted(told.items())])
    return "".join(parts)


def _axes(across: _Scale, up: _Scale, figures: list[Figure]) -> list[str]:
    parts = []
    for ten in up.tens():
        y = up(ten)
        parts.append(f"<path d='M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}' stroke='{_RULE}' fill='none'/>")
        parts.append(_text(_LEFT - 5, y + 4, _tick(ten), _QUIET, anchor="end", size=10))
    for figure in figures:
        words = f"{figure.pipes / 1e6:g} M" if figure.pipes >= 100_000 else f"{figure.pipes / 1e3:g} k"  # noqa: PLR2004
        parts.append(_text(across(figure.pipes), _HEIGHT - _BOTTOM + 15, words, _QUIET, anchor="middle", size=10))
    return parts


def _points(colour: str, places: list[tuple[float, float]]) -> list[str]:
    parts = []
    if len(places) > 1:
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f"<polyline points='{way}' fill='none' stroke='{colour}' stroke-width='1.5'/>")
    return parts + [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3.5' fill='{colour}'/>" for x, y in places]


def _tick(seconds: float) -> str:
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1 - 1e-9:
            return f"{seconds * factor:g} {unit}"
    return f"{seconds:g} s"


def _text(x: float, y: float, words: str, colour: str, *, anchor: str = "start", size: int = 12, weight: str = "400") -> str:
    place = f"x='{x:.1f}' y='{y:.1f}' font-size='{size}' font-weight='{weight}' text-anchor='{anchor}' fill='{colour}'"
    return f"<text {place} {_FONT}>{escape(words)}</text>"
