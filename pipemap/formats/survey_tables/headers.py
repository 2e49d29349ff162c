"""Column headers as crews print them, and the fields they mean.

Headers are matched by the alias table ``resources/standards/header_aliases.csv``, whose layers say where an alias holds:
``node`` and ``pipe`` tables, ``row`` for tables with a point and one connection a row, ``any`` for all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Literal

from pipemap import assets
from pipemap.formats.survey_tables.guessing import contained, similar
from pipemap.model.fields import fields

Layout = Literal["node", "pipe", "row"]
LAYOUTS: tuple[Layout, ...] = ("row", "pipe", "node")

IGNORED = "ignored"
"""Field of columns that are known, and of no use: running numbers, symbol codes, lengths that follow from the coordinates."""

SEVERAL = frozenset({"connect", IGNORED})
"""Fields that more than one column of a table may have."""

READER_FIELDS = frozenset({
    "x_axis", "y_axis", "north", "east", "connect", "depth", "depth_top", "depth_bottom", "level", "level_top", "level_bottom",
    "holes_pair", "pressure_or_voltage", "from_x_axis", "from_y_axis", "to_x_axis", "to_y_axis", "project", IGNORED,
})  # fmt: skip
"""Fields of a table that are not fields of the survey, but become such."""

LAYER_FIELDS = frozenset({
    "from_invert", "to_invert", "invert", "size_inch", "width", "height", "status_text", "weak_category", "demand_m3s",
})  # fmt: skip
"""The same for layers of GIS files alone."""

_LAYERS: Mapping[Layout, tuple[str, ...]] = {
    "node": ("node", "any"),
    "pipe": ("pipe", "any"),
    "row": ("row", "node", "pipe", "any"),
}
_NUMBERS = frozenset({"id", "map_id", "from_node", "to_node", "connect"})
_SEARCHED_ROWS = 20
_BLOCK_ROWS = 4
_CERTAIN, _WITHOUT_UNIT, _CONTAINED, _SIMILAR = 1.0, 0.95, 0.6, 0.4
_NUMBERED = 3
_GUESSED_COLUMNS = 100
_LAST_RESORT = frozenset(
    {"高程", "h", "z", "h坐标", "z坐标", "elevation", "管线大类", "address", "光缆条数", "gdbh", "说明", "注记", "id"}
)
"""Headers that give way where another column of the table means the same."""
_UNITS = frozenset(
    {
        "m",
        "mm",
        "cm",
        "km",
        "kv",
        "v",
        "米",
        "毫米",
        "厘米",
        "千伏",
        "mpa",
        "kpa",
        "°c",
        "c",
        "℃",
        "度",
        "°",
        "根",
        "孔",
        "条",
        "个",
        "年",
        "%",
        "‰",
    }
)
_BRACKETED = re.compile(r"[(\[{【]([^()\[\]{}【】]*)[)\]}】]")
_UNIT_AT_END = re.compile(r"(?<=[^\W\d_])[/ ]?(mm|cm|kv|mpa|m)$")
_SEPARATORS = str.maketrans("", "", "_-.*:\"'`")
_DIGIT = re.compile(r"\d")
_MEASURED = frozenset({"x_axis", "y_axis", "north", "east", "ground", "size_text", "from_depth", "to_depth", "depth"})
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Match:
    """A column understood: its place, its header as written, the field it means, and how sure that is (0 to 1)."""

    column: int
    header: str
    field: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table.

    Attributes
    ----------
    layout
        ``node``, ``pipe``, or ``row``: a point and one of its connections in each row.
    first, last
        Rows (from 0) of the header block; the records begin below.
    matches
        Columns understood, in their order.
    unknown
        Place and header of columns that are not.
    more
        Columns that mean a field which another one has already: they speak where that one is blank.
    """

    layout: Layout
    first: int
    last: int
    matches: tuple[Match, ...]
    unknown: tuple[tuple[int, str], ...]
    more: tuple[Match, ...] = ()

    def column(self, meant: str) -> int | None:
        """Place of the column that means a field, or None."""
        return next((match.column for match in self.matches if match.field == meant), None)

    def columns(self, meant: str) -> tuple[int, ...]:
        """Places of all columns that mean a field, the one that counts first."""
        return tuple(match.column for match in (*self.matches, *self.more) if match.field == meant)

    @property
    def confidence(self) -> float:
        """How sure it is that this is a survey table at all: 0 to 1."""
        useful = {match.field: match.confidence for match in self.matches if match.field != IGNORED}
        return min(1.0, sum(useful.values()) / 5)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a table, by a mapping; stronger than anything that is seen in it.

    Attributes
    ----------
    columns
        ``plain_header(column)``, or ``#3`` for the third column, to the field it means; an empty field leaves it out.
    kind
        What a row is; None: as it looks.
    last
        Last row of the header, from 1; 0: there is none, and the columns go by their place alone; None: as it looks.
    aliases
        ``plain_header(alias)`` to field: headers of a city.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    kind: Layout | None = None
    last: int | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)


