"""What can be wrong in a SWMM file: the wording of each rule."""

from __future__ import annotations

from pipemap.formats.inp.findings import COMMON_RULES, Rule
from pipemap.texts import N_

RULES: dict[str, Rule] = COMMON_RULES | {
    "no-cross-section": Rule(
        "warning",
        N_("Conduit {element} has no cross-section; its size is unknown."),
        N_("{count} conduits have no cross-section; their sizes are unknown: {examples}"),
    ),
    "unknown-shape": Rule(
        "warning",
        N_("The cross-section of {element} is of the shape “{text}”, which SWMM does not have; its size is unknown."),
        N_("{count} cross-sections are of shapes that SWMM does not have; their sizes are unknown: {examples}"),
    ),
    "unknown-curve": Rule(
        "warning",
        N_("The cross-section of {element} follows “{text}”, which the file does not define; its width is unknown."),
        N_("{count} cross-sections follow curves or transects that the file does not define: {examples}"),
    ),
    "standard-size": Rule(
        "info",
        N_("The cross-section of {element} names a standard size by its number ({text}); it is kept as written."),
        N_("{count} cross-sections name standard sizes by number; they are kept as written: {examples}"),
    ),
    "below-node": Rule(
        "warning",
        N_("{element} ends below the bottom of node {node}; like SWMM, it is taken to end at the bottom."),
        N_("{count} links end below the bottom of their nodes; like SWMM, they are taken to end at the bottom: {examples}"),
    ),
    "unknown-outlet": Rule(
        "warning",
        N_("Subcatchment {text} drains to {outlet}, which the file does not define."),
        N_("{count} subcatchments drain to what the file does not define: {examples}"),
    ),
    "unknown-offsets": Rule(
        "warning",
        N_("LINK_OFFSETS is “{text}”: neither DEPTH nor ELEVATION; offsets are taken as depths."),
        N_("LINK_OFFSETS is “{text}”: neither DEPTH nor ELEVATION; offsets are taken as depths."),
    ),
    "unknown-units": Rule(
        "warning",
        N_("“{text}” is no flow unit of SWMM; the numbers are taken as CFS and feet."),
        N_("“{text}” is no flow unit of SWMM; the numbers are taken as CFS and feet."),
    ),
    "no-units": Rule(
        "info",
        N_("The file names no flow unit; like SWMM, the numbers are taken as CFS and feet."),
        N_("The file names no flow unit; like SWMM, the numbers are taken as CFS and feet."),
    ),
    "map-feet": Rule(
        "info",
        N_("The file says that its map is in feet; coordinates are taken as they are, so distances on the map are feet."),
        N_("The file says that its map is in feet; coordinates are taken as they are, so distances on the map are feet."),
    ),
    "unknown-section": Rule(
        "info",
        N_("SWMM has no section [{section}]; it is kept as text."),
        N_("{count} sections are none of SWMM's; they are kept as text: {examples}"),
    ),
}
