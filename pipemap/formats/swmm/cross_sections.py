"""SWMM's cross-sections: from shape and measures to a diameter, or a width and a height."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipemap.formats.inp.text import number_of
from pipemap.texts import N_

if TYPE_CHECKING:
    from pipemap.formats.inp.text import InpText, Row
    from pipemap.formats.swmm.elements import Model

DEPTH = N_("Depth")
WIDTH = N_("Width")
SLOPE = N_("Side slope")
ROUND, BOX, EGG, OTHER = "round", "box", "egg", "other"
_BARRELS = 6


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape of SWMM's.

    Attributes
    ----------
    form
        Our word for it.
    is_open
        Whether it has no roof.
    ratio
        Greatest width to full height, where the shape fixes it (``xsect_setParams`` of the engine); else the file gives both.
    coded
        Whether a size without a width is the number of a standard size.
    """

    form: str
    is_open: bool = False
    ratio: float | None = None
    coded: bool = False


SHAPES = {
    "CIRCULAR": Shape(ROUND),
    "FORCE_MAIN": Shape(ROUND),
    "FILLED_CIRCULAR": Shape(ROUND),
    "RECT_CLOSED": Shape(BOX),
    "RECT_OPEN": Shape(BOX, is_open=True),
    "RECT_TRIANG": Shape(OTHER),
    "RECT_ROUND": Shape(OTHER),
    "TRAPEZOIDAL": Shape(OTHER, is_open=True),
    "TRIANGULAR": Shape(OTHER, is_open=True),
    "PARABOLIC": Shape(OTHER, is_open=True),
    "POWER": Shape(OTHER, is_open=True),
    "MODBASKET": Shape(OTHER),
    "HORIZ_ELLIPSE": Shape(OTHER, coded=True),
    "VERT_ELLIPSE": Shape(OTHER, coded=True),
    "ARCH": Shape(OTHER, coded=True),
    "EGG": Shape(EGG, ratio=2 / 3),
    "HORSESHOE": Shape(OTHER, ratio=1.0),
    "GOTHIC": Shape(OTHER, ratio=0.84),
    "CATENARY": Shape(OTHER, ratio=0.9),
    "SEMIELLIPTICAL": Shape(OTHER, ratio=1.0),
    "BASKETHANDLE": Shape(OTHER, ratio=0.944),
    "SEMICIRCULAR": Shape(OTHER, ratio=1.64),
    "CUSTOM": Shape(OTHER),
    "IRREGULAR": Shape(OTHER, is_open=True),
    "STREET": Shape(OTHER, is_open=True),
}
"""Beginning of the word in the file → shape. ``DUMMY`` has none."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Width and height in the units of the file, ``None`` where unknown."""

    width: float | None = None
    height: float | None = None


class Outlines:
    """Sizes of what cross-sections refer to by name: shape curves, transects, streets; names in any case."""

    def __init__(self, text: InpText) -> None:
        self.curves = _shape_curves(text)
        self.transects = _transects(text)
        self.streets = _streets(text)


def shape_named(word: str) -> Shape | None:
    """Return the shape that a word stands for."""
    name = word.upper()
    return next((shape for prefix, shape in SHAPES.items() if name.startswith(prefix)), None)


def measure(model: Model, row: Row, shape: Shape, outlines: Outlines) -> Measures:
    """Return the size of a cross-section, a line of ``[XSECTIONS]``; what it does not say is unknown."""
    name = row.words[1].upper()
    if name.startswith(("IRREGULAR", "STREET")):
        known = outlines.transects if name.startswith("IRREGULAR") else outlines.streets
        return _named(model, row, 2, known) or Measures()
    if shape.coded and _is_zero(row, 3):
        model.findings.add("standard-size", row.number, {"text": " ".join(row.words[1:3])}, layer="pipe", element=row.words[0])
        return Measures()
    height = model.number(row, 2, DEPTH, "pipe", above=0)
    if shape.form == ROUND:
        return Measures(height, height)
    if height is None:
        return Measures(None if shape.ratio or name.startswith("CUSTOM") else model.number(row, 3, WIDTH, "pipe", above=0))
    if shape.ratio is not None:
        return Measures(shape.ratio * height, height)
    if name.startswith("CUSTOM"):
        curve = _named(model, row, 3, outlines.curves)
        return Measures(curve.width * height if curve and curve.width else None, height)
    if name.startswith("TRAPEZOIDAL"):
        return Measures(_trapezoid_width(model, row, height), height)
    return Measures(model.number(row, 3, WIDTH, "pipe", above=0), height)