NOTHING_SAID = Said()


@lru_cache(maxsize=65536)
def plain_header(text: str) -> str:
    """``text`` for comparison: narrowed, without space, line breaks, case and separators, and without units in brackets."""
    narrowed = "".join(unicodedata.normalize("NFKC", text.replace("㎜", "mm")).split()).casefold()
    narrowed = "".join(character for character in narrowed if unicodedata.category(character) != "Cf")
    without_units = _BRACKETED.sub(lambda found: "" if found[1] in _UNITS else f"({found[1]})", narrowed)
    return without_units.translate(_SEPARATORS)


@cache
def known_fields() -> frozenset[str]:
    """Every field that a mapping may name."""
    return frozenset(fields("node")) | frozenset(fields("pipe")) | READER_FIELDS | LAYER_FIELDS


@cache
def _aliases(layout: Layout) -> Mapping[str, str]:
    by_layer: dict[str, dict[str, str]] = {}
    for row in assets.read_rows("standards", "header_aliases.csv"):
        by_layer.setdefault(row["layer"], {}).setdefault(plain_header(row["alias"]), row["field"])
    found: dict[str, str] = {}
    for layer in reversed(_LAYERS[layout]):
        found |= by_layer[layer]
    return found


@lru_cache(maxsize=16384)
def _look_up(text: str, layout: Layout) -> tuple[str, float] | None:
    plain = plain_header(text)
    aliases = _aliases(layout)
    if not plain:
        return None
    if plain in aliases:
        return aliases[plain], _CERTAIN
    for shorter in (_UNIT_AT_END.sub("", plain), _BRACKETED.sub("", plain)):
        if shorter != plain and shorter in aliases:
            return aliases[shorter], _WITHOUT_UNIT
    return None


def find_header(head: Sequence[Sequence[str]], said: Said = NOTHING_SAID) -> Header | None:
    """Find the header among the first rows of a table, and what its columns mean.

    Parameters
    ----------
    head
        The first rows, as text.
    said
        What a mapping says of the table.

    Returns
    -------
    Header | None
        None when no row names the columns that points or pipes need.
    """
    best: Header | None = None
    best_score = 0.0
    for first, last in _places(head, said.last):
        block = head[first : last + 1] or head[:1]
        for layout in LAYOUTS if said.kind is None else (said.kind,):
            found = _matches(block, layout, said)
            score = _score(found.matches, layout) - 0.01 * (last - first)
            if score > best_score:
                best_score, best = score, replace(found, first=first, last=last)
    return _finished(best, head, said) if best else None


def _places(head: Sequence[Sequence[str]], said: int | None) -> Iterator[tuple[int, int]]:
    """First and last rows of blocks that may be the header."""
    if said is not None:
        yield from ((first, said - 1) for first in range(max(0, said - _BLOCK_ROWS), max(1, said)) if head and said <= len(head))
        return
    for first in range(min(len(head), _SEARCHED_ROWS)):
        for last in range(first, min(first + _BLOCK_ROWS, len(head))):
            if last > first and not _is_header_like(head[last]):
                break
            yield first, last


def _finished(header: Header, head: Sequence[Sequence[str]], said: Said) -> Header:
    last = header.last
    while said.last is None and last + 1 < min(len(head), header.first + _BLOCK_ROWS) and _continues(header, head[last + 1]):
        last += 1
    names = _names(head[header.first : last + 1]) if last >= header.first else [""] * max(map(len, head))
    matches = _with_guessed(header, names, said)
    taken = {match.column for match in (*matches, *header.more)}
    unknown = tuple((column, name) for column, name in enumerate(names) if name and column not in taken)
    ordered = tuple(sorted(matches, key=lambda match: match.column))
    return Header(header.layout, header.first, last, ordered, unknown, header.more)


def _names(block: Sequence[Sequence[str]]) -> list[str]:
    width = max(map(len, block))
    return [next((row[column] for row in block if column < len(row) and row[column]), "") for column in range(width)]


def _matches(block: Sequence[Sequence[str]], layout: Layout, said: Said) -> Header:
    """What the columns mean if ``block`` is the header; of several for one field the surest counts, then the first."""
    width = max(map(len, block), default=0)
    found = [match for column in range(width) if (match := _match_column(block, column, layout, said))]
    found.sort(key=lambda match: (-match.confidence, plain_header(match.header) in _LAST_RESORT, match.column))
    taken: set[str] = set()
    kept: list[Match] = []
    more: list[Match] = []
    for match in found:
        again = match.field in taken and match.field not in SEVERAL
        (more if again else kept).append(match)
        taken.add(match.field)
    return Header(layout, 0, 0, tuple(kept), (), tuple(more))


