"""What the survey database holds beside nodes and pipes: one row a table, one word a column.

Every table has ``fid`` as its only key. Columns are ``name type``; the types are GeoPackage's own.
"""

from __future__ import annotations

from functools import cache

from pipemap.model.fields import fields

SCHEMA_VERSION = 1
"""Raised when the tables change in a way that an older program would misread; see :mod:`pipemap.store.migrations`."""

FEATURE_TABLES = {"node": "POINT", "pipe": "LINESTRING"}

_TYPES = {"int": "INTEGER", "real": "REAL", "text": "TEXT", "date": "TEXT", "bool": "BOOLEAN"}

_OWN = {
    "batch": """
        name TEXT, project TEXT, surveyor TEXT, supervisor TEXT, started TEXT, finished TEXT, crs TEXT, height_system
        TEXT, instruments TEXT, source TEXT, format TEXT, secrecy TEXT, note TEXT, state TEXT, submitted TEXT,
        submitted_by TEXT, checked TEXT, checked_by TEXT, approved TEXT, approved_by TEXT, stored TEXT, stored_by TEXT,
        returned TEXT, returned_by TEXT, reason TEXT, override TEXT, delivered INTEGER""",
    "setting": "name TEXT, value TEXT",
    "problem": """
        batch INTEGER, rule TEXT, severity TEXT, text TEXT, arguments TEXT, layer TEXT, element TEXT, element_fid
        INTEGER, found_in TEXT, x REAL, y REAL, status TEXT, reason TEXT, decided_by TEXT, decided TEXT, found TEXT, solved
        TEXT, other_layer TEXT, other_fid INTEGER, effect TEXT, effect_metres REAL, effect_customers INTEGER""",
    "inspection": """
        kind TEXT, section_id TEXT, pipe INTEGER, from_node INTEGER, to_node INTEGER, inspected TEXT, inspector TEXT,
        company TEXT, direction TEXT, length REAL, inspected_length REAL, aborted BOOLEAN, cleaned BOOLEAN, video
        TEXT, source TEXT, note TEXT, pipe_name TEXT, start_name TEXT, end_name TEXT, confidence REAL, reason TEXT,
        equipment TEXT, calibration TEXT, weather TEXT, water_percent REAL, plugged BOOLEAN, not_done TEXT""",
    "finding": """
        inspection INTEGER, kind TEXT, pipe INTEGER, node INTEGER, from_node INTEGER, station REAL, length REAL,
        continuous TEXT, clock TEXT, system TEXT, code TEXT, grade INTEGER, severity TEXT, quantity_1 TEXT, quantity_2
        TEXT, status TEXT, found TEXT, found_by TEXT, patrol INTEGER, x REAL, y REAL, source TEXT, note TEXT,
        assigned TEXT, assignee TEXT, due TEXT, fixed TEXT, fixed_by TEXT, rechecked TEXT, rechecked_by TEXT, closed TEXT,
        closed_by TEXT""",
    "patrol": """
        name TEXT, kind TEXT, mode TEXT, status TEXT, planned TEXT, due TEXT, started TEXT, finished TEXT, crew TEXT,
        weather TEXT, cycle_days REAL, elements TEXT, required TEXT, length REAL, walk REAL, note TEXT, builder TEXT,
        contact TEXT, begins TEXT, ends TEXT, notified TEXT, notified_by TEXT, briefed TEXT, briefed_by TEXT,
        protection TEXT, protected TEXT, protected_by TEXT""",
    "visit": "patrol INTEGER, visited TEXT, visitor TEXT, state TEXT, note TEXT",
    "reading": """
        kind TEXT, value REAL, unit TEXT, written TEXT, taken TEXT, taken_by TEXT, node INTEGER, pipe INTEGER, element
        TEXT, patrol INTEGER, finding INTEGER, instrument TEXT, source TEXT, note TEXT""",
    "track": """
        patrol INTEGER, started TEXT, finished TEXT, crew TEXT, device TEXT, datum TEXT, points BLOB, source TEXT, sha256
        TEXT, note TEXT""",
    "attachment": """
        layer TEXT, element_fid INTEGER, finding INTEGER, name TEXT, media_type TEXT, path TEXT, content BLOB, sha256
        TEXT, taken TEXT, note TEXT, step TEXT""",
    "shutoff_plan": """
        name TEXT, status TEXT, version INTEGER, created TEXT, author TEXT, starts TEXT, planned_from TEXT, planned_to TEXT,
        approved TEXT, approved_by TEXT, started TEXT, finished TEXT, reason TEXT, phone TEXT, crew TEXT, emergency BOOLEAN,
        roads TEXT, valves INTEGER, customers INTEGER, households INTEGER, plan TEXT, note TEXT""",
    "operation": """
        node INTEGER, pipe INTEGER, valve TEXT, what TEXT, time TEXT, person TEXT, turns REAL, result TEXT, shutoff_plan
        INTEGER, version INTEGER""",
    "customer": """
        batch INTEGER, id TEXT, name TEXT, class TEXT, critical BOOLEAN, node INTEGER, pipe INTEGER, method TEXT,
        distance REAL, reason TEXT, own_tank_hours REAL, households INTEGER, demand_lps REAL, address TEXT, contact
        TEXT, x REAL, y REAL, note TEXT""",
    "section": """
        id TEXT, from_node INTEGER, to_node INTEGER, length REAL, area_importance REAL, soil REAL, material TEXT,
        diameter_mm REAL, note TEXT""",
    "hand_out": """
        time TEXT, author TEXT, content TEXT, format TEXT, area TEXT, area_m2 REAL, crs TEXT, fields TEXT, nodes INTEGER,
        pipes INTEGER, withheld INTEGER, recipient TEXT, purpose TEXT, approver TEXT, file TEXT, sha256 TEXT, head TEXT,
        previous TEXT, hash TEXT""",
    "acceptance_draw": """
        batch INTEGER, level INTEGER, kind TEXT, purpose TEXT, seed INTEGER, population INTEGER, drawn TEXT, drawn_by TEXT""",
    "acceptance_point": """
        draw INTEGER, node INTEGER, id TEXT, x REAL, y REAL, depth REAL, check_x REAL, check_y REAL, check_depth REAL,
        measured TEXT, measured_by TEXT, remark TEXT, handling TEXT, handled_by TEXT, recheck TEXT""",
    "acceptance_verdict": "batch INTEGER, level INTEGER, outcome TEXT, words TEXT, decided TEXT, decided_by TEXT",
    "not_taken": "batch INTEGER, layer TEXT, element INTEGER, field TEXT, value TEXT, open BOOLEAN",
    "model_text": "batch INTEGER, position INTEGER, section TEXT, lines TEXT",
    "history": "label TEXT, author TEXT, time TEXT, undoes INTEGER, previous TEXT, hash TEXT",
    "history_row": "change INTEGER, table_name TEXT, element INTEGER, rows INTEGER, before BLOB, after BLOB",
    "foreign_edit": "table_name TEXT, element INTEGER, kind TEXT, time TEXT, before TEXT",
    "schema_version": "version INTEGER, program TEXT, time TEXT",
}

