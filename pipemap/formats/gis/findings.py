"""What is odd in vector files, as facts with the layer and feature; many of a kind are counted, not repeated."""

from __future__ import annotations

from pipemap.formats.findings import RowFindings
from pipemap.model.problem import Severity
from pipemap.texts import N_

MOST = 200
"""Problems of one rule that are listed one by one; the rest are counted in one more."""

RULES: dict[str, tuple[Severity, str]] = {
    "layer-unreadable": ("error", N_("The layer cannot be read: {reason}")),
    "file-cut-off": ("error", N_("The end of the file is missing ({bytes} bytes); what is there was read.")),
    "layer-left-out": ("info", N_("{count} features are of type {kind}, neither lines nor points; left out.")),
    "table-left-out": ("info", N_("The table has no geometry; left out.")),
    "no-attributes": ("warning", N_("The layer has no attributes at all; of a shapefile, the .dbf file may be missing.")),
    "no-lines": ("warning", N_("No layer holds lines: there are nodes, but no pipes.")),
    "columns-left-out": ("info", N_("Columns that are not taken over: {columns}.")),
    "no-geometry": ("warning", N_("{element} has no geometry; it is not on the map.")),
    "bad-coordinate": ("error", N_("{element} has coordinates that cannot be; they are left out of its course.")),
    "too-short": ("error", N_("The line of {element} has fewer than two usable points; it is not on the map.")),
    "zero-length": ("warning", N_("{element} has no length; both its ends are one node.")),
    "same-end": ("warning", N_("Both ends of {element} are at one node.")),
    "self-touching": ("warning", N_("The course of {element} touches or crosses itself.")),
    "several-parts": ("info", N_("The line has {count} parts, which are kept as pipes {element}#1, {element}#2 …")),
    "many-points": ("info", N_("The feature has {count} points; each becomes a node.")),
    "snapped": ("info", N_("{count} pipe ends were moved onto their node, by up to {largest} m (tolerance {tolerance} m).")),
    "split": ("info", N_("{element} was split at {count} points that lie on it.")),
    "point-on-pipe": (
        "info",
        N_("{count} points lie on pipes that name other points as their ends; those are not cut there, as {examples}."),
    ),
    "end-on-pipe": (
        "warning",
        N_("{count} pipes end on the middle of another, where no point is recorded; not connected there, as {examples}."),
    ),
    "tees-joined": ("info", N_("{count} pipes that end on the middle of another were joined to it there, as {examples}.")),
    "lone-points": ("warning", N_("{count} points of the layer touch no pipe (tolerance {tolerance} m), as {examples}.")),
    "end-far": ("warning", N_("{element} names {node} as its end, which lies {distance} m away; its own place is believed.")),
    "end-ids-ignored": ("warning", N_("Columns {columns} do not fit where the lines meet; the places are believed.")),
    "end-ids-used": ("info", N_("Ends are named by columns {columns}.")),
    "duplicate-id": ("warning", N_("Id {element} is used {count} times in the layer; all are kept.")),
    "no-category": ("warning", N_("What {count} features carry is not said; name a category in the mapping.")),
    "category-assumed": ("info", N_("The category {category} was taken from {origin}.")),
    "unknown-category": ("warning", N_("Category “{value}” is not known; it is kept as written ({count} features).")),
    "unknown-value": ("warning", N_("{column} is “{value}”, which is not known; it is kept as written ({count} features).")),
    "unknown-size": ("warning", N_("Size “{value}” is not understood; it is kept as written ({count} features).")),
    "unknown-mark": ("info", N_("{column} is {value} in {count} features, which stands for unknown.")),
    "not-a-number": ("warning", N_("{column} is “{value}”, which is no number; left empty ({count} features).")),
    "size-unit": ("warning", N_("{column} has no unit; its numbers look like {unit} and are taken so.")),
    "z-flat": ("info", N_("Z is {value} everywhere, so levels are unknown.")),
    "crs-unknown": ("info", N_("The coordinate system is not known; name it with the source.")),
    "crs-suggested": ("info", N_("The coordinate system is not known; the coordinates would fit {names}.")),
    "crs-degrees-assumed": ("warning", N_("No coordinate system is named; these look like degrees, read as EPSG:4326.")),
    "crs-projected": ("info", N_("Coordinates in {crs} ({unit}) were turned into metres of {target} ({name}).")),
    "crs-override": ("warning", N_("The file says {crs}; {chosen} was named and is believed.")),
    "crs-is-degrees": ("warning", N_("The file says {crs}, but its coordinates are degrees; read as longitude and latitude.")),
    "crs-no-degrees": ("warning", N_("The file says {crs}, but its coordinates are no degrees; its system is unknown.")),
    "crs-exchanged": ("warning", N_("East and north were exchanged: only so do the coordinates lie where {crs} is used.")),
    "crs-outside": (
        "warning",
        N_("The layer lies {distance} km outside of where {crs} is used; is it another zone? The coordinates fit: {names}."),
    ),
    "layer-far": ("warning", N_("The layer lies {distance} km from the others; its coordinate system may be wrong by a zone.")),
    "z-unit": ("info", N_("Z is in {unit}, as the coordinate system says, and was turned into metres (× {factor}).")),
    "z-unit-of-plan": (
        "warning",
        N_("Nothing says the unit of Z; it was taken as {unit}, the unit of the plan, and turned into metres (× {factor})."),
    ),
    "column-feet": ("info", N_("{column} is in feet by its name; it was turned into metres.")),
    "levels-unit-unknown": (
        "warning",
        N_("Columns {columns} do not say their unit, and the plan is in feet; they are read as metres."),
    ),
    "level-odd": (
        "warning",
        N_("{column} is {value}, more than {far} m from what is usual in the layer; it is kept ({count} features)."),
    ),
    "areas-as-points": ("info", N_("{count} areas of the layer are taken as points at their middle.")),
    "links-unnamed": ("warning", N_("The layer is said to hold pipes, but its points name no ends; they are left out.")),
    "drawing-texts": ("info", N_("{texts} texts and dimensions and {frames} things on sheets of the drawing are left out.")),
    "drawing-circles": ("info", N_("{count} circles of the drawing are taken as points at their centre.")),
    "drawing-blocks": (
        "info",
        N_("{count} symbols of the drawing hold lines ({names}); each is one point here. Explode them first if they are pipes."),
    ),
    "crs-unreadable": ("warning", N_("The coordinate system in the file is not understood; it is taken as unknown.")),
}  # fmt: skip


class Findings(RowFindings):
    """Problems of one delivery by these rules."""

    rules = RULES
    most = MOST
