"""Ids of new elements, after the survey's own habit: the prefix of those around, and the next number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipemap.store.sql import quoted

if TYPE_CHECKING:
    from pipemap.model.fields import Layer
    from pipemap.store.editing import BasicEdit
    from pipemap.store.validation import Values

_NUMBERED = re.compile(r"(.*?)(\d{1,15})", re.DOTALL)
_RECENT = 20_000
"""Newest rows in which an example of a category's ids is looked for."""


def suggest_id(edit: BasicEdit, layer: Layer, *, category: str | None = None, like: str | None = None) -> str:
    """Return an id that no element of a layer has: the prefix of an example and the next number.

    Parameters
    ----------
    category
        The newest element of this category is the example, where none is given; without any, the code itself is the prefix.
    like
        An id to follow: ``JS12`` leads to ``JS13``, or further where there are more.
    """
    example = like or _newest(edit, layer, category) or ""
    numbered = _NUMBERED.fullmatch(example)
    if numbered is None:
        return free_id(edit, layer, example) if example else _next(edit, layer, category or "N", 1)
    prefix, digits = numbered.groups()
    return _next(edit, layer, prefix, len(digits) if digits.startswith("0") else 1)


def free_id(edit: BasicEdit, layer: Layer, base: str, *, but: int | None = None) -> str:
    """Return ``base``, or ``base#2``, ``base#3`` … where an element other than ``but`` has it."""
    number, name = 1, base
    while any(fid != but for fid in edit.keys(layer, "id", name)):
        number += 1
        name = f"{base}#{number}"
    return name


def is_made_of_ends(pipe: Values) -> bool:
    """Whether a pipe is called after its ends, ``A-B`` or ``A-B#2``, or is not called at all."""
    name, base = pipe["id"], f"{pipe['from_node'] or '?'}-{pipe['to_node'] or '?'}"
    return name is None or name == base or name.startswith(f"{base}#")


def pipe_id(edit: BasicEdit, like: Values | None, from_node: str | None, to_node: str | None) -> str:
    """Return an id for a new pipe: numbered on where pipes around it are numbered, else made of its ends."""
    if like is None or is_made_of_ends(like) or _NUMBERED.fullmatch(str(like["id"])) is None:
        return free_id(edit, "pipe", f"{from_node or '?'}-{to_node or '?'}")
    return suggest_id(edit, "pipe", like=str(like["id"]))


def _newest(edit: BasicEdit, layer: Layer, category: str | None) -> str | None:
    statement = (
        f'SELECT "id" FROM (SELECT "id", category FROM {quoted(layer)} ORDER BY fid DESC LIMIT {_RECENT}) '
        "WHERE category IS ? AND \"id\" GLOB '*[0-9]' LIMIT 1"
    )
    return next((str(row[0]) for row in edit.ask(statement, category)), None)


def _next(edit: BasicEdit, layer: Layer, prefix: str, width: int) -> str:
    """Return the prefix with the first free number behind the highest one; the highest is looked for once in a survey."""
    number = edit.numbers.get((layer, prefix))
    if number is None:
        number = _highest(edit, layer, prefix)
    while edit.keys(layer, "id", name := f"{prefix}{number + 1:0{width}d}"):
        number += 1
    edit.numbers[layer, prefix] = number
    return name


def _highest(edit: BasicEdit, layer: Layer, prefix: str) -> int:
    """Return the highest number that follows a prefix: read from the index of ids alone, in the order of texts."""
    statement = (
        f'SELECT max(CAST(substr("id", ?1) AS INTEGER)) FROM {quoted(layer)} WHERE "id" >= ?2 AND "id" < ?3 '
        'AND substr("id", ?1) NOT GLOB \'*[^0-9]*\' AND length("id") < ?1 + 16'
    )
    ((highest,),) = edit.ask(statement, len(prefix) + 1, f"{prefix}0", f"{prefix}:")  # ":" follows "9"
    return int(highest or 0)