INDEXES = {
    "node": ("id", "batch"),
    "pipe": ("id", "batch", "from_fid", "to_fid"),
    "problem": ("batch", "element_fid", "other_fid"),
    "customer": ("node", "pipe"),
    "finding": ("pipe", "node"),
    "inspection": ("pipe",),
    "attachment": ("element_fid",),
    "operation": ("node", "pipe", "shutoff_plan"),
    "reading": ("node", "pipe", "finding"),
    "visit": ("patrol",),
    "history": ("undoes", "author", "time", "label"),
    "not_taken": ("batch",),
    "acceptance_draw": ("batch",),
    "acceptance_point": ("draw",),
    "history_row": ("change", "element", "table_name, change"),
}
"""Columns to search by, one or several; ids are indexed and never unique."""

WATCHED_TABLES = (
    *FEATURE_TABLES,
    *("batch", "problem", "inspection", "finding", "patrol", "track", "attachment", "shutoff_plan", "operation", "customer"),
    *("section", "model_text", "acceptance_draw", "acceptance_point", "acceptance_verdict"),
    *("visit", "reading"),
)
"""Tables that hold what people recorded: the history tells of each row, and edits by other programs are noticed."""

PROVEN_TABLES = tuple(name for name in WATCHED_TABLES if name != "problem")
"""Tables that must be what the history leads to. What checks find is worked out from the others, and no part of it."""

OURS = -1
"""Key of the row of ``foreign_edit`` that stands while our own transaction writes, and never outside one."""

SHOWN_TABLES = (
    "batch",
    "problem",
    "inspection",
    "finding",
    "patrol",
    "visit",
    "reading",
    "attachment",
    "shutoff_plan",
    "operation",
    "customer",
    "section",
    "hand_out",
    "acceptance_draw",
    "acceptance_point",
    "acceptance_verdict",
)
"""Tables that other programs list too (registered as attributes)."""


@cache
def columns(table: str) -> dict[str, str]:
    """Return the columns of a table with their SQL types, without ``fid`` and ``geom``.

    Raises
    ------
    KeyError
        There is no such table.
    """
    if table in FEATURE_TABLES:
        return {field.name: _TYPES[field.type] for field in fields("node" if table == "node" else "pipe").values()}
    return dict(column.split() for column in _OWN[table].replace("\n", " ").split(","))


@cache
def own_tables() -> tuple[str, ...]:
    """Return the names of the tables beside ``node`` and ``pipe``."""
    return tuple(_OWN)
