"""The other side: what a person would use instead, each as its own manual says."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from pipemap.bench.case import LOCAL, Case, Ground, MissingPeerError
from pipemap.bench.ours import COLUMNS, SIZE, SWING
from pipemap.texts import _

if TYPE_CHECKING:
    import networkx as nx

_MOST_FOR_WNTR = 20_000
_TUBE_SIDES = 8
_HEADER = 40
"""Bytes before the WKB of a line as we write it: GeoPackage's header with its box."""


def _needs(module: str) -> Any:  # noqa: ANN401 -- a module
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise MissingPeerError(_("{name} is not installed").format(name=module)) from error


# -- reading with sqlite3 and shapely ------------------------------------------------------------------------------------


def _plain(ground: Ground) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{ground.path}?mode=ro", uri=True)


def load_plain(ground: Ground) -> Case:
    """Rows by fetchall, lines by shapely, a dictionary from node to its pipes: the loader that anyone writes first."""
    import shapely

    def run() -> int:
        with _plain(ground) as connection:
            nodes = connection.execute("SELECT fid, id, category, kind, ground, geom FROM node").fetchall()
            pipes = connection.execute(
                "SELECT fid, id, from_fid, to_fid, category, kind, diameter_mm, material, from_level, to_level, geom FROM pipe"
            ).fetchall()
        points = shapely.from_wkb([row[-1][8:] if row[-1] else None for row in nodes])
        lines = shapely.from_wkb([row[-1][_HEADER:] if row[-1] else None for row in pipes])
        joined: dict[int, list[int]] = {}
        for fid, _id, first, second, *_rest in pipes:
            joined.setdefault(first, []).append(fid)
            joined.setdefault(second, []).append(fid)
        return len(points) + len(lines) + len(joined)

    return Case(run)


def _selected(statement: str, ground: Ground, *values: object) -> Case:
    connection = _plain(ground)
    return Case(lambda: connection.execute(statement, values).fetchall())


def plain_page(ground: Ground) -> Case:
    """Two hundred rows from the middle of a sorted table, by OFFSET."""
    middle = ground.network.pipe_count // 2
    statement = f"SELECT {', '.join(COLUMNS)} FROM pipe ORDER BY diameter_mm LIMIT 200 OFFSET ?"  # noqa: S608 -- our own names
    return _selected(statement, ground, middle)


def plain_search(ground: Ground) -> Case:
    """The same three texts, in the same fields."""
    connection = _plain(ground)
    fields = {"node": ("id", "map_id", "road", "owner", "operator", "address", "note"), "pipe": ("id", "road", "owner", "note")}

    def run() -> None:
        for text in ("1024", "人民路", "zzzz"):
            for table, names in fields.items():
                condition = " OR ".join(f"{name} LIKE ?1" for name in names)
                connection.execute(f"SELECT fid, id FROM {table} WHERE {condition}", (f"%{text}%",)).fetchall()  # noqa: S608

    return Case(run)


def plain_fsync(ground: Ground) -> Case:
    """What no program can do without: four kilobytes to the disk."""
    import os

    file = (ground.scratch / "fsync").open("wb")

    def run() -> None:
        file.write(bytes(4096))
        file.flush()
        os.fsync(file.fileno())

    return Case(run)


# -- graphs ----------------------------------------------------------------------------------------------------------------


def _networkx(ground: Ground) -> nx.MultiGraph[int]:
    import networkx as nx

    made = getattr(ground, "networkx", None)
    if made is None:
        network = ground.network
        made = nx.MultiGraph()
        made.add_nodes_from(range(network.node_count))
        for row, ((first, second), metres) in enumerate(zip(network.pipe_ends.tolist(), network.weight.tolist(), strict=True)):
            made.add_edge(first, second, row, length=metres)
        ground.networkx = made  # type: ignore[attr-defined]
    return cast("nx.MultiGraph[int]", made)


def networkx_build(ground: Ground) -> Case:
    """Pipe by pipe into dictionaries, from columns that are there."""
    import networkx as nx  # noqa: F401 -- loaded before the scales are read

    ground.network.weight  # noqa: B018 -- belongs to the network, whoever asks for it
    return Case(lambda: _networkx(ground), before=lambda: ground.__dict__.pop("networkx", None), once=True)


def _networkx_trace(pipes: int | None, ground: Ground) -> Case:
    import networkx as nx

    graph, start = _networkx(ground), ground.start(pipes)
    return Case(lambda: sum(1 for _edge in nx.bfs_edges(graph, start)))


def _igraph(ground: Ground) -> Any:  # noqa: ANN401 -- igraph ships no types
    igraph = _needs("igraph")
    made = getattr(ground, "igraph", None)
    if made is None:
        network = ground.network
        made = igraph.Graph(n=network.node_count, edges=network.pipe_ends)
        made.es["length"] = network.weight.tolist()
        ground.igraph = made  # type: ignore[attr-defined]
    return made


