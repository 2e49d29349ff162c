"""The survey database's tables, indexes and triggers, as GeoPackage 1.4 and the table of fields want them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence

from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.model.fields import Layer, fields, values
from pipemap.store.reference import STANDARD, Reference
from pipemap.store.sql import listed, marks, quoted
from pipemap.store.tables import FEATURE_TABLES, INDEXES, OURS, SHOWN_TABLES, WATCHED_TABLES, columns, own_tables

APPLICATION_ID = 0x47504B47
"""GPKG, as the standard wants it."""
GEOPACKAGE_VERSION = 10400

_STANDARD_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
"""

_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],'
    'PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],'
    'AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)

_RTREE = "http://www.geopackage.org/spec120/#extension_rtree"
_SCHEMA = "http://www.geopackage.org/spec120/#extension_schema"

_BOX = 'ST_MinX(NEW."{g}"), ST_MaxX(NEW."{g}"), ST_MinY(NEW."{g}"), ST_MaxY(NEW."{g}")'
_THERE, _NOT_THERE = '(NEW."{g}" NOTNULL AND NOT ST_IsEmpty(NEW."{g}"))', '(NEW."{g}" ISNULL OR ST_IsEmpty(NEW."{g}"))'
_SPATIAL_TRIGGERS = {
    "insert": 'AFTER INSERT ON "{t}" WHEN (new."{g}" NOT NULL AND NOT ST_IsEmpty(NEW."{g}")) '
    f'BEGIN INSERT OR REPLACE INTO "{{r}}" VALUES (NEW."{{k}}", {_BOX}); END',
    "update6": 'AFTER UPDATE OF "{g}" ON "{t}" WHEN OLD."{k}" = NEW."{k}" AND '
    f'{_THERE} AND (OLD."{{g}}" NOTNULL AND NOT ST_IsEmpty(OLD."{{g}}")) '
    'BEGIN UPDATE "{r}" SET minx = ST_MinX(NEW."{g}"), maxx = ST_MaxX(NEW."{g}"), miny = ST_MinY(NEW."{g}"), '
    'maxy = ST_MaxY(NEW."{g}") WHERE id = NEW."{k}"; END',
    "update7": 'AFTER UPDATE OF "{g}" ON "{t}" WHEN OLD."{k}" = NEW."{k}" AND '
    f'{_THERE} AND (OLD."{{g}}" ISNULL OR ST_IsEmpty(OLD."{{g}}")) BEGIN INSERT INTO "{{r}}" VALUES (NEW."{{k}}", {_BOX}); END',
    "update2": f'AFTER UPDATE OF "{{g}}" ON "{{t}}" WHEN OLD."{{k}}" = NEW."{{k}}" AND {_NOT_THERE} '
    'BEGIN DELETE FROM "{r}" WHERE id = OLD."{k}"; END',
    "update5": f'AFTER UPDATE ON "{{t}}" WHEN OLD."{{k}}" != NEW."{{k}}" AND {_THERE} '
    f'BEGIN DELETE FROM "{{r}}" WHERE id = OLD."{{k}}"; INSERT OR REPLACE INTO "{{r}}" VALUES (NEW."{{k}}", {_BOX}); END',
    "update4": f'AFTER UPDATE ON "{{t}}" WHEN OLD."{{k}}" != NEW."{{k}}" AND {_NOT_THERE} '
    'BEGIN DELETE FROM "{r}" WHERE id IN (OLD."{k}", NEW."{k}"); END',
    "delete": 'AFTER DELETE ON "{t}" WHEN old."{g}" NOT NULL BEGIN DELETE FROM "{r}" WHERE id = OLD."{k}"; END',
}
"""The standard's own, worded as GDAL words them: insert, update, delete of the spatial index."""

_COUNT_TRIGGERS = {
    "trigger_insert_feature_count_{t}": 'AFTER INSERT ON "{t}" BEGIN UPDATE gpkg_ogr_contents '
    "SET feature_count = feature_count + 1 WHERE lower(table_name) = lower('{t}'); END",
    "trigger_delete_feature_count_{t}": 'AFTER DELETE ON "{t}" BEGIN UPDATE gpkg_ogr_contents '
    "SET feature_count = feature_count - 1 WHERE lower(table_name) = lower('{t}'); END",
}
"""GDAL adds these when it makes a layer; they are harmless."""


def create_tables(connection: sqlite3.Connection, srs: Reference) -> None:
    """Make every table of an empty survey, inside the transaction that is open."""
    run_script(connection, _STANDARD_TABLES)
    for table in FEATURE_TABLES:
        connection.execute(_feature_table(table))
    for table in own_tables():
        connection.execute(_own_table(table))
    for row in STANDARD:
        add_reference(connection, row)
    add_reference(connection, Reference("WGS 84 geodetic", 4326, "EPSG", 4326, _WGS84))
    register_layers(connection, srs)
    declare_fields(connection)
    create_indexes(connection)
    for table in FEATURE_TABLES:
        connection.execute(f'CREATE VIRTUAL TABLE "rtree_{table}_geom" USING rtree(id, minx, maxx, miny, maxy)')
    create_triggers(connection)


