"""What a shapefile's table can hold: names of ten characters and texts of 254 bytes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from pipemap import assets
from pipemap.formats.gis.losses import Losses
from pipemap.formats.gis.outgoing import LABEL, Outgoing
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

LONGEST_TEXT = 254
_LONGEST_NAME = 10


@cache
def short_names() -> dict[str, str]:
    """Return the short name of each field whose own is too long, from ``resources/schema/shapefile_names.csv``."""
    return {row["field"]: row["name"] for row in assets.read_rows("schema", "shapefile_names.csv")}


def short_name(column: str) -> str:
    """Return the name of a column in a shapefile: at most ten characters, the same for the same column always."""
    if column.endswith(LABEL):
        return f"{short_name(column.removesuffix(LABEL))[: _LONGEST_NAME - 2]}_l"
    return short_names().get(column, column)[:_LONGEST_NAME]


def for_dbf(out: Outgoing, losses: Losses, told: Callable[[], None] = lambda: None) -> Outgoing:
    """Shorten the names and texts of a layer to what a shapefile holds, and say so."""
    import pyarrow as pa

    table = out.table
    renamed = {name: short_name(name) for name in table.column_names}
    changed = [f"{name} → {short}" for name, short in renamed.items() if name != short]
    if changed:
        what = _("nodes") if out.layer == "node" else _("pipes")
        losses.add("columns-renamed", out.layer, {"what": what, "columns": ", ".join(changed)})
    ids = table["id"]
    for number, name in enumerate(table.column_names):
        if pa.types.is_string(table[name].type):
            told()
            table = table.set_column(number, name, _cut(table[name].combine_chunks(), name, ids, out, losses))
    return replace(out, table=table.rename_columns(list(renamed.values())))


def _cut(texts: pa.Array, name: str, ids: pa.ChunkedArray, out: Outgoing, losses: Losses) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    long = pc.fill_null(pc.greater(pc.binary_length(texts), LONGEST_TEXT), fill_value=False)
    count = pc.sum(long).as_py() or 0
    if not count:
        return texts
    first = pc.index(long, value=True).as_py()
    told = {"count": count, "column": name, "most": LONGEST_TEXT}
    losses.add("texts-cut", out.layer, told, layer=out.layer, element=ids[first].as_py() or "")
    short = [text.encode()[:LONGEST_TEXT].decode(errors="ignore") for text in texts.filter(long).to_pylist()]
    return pc.replace_with_mask(texts, long, pa.array(short, pa.string()))
