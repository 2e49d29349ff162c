"""A network as one GLB file: real tubes, ducts and devices for any 3D viewer, browser or Blender.

glTF counts in metres, y up, and keeps 32-bit coordinates: the model stands around a local origin that the file states. Every
category is a node with its pipes and its devices as meshes; ``extras`` say which triangles are which element.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap import catalog
from pipemap.errors import ReportError
from pipemap.formats.reproject import in_degrees, reproject
from pipemap.formats.writing import ExportFormat, WriteOptions, Written
from pipemap.model.problem import Problem
from pipemap.model.wording import category_label
from pipemap.progress import SILENT, Progress, Told, beside
from pipemap.scene.colours import LIGHT, MISSING, rgb
from pipemap.scene.drawing import Drawing, draw
from pipemap.scene.glyph_layer import Stands
from pipemap.scene.glyphs import Copies, copies
from pipemap.scene.layers import pipe_mesh
from pipemap.scene.mesh import Mesh
from pipemap.scene.stands import Devices, Table, palette, table
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipemap.model.columns import Coded
    from pipemap.model.extract import Extract
    from pipemap.model.network import Network

FINE, MIDDLING = 5_000, 50_000
"""Straight pieces of pipe up to which tubes have twelve and eight sides; beyond they have six. Our own figures."""

_LARGEST = 2**32 - 2**20
_PIECE = 1 << 26
_MAGIC, _VERSION, _JSON, _BIN = 0x46546C67, 2, 0x4E4F534A, 0x004E4942
_FLOAT, _BYTE, _UINT = 5126, 5121, 5125
_VERTICES, _TRIANGLES = 34962, 34963

_ESTIMATED = N_("The level of {count} pipes is not known; they are drawn at a usual depth.")
_SCHEMATIC = N_("The survey has no coordinates; places in the model are made up.")
_NO_PLACE = N_("{count} elements have no place and are not in the model.")
_VALUES = N_("Of the values only ids and categories go out.")
_COARSE = N_("Tubes have {sides} sides, because there are so many.")
_STRETCHED = N_("The plan was drawn {factor:.3g} times as large, because its coordinates are no metres.")


def write_gltf(extract: Extract, to: Path, *, options: WriteOptions, progress: Progress = SILENT) -> Written:
    """Write a network as a GLB file.

    Raises
    ------
    ReportError
        Nothing has a place, the coordinates are degrees, or the model is larger than a GLB file can be.
    """
    extract = reproject(extract, options.crs, Told(progress).again)
    if in_degrees(extract.crs):
        raise ReportError(
            _("A 3D model counts in metres, and {crs} in degrees.").format(crs=extract.crs),
            _("Name a coordinate system in metres with --crs."),
        )
    told = Told(progress)
    told(0, 3, _("Drawing"))
    drawing = beside(lambda: draw(network_of(extract)), told.again)
    if not len(drawing.start) and not len(drawing.node_order):
        raise ReportError(_("Nothing of it has a place, so there is no 3D model."))
    told(1, 3, _("Writing {file}").format(file=to.name))
    sides = 12 if len(drawing.start) <= FINE else 8 if len(drawing.start) <= MIDDLING else 6
    document = beside(lambda: _document(drawing, sides, told.again), told.again)
    told(2, 3)
    document.save(to, _asset(drawing, extract), told.again)
    told(3, 3)
    return Written((to,), tuple(_losses(drawing, sides)))


FORMAT = ExportFormat("glb", N_("3D model (GLB)"), (".glb",), write_gltf)
"""3D models for viewers."""


def network_of(extract: Extract) -> Network:
    """Return the network of an extract; keys of nodes are its rows."""
    import pyarrow as pa

    from pipemap.model.network import Network

    nodes = extract.nodes.drop_columns(["fid"]).append_column("fid", pa.array(np.arange(extract.nodes.num_rows)))
    return Network.from_tables(nodes, extract.pipes, extract.lines, crs=extract.crs)


def _asset(drawing: Drawing, extract: Extract) -> dict[str, Any]:
    """What the file says of itself, and where its zero lies in the survey's coordinates."""
    return {
        "name": extract.name,
        "crs": extract.crs,
        "origin": {name: float(value) for name, value in zip(("east", "north", "height"), drawing.frame.origin, strict=True)},
        "axes": "x east, y up, z south; metres",
        "scale": drawing.frame.scale.tolist(),
    }


def _losses(drawing: Drawing, sides: int) -> list[Problem]:
    network = drawing.network
    placed = np.zeros(network.pipe_count, dtype=bool)
    placed[drawing.bar_pipe] = True
    bare = int((~placed).sum()) + int((~np.isfinite(drawing.node_top[:, 0])).sum())
    stretched = float(drawing.frame.scale[0])
    told: list[tuple[bool, str, str, dict[str, object]]] = [
        (drawing.schematic, "schematic", _SCHEMATIC, {}),
        (bare > 0, "no-place", _NO_PLACE, {"count": bare}),
        (drawing.estimated > 0, "level-estimated", _ESTIMATED, {"count": drawing.estimated}),
        (stretched != 1.0, "stretched", _STRETCHED, {"factor": stretched}),
        (len(drawing.start) > MIDDLING, "coarse", _COARSE, {"sides": sides}),
        (True, "values-left-out", _VALUES, {}),
    ]
    return [
        Problem(rule, "warning" if rule == "schematic" else "info", "", text, values) for so, rule, text, values in told if so
    ]


