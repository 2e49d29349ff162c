"""What the sheets of the standard do not carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.plain_tables.content import own_courses
from pipemap.formats.survey_sheets.layout import NODE_FIELDS, PIPE_FIELDS
from pipemap.model.fields import LAYERS, Layer, fields
from pipemap.model.problem import Problem
from pipemap.texts import N_

if TYPE_CHECKING:
    import pyarrow as pa

    from pipemap.model.extract import Extract

_CARRIED = {"node": NODE_FIELDS, "pipe": PIPE_FIELDS}
_FIELDS_LEFT = {
    "node": N_("The layout has no column for these fields of points: {fields} ({count} values)."),
    "pipe": N_("The layout has no column for these fields of pipes: {fields} ({count} values)."),
}
_BENT = N_("{count} pipes have bends or levels of their own on their way; the sheets have only their ends.")
_ALIKE = N_("{count} points share a number with another point of their category; the sheets cannot tell which a pipe ends at.")
_IDS = N_("{count} pipes have an id of their own; the sheets name pipes by their points.")
_TURNED = N_("The sheets list each pipe from both ends; which end it was drawn from is not among their columns.")
_CUSTOMERS = N_("{count} customers stay behind.")
_TEXTS = N_("{count} sections of model files stay behind.")


def losses_of(extract: Extract) -> list[Problem]:
    """Return what is in an extract and not in its sheets, a problem a kind."""
    found = [lost for layer in LAYERS if (lost := _fields_left(layer, extract.nodes if layer == "node" else extract.pipes))]
    counted = (
        ("lost-bends", _BENT, int(own_courses(extract).sum())),
        ("lost-ids", _ALIKE, _repeated(extract.nodes)),
        ("lost-pipe-ids", _IDS, _own_ids(extract)),
        ("lost-customers", _CUSTOMERS, 0 if extract.customers is None else extract.customers.num_rows),
        ("lost-model-texts", _TEXTS, sum(map(len, extract.model_texts.values()))),
    )
    found += [Problem(rule, "warning", "", text, {"count": count}) for rule, text, count in counted if count]
    if extract.pipes.num_rows:
        found.append(Problem("lost-direction", "info", "", _TURNED))
    return found


def _fields_left(layer: Layer, table: pa.Table) -> Problem | None:
    left = {
        name: len(table) - table[name].null_count
        for name in table.column_names
        if name not in _CARRIED[layer] and table[name].null_count < len(table)
    }
    if not left:
        return None
    labels = ", ".join(fields(layer)[name].label if name in fields(layer) else name for name in left)
    return Problem(
        "lost-fields", "warning", "", _FIELDS_LEFT[layer], {"fields": labels, "count": sum(left.values())}, layer=layer
    )


def _repeated(nodes: pa.Table) -> int:
    import pyarrow.compute as pc

    codes = [
        np.asarray(pc.fill_null(pc.dictionary_encode(nodes[name].combine_chunks()).indices, -1).to_numpy(zero_copy_only=False))
        for name in ("id", "category")
    ]
    named = codes[0] >= 0
    keys = codes[0][named].astype(np.int64) * (1 << 31) + codes[1][named] + 1
    _keys, counts = np.unique(keys, return_counts=True)
    return int(counts[counts > 1].sum())


def _own_ids(extract: Extract) -> int:
    """Count pipes whose id is not made of those of their nodes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not extract.pipes.num_rows:
        return 0
    names = extract.nodes["id"]
    made = pc.binary_join_element_wise(
        *(names.take(extract.pipes[side].cast(pa.int64())) for side in ("from_fid", "to_fid")), "-"
    )
    ids = pc.replace_substring_regex(extract.pipes["id"], r"#\d+$", "")
    return int(pc.sum(pc.fill_null(pc.not_equal(ids, made), fill_value=False)).as_py() or 0)