def add_missing(connection: sqlite3.Connection) -> None:
    """Add the tables and columns that an older version of the program did not have yet."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in (*FEATURE_TABLES, *own_tables()):
        if table not in there:
            connection.execute(_own_table(table))
            continue
        for name in missing_columns(connection, table):
            connection.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {columns(table)[name]}")
    _list_tables(connection)
    declare_fields(connection)
    create_indexes(connection)
    for table in WATCHED_TABLES:
        drop_triggers(connection, table)
    create_triggers(connection)


def missing_tables(connection: sqlite3.Connection) -> list[str]:
    """Return the tables that the program knows and the file does not have."""
    return [table for table in (*FEATURE_TABLES, *own_tables()) if not columns_there(connection, table)]


def missing_columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns that the program knows and the file's table does not have."""
    there = columns_there(connection, table)
    return [name for name in columns(table) if name not in there]


def columns_there(connection: sqlite3.Connection, table: str) -> set[str]:
    """Return the columns that a table of the file has."""
    return {row[1] for row in connection.execute(f"PRAGMA table_info({quoted(table)})")}


def columns_in_order(connection: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns of a table that we know, in the order in which the file has them: new ones come last."""
    known = {key_of(table), "geom", *columns(table)}
    return [row[1] for row in connection.execute(f"PRAGMA table_info({quoted(table)})") if row[1] in known]


def watching_triggers(table: str, names: Sequence[str]) -> dict[str, str]:
    """Return the triggers that note what another program does to a table, by name.

    Each notes the old row as the SQL literals of ``names``, one after another. They rest while row ``OURS`` stands in
    ``foreign_edit``: only inside a transaction of our own.
    """
    key, row = quoted(key_of(table)), " || ',' || ".join(f"quote(OLD.{quoted(name)})" for name in names) or "NULL"
    unless = f"NOT EXISTS (SELECT 1 FROM foreign_edit WHERE fid = {OURS})"
    note = "INSERT INTO foreign_edit (table_name, element, kind, time, before) VALUES"
    now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
    bodies = {
        "insert": f"AFTER INSERT ON {quoted(table)} WHEN {unless} "
        f"BEGIN {note} ('{table}', NEW.{key}, 'insert', {now}, NULL); END",
        "update": f"AFTER UPDATE ON {quoted(table)} WHEN {unless} "
        f"BEGIN {note} ('{table}', OLD.{key}, 'update', {now}, {row}); END",
        "moved": f"AFTER UPDATE ON {quoted(table)} WHEN OLD.{key} != NEW.{key} AND {unless} "
        f"BEGIN {note} ('{table}', NEW.{key}, 'insert', {now}, NULL); END",
        "delete": f"AFTER DELETE ON {quoted(table)} WHEN {unless} "
        f"BEGIN {note} ('{table}', OLD.{key}, 'delete', {now}, {row}); END",
    }
    return {f"foreign_{table}_{event}": f'CREATE TRIGGER "foreign_{table}_{event}" {body}' for event, body in bodies.items()}


def register_layers(connection: sqlite3.Connection, srs: Reference) -> None:
    """List the layers for other programs, in the survey's coordinate system."""
    add_reference(connection, srs)
    for table, shape in FEATURE_TABLES.items():
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, 'features', ?, ?) "
            "ON CONFLICT (table_name) DO UPDATE SET srs_id = excluded.srs_id",
            (table, table, srs.srs_id),
        )
        connection.execute(
            "INSERT OR REPLACE INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 1, 0)", (table, shape, srs.srs_id)
        )
        connection.execute(
            "INSERT OR REPLACE INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', ?, 'write-only')", (table, _RTREE)
        )
    _list_tables(connection)


def _list_tables(connection: sqlite3.Connection) -> None:
    """List the tables that other programs show too."""
    for table in SHOWN_TABLES:
        connection.execute(
            "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)", (table, table)
        )


def add_reference(connection: sqlite3.Connection, srs: Reference) -> None:
    """Write down a coordinate system, once."""
    row = (srs.name, srs.srs_id, srs.organization, srs.number, srs.definition, srs.description)
    connection.execute(f"INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES ({marks(6)})", row)


def declare_fields(connection: sqlite3.Connection) -> None:
    """Write field labels and value lists where other programs look for them; QGIS shows drop-downs from this."""
    for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        connection.execute(
            "INSERT OR IGNORE INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')", (table, _SCHEMA)
        )
        connection.execute(f"DELETE FROM {quoted(table)}")
    used = set()
    for layer in FEATURE_TABLES:
        for field in fields(_layer(layer)).values():
            constraint = field.values if value_list(field.values) else None
            used.add(constraint)
            title = f"{field.label_en} {field.label_zh}" + (f" ({field.unit})" if field.unit else "")
            connection.execute(
                f"INSERT INTO gpkg_data_columns VALUES ({marks(7)})",
                (layer, field.name, field.name, title, field.meaning or None, None, constraint),
            )
    for name in sorted(used - {None}):  # type: ignore[type-var]
        for value, label in value_list(str(name)).items():
            connection.execute(
                "INSERT INTO gpkg_data_column_constraints VALUES (?, 'enum', ?, NULL, NULL, NULL, NULL, ?)", (name, value, label)
            )