def _document(drawing: Drawing, sides: int, told: Callable[[], None]) -> _Document:
    """Return a document with a node a category, those of pipes first."""
    document, network = _Document(), drawing.network
    found = table(drawing)
    codes = dict.fromkeys([*network.pipe_category.count(), *network.node_category.count(), None])
    for code in codes:
        told()
        colour = np.array(rgb(catalog.colour_of(code) if code else MISSING[False]), dtype=np.uint8)
        children = [
            document.mesh(_("Pipes"), *_pipes(drawing, _of(network.pipe_category, code), colour, sides), colour),
            document.mesh(_("Devices"), *_devices(drawing, found, code, colour), None),
        ]
        label = category_label(code) if code else _("No category")
        document.group(label, [child for child in children if child is not None], {"category": code or ""})
    return document


def _of(column: Coded, code: str | None) -> NDArray[np.bool_]:
    return column.codes < 0 if code is None else column.is_in(code)


def _pipes(
    drawing: Drawing, pipes: NDArray[np.bool_], colour: NDArray[np.uint8], sides: int
) -> tuple[Mesh, NDArray[np.int64], list[str]]:
    """Mesh of some pipes with its triangles in their order; the first triangle of each, and its id."""
    rows = np.flatnonzero(pipes[drawing.bar_pipe])
    mesh = pipe_mesh(drawing, rows, np.broadcast_to(colour, (len(rows), 3)), sides=sides)
    return _sorted(mesh, _owners(drawing, rows, sides), drawing.network.pipe_ids)


