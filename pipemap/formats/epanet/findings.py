"""What can be wrong in an EPANET file: the wording of each rule."""

from __future__ import annotations

from pipemap.formats.inp.findings import COMMON_RULES, Rule
from pipemap.texts import N_

RULES: dict[str, Rule] = COMMON_RULES | {
    "unknown-pattern": Rule(
        "warning",
        N_("{element} follows the pattern {text}, which the file does not define."),
        N_("{count} elements follow patterns that the file does not define: {examples}"),
    ),
    "unknown-valve-type": Rule(
        "warning",
        N_("Valve {element} is of type “{text}”, which EPANET does not have; it is taken as an open link."),
        N_("{count} valves are of types that EPANET does not have; they are taken as open links: {examples}"),
    ),
    "unknown-status": Rule(
        "warning",
        N_("The status of {element} is “{text}”: neither open, closed nor a number; it is left unknown."),
        N_("{count} links have a status that is neither open, closed nor a number: {examples}"),
    ),
    "unknown-units": Rule(
        "warning",
        N_("“{text}” is no flow unit of EPANET; the numbers are taken as GPM, feet and inches."),
        N_("“{text}” is no flow unit of EPANET; the numbers are taken as GPM, feet and inches."),
    ),
    "no-units": Rule(
        "info",
        N_("The file names no flow unit; like EPANET, the numbers are taken as GPM, feet and inches."),
        N_("The file names no flow unit; like EPANET, the numbers are taken as GPM, feet and inches."),
    ),
    "not-a-time": Rule(
        "warning",
        N_("{name} in [TIMES] is “{text}”, which is no time of EPANET's; the line is kept as text."),
        N_("{count} times are none of EPANET's; they are kept as text: {examples}"),
    ),
    "unknown-section": Rule(
        "info",
        N_("EPANET has no section [{section}]; it is kept as text."),
        N_("{count} sections are none of EPANET's; they are kept as text: {examples}"),
    ),
    "no-end": Rule(
        "info",
        N_("The file does not close with [END]; its last lines may be missing."),
        N_("The file does not close with [END]; its last lines may be missing."),
    ),
    "valve-layer-link": Rule(
        "error",
        N_("The valve layer names link {element}, which the model does not have."),
        N_("The valve layer names {count} links that the model does not have: {examples}"),
    ),
    "valve-layer-node": Rule(
        "error",
        N_("The valve layer puts a valve on link {element} at node {node}, which is no end of that link."),
        N_("The valve layer puts {count} valves at nodes that are no end of their link: {examples}"),
    ),
    "valve-layer-twice": Rule(
        "warning",
        N_("The valve layer puts more than one valve on link {element} at node {node}; one counts."),
        N_("The valve layer puts more than one valve at {count} link ends; one counts: {examples}"),
    ),
}
