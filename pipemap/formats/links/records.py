"""Records of a small model as a delivery: nodes, then links that name their ends; what does not fit is kept and listed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.formats.findings import RowFindings
from pipemap.model.delivery import Lines
from pipemap.model.fields import Layer, arrow_schema
from pipemap.texts import N_

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.model.problem import Severity

RULES: dict[str, tuple[Severity, str]] = {
    "missing-node": ("error", N_("{element} ends at {node}, which the file does not have; a placeholder stands there.")),
    "no-coordinates": ("warning", N_("{count} nodes have no coordinates; they are not on the map.")),
    "duplicate-id": ("warning", N_("Id {element} is used more than once; all are kept.")),
    "not-a-number": ("warning", N_("{column} of {element} is “{value}”, which is no number; left empty.")),
    "crs-suggested": ("info", N_("The coordinate system is not known; the coordinates would fit {names}.")),
    "crs-unknown": ("info", N_("The coordinate system is not known; name it with the source.")),
    "left-out": ("info", N_("{count} records of {kind} are not taken over.")),
    "mended": ("warning", N_("The file is no proper XML; control characters and tags without a name were left out.")),
    "no-pipe": ("warning", N_("{element} lies on pipe {pipe}, which the file does not have; it is a node by itself.")),
}
_FAR = 1e9

Row = dict[str, Any]


class Findings(RowFindings):
    """Problems of one model by these rules."""

    rules = RULES


@dataclass(slots=True)
class Records:
    """Nodes and links as they are read; ``ends`` are rows of nodes, ``courses`` vertices between the ends, east and north."""

    findings: Findings
    nodes: list[Row] = field(default_factory=list)
    pipes: list[Row] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)
    courses: list[list[tuple[float, float]]] = field(default_factory=list)
    row_of: dict[str, int] = field(default_factory=dict)

    def node(self, key: str, where: str, **values: object) -> int:
        """Add a node; ``key`` is how links name it. A second one of the same key is kept, and links join the first."""
        self.nodes.append({"id": key, **values})
        row = len(self.nodes) - 1
        if self.row_of.setdefault(key, row) != row:
            self.findings.add("duplicate-id", where, layer="node", element=key)
        return row

    def end(self, key: str, where: str, element: str) -> int:
        """Row of the node that a link names; a placeholder where there is none."""
        if key not in self.row_of:
            self.findings.add("missing-node", where, {"node": key}, layer="pipe", element=element)
            self.nodes.append({"id": key, "kind": str(NodeKind.PLACEHOLDER.value)})
            self.row_of[key] = len(self.nodes) - 1
        return self.row_of[key]

    def link(self, first: int, second: int, course: list[tuple[float, float]] | None = None, **values: object) -> None:
        """Add a link between two rows of nodes."""
        self.pipes.append({"kind": str(PipeKind.PIPE.value), **values})
        self.ends.append((first, second))
        self.courses.append(course or [])

    def tables(self) -> tuple[pa.Table, pa.Table, Lines]:
        """Nodes and pipes by the schema of deliveries, and the courses."""
        bare = sum(not _placed(row) and row.get("kind") != NodeKind.PLACEHOLDER for row in self.nodes)
        if bare:
            self.findings.add("no-coordinates", values={"count": bare})
        names = [str(row["id"]) for row in self.nodes]
        pipes = [
            {**row, "from_fid": first, "to_fid": second, "from_node": names[first], "to_node": names[second]}
            for row, (first, second) in zip(self.pipes, self.ends, strict=True)
        ]
        return _table("node", self.nodes), _table("pipe", pipes), Lines.from_lists([self._line(row) for row in range(len(pipes))])

    def _line(self, row: int) -> NDArray[np.float64]:
        """Vertices of a link; none where an end has no place."""
        first, second = (self.nodes[end] for end in self.ends[row])
        if not (_placed(first) and _placed(second)):
            return np.empty((0, 3))
        plan = [(first["x"], first["y"]), *self.courses[row], (second["x"], second["y"])]
        return np.column_stack([np.array(plan, dtype=np.float64), np.full(len(plan), np.nan)])


def _placed(row: Row) -> bool:
    return all(isinstance(row.get(axis), float) and abs(row[axis]) < _FAR for axis in ("x", "y"))


def _table(layer: Layer, rows: list[Row]) -> pa.Table:
    import pyarrow as pa

    schema = arrow_schema(layer)
    names = [name for name in schema.names if any(row.get(name) is not None for row in rows)]
    always = ["id", "category", "kind", *(["x", "y"] if layer == "node" else ["from_fid", "to_fid", "from_node", "to_node"])]
    names = [name for name in schema.names if name in names or name in always]
    if layer == "node":
        rows = [row if _placed(row) else {**row, "x": None, "y": None} for row in rows]
    return pa.table({name: pa.array([row.get(name) for row in rows], type=schema.field(name).type) for name in names})


def number(value: object) -> float | None:
    """Return a finite number, else None."""
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def material_code(text: str) -> str:
    """Code of a material such as ``PE 100``; as written where it is not known."""
    from pipemap.catalog import material
    from pipemap.formats.gis import words

    for part in (text, text.split(maxsplit=1)[0]):
        found = material(part)
        code = found.code if found else words.exact("material", part)
        if code:
            return code
    return text


def say_crs(records: Records, file: str, crs: str) -> None:
    """List which systems the coordinates would fit, where none is named."""
    from pipemap.catalog import suggest_crs

    places = np.array([(row["x"], row["y"]) for row in records.nodes if _placed(row)])
    if crs or not len(places):
        return
    fitting = suggest_crs(*(float(value) for value in np.median(places, axis=0)))
    if fitting:
        names = ", ".join(f"{zone.authority_code} ({zone.label})" for zone in fitting[:3])
        records.findings.add("crs-suggested", file, {"names": names})
    else:
        records.findings.add("crs-unknown", file)