def barrels(row: Row) -> int | None:
    """Return how many barrels lie side by side, where more than one."""
    count = number_of(row.words[_BARRELS]) if row.words[_BARRELS:] else None
    return int(count) if count is not None and 1 < count < 1000 else None  # noqa: PLR2004 -- no street holds a thousand


def as_written(row: Row) -> str:
    """Return shape and measures as the file has them, without the zeros that fill the line."""
    words = row.words[1:_BARRELS]
    while words[1:] and number_of(words[-1]) == 0:
        words.pop()
    return " ".join(words)


def _trapezoid_width(model: Model, row: Row, height: float) -> float | None:
    base = model.number(row, 3, WIDTH, "pipe", above=-1e-9)
    slopes = [model.number(row, column, SLOPE, "pipe") for column in (4, 5)]
    if base is None or slopes[0] is None:
        return None
    right = slopes[0] if slopes[1] is None else slopes[1]
    return base + height * (slopes[0] + right) or None


def _is_zero(row: Row, column: int) -> bool:
    return not row.words[column:] or number_of(row.words[column]) == 0


def _named(model: Model, row: Row, column: int, known: dict[str, Measures]) -> Measures | None:
    name = row.words[column] if row.words[column:] else ""
    found = known.get(name.upper())
    if found is None:
        model.findings.add("unknown-curve", row.number, {"text": name}, layer="pipe", element=row.words[0])
    return found


def _shape_curves(text: InpText) -> dict[str, Measures]:
    """Return the greatest width of each shape curve, as a share of the full height."""
    widest: dict[str, float] = {}
    for row in text.rows("CURVES"):
        name, words = row.words[0].upper(), row.words[1:]
        if words and number_of(words[0]) is None:
            if words[0].upper().startswith("SHAPE"):
                widest[name] = 0.0
            words = words[1:]
        if name in widest:
            widest[name] = max([widest[name], *_numbers(words[1::2])])
    return {name: Measures(width or None) for name, width in widest.items()}


def _transects(text: InpText) -> dict[str, Measures]:
    """Return the extent of each transect; lines of ``GR`` belong to the ``X1`` before them."""
    found: dict[str, tuple[list[float], list[float], float]] = {}
    levels: list[float] = []
    stations: list[float] = []
    for row in text.rows("TRANSECTS"):
        word = row.words[0].upper()
        if word == "X1" and row.words[1:]:
            wider = _numbers(row.words[9:10])
            levels, stations = [], []
            found[row.words[1].upper()] = (levels, stations, wider[0] if wider and wider[0] > 0 else 1.0)
        elif word == "GR":
            levels += _numbers(row.words[1::2])
            stations += _numbers(row.words[2::2])
    return {name: Measures(_span(across) * wider or None, _span(up) or None) for name, (up, across, wider) in found.items()}


def _streets(text: InpText) -> dict[str, Measures]:
    """Return the extent of each street: its sides from crown to the end of the backing, its curb and the rise behind."""
    found = {}
    for row in text.rows("STREETS"):
        numbers = [number_of(word) or 0.0 for word in row.words[1:11]]
        crown, curb, _slope, _rough, _gutter, _gutter_width, sides, back, back_slope, _back_rough = (*numbers, *[0.0] * 10)[:10]
        found[row.words[0].upper()] = Measures((sides or 1) * (crown + back) or None, curb + back * back_slope / 100 or None)
    return found


def _numbers(words: list[str]) -> list[float]:
    return [value for word in words if (value := number_of(word)) is not None]


def _span(values: list[float]) -> float:
    return max(values) - min(values) if values else 0.0
