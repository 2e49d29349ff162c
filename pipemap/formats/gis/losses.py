"""What GIS files cannot carry, as facts with how much of it there is."""

from __future__ import annotations

from pipemap.formats.findings import RowFindings
from pipemap.model.problem import Severity
from pipemap.texts import N_

RULES: dict[str, tuple[Severity, str]] = {
    "no-place": ("info", N_("{count} {what} have no place; they go out without geometry.")),
    "levels-flat": ("info", N_("The level is unknown at {count} points of {what}; {instead}.")),
    "plan-only": (
        "info",
        N_("Courses go out in plan, for viewers hide what lies under the ground; levels stand among the values."),
    ),
    "texts-cut": ("warning", N_("{count} texts in {column} are longer than {most} bytes and were cut, first that of {element}.")),
    "columns-renamed": ("info", N_("Names of columns of {what} were shortened: {columns}.")),
    "crs-unknown": ("warning", N_("The survey does not say which coordinate system it is in; neither does the file.")),
    "crs-not-wgs84": ("warning", N_("The file is in {crs}; many programs expect longitude and latitude (WGS 84) in GeoJSON.")),
    "reprojected": ("info", N_("Coordinates were turned from {crs} into {target}; heights are as they were.")),
    "model-left-out": ("info", N_("{count} sections of hydraulic models (patterns, curves, controls …) cannot go out this way.")),
    "customers-left-out": ("info", N_("{count} customers stay in the survey.")),
    "unknown-fields": ("warning", N_("There are no attributes {columns}; they were left out.")),
}


class Losses(RowFindings):
    """Losses of one export by these rules."""

    rules = RULES