def igraph_build(ground: Ground) -> Case:
    """From an array of ends, with lengths."""
    _needs("igraph")
    ground.network.weight  # noqa: B018 -- belongs to the network, whoever asks for it
    return Case(lambda: _igraph(ground), before=lambda: ground.__dict__.pop("igraph", None))


def igraph_whole(ground: Ground) -> Case:
    """The nodes that hang together with the start."""
    graph, start = _igraph(ground), ground.start()
    return Case(lambda: graph.subcomponent(start))


def wntr_build(ground: Ground) -> Case:
    """WNTR's own model to WNTR's own graph."""
    wntr = _needs("wntr")
    network = ground.network
    if network.pipe_count > _MOST_FOR_WNTR:
        raise MissingPeerError(_("takes minutes for so many pipes"))
    model = wntr.network.WaterNetworkModel()
    for row in range(network.node_count):
        model.add_junction(str(row))
    for row, (first, second) in enumerate(network.pipe_ends.tolist()):
        model.add_pipe(str(row), str(first), str(second), length=max(1.0, float(network.weight[row])))
    return Case(model.to_graph)


def wntr_segments(ground: Ground) -> Case:
    """WNTR's valve segments of the same network, its valves as rows of a valve layer."""
    metrics = _needs("wntr.metrics.topographic")
    frames = _needs("pandas")
    nx = _needs("networkx")
    from pipemap.analysis.valves import valves_of

    network = ground.network
    if network.pipe_count > _MOST_FOR_WNTR:
        raise MissingPeerError(_("takes minutes for so many pipes"))
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(map(str, range(network.node_count)))
    for row, (first, second) in enumerate(network.pipe_ends.tolist()):
        graph.add_edge(str(first), str(second), key=str(row))
    pipe, end = np.nonzero(valves_of(network).cut >= 0)
    rows = {(str(one), str(network.pipe_ends[one, side])) for one, side in zip(pipe.tolist(), end.tolist(), strict=True)}
    layer = frames.DataFrame(sorted(rows), columns=["link", "node"])
    return Case(lambda: metrics.valve_segments(graph, layer), once=True)


# -- pictures --------------------------------------------------------------------------------------------------------------


