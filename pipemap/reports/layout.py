"""Text into lines, columns into a width: what a page needs before anything is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Measure = Callable[[str], float]
"""Width of a text in millimetres."""

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_TOKENS = re.compile(rf"[{_WIDE}]|\s+|[^\s{_WIDE}]+")
_CLOSING = frozenset("，。、；：？！）》」』】〕％,.;:?!)]}%·")
"""Never the first of a line."""


def wrapped(text: str, width: float, measure: Measure) -> list[str]:
    """Break a text into lines: between words, between Chinese characters, and inside words that are too long."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _broken(paragraph, width, measure)
    return lines


def _broken(paragraph: str, width: float, measure: Measure) -> list[str]:
    if measure(paragraph) <= width:
        return [paragraph.strip()]
    lines: list[str] = []
    tokens: list[str] = []
    used = 0.0
    for token in _TOKENS.findall(paragraph):
        for piece in _pieces(token, width, measure):
            wide = measure(piece)
            if used + wide > width and tokens:
                carried = [tokens.pop()] if piece in _CLOSING and len(tokens) > 1 else []
                lines.append("".join(tokens).strip())
                tokens, used = carried, sum(map(measure, carried))
                if piece.isspace():
                    continue
            tokens.append(piece)
            used += wide
    rest = "".join(tokens).strip()
    return [*lines, rest] if rest or not lines else lines


def _pieces(token: str, width: float, measure: Measure) -> list[str]:
    """Return a word whole, or in pieces where it is wider than a line."""
    if measure(token) <= width:
        return [token]
    pieces, piece, used = [], "", 0.0
    for letter in token:
        wide = measure(letter)
        if piece and used + wide > width:
            pieces.append(piece)
            piece, used = "", 0.0
        piece += letter
        used += wide
    return [*pieces, piece] if piece else pieces


def column_widths(natural: Sequence[float], least: Sequence[float], room: float) -> list[float] | None:
    """Share the room of a page: what is too wide gives way, the widest first; ``None`` where even the least does not fit.

    Examples
    --------
    >>> column_widths([20.0, 100.0], [10.0, 10.0], 80.0)
    [20.0, 60.0]
    >>> column_widths([20.0, 20.0], [10.0, 10.0], 80.0)
    [40.0, 40.0]
    """
    widths = [max(pair) for pair in zip(natural, least, strict=True)]
    if sum(least) > room:
        return None
    spare = room - sum(widths)
    if spare >= 0:
        share = spare / sum(widths)
        return [width * (1 + share) for width in widths]
    low, high = 0.0, max(widths)
    for _step in range(40):  # the height to which the widest are cut
        cap = (low + high) / 2
        total = sum(max(bound, min(width, cap)) for width, bound in zip(widths, least, strict=True))
        low, high = (cap, high) if total < room else (low, cap)
    return [max(bound, min(width, high)) for width, bound in zip(widths, least, strict=True)]
