"""What can be known of a node and of a pipe: one row a field, read from ``resources/schema``.

The survey database, the forms, the table headers and the import mapping all follow this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from pipemap import assets
from pipemap.texts import pick

if TYPE_CHECKING:
    import pyarrow as pa

Layer = Literal["node", "pipe"]
LAYERS: tuple[Layer, ...] = ("node", "pipe")


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of a layer.

    ``type`` is ``int``, ``real``, ``text``, ``date`` (ISO text) or ``bool``; ``unit`` is empty or as printed;
    ``values`` names a list of :func:`values`, or a list that the catalog holds (``category``, ``material`` …).
    """

    layer: Layer
    name: str
    type: Literal["int", "real", "text", "date", "bool"]
    unit: str
    values: str
    group: str
    label_en: str
    label_zh: str
    meaning: str

    @property
    def label(self) -> str:
        """Name in the language on screen, without the unit."""
        return pick(self.label_en, self.label_zh)


@dataclass(frozen=True, slots=True)
class Value:
    """One entry of a value list."""

    value: str
    label_en: str
    label_zh: str
    note: str

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.label_en, self.label_zh)


@cache
def fields(layer: Layer) -> dict[str, Field]:
    """Return the fields of a layer by name, in the order of forms and tables; ``fid`` and geometry are not among them."""
    rows = (Field(**row) for row in assets.read_rows("schema", "fields.csv"))  # type: ignore[arg-type]
    return {row.name: row for row in rows if row.layer == layer}


@cache
def values(name: str) -> dict[str, Value]:
    """Return a list of allowed values by value; empty when the list belongs to the catalog or does not exist."""
    rows = assets.read_rows("schema", "values.csv")
    return {
        row["value"]: Value(row["value"], row["label_en"], row["label_zh"], row["note"]) for row in rows if row["list"] == name
    }


@cache
def arrow_schema(layer: Layer) -> pa.Schema:
    """Return the Arrow schema of a layer's records: of nodes ``x``, ``y`` (east, north; null when unknown), then the fields.

    In a delivery, ``from_fid`` and ``to_fid`` of a pipe are row numbers of its node table; ``batch`` is null.
    """
    import pyarrow as pa

    types = {"int": pa.int64(), "real": pa.float64(), "text": pa.string(), "date": pa.string(), "bool": pa.bool_()}
    place = [("x", pa.float64()), ("y", pa.float64())] if layer == "node" else []
    return pa.schema(place + [(field.name, types[field.type]) for field in fields(layer).values()])
