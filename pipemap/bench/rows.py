"""What is measured: each row is one thing a person waits for, with what they would use instead and what is to be reached."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from pipemap.bench.walk import STEPS
from pipemap.texts import N_

Unit = Literal["s", "MiB"]
TARGET_SIZE = 1_000_000
"""Pipes that the targets are set for; a target counts as it is for smaller cities."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    name
        What ``--only`` takes.
    title
        What is shown.
    ours
        Name of our case in :mod:`pipemap.bench.ours`.
    peers
        What it is called → name of its case in :mod:`pipemap.bench.peers`.
    target
        What our figure is to reach at a million pipes; NaN where none was set.
    unit
        ``MiB`` rows compare the memory of the same cases.
    kept
        Whether that is what is held afterwards, and not the most that was needed on the way.
    beyond
        A peer that nothing can be quicker than: the target is what we may need beyond it.
    pipes
        A size of its own, where peers cannot take a city.
    part_of
        The row above that this one is a part of; it stands in the table, not on the chart.
    """

    name: str
    title: str
    ours: str
    peers: dict[str, str]
    target: float = math.nan
    unit: Unit = "s"
    pipes: int | None = None
    kept: bool = False
    beyond: str = ""
    part_of: str = ""


_LOADER, _NETWORKX, _IGRAPH, _QGIS = "sqlite3 + shapely", "networkx", "igraph", "QGIS"
_TUBES, _OGR, _WNTR = "PyVista", "ogr2ogr", "WNTR"

ROWS: tuple[Row, ...] = (
    Row("open", N_("Survey → network in memory"), "open", {_LOADER: "load_plain", _QGIS: "qgis_read"}, 2.5),
    Row("open-memory", N_("– its memory"), "open", {_LOADER: "load_plain"}, 600, "MiB"),
    Row("picture", N_("Open → first complete picture"), "picture", {_QGIS: "qgis_draw", _TUBES: "tubes_picture"}, 5.0),
    Row("window-picture", N_("– the same in the window"), "window_picture", {_QGIS: "qgis_draw"}, 5.0),
    Row(
        "face",
        N_("networkx graph of everything"),
        "face",
        {_NETWORKX: "networkx_build", _IGRAPH: "igraph_build", _QGIS: "qgis_build"},
        0.5,
    ),
    Row("face-memory", N_("– its memory"), "face", {_NETWORKX: "networkx_build", _IGRAPH: "igraph_build"}, 20, "MiB", kept=True),
    Row("face-small", N_("networkx graph of a small town"), "face", {_WNTR: "wntr_build"}, pipes=10_000),
    Row(
        "trace-whole",
        N_("Trace of the largest connected part"),
        "trace_whole",
        {_NETWORKX: "networkx_whole", _IGRAPH: "igraph_whole", _QGIS: "qgis_trace"},
        0.05,
    ),
    Row("trace-local", N_("Trace of some 10,000 pipes"), "trace_local", {_NETWORKX: "networkx_local"}, 0.01),
    Row("trace-first", N_("First trace along the flow after opening"), "trace_first", {}),
    Row("segments", N_("Every valve segment"), "segments", {}, 0.3),
    Row("segments-small", N_("Every valve segment of a small town"), "segments", {_WNTR: "wntr_segments"}, pipes=4_000),
    Row("shutoff", N_("One shut-off plan"), "shutoff", {}, 0.1),
    Row("checks", N_("All data checks"), "all_checks", {}, 30.0),
    Row("checks-edit", N_("Data checks after an edit"), "touched_checks", {}, 0.05),
    Row("frame-city", N_("Frame: orbit, whole city"), "frame_city", {_TUBES: "tubes_city"}, 0.033),
    Row("frame-street", N_("Frame: orbit, street"), "frame_street", {_TUBES: "tubes_street"}, 0.020),
    Row("frame-plan", N_("Frame: plan view"), "frame_plan", {_TUBES: "tubes_plan"}, 0.033),
    Row("pick", N_("Pick under the pointer"), "pick", {_TUBES: "tubes_pick"}, 0.05),
    Row("table-open", N_("Attribute table: open"), "table_open", {"sqlite3": "plain_open", _QGIS: "qgis_table"}, 0.3),
    Row("table-sort", N_("Attribute table: sort by another column"), "table_sort", {"sqlite3": "plain_sort"}, 0.3),
    Row("table-filter", N_("Attribute table: filter"), "table_filter", {"sqlite3": "plain_filter"}, 0.3),
    Row("table-page", N_("Attribute table: rows that come into view"), "table_page", {"sqlite3": "plain_page"}, 0.1),
    Row("search", N_("Search by part of an id, road or owner"), "search", {"sqlite3": "plain_search"}),
    Row("edit", N_("One edit confirmed on disk"), "edit", {"fsync": "plain_fsync"}, 0.02, beyond="fsync"),
    Row("undo-import", N_("Undo of an import, a tenth of the city"), "undo_import", {}),
    Row("history", N_("History of as many entries as pipes: slowest answer of its panel"), "history_panel", {}, 0.3),
    Row("history-undo", N_("– undo of its newest entry"), "history_undo", {}),
    Row("history-verify", N_("– its whole chain verified"), "history_verify", {}),
    Row("edit-picture", N_("One edit → visible on the map"), "edit_picture", {}, 0.1),
    Row("import", N_("Survey tables in (CSV)"), "import_tables", {_OGR: "ogr_import", _LOADER: "plain_import"}, 20.0),
    Row("import-memory", N_("– its memory"), "import_tables", {_LOADER: "plain_import"}, 2048, "MiB"),
    Row("export", N_("Attribute table out (CSV)"), "export_table", {_OGR: "ogr_export"}),
    Row("report", N_("Condition report of 500 sections, 2,000 photos (PDF)"), "report_pdf", {}, 120.0, pipes=4_000),
    Row("report-memory", N_("– its memory"), "report_pdf", {}, 1024, "MiB", pipes=4_000),
    Row("cancel-open", N_("Cancel while opening: longest wait"), "cancel_open", {}, 0.5),
    Row("cancel-import", N_("Cancel while importing: longest wait"), "cancel_import", {}, 0.5),
    Row("cancel-export", N_("Cancel while exporting: longest wait"), "cancel_export", {}, 0.5),
    Row("cancel-table", N_("– a table as a workbook"), "cancel_table", {}, 0.5),
    Row("cancel-gpkg", N_("– the survey as a GeoPackage"), "cancel_gpkg", {}, 0.5),
    Row("cancel-xlsx", N_("– as result tables in a workbook"), "cancel_xlsx", {}, 0.5),
    Row("cancel-dxf", N_("– as a drawing"), "cancel_dxf", {}, 0.5),
    Row("cancel-inp", N_("– as a hydraulic model"), "cancel_inp", {}, 0.5),
    Row("cancel-trace", N_("Cancel while tracing and writing the answer: longest wait"), "cancel_trace", {}, 0.5),
    Row("cancel-checks", N_("Cancel while checking: longest wait"), "cancel_checks", {}, 0.5),
    Row("cancel-report", N_("Cancel while a report is made: longest wait"), "cancel_report", {}, 0.5),
    Row("stall", N_("Longest time in which the window did not answer"), "stall", {}, 0.1),
    *(Row(f"stall-{name}", title, f"stall_{name}", {}, 0.1, part_of="stall") for name, title in STEPS.items()),
)
"""In the order in which they are shown."""


def row(name: str) -> Row:
    """The row of that name."""
    return next(one for one in ROWS if one.name == name)
