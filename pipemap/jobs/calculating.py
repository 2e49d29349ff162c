"""A field worked out from others, for many elements: proposed, with what cannot be worked out by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.analysis.expressions import Expression, Worked, read_expression
from pipemap.errors import EditError
from pipemap.jobs.cell_edits import Proposal, Reader, Refused, noted
from pipemap.model.cells import Cells
from pipemap.model.entry import refusal_of
from pipemap.model.fields import Field, Layer, arrow_schema, fields
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.store import Survey


def propose_calculation(
    survey: Survey, layer: Layer, fids: NDArray[np.int64], name: str, text: str, *, progress: Progress = SILENT
) -> Proposal:
    """Propose the result of an expression for one field of some elements.

    Raises
    ------
    PipemapError
        The expression cannot be read.
    EditError
        The field is not typed, or cannot hold results of this kind.
    """
    field = fields(layer)[name]
    if reason := refusal_of(field):
        raise EditError(_("“{name}” is not typed.").format(name=field.label), reason)
    expression = read_expression(text, layer)
    network = survey.network
    known = network.node_fid if layer == "node" else network.pipe_fid
    keys = np.unique(np.asarray(fids, dtype=np.int64))
    rows = np.minimum(np.searchsorted(known, keys), max(0, len(known) - 1))
    there = known[rows] == keys if len(known) else np.zeros(len(keys), dtype=np.bool_)
    keys, rows = keys[there], rows[there]
    progress(0, None, _("Calculating"))
    worked = expression.work_out(network, rows)
    values, refused = _fitted(survey, field, expression, worked, keys)
    refused = {row: Refused(int(keys[row]), name, "", why) for row, why in worked.errors.items()} | refused
    given = np.ones(len(keys), dtype=np.bool_)
    given[list(refused)] = False
    label = _("Calculate “{name}”").format(name=field.label)
    cells = Cells(layer, keys, {name: values}, {name: given})
    return noted(survey, Proposal(label, cells, tuple(refused[row] for row in sorted(refused))))


def _fitted(
    survey: Survey, field: Field, expression: Expression, worked: Worked, keys: NDArray[np.int64]
) -> tuple[pa.Array, dict[int, Refused]]:
    """Turn results into values of the field; what does not fit is refused by row."""
    if field.type == "bool" and expression.kind == "truth":
        return worked.values, {}
    if field.type == "real" and expression.kind == "number":
        return worked.values, {}
    if field.type == "int" and expression.kind == "number":
        return _whole(field, worked.values, keys)
    if expression.kind == "text":
        return _read(survey, field, worked.values, keys)
    if field.type == "text" and not field.values:
        raise EditError(
            _("“{name}” holds text, and the expression gives none.").format(name=field.label), _("Write text(…) around it.")
        )
    raise EditError(_("“{name}” cannot hold what the expression gives.").format(name=field.label))


def _whole(field: Field, values: pa.Array, keys: NDArray[np.int64]) -> tuple[pa.Array, dict[int, Refused]]:
    numbers = values.to_numpy(zero_copy_only=False)
    odd = np.isfinite(numbers) & (numbers != np.trunc(numbers))
    why = _("“{name}” takes a whole number, not “{value}”.")
    refused = {
        row: Refused(int(keys[row]), field.name, f"{numbers[row]:g}", why.format(name=field.label, value=f"{numbers[row]:g}"))
        for row in np.flatnonzero(odd).tolist()
    }
    return pa.array(np.where(odd, np.nan, numbers), from_pandas=True).cast(pa.int64()), refused


def _read(survey: Survey, field: Field, texts: pa.Array, keys: NDArray[np.int64]) -> tuple[pa.Array, dict[int, Refused]]:
    """Read texts as if they were typed, each different one once."""
    reader = Reader(survey.network, field.layer)
    encoded = texts.dictionary_encode()
    words, reasons = [], {}
    for number, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            words.append(reader.read(field.name, text))
        except EditError as error:
            words.append(None)
            reasons[number] = str(error)
    values = pa.array(words, arrow_schema(field.layer).field(field.name).type).take(encoded.indices)
    refused = {}
    if reasons:
        wrong = pc.is_in(encoded.indices, value_set=pa.array(list(reasons), encoded.indices.type)).to_numpy(zero_copy_only=False)
        for row in np.flatnonzero(wrong).tolist():
            number = encoded.indices[row].as_py()
            refused[row] = Refused(int(keys[row]), field.name, encoded.dictionary[number].as_py(), reasons[number])
    return values, refused