def value_list(name: str) -> dict[str, str]:
    """Return the values that a field can take, with their labels; empty when the list is open (codes of the standards)."""
    if name == "node_kind":
        return {kind.value: kind.value.replace("_", " ") for kind in NodeKind}
    if name == "pipe_kind":
        return {kind.value: kind.value.replace("_", " ") for kind in PipeKind}
    return {value: f"{entry.label_en} {entry.label_zh}" for value, entry in values(name).items() if value}


def create_indexes(connection: sqlite3.Connection) -> None:
    """Make the indexes that are not there."""
    for table, names in INDEXES.items():
        for name in names:
            connection.execute(
                f"CREATE INDEX IF NOT EXISTS {_index(table, name)} ON {quoted(table)} ({listed(name.split(', '))})"
            )


def drop_indexes(connection: sqlite3.Connection, table: str) -> None:
    """Take the indexes of a table away while very many rows are written."""
    for name in INDEXES.get(table, ()):
        connection.execute(f"DROP INDEX IF EXISTS {_index(table, name)}")


def _index(table: str, name: str) -> str:
    return quoted(f"{table}_{name.replace(', ', '_')}")


def create_triggers(connection: sqlite3.Connection, *tables: str) -> None:
    """Make the triggers that keep the spatial index, and those that notice what other programs do."""
    for table in tables or WATCHED_TABLES:
        spatial = _spatial_triggers(table, "geom", "fid") if table in FEATURE_TABLES else {}
        for statement in (*spatial.values(), *watching_triggers(table, columns_in_order(connection, table)).values()):
            connection.execute(statement)


def drop_triggers(connection: sqlite3.Connection, table: str) -> None:
    """Take the triggers of a table away while very many rows are written."""
    for name in (*(_spatial_triggers(table, "geom", "fid") if table in FEATURE_TABLES else ()), *watching_triggers(table, ())):
        connection.execute(f"DROP TRIGGER IF EXISTS {quoted(name)}")


def is_known_trigger(name: str, table: str, statement: str, geometry: str, key: str) -> bool:
    """Whether a trigger is exactly one of the standard's or of GDAL's, for any layer."""
    known = _spatial_triggers(table, geometry, key)
    if table in WATCHED_TABLES:
        known |= watching_triggers(table, re.findall(r'quote\(OLD\."([^"]*)"\)', statement))
    for pattern, body in _COUNT_TRIGGERS.items():
        known[pattern.format(t=table)] = f'CREATE TRIGGER "{pattern.format(t=table)}" ' + body.format(t=table)
    return name in known and _plain(known[name]) == _plain(statement)


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Run several statements without ending the transaction, as ``executescript`` would."""
    for statement in script.split(";"):
        if statement.strip():
            connection.execute(statement)


def _layer(table: str) -> Layer:
    return "node" if table == "node" else "pipe"


def _feature_table(table: str) -> str:
    ends = {"from_fid", "to_fid"}
    body = ", ".join(
        f"{quoted(name)} {kind}" + (" NOT NULL REFERENCES node(fid) DEFERRABLE INITIALLY DEFERRED" if name in ends else "")
        for name, kind in columns(table).items()
    )
    return (
        f'CREATE TABLE {quoted(table)} ("fid" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "geom" {FEATURE_TABLES[table]}, {body})'
    )


def _own_table(table: str) -> str:
    body = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns(table).items())
    unique = f", UNIQUE ({quoted('name')})" if table in {"batch", "setting"} else ""
    return f"CREATE TABLE {quoted(table)} ({quoted(key_of(table))} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {body}{unique})"


def key_of(table: str) -> str:
    """Return the name of a table's key: ``fid``, but ``id`` for the history, whose numbers people read."""
    return "id" if table == "history" else "fid"


def _spatial_triggers(table: str, geometry: str, key: str) -> dict[str, str]:
    words = {"t": table, "g": geometry, "k": key, "r": f"rtree_{table}_{geometry}"}
    return {
        f"rtree_{table}_{geometry}_{event}": f'CREATE TRIGGER "rtree_{table}_{geometry}_{event}" ' + body.format(**words)
        for event, body in _SPATIAL_TRIGGERS.items()
    }


def _plain(statement: str) -> str:
    """Leave out what carries no meaning, so that only the words are compared."""
    text = re.sub(r'["`\s]+|/\*.*?\*/', " ", statement, flags=re.DOTALL)
    text = text.replace("'gpkg_ogr_contents'", "gpkg_ogr_contents")
    return re.sub(r"\s*([(),;=<>!])\s*", r"\1", text).strip().rstrip(";").lower().replace(" ;", ";").replace("; ", ";")


def walk_masters(connection: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    """Return the type, name, table and statement of everything in the file's schema."""
    connection.row_factory = sqlite3.Row
    try:
        yield from connection.execute("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master").fetchall()
    finally:
        connection.row_factory = None
