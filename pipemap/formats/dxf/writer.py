"""A survey → DXF: 3D polylines, point symbols and texts on the layers of their categories."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.catalog import NodeKind, PipeKind, category, material
from pipemap.errors import ReportError
from pipemap.formats.dxf.entities import APPLICATION, STYLE, Entities, handles_needed
from pipemap.formats.dxf.layers import PARTS, UNKNOWN, colour_of_layer, layer_name
from pipemap.formats.dxf.losses import RULES
from pipemap.formats.dxf.symbols import add_blocks, block_name
from pipemap.formats.losses import Losses
from pipemap.formats.writing import Written
from pipemap.model.columns import floats
from pipemap.model.fields import Layer, fields
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from ezdxf.document import Drawing
    from numpy.typing import NDArray

    from pipemap.formats.writing import WriteOptions
    from pipemap.model.extract import Extract

NAME = "dxf"
VERSION = "R2010"
"""Of AutoCAD 2010: the oldest whose texts are UTF-8 and whose layers have true colours with every reader we tried."""
FONT = "simhei.ttf"
"""A font with Chinese characters that Windows has; other systems put their own in its place."""
_SYMBOL, _TEXT, _MARK = 0.5, 1.0, 1.0
_GAP, _ASIDE = 0.6, 0.3
_WIDE = 0.8
"""Width of a letter as a share of its height."""
_QUARTER = 90.0
_STEP = 2_000
_FIRST_HANDLE = 0x10000
_ENTITIES = "  2\nENTITIES\n"
_DEVICES: dict[str | None, NodeKind] = {
    PipeKind.VALVE: NodeKind.ISOLATION_VALVE,
    PipeKind.CHECK_VALVE: NodeKind.CHECK_VALVE,
    PipeKind.PUMP: NodeKind.PUMP,
    **dict.fromkeys((PipeKind.PRV, PipeKind.PSV, PipeKind.PBV, PipeKind.FCV), NodeKind.REGULATOR),
}
_NOT_CARRIED = frozenset({"batch", "from_fid", "to_fid", "arm_pipe"})


def write_dxf(extract: Extract, to: Path, *, options: WriteOptions, progress: Progress = SILENT) -> Written:
    """Write an extract as a drawing in metres.

    Pipes are polylines in 3D with the levels as measured, or in plan where a level of their course is unknown. Nodes are
    blocks by their kind, at ground level. Each carries its attributes as extended data. Texts are the point numbers and, along
    each pipe, category, size and material.

    Raises
    ------
    ReportError
        Nothing of the extract has a place, or the file cannot be written.
    """
    losses = Losses(RULES)
    if not len(_places(extract)):
        raise ReportError(_("Nothing that is to be drawn has coordinates."), _("A drawing needs places."))
    try:
        with _around(extract, to) as entities:
            _draw_pipes(extract, entities, _chosen("pipe", options), losses, progress)
            _draw_nodes(extract, entities, _chosen("node", options), losses, progress)
            losses.add("shortened", count=entities.shortened)
    except OSError as error:
        raise ReportError(_("{file} cannot be written: {reason}").format(file=to, reason=error.strerror or error)) from error
    for name, sort in (("customers", extract.customers), ("model", extract.model_texts or None)):
        losses.add(name, count=int(sort is not None))
    return Written((to,), losses.problems())


@contextmanager
def _around(extract: Extract, to: Path) -> Iterator[Entities]:
    """Write everything of a drawing that comes before its entities, then what comes behind them."""
    drawing = _drawing(extract)
    stream = io.StringIO()
    drawing.write(stream)
    before, mark, behind = stream.getvalue().partition(_ENTITIES)
    with to.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(before + mark)
        yield Entities(file, drawing.modelspace().layout_key, _FIRST_HANDLE)
        file.write(behind)


def _drawing(extract: Extract) -> Drawing:
    """Return a drawing that has everything but its entities."""
    from ezdxf import units
    from ezdxf.filemanagement import new

    drawing = new(VERSION, units=units.M)
    drawing.header["$LUNITS"], drawing.header["$AUNITS"] = 2, 0
    drawing.styles.new(STYLE, dxfattribs={"font": FONT})
    drawing.appids.new(APPLICATION)
    add_blocks(drawing)
    codes = {code or UNKNOWN for table in (extract.nodes, extract.pipes) for code in table["category"].unique().to_pylist()}
    for code in sorted(codes):
        number, colour = colour_of_layer(code)
        for part in PARTS:
            name = layer_name(code, part)
            if name not in drawing.layers:
                layer = drawing.layers.add(name, color=number)
                if colour is not None:
                    layer.rgb = colour
    if extract.crs:
        drawing.header.custom_vars.append("CRS", extract.crs)
    _frame(drawing, extract)
    last = _FIRST_HANDLE + handles_needed(extract.pipes.num_rows, len(extract.lines.xyz), extract.nodes.num_rows)
    drawing.entitydb.handles.reset(f"{last:X}")
    return drawing


def _frame(drawing: Drawing, extract: Extract) -> None:
    """Say where the drawing lies and look at all of it."""
    xy = _places(extract)
    low, high = xy.min(axis=0), xy.max(axis=0)
    drawing.modelspace().reset_extents((*low.tolist(), 0.0), (*high.tolist(), 0.0))
    drawing.set_modelspace_vport(height=float(max(high - low)) * 1.1 + 1, center=tuple(((low + high) / 2).tolist()))


def _places(extract: Extract) -> NDArray[np.float64]:
    """Return every place that is known, of nodes and courses."""
    nodes = np.column_stack([floats(extract.nodes, name) for name in ("x", "y")])
    xy = np.concatenate([nodes, extract.lines.xyz[:, :2]])
    known: NDArray[np.float64] = xy[np.isfinite(xy).all(axis=1)]
    return known


def _chosen(layer: Layer, options: WriteOptions) -> list[str]:
    """Return the attributes that go along: those chosen, else all that mean something outside the survey."""
    known = [name for name in fields(layer) if name not in _NOT_CARRIED]
    wanted = options.fields.get(layer)
    return known if wanted is None else [name for name in wanted if name in known]


@dataclass(frozen=True, slots=True)
class _Rows:
    """A slice of a table as columns of Python values."""

    first: int
    columns: dict[str, list[Any]]
    chosen: Sequence[str]

    def attributes(self, index: int) -> Iterator[tuple[str, str]]:
        """Yield what is known of a row, as text."""
        for name in self.chosen:
            value = self.columns[name][index]
            if value is not None and value != "":
                yield name, f"{value:.10g}" if isinstance(value, float) else str(value)


def _slices(table: pa.Table, needed: Sequence[str], chosen: Sequence[str], progress: Progress, label: str) -> Iterator[_Rows]:
    columns = list(dict.fromkeys([*needed, *chosen]))
    for first in range(0, table.num_rows, _STEP):
        progress(first, table.num_rows, label)
        yield _Rows(first, table.select(columns).slice(first, _STEP).to_pydict(), chosen)


def _draw_pipes(extract: Extract, entities: Entities, chosen: list[str], losses: Losses, progress: Progress) -> None:
    needed = ("id", "category", "kind", "diameter_mm", "width_mm", "height_mm", "barrels", "size_text", "material")
    for rows in _slices(extract.pipes, needed, chosen, progress, _("Drawing pipes")):
        for index, code in enumerate(rows.columns["category"]):
            course = extract.lines[rows.first + index]
            if len(course) < 2 or not np.isfinite(course[:, :2]).all():  # noqa: PLR2004 -- a line has two ends
                losses.add("pipe-without-place", rows.columns["id"][index] or "", layer="pipe")
                continue
            layer, points = layer_name(code or "", "LINE"), course.tolist()
            losses.add("no-category", count=int(not code), layer="pipe")
            if np.isfinite(course[:, 2]).all():
                entities.line(layer, points, rows.attributes(index))
            else:
                losses.add("level-unknown", rows.columns["id"][index] or "", layer="pipe")
                entities.flat_line(layer, points, rows.attributes(index))
            row = {name: rows.columns[name][index] for name in needed}
            losses.add("short-for-text", count=int(not _annotate(entities, code or "", row, course)), layer="pipe")


def _annotate(entities: Entities, code: str, row: dict[str, Any], course: NDArray[np.float64]) -> bool:
    """Write category, size and material along the longest straight of a pipe, readable from below or from the right.

    A device gets its symbol there. Returns whether there was room for the text.
    """
    steps = np.diff(course[:, :2], axis=0)
    long = np.hypot(steps[:, 0], steps[:, 1])
    longest = int(np.argmax(long))
    east, north = steps[longest].tolist()
    turn = math.degrees(math.atan2(north, east))
    x, y = ((course[longest, :2] + course[longest + 1, :2]) / 2).tolist()
    device = _DEVICES.get(row["kind"])
    if device is not None:
        level = float(np.nan_to_num(course[longest, 2]))
        entities.symbol(layer_name(code, "POINT"), block_name(device), (x, y, level), (), scale=_SYMBOL, turn=turn)
    said = annotation(code, row)
    if not said or long[longest] < _WIDE * _MARK * len(said):
        return not said
    turn += 180.0 if turn <= -_QUARTER else -180.0 if turn > _QUARTER else 0.0
    away = math.radians(turn + _QUARTER)
    at = (x + _ASIDE * math.cos(away), y + _ASIDE * math.sin(away), 0.0)
    entities.text(layer_name(code, "MARK"), said, at, height=_MARK, turn=turn, centred=True)
    return True


def annotation(code: str, row: dict[str, Any]) -> str:
    """Return what is written along a pipe: 给水 DN300 PE."""
    known, made = category(code), material(row["material"])
    parts = [known.name_zh if known else code, size_of(row), made.code if made else row["material"] or ""]
    return " ".join(part for part in parts if part)


def size_of(row: dict[str, Any]) -> str:
    """Return a size as drawings have it: DN300, 800X600, 2×DN300; else as the survey wrote it (12孔)."""
    if row["diameter_mm"]:
        size = f"DN{row['diameter_mm']:.6g}"
    elif row["width_mm"] and row["height_mm"]:
        size = f"{row['width_mm']:.6g}X{row['height_mm']:.6g}"
    else:
        return row["size_text"] or ""
    return f"{row['barrels']}×{size}" if (row["barrels"] or 1) > 1 else size


def _draw_nodes(extract: Extract, entities: Entities, chosen: list[str], losses: Losses, progress: Progress) -> None:
    needed = ("x", "y", "id", "category", "kind", "ground")
    for rows in _slices(extract.nodes, needed, chosen, progress, _("Drawing points")):
        columns = rows.columns
        for index, code in enumerate(columns["category"]):
            x, y, ground = (columns[name][index] for name in ("x", "y", "ground"))
            name = columns["id"][index] or ""
            if x is None or y is None:
                losses.add("node-without-place", name, layer="node")
                continue
            losses.add("ground-unknown", count=int(ground is None), layer="node")
            losses.add("no-category", count=int(not code), layer="node")
            at = (x, y, ground if ground is not None else 0.0)
            block = block_name(columns["kind"][index] or "")
            entities.symbol(layer_name(code or "", "POINT"), block, at, rows.attributes(index), scale=_SYMBOL)
            if name:
                entities.text(layer_name(code or "", "TEXT"), name, (x + _GAP, y + _GAP, at[2]), height=_TEXT)