def _match_column(block: Sequence[Sequence[str]], column: int, layout: Layout, said: Said) -> Match | None:
    texts = _candidates(block, column)
    by_place = said.columns.get(f"#{column + 1}")
    if by_place is not None and (texts or said.last == 0):
        return Match(column, texts[-1] if texts and said.last != 0 else f"#{column + 1}", by_place or IGNORED, 1.0)
    if said.last == 0:
        return None
    for known in (said.columns, said.aliases):
        for text in texts:
            meant = known.get(plain_header(text))
            if meant is not None:
                return Match(column, text, meant or IGNORED, 1.0)
    for text in texts:
        found = _look_up(text, layout)
        if found:
            return Match(column, text, *found)
    return None


def _candidates(block: Sequence[Sequence[str]], column: int) -> list[str]:
    """Names that a column may go by: of two rows read together (起点 over 埋深), then of each row."""
    cells = [row[column] if column < len(row) else "" for row in block]
    joined = []
    for above, below in zip(block, cells[1:], strict=False):
        if below:
            spanning = next((above[place] for place in range(min(column, len(above) - 1), -1, -1) if above[place]), "")
            if spanning and spanning != below:
                joined.append(spanning + below)
    return joined + [cell for cell in cells if cell]


def _score(matches: Sequence[Match], layout: Layout) -> float:
    fields_found = {match.field for match in matches} - {IGNORED}
    has_place = {"north", "east"} <= fields_found or {"x_axis", "y_axis"} <= fields_found
    has_id = bool(fields_found & {"id", "map_id"})
    complete = {
        "row": has_id and "connect" in fields_found,
        "pipe": {"from_node", "to_node"} <= fields_found,
        "node": has_id and (has_place or bool(fields_found & {"feature", "appurtenance", "ground"})),
    }[layout]
    if not complete:
        return 0.0
    return 5 + sum(match.confidence for match in matches if match.field != IGNORED)


def _is_header_like(row: Sequence[str]) -> bool:
    """Whether a row below the header belongs to it: names in another language, units."""
    cells = [cell for cell in row if cell]
    if not cells or any(_NUMBER.fullmatch(cell) for cell in cells):
        return False
    known = sum(plain_header(cell) in _UNITS or any(_look_up(cell, layout) for layout in LAYOUTS) for cell in cells)
    brackets = sum(not plain_header(cell) for cell in cells)  # "(m)"
    return known + brackets >= max(1.0, 0.5 * len(cells))


def _continues(header: Header, row: Sequence[str]) -> bool:
    """Whether a row below a header belongs to it: where a record has its number, it has a name or nothing."""
    if _is_numbering(row):
        return True
    names = [row[match.column] for match in header.matches if match.field in _NUMBERS and match.column < len(row)]
    if _names_columns(header, row):
        return True
    return _is_header_like(row) and all(not name or any(_look_up(name, layout) for layout in LAYOUTS) for name in names)


def _names_columns(header: Header, row: Sequence[str]) -> bool:
    """Whether letters stand where every record has numbers, and no digit anywhere: names in code, units."""
    letters = [row[match.column] for match in header.matches if match.field in _MEASURED and match.column < len(row)]
    return any(text.isascii() and text.strip("()").isalpha() for text in letters) and not any(map(_DIGIT.search, row))


def _is_numbering(row: Sequence[str]) -> bool:
    """Whether a row only numbers the columns."""
    cells = [cell for cell in row if cell]
    return len(cells) >= _NUMBERED and cells == [str(number) for number in range(1, len(cells) + 1)]


def _with_guessed(header: Header, names: Sequence[str], said: Said) -> list[Match]:
    """Add columns whose header begins or ends with an alias, or is spelled much like one, for fields that no other column has."""
    matches = list(header.matches)
    columns = {match.column for match in (*matches, *header.more)}
    taken = {match.field for match in matches}
    aliases = {**_aliases(header.layout), **said.aliases}
    for guess, confidence in ((contained, _CONTAINED), (similar, _SIMILAR)):
        for column, name in enumerate(names[:_GUESSED_COLUMNS]):
            meant = None if column in columns else guess(plain_header(name), aliases)
            if meant and meant != IGNORED and meant not in taken:
                taken.add(meant)
                columns.add(column)
                matches.append(Match(column, name, meant, confidence))
    return matches
