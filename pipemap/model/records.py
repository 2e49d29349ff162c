"""What the rows beside nodes and pipes are called on screen, and their columns."""

from __future__ import annotations

from pipemap.texts import N_, _

TABLES: dict[str, str] = {
    "node": N_("Node"),
    "pipe": N_("Pipe"),
    "batch": N_("Batch"),
    "problem": N_("Problem"),
    "inspection": N_("Inspection"),
    "finding": N_("Finding"),
    "patrol": N_("Patrol"),
    "track": N_("Track"),
    "visit": N_("Visit to works"),
    "reading": N_("Measured value"),
    "attachment": N_("Attachment"),
    "shutoff_plan": N_("Shut-off plan"),
    "operation": N_("Operation"),
    "customer": N_("Customer"),
    "section": N_("Section"),
    "model_text": N_("Model text"),
    "acceptance_draw": N_("Draw of check points"),
    "acceptance_point": N_("Check point"),
    "acceptance_verdict": N_("Verdict of acceptance"),
}
"""Names of what a row can be."""

_FIELDS: dict[str, str] = {
    "address": N_("Address"), "approved": N_("Approved"), "approved_by": N_("Approved by"),
    "area_importance": N_("Importance of the area"), "assigned": N_("Assigned"), "assignee": N_("Assigned to"),
    "batch": N_("Batch"), "check_depth": N_("Check depth (m)"), "check_x": N_("Check east (m)"),
    "check_y": N_("Check north (m)"), "checked": N_("Checked"), "checked_by": N_("Checked by"), "class": N_("Class"),
    "clock": N_("Clock position"), "closed": N_("Closed"), "closed_by": N_("Closed by"), "code": N_("Code"),
    "company": N_("Company"), "contact": N_("Contact"), "content": N_("Content"), "continuous": N_("Continuous"),
    "crew": N_("Crew"), "critical": N_("Critical"), "customers": N_("Customers"), "decided": N_("Decided"),
    "decided_by": N_("Decided by"), "demand_lps": N_("Demand (L/s)"), "depth": N_("Depth (m)"),
    "diameter_mm": N_("Diameter (mm)"),
    "direction": N_("Direction"), "distance": N_("Distance (m)"), "due": N_("Due"), "element": N_("Element"),
    "element_fid": N_("Element"), "elements": N_("Elements"), "finding": N_("Finding"), "finished": N_("Finished"),
    "fixed": N_("Mended"), "fixed_by": N_("Mended by"), "found": N_("Found"), "found_by": N_("Found by"),
    "from_node": N_("From node"), "grade": N_("Grade"), "households": N_("Households"), "id": N_("Id"),
    "inspected": N_("Inspected"), "inspected_length": N_("Inspected length (m)"), "inspection": N_("Inspection"),
    "inspector": N_("Inspector"), "kind": N_("Kind"), "length": N_("Length (m)"), "level": N_("Level"), "lines": N_("Lines"),
    "material": N_("Material"), "method": N_("Method"), "name": N_("Name"), "node": N_("Node"), "note": N_("Note"),
    "outcome": N_("Outcome"), "own_tank_hours": N_("Hours of an own tank"), "patrol": N_("Patrol"), "path": N_("File"),
    "person": N_("Person"), "pipe": N_("Pipe"), "plan": N_("Plan"), "planned": N_("Planned"), "project": N_("Project"),
    "quantity_1": N_("First quantity"), "quantity_2": N_("Second quantity"), "reason": N_("Reason"),
    "rechecked": N_("Rechecked"), "rechecked_by": N_("Rechecked by"), "remark": N_("Comment"), "result": N_("Result"),
    "severity": N_("Severity"), "soil": N_("Soil"), "source": N_("Source"), "started": N_("Started"), "state": N_("State"),
    "station": N_("Station (m)"), "status": N_("Status"), "stored": N_("Stored"), "stored_by": N_("Stored by"),
    "submitted": N_("Submitted"), "submitted_by": N_("Submitted by"), "supervisor": N_("Supervised by"),
    "surveyor": N_("Surveyed by"), "system": N_("System"), "taken": N_("Taken"), "time": N_("Time"), "to_node": N_("To node"),
    "turns": N_("Turns"), "valve": N_("Valve"), "version": N_("Version"), "video": N_("Video"), "what": N_("What"),
    "words": N_("Reasons"), "x": N_("East (m)"), "y": N_("North (m)"),
}  # fmt: skip


def table_title(table: str) -> str:
    """Return what a row of a table is called."""
    return _(TABLES.get(table, table))


def record_field(name: str) -> str:
    """Return what a column of a table beside nodes and pipes is called; one that few see has the name it has in the file."""
    return _(_FIELDS[name]) if name in _FIELDS else name
