"""Cross-sections on their way out: sizes that changed in the lines of a kept model, and new lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.inp.choice import numbers, words
from pipemap.formats.inp.numbers import written
from pipemap.formats.inp.text import number_of
from pipemap.formats.swmm.cross_sections import BOX, EGG, ROUND, shape_named

if TYPE_CHECKING:
    from pipemap.formats.inp.leaving import Leaving
    from pipemap.formats.inp.revision import Kept
    from pipemap.formats.inp.text import Row
    from pipemap.formats.swmm.elements import Model

_MM = 1000.0
_BARRELS = 6
_BY_TABLE = ("IRREGULAR", "STREET")
_COLUMNS = ("diameter_mm", "width_mm", "height_mm", "shape", "barrels", "roughness")


def revise_sections(kept: Kept, leaving: Leaving, model: Model) -> None:
    """Put changed sizes into the lines of ``[XSECTIONS]``; a shape that changed gets a new line."""
    changed = kept.changed(leaving, "pipe", *_COLUMNS)
    some = np.flatnonzero(np.any(list(changed.values()), axis=0)).tolist()
    if not some:
        return
    lines = {row.words[0].upper(): row for row in leaving.draft.rows("XSECTIONS") if row.words[1:]}
    shapes = words(leaving.extract.pipes, "shape")
    for element in some:
        row = int(kept.matched.pipes[element])
        old = lines.get(leaving.pipe_ids[row].upper())
        if leaving.draft.is_dropped(kept.model.links.lines[element]):
            continue
        known = shape_named(old.words[1]) if old is not None else None
        if old is None or known is None or (changed["shape"][element] and known.form != shapes[row]):
            if old is not None:
                leaving.draft.drop(old.number)
            leaving.draft.add("XSECTIONS", section_words(leaving, row, model.units.metre * _MM))
        else:
            _put_size(leaving, row, old, model, force_main=bool(changed["roughness"][element]))


def _put_size(leaving: Leaving, row: int, old: Row, model: Model, *, force_main: bool) -> None:
    across, wide, tall = (float(numbers_at(leaving, name, row)) for name in ("diameter_mm", "width_mm", "height_mm"))
    factor, name, put = model.units.metre * _MM, old.words[1].upper(), {}
    height = across if np.isfinite(across) else tall
    if name.startswith(_BY_TABLE):
        leaving.losses.add("size-by-table", leaving.pipe_ids[row], layer="pipe")
    elif np.isfinite(height):
        put[2] = _number(old, 2, height, factor)
        shape = shape_named(name)
        if name.startswith("TRAPEZOIDAL"):
            slopes = [number_of(word) or 0.0 for word in old.words[4:6]]
            put[3] = _number(old, 3, max(wide - tall * sum(slopes), 0.0), factor)
        elif shape is not None and shape.ratio is None and shape.form != ROUND and not name.startswith("CUSTOM"):
            put[3] = _number(old, 3, wide, factor)
    if force_main and name.startswith("FORCE_MAIN"):
        rough = float(numbers_at(leaving, "roughness", row))
        put[3] = _number(old, 3, rough, model.units.roughness_mm if model.force_main_height else 1.0)
    barrels = numbers_at(leaving, "barrels", row)
    if len(old.words) > _BARRELS:
        put[_BARRELS] = str(int(barrels)) if np.isfinite(barrels) else "1"
    leaving.draft.put_words(old.number, {index: word for index, word in put.items() if word})


def _number(old: Row, index: int, value: float, factor: float) -> str:
    """Return a number for a word, empty where the word says it already (sizes are rounded to a micrometre) or it is unknown."""
    before = number_of(old.words[index]) if old.words[index:] else None
    if not np.isfinite(value) or (before is not None and round(before * factor, 3) == round(value, 3)):
        return ""
    return written(value, factor)


def numbers_at(leaving: Leaving, name: str, row: int) -> float:
    """Return one number of a pipe, NaN where unknown."""
    value = leaving.extract.pipes[name][row].as_py()
    return float("nan") if value is None else float(value)


def section_words(leaving: Leaving, row: int, factor: float) -> tuple[str, ...]:
    """Return the line of a cross-section as the survey has it; its size must be known.

    ``factor`` is millimetres in a unit of the file.
    """
    across, wide, tall = (numbers_at(leaving, name, row) for name in ("diameter_mm", "width_mm", "height_mm"))
    barrels = numbers_at(leaving, "barrels", row)
    count = (str(int(barrels)),) if np.isfinite(barrels) and barrels > 1 else ("1",)
    shape = leaving.extract.pipes["shape"][row].as_py() or (ROUND if np.isfinite(across) else BOX)
    name = leaving.pipe_ids[row]
    if shape == EGG and np.isfinite(tall):
        return (name, "EGG", written(tall, factor), "0", "0", "0", *count)
    if np.isfinite(wide) and np.isfinite(tall) and shape != ROUND:
        if shape != BOX:
            leaving.losses.add("shape-as-box", name, layer="pipe")
        return (name, "RECT_CLOSED", written(tall, factor), written(wide, factor), "0", "0", *count)
    size = across if np.isfinite(across) else tall if np.isfinite(tall) else wide
    return (name, "CIRCULAR", written(size, factor), "0", "0", "0", *count)


def has_size(leaving: Leaving) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say of each pipe whether its cross-section can be written."""
    across, wide, tall = (numbers(leaving.extract.pipes, name) for name in ("diameter_mm", "width_mm", "height_mm"))
    with np.errstate(invalid="ignore"):
        return np.asarray((across > 0) | ((wide > 0) & (tall > 0)) | (tall > 0) | (wide > 0), dtype=bool)
