"""DXF drawings as layers: each layer of the drawing by itself, symbols as points, texts and frames left out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.gis.findings import Findings
from pipemap.formats.gis.layers import Layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

_ENTITIES, _BLOCKS = "entities", "blocks"
_TEXTS = re.compile(r"AcDb(?:M?Text|Dimension|MLeader|Leader)")
_ESCAPE = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_KEPT = ("EntityHandle", "Linetype", "BlockName")
_LONG_IN_BLOCK = 5.0
_NO_LETTERS = re.compile("[\u0080-\u00bf]")
"""Signs that no European name has, and that Chinese read as Latin is full of."""

_CHINESE = re.compile("[\u4e00-\u9fff]")


def from_drawings(layers: Sequence[Layer], findings: Findings) -> list[Layer]:
    """Return layers in which those of DXF files are replaced by the layers that were drawn in them."""
    found: list[Layer] = []
    for layer in layers:
        if layer.path.suffix.lower() != ".dxf" or layer.name not in {_ENTITIES, _BLOCKS}:
            found.append(layer)
        elif layer.name == _BLOCKS:
            _list_blocks(layer, findings)
        else:
            found += _drawn(layer, findings)
    return found


def _list_blocks(layer: Layer, findings: Findings) -> None:
    """List symbols that hold long lines: there a network may be drawn that is only one point here."""
    import shapely

    boxes = shapely.bounds(layer.geometry)
    long = np.nan_to_num(boxes[:, 2:] - boxes[:, :2], nan=0.0).max(axis=1, initial=0.0) > _LONG_IN_BLOCK
    names = sorted({text for text in _texts(layer, "Block")[long].tolist() if text and not text.startswith(("_", "*"))})
    if names:
        findings.add("drawing-blocks", layer.path.name, {"names": ", ".join(names[:10]), "count": len(names)})


def _drawn(layer: Layer, findings: Findings) -> list[Layer]:
    import pyarrow as pa
    import shapely

    classes, names = _texts(layer, "SubClasses"), _texts(layer, "Layer")
    written = np.array([bool(text and _TEXTS.search(text)) for text in classes.tolist()], dtype=bool)
    paper = _texts(layer, "PaperSpace") == "1"
    if (written | paper).any():
        told = {"texts": int((written & ~paper).sum()), "frames": int(paper.sum())}
        findings.add("drawing-texts", layer.path.name, told)
    round_ = np.array([bool(text and "AcDbCircle" in text and "AcDbArc" not in text) for text in classes.tolist()], dtype=bool)
    geometry = layer.geometry.copy()
    if round_.any():
        boxes = shapely.bounds(geometry[round_])
        levels = np.array([shape[0, 2] for shape in map(_with_z, geometry[round_])])
        geometry[round_] = shapely.points(np.column_stack([(boxes[:, :2] + boxes[:, 2:]) / 2, levels]))
        findings.add("drawing-circles", layer.path.name, {"count": int(round_.sum())})
    kept = ~(written | paper)
    found = []
    for name in dict.fromkeys(names[kept].tolist()):
        rows = np.flatnonzero(kept & (names == name))
        values = _values(layer, rows)
        table = pa.table(values)
        found.append(
            replace(layer, name=_readable(name) or "0", table=table, geometry=geometry[rows], features=layer.features[rows])
        )
    return found


def _with_z(shape: object) -> NDArray[np.float64]:
    import shapely

    return np.asarray(shapely.get_coordinates(shape, include_z=True), dtype=np.float64)  # type: ignore[call-overload]


def _values(layer: Layer, rows: NDArray[np.int64]) -> dict[str, pa.Array]:
    """Columns of some entities, with one for each attribute of their symbols."""
    import pyarrow as pa

    texts = {name: [_readable(text) for text in _texts(layer, name)[rows].tolist()] for name in _KEPT}
    found = {name: pa.array(column, pa.string()) for name, column in texts.items() if any(column)}
    if "BlockAttributes" not in layer.table.column_names:
        return found
    attributes: dict[str, list[str | None]] = {}
    for place, pairs in enumerate(layer.table["BlockAttributes"].combine_chunks().take(pa.array(rows)).to_pylist()):
        for pair in pairs or ():
            tag, _space, value = str(pair).partition(" ")
            attributes.setdefault(_readable(tag) or "", [None] * len(rows))[place] = _readable(value.strip()) or None
    more = {tag: pa.array(column, pa.string()) for tag, column in attributes.items() if tag and tag not in found}
    return found | more


def _texts(layer: Layer, column: str) -> NDArray[np.object_]:
    if column not in layer.table.column_names:
        return np.full(len(layer.geometry), None, dtype=object)
    return np.array([None if value is None else str(value) for value in layer.table[column].to_pylist()], dtype=object)


def _readable(text: str | None) -> str | None:
    r"""Texts as they were meant: ``\U+7ED9`` is a character, and Chinese that was read as Latin is Chinese again."""
    if text is None:
        return None
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    if not _NO_LETTERS.search(text):
        return text
    try:
        chinese = text.encode("latin-1").decode("gb18030")
    except UnicodeError:
        return text
    return chinese if _CHINESE.search(chinese) else text
