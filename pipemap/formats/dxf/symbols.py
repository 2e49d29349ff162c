"""Point symbols: one simple block a kind of node, drawn in the colour of the layer it is put on. Our own drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.catalog.kinds import NodeKind

if TYPE_CHECKING:
    from ezdxf.document import Drawing

_RING = "o 1"
_DOT = "o 0.25"
_CROSS = "- -0.7 -0.7 0.7 0.7; - -0.7 0.7 0.7 -0.7"
_BOX = "p -1 -1 1 -1 1 1 -1 1"
_TIE = "p -1 -0.6 1 0.6 1 -0.6 -1 0.6"
SHAPES: dict[NodeKind, str] = {
    NodeKind.POINT: _DOT,
    NodeKind.JUNCTION: "o 0.4",
    NodeKind.DEAD_END: "- 0 -0.8 0 0.8; - -0.5 0 0 0",
    NodeKind.BOUNDARY: "- -0.8 0 0.8 0; - 0.3 0.5 0.8 0; - 0.3 -0.5 0.8 0",
    NodeKind.PLACEHOLDER: _CROSS,
    NodeKind.MANHOLE: f"{_RING}; - -1 0 1 0; - 0 -1 0 1",
    NodeKind.CHAMBER: f"{_RING}; {_DOT}",
    NodeKind.GULLY: "p -1 -0.6 1 -0.6 1 0.6 -1 0.6; - -0.4 -0.6 -0.4 0.6; - 0.4 -0.6 0.4 0.6",
    NodeKind.OUTFALL: "p -0.9 0.8 0.9 0.8 0 -0.9",
    NodeKind.STORAGE: f"{_BOX}; - -1 0 1 0",
    NodeKind.SOURCE: "p -0.9 -0.8 0.9 -0.8 0 0.9",
    NodeKind.RESERVOIR: f"{_BOX}; - -1 0.5 1 0.5",
    NodeKind.TANK: f"{_RING}; o 0.7",
    NodeKind.WELL: f"{_RING}; p -0.5 -0.5 0.5 -0.5 0.5 0.5 -0.5 0.5",
    NodeKind.ISOLATION_VALVE: _TIE,
    NodeKind.CHECK_VALVE: "p -1 -0.6 1 0 -1 0.6; - 1 -0.6 1 0.6",
    NodeKind.AIR_VALVE: f"{_TIE}; - 0 0 0 1; o 0.2 0 1.2",
    NodeKind.DRAIN_VALVE: f"{_TIE}; - 0 0 0 -1; - -0.3 -1 0.3 -1",
    NodeKind.REGULATOR: f"{_BOX}; - -1 -1 1 1",
    NodeKind.EXCHANGER: f"{_RING}; - -1 0 -0.4 0.5; - -0.4 0.5 0.4 -0.5; - 0.4 -0.5 1 0",
    NodeKind.TRANSFORMER: "o 0.7 -0.4 0; o 0.7 0.4 0",
    NodeKind.PUMP: f"{_RING}; p -0.5 -0.8 1 0 -0.5 0.8",
    NodeKind.HYDRANT: f"{_RING}; - 0 -1 0 1; - -0.5 1 0.5 1",
    NodeKind.METER: f"{_RING}; - -0.5 -0.5 0 0.5; - 0 0.5 0.5 -0.5",
    NodeKind.CUSTOMER: "p -0.8 -0.8 0.8 -0.8 0.8 0.3 0 1 -0.8 0.3",
    NodeKind.CABINET: f"{_BOX}; - 0 -1 0 1",
    NodeKind.POLE: f"o 0.5; {_DOT}",
}
"""Kind → parts: ``o radius [x y]`` a circle, ``- x y x y`` a line, ``p x y …`` a closed outline; a unit is half a symbol."""


def block_name(kind: str) -> str:
    """Return the block of a kind; an unknown one is a plain point."""
    known = kind if kind in NodeKind.__members__.values() else NodeKind.POINT
    return f"PIPEMAP_{known.upper()}"


def add_blocks(drawing: Drawing) -> None:
    """Define every symbol."""
    for kind, parts in SHAPES.items():
        block = drawing.blocks.new(block_name(kind))
        for part in parts.split(";"):
            sign, *rest = part.split()
            numbers = [float(word) for word in rest]
            points = list(zip(numbers[0::2], numbers[1::2], strict=False))
            if sign == "o":
                block.add_circle(tuple(numbers[1:3]) or (0.0, 0.0), numbers[0])
            elif sign == "-":
                block.add_line(*points)
            else:
                block.add_lwpolyline(points, close=True)
