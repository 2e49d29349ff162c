"""Blocks of cells between a table and a spreadsheet: what is selected, as text, and text as cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import EditError
from pipemap.model.entry import typed
from pipemap.model.fields import Field, Layer, fields
from pipemap.model.wording import heading, shown
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pipemap.store import Survey


@dataclass(frozen=True, eq=False)
class Block:
    """Cells that are selected: rows by their places, fields from left to right as they stand on screen.

    ``are_whole``: rows were chosen, not cells of them.
    """

    places: NDArray[np.int64]
    names: tuple[str, ...]
    are_whole: bool = False


@dataclass(frozen=True)
class Pasted:
    """Texts for cells, and how many of them found no cell."""

    cells: list[tuple[int, str, str]]
    lost: int = 0


def as_text(
    survey: Survey,
    layer: Layer,
    fids: NDArray[np.int64],
    names: Sequence[str],
    batches: Mapping[int, str],
    *,
    headed: bool = True,
) -> str:
    """Return rows as a spreadsheet pastes them, with headings or without; each value is put into words once.

    With headings cells read as they are shown; without, numbers keep all their decimals, so that they can be pasted back.
    """
    known = [fields(layer)[name] for name in names]
    words: list[dict[object, str]] = [{} for _field in known]
    lines = ["\t".join(heading(field) for field in known)] if headed else []
    for row in survey.rows(layer, fids, names):
        cells = []
        for field, value, said in zip(known, row, words, strict=True):
            if value not in said:
                said[value] = _quoted(_words(field, value, batches, headed=headed))
            cells.append(said[value])
        lines.append("\t".join(cells))
    return "\n".join(lines)


def _words(field: Field, value: object, batches: Mapping[int, str], *, headed: bool) -> str:
    if isinstance(value, int) and field.values == "batch":
        return batches.get(value, "")
    return " ".join(shown(field, value).split()) if headed else typed(field, value)


def _quoted(text: str) -> str:
    """Put a text in quotes where it would break a cell, as spreadsheets do."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in "\t\n\r") or text.startswith('"') else text


def rows_of_text(text: str) -> list[list[str]]:
    """Return the rows and cells of a text that a spreadsheet copied.

    Raises
    ------
    EditError
        It is no table.
    """
    if text.endswith("\n"):
        text = text[:-1].removesuffix("\r")
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter="\t")) or [[""]]
    except csv.Error as error:
        raise EditError(_("What was copied cannot be read as cells: {reason}").format(reason=error)) from error


def paste_over(rows: list[list[str]], block: Block, fids: NDArray[np.int64], layer: Layer, names: Sequence[str]) -> Pasted:
    """Lay copied rows over a table from the first selected cell on; one cell fills everything that is selected.

    Parameters
    ----------
    names
        All columns from left to right.
    """
    first = int(block.places[0])
    start = list(names).index(block.names[0])
    rows = rows[1:] if len(rows) > 1 and _is_heading(rows[0], layer, names[start:]) else rows
    if len(rows) == 1 and len(rows[0]) <= 1:
        text = rows[0][0] if rows[0] else ""
        return Pasted([(int(fids[place]), name, text) for place in block.places.tolist() for name in block.names])
    if len(rows) == 1 and len(block.places) > 1:
        rows = rows * len(block.places)  # one row fills all the selected ones
    cells, lost = [], 0
    for place, row in enumerate(rows, start=first):
        for column, text in enumerate(row, start=start):
            if place < len(fids) and column < len(names):
                cells.append((int(fids[place]), names[column], text))
            else:
                lost += 1
    return Pasted(cells, lost)


def _is_heading(row: list[str], layer: Layer, names: Sequence[str]) -> bool:
    """Whether a row repeats the headings of the columns that it would be laid over."""
    titles = [heading(fields(layer)[name]) for name in names[: len(row)]]
    return len(titles) == len(row) and [text.strip() for text in row] == titles
