"""QGIS beside us, run by the Python that QGIS brings: ``python3 qgis_peer.py CITY TABLES CASE…``; knows nothing of pipemap."""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.analysis import QgsGraph, QgsGraphAnalyzer, QgsGraphBuilder, QgsNetworkDistanceStrategy, QgsVectorLayerDirector
from qgis.core import (
    QgsApplication,
    QgsFeatureRequest,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize

RUNS = 3
LONG = 3.0


def layer(city: str, name: str) -> QgsVectorLayer:
    """One layer of the city."""
    return QgsVectorLayer(f"{city}|layername={name}", name, "ogr")


def read(city: str) -> None:
    """Fetch every node and pipe once, with attributes and geometry; nothing is made of them."""
    for name in ("node", "pipe"):
        for feature in layer(city, name).getFeatures():
            feature.id()


def draw(city: str) -> None:
    """Draw both layers once, as the canvas does."""
    layers = [layer(city, "node"), layer(city, "pipe")]
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setOutputSize(QSize(1280, 800))
    settings.setExtent(layers[1].extent())
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()


def table(city: str) -> None:
    """Every pipe in the order of its id, as the attribute table fetches it."""
    request = QgsFeatureRequest().addOrderBy("id").setFlags(QgsFeatureRequest.NoGeometry)
    for feature in layer(city, "pipe").getFeatures(request):
        feature.id()


built: dict[str, QgsGraph] = {}
"""The graph of a city, for the trace that follows its building."""
TRIED = 25
"""Vertices of which the one that reaches most is where the trace starts: the largest part, most likely."""


def build(city: str) -> None:
    """Make QGIS's own graph of all pipes."""
    pipes = layer(city, "pipe")
    director = QgsVectorLayerDirector(pipes, -1, "", "", "", QgsVectorLayerDirector.DirectionBoth)
    director.addStrategy(QgsNetworkDistanceStrategy())
    builder = QgsGraphBuilder(pipes.crs())
    director.makeGraph(builder, [])
    built[city] = builder.graph()


starts: dict[str, int] = {}
"""Where the trace of a city starts."""


def prepare(city: str) -> None:
    """Have the graph stand, and a vertex of a large part to start at."""
    if city not in built:
        build(city)
    if city not in starts:
        graph = built[city]
        some = range(0, graph.vertexCount(), max(1, graph.vertexCount() // TRIED))
        reached = {vertex: sum(arc >= 0 for arc in QgsGraphAnalyzer.dijkstra(graph, vertex, 0)[0]) for vertex in some}
        starts[city] = max(reached, key=lambda vertex: reached[vertex])


def trace(city: str) -> None:
    """A tree of shortest paths through the part that the start is in; the graph stands already."""
    QgsGraphAnalyzer.dijkstra(built[city], starts[city], 0)


CASES: dict[str, Callable[[str], None]] = {
    "qgis_read": read,
    "qgis_draw": draw,
    "qgis_table": table,
    "qgis_build": build,
    "qgis_trace": trace,
}


def main(words: list[str]) -> int:
    """Measure the cases one after another."""
    city, _tables, *names = words
    application = QgsApplication([], False)  # noqa: FBT003 -- QGIS's own
    application.initQgis()
    for name in names:
        if name == "qgis_trace":
            prepare(city)
        runs: list[float] = []
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        while len(runs) < RUNS and not (runs and runs[-1] > LONG):
            began = time.perf_counter()
            CASES[name](city)
            runs.append(time.perf_counter() - began)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        said = {"case": name, "seconds": statistics.median(runs), "runs": runs, "peak_mib": peak, "before_mib": before}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
    application.exitQgis()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
