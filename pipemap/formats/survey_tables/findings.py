"""What is odd in a delivery, collected row by row without drowning the reader."""

from __future__ import annotations

from pipemap.formats.findings import RowFindings
from pipemap.model.problem import Severity
from pipemap.texts import N_

RULES: dict[str, tuple[Severity, str]] = {
    "missing-node": ("error", N_("Pipe {element} ends at point {node}, which no table lists; a placeholder stands for it.")),
    "missing-end": ("error", N_("The row names only one end of a pipe; a placeholder stands for the other.")),
    "no-ends": ("error", N_("The row names no end of a pipe: {text}")),
    "duplicate-point": ("error", N_("Point {element} is listed again {distance} m away ({first}); both are kept.")),
    "duplicate-unplaced": ("error", N_("Point {element} is listed again without coordinates ({first}); both are kept.")),
    "nearest-taken": ("warning", N_("An end of {element} is a number at several places; the one that is far nearer is taken.")),
    "repeated-point": ("warning", N_("Point {element} is listed again at the same place ({first}); it is kept once.")),
    "no-id": ("warning", N_("The point has no number; it is called {element}.")),
    "empty-point": ("error", N_("The row has neither a point number nor coordinates: {text}")),
    "no-coordinates": ("warning", N_("Point {element} has no usable coordinates; it is not on the map, but can be traced.")),
    "not-a-number": ("warning", N_("{column} is “{value}”, which is no number; the text is kept in the note.")),
    "two-depths": ("info", N_("{column} is “{value}”: read as the depths of both ends.")),
    "out-of-range": ("warning", N_("{column} is {value}, which cannot be; it is kept in the note only.")),
    "unknown-category": ("warning", N_("Category “{value}” is not known; it is kept as written.")),
    "unknown-value": ("warning", N_("{column} is “{value}”, which is not a known value; it is kept as written.")),
    "unknown-size": ("warning", N_("Size “{value}” of {element} is not understood; it is kept as written.")),
    "level-mismatch": ("warning", N_("Levels of {element} at {node}: {ground} − {depth} is not {level}; off by {difference} m.")),
    "pair-mismatch": ("warning", N_("{column} of {element}: “{value}” here, “{other}” from the other end; the first is kept.")),
    "one-sided": ("info", N_("Pipe {element} is listed from one end only.")),
    "one-sided-table": ("info", N_("Most pipes ({count}) are listed from one end only.")),
    "flow-unclear": ("warning", N_("Flow of {element} is “{value}” from one end and “{other}” from the other; kept as written.")),
    "supply-return": ("info", N_("{value} in heating is a supply and a return pipe: the row became two pipes.")),
    "same-end": ("warning", N_("Pipe {element} starts and ends at the same point.")),
    "duplicate-pipe": ("warning", N_("Pipe {element} is listed again with the same attributes ({first}); both are kept.")),
    "axes-swapped": ("error", N_("{column} looks like the easting and {other} like the northing, against their names.")),
    "axes-taken-swapped": ("warning", N_("X looks like the easting and Y like the northing here; they are taken so.")),
    "row-swapped": ("warning", N_("Northing and easting of {element} look swapped; they are kept as written.")),
    "zone-mixed": ("error", N_("The easting of {element} carries zone {zone}, the others zone {main}; it is kept as written.")),
    "zone-mismatch": ("error", N_("The eastings carry zone {zone}, which does not belong to {crs}; they are kept as written.")),
    "zone-removed": ("info", N_("The zone number {zone} before the eastings was removed, as {crs} wants it.")),
    "zone-added": ("info", N_("The zone number {zone} was put in front of the eastings, as {crs} wants it.")),
    "crs-assumed": ("info", N_("No coordinate system was named; zone {zone} before the eastings was read as {crs} ({name}).")),
    "crs-unknown": ("info", N_("No coordinate system was named, and the coordinates do not tell it.")),
    "unknown-column": ("info", N_("Column “{column}” is not understood and left out.")),
    "unsure-column": ("info", N_("Column “{column}” was taken as {field}; correct it with a mapping if that is wrong.")),
    "column-fills": ("info", N_("“{first}” and “{column}” both mean {field}; the second is read where the first is blank.")),
    "column-clash": (
        "warning",
        N_("“{first}” and “{column}” both mean {field} and differ in {count} rows from here on; “{first}” is kept."),
    ),
    "inspection-sheet": ("info", N_("The table holds findings of a camera, no pipes; it is left out here.")),
    "annotation-sheet": ("info", N_("The table holds what is drawn beside the pipes, no points and no pipes; it is left out.")),
    "table-not-wanted": ("info", N_("The mapping leaves the table out.")),
    "table-of-others": ("info", N_("The mapping says that the table holds neither points nor pipes; it is left out here.")),
    "no-rows": ("warning", N_("The table has a header, and no rows below it.")),
    "unknown-sheet": ("info", N_("No header of points or pipes was found here; the table is left out.")),
    "remark-row": ("info", N_("The row is a remark, no record: {text}")),
    "table-cut": ("error", N_("The table could not be read whole: {reason}")),
    "mixed-encoding": ("warning", N_("{count} rows are in another encoding than the rest, or cannot be read whole.")),
    "too-many-columns": ("warning", N_("The row has more than {count} cells; the rest is left out.")),
    "category-from-title": ("info", N_("No column names the category; it was taken as {category} from “{value}”.")),
    "category-from-ids": ("info", N_("No column names the category; it was taken from the point numbers.")),
    "category-from-points": ("info", N_("No column names the category of the pipes; it was taken from their points.")),
    "chosen-join": ("info", N_("The pipes name their ends by {column}.")),
}  # fmt: skip


class Findings(RowFindings):
    """Problems of one delivery by these rules."""

    rules = RULES