def _owners(drawing: Drawing, rows: NDArray[np.int64], sides: int) -> NDArray[np.int64]:
    """Pipe of each triangle that :func:`pipe_mesh` makes: of its tubes, its boxes, and the balls at both their ends."""
    boxed = drawing.boxed[rows]
    tubes, boxes = drawing.bar_pipe[rows[~boxed]], drawing.bar_pipe[rows[boxed]]
    half_faces = np.repeat(boxes, 6)  # the first triangles of all faces, then their second ones
    balls = [drawing.bar_pipe[rows[flagged[rows] & ~boxed]] for flagged in (drawing.ball_start, drawing.ball_end)]
    of_ball = 2 * sides * (sides // 2 - 1)
    return np.concatenate([np.repeat(tubes, 2 * sides), half_faces, half_faces, *(np.repeat(ball, of_ball) for ball in balls)])


def _devices(
    drawing: Drawing, found: Table, code: str | None, colour: NDArray[np.uint8]
) -> tuple[Mesh, NDArray[np.int64], list[str]]:
    """Mesh of the devices of a category with its triangles in the order of nodes; the first triangle of each, and its id."""
    network = drawing.network
    nodes = _of(network.node_category, code)
    shown = Devices(
        drawing,
        found,
        nodes,
        np.zeros(network.pipe_count, dtype=bool),
        node_colours=np.broadcast_to(colour, (network.node_count, 3)),
        pipe_colours=np.broadcast_to(colour, (network.pipe_count, 3)),
        theme=LIGHT,
    )
    meshes, owners = [], [np.empty(0, dtype=np.int64)]
    for tile in range(len(drawing.tiles)):
        rows = found.nodes[found.node_starts[tile] : found.node_starts[tile + 1]]
        rows = rows[nodes[rows]]
        if len(rows):
            mesh, owner = _stands_mesh(shown.of_tile(tile))
            meshes.append(mesh)
            owners.append(rows[owner])
    return _sorted(Mesh.joined(meshes), np.concatenate(owners), network.node_ids)


def _stands_mesh(stands: Stands) -> tuple[Mesh, NDArray[np.int64]]:
    """Shapes at their own size, and the stand of each triangle."""
    meshes, owners = [], []
    for number in np.unique(stands.kind):
        kind = stands.kinds[number]
        rows = np.flatnonzero(stands.kind == number)
        template = kind.build()
        size = np.maximum(kind.size, np.minimum(stands.half[rows] * 2.8, kind.size * 5))
        stand = Copies(
            stands.places[rows], size, stands.depth[rows], stands.turn[rows], stands.colours[rows], stands.states[rows]
        )
        meshes.append(copies(template, stand, palette=palette(LIGHT)))
        owners.append(np.repeat(rows, len(template.triangles)))
    return Mesh.joined(meshes), np.concatenate([np.empty(0, dtype=np.int64), *owners])


def _sorted(mesh: Mesh, owner: NDArray[np.int64], ids: Any) -> tuple[Mesh, NDArray[np.int64], list[str]]:  # noqa: ANN401 -- Ids
    order = np.argsort(owner, kind="stable")
    rows, first = np.unique(owner[order], return_index=True)
    names = [ids[row] or "" for row in rows.tolist()]
    return Mesh(mesh.points, mesh.normals, mesh.colours, mesh.triangles[order]), first, names


@dataclass(slots=True)
class _Document:
    """A glTF document that grows; numbers of its parts are positions in its lists."""

    nodes: list[dict[str, Any]] = field(default_factory=lambda: [{"name": "pipemap", "children": []}])
    meshes: list[dict[str, Any]] = field(default_factory=list)
    materials: list[dict[str, Any]] = field(default_factory=list)
    accessors: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0

    def group(self, name: str, children: list[int], extras: dict[str, Any]) -> None:
        """Hang nodes below one of their own on the root; nothing without any."""
        if children:
            self.nodes.append({"name": name, "children": children, "extras": extras})
            self.nodes[0]["children"].append(len(self.nodes) - 1)

    def mesh(
        self, name: str, mesh: Mesh, first: NDArray[np.int64], ids: list[str], colour: NDArray[np.uint8] | None
    ) -> int | None:
        """Add a node with a mesh, in one colour or in those of its corners; return its number, None for a mesh of nothing."""
        if not len(mesh.triangles):
            return None
        attributes = {
            "POSITION": self._array(_y_up(mesh.points), _FLOAT, "VEC3", limits=True),
            "NORMAL": self._array(_y_up(mesh.normals), _FLOAT, "VEC3"),
        }
        if colour is None:
            opaque = np.column_stack([mesh.colours, np.full(len(mesh.colours), 255, dtype=np.uint8)])
            attributes["COLOR_0"] = self._array(_linear(opaque), _BYTE, "VEC4", normalized=True)
        primitive = {
            "attributes": attributes,
            "indices": self._array(mesh.triangles.astype("<u4").reshape(-1), _UINT, "SCALAR", target=_TRIANGLES),
            "material": self._material(colour),
        }
        extras = {"ids": ids, "first_triangle": first.tolist()}
        self.meshes.append({"name": name, "primitives": [primitive], "extras": extras})
        self.nodes.append({"name": name, "mesh": len(self.meshes) - 1})
        return len(self.nodes) - 1

    def _material(self, colour: NDArray[np.uint8] | None) -> int:
        factor = [1.0] * 4 if colour is None else [*(float(part) / 255 for part in _linear(colour)), 1.0]
        surface = {"baseColorFactor": factor, "metallicFactor": 0.0, "roughnessFactor": 0.7}
        self.materials.append({"pbrMetallicRoughness": surface, "doubleSided": True})
        return len(self.materials) - 1

    def _array(
        self,
        values: NDArray[Any],
        component: int,
        kind: str,
        *,
        target: int = _VERTICES,
        limits: bool = False,
        normalized: bool = False,
    ) -> int:
        data = np.ascontiguousarray(values).tobytes()
        self.views.append({"buffer": 0, "byteOffset": self.size, "byteLength": len(data), "target": target})
        accessor: dict[str, Any] = {
            "bufferView": len(self.views) - 1,
            "componentType": component,
            "count": len(values),
            "type": kind,
        }
        if limits:
            accessor |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        if normalized:
            accessor["normalized"] = True
        self.accessors.append(accessor)
        self.chunks.append(data + b"\0" * (-len(data) % 4))
        self.size += len(self.chunks[-1])
        return len(self.accessors) - 1

    def save(self, to: Path, extras: dict[str, Any], told: Callable[[], None]) -> None:
        """Write the document as one binary file; ``told`` is called every now and then."""
        self.nodes[0]["extras"] = extras
        document = {
            "asset": {"version": "2.0", "generator": "pipemap", "extras": extras},
            "scene": 0,
            "scenes": [{"name": extras["name"] or "pipemap", "nodes": [0]}],
            "nodes": self.nodes,
            "meshes": self.meshes,
            "materials": self.materials,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": self.size}],
        }
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + self.size
        if total > _LARGEST:
            raise ReportError(
                _("The model would have {size:.1f} GB, and a GLB file holds 4 at most.").format(size=total / 1e9),
                _("Export an area or a selection."),
            )
        try:
            with to.open("wb") as file:
                file.write(struct.pack("<III", _MAGIC, _VERSION, total))
                file.write(struct.pack("<II", len(text), _JSON) + text)
                file.write(struct.pack("<II", self.size, _BIN))
                for chunk in self.chunks:
                    for start in range(0, len(chunk), _PIECE):
                        told()
                        file.write(memoryview(chunk)[start : start + _PIECE])
        except OSError as error:
            raise ReportError(_("{file} cannot be written: {reason}").format(file=to, reason=error.strerror or error)) from error


def _y_up(places: NDArray[np.float32]) -> NDArray[np.float32]:
    """East, north, up as x, z, y: glTF looks along −z, so north is −z."""
    turned: NDArray[np.float32] = np.column_stack([places[:, 0], places[:, 2], -places[:, 1]]).astype("<f4")
    return turned


def _linear(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colours as screens show them, as light: glTF reckons in light. Opacity in a fourth column stays."""
    share = colours[..., :3] / 255.0
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 -- IEC 61966-2-1
    found = colours.copy()
    found[..., :3] = np.round(light * 255.0)
    return found