class Tubes:
    """Every pipe as a tube in one mesh and one actor: what PyVista's own examples do."""

    def __init__(self, ground: Ground) -> None:
        self._pyvista = _needs("pyvista")
        self._network = ground.network
        self.extent = self._network.extent or (0.0, 0.0, 1.0, 1.0)

    @cached_property
    def plotter(self) -> Any:  # noqa: ANN401 -- PyVista's
        """Built, and drawn once."""
        pv, network = self._pyvista, self._network
        counts = np.diff(network.lines.offsets)
        xyz = np.nan_to_num(network.lines.xyz - [*self.extent[:2], 0.0]).astype(np.float32)
        whole = np.flatnonzero(counts >= 2)  # noqa: PLR2004 -- a line has two ends
        cells = np.insert(np.arange(len(xyz)), network.lines.offsets[whole], counts[whole])
        tubes = pv.PolyData(xyz, lines=cells).tube(radius=0.3, n_sides=_TUBE_SIDES)
        plotter = pv.Plotter(off_screen=True, window_size=list(SIZE))
        plotter.add_mesh(tubes, color="#3C78D8", render=False)
        plotter.camera_position = "iso"
        plotter.show(auto_close=False, interactive=False)
        return plotter

    def look(self, view: str) -> None:
        """Put the eye where ours is."""
        plotter = self.plotter
        if view == "plan":
            plotter.view_xy(render=False)
        elif view == "city":
            plotter.view_isometric(render=False)
        else:
            middle = self._network.lines.xyz[len(self._network.lines.xyz) // 2] - [*self.extent[:2], 0.0]
            plotter.camera.focal_point = middle
            plotter.camera.position = middle + np.array([-60.0, -60.0, 40.0])
            plotter.renderer.ResetCameraClippingRange()
        plotter.render()


def _tubes(ground: Ground) -> Tubes:
    made = getattr(ground, "tubes", None)
    if made is None:
        made = Tubes(ground)
        ground.tubes = made  # type: ignore[attr-defined]
    return cast("Tubes", made)


def tubes_picture(ground: Ground) -> Case:
    """From a network that is there to the first picture: reading is not counted."""
    tubes = _tubes(ground)
    tubes._network.weight  # noqa: B018, SLF001 -- read before the clock starts
    return Case(lambda: tubes.plotter, once=True)


def _tubes_frames(view: str, ground: Ground) -> Case:
    tubes = _tubes(ground)
    tubes.look(view)
    window = tubes.plotter.render_window

    def frame() -> None:
        tubes.plotter.camera.Azimuth(SWING / 10)
        tubes.plotter.render()
        window.WaitForCompletion()

    return Case(frame, note=lambda: f"{_TUBE_SIDES}-sided")


def tubes_pick(ground: Ground) -> Case:
    """VTK's hardware selector over a few pixels, in the street view."""
    _needs("pyvista")
    selection = _needs("vtkmodules.vtkRenderingCore")
    tubes = _tubes(ground)
    tubes.look("street")
    picker = selection.vtkHardwareSelector()
    picker.SetRenderer(tubes.plotter.renderer)
    x, y = SIZE[0] // 2, SIZE[1] // 2
    picker.SetArea(x - 6, y - 6, x + 6, y + 6)
    return Case(picker.Select)


# -- tables in and out -------------------------------------------------------------------------------------------------------


def _ogr(arguments: Callable[[Ground], list[list[str]]], ground: Ground) -> Case:
    program = shutil.which("ogr2ogr")
    if program is None:
        raise MissingPeerError(_("{name} is not installed").format(name="ogr2ogr"))

    def run() -> None:
        for words in arguments(ground):
            subprocess.run([program, *words], check=True, capture_output=True)  # noqa: S603 -- found on the path

    return Case(run, before=lambda: _cleared(ground), once=True)


def _cleared(ground: Ground) -> None:
    for file in ground.scratch.glob("ogr.*"):
        file.unlink()


def _ogr_import(ground: Ground) -> list[list[str]]:
    to = str(ground.scratch / "ogr.gpkg")
    first, second = sorted(ground.tables.glob("*.csv"))
    points = ["-oo", "X_POSSIBLE_NAMES=Y坐标", "-oo", "Y_POSSIBLE_NAMES=X坐标", "-a_srs", "EPSG:4547"]
    return [
        ["-f", "GPKG", to, str(first), *points, "-nln", "a"],
        ["-f", "GPKG", "-update", "-append", to, str(second), "-nln", "b"],
    ]


def _ogr_export(ground: Ground) -> list[list[str]]:
    return [["-f", "CSV", str(ground.scratch / "ogr.csv"), str(ground.path), "pipe", "-select", ",".join(COLUMNS)]]


def plain_import(ground: Ground) -> Case:
    """Two CSV files by Python's own reader into two tables of sqlite3, lines by shapely."""
    import csv

    import shapely

    def run() -> None:
        target = ground.scratch / "plain.db"
        target.unlink(missing_ok=True)
        with sqlite3.connect(target) as connection:
            connection.execute("CREATE TABLE node (id TEXT PRIMARY KEY, category, feature, appurtenance, x, y, ground)")
            connection.execute("CREATE TABLE pipe (a, b, da, db, material, size, category, geom)")
            points, lines = (list(csv.reader(file.open(encoding="utf-8")))[1:] for file in sorted(ground.tables.glob("*.csv")))
            connection.executemany("INSERT INTO node VALUES (?, ?, ?, ?, ?, ?, ?)", points)
            place = {row[0]: (float(row[5]), float(row[4]), float(row[6] or "nan")) for row in points}
            wkb = shapely.to_wkb(shapely.linestrings([[place[row[0]], place[row[1]]] for row in lines]))
            rows = ([*row[:7], blob] for row, blob in zip(lines, wkb, strict=True))
            connection.executemany("INSERT INTO pipe VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    return Case(run, once=True)


CASES: dict[str, Callable[[Ground], Case]] = {
    "load_plain": load_plain,
    "plain_open": partial(_selected, "SELECT fid FROM pipe ORDER BY id"),
    "plain_sort": partial(_selected, "SELECT fid FROM pipe ORDER BY diameter_mm DESC"),
    "plain_filter": partial(_selected, "SELECT fid FROM pipe WHERE diameter_mm >= 300 AND road LIKE '%路%' ORDER BY id"),
    "plain_page": plain_page,
    "plain_search": plain_search,
    "plain_fsync": plain_fsync,
    "networkx_build": networkx_build,
    "networkx_whole": partial(_networkx_trace, None),
    "networkx_local": partial(_networkx_trace, LOCAL),
    "igraph_build": igraph_build,
    "igraph_whole": igraph_whole,
    "wntr_build": wntr_build,
    "wntr_segments": wntr_segments,
    "tubes_picture": tubes_picture,
    "tubes_city": partial(_tubes_frames, "city"),
    "tubes_street": partial(_tubes_frames, "street"),
    "tubes_plan": partial(_tubes_frames, "plan"),
    "tubes_pick": tubes_pick,
    "ogr_import": partial(_ogr, _ogr_import),
    "ogr_export": partial(_ogr, _ogr_export),
    "plain_import": plain_import,
}
