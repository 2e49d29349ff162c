"""Depths and levels at the ends of pipes, and what each is measured to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.survey_tables import values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.formats.survey_tables.findings import Findings
    from pipemap.formats.survey_tables.tables import Table

UNSAID, TOP, BOTTOM = 0, 1, 2
"""What a header says of the reference: nothing, the top of the pipe, its bottom."""

TOLERANCE = 0.02
"""Metres by which ground, depth and level may disagree (C01 of the check list: rounding)."""

_TWO = re.compile(r"'?\s*(-?\d+(?:\.\d+)?)\s*[/~～]\s*(-?\d+(?:\.\d+)?)\s*(?:m|米)?")
_DEEPEST, _HIGHEST = 1_000.0, 10_000.0


@dataclass(frozen=True, slots=True)
class End:
    """One end of each record's pipe: depth and level in metres (NaN unknown), and ``UNSAID``, ``TOP`` or ``BOTTOM``."""

    depth: NDArray[np.float64]
    level: NDArray[np.float64]
    said: NDArray[np.int8]


def unknown_end(count: int) -> End:
    """Return an end of which nothing is known."""
    return End(np.full(count, np.nan), np.full(count, np.nan), np.zeros(count, dtype=np.int8))


def read_line_end(table: Table, which: str, findings: Findings) -> End:
    """Read the end ``from`` or ``to`` of a line table."""
    nothing = unknown_end(len(table))
    depth, level = (
        table.numbers(f"{which}_depth", findings, largest=_DEEPEST),
        table.numbers(f"{which}_level", findings, largest=_HIGHEST),
    )
    said = _said_by(table.label(f"{which}_level")) or _said_by(table.label(f"{which}_depth"))
    return End(
        nothing.depth if depth is None else depth,
        nothing.level if level is None else level,
        np.full(len(table), said, dtype=np.int8),
    )


def read_row_ends(table: Table, ground: NDArray[np.float64], findings: Findings) -> tuple[End, End]:
    """Read the near end of each row's connection, and the far one where a row tells both (``1.20/1.35``).

    Of a top and a bottom level the one that is given counts; of both, the one that fits ground and depth, else the bottom.
    """
    near_depth, far_depth = _row_depths(table, findings)
    told = unknown_end(len(table))
    level, said = told.level, np.full(len(table), _said_by(table.label("level")), dtype=np.int8)
    general = table.numbers("level", findings, largest=_HIGHEST)
    level = level if general is None else general
    for name, meaning in (("top", TOP), ("bottom", BOTTOM)):
        level, said = _given(table, name, meaning, level, said, near_depth, ground, findings)
    for name, meaning in (("depth_top", TOP), ("depth_bottom", BOTTOM)):
        depth = table.numbers(name, findings, largest=_DEEPEST)
        if depth is not None:
            chosen = np.isfinite(depth) & ~np.isfinite(near_depth) & ((said == UNSAID) | (said == meaning))
            near_depth = np.where(chosen, depth, near_depth)
            said = np.where(chosen, np.int8(meaning), said)
    far_level = table.numbers("to_level", findings, largest=_HIGHEST)
    far = End(far_depth, told.level if far_level is None else far_level, np.zeros(len(table), dtype=np.int8))
    return End(near_depth, level, said), far


def _given(
    table: Table,
    name: str,
    meaning: int,
    level: NDArray[np.float64],
    said: NDArray[np.int8],
    depth: NDArray[np.float64],
    ground: NDArray[np.float64],
    findings: Findings,
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    column = table.numbers(f"level_{name}", findings, largest=_HIGHEST)
    if column is None:
        return level, said
    expected = ground - depth
    with np.errstate(invalid="ignore"):
        better = np.isfinite(expected) & (np.abs(column - expected) <= np.abs(level - expected))
    fits = np.isfinite(column) & (~np.isfinite(level) | better | (~np.isfinite(expected) & (meaning == BOTTOM)))
    return np.where(fits, column, level), np.where(fits, np.int8(meaning), said)


def _row_depths(table: Table, findings: Findings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depths of the near and the far end; a text with two depths tells both."""
    unknown = np.full(len(table), np.nan)
    column = table.text("depth")
    if column is None:
        near, far = table.numbers("from_depth", findings, largest=_DEEPEST), table.numbers("to_depth", findings, largest=_DEEPEST)
        return unknown if near is None else near, unknown.copy() if far is None else far
    near, far = unknown, unknown.copy()
    taken: set[int] = set()
    for record in values.numbers(column, decimal_comma=table.decimal_comma).bad:
        match = _TWO.fullmatch(column[record].as_py())
        if match:
            taken.add(record)
            near[record], far[record] = float(match[1]), float(match[2])
            findings.add("two-depths", table.where(record), {"column": table.label("depth"), "value": match[0]})
            table.keep_text(record, table.label("depth"), match[0])
    single = table.numbers("depth", findings, largest=_DEEPEST, but=taken)
    return (near if single is None else np.where(np.isfinite(near), near, single)), far


def _said_by(header: str) -> int:
    top, bottom = "顶" in header, "底" in header
    return UNSAID if top == bottom else TOP if top else BOTTOM
