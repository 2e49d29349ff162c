"""Find and replace in columns: what is found, what would stand there instead, and what the field cannot hold.

Patterns are RE2's, which take time in proportion to the text whatever is typed, so that no pattern can hold the program up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.errors import EditError, PipemapError
from pipemap.jobs.cell_edits import Proposal, Reader, Refused, noted
from pipemap.model.cells import Cells
from pipemap.model.choices import by_word, choices, plain
from pipemap.model.entry import refusal_of, typed
from pipemap.model.fields import Field, Layer, arrow_schema, fields
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.store import Survey


@dataclass(frozen=True, slots=True)
class Wanted:
    r"""What is looked for, and what stands there afterwards.

    ``text`` empty with ``whole`` finds empty cells. With ``pattern``, ``\1`` in ``instead`` is the first group.
    """

    text: str
    instead: str
    case: bool = False
    whole: bool = False
    pattern: bool = False


def propose_replacement(
    survey: Survey,
    layer: Layer,
    fids: NDArray[np.int64],
    names: Sequence[str],
    wanted: Wanted,
    *,
    progress: Progress = SILENT,
) -> Proposal:
    """Propose replacements in some columns of some elements; fields that are not typed are passed over.

    Raises
    ------
    PipemapError
        Nothing is looked for, or the pattern cannot be read.
    """
    if not wanted.text and not wanted.whole:
        raise PipemapError(_("Say what to look for."), _("Empty cells are found with “whole cell” and no text."))
    network = survey.network
    known = network.node_fid if layer == "node" else network.pipe_fid
    keys = np.unique(np.asarray(fids, dtype=np.int64))
    rows = np.searchsorted(known, keys)
    reader = Reader(network, layer)
    values: dict[str, pa.Array] = {}
    given: dict[str, NDArray[np.bool_]] = {}
    refused: list[Refused] = []
    for number, name in enumerate(names):
        progress(number, len(names), _("Looking"))
        field = fields(layer)[name]
        if refusal_of(field):
            continue
        column = network.column(layer, name).cast(arrow_schema(layer).field(name).type).take(pa.array(rows))
        found = _replaced(field, column, wanted, reader)
        refused += [Refused(int(keys[row]), name, text, why) for row, (text, why) in sorted(found.wrong.items())]
        if found.meant.any():
            values[name], given[name] = found.values, found.meant
    label = _("Replace “{old}” by “{new}”").format(old=wanted.text, new=wanted.instead)
    return noted(survey, Proposal(label, Cells(layer, keys, values, given), tuple(refused)))


@dataclass(frozen=True, slots=True)
class _Found:
    values: pa.Array
    meant: NDArray[np.bool_]
    wrong: dict[int, tuple[str, str]]


def _replaced(field: Field, column: pa.Array, wanted: Wanted, reader: Reader) -> _Found:
    """Replace in the different values of a column, then in its rows."""
    encoded = column.dictionary_encode(null_encoding="encode")
    before = [_searched(field, value) for value in encoded.dictionary.to_pylist()]
    after = _texts_after(before, wanted)
    values: list[Any] = []
    hit, reasons = np.zeros(len(before), dtype=np.bool_), {}
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        values.append(None)
        if new is None or new == old:
            continue
        try:
            values[-1] = reader.read(field.name, new)
            hit[number] = True
        except EditError as error:
            reasons[number] = (new, str(error))
    places = encoded.indices.to_numpy(zero_copy_only=False)
    wrong = {int(row): reasons[int(places[row])] for row in np.flatnonzero(np.isin(places, list(reasons)))} if reasons else {}
    return _Found(pa.array(values, column.type).take(encoded.indices), hit[places], wrong)


def _searched(field: Field, value: object) -> str:
    """The text in which is looked: the code of a listed value that has one, else what its cell shows."""
    choice = by_word(field.values).get(plain(str(value))) if choices(field) else None
    return choice.value if choice is not None and choice.is_code else typed(field, value)


def _texts_after(texts: list[str], wanted: Wanted) -> list[str | None]:
    """Return what each text becomes, ``None`` where it does not hold what is looked for."""
    pattern = wanted.text if wanted.pattern else re.sub(r"([^\w\s])", r"\\\1", wanted.text)
    instead = wanted.instead if wanted.pattern else wanted.instead.replace("\\", "\\\\")
    if wanted.whole:
        pattern = f"^(?:{pattern})$"
    if not wanted.case:
        pattern = f"(?i){pattern}"
    given = pa.array(texts, pa.string())
    try:
        found = pc.match_substring_regex(given, pattern).to_pylist()
        after = pc.replace_substring_regex(given, pattern, instead).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise PipemapError(
            _("The pattern “{text}” cannot be read.").format(text=wanted.text), str(error).split("\n")[0]
        ) from error
    return [new if held else None for held, new in zip(found, after, strict=True)]
