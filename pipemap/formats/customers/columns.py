"""Headings of customer tables, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipemap import assets
from pipemap.formats.survey_tables.headers import IGNORED, plain_header
from pipemap.formats.survey_tables.sheets import HEAD

FIELDS = frozenset({
    "id", "name", "class", "critical", "households", "own_tank_hours", "demand_lps", "demand_m3d", "demand_m3h", "contact",
    "address", "note", "meter", "node", "pipe", "element", "category", "x_axis", "y_axis", "north", "east",
    "longitude", "latitude", IGNORED,
})  # fmt: skip
"""What a mapping may name."""

TIES = ("node", "meter", "pipe", "element")
"""Fields that name an element of the network, the surest first."""

_OF_CUSTOMERS = frozenset(
    {"class", "critical", "households", "own_tank_hours", "demand_lps", "demand_m3d", "demand_m3h", "contact", "meter"}
)
_GENERAL = frozenset(
    {"location", "use", "class", "service", "number", "no", "units", "note", "element", "user", "用户", "小区", "电话"}
)
_ENOUGH = 2
_SEARCHED_ROWS = 20


@dataclass(frozen=True, slots=True)
class Matched:
    """The heading of a table: its row (from 0), and column by field; ``left`` are headings that nothing is known of.

    ``confidence``, 0 to 1, says how sure it is that these are customers; ``known`` how sure each field is.
    """

    row: int
    fields: Mapping[str, int]
    left: tuple[str, ...]
    confidence: float


def match_headings(head: Sequence[Sequence[str]], corrections: Mapping[str, str] | None = None) -> Matched | None:
    """Find the row of headings among the first rows, None when no row names customers.

    Parameters
    ----------
    corrections
        Plain heading → field, from a mapping; a table that a mapping names is one of customers.
    """
    rows = [_match(row, number, corrections or {}) for number, row in enumerate(head[: min(_SEARCHED_ROWS, HEAD)])]
    best = max(rows, key=lambda one: one.confidence, default=None)
    return best if best is not None and best.confidence > 0 else None


def _match(row: Sequence[str], number: int, corrections: Mapping[str, str]) -> Matched:
    fields: dict[str, int] = {}
    left, strong, corrected = [], 0, 0
    for column, heading in enumerate(row):
        plain = plain_header(heading)
        field = corrections.get(plain, aliases().get(plain))
        if not plain or field == IGNORED:
            continue
        if not field or field in fields:
            left.append(heading)
            continue
        fields[field] = column
        corrected += plain in corrections
        strong += (field in _OF_CUSTOMERS or field in {"id", "name"}) and plain not in _GENERAL
    named = bool({"id", "name", "address"} & set(fields))
    sure = named and (strong >= _ENOUGH or corrected > 0)
    return Matched(number, fields, tuple(left), min(1.0, 0.35 * max(strong, _ENOUGH if corrected else 0)) if sure else 0.0)


@cache
def aliases() -> Mapping[str, str]:
    """Return plain heading → field; each field goes by its own name too."""
    found = {plain_header(field): field for field in FIELDS if field != IGNORED}
    return found | {plain_header(row["alias"]): row["field"] for row in assets.read_rows("standards", "customer_columns.csv")}
