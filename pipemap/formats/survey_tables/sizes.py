"""Sizes as crews write them: ``DN300``, ``Φ200``, ``800X600``, ``12孔`` … and what they mean."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

Shape = Literal["round", "box", "bank", "egg"]

_NUMBER = r"(\d+(?:\.\d+)?)"
_SIGN = r"(?:公称直径|内径|外径|管径|直径|孔径|hdpe|upvc|pvc|ppr|pe|hdn|dn|de|id|od|φ|ф|ø|∅|⌀|¢|d|r)[=:]?"
"""What stands before a diameter, narrowed: ￠ has become ¢."""
_MARK = rf"(?:{_SIGN})?"
_TIMES = r"[x×*✕╳]"
_UNIT = r"(mm|毫米|cm|厘米|m|米)?"
_ROUND = re.compile(rf"{_MARK}{_NUMBER}{_UNIT}")
_BOX = re.compile(rf"{_MARK}{_NUMBER}{_UNIT}{_TIMES}{_MARK}{_NUMBER}{_UNIT}")
_BARRELS = re.compile(rf"(\d{{1,2}})(?:{_TIMES}|-)({_MARK}{_NUMBER}{_UNIT})")
_BARRELS_WITHOUT_SIGN = re.compile(rf"(\d{{1,2}})(?:根)?({_SIGN}{_NUMBER}{_UNIT})")
_BARRELS_BEHIND = re.compile(rf"((?:h?dn){_NUMBER}{_UNIT}){_TIMES}(2)(?:根)?")
_TWO_ALIKE = re.compile(rf"({_SIGN}{_NUMBER}{_UNIT})[/+]\1")
_BOX_BARRELS = re.compile(rf"(\d{{1,2}})(?:{_TIMES}|-)\(?({_MARK}{_NUMBER}{_UNIT}{_TIMES}{_NUMBER}{_UNIT})\)?")
_ROUND_WITH_WALL = re.compile(rf"(hdn|dn|de|od|φ|ф|ø|∅|⌀|d)?{_NUMBER}(?:mm)?{_TIMES}{_NUMBER}(?:mm)?")
_HOLES = re.compile(r"(\d+)孔")
_CABLES = re.compile(r"(\d+)[根条]")
_HOLES_AND_CABLES = re.compile(r"(?:(\d+)孔)?[,;/+]?(?:(\d+)[根条])?")
_GRID_OF_HOLES = re.compile(rf"(\d{{1,2}}){_TIMES}(\d{{1,2}})孔")
_GRID_OF_DUCTS = re.compile(rf"(\d{{1,2}}){_TIMES}(\d{{1,2}})(?:孔)?{_TIMES}?({_SIGN}{_NUMBER}{_UNIT})")
_SMALL_GRID = re.compile(rf"(\d{{1,2}}){_TIMES}(\d{{1,2}})")
_SIDES = re.compile(r"^[bw宽][x×*✕╳][h高][=:]|^[bw宽][=:]?(?=\d)|(?<=[x×*✕╳])[h高][=:]?|(?<=\d)\([宽高内外]\)")
_HEIGHT_BEHIND = re.compile(r"(?<=\d)高(?=\d)")
"""Letters that only name the sides: ``B×H=800×600``, ``宽800×高600``."""
_MARKED = re.compile(rf"^{_SIGN}\d")
_UNKNOWN = frozenset(
    {"", "-", "--", "—", "/", "?", "？", "*", "无", "不详", "不明", "未知", "管径不详", "管径不明", "null", "none"}
)
_NOT_KNOWN = re.compile(r"不详|不祥|不明|不清|未知|未测|未探明|待查|unknown|[?？]$")
_MM = {"": 1.0, "mm": 1.0, "毫米": 1.0, "cm": 10.0, "厘米": 10.0, "m": 1000.0, "米": 1000.0}
_LARGEST_MM = 30_000.0
_SMALLEST_MM = 10.0
_MANY_BARRELS = 12
_THICKEST_MM = 40.0
_SMALLEST_BOX_MM = 20.0
_THINNEST_MM = 20.0


@dataclass(frozen=True, slots=True)
class Size:
    """What a size means; millimetres, None where it says nothing.

    ``understood`` is False when the text says something that is not a size; a blank, or “size unknown”, is understood.
    """

    shape: Shape | None = None
    diameter_mm: float | None = None
    wall_mm: float | None = None
    width_mm: float | None = None
    height_mm: float | None = None
    holes: int | None = None
    cables: int | None = None
    barrels: int | None = None
    understood: bool = True


@lru_cache(maxsize=65536)
def parse_size(text: str) -> Size:
    """Return what a written size means.

    Round sizes are the number printed, nominal or outside; boxes are width × height. ``2×DN300`` is two barrels of DN300;
    a bare ``2×300`` too, because no box is 2 mm wide; ``Φ108×4`` is a pipe with its wall, and so is ``108×4``.
    A size of 0 is unknown; one of a few millimetres is none, but ``1.5`` or ``0.8×0.6`` are metres.

    Examples
    --------
    >>> parse_size("De110").diameter_mm
    110.0
    >>> parse_size("800X600").width_mm, parse_size("800X600").height_mm
    (800.0, 600.0)
    >>> parse_size("12孔 8根").holes
    12
    """
    plain = _plain(text)
    if plain in _UNKNOWN:
        return Size()
    for rule in (_round, _many_barrels, _grid_of_ducts, _round_with_wall, _box, _ducts):
        found = rule(plain)
        if found is not None:
            return found
    return _ducts_beside_a_size(_plain(text, between=",")) or Size(understood=bool(_NOT_KNOWN.search(plain)))


def _plain(text: str, *, between: str = "") -> str:
    narrowed = unicodedata.normalize("NFKC", text).casefold().strip().lstrip("'")
    plain = _SIDES.sub("", _HEIGHT_BEHIND.sub("x", between.join(narrowed.split())))
    return plain[1:-1] if plain.startswith("(") and plain.endswith(")") and plain.count("(") == 1 else plain


def _millimetres(number: str, unit: str | None) -> float | None:
    value = float(number) * _MM[unit or ("m" if _is_in_metres(number) else "")]
    return value if _SMALLEST_MM <= value <= _LARGEST_MM else None


def _is_in_metres(number: str) -> bool:
    """Whether a number without a unit can only be metres: a few, with a fraction (5.0 is what a spreadsheet makes of 5)."""
    return float(number) < _SMALLEST_MM and not float(number).is_integer()


def _round(plain: str) -> Size | None:
    match = _ROUND.fullmatch(plain)
    if not match:
        return None
    value = _millimetres(match[1], match[2])
    if value is None:
        return Size(understood=float(match[1]) == 0)
    return Size("round", diameter_mm=value)


def _round_with_wall(plain: str) -> Size | None:
    match = _ROUND_WITH_WALL.fullmatch(plain)
    if not match:
        return None
    diameter, wall = float(match[2]), float(match[3])
    thickest = _THICKEST_MM if match[1] else _SMALLEST_BOX_MM
    if not 0 < wall < min(thickest, diameter / 4) or not _THINNEST_MM <= diameter <= _LARGEST_MM:
        return None
    return Size("round", diameter_mm=diameter, wall_mm=wall)


def _box(plain: str) -> Size | None:
    match = _BOX.fullmatch(plain)
    if not match:
        return None
    small = all(float(side) < _SMALLEST_MM for side in (match[1], match[3]))
    unit = match[4] or match[2] or ("m" if small and "." in match[1] + match[3] else "")
    width, height = _millimetres(match[1], match[2] or unit), _millimetres(match[3], unit)
    if width is None or height is None:
        return Size(understood=False)
    return Size("box", width_mm=width, height_mm=height)


def _many_barrels(plain: str) -> Size | None:
    behind = _BARRELS_BEHIND.fullmatch(plain) or _TWO_ALIKE.fullmatch(plain)
    if behind:
        return _times(2, behind[1])
    match = _BOX_BARRELS.fullmatch(plain) or _BARRELS.fullmatch(plain) or _BARRELS_WITHOUT_SIGN.fullmatch(plain)
    if not match or not 1 <= int(match[1]) <= _MANY_BARRELS:
        return None
    one = _times(int(match[1]), match[2])
    bare = one is not None and one.shape == "round" and not _MARKED.match(match[2])
    if bare and (match[4] or _is_in_metres(match[3]) or float(match[3]) <= 10 * int(match[1])):
        return None  # 2x1.5m is a box, 12x20 two small numbers
    return one


def _times(barrels: int, plain: str) -> Size | None:
    one = _box(plain) or _round(plain)
    return replace(one, barrels=barrels) if one is not None and one.shape is not None else None


def _grid_of_ducts(plain: str) -> Size | None:
    """``3×3×φ110``: nine ducts."""
    match = _GRID_OF_DUCTS.fullmatch(plain)
    one = _round(match[3]) if match else None
    if match is None or one is None or one.shape is None:
        return None
    return Size("bank", holes=int(match[1]) * int(match[2]))


def _ducts(plain: str) -> Size | None:
    grid = _GRID_OF_HOLES.fullmatch(plain)
    if grid:
        return Size("bank", holes=int(grid[1]) * int(grid[2]))
    match = _HOLES_AND_CABLES.fullmatch(plain)
    if not match or not (match[1] or match[2]):
        return None
    holes = int(match[1]) if match[1] else None
    return Size("bank" if holes else None, holes=holes, cables=int(match[2]) if match[2] else None)


def _ducts_beside_a_size(plain: str) -> Size | None:
    """``400X300 12孔``, ``12孔Φ110``, ``400X300/12孔/3根``."""
    holes, cables = _HOLES.search(plain), _CABLES.search(plain)
    if (not holes and not cables) or len(_HOLES.findall(plain)) > 1:
        return None
    rest = _CABLES.sub("", _HOLES.sub("", plain)).strip(",;/+-()x×*")
    if (grid := _SMALL_GRID.fullmatch(rest)) and holes and int(grid[1]) * int(grid[2]) == int(holes[1]):
        rest = ""  # 12孔(3×4)
    one = (_box(rest) or _round(rest)) if rest else Size("bank" if holes else None)
    if one is None or (rest and one.shape is None):
        return None
    shape: Shape | None = "bank" if holes else one.shape
    return Size(
        shape,
        one.diameter_mm if shape == "round" else None,
        one.wall_mm,
        one.width_mm,
        one.height_mm,
        int(holes[1]) if holes else None,
        int(cables[1]) if cables else None,
    )
