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


def build(city: str) -> None:
    """Make QGIS's own graph of all pipes."""
    pipes = layer(city, "pipe")
    director = QgsVectorLayerDirector(pipes, -1, "", "", "", QgsVectorLayerDirector.DirectionBoth)
    director.addStrategy(QgsNetworkDistanceStrategy())
    builder = QgsGraphBuilder(pipes.crs())
    director.makeGraph(builder, [])
    built[city] = builder.graph()


def trace(city: str) -> None:
    """A tree of shortest paths from the first node of the graph, which stands already."""
    QgsGraphAnalyzer.dijkstra(built[city], 0, 0)


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
